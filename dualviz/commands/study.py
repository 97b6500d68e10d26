"""`python -m dualviz study`: what many labelled pictures say about scores, starving objects, remedies, and all that a detector reaches."""

import argparse
import hashlib
import math
import sys
import time
from pathlib import Path

from tqdm import tqdm

from dualviz.charts.drawn.genuine import estimate_words, value_words
from dualviz.charts.palette import HEAD_NAMES
from dualviz.commands.arguments import add_measured_set, drawing_to_write, file_to_write, number
from dualviz.commands.printed import printed
from dualviz.detector import Detector, load_detector
from dualviz.detector.catalogue import find_weights
from dualviz.exports.about import weights_hash
from dualviz.exports.studies import (
    ShownCalibration,
    ShownGenuine,
    ShownRemedies,
    ShownStarving,
)
from dualviz.exports.views import VIEWS, Paper, view_bytes
from dualviz.lab.knobs import FILTERS
from dualviz.pictures.content import content_hash
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.folders import open_set
from dualviz.study import calibration, genuine, remedies, starving
from dualviz.study.evaluation import PATH_NAMES, has_pycocotools
from dualviz.study.genuine import Reached
from dualviz.study.sets import seen
from dualviz.words import UserError, _, ngettext


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz study`."""
    add = parser.add_argument
    add("what", choices=STUDIES, help="; ".join(STUDIES))
    add_measured_set(parser)
    conf = FILTERS["conf"]
    add(
        "--confidence",
        type=number(conf.min, conf.max),
        default=conf.default,
        help=_("of remedies"),
    )
    add("--csv", type=file_to_write, help=_("also write the numbers here"))
    add(
        "--figure",
        type=drawing_to_write,
        help=_("also draw them: .png, .svg or .pdf (calibration, genuine)"),
    )
    add(
        "--keep",
        action="store_true",
        help=_("calibration and genuine: keep it as the detector's own"),
    )
    add("--called", default="", help=_("genuine: what the set is called (default: its path's end)"))


def run(chosen: argparse.Namespace) -> None:
    """Measure, print, and write what is asked for."""
    view = VIEWS[chosen.what]
    if chosen.keep:
        _may_keep(chosen.what)
    if chosen.figure and not view.figure:  # before the set is gone through, not after
        raise UserError("{study} has numbers only: take --csv", study=chosen.what)
    detector = load_detector(chosen.detector, chosen.device)
    folder = open_set(chosen.annotations, chosen.images)
    for note in folder.notes:
        print(note, file=sys.stderr)
    shown = STUDIES[chosen.what](chosen, detector, folder)
    if chosen.csv:
        chosen.csv.write_bytes(view_bytes(view, shown, "csv"))
    if chosen.figure:
        kind = chosen.figure.suffix.removeprefix(".").lower()
        chosen.figure.write_bytes(view_bytes(view, shown, kind, Paper("column")))


def _may_keep(study: str) -> None:
    """Refuse to keep what has no table, and a table that takes nothing, before the set is gone through."""
    tables = {"calibration": calibration.FILE, "genuine": genuine.FILE}
    if study not in tables:
        raise UserError("{study} is not kept: --keep is for calibration and genuine", study=study)
    try:
        file_to_write(str(tables[study]))
    except argparse.ArgumentTypeError as error:
        raise ValueError(str(error)) from None


def _bar(items):
    return tqdm(items, unit="picture")


def _calibration(
    chosen: argparse.Namespace, detector: Detector, folder: CocoFolder
) -> ShownCalibration:
    """Recall, precision, F1 and reliability of both ways, and the advised confidence."""
    pictures = ((one.prediction, one.truth) for one in seen(detector, folder, chosen.size, _bar))
    measured = calibration.calibrate(pictures)
    file = "/".join(folder.path.parts[-2:])
    over = file.removesuffix(folder.path.suffix)
    sized = f" --size {chosen.size}" if chosen.size else ""
    made = calibration.Calibration(
        measured.ways,
        measured.pictures,
        detector.name,
        content_hash(find_weights(chosen.detector).read_bytes()),
        over,
        f"{calibration.COMMAND} --detector {chosen.detector} --annotations {file}{sized}",
        chosen.size or detector.size,
    )
    names = [_("way"), _("advised"), "F1", _("recall"), _("precision"), _("error")]
    rows = []
    for name, way in made.ways.items():
        if way.advised is None:  # nothing it says is right
            rows.append((PATH_NAMES[name], *["—"] * 4, f"{way.error:.3f}"))
            continue
        recall, precision, f1 = way.at(way.advised)
        numbers = (f"{value:.3f}" for value in (f1, recall, precision, way.error))
        rows.append((PATH_NAMES[name], f"{way.advised:.2f}", *numbers))
    print(printed(names, rows))
    if chosen.keep:
        calibration.keep(made)
        print(calibration.FILE)
    return ShownCalibration(made)


def _starving(chosen: argparse.Namespace, detector: Detector, folder: CocoFolder) -> ShownStarving:
    """Objects without a positive, and with a contested one, by size and rule."""
    looked = [
        (one.name, one.prediction, one.taught) for one in seen(detector, folder, chosen.size, _bar)
    ]
    began = time.perf_counter()
    objects = starving.feed(looked)
    spent = time.perf_counter() - began
    shown = ShownStarving(
        objects,
        detector.class_names,
        detector.name,
        folder.path.name,
        weights_hash(chosen.detector),
        chosen.size or detector.size,
    )
    rows = []
    for rule, words in starving.RULES.items():
        for head in starving.HEADS:
            parts = starving.shares(objects, rule, head)
            starve, claimed = (
                sum(getattr(part, name) for part in parts) for name in ("starving", "contested")
            )
            rows.append((words, HEAD_NAMES[head], str(starve), str(claimed)))
    print(printed([_("rule"), _("head"), _("starving"), _("contested")], rows, 2))
    print(
        f"{_over(len(objects), len(looked))} "
        + _("{seconds} s after the network.", seconds=f"{spent:.1f}")
    )
    return shown


def _remedies(chosen: argparse.Namespace, detector: Detector, folder: CocoFolder) -> ShownRemedies:
    """What each remedy against duplicates costs and gains, AP included."""
    made = remedies.compare(
        detector, folder, chosen.confidence, chosen.size, _bar, has_pycocotools()
    )
    names = [_("remedy"), _("confidence"), _("duplicates"), _("wrong"), _("missed"), "AP"]
    rows = []
    for name, words in remedies.REMEDIES.items():
        one = made.outcomes[name]
        counts = map(str, (one.duplicates, one.false, one.missed))
        rows.append((words, f"{one.confidence:.2f}", *counts, _number(one.ap)))
    print(printed(names, rows))
    print(_over(made.objects, made.pictures))
    weights, side = weights_hash(chosen.detector), chosen.size or detector.size
    return ShownRemedies(made, detector.name, folder.path.name, weights, side)


def _genuine(chosen: argparse.Namespace, detector: Detector, folder: CocoFolder) -> ShownGenuine:
    """All that a detector reaches, with intervals, beside what the paper prints."""
    weights, file = find_weights(chosen.detector), "/".join(folder.path.parts[-2:])
    called = f' --called "{chosen.called}"' if chosen.called else ""
    figures, picked = genuine.reach(detector, folder, chosen.size, _bar)
    made = Reached(
        detector.name,
        weights.name,
        hashlib.sha256(weights.read_bytes()).hexdigest(),
        chosen.called or file.removesuffix(folder.path.suffix),
        len(folder),
        folder.judged,
        picked,
        chosen.size or detector.size,
        genuine.device_named(detector),
        f"{genuine.COMMAND} --detector {Path(chosen.detector).name} --annotations {file}{called} --keep",
        figures,
    )
    of_paper = genuine.printed(detector.name)
    rows = [
        (
            genuine.GROUPS[measure.group],
            str(measure.sentence),
            estimate_words(measure, figures[key]),
            value_words(measure, of_paper[key].value) if key in of_paper else "—",
        )
        for key, measure in genuine.MEASURES.items()
    ]
    print(printed([_("of"), _("measure"), _("ours"), _("the paper")], rows, 3))
    if chosen.keep:
        genuine.keep(made)
        print(genuine.FILE)
    return ShownGenuine([made])


def _over(objects: int, pictures: int) -> str:
    """Over how much was counted."""
    return _(
        "{objects} of {pictures}.",
        objects=ngettext("{n} object", "{n} objects", objects),
        pictures=ngettext("{n} picture", "{n} pictures", pictures),
    )


def _number(value: float) -> str:
    return "—" if math.isnan(value) else f"{value:.3f}"


STUDIES = {
    "calibration": _calibration,
    "starving": _starving,
    "remedies": _remedies,
    "genuine": _genuine,
}
