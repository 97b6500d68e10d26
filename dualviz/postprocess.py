"""From a head's raw boxes and scores to the list of detections: NMS with its trace, or the NMS-free selection.

The one-to-many head answers every object many times over and needs non-maximum suppression; the one-to-one head is
only cut to its best 300. `diagnose` explains the duplicates that either leaves, `match` counts them against truth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dualviz.boxes import box_iou

FIRST_BLOCK, LARGEST_BLOCK = 128, 1024  # rows that NMS settles at a time, doubling


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
    kept, by, overlap = _suppress(corners.astype(np.float64), groups, iou, max_detections)
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
        kept, *_ = _suppress(boxes, groups[setting], threshold, len(boxes))
        return Remedy(setting, threshold, rows[~kept].tolist())

    better = np.searchsorted(-np.array(scores), -np.array(scores)).tolist()
    confidence = [Remedy("confidence", s, range(b, len(rows))) for s, b in zip(scores, better)]
    first_of_anchor = np.unique(anchors, return_index=True)[1]
    best_class = Remedy("best class only", None, np.delete(rows, first_of_anchor).tolist())

    duplicates = []
    pairs = _near_pairs(boxes, groups["class-agnostic NMS"], rows, rows, iou)
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


@dataclass(frozen=True)
class Match:
    """An output against truth. Each detection is exactly one of matched, duplicate, false or ignored.

    Attributes:
        matched, duplicate, false, ignored (Tensor[N]): bool. A duplicate overlaps an object that a better detection
            has taken; an ignored one overlaps only objects that do not count.
        truth (Tensor[N]): int64, the object a detection matches, repeats or is ignored for; −1 for none.
        overlap (Tensor[N]): IoU with that object; NaN for none.
        missed (Tensor[G]): bool, objects that count and that no detection took.
        objects: how many objects count.
    """

    matched: Tensor
    duplicate: Tensor
    false: Tensor
    ignored: Tensor
    truth: Tensor
    overlap: Tensor
    missed: Tensor
    objects: int

    @property
    def precision(self) -> float:
        """Share of the detections that count which are matched; NaN without any."""
        counted = int((~self.ignored).sum())
        return int(self.matched.sum()) / counted if counted else math.nan

    @property
    def recall(self) -> float:
        """Share of the objects that count which are matched; NaN without any."""
        return int(self.matched.sum()) / self.objects if self.objects else math.nan


@torch.no_grad()
def match(
    detections: Detections,
    gt_boxes: Tensor,
    gt_labels: Tensor,
    iou: float = 0.5,
    ignore: Tensor | None = None,
) -> Match:
    """Tell matched, duplicate and false detections and missed objects apart, as COCO's evaluation matches.

    From the best detection down, each takes the free object of its class that it overlaps most, at IoU `iou` or more.

    Args:
        detections: best first.
        gt_boxes (Tensor[G, 4]): true boxes, xyxy pixels.
        gt_labels (Tensor[G]): int64; −1 marks a padding object.
        iou: least overlap that counts as found.
        ignore (Tensor[G]): bool, objects that need not be found and whose detections are not held against anyone.

    Returns:
        Match, on the CPU.
    """
    N, G = len(detections), len(gt_labels)
    if tuple(gt_boxes.shape) != (G, 4):
        raise ValueError(f"gt_boxes must be ({G}, 4) as gt_labels is, got {tuple(gt_boxes.shape)}")
    gt_labels = gt_labels.cpu()
    spare = torch.zeros(G, dtype=torch.bool) if ignore is None else ignore.cpu().bool()
    counts = ~spare & (gt_labels >= 0)
    overlaps = box_iou(gt_boxes.cpu().double(), detections.boxes.cpu().double()).T
    candidate = (overlaps >= iou) & (detections.labels.cpu()[:, None] == gt_labels)

    free = counts.clone()
    matched, duplicate, ignored = torch.zeros(3, N, dtype=torch.bool)
    truth = torch.full((N,), -1)
    for row in candidate.any(-1).nonzero().squeeze(1).tolist():
        for outcome, allowed in ((matched, free), (ignored, spare), (duplicate, counts)):
            possible = candidate[row] & allowed
            if possible.any():
                outcome[row] = True
                truth[row] = overlaps[row].masked_fill(~possible, -1).argmax()
                break
        if matched[row]:
            free[truth[row]] = False
    overlap = torch.full((N,), torch.nan, dtype=torch.float64)
    paired = (truth >= 0).nonzero().squeeze(1)
    overlap[paired] = overlaps[paired, truth[paired]]
    false = ~(matched | duplicate | ignored)
    return Match(matched, duplicate, false, ignored, truth, overlap, free, int(counts.sum()))


def _best(values: Tensor, count: int) -> Tensor:
    """Indices of the `count` largest of `values (N,)`, best first, ties to the lower index (topk promises no order)."""
    count = min(count, len(values))
    if not count:
        return torch.empty(0, dtype=torch.int64, device=values.device)
    last = values.topk(count, sorted=False).values.min()
    index = (values >= last).nonzero().squeeze(1)
    return index[values[index].sort(descending=True, stable=True).indices[:count]]


def _suppress(
    boxes: np.ndarray, groups: np.ndarray, iou: float, limit: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Greedy NMS over rows best first: kept (N,), suppressed_by (N,), overlap (N,).

    In blocks: what is kept strikes the block, then the rest of the block strikes itself. Blocks grow, because most of
    a later block falls to what is kept already.
    """
    N = len(boxes)
    by, overlap = [-1] * N, [math.nan] * N
    kept = np.empty(0, dtype=np.int64)

    def strike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        pairs = _near_pairs(boxes, groups, first, second, iou)
        for i, j, u in zip(*(column.tolist() for column in pairs)):
            if by[i] < 0 and by[j] < 0:  # i is settled: pairs come in the order of i
                by[j], overlap[j] = i, u
        return np.array([row for row in second.tolist() if by[row] < 0], dtype=np.int64)

    start, size = 0, FIRST_BLOCK
    while start < N:
        rows = strike(kept, np.arange(start, min(start + size, N)))
        if len(kept) < limit:
            kept = np.concatenate((kept, strike(rows, rows)))
        start, size = start + size, min(2 * size, LARGEST_BLOCK)

    keeps = np.zeros(N, dtype=bool)
    keeps[kept[:limit]] = True
    causes, overlaps = np.array(by, dtype=np.int64), np.array(overlap, dtype=np.float64)
    # A row past the limit suppresses nobody; what fell to it fell to no better one, and is dropped as well.
    undone = (causes >= 0) & ~keeps[causes]
    causes[undone], overlaps[undone] = -1, math.nan
    return keeps, causes, overlaps


def _near_pairs(
    boxes: np.ndarray, groups: np.ndarray, first: np.ndarray, second: np.ndarray, iou: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows i of `first` and j > i of `second` of one group with IoU > iou: i, j and IoU, in the order of i, then j.

    IoU > t needs an intersection of more than t of the larger box, so each of its sides is more than t of the longer
    side, and the left (upper) one of two corners is nearer to the other than (1 − t) of its own box's side. `first` is
    sorted by group, strip of y, and x; every box of `second` looks only into its window there.
    """
    first, second = (rows[_has_area(boxes[rows])] for rows in (first, second))
    n = len(first)
    if not n or not len(second):
        return first[:0], second[:0], np.empty(0)
    x, y, right, bottom = boxes[first].T
    corner, side = boxes[second, :2], boxes[second, 2:] - boxes[second, :2]
    longest = np.array([(right - x).max(), (bottom - y).max()])
    slack = 1 - iou + 1e-9
    start = corner - slack * np.minimum(side / max(iou, 1e-9), longest)
    stop = corner + slack * side

    by_x = np.argsort(x)
    place = np.empty(n, dtype=np.int64)
    place[by_x] = np.arange(n)
    window = (
        np.searchsorted(x[by_x], start[:, 0], side="left"),
        np.searchsorted(x[by_x], stop[:, 0], side="right"),
    )
    top, height = y.min(), max(slack * side[:, 1].mean(), np.ptp(y) / n, 1e-9)
    strip = ((y - top) // height).astype(np.int64)
    strips = strip.max() + 1
    upper = np.clip((start[:, 1] - top) // height, 0, strips).astype(np.int64)
    lower = np.clip((stop[:, 1] - top) // height, -1, strips - 1).astype(np.int64)

    key = (groups[first] * strips + strip) * n + place
    by_key = np.argsort(key)
    looker, strip = _runs(upper, lower + 1)
    base = (groups[second[looker]] * strips + strip) * n
    spans = (np.searchsorted(key[by_key], base + edge[looker]) for edge in window)
    owner, spot = _runs(*spans)
    i, j = first[by_key[spot]], second[looker[owner]]
    i, j = i[i < j], j[i < j]

    (x1, y1, x2, y2), (u1, v1, u2, v2) = boxes[i].T, boxes[j].T
    shared = np.maximum(np.minimum(x2, u2) - np.maximum(x1, u1), 0) * np.maximum(
        np.minimum(y2, v2) - np.maximum(y1, v1), 0
    )
    overlap = shared / ((x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - shared)
    over = np.flatnonzero(overlap > iou)
    over = over[np.lexsort((j[over], i[over]))]
    return i[over], j[over], overlap[over]


def _has_area(boxes: np.ndarray) -> np.ndarray:
    """A box without an area, or without an end, overlaps nothing: bool (N,)."""
    x1, y1, x2, y2 = boxes.T
    return (x1 < x2) & (y1 < y2) & np.isfinite((x2 - x1) * (y2 - y1))


def _runs(start: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All numbers of the ranges start..stop−1 one after another, each with its range's index before it."""
    count = np.maximum(stop - start, 0)
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) + np.repeat(start - (np.cumsum(count) - count), count)


def _check(boxes: Tensor, scores: Tensor, max_detections: int) -> None:
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must be (A, 4) in xyxy, got {tuple(boxes.shape)}")
    if scores.ndim != 2 or len(scores) != len(boxes):
        raise ValueError(f"scores must be ({len(boxes)}, C), got {tuple(scores.shape)}")
    if max_detections < 0:
        raise ValueError(f"max_detections must be at least 0, got {max_detections}")
