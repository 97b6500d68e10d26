"""Agreement over all objects of a picture or of a set: the α–β map, the sweep of r, Top-k shares, and matchers compared.

In go `DualTrace`s of one setting; out come small records that pages, figures and tables read. The map needs no more
than the rays of the plane (`dualviz.agreement.sweep`), so that it is made while one waits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dualviz.agreement import TOP_K, fan, paint, sweep
from dualviz.assignment import assign_pairs, hungarian, pairs_of, rules_of
from dualviz.matching import log_matching_metric
from dualviz.trace import DualTrace, Setting
from dualviz.words import Labels, Sentence

MEASURES = Labels(
    {
        "top1": "Top-1 agreement",
        "spearman": "Spearman ρ",
        "top5": "Top-5 alignment",
        "gap": "Supervision gap",
    }
)
CELLS, RAYS = 60, 360
LEAST, MOST = 0.01, 20.0  # of an exponent, as in the laboratory
FACTORS = torch.logspace(-1, 1, 13, dtype=torch.float64)  # r from 0.1 to 10, 1 in the middle


@dataclass(frozen=True)
class AgreementMap:
    """The α–β plane of the one-to-one head; the one-to-many head is held at its setting.

    Attributes:
        setting: the knobs; the one-to-one head's exponents in it play no part.
        alphas (Tensor[X]), betas (Tensor[Y]): the middles of the cells.
        values: for each of `MEASURES` a Tensor[Y, X], the mean over the objects; NaN where it is undefined.
        on_ray: the same along the ray of consistent pairs, where α : β is the one-to-many head's.
        objects: how many have a one-to-one pick and so count.
    """

    setting: Setting
    alphas: Tensor
    betas: Tensor
    values: dict[str, Tensor]
    on_ray: dict[str, float]
    objects: int


def agreement_map(
    traces: Sequence[DualTrace], setting: Setting, cells: int = CELLS, rays: int = RAYS
) -> AgreementMap:
    """Measure how far the heads agree at every (α, β) of the one-to-one head.

    Args:
        traces: pictures traced with `setting`; none, or pictures without objects, give a map of NaN.
        setting: the plane reaches to 3 times its α and 2.5 times its β, within the range of the sliders.
        cells: of each axis.
        rays: directions that are measured; each cell takes its nearest.
    """
    _check(traces, setting)
    alphas, betas = axes(setting, cells)
    directions = fan(alphas, betas, rays, (setting.alpha, setting.beta))
    means, objects = measured(traces, setting, directions)
    painted = paint(means, directions, alphas, betas)
    return AgreementMap(
        setting=setting,
        alphas=alphas,
        betas=betas,
        values=dict(zip(MEASURES, painted.unbind(-1))),
        on_ray=dict(zip(MEASURES, means[-1].tolist())),  # `fan` puts the ray asked for last
        objects=objects,
    )


def axes(setting: Setting, cells: int = CELLS) -> tuple[Tensor, Tensor]:
    """The plane's α and β, evenly spaced: at the paper's setting, steps of 0.025 and 0.25 up to 1.5 and 15.

    >>> axes(Setting())[1][-1]
    tensor(15., dtype=torch.float64)
    """
    place = torch.arange(1, cells + 1, dtype=torch.float64)
    reach = 3 * setting.alpha, 2.5 * setting.beta
    alphas, betas = (place * min(max(far, LEAST * cells), MOST) / cells for far in reach)
    return alphas, betas


def measured(
    traces: Sequence[DualTrace], setting: Setting, directions: Tensor
) -> tuple[Tensor, int]:
    """Means over all objects that have a one-to-one pick, in the order of `MEASURES`.

    Args:
        traces: pictures traced with `setting`.
        setting: of the one-to-many head, with k and mode.
        directions (Tensor[D, 2]): (α, β) of the one-to-one head.

    Returns:
        Tensor[D, 4], float64, NaN where nothing is defined; and the number of objects that count.
    """
    top1, gap, spearman, aligned = [], [], [], []
    for traced in traces:
        many, one = traced.one2many, traced.one2one
        agreement = sweep(
            many.p,
            many.overlaps,
            one.p,
            one.overlaps,
            traced.prior,
            directions,
            setting.alpha,
            setting.beta,
            setting.topk,
            setting.mode,
        )
        top1.append(agreement.top1)
        gap.append(agreement.gap.masked_fill(agreement.top1 < 0, torch.nan))
        spearman.append(agreement.spearman)
        aligned.append(agreement.top_k_alignment)
    if not top1:
        return torch.full((len(directions), len(MEASURES)), torch.nan, dtype=torch.float64), 0
    shares = torch.cat(aligned, 1)
    columns = (
        shares[..., TOP_K.index(1)],
        torch.cat(spearman, 1),
        shares[..., TOP_K.index(5)],
        torch.cat(gap, 1),
    )
    means = torch.stack([column.nanmean(1) for column in columns], -1)
    return means, int((torch.cat(top1, 1)[0] >= 0).sum())


@dataclass(frozen=True)
class FactorSweep:
    """What r does to the one-to-one head: every metric becomes its r-th power.

    Attributes:
        factors (Tensor[R]): r.
        values: for each of `MEASURES` a Tensor[R], flat, because m ↦ m^r keeps every order.
        hungarian (Tensor[R]): share of objects that Hungarian matching gives the same anchor as at r = 1; it adds
            metrics up, so it is not flat. NaN without objects.
    """

    factors: Tensor
    values: dict[str, Tensor]
    hungarian: Tensor


def factor_sweep(
    traces: Sequence[DualTrace], setting: Setting, factors: Tensor = FACTORS
) -> FactorSweep:
    """Multiply both exponents of the one-to-one head by r; its direction is that of `setting`."""
    _check(traces, setting)
    alpha, beta = replace(setting, r=1.0).exponents("one2one")
    direction = torch.tensor([[alpha, beta]], dtype=torch.float64)
    means, _ = measured(traces, setting, factors[:, None] * direction)
    same, objects = torch.zeros(len(factors), dtype=torch.float64), 0
    for traced in traces:
        one = traced.one2one
        key = log_matching_metric(one.p, one.overlaps, traced.prior, alpha, beta)
        first = hungarian(key)
        some = first >= 0
        objects += int(some.sum())
        if len(key.argmax(1)[some].unique()) == some.sum():  # no conflict: top-1 for every r
            same += some.sum()
        else:
            same += torch.stack([(hungarian(r * key) == first)[some].sum() for r in factors])
    return FactorSweep(factors, dict(zip(MEASURES, means.unbind(-1))), same / (objects or math.nan))


def top_k_shares(traces: Sequence[DualTrace]) -> tuple[list[float], int]:
    """Share of one-to-one picks inside the one-to-many top 1, 5, 10, and the number of picks; NaN without one."""
    rows = [traced.agreement.top_k_alignment for traced in traces]
    every = torch.cat(rows) if rows else torch.zeros(0, len(TOP_K), dtype=torch.float64)
    return every.nanmean(0).tolist(), int((~every[:, 0].isnan()).sum())


@dataclass(frozen=True)
class Survey:
    """All that the agreement page says about a picture or a set.

    Attributes:
        traces: the pictures.
        map, factors: see `agreement_map` and `factor_sweep`.
        shares: of one-to-one picks inside the one-to-many top 1, 5, 10; NaN without one.
        objects: picks that count.
    """

    traces: tuple[DualTrace, ...]
    map: AgreementMap
    factors: FactorSweep
    shares: tuple[float, ...]
    objects: int


def survey(traces: Sequence[DualTrace], setting: Setting) -> Survey:
    """Measure map, sweep of r and Top-k shares over the same pictures, all traced with `setting`."""
    shares, objects = top_k_shares(traces)
    made, swept = agreement_map(traces, setting), factor_sweep(traces, setting)
    return Survey(tuple(traces), made, swept, tuple(shares), objects)


@dataclass(frozen=True)
class Matching:
    """Which anchor teaches which object, by one way of choosing.

    Attributes:
        name: of the way.
        how: in one sentence.
        objects, anchors (Tensor[P]): int64, the pairs.
        total: Σ m over the pairs, m the one-to-one head's metric.
        without: objects that no anchor learns.
        doubled: objects that several anchors learn.
        shared: pairs whose anchor another object has as well.
    """

    name: Sentence
    how: Sentence
    objects: Tensor
    anchors: Tensor
    total: float
    without: tuple[int, ...]
    doubled: tuple[int, ...]
    shared: int

    def of(self, g: int) -> tuple[int, ...]:
        """Anchors that learn object g, ascending."""
        return tuple(sorted(self.anchors[self.objects == g].tolist()))


def matchings(traced: DualTrace) -> list[Matching]:
    """Four ways to give every object an anchor by the one-to-one head's metric, top-1 first."""
    one = traced.one2one

    pairs = pairs_of(traced.prior, one.p, one.overlaps, one.log_metric)
    rules, truth = replace(traced.setting.rules, conflicts=True), traced.truth
    young = rules_of("yolo26")

    def settled(topk: int, keep: int | None) -> Tensor:
        return assign_pairs(
            pairs, one.scores, truth.boxes, truth.labels, topk, rules, keep
        ).target_gt

    best = one.assignment.candidates[:, 0]
    ways = [
        (
            Sentence("Top-1"),
            Sentence("Every object takes its best anchor; several may take the same."),
            _picked(best),
        ),
        (
            Sentence("Top-1, then conflicts"),
            Sentence(
                "An anchor that several took goes to the object it overlaps most (THU-MIG's 2024 code)."
            ),
            _owned(settled(1, None)),
        ),
        (
            Sentence("Top-7, conflicts, then 1"),
            Sentence("Objects take seven, conflicts are settled, the best left stays (YOLO26)."),
            _owned(settled(young.picks, young.keep)),
        ),
        (
            Sentence("Hungarian"),
            Sentence("All objects at once: the largest sum of metrics (DETR's matching)."),
            _picked(hungarian(one.log_metric)),
        ),
    ]
    return [_matching(traced, name, how, *pairs) for name, how, pairs in ways]


def differing(ways: Sequence[Matching]) -> list[int]:
    """Objects that not all ways give the same anchors."""
    objects = sorted({g for way in ways for g in way.objects.tolist()})
    return [g for g in objects if len({way.of(g) for way in ways}) > 1]


def _picked(anchors: Tensor) -> tuple[Tensor, Tensor]:
    objects = (anchors >= 0).nonzero().squeeze(1)
    return objects, anchors[objects]


def _owned(target_gt: Tensor) -> tuple[Tensor, Tensor]:
    anchors = (target_gt >= 0).nonzero().squeeze(1)
    order = target_gt[anchors].argsort(stable=True)
    return target_gt[anchors][order], anchors[order]


def _matching(
    traced: DualTrace, name: Sentence, how: Sentence, objects: Tensor, anchors: Tensor
) -> Matching:
    G, A = traced.prior.shape
    each = torch.bincount(objects, minlength=G)
    claims = torch.bincount(anchors, minlength=A)
    return Matching(
        name=name,
        how=how,
        objects=objects,
        anchors=anchors,
        total=float(traced.one2one.log_metric[objects, anchors].exp().sum()),
        without=tuple((each == 0).nonzero().squeeze(1).tolist()),
        doubled=tuple((each > 1).nonzero().squeeze(1).tolist()),
        shared=int((claims[anchors] > 1).sum()),
    )


def _check(traces: Sequence[DualTrace], setting: Setting) -> None:
    for traced in traces:
        if traced.setting != setting:
            raise ValueError(f"traces must all be of {setting}, got one of {traced.setting}")
