"""Claims about what the lessons say: on the bundled weights every premise holds, and the browser's words are Python's.

A retrained detector that made a lesson lie would fail here: then the lesson needs another object or picture.
"""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from lab_reference import in_node, needs_node

from dualviz import lab
from dualviz.detector.catalogue import available
from dualviz.exports.files import lesson_pictures
from dualviz.lab.facts import FACTS, Facts, answer_of, facts_at
from dualviz.lab.knobs import FILTERS, clean
from dualviz.lab.scene import seen
from dualviz.lab.state import clean_knobs
from dualviz.lessons import LESSONS, Lesson, Step, lesson_payload
from dualviz.pictures.scenes import gallery
from dualviz.web import session

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
DECIMAL = re.compile(r"(?<![\w{.])\d+\.\d+")


def sentences(step: Step) -> list[Any]:
    """What a step says, in the order of tests/lesson_cases.js."""
    given = [
        step.given.get("title"),
        step.words,
        step.given.get("verdict"),
        step.given.get("because"),
    ]
    given += [*step.given.get("said", {}).values()]
    given += [option["words"] for option in (step.answer or {}).get("options", ())]
    return [one for one in given if one is not None]


@pytest.fixture(scope="module")
def browser() -> list[list[dict]]:
    """Every step of every lesson as node runs it."""
    given = []
    for lesson in LESSONS:
        subject = seen(lesson.picture, lesson.detector)
        packed = lab.payload(subject.image, subject.prediction, subject.class_names)
        truth = {"boxes": subject.truth.boxes.tolist(), "labels": subject.truth.labels.tolist()}
        packed_text = base64.b64encode(packed).decode()
        given.append({"payload": packed_text, "truth": truth, "lesson": lesson_payload(lesson)})
    script = """
        const { runLessons } = await import("./lesson_cases.js");
        console.log(JSON.stringify(runLessons(given)));
    """
    return in_node(script, given)


def test_app_file_and_tests_count_the_same_objects() -> None:
    """Object 26 is one object, wherever the lesson is read."""
    carried = lesson_pictures(LESSONS, "cpu")
    for lesson in LESSONS:
        known = seen(lesson.picture, lesson.detector).truth
        _packed, own = carried[f"{lesson.picture} {lesson.detector}"]
        shown = session.fixed(lesson.picture, lesson.detector).truth
        assert own == (known.boxes.tolist(), known.labels.tolist()), lesson.slug
        assert shown.boxes.tolist() == known.boxes.tolist(), lesson.slug
        assert lesson.object <= len(known)


@needs_node
@EACH
def test_the_browser_says_what_python_says_at_every_step(lesson: Lesson, browser: list) -> None:
    for step, said in zip(lesson.steps, browser[lesson.id - 1], strict=True):
        scene, knobs = facts_at(lesson, step), lesson.knobs_at(step)
        assert said["knobs"] == {"knobs": clean_knobs(knobs), "filters": clean(FILTERS, knobs)}
        assert said["said"] == [scene.say(one) for one in sentences(step)], step.id
        right = answer_of(lesson, step)
        if isinstance(right, float):
            assert said["answer"] == pytest.approx(right, rel=1e-6)
        else:
            assert said["answer"] == right, step.id
        assert said["right"] is (True if step.answer and right is not None else None)
        needs = step.given.get("needs", ())
        assert said["needs"] == [scene.value(name) for name in needs], step.id


@EACH
def test_what_a_step_needs_is_there_and_its_answer_can_be_given(lesson: Lesson) -> None:
    begun = facts_at(lesson)
    assert all(begun.value(name) for name in lesson.given.get("needs", ()))
    for step in lesson.steps:
        before = facts_at(lesson, step, acted=False)
        for name in step.given.get("needs", ()):
            offered = before if step.kind in ("ask", "act") else facts_at(lesson, step)
            assert name in FACTS and offered.value(name), (step.id, name)
        if (step.answer or {}).get("type") == "choice":
            keys = [option["key"] for option in step.answer["options"]]
            assert answer_of(lesson, step) in keys, step.id


@EACH
def test_decimals_are_settings_and_never_results(lesson: Lesson) -> None:
    """A number with a point that stands typed in a sentence is a knob of this lesson, or the paper's default."""
    known = {0.5, 0.25, 0.7}  # α, half of it, and a threshold that a sentence speaks of
    for step in (None, *lesson.steps):
        known |= {v for v in lesson.knobs_at(step).values() if not isinstance(v, bool | str)}
    known |= {0.3, 0.9} if lesson.id == 9 else set()
    for step in lesson.steps:
        for one in sentences(step):
            for text in one.values() if isinstance(one, dict) else [one]:
                assert {float(number) for number in DECIMAL.findall(text)} <= known, (step.id, text)


def facts(number: int, step: str, acted: bool = True) -> Callable[[str], Any]:
    lesson = LESSONS[number - 1]
    found: Facts = facts_at(lesson, next(one for one in lesson.steps if one.id == step), acted)
    return found.value


def test_1_the_first_head_repeats_itself_and_the_second_loses_her_first() -> None:
    at = facts(1, "boxes")
    assert at("raw") >= 6 > at("nms") >= at("free") == 1
    surer = facts(1, "emptied")
    assert surer("free") == 0 < surer("nms") <= surer("raw")


def test_2_overlap_wins_once_and_score_once() -> None:
    at, check = facts(2, "ranked"), facts(2, "check")
    assert at("winner") == "b" and at("a_rank") > 1 == at("b_rank")
    assert at("outweighs") > 1.5 and at("lead_percent") >= 3, "by a margin that can be seen"
    assert at("alpha") < at("alpha_tie") < 20
    assert check("winner") == "a" and check("has_pair") and check("lead_percent") >= 3


def test_3_more_weight_on_the_score_lifts_who_scores() -> None:
    at, check = facts(3, "moved"), facts(3, "check")
    assert at("a_rank") < at("a_rank_before") and at("ranks_moved") > 0
    assert at("a_score") == at("a_score_before") and at("a_overlap") == at("a_overlap_before")
    assert check("a_rank") < check("a_rank_before")


def test_4_doubling_both_moves_every_number_and_no_rank() -> None:
    at = facts(4, "kept")
    assert at("metrics_moved") == at("candidates") and at("ranks_moved") == 0
    assert at("b_metric") == pytest.approx(at("b_metric_before") ** 2)
    lesson = LESSONS[3]
    start = facts_at(lesson).now.one2many.rank[2]
    for alpha, beta, same in ((0.25, 3, True), (1, 6, False), (0.5, 12, False)):
        rank = facts_at(lesson).at(alpha=alpha, beta=beta).now.one2many.rank[2]
        assert bool((rank == start).all()) is same


def test_5_predictions_and_not_the_rule_part_the_heads() -> None:
    own, shared, check = facts(5, "guess"), facts(5, "agreed"), facts(5, "check")
    assert own("rank") > 1 == shared("rank")
    assert shared("pick_second_score_before") < 0.1 < 0.5 < shared("pick_score_before")
    assert check("agree") < check("objects") / 2
    ranks = facts_at(LESSONS[4]).pick_ranks
    assert sum(0 < rank <= 10 for rank in ranks) > 0.8 * len(ranks), "mostly among the first ten"
    assert shared("agree") == shared("objects")


def test_6_the_gap_is_what_the_others_are_taught_and_none_where_there_are_none() -> None:
    start, end, formula = facts(6, "guess"), facts(6, "closed"), facts(6, "formula")
    assert start("gap_k10") > start("gap_k5") > start("gap_k3") > start("gap_k1") == end("gap") == 0
    assert start("gap") == pytest.approx(start("others_target")) == pytest.approx(start("floor"))
    assert start("rank") == 1
    assert formula("ceiling") == pytest.approx(formula("t_many_sum") + formula("t_one"))


def test_7_another_rule_moves_the_choice_and_the_gap_leaves_its_floor() -> None:
    start, at = facts(7, "guess", acted=False), facts(7, "fell")
    assert start("rank") == 1 < at("rank")
    assert at("gap") > at("gap_before") and at("floor") == pytest.approx(at("floor_before"))
    assert at("gap") - at("floor") > 0.05, "seen in the numbers as they are written"
    assert 0 < at("picks_moved") < at("objects")
    trace = facts_at(LESSONS[6], LESSONS[6].steps[-1]).now
    pick, first = (int(h.assignment.candidates[2, 0]) for h in (trace.one2one, trace.one2many))
    assert trace.one2one.p[2, pick] > trace.one2one.p[2, first], "the new winner scores better"
    assert trace.one2one.overlaps[2, pick] < trace.one2one.overlaps[2, first], "and fits worse"


def test_8_many_are_taught_in_one_head_and_one_in_the_other() -> None:
    at = facts(8, "pushes")
    assert at("positives_many") >= 5 and at("positives_one") == 1
    assert at("positives_many") > at("pushed_up_many") > 3 * max(1, at("pushed_up_one"))
    scene = facts_at(LESSONS[7])
    neighbours = scene.pushed("one2many") < 0
    taught = scene.now.one2many.assignment.target_gt
    neighbours &= scene.now.prior[scene.g] & (taught >= 0) & (taught != scene.g)
    assert neighbours.any(), "a neighbour's anchors lie inside, and are not counted for this cell"
    assert at("target_sum_many") > 4 * at("target_sum_one")


def test_9_low_loses_neighbours_high_repeats_and_no_threshold_does_neither() -> None:
    at = facts(9, "swept")
    assert at("nms_missed_low") > at("nms_missed_high") and at("nms_duplicate_high") > 5
    assert at("free_missed") + at("free_duplicate") > 0, "not perfect either"
    scene = facts_at(LESSONS[8])
    for step in range(1, 100):
        judged = scene.at(iou=step / 100).judged("nms")
        assert int(judged.missed.sum()) + int(judged.duplicate.sum()) > 0


def test_10_one_object_is_named_twice_and_each_remedy_has_its_price() -> None:
    at = facts(10, "seen")
    scene = facts_at(LESSONS[9])
    pair = scene.twins[0]
    truth = scene.judged("free").truth
    assert truth[pair.rows[0]] == truth[pair.rows[1]] >= 0
    assert at("pair_second") > at("conf") and at("pair_overlap") > 0.5
    assert pair.overlap > 0.9, "close enough to be seen as one box drawn twice"
    assert at("repair_lost") >= 2, "the remedy has its price"


def test_11_is_read_from_a_file_that_names_its_command() -> None:
    told = lesson_payload(LESSONS[10])
    assert told["table"]["command"].startswith(
        "python -m dualviz study genuine --detector yolov10n.pt"
    )
    assert len(told["table"]["rows"]) == 3 and not re.search(r"\{\w+\}", str(told["table"]))
    at = facts(11, "counted")
    shares = [float(at(f"genuine_top{k}").split()[0]) for k in (1, 5, 10)]
    papers = [float(at(f"paper_consistent_top{k}").split()[0]) for k in (1, 5, 10)]
    assert all(abs(one - other) < 6 for one, other in zip(shares, papers)), "the same finding"
    assert 15 < shares[0] < 35 and 70 < shares[1] < 90 and shares[2] > 95
    assert facts(11, "accuracy")("genuine_close") == "close"


def test_12_only_where_objects_compete_does_hungarian_choose_otherwise() -> None:
    at = facts(12, "same")
    assert 0 < at("rematched") <= at("rivals") < at("objects") / 2
    scene = facts_at(LESSONS[11])
    assert scene.now.one2one.assignment.unmatched.any(), "one of the rivals stays without"


@pytest.mark.parametrize("lesson", [one for one in LESSONS if one.object], ids=lambda one: one.slug)
def test_an_object_that_is_shown_closely_is_whole_in_its_picture(lesson: Lesson) -> None:
    if lesson.given.get("whole"):  # the whole picture is shown
        return
    image, truth = gallery()[lesson.picture]()
    x1, y1, x2, y2 = truth.taught.boxes[lesson.object - 1].tolist()
    height, width = image.shape[:2]
    assert x1 > 1 and y1 > 1 and x2 < width - 1 and y2 < height - 1
