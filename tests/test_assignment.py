"""Claims about the assignment: worked by hand, as laws, against plain loops and against the tensors of THU-MIG's 2024 code."""

import numpy as np
import pytest
import torch
from arrays import arrays
from torch import Tensor, tensor

from dualviz.assignment import (
    RULES,
    Assignment,
    Rules,
    assign,
    assign_pairs,
    hungarian,
    pairs_of,
    rules_of,
)
from dualviz.boxes import anchor_grid, box_iou, complete_box_iou
from dualviz.loss import detection_loss
from dualviz.matching import class_scores, log_matching_metric, overlaps, spatial_prior

POINTS = tensor([[4.0, 4.0], [12.0, 4.0], [20.0, 4.0]])
WIDE = tensor([[0.0, 0.0, 24.0, 8.0]])


def test_top_k_by_hand_with_its_soft_targets() -> None:
    """M = p · u: 0.1, 0.8 · 2/3, 0.4; the best gets its own overlap's cap, the second its share."""
    boxes = tensor([[0.0, 0, 24, 8], [0, 0, 16, 8], [0, 0, 24, 8]])
    scores = tensor([[0.1], [0.8], [0.4]])
    got = assign(scores, boxes, POINTS, WIDE, tensor([0]), 2, 1.0, 1.0, overlap="iou", eps=0)
    assert got.candidates.tolist() == [[1, 2]]
    assert got.target_gt.tolist() == [-1, 0, 0]
    np.testing.assert_allclose(got.object_targets[0], [0, 1.0, 0.4 / (0.8 * 2 / 3)], rtol=1e-6)
    np.testing.assert_allclose(got.candidate_scores[0], [0.8, 0.4], rtol=1e-6)


def test_a_tie_goes_to_the_lower_anchor() -> None:
    got = assign(torch.full((3, 1), 0.5), WIDE.expand(3, 4), POINTS, WIDE, tensor([0]), 2)
    assert got.candidates.tolist() == [[0, 1]]


def test_a_metric_of_zero_is_never_picked() -> None:
    got = assign(torch.zeros(3, 1), WIDE.expand(3, 4), POINTS, WIDE, tensor([0]), 2)
    assert got.candidates.tolist() == [[-1, -1]]
    assert got.unmatched.tolist() == [True]
    assert (got.target_gt == -1).all()


def test_no_objects_and_no_candidates_are_normal() -> None:
    scores = torch.rand(3, 2)
    none = assign(scores, WIDE.expand(3, 4), POINTS, torch.zeros(0, 4), torch.zeros(0).long(), 10)
    assert none.candidates.shape == (0, 10) and none.object_targets.shape == (0, 3)
    assert (none.target_boxes == 0).all()
    outside = assign(scores, WIDE.expand(3, 4), POINTS, tensor([[5.0, 5, 6, 6]]), tensor([1]), 1)
    assert outside.unmatched.tolist() == [True]


def test_padding_objects_take_part_in_nothing() -> None:
    got = assign(torch.rand(3, 1), WIDE.expand(3, 4), POINTS, WIDE.repeat(2, 1), tensor([0, -1]), 1)
    assert got.unmatched.tolist() == [False, False]
    assert got.candidates[1].tolist() == [-1]


def test_twins_leave_one_object_without_and_a_third_may_end_with_two() -> None:
    """The conflict rule of THU-MIG's 2024 code: the anchor goes to the largest overlap, selected or not."""
    points = tensor([[4.0, 4.0], [12.0, 4.0]])
    truth = tensor([[0.0, 0, 8, 8], [0, 0, 8, 8], [0, 0, 16, 8]])
    boxes = tensor([[0.0, 0, 14, 8], [0, 0, 16, 8]])
    got = assign(tensor([[0.9], [0.9]]), boxes, points, truth, tensor([0, 0, 0]), 1, overlap="iou")
    assert got.candidates.tolist() == [[0], [0], [1]]
    assert got.contested.tolist() == [[True], [True], [False]]
    assert got.lost.tolist() == [[True], [True], [False]]
    assert got.lost_to.tolist() == [[2], [2], [-1]]
    assert got.target_gt.tolist() == [2, 2]
    assert got.positives.tolist() == [0, 0, 2]
    assert got.unmatched.tolist() == [True, True, False]


def test_without_conflicts_twins_share_an_anchor_and_nothing_is_lost() -> None:
    case = (torch.full((3, 1), 0.5), WIDE.expand(3, 4), POINTS, WIDE.repeat(2, 1), tensor([0, 0]))
    got = assign(*case, 2, conflicts=False)
    assert got.candidates.tolist() == [[0, 1], [0, 1]]
    assert got.contested.all() and not got.lost.any()
    assert got.positives.tolist() == [2, 2] and got.target_gt.tolist() == [0, 0, -1]


def test_yolo26_order_gives_both_twins_an_anchor() -> None:
    truth = WIDE.repeat(2, 1) + tensor([[0.0], [0.5]])
    boxes = torch.stack((truth[0], truth[1], truth[0]))
    scores = tensor([[0.9], [0.8], [0.1]])
    one = assign(scores, boxes, POINTS, truth, tensor([0, 0]), 1, 1.0, 0.01, overlap="iou")
    assert one.positives.tolist() == [1, 0]
    seven = assign(
        scores, boxes, POINTS, truth, tensor([0, 0]), 7, 1.0, 0.01, overlap="iou", keep=1
    )
    assert seven.positives.tolist() == [1, 1]
    winners = {
        anchor: g
        for g in (0, 1)
        for anchor, lost in zip(seven.candidates[g].tolist(), seven.lost[g].tolist())
        if not lost
    }
    assert set(winners) - {-1} == {0, 1, 2}, (
        "every contested anchor was won by somebody, kept or not"
    )


def test_the_small_object_rule_gives_a_box_without_anchors_its_neighbours() -> None:
    """Sides below 16 px count as 16 about the centre, each by itself; overlaps and targets stay the true box's."""
    truth = tensor([[6.0, 0, 10, 6]])  # between the points at x = 4 and 12
    boxes = truth.expand(3, 4)
    scores = tensor([[0.2], [0.8], [0.9]])
    bare = assign(scores, boxes, POINTS, truth, tensor([0]), 2)
    assert bare.unmatched.tolist() == [True] and (bare.target_gt == -1).all()
    got = assign(scores, boxes, POINTS, truth, tensor([0]), 2, eps=0, least_side=16)
    assert got.candidates.tolist() == [[1, 0]]  # 0..16 across; the point at 20 stays outside
    assert got.target_boxes[1].tolist() == truth[0].tolist()
    np.testing.assert_allclose(got.candidate_overlaps[0], [1, 1], rtol=1e-6)
    flat = tensor([[0.0, 0, 24, 2]])  # 24 across stays as it is, 2 down counts as −7..9
    assert spatial_prior(POINTS, flat).tolist() == [[False] * 3]
    assert spatial_prior(POINTS, flat, 16).tolist() == [[True] * 3]
    edge = tensor([[4.0, 0, 20, 16]])  # exactly 16: nothing is enlarged, its border stays outside
    assert spatial_prior(POINTS, edge, 16).tolist() == [[False, True, False]]


def test_paper_mode_gives_the_pick_the_largest_overlap_of_all() -> None:
    boxes = tensor([[0.0, 0, 24, 8], [0, 0, 12, 8], [0, 0, 6, 8]])
    scores = tensor([[1e-6], [0.9], [0.1]])
    options = {"alpha": 1.0, "beta": 1.0, "overlap": "iou", "eps": 0.0}
    code = assign(scores, boxes, POINTS, WIDE, tensor([0]), 1, **options)
    paper = assign(
        scores,
        boxes,
        POINTS,
        WIDE,
        tensor([0]),
        1,
        **options,
        best_overlap="candidates",
        conflicts=False,
    )
    assert code.target_scores[1, 0] == pytest.approx(0.5)
    assert paper.target_scores[1, 0] == pytest.approx(1.0)


def random_case(seed: int, objects: int = 12, ties: bool = False) -> tuple[Tensor, ...]:
    """Predictions scattered about crowded objects on a 96 px grid."""
    rng = torch.Generator().manual_seed(seed)
    points, _ = anchor_grid((96, 96), (8, 16, 32))
    centre = torch.rand(objects, 2, generator=rng) * 60 + 18
    half = torch.rand(objects, 2, generator=rng) * 20 + 4
    truth = torch.cat((centre - half, centre + half), -1)
    nearest = torch.cdist(points, centre).argmin(-1)
    boxes = truth[nearest] + torch.randn(len(points), 4, generator=rng) * 5
    scores = torch.rand(len(points), 3, generator=rng) ** 3
    if ties:
        scores, boxes = (scores * 3).round() / 3, (boxes / 12).round() * 12
    return scores, boxes, points, truth, torch.randint(3, (objects,), generator=rng)


def plain_assign(scores, boxes, points, truth, labels, topk, alpha, beta, kind, keep=None, side=0):
    """Follow the words of the fixed semantics with loops and Python floats."""
    overlap = {"iou": box_iou, "ciou": complete_box_iou}[kind](
        truth.double(), boxes.double()
    ).clamp(min=0)
    G, A = overlap.shape
    reach = truth.clone()
    for g in range(G):
        for axis in (0, 1):
            low, high = float(truth[g, axis]), float(truth[g, axis + 2])
            if high - low < side:
                reach[g, axis], reach[g, axis + 2] = (
                    (low + high - side) / 2,
                    (low + high + side) / 2,
                )
    inside = [
        [
            bool((points[a] > reach[g, :2]).all() and (points[a] < reach[g, 2:]).all())
            for a in range(A)
        ]
        for g in range(G)
    ]
    key = np.full((G, A), -np.inf)
    for g in range(G):
        for a in range(A):
            p, u = float(scores[a, labels[g]]), float(overlap[g, a])
            if inside[g][a] and p > 0 and u > 0:
                key[g, a] = alpha * np.log(p) + beta * np.log(u)
    selected = []
    for g in range(G):
        order = sorted((a for a in range(A) if key[g, a] > -np.inf), key=lambda a: (-key[g, a], a))
        selected.append(order[:topk])
    owner = [-1] * A
    for a in range(A):
        claims = [g for g in range(G) if a in selected[g]]
        if len(claims) == 1:
            owner[a] = claims[0]
        elif claims:
            owner[a] = max((g for g in range(G) if inside[g][a]), key=lambda g: (overlap[g, a], -g))
    if keep is not None:
        for g in range(G):
            mine = sorted((a for a in range(A) if owner[a] == g), key=lambda a: (-key[g, a], a))
            for a in mine[keep:]:
                owner[a] = -1
    target = np.zeros(A)
    for g in range(G):
        mine = [a for a in range(A) if owner[a] == g]
        if mine:
            best_u = max(float(overlap[g, a]) for a in mine)
            best_m = max(np.exp(key[g, a]) for a in mine)
            for a in mine:
                target[a] = np.exp(key[g, a]) * best_u / (best_m + 1e-9)
    return selected, owner, target


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("topk", "keep"), [(10, None), (1, None), (7, 1)])
@pytest.mark.parametrize("kind", ["ciou", "iou"])
@pytest.mark.parametrize("side", [0, 30])
def test_equals_plain_loops_on_crowds_and_ties(
    seed: int, topk: int, keep: int | None, kind: str, side: int
) -> None:
    case = random_case(seed, ties=seed % 2 == 1)
    alpha, beta = [(0.5, 6.0), (1.0, 1.0), (0.01, 20.0)][seed % 3]
    got = assign(*case, topk, alpha, beta, overlap=kind, keep=keep, least_side=side)
    selected, owner, target = plain_assign(*case, topk, alpha, beta, kind, keep, side)
    assert [[a for a in row if a >= 0] for row in got.candidates.tolist()] == selected
    assert got.target_gt.tolist() == owner
    np.testing.assert_allclose(got.target_scores.sum(-1), target, rtol=1e-5, atol=1e-9)


def test_a_batch_equals_its_parts() -> None:
    cases = [random_case(s) for s in range(3)]
    batch = assign(
        *(torch.stack([c[i] for c in cases]) for i in (0, 1)),
        cases[0][2],
        *(torch.stack([c[i] for c in cases]) for i in (3, 4)),
        10,
    )
    for index, case in enumerate(cases):
        one = assign(*case, 10)
        for name in Assignment.__dataclass_fields__:
            assert torch.equal(getattr(batch, name)[index], getattr(one, name)), name


def test_permuting_anchors_permutes_the_assignment() -> None:
    scores, boxes, points, truth, labels = random_case(3)
    order = torch.randperm(len(points))
    straight = assign(scores, boxes, points, truth, labels, 10)
    turned = assign(scores[order], boxes[order], points[order], truth, labels, 10)
    assert torch.equal(straight.target_gt[order], turned.target_gt)
    torch.testing.assert_close(straight.target_scores[order], turned.target_scores)


@pytest.mark.parametrize("r", [0.02, 0.5, 3.0, 20.0])
def test_equal_ratio_keeps_the_ranking_and_nothing_underflows(r: float) -> None:
    """m^r ranks like m for every r, though m itself is far below the smallest float."""
    case = random_case(5)
    base = assign(*case, 10, 0.5, 6.0)
    other = assign(*case, 10, 0.5 * r, 6.0 * r)
    assert torch.equal(base.candidates, other.candidates)
    tiny = assign(case[0] * 1e-30, *case[1:], 10, 20.0, 20.0, eps=0)
    assert (tiny.candidates[:, 0] >= 0).all()
    assert (tiny.candidate_targets[:, 0] > 0).all()


def test_wrong_shapes_say_what_was_expected() -> None:
    scores, boxes, points, truth, labels = random_case(0)
    with pytest.raises(ValueError, match=r"boxes must be \(189, 4\), got \(189, 3\)"):
        assign(scores, boxes[:, :3], points, truth, labels, 1)
    first = tensor([3]).expand(len(labels))  # one more than the last of three
    with pytest.raises(ValueError, match=r"gt_labels must be below the 3 classes .*, got 3"):
        assign(scores, boxes, points, truth, first, 1)
    with pytest.raises(ValueError, match="topk must be at least 1, got 0"):
        assign(scores, boxes, points, truth, labels, 0)
    with pytest.raises(ValueError, match="keep must be at least 1, got 0"):
        assign(scores, boxes, points, truth, labels, 7, keep=0)
    with pytest.raises(ValueError, match="alpha"):
        assign(scores, boxes, points, truth, labels, 1, alpha=0.0)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["scores", "boxes"])
@pytest.mark.parametrize("kind", ["ciou", "iou"])
@pytest.mark.parametrize("eps", [0.0, 1e-9])
def test_an_anchor_that_says_no_number_is_as_if_it_scored_zero(
    wrong: float, where: str, kind: str, eps: float
) -> None:
    scores, boxes, points, truth, labels = random_case(4)
    best = assign(scores, boxes, points, truth, labels, 10, overlap=kind).candidates[:, 0]
    silent = scores.clone()
    silent[best] = 0
    scores, boxes = scores.clone(), boxes.clone()
    if where == "scores":
        scores[best] = wrong
    else:
        boxes[best, 2] = wrong
    whole = random_case(4)[1]
    expected = assign(silent, whole, points, truth, labels, 10, overlap=kind, eps=eps)
    got = assign(scores, boxes, points, truth, labels, 10, overlap=kind, eps=eps)
    assert set(best.tolist()).isdisjoint(got.candidates.flatten().tolist())
    for name in Assignment.__dataclass_fields__:
        assert torch.equal(getattr(got, name), getattr(expected, name)), name


def test_the_tables_of_a_metric_give_the_assignment_of_its_predictions() -> None:
    cases = [random_case(seed, ties=seed == 1) for seed in (0, 1)]
    scores, boxes, truth, labels = (torch.stack([case[i] for case in cases]) for i in (0, 1, 3, 4))
    points = cases[0][2]
    prior = spatial_prior(points, truth)
    p = class_scores(scores.double(), labels)
    u = overlaps(truth.double(), boxes.double(), prior)
    pairs = pairs_of(prior, p, u, log_matching_metric(p, u, prior))
    assert torch.equal(pairs.table(pairs.u, -1), u.where(prior, -1)), "and back to tables"
    for keep in (None, 1):
        got = assign_pairs(pairs, scores, truth, labels, 7, Rules(eps=1e-9), keep)
        expected = assign(scores, boxes, points, truth, labels, 7, keep=keep)
        for name in Assignment.__dataclass_fields__:
            assert torch.equal(getattr(got, name), getattr(expected, name)), name


def test_modes_stand_for_rules_and_another_is_refused() -> None:
    """The paper: IoU, no conflicts, u* over the candidates. The code: CIoU, conflicts, u over the positives. YOLO26: 7, then 1."""
    assert RULES["paper"] == Rules("iou", False, "candidates", 0.0)
    assert RULES["code"] == Rules("ciou", True, "positives", 0.0)
    assert RULES["yolo26"] == Rules("ciou", True, "positives", 0.0, 7, 1, 16.0)
    with pytest.raises(ValueError, match=r"mode must be one of .*, got 'both'"):
        rules_of("both")


def test_kept_positives_are_the_best_that_conflicts_left() -> None:
    """By hand: one object wins three anchors with m = 0.2, 0.6, 0.4; two are kept, and the targets scale to them."""
    scores = tensor([[0.2], [0.6], [0.4]])
    given = (scores, WIDE.expand(3, 4), POINTS, WIDE, tensor([0]), 3, 1.0, 1.0, "iou", 0.0)
    got = assign(*given, keep=2)
    assert got.target_gt.tolist() == [-1, 0, 0]
    assert got.positives.tolist() == [2]
    np.testing.assert_allclose(got.target_scores[:, 0], [0, 1, 2 / 3], rtol=1e-6)
    assert got.candidates.tolist() == [[1, 2, 0]]
    assert not got.lost.any()
    np.testing.assert_allclose(got.candidate_targets[0], [1, 2 / 3, 0], rtol=1e-6)
    np.testing.assert_allclose(got.object_targets[0], [0, 1, 2 / 3], rtol=1e-6)


def dense_log_metric(case: tuple[Tensor, ...]) -> Tensor:
    scores, boxes, points, truth, labels = case
    prior = spatial_prior(points, truth)
    u = overlaps(truth.double(), boxes.double(), prior)
    return log_matching_metric(class_scores(scores, labels), u, prior)


def test_hungarian_collects_at_least_what_top_1_without_conflicts_of_anchors_collects() -> None:
    key = dense_log_metric(random_case(1))
    matched = hungarian(key)
    taken = matched[matched >= 0]
    assert len(taken) == len(set(taken.tolist()))
    value = key.exp()
    greedy, used = 0.0, set()
    for g in range(len(key)):
        a = max((a for a in range(key.shape[1]) if a not in used), key=lambda a: value[g, a])
        used.add(a)
        greedy += float(value[g, a])
    total = sum(float(value[g, a]) for g, a in enumerate(matched.tolist()) if a >= 0)
    assert total >= greedy - 1e-12


def test_hungarian_without_candidates_leaves_objects_without() -> None:
    assert hungarian(torch.full((2, 3), -torch.inf)).tolist() == [-1, -1]
    assert hungarian(torch.zeros(0, 3)).tolist() == []
    with pytest.raises(ValueError, match=r"log_metric must be \(G, A\), got \(3,\)"):
        hungarian(torch.zeros(3))
    assert hungarian(tensor([[0.0, -torch.inf], [-900.0, -2000.0]])).tolist() == [0, 1]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["thu", "ul"])
@pytest.mark.parametrize(
    ("run", "head", "topk", "keep"),
    [
        ("one2many_k10", "one2many", 10, None),
        ("one2one_k1", "one2one", 1, None),
        ("one2one_k7_1", "one2one", 7, 1),
    ],
)
def test_equals_the_public_codes_on_random_weights(shared, name, run, head, topk, keep) -> None:
    reference = arrays(shared / "parity" / f"tal_320_{name}.npz")
    if f"{run}_fg_idx" not in reference:
        pytest.skip("the older public code has no 7 → 1")
    outputs = arrays(shared / "parity" / "ref_320.npz")
    logits = torch.from_numpy(outputs[f"{head}_scores"][0]).T
    distances = torch.from_numpy(outputs[f"{head}_boxes"][0]).T
    points, level = anchor_grid((320, 320), (8, 16, 32))
    strides = tensor([8.0, 16.0, 32.0])[level]
    sides = (distances.unflatten(-1, (4, 16)).softmax(-1) @ torch.arange(16.0)) * strides[:, None]
    boxes = torch.cat((points - sides[:, :2], points + sides[:, 2:]), -1)
    truth = torch.from_numpy(reference["gt_boxes_xyxy"]).float()
    labels = torch.from_numpy(reference["gt_labels"]).long()
    if name == "ul":  # its small-box rule widens two objects: compare the others
        large = ((truth[:, 2:] - truth[:, :2]) >= 16).all(-1)
    else:
        large = torch.ones(len(truth), dtype=torch.bool)
    got = assign(logits.sigmoid(), boxes, points, truth, labels, topk, keep=keep)
    positives = torch.from_numpy(reference[f"{run}_fg_idx"])
    expected, soft = torch.full((2100,), -1), torch.zeros(2100)
    expected[positives] = torch.from_numpy(reference[f"{run}_gt_idx"]).long()
    soft[positives] = torch.from_numpy(reference[f"{run}_tscore"])
    of_large = (expected < 0) | large[expected.clamp(min=0)]
    of_large &= (got.target_gt < 0) | large[got.target_gt.clamp(min=0)]
    assert torch.equal(got.target_gt[of_large], expected[of_large])
    torch.testing.assert_close(
        got.target_scores.sum(-1)[of_large], soft[of_large], rtol=1e-3, atol=2e-5
    )
    if name == "thu":
        loss = detection_loss(logits, distances, boxes, points, strides, got)
        np.testing.assert_allclose(
            [loss.box, loss.cls, loss.dfl], reference[f"{run}_loss_box_cls_dfl"], rtol=2e-4
        )


def test_a_place_without_a_candidate_is_neither_lost_nor_contested() -> None:
    points = torch.tensor([[4.0, 4.0], [12.0, 4.0], [40.0, 40.0]])
    boxes = torch.tensor([[0.0, 0, 8, 8], [8, 0, 16, 8], [32, 32, 48, 48]])
    truth = torch.tensor([[0.0, 0.0, 16.0, 8.0]])
    result = assign(torch.full((3, 1), 0.5), boxes, points, truth, torch.tensor([0]), topk=3)
    assert (result.candidates[0] >= 0).tolist() == [True, True, False]
    assert not result.lost.any() and not result.contested.any()
