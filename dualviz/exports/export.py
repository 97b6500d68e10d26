"""Take it away: an object's figures as PNG, SVG or PDF, its candidates as CSV, the laboratory as one HTML file.

The page's download buttons and `python -m dualviz export` come here alike. The same trace gives the same bytes: no date
and no random name goes into a file.
"""

import argparse
import csv
import io
import re
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dualviz import lab
from dualviz.charts.drawn.words import pick_rank, settings_line
from dualviz.charts.print import (
    PAGES,
    gaps_figure,
    map_figure,
    matchings_figure,
    plane_figure,
    ranks_figure,
    shares_figure,
    stage_figure,
    targets_figure,
)
from dualviz.charts.print.stage import LAYERS
from dualviz.detector import Detector, DualPrediction, load_detector
from dualviz.detector.cells import cell_of, grids
from dualviz.exports import tables
from dualviz.exports.ways import VIEWS, Ways, ways_csv, ways_figure
from dualviz.lab.knobs import FILTERS, KNOBS
from dualviz.lab.state import SETTING_KNOBS
from dualviz.pictures.images import read_image
from dualviz.pictures.scenes import gallery
from dualviz.pictures.truth import Truth, read_truth, truth_from_boxes, truth_from_detections
from dualviz.postprocess import nms_free
from dualviz.study.alignment import MEASURES, matchings, survey
from dualviz.study.targets import head_targets, raw_outputs
from dualviz.trace import DualTrace, Setting, trace_prediction

FORMATS = ("png", "svg", "pdf")
OF_OBJECT = ("stage", "plane", "ranks")
OF_PICTURE = (*VIEWS, "map", "bars", "gap", "matchers", "loss")
FIGURES = OF_OBJECT + OF_PICTURE
CONFIDENCE = 0.25  # of detections that stand for the truth
CSV_COLUMNS = (
    *("anchor", "level", "cell", "rank", "rank1", "s", "p", "p1", "u", "u1"),
    *("m", "m1", "logM", "logM1", "t", "t1", "state", "state1"),
)


def figure_bytes(figure: Figure, kind: str, dpi: int = 200) -> bytes:
    """A figure as a file.

    Args:
        figure: from `dualviz.charts.print`.
        kind: "png", "svg" or "pdf"; type stays type in the last two.
        dpi: pixels per inch of a PNG and of pictures inside the others.

    Returns:
        The same bytes for the same figure; the settings also stand in the file's own description.
    """
    if kind not in FORMATS:
        raise ValueError(f"kind must be one of {', '.join(FORMATS)}, got {kind!r}")
    words = figure.get_label()
    metadata = {
        "png": {"Software": "DualViz", "Description": words},
        "svg": {"Creator": "DualViz", "Description": words, "Date": None},
        "pdf": {"Creator": "DualViz", "Subject": words, "CreationDate": None},
    }[kind]
    file = io.BytesIO()
    figure.savefig(file, format=kind, dpi=dpi, metadata=metadata)
    return file.getvalue()


def candidates_csv(trace: DualTrace, g: int | None, picture: str = "", detector: str = "") -> str:
    """All anchors inside an object as CSV, best of the one-to-many head first; names ending in 1 are the one-to-one head's.

    The first line, after "#", holds the settings. `u` is the overlap, `t` the soft target after conflicts; numbers are in
    full precision, so that a reader can check every step. The laboratory writes the same table.
    """
    text = io.StringIO()
    text.write(f"# {settings_line(trace, g, picture, detector)}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    if g is None:
        return text.getvalue()
    levels = grids(trace.prediction)
    heads = trace.one2many, trace.one2one
    taught = [_soft_targets(trace, head, g) for head in heads]
    anchors = trace.prior[g].nonzero().squeeze(1).tolist()
    last = len(trace.anchor_points) + 1
    for anchor in sorted(anchors, key=lambda a: (int(heads[0].rank[g, a]) or last, a)):
        level, column, row = cell_of(levels, anchor)
        pairs = [
            (
                int(head.rank[g, anchor]),
                float(head.p[g, anchor]),
                float(head.overlaps[g, anchor]),
                float(head.log_metric[g, anchor].exp()),
                float(head.log_metric[g, anchor]),
                float(targets[anchor]),
                _state(head, g, anchor),
            )
            for head, targets in zip(heads, taught)
        ]
        (rank, rank1), *values = zip(*pairs)
        rest = [value for pair in values for value in pair]
        writer.writerow([anchor, level, f"({column}, {row})", rank, rank1, 1, *rest])
    return text.getvalue()


def _soft_targets(trace: DualTrace, head, g: int) -> np.ndarray:
    """Soft targets of one object after conflicts, (A,); the paper's analysis has none."""
    if trace.setting.mode == "paper":
        return head.assignment.object_targets[g].numpy()
    label = int(trace.truth.labels[g])
    scores = head.assignment.target_scores[:, label]
    return scores.where(head.assignment.target_gt == g, 0).numpy()


def _state(head, g: int, anchor: int) -> str:
    chosen = head.assignment.candidates[g].tolist()
    owner = int(head.assignment.target_gt[anchor])
    if anchor in chosen:
        lost = bool(head.assignment.lost[g, chosen.index(anchor)])
        return f"lost to object {owner + 1}" if lost else "positive"
    if owner == g:
        return "won in a conflict"
    return "candidate" if head.rank[g, anchor] > 0 else "metric 0"


def most_disagreeing(trace: DualTrace) -> int | None:
    """The object whose first choices differ most between the heads, as the laboratory opens on; None without objects.

    A pick inside the one-to-many list but far down it comes before one outside, and that before an agreement.
    """

    def worth(g: int) -> float:
        rank = pick_rank(trace, g)
        chosen = trace.one2many.assignment.candidates[g]
        if rank is None or not (chosen >= 0).any():
            return 0.0
        best = float(trace.one2many.assignment.candidate_overlaps[g].max())
        if 1 < rank <= trace.setting.topk:
            return 2000 + rank + best
        return 1 + best if rank == 1 else 1000 - min(rank, 900) + best

    return max(range(len(trace.truth)), key=worth, default=None)


def laboratory_html(trace: DualTrace, g: int | None, picture: str = "", detector: str = "") -> str:
    """The laboratory of this trace as one stand-alone page, opened at the same knobs and object."""
    classes = None
    if len(trace.class_names) > 20:
        classes = sorted(set(trace.truth.labels.tolist())) or None
    packed = lab.payload(
        trace.image,
        trace.prediction,
        trace.class_names,
        classes=classes,
        name=picture,
        detector=detector,
    )
    state = {"knobs": lab.knobs_of(trace.setting), "object": g}
    own = trace.truth.boxes.tolist(), trace.truth.labels.tolist()
    return lab.standalone(packed, state, own, title=f"DualViz laboratory: {picture or 'picture'}")


# ── the command ──


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz export`."""
    add = parser.add_argument
    add("--detector", default="pico-cells", help="a catalogue name or a weights file")
    add("--picture", required=True, help=f"a file, or one of {', '.join(gallery())}")
    add(
        "--truth",
        type=Path,
        help="COCO JSON, YOLO txt or VOC XML; without it what the picture comes with, else the detections",
    )
    add(
        "--object",
        type=int,
        metavar="N",
        help="as numbered on the stage, from 1 (default: where the heads disagree most)",
    )
    add("--figure", nargs="+", default=["all"], choices=[*FIGURES, "all"])
    add("--format", nargs="+", default=["png"], choices=FORMATS)
    add(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the files; made where it is missing",
    )
    add(
        "--csv",
        action="store_true",
        help="also write the object's candidates and the figures' numbers",
    )
    add("--html", action="store_true", help="also write the laboratory of this picture as one file")
    add(
        "--page",
        default="column",
        choices=list(PAGES),
        help="a paper's column (3.5 in) or a 16:9 slide",
    )
    add("--dpi", type=int, default=200)
    knobs = parser.add_argument_group("matching")
    add = knobs.add_argument
    add(
        "--alpha",
        type=float,
        default=KNOBS["alpha"].default,
        help="weight of the score (default 0.5)",
    )
    add(
        "--beta",
        type=float,
        default=KNOBS["beta"].default,
        help="weight of the overlap (default 6)",
    )
    add(
        "--k",
        type=int,
        default=KNOBS["k"].default,
        help="positives per object of the one-to-many head (default 10)",
    )
    add(
        "--r",
        type=float,
        default=KNOBS["r"].default,
        help="one-to-one exponents over one-to-many, under the lock (default 1)",
    )
    add("--unlock", action="store_true", help="let the one-to-one head have its own exponents")
    add("--alpha2", type=float, help="the one-to-one head's α; unlocks (default 0.5)")
    add("--beta2", type=float, help="the one-to-one head's β; unlocks (default 6)")
    add("--shared", action="store_true", help="the one-to-many head's predictions stand for both")
    add(
        "--mode",
        default=KNOBS["mode"].default,
        choices=list(KNOBS["mode"].choices),
        help="CIoU and conflicts, or IoU and none",
    )
    add = parser.add_argument_group("detections").add_argument
    add(
        "--confidence",
        type=float,
        default=FILTERS["conf"].default,
        help="keep scores above (0.01 to 0.99)",
    )
    add(
        "--iou",
        type=float,
        default=FILTERS["iou"].default,
        help="NMS suppresses overlaps above (0 to 1)",
    )
    add(
        "--max-detections",
        type=int,
        default=FILTERS["max"].default,
        help="of each output (1 to 300)",
    )
    add("--class-agnostic", action="store_true", help="classes suppress each other too")
    add("--step", type=int, default=-1, help="NMS after so many candidates (default: all)")
    add = parser.add_argument_group("map").add_argument
    add("--measure", default="top1", choices=list(MEASURES), help="what the α–β map shows")
    heat = parser.add_argument_group("stage")
    add = heat.add_argument
    add("--layer", default="m", choices=LAYERS, help="what the heat shows (u: overlap)")
    add("--head", default="both", choices=["both", "one2many", "one2one"])
    add("--level", choices=["all", "P3", "P4", "P5"], default="all")
    add("--log", action="store_true", help="heat over four powers of ten")
    network = parser.add_argument_group("network")
    network.add_argument(
        "--size", type=int, help="longer side of its input (default: of the weights)"
    )
    network.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")


def run(chosen: argparse.Namespace) -> list[Path]:
    """Write what was asked for, name every file on the standard output, and return their paths.

    Raises:
        ValueError: one sentence on what cannot be used, before anything is written.
    """
    setting = _setting(chosen)
    if chosen.dpi < 20 or chosen.dpi > 2400:
        raise ValueError(f"--dpi must be 20 to 2400, got {chosen.dpi}")
    detector = load_detector(chosen.detector, chosen.device)
    image, own = _picture(chosen.picture)
    prediction = detector.predict(image, chosen.size)
    truth = _truth(chosen, detector, (image.shape[1], image.shape[0]), own, prediction)
    traced = trace_prediction(image, truth, prediction, detector.class_names, setting)
    g = _object(chosen.object, traced)
    names = {"picture": _name(chosen.picture), "detector": detector.name}
    page = PAGES[chosen.page]
    heat = {"layer": chosen.layer, "head": chosen.head, "log": chosen.log}
    heat["level"] = None if chosen.level == "all" else int(chosen.level[1]) - 3
    surveyed = cache(lambda: survey([traced], setting))
    taught = cache(lambda: head_targets(traced, raw_outputs(detector, image, chosen.size)))
    filters = {"conf": chosen.confidence, "iou": chosen.iou, "max": chosen.max_detections}
    filters |= {"agnostic": chosen.class_agnostic}
    ways = Ways(image, prediction, truth, filters, chosen.step, **names)
    draw = {
        "stage": lambda: stage_figure(traced, g, page=page, **names, **heat),
        "plane": lambda: plane_figure(traced, g, page=page, **names),
        "ranks": lambda: ranks_figure(traced, g, page=page, **names),
        **{view: partial(ways_figure, ways, view, page) for view in VIEWS},
        "map": lambda: map_figure(surveyed(), chosen.measure, page=page, **names),
        "bars": lambda: shares_figure(surveyed(), page=page, **names),
        "gap": lambda: gaps_figure(traced, page=page, **names),
        "matchers": lambda: matchings_figure(traced, matchings(traced), page=page, **names),
        "loss": lambda: targets_figure(traced, taught(), g, page=page, **names),
    }
    numbers = {
        **{view: partial(ways_csv, ways, view) for view in VIEWS},
        "map": lambda: tables.map_csv(surveyed(), **names),
        "bars": lambda: tables.shares_csv(surveyed(), **names),
        "gap": lambda: tables.gaps_csv(traced, **names),
        "matchers": lambda: tables.matchings_csv(traced, **names),
        "loss": lambda: tables.targets_csv(traced, taught(), **names),
    }
    stem = re.sub(r"[^\w-]+", "-", Path(names["picture"]).stem) or "picture"
    number = f"{stem}-object-{g + 1}" if g is not None else stem
    files: dict[str, bytes] = {}
    for name in FIGURES if "all" in chosen.figure else dict.fromkeys(chosen.figure):
        figure = draw[name]()
        for kind in dict.fromkeys(chosen.format):
            start = stem if name in OF_PICTURE else number
            files[f"{start}-{name}.{kind}"] = figure_bytes(figure, kind, chosen.dpi)
        if chosen.csv and name in numbers:
            files[f"{stem}-{name}.csv"] = numbers[name]().encode()
    if chosen.csv:
        files[f"{number}-candidates.csv"] = candidates_csv(traced, g, **names).encode()
    if chosen.html:
        files[f"{stem}.html"] = laboratory_html(traced, g, **names).encode()
    chosen.out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in files.items():
        paths.append(chosen.out / name)
        paths[-1].write_bytes(data)
        print(f"{paths[-1]}  {len(data) / 1024:.0f} kB")
    return paths


def _setting(chosen: argparse.Namespace) -> Setting:
    """The knobs as asked for, each in the range of its slider."""
    own = {"alpha2": "alpha1", "beta2": "beta1"}  # option: knob; the others are called alike
    unlocked = chosen.unlock or any(getattr(chosen, option) is not None for option in own)
    knobs: dict[str, Any] = {"locked": not unlocked, "shared": chosen.shared, "mode": chosen.mode}
    for option, name in {"alpha": "alpha", "beta": "beta", "r": "r", **own}.items():
        knob, value = KNOBS[name], getattr(chosen, option)
        if value is not None and not knob.min <= value <= knob.max:
            raise ValueError(f"--{option} must be {knob.min:g} to {knob.max:g}, got {value:g}")
        knobs[name] = knob.default if value is None else value
    if chosen.k < KNOBS["k"].min:
        raise ValueError(f"--k must be at least {KNOBS['k'].min}, got {chosen.k}")
    knobs["k"] = chosen.k
    return Setting(**{field: knobs[name] for field, name in SETTING_KNOBS.items()})


def _picture(name: str) -> tuple[np.ndarray, Truth | None]:
    """A picture by its file or its name in the gallery, with the truth it comes with."""
    bundled, path = gallery(), Path(name)
    if path.is_file():
        return read_image(path.read_bytes(), path.name), None
    if name in bundled:
        return bundled[name]()
    raise ValueError(
        f"no picture is called {name!r}: expected a file or one of {', '.join(bundled)}"
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
            raise ValueError(f"--truth must be a file, and there is none at {chosen.truth}")
        data, file = chosen.truth.read_bytes(), chosen.truth.name
        own = read_truth(data, file, size_wh, names, Path(chosen.picture).name)
    if own is None:
        print("No truth given: the one-to-one head's detections stand for it.", file=sys.stderr)
        head = prediction.one2one
        return truth_from_detections(nms_free(head.boxes, head.scores, CONFIDENCE), names, size_wh)
    for note in own.notes:
        print(note, file=sys.stderr)
    own, keep = own.for_classes(names), ~own.ignore
    return truth_from_boxes(own.boxes[keep].tolist(), own.labels[keep].tolist(), names)


def _object(number: int | None, traced: DualTrace) -> int | None:
    """Index of the object that was asked for by its number, or where the heads disagree most."""
    if number is None:
        return most_disagreeing(traced)
    if not 1 <= number <= len(traced.truth):
        raise ValueError(f"--object must be 1 to {len(traced.truth)}, got {number}")
    return number - 1


def _name(picture: str) -> str:
    return Path(picture).name if Path(picture).is_file() else picture
