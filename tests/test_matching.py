"""Claims about the matching metric m = s · p^α · u^β."""

import math

import pytest
import torch
from torch import tensor

from dualviz.boxes import box_iou, complete_box_iou
from dualviz.matching import (
    class_scores,
    key_dtype,
    log_matching_metric,
    log_metric,
    matching_metric,
    overlaps,
    spatial_prior,
)

ALL = torch.ones(1, 3, dtype=torch.bool)


def test_metric_by_hand() -> None:
    p, u = tensor([[0.25, 0.25, 1.0]]), tensor([[0.5, 1.0, 0.5]])
    prior = tensor([[True, True, False]])
    torch.testing.assert_close(matching_metric(p, u, prior, 0.5, 2.0), tensor([[0.125, 0.5, 0.0]]))


def test_a_factor_of_zero_or_no_prior_is_minus_infinity() -> None:
    key = log_matching_metric(tensor([[0.0, 0.5, 0.0]]), tensor([[0.5, 0.0, 0.0]]), ALL)
    assert (key == -math.inf).all()
    assert log_matching_metric(torch.ones(1, 3), torch.ones(1, 3), ~ALL).max() == -math.inf


@pytest.mark.parametrize("alpha", [0.01, 0.5, 20.0])
@pytest.mark.parametrize("r", [0.01, 3.0, 20.0])
def test_m_to_the_r_is_the_metric_of_the_multiplied_exponents(alpha: float, r: float) -> None:
    """The consistent matching metric (eq. 8), in logs, where no value is too small to say."""
    p, u = torch.rand(4, 9).double() * 1e-20, torch.rand(4, 9).double() * 1e-9
    everywhere = torch.ones(4, 9, dtype=torch.bool)
    torch.testing.assert_close(
        log_matching_metric(p, u, everywhere, r * alpha, r * 6.0),
        r * log_matching_metric(p, u, everywhere, alpha, 6.0),
    )
    assert log_matching_metric(p, u, everywhere, 20.0, 20.0).isfinite().all()


def test_exponents_must_be_positive_and_finite() -> None:
    for wrong in (0.0, -1.0, math.nan, math.inf):
        for exponent in ("alpha", "beta"):
            with pytest.raises(ValueError, match="alpha and beta must be positive and finite"):
                log_matching_metric(torch.ones(1, 3), torch.ones(1, 3), ALL, **{exponent: wrong})


def test_exponents_may_be_tensors_and_nothing_that_is_no_number_ranks() -> None:
    """One direction a row; exponents of 0 do not make a candidate of a factor of 0."""
    p = tensor([0.25, 0.0, math.nan, math.inf, -1.0, 1.0])
    u = tensor([0.5, 1.0, 1.0, 1.0, 1.0, 0.0])
    key = log_metric(p, u, tensor([[1.0], [0.0]]).double(), tensor([[1.0], [2.0]]).double())
    torch.testing.assert_close(key[:, 0].exp(), tensor([0.125, 0.25]).double())
    assert (key[:, 1:] == -math.inf).all()


@pytest.mark.parametrize(
    "point",
    [(0.0, 4.0), (8.0, 4.0), (4.0, 0.0), (4.0, 8.0)],
    ids=["left", "right", "upper", "lower"],
)
def test_a_point_on_one_border_is_outside(point: tuple[float, float]) -> None:
    inwards = tuple(4 + 0.999 * (value - 4) for value in point)
    prior = spatial_prior(tensor([point, inwards]), tensor([[0.0, 0.0, 8.0, 8.0]]))
    assert prior.tolist() == [[False, True]]


def test_no_object_has_no_points_inside() -> None:
    assert spatial_prior(torch.rand(3, 2), torch.zeros(0, 4)).shape == (0, 3)


def test_scores_are_of_each_objects_own_class() -> None:
    scores = tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    torch.testing.assert_close(
        class_scores(scores, tensor([2, 0, -1])), tensor([[0.3, 0.6], [0.1, 0.4], [0.1, 0.4]])
    )


def test_a_label_must_be_below_the_number_of_classes() -> None:
    with pytest.raises(ValueError, match=r"gt_labels must be below the 3 classes .*, got 3"):
        class_scores(torch.rand(2, 3), tensor([0, 3]))
    assert class_scores(torch.rand(2, 3), tensor([], dtype=torch.int64)).shape == (0, 2)


@pytest.mark.parametrize("kind", ["iou", "ciou"])
@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("side", range(4))
def test_a_box_that_is_no_box_overlaps_nothing(kind: str, wrong: float, side: int) -> None:
    truth, boxes = tensor([[0.0, 0, 8, 8]]), tensor([[0.0, 0, 8, 8], [0, 0, 8, 8]])
    boxes[0, side] = wrong
    u = overlaps(truth, boxes, torch.ones(1, 2, dtype=torch.bool), kind)
    torch.testing.assert_close(u, tensor([[0.0, 1.0]]))


@pytest.mark.parametrize("kind", ["iou", "ciou"])
def test_overlaps_are_the_dense_ones_clamped_and_only_where_asked(kind: str) -> None:
    truth = torch.rand(2, 3, 4).cumsum(-1)
    boxes = torch.rand(2, 5, 4).cumsum(-1)
    prior = torch.rand(2, 3, 5) > 0.5
    dense = {"iou": box_iou, "ciou": complete_box_iou}[kind](truth, boxes).clamp(min=0)
    torch.testing.assert_close(overlaps(truth, boxes, prior, kind), dense * prior)
    assert overlaps(truth, boxes, prior & False, kind).sum() == 0
    same = torch.equal(overlaps(truth, boxes, prior), overlaps(truth, boxes, prior, kind))
    assert same == (kind == "ciou"), "the code's overlap is the default"
    with pytest.raises(ValueError, match='"ciou" or "iou"'):
        overlaps(truth, boxes, prior, "giou")


def test_scores_of_a_batch_are_those_of_its_parts_and_check_the_classes_there_too() -> None:
    scores, labels = torch.rand(2, 5, 3), tensor([[2, 0, 1], [1, -1, 0]])
    together = class_scores(scores, labels)
    assert together.shape == (2, 3, 5)
    for part, own, named in zip(together, scores, labels):
        assert torch.equal(part, class_scores(own, named))
    with pytest.raises(ValueError, match="label"):
        class_scores(scores, tensor([[3], [0]]))


def test_only_the_short_side_of_a_small_object_is_enlarged() -> None:
    # in the slit, within 8 px of its middle, on that border, beyond it, below the slit
    points = tensor([[10.0, 20.0], [2.5, 30.0], [2.0, 30.0], [1.5, 30.0], [10.0, 47.0]])
    slit = tensor([[9.0, 5.0, 11.0, 45.0]])
    inside = [spatial_prior(points, slit, side)[0].tolist() for side in (0.0, 16.0)]
    assert inside == [[True, False, False, False, False], [True, True, False, False, False]]
    hair = tensor([[9.9, 5.0, 10.1, 45.0]])  # unless asked, no box is larger than it is
    beside = tensor([[10.0, 20.0], [10.2, 20.0]])
    assert spatial_prior(beside, hair).tolist() == [[True, False]]


def test_each_side_is_enlarged_for_itself_wherever_the_object_stands() -> None:
    """High and far to the left, flat and far above: x and y must not be taken for each other, nor in a batch."""
    tall, flat = tensor([[2.0, 50.0, 6.0, 90.0]]), tensor([[50.0, 2.0, 90.0, 6.0]])
    points = tensor([[11.0, 88.0], [4.0, 45.0], [88.0, 11.0], [45.0, 4.0]])
    inside = spatial_prior(points, torch.stack((tall, flat)), 16)
    assert inside.tolist() == [[[True, False, False, False]], [[False, False, True, False]]]
    several = torch.stack((tall, flat)).expand(2, 3, 4)
    assert torch.equal(spatial_prior(points, several, 16), inside.expand(2, 3, 4))


def test_keys_are_as_precise_as_the_device_can() -> None:
    assert key_dtype(torch.device("cpu")) == key_dtype(torch.device("cuda")) == torch.float64
    assert key_dtype(torch.device("mps")) == torch.float32
