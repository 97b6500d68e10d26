"""What each remedy against duplicates costs and gains over a whole set, AP included.

The one-to-one head's output is taken as it stands, and once with each remedy that the clinic names: a higher confidence, NMS
after it, NMS that ignores classes, one class an anchor. So that the first two can be compared, the confidence is raised
until no more duplicates are left than NMS leaves.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dualviz.detector import Detector
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.truth import Truth
from dualviz.postprocess import Detections, Match, match, nms_free, non_max_suppression
from dualviz.study.evaluation import CONFIDENCE, average_precision, coco_rows, need_pycocotools
from dualviz.study.sets import seen, shared_classes
from dualviz.words import Labels

COMMAND = "python -m dualviz study remedies"
NMS_IOU = 0.7
REMEDIES = Labels(
    {
        "none": "one-to-one, as it is",
        "confidence": "a higher confidence",
        "nms": "NMS after it, IoU 0.7",
        "agnostic": "class-agnostic NMS after it, IoU 0.7",
        "best": "one class an anchor",
    }
)


@dataclass(frozen=True)
class Outcome:
    """The one-to-one head's output over the set under one remedy.

    Attributes:
        confidence: detections are above it; AP counts those above 0.001, or above the raised confidence.
        found, duplicates, false, missed: over all pictures, matched at IoU 0.5 and class.
        ap: COCO's, 0..1; NaN without pycocotools.
    """

    confidence: float
    found: int
    duplicates: int
    false: int
    missed: int
    ap: float


@dataclass(frozen=True)
class Remedies:
    """What `compare` found over a set of `pictures`: Outcome by remedy, a key of `REMEDIES`."""

    outcomes: dict[str, Outcome]
    pictures: int
    objects: int


def compare(
    detector: Detector,
    folder: CocoFolder,
    confidence: float = 0.25,
    size: int | None = None,
    progress: Callable = iter,
    precision: bool = True,
) -> Remedies:
    """Run a set through the one-to-one head once, and through every remedy.

    Args:
        detector, folder, size, progress: as for `dualviz.study.evaluation.evaluate`.
        confidence: above which duplicates, false and missed are counted.
        precision: False leaves AP out: it alone needs pycocotools.
    """
    if precision:
        need_pycocotools()
    shared, _notes = shared_classes(folder, detector)
    to_category = {label: folder.category_ids[own] for own, label in shared.items()}
    counts = {name: [0, 0, 0, 0] for name in REMEDIES}
    rows: dict[str, list[dict]] = {name: [] for name in REMEDIES}
    scored: list[tuple[float, str]] = []  # every detection above the confidence, and what it is
    objects = 0
    for index, one in enumerate(seen(detector, folder, size, progress)):
        head, truth = one.prediction.one2one, one.truth

        for name, cut in CUTS.items():
            matches = _told(cut(head, confidence), truth)
            kinds = (matches.matched, matches.duplicate, matches.false, matches.missed)
            for place, some in enumerate(kinds):
                counts[name][place] += int(some.sum())
            if precision:
                image_id = folder.records[index]["id"]
                rows[name] += coco_rows(
                    cut(head, CONFIDENCE), image_id, one.image.shape, to_category
                )
        shown = CUTS["none"](head, confidence)
        matches = _told(shown, truth)
        objects += matches.objects
        for what in ("matched", "duplicate", "false"):
            scored += [(score, what) for score in shown.scores[getattr(matches, what)].tolist()]
    labelled = folder.as_coco(sorted(shared))
    outcomes = {}
    for name in CUTS:
        ap = average_precision(labelled, rows[name])[0] if precision else math.nan
        matched, duplicates, false, missed = counts[name]
        outcomes[name] = Outcome(confidence, matched, duplicates, false, missed, ap)
    raised = as_few(scored, outcomes["nms"].duplicates, confidence)
    left = [what for score, what in scored if _above(score, raised)]
    matched = left.count("matched")
    above = [row for row in rows["none"] if _above(row["score"], raised)]
    outcomes["confidence"] = Outcome(
        raised,
        matched,
        left.count("duplicate"),
        left.count("false"),
        objects - matched,
        average_precision(labelled, above)[0] if precision else math.nan,
    )
    return Remedies({name: outcomes[name] for name in REMEDIES}, index + 1, objects)


def as_few(scored: list[tuple[float, str]], most: int, least: float) -> float:
    """The lowest confidence in hundredths, not below `least`, above which at most `most` duplicates are left.

    >>> as_few([(0.9, "matched"), (0.425, "duplicate"), (0.3, "duplicate")], 1, 0.25)
    0.3
    """
    scores = sorted((score for score, kind in scored if kind == "duplicate"), reverse=True)
    if len(scores) <= most:
        return least
    return max(least, math.ceil(round(100 * scores[most], 4)) / 100)


def _above(score: float, confidence: float) -> bool:
    """Compared in the precision of the scores, as every selection does."""
    return bool(np.float32(score) > np.float32(confidence))


def _told(detections: Detections, truth: Truth) -> Match:
    return match(detections, truth.boxes, truth.labels, ignore=truth.ignore)


def _best_class(head, confidence: float) -> Detections:
    """One class an anchor: NMS that suppresses nothing, over each anchor's best class."""
    return non_max_suppression(head.boxes, head.scores, confidence, iou=1.0)


def _suppressed(agnostic: bool) -> Callable[..., Detections]:
    def cut(head, confidence: float) -> Detections:
        return non_max_suppression(
            head.boxes,
            head.scores,
            confidence,
            NMS_IOU,
            class_agnostic=agnostic,
            multi_label=True,
        )

    return cut


CUTS: dict[str, Callable[..., Detections]] = {
    "none": lambda head, confidence: nms_free(head.boxes, head.scores, confidence),
    "nms": _suppressed(agnostic=False),
    "agnostic": _suppressed(agnostic=True),
    "best": _best_class,
}
