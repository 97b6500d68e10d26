"""Claims about what one picture through both heads leaves behind."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dualviz.assignment import Assignment, assign
from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.trace import Setting, trace, trace_prediction

IMAGE = np.zeros((96, 96, 3), np.uint8)
TRUTH = truth_from_boxes([[10, 10, 60, 60], [40, 30, 90, 80], [1, 1, 3, 3]], [0, 1, 0], ("a", "b"))


def prediction(seed: int = 0) -> DualPrediction:
    """Two heads that lean towards the objects without agreeing."""
    points, level = anchor_grid((96, 96), (8, 16, 32))

    def head(shift: int) -> HeadPrediction:
        rng = torch.Generator().manual_seed(seed + shift)
        nearest = torch.cdist(points, (TRUTH.boxes[:2, :2] + TRUTH.boxes[:2, 2:]) / 2).argmin(-1)
        boxes = TRUTH.boxes[nearest] + torch.randn(len(points), 4, generator=rng) * 4
        return HeadPrediction(boxes, torch.rand(len(points), 2, generator=rng))

    return DualPrediction(head(1), head(2), points, level, (8, 16, 32), (96, 96))


def traced(truth: Truth = TRUTH, **knobs: object):
    return trace_prediction(IMAGE, truth, prediction(), ("a", "b"), Setting(**knobs))


@pytest.mark.parametrize("r", [0.05, 1.0, 10.0])
@pytest.mark.parametrize("mode", ["code", "paper"])
def test_shared_predictions_under_the_lock_agree_for_every_r(r: float, mode: str) -> None:
    """The consistent matching metric: same order, same pick, gap at the floor of the paper's analysis."""
    got = traced(shared=True, r=r, mode=mode)
    assert torch.equal(got.one2many.rank, got.one2one.rank)
    assert got.agreement.spearman[:2].tolist() == pytest.approx([1, 1])
    assert (got.agreement.top_k_alignment[:2] == 1).all()
    assert torch.equal(
        got.one2one.assignment.candidates[:, 0], got.one2many.assignment.candidates[:, 0]
    )
    if mode == "paper":
        torch.testing.assert_close(got.gap[:2].double(), got.gap_bounds[0][:2].double())


def test_the_locked_heads_candidates_say_the_metric_to_the_power_r() -> None:
    """Both in the list of candidates and in the table, and as its own exponents would have it."""
    one = traced(shared=True, r=3.0).one2one
    apart = traced(shared=True, locked=False, alpha_one2one=1.5, beta_one2one=18.0).one2one
    for g in (0, 1):
        pick = one.assignment.candidates[g, 0]
        key = one.assignment.candidate_log_metrics[g, 0]
        assert key == one.log_metric[g, pick] < 0
        torch.testing.assert_close(key, apart.assignment.candidate_log_metrics[g, 0])


def test_the_first_anchor_of_all_can_be_the_pick() -> None:
    """An object in the upper left corner that holds anchor 0 only."""
    got = traced(truth_from_boxes([[1, 1, 7, 7]], [0], ("a", "b")))
    got.one2one.boxes[0] = got.one2many.boxes[0] = TRUTH.boxes.new_tensor([1, 1, 7, 7])
    got = trace_prediction(IMAGE, got.truth, got.prediction, ("a", "b"), Setting())
    assert got.one2one.assignment.candidates.tolist() == [[0]]
    assert got.gap.isfinite().all() and all(bound.isfinite().all() for bound in got.gap_bounds)


def test_the_small_object_rule_counts_network_pixels() -> None:
    """A picture twice as large as the network saw: 16 network pixels are 32 of its own."""
    points, level = anchor_grid((96, 96), (8, 16, 32))
    large = DualPrediction(
        *(HeadPrediction(2 * h.boxes, h.scores) for h in (prediction().one2many,) * 2),
        2 * points,
        level,
        (8, 16, 32),
        (96, 96),
    )
    small = truth_from_boxes([[90, 90, 100, 100]], [0], ("a", "b"))  # about the centre (95, 95)
    got = trace_prediction(IMAGE, small, large, ("a", "b"), Setting(mode="yolo26"))
    inside = large.anchor_points[got.prior[0]]
    assert (inside - 95).abs().max() < 16
    assert len(inside) == ((large.anchor_points - 95).abs().amax(-1) < 16).sum() == 4 + 1 + 1


def test_a_picture_is_traced_through_the_detector_with_the_knobs_it_was_given() -> None:
    asked = []
    detector = SimpleNamespace(
        class_names=("a", "b"), predict=lambda *given: asked.append(given) or prediction()
    )
    plain, turned = trace(IMAGE, TRUTH, detector), trace(IMAGE, TRUTH, detector, Setting(r=2), 64)
    assert plain.setting == Setting() and turned.setting == Setting(r=2)
    assert [size for _, size in asked] == [None, 64] and all(image is IMAGE for image, _ in asked)


def test_r_changes_what_a_metric_is_and_not_where_it_stands() -> None:
    one, ten = traced(shared=True, r=1.0), traced(shared=True, r=10.0)
    torch.testing.assert_close(ten.one2one.log_metric, 10 * one.one2one.log_metric)
    torch.testing.assert_close(ten.gap, one.gap, equal_nan=True)


@pytest.mark.parametrize("knobs", [{}, {"mode": "paper"}, {"locked": False, "beta_one2one": 1.0}])
def test_the_gap_lies_between_its_floor_and_its_ceiling(knobs: dict) -> None:
    got = traced(**knobs)
    floor, ceiling = got.gap_bounds
    assert (floor[:2] <= got.gap[:2] + 1e-6).all() and (got.gap[:2] <= ceiling[:2] + 1e-6).all()


def test_an_object_without_candidate_has_words_and_no_numbers() -> None:
    """The third box holds no anchor point."""
    got = traced()
    assert got.prior[2].sum() == 0
    assert got.one2one.assignment.unmatched.tolist()[2] is True
    assert got.gap[2].isnan() and got.agreement.spearman[2].isnan()
    assert all(bound[2].isnan() and bound[:2].isfinite().all() for bound in got.gap_bounds)
    for head in (got.one2many, got.one2one):
        outside = ~got.prior
        assert (head.p[outside] == 0).all() and (head.overlaps[outside] == 0).all()
        assert (head.log_metric[outside] == -torch.inf).all() and (head.rank[outside] == 0).all()


def test_own_exponents_count_only_when_unlocked() -> None:
    assert Setting(locked=True, beta_one2one=2.0).exponents("one2one") == (0.5, 6.0)
    assert Setting(locked=False, beta_one2one=2.0, r=3.0).exponents("one2one") == (0.5, 2.0)
    assert Setting(r=3.0).exponents("one2many") == (0.5, 6.0)


def test_a_picture_without_objects_is_normal() -> None:
    got = traced(truth_from_boxes([], [], ()))
    assert got.prior.shape[0] == 0 and got.gap.shape == (0,)


def test_labels_are_the_detectors_by_name() -> None:
    turned = truth_from_boxes([[10, 10, 60, 60]], [0], ("b",))
    assert traced(turned).truth.labels.tolist() == [1]
    with pytest.raises(ValueError, match="does not know"):
        traced(truth_from_boxes([[10, 10, 60, 60]], [0], ("zebra",)))


def test_an_anchor_that_says_no_number_is_no_candidate_and_spoils_no_figure() -> None:
    given = prediction()
    first = trace_prediction(IMAGE, TRUTH, given, ("a", "b"), Setting()).one2one
    scored, boxed = first.assignment.candidates[:2, 0].tolist()
    given.one2one.scores[scored], given.one2one.boxes[boxed, 1] = torch.nan, torch.inf
    got = trace_prediction(IMAGE, TRUTH, given, ("a", "b"), Setting())
    for anchor in (scored, boxed):
        assert (got.one2one.rank[:, anchor] == 0).all()
        assert (got.one2one.log_metric[:, anchor] == -torch.inf).all()
    assert got.gap[:2].isfinite().all() and got.agreement.spearman[:2].isfinite().all()
    assert not got.one2one.log_metric.isnan().any()


def test_a_trace_says_what_the_assignment_says() -> None:
    """The trace's tables and `assign` from the predictions alone are one metric and one choice."""
    got = traced(topk=4)
    for head, exponents, topk in ((got.one2many, (0.5, 6.0), 4), (got.one2one, (0.5, 6.0), 1)):
        given = (head.scores, head.boxes, got.anchor_points, TRUTH.boxes, got.truth.labels)
        expected = assign(*given, topk, *exponents, eps=0.0)
        for name in Assignment.__dataclass_fields__:
            assert torch.equal(getattr(head.assignment, name), getattr(expected, name)), name


def test_ranks_and_candidates_tell_the_same_story() -> None:
    got = traced()
    for head in (got.one2many, got.one2one):
        for g in range(2):
            first = head.assignment.candidates[g, 0]
            assert head.rank[g, first] == 1
            assert head.log_metric[g].argmax() == first
            assert head.log_metric[g, first] == head.assignment.candidate_log_metrics[g, 0]
    picked = got.one2many.assignment.candidates[0]
    assert got.one2many.rank[0, picked].tolist() == list(range(1, 11))
    np.testing.assert_allclose(
        got.one2many.p[0, picked], got.one2many.assignment.candidate_scores[0]
    )
    assert (got.one2many.p[0, picked] > 0).all()
