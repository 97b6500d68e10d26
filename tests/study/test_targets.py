"""Claims about what the loss teaches: pushes follow score minus target, parts add up, detached heads pull apart."""

import math
from dataclasses import replace

import pytest
import torch
from made_traces import a_trace, raw_of

from dualviz.loss import GAINS
from dualviz.study.targets import bce_of_scores, head_targets, opposed, push_of_scores, strongest
from dualviz.trace import Setting


def test_a_positive_below_its_target_is_pushed_up_and_background_down() -> None:
    traced = a_trace()
    for name, own in head_targets(traced, raw_of(traced)).items():
        background = ~own.positive
        assert (own.gradient[background] >= 0).all(), name
        up = own.gradient < 0
        assert (own.score < own.target)[up].all() and up.any()


def test_the_push_is_the_gradient_that_autograd_finds() -> None:
    traced = a_trace()
    own = head_targets(traced, raw_of(traced))["one2one"]
    z = traced.one2one.scores.double().logit().requires_grad_()
    t = own.target.double()
    (-t * z.sigmoid().log() - (1 - t) * (1 - z.sigmoid()).log()).sum().backward()
    torch.testing.assert_close(own.gradient.double(), z.grad, atol=1e-6, rtol=1e-5)


def test_a_score_alone_tells_the_same_bce_and_push_as_its_logit() -> None:
    traced = a_trace()
    for own in head_targets(traced, raw_of(traced)).values():
        bce = bce_of_scores(own.score, own.target)
        torch.testing.assert_close(bce.float(), own.bce, atol=1e-6, rtol=1e-3)
        push = push_of_scores(own.score, own.target)
        torch.testing.assert_close(push.float(), own.gradient, atol=1e-7, rtol=1e-6)


def test_a_certain_score_has_a_finite_bce() -> None:
    certain = torch.tensor([0.0, 1.0])
    wrong = bce_of_scores(certain, 1 - certain)
    assert wrong.isfinite().all() and (wrong > 17).all()


def test_the_parts_add_up_to_the_loss_of_training() -> None:
    traced = a_trace()
    for own in head_targets(traced, raw_of(traced)).values():
        assert sum(own.parts.values()) == pytest.approx(float(own.loss.total), rel=1e-5)
        whole = GAINS["cls"] * float(own.bce.sum()) / own.norm
        assert own.on_positives + own.on_background == pytest.approx(whole, rel=1e-5)
        share = float(own.target[own.positive].sum()) / own.norm
        assert float(own.loss.dfl) == pytest.approx(GAINS["dfl"] * math.log(16) * share, rel=1e-4)


def test_a_head_without_bins_is_taught_by_l1_and_its_parts_add_up_as_well() -> None:
    traced = a_trace()
    raw = replace(raw_of(traced, bins=1), input_wh=(96.0, 64.0))
    for targets in head_targets(traced, raw).values():
        assert [*targets.parts][-1] == "L1" and float(targets.loss.dfl) > 0
        assert sum(targets.parts.values()) == pytest.approx(float(targets.loss.total), rel=1e-5)
    wider = head_targets(traced, replace(raw, input_wh=(192.0, 128.0)))
    assert float(wider["one2one"].loss.dfl) == pytest.approx(float(targets.loss.dfl) / 2, rel=1e-5)


def test_heads_pull_apart_only_where_one_to_many_teaches_what_one_to_one_does_not() -> None:
    traced = a_trace()
    targets = head_targets(traced, raw_of(traced))
    against = opposed(targets).any(-1)
    assert against.any()
    assert targets["one2many"].positive[against].all()


def test_shared_predictions_teach_both_heads_the_same_scores() -> None:
    traced = a_trace(Setting(shared=True))
    many, one = head_targets(traced, raw_of(traced)).values()
    assert torch.equal(many.score, one.score)
    assert one.positive.sum() < many.positive.sum()


def test_without_objects_all_is_background() -> None:
    traced = a_trace(boxes=())
    for own in head_targets(traced, raw_of(traced)).values():
        assert own.norm == 1 and own.on_positives == 0
        assert (own.gradient >= 0).all()
        assert float(own.loss.box) == float(own.loss.dfl) == 0


def test_outputs_of_another_size_are_refused_in_a_sentence() -> None:
    traced = a_trace()
    raw = raw_of(traced)
    cut = replace(raw, logits={name: z[:5] for name, z in raw.logits.items()})
    with pytest.raises(ValueError, match="raw outputs must be of the traced picture and size"):
        head_targets(traced, cut)


def test_of_all_classes_the_value_farthest_from_zero_is_shown_and_a_tie_goes_to_the_first() -> None:
    values = torch.tensor([[0.2, -0.5], [0.3, -0.3]])
    assert strongest(values, None).tolist() == pytest.approx([-0.5, 0.3])
    assert strongest(values, 1).tolist() == pytest.approx([-0.5, -0.3])
