"""How far the two heads agree on an object: rank correlations, Top-k alignment and the supervision gap.

In go log-metrics (or scores and overlaps) of both heads over the same anchors; out come figures per object. With the
same predictions and the same direction α : β they agree perfectly for every r (YOLOv10, section 3.1); `sweep` turns
the one-to-one head's direction, and `paint` lays the result over the α–β plane, where it is constant along rays.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dualviz.matching import key_dtype

Mode = Literal["paper", "code"]
TOP_K = (1, 5, 10)  # YOLOv10, Fig. 2(b)


@dataclass(frozen=True)
class RankAgreement:
    """Agreement of two rankings of each object's anchors; NaN where a figure is undefined.

    Attributes:
        spearman (Tensor[..., G]): −1..1, rank correlation with average ranks.
        kendall (Tensor[..., G]): −1..1, τ-b.
        top_k_alignment (Tensor[..., G, 3]): 1 where the second head's first choice is among the first head's first
            1, 5, 10, else 0.
    """

    spearman: Tensor
    kendall: Tensor
    top_k_alignment: Tensor


@torch.no_grad()
def rank_agreement(a: Tensor, b: Tensor, prior: Tensor | None = None) -> RankAgreement:
    """Compare how two heads rank the anchors of each object.

    Correlations run over the anchors that are candidates in both heads and equal SciPy's `spearmanr` and
    `kendalltau`. They are NaN with fewer than two such anchors and where a head gives all of them the same metric;
    the alignment is NaN where the second head has no candidate.

    Args:
        a (Tensor[..., G, A]): log-metric of the one-to-many head, −inf where an anchor is no candidate.
        b (Tensor[..., G, A]): log-metric of the one-to-one head.
        prior (Tensor[..., G, A]): bool, s; None where −inf tells it already.

    Returns:
        RankAgreement: float64.

    >>> a = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).log()
    >>> rank_agreement(a, 2 * a).spearman, rank_agreement(a, a.flip(-1)).kendall
    (tensor([1.], dtype=torch.float64), tensor([-1.], dtype=torch.float64))
    """
    _check_alike(a=a, b=b, **({} if prior is None else {"prior": prior}))
    lead, A = a.shape[:-1], a.shape[-1]
    if prior is not None:
        a, b = a.masked_fill(~prior, -torch.inf), b.masked_fill(~prior, -torch.inf)
    a, b = a.reshape(math.prod(lead), A), b.reshape(math.prod(lead), A)

    row, anchor = ((a > -torch.inf) & (b > -torch.inf)).nonzero(as_tuple=True)
    spearman, kendall = _correlations(a[row, anchor], b[row, anchor], row, a.shape[0])
    return RankAgreement(
        spearman=spearman.reshape(lead),
        kendall=kendall.reshape(lead),
        top_k_alignment=_alignment(a, b).reshape(*lead, len(TOP_K)),
    )


@torch.no_grad()
def candidate_ranks(log_metric: Tensor) -> Tensor:
    """Rank of every anchor for its object as it is displayed: 1 = best, ties to the lower anchor index.

    Args:
        log_metric (Tensor[..., A]): log m, −inf where an anchor is no candidate.

    Returns:
        Tensor[..., A]: int64, 0 where an anchor is no candidate.

    >>> candidate_ranks(torch.tensor([0.5, 0.9, 0.0, 0.9]).log())
    tensor([3, 1, 0, 2])
    """
    flat = log_metric.reshape(math.prod(log_metric.shape[:-1]), log_metric.shape[-1])
    row, anchor = (flat > -torch.inf).nonzero(as_tuple=True)
    order = _order(row, -flat[row, anchor])
    first = _row_starts(row, flat.shape[0])
    ranks = torch.zeros_like(flat, dtype=torch.int64)
    rank = torch.arange(1, row.numel() + 1, device=row.device) - first.gather(0, row)
    ranks[row, anchor.gather(0, order)] = rank
    return ranks.reshape(log_metric.shape)


def supervision_gap(target_o2m: Tensor, target_o2o: Tensor) -> Tensor:
    """Distance of the two heads' classification targets of each object: A = Σ |t_o2m − t_o2o| (eq. 2).

    Args:
        target_o2m (Tensor[..., A]): an object's own soft targets before conflicts, 0..1.
        target_o2o (Tensor[..., A]): the same of the one-to-one head.

    Returns:
        Tensor[...]: at least 0; not divided by anything.

    >>> supervision_gap(torch.tensor([0.75, 0.5, 0.0]), torch.tensor([0.0, 0.75, 0.0]))
    tensor(1.)
    """
    _check_alike(target_o2m=target_o2m, target_o2o=target_o2o)
    return (target_o2m - target_o2o).abs().sum(-1)


def gap_bounds(
    target_o2m: Tensor, overlaps: Tensor, candidates: Tensor | None = None, mode: Mode = "paper"
) -> tuple[Tensor, Tensor]:
    """Least and greatest supervision gap over every pick i that the one-to-one head could have made.

    A pick i is taught t_i' (u* in the paper, its own overlap in code), so its gap is Σ t − t_i + |t_i − t_i'|. In the
    paper's analysis that is u* + Σ t − 2·t_i: the floor, at the one-to-many head's own first choice, is the sum of the
    OTHER targets; the ceiling is u* + Σ t as soon as one candidate lies outside the positives, and u* + Σ t − 2·min t
    where the positives are all there is. An object without candidate has no pick: floor and ceiling are Σ t, the gap
    to an empty target.

    Args:
        target_o2m (Tensor[..., A]): an object's one-to-many soft targets before conflicts (eps = 0), 0..1.
        overlaps (Tensor[..., A]): overlap u of the one-to-one head's boxes with the object, 0..1.
        candidates (Tensor[..., A]): bool, where the one-to-one head's metric is above 0; None: where u is.
        mode: "paper": every pick is taught u*, the largest overlap over the candidates; "code": its own overlap, so
            that the least gap need not be at rank 1.

    Returns:
        floor, ceiling (Tensor[...]).

    >>> gap_bounds(torch.tensor([0.75, 0.5, 0.0]), torch.tensor([0.75, 0.625, 0.25]))
    (tensor(0.5000), tensor(2.))
    """
    if candidates is None:
        candidates = overlaps > 0
    _check_alike(target_o2m=target_o2m, overlaps=overlaps, candidates=candidates)
    total = target_o2m.sum(-1)
    if not target_o2m.shape[-1]:
        return total, total.clone()
    taught = _taught(overlaps.masked_fill(~candidates, 0), mode)
    gap = total.unsqueeze(-1) - target_o2m + (target_o2m - taught).abs()
    floor = gap.masked_fill(~candidates, torch.inf).amin(-1)
    ceiling = gap.masked_fill(~candidates, -torch.inf).amax(-1)
    some = candidates.any(-1)
    return floor.where(some, total), ceiling.where(some, total)


@dataclass(frozen=True)
class Sweep:
    """Agreement for each direction (α, β) of the one-to-one head, the one-to-many head held fixed.

    Attributes:
        directions (Tensor[D, 2]): (α, β); only their ratio matters.
        spearman (Tensor[D, ..., G]): NaN where undefined.
        top_k_alignment (Tensor[D, ..., G, 3]): 0 or 1 for k = 1, 5, 10; NaN where the one-to-one head has no candidate.
            k = 1 is top-1 agreement.
        top1 (Tensor[D, ..., G]): int64 anchor the one-to-one head picks, −1 for none.
        gap (Tensor[D, ..., G]): supervision gap, eps = 0.
    """

    directions: Tensor
    spearman: Tensor
    top_k_alignment: Tensor
    top1: Tensor
    gap: Tensor


@torch.no_grad()
def sweep(
    scores_o2m: Tensor,
    overlaps_o2m: Tensor,
    scores_o2o: Tensor,
    overlaps_o2o: Tensor,
    prior: Tensor,
    directions: Tensor,
    alpha: float = 0.5,
    beta: float = 6.0,
    topk: int = 10,
    mode: Mode = "paper",
) -> Sweep:
    """Turn the one-to-one head's direction α : β and measure at each how far it agrees with the one-to-many head.

    "Shared predictions" are the one-to-many head's scores and overlaps given for both heads. Ranks depend on the
    direction only, so a whole α–β plane needs no more than its rays: see `fan` and `paint`.

    Args:
        scores_o2m, overlaps_o2m (Tensor[..., G, A]): p of each object's class and overlap u, one-to-many head, 0..1.
        scores_o2o, overlaps_o2o (Tensor[..., G, A]): the same of the one-to-one head.
        prior (Tensor[..., G, A]): bool, s.
        directions (Tensor[D, 2]): (α, β) of the one-to-one head, at least 0 and not both 0.
        alpha, beta: the one-to-many head's setting.
        topk: anchors the one-to-many head takes per object.
        mode: "paper": targets scale with u*, the object's largest overlap; "code": with the positives' largest.

    Returns:
        Sweep: float64.
    """
    tables = {
        "scores_o2m": scores_o2m,
        "overlaps_o2m": overlaps_o2m,
        "scores_o2o": scores_o2o,
        "overlaps_o2o": overlaps_o2o,
    }
    _check_alike(**tables, prior=prior)
    if directions.ndim != 2 or directions.shape[1] != 2:
        raise ValueError(f"directions must be (D, 2) of (α, β), got {tuple(directions.shape)}")
    lead, A = prior.shape[:-1], prior.shape[-1]
    R, D, device, dtype = math.prod(lead), len(directions), prior.device, key_dtype(prior.device)
    p_m, u_m, p_o, u_o = (t.reshape(R, A).to(dtype) for t in tables.values())
    inside = prior.reshape(R, A)
    directions = directions.to(device, dtype)

    spearman = torch.full((D, R), torch.nan, dtype=dtype, device=device)
    aligned = torch.full((D, R, len(TOP_K)), torch.nan, dtype=dtype, device=device)
    top1 = torch.full((D, R), -1, dtype=torch.int64, device=device)
    gap = torch.zeros((D, R), dtype=dtype, device=device)
    for g in range(R):  # an object at a time: each has its own number of candidates
        anchor = inside[g].nonzero().squeeze(1)
        p, u, q, v = (t[g, anchor] for t in (p_m, u_m, p_o, u_o))
        teacher, pupil = (p > 0) & (u > 0), (q > 0) & (v > 0)
        key = (alpha * p.log() + beta * u.log()).masked_fill(~teacher, -torch.inf)
        rank = candidate_ranks(key)
        target = _soft_targets(key, u.where(teacher, 0), (rank > 0) & (rank <= topk), mode)
        gap[:, g] = target.sum()
        if not pupil.any():
            continue
        keys = directions[:, :1] * q[pupil].log() + directions[:, 1:] * v[pupil].log()
        pick = pupil.nonzero().squeeze(1)[keys.argmax(-1)]
        top1[:, g] = anchor[pick]
        for column, k in enumerate(TOP_K):
            aligned[:, g, column] = ((rank[pick] > 0) & (rank[pick] <= k)).to(dtype)
        taught = _taught(v.where(pupil, 0), mode).expand(v.shape)[pick]
        gap[:, g] += (target[pick] - taught).abs() - target[pick]
        both = teacher[pupil]
        spearman[:, g] = _spearman_rows(key[pupil][both], keys if both.all() else keys[:, both])
    return Sweep(
        directions=directions,
        spearman=spearman.reshape(D, *lead),
        top_k_alignment=aligned.reshape(D, *lead, len(TOP_K)),
        top1=top1.reshape(D, *lead),
        gap=gap.reshape(D, *lead),
    )


def fan(
    alphas: Tensor, betas: Tensor, count: int = 120, through: tuple[float, float] | None = None
) -> Tensor:
    """Directions that fan out evenly over an α–β plane as it is seen, from its lower right to its upper left corner.

    Args:
        alphas, betas (Tensor[X], Tensor[Y]): the plane's axes, positive.
        count: number of directions, at least 2.
        through: a setting whose ray must be among them exactly, such as the one-to-many head's.

    Returns:
        Tensor[D, 2]: (α, β), float64, D = count, or count + 1 with `through`.
    """
    wide, high = alphas.max().double(), betas.max().double()
    low = torch.atan2(betas.min() / high, alphas.max() / wide)
    steep = torch.atan2(betas.max() / high, alphas.min() / wide)
    angles = low + (steep - low) * torch.linspace(0, 1, count, dtype=torch.float64)
    directions = torch.stack((angles.cos() * wide, angles.sin() * high), -1)
    if through is None:
        return directions
    return torch.cat((directions, torch.tensor([through], dtype=torch.float64)))


def paint(values: Tensor, directions: Tensor, alphas: Tensor, betas: Tensor) -> Tensor:
    """Lay values known along rays over the α–β plane: each point takes the value of the nearest ray.

    Args:
        values (Tensor[D, ...]): one value (or a row of them) for each direction.
        directions (Tensor[D, 2]): (α, β), in any order, not empty.
        alphas, betas (Tensor[X], Tensor[Y]): the plane's axes, positive.

    Returns:
        Tensor[Y, X, ...]: β downwards, α rightwards; nearest by the angle as the plane is seen.

    >>> rays = torch.tensor([[1.0, 1.0], [1.0, 2.0]])
    >>> paint(torch.tensor([7, 8]), rays, torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0]))
    tensor([[8, 7],
            [8, 8]])
    """
    wide, high = alphas.max().double(), betas.max().double()
    alpha, beta = directions.double().unbind(-1)
    rays, order = torch.atan2(beta / high, alpha / wide).sort()
    point = torch.atan2(betas.double()[:, None] / high, alphas.double() / wide).contiguous()
    nearest = torch.searchsorted((rays[1:] + rays[:-1]) / 2, point)
    return values[order.to(values.device)[nearest.to(values.device)]]


def _soft_targets(key: Tensor, u: Tensor, positive: Tensor, mode: Mode) -> Tensor:
    """Targets t = u · m / max m over the positives of one object, `(N,)`; 0 elsewhere."""
    if not positive.any():
        return torch.zeros_like(key)
    best = (u if mode == "paper" else u[positive]).max()
    return (best * (key - key.max()).exp()).where(positive, 0)


def _taught(overlaps: Tensor, mode: Mode) -> Tensor:
    """What each pick would be taught, `(…, A)` or `(…, 1)`: u* for all in the paper, its own overlap in code."""
    if mode == "paper":
        return overlaps.amax(-1, keepdim=True)
    if mode == "code":
        return overlaps
    raise ValueError(f'mode must be "paper" or "code", got {mode!r}')


def _alignment(a: Tensor, b: Tensor) -> Tensor:
    """Whether b's first choice is among a's first k, `(R, A)` → `(R, 3)`: by counting who stands before it."""
    if not a.shape[1]:
        return torch.full((a.shape[0], len(TOP_K)), torch.nan, dtype=torch.float64, device=a.device)
    best, pick = b.max(-1, keepdim=True)  # the first of equals, so a tie goes to the lower anchor
    mine = a.gather(-1, pick)
    place = torch.arange(a.shape[1], device=a.device)
    before = ((a > mine) | ((a == mine) & (place < pick))).sum(-1, keepdim=True)
    inside = (before < torch.tensor(TOP_K, device=a.device)) & (mine > -torch.inf)
    return inside.to(key_dtype(a.device)).masked_fill(best == -torch.inf, torch.nan)


def _correlations(x: Tensor, y: Tensor, row: Tensor, rows: int) -> tuple[Tensor, Tensor]:
    """Spearman and Kendall τ-b of the pairs (x, y) of each row; `row` ascends. Positions run over all rows at once."""
    dtype = key_dtype(x.device)
    by_x = _order(row, x, _order(row, y))  # x ascends, then y: a tie in x is no inversion
    by_y = _order(row, y, by_x)  # y ascends, then x
    turn = _changes(row)  # rows keep their places in every order
    new_x = turn | _changes(x.gather(0, by_x))
    x_first, x_last = _tie_spans(new_x)
    y_first, y_last = _tie_spans(turn | _changes(y.gather(0, by_y)))
    xy_first, xy_last = _tie_spans(new_x | _changes(y.gather(0, by_x)))

    n = torch.bincount(row, minlength=rows)
    middle = (_row_starts(row, rows) + (n - 1) / 2).to(dtype).gather(0, row)

    def total(values: Tensor) -> Tensor:  # multiples of 1/4 below 2^53: exact in any order
        return torch.zeros(rows, dtype=dtype, device=x.device).index_add_(0, row, values.to(dtype))

    rank_x = torch.empty_like(middle).scatter_(0, by_x, (x_first + x_last) / 2 - middle)
    rank_y = torch.empty_like(middle).scatter_(0, by_y, (y_first + y_last) / 2 - middle)
    square = total(rank_x**2) * total(rank_y**2)
    spearman = total(rank_x * rank_y) / square.sqrt()

    place_y = torch.empty_like(by_y).scatter_(0, by_y, torch.arange(len(by_y), device=x.device))
    pairs = (n * (n - 1) / 2).to(dtype)
    ties_x, ties_y = total(x_last - x_first) / 2, total(y_last - y_first) / 2
    ties_both = total(xy_last - xy_first) / 2
    discordant = total(_inversions(place_y.gather(0, by_x)))
    excess = pairs - ties_x - ties_y + ties_both - 2 * discordant
    kendall = excess / ((pairs - ties_x) * (pairs - ties_y)).sqrt()
    return spearman.clamp(-1, 1), kendall.clamp(-1, 1)


def _spearman_rows(x: Tensor, y: Tensor) -> Tensor:
    """Spearman of `x (N,)` with every row of `y (D, N)`: `(D,)`."""
    n = x.numel()
    if n < 2:
        return y.new_full((y.shape[0],), torch.nan)
    middle = (n - 1) / 2
    x_sorted, order = x.sort()
    x_first, x_last = _tie_spans(_changes(x_sorted))
    rank_x = torch.empty_like(x)
    rank_x[order] = ((x_first + x_last) / 2 - middle).to(x.dtype)

    y, order = y.sort(-1)
    rank_y = (torch.arange(n, device=x.device, dtype=x.dtype) - middle).expand(y.shape)
    tied = (y[:, 1:] == y[:, :-1]).any(-1).nonzero().squeeze(1)
    if tied.numel():  # rare: averaging costs more than sorting
        first, last = _tie_spans(_changes(y[tied]))
        rank_y = rank_y.index_copy(0, tied, ((first + last) / 2 - middle).to(x.dtype))
    square = (rank_x**2).sum() * (rank_y**2).sum(-1)
    return ((rank_x[order] * rank_y).sum(-1) / square.sqrt()).clamp(-1, 1)


def _order(row: Tensor, values: Tensor, start: Tensor | None = None) -> Tensor:
    """Positions by row, then value; equals stay in order, that of `start` where given."""
    # gather and scatter throughout: advanced indexing wakes all threads for a few thousand numbers
    order = torch.arange(len(row), device=row.device) if start is None else start
    order = order.gather(0, values.gather(0, order).argsort(stable=True))
    return order.gather(0, row.gather(0, order).argsort(stable=True))


def _row_starts(row: Tensor, rows: int) -> Tensor:
    """First position of each row among the ascending `row` numbers, `(rows,)`."""
    n = torch.bincount(row, minlength=rows)
    return n.cumsum(0) - n


def _changes(values: Tensor) -> Tensor:
    """Where a value differs from the one before it along the last axis; True at the start."""
    changed = torch.ones_like(values, dtype=torch.bool)
    changed[..., 1:] = values[..., 1:] != values[..., :-1]
    return changed


def _tie_spans(starts: Tensor) -> tuple[Tensor, Tensor]:
    """First and last position of the run each place belongs to; `starts` marks where runs begin."""
    place = torch.arange(starts.shape[-1], device=starts.device).expand(starts.shape)
    first = place.where(starts, 0).cummax(-1).values
    ends = starts.roll(-1, -1)  # the last place ends a run because the first starts one
    last = place.where(ends, starts.shape[-1]).flip(-1).cummin(-1).values.flip(-1)
    return first, last


def _inversions(order: Tensor) -> Tensor:
    """How many larger numbers stand before each number of a permutation of 0..N−1; entry v is the count of number v.

    Radix instead of merging: bit by bit from the top, numbers that share all higher bits stand together; each one
    whose bit is 0 is passed by those before it whose bit is 1, then ones move behind zeros. O(N log N).
    """
    place = torch.arange(order.numel(), device=order.device)
    count = torch.zeros_like(order)
    for bit in reversed(range(max(order.numel() - 1, 0).bit_length())):
        one = (order >> bit) & 1
        ones = one.cumsum(0) - one
        group = place >> (bit + 1) << (bit + 1)
        passing = ones - ones.gather(0, group)
        count.scatter_add_(0, order, passing * (1 - one))
        moved = torch.where(one == 1, group + (1 << bit) + passing, place - passing)
        order = torch.empty_like(order).scatter_(0, moved, order)
    return count


def _check_alike(**tensors: Tensor) -> None:
    (name, first), *others = tensors.items()
    for other, given in others:
        if given.shape != first.shape:
            raise ValueError(
                f"{other} must have the shape of {name} {tuple(first.shape)}, got {tuple(given.shape)}"
            )
