"""`python -m dualviz study`: what many labelled pictures say about scores, starving objects, remedies, and all that a detector reaches."""

import argparse
import hashlib
import sys
import time
from pathlib import Path

from tqdm import tqdm

from dualviz.charts.drawn.genuine import estimate_words, value_words
from dualviz.commands.arguments import add_measured_set, drawing_to_write, file_to_write, number
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
from dualviz.study.evaluation import has_pycocotools
from dualviz.study.genuine import Reached
from dualviz.study.sets import seen
from dualviz.words import UserError, _


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
    print(f"{'way':<18} {'advised':>8} {'F1':>6} {'recall':>7} {'precision':>10} {'error':>6}")
    for name, way in made.ways.items():
        if way.advised is None:
            print(f"{name:<18} nothing is right")
            continue
        recall, precision, f1 = way.at(way.advised)
        print(
            f"{name:<18} {way.advised:>8.2f} {f1:>6.3f} {recall:>7.3f} {precision:>10.3f} {way.error:>6.3f}"
        )
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
    print(f"{'rule and head':<52} {'starving':>9} {'contested':>10}")
    for rule, words in starving.RULES.items():
        for head in starving.HEADS:
            parts = starving.shares(objects, rule, head)
            starve, claimed = (
                sum(getattr(part, name) for part in parts) for name in ("starving", "contested")
            )
            print(f"{f'{words}, {head}':<52} {starve:>9} {claimed:>10}")
    print(f"{len(objects)} objects of {len(looked)} pictures; {spent:.1f} s after the network")
    return shown


def _remedies(chosen: argparse.Namespace, detector: Detector, folder: CocoFolder) -> ShownRemedies:
    """What each remedy against duplicates costs and gains, AP included."""
    made = remedies.compare(
        detector, folder, chosen.confidence, chosen.size, _bar, has_pycocotools()
    )
    print(f"{'remedy':<38} {'conf':>5} {'dup':>6} {'false':>6} {'missed':>7} {'AP':>6}")
    for name, words in remedies.REMEDIES.items():
        one = made.outcomes[name]
        print(
            f"{words:<38} {one.confidence:>5.2f} {one.duplicates:>6} {one.false:>6} {one.missed:>7} {one.ap:>6.3f}"
        )
    print(f"{made.objects} objects of {made.pictures} pictures")
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
    for key, measure in genuine.MEASURES.items():
        ours = estimate_words(measure, figures[key])
        theirs = value_words(measure, of_paper[key].value) if key in of_paper else ""
        print(f"{genuine.GROUPS[measure.group]:<38} {measure.sentence!s:<36} {ours:<26} {theirs}")
    if chosen.keep:
        genuine.keep(made)
        print(genuine.FILE)
    return ShownGenuine([made])


STUDIES = {
    "calibration": _calibration,
    "starving": _starving,
    "remedies": _remedies,
    "genuine": _genuine,
}
