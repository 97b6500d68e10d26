"""Claims about rules by name: the browser's are Python's, and under YOLO26's every anchor is said to be what it became."""

import csv
from dataclasses import asdict

import pytest
from lab_reference import Case, differences, in_node, make_case, near_ties, needs_node, traced

from dualviz.assignment import RULES, rules_of
from dualviz.exports.tables import candidates_csv
from dualviz.lab.knobs import KNOBS
from dualviz.lab.state import setting_of
from dualviz.trace import trace_prediction

CAMEL = {"best_overlap": "bestOverlap", "least_side": "leastSide"}
CASES = [seed for seed in range(300) if traced(seed).setting.mode == "yolo26"]


@needs_node
def test_the_browsers_rules_are_pythons_and_all_are_offered() -> None:
    script = """
        const { RULES } = await import("../dualviz/lab/engine/rules.js");
        const { MODES } = await import("../dualviz/lab/engine/knobs.js");
        console.log(JSON.stringify({ RULES, MODES }));
    """
    said = in_node(script)
    written = {}
    for name, rules in RULES.items():
        values = asdict(rules)
        assert values.pop("eps") == 0, "the browser's soft targets are exact"
        written[name] = {CAMEL.get(key, key): value for key, value in values.items()}
    assert said["RULES"] == written
    assert said["MODES"] == list(RULES) == list(KNOBS["mode"].choices)


def test_yolo26_selects_seven_keeps_the_best_that_is_left_and_enlarges_small_objects() -> None:
    rules = rules_of("yolo26")
    assert (rules.picks, rules.keep, rules.least_side) == (7, 1, 16)
    assert rules_of("code").overlap == rules.overlap and rules.conflicts


@pytest.fixture(scope="module")
def told() -> dict[int, list[dict]]:
    """By case, object and head: state, words and verdict of every anchor of the picture, as the browser says them."""
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const X = await import("../dualviz/lab/laboratory/explain.js");
        const R = await import("../dualviz/lab/laboratory/reasons.js");
        const { candidateRows } = await import("../dualviz/lab/laboratory/rows.js");
        console.log(JSON.stringify(given.map(({ payload, truth, knobs }) => {
            const engine = createEngine(unpack(base64Bytes(payload)));
            engine.setTruth(truth);
            return truth.boxes.map((_, g) => {
                const result = engine.compute(knobs, g);
                const rows = candidateRows(engine, result).rows.map(({ anchor, state, state1 }) => ({ anchor, state, state1 }));
                const anchors = Array.from({ length: engine.payload.anchors }, (_, anchor) => {
                    const reading = engine.reading(anchor);
                    return {
                        words: [0, 1].map((h) => X.sentence(engine, result, reading, h)),
                        steps: X.chain(reading, result, 1).filter(({ key }) => key === "keep"),
                        verdict: R.verdict(reading, 1),
                        target: reading.heads[1].tFinal,
                    };
                });
                return { rows, anchors, headline: R.headline(engine, result, null), area: result.each[g].area };
            });
        })));
    """
    return dict(zip(CASES, in_node(script, [make_case(seed).sent() for seed in CASES])))


def loose(seed: int) -> bool:
    trace = traced(seed)
    heads = (trace.one2many, trace.one2one)
    return any(near_ties(row.numpy()) for head in heads for row in head.log_metric)


@needs_node
def test_what_an_anchor_became_is_what_python_says_it_became(told: dict) -> None:
    """Both tables of candidates, anchor by anchor; the words of the one-to-one head follow the state."""
    seen = dict.fromkeys(("positive", "passed over", "lost", "won in a conflict", "candidate"), 0)
    for seed in CASES:
        if loose(seed):
            continue
        for g, said in enumerate(told[seed]):
            table = candidates_csv(traced(seed), g).lstrip("\ufeff").splitlines()[1:]
            wanted = {
                int(row["anchor"]): (row["state"], row["state1"]) for row in csv.DictReader(table)
            }
            rows = {row["anchor"]: (row["state"], row["state1"]) for row in said["rows"]}
            assert rows == wanted, (seed, g)
            for anchor, (_, state) in wanted.items():
                words = said["anchors"][anchor]["words"][1]
                keep = said["anchors"][anchor]["steps"][0]
                seen[state.split(" to ")[0]] = seen.get(state.split(" to ")[0], 0) + 1
                assert ("lost before the best was kept" in words) == state.startswith("lost"), words
                assert ("is not the best" in words) == (state == "passed over"), words
                assert words.startswith("Chosen") == (state == "positive"), words
                assert (keep["ok"] is True) == (state in ("positive", "won in a conflict"))
                assert (keep["ok"] is False) == (state == "passed over")
    assert min(seen.values()) > 1, seen


@needs_node
def test_outside_a_small_object_is_outside_its_area(told: dict) -> None:
    areas = outside = 0
    for seed in CASES:
        trace = traced(seed)
        scale = trace.prediction.pixel_scale
        for g, said in enumerate(told[seed]):
            box = trace.truth.boxes[g]
            small = bool((box[2:] - box[:2] < 16 * scale).any())
            assert (said["area"] is not None) == small
            areas += small
            for anchor, one in enumerate(said["anchors"]):
                for words in one["words"]:
                    assert ("lies outside object" in words) == (not trace.prior[g, anchor])
                    beyond = "outside the area of at least 16 network pixels" in words
                    assert beyond == (small and not bool(trace.prior[g, anchor]))
                    outside += beyond
    assert areas > 20 and outside > 100


@needs_node
def test_a_first_choice_that_was_lost_is_headlined_with_what_is_kept_instead(told: dict) -> None:
    kinds = {"of what is left": 0, "none is left": 0}
    for seed in CASES:
        one = traced(seed).one2one.assignment
        for g, said in enumerate(told[seed]):
            lost = bool((one.candidates[g, 0] >= 0) and one.lost[g, 0])
            assert ("first choice went to object" in said["headline"]) == lost, said["headline"]
            for kind in kinds:
                kinds[kind] += kind in said["headline"]
            if lost and not loose(seed):
                assert ("none is left" in said["headline"]) == bool(one.unmatched[g])
    assert kinds["of what is left"] > 5, kinds


@needs_node
def test_going_from_rules_to_rules_leaves_nothing_of_the_others() -> None:
    """One engine, all rules in turn: every answer is that of a fresh one under those rules."""
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const { answer } = await import("./lab_cases.js");
        console.log(JSON.stringify(given.map(({ payload, truth, knobs, object }) => {
            const engine = createEngine(unpack(base64Bytes(payload)));
            engine.setTruth(truth);
            return ["yolo26", "code", "yolo26", "paper", "code"].map((mode) => ({ mode, said: answer(engine, engine.compute({ ...knobs, mode }, object)) }));
        })));
    """
    seeds = [11, 12, 24, 25, 37, 50, 51, 63, 64]
    for seed, answers in zip(seeds, in_node(script, [make_case(seed).sent() for seed in seeds])):
        case = make_case(seed)
        for one in answers:
            knobs = {**case.knobs, "mode": one["mode"]}
            turned = Case(
                case.prediction, case.boxes, case.labels, knobs, case.chosen, case.size_hw
            )
            differences(turned, turned.traced(), one["said"])


def test_an_object_alone_is_taught_alike_whether_one_is_picked_or_seven_to_keep_one() -> None:
    """Before conflicts nothing parts the two: same first choice, same targets, same gap where no side is short."""
    for seed in (0, 13, 26, 39):
        case = make_case(seed)
        setting = {
            mode: setting_of({**case.knobs, "mode": mode, "shared": False})
            for mode in ("code", "yolo26")
        }
        blank, given = traced(seed).image, traced(seed)
        code, young = (
            trace_prediction(blank, given.truth, case.prediction, given.class_names, one)
            for one in setting.values()
        )
        large = (code.prior == young.prior).all(1)
        assert (
            young.one2one.assignment.candidates[large, 0]
            == code.one2one.assignment.candidates[large, 0]
        ).all()
        assert (
            young.one2one.assignment.object_targets[large]
            == code.one2one.assignment.object_targets[large]
        ).all()
        assert young.gap[large].nan_to_num(-1).tolist() == code.gap[large].nan_to_num(-1).tolist()
