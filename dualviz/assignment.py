"""Which anchors learn which object: top-k for the one-to-many head, top-1 for the one-to-one head, by one metric.

In go both heads' scores and boxes and the true boxes; out comes an `Assignment`: every object's candidates in rank
order, who contested them, and the soft targets the loss teaches. All work is done on `Pairs` (object, anchor inside
it), a few per cent of the dense G × A table: objects select, conflicts are settled, winners are taught, tables filled.
Hungarian matching stands beside it, to compare with.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dualviz.matching import (
    Overlap,
    check_exponents,
    check_labels,
    key_dtype,
    log_metric,
    pair_overlaps,
    spatial_prior,
    true_places,
)

BestOverlap = Literal["positives", "candidates"]
Mode = Literal["code", "paper", "yolo26"]


@dataclass(frozen=True)
class Rules:
    """What the paper's analysis, THU-MIG's 2024 code and YOLO26 do differently, beside the metric itself.

    Attributes:
        overlap: what u is, "ciou" (clamped at 0) or "iou".
        conflicts: whether an anchor that several objects selected is given to one of them.
        best_overlap: targets scale with the object's largest overlap over its "positives" or over all its "candidates".
        eps: of the soft targets' denominator; 0 keeps them exact however small m is.
        picks: anchors an object selects for the one-to-one head.
        keep: of these, how many best it keeps after conflicts; None: all.
        least_side: sides shorter than so many network pixels count as so long when it is asked which anchors lie inside; 0: none.
    """

    overlap: Overlap = "ciou"
    conflicts: bool = True
    best_overlap: BestOverlap = "positives"
    eps: float = 0.0
    picks: int = 1
    keep: int | None = None
    least_side: float = 0.0


RULES: dict[Mode, Rules] = {
    "code": Rules(),
    "paper": Rules(overlap="iou", conflicts=False, best_overlap="candidates"),
    "yolo26": Rules(picks=7, keep=1, least_side=16.0),  # the second level's stride
}


def rules_of(mode: Mode) -> Rules:
    """Rules that a mode stands for.

    >>> rules_of("paper").overlap
    'iou'
    """
    if mode not in RULES:
        names = ", ".join(f'"{name}"' for name in RULES)
        raise ValueError(f"mode must be one of {names}, got {mode!r}")
    return RULES[mode]


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
        object_targets (Tensor[..., G, A]): each object's own soft targets, before conflicts: `candidate_targets` by anchor.
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
    object_targets: Tensor
    positives: Tensor
    unmatched: Tensor

    @property
    def lost(self) -> Tensor:
        """Whether a selected anchor went to another object: Tensor[..., G, K], bool."""
        return self.lost_to >= 0


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


@dataclass(frozen=True)
class Pairs:
    """The pairs (object, anchor inside it), P of them, by picture, object and anchor.

    Attributes:
        lead, objects, anchors: leading axes, G and A of the tables the pairs come from.
        row (Tensor[P]): int64, the object, counted on through all pictures; ascends.
        cell (Tensor[P]): int64, the anchor, counted on through all pictures.
        p, u, key (Tensor[P]): score, overlap and log m, float64.
    """

    lead: tuple[int, ...]
    objects: int
    anchors: int
    row: Tensor
    cell: Tensor
    p: Tensor
    u: Tensor
    key: Tensor

    @property
    def rows(self) -> int:
        """Objects of all pictures together."""
        return math.prod(self.lead) * self.objects

    @property
    def cells(self) -> int:
        """Anchors of all pictures together."""
        return math.prod(self.lead) * self.anchors

    def table(self, values: Tensor, empty: float) -> Tensor:
        """Lay values of the pairs, Tensor[P], over the dense table, Tensor[..., G, A], `empty` elsewhere."""
        dense = values.new_full((self.rows * self.anchors,), empty)
        dense[self.row * self.anchors + self.cell % max(self.anchors, 1)] = values
        return dense.reshape(*self.lead, self.objects, self.anchors)


def pairs_inside(
    anchor_points: Tensor, gt_boxes: Tensor, gt_labels: Tensor, least_side: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Which anchors lie inside which real object: `row` and `cell` of `Pairs`, each Tensor[P]; arguments as for `assign`."""
    padding = (gt_labels < 0).unsqueeze(-1)
    return rows_and_cells(
        spatial_prior(anchor_points, gt_boxes.masked_fill(padding, torch.nan), least_side)
    )


def rows_and_cells(prior: Tensor) -> tuple[Tensor, Tensor]:
    """Object and anchor of every pair of a prior, Tensor[..., G, A]: `row` and `cell` of `Pairs`, each Tensor[P]."""
    objects, anchors = prior.shape[-2:]
    place = true_places(prior)
    row = place.div(max(anchors, 1), rounding_mode="floor")
    picture = row.div(max(objects, 1), rounding_mode="floor")
    return row, place - (row - picture) * anchors


def pairs_of(prior: Tensor, p: Tensor, u: Tensor, key: Tensor) -> Pairs:
    """List the pairs of tables that are known already; each Tensor[..., G, A], `prior` bool."""
    *lead, objects, anchors = prior.shape
    row, cell = rows_and_cells(prior)
    place = true_places(prior)
    p, u, key = (table.reshape(-1).gather(0, place) for table in (p, u, key))
    return Pairs(tuple(lead), objects, anchors, row, cell, p, u, key)


@torch.no_grad()
def pairs_with_metric(
    inside: tuple[Tensor, Tensor],
    scores: Tensor,
    boxes: Tensor,
    gt_boxes: Tensor,
    gt_labels: Tensor,
    exponents: tuple[float, float],
    overlap: Overlap,
) -> Pairs:
    """The pairs with what a head says of them: score, overlap and metric.

    Args:
        inside: of `rows_and_cells`.
        exponents: α and β.
        scores, boxes, gt_boxes, gt_labels, overlap: as for `assign`.
    """
    *lead, A, C = scores.shape
    (row, cell), dtype = inside, key_dtype(scores.device)
    label = gt_labels.reshape(-1).index_select(0, row)
    p = scores.reshape(-1).index_select(0, cell * C + label).to(dtype)
    both = gt_boxes.reshape(-1, 4).to(dtype), boxes.reshape(-1, 4).to(dtype)
    u = pair_overlaps(*both, (row, cell), overlap)
    return Pairs(tuple(lead), gt_boxes.shape[-2], A, row, cell, p, u, log_metric(p, u, *exponents))


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
    """Largest value of each row, `start` where it has none: `(rows,)`."""
    return values.new_full((rows,), start).scatter_reduce_(0, row, values, "amax")


def _settle(pairs: Pairs, selected: Tensor, claims: Tensor) -> Tensor:
    """Pairs left when every contested anchor went to the object it overlaps most, the first one on a tie."""
    rivals = (claims[pairs.cell] > 1).nonzero().squeeze(1)
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
    no_box = gt_boxes.new_zeros(1, 4)  # stands last, where an owner of −1 reads
    target_boxes = torch.cat((gt_boxes.reshape(-1, 4), no_box))[owner]
    return {
        "target_gt": (owner % max(pairs.objects, 1)).where(owner >= 0, -1).reshape(*lead, A),
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
    row, anchor = pairs.row[selected], pairs.cell[selected] % max(pairs.anchors, 1)
    shape = (*pairs.lead, pairs.objects)
    object_targets = targets.new_zeros(pairs.rows * pairs.anchors)
    object_targets[row * pairs.anchors + anchor] = targets

    def by_rank(values: Tensor, empty: float) -> Tensor:
        table = torch.full((pairs.rows * topk,), empty, dtype=values.dtype, device=values.device)
        table[row * topk + rank] = values
        return table.reshape(*shape, topk)

    return {
        "candidates": by_rank(anchor, -1),
        "candidate_scores": by_rank(pairs.p[selected], 0),
        "candidate_overlaps": by_rank(pairs.u[selected], 0),
        "candidate_log_metrics": by_rank(pairs.key[selected], -torch.inf),
        "candidate_targets": by_rank(targets, 0),
        "contested": by_rank(contested, False),
        "lost_to": by_rank(lost_to, -1),
        "object_targets": object_targets.reshape(*shape, pairs.anchors),
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
