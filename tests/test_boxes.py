"""Claims about overlaps and anchor points."""

import math

import pytest
import torch
from torch import tensor

from dualviz.boxes import aligned_ciou, anchor_grid, box_iou, complete_box_iou


def random_boxes(count: int, seed: int = 0) -> torch.Tensor:
    corner = torch.rand(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.double)
    side = torch.rand(count, 2, generator=torch.Generator().manual_seed(seed + 1)).double()
    return torch.cat((corner, corner + side), -1) * 100


def test_iou_by_hand() -> None:
    got = box_iou(tensor([[0.0, 0, 4, 4]]), tensor([[0.0, 0, 4, 4], [2, 2, 6, 6], [9, 9, 10, 10]]))
    torch.testing.assert_close(got, tensor([[1.0, 4 / 28, 0.0]]))


def test_ciou_by_hand() -> None:
    """Equal shape, moved by (3, 4): IoU 7·6/158, centre distance 25, enclosing diagonal 13² + 14²."""
    got = complete_box_iou(tensor([[0.0, 0, 10, 10]]).double(), tensor([[3.0, 4, 13, 14]]).double())
    assert got.item() == pytest.approx(42 / 158 - 25 / (13**2 + 14**2), abs=1e-7)


def test_ciou_equals_iou_only_for_equal_centres_and_shapes() -> None:
    box = tensor([[0.0, 0, 10, 10]])
    inner = tensor([[2.0, 2, 8, 8]])
    assert complete_box_iou(box, inner).item() == pytest.approx(
        box_iou(box, inner).item(), abs=1e-6
    )
    flat = tensor([[0.0, 4, 10, 6]])
    assert complete_box_iou(box, flat) < box_iou(box, flat)


def test_iou_is_symmetric_and_free_of_place_and_scale() -> None:
    a, b = random_boxes(7), random_boxes(5, seed=9)
    torch.testing.assert_close(box_iou(a, b), box_iou(b, a).T)
    torch.testing.assert_close(box_iou(a, b), box_iou(a * 3 + 5, b * 3 + 5))
    assert (complete_box_iou(a, b) <= box_iou(a, b) + 1e-6).all()


def test_a_batch_equals_its_parts() -> None:
    a, b = random_boxes(6).reshape(2, 3, 4), random_boxes(8, seed=4).reshape(2, 4, 4)
    for function in (box_iou, complete_box_iou):
        whole = function(a, b)
        assert whole.shape == (2, 3, 4)
        torch.testing.assert_close(whole[1], function(a[1], b[1]))


def test_empty_boxes_and_boxes_without_area_are_normal() -> None:
    assert box_iou(torch.zeros(0, 4), torch.zeros(3, 4)).shape == (0, 3)
    assert box_iou(torch.zeros(1, 4), torch.zeros(1, 4)).item() == 0


def test_ciou_gradient_agrees_with_finite_differences() -> None:
    """The weight of the aspect term has no gradient by design: hold shapes equal, where the term is 0."""
    truth = tensor([[10.0, 10, 30, 40]]).double()
    boxes = tensor([[12.0, 9, 32, 39]]).double().requires_grad_()
    aligned_ciou(truth, boxes).sum().backward()
    step = 1e-6
    for axis in range(4):
        ahead, behind = boxes.detach().clone(), boxes.detach().clone()
        ahead[0, axis] += step
        behind[0, axis] -= step
        slope = (aligned_ciou(truth, ahead) - aligned_ciou(truth, behind)) / (2 * step)
        assert boxes.grad[0, axis].item() == pytest.approx(slope.item(), abs=1e-5)


def test_wrong_shape_says_what_was_expected() -> None:
    with pytest.raises(ValueError, match=r"boxes must be \(..., N, 4\) in xyxy, got \(4, 6\)"):
        box_iou(torch.zeros(1, 4), torch.zeros(4, 6))
    with pytest.raises(ValueError, match=r"gt_boxes must be \(..., N, 4\) in xyxy, got \(4,\)"):
        complete_box_iou(torch.zeros(4), torch.zeros(3, 4))


def test_anchor_points_stand_finest_level_first_and_row_by_row() -> None:
    points, level = anchor_grid((32, 64), (8, 16, 32))
    assert points.shape == (4 * 8 + 2 * 4 + 2, 2)
    assert points[:2].tolist() == [[4, 4], [12, 4]] and points[-1].tolist() == [48, 16]
    assert level.bincount().tolist() == [32, 8, 2]
    with pytest.raises(ValueError, match="multiple of every stride"):
        anchor_grid((30, 64), (8, 16, 32))


def test_ciou_of_boxes_of_other_shapes_by_hand() -> None:
    """Centres 5 apart, enclosed by 10 × 20: distance 25 / 500; shapes 1 : 1 and 1 : 2."""
    square, tall = tensor([[0.0, 0, 10, 10]]).double(), tensor([[0.0, 0, 10, 20]]).double()
    shape = 4 / math.pi**2 * (math.atan(0.5) - math.atan(1)) ** 2
    expected = 0.5 - 25 / 500 - shape * shape / (shape - 0.5 + 1)
    assert complete_box_iou(square, tall).item() == pytest.approx(expected, abs=1e-6)
    assert aligned_ciou(square, tall).item() == pytest.approx(expected, abs=1e-6)
