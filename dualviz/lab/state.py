"""The laboratory's state as Python holds it: knobs, chosen object, view and drawn truth, in a link and in messages.

The same names, ranges and letters stand in dualviz/lab/engine/knobs.js and truth.js; a test holds the two together. What
comes from a browser or a link is never trusted: it is cleaned, and what is broken falls back to its default.
"""

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from dualviz.trace import Setting

# name: letter in the link, least, greatest, step, default
RANGES: dict[str, tuple[str, float, float, float, float]] = {
    "alpha": ("a", 0.01, 20.0, 0.01, 0.5),
    "beta": ("b", 0.01, 20.0, 0.01, 6.0),
    "r": ("r", 0.01, 20.0, 0.01, 1.0),
    "k": ("k", 1, 30, 1, 10),
    "alpha1": ("a1", 0.01, 20.0, 0.01, 0.5),
    "beta1": ("b1", 0.01, 20.0, 0.01, 6.0),
}
VIEW: dict[str, tuple[Any, ...]] = {
    "layer": ("m", "p", "u", "s", "t", "b", "g", "none"),
    "head": ("one2many", "one2one", "both"),
    "level": ("all", "0", "1", "2", "3", "4"),
    "step": ("targets", "candidates", "metric", "topk", "conflicts"),
    "sort": (
        *("rank", "rank1", "anchor", "level", "cell", "s"),
        *("p", "p1", "u", "u1", "m", "m1", "t", "t1"),
    ),
    "zoom": (True, False),
    "log": (False, True),
    "descending": (False, True),
    "large": (False, True),
    "guide": (True, False),
}
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
BOX_BYTES = 9  # four corners of 16 bits in quanta, one byte of label


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
    given = given if isinstance(given, Mapping) else {}
    knobs: dict[str, Any] = {}
    for name, (_, least, most, step, default) in RANGES.items():
        value = _number(given.get(name, default), default)
        steps = math.floor((min(most, max(least, value)) - least) / step + 0.5)
        knobs[name] = type(default)(round(least + steps * step, 2))
    knobs["locked"] = bool(given.get("locked", True))
    knobs["shared"] = bool(given.get("shared", False))
    knobs["mode"] = "paper" if given.get("mode") == "paper" else "code"
    return knobs


def clean_view(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A view that can be shown; the first of each list in `VIEW` is the default."""
    given = given if isinstance(given, Mapping) else {}
    view: dict[str, Any] = {"pin": -1}
    for name, allowed in VIEW.items():
        wanted = given.get(name)
        fits = [value for value in allowed if value == wanted and type(value) is type(wanted)]
        view[name] = fits[0] if fits else allowed[0]
    if type(given.get("pin")) is int and given["pin"] >= 0:
        view["pin"] = given["pin"]
    return view


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
    knobs, view, start = state["knobs"], state["view"], clean_view()
    link = {
        letter: f"{knobs[name]:g}"
        for name, (letter, *_, default) in RANGES.items()
        if knobs[name] != default
    }
    if not knobs["locked"]:
        link["lock"] = "0"
    if knobs["shared"]:
        link["shared"] = "1"
    if knobs["mode"] != "code":
        link["mode"] = knobs["mode"]
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
    knobs: dict[str, Any] = {
        name: link[letter] for name, (letter, *_) in RANGES.items() if letter in link
    }
    knobs["locked"] = link.get("lock") != "0"
    knobs["shared"] = link.get("shared") == "1"
    knobs["mode"] = link.get("mode")
    view: dict[str, Any] = {}
    for part in link.get("v", "").split("~"):
        name, _, value = part.partition(".")
        if name == "pin" and value.isascii() and value.isdigit() and len(value) < 10:
            view["pin"] = int(value)
        elif name in VIEW:
            view[name] = next((given for given in VIEW[name] if _written(given) == value), None)
    chosen = link.get("o", "")
    fits = chosen == "-1" or (chosen.isascii() and chosen.isdigit() and len(chosen) < 10)
    return clean_state(
        {
            "knobs": knobs,
            "truth": link.get("t"),
            "object": int(chosen) if fits else None,
            "view": view,
        }
    )


def encode_truth(boxes: np.ndarray, labels: np.ndarray, quantum: float) -> str:
    """Boxes (G, 4), xyxy pixels, and labels (G,) as text for the link: 12 characters a box.

    >>> encode_truth(np.array([[0.0, 0, 8, 8]]), np.array([2]), 1.0)
    'AAAAAAgACAAC'
    """
    rows = bytearray()
    for box, label in zip(np.asarray(boxes, float).reshape(-1, 4), np.asarray(labels), strict=True):
        rows += np.floor(box / quantum + 0.5).clip(0, 65535).astype("<u2").tobytes() + bytes(
            [label]
        )
    return base64.urlsafe_b64encode(rows).decode().rstrip("=")


def decode_truth(
    code: str, quantum: float, image_wh: tuple[int, int], classes: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """The text back as boxes float32 (G, 4) and labels int64 (G,); None where it is no such text or does not fit."""
    try:
        rows = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(rows) % BOX_BYTES:
        return None
    table = np.frombuffer(rows, np.uint8).reshape(-1, BOX_BYTES)
    boxes = table[:, :8].copy().view("<u2").astype(np.float32) * np.float32(quantum)
    labels = table[:, 8].astype(np.int64)
    inside = (boxes[:, 2:] <= np.array(image_wh)).all() and (labels < classes).all()
    return (boxes, labels) if inside and (boxes[:, :2] < boxes[:, 2:]).all() else None


def _number(value: Any, default: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return number if math.isfinite(number) else default


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
