"""Which anchors learn which object: top-k for the one-to-many head, top-1 for the one-to-one head, by one metric.

In go both heads' scores and boxes and the true boxes; out comes an `Assignment`: every object's candidates in rank
order, who contested them, and the soft targets the loss teaches. All work is done on the pairs (object, anchor inside
it), a few per cent of the dense G × A table. Hungarian matching stands beside it, to compare with.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dualviz.matching import Overlap, check_exponents, key_dtype, pair_overlaps, spatial_prior


@dataclass(frozen=True)
class Assignment:
    """What one head is taught. K is `topk`; every tensor keeps the leading axes of the scores.

    Attributes:
        target_gt (Tensor[..., A]): int64, the object each anchor learns, −1 = background; after conflicts.
        target_scores (Tensor[..., A, C]): soft class targets, 0..1; after conflicts: what the loss sees.
        target_boxes (Tensor[..., A, 4]): box of that object, 0 for background.
        candidates (Tensor[..., G, K]): anchors in rank order before conflicts, −1 where fewer.
        candidate_scores, candidate_overlaps, candidate_log_metrics (Tensor[..., G, K]): their p, u and log m, float64;
            0, 0 and −inf where there is no candidate.
        candidate_targets (Tensor[..., G, K]): their soft targets before conflicts.
        contested (Tensor[..., G, K]): bool, another object selected this anchor too.
        lost (Tensor[..., G, K]): bool, a contested anchor that went to another object.
        object_targets (Tensor[..., G, A]): each object's own soft targets, before conflicts.
        positives (Tensor[..., G]): int64, anchors each object ends with, after conflicts.
        unmatched (Tensor[..., G]): bool, a real object that ends with no positive.
    """

    target_gt: Tensor
    target_scores: Tensor
    target_boxes: Tensor
    candidates: Tensor
    candidate_scores: Tensor
    candidate_overlaps: Tensor
    candidate_log_metrics: Tensor
    candidate_targets: Tensor
    contested: Tensor
    lost: Tensor
    object_targets: Tensor
    positives: Tensor
    unmatched: Tensor


@torch.no_grad()
def assign(
    scores: Tensor,
    boxes: Tensor,
    anchor_points: Tensor,
    gt_boxes: Tensor,
    gt_labels: Tensor,
    topk: int,
    alpha: float = 0.5,
    beta: float = 6.0,
    overlap: Overlap = "ciou",
    eps: float = 1e-9,
    conflicts: bool = True,
    best_overlap: Literal["positives", "candidates"] = "positives",
    keep: int | None = None,
) -> Assignment:
    """Assign anchors to objects by the matching metric, as THU-MIG's 2024 code does and with what it leaves open.

    The candidates of an object are the anchors inside it with m > 0; it selects its best `topk`, ties to the lower
    anchor index. An anchor that several objects selected goes to the object it overlaps most over all objects, even
    one that did not select it. The soft target is t = u · m / (max m + eps).

    Args:
        scores (Tensor[..., A, C]): after sigmoid, 0..1.
        boxes (Tensor[..., A, 4]): predicted, xyxy pixels.
        anchor_points (Tensor[A, 2]): cell centres in the same pixels.
        gt_boxes (Tensor[..., G, 4]): true boxes.
        gt_labels (Tensor[..., G]): int64; −1 marks a padding object, which takes part in nothing.
        topk: anchors an object may select, at least 1: 10 for one-to-many, 1 for one-to-one.
        alpha: weight of the score, > 0.
        beta: weight of the overlap, > 0.
        overlap: "ciou" (clamped at 0, THU-MIG's 2024 code) or "iou" (the paper).
        eps: 1e-9 reproduces THU-MIG's 2024 code; 0 keeps t exact however small m is.
        conflicts: False leaves every object its own selection (the paper's analysis); `target_gt` then names the first
            object that selected an anchor, and its class scores take the largest target.
        best_overlap: u is the object's largest overlap over its "positives" (THU-MIG's code) or over all its "candidates"
            (u* of the paper).
        keep: after conflicts, keep only so many best positives per object (YOLO26: topk=7, keep=1).

    Returns:
        Assignment. Scores, overlaps and metrics in it are float64, targets float32.

    >>> points = torch.tensor([[4.0, 4.0], [12.0, 4.0]])
    >>> truth = torch.tensor([[0.0, 0.0, 16.0, 8.0]])
    >>> given = assign(torch.tensor([[0.2], [0.8]]), truth.expand(2, 4), points, truth, torch.tensor([0]), topk=1)
    >>> given.candidates, given.target_gt
    (tensor([[1]]), tensor([-1,  0]))
    """
    _check(scores, boxes, anchor_points, gt_boxes, gt_labels, topk, keep)
    check_exponents(alpha, beta)
    lead, (A, C), G = scores.shape[:-2], scores.shape[-2:], gt_boxes.shape[-2]
    B, dtype = math.prod(lead), key_dtype(scores.device)
    scores, boxes = scores.reshape(B, A, C), boxes.reshape(B, A, 4)
    gt_boxes, gt_labels = gt_boxes.reshape(B, G, 4), gt_labels.reshape(B, G)

    padding = (gt_labels < 0).unsqueeze(-1)
    prior = spatial_prior(anchor_points, gt_boxes.masked_fill(padding, torch.nan))
    row, a = prior.reshape(B * G, A).nonzero(as_tuple=True)  # P pairs, by picture, object, anchor
    b, g = row.div(max(G, 1), rounding_mode="floor"), row % max(G, 1)
    cell, label = b * A + a, gt_labels.reshape(-1).index_select(0, row)
    pairs = gt_boxes.reshape(-1, 4).to(dtype), boxes.reshape(-1, 4).to(dtype)
    u = pair_overlaps(*pairs, (row, cell), overlap)
    p = scores.reshape(-1).index_select(0, cell * C + label).to(dtype)
    key = alpha * p.log() + beta * u.log()
    key = key.masked_fill(key.isnan(), -torch.inf)

    top, rank = _best_in_rows(row, key, B * G, topk)  # all selections, best first within a row
    top, rank = top[key[top] > -torch.inf], rank[key[top] > -torch.inf]
    peak = u if best_overlap == "positives" else _row_max(u.where(key > -torch.inf, 0), row, B * G)
    own = _soft_targets(key, u, row, top, peak, best_overlap == "positives", eps, B * G)

    claims = torch.bincount(cell[top], minlength=B * A)
    taken = top
    if conflicts:
        taken = _resolve(top, claims, cell, g, u, B * A, G)
    owner = _owners(cell[taken], g[taken], B * A, G)
    lost = claims[cell[top]] > 1
    lost &= (owner[cell[top]] != g[top]) & conflicts
    if keep is not None:
        taken = taken.sort().values
        taken = taken[_best_in_rows(row[taken], key[taken], B * G, keep)[0]]
        owner = _owners(cell[taken], g[taken], B * A, G)
    t = _soft_targets(key, u, row, taken, peak, best_overlap == "positives", eps, B * G)

    target_scores = scores.new_zeros(B * A * C)
    target_scores.scatter_reduce_(0, cell[taken] * C + label[taken], t.to(scores.dtype), "amax")
    flat_gt = (torch.arange(B, device=owner.device).repeat_interleave(A) * G + owner).clamp(min=0)
    background = (owner < 0).unsqueeze(-1)
    target_boxes = (
        gt_boxes.reshape(-1, 4)[flat_gt].masked_fill(background, 0)
        if G
        else gt_boxes.new_zeros(B * A, 4)
    )
    positives = torch.bincount(row[taken], minlength=B * G)

    slot = row[top] * topk + rank
    object_targets = scores.new_zeros(B * G * A)
    object_targets[row[top] * A + a[top]] = own.to(scores.dtype)

    def table(values: Tensor, empty: float) -> Tensor:
        filled = torch.full((B * G * topk,), empty, dtype=values.dtype, device=values.device)
        filled[slot] = values
        return filled.reshape(*lead, G, topk)

    return Assignment(
        target_gt=owner.reshape(*lead, A),
        target_scores=target_scores.reshape(*lead, A, C),
        target_boxes=target_boxes.reshape(*lead, A, 4),
        candidates=table(a[top], -1),
        candidate_scores=table(p[top], 0),
        candidate_overlaps=table(u[top], 0),
        candidate_log_metrics=table(key[top], -torch.inf),
        candidate_targets=table(own.to(scores.dtype), 0),
        contested=table(claims[cell[top]] > 1, False),
        lost=table(lost, False),
        object_targets=object_targets.reshape(*lead, G, A),
        positives=positives.reshape(*lead, G),
        unmatched=((positives == 0) & (gt_labels.reshape(-1) >= 0)).reshape(*lead, G),
    )


def hungarian(log_metric: Tensor) -> Tensor:
    """One anchor per object such that the sum of metrics is largest (Kuhn 1955), as DETR matches.

    Unlike top-1 it settles conflicts by itself, and unlike top-1 it is not invariant under m → m^r.

    Args:
        log_metric (Tensor[G, A]): log m, −inf where an anchor is no candidate of the object.

    Returns:
        Tensor[G]: int64 anchor of each object, −1 for one that stays without.

    >>> hungarian(torch.tensor([[0.9, 0.8], [0.7, 0.1]]).log())
    tensor([1, 0])
    """
    from scipy.optimize import linear_sum_assignment  # slow to import, and only this needs it

    if log_metric.ndim != 2:
        raise ValueError(f"log_metric must be (G, A), got {tuple(log_metric.shape)}")
    left = log_metric.detach().cpu().double().clone()
    result = torch.full((left.shape[0],), -1, dtype=torch.int64)
    # Each round scales by the best metric left, so that an object is not lost because its metrics are
    # 1e-300 of another's; one round is the rule.
    while left.numel() and left.max() > -torch.inf:
        columns = (left > -torch.inf).any(0).nonzero().squeeze(1)
        value = (left[:, columns] - left.max()).exp().numpy()
        objects, picks = linear_sum_assignment(value, maximize=True)
        won = value[objects, picks] > 0
        objects = torch.from_numpy(objects[won])
        anchors = columns[torch.from_numpy(picks[won])]
        result[objects] = anchors
        left[objects] = -torch.inf
        left[:, anchors] = -torch.inf
    return result.to(log_metric.device)


def _best_in_rows(row: Tensor, key: Tensor, rows: int, count: int) -> tuple[Tensor, Tensor]:
    """Return the best `count` pairs of each row, best first, ties in the order given; and their ranks from 0.

    Pairs must stand row by row. A row's `count`-th best key, found without sorting, leaves few pairs to sort.
    """
    sizes = torch.bincount(row, minlength=rows)
    start = sizes.cumsum(0) - sizes
    width = int(sizes.max()) if row.numel() else 0
    table = key.new_full((rows, width), -torch.inf)
    table[row, torch.arange(row.numel(), device=row.device) - start[row]] = key
    least = table.topk(min(count, width)).values[:, -1] if width else key.new_zeros(rows)
    good = (key >= least[row]).nonzero().squeeze(1)
    order = good[key[good].argsort(descending=True, stable=True)]
    order = order[row[order].argsort(stable=True)]
    sizes = torch.bincount(row[order], minlength=rows)
    rank = torch.arange(order.numel(), device=row.device) - (sizes.cumsum(0) - sizes)[row[order]]
    return order[rank < count], rank[rank < count]


def _row_max(values: Tensor, row: Tensor, rows: int, start: float = 0.0) -> Tensor:
    """Largest value of each pair's row, read back per pair: `(P,)`."""
    best = values.new_full((rows,), start).scatter_reduce_(0, row, values, "amax")
    return best[row]


def _soft_targets(
    key: Tensor,
    u: Tensor,
    row: Tensor,
    pairs: Tensor,
    peak: Tensor,
    over_pairs: bool,
    eps: float,
    rows: int,
) -> Tensor:
    """T = u · m / (max m + eps) of the listed pairs, the maxima taken over each row's listed pairs."""
    key, row = key[pairs], row[pairs]
    best = _row_max(u[pairs], row, rows) if over_pairs else peak[pairs]
    top = _row_max(key, row, rows, start=-torch.inf)
    if eps == 0:
        return best * (key - top).nan_to_num(nan=-torch.inf).exp()
    return best * key.exp() / (top.exp() + eps)


def _owners(cell: Tensor, g: Tensor, cells: int, objects: int) -> Tensor:
    """Object of each anchor, the first one where several hold it, −1 where none does."""
    owner = cell.new_full((cells,), objects).scatter_reduce_(0, cell, g, "amin")
    return owner.masked_fill_(owner == objects, -1)


def _resolve(
    top: Tensor, claims: Tensor, cell: Tensor, g: Tensor, u: Tensor, cells: int, objects: int
) -> Tensor:
    """Pairs left when every contested anchor went to the object it overlaps most, the first one on a tie."""
    pairs = (claims[cell] > 1).nonzero().squeeze(1)
    best = u.new_zeros(cells).scatter_reduce_(0, cell[pairs], u[pairs], "amax")
    at_best = pairs[u[pairs] == best[cell[pairs]]]
    first = g.new_full((cells,), objects).scatter_reduce_(0, cell[at_best], g[at_best], "amin")
    winners = at_best[g[at_best] == first[cell[at_best]]]
    return torch.cat((top[claims[cell[top]] == 1], winners))


def _check(
    scores: Tensor,
    boxes: Tensor,
    anchor_points: Tensor,
    gt_boxes: Tensor,
    gt_labels: Tensor,
    topk: int,
    keep: int | None,
) -> None:
    lead, A = scores.shape[:-2], scores.shape[-2] if scores.ndim > 1 else 0
    if scores.ndim < 2:
        raise ValueError(f"scores must be (..., A, C), got {tuple(scores.shape)}")
    wanted = {
        "boxes": (boxes, (*lead, A, 4)),
        "anchor_points": (anchor_points, (A, 2)),
        "gt_labels": (gt_labels, (*lead, gt_labels.shape[-1] if gt_labels.ndim else 0)),
        "gt_boxes": (gt_boxes, (*lead, gt_labels.shape[-1] if gt_labels.ndim else 0, 4)),
    }
    for name, (given, shape) in wanted.items():
        if tuple(given.shape) != shape:
            raise ValueError(f"{name} must be {shape}, got {tuple(given.shape)}")
    if gt_labels.numel() and int(gt_labels.max()) >= scores.shape[-1]:
        raise ValueError(
            f"gt_labels must be below the {scores.shape[-1]} classes of the scores, got {int(gt_labels.max())}"
        )
    for name, number in (("topk", topk), ("keep", 1 if keep is None else keep)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
