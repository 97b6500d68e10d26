"""From a head's raw boxes and scores to the list of detections: NMS with its trace, or the NMS-free selection."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dualviz.postprocess.suppression import suppressed


@dataclass(frozen=True)
class Suppression:
    """Every candidate of an NMS run in the order it was looked at, best first, and what became of it; on the CPU.

    Attributes:
        boxes (Tensor[N, 4]), scores (Tensor[N]), labels (Tensor[N]), anchors (Tensor[N]): the candidates.
        kept (Tensor[N]): bool.
        suppressed_by (Tensor[N]): int64, row of the kept candidate that suppressed this one: of several the best;
            −1 for none.
        overlap (Tensor[N]): float64, their IoU; NaN for none.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    anchors: Tensor
    kept: Tensor
    suppressed_by: Tensor
    overlap: Tensor

    @property
    def dropped(self) -> Tensor:
        """Candidates that nobody suppressed, but that came after `max_detections` were kept: bool (N,)."""
        return ~self.kept & (self.suppressed_by < 0)


@dataclass(frozen=True)
class Detections:
    """What a detector reports, best first.

    Attributes:
        boxes (Tensor[N, 4]): xyxy pixels.
        scores (Tensor[N]): 0..1.
        labels (Tensor[N]): int64 class.
        anchors (Tensor[N]): int64, the anchor each box came from.
        trace: how NMS came to them; None where no NMS ran.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    anchors: Tensor
    trace: Suppression | None = None

    def __len__(self) -> int:
        return len(self.scores)


@torch.no_grad()
def non_max_suppression(
    boxes: Tensor,
    scores: Tensor,
    confidence: float = 0.25,
    iou: float = 0.7,
    max_detections: int = 300,
    class_agnostic: bool = False,
    multi_label: bool = False,
) -> Detections:
    """Keep the best box of every group of overlapping boxes of one class (greedy NMS), and say who suppressed whom.

    Candidates are looked at from the best score down, ties from the lower anchor (then class). One is kept if its IoU
    with every kept one of its class is at most `iou`, until `max_detections` are kept. Classes never meet: there is no
    class-offset arithmetic to lose digits in. IoU is computed in float64; the confidence is compared in the precision
    of the scores.

    Args:
        boxes (Tensor[A, 4]): xyxy pixels.
        scores (Tensor[A, C]): after sigmoid, 0..1.
        confidence: a candidate's score must be above it.
        iou: suppress where IoU is above it, 0..1.
        max_detections: keep at most so many.
        class_agnostic: boxes of different classes suppress each other too.
        multi_label: every class above the confidence makes a candidate, instead of each anchor's best class only.

    Returns:
        Detections with `.trace`, on the device of the boxes (the suppression itself runs on the CPU).

    >>> boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10]])
    >>> detections = non_max_suppression(boxes, torch.tensor([[0.6], [0.9], [0.5]]))
    >>> detections.anchors, detections.trace.suppressed_by
    (tensor([1, 2]), tensor([-1,  0, -1]))
    """
    _check(boxes, scores, max_detections)
    if not 0 <= iou <= 1:
        raise ValueError(f"iou must be within 0..1, got {iou}")
    table, corners = scores.detach().cpu().numpy(), boxes.detach().cpu().numpy()
    if multi_label or not scores.shape[1]:
        anchors, labels = np.nonzero(table > confidence)
    else:
        labels = table.argmax(1)
        anchors = np.flatnonzero(table[np.arange(len(table)), labels] > confidence)
        labels = labels[anchors]
    order = np.argsort(-table[anchors, labels], kind="stable")
    anchors, labels = anchors[order], labels[order]
    corners = corners[anchors]

    groups = np.zeros_like(labels) if class_agnostic else labels
    kept, by, overlap = suppressed(corners.astype(np.float64), groups, iou, max_detections)
    trace = Suppression(
        boxes=torch.from_numpy(corners),
        scores=torch.from_numpy(table[anchors, labels]),
        labels=torch.from_numpy(labels),
        anchors=torch.from_numpy(anchors),
        kept=torch.from_numpy(kept),
        suppressed_by=torch.from_numpy(by),
        overlap=torch.from_numpy(overlap),
    )
    return Detections(
        boxes=trace.boxes[trace.kept].to(boxes.device),
        scores=trace.scores[trace.kept].to(boxes.device),
        labels=trace.labels[trace.kept].to(boxes.device),
        anchors=trace.anchors[trace.kept].to(boxes.device),
        trace=trace,
    )


@torch.no_grad()
def nms_free(
    boxes: Tensor, scores: Tensor, confidence: float = 0.25, max_detections: int = 300
) -> Detections:
    """Select as YOLOv10 does for its one-to-one head: two cuts by score, no box is compared with another.

    The best `max_detections` anchors by their best class are kept, then the best `max_detections` pairs of those
    anchors with ALL classes: so one anchor can be reported under two classes. Ties go to the lower anchor, then class.

    Args:
        boxes (Tensor[A, 4]): xyxy pixels.
        scores (Tensor[A, C]): after sigmoid, 0..1.
        confidence: a pair's score must be above it.
        max_detections: size of both cuts.

    Returns:
        Detections.

    >>> detections = nms_free(torch.zeros(2, 4), torch.tensor([[0.9, 0.6], [0.1, 0.3]]))
    >>> detections.anchors, detections.labels
    (tensor([0, 0, 1]), tensor([0, 1, 1]))
    """
    _check(boxes, scores, max_detections)
    C = scores.shape[1]
    if C:
        anchors = _best(scores.amax(-1), max_detections).sort().values
    else:
        anchors = torch.empty(0, dtype=torch.int64, device=scores.device)
    pairs = scores[anchors].reshape(-1)
    index = _best(pairs, max_detections)
    index = index[pairs[index] > confidence]
    anchors, labels = anchors[index // max(C, 1)], index % max(C, 1)
    return Detections(boxes[anchors], pairs[index], labels, anchors)


def _best(values: Tensor, count: int) -> Tensor:
    """Indices of the `count` largest of `values (N,)`, best first, ties to the lower index (topk promises no order)."""
    count = min(count, len(values))
    if not count:
        return torch.empty(0, dtype=torch.int64, device=values.device)
    last = values.topk(count, sorted=False).values.min()
    index = (values >= last).nonzero().squeeze(1)
    return index[values[index].sort(descending=True, stable=True).indices[:count]]


def _check(boxes: Tensor, scores: Tensor, max_detections: int) -> None:
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must be (A, 4) in xyxy, got {tuple(boxes.shape)}")
    if scores.ndim != 2 or len(scores) != len(boxes):
        raise ValueError(f"scores must be ({len(boxes)}, C), got {tuple(scores.shape)}")
    if max_detections < 0:
        raise ValueError(f"max_detections must be at least 0, got {max_detections}")
