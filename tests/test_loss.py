"""Claims about the loss an assignment teaches; the figures of THU-MIG's 2024 code are compared in test_assignment."""

import math
from dataclasses import replace

import pytest
import torch
from torch import tensor

from dualviz.assignment import assign
from dualviz.boxes import anchor_grid
from dualviz.detector.network import DualDetector
from dualviz.loss import (
    GAINS,
    box_distances,
    classification_loss,
    detection_loss,
    distribution_focal_loss,
)
from dualviz.training import train as room
from dualviz.training.run import Run, Teacher


def test_dfl_is_zero_only_for_the_right_share_of_two_bins() -> None:
    distances = torch.full((4, 16), -50.0)
    distances[:, 2], distances[:, 3] = math.log(0.75), math.log(0.25)
    at = torch.full((4,), 2.25)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert distribution_focal_loss(distances, at).item() == pytest.approx(entropy, abs=1e-5)
    assert distribution_focal_loss(distances, at + 0.5) > entropy


def test_distances_are_clamped_to_the_last_bin_but_one() -> None:
    got = box_distances(torch.zeros(2), tensor([5.0, -400, 400, 8]), torch.full((1,), 4.0), 16)
    torch.testing.assert_close(got, tensor([0.0, 14.99, 14.99, 2.0]))


def test_the_sign_of_the_gradient_says_who_is_pushed_up() -> None:
    logits = torch.zeros(2, 1, requires_grad=True)
    classification_loss(logits, tensor([[0.9], [0.0]])).sum().backward()
    torch.testing.assert_close(logits.grad, tensor([[-0.4], [0.5]]))


def prediction(objects: int) -> dict:
    points, level = anchor_grid((64, 64), (8, 16, 32))
    strides = tensor([8.0, 16.0, 32.0])[level]
    distances = torch.randn(1, len(points), 64, requires_grad=True)
    logits = torch.randn(1, len(points), 3, requires_grad=True)
    sides = (distances.unflatten(-1, (4, 16)).softmax(-1) @ torch.arange(16.0)) * strides[:, None]
    boxes = torch.cat((points - sides[..., :2], points + sides[..., 2:]), -1)
    truth = tensor([[[8.0, 8, 40, 40], [30, 20, 60, 60]]])[:, :objects]
    labels = tensor([[0, 2]])[:, :objects]
    assignment = assign(logits.sigmoid().detach(), boxes.detach(), points, truth, labels, 10)
    return {
        "logits": logits,
        "distances": distances,
        "boxes": boxes,
        "anchor_points": points,
        "anchor_strides": strides,
        "assignment": assignment,
    }


def test_a_picture_without_objects_teaches_background_only() -> None:
    given = prediction(objects=0)
    loss = detection_loss(**given)
    assert loss.box == 0 and loss.dfl == 0
    expected = GAINS["cls"] * torch.nn.functional.softplus(given["logits"]).sum()
    torch.testing.assert_close(loss.total, expected)


def test_every_term_is_per_unit_of_target_score_unless_another_norm_is_given() -> None:
    given = prediction(objects=2)
    target = 4 * given["assignment"].target_scores
    given["assignment"] = replace(given["assignment"], target_scores=target)
    assert target.sum() > 1
    loss, twice = detection_loss(**given), detection_loss(**given, norm=2 * target.sum())
    cross_entropy = classification_loss(given["logits"], target).sum()
    torch.testing.assert_close(loss.cls, GAINS["cls"] * cross_entropy / target.sum())
    for term in ("box", "cls", "dfl"):
        torch.testing.assert_close(2 * getattr(twice, term), getattr(loss, term))
        assert getattr(loss, term) > 0


def test_a_step_down_the_gradient_lowers_every_term() -> None:
    given = prediction(objects=2)
    before = detection_loss(**given)
    before.total.backward()
    points, strides = given["anchor_points"], given["anchor_strides"]
    with torch.no_grad():
        distances = given["distances"] - 0.3 * given["distances"].grad
        logits = given["logits"] - 0.3 * given["logits"].grad
        sides = (distances.unflatten(-1, (4, 16)).softmax(-1) @ torch.arange(16.0)) * strides[
            :, None
        ]
        boxes = torch.cat((points - sides[..., :2], points + sides[..., 2:]), -1)
        after = detection_loss(
            **(given | {"logits": logits, "distances": distances, "boxes": boxes})
        )
    for term in ("box", "cls", "dfl"):
        assert getattr(after, term) < getattr(before, term), term


def test_sides_without_bins_are_taught_by_their_distance_as_a_share_of_the_input() -> None:
    given = prediction(objects=2)
    given["distances"] = torch.zeros(1, len(given["anchor_points"]), 4)
    with pytest.raises(ValueError, match="input_wh is needed"):
        detection_loss(**given)
    loss = detection_loss(**given, input_wh=(64.0, 32.0))
    told, boxes, whole = given["assignment"], given["boxes"][0].tolist(), 0.0
    for anchor, owner in enumerate(told.target_gt[0].tolist()):
        if owner >= 0:
            x1, y1, x2, y2 = told.target_boxes[0, anchor].tolist()
            u1, v1, u2, v2 = boxes[anchor]
            wide, high = abs(u1 - x1) + abs(u2 - x2), abs(v1 - y1) + abs(v2 - y2)
            weight = told.target_scores[0, anchor].sum().item()
            whole += weight * (wide / 64 + high / 32) / 4
    norm = max(told.target_scores.sum().item(), 1)
    assert whole > 0 and loss.dfl.item() == pytest.approx(GAINS["dfl"] * whole / norm, rel=1e-5)
    empty = detection_loss(
        **prediction(objects=0) | {"distances": given["distances"]}, input_wh=(64, 64)
    )
    assert empty.dfl == 0


def test_spared_anchors_teach_nothing_as_background_but_positives_still_do() -> None:
    given = prediction(objects=2)
    everywhere = torch.ones(given["assignment"].target_gt.shape, dtype=torch.bool)
    spared = detection_loss(**given, spared=everywhere)
    spared.cls.backward()
    touched = given["logits"].grad.abs().sum(-1) > 0
    assert torch.equal(touched, given["assignment"].target_gt >= 0)
    assert touched.any()


# What a training step teaches its heads


def step_assignments(monkeypatch: pytest.MonkeyPatch, one2one: Teacher) -> dict:
    """Assignments of one training step over a crowd: fourteen objects that nearly cover each other, in two pictures."""
    given = []

    def noted(*arguments, **options):
        given.append(assign(*arguments, **options))
        return given[-1]

    monkeypatch.setattr(room, "assign", noted)
    network = DualDetector("pico", 1)
    corner = 20 + 2 * torch.rand(2, 7, 2)
    boxes = torch.cat((corner, corner + 24), -1)
    labels = torch.zeros(2, 7, dtype=torch.int64)
    labels[1, 4:] = -1  # padding
    images = torch.randint(256, (2, 3, 64, 64), dtype=torch.uint8)
    run = Run("", None, "", one2one=one2one)
    losses = room.losses_of(network, {}, run, images, boxes, labels, torch.zeros(2, 0, 4))
    assert all(loss.total.isfinite() for loss in losses.values())
    return dict(zip(losses, given, strict=True))


def test_a_step_teaches_the_one_to_one_head_at_most_one_anchor_an_object_and_many_the_other(
    monkeypatch,
) -> None:
    heads = step_assignments(monkeypatch, Teacher(7, keep=1))
    one, many = heads["one2one"], heads["one2many"]
    assert one.positives.max() == 1 and one.positives[1, 4:].sum() == 0
    assert many.positives.max() > 1
    assert torch.equal((one.target_gt >= 0).sum(-1), one.positives.sum(-1))
    assert one.candidates.shape[-1] == 7 and (one.candidates[0] >= 0).sum() > 7


def test_top_1_of_a_step_gives_no_more_anchors_than_objects_and_conflicts_leave_some_without(
    monkeypatch,
) -> None:
    one = step_assignments(monkeypatch, Teacher(1))["one2one"]
    assert one.candidates.shape[-1] == 1
    assert ((one.target_gt >= 0).sum(-1) <= torch.tensor([7, 4])).all()
    assert one.unmatched.any() and one.positives.sum() > 0
