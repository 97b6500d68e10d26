"""Claims about the first sight: its picture shows what its words say, whatever the weights become."""

from pathlib import Path

import numpy as np
import pytest
from lab_reference import in_node, needs_node

from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.lab.start import DETECTOR, JAGGED, PICTURE, first_state, waiting
from dualviz.matching import class_scores, spatial_prior
from dualviz.pictures.scenes import gallery
from dualviz.postprocess import match, nms_free, non_max_suppression

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


@pytest.fixture(scope="module")
def seen():
    image, truth = gallery()[PICTURE]()
    detector = load_detector(DETECTOR, "cpu")
    truth = truth.for_classes(detector.class_names)
    return detector.predict(image), truth


def test_the_page_shows_what_is_tested_here() -> None:
    page = Path(__file__).parents[2] / "dualviz/web/pages/start.py"
    text = page.read_text(encoding="utf-8")
    assert (
        "session.fixed(PICTURE, DETECTOR)" in text
        and "start(session.packed(subject), own, " in text
    )
    assert first_state()["object"] == JAGGED
    assert (PICTURE, DETECTOR, JAGGED) == ("sparse", "pico-cells", 2)


def test_what_stands_there_while_the_heads_look_asks_for_nothing() -> None:
    still = waiting()
    assert still.count("<h1") == 1 and still.count("<canvas") == 3
    assert not any(part in still for part in ("<input", "data-answer", "data-door"))


@pytest.mark.parametrize("confidence", np.arange(0.1, 0.501, 0.05).round(2).tolist())
def test_the_second_head_keeps_every_object_while_the_first_repeats_itself(
    seen, confidence: float
) -> None:
    prediction, truth = seen
    one = prediction.one2one
    second = match(nms_free(one.boxes, one.scores, confidence), truth.boxes, truth.labels)
    assert int(second.missed.sum()) == 0, "it keeps every object"
    many = prediction.one2many
    raw = match(nms_free(many.boxes, many.scores, confidence), truth.boxes, truth.labels)
    assert int(raw.duplicate.sum()) > max(3 * len(truth), 20 * int(second.duplicate.sum()))


def test_both_ways_leave_one_box_an_object_at_the_confidence_that_is_shown_first(seen) -> None:
    prediction, truth = seen
    one = prediction.one2one
    assert len(nms_free(one.boxes, one.scores, 0.25).scores) == len(truth)
    many = prediction.one2many
    kept = non_max_suppression(many.boxes, many.scores, 0.25, 0.7, 300)
    assert len(kept.scores) == len(truth)


def test_one_place_of_the_second_head_speaks_for_the_jagged_cell(seen) -> None:
    prediction, truth = seen
    inside = spatial_prior(prediction.anchor_points, truth.boxes)[JAGGED]
    scores = [
        class_scores(head.scores, truth.labels)[JAGGED][inside].sort(descending=True).values
        for head in (prediction.one2many, prediction.one2one)
    ]
    assert int((scores[0] > 0.6).sum()) >= 5, "several places of the first head speak up"
    assert scores[1][0] > 0.6 and scores[1][1] < 0.01, "one place of the second does"
    assert truth.boxes[JAGGED][0] > 0 and truth.boxes[JAGGED][2] < 415, "the cell is whole"


@needs_node
def test_less_than_is_true_of_the_number_it_names() -> None:
    given = [0.00013, 0.0002, 0.95, 0.1, 9.99e-5, 3.2e-9, 0]
    script = """
        const { roundedUp } = await import("../dualviz/lab/start/start.js");
        console.log(JSON.stringify(given.map(roundedUp)));
    """
    for score, words in zip(given, in_node(script, given)):
        assert score < words <= max(2 * score, 1e-6) + 1e-12
