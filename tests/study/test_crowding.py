"""Claims about what the detections page measures: crowds at every NMS threshold, time after the network, and their figures."""

import json
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import torch

from dualviz.boxes import anchor_grid
from dualviz.charts.drawn.crowds import crowding_words
from dualviz.charts.drawn.curves import precision_recall
from dualviz.charts.page import COLUMN, SLIDE
from dualviz.charts.palette import DARK
from dualviz.charts.print import curves, suppression
from dualviz.charts.screen import crowding as screen
from dualviz.detector import DualPrediction, HeadPrediction, load_detector
from dualviz.exports.files import figure_bytes
from dualviz.pictures.scenes import SAMPLES, render
from dualviz.pictures.truth import truth_from_boxes
from dualviz.postprocess import Detections, match, non_max_suppression
from dualviz.study import crowding, timing

NAMES = ("cell",)
MANY = [[0.0, 0, 10, 10], [2, 0, 12, 10], [0, 0, 10, 9.5]]  # two true neighbours and a duplicate


def neighbours() -> DualPrediction:
    """Two objects that overlap at IoU 2/3; the one-to-many head has a duplicate too, the one-to-one head knows one."""
    points, level = anchor_grid((32, 32), (8, 16, 32))
    boxes = torch.zeros(len(points), 4)
    boxes[:3] = torch.tensor(MANY)
    many, one = torch.zeros(2, len(points), 1)
    many[:3, 0] = torch.tensor([0.9, 0.8, 0.7])
    one[0] = 0.9
    heads = HeadPrediction(boxes, many), HeadPrediction(boxes, one)
    return DualPrediction(*heads, points, level, (8, 16, 32), (32, 32))


def test_a_low_threshold_kills_a_neighbour_and_a_high_one_keeps_a_duplicate() -> None:
    truth = truth_from_boxes(MANY[:2], [0, 0], NAMES)
    counted, one = crowding.sweep(neighbours(), truth, (0.5, 0.7, 0.96, 1.0))
    assert counted[0] == crowding.Counts(1, 0, 0)  # the neighbour dies at IoU 2/3
    assert counted[1] == crowding.Counts(0, 0, 0)  # between 2/3 and 0.95 both live
    assert counted[2] == counted[3] == crowding.Counts(0, 1, 0)
    assert one == crowding.Counts(1, 0, 0)


def test_a_measurement_survives_its_file_and_sums_over_scenes(tmp_path) -> None:
    detector = load_detector("pico-cells", "cpu")
    both = replace(
        crowding.measure(detector, "abc", 2, (0.3,), (0.45, 1.0)),
        stacks=crowding.measure_stacks(detector, 3),
    )
    assert both.stacks.smears == 3 and max(both.stacks.repeats.values()) <= 3
    alone = [
        crowding.sweep(
            detector.predict(render(scene)[0]),
            render(scene)[1].for_classes(detector.class_names),
            (0.45, 1.0),
        )
        for scene in (replace(crowding.CROWD, overlap=0.3, seed=seed) for seed in (1000, 1001))
    ]
    assert both.levels[0].one2one.missed == sum(one.missed for _, one in alone)
    assert both.levels[0].one2many[1].duplicates == sum(many[1].duplicates for many, _ in alone)
    path = tmp_path / "crowding.json"
    crowding.save_crowding(both, path)
    assert crowding.load_crowding(path) == both
    assert "crowding --detector" in json.loads(path.read_text())["command"]
    assert crowding.load_crowding(tmp_path / "none.json") is None
    path.write_text("[]")
    with pytest.raises(ValueError, match="no measurement"):
        crowding.load_crowding(path)


def test_the_kept_measurement_is_small_and_makes_sense() -> None:
    """Fewer objects are missed the higher the threshold, and duplicates grow: both ends of the threshold cost something."""
    found = crowding.load_crowding()
    assert found is not None and crowding.FILE.stat().st_size < 10_000
    for level in found.levels:
        missed = [row.missed for row in level.one2many]
        duplicates = [row.duplicates for row in level.one2many]
        assert missed[0] >= missed[-1] and duplicates[0] <= duplicates[-1]
        assert 0 <= level.one2one.missed <= level.objects


def test_times_are_medians_between_their_quartiles_and_nms_meets_the_candidates_it_is_given() -> (
    None
):
    detector = load_detector("pico-cells", "cpu")
    told: list[float] = []
    image, _ = render(SAMPLES["sparse"])
    made = timing.measure_times(detector, image, 224, 3, told.append)
    assert tuple(made.network) == tuple(timing.NETWORKS) and told[-1] == pytest.approx(1)
    assert told == sorted(told) and detector.network.heads == ("one2many", "one2one")
    for spread in (*made.network.values(), *made.nms, *made.free):
        assert 0 < spread.low <= spread.median <= spread.high
    assert made.candidates == tuple(sorted(made.candidates)) and made.candidates[-1] == made.anchors
    assert made.compiled is None or len(made.compiled) == len(made.candidates)
    figure = screen.times_chart(made, DARK)
    assert figure["data"][0]["x"] == list(made.candidates)
    assert figure_bytes(curves.times_figure(made, caption="a device"), "svg")


def test_average_precision_worked_by_hand() -> None:
    # found, false, found of two objects: area 1/2 · 1 + 1/2 · 2/3; none at all is not a number
    boxes = torch.tensor([[0.0, 0, 10, 10], [50, 50, 60, 60], [20, 0, 30, 10]])
    found = Detections(boxes, torch.tensor([0.9, 0.8, 0.7]), torch.zeros(3).long(), torch.arange(3))
    truth = boxes[[0, 2]], torch.zeros(2).long()
    precision, recall, ap = precision_recall(match(found, *truth))
    np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(recall, [0.5, 0.5, 1])
    assert ap == pytest.approx(1 / 2 + 1 / 3)
    assert np.isnan(precision_recall(match(found, boxes[:0], truth[1][:0]))[2])


@pytest.mark.parametrize("page", [COLUMN, SLIDE])
@pytest.mark.parametrize("objects", [0, 2])
def test_figures_of_outputs_hold_for_some_truth_and_for_none(page, objects) -> None:
    prediction = neighbours()
    truth = truth_from_boxes(MANY[:objects], [0] * objects, NAMES)
    many = prediction.one2many
    found = non_max_suppression(many.boxes, many.scores, iou=0.5)
    told = match(found, truth.boxes, truth.labels)
    swept = crowding.THRESHOLDS, *crowding.sweep(prediction, truth)
    paths = dict.fromkeys(curves.LOOKS, told)
    figure = curves.curves_figure(paths, dict.fromkeys(paths, 1), swept, 0.5, page=page)
    assert figure_bytes(figure, "pdf").startswith(b"%PDF")
    image = np.full((32, 32, 3), 200, np.uint8)
    for step in (0, 1, 2, 3, None):
        drawn = suppression.suppression_figure(image, found.trace, step, truth, page=page)
        assert figure_bytes(drawn, "svg")
    with pytest.raises(ValueError, match="step must be 0 to 3"):
        suppression.suppression_figure(image, found.trace, 4)
    empty = non_max_suppression(torch.zeros(0, 4), torch.zeros(0, 1))
    assert figure_bytes(suppression.suppression_figure(image, empty.trace), "png")


def test_the_crowding_figure_and_chart_say_whose_weights_and_how_many_scenes() -> None:
    found = crowding.load_crowding()
    for level in found.levels:
        chart = screen.crowding_chart(found, level)
        assert len(chart["data"]) >= 4 and chart["layout"]["yaxis"]["range"][1] >= 10
    figure = curves.crowding_figure(found, found.levels[-1], page=SLIDE)
    assert found.detector in figure.get_label() and str(found.scenes) in figure.get_label()
    assert figure_bytes(figure, "png")


def test_the_verdict_on_crowding_is_computed_from_the_counts() -> None:
    found = crowding.load_crowding()
    deep, middle, least = found.levels[-1], found.telling, found.levels[0]
    tuned = crowding_words(found, middle, 0.65)
    assert "At NMS IoU 0.65 NMS misses fewer objects and leaves fewer surplus boxes" in tuned
    assert "as good or better both ways at 0.55, 0.60, 0.65." in tuned
    assert "At NMS IoU 0.65 it is so at 6 of the 7 depths measured." in tuned
    assert "misses 6.1 and leaves 11.4" in tuned and "misses 9.8 and leaves 16.2" in tuned
    deepest = crowding_words(found, deep, 0.8)
    assert "misses fewer objects and leaves more surplus boxes" in deepest
    assert "misses 37.6 and" in deepest and "misses 53.1 and" in deepest
    assert "none is as good both ways" in deepest and "from 0.5 to 53.1 without" in deepest
    assert "misses more objects and leaves fewer" in crowding_words(found, middle, 0.04)
    assert "What crowding itself costs" not in crowding_words(found, least, 0.7)


def test_the_verdict_says_so_where_both_cost_the_same() -> None:
    row = crowding.Counts(3, 1, 1)
    levels = (crowding.Level(0.0, 50, (row,), row),)
    words = crowding_words(crowding.Crowding("d", "w", 1, 0.25, (0.7,), levels), levels[0], 0.1)
    assert "misses as many objects and leaves as many surplus boxes" in words
    assert "misses 6.0 and leaves 4.0" in words and "at 1 of the 1 depths" in words


@pytest.mark.parametrize("installed", [True, False])
def test_the_nms_that_was_timed_is_named_and_a_compiled_one_stands_beside(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def stand_in(boxes, scores, labels, iou):
        sizes.append(len(boxes))
        assert boxes.shape == (len(scores), 4) and labels.shape == scores.shape and iou == 0.7
        return scores.argsort(descending=True)

    monkeypatch.setattr(timing, "torchvision_nms", lambda: stand_in if installed else None)
    image, _ = render(SAMPLES["sparse"])
    made = timing.measure_times(load_detector("pico-cells", "cpu"), image, 224, 2)
    words = timing.nms_words(made)
    assert "NMS of DualViz, in Python on the CPU" in words
    assert ("and NMS of torchvision, compiled" in words) == installed
    assert ("where it is installed" in words) == (not installed)
    names = [trace["name"] for trace in screen.times_chart(made)["data"]]
    assert timing.OUR_NMS in names and "NMS" not in names
    assert (timing.COMPILED_NMS in names) == installed
    drawn = figure_bytes(curves.times_figure(made), "svg").decode()
    assert ('id="raw"' in drawn) == installed and 'id="nms"' in drawn
    assert (made.compiled is not None) == installed
    assert set(sizes) == (set(made.candidates) if installed else set())


def test_a_compiled_nms_is_given_each_anchors_best_class_and_answers_with_anchors() -> None:
    prediction = neighbours().one2many
    ours = non_max_suppression(prediction.boxes, prediction.scores, 0.1)

    def greedy(boxes, scores, labels, iou):
        table = torch.zeros(len(boxes), int(labels.max()) + 1)
        table[torch.arange(len(boxes)), labels] = scores
        return non_max_suppression(boxes, table, 0.0, iou).anchors

    anchors = timing.compiled_nms(greedy, prediction.boxes, prediction.scores, 0.1)
    assert anchors.tolist() == ours.anchors.tolist() and len(anchors) > 0


def test_without_torchvision_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.ops", None)
    assert timing.torchvision_nms() is None
    installed = types.ModuleType("torchvision.ops")
    installed.batched_nms = len
    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.ops", installed)
    assert timing.torchvision_nms() is len


def test_how_often_smears_like_the_first_one_go_wrong_is_counted_smear_by_smear() -> None:
    """The page's own smear has seed 687: counted alone, it repeats for one head and not for the other, and misses nowhere."""
    detector = load_detector("pico-cells", "cpu")

    class OnlyOne(list):
        def __iter__(self):
            return iter([687])

    alone = crowding.measure_stacks(detector, 1, lambda seeds: OnlyOne())
    assert alone.repeats == {"nms": 0, "free": 1} and alone.misses == {"nms": 0, "free": 0}
