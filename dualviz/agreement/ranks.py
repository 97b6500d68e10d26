"""How two heads rank an object's anchors: ranks as they are displayed, Spearman, Kendall and Top-k alignment.

Everything runs on the pairs (object, anchor that is a candidate in both heads), all objects at once. Correlations equal
SciPy's to the last digits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dualviz.matching import key_dtype

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
    check_alike(a=a, b=b, **({} if prior is None else {"prior": prior}))
    lead, A = a.shape[:-1], a.shape[-1]
    if prior is not None:
        a, b = a.masked_fill(~prior, -torch.inf), b.masked_fill(~prior, -torch.inf)
    a, b = a.reshape(math.prod(lead), A), b.reshape(math.prod(lead), A)

    row, anchor = ((a > -torch.inf) & (b > -torch.inf)).nonzero(as_tuple=True)
    spearman, kendall = _correlations(a[row, anchor], b[row, anchor], row, a.shape[0])
    aligned = torch.full((len(a), len(TOP_K)), torch.nan, dtype=spearman.dtype, device=a.device)
    if A:
        # the first of equals, so a tie goes to the lower anchor
        best, pick = b.max(-1, keepdim=True)
        within = within_top_k(candidate_ranks(a).gather(-1, pick).squeeze(-1))
        aligned = within.to(aligned.dtype).where(best > -torch.inf, aligned)
    return RankAgreement(
        spearman=spearman.reshape(lead),
        kendall=kendall.reshape(lead),
        top_k_alignment=aligned.reshape(*lead, len(TOP_K)),
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


def within_top_k(rank: Tensor) -> Tensor:
    """Whether a pick that the other head ranks so is among that head's first 1, 5, 10.

    Args:
        rank (Tensor[...]): int64 as of `candidate_ranks`; 0, no candidate of that head, is among none.

    Returns:
        Tensor[..., 3]: bool.

    >>> within_top_k(torch.tensor([5, 0]))
    tensor([[False,  True,  True],
            [False, False, False]])
    """
    rank = rank.unsqueeze(-1)
    return (rank > 0) & (rank <= torch.tensor(TOP_K, device=rank.device))


def spearman_of_directions(x: Tensor, y: Tensor) -> Tensor:
    """Spearman of one ranking with many.

    Args:
        x (Tensor[N]): metrics of the head that is held.
        y (Tensor[D, N]): metrics of the other head, one row for each direction.

    Returns:
        Tensor[D]: −1..1; NaN with fewer than two anchors and where one side is constant.

    >>> spearman_of_directions(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([[1.0, 2.0, 3.0], [9.0, 8.0, 7.0]]))
    tensor([ 1., -1.])
    """
    n = x.numel()
    if n < 2:
        return y.new_full((y.shape[0],), torch.nan)
    middle = (n - 1) / 2
    x_sorted, order = x.sort()
    rank_x = torch.empty_like(x).scatter_(0, order, _mean_places(x_sorted) - middle)
    y_sorted, order = y.sort(-1)
    rank_y = (torch.arange(n, device=x.device, dtype=x.dtype) - middle).expand(y.shape)
    tied = (y_sorted[:, 1:] == y_sorted[:, :-1]).any(-1).nonzero().squeeze(1)
    if tied.numel():  # rare: averaging costs more than sorting
        rank_y = rank_y.index_copy(0, tied, _mean_places(y_sorted[tied]) - middle)
    rank_y = torch.empty_like(y).scatter_(-1, order, rank_y)
    return _correlation(rank_x, rank_y, lambda values: values.sum(-1))


def check_alike(**tensors: Tensor) -> None:
    """Refuse tensors that do not all have the shape of the first, by name."""
    (name, first), *others = tensors.items()
    for other, given in others:
        if given.shape != first.shape:
            raise ValueError(
                f"{other} must have the shape of {name} {tuple(first.shape)}, got {tuple(given.shape)}"
            )


def _correlation(x: Tensor, y: Tensor, total: Callable[[Tensor], Tensor]) -> Tensor:
    """Rank correlation Σ x·y / √(Σ x² · Σ y²) of average ranks less their middle; `total` adds up over an object."""
    return (total(x * y) / (total(x**2) * total(y**2)).sqrt()).clamp(-1, 1)


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

    place_y = torch.empty_like(by_y).scatter_(0, by_y, torch.arange(len(by_y), device=x.device))
    pairs = (n * (n - 1) / 2).to(dtype)
    ties_x, ties_y = total(x_last - x_first) / 2, total(y_last - y_first) / 2
    ties_both = total(xy_last - xy_first) / 2
    discordant = total(_inversions(place_y.gather(0, by_x)))
    excess = pairs - ties_x - ties_y + ties_both - 2 * discordant
    kendall = excess / ((pairs - ties_x) * (pairs - ties_y)).sqrt()
    return _correlation(rank_x, rank_y, total), kendall.clamp(-1, 1)


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


def _mean_places(ordered: Tensor) -> Tensor:
    """Place from 0 of each number in its ascending row, the mean place where several are equal: average ranks."""
    first, last = _tie_spans(_changes(ordered))
    return ((first + last) / 2).to(ordered.dtype)


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
