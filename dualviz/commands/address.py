"""`--link`: what an address of the app says, as the options of a command."""

import argparse
import sys
from collections.abc import Mapping

from dualviz import lab
from dualviz.commands.arguments import SIDES
from dualviz.exports.address import (
    CELLS,
    FIRST_PICTURE,
    OPENS_ON,
    doubt,
    is_number_among,
    read_link,
    unusable,
)
from dualviz.exports.subject import SETS
from dualviz.lab.detections import decode_detections
from dualviz.pictures.content import is_file
from dualviz.pictures.scenes import RANGES, RENDERED, Scene
from dualviz.study.alignment import MEASURES
from dualviz.words import UserError

TRUTHS = ("own", "detections", "none")  # what a link may let count as an object


def follow(chosen: argparse.Namespace) -> str:
    """Set every option that the link speaks of, and return its page as `View.page` names it; a file it names must be given by its own option.

    What it says and cannot mean is at its default, which the error stream says.

    Raises:
        UserError: no address, or a file of its author that was not given.
    """
    page, said = read_link(chosen.link)
    for name, instead in {**unusable(said), **_unknown(said)}.items():
        print(doubt(name, said[name], instead), file=sys.stderr)
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
    chosen.picture = chosen.picture or OPENS_ON.get(page, FIRST_PICTURE)
    if chosen.picture == RENDERED:
        chosen.scene = _scene(said)
    chosen.truth_choice = said["truth"] if said.get("truth") in TRUTHS else "own"
    chosen.drawn = said.get("t")
    if (size := _whole(said.get("net", ""), *SIDES)) is not None:
        chosen.size = size
    _take_laboratory(chosen, said)
    _take_detections(chosen, said)
    chosen.measure = said["measure"] if said.get("measure") in MEASURES else chosen.measure
    chosen.at = _whole(said.get("at", ""))
    chosen.over = said["over"] if said.get("over") in SETS else "this"
    chosen.cells = {name: said[name] for name in CELLS if name in said}
    looks = page == "training" or said.get("view") == "loss"
    if looks and (place := _whole(said.get("look", ""))) is not None:
        chosen.object = place
    part = {"laboratory": "view", "evidence": "evidence"}.get(page, "")
    return f"{page}?{part}={said[part]}" if part in said else page


def _whole(text: str, low: int = 0, high: int = 10**9) -> int | None:
    """The whole number that a text is, None where it is none or lies outside low..high."""
    plain = text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if plain and low <= int(text) <= high else None


def _unknown(said: Mapping[str, str]) -> dict[str, str | None]:
    """Names under which the link says what no option could mean, and what is taken instead, None for the default."""

    def is_whole(text: str) -> bool:
        return _whole(text) is not None

    meant = {
        "gt": is_file,
        "truth": TRUTHS.__contains__,
        "net": lambda text: _whole(text, *SIDES) is not None or text == "None",
        "measure": MEASURES.__contains__,
        "over": SETS.__contains__,
        "at": is_whole,
        "look": is_whole,
    }
    scene = {name: getattr(_scene(said), name) for name in RANGES if said.get("pic") == RENDERED}
    wrong = {
        name: str(value)
        for name, value in scene.items()
        if name in said and not is_number_among(said[name], (value,))
    }
    return wrong | {n: None for n, fits in meant.items() if n in said and not fits(said[n])}


def _take_laboratory(chosen: argparse.Namespace, said: Mapping[str, str]) -> None:
    state = lab.decode_state(said)
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


def _take_detections(chosen: argparse.Namespace, said: Mapping[str, str]) -> None:
    state = decode_detections(said)
    settings = state["settings"]
    chosen.confidence = settings["conf"] if "conf" in said else None
    chosen.iou, chosen.max_detections = settings["iou"], settings["max"]
    chosen.class_agnostic, chosen.multi_label = settings["agnostic"], settings["multi"]
    chosen.step = state["view"]["step"]


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
