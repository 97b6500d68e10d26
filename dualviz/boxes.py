"""Boxes and the anchor points that predict them: the ground everything else stands on.

Boxes are xyxy in pixels; an anchor is the centre of one cell of one feature level. Both overlaps here are pairwise
and take free leading axes, so one picture and a training batch call the same functions.
"""

import math

import torch
from torch import Tensor

EPS = 1e-7  # keeps 0 / 0 apart from 0 in the CIoU, as THU-MIG's 2024 code does


def anchor_grid(size_hw: tuple[int, int], strides: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Return the cell centres of all levels, finest first, each level row by row.

    Args:
        size_hw: height and width of the network's input in pixels, multiples of the largest stride.
        strides: pixels per cell of each level.

    Returns:
        points (Tensor[A, 2]): cell centres (x, y) in pixels, float32.
        level (Tensor[A]): index into `strides`, int64.

    >>> anchor_grid((8, 16), (8,))[0]
    tensor([[ 4.,  4.],
            [12.,  4.]])
    """
    height, width = size_hw
    if any(height % s or width % s for s in strides):
        raise ValueError(
            f"size must be a multiple of every stride {strides}, got {height} × {width}"
        )
    points, level = [], []
    for index, stride in enumerate(strides):
        y, x = torch.meshgrid(
            torch.arange(height // stride), torch.arange(width // stride), indexing="ij"
        )
        points.append((torch.stack((x, y), -1).reshape(-1, 2) + 0.5) * stride)
        level.append(torch.full((points[-1].shape[0],), index, dtype=torch.int64))
    return torch.cat(points), torch.cat(level)


def box_iou(gt_boxes: Tensor, boxes: Tensor) -> Tensor:
    """Intersection over union of every object with every box.

    Args:
        gt_boxes (Tensor[..., G, 4]): xyxy.
        boxes (Tensor[..., A, 4]): xyxy.

    Returns:
        Tensor[..., G, A]: 0..1; 0 where both boxes have no area.

    >>> box_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[0.0, 0, 2, 2], [1, 0, 3, 2]]))
    tensor([[1.0000, 0.3333]])
    """
    return aligned_iou(*_pairs(gt_boxes, boxes))


def complete_box_iou(gt_boxes: Tensor, boxes: Tensor) -> Tensor:
    """CIoU of every object with every box: IoU less centre distance and aspect-ratio terms.

    Zheng et al. 2020 (arXiv 1911.08287), with the constants of THU-MIG's 2024 code, which ranks anchors by it.

    Args:
        gt_boxes (Tensor[..., G, 4]): xyxy.
        boxes (Tensor[..., A, 4]): xyxy.

    Returns:
        Tensor[..., G, A]: at most 1 and not clamped: boxes far apart go below 0.
    """
    return aligned_ciou(*_pairs(gt_boxes, boxes))


def aligned_iou(gt_boxes: Tensor, boxes: Tensor) -> Tensor:
    """IoU of boxes that stand in pairs already: `(..., 4)` with `(..., 4)` gives `(...)`."""
    intersection, union = _intersection_union(gt_boxes, boxes)
    return intersection / union.clamp(min=torch.finfo(union.dtype).tiny)


def aligned_ciou(gt_boxes: Tensor, boxes: Tensor) -> Tensor:
    """CIoU of boxes that stand in pairs already: `(..., 4)` with `(..., 4)` gives `(...)`; differentiable."""
    x1, y1, x2, y2 = gt_boxes.unbind(-1)
    u1, v1, u2, v2 = boxes.unbind(-1)
    w_gt, h_gt = x2 - x1, y2 - y1 + EPS
    w, h = u2 - u1, v2 - v1 + EPS
    overlap = (torch.minimum(x2, u2) - torch.maximum(x1, u1)).clamp(min=0) * (
        torch.minimum(y2, v2) - torch.maximum(y1, v1)
    ).clamp(min=0)
    iou = overlap / (w_gt * h_gt + w * h - overlap + EPS)
    enclosing = (torch.maximum(x2, u2) - torch.minimum(x1, u1)) ** 2 + (
        torch.maximum(y2, v2) - torch.minimum(y1, v1)
    ) ** 2
    distance = ((u1 + u2 - x1 - x2) ** 2 + (v1 + v2 - y1 - y2) ** 2) / 4
    v = (4 / math.pi**2) * (torch.atan(w / h) - torch.atan(w_gt / h_gt)) ** 2
    with torch.no_grad():
        weight = v / (v - iou + (1 + EPS))
    return iou - distance / (enclosing + EPS) - v * weight


def _pairs(gt_boxes: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    for name, given in (("gt_boxes", gt_boxes), ("boxes", boxes)):
        if given.ndim < 2 or given.shape[-1] != 4:
            raise ValueError(f"{name} must be (..., N, 4) in xyxy, got {tuple(given.shape)}")
    return gt_boxes.unsqueeze(-2), boxes.unsqueeze(-3)


def _intersection_union(gt_boxes: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    top_left = torch.maximum(gt_boxes[..., :2], boxes[..., :2])
    bottom_right = torch.minimum(gt_boxes[..., 2:], boxes[..., 2:])
    intersection = (bottom_right - top_left).clamp(min=0).prod(-1)
    area_gt = (gt_boxes[..., 2:] - gt_boxes[..., :2]).prod(-1)
    area = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    return intersection, area_gt + area - intersection
