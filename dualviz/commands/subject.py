"""Which picture, truth, detector and settings a command is about: their options, read into one record of the exports."""

import argparse
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dualviz import lab
from dualviz.assignment import RULES
from dualviz.charts.drawn import pushes
from dualviz.charts.print.heat import LAYERS
from dualviz.commands.arguments import SIDES, number
from dualviz.detector import Detector, load_detector
from dualviz.detector.catalogue import available
from dualviz.exports.about import ORIGINS, of_file, weights_hash
from dualviz.exports.address import CELLS, Address, address_of, state_of
from dualviz.exports.shown import ShownPicture
from dualviz.exports.subject import over_set, shown_picture
from dualviz.lab.knobs import FILTERS, KNOBS
from dualviz.lab.state import SETTING_KNOBS
from dualviz.pictures import scenes
from dualviz.pictures.content import content_id
from dualviz.pictures.images import read_image
from dualviz.pictures.objects import MAX_OBJECTS
from dualviz.pictures.photographs import photographs
from dualviz.pictures.scenes import STACK, STACKED, Scene, gallery, render
from dualviz.pictures.truth import Truth, read_truth, truth_from_boxes
from dualviz.study.alignment import MEASURES
from dualviz.study.calibration import advised_confidence
from dualviz.trace import Setting
from dualviz.words import UserError, _

MOST_PICKS = 10_000  # of --k: more than a picture of 640 pixels has anchors
MOST_STEPS = 1_000_000  # of --step: candidates that NMS looks at


def add_subject(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say what is shown, and how it is matched, selected and drawn."""
    add = parser.add_argument
    add("--detector", default="pico-cells", help=_("a catalogue name or a weights file"))
    add("--picture", help=_("a file, or one of {names}", names=", ".join(pictures())))
    add(
        "--truth",
        type=Path,
        help=_(
            "COCO JSON, YOLO txt or VOC XML; without it what the picture comes with, else the detections"
        ),
    )
    add(
        "--object",
        type=number(1, MAX_OBJECTS),
        metavar="N",
        help=_("as numbered on the stage, from 1 (default: where the heads disagree most)"),
    )
    # what only a link can say
    parser.set_defaults(scene=None, drawn=None, truth_choice="own", over="this", cells={})
    knobs = parser.add_argument_group(_("matching"))
    add = knobs.add_argument
    add(
        "--alpha",
        type=float,
        default=KNOBS["alpha"].default,
        help=_("weight of the score (default 0.5)"),
    )
    add(
        "--beta",
        type=float,
        default=KNOBS["beta"].default,
        help=_("weight of the overlap (default 6)"),
    )
    add(
        "--k",
        type=int,
        default=KNOBS["k"].default,
        help=_("positives per object of the one-to-many head (default 10)"),
    )
    add(
        "--r",
        type=float,
        default=KNOBS["r"].default,
        help=_("one-to-one exponents over one-to-many, under the lock (default 1)"),
    )
    add("--unlock", action="store_true", help=_("let the one-to-one head have its own exponents"))
    add("--alpha2", type=float, help=_("the one-to-one head's α; unlocks (default 0.5)"))
    add("--beta2", type=float, help=_("the one-to-one head's β; unlocks (default 6)"))
    add(
        "--shared", action="store_true", help=_("the one-to-many head's predictions stand for both")
    )
    add(
        "--mode",
        default=KNOBS["mode"].default,
        choices=list(RULES),
        help=_(
            "the rules of THU-MIG's 2024 code (CIoU, conflicts), of the paper (IoU, none) or of YOLO26 (the code's, with 7 picks, conflicts, then 1, and an area of at least 16 px for small objects)"
        ),
    )
    add = parser.add_argument_group(_("detections")).add_argument
    add(
        "--confidence",
        type=number(FILTERS["conf"].min, FILTERS["conf"].max),
        help=_("keep scores above (0.01 to 0.99; default: the one with which the page begins)"),
    )
    add(
        "--iou",
        type=number(FILTERS["iou"].min, FILTERS["iou"].max),
        default=FILTERS["iou"].default,
        help=_("NMS suppresses overlaps above (0 to 1)"),
    )
    add(
        "--max-detections",
        type=number(FILTERS["max"].min, FILTERS["max"].max),
        default=FILTERS["max"].default,
        help=_("of each output (1 to 300)"),
    )
    add("--class-agnostic", action="store_true", help=_("classes suppress each other too"))
    add("--multi-label", action="store_true", help=_("NMS looks at several classes an anchor"))
    add(
        "--step",
        type=number(-1, MOST_STEPS),
        default=-1,
        help=_("NMS after so many candidates (default: all)"),
    )
    add = parser.add_argument_group(_("map")).add_argument
    add("--measure", default="top1", choices=list(MEASURES), help=_("what the α–β map shows"))
    heat = parser.add_argument_group(_("stage"))
    add = heat.add_argument
    add("--layer", default="m", choices=LAYERS, help=_("what the heat shows (u: overlap)"))
    add("--head", default="both", choices=["both", "one2many", "one2one"])
    add("--level", choices=["all", "P3", "P4", "P5"], default="all")
    add("--log", action="store_true", help=_("heat over four powers of ten"))
    network = parser.add_argument_group(_("network"))
    network.add_argument(
        "--size", type=number(*SIDES), help=_("longer side of its input (default: of the weights)")
    )
    network.add_argument("--device", default="auto", help=_("auto, cuda, mps or cpu"))


def pictures() -> tuple[str, ...]:
    """Names of the pictures that need no file."""
    return (*gallery(), STACK)


def shown_subject(chosen: argparse.Namespace) -> tuple[ShownPicture, Address]:
    """Both heads on the picture that was asked for, what was chosen of it, and where the app shows the same.

    Raises:
        UserError: something that was asked for is not there or out of its range.
    """
    setting = _setting(chosen)
    detector = load_detector(chosen.detector, chosen.device)
    image, own = _picture(chosen)
    truth, truth_from = _truth(chosen, detector, (image.shape[1], image.shape[0]), own)
    heat = {"layer": chosen.layer, "head": chosen.head, "log": chosen.log}
    heat["level"] = None if chosen.level == "all" else int(chosen.level[1]) - 3
    confidence = chosen.confidence
    if confidence is None:
        confidence = advised_confidence(chosen.detector)
    filters = {"conf": confidence, "iou": chosen.iou, "max": chosen.max_detections}
    filters |= {"agnostic": chosen.class_agnostic, "multi": chosen.multi_label}
    shown = shown_picture(
        image,
        truth,
        detector,
        setting,
        filters,
        object=chosen.object,
        step=chosen.step,
        size=chosen.size,
        options={
            "stage": heat,
            "map": {"measure": chosen.measure},
            "loss": _cells(chosen.cells, detector),
        },
        picture=name_of(chosen.picture, chosen.scene),
        detector=detector.name,
        weights=weights_hash(chosen.detector),
        truth_from=truth_from,
    )
    shown = over_set(shown, chosen.over, detector, chosen.size)
    if chosen.link and (there := address_of(chosen.link)):
        return shown, there
    return shown, _address(chosen, shown, setting, filters, heat)


def _cells(said: Mapping[str, str], detector: Detector) -> dict[str, Any]:
    """What the page of the loss shows at every anchor, as its figure takes it."""
    levels = [f"P{round(math.log2(stride))}" for stride in detector.strides]
    layer, level, name = (said.get(key, "") for key in CELLS)
    return {
        "layer": layer if layer in pushes.LAYERS else next(iter(pushes.LAYERS)),
        "level": levels.index(level) if level in levels else None,
        "label": detector.class_names.index(name) if name in detector.class_names else None,
    }


def _address(
    chosen: argparse.Namespace,
    shown: ShownPicture,
    setting: Setting,
    filters: dict[str, Any],
    heat: dict[str, Any],
) -> Address:
    level = "all" if heat["level"] is None else str(heat["level"])
    bundled = [entry.name for entry in available()]
    here = Path(chosen.picture)
    return Address(
        state=state_of(
            setting,
            shown.g,
            filters,
            view=heat | {"level": level},
            drawn=chosen.drawn,
            step=chosen.step,
            pic=content_id(here.read_bytes()) if here.is_file() else chosen.picture,
            det=chosen.detector
            if chosen.detector in bundled
            else content_id(Path(chosen.detector).read_bytes()),
            net=None if chosen.size is None else str(chosen.size),
            gt=None if chosen.truth is None else content_id(chosen.truth.read_bytes()),
            measure=None if chosen.measure == "top1" else chosen.measure,
            over=None if chosen.over == "this" else chosen.over,
            **chosen.cells,
            **({"truth": "detections"} if shown.trace.truth.stand_in else {}),
            **(_sliders(chosen.scene) if chosen.scene else {}),
        )
    )


def _sliders(scene: Scene) -> dict[str, str]:
    start = Scene()
    return {
        name: str(getattr(scene, name))
        for name in scenes.RANGES
        if getattr(scene, name) != getattr(start, name)
    }


def _setting(chosen: argparse.Namespace) -> Setting:
    """The knobs as asked for, each in the range of its slider."""
    own = {"alpha2": "alpha1", "beta2": "beta1"}  # option: knob; the others are called alike
    unlocked = chosen.unlock or any(getattr(chosen, option) is not None for option in own)
    knobs: dict[str, Any] = {"locked": not unlocked, "shared": chosen.shared, "mode": chosen.mode}
    for option, name in {"alpha": "alpha", "beta": "beta", "r": "r", **own}.items():
        knob, value = KNOBS[name], getattr(chosen, option)
        if value is not None and not knob.min <= value <= knob.max:
            raise out_of_range(f"--{option}", knob.min, knob.max, value)
        knobs[name] = knob.default if value is None else value
    if not KNOBS["k"].min <= chosen.k <= MOST_PICKS:
        raise out_of_range("--k", KNOBS["k"].min, MOST_PICKS, chosen.k)
    knobs["k"] = chosen.k
    return Setting(**{field: knobs[name] for field, name in SETTING_KNOBS.items()})


def _picture(chosen: argparse.Namespace) -> tuple[np.ndarray, Truth | None]:
    """A picture by its file or its name, with the truth it comes with."""
    bundled, path = gallery(), Path(chosen.picture)
    if chosen.scene:
        return render(chosen.scene)
    if path.is_file():
        return read_image(path.read_bytes(), path.name), None
    if chosen.picture == STACK:
        return render(STACKED)
    if chosen.picture in bundled:
        return bundled[chosen.picture]()
    raise UserError(
        "no picture is called '{name}': expected a file or one of {names}",
        name=chosen.picture,
        names=", ".join(pictures()),
    )


def _truth(
    chosen: argparse.Namespace, detector: Detector, size_wh: tuple[int, int], own: Truth | None
) -> tuple[Truth | None, str]:
    """The truth to use, None for the detections, and where it comes from in words."""
    names = detector.class_names
    if chosen.drawn is not None:
        boxes = lab.decode_truth(chosen.drawn, lab.quantum(*size_wh), size_wh, len(names))
        if boxes is None:
            raise UserError("the link's drawn truth (t) is damaged, or of another picture")
        return truth_from_boxes(*(part.tolist() for part in boxes), names), ORIGINS["drawn"]
    if chosen.truth_choice == "none":
        return truth_from_boxes([], [], names), ORIGINS["none"]
    if chosen.truth is not None:
        if not chosen.truth.is_file():
            raise UserError(
                "--truth must be a file, and there is none at {path}", path=chosen.truth
            )
        data, file = chosen.truth.read_bytes(), chosen.truth.name
        read = read_truth(data, file, size_wh, names, Path(chosen.picture).name)
        for note in read.notes:
            print(note, file=sys.stderr)
        return read, of_file(file)
    if own is None or chosen.truth_choice == "detections":
        print(_("No truth given: the one-to-one head's detections stand for it."), file=sys.stderr)
        return None, ""
    return own, ORIGINS["own"]


def out_of_range(option: str, least: float, most: float, value: float) -> UserError:
    """The sentence on a number outside its range."""
    return UserError(
        "{option} must be {least} to {most}, got {value}",
        option=option,
        least=f"{least:g}",
        most=f"{most:g}",
        value=f"{value:g}",
    )


def name_of(picture: str, scene: Scene | None = None) -> str:
    """What a picture is called in captions and names of files, as in the app: of a file its name without folders."""
    if Path(picture).is_file():
        return Path(picture).name
    if scene is not None:
        return scenes.rendered_title(scene)
    known = photographs().get(picture)
    return known.title.one if known else scenes.plain_title(picture)
