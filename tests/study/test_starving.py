"""Claims about starving objects: who ends without a positive under which rule, why, and how large it is."""

import pytest
import torch

from dualviz.assignment import assign
from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.exports.studies import ShownStarving, starving_csv
from dualviz.pictures.truth import truth_from_boxes
from dualviz.study import starving

NAMES = ("cell", "dot")
STRIDES = (8, 16, 32)


def seen(size: int = 64, scale: float = 1.0, classes: int = 2, seed: int = 0) -> DualPrediction:
    """Every anchor predicts a box about itself and some score of every class."""
    points, level = anchor_grid((size, size), STRIDES)
    torch.manual_seed(seed)
    reach = torch.tensor(STRIDES)[level][:, None] * (0.6 + torch.rand(len(points), 1))
    boxes = torch.cat((points - reach, points + reach), -1) * scale
    heads = (HeadPrediction(boxes, torch.rand(len(points), classes)) for _ in range(2))
    return DualPrediction(*heads, points * scale, level, STRIDES, (size, size))


def fed(boxes: list, prediction: DualPrediction | None = None) -> list[starving.Fed]:
    truth = truth_from_boxes(boxes, [0] * len(boxes), NAMES)
    return starving.feed([("mine", prediction or seen(), truth)])


def test_a_dot_between_grid_points_starves_until_the_small_object_rule_feeds_it() -> None:
    """5 × 5 px between the anchor points of every level: no anchor inside, 16 × 16 px about its centre hold some."""
    (dot,) = fed([[29.0, 29.0, 33.9, 33.9]])
    assert dot.side == pytest.approx(4.9) and dot.size == 0
    for rule in ("thu", "yolo26"):
        fate = dot.fates[rule]
        assert fate.inside == 0 and all(fate.starves(head) for head in starving.HEADS)
        assert fate.why("one2one") == "outside"
    small = dot.fates["small"]
    assert small.inside > 0 and not small.starves("one2one") and small.why("one2one") == ""


def test_a_twin_that_loses_its_only_pick_is_fed_by_seven_then_one() -> None:
    """Two nearly equal objects pick the same anchor: after conflicts one has none, but of seven picks some are left."""
    twins = [[4.0, 4, 44, 44], [4.5, 4.5, 44.5, 44.5]]
    outcomes = fed(twins)
    hungry = [one for one in outcomes if one.fates["thu"].starves("one2one")]
    assert len(hungry) == 1
    assert hungry[0].fates["thu"].why("one2one") == "lost"
    assert not hungry[0].fates["yolo26"].starves("one2one")
    assert all(one.fates["thu"].contested["one2one"] for one in outcomes)


def test_each_rule_is_assigns_own_word() -> None:
    prediction = seen(seed=5)
    boxes = [[2.0, 2, 30, 30], [5.0, 5, 33, 33], [40.0, 40, 46, 46], [10.0, 30, 60, 62]]
    truth = truth_from_boxes(boxes, [0, 1, 1, 0], NAMES)
    objects = starving.feed([("", prediction, truth)])
    for rule, (picks, keep, least) in starving.PICKS.items():
        one = assign(
            prediction.one2one.scores,
            prediction.one2one.boxes,
            prediction.anchor_points,
            truth.boxes,
            truth.labels,
            picks,
            keep=keep,
            least_side=least,
        )
        assert [o.fates[rule].positives["one2one"] for o in objects] == one.positives.tolist()
        assert [o.fates[rule].contested["one2one"] for o in objects] == one.contested.any(
            -1
        ).tolist()


def test_size_is_counted_in_network_pixels() -> None:
    """The same objects in a picture of twice the pixels starve alike and have the same size."""
    boxes = [[14.0, 14, 19, 19], [4.0, 4, 40, 40]]
    near = fed(boxes)
    far = fed((2 * torch.tensor(boxes)).tolist(), seen(scale=2.0))
    assert [one.side for one in far] == pytest.approx([one.side for one in near])
    assert [one.fates for one in far] == [one.fates for one in near]


def test_shares_add_up_and_the_starved_come_smallest_first() -> None:
    boxes = [[29.0, 29, 33.9, 33.9], [4.0, 4, 44, 44], [4.5, 4.5, 44.5, 44.5], [5.0, 45, 7, 47]]
    objects = fed(boxes)
    parts = starving.shares(objects, "thu", "one2one")
    assert [part.objects for part in parts] == [2, 0, 0, 2, 0]
    hungry = starving.starved(objects, "thu", "one2one")
    assert sum(part.starving for part in parts) == len(hungry) == 3
    assert [one.number for one in hungry] == [3, 0, hungry[2].number]
    table = starving_csv(ShownStarving(objects, NAMES)).splitlines()
    assert len(table) == 2 + len(boxes) and "thu one2one why" in table[1]
    assert starving.feed([]) == [] and fed([]) == []


def test_many_classes_cost_no_more_than_the_objects_have() -> None:
    """The answer does not depend on classes that no object has."""
    few, many = seen(classes=2), seen(classes=2)
    wide = torch.cat((many.one2many.scores, torch.rand(len(many.anchor_points), 1201)), -1)
    lavish = DualPrediction(
        HeadPrediction(many.one2many.boxes, wide),
        HeadPrediction(many.one2one.boxes, wide),
        *(many.anchor_points, many.level, STRIDES, (64, 64)),
    )
    plain = DualPrediction(
        few.one2many,
        HeadPrediction(few.one2one.boxes, few.one2many.scores),
        *(few.anchor_points, few.level, STRIDES, (64, 64)),
    )
    boxes = [[4.0, 4, 44, 44], [8.0, 8, 30, 50]]
    assert [o.fates for o in fed(boxes, lavish)] == [o.fates for o in fed(boxes, plain)]
