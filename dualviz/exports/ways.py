"""Three ways from one picture to detections, taken away: their figures and tables at the detections page's settings.

The page's download buttons and `python -m dualviz export` come here alike.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dualviz.charts.palette import PATH_NAMES
from dualviz.charts.print.curves import crowding_figure, curves_figure, precision_recall
from dualviz.charts.print.detections import Output, detections_figure
from dualviz.charts.print.sheet import COLUMN, Page
from dualviz.charts.print.suppression import suppression_figure
from dualviz.detector import DualPrediction
from dualviz.detector.cells import cell_of, grids
from dualviz.lab.detections import FLOOR, PATHS, clean_outputs, select_outputs
from dualviz.pictures.truth import Truth
from dualviz.postprocess import Detections, Match, match
from dualviz.study.crowding import THRESHOLDS, Counts, load_crowding, sweep

HEADS = {"raw": "one2many", "nms": "one2many", "free": "one2one"}
VIEWS = ("outputs", "steps", "curves", "crowding")
Number = float | int | str | None


@dataclass(frozen=True)
class Ways:
    """One picture, its predictions and truth, and the settings (conf, iou, max, agnostic) of the detections page."""

    image: np.ndarray
    prediction: DualPrediction
    truth: Truth
    settings: Mapping[str, Any]
    step: int = -1  # of NMS: how many candidates were looked at; −1 for all
    picture: str = ""
    detector: str = ""

    @cached_property
    def found(self) -> dict[str, Detections]:
        """The three outputs by path."""
        return select_outputs(self.prediction, self.clean)

    @cached_property
    def clean(self) -> dict[str, Any]:
        """The settings as they can be used."""
        return clean_outputs({"settings": self.settings})["settings"]

    @property
    def caption(self) -> str:
        """Picture, detector and settings in one line, as inside every picture that is taken away."""
        given = self.clean
        parts = (
            self.picture,
            self.detector,
            f"confidence {given['conf']:.2f}",
            f"NMS IoU {given['iou']:.2f}",
            "class-agnostic" if given["agnostic"] else "",
            f"at most {given['max']}",
            "matched at IoU 0.5",
            self.truth.words if self.truth.stand_in else "",
        )
        return " · ".join(part for part in parts if part)

    def told(self, detections: Detections) -> Match:
        """Detections against this truth."""
        return match(detections, self.truth.boxes, self.truth.labels, ignore=self.truth.ignore)

    def swept(self) -> tuple[list[Counts], Counts]:
        """What NMS misses and repeats at each of `THRESHOLDS`, and the one-to-one head without any."""
        given = self.clean
        rest = given["conf"], given["max"], given["agnostic"]
        return sweep(self.prediction, self.truth, THRESHOLDS, *rest)

    def low(self) -> dict[str, Match]:
        """All detections above the lowest confidence against truth, for precision over recall."""
        found = select_outputs(self.prediction, {**self.clean, "conf": FLOOR})
        return {path: self.told(detections) for path, detections in found.items()}


def ways_figure(ways: Ways, view: str, page: Page = COLUMN) -> Figure:
    """A view of the detections page as a figure.

    Args:
        ways: what is on the table.
        view: one of `VIEWS`; "crowding" is the kept measurement and asks nothing of `ways`.
        page: COLUMN or SLIDE.
    """
    known = ways.truth if len(ways.truth) else None
    given = {"caption": ways.caption, "page": page}
    if view == "outputs":
        listed = [
            Output(PATH_NAMES[PATHS[path]], HEADS[path], boxes, ways.told(boxes) if known else None)
            for path, boxes in ways.found.items()
        ]
        return detections_figure(ways.image, listed, known, **given)
    if view == "steps":
        trace = ways.found["nms"].trace
        step = ways.step if 0 <= ways.step <= len(trace.scores) else None
        return suppression_figure(ways.image, trace, step, known, **given)
    if view == "curves":
        shown = {path: len(boxes) for path, boxes in ways.found.items()}
        swept = (THRESHOLDS, *ways.swept())
        told = None if ways.truth.stand_in else ways.low()
        return curves_figure(told, shown, swept, ways.clean["iou"], **given)
    if view != "crowding":
        raise ValueError(f"view must be one of {', '.join(VIEWS)}, got {view!r}")
    measured = load_crowding()
    if measured is None:
        raise ValueError("no crowding is measured yet: run python -m dualviz crowding")
    return crowding_figure(measured, measured.telling, page=page)


def ways_csv(ways: Ways, view: str) -> str:
    """The numbers behind a view, in full precision, the settings in the first line."""
    rows: dict[str, Callable[[], tuple[tuple[str, ...], Iterable[tuple[Number, ...]]]]] = {
        "outputs": lambda: _boxes(ways),
        "steps": lambda: _trace(ways),
        "curves": lambda: _curves(ways),
        "crowding": _crowding,
    }
    names, lines = rows[view]()
    text = io.StringIO()
    text.write(f"# {ways.caption if view != 'crowding' else 'rendered crowds'}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(lines)
    return text.getvalue()


def _boxes(ways: Ways):
    levels = grids(ways.prediction)
    names = ("output", "number", "class", "score", "anchor", "level", "cell")
    names += ("x1", "y1", "x2", "y2", "outcome", "object", "IoU")

    def lines():
        for path, found in ways.found.items():
            told = ways.told(found)
            for row, anchor in enumerate(found.anchors.tolist()):
                level, column, line = cell_of(levels, anchor)
                kinds = ("matched", "duplicate", "false", "ignored")
                outcome = next((kind for kind in kinds if getattr(told, kind)[row]), "")
                of = int(told.truth[row])
                label = ways.truth.class_names[int(found.labels[row])]
                yield (
                    *(path, row + 1, label, float(found.scores[row]), anchor),
                    *(level, f"({column}, {line})", *found.boxes[row].tolist()),
                    *(outcome if len(ways.truth) else "", of + 1 if of >= 0 else ""),
                    float(told.overlap[row]) if of >= 0 else "",
                )

    return names, lines()


def _trace(ways: Ways):
    trace = ways.found["nms"].trace
    names = ("candidate", "class", "score", "anchor", "fate", "suppressed_by", "IoU")

    def lines():
        for row, by in enumerate(trace.suppressed_by.tolist()):
            fate = "kept" if trace.kept[row] else "suppressed" if by >= 0 else "beyond the limit"
            yield (
                *(row + 1, ways.truth.class_names[int(trace.labels[row])]),
                *(float(trace.scores[row]), int(trace.anchors[row]), fate),
                *((by + 1, float(trace.overlap[row])) if by >= 0 else ("", "")),
            )

    return names, lines()


def _curves(ways: Ways):
    names = ("curve", "output", "threshold", "recall", "precision", "missed", "duplicate", "false")
    lines: list[tuple[Number, ...]] = []
    judged = {} if ways.truth.stand_in else ways.low()
    for path, told in judged.items():
        precision, recall, _ = precision_recall(told)
        for r, p in zip(recall.tolist(), precision.tolist()):
            lines.append(("precision-recall", path, "", r, p, "", "", ""))
    many, one = ways.swept()
    for threshold, row in zip(THRESHOLDS, many):
        counts = (row.missed, row.duplicates, row.false)
        lines.append(("threshold", "nms", threshold, "", "", *counts))
    lines.append(("threshold", "free", "", "", "", one.missed, one.duplicates, one.false))
    return names, lines


def _crowding():
    found = load_crowding()
    names = ("overlap", "objects", "path", "threshold", "missed", "duplicates", "false")
    lines: list[tuple[Number, ...]] = []
    for level in found.levels if found else ():
        pairs = [*zip(found.thresholds, level.one2many), ("", level.one2one)]
        for threshold, row in pairs:
            path = "one2one" if threshold == "" else "nms"
            counts = (row.missed, row.duplicates, row.false)
            lines.append((level.overlap, level.objects, path, threshold, *counts))
    return names, lines
