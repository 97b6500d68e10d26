"""Claims about calibration: what a score is worth, both ways, and the confidence that a bundled detector begins with."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from dualviz.boxes import anchor_grid
from dualviz.charts.drawn.calibration import calibration_words
from dualviz.charts.page import COLUMN, SLIDE
from dualviz.charts.print.calibration import calibration_figure
from dualviz.charts.screen.calibration import confidence_chart, reliability_chart
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.detector.catalogue import BUNDLED, find_weights
from dualviz.exports.files import figure_bytes
from dualviz.exports.studies import ShownCalibration, calibration_csv
from dualviz.pictures.content import content_hash
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.postprocess import match
from dualviz.study import calibration
from dualviz.study.evaluation import SELECTIONS

NAMES = ("cell",)
OBJECTS = [[0.0, 0, 10, 10], [20, 0, 30, 10], [0, 20, 10, 30]]


def answered(boxes: list, many: list[float], one: list[float]) -> DualPrediction:
    """Both heads give the same boxes, each its own scores; all other anchors say nothing."""
    points, level = anchor_grid((64, 64), (8, 16, 32))
    table = torch.zeros(len(points), 4)
    table[: len(boxes)] = torch.tensor(boxes).reshape(-1, 4)
    scores = torch.zeros(2, len(points), 1)
    scores[0, : len(many), 0] = torch.tensor(many)
    scores[1, : len(one), 0] = torch.tensor(one)
    heads = (HeadPrediction(table, own) for own in scores)
    return DualPrediction(*heads, points, level, (8, 16, 32), (64, 64))


def test_a_case_worked_by_hand() -> None:
    """Three objects; found at 0.9 and 0.5, a false box at 0.7: F1 is 2/4, 2/5, 4/6 from the top, best at the lowest."""
    boxes = [*OBJECTS[:2], [40.0, 40, 50, 50]]
    prediction = answered(boxes, [0.9, 0.5, 0.7], [0.9, 0.5, 0.7])
    made = calibration.calibrate([(prediction, truth_from_boxes(OBJECTS, [0, 0, 0], NAMES))])
    for way in made.ways.values():
        assert way.objects == 3
        assert way.at(0.8) == pytest.approx((1 / 3, 1, 2 / 4))
        assert way.at(0.6) == pytest.approx((1 / 3, 1 / 2, 2 / 5))
        assert way.at(0.3) == pytest.approx((2 / 3, 2 / 3, 4 / 6))
        recall, precision, f1 = way.at(0.95)
        assert (recall, f1) == (0, 0) and math.isnan(precision)
        assert way.advised == 0.01, "of equal F1 the lowest confidence"
        assert [one.right for one in way.bins] == [1, 0, 1]


def test_every_threshold_equals_matching_anew_above_it() -> None:
    """The plain way: select above each confidence, match, count; NMS and the one-to-one head alike."""
    torch.manual_seed(3)
    corners = torch.rand(30, 2) * 40
    boxes = torch.cat((corners, corners + 6 + 8 * torch.rand(30, 2)), -1).tolist()
    prediction = answered(boxes, torch.rand(30).tolist(), torch.rand(30).tolist())
    truth = Truth(
        torch.tensor(boxes[:9]) + 0.7,
        torch.zeros(9, dtype=torch.int64),
        NAMES,
        torch.arange(9) == 4,
    )
    made = calibration.calibrate([(prediction, truth)])
    for name, way in made.ways.items():
        head, show, _judge = SELECTIONS[name]
        raw = getattr(prediction, head)
        for place in range(0, 99, 7):
            shown = show(raw.boxes, raw.scores, confidence=calibration.THRESHOLDS[place])
            told = match(shown, truth.boxes, truth.labels, ignore=truth.ignore)
            assert way.matched[place] == int(told.matched.sum())
            assert way.reported[place] == int((~told.ignored).sum())
        assert way.objects == 8


def test_bins_hold_equally_many_and_all_of_them() -> None:
    scores = np.sort(np.random.default_rng(0).random(100).astype(np.float32) * 0.9 + 0.05)
    way = calibration._way(scores, scores > 0.4, 100)
    counts = [one.count for one in way.bins]
    assert sum(counts) == 100 and max(counts) - min(counts) <= 1
    means = [one.score for one in way.bins]
    assert means == sorted(means) and way.bins[0].share == 0 and way.bins[-1].share == 1


def test_wilson_is_the_textbook_interval_and_stays_within_a_share() -> None:
    assert calibration.wilson(8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-5)
    assert calibration.wilson(0, 5)[0] == 0 and calibration.wilson(5, 5)[1] == 1
    assert all(math.isnan(end) for end in calibration.wilson(0, 0))


def test_scores_that_are_honest_lie_on_the_diagonal_and_halved_ones_do_not() -> None:
    rng = np.random.default_rng(1)
    scores = rng.uniform(0.05, 1, 6000).astype(np.float32)
    right = rng.random(6000) < scores
    honest, shy = (calibration._way(s, right, 6000) for s in (scores, scores / 2))
    assert honest.error < 0.02 < 0.2 < shy.error
    inside = [low <= one.score <= high for one in honest.bins for low, high in [one.interval]]
    assert np.mean(inside) > 0.8
    both = calibration.Calibration(dict.fromkeys(calibration.WAYS, shy), 1)
    assert "less sure than it could be" in calibration_words(both, 0.25)


def test_nothing_to_judge_is_said_and_drawn() -> None:
    prediction = answered([], [], [])
    nothing = calibration.calibrate([(prediction, truth_from_boxes([], [], NAMES))])
    assert nothing.ways["one2one"].advised is None and nothing.objects == 0
    assert "Without truth" in calibration_words(nothing, 0.25)
    assert calibration.calibrate([]).pictures == 0
    for chart in (confidence_chart(nothing, 0.3), reliability_chart(nothing)):
        assert chart["data"]
    assert calibration_csv(ShownCalibration(nothing)).count("\n") > 200


# ── what is kept for the bundled detectors ──


@pytest.mark.parametrize("name", [entry.name for entry in BUNDLED])
def test_a_bundled_detector_begins_with_the_best_f1_of_its_own_weights(name: str) -> None:
    made = calibration.kept()[name]
    weights = content_hash(find_weights(name).read_bytes())
    assert made.weights == weights, f"measure it again: {made.command} --keep"
    assert made.pictures > 50 and made.objects > 500
    for way in made.ways.values():
        assert way.f1[calibration.THRESHOLDS.index(way.advised)] == np.nanmax(way.f1)
    assert calibration.advised_confidence(name) == made.ways["one2one"].advised


def test_other_weights_begin_with_a_quarter() -> None:
    assert calibration.advised_confidence("file-0123456789ab") == 0.25
    assert calibration.advised_confidence("yolov10n") == 0.25


def test_a_kept_calibration_comes_back_as_it_was(tmp_path) -> None:
    path = tmp_path / "calibration.json"
    made = calibration.kept()["pico-cells"]
    calibration.keep(made, path)
    calibration.keep(replace(made, detector="other", pictures=7), path)
    back = calibration.kept(path)
    assert back["pico-cells"] == made and back["other"].pictures == 7
    assert calibration.kept(tmp_path / "none.json") == {}
    path.write_text('{"pico-cells": {"ways": {}}}')
    calibration.kept.cache_clear()
    with pytest.raises(ValueError, match="no table of calibrations"):
        calibration.kept(path)
    calibration.kept.cache_clear()


# ── screen and print draw the same ──


@pytest.mark.parametrize("page", [COLUMN, SLIDE])
def test_paper_and_page_draw_the_same_lines(page) -> None:
    made = calibration.kept()["pico-cells"]
    figure = calibration_figure(made, 0.36, caption="here", page=page)
    chart = confidence_chart(made, 0.36)
    drawn = {line.get_gid(): line for axes in figure.axes for line in axes.lines}
    for trace in chart["data"][:6]:
        way = trace["legendgroup"]
        measure = trace["name"].rsplit(": ")[1].lower()
        np.testing.assert_array_equal(drawn[f"{measure} {way}"].get_ydata(), trace["y"])
    assert figure_bytes(figure, "svg", 100).startswith(b"<?xml")
    points = reliability_chart(made)["data"][2]
    assert list(points["customdata"]) == [one.count for one in made.ways["one2one"].bins]
