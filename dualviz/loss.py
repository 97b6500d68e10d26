"""What an assignment teaches: BCE on the classes of all anchors, CIoU and DFL (or L1) on the boxes of the positives.

The assignment decides which region learns; the same loss teaches it. Both heads, training and the loss page call
these functions. Terms are Tensors with gradients where their inputs have them.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dualviz.assignment import Assignment
from dualviz.boxes import aligned_ciou

GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}  # of the public YOLOv8 / YOLOv10 recipe


@dataclass(frozen=True)
class Loss:
    """The three terms of one head, each a scalar with its gain applied, per unit of target score.

    `dfl` is of the box edges: DFL, or L1 where the head gives the sides without bins.
    """

    box: Tensor
    cls: Tensor
    dfl: Tensor

    @property
    def total(self) -> Tensor:
        """Return box + cls + dfl."""
        return self.box + self.cls + self.dfl


def detection_loss(
    logits: Tensor,
    distances: Tensor,
    boxes: Tensor,
    anchor_points: Tensor,
    anchor_strides: Tensor,
    assignment: Assignment,
    spared: Tensor | None = None,
    input_wh: tuple[float, float] | None = None,
    norm: Tensor | None = None,
) -> Loss:
    """Loss of one head over an assignment, normalised by the sum of soft targets of the batch (at least 1).

    Args:
        logits (Tensor[..., A, C]): class logits before sigmoid.
        distances (Tensor[..., A, 4 · R]): DFL logits, sides l, t, r, b of R bins each; with R = 1 the sides in strides.
        boxes (Tensor[..., A, 4]): decoded boxes, xyxy pixels.
        anchor_points (Tensor[A, 2]): pixels.
        anchor_strides (Tensor[A]): pixels per cell of each anchor's level.
        assignment: of the same leading axes.
        spared (Tensor[..., A]): bool, anchors inside objects too difficult to judge: as background they teach nothing.
        input_wh: width and height of the network's input in the same pixels; read only where R = 1.
        norm: what normalises instead, where the assignment is a share of the batch.

    Returns:
        Loss.

    Raises:
        ValueError: R = 1 without `input_wh`.
    """
    target = assignment.target_scores
    norm = target.sum().clamp(min=1) if norm is None else norm
    positive = assignment.target_gt >= 0
    each = classification_loss(logits, target).sum(-1)
    if spared is not None:
        each = each.masked_fill(spared & ~positive, 0)
    cls = each.sum() / norm
    weight = target.sum(-1)[positive]
    target_boxes = assignment.target_boxes[positive]
    box = ((1 - aligned_ciou(target_boxes, boxes[positive])) * weight).sum() / norm
    points = anchor_points.expand(*positive.shape, 2)[positive]
    strides = anchor_strides.expand(positive.shape)[positive].unsqueeze(-1)
    bins = distances.shape[-1] // 4
    if bins > 1:
        wanted = box_distances(points, target_boxes, strides, bins)
        edges = distribution_focal_loss(distances[positive].unflatten(-1, (4, bins)), wanted)
    else:
        if input_wh is None:
            raise ValueError(
                "sides without bins are judged by the input's size: input_wh is needed"
            )
        edges = side_loss(boxes[positive], target_boxes, input_wh)
    dfl = (edges * weight).sum() / norm
    return Loss(GAINS["box"] * box, GAINS["cls"] * cls, GAINS["dfl"] * dfl)


def classification_loss(logits: Tensor, target_scores: Tensor) -> Tensor:
    """BCE of every anchor and class against its soft target, `(..., A, C)`.

    Its gradient by the logit is σ(logit) − t: negative pushes the score up, positive down.
    """
    return F.binary_cross_entropy_with_logits(
        logits, target_scores.to(logits.dtype), reduction="none"
    )


def box_distances(points: Tensor, boxes: Tensor, strides: Tensor, bins: int) -> Tensor:
    """Distances l, t, r, b from points to the sides of boxes in stride units, clamped to what the bins can say.

    Args:
        points (Tensor[..., 2]), boxes (Tensor[..., 4]): pixels.
        strides (Tensor[..., 1]): pixels per unit.
        bins: R; the result stays in [0, R − 1.01], so that a bin above it exists.

    >>> box_distances(torch.tensor([4.0, 4.0]), torch.tensor([0.0, 0.0, 8.0, 16.0]), torch.tensor([4.0]), 16)
    tensor([1., 1., 1., 3.])
    """
    both = torch.cat((points - boxes[..., :2], boxes[..., 2:] - points), -1) / strides
    return both.clamp(0, bins - 1 - 0.01)


def side_loss(boxes: Tensor, target_boxes: Tensor, input_wh: tuple[float, float]) -> Tensor:
    """How far the sides lie from the target's, as shares of the input's width and height, mean over sides: L1 (YOLO26).

    Args:
        boxes, target_boxes (Tensor[..., 4]): xyxy.
        input_wh: width and height of the network's input in the same pixels.

    Returns:
        Tensor[...].

    >>> side_loss(torch.tensor([0.0, 0.0, 8.0, 8.0]), torch.tensor([2.0, 0.0, 8.0, 12.0]), (20, 40))
    tensor(0.0500)
    """
    return ((boxes - target_boxes).abs() / boxes.new_tensor([*input_wh, *input_wh])).mean(-1)


def distribution_focal_loss(distances: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy to the two bins around each target distance, weighted by nearness, mean over sides.

    Li et al. 2020 (arXiv 2006.04388), eq. 6.

    Args:
        distances (Tensor[..., 4, R]): logits over R bins.
        target (Tensor[..., 4]): distances in stride units, 0..R − 1 excluded.

    Returns:
        Tensor[...].
    """
    lower = target.floor()
    share = target - lower
    log_probability = distances.log_softmax(-1)
    index = lower.long().unsqueeze(-1)
    below = log_probability.gather(-1, index).squeeze(-1)
    above = log_probability.gather(-1, index + 1).squeeze(-1)
    return -(below * (1 - share) + above * share).mean(-1)
