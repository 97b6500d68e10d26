"""The live laboratory: α, β, r and k act while they are dragged, in the browser, for both heads of one picture.

The browser's part is the small ES modules beside this file. They are joined into one module text (dualviz/lab/joined.py),
which the Streamlit component and the stand-alone page use alike. Python sends one constant payload per picture with the state to
begin with behind it, hears of the state when the hand lets go, and checks what the browser claims.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dualviz.lab.check import disagreements
from dualviz.lab.component import mount, plain_truth
from dualviz.lab.joined import file_of_its_own, fragment, joined_module, module, sheets
from dualviz.lab.payload import MOST_CLASSES, header, named, payload, quantum, with_seed
from dualviz.lab.state import (
    LETTERS,
    clean_state,
    decode_state,
    decode_truth,
    encode_state,
    knobs_of,
    setting_of,
)
from dualviz.words import _, language

__all__ = [
    "LETTERS",
    "MOST_CLASSES",
    "clean_state",
    "decode_state",
    "decode_truth",
    "disagreements",
    "encode_state",
    "header",
    "joined_module",
    "knobs_of",
    "laboratory",
    "named",
    "payload",
    "quantum",
    "setting_of",
    "standalone",
]

ENTRY = "laboratory/laboratory.js"


def laboratory(
    packed: bytes,
    state: Mapping[str, Any] | None = None,
    own: tuple[Sequence[Sequence[float]], Sequence[int]] = ((), ()),
    *,
    only: Sequence[str] = (),
    origin: str = "",
    key: str = "laboratory",
    on_state_change: Callable[[], None] | None = None,
    on_ask_change: Callable[[], None] | None = None,
) -> Any:
    """Show the laboratory on the page and return what it last sent.

    `state` and `own` are read when the laboratory appears, when the picture changes and when either `own` or the
    state's `push` number changes; at any other run the browser's own state stands, and no payload travels.

    Args:
        packed: from `payload`.
        state: what to show, as `clean_state` describes it; an entry `push` (int), when it changes, makes the browser
            take the state over again.
        own: the picture's own truth: boxes (G, 4), xyxy pixels, and labels (G,).
        only: of an exercise, the knobs that it shows; none: all.
        origin: where that truth comes from, in words, where it is not the picture itself.
        key: name of this laboratory in the session.
        on_state_change, on_ask_change: called when the hand lets go, and when the browser asks for something that
            needs Python.

    Returns:
        The component's result: `.state` is None or {knobs, truth, object, view, claim, id}, `.ask` is None or a dict.
    """
    files = {
        "html": fragment("laboratory/laboratory.html", language()),
        "css": sheets("laboratory/laboratory.css"),
        "js": module(ENTRY, language()),
    }
    return mount(
        "dualviz_laboratory",
        files,
        packed,
        clean_state(state) | {"only": list(only), "origin": origin},
        own,
        [(state or {}).get("push", 0), *only],
        key,
        on_state_change=on_state_change,
        on_ask_change=on_ask_change,
    )


def standalone(
    packed: bytes,
    state: Mapping[str, Any] | None = None,
    own: tuple[Sequence[Sequence[float]], Sequence[int]] = ((), ()),
    title: str = "",
    origin: str = "",
) -> str:
    """The whole laboratory of one picture as one HTML file: it needs no server and asks no host for anything.

    It speaks the language of whoever made it, and tells a frame it stands in its height and its state (README, "In a
    frame").

    Args:
        packed: from `payload`.
        state: what to show at first; the link's own parameters (after `#`) go before it.
        own: the picture's own truth, as for `laboratory`.
        origin: as for `laboratory`.
        title: of the page; "DualViz laboratory" where it is empty.

    Returns:
        The text of the file, UTF-8.
    """
    seed = {"rev": 0, "own": plain_truth(own), "origin": origin, **clean_state(state)}
    return file_of_its_own(
        "alone/laboratory.js",
        "laboratory/laboratory.html",
        sheets("laboratory/laboratory.css"),
        {"payload": with_seed(packed, seed)},
        """openLaboratory(document.querySelector("main"), carried("payload"));""",
        title or _("DualViz laboratory"),
    )
