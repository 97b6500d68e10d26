"""The matching metric of YOLOv10, m = s · p^α · u^β: how well anchor a would do as the teacher's choice for object g.

s is the spatial prior, p the score of the object's class, u the overlap of predicted and true box. Ranking happens
in log space, where nothing underflows: with β = 12 an overlap of 0.25 is 6e-8 already.
"""

from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from dualviz.boxes import aligned_ciou, aligned_iou

Overlap = Literal["ciou", "iou"]


def spatial_prior(anchor_points: Tensor, gt_boxes: Tensor, least_side: float = 0.0) -> Tensor:
    """Which anchors may learn which object: s = 1 where the anchor point lies inside the box (eq. 1).

    Args:
        anchor_points (Tensor[A, 2]): cell centres (x, y) in pixels.
        gt_boxes (Tensor[..., G, 4]): xyxy in the same pixels.
        least_side: each side of a box that is shorter counts as this long, about the box's centre, so that a small
            object has anchors too; pixels, 0: every box as it is. YOLO26 takes the second level's stride, 16.

    Returns:
        Tensor[..., G, A]: bool. A point on the border is outside.

    >>> points, small = torch.tensor([[4.0, 4.0], [12.0, 4.0]]), torch.tensor([[5.0, 1.0, 7.0, 8.0]])
    >>> spatial_prior(points, small), spatial_prior(points, small, least_side=16)
    (tensor([[False, False]]), tensor([[True, True]]))
    """
    if least_side:
        centre, half = (gt_boxes[..., :2] + gt_boxes[..., 2:]) / 2, least_side / 2
        short = gt_boxes[..., 2:] - gt_boxes[..., :2] < least_side
        short = torch.cat((short, short), -1)  # of x1, y1 and of x2, y2
        gt_boxes = torch.cat((centre - half, centre + half), -1).where(short, gt_boxes)
    # NumPy compares numbers that stand side by side ten times as fast as columns, and as fast as torch does
    sides: list[Any] = [*anchor_points.T.contiguous(), *gt_boxes.unsqueeze(-1).unbind(-2)]
    if gt_boxes.is_cpu:
        sides = [side.detach().numpy() for side in sides]
    x, y, x1, y1, x2, y2 = sides
    return torch.as_tensor((x > x1) & (x < x2) & (y > y1) & (y < y2))


def true_places(mask: Tensor) -> Tensor:
    """Places of True in a mask read as one row, ascending: Tensor[P], int64.

    >>> true_places(torch.tensor([[False, True], [True, True]]))
    tensor([1, 2, 3])
    """
    if mask.is_cpu:  # where NumPy finds them six times as fast as torch does
        return torch.from_numpy(np.flatnonzero(mask.numpy()))
    return mask.reshape(-1).nonzero().squeeze(1)


def class_scores(scores: Tensor, gt_labels: Tensor) -> Tensor:
    """Score p of each object's own class at every anchor.

    Args:
        scores (Tensor[..., A, C]): after sigmoid.
        gt_labels (Tensor[..., G]): int64; −1 marks a padding object and reads class 0.

    Returns:
        Tensor[..., G, A].

    Raises:
        ValueError: for a label that is no class of the scores.
    """
    check_labels(gt_labels, scores.shape[-1])
    index = gt_labels.clamp(min=0).unsqueeze(-2)
    index = index.expand(*scores.shape[:-1], gt_labels.shape[-1])
    return scores.gather(-1, index).transpose(-1, -2)


def overlaps(gt_boxes: Tensor, boxes: Tensor, prior: Tensor, kind: Overlap = "ciou") -> Tensor:
    """Overlap u of every object with every predicted box, clamped at 0 and 0 where the prior is.

    Args:
        gt_boxes (Tensor[..., G, 4]): xyxy.
        boxes (Tensor[..., A, 4]): xyxy.
        prior (Tensor[..., G, A]): bool. Only these pairs are evaluated: a dense CIoU is slow for nothing.
        kind: "ciou" as THU-MIG's 2024 code ranks, or "iou" as the paper writes.

    Returns:
        Tensor[..., G, A]: 0..1, in the precision of `boxes`; 0 where a box holds NaN or infinity.
    """
    result = boxes.new_zeros(prior.shape)
    where = prior.nonzero(as_tuple=True)
    if where[0].numel():
        result[where] = pair_overlaps(gt_boxes, boxes, where, kind)
    return result


def pair_overlaps(
    gt_boxes: Tensor, boxes: Tensor, where: tuple[Tensor, ...], kind: Overlap
) -> Tensor:
    """Overlaps u of listed pairs only: `where` = (leading…, object, anchor) indices, each (P,); returns (P,), 0..1."""
    *lead, g, a = where
    if lead:
        pairs = gt_boxes[(*lead, g)], boxes[(*lead, a)]
    else:
        pairs = gt_boxes.index_select(0, g), boxes.index_select(0, a)
    if kind not in ("ciou", "iou"):
        raise ValueError(f'overlap must be "ciou" or "iou", got {kind!r}')
    u = aligned_ciou(*pairs).clamp(min=0) if kind == "ciou" else aligned_iou(*pairs)
    return u.nan_to_num(nan=0.0)


def log_metric(p: Tensor, u: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
    """Return log m = α·log p + β·log u, element by element; all four broadcast.

    Args:
        p (Tensor[...]): score, 0..1.
        u (Tensor[...]): overlap, 0..1.
        alpha, beta: exponents, at least 0; numbers, or Tensors in the precision of the result.

    Returns:
        Tensor[...]: float64 (float32 on MPS); −inf where a factor is 0, and where one is NaN or infinite.

    >>> log_metric(torch.tensor([0.25, 0.25, 0.0]), torch.tensor([1.0, 0.5, 1.0]), 0.5, 1.0).exp()
    tensor([0.5000, 0.2500, 0.0000], dtype=torch.float64)
    """
    dtype = key_dtype(p.device)
    log_p, log_u = p.to(dtype).log(), u.to(dtype).log()
    key = alpha * log_p + beta * log_u
    return key.masked_fill(~(log_p + log_u).isfinite(), -torch.inf)


def log_matching_metric(
    scores: Tensor, overlaps: Tensor, prior: Tensor, alpha: float = 0.5, beta: float = 6.0
) -> Tensor:
    """Return log m = log s + α·log p + β·log u over the dense table, the key by which everything here is ranked.

    Args:
        scores (Tensor[..., G, A]): p of each object's class, 0..1.
        overlaps (Tensor[..., G, A]): u, 0..1.
        prior (Tensor[..., G, A]): bool, s.
        alpha: weight of the score, > 0.
        beta: weight of the overlap, > 0.

    Returns:
        Tensor[..., G, A]: float64 (float32 on MPS); −inf where the prior is False or a factor is 0.

    >>> one = torch.ones(1, 1)
    >>> log_matching_metric(one * 0.25, one, one.bool(), alpha=0.5).exp()
    tensor([[0.5000]], dtype=torch.float64)
    """
    check_exponents(alpha, beta)
    dtype = key_dtype(scores.device)
    result = torch.full(prior.shape, -torch.inf, dtype=dtype, device=scores.device)
    # a few per cent of the anchors: logarithms elsewhere would be for nothing
    where = prior.nonzero(as_tuple=True)
    result[where] = log_metric(scores[where], overlaps[where], alpha, beta)
    return result


def matching_metric(
    scores: Tensor, overlaps: Tensor, prior: Tensor, alpha: float = 0.5, beta: float = 6.0
) -> Tensor:
    """The matching metric itself, for showing: m = s · p^α · u^β.

    Arguments as for `log_matching_metric`; returns Tensor[..., G, A] in the precision of `scores`, 0 where the
    prior is False. Rank by the logarithm: this value may round to 0 where the metric is only small.

    >>> one = torch.ones(1, 1)
    >>> matching_metric(one * 0.25, one * 0.5, one.bool(), alpha=0.5, beta=1.0)
    tensor([[0.2500]])
    """
    return log_matching_metric(scores, overlaps, prior, alpha, beta).exp().to(scores.dtype)


def key_dtype(device: torch.device) -> torch.dtype:
    """Precision of ranking keys: float64, or float32 on Apple's MPS, which has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


def check_exponents(alpha: float, beta: float) -> None:
    """Refuse exponents for which the metric would not rank by both factors."""
    if not (0 < alpha < float("inf") and 0 < beta < float("inf")):
        raise ValueError(
            f"alpha and beta must be positive and finite, got alpha={alpha}, beta={beta}"
        )


def check_labels(gt_labels: Tensor, classes: int) -> None:
    """Refuse labels that are no class of the scores; −1, a padding object, is fine."""
    if gt_labels.numel() and int(gt_labels.max()) >= classes:
        raise ValueError(
            f"gt_labels must be below the {classes} classes of the scores, got {int(gt_labels.max())}"
        )
