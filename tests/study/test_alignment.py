"""Claims about agreement over pictures and sets: the map, the sweep of r, and four ways of matching compared."""

from dataclasses import replace
from itertools import permutations

import pytest
import torch
from made_traces import a_trace

from dualviz.study.alignment import (
    MEASURES,
    agreement_map,
    differing,
    factor_sweep,
    matchings,
    measured,
    survey,
    top_k_shares,
)
from dualviz.trace import Setting

SHARED = Setting(shared=True)
TWINS = ((20, 16, 76, 64), (22, 17, 78, 65), (60, 30, 120, 90))


@pytest.mark.parametrize("mode", ["code", "paper"])
def test_with_shared_predictions_agreement_is_perfect_all_along_the_ray(mode: str) -> None:
    setting = replace(SHARED, mode=mode)
    made = agreement_map([a_trace(setting)], setting)
    assert made.on_ray["top1"] == made.on_ray["top5"] == 1
    assert made.on_ray["spearman"] == pytest.approx(1, abs=1e-12)
    beta = (12 * made.alphas[:, None] - made.betas).abs().argmin(1)
    on_ray = [(y, x) for x, y in enumerate(beta.tolist()) if x < 50]
    assert all(made.values["top1"][y, x] == 1 for y, x in on_ray)
    assert made.values["top1"].min() < 1  # and not everywhere


def test_in_the_papers_mode_the_gap_is_least_on_the_ray() -> None:
    setting = replace(SHARED, mode="paper")
    traced = a_trace(setting)
    made = agreement_map([traced], setting)
    assert made.on_ray["gap"] == pytest.approx(float(made.values["gap"].min()))
    assert made.on_ray["gap"] == pytest.approx(float(traced.gap_bounds[0].mean()), rel=1e-5)


@pytest.mark.parametrize("shared", [True, False])
def test_a_point_of_the_map_is_what_a_trace_at_that_setting_says(shared: bool) -> None:
    setting = Setting(shared=shared)
    point = replace(setting, locked=False, alpha_one2one=0.7, beta_one2one=2.0)
    traced = a_trace(point)
    values, objects = measured([a_trace(setting)], setting, torch.tensor([[0.7, 2.0]]))
    told = dict(zip(MEASURES, values[0].tolist()))
    assert objects == 2
    assert told["spearman"] == pytest.approx(float(traced.agreement.spearman.mean()), abs=1e-9)
    assert told["top1"] == pytest.approx(float(traced.agreement.top_k_alignment[:, 0].mean()))
    assert told["gap"] == pytest.approx(float(traced.gap.mean()), abs=1e-5)


def test_a_set_counts_every_object_once() -> None:
    one, two = a_trace(boxes=TWINS), a_trace()
    both, objects = measured([one, two], Setting(), torch.tensor([[0.5, 6.0]]))
    (first, n), (second, m) = (
        measured([t], Setting(), torch.tensor([[0.5, 6.0]])) for t in (one, two)
    )
    assert objects == n + m == 5
    torch.testing.assert_close(both, (n * first + m * second) / (n + m))


def test_r_changes_no_figure_of_top_1_but_may_change_hungarian_matching() -> None:
    traced = a_trace(boxes=TWINS)
    swept = factor_sweep([traced], traced.setting)
    for values in swept.values.values():
        assert (values - values[0]).abs().max() < 1e-12
    assert swept.hungarian[len(swept.factors) // 2] == 1  # r = 1


def test_without_objects_everything_is_undefined_and_nothing_fails() -> None:
    for traces in ([], [a_trace(boxes=())]):
        found = survey(traces, Setting())
        assert found.objects == found.map.objects == 0
        assert all(values.isnan().all() for values in found.map.values.values())
        assert found.factors.hungarian.isnan().all()
        assert top_k_shares(traces)[0] == pytest.approx([float("nan")] * 3, nan_ok=True)
    assert all(way.total == 0 for way in matchings(a_trace(boxes=())))


def test_traces_of_another_setting_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="traces must all be of"):
        survey([a_trace()], SHARED)


def test_two_objects_that_want_one_anchor_are_told_apart_by_each_way() -> None:
    traced = a_trace(boxes=((20, 16, 76, 64), (20, 16, 76, 64)))  # a tie in everything
    top, code, late, best = matchings(traced)
    assert top.shared == 2 and top.of(0) == top.of(1)
    assert code.without == (1,)  # the first object keeps the anchor
    assert late.without == (1,)  # all seven are the same, and all go to the first
    assert not best.without and best.of(0) != best.of(1)
    assert set(differing([top, code, late, best])) == {0, 1} or differing([top, best])


def test_only_settling_conflicts_last_can_leave_an_object_with_two_anchors() -> None:
    for boxes in (TWINS, ((20, 16, 76, 64), (60, 30, 120, 90))):
        top, _, late, best = matchings(a_trace(boxes=boxes))
        assert top.doubled == late.doubled == best.doubled == ()


def test_hungarian_collects_the_most_that_one_anchor_each_can() -> None:
    traced = a_trace(boxes=TWINS)
    best, metric = matchings(traced)[3], traced.one2one.log_metric.exp()
    likely = metric.sum(0).topk(8).indices.tolist()
    most = max(sum(float(metric[g, a]) for g, a in enumerate(p)) for p in permutations(likely, 3))
    assert best.total >= most - 1e-12
    assert len(set(best.anchors.tolist())) == len(best.anchors)
