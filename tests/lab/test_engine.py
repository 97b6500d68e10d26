"""Claims about the laboratory's maths: the browser's equals `dualviz` and SciPy, on random and degenerate cases."""

import base64
import math
import re

import numpy as np
import pytest
import torch
from lab_reference import (
    CASES,
    Case,
    differences,
    in_node,
    make_case,
    names,
    near_ties,
    needs_node,
    traced,
)

from dualviz.boxes import anchor_grid, box_iou
from dualviz.charts.print.stage import LAYERS
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.detector.network import HEADS
from dualviz.lab import payload
from dualviz.lab.knobs import VIEW
from dualviz.loss import classification_loss
from dualviz.study.targets import RawOutputs, head_targets


@pytest.fixture(scope="module")
def answers() -> list[dict]:
    """What node makes of all the cases, in one run."""
    script = """
        const { runCases } = await import("./lab_cases.js");
        console.log(JSON.stringify(runCases(given)));
    """
    return in_node(script, [make_case(seed).sent() for seed in CASES])


@needs_node
@pytest.mark.parametrize("seed", CASES)
def test_the_browser_equals_python_on_random_and_degenerate_cases(
    seed: int, answers: list[dict]
) -> None:
    case, said = make_case(seed), answers[seed]
    differences(case, traced(seed), said)


@needs_node
def test_the_cases_cover_what_they_promise(answers: list[dict]) -> None:
    """Ties, conflicts, gains, empty and unmatched objects, one candidate and k above the candidates all occur."""
    each = [head for said in answers for one in said["each"] for head in one["heads"]]
    assert sum(1 for head in each if 0 in head["kept"]) > 50
    assert sum(1 for head in each if head["gained"]) >= 5
    assert sum(1 for head in each if head["unmatched"]) > 50
    assert sum(1 for head in each if head["candidates"] == 0) > 50
    assert sum(1 for head in each if head["candidates"] == 1) > 10
    picked = [said["selected"] for said in answers if said["selected"]]
    assert sum(1 for one in picked if one["spearman"] is None) > 10
    loose = 0
    for seed in CASES:
        trace = traced(seed)
        loose += any(
            near_ties(row.numpy())
            for head in (trace.one2many, trace.one2one)
            for row in head.log_metric
        )
    assert loose < 0.1 * len(CASES)


@pytest.fixture(scope="module")
def taught() -> list[dict | None]:
    """What node says the loss teaches in all the cases, and its words for the anchor that is pushed most."""
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { targetWords } = await import("../dualviz/lab/laboratory/explain.js");
        const { targetsOf } = await import("../dualviz/lab/engine/targets.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        console.log(JSON.stringify(given.map(({ payload, truth, knobs, object }) => {
            const engine = createEngine(unpack(base64Bytes(payload)));
            engine.setTruth(truth);
            engine.compute({ ...knobs, alpha: 1.3 }, object);
            targetsOf(engine.payload, engine.result); // of other knobs: must not be handed out again
            const result = engine.compute(knobs, object);
            const lesson = targetsOf(engine.payload, result);
            return lesson && { most: lesson.most, heads: lesson.heads.map((head, h) => {
                const list = Object.fromEntries(Object.entries(head).map(([name, values]) => [name, Array.from(values)]));
                const sizes = list.push.map(Math.abs);
                const anchor = sizes.indexOf(Math.max(...sizes));
                return { ...list, anchor, words: ["g", "b"].map((layer) => targetWords(engine, result, anchor, h, layer)) };
            }) };
        })));
    """
    return in_node(script, [make_case(seed).sent() for seed in CASES])


@needs_node
def test_the_browser_teaches_what_the_loss_teaches(taught: list[dict | None]) -> None:
    """Targets, BCE and push of the chosen object's class at every anchor equal dualviz.loss and dualviz.study.targets."""
    compared = up = 0
    for seed in CASES:
        case, trace, said = make_case(seed), traced(seed), taught[seed]
        assert (said is None) == (case.chosen < 0), seed
        heads = (trace.one2many, trace.one2one)
        if said is None or any(near_ties(k.numpy()) for one in heads for k in one.log_metric):
            continue
        label = int(case.labels[case.chosen])
        flat = torch.zeros(len(trace.level), 4 * 16)
        logits = {name: getattr(trace.prediction, name).scores.logit(eps=1e-6) for name in HEADS}
        raw = RawOutputs(logits, dict.fromkeys(HEADS, flat), torch.ones(len(flat)))
        targets = head_targets(trace, raw)
        for name, head, mine in zip(HEADS, heads, said["heads"], strict=True):
            p = head.scores[:, label].double()
            t = head.assignment.target_scores[:, label].double()
            np.testing.assert_allclose(mine["target"], t, rtol=2e-6, atol=1e-12)
            np.testing.assert_array_equal(mine["score"], p)
            np.testing.assert_allclose(mine["push"], p - t, rtol=0, atol=2e-6)
            np.testing.assert_allclose(mine["push"], targets[name].gradient[:, label], atol=4e-6)
            assert np.isfinite(mine["bce"]).all()
            open_ = (p > 1e-5) & (
                p < 1 - 1e-5
            )  # elsewhere a float32 score no longer says its logit
            bce = classification_loss(p.logit(), t)
            np.testing.assert_allclose(
                np.array(mine["bce"])[open_], bce[open_], rtol=1e-5, atol=1e-6
            )
            known = targets[name].bce[:, label][open_]
            np.testing.assert_allclose(np.array(mine["bce"])[open_], known, rtol=1e-4, atol=1e-5)
            push, (words, amount) = mine["push"][mine["anchor"]], mine["words"]
            kind = "pushed up by" if push < 0 else "pushed down by" if push > 0 else "left alone:"
            assert words.startswith(kind) and "target " in words and amount.startswith("BCE ")
            compared, up = compared + 1, up + (push < 0)
        for layer, name in (("b", "bce"), ("g", "push")):
            most = max(abs(value) for head in said["heads"] for value in head[name])
            assert said["most"][layer] == most
    assert compared >= 100 and up >= 20


@needs_node
def test_an_anchor_of_another_object_of_the_class_is_taught_too(taught: list[dict | None]) -> None:
    """The layers speak of the class over all anchors; those of other classes are background."""
    others = 0
    for seed in CASES:
        case = make_case(seed)
        if taught[seed] is None or case.knobs["mode"] == "paper":
            continue
        owner = traced(seed).one2many.assignment.target_gt
        label = case.labels[owner.clamp(min=0)]
        foreign = (owner >= 0) & (label != case.labels[case.chosen])
        target = torch.tensor(taught[seed]["heads"][0]["target"])
        assert (target[foreign] == 0).all() and (target[owner < 0] == 0).all()
        others += int(((target > 0) & (owner != case.chosen)).any())
    assert others >= 20


@needs_node
def test_triangles_stand_on_the_strongest_pushes() -> None:
    script = """
        const { strongestPushes } = await import("../dualviz/lab/engine/targets.js");
        const push = Float64Array.from(given.push);
        const most = Math.max(0, ...push.map(Math.abs));
        console.log(JSON.stringify(given.rooms.map((room) => {
            const out = new Int32Array(room);
            return Array.from(out.subarray(0, strongestPushes(push, most, 0.25, (a) => a % 2 === 0, out)));
        })));
    """
    push = np.random.default_rng(5).uniform(-1, 1, 300)
    size = np.abs(push) / np.abs(push).max()
    even = np.arange(300) % 2 == 0
    for room, found in zip(
        (0, 1, 20, 300), in_node(script, {"push": push.tolist(), "rooms": [0, 1, 20, 300]})
    ):
        eligible = np.flatnonzero(even & (size >= 0.25))
        assert len(found) == min(room, len(eligible)) and set(found) <= set(eligible.tolist())
        left = [a for a in eligible if a not in found]
        if found and left:
            assert size[found].min() > size[left].max() - 1 / 64
    assert in_node(script, {"push": [0, 0], "rooms": [5]}) == [[]]


def test_page_and_figures_know_the_same_layers() -> None:
    assert (*LAYERS, "none") == VIEW["layer"].choices


@needs_node
def test_by_hand_one_object_three_anchors_both_heads() -> None:
    """With m = p · u: 0.1 · 1, 0.8 · 2/3, 0.4 · 1, so ranks 3 1 2; the second keeps 0.4 / 0.5333 of u* = 1."""
    points = torch.tensor([[4.0, 4.0], [12.0, 4.0], [20.0, 4.0]])
    boxes = torch.tensor([[0.0, 0, 24, 8], [0, 0, 16, 8], [0, 0, 24, 8]])
    head = HeadPrediction(boxes, torch.tensor([[0.1], [0.8], [0.4]]))
    prediction = DualPrediction(head, head, points, torch.zeros(3).long(), (8,), (8, 24))
    knobs = {"alpha": 1, "beta": 1, "k": 2, "mode": "paper", "r": 2}
    case = Case(prediction, boxes[:1], torch.tensor([0]), knobs, 0, (8, 24))
    script = """
        const { runCases } = await import("./lab_cases.js");
        console.log(JSON.stringify(runCases(given)));
    """
    selected = in_node(script, [case.sent()])[0]["selected"]
    assert selected["heads"][0]["rank"] == selected["heads"][1]["rank"] == [3, 1, 2]
    np.testing.assert_allclose(selected["heads"][0]["t"], [0, 1, 0.75], rtol=1e-6)
    np.testing.assert_allclose(selected["heads"][1]["t"], [0, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(selected["heads"][1]["m"][1], (0.8 * 2 / 3) ** 2, rtol=1e-6)
    np.testing.assert_allclose(selected["gap"]["value"], 0.75, rtol=1e-6)
    assert selected["gap"]["floor"] == selected["gap"]["value"]
    np.testing.assert_allclose(selected["gap"]["ceiling"], 2.75, rtol=1e-6)
    assert selected["heads"][0]["hull"] == [1, 2], (
        "the third has less p than the second and no more u"
    )


@needs_node
@pytest.mark.parametrize("r", [0.01, 0.3, 7.0, 20.0])
def test_under_the_lock_r_moves_values_and_no_rank(r: float) -> None:
    case = make_case(26)
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const { answer } = await import("./lab_cases.js");
        const engine = createEngine(unpack(base64Bytes(given.payload)));
        engine.setTruth(given.truth);
        const at = (r) => answer(engine, engine.compute({ ...given.knobs, r, locked: true, shared: false }, given.object));
        console.log(JSON.stringify([at(1), at(given.r)]));
    """
    one, other = in_node(script, {**case.sent(), "r": r})
    assert [each["heads"][1]["picks"] for each in one["each"]] == [
        each["heads"][1]["picks"] for each in other["each"]
    ]
    a, b = one["selected"]["heads"][1], other["selected"]["heads"][1]
    assert a["rank"] == b["rank"]
    finite = [i for i, rank in enumerate(a["rank"]) if rank]
    assert finite
    np.testing.assert_allclose([b["logM"][i] for i in finite], [r * a["logM"][i] for i in finite])


@needs_node
def test_dragging_a_box_gives_what_a_fresh_engine_gives() -> None:
    """The engine keeps what it knows of unchanged boxes: moved, added, removed and relabelled ones must still be right."""
    case = make_case(44)
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const { addBox, moveBox, relabel, removeBox } = await import("../dualviz/lab/engine/truth.js");
        const { answer } = await import("./lab_cases.js");
        const payload = unpack(base64Bytes(given.payload));
        const living = createEngine(payload);
        let truth = given.truth;
        const steps = [
            (t) => t,
            (t) => moveBox(t, 0, 5, -3, payload),
            (t) => addBox(t, [40, 40, 10, 20], 0, payload),
            (t) => removeBox(t, 0),
            (t) => relabel(t, 0, (t.labels[0] + 1) % payload.classNames.length),
            (t) => ({ boxes: [], labels: [] }),
        ];
        const pairs = steps.map((step) => {
            truth = step(truth);
            const fresh = createEngine(payload);
            return [living, fresh].map((engine) => {
                engine.setTruth(truth);
                return JSON.stringify(answer(engine, engine.compute(given.knobs, truth.boxes.length - 1)));
            });
        });
        console.log(JSON.stringify(pairs.map(([a, b]) => a === b)));
    """
    assert in_node(script, case.sent()) == [True] * 6


@needs_node
def test_the_hull_holds_every_winner_and_nothing_else_ever_wins() -> None:
    """Turning α : β through many directions picks corners only, and each corner wins somewhere."""
    script = """
        const { hullChain } = await import("../dualviz/lab/engine/hull.js");
        console.log(JSON.stringify(given.map(([x, y]) => {
            const out = new Int32Array(x.length);
            return Array.from(out.subarray(0, hullChain(Float64Array.from(x), Float64Array.from(y), x.length, out)));
        })));
    """
    rng = np.random.default_rng(0)
    clouds = [-rng.exponential(size=(2, n)) for n in (1, 2, 3, 40, 300)]
    clouds.append(np.round(clouds[3] * 2) / 2)  # ties and edges
    chains = in_node(script, [cloud.tolist() for cloud in clouds])
    for (x, y), chain in zip(clouds, chains):
        slopes = (y[chain[1:]] - y[chain[:-1]]) / (x[chain[:-1]] - x[chain[1:]])
        assert (np.diff(slopes) < 1e-12).all(), "the chain bends one way"
        winners = set()
        for angle in np.linspace(1e-4, math.pi / 2 - 1e-4, 20001):
            key = math.cos(angle) * x + math.sin(angle) * y
            winners.add(int(np.flatnonzero(key >= key.max() - 1e-15)[0]))
        for winner in winners:
            assert any(x[winner] == x[c] and y[winner] == y[c] for c in chain) or len(chain) > 1
        corners = {(x[c], y[c]) for c in chain}
        assert len({(x[w], y[w]) for w in winners} - corners) == 0
    empty = in_node(script, [[[], []]])
    assert empty == [[]]


@needs_node
def test_a_class_that_does_not_travel_is_asked_for() -> None:
    case = make_case(5)
    packed = payload(
        np.zeros((*case.size_hw, 3), np.uint8), case.prediction, names(case.classes), [0]
    )
    sent = {**case.sent(), "payload": base64.b64encode(packed).decode()}
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const engine = createEngine(unpack(base64Bytes(given.payload)));
        engine.setTruth(given.truth);
        const result = engine.compute(given.knobs, 0);
        console.log(JSON.stringify([engine.needsClasses(), result.each.map((each) => each.missing)]));
    """
    wanted, missing = in_node(script, sent)
    assert sorted(wanted) == sorted({label for label in case.labels.tolist() if label})
    assert missing == [label > 0 for label in case.labels.tolist()]


@needs_node
def test_words_for_every_kind_of_anchor_and_object() -> None:
    """No sentence is empty or holds NaN, undefined or a raw infinity, whatever the case."""
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const X = await import("../dualviz/lab/laboratory/explain.js");
        const T = await import("../dualviz/lab/laboratory/steps.js");
        const Y = await import("../dualviz/lab/laboratory/symbols.js");
        const S = await import("../dualviz/lab/laboratory/summary.js");
        const R = await import("../dualviz/lab/laboratory/reasons.js");
        const { candidateRows, candidatesCSV } = await import("../dualviz/lab/laboratory/rows.js");
        const words = [];
        for (const { payload, truth, knobs } of given) {
            const engine = createEngine(unpack(base64Bytes(payload)));
            engine.setTruth(truth);
            for (let object = -1; object < truth.boxes.length; object += 1) {
                const result = engine.compute(knobs, object);
                words.push(S.agreementSentence(result), R.headline(engine, result, null));
                words.push(...T.STEPS.map((step) => step.text(result)));
                words.push(S.liveSummary(engine, result, null), ...result.each.map((each) => "flag " + S.objectFlag(each)));
                if (object < 0) continue;
                words.push(S.gapSentence(result), candidatesCSV(engine, result));
                if (candidateRows(engine, result, { sort: "m1", descending: true }).rows.length !== result.selected.n) throw new Error("rows");
                for (let anchor = 0; anchor < engine.payload.anchors; anchor += 1) {
                    const reading = engine.reading(anchor);
                    words.push(R.headline(engine, result, reading, true));
                    for (const h of [0, 1]) {
                        words.push(R.verdict(reading, h), R.reason(engine, result, reading, h).words);
                        words.push(X.sentence(engine, result, reading, h), X.formulaText(reading, result, h));
                        words.push(...X.chain(reading, result, h).map((link) => link.text));
                        words.push(...Object.values(Y.symbols(reading, result, h)).map((s) => `${s.symbol} ${s.name} ${s.meaning} ${s.value}`));
                    }
                    words.push(S.liveSummary(engine, result, reading));
                }
            }
        }
        console.log(JSON.stringify([...new Set(words)]));
    """
    words = in_node(script, [make_case(seed).sent() for seed in (*range(26), 37, 63, 128)])
    assert len(words) > 1000
    for text in words:
        assert text and not re.search(r"undefined|\[object|Infinity of|null", text), text
        if not text.startswith("# "):
            assert not re.search(r"NaN|Infinity", text), text
    start = [text.split(":")[0].split(" (")[0] for text in words]
    for kind in ("Not a candidate", "Chosen", "Not chosen", "Selected", "Not selected"):
        assert any(text.startswith(kind) for text in start), kind


@needs_node
@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(
            (0.2219, "0.222"),
            (0, "0"),
            (1, "1.00"),
            (12.345, "12.3"),
            (0.9999, "1.00"),
            (99.96, "100"),
        ),
        *(
            (1234.5, "1235"),
            (0.00123, "0.00123"),
            (6.1e-8, "6.10e-8"),
            (-0.86, "−0.860"),
            (None, "—"),
        ),
    ],
)
def test_numbers_show_three_digits(value: float | None, text: str) -> None:
    script = (
        'console.log(JSON.stringify((await import("../dualviz/lab/kit/numbers.js")).three(given)));'
    )
    assert in_node(script, value) == text


@needs_node
def test_a_metric_below_the_smallest_double_is_still_shown() -> None:
    script = 'console.log(JSON.stringify((await import("../dualviz/lab/kit/numbers.js")).threeOfLog(given)));'
    assert in_node(script, -1000 * math.log(10) + math.log(2.5)) == "2.50e-1000"


@needs_node
def test_pointing_finds_the_smallest_object_and_the_candidate_before_the_finest_cell() -> None:
    """Anchors 0 to 63 lie on strides of 8, 64 to 79 on 16, 80 to 83 on 32; the object's best candidate is anchor 64."""
    points, level = anchor_grid((64, 64), (8, 16, 32))
    boxes = torch.tensor([[0.0, 0, 16, 16]]).expand(len(points), 4).clone()
    scores = torch.full((len(points), 1), 0.2)
    scores[64] = 0.9
    head = HeadPrediction(boxes, scores)
    prediction = DualPrediction(head, head, points, level, (8, 16, 32), (64, 64))
    packed = payload(np.zeros((64, 64, 3), np.uint8), prediction, names(1))
    truth = {"boxes": [[0, 0, 64, 64], [0, 0, 16, 16], [16, 16, 32, 32]], "labels": [0, 0, 0]}
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const engine = createEngine(unpack(base64Bytes(given.payload)));
        engine.setTruth(given.truth);
        engine.compute({}, -1);
        const nobody = engine.anchorAt(6, 6);
        engine.compute({}, 1);
        console.log(JSON.stringify({
            objects: [[8, 8], [20, 20], [40, 8], [16, 16], [0, 8], [-1, 8]].map(([x, y]) => engine.objectAt(x, y)),
            nobody,
            chosen: engine.anchorAt(6, 6),
            levels: ["0", "1", "2", "3"].map((one) => engine.anchorAt(6, 6, one)),
            beside: [[60, 4], [4, 60], [8, 0]].map(([x, y]) => engine.anchorAt(x, y, "0")),
            outside: [[-0.1, 6], [6, -0.1], [64, 6], [6, 64]].map(([x, y]) => engine.anchorAt(x, y)),
        }));
    """
    said = in_node(script, {"payload": base64.b64encode(packed).decode(), "truth": truth})
    assert said["objects"] == [1, 2, 0, 0, -1, -1], "a border is outside; of several the smallest"
    assert said["nobody"] == 0, "nobody is chosen: the finest level"
    assert said["chosen"] == 64, "the chosen object's best candidate, on whatever level"
    assert said["levels"] == [0, 64, 80, -1]
    assert said["beside"] == [7, 56, 1]
    assert said["outside"] == [-1, -1, -1, -1]


@needs_node
def test_overlaps_are_those_of_python_to_the_last_bit() -> None:
    rng = torch.Generator().manual_seed(3)
    corners = torch.rand(60, 4, generator=rng) * 64
    boxes = torch.cat((corners[:, :2], corners[:, :2] + corners[:, 2:]), -1)
    boxes[::5, 2:] = boxes[::5, :2]  # without an area
    boxes[1::7] = boxes[1::7].roll(2, -1)  # inside out
    script = """
        const { boxIoU, boxRowIoU, rowIoU } = await import("../dualviz/lab/engine/overlap.js");
        const flat = Float32Array.from(given.flat());
        const all = (read) => given.map((_, i) => given.map((_, j) => read(i, j)));
        console.log(JSON.stringify([
            all((i, j) => boxIoU(...given[i], ...given[j])),
            all((i, j) => rowIoU(flat, i, j)),
            all((i, j) => boxRowIoU(given[i], flat, j)),
        ]));
    """
    wanted = box_iou(boxes.double(), boxes.double()).tolist()
    for said in in_node(script, boxes.tolist()):
        assert said == wanted
