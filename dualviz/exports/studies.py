"""What studies of many pictures hand over, as records and as CSV: calibration, starving objects, remedies, measured detectors."""

from collections.abc import Sequence
from typing import NamedTuple

from dualviz.exports.about import Source, of_set
from dualviz.exports.rows import csv_text
from dualviz.study.calibration import THRESHOLDS, Calibration
from dualviz.study.genuine import MEASURES, Reached, printed
from dualviz.study.remedies import Remedies
from dualviz.study.starving import HEADS, PICKS, Fed
from dualviz.words import _, ngettext


class ShownCalibration(NamedTuple):
    """A calibration, and the confidence that is looked at; None for none."""

    calibration: Calibration
    confidence: float | None = None

    @property
    def caption(self) -> str:
        """Detector, pictures and objects in one line."""
        made = self.calibration
        pictures = ngettext("{n} picture", "{n} pictures", made.pictures)
        objects = ngettext("{n} object", "{n} objects", made.objects)
        parts = (made.detector, made.over, pictures, objects, _("matched at IoU 0.5"))
        return " · ".join(part for part in parts if part)

    @property
    def origin(self) -> Source:
        """What its files say they come from."""
        made = self.calibration
        return of_set(made.over, made.detector, made.weights, made.size)


class ShownStarving(NamedTuple):
    """Objects under every rule, and the names of their classes, detector and set."""

    objects: Sequence[Fed]
    class_names: Sequence[str]
    detector: str = ""
    over: str = ""
    weights: str = ""
    side: int = 0

    @property
    def origin(self) -> Source:
        """What its files say they come from."""
        return of_set(self.over, self.detector, self.weights, self.side)


class ShownRemedies(NamedTuple):
    """What each remedy costs and gains, the names of detector and set, and the longer side of the network's input."""

    remedies: Remedies
    detector: str = ""
    over: str = ""
    weights: str = ""
    side: int = 0

    @property
    def origin(self) -> Source:
        """What its files say they come from."""
        return of_set(self.over, self.detector, self.weights, self.side)


class ShownGenuine(NamedTuple):
    """Detectors that were measured, with intervals."""

    table: Sequence[Reached]

    @property
    def origin(self) -> Source:
        """What its files say they come from, detector by detector."""
        each = [of_set(one.over, one.detector, one.sha256[:12], one.size) for one in self.table]
        lines = [one.lines for one in each]
        detectors, sizes, truths = (
            "; ".join(line[key] for line in lines) for key in ("detector", "network input", "truth")
        )
        return Source("", detectors, network=sizes, truth=truths)


def calibration_csv(shown: ShownCalibration) -> str:
    """One row per way and threshold; then, after an empty line, one per bin of scores."""
    rows, bins = [], []
    for name, way in shown.calibration.ways.items():
        for place, threshold in enumerate(THRESHOLDS):
            counts = (way.reported[place], way.matched[place])
            shares = (way.recall[place], way.precision[place], way.f1[place])
            rows.append(
                (name, threshold, *counts, *("" if x != x else round(float(x), 5) for x in shares))
            )
        for one in way.bins:
            ends = (round(end, 5) for end in one.interval)
            bins.append(
                (name, round(one.score, 5), one.count, one.right, round(one.share, 5), *ends)
            )
    names = ("way", "confidence", "reported", "right", "recall", "precision", "F1")
    table = csv_text(shown.caption, names, rows)
    names = ("way", "mean_score", "detections", "right", "share", "low", "high")
    return table + "\n" + csv_text(_("reliability, Wilson 95 %"), names, bins)


def starving_csv(shown: ShownStarving) -> str:
    """One row per object: its size in network pixels, and positives, contested and reason by rule and head."""
    columns = [(rule, head) for rule in PICKS for head in HEADS]
    names = ["picture", "object", "class", "side", "x1", "y1", "x2", "y2"]
    for rule, head in columns:
        names += [f"{rule} {head} {what}" for what in ("positives", "contested", "why")]
    rows = []
    for one in shown.objects:
        row = [one.picture, one.number + 1, shown.class_names[one.label], round(one.side, 2)]
        row += [round(edge, 2) for edge in one.box]
        for rule, head in columns:
            fate = one.fates[rule]
            row += [fate.positives[head], int(fate.contested[head]), fate.why(head)]
        rows.append(row)
    line = " · ".join(part for part in (shown.detector, shown.over) if part)
    return csv_text(line, names, rows)


def remedies_csv(shown: ShownRemedies) -> str:
    """One row per remedy."""
    made = shown.remedies
    rows = [
        (
            name,
            *(one.confidence, one.found, one.duplicates, one.false, one.missed),
            "" if one.ap != one.ap else round(one.ap, 5),
        )
        for name, one in made.outcomes.items()
    ]
    pictures = ngettext("{n} picture", "{n} pictures", made.pictures)
    line = " · ".join(part for part in (shown.detector, shown.over, pictures) if part)
    names = ("remedy", "confidence", "found", "duplicates", "false", "missed", "AP")
    return csv_text(line, names, rows)


def genuine_csv(shown: ShownGenuine) -> str:
    """One row per detector and measure: the figure, its interval, and what the paper prints."""
    rows = []
    for one in shown.table:
        theirs = printed(one.detector)
        for key, measure in MEASURES.items():
            numbers = ("" if x != x else round(x, 5) for x in one.figures[key])
            paper = (theirs[key].value, str(theirs[key].source)) if key in theirs else ("", "")
            rows.append((one.detector, one.over, key, measure.unit, *numbers, *paper))
    line = " · ".join(f"{one.detector}: sha256 {one.sha256}, {one.command}" for one in shown.table)
    names = ("detector", "set", "measure", "unit", "value", "low", "high", "paper", "source")
    return csv_text(line, names, rows)
