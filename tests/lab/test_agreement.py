"""Claims about small formulas of the browser's engine, each by hand or against SciPy: ties, borders, corners, exponents."""

import math

import numpy as np
import pytest
import torch
from lab_reference import Case, in_node, make_case, needs_node
from scipy import stats

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.detector.cells import cell_of, grids
from dualviz.detector.network import HEADS
from dualviz.lab import state

pytestmark = needs_node

BEGIN = """
    const { createEngine } = await import("../dualviz/lab/engine/engine.js");
    const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
    const opened = ({ payload, truth }) => {
        const engine = createEngine(unpack(base64Bytes(payload)));
        engine.setTruth(truth);
        return engine;
    };
"""


def test_correlations_of_values_with_many_ties_are_those_of_scipy() -> None:
    """Few different values, so that pairs tie in the one, the other and both; two values are enough, one is not."""
    rng = np.random.default_rng(0)
    pairs = [
        rng.integers(0, kinds, (2, n)).astype(float).tolist()
        for n in (2, 3, 5, 9, 40)
        for kinds in (2, 3, 6)
        for _ in range(6)
    ]
    script = """
        const { averageRanks, kendall, spearman } = await import("../dualviz/lab/engine/agreement.js");
        console.log(JSON.stringify(given.map(([a, b]) => [spearman(a, b), kendall(a, b), [...averageRanks(a)]])));
    """
    told = in_node(script, [*pairs, [[1.0], [2.0]]])
    assert told.pop()[:2] == [None, None]
    for (a, b), (rho, tau, ranks) in zip(pairs, told, strict=True):
        assert ranks == stats.rankdata(a).tolist()
        if len(set(a)) == 1 or len(set(b)) == 1:
            assert rho is None and tau is None
            continue
        assert rho == pytest.approx(stats.spearmanr(a, b)[0], abs=1e-12)
        assert tau == pytest.approx(stats.kendalltau(a, b)[0], abs=1e-12)
    assert sum(rho is not None for rho, _, _ in told) > 50


def test_a_hull_keeps_no_point_that_only_ties() -> None:
    """Collinear, equal, level and upright neighbours: the chain's ends and its bends, and nothing between them."""
    clouds = {
        "collinear": [[0, -1, -2], [-2, -1, 0]],
        "level": [[0, -1, -2], [0, 0, 0]],
        "upright": [[-1, -1, -1], [-3, -1, -2]],
        "equal": [[-1, -1, -2], [-1, -1, 0]],
        "bend": [[0, -1, -3], [-3, -1, 0]],
    }
    script = """
        const { hullChain } = await import("../dualviz/lab/engine/hull.js");
        console.log(JSON.stringify(given.map(([x, y]) => {
            const out = new Int32Array(x.length);
            return Array.from(out.subarray(0, hullChain(x, y, x.length, out)));
        })));
    """
    told = dict(zip(clouds, in_node(script, list(clouds.values()))))
    assert told == {
        "collinear": [0, 2],
        "level": [0],
        "upright": [1],
        "equal": [0, 2],
        "bend": [0, 1, 2],
    }


def test_exponents_of_the_heads_are_those_of_python() -> None:
    knobs = [
        {"alpha": 0.7, "beta": 3.0, "r": 2.5, "k": 7},
        {"alpha": 0.7, "beta": 3.0, "r": 2.5, "locked": False, "alpha1": 1.2, "beta1": 9.0},
    ]
    script = """
        const { cleanKnobs, headSettings } = await import("../dualviz/lab/engine/knobs.js");
        console.log(JSON.stringify(given.map((knobs) => headSettings(cleanKnobs(knobs)).map(({ alpha, beta, k }) => [alpha, beta, k]))));
    """
    locked, free = in_node(script, knobs)
    for given, told in zip(knobs, (locked, free), strict=True):
        setting = state.setting_of(given)
        for name, one in zip(HEADS, told, strict=True):
            assert one[:2] == pytest.approx(setting.exponents(name))
    assert [one[2] for one in locked] == [7, 1]


def test_a_state_of_anchor_0_and_of_no_object_is_a_state() -> None:
    given = {"view": {"pin": 0}, "object": -1}
    script = """
        const { cleanState } = await import("../dualviz/lab/engine/knobs.js");
        console.log(JSON.stringify(cleanState(given)));
    """
    told = in_node(script, given)
    assert told == state.clean_state(given)
    assert told["view"]["pin"] == 0 and told["object"] == -1


def test_a_point_on_one_border_is_outside_and_a_hair_within_is_inside() -> None:
    """Borders one by one: the other three let the point in."""
    script = """
        const { anchorsInside, areaOf } = await import("../dualviz/lab/engine/assignment.js");
        const inside = (box) => anchorsInside(Float32Array.of(8, 8), ...box, new Int32Array(1));
        const area = areaOf([8, 8, 10, 40], 16);
        console.log(JSON.stringify([given.map(inside), area, areaOf([0, 0, 16, 9], 16)]));
    """
    borders = [[8, 0, 16, 16], [0, 8, 16, 16], [0, 0, 8, 16], [0, 0, 16, 8]]
    within = [[7.999, 0, 16, 16], [0, 7.999, 16, 16], [0, 0, 8.001, 16], [0, 0, 16, 8.001]]
    told, area, one_side = in_node(script, [*borders, *within])
    assert told == [0] * 4 + [1] * 4
    assert area == [1, 8, 17, 40], "the short side grows about its middle, the long one stays"
    assert one_side == [0, -3.5, 16, 12.5]


def test_several_positives_of_the_one_to_one_head_are_taught_by_their_own_power() -> None:
    """Conflicts may leave it more than one: then t = u · (m / max m)^r, and r shows."""
    script = """
        const told = [];
        for (const one of given) {
            const engine = opened(one);
            for (const r of [0.25, 3]) {
                const result = engine.compute({ ...one.knobs, mode: "code", locked: true, r }, -1);
                const head = result.heads[1];
                result.each.forEach(({ heads: [, own], g }) => {
                    const anchors = [...own.picks.subarray(0, own.pickCount)].filter((_, i) => own.kept[i]).concat([...own.gained.subarray(0, own.gainedCount)]);
                    if (anchors.length < 2) return;
                    const keys = anchors.map((anchor) => engine.objects && result.each[g].heads[1].seen && engine.positionOf(g, anchor));
                    const { logP, logU } = own.seen;
                    const log = keys.map((i) => result.knobs.alpha * logP[i] + result.knobs.beta * logU[i]);
                    told.push({ r, u: own.finalU, log, t: anchors.map((anchor) => head.target[anchor]), owners: anchors.map((anchor) => head.owner[anchor] === g) });
                });
            }
        }
        console.log(JSON.stringify(told));
    """
    told = in_node(BEGIN + script, [make_case(seed).sent() for seed in range(12, 120, 13)])
    different = 0
    for one in told:
        assert all(one["owners"])
        wanted = [one["u"] * math.exp(one["r"] * (key - max(one["log"]))) for key in one["log"]]
        np.testing.assert_allclose(one["t"], wanted, rtol=1e-9)
        different += max(one["log"]) - min(one["log"]) > 1e-6
    assert different >= 2, "the cases hold such objects"


def test_which_positive_the_pick_is_is_counted_from_1() -> None:
    script = """
        console.log(JSON.stringify(given.flatMap((one) => {
            const engine = opened(one);
            return one.truth.boxes.map((_, g) => {
                const { each, selected } = engine.compute(one.knobs, g);
                const [many] = each[g].heads;
                return [selected.gap.best, [...many.picks.subarray(0, many.pickCount)].indexOf(selected.pick)];
            });
        })));
    """
    told = in_node(BEGIN + script, [make_case(seed).sent() for seed in range(30)])
    assert {best > 1 for best, _ in told} == {True, False}
    assert all(best == place + 1 for best, place in told)


def test_of_two_objects_with_the_same_story_the_first_is_opened() -> None:
    """The picture twice over: every object has a twin behind it."""
    sent = []
    for seed in range(0, 60, 13):
        case = make_case(seed).sent()
        truth = {name: values + values for name, values in case["truth"].items()}
        sent.append({**case, "truth": truth})
    script = """
        console.log(JSON.stringify(given.map((one) => [opened(one).storyObject({ mode: "paper" }), one.truth.boxes.length / 2])));
    """
    told = in_node(BEGIN + script, sent)
    assert all(0 <= g < half for g, half in told)


def test_an_object_that_the_head_has_found_is_opened_before_one_it_has_not() -> None:
    """Alike in all but the pick's score: 0.2 and 0.3, where 0.25 counts as found."""
    points, level = anchor_grid((64, 64), (8,))
    boxes = torch.tensor([[0.0, 0, 32, 32], [32, 32, 64, 64]])
    scores = torch.zeros(64, 1)
    scores[9], scores[54] = 0.2, 0.3
    head = HeadPrediction(boxes[(points[:, 1] > 32).long()], scores)
    prediction = DualPrediction(head, head, points, level, (8,), (64, 64))
    case = Case(prediction, boxes, torch.tensor([0, 0]), {}, 0, (64, 64)).sent()
    turned = {**case, "truth": {"boxes": boxes.flip(0).tolist(), "labels": [0, 0]}}
    script = "console.log(JSON.stringify(given.map((one) => opened(one).storyObject({}))));"
    assert in_node(BEGIN + script, [case, turned]) == [1, 0]


def test_of_two_boxes_of_one_size_under_the_pointer_the_first_is_meant() -> None:
    script = """
        const { objectAt } = await import("../dualviz/lab/engine/pointing.js");
        const objects = [[0, 0, 10, 10], [2, 2, 12, 12], [4, 4, 6, 6]].map((box) => ({ box }));
        console.log(JSON.stringify([objectAt(objects, 3, 3), objectAt(objects, 5, 5), objectAt(objects, 11, 11), objectAt(objects, 10, 1)]));
    """
    assert in_node(script) == [0, 2, 1, -1]


def test_every_anchor_is_named_as_python_names_it() -> None:
    case = make_case(5)
    script = """
        const payload = unpack(base64Bytes(given.payload));
        console.log(JSON.stringify(Array.from({ length: payload.anchors }, (_, a) => payload.cellOf(a)).map(({ name, column, row, x, y }) => [name, column, row, x, y])));
    """
    told = in_node(BEGIN + script, case.sent())
    levels = grids(case.prediction)
    for anchor, (name, column, row, x, y) in enumerate(told):
        assert (name, column, row) == cell_of(levels, anchor)
        assert [x, y] == case.prediction.anchor_points[anchor].tolist()


def test_a_code_of_a_class_that_is_not_there_is_refused() -> None:
    script = """
        const { decodeTruth, encodeTruth, detectionsAsTruth } = await import("../dualviz/lab/engine/truth.js");
        const payload = (classes) => ({ picture: { width: 64, height: 48 }, quantum: 1 / 32, classNames: Array(classes).fill("x") });
        const code = (label) => encodeTruth({ boxes: [[1, 2, 30, 40]], labels: [label] }, payload(3));
        const boxes = Float32Array.of(0, 0, 20, 20, 0, 0, 20, 20, 0, 0, 19, 20);
        const head = { boxes, scores: Float32Array.of(0.9, 0.8, 0.7) };
        const seen = { ...payload(1), heads: [head, head], classes: [{ label: 0 }] };
        console.log(JSON.stringify([
            [2, 3, 4].map((label) => decodeTruth(code(label), payload(3))?.labels ?? null),
            [0, 1].map((h) => detectionsAsTruth(seen, h)).map(({ boxes: found, from }) => [found.length, from]),
        ]));
    """
    labels, finds = in_node(script)
    assert labels == [[2], None, None]
    assert finds == [[1, "one2many"], [3, "one2one"]], "the one-to-one head is taken without NMS"
