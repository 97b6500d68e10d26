"""Claims about sentences: each is driven into the state in which it once was false, and must be true there."""

import base64

import numpy as np
import pytest
import torch
from lab_reference import STRIDES, in_node, make_case, names, needs_node

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.lab import payload
from dualviz.lab.state import clean_knobs

pytestmark = needs_node

BEGIN = """
    const { createEngine } = await import("../dualviz/lab/engine/engine.js");
    const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
    const X = await import("../dualviz/lab/laboratory/explain.js");
    const T = await import("../dualviz/lab/laboratory/steps.js");
    const Y = await import("../dualviz/lab/laboratory/symbols.js");
    const S = await import("../dualviz/lab/laboratory/summary.js");
    const R = await import("../dualviz/lab/laboratory/reasons.js");
    const opened = ({ payload, truth }) => {
        const engine = createEngine(unpack(base64Bytes(payload)));
        engine.setTruth(truth);
        return engine;
    };
"""
OBJECT = [0.0, 0.0, 64.0, 64.0]


def made(scores: dict[int, float], boxes: dict[int, list[float]], truth: list) -> dict:
    """Both heads alike on a picture of 64 × 64 pixels: score and box by anchor, everything else 0 and far away."""
    points, level = anchor_grid((64, 64), STRIDES)
    p = torch.zeros(len(points), 1)
    found = torch.tensor([[200.0, 200.0, 210.0, 210.0]]).repeat(len(points), 1)
    for anchor, score in scores.items():
        p[anchor, 0] = score
        found[anchor] = torch.tensor(boxes[anchor])
    head = HeadPrediction(found, p)
    prediction = DualPrediction(head, head, points, level, STRIDES, (64, 64))
    packed = payload(np.zeros((64, 64, 3), np.uint8), prediction, names(1))
    labels = [0] * len(truth)
    return {
        "payload": base64.b64encode(packed).decode(),
        "truth": {"boxes": truth, "labels": labels},
    }


TIED = made(
    {18: 1.0, 19: 0.5, 20: 0.25},  # overlaps 1/4, 1/2, 1: m is 1/4 for all three at 1 : 1
    {18: [0.0, 0.0, 64.0, 16.0], 19: [0.0, 0.0, 64.0, 32.0], 20: OBJECT},
    [OBJECT],
)
LEFT = made(  # two objects claim anchor 18, a third overlaps it most and took anchor 16
    {16: 0.9, 18: 0.5},
    {16: [0.0, 0.0, 40.0, 60.0], 18: [2.0, 0.0, 40.0, 60.0]},
    [[10.0, 0.0, 50.0, 60.0], [12.0, 0.0, 52.0, 60.0], [0.0, 0.0, 40.0, 60.0]],
) | {"knobs": clean_knobs({"k": 1})}
CASES = [make_case(seed).sent() for seed in range(40)]


def test_the_floor_of_the_gap_is_given_its_cause_only_where_it_has_it() -> None:
    script = """
        const said = given.flatMap((one) => [[false, "code"], [false, "paper"], [true, "code"], [true, "paper"]].flatMap(([shared, mode]) => {
            const engine = opened(one);
            return one.truth.boxes.map((_, g) => {
                const result = engine.compute({ ...one.knobs, shared, mode }, g);
                return { lawful: shared && mode === "paper", floor: result.selected.gap.floor, words: S.gapSentence(result) };
            });
        }));
        console.log(JSON.stringify(said));
    """
    told = [one for one in in_node(BEGIN + script, CASES) if (one["floor"] or 0) > 1e-6]
    assert {one["lawful"] for one in told} == {True, False}
    for one in told:
        assert ("teaches its other positives" in one["words"]) == one["lawful"]
        assert ("least gap that any pick could give" in one["words"]) != one["lawful"]


def test_one_order_is_promised_only_of_one_heads_predictions_under_one_rule() -> None:
    script = """
        const { cleanKnobs } = await import("../dualviz/lab/engine/knobs.js");
        const engine = opened(given);
        const say = (knobs) => {
            const result = engine.compute(cleanKnobs(knobs), 0);
            return R.headline(engine, result, engine.reading(result.selected.pick));
        };
        console.log(JSON.stringify([{ shared: true }, { shared: true, r: 2 }, { shared: true, locked: false, beta1: 2 }, { shared: false }].map(say)));
    """
    law, powered, unlocked, own = in_node(BEGIN + script, TIED)
    assert "one rule" in law
    assert "m′ = m^2.00" in powered and "no rank did" in powered
    assert "one rule" not in unlocked and "one rule" not in own
    assert own == "Both heads put the same anchor first."


def test_a_reason_names_the_pull_that_decided_and_by_how_much() -> None:
    script = """
        const said = given.flatMap((one) => {
            const engine = opened(one);
            return one.truth.boxes.flatMap((_, g) => {
                const result = engine.compute(one.knobs, g);
                if (result.each[g].missing) return [];
                return [0, 1].flatMap((h) => [...result.selected.anchors].map((anchor) => {
                    const reading = engine.reading(anchor);
                    const view = result.selected.heads[h];
                    const [i, j] = reading.heads[h].rank === 1 ? [view.order[0], view.order[1]] : [reading.position, view.order[0]];
                    const { alpha, beta } = result.settings[h];
                    const { words, tug } = R.reason(engine, result, reading, h);
                    return { words, tug, rank: reading.heads[h].rank, p: [view.p[i], view.p[j]], u: [view.u[i], view.u[j]], alpha, beta };
                }));
            });
        });
        console.log(JSON.stringify(said.filter(({ words }) => / to 1\\.$|worse than the winner|beats the runner-up|nothing else comes near/.test(words))));
    """
    said = in_node(BEGIN + script, CASES)
    kinds = dict.fromkeys(("outweighed", "Both its score", "It beats", "nothing else"), 0)
    for one in said:
        by_score = one["alpha"] * np.log(one["p"][0] / one["p"][1])
        by_overlap = one["beta"] * np.log(one["u"][0] / one["u"][1])
        for kind in kinds:
            kinds[kind] += kind in one["words"]
        assert (by_score + by_overlap > 0) == (one["rank"] == 1)
        if "Both its score" in one["words"]:
            assert by_score < 0 and by_overlap < 0
        elif "It beats" in one["words"]:
            assert by_score > 0 and by_overlap > 0
        elif "nothing else" in one["words"]:
            assert one["p"][0] > 100 * one["p"][1]
        else:
            assert one["tug"]["score"] == pytest.approx(by_score)
            heavier = "score" if abs(by_score) > abs(by_overlap) else "overlap"
            assert f"{heavier} outweighed" in one["words"]
            times = max(abs(by_score), abs(by_overlap)) / min(abs(by_score), abs(by_overlap))
            written = one["words"].rsplit(" to 1", 1)[0].split()[-1]
            if times < 1000:
                assert float(written) == pytest.approx(times, abs=0.051 if times < 10 else 0.51)
    assert all(kinds.values()), kinds


def test_who_wins_a_conflict_is_said_to_claim_the_anchor_only_if_it_did() -> None:
    script = """
        const said = given.flatMap((one) => {
            const engine = opened(one);
            return one.truth.boxes.flatMap((_, g) => {
                const result = engine.compute({ ...one.knobs, mode: "code" }, g);
                return [0, 1].flatMap((h) => {
                    const mine = result.each[g].heads[h];
                    return [...mine.picks.subarray(0, mine.pickCount)].flatMap((anchor, i) => {
                        if (mine.kept[i] || result.each[g].missing) return [];
                        const winner = result.each[mine.lostTo[i]].heads[h];
                        const claimed = [...winner.picks.subarray(0, winner.pickCount)].includes(anchor);
                        return [{ claimed, words: X.sentence(engine, result, engine.reading(anchor), h) }];
                    });
                });
            });
        });
        console.log(JSON.stringify(said));
    """
    said = in_node(BEGIN + script, [make_case(seed).sent() for seed in range(120)])
    assert {one["claimed"] for one in said} == {True, False}
    for one in said:
        assert ("claims it too" in one["words"]) == one["claimed"]
        assert ("did not select it" in one["words"]) != one["claimed"]


def test_an_anchor_left_to_an_object_is_called_taught_only_with_a_target() -> None:
    script = """
        const said = given.flatMap((one) => {
            const engine = opened(one);
            return one.truth.boxes.flatMap((_, g) => {
                const result = engine.compute({ ...one.knobs, mode: "code" }, g);
                return [0, 1].flatMap((h) => {
                    const mine = result.each[g].heads[h];
                    if (result.each[g].missing) return [];
                    return [...mine.gained.subarray(0, mine.gainedCount)].map((anchor) => {
                        const reading = engine.reading(anchor);
                        return { t: reading.heads[h].tFinal, words: X.sentence(engine, result, reading, h) };
                    });
                });
            });
        });
        console.log(JSON.stringify(said));
    """
    said = in_node(BEGIN + script, [LEFT, *(make_case(seed).sent() for seed in range(120))])
    assert any(one["t"] == 0 for one in said) and any(one["t"] > 0 for one in said)
    for one in said:
        assert ("yet taught" in one["words"]) == (one["t"] > 0)
        assert ("target is 0" in one["words"]) == (one["t"] == 0)


def test_a_tie_is_called_a_tie_and_corners_are_promised_nothing_beyond_it() -> None:
    script = """
        const { cleanKnobs } = await import("../dualviz/lab/engine/knobs.js");
        const { planeSentence } = await import("../dualviz/lab/laboratory/plane.js");
        const engine = opened(given);
        const result = engine.compute(cleanKnobs({ alpha: 1, beta: 1, mode: "paper", shared: true, k: 1 }), 0);
        const words = [18, 19, 20].map((anchor) => X.sentence(engine, result, engine.reading(anchor), 0));
        const { onHull } = engine.reading(19).heads[0];
        const plane = planeSentence(result);
        console.log(JSON.stringify({ words, onHull, plane, code: planeSentence(engine.compute(cleanKnobs({ mode: "code" }), 0)) }));
    """
    said = in_node(BEGIN + script, TIED)
    first, middle, last = said["words"]
    assert "a tie that goes to the lower anchor number" in first
    for words in (middle, last):
        assert "they weigh the same; ties go to the lower anchor number" in words
        assert "weighs more" not in words
    assert not said["onHull"] and "ties aside, no α : β ranks it first" in middle
    assert "Ties aside, only the ringed corners" in said["plane"]
    assert "Before conflicts and ties aside" in said["code"]


def test_a_single_positive_may_leave_no_gap_and_the_tip_says_when() -> None:
    script = """
        const { cleanKnobs } = await import("../dualviz/lab/engine/knobs.js");
        const engine = opened(given);
        const result = engine.compute(cleanKnobs({}), 0);
        console.log(JSON.stringify({ gap: result.selected.gap.value, tip: Y.symbols(null, result, 0).gap.meaning }));
    """
    alone = made({19: 0.5}, {19: OBJECT}, [OBJECT])
    said = in_node(BEGIN + script, alone)
    assert said["gap"] == 0, "k is 10, and the gap is 0"
    assert "never 0 while several positives have a target" in said["tip"]


def test_own_predictions_are_said_to_differ_only_perhaps() -> None:
    script = """
        const { cleanKnobs } = await import("../dualviz/lab/engine/knobs.js");
        const { lawSentence } = await import("../dualviz/lab/laboratory/controls.js");
        const engine = opened(given);
        const result = engine.compute(cleanKnobs({ shared: false }), 0);
        console.log(JSON.stringify({ rho: result.selected.rankOfPick, law: lawSentence(result) }));
    """
    said = in_node(BEGIN + script, TIED)
    assert said["rho"] == 1, "both heads are alike here: the orders do not differ"
    assert "may differ whatever the exponents" in said["law"]


@pytest.mark.parametrize("found", [True, False])
def test_without_truth_detections_are_offered_only_where_there_are_some(found: bool) -> None:
    script = """
        const { cleanKnobs } = await import("../dualviz/lab/engine/knobs.js");
        const { planeSentence } = await import("../dualviz/lab/laboratory/plane.js");
        const engine = opened(given);
        const result = engine.compute(cleanKnobs({}), -1);
        console.log(JSON.stringify({ first: R.headline(engine, result, null), rest: [X.sentence(engine, result, null, 0), S.agreementSentence(result), ...T.STEPS.map(({ text }) => text(result)), planeSentence(result)] }));
    """
    case = made({19: 0.9 if found else 0.1}, {19: OBJECT}, [])
    said = in_node(BEGIN + script, case)
    assert ("use the detections" in said["first"]) == found
    assert not any(words.startswith("Choose an object") for words in said["rest"])


# ── detections ──

CLINIC = """
    const { whySentence } = await import("../dualviz/lab/detections/pair.js");
    const say = ({ iou, overlap, labels }) => whySentence(
        { result: { settings: { iou } } }, { key: "nms", match: { truth: [-1, -1] } }, { kind: "two anchors", overlap, rows: [0, 1] },
        { both: labels.map((label) => ({ label, score: 0.5 })), object: -1 });
    console.log(JSON.stringify(given.map(say)));
"""


def test_nms_leaves_two_boxes_for_the_one_reason_that_holds() -> None:
    same = {"iou": 0.7, "overlap": 0.65, "labels": ["Cell", "Cell"]}
    apart = {"iou": 0.7, "overlap": 0.85, "labels": ["Cell", "Bar"]}
    both = {"iou": 0.7, "overlap": 0.65, "labels": ["Cell", "Bar"]}
    low, classes, either = in_node(CLINIC, [same, apart, both])
    assert "IoU 0.650 is not above 0.70" in low and "classes" not in low
    assert "classes differ (Cell and Bar)" in classes and "not above" not in classes
    assert "IoU 0.650 is not above 0.70" in either and "classes" not in either


PLAYER = """
    const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
    const { createPaths } = await import("../dualviz/lab/engine/paths.js");
    const { candidateObjects } = await import("../dualviz/lab/detections/nmsplayer.js");
    const { stepSentence } = await import("../dualviz/lab/detections/step.js");
    const payload = unpack(base64Bytes(given.payload));
    const engine = createPaths(payload);
    engine.setTruth(given.truth);
    const said = [false, true].map((agnostic) => {
        const result = engine.compute({ conf: 0.1, iou: 0.3, max: 300, agnostic });
        const objects = candidateObjects(result.trace.rows, result.trace.n, given.truth);
        const out = { result, payload, truth: given.truth, view: { step: 1 } };
        return Array.from({ length: result.trace.n }, (_, i) => stepSentence(out, i + 1, objects));
    });
    console.log(JSON.stringify(said));
"""


def test_who_dies_of_nms_is_named_for_what_it_was() -> None:
    left, right = [0.0, 0.0, 30.0, 60.0], [10.0, 0.0, 40.0, 60.0]
    worse = [0.0, 0.0, 64.0, 64.0]  # lies on the left object below IoU 0.5
    neighbour = in_node(PLAYER, made({18: 0.9, 19: 0.8}, {18: left, 19: right}, [left, right]))
    assert "a true neighbour dies" in neighbour[0][1]
    better = in_node(PLAYER, made({18: 0.9, 19: 0.8}, {18: worse, 19: left}, [left]))
    assert "a better box of object 1 dies" in better[0][1] and "neighbour" not in better[0][1]
    duplicate = in_node(PLAYER, made({18: 0.9, 19: 0.8}, {18: left, 19: left}, [left]))
    assert "a duplicate dies, as it should" in duplicate[0][1]
    assert "No kept box of its class overlaps" in duplicate[0][0]
    assert "No kept box overlaps" in duplicate[1][0]
