"""What became of every detection and every object: an output against truth."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dualviz.boxes import box_iou
from dualviz.postprocess.selection import Detections


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
