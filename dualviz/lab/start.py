"""The live first sight: one picture as three outputs of the same weights, under one confidence slider.

It asks one question and offers doors; which one was opened comes back as the result's `.ask`.
"""

from collections.abc import Callable
from typing import Any

from dualviz.lab import fragment, module, sheets
from dualviz.lab.component import Own, mount
from dualviz.lessons import LESSONS
from dualviz.words import language

KEY = "start"  # of the component in the session
DOORS = ("lesson", "questions", "lab", "teach")  # pages that its buttons open
# Always these: of this picture the second head keeps every object from confidence 0.1 to 0.5 (tests/lab/test_start.py).
PICTURE, DETECTOR = "sparse", "pico-cells"
JAGGED = 2  # index of the object that the answer speaks of
FIRST_LESSONS = 3  # those whose minutes the first door names


def start(
    packed: bytes,
    own: Own,
    *,
    other: tuple[str, str] | None = None,
    key: str = KEY,
    on_ask_change: Callable[[], None] | None = None,
) -> Any:
    """Show the first sight on the page and return what was asked for.

    Args:
        packed: from `dualviz.lab.payload`, of `PICTURE` and `DETECTOR`.
        own: the picture's truth: boxes (G, 4), xyxy pixels, and labels (G,).
        other: language to change to: its key and how it calls itself; None offers none.
        key: name of this component in the session.
        on_ask_change: called when a door is opened.

    Returns:
        The component's result: `.ask` is None, {kind: "open", page: one of `DOORS`} or {kind: "language", language: a key}.
    """
    return mount(
        "dualviz_start",
        _files(language()),
        packed,
        first_state() | ({"other": list(other)} if other else {}),
        own,
        0,
        key,
        on_ask_change=on_ask_change,
    )


def first_state() -> dict[str, Any]:
    """What the first sight begins with: the object that its answer speaks of, and minutes of the first lessons."""
    return {
        "object": JAGGED,
        "minutes": sum(lesson.minutes for lesson in LESSONS[:FIRST_LESSONS]),
    }


def waiting() -> str:
    """What stands there until the heads have looked at the picture: the title, and three empty frames of its shape."""
    above, _doors = fragment("start/start.html", language()).split('<div class="dvs-slide">')
    page = (
        ".dv { font-family: inherit; } .dv.dvs p { max-width: none; }"  # here, outside a component
    )
    return f"<style>{sheets('start/start.css')}{page}</style>{above}</section>"


def _files(spoken: str) -> dict[str, str]:
    return {
        "html": fragment("start/start.html", spoken),
        "css": sheets("start/start.css"),
        "js": module("start/start.js", spoken),
    }
