"""Why are there two boxes, and which setting would part them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import torch

from dualviz.postprocess.selection import Detections
from dualviz.postprocess.suppression import near_pairs, suppressed


@dataclass(frozen=True)
class Remedy:
    """A setting that would remove one of a pair, applied to the output as it stands.

    Attributes:
        setting: which knob.
        value: for "confidence" the threshold at which the weaker one vanishes; for NMS the highest IoU threshold in
            steps of 0.01 that separates the pair; None for "best class only".
        removes: all rows of the output that it would remove.
    """

    setting: Literal["confidence", "NMS", "class-agnostic NMS", "best class only"]
    value: float | None
    removes: Sequence[int]


@dataclass(frozen=True)
class Duplicate:
    """Two detections of one output that overlap, and what would remove one of them.

    Attributes:
        rows: their rows in the output, the stronger first.
        kind: "two anchors", or "two classes" of one anchor.
        overlap: IoU, 0..1.
        scores, labels, anchors: of both.
        remedies: every setting that separates them.
    """

    rows: tuple[int, int]
    kind: Literal["two anchors", "two classes"]
    overlap: float
    scores: tuple[float, float]
    labels: tuple[int, int]
    anchors: tuple[int, int]
    remedies: tuple[Remedy, ...]

    def costs(self, remedy: Remedy) -> tuple[int, ...]:
        """Rows of other detections that the remedy would remove too."""
        return tuple(row for row in remedy.removes if row not in self.rows)


@torch.no_grad()
def diagnose(detections: Detections, iou: float = 0.5) -> list[Duplicate]:
    """Explain every pair of an output that overlaps: why are there two boxes, and which setting would part them?

    Args:
        detections: an output of `non_max_suppression` or `nms_free`, best first.
        iou: list pairs whose IoU is above it, 0..1 and below 1: an anchor's own two boxes have IoU 1.

    Returns:
        list[Duplicate]: by row of the stronger, then of the weaker.

    >>> from dualviz.postprocess import nms_free
    >>> pair = nms_free(torch.tensor([[0.0, 0, 9, 9]]), torch.tensor([[0.9, 0.6]]))
    >>> [(d.kind, [r.setting for r in d.remedies]) for d in diagnose(pair)]
    [('two classes', ['confidence', 'class-agnostic NMS', 'best class only'])]
    """
    boxes = detections.boxes.cpu().double().numpy()
    scores, labels = detections.scores.tolist(), detections.labels.tolist()
    anchors = detections.anchors.tolist()
    rows = np.arange(len(boxes))
    groups = {"NMS": np.array(labels, np.int64), "class-agnostic NMS": np.zeros_like(rows)}

    @cache
    def nms(setting: Literal["NMS", "class-agnostic NMS"], threshold: float) -> Remedy:
        kept, *_ = suppressed(boxes, groups[setting], threshold, len(boxes))
        return Remedy(setting, threshold, rows[~kept].tolist())

    better = np.searchsorted(-np.array(scores), -np.array(scores)).tolist()
    confidence = [Remedy("confidence", s, range(b, len(rows))) for s, b in zip(scores, better)]
    first_of_anchor = np.unique(anchors, return_index=True)[1]
    best_class = Remedy("best class only", None, np.delete(rows, first_of_anchor).tolist())

    duplicates = []
    pairs = near_pairs(boxes, groups["class-agnostic NMS"], rows, rows, iou)
    for i, j, overlap in zip(*(column.tolist() for column in pairs)):
        one_anchor = anchors[i] == anchors[j]
        setting = "NMS" if labels[i] == labels[j] else "class-agnostic NMS"
        step = math.ceil(round(overlap * 100, 9)) - 1  # the last hundredth below the IoU
        remedies = [confidence[j], nms(setting, max(step, 0) / 100)]
        if one_anchor:
            remedies.append(best_class)
        duplicates.append(
            Duplicate(
                rows=(i, j),
                kind="two classes" if one_anchor else "two anchors",
                overlap=overlap,
                scores=(scores[i], scores[j]),
                labels=(labels[i], labels[j]),
                anchors=(anchors[i], anchors[j]),
                remedies=tuple(remedies),
            )
        )
    return duplicates
