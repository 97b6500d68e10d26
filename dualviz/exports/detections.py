"""Three outputs of one picture, with NMS and without, at the settings of the detections page: what is drawn and written."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dualviz.charts.drawn.curves import precision_recall
from dualviz.detector import DualPrediction
from dualviz.detector.cells import cell_of, grids
from dualviz.exports.rows import csv_text
from dualviz.lab.detections import FLOOR, clean_detections, select_detections
from dualviz.pictures.truth import Truth
from dualviz.postprocess import Detections, Match, match
from dualviz.study.crowding import THRESHOLDS, Counts, sweep
from dualviz.words import _

HEADS = {"raw": "one2many", "nms": "one2many", "free": "one2one"}


@dataclass(frozen=True)
class ShownDetections:
    """One picture, its predictions and truth, and the settings (conf, iou, max, agnostic, multi) of the detections page."""

    image: np.ndarray
    prediction: DualPrediction
    truth: Truth
    settings: Mapping[str, Any]
    step: int = -1  # of NMS: how many candidates were looked at; −1 for all
    picture: str = ""
    detector: str = ""

    @cached_property
    def outputs(self) -> dict[str, Detections]:
        """The three outputs by path."""
        return select_detections(self.prediction, self.clean)

    @cached_property
    def clean(self) -> dict[str, Any]:
        """The settings as they can be used."""
        return clean_detections({"settings": self.settings})["settings"]

    @property
    def known(self) -> Truth | None:
        """The truth, None where it is empty."""
        return self.truth if len(self.truth) else None

    @property
    def caption(self) -> str:
        """Picture, detector and settings in one line, as inside every picture that is taken away."""
        given = self.clean
        parts = (
            self.picture,
            self.detector,
            _("confidence {conf}", conf=_digits(given["conf"])),
            _("NMS IoU {iou}", iou=f"{given['iou']:.2f}"),
            _("class-agnostic") if given["agnostic"] else "",
            _("several classes an anchor") if given["multi"] else "",
            _("at most {max}", max=given["max"]),
            _("matched at IoU 0.5"),
            self.truth.words if self.truth.stand_in else "",
        )
        return " · ".join(part for part in parts if part)

    def matches(self, detections: Detections) -> Match:
        """Detections against this truth."""
        return match(detections, self.truth.boxes, self.truth.labels, ignore=self.truth.ignore)

    def swept(self) -> tuple[list[Counts], Counts]:
        """What NMS misses and repeats at each of `THRESHOLDS`, and the one-to-one head without any."""
        given = self.clean
        rest = given["conf"], given["max"], given["agnostic"], given["multi"]
        return sweep(self.prediction, self.truth, THRESHOLDS, *rest)

    def low_matches(self) -> dict[str, Match]:
        """All detections above the lowest confidence against truth, for precision over recall."""
        outputs = select_detections(self.prediction, {**self.clean, "conf": FLOOR})
        return {path: self.matches(detections) for path, detections in outputs.items()}


def outputs_csv(shown: ShownDetections) -> str:
    """One row per box of each output, best first, and what it is against truth."""
    levels = grids(shown.prediction)
    names = ("output", "number", "class", "score", "anchor", "level", "cell")
    names += ("x1", "y1", "x2", "y2", "outcome", "object", "IoU")
    rows = []
    for path, detections in shown.outputs.items():
        matches = shown.matches(detections)
        for row, anchor in enumerate(detections.anchors.tolist()):
            level, column, line = cell_of(levels, anchor)
            kinds = ("matched", "duplicate", "false", "ignored")
            outcome = next((kind for kind in kinds if getattr(matches, kind)[row]), "")
            of = int(matches.truth[row])
            label = shown.truth.class_names[int(detections.labels[row])]
            rows.append(
                (
                    *(path, row + 1, label, float(detections.scores[row]), anchor),
                    *(level, f"({column}, {line})", *detections.boxes[row].tolist()),
                    *(outcome if len(shown.truth) else "", of + 1 if of >= 0 else ""),
                    float(matches.overlap[row]) if of >= 0 else "",
                )
            )
    return csv_text(shown.caption, names, rows)


def steps_csv(shown: ShownDetections) -> str:
    """One row per candidate of NMS, best first, and what became of it."""
    suppression = shown.outputs["nms"].trace
    names = ("candidate", "class", "score", "anchor", "fate", "suppressed_by", "IoU")
    rows = []
    for row, by in enumerate(suppression.suppressed_by.tolist()):
        fate = "kept" if suppression.kept[row] else "suppressed" if by >= 0 else "beyond the limit"
        rows.append(
            (
                *(row + 1, shown.truth.class_names[int(suppression.labels[row])]),
                *(float(suppression.scores[row]), int(suppression.anchors[row]), fate),
                *((by + 1, float(suppression.overlap[row])) if by >= 0 else ("", "")),
            )
        )
    return csv_text(shown.caption, names, rows)


def curves_csv(shown: ShownDetections) -> str:
    """Precision and recall after every detection of each output, then what each NMS threshold misses and repeats."""
    names = ("curve", "output", "threshold", "recall", "precision", "missed", "duplicate", "false")
    rows: list[tuple[float | int | str, ...]] = []
    judged = {} if shown.truth.stand_in else shown.low_matches()
    for path, matches in judged.items():
        precision, recall, _area = precision_recall(matches)
        for r, p in zip(recall.tolist(), precision.tolist()):
            rows.append(("precision-recall", path, "", r, p, "", "", ""))
    many, one = shown.swept()
    for threshold, row in zip(THRESHOLDS, many):
        counts = (row.missed, row.duplicates, row.false)
        rows.append(("threshold", "nms", threshold, "", "", *counts))
    rows.append(("threshold", "free", "", "", "", one.missed, one.duplicates, one.false))
    return csv_text(shown.caption, names, rows)


def _digits(value: float) -> str:
    """Two digits, or the third where it was set."""
    return f"{value:.3f}".removesuffix("0")
