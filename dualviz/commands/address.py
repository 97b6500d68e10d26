"""`--link`: what an address of the app says, as the options of a command; what cannot be used is the default, and said."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from dualviz import lab
from dualviz.commands.arguments import SIDES
from dualviz.exports.address import (
    CELLS,
    FIRST_PICTURE,
    OPENS_ON,
    doubted,
    is_number_among,
    read_link,
)
from dualviz.exports.subject import SETS
from dualviz.lab.detections import decode_detections
from dualviz.pictures.content import is_file
from dualviz.pictures.objects import MAX_OBJECTS, cut
from dualviz.pictures.scenes import RANGES, RENDERED, Scene
from dualviz.study.alignment import MEASURES
from dualviz.words import UserError, _

CHOICES = {  # of the link: option, and what it may be
    "truth": ("truth_choice", ("own", "detections", "none")),
    "measure": ("measure", tuple(MEASURES)),
    "over": ("over", tuple(SETS)),
}
NUMBERS = {  # of the link: option and range
    "net": ("size", *SIDES),
    "at": ("at", 0, 10**9),
    "look": ("object", 0, MAX_OBJECTS),
}


def follow(chosen: argparse.Namespace) -> str:
    """Set every option that the link speaks of, and return its page as `View.page` names it; a file it names must be given by its own option.

    Raises:
        UserError: no address, or a file of its author that was not given.
    """
    page, said = read_link(chosen.link)
    for name, option in (("pic", "picture"), ("det", "detector"), ("gt", "truth")):
        given = getattr(chosen, option)
        if is_file(said.get(name, "")):
            if given in (None, "pico-cells"):
                raise UserError(
                    "the link shows a file of its author ({file}): give it with --{option}",
                    file=said[name],
                    option=option,
                )
        elif name in said and option != "truth":
            setattr(chosen, option, said[name])
    unusable: dict[str, str | None] = {}
    if "gt" in said and not is_file(said["gt"]):
        unusable["gt"] = None
    chosen.picture = chosen.picture or OPENS_ON.get(page, FIRST_PICTURE)
    if chosen.picture == RENDERED:
        chosen.scene = _scene(said)
        for name in RANGES:
            if name in said and not is_number_among(said[name], (getattr(chosen.scene, name),)):
                unusable[name] = str(getattr(chosen.scene, name))
    chosen.drawn = said.get("t")
    state, outputs = lab.decode_state(said), decode_detections(said)
    _take_laboratory(chosen, state)
    _take_detections(chosen, outputs, "conf" in said)
    for name, (option, allowed) in CHOICES.items():
        if name in said and said[name] not in allowed:
            unusable[name] = None
        elif name in said:
            setattr(chosen, option, said[name])
    chosen.cells = {name: said[name] for name in CELLS if name in said}
    looks = page == "training" or said.get("view") == "loss"
    chosen.at = None
    for name, (option, low, high) in NUMBERS.items():
        if said.get(name, "None") != "None" and (name != "look" or looks):
            value = _whole(said[name], low, high)
            if value is None:
                unusable[name] = None
            else:
                setattr(chosen, option, value)
    for name, instead in (unusable | doubted(said, state, outputs)).items():
        print(_note(name, said[name], instead), file=sys.stderr)
    part = {"laboratory": "view", "evidence": "evidence"}.get(page, "")
    return f"{page}?{part}={said[part]}" if part in said else page


def _whole(text: str, low: int, high: int) -> int | None:
    """The whole number that a text is, where it lies in a range; None otherwise."""
    plain = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if plain and low <= int(text) <= high else None


def _note(name: str, text: str, instead: str | None) -> str:
    if instead is None:
        return _("The link says {name}={text}: the default is taken.", name=name, text=cut(text))
    return _(
        "The link says {name}={text}: {instead} is taken.",
        name=name,
        text=cut(text),
        instead=instead,
    )


def _take_laboratory(chosen: argparse.Namespace, state: Mapping[str, Any]) -> None:
    knobs, view = state["knobs"], state["view"]
    for name in ("alpha", "beta", "k", "r", "mode", "shared"):
        setattr(chosen, name, knobs[name])
    chosen.unlock = not knobs["locked"]
    chosen.alpha2 = None if knobs["locked"] else knobs["alpha1"]
    chosen.beta2 = None if knobs["locked"] else knobs["beta1"]
    chosen.object = None if state["object"] is None else state["object"] + 1
    chosen.layer = "m" if view["layer"] == "none" else view["layer"]
    chosen.head, chosen.log = view["head"], view["log"]
    chosen.level = "all" if view["level"] == "all" else f"P{3 + int(view['level'])}"


def _take_detections(
    chosen: argparse.Namespace, outputs: Mapping[str, Any], own_confidence: bool
) -> None:
    settings = outputs["settings"]
    chosen.confidence = settings["conf"] if own_confidence else None
    chosen.iou, chosen.max_detections = settings["iou"], settings["max"]
    chosen.class_agnostic, chosen.multi_label = settings["agnostic"], settings["multi"]
    chosen.step = outputs["view"]["step"]


def _scene(said: Mapping[str, str]) -> Scene:
    """The rendered smear of a link, with what is missing or broken there at its default."""
    values = {}
    for name, (low, high) in RANGES.items():
        default = getattr(Scene(), name)
        try:
            values[name] = min(high, max(low, type(default)(said.get(name, default))))
        except ValueError:
            values[name] = default
    return Scene(**values)
