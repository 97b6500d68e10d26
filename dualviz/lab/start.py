"""The live first sight: one picture as three outputs of the same weights, under one confidence slider.

It asks one question and offers doors; which one was opened comes back as the result's `.ask`.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from dualviz.lab import joined_module, sheets
from dualviz.lab.component import Own, mount

HERE = Path(__file__).parent
DOORS = ("idea", "lab", "postprocess")  # pages that its buttons open


def start(
    packed: bytes,
    own: Own,
    object_shown: int,
    *,
    key: str = "start",
    on_ask_change: Callable[[], None] | None = None,
) -> Any:
    """Show the first sight on the page and return what was asked for.

    Args:
        packed: from `dualviz.lab.payload`.
        own: the picture's truth: boxes (G, 4), xyxy pixels, and labels (G,).
        object_shown: index of the object that the answer speaks of.
        key: name of this component in the session.
        on_ask_change: called when a door is opened.

    Returns:
        The component's result: `.ask` is None or {kind: "open", page: one of `DOORS`}.
    """
    state = {"object": object_shown}
    return mount("dualviz_start", _files(), packed, state, own, 0, key, on_ask_change=on_ask_change)


@cache
def _files() -> dict[str, str]:
    return {
        "html": (HERE / "start/start.html").read_text(encoding="utf-8"),
        "css": sheets("start/start.css"),
        "js": joined_module("start/start.js"),
    }
