"""Claims about the live lessons: their numbers are Python's, their steps wait and remember, their file needs nothing."""

import base64
import json
import re
import subprocess

import numpy as np
import pytest
from lab_reference import NODE, in_node, needs_node
from made_lesson import MADE

from dualviz import lab
from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.lab.detections import clean_detections, select_detections
from dualviz.lab.joined import joined_module
from dualviz.lab.lesson import standalone_lessons
from dualviz.pictures.scenes import gallery
from dualviz.postprocess import match
from dualviz.study.targets import head_targets, raw_outputs
from dualviz.trace import trace_prediction

needs_weights = pytest.mark.skipif(not available(), reason="no weights are bundled")
SETTINGS = (
    {},
    {"alpha": 2.0},
    {"shared": True, "mode": "paper", "k": 5},
    {"shared": True, "r": 2.0},
)
MARKS = {"A": "loudest", "B": "first"}
KNOBS = {"alpha": 0.5, "beta": 6.0, "r": 1.0, "k": 10, "locked": True, "alpha1": 0.5, "beta1": 6.0}
KNOBS |= {"shared": False, "mode": "code"}


@pytest.fixture(scope="module")
def seen():
    """A bundled picture under its detector: image, truth, prediction, names, detector."""
    image, truth = gallery()["sparse"]()
    detector = load_detector("pico-cells", "cpu")
    return image, truth.for_classes(detector.class_names), detector.predict(image), detector


@pytest.fixture(scope="module")
def packed(seen) -> bytes:
    image, _truth, prediction, detector = seen
    return lab.payload(image, prediction, detector.class_names, None, "Sparse", "pico-cells")


def facts(seen, packed: bytes, cases: list[dict]) -> list[dict]:
    _image, truth, _prediction, _detector = seen
    given = {
        "payload": base64.b64encode(packed).decode(),
        "truth": {"boxes": truth.boxes.tolist(), "labels": truth.labels.tolist()},
        "cases": cases,
    }
    script = """
        const { runFacts } = await import("./lesson_cases.js");
        console.log(JSON.stringify(runFacts(given)));
    """
    return in_node(script, given)


def wanted(trace, start, g: int) -> dict[str, float]:
    """What Python says of one object under the names that lessons use; A and B are chosen where the lesson starts."""
    many, one = trace.one2many, trace.one2one
    picks = [a for a in start.one2many.assignment.candidates[g].tolist() if a >= 0]
    pick = one.assignment.candidates[g, 0].item()
    A, B = max(picks, key=lambda a: many.p[g, a].item()), picks[0]
    score = {mark: many.p[g, a].item() for mark, a in (("a", A), ("b", B))}
    overlap = {mark: many.overlaps[g, a].item() for mark, a in (("a", A), ("b", B))}
    return {
        "a_score": score["a"],
        "b_score": score["b"],
        "a_overlap": overlap["a"],
        "b_overlap": overlap["b"],
        "a_metric": many.log_metric[g, A].exp().item(),
        "a_rank": many.rank[g, A].item(),
        "b_rank": many.rank[g, B].item(),
        "rank": many.rank[g, pick].item(),
        "candidates": int((many.rank[g] > 0).sum()),
        "pick_overlap": one.overlaps[g, pick].item(),
        "positives_many": int(many.assignment.positives[g]),
        "positives_one": int(one.assignment.positives[g]),
        "gap": trace.gap[g].item(),
        "floor": trace.gap_bounds[0][g].item(),
        "ceiling": trace.gap_bounds[1][g].item(),
        "agree": int(trace.agreement.top_k_alignment[:, 0].nan_to_num().sum()),
        "has_pair": score["a"] > score["b"] and overlap["a"] < overlap["b"],
        "off_floor": int((trace.gap - trace.gap_bounds[0] > 1e-5).sum()),
    }


@needs_node
@needs_weights
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_a_lessons_numbers_are_those_of_python(seen, packed: bytes, setting: dict) -> None:
    image, truth, prediction, detector = seen
    start, trace = (
        trace_prediction(image, truth, prediction, detector.class_names, lab.setting_of(knobs))
        for knobs in (KNOBS, KNOBS | setting)
    )
    objects = range(0, len(truth), 2)
    references = [wanted(trace, start, g) for g in objects]
    cases = [
        {"setting": setting, "object": g, "marks": MARKS, "names": list(references[0])}
        for g in objects
    ]
    for g, said, reference in zip(objects, facts(seen, packed, cases), references):
        for name, value in reference.items():
            assert said["values"][name] == pytest.approx(value, rel=1e-5, abs=1e-6), (g, name)


@needs_node
@needs_weights
def test_counts_of_the_three_outputs_are_those_of_python(seen, packed: bytes) -> None:
    _image, truth, prediction, _detector = seen
    filters = [{"conf": 0.25, "iou": 0.7}, {"conf": 0.05, "iou": 0.9}, {"conf": 0.6, "iou": 0.2}]
    kinds = ("", "_object", "_missed", "_duplicate", "_false")
    names = [f"{path}{kind}" for path in ("raw", "nms", "free") for kind in kinds]
    cases = [{"setting": one, "object": 2, "names": names} for one in filters]
    for one, said in zip(filters, facts(seen, packed, cases)):
        settings = clean_detections({"settings": one})["settings"]
        for path, found in select_detections(prediction, settings).items():
            judged = match(found, truth.boxes, truth.labels)
            counts = {
                "": len(found),
                "_object": int((judged.truth == 2).sum()),
                "_missed": int(judged.missed.sum()),
                "_duplicate": int(judged.duplicate.sum()),
                "_false": int(judged.false.sum()),
            }
            assert {kind: said["values"][f"{path}{kind}"] for kind in kinds} == counts, (one, path)


@needs_node
@needs_weights
def test_who_is_pushed_up_is_what_the_loss_teaches(seen, packed: bytes) -> None:
    image, truth, prediction, detector = seen
    trace = trace_prediction(image, truth, prediction, detector.class_names, lab.setting_of(KNOBS))
    g, label = 2, int(truth.labels[2])
    names = [
        f"{name}_{head}"
        for name in ("target_sum", "push_sum_picture", "pushed_up", "push_sum")
        for head in ("many", "one")
    ]
    [said] = facts(seen, packed, [{"setting": {}, "object": g, "names": names}])
    taught = head_targets(trace, raw_outputs(detector, image))
    for head, name in (("one2many", "many"), ("one2one", "one")):
        value = {
            start: said["values"][f"{start}_{name}"]
            for start in ("target_sum", "push_sum_picture", "pushed_up", "push_sum")
        }
        assert value["target_sum"] == pytest.approx(taught[head].target.sum().item(), rel=1e-5)
        up = (-taught[head].gradient[:, label]).clamp(min=0)
        assert value["push_sum_picture"] == pytest.approx(up.sum().item(), rel=1e-4)
        taught_to = getattr(trace, head).assignment.target_gt
        inside = up[trace.prior[g] & ((taught_to < 0) | (taught_to == g))]
        assert value["pushed_up"] == int((inside > 0).sum())
        assert value["push_sum"] == pytest.approx(inside.sum().item(), rel=1e-3, abs=1e-6)


@needs_node
@needs_weights
def test_numbers_are_written_for_readers_and_before_means_before(seen, packed: bytes) -> None:
    names = [
        "a_move",
        "winner_metric",
        "emptied",
        "raw_amount",
        "alpha",
        "outweighs",
        "rank_th",
        "rank_before",
        "winner",
        "gap",
        "candidates",
        "moved",
    ]
    case = {"setting": {"alpha": 2}, "object": 2, "marks": MARKS, "names": names}
    moved = ["ranks_moved", "metrics_moved"]
    still = {"setting": {"alpha": 1, "beta": 12}, "object": 2, "names": moved}
    case["names"] += moved
    said, doubled = facts(seen, packed, [case, still])
    assert said["written"]["alpha"] == "2" and said["values"]["rank_before"] > 1
    assert re.fullmatch(r"\d+(st|nd|rd|th)", said["written"]["rank_th"])
    assert re.fullmatch(r"\d\.\d", said["written"]["outweighs"])
    assert said["values"]["moved"] is True
    assert said["values"]["a_move"] == "up" and said["values"]["emptied"] == "none"
    assert said["values"]["raw_amount"] == "many"
    before, after = (
        trace_prediction(*seen[:3], seen[3].class_names, lab.setting_of(KNOBS | turned)).one2many
        for turned in ({}, {"alpha": 2})
    )
    ranked = int((before.rank[2] > 0).sum())
    assert doubled["values"]["ranks_moved"] == 0, "doubling both moves no rank"
    assert doubled["values"]["metrics_moved"] == ranked, "and every m"
    moved_ranks = int((before.rank[2] != after.rank[2]).sum())
    assert 0 < moved_ranks < ranked
    assert said["values"]["ranks_moved"] == moved_ranks, "of the head whose ranks are seen"


STEPS = 'const S = await import("../dualviz/lab/lesson/steps.js");\n'


@needs_node
def test_a_page_waits_for_its_guess_or_its_hand_and_back_loses_nothing() -> None:
    script = """
        const lesson = given;
        let way = S.startAt(lesson);
        const said = [];
        const at = () => lesson.steps[way.step].id;
        const on = () => { way = S.walked(lesson, way, 1); said.push([at(), S.waitsFor(lesson, way)]); };
        on();
        way = S.guessed(lesson, way, "guess", "a");
        way = S.guessed(lesson, way, "guess", "b");
        on();
        way = { ...way, acted: { point: true } };
        on(); on();
        way = S.guessed(lesson, way, "why", "a");
        on();
        way = S.walked(lesson, way, -1);
        said.push([at(), S.waitsFor(lesson, way), way.guesses]);
        console.log(JSON.stringify({ said, pages: S.pagesOf(lesson), link: S.encodeWay(lesson, way) }));
    """
    told = in_node(STEPS + script, MADE)
    assert told["said"] == [
        ["guess", "guess"],  # nothing given: it stays
        ["point", "act"],
        ["reveal", "guess"],  # its why waits
        ["reveal", "guess"],
        ["turn", "act"],
        ["reveal", "", {"guess": "a", "why": "a"}],  # the first guess stands
    ]
    assert [page["name"] for page in told["pages"]] == [
        "Predict",
        "Try",
        "Compare",
        "Try",
        "Rule",
        "Check",
    ]
    assert told["link"] == {"lesson": "2", "step": "3", "guess": "a~a"}


@needs_node
def test_a_link_opens_its_step_with_its_guesses_and_what_is_broken_is_left_out() -> None:
    links = [
        {"step": "6", "guess": "b~c~3.4"},
        {"step": "99", "guess": "x~~nan"},
        {"step": "-1", "guess": "~b"},
        {},
    ]
    script = (
        "console.log(JSON.stringify(given.links.map((link) => S.decodeWay(given.lesson, link))));"
    )
    full, broken, half, none = in_node(STEPS + script, {"lesson": MADE, "links": links})
    assert (full["step"], full["guesses"]) == (5, {"guess": "b", "why": "c", "check": 3.4})
    assert full["acted"] == {"point": True, "turn": True}, "acts that lie behind are done"
    assert (broken["step"], broken["guesses"]) == (len(MADE["steps"]) - 1, {})
    assert (half["step"], half["guesses"]) == (0, {"why": "b"})
    assert (none["step"], none["guesses"]) == (0, {})


@needs_node
def test_a_step_stands_at_the_knobs_that_the_steps_before_it_left() -> None:
    script = """
        const settings = [0, 4, 5, 6].map((step) => S.settingAt(given, S.startAt(given, step)).knobs.alpha);
        const far = S.isDone({ type: "knob", knob: "alpha", to: 2 }, { now: { alpha: 2.3 }, start: { alpha: 0.5 } });
        const near = S.isDone({ type: "knob", knob: "alpha", to: 2 }, { now: { alpha: 1.9 }, start: { alpha: 0.5 } });
        const down = S.isDone({ type: "knob", knob: "k", to: 1 }, { now: { k: 1 }, start: { k: 10 } });
        const point = (pointed) => S.isDone({ type: "point" }, { pointed, anchors: [5, 9] });
        console.log(JSON.stringify([settings, far, near, down, point([9]), point([9, 3, 5])]));
    """
    settings, *done = in_node(STEPS + script, MADE)
    assert settings == [0.5, 0.5, 2, 0.5], "the act sets it, a later step may set it again"
    assert done == [True, False, True, False, True]


@needs_node
def test_a_guess_is_judged_by_facts_and_the_score_counts_what_can_be_judged() -> None:
    script = """
        const value = (name) => ({ winner: "b", outweighs: 3.34 })[name];
        const [guess, check] = [given.steps[0], given.steps[6]];
        const right = [S.isRight(guess, "b", value), S.isRight(guess, "a", value), S.isRight(check, 3.8, value), S.isRight(check, 4, value)];
        const keys = [S.saidKey(guess, "c", value), S.saidKey(check, 9, value), S.saidKey(check, 1, value), S.saidKey(check, 3.3, value)];
        const way = { guesses: { guess: "b", why: "b", check: 3.3 } };
        console.log(JSON.stringify([right, keys, S.scoreOf(given, way, () => value)]));
    """
    right, keys, score = in_node(STEPS + script, MADE)
    assert right == [True, False, True, False]
    assert keys == ["c", "high", "low", "right"]
    assert score == {"right": 2, "asked": 3, "of": 3}


@needs_node
def test_the_joined_lesson_is_one_module_that_node_accepts() -> None:
    done = subprocess.run(
        [NODE, "--input-type=module", "--check"],
        input=joined_module("lesson/lesson.js"),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


@needs_weights
def test_one_file_carries_its_lessons_and_each_picture_once(seen, packed: bytes) -> None:
    _image, truth, _prediction, _detector = seen
    own = truth.boxes.tolist(), truth.labels.tolist()
    second = MADE | {"id": 3, "title": "Another <b>"}
    page = standalone_lessons({"sparse pico-cells": (packed, own)}, [MADE, second])
    assert page.count(base64.b64encode(packed).decode()) == 1
    course = re.search(r'id="course">([^<]+)<', page)[1]
    told = json.loads(base64.b64decode(course))
    assert [one["seed"]["lesson"]["id"] for one in told] == [2, 3]
    np.testing.assert_allclose(told[0]["seed"]["own"]["boxes"], own[0])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'") and "http" not in policy
    assert not re.search(r'(?:src|href)="(?!#)', page), "nothing is asked for"
