"""Objects select, conflicts are settled, winners are taught, tables filled: all on pairs."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from dualviz.assignment.pairs import Pairs, pairs_inside, pairs_with_metric
from dualviz.assignment.rules import BestOverlap, Rules
from dualviz.matching import Overlap, check_exponents, check_labels, true_places


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
        candidate_targets (Tensor[..., G, K]): their soft targets before conflicts; where an object keeps only its best, the
            others' are 0.
        contested (Tensor[..., G, K]): bool, another object selected this anchor too.
        lost_to (Tensor[..., G, K]): int64, the object that a contested anchor went to, −1 where it is not lost.
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
    lost_to: Tensor
    positives: Tensor
    unmatched: Tensor

    @property
    def lost(self) -> Tensor:
        """Whether a selected anchor went to another object: Tensor[..., G, K], bool."""
        return self.lost_to >= 0

    @cached_property
    def object_targets(self) -> Tensor:
        """Each object's own soft targets, before conflicts: `candidate_targets` by anchor, Tensor[..., G, A]."""
        table = self.candidate_targets.new_zeros(
            (*self.candidates.shape[:-1], self.target_gt.shape[-1])
        )
        *owner, rank = (self.candidates >= 0).nonzero(as_tuple=True)
        place = (*owner, rank)
        table[(*owner, self.candidates[place])] = self.candidate_targets[place]
        return table


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
    best_overlap: BestOverlap = "positives",
    keep: int | None = None,
    least_side: float = 0.0,
    inside: tuple[Tensor, Tensor] | None = None,
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
        least_side: of `spatial_prior`: the small-object rule, in pixels (YOLO26: 16); overlaps and targets are of the true box.
        inside: what `pairs_inside` gives for these points, objects and `least_side`, where it is known already.

    Returns:
        Assignment. Scores, overlaps and metrics in it are float64, targets float32.

    >>> points = torch.tensor([[4.0, 4.0], [12.0, 4.0]])
    >>> truth = torch.tensor([[0.0, 0.0, 16.0, 8.0]])
    >>> given = assign(torch.tensor([[0.2], [0.8]]), truth.expand(2, 4), points, truth, torch.tensor([0]), topk=1)
    >>> given.candidates, given.target_gt
    (tensor([[1]]), tensor([-1,  0]))
    """
    _check(scores, boxes, anchor_points, gt_boxes, gt_labels)
    check_exponents(alpha, beta)
    rules = Rules(overlap, conflicts, best_overlap, eps, topk, keep, least_side)
    if inside is None:
        inside = pairs_inside(anchor_points, gt_boxes, gt_labels, least_side)
    pairs = pairs_with_metric(inside, scores, boxes, gt_boxes, gt_labels, (alpha, beta), overlap)
    return assign_pairs(pairs, scores, gt_boxes, gt_labels, topk, rules, keep)


@torch.no_grad()
def assign_pairs(
    pairs: Pairs,
    scores: Tensor,
    gt_boxes: Tensor,
    gt_labels: Tensor,
    topk: int,
    rules: Rules,
    keep: int | None = None,
) -> Assignment:
    """Do what `assign` does from pairs whose metric is known.

    Args:
        pairs: see `pairs_of`.
        scores (Tensor[..., A, C]): for its classes and precision only.
        gt_boxes (Tensor[..., G, 4]), gt_labels (Tensor[..., G]): as for `assign`.
        topk: anchors an object may select, at least 1.
        rules: how conflicts are settled and targets scaled; the overlap is in the pairs already.
        keep: after conflicts, keep only so many best positives per object.
    """
    selected, rank = best_candidates(pairs, topk)
    claims = torch.bincount(pairs.cell[selected], minlength=pairs.cells)
    winners = _settle(pairs, selected, claims) if rules.conflicts else selected
    cell, row = pairs.cell[selected], pairs.row[selected]
    contested, owner = claims[cell] > 1, _owners(pairs, winners)[cell]
    lost = contested & (owner != row) & rules.conflicts
    lost_to = (owner % max(pairs.objects, 1)).where(lost, -1)
    alone = torch.ones_like(lost)  # what an object is taught while nobody contests anything
    if keep is not None:
        winners = _best_kept(pairs, winners, keep)
        alone = rank < keep
    positives = torch.bincount(pairs.row[winners], minlength=pairs.rows).reshape(gt_labels.shape)
    own = scores.new_zeros(len(selected))
    own[alone] = soft_targets(pairs, selected[alone], rules).to(scores.dtype)
    return Assignment(
        **_anchor_tables(pairs, winners, scores, gt_boxes, gt_labels, rules),
        **_object_tables(pairs, selected, rank, topk, own, contested, lost_to),
        positives=positives,
        unmatched=(positives == 0) & (gt_labels >= 0),
    )


def best_candidates(pairs: Pairs, topk: int) -> tuple[Tensor, Tensor]:
    """What every object selects: places in the pairs, best first within an object, and their ranks from 0.

    Only pairs with m > 0 are candidates; ties go to the lower anchor index.
    """
    if topk < 1:
        raise ValueError(f"topk must be at least 1, got {topk}")
    best, rank = _best_in_rows(pairs.row, pairs.key, pairs.rows, topk)
    some = pairs.key[best] > -torch.inf
    return best[some], rank[some]


def soft_targets(pairs: Pairs, positives: Tensor, rules: Rules) -> Tensor:
    """Soft targets t = u* · m / (max m + eps): what an object's positives are taught.

    Args:
        pairs: all pairs.
        positives (Tensor[N]): int64, places of the positives among them.
        rules: u* is the object's largest overlap over its positives or its candidates; max m is over its positives.

    Returns:
        Tensor[N]: 0..1, in the precision of the pairs; with eps = 0 from logarithms, so that no m is too small.
    """
    row, key = pairs.row[positives], pairs.key[positives]
    if rules.best_overlap == "positives":
        best = _row_max(pairs.u[positives], row, pairs.rows)
    else:
        best = _row_max(pairs.u.where(pairs.key > -torch.inf, 0), pairs.row, pairs.rows)
    best_key = _row_max(key, row, pairs.rows, start=-torch.inf)[row]
    if rules.eps == 0:
        return best[row] * (key - best_key).nan_to_num(nan=-torch.inf).exp()
    return best[row] * key.exp() / (best_key.exp() + rules.eps)


def _best_in_rows(row: Tensor, key: Tensor, rows: int, count: int) -> tuple[Tensor, Tensor]:
    """Return the best `count` pairs of each row, best first, ties in the order given; and their ranks from 0.

    Pairs must stand row by row. A row's `count`-th best key, found without sorting, leaves few pairs to sort.
    """
    place = _places_in_rows(row)
    width = int(place.max()) + 1 if row.numel() else 0
    table = key.new_full((rows, width), -torch.inf)
    table[row, place] = key
    least = table.topk(min(count, width)).values[:, -1] if width else key.new_zeros(rows)
    good = true_places(key >= least[row])
    order = good[key[good].argsort(descending=True, stable=True)]
    order = order[row[order].argsort(stable=True)]
    rank = _places_in_rows(row[order])
    return order[rank < count], rank[rank < count]


def _places_in_rows(row: Tensor) -> Tensor:
    """How many of the same row stand before each of the ascending `row` numbers."""
    sizes = torch.bincount(row)
    return torch.arange(len(row), device=row.device) - (sizes.cumsum(0) - sizes)[row]


def _row_max(values: Tensor, row: Tensor, rows: int, start: float = 0.0) -> Tensor:
    """Largest value of each row, `start` where it has none: `(rows,)`."""
    return values.new_full((rows,), start).scatter_reduce_(0, row, values, "amax")


def _settle(pairs: Pairs, selected: Tensor, claims: Tensor) -> Tensor:
    """Pairs left when every contested anchor went to the object it overlaps most, the first one on a tie."""
    rivals = true_places(claims[pairs.cell] > 1)
    cell, u = pairs.cell[rivals], pairs.u[rivals]
    best = u.new_zeros(pairs.cells).scatter_reduce_(0, cell, u, "amax")
    at_best = rivals[u == best[cell]]
    first = _owners(pairs, at_best)[pairs.cell[at_best]]
    winners = at_best[pairs.row[at_best] == first]
    return torch.cat((selected[claims[pairs.cell[selected]] == 1], winners))


def _best_kept(pairs: Pairs, winners: Tensor, keep: int) -> Tensor:
    """The `keep` best of every object's winners."""
    if keep < 1:
        raise ValueError(f"keep must be at least 1, got {keep}")
    winners = winners.sort().values  # by object again
    best, _ = _best_in_rows(pairs.row[winners], pairs.key[winners], pairs.rows, keep)
    return winners[best]


def _owners(pairs: Pairs, held: Tensor) -> Tensor:
    """Row of the object that holds each anchor, the first one where several do, −1 where none does: `(cells,)`."""
    owner = pairs.cell.new_full((pairs.cells,), pairs.rows)
    owner.scatter_reduce_(0, pairs.cell[held], pairs.row[held], "amin")
    return owner.masked_fill_(owner == pairs.rows, -1)


def _anchor_tables(
    pairs: Pairs,
    winners: Tensor,
    scores: Tensor,
    gt_boxes: Tensor,
    gt_labels: Tensor,
    rules: Rules,
) -> dict[str, Tensor]:
    """What every anchor learns from the winners: object, soft class targets and box, by their names in `Assignment`."""
    lead, (A, C) = scores.shape[:-2], scores.shape[-2:]
    owner = _owners(pairs, winners)
    targets = soft_targets(pairs, winners, rules).to(scores.dtype)
    place = pairs.cell[winners] * C + gt_labels.reshape(-1)[pairs.row[winners]]
    target_scores = scores.new_zeros(pairs.cells * C).scatter_reduce_(0, place, targets, "amax")
    positive = true_places(owner >= 0)
    row = owner[positive]
    target_gt = torch.full_like(owner, -1)
    target_gt[positive] = row % max(pairs.objects, 1)
    target_boxes = gt_boxes.new_zeros(pairs.cells, 4)
    target_boxes[positive] = gt_boxes.reshape(-1, 4)[row]
    return {
        "target_gt": target_gt.reshape(*lead, A),
        "target_scores": target_scores.reshape(scores.shape),
        "target_boxes": target_boxes.reshape(*lead, A, 4),
    }


def _object_tables(
    pairs: Pairs,
    selected: Tensor,
    rank: Tensor,
    topk: int,
    targets: Tensor,
    contested: Tensor,
    lost_to: Tensor,
) -> dict[str, Tensor]:
    """What every object selected, in rank order and before conflicts, by names in `Assignment`."""
    anchor = pairs.cell[selected] % max(pairs.anchors, 1)
    place = pairs.row[selected] * topk + rank

    def by_rank(values: Tensor, empty: float) -> Tensor:
        table = torch.full((pairs.rows * topk,), empty, dtype=values.dtype, device=values.device)
        table[place] = values
        return table.reshape(*pairs.lead, pairs.objects, topk)

    return {
        "candidates": by_rank(anchor, -1),
        "candidate_scores": by_rank(pairs.p[selected], 0),
        "candidate_overlaps": by_rank(pairs.u[selected], 0),
        "candidate_log_metrics": by_rank(pairs.key[selected], -torch.inf),
        "candidate_targets": by_rank(targets, 0),
        "contested": by_rank(contested, False),
        "lost_to": by_rank(lost_to, -1),
    }


def _check(
    scores: Tensor,
    boxes: Tensor,
    anchor_points: Tensor,
    gt_boxes: Tensor,
    gt_labels: Tensor,
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
    check_labels(gt_labels, scores.shape[-1])
