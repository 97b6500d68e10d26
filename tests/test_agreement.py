"""The agreement figures, against SciPy, against definitions spelled out in loops, and against laws of the paper."""

from pathlib import Path

import numpy as np
import pytest
import torch
from made_traces import a_trace
from scipy import stats

from dualviz.agreement import (
    candidate_ranks,
    fan,
    gap_bounds,
    paint,
    rank_agreement,
    supervision_gap,
    sweep,
)
from dualviz.assignment import assign
from dualviz.matching import class_scores, log_matching_metric, overlaps, spatial_prior
from dualviz.trace import Setting

INF = float("inf")
NAN = float("nan")


def same(got: torch.Tensor, expected, tolerance: float = 1e-12) -> bool:
    expected = torch.as_tensor(expected, dtype=torch.float64)
    return torch.allclose(got.double(), expected, rtol=0, atol=tolerance, equal_nan=True)


def scipy_correlations(a: torch.Tensor, b: torch.Tensor) -> tuple[float, float]:
    both = ((a > -INF) & (b > -INF)).numpy()
    x, y = a.numpy()[both], b.numpy()[both]
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return NAN, NAN
    return stats.spearmanr(x, y).statistic, stats.kendalltau(x, y).statistic


def random_metrics(objects: int, anchors: int, levels: int | None, share: float, seed: int):
    """Two heads' metrics; few `levels` give many ties; a share of the anchors are candidates, per head."""
    g = torch.Generator().manual_seed(seed)
    both = []
    for _ in range(2):
        key = -torch.rand(objects, anchors, generator=g, dtype=torch.float64)
        if levels:
            key = (key * levels).round()
        both.append(key.masked_fill(torch.rand(objects, anchors, generator=g) >= share, -INF))
    return both


def test_three_swapped_anchors_worked_by_hand():
    # a ranks 1 2 3 4, b ranks 2 1 3 4 with the fifth anchor a candidate of a only
    a = torch.tensor([[4.0, 3.0, 2.0, 1.0, 9.0]])
    b = torch.tensor([[3.0, 4.0, 2.0, 1.0, -INF]])
    got = rank_agreement(a, b, torch.ones(1, 5, dtype=torch.bool))
    assert same(got.spearman, [1 - 6 * 2 / (4 * 15)])  # 1 − 6 Σd² / (n(n² − 1))
    assert same(got.kendall, [(5 - 1) / 6])
    assert got.top_k_alignment.tolist() == [[0, 1, 1]]  # b's first is a's third: 9, 4, then 3


@pytest.mark.parametrize("levels", [None, 40, 3])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.03])
def test_correlations_equal_scipy_with_and_without_ties(levels, share):
    a, b = random_metrics(25, 300, levels, share, seed=levels or 0)
    got = rank_agreement(a, b)
    expected = torch.tensor([scipy_correlations(x, y) for x, y in zip(a, b)], dtype=torch.float64)
    assert same(got.spearman, expected[:, 0])
    assert same(got.kendall, expected[:, 1])


@pytest.mark.parametrize("count", range(12))
def test_correlations_equal_scipy_for_every_small_number_of_candidates(count):
    for seed in range(10):
        a, b = random_metrics(6, count, 3, 0.8, seed)
        got = rank_agreement(a, b)
        expected = [scipy_correlations(x, y) for x, y in zip(a, b)]
        assert same(got.spearman, [e[0] for e in expected])
        assert same(got.kendall, [e[1] for e in expected])


def test_correlations_are_undefined_for_no_one_or_constant_candidates():
    a = torch.tensor([[-INF, -INF, -INF], [1.0, -INF, 2.0], [5.0, 5.0, 5.0], [1.0, 2.0, 3.0]])
    b = torch.tensor([[1.0, 2.0, 3.0], [-INF, 2.0, 3.0], [1.0, 2.0, 3.0], [4.0, 4.0, 4.0]])
    got = rank_agreement(a, b)
    assert got.spearman.isnan().all() and got.kendall.isnan().all()


def test_a_large_object_is_still_exact():
    a, b = random_metrics(1, 8400, None, 1.0, seed=5)
    b = a + 0.3 * b
    spearman, kendall = scipy_correlations(a[0], b[0])
    got = rank_agreement(a, b)
    assert same(got.spearman, [spearman]) and same(got.kendall, [kendall])


def test_prior_removes_anchors_as_minus_infinity_does():
    a, b = random_metrics(8, 50, 6, 1.0, seed=1)
    prior = torch.rand(8, 50) < 0.4
    got = rank_agreement(a, b, prior)
    expected = rank_agreement(a.masked_fill(~prior, -INF), b.masked_fill(~prior, -INF))
    for name in ("spearman", "kendall", "top_k_alignment"):
        assert same(getattr(got, name), getattr(expected, name), 0)
    a, b = torch.tensor([[3.0, 2.0, 1.0]]), torch.tensor([[1.0, 2.0, 3.0]])
    only = torch.tensor([[True, True, False]])  # each head's first choice without it is outside
    assert rank_agreement(a, b, only).top_k_alignment.tolist() == [[0, 1, 1]]
    assert rank_agreement(a, b, ~only).top_k_alignment.tolist() == [[1, 1, 1]]


def test_shared_predictions_agree_perfectly_for_every_r():
    p, u = torch.rand(6, 40, dtype=torch.float64), torch.rand(6, 40, dtype=torch.float64)
    prior = torch.rand(6, 40) < 0.7
    a = log_matching_metric(p, u, prior, 0.5, 6.0)
    for r in (0.01, 0.5, 2.0, 20.0):
        got = rank_agreement(a, log_matching_metric(p, u, prior, 0.5 * r, 6.0 * r), prior)
        assert (got.spearman == 1).all() and (got.kendall == 1).all()
        assert (got.top_k_alignment == 1).all()


def test_correlations_do_not_depend_on_the_order_of_anchors():
    a, b = random_metrics(5, 80, 9, 0.8, seed=3)
    shuffled = torch.randperm(80)
    got, expected = rank_agreement(a[:, shuffled], b[:, shuffled]), rank_agreement(a, b)
    assert same(got.spearman, expected.spearman, 0) and same(got.kendall, expected.kendall, 0)


def test_a_batch_equals_its_parts():
    a, b = random_metrics(12, 60, 8, 0.6, seed=4)
    got = rank_agreement(a.reshape(3, 4, 60), b.reshape(3, 4, 60))
    assert got.spearman.shape == (3, 4) and got.top_k_alignment.shape == (3, 4, 3)
    for g in range(12):
        part = rank_agreement(a[g : g + 1], b[g : g + 1])
        assert same(got.spearman.reshape(12)[g], part.spearman[0], 0)
        assert same(got.kendall.reshape(12)[g], part.kendall[0], 0)


@pytest.mark.parametrize(("place", "expected"), [(1, [1, 1, 1]), (5, [0, 1, 1]), (6, [0, 0, 1])])
def test_alignment_counts_the_place_of_the_first_choice(place, expected):
    a = torch.arange(12, 0, -1, dtype=torch.float64)[None]
    b = torch.full((1, 12), -5.0, dtype=torch.float64)
    b[0, place - 1] = -1.0
    assert rank_agreement(a, b).top_k_alignment.tolist() == [expected]


def test_alignment_settles_ties_by_the_lower_anchor():
    a = torch.tensor([[1.0, 2.0, 2.0], [1.0, 2.0, 2.0]])
    b = torch.tensor([[0.0, 3.0, 3.0], [0.0, -1.0, 3.0]])  # picks anchor 1; picks anchor 2
    assert rank_agreement(a, b).top_k_alignment[:, 0].tolist() == [1, 0]


def test_alignment_without_candidates():
    a = torch.tensor([[1.0, -INF], [-INF, 2.0], [-INF, -INF]])
    b = torch.tensor([[-INF, -INF], [1.0, 0.0], [1.0, 0.0]])
    got = rank_agreement(a, b).top_k_alignment
    assert got[0].isnan().all()  # nothing to place
    assert got[1:].tolist() == [[0, 0, 0], [0, 0, 0]]  # the pick is no candidate of a


def test_no_objects_and_no_anchors_are_normal():
    assert rank_agreement(torch.empty(0, 7), torch.empty(0, 7)).top_k_alignment.shape == (0, 3)
    got = rank_agreement(torch.empty(2, 0), torch.empty(2, 0))
    assert got.spearman.isnan().all() and got.top_k_alignment.shape == (2, 3)
    assert candidate_ranks(torch.empty(2, 0)).shape == (2, 0)


def test_shapes_that_differ_are_refused_in_words():
    with pytest.raises(ValueError, match=r"b must have the shape of a \(2, 3\), got \(2, 4\)"):
        rank_agreement(torch.ones(2, 3), torch.ones(2, 4))
    with pytest.raises(ValueError, match="target_o2o must have the shape of target_o2m"):
        supervision_gap(torch.ones(3), torch.ones(1))
    with pytest.raises(ValueError, match="candidates must have the shape of target_o2m"):
        gap_bounds(torch.ones(3), torch.ones(3), torch.ones(1, dtype=torch.bool))


def test_candidate_ranks_are_ordinal_and_leave_others_at_zero():
    key, _ = random_metrics(7, 90, 5, 0.5, seed=8)
    got = candidate_ranks(key.reshape(7, 1, 90)).reshape(7, 90)
    for ranks, values in zip(got, key):
        inside = (values > -INF).nonzero().squeeze(1).tolist()
        expected = sorted(inside, key=lambda anchor: (-values[anchor].item(), anchor))
        assert [int(ranks[a]) for a in expected] == list(range(1, len(inside) + 1))
        assert int((ranks == 0).sum()) == 90 - len(inside)


# The supervision gap


def paper_targets(metric: torch.Tensor, u: torch.Tensor, k: int) -> tuple[torch.Tensor, list[int]]:
    """The paper's one-to-many targets t = u*·m / m* of one object, and its positives, best first."""
    positives = sorted(range(len(metric)), key=lambda j: (-metric[j].item(), j))[:k]
    positives = [j for j in positives if metric[j] > 0]
    t = torch.zeros_like(metric)
    for j in positives:
        t[j] = u.max() * metric[j] / metric.max()
    return t, positives


def test_gap_and_its_bounds_worked_by_hand():
    t = torch.tensor([0.8, 0.6, 0.2, 0.0])
    u = torch.tensor([0.8, 0.7, 0.5, 0.3])
    pick = torch.zeros(4)
    pick[1] = 0.8  # i = second best: 0.8 + |0.6 − 0.8| + 0.2
    assert supervision_gap(t, pick).item() == pytest.approx(1.2)
    floor, ceiling = gap_bounds(t, u)
    assert floor.item() == pytest.approx(0.6 + 0.2)  # the OTHER targets
    assert ceiling.item() == pytest.approx(0.8 + 1.6)  # u* + Σ t: anchor 3 is no positive
    floor, ceiling = gap_bounds(t[:3], u[:3])
    assert ceiling.item() == pytest.approx(0.8 + 1.6 - 2 * 0.2)  # every candidate is a positive


@pytest.mark.parametrize("mode", ["paper", "code"])
def test_only_candidates_can_be_picked_and_give_the_largest_overlap(mode):
    """The first two overlap most but score nothing: u* is 0.5, and the pick is the third or the fourth."""
    t, u = torch.tensor([0.8, 0.6, 0.2, 0.0]), torch.tensor([0.8, 0.7, 0.5, 0.3])
    floor, ceiling = gap_bounds(t, u, torch.tensor([False, False, True, True]), mode)
    assert floor.item() == pytest.approx(1.4 + 0.3)  # the third: 0.8 + 0.6 + |0.2 − 0.5|
    assert ceiling.item() == pytest.approx(1.6 + (0.5 if mode == "paper" else 0.3))


def test_in_code_mode_the_least_gap_need_not_be_at_rank_one():
    # by hand: i=0 → 0.7+|0.8−0.3| = 1.2, i=1 → 0.8+|0.7−0.8| = 0.9
    floor, ceiling = gap_bounds(torch.tensor([0.8, 0.7]), torch.tensor([0.3, 0.8]), mode="code")
    assert (floor.item(), ceiling.item()) == pytest.approx((0.9, 1.2))


def test_bounds_follow_the_papers_closed_forms_on_random_objects():
    for seed in range(60):
        g = torch.Generator().manual_seed(seed)
        n, k = int(torch.randint(1, 20, (), generator=g)), 10
        u = torch.rand(n, generator=g, dtype=torch.float64)
        metric = torch.rand(n, generator=g, dtype=torch.float64).sqrt() * u**6
        t, positives = paper_targets(metric, u, k)
        floor, ceiling = gap_bounds(t, u)
        assert floor.item() == pytest.approx((t.sum() - t.max()).item())
        least = 0 if n > k else min(t[j].item() for j in positives)
        assert ceiling.item() == pytest.approx((u.max() + t.sum()).item() - 2 * least)


@pytest.mark.parametrize("mode", ["paper", "code"])
def test_every_admissible_pick_lies_between_floor_and_ceiling_and_both_are_reached(mode):
    for seed in range(40):
        g = torch.Generator().manual_seed(seed)
        n = int(torch.randint(1, 25, (), generator=g))
        u = torch.rand(n, generator=g, dtype=torch.float64) * (torch.rand(n, generator=g) < 0.8)
        t, _ = paper_targets(torch.rand(n, generator=g, dtype=torch.float64) * u, u, 10)
        gaps = []
        for i in u.nonzero().squeeze(1):
            pupil = torch.zeros_like(t)
            pupil[i] = u.max() if mode == "paper" else u[i]
            gaps.append(supervision_gap(t, pupil).item())
        floor, ceiling = gap_bounds(t, u, mode=mode)
        if gaps:
            assert (floor.item(), ceiling.item()) == pytest.approx((min(gaps), max(gaps)))


def test_bounds_without_pick_are_the_gap_to_an_empty_target():
    t = torch.tensor([[0.0, 0.0], [0.5, 0.25]])
    floor, ceiling = gap_bounds(t, torch.zeros(2, 2))
    assert floor.tolist() == ceiling.tolist() == [0.0, 0.75]
    assert gap_bounds(torch.zeros(3, 0), torch.zeros(3, 0))[0].tolist() == [0, 0, 0]


def test_bounds_without_positives_are_the_picks_own_target():
    floor, ceiling = gap_bounds(torch.zeros(3), torch.tensor([0.25, 0.5, 0.0]), mode="code")
    assert (floor.item(), ceiling.item()) == (0.25, 0.5)
    floor, ceiling = gap_bounds(torch.zeros(3), torch.tensor([0.25, 0.5, 0.0]))
    assert (floor.item(), ceiling.item()) == (0.5, 0.5)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match=r"mode must be one of .*, got 'both'"):
        gap_bounds(torch.ones(2), torch.ones(2), mode="both")


# Sweeping the one-to-one head's direction


def picture(seed: int = 0, anchors: int = 120, objects: int = 5):
    """Two heads' boxes and scores on a small picture, with true boxes: one of them tiny, one elsewhere."""
    g = torch.Generator().manual_seed(seed)
    points = torch.rand(anchors, 2, generator=g) * 64
    corner = torch.rand(objects, 2, generator=g) * 32
    truth = torch.cat((corner, corner + 8 + 24 * torch.rand(objects, 2, generator=g)), -1)
    truth[-1] = torch.tensor([200.0, 200.0, 210.0, 210.0])  # no anchor inside
    heads = []
    for _ in range(2):
        wh = 6 + 20 * torch.rand(anchors, 2, generator=g)
        boxes = torch.cat((points - wh / 2, points + wh / 2), -1)
        heads.append((torch.rand(anchors, 3, generator=g), boxes))
    return points, truth, torch.randint(0, 3, (objects,), generator=g), heads


def tables(points, truth, labels, heads):
    prior = spatial_prior(points, truth)
    flat = []
    for scores, boxes in heads:
        flat += [class_scores(scores, labels), overlaps(truth, boxes, prior)]
    return *flat, prior


@pytest.mark.parametrize("mode", ["paper", "code"])
@pytest.mark.parametrize("teaching", [(0.5, 6.0, 10), (3.0, 0.25, 2)])  # by overlap; by score
def test_each_swept_direction_equals_the_assignment_at_that_setting(mode, teaching):
    alpha_o2m, beta_o2m, topk = teaching
    points, truth, labels, heads = picture()
    p, u, q, v, prior = tables(points, truth, labels, heads)
    directions = torch.tensor([[0.5, 6.0], [0.5, 2.0], [1.0, 6.0], [2.0, 0.5]])
    got = sweep(p, u, q, v, prior, directions, alpha_o2m, beta_o2m, topk, mode)
    options = {
        "eps": 0,
        "conflicts": False,
        "best_overlap": "candidates" if mode == "paper" else "positives",
    }
    teacher = assign(*heads[0], points, truth, labels, topk, alpha_o2m, beta_o2m, **options)
    for d, (alpha, beta) in enumerate(directions.tolist()):
        pupil = assign(*heads[1], points, truth, labels, 1, alpha, beta, **options)
        expected = rank_agreement(
            log_matching_metric(p, u, prior, alpha_o2m, beta_o2m),
            log_matching_metric(q, v, prior, alpha, beta),
        )
        assert got.top1[d].tolist() == pupil.candidates[:, 0].tolist()
        assert same(got.spearman[d], expected.spearman)
        assert same(got.top_k_alignment[d], expected.top_k_alignment)
        gap = supervision_gap(teacher.object_targets, pupil.object_targets)
        assert same(got.gap[d], gap.double(), 1e-5)  # the assignment's targets are float32
    assert got.top1[:, -1].tolist() == [-1] * 4 and got.gap[:, -1].tolist() == [0.0] * 4


def test_on_the_consistent_ray_shared_predictions_agree_and_the_gap_is_at_its_floor():
    p, u, *_, prior = tables(*picture(1))
    rays = torch.tensor([[0.5, 6.0], [0.25, 3.0], [1.0, 12.0]])
    got = sweep(p, u, p, u, prior, rays)
    target = assign(
        *picture(1)[3][0], *picture(1)[:3], 10, eps=0, conflicts=False, best_overlap="candidates"
    ).object_targets
    floor, _ = gap_bounds(target, u)
    assert (got.spearman[:, :-1] == 1).all() and (got.top_k_alignment[:, :-1] == 1).all()
    assert same(got.gap, floor.double().expand(3, -1), 1e-5)


@pytest.mark.parametrize("mode", ["paper", "code"])
def test_a_pick_that_is_no_one_to_many_candidate_is_aligned_for_no_k(mode):
    p, q = torch.tensor([[0.0, 0.5, 0.25]]), torch.tensor([[0.9, 0.5, 0.25]])
    everywhere = torch.ones(1, 3, dtype=torch.bool)
    got = sweep(p, p.sign(), q, q.sign(), everywhere, torch.tensor([[1.0, 1.0]]), mode=mode)
    assert got.top1.tolist() == [[0]]
    assert got.top_k_alignment.tolist() == [[[0, 0, 0]]]
    assert same(got.spearman, [[1]])  # over the two that both heads rank
    assert same(got.gap, [[1 + 1 + 0.5**0.5]])  # taught 1 there, missing 1 and √(1/2)


def test_a_swept_pick_settles_ties_by_the_lower_anchor():
    same_everywhere = torch.full((1, 4), 0.5)
    prior = torch.tensor([[False, True, True, True]])
    got = sweep(*(same_everywhere,) * 4, prior, torch.tensor([[0.5, 6.0], [2.0, 1.0]]))
    assert got.top1.tolist() == [[1], [1]]
    assert got.top_k_alignment.tolist() == [[[1, 1, 1]]] * 2
    assert got.spearman.isnan().all()  # constant


@pytest.mark.parametrize("wrong", [NAN, INF, -INF])
def test_a_score_that_is_no_number_is_no_candidate_of_a_sweep(wrong):
    p, u, q, v, prior = tables(*picture(5))
    directions = torch.tensor([[0.5, 6.0], [2.0, 0.5]])
    best = sweep(p, u, q, v, prior, directions).top1[:, 0]
    silent, broken = (t.clone() for t in (p, p))
    silent[0, best], broken[0, best] = 0, wrong
    expected = sweep(silent, u, silent, u, prior, directions)
    got = sweep(broken, u, broken, u, prior, directions)
    for name in ("top1", "spearman", "top_k_alignment", "gap"):
        assert same(getattr(got, name), getattr(expected, name), 0), name


def test_an_unknown_mode_of_a_sweep_is_refused():
    flat = tables(*picture(3))
    with pytest.raises(ValueError, match=r"mode must be one of .*, got 'both'"):
        sweep(*(t[:0] for t in flat), torch.tensor([[0.5, 6.0]]), mode="both")


def test_a_sweep_refuses_tables_and_directions_of_other_shapes():
    p, u, q, v, prior = tables(*picture(3))
    for wrong in (torch.ones(2), torch.ones(2, 3)):
        with pytest.raises(ValueError, match=r"directions must be \(D, 2\)"):
            sweep(p, u, q, v, prior, wrong)
    with pytest.raises(ValueError, match=r"scores_o2o must have the shape of scores_o2m"):
        sweep(p, u, q.T, v.T, prior, torch.ones(1, 2))


def test_swept_correlations_average_tied_ranks():
    p, u, q, v, prior = tables(*picture(2))
    p, u, q, v = ((t * 3).ceil() / 3 for t in (p, u, q, v))
    directions = torch.tensor([[1.0, 1.0], [1.0, 2.0]])
    got = sweep(p, u, q, v, prior, directions)
    for d, (alpha, beta) in enumerate(directions.tolist()):
        a, b = log_matching_metric(p, u, prior), log_matching_metric(q, v, prior, alpha, beta)
        assert same(got.spearman[d], [scipy_correlations(x, y)[0] for x, y in zip(a, b)])


def test_a_sweep_keeps_leading_axes_and_takes_no_objects():
    flat = tables(*picture(3, objects=6))
    directions = torch.tensor([[0.5, 6.0], [1.0, 1.0]])
    got = sweep(*(t.reshape(2, 3, 120) for t in flat), directions)
    assert same(got.gap.reshape(2, 6), sweep(*flat, directions).gap, 0)
    assert got.top_k_alignment.shape == (2, 2, 3, 3)
    empty = sweep(*(t[:0] for t in flat), directions)
    assert empty.spearman.shape == (2, 0) and empty.top_k_alignment.shape == (2, 0, 3)


def test_a_painted_plane_is_constant_along_rays_and_equals_the_metric_at_its_points():
    alphas, betas = torch.linspace(0.1, 2, 15), torch.linspace(0.5, 12, 12)
    points = torch.cartesian_prod(betas, alphas).flip(-1)  # every point as its own direction
    flat = tables(*picture(4))
    exact = sweep(*flat, points).top1.reshape(12, 15, 5)
    painted = paint(sweep(*flat, points).top1, points, alphas, betas)
    assert painted.shape == (12, 15, 5) and torch.equal(painted, exact)
    coarse = paint(
        torch.arange(3), torch.tensor([[1.0, 12.0], [2.0, 0.5], [1.0, 6.0]]), alphas, betas
    )
    assert coarse[0, -1] == 1 and coarse[-1, 0] == 0 and coarse[-1, -1] == 2


def test_a_fan_covers_the_plane_and_holds_the_ray_it_was_asked_for():
    alphas, betas = torch.linspace(0.1, 2, 20), torch.linspace(0.5, 12, 20)
    directions = fan(alphas, betas, 50, through=(0.5, 6.0))
    assert directions.shape == (51, 2) and directions[-1].tolist() == [0.5, 6.0]
    slopes = directions[:50, 1] / directions[:50, 0]
    assert (slopes.diff() > 0).all()
    assert same(slopes[[0, -1]], [0.5 / 2, 12 / 0.1], 1e-5)
    painted = paint(
        torch.arange(51), directions, torch.tensor([0.25, 0.5, 1.0]), torch.tensor([12.0])
    )
    assert painted[0, -1] == 50


def test_the_readme_says_on_what_condition_the_gap_is_above_zero_and_the_pick_is_the_best() -> None:
    """One candidate only: a gap of 0. Several: never 0. Own predictions: the pick need not be the best one."""
    readme = " ".join((Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8").split())
    assert "never 0 while several positives have a target" in readme
    assert "From the same predictions m′ = m^r" in readme
    assert "with the paper's targets that makes the gap" in readme
    assert "Trained heads predict apart, so their picks may differ" in readme
    alone = a_trace(Setting(shared=True), boxes=((8, 8, 16, 16),))
    assert int((alone.one2many.rank[0] > 0).sum()) == 1 and float(alone.gap[0]) == 0
    for seed_boxes in (((20, 16, 76, 64),), ((60, 30, 120, 90),)):
        several = a_trace(Setting(shared=True, mode="paper"), boxes=seed_boxes)
        assert float(several.gap[0]) > 0 and int(several.one2many.rank[0].max()) > 1
        pick = int(several.one2one.assignment.candidates[0, 0])
        assert int(several.one2many.rank[0, pick]) == 1
        assert float(several.gap[0]) == pytest.approx(float(several.gap_bounds[0][0]))
    own = a_trace(Setting(shared=False))
    pick = int(own.one2one.assignment.candidates[0, 0])
    assert int(own.one2many.rank[0, pick]) != 1
