"""`python -m dualviz export`: one picture's figures, their numbers, its laboratory as one page; or lessons as one page."""

import argparse
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from dualviz.assignment import RULES
from dualviz.charts.print import PAGES, figure_note
from dualviz.charts.print.heat import LAYERS
from dualviz.commands.arguments import SIDES, number
from dualviz.detector import Detector, DualPrediction, load_detector
from dualviz.exports.detections import ShownDetections
from dualviz.exports.files import FORMATS, laboratory_html, lessons_html
from dualviz.exports.shown import ShownPicture, story_object
from dualviz.exports.views import FIGURES, VIEWS, view_bytes
from dualviz.lab.knobs import FILTERS, KNOBS
from dualviz.lab.state import SETTING_KNOBS
from dualviz.lessons import LESSONS
from dualviz.pictures import scenes
from dualviz.pictures.images import read_image
from dualviz.pictures.scenes import gallery
from dualviz.pictures.truth import Truth, read_truth, truth_from_boxes, truth_from_detections
from dualviz.postprocess import nms_free
from dualviz.study.alignment import MEASURES, survey
from dualviz.study.calibration import advised_confidence
from dualviz.study.targets import head_targets, raw_outputs
from dualviz.trace import DualTrace, Setting, trace_prediction
from dualviz.words import LANGUAGES, UserError, _, language, speaking

MOST_PICKS = 10_000  # of --k: more than a picture of 640 pixels has anchors
CONFIDENCE = 0.25  # of detections that stand for the truth


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz export`."""
    add = parser.add_argument
    add("--detector", default="pico-cells", help=_("a catalogue name or a weights file"))
    add("--picture", help=_("a file, or one of {names}", names=", ".join(gallery())))
    add(
        "--lesson",
        nargs="+",
        metavar="N",
        choices=[*(str(lesson.id) for lesson in LESSONS), "all"],
        help=_("instead of a picture: write these lessons as one file that needs no server"),
    )
    add("--language", default=language(), choices=list(LANGUAGES), help=_("of a lesson's file"))
    add(
        "--truth",
        type=Path,
        help=_(
            "COCO JSON, YOLO txt or VOC XML; without it what the picture comes with, else the detections"
        ),
    )
    add(
        "--object",
        type=int,
        metavar="N",
        help=_("as numbered on the stage, from 1 (default: where the heads disagree most)"),
    )
    add("--figure", nargs="+", default=["all"], choices=[*FIGURES, "all"])
    add("--format", nargs="+", default=["png"], choices=FORMATS)
    add(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help=_("folder for the files; made where it is missing"),
    )
    add(
        "--csv",
        action="store_true",
        help=_("also write the object's candidates and the figures' numbers"),
    )
    add(
        "--html",
        action="store_true",
        help=_("also write the laboratory of this picture as one file"),
    )
    add(
        "--page",
        default="column",
        choices=list(PAGES),
        help=_("a paper's column (3.5 in) or a 16:9 slide"),
    )
    add("--dpi", type=int, default=200)
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
    add("--step", type=int, default=-1, help=_("NMS after so many candidates (default: all)"))
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


def run(chosen: argparse.Namespace) -> list[Path]:
    """Write what was asked for, name every file on the standard output, and return their paths.

    Raises:
        ValueError: one sentence on what cannot be used, before anything is written.
    """
    if chosen.lesson:
        return _written(chosen.out, _lesson_file(chosen))
    if not chosen.picture:
        raise UserError("give --picture, or --lesson")
    setting = _setting(chosen)
    if not 20 <= chosen.dpi <= 2400:
        raise _out_of_range("--dpi", 20, 2400, chosen.dpi)
    shown = _shown(chosen, setting)
    stem = re.sub(r"[^\w-]+", "-", Path(shown.picture).stem) or "picture"
    stem += "-own-detections" if shown.trace.truth.stand_in else ""
    number = f"{stem}-object-{shown.g + 1}" if shown.g is not None else stem
    names = FIGURES if "all" in chosen.figure else tuple(dict.fromkeys(chosen.figure))
    files: dict[str, bytes] = {}
    for name in (*names, "candidates"):
        view = VIEWS[name]
        start = number if view.scope == "object" else stem
        wanted = (*dict.fromkeys(chosen.format), *(("csv",) if chosen.csv else ()))
        for kind in wanted:
            if kind in view.kinds:
                data = view_bytes(view, shown, kind, chosen.page, chosen.dpi)
                files[f"{start}-{name}.{kind}"] = data
    if chosen.html:
        files[f"{stem}.html"] = laboratory_html(
            shown.trace, shown.g, **shown.names, shown=scenes.shown(chosen.picture)
        ).encode()
    if figure_note() and any(name.endswith(FORMATS) for name in files):
        print(figure_note(), file=sys.stderr)
    return _written(chosen.out, files)


def _lesson_file(chosen: argparse.Namespace) -> dict[str, bytes]:
    """The lessons that were asked for, as one file: {name: bytes}."""
    wanted = [one for one in LESSONS if {"all", str(one.id)} & set(chosen.lesson)]
    alone = f"lesson-{wanted[0].id}-{wanted[0].slug}"
    name = alone if len(wanted) == 1 else "lessons"
    with speaking(chosen.language):
        return {f"{name}.html": lessons_html(wanted, chosen.device).encode()}


def _written(out: Path, files: dict[str, bytes]) -> list[Path]:
    """Write files into a folder, name each on the standard output, and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in files.items():
        paths.append(out / name)
        paths[-1].write_bytes(data)
        print(f"{paths[-1]}  {len(data) / 1024:.0f} kB")
    return paths


def _shown(chosen: argparse.Namespace, setting: Setting) -> ShownPicture:
    """Both heads on the picture that was asked for, and what was chosen of it."""
    detector = load_detector(chosen.detector, chosen.device)
    image, own = _picture(chosen.picture)
    prediction = detector.predict(image, chosen.size)
    truth = _truth(chosen, detector, (image.shape[1], image.shape[0]), own, prediction)
    traced = trace_prediction(image, truth, prediction, detector.class_names, setting)
    names = {"picture": _name(chosen.picture), "detector": detector.name}
    heat = {"layer": chosen.layer, "head": chosen.head, "log": chosen.log}
    heat["level"] = None if chosen.level == "all" else int(chosen.level[1]) - 3
    confidence = chosen.confidence
    if confidence is None:
        confidence = advised_confidence(chosen.detector)
    filters = {"conf": confidence, "iou": chosen.iou, "max": chosen.max_detections}
    filters |= {"agnostic": chosen.class_agnostic, "multi": chosen.multi_label}
    return ShownPicture(
        traced,
        _object(chosen.object, traced),
        ShownDetections(image, prediction, truth, filters, chosen.step, **names),
        survey=cache(lambda: survey([traced], setting)),
        targets=cache(lambda: head_targets(traced, raw_outputs(detector, image, chosen.size))),
        options={"stage": heat, "map": {"measure": chosen.measure}},
        **names,
    )


def _setting(chosen: argparse.Namespace) -> Setting:
    """The knobs as asked for, each in the range of its slider."""
    own = {"alpha2": "alpha1", "beta2": "beta1"}  # option: knob; the others are called alike
    unlocked = chosen.unlock or any(getattr(chosen, option) is not None for option in own)
    knobs: dict[str, Any] = {"locked": not unlocked, "shared": chosen.shared, "mode": chosen.mode}
    for option, name in {"alpha": "alpha", "beta": "beta", "r": "r", **own}.items():
        knob, value = KNOBS[name], getattr(chosen, option)
        if value is not None and not knob.min <= value <= knob.max:
            raise _out_of_range(f"--{option}", knob.min, knob.max, value)
        knobs[name] = knob.default if value is None else value
    if not KNOBS["k"].min <= chosen.k <= MOST_PICKS:
        raise _out_of_range("--k", KNOBS["k"].min, MOST_PICKS, chosen.k)
    knobs["k"] = chosen.k
    return Setting(**{field: knobs[name] for field, name in SETTING_KNOBS.items()})


def _picture(name: str) -> tuple[np.ndarray, Truth | None]:
    """A picture by its file or its name in the gallery, with the truth it comes with."""
    bundled, path = gallery(), Path(name)
    if path.is_file():
        return read_image(path.read_bytes(), path.name), None
    if name in bundled:
        return bundled[name]()
    raise UserError(
        "no picture is called '{name}': expected a file or one of {names}",
        name=name,
        names=", ".join(bundled),
    )


def _truth(
    chosen: argparse.Namespace,
    detector: Detector,
    size_wh: tuple[int, int],
    own: Truth | None,
    prediction: DualPrediction,
) -> Truth:
    """The truth to use, in the detector's classes, without what annotators called too difficult to judge."""
    names = detector.class_names
    if chosen.truth is not None:
        if not chosen.truth.is_file():
            raise UserError(
                "--truth must be a file, and there is none at {path}", path=chosen.truth
            )
        data, file = chosen.truth.read_bytes(), chosen.truth.name
        own = read_truth(data, file, size_wh, names, Path(chosen.picture).name)
    if own is None:
        print(_("No truth given: the one-to-one head's detections stand for it."), file=sys.stderr)
        head = prediction.one2one
        return truth_from_detections(nms_free(head.boxes, head.scores, CONFIDENCE), names, size_wh)
    for note in own.notes:
        print(note, file=sys.stderr)
    own, keep = own.for_classes(names), ~own.ignore
    return truth_from_boxes(own.boxes[keep].tolist(), own.labels[keep].tolist(), names)


def _out_of_range(option: str, least: float, most: float, value: float) -> UserError:
    return UserError(
        "{option} must be {least} to {most}, got {value}",
        option=option,
        least=f"{least:g}",
        most=f"{most:g}",
        value=f"{value:g}",
    )


def _object(number: int | None, traced: DualTrace) -> int | None:
    """Index of the object that was asked for by its number, or the one that the laboratory opens on."""
    if number is None:
        return story_object(traced)
    if not 1 <= number <= len(traced.truth):
        raise _out_of_range("--object", 1, len(traced.truth), number)
    return number - 1


def _name(picture: str) -> str:
    return Path(picture).name if Path(picture).is_file() else picture
