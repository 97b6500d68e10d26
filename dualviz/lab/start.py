"""The live first sight: one picture as three outputs of the same weights, under one confidence slider.

It asks one question and offers doors; which one was opened comes back as the result's `.ask`.
"""

from collections.abc import Callable
from typing import Any

from dualviz.lab import fragment, module, sheets
from dualviz.lab.component import Own, mount
from dualviz.words import language

DOORS = ("lesson", "lab", "teach")  # pages that its buttons open


def start(
    packed: bytes,
    own: Own,
    object_shown: int,
    minutes: int,
    *,
    key: str = "start",
    on_ask_change: Callable[[], None] | None = None,
) -> Any:
    """Show the first sight on the page and return what was asked for.

    Args:
        packed: from `dualviz.lab.payload`.
        own: the picture's truth: boxes (G, 4), xyxy pixels, and labels (G,).
        object_shown: index of the object that the answer speaks of.
        minutes: that the first three lessons take.
        key: name of this component in the session.
        on_ask_change: called when a door is opened.

    Returns:
        The component's result: `.ask` is None or {kind: "open", page: one of `DOORS`}.
    """
    state = {"object": object_shown, "minutes": minutes}
    return mount(
        "dualviz_start", _files(language()), packed, state, own, 0, key, on_ask_change=on_ask_change
    )


def _files(spoken: str) -> dict[str, str]:
    return {
        "html": fragment("start/start.html", spoken),
        "css": sheets("start/start.css"),
        "js": module("start/start.js", spoken),
    }
