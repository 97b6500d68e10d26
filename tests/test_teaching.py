"""Claims about what the loss teaches: pushes follow score minus target, parts add up, detached heads pull apart."""

import math
from dataclasses import replace

import pytest
import torch
from made_traces import a_trace

from dualviz.detector.network import HEADS
from dualviz.loss import GAINS
from dualviz.teaching import RawOutputs, lessons, opposed, strongest
from dualviz.trace import Setting


def raw_of(traced, bins: int = 16) -> RawOutputs:
    """Outputs that decode to the trace's scores; edges know nothing."""
    heads = {name: getattr(traced.prediction, name) for name in HEADS}
    logits = {name: head.scores.logit() for name, head in heads.items()}
    flat = {name: torch.zeros(len(head.boxes), 4 * bins) for name, head in heads.items()}
    strides = torch.tensor([8.0, 16.0, 32.0])[traced.level]
    return RawOutputs(logits, flat, strides)


def test_a_positive_below_its_target_is_pushed_up_and_background_down() -> None:
    traced = a_trace()
    for name, lesson in lessons(traced, raw_of(traced)).items():
        background = ~lesson.positive
        assert (lesson.gradient[background] >= 0).all(), name
        up = lesson.gradient < 0
        assert (lesson.score < lesson.target)[up].all() and up.any()


def test_the_push_is_the_gradient_that_autograd_finds() -> None:
    traced = a_trace()
    lesson = lessons(traced, raw_of(traced))["one2one"]
    z = traced.one2one.scores.double().logit().requires_grad_()
    t = lesson.target.double()
    (-t * z.sigmoid().log() - (1 - t) * (1 - z.sigmoid()).log()).sum().backward()
    torch.testing.assert_close(lesson.gradient.double(), z.grad, atol=1e-6, rtol=1e-5)


def test_the_parts_add_up_to_the_loss_of_training() -> None:
    traced = a_trace()
    for lesson in lessons(traced, raw_of(traced)).values():
        assert sum(lesson.parts.values()) == pytest.approx(float(lesson.loss.total), rel=1e-5)
        whole = GAINS["cls"] * float(lesson.bce.sum()) / lesson.norm
        assert lesson.on_positives + lesson.on_background == pytest.approx(whole, rel=1e-5)
        share = float(lesson.target[lesson.positive].sum()) / lesson.norm
        assert float(lesson.loss.dfl) == pytest.approx(
            GAINS["dfl"] * math.log(16) * share, rel=1e-4
        )


def test_a_head_without_bins_is_taught_by_l1_and_its_parts_add_up_as_well() -> None:
    traced = a_trace()
    raw = replace(raw_of(traced, bins=1), input_wh=(96.0, 64.0))
    for lesson in lessons(traced, raw).values():
        assert [*lesson.parts][-1] == "box edges (L1)" and float(lesson.loss.dfl) > 0
        assert sum(lesson.parts.values()) == pytest.approx(float(lesson.loss.total), rel=1e-5)
    wider = lessons(traced, replace(raw, input_wh=(192.0, 128.0)))
    assert float(wider["one2one"].loss.dfl) == pytest.approx(float(lesson.loss.dfl) / 2, rel=1e-5)


def test_heads_pull_apart_only_where_one_to_many_teaches_what_one_to_one_does_not() -> None:
    traced = a_trace()
    taught = lessons(traced, raw_of(traced))
    against = opposed(taught).any(-1)
    assert against.any()
    assert taught["one2many"].positive[against].all()


def test_shared_predictions_teach_both_heads_the_same_scores() -> None:
    traced = a_trace(Setting(shared=True))
    many, one = lessons(traced, raw_of(traced)).values()
    assert torch.equal(many.score, one.score)
    assert one.positive.sum() < many.positive.sum()


def test_without_objects_all_is_background() -> None:
    traced = a_trace(boxes=())
    for lesson in lessons(traced, raw_of(traced)).values():
        assert lesson.norm == 1 and lesson.on_positives == 0
        assert (lesson.gradient >= 0).all()
        assert float(lesson.loss.box) == float(lesson.loss.dfl) == 0


def test_outputs_of_another_size_are_refused_in_a_sentence() -> None:
    traced = a_trace()
    raw = raw_of(traced)
    cut = replace(raw, logits={name: z[:5] for name, z in raw.logits.items()})
    with pytest.raises(ValueError, match="raw outputs must be of the traced picture and size"):
        lessons(traced, cut)


def test_of_all_classes_the_value_farthest_from_zero_is_shown_and_a_tie_goes_to_the_first() -> None:
    values = torch.tensor([[0.2, -0.5], [0.3, -0.3]])
    assert strongest(values, None).tolist() == pytest.approx([-0.5, 0.3])
    assert strongest(values, 1).tolist() == pytest.approx([-0.5, -0.3])
