"""NMS and the NMS-free selection, against plain loops, the reference sets of public code, and cases worked by hand."""

import itertools
import math

import numpy as np
import pytest
import torch
from arrays import arrays

from dualviz.boxes import box_iou
from dualviz.postprocess import Detections, diagnose, match, nms_free, non_max_suppression


def plain_nms(boxes, scores, confidence, iou, limit, agnostic=False, multi=False):
    """Greedy NMS as one would say it aloud. Returns (anchor, label, fate, by, IoU) per candidate."""
    candidates = []
    for anchor, row in enumerate(scores.tolist()):
        classes = range(len(row)) if multi else [row.index(max(row))]
        candidates += [(anchor, c, row[c]) for c in classes if row[c] > confidence]
    candidates.sort(key=lambda c: -c[2])  # stable: ties stay by anchor, then class
    own = boxes[[anchor for anchor, *_ in candidates]].double()
    overlaps = box_iou(own, own).tolist()
    told, kept = [], []
    for row, (anchor, label, _) in enumerate(candidates):
        fate = "kept" if len(kept) < limit else "dropped", -1, math.nan
        for k in kept:
            if (agnostic or candidates[k][1] == label) and overlaps[k][row] > iou:
                fate = "suppressed", k, overlaps[k][row]
                break
        if fate[0] == "kept":
            kept.append(row)
        told.append((anchor, label, *fate))
    return told


def told_by(trace):
    rows = []
    for row in range(len(trace.scores)):
        fate = "kept" if trace.kept[row] else "dropped" if trace.dropped[row] else "suppressed"
        rows.append(
            (
                int(trace.anchors[row]),
                int(trace.labels[row]),
                fate,
                int(trace.suppressed_by[row]),
                float(trace.overlap[row]),
            )
        )
    return rows


def same_story(got, expected):
    assert [g[:4] for g in got] == [e[:4] for e in expected]
    np.testing.assert_allclose([g[4] for g in got], [e[4] for e in expected], atol=1e-12)


def crowd(anchors: int, classes: int, seed: int, levels: int | None = None):
    """Boxes that overlap a lot; few `levels` of corners and scores make many exact ties."""
    g = torch.Generator().manual_seed(seed)
    corner = torch.rand(anchors, 2, generator=g) * 40
    boxes = torch.cat((corner, corner + 4 + 16 * torch.rand(anchors, 2, generator=g)), -1)
    scores = torch.rand(anchors, classes, generator=g)
    if levels:
        boxes, scores = boxes.round(), (scores * levels).round() / levels
    return boxes, scores


def pairs_of(detections: Detections) -> set[tuple[int, int]]:
    return set(zip(detections.anchors.tolist(), detections.labels.tolist()))


def outputs(*rows: tuple[list[float], float, int, int]) -> Detections:
    """Detections from rows of (box, score, label, anchor)."""
    boxes, scores, labels, anchors = zip(*rows)
    return Detections(
        torch.tensor(boxes), torch.tensor(scores), torch.tensor(labels), torch.tensor(anchors)
    )


# NMS


def test_three_boxes_worked_by_hand():
    # 1 beats 0 (IoU 9/10 of 10×10); 2 touches nobody; 3 is of another class; 4 is not confident enough
    boxes = torch.tensor(
        [[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10], [0, 0, 10, 10], [0, 0, 1, 1]]
    )
    scores = torch.tensor([[0.6, 0.1], [0.9, 0.1], [0.5, 0.1], [0.1, 0.7], [0.25, 0.1]])
    found = non_max_suppression(boxes, scores)
    assert found.anchors.tolist() == [1, 3, 2] and found.labels.tolist() == [0, 1, 0]
    assert torch.equal(found.boxes, boxes[[1, 3, 2]])
    assert found.scores.tolist() == pytest.approx([0.9, 0.7, 0.5])
    trace = found.trace
    assert trace.anchors.tolist() == [1, 3, 0, 2] and trace.kept.tolist() == [
        True,
        True,
        False,
        True,
    ]
    assert trace.suppressed_by.tolist() == [-1, -1, 0, -1]
    assert trace.overlap[2].item() == pytest.approx(0.9) and trace.overlap[[0, 1, 3]].isnan().all()
    assert non_max_suppression(boxes, scores, class_agnostic=True).anchors.tolist() == [1, 2]


def test_both_thresholds_are_strict():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5]])  # IoU exactly 1/2
    scores = torch.tensor([[0.5], [0.375]])
    assert len(non_max_suppression(boxes, scores, 0.375, 0.4)) == 1
    assert len(non_max_suppression(boxes, scores, 0.25, 0.5)) == 2
    assert len(non_max_suppression(boxes, scores, 0.25, 0.499)) == 1


def test_equal_scores_keep_the_lower_anchor_and_the_lower_class():
    boxes = torch.tensor([[0.0, 0, 10, 10]]).repeat(3, 1)
    found = non_max_suppression(boxes, torch.full((3, 2), 0.5))
    assert found.anchors.tolist() == [0] and found.labels.tolist() == [0]
    assert found.trace.suppressed_by.tolist() == [-1, 0, 0]


def test_a_suppressed_box_suppresses_nobody():
    # a chain: 0 – 1 – 2 overlap in neighbours only
    boxes = torch.tensor([[0.0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]])
    found = non_max_suppression(boxes, torch.tensor([[0.9], [0.8], [0.7]]), iou=0.5)
    assert found.anchors.tolist() == [0, 2]


@pytest.mark.parametrize("levels", [None, 4])
@pytest.mark.parametrize("iou", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("limit", [300, 7])
def test_nms_and_its_trace_equal_a_plain_loop(levels, iou, limit):
    for seed, classes in enumerate((1, 3, 7)):
        boxes, scores = crowd(120, classes, seed, levels)
        for options in (
            {},
            {"agnostic": True},
            {"multi": True},
            {"agnostic": True, "multi": True},
        ):
            expected = plain_nms(boxes, scores, 0.4, iou, limit, **options)
            found = non_max_suppression(
                boxes,
                scores,
                0.4,
                iou,
                limit,
                class_agnostic=options.get("agnostic", False),
                multi_label=options.get("multi", False),
            )
            same_story(told_by(found.trace), expected)
            kept = [(anchor, label) for anchor, label, fate, *_ in expected if fate == "kept"]
            assert list(zip(found.anchors.tolist(), found.labels.tolist())) == kept


def test_every_class_of_an_anchor_competes_with_its_own_class_only():
    # anchors 0 and 1 share a box and both classes; 2 lies apart and is sure of one class only
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 10], [50, 0, 60, 10]])
    scores = torch.tensor([[0.9, 0.5], [0.6, 0.8], [0.1, 0.25]])
    found = non_max_suppression(boxes, scores, multi_label=True)
    assert list(zip(found.anchors.tolist(), found.labels.tolist())) == [(0, 0), (1, 1)]
    trace = found.trace
    assert list(
        zip(trace.anchors.tolist(), trace.labels.tolist(), trace.suppressed_by.tolist())
    ) == [
        (0, 0, -1),
        (1, 1, -1),
        (1, 0, 0),
        (0, 1, 1),
    ]
    one = non_max_suppression(boxes, scores, multi_label=True, class_agnostic=True)
    assert list(zip(one.anchors.tolist(), one.labels.tolist())) == [(0, 0)]
    assert one.trace.suppressed_by.tolist() == [-1, 0, 0, 0]


def test_tied_candidates_come_by_anchor_then_by_class():
    boxes = torch.tensor([[0.0, 0, 10, 10], [30, 0, 40, 10]])
    found = non_max_suppression(boxes, torch.full((2, 3), 0.5), multi_label=True, max_detections=4)
    assert list(zip(found.anchors.tolist(), found.labels.tolist())) == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
    ]
    assert found.trace.dropped.tolist() == [False] * 4 + [True] * 2


def found_by_search(boxes, scores, confidence, iou, agnostic) -> list[tuple[int, int]]:
    """The one subset of all (anchor, class) in which exactly those are missing that overlap a better member."""
    rank = {
        (a, c): (-score, a, c)
        for a, row in enumerate(scores.tolist())
        for c, score in enumerate(row)
        if score > confidence
    }
    overlaps = box_iou(boxes.double(), boxes.double())

    def beats(k: tuple[int, int], p: tuple[int, int]) -> bool:
        meet = agnostic or k[1] == p[1]
        return meet and rank[k] < rank[p] and bool(overlaps[k[0], p[0]] > iou)

    subsets = itertools.chain.from_iterable(
        itertools.combinations(rank, size) for size in range(len(rank) + 1)
    )
    (only,) = (
        kept for kept in subsets if all(any(beats(k, p) for k in kept) != (p in kept) for p in rank)
    )
    return sorted(only, key=rank.get)


@pytest.mark.parametrize("agnostic", [False, True])
def test_what_several_classes_keep_is_the_only_set_that_explains_itself(agnostic):
    for seed in range(30):
        boxes, scores = crowd(5, 2, seed, levels=3)
        boxes[3] = boxes[0]  # two anchors with one box
        found = non_max_suppression(
            boxes, scores, 0.3, 0.2, class_agnostic=agnostic, multi_label=True
        )
        told = list(zip(found.anchors.tolist(), found.labels.tolist()))
        assert told == found_by_search(boxes, scores, 0.3, 0.2, agnostic)


@pytest.mark.parametrize("limit", [10_000, 60])
def test_many_blocks_of_candidates_equal_a_plain_loop(limit):
    boxes, scores = crowd(1500, 2, 7)
    boxes *= torch.tensor([6.0, 3, 6, 3])
    expected = plain_nms(boxes, scores, 0.3, 0.6, limit)
    same_story(told_by(non_max_suppression(boxes, scores, 0.3, 0.6, limit).trace), expected)


def test_kept_boxes_do_not_depend_on_the_order_of_anchors():
    boxes, scores = crowd(400, 4, 1)
    shuffled = torch.randperm(400)
    found = non_max_suppression(boxes[shuffled], scores[shuffled], iou=0.4)
    assert torch.equal(shuffled[found.anchors], non_max_suppression(boxes, scores, iou=0.4).anchors)


def test_classes_never_meet_however_far_the_picture_reaches():
    # A class offset in float32 would move these boxes together by its rounding.
    boxes, scores = crowd(200, 1, 2)
    far = boxes.double() + 1e6
    many = torch.zeros(200, 5000).scatter_(1, torch.full((200, 1), 4999), scores)
    assert torch.equal(
        non_max_suppression(far, many, iou=0.5).anchors,
        non_max_suppression(boxes.double() + 1e6, scores, iou=0.5).anchors,
    )


def test_boxes_without_area_or_end_are_kept_and_suppress_nobody():
    boxes = torch.tensor(
        [
            [5.0, 5, 5, 9],
            [5, 5, 5, 9],
            [9, 9, 1, 1],
            [float("nan")] * 4,
            [0, 0, float("inf"), 5],
            [0, 0, 10, 10],
        ]
    )
    scores = torch.linspace(0.9, 0.4, 6)[:, None]
    assert non_max_suppression(boxes, scores, iou=0.0).anchors.tolist() == [0, 1, 2, 3, 4, 5]
    assert non_max_suppression(torch.zeros(3, 4), scores[:3], iou=0.0).anchors.tolist() == [0, 1, 2]


def test_a_thousand_identical_boxes_leave_one():
    found = non_max_suppression(
        torch.tensor([[1.0, 2, 30, 40]]).repeat(1000, 1), torch.rand(1000, 1), 0
    )
    assert len(found) == 1 and (found.trace.suppressed_by[1:] == 0).all()


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (0, 0), (5, 3)])
def test_no_candidate_is_an_empty_output(shape):
    boxes, scores = torch.rand(shape[0], 4), torch.zeros(shape)
    for found in (non_max_suppression(boxes, scores), nms_free(boxes, scores)):
        assert len(found) == 0 and found.boxes.shape == (0, 4)
        assert found.labels.dtype == found.anchors.dtype == torch.int64
        assert diagnose(found) == []


def test_room_for_no_detection_drops_all():
    boxes, scores = crowd(20, 2, 0)
    found = non_max_suppression(boxes, scores, max_detections=0)
    assert len(found) == 0 and found.trace.dropped.all()
    assert len(nms_free(boxes, scores, max_detections=0)) == 0


def test_arguments_that_cannot_be_meant_are_refused_in_words():
    with pytest.raises(ValueError, match=r"boxes must be \(A, 4\) in xyxy, got \(4, 6\)"):
        non_max_suppression(torch.ones(4, 6), torch.ones(4, 2))
    with pytest.raises(ValueError, match=r"scores must be \(4, C\), got \(3, 2\)"):
        nms_free(torch.ones(4, 4), torch.ones(3, 2))
    with pytest.raises(ValueError, match=r"scores must be \(4, C\), got \(4,\)"):
        nms_free(torch.ones(4, 4), torch.ones(4))
    with pytest.raises(ValueError, match=r"max_detections must be at least 0, got -1"):
        non_max_suppression(torch.ones(4, 4), torch.ones(4, 2), max_detections=-1)
    with pytest.raises(ValueError, match=r"iou must be within 0\.\.1, got 70"):
        non_max_suppression(torch.ones(4, 4), torch.ones(4, 2), iou=70)


# NMS-free


def plain_nms_free(scores: torch.Tensor, confidence: float, limit: int) -> list[tuple[int, int]]:
    best = sorted(range(len(scores)), key=lambda a: -scores[a].max().item())[:limit]
    pairs = [(a, c) for a in sorted(best) for c in range(scores.shape[1])]
    pairs = sorted(pairs, key=lambda pair: -scores[pair].item())[:limit]
    return [pair for pair in pairs if scores[pair] > confidence]


@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize(("anchors", "limit"), [(90, 12), (8, 300), (200, 1), (1, 300)])
def test_nms_free_equals_two_plain_cuts(levels, anchors, limit):
    for seed in range(5):
        boxes, scores = crowd(anchors, 6, seed, levels)
        found = nms_free(boxes, scores, 0.3, limit)
        expected = plain_nms_free(scores, 0.3, limit)
        assert list(zip(found.anchors.tolist(), found.labels.tolist())) == expected
        assert torch.equal(found.boxes, boxes[found.anchors])
        assert torch.equal(found.scores, scores[found.anchors, found.labels])


def test_ties_go_to_the_lower_anchor_then_the_lower_class():
    found = nms_free(torch.zeros(4, 4), torch.full((4, 2), 0.5), max_detections=3)
    assert list(zip(found.anchors.tolist(), found.labels.tolist())) == [(0, 0), (0, 1), (1, 0)]


# The reference sets


@pytest.fixture(scope="module")
def reference(shared):
    stored = arrays(shared / "parity" / "ref_320.npz")

    def head(name):
        boxes = torch.from_numpy(stored[f"{name}_decoded"])[0].T
        return boxes, torch.from_numpy(stored[f"{name}_scores"])[0].T.sigmoid()

    cxcywh, scores = head("one2many")
    centre, size = cxcywh[:, :2], cxcywh[:, 2:]
    xyxy = torch.cat((centre - size / 2, centre + size / 2), -1)
    return stored, (xyxy, scores), head("one2one")


@pytest.mark.shared
def test_nms_equals_the_reference_in_all_its_settings(shared, reference):
    sets = arrays(shared / "parity" / "ref_nms_320.npz")
    names = [name.removesuffix("_det") for name in sets if name.endswith("_det")]
    assert len(names) == 24
    for name in names:
        confidence, iou, scope, kind = name.split("_")
        found = non_max_suppression(
            *reference[1],
            float(confidence.removeprefix("conf")),
            float(iou.removeprefix("iou")),
            class_agnostic=scope == "agnostic",
            multi_label=kind == "multi",
        )
        classes = sets[f"{name}_det"][:, 5].astype(int).tolist()
        assert pairs_of(found) == set(zip(sets[f"{name}_anchor"].tolist(), classes)), name


@pytest.mark.shared
@pytest.mark.parametrize(("name", "confidence"), [("o2o_top300", -1.0), ("o2o_conf025", 0.25)])
def test_nms_free_equals_the_reference(reference, name, confidence):
    arrays, _, (boxes, scores) = reference
    rows = torch.from_numpy(arrays[name])
    found = nms_free(boxes, scores, confidence)
    anchors = torch.cdist(rows[:, :4], boxes).argmin(-1)
    assert pairs_of(found) == set(zip(anchors.tolist(), rows[:, 5].long().tolist()))
    assert torch.allclose(found.scores, rows[:, 4], atol=2e-5)


# Why are there two boxes?


def test_one_anchor_under_two_classes_is_told_from_two_anchors():
    here, near, far = [0.0, 0, 10, 10], [0.0, 0, 10, 8], [50.0, 0, 60, 10]
    found = diagnose(
        outputs((here, 0.9, 0, 7), (here, 0.8, 1, 7), (near, 0.6, 0, 9), (far, 0.5, 0, 11))
    )
    assert [(d.rows, d.kind) for d in found] == [
        ((0, 1), "two classes"),
        ((0, 2), "two anchors"),
        ((1, 2), "two anchors"),
    ]
    assert [d.overlap for d in found] == pytest.approx([1, 0.8, 0.8])
    assert found[1].labels == (0, 0) and found[1].anchors == (7, 9)
    settings = [[(r.setting, r.value, list(r.removes)) for r in d.remedies] for d in found]
    assert settings[0] == [
        ("confidence", pytest.approx(0.8), [1, 2, 3]),
        ("class-agnostic NMS", 0.99, [1]),
        ("best class only", None, [1]),
    ]
    assert settings[1] == [("confidence", pytest.approx(0.6), [2, 3]), ("NMS", 0.79, [2])]
    assert settings[2][1] == ("class-agnostic NMS", 0.79, [1, 2])
    assert found[2].costs(found[2].remedies[1]) == () and found[1].costs(found[1].remedies[0]) == (
        3,
    )


def test_every_remedy_parts_its_pair_when_it_is_really_applied():
    boxes, scores = crowd(60, 3, 4)
    output = nms_free(boxes, scores, 0.5, 40)
    duplicates = diagnose(output, 0.3)
    assert {d.kind for d in duplicates} == {"two classes", "two anchors"}
    one_hot = torch.zeros(len(output), 3).scatter_(
        1, output.labels[:, None], output.scores[:, None]
    )
    for duplicate in duplicates:
        overlap = box_iou(
            output.boxes[duplicate.rows[0], None], output.boxes[duplicate.rows[1], None]
        )
        assert duplicate.overlap == pytest.approx(overlap.item(), abs=1e-5)
        for remedy in duplicate.remedies:
            assert set(duplicate.rows) & set(remedy.removes)
            if remedy.setting == "confidence":
                left = nms_free(boxes, scores, remedy.value, 40)
            elif remedy.setting == "best class only":
                left = outputs(*{int(a): (0, 0, 0, int(a)) for a in output.anchors}.values())
            else:
                agnostic = remedy.setting == "class-agnostic NMS"
                left = non_max_suppression(
                    output.boxes, one_hot, 0.5, remedy.value, class_agnostic=agnostic
                )
                again = non_max_suppression(
                    output.boxes, one_hot, 0.5, remedy.value + 0.01, class_agnostic=agnostic
                )
                by = again.trace.suppressed_by[duplicate.rows[1]]
                assert by != duplicate.rows[0]  # the highest step that parts them
            assert len(left) == len(output) - len(remedy.removes)


def test_apart_boxes_are_no_duplicates():
    assert diagnose(outputs(([0.0, 0, 4, 4], 0.9, 0, 0), ([4.0, 0, 8, 4], 0.8, 0, 1)), 0.0) == []


# Against truth


def test_matched_duplicate_false_and_missed_are_told_apart():
    truth = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]])
    labels = torch.tensor([0, 0, 1])
    found = match(
        outputs(
            ([0.0, 0, 10, 9], 0.9, 0, 0),  # takes object 0
            ([0.0, 0, 10, 10], 0.8, 0, 1),  # better placed, but later: a duplicate
            ([40.0, 0, 50, 10], 0.7, 0, 2),  # on object 2, of the wrong class
            ([80.0, 0, 90, 10], 0.6, 0, 3),  # on nothing
            ([40.0, 0, 50, 5], 0.5, 1, 4),  # takes object 2 at exactly 0.5
        ),
        truth,
        labels,
    )
    assert found.matched.tolist() == [True, False, False, False, True]
    assert found.duplicate.tolist() == [False, True, False, False, False]
    assert found.false.tolist() == [False, False, True, True, False]
    assert found.truth.tolist() == [0, 0, -1, -1, 2] and found.missed.tolist() == [
        False,
        True,
        False,
    ]
    assert found.overlap[:2].tolist() == pytest.approx([0.9, 1.0]) and found.overlap[2].isnan()
    assert found.precision == pytest.approx(2 / 5) and found.recall == pytest.approx(2 / 3)


def test_a_second_detection_takes_the_next_free_object_of_a_crowd():
    truth = torch.tensor([[0.0, 0, 10, 10], [2, 0, 12, 10]])
    output = outputs(([1.0, 0, 11, 10], 0.9, 0, 0), ([0.0, 0, 10, 10], 0.8, 0, 1))
    found = match(output, truth, torch.tensor([0, 0]))
    assert found.truth.tolist() == [0, 1] and found.matched.all()  # a tie goes to the first object


def test_objects_to_ignore_are_neither_missed_nor_false():
    truth = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]])
    output = outputs(([0.0, 0, 10, 10], 0.9, 0, 0), ([0.0, 0, 10, 9], 0.8, 0, 1))
    ignore = torch.tensor([True, True, False])
    found = match(output, truth, torch.tensor([0, 0, -1]), ignore=ignore)
    assert (
        found.ignored.tolist() == [True, True] and not found.false.any() and not found.missed.any()
    )
    assert math.isnan(found.precision) and math.isnan(found.recall)


def test_matching_takes_what_overlap_it_is_told_and_refuses_other_shapes():
    truth, labels = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10]]), torch.tensor([1, 0])
    output = outputs(([50.0, 0, 60, 10], 0.9, 0, 0))
    found = match(output, truth, labels, iou=0.0)  # on nothing at all, but at least 0
    assert found.truth.tolist() == [1] and found.overlap.tolist() == [0]
    with pytest.raises(
        ValueError, match=r"gt_boxes must be \(1, 4\) as gt_labels is, got \(2, 4\)"
    ):
        match(output, truth, labels[:1])


def test_matching_without_truth_or_without_detections():
    one = outputs(([0.0, 0, 10, 10], 0.9, 0, 0))
    found = match(one, torch.empty(0, 4), torch.empty(0, dtype=torch.int64))
    assert found.false.tolist() == [True] and found.precision == 0
    none = nms_free(torch.empty(0, 4), torch.empty(0, 2))
    found = match(none, torch.tensor([[0.0, 0, 10, 10]]), torch.tensor([0]))
    assert found.missed.tolist() == [True] and found.recall == 0 and found.truth.shape == (0,)


def test_nms_free_knows_the_anchors_of_a_detector_with_one_class() -> None:
    boxes = torch.arange(24.0).reshape(6, 4)
    found = nms_free(
        boxes, torch.tensor([[0.1], [0.9], [0.3], [0.8], [0.2], [0.7]]), confidence=0.25
    )
    assert found.anchors.tolist() == [1, 3, 5, 2] and found.labels.tolist() == [0, 0, 0, 0]
    assert torch.equal(found.boxes, boxes[[1, 3, 5, 2]])
