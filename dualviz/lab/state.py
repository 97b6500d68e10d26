"""The laboratory's state as Python holds it: knobs, chosen object, view and drawn truth, in a link and in messages.

Names, ranges and letters are those of `dualviz.lab.knobs`; engine/knobs.js and truth.js do the same in the browser, and a
test holds the two together. What comes from a browser or a link is never trusted: it is cleaned, and what is broken falls
back to its default.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np

from dualviz.lab.knobs import KNOBS, VIEW, clean, from_link, letters, to_link
from dualviz.trace import Setting

SETTING_KNOBS = {  # field of Setting: knob
    "alpha": "alpha",
    "beta": "beta",
    "topk": "k",
    "r": "r",
    "locked": "locked",
    "alpha_one2one": "alpha1",
    "beta_one2one": "beta1",
    "shared": "shared",
    "mode": "mode",
}
LETTERS = (*letters(KNOBS), "o", "t", "v")  # of the link: knobs, object, drawn truth, view
CORNER_BYTES = 8  # four corners of 16 bits in quanta; the label follows


def setting_of(knobs: Mapping[str, Any] | None = None) -> Setting:
    """Knobs of the laboratory as the `Setting` by which `dualviz.trace` traces.

    >>> setting_of({"r": 2}).exponents("one2one")
    (1.0, 12.0)
    """
    given = clean_knobs(knobs)
    return Setting(**{name: given[knob] for name, knob in SETTING_KNOBS.items()})


def knobs_of(setting: Setting) -> dict[str, Any]:
    """Return the knobs of a `Setting`: the way back, clamped to the sliders.

    >>> knobs_of(Setting(beta=2.0))["beta"]
    2.0
    """
    return clean_knobs({knob: getattr(setting, name) for name, knob in SETTING_KNOBS.items()})


def clean_knobs(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Knobs that can be used, from whatever came: clamped to the range, on a step, unknown names dropped.

    >>> clean_knobs({"alpha": 99})["alpha"], clean_knobs({"k": "7"})["k"]
    (20.0, 7)
    """
    return clean(KNOBS, given)


def clean_view(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A view that can be shown; `pin` is an anchor, or −1."""
    pin = given.get("pin") if isinstance(given, Mapping) else None
    return clean(VIEW, given) | {"pin": pin if type(pin) is int and pin >= 0 else -1}


def clean_state(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole state that can be used.

    Returns:
        dict: `knobs`; `truth`, the code of drawn boxes or None for the picture's own truth; `object`, None while
        nobody has chosen one, −1 for none; `view`.
    """
    given = given if isinstance(given, Mapping) else {}
    chosen, truth = given.get("object"), given.get("truth")
    return {
        "knobs": clean_knobs(given.get("knobs")),
        "truth": truth if isinstance(truth, str) else None,
        "object": chosen if type(chosen) is int and chosen >= -1 else None,
        "view": clean_view(given.get("view")),
    }


def encode_state(given: Mapping[str, Any]) -> dict[str, str]:
    """State as link parameters; what is at its default is left out.

    >>> encode_state({"knobs": {"alpha": 0.7, "locked": False}, "object": 3})
    {'a': '0.7', 'lock': '0', 'o': '3'}
    """
    state = clean_state(given)
    link, view, start = to_link(KNOBS, state["knobs"]), state["view"], clean_view()
    if state["object"] is not None:
        link["o"] = str(state["object"])
    if state["truth"] is not None:
        link["t"] = state["truth"]
    parts = sorted(name for name in start if view[name] != start[name])
    if parts:
        link["v"] = "~".join(f"{name}.{_written(view[name])}" for name in parts)
    return link


def decode_state(link: Mapping[str, str]) -> dict[str, Any]:
    """Link parameters as a state; what is missing or broken is at its default.

    >>> decode_state({"a": "0.7", "o": "3"})["object"]
    3
    """
    view: dict[str, Any] = {}
    for part in link.get("v", "").split("~"):
        name, _, value = part.partition(".")
        if name == "pin" and value.isascii() and value.isdigit() and len(value) < 10:
            view["pin"] = int(value)
        elif name in VIEW:
            view[name] = {_written(choice): choice for choice in VIEW[name].choices}.get(value)
    chosen = link.get("o", "")
    fits = chosen == "-1" or (chosen.isascii() and chosen.isdigit() and len(chosen) < 10)
    return clean_state(
        {
            "knobs": from_link(KNOBS, link),
            "truth": link.get("t"),
            "object": int(chosen) if fits else None,
            "view": view,
        }
    )


def encode_truth(boxes: np.ndarray, labels: np.ndarray, quantum: float, classes: int = 1) -> str:
    """Boxes (G, 4), xyxy pixels, and labels (G,) as text for the link: 12 characters a box, 14 above 256 classes.

    >>> encode_truth(np.array([[0.0, 0, 8, 8]]), np.array([2]), 1.0)
    'AAAAAAgACAAC'
    """
    rows = bytearray()
    for box, label in zip(np.asarray(boxes, float).reshape(-1, 4), np.asarray(labels), strict=True):
        rows += np.floor(box / quantum + 0.5).clip(0, 65535).astype("<u2").tobytes()
        rows += int(label).to_bytes(_label_bytes(classes), "little")
    return base64.urlsafe_b64encode(rows).decode().rstrip("=")


def decode_truth(
    code: str, quantum: float, image_wh: tuple[int, int], classes: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """The text back as boxes float32 (G, 4) and labels int64 (G,); None where it is no such text or does not fit."""
    try:
        rows = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    wide = CORNER_BYTES + _label_bytes(classes)
    if len(rows) % wide:
        return None
    table = np.frombuffer(rows, np.uint8).reshape(-1, wide)
    boxes = table[:, :CORNER_BYTES].copy().view("<u2").astype(np.float32) * np.float32(quantum)
    digits = table[:, CORNER_BYTES:].astype(np.int64)
    labels = (digits << 8 * np.arange(digits.shape[1])).sum(1)
    inside = (boxes[:, 2:] <= np.array(image_wh)).all() and (labels < classes).all()
    return (boxes, labels) if inside and (boxes[:, :2] < boxes[:, 2:]).all() else None


def _label_bytes(classes: int) -> int:
    return 1 if classes <= 256 else 2


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
