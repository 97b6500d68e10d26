"""Claims about the detections page's maths in the browser: it selects, traces, matches and diagnoses as Python does."""

import base64
import json
import math

import numpy as np
import pytest
import torch
from arrays import arrays
from lab_reference import STRIDES, Case, in_node, make_case, names, needs_node

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction, load_detector
from dualviz.detector.catalogue import available
from dualviz.lab import joined_module, payload
from dualviz.lab.detections import (
    clean_detections,
    decode_detections,
    detections_disagreements,
    encode_detections,
    select_detections,
)
from dualviz.pictures.scenes import STACKED, render
from dualviz.pictures.truth import Truth
from dualviz.postprocess import diagnose, match, nms_free, non_max_suppression
from dualviz.study.crowding import THRESHOLDS, sweep

CASES = range(132)  # each of the laboratory's eleven kinds of degeneration twelve times
CONFIDENCES = (0.25, 0.01, 0.5, 0.9, 0.33)
OVERLAPS = (0.7, 0.0, 0.45, 1.0, 0.3)
LIMITS = (300, 7, 1, 40)


def settings_of(seed: int) -> list[dict]:
    """Three settings a case, so that lists kept from one slider's move serve the next."""
    return [
        {
            "conf": CONFIDENCES[(seed + i) % 5],
            "iou": OVERLAPS[(seed // 2 + i) % 5],
            "max": LIMITS[(seed // 3 + i) % 4],
            "agnostic": (seed + i) % 3 == 0,
            "multi": (seed // 2 + i) % 2 == 0,
        }
        for i in range(3)
    ]


LINKS = (
    {},
    {
        "conf": "0.4",
        "iou": "0.5",
        "agn": "1",
        "dv": "of.nms~pair.7-0-9-0~step.3~large.1~tab.curves",
    },
    {"max": "12", "dv": "tab.steps~step.-4~pair.1-2"},
    {"conf": "x", "dv": "of.all~~tab.none~step.99999999999"},
)


def test_the_browser_reads_and_writes_the_same_links_as_python() -> None:
    script = """
        const { decodeDetections, encodeDetections } = await import("../dualviz/lab/detections/state.js");
        const read = given.map(decodeDetections);
        console.log(JSON.stringify([read, read.map(encodeDetections)]));
    """
    read, written = in_node(script, LINKS)
    assert read == [decode_detections(link) for link in LINKS]
    assert written == [encode_detections(decode_detections(link)) for link in LINKS]


@pytest.fixture(scope="module")
def answers() -> list:
    """What node makes of all the cases."""
    cases = [
        {key: make_case(seed).sent()[key] for key in ("payload", "truth")}
        | {"settings": settings_of(seed)}
        for seed in CASES
    ]
    script = """
        const { runDetections } = await import("./detections_cases.js");
        console.log(JSON.stringify(runDetections(given)));
    """
    return in_node(script, cases)


def held_against_python(case: Case, settings: dict, said: dict) -> None:
    """One answer of the browser against the authority: lists, fates, overlaps, outcomes, counts, pairs, remedies."""
    found = select_detections(case.prediction, settings)
    for mine, detections in zip(said["paths"], found.values(), strict=True):
        assert mine["anchors"] == detections.anchors.tolist()
        assert mine["labels"] == detections.labels.tolist()
        assert mine["scores"] == detections.scores.tolist()
        told = match(detections, case.boxes, case.labels)
        assert mine["outcome"] == (told.duplicate * 1 + told.false * 2).tolist()
        assert mine["truth"] == told.truth.tolist()
        overlap = [math.nan if u is None else u for u in mine["overlap"]]
        np.testing.assert_allclose(overlap, told.overlap, rtol=1e-12)
        assert mine["counts"]["missed"] == int(told.missed.sum())
        for name in ("precision", "recall"):
            share = mine["counts"][name]
            expected = getattr(told, name)
            assert share == pytest.approx(expected) if share is not None else math.isnan(expected)
        pairs = diagnose(detections)
        assert mine["pairCount"] == len(pairs)
        for pair, expected in zip(mine["pairs"], pairs):
            assert tuple(pair["rows"]) == expected.rows and pair["kind"] == expected.kind
            assert pair["overlap"] == expected.overlap
            remedies = [(r["setting"], r["value"], r["removes"]) for r in pair["remedies"]]
            assert remedies == [(r.setting, r.value, list(r.removes)) for r in expected.remedies]
    trace = found["nms"].trace
    assert said["trace"]["anchors"] == trace.anchors.tolist()
    assert said["trace"]["kept"] == trace.kept.int().tolist()
    assert said["trace"]["by"] == trace.suppressed_by.tolist()
    overlap = [math.nan if u is None else u for u in said["trace"]["overlap"]]
    np.testing.assert_array_equal(overlap, trace.overlap)
    truth = Truth(
        case.boxes, case.labels, names(case.classes), torch.zeros(len(case.labels)).bool()
    )
    rest = settings["conf"], settings["max"], settings["agnostic"], settings["multi"]
    swept, _ = sweep(case.prediction, truth, THRESHOLDS[::5], *rest)
    counted = [[p["missed"], p["duplicate"], p["false"]] for p in said["thresholds"][::5]]
    assert counted == [[row.missed, row.duplicates, row.false] for row in swept]
    message = said["message"]
    assert detections_disagreements(message, case.prediction, case.boxes, case.labels) == []


@needs_node
@pytest.mark.parametrize("seed", CASES)
def test_node_equals_python_on_random_and_degenerate_cases(seed: int, answers: list) -> None:
    for settings, said in zip(settings_of(seed), answers[seed], strict=True):
        held_against_python(make_case(seed), settings, said)


@pytest.mark.shared
@needs_node
def test_the_reference_sets_of_public_code_come_out(shared) -> None:
    ref = arrays(shared / "parity" / "ref_320.npz")
    sets = arrays(shared / "parity" / "ref_nms_320.npz")
    xywh = torch.from_numpy(ref["one2many_decoded"][0].T)
    many = HeadPrediction(
        torch.cat((xywh[:, :2] - xywh[:, 2:] / 2, xywh[:, :2] + xywh[:, 2:] / 2), -1),
        torch.from_numpy(ref["one2many_scores"][0].T).sigmoid(),
    )
    one = HeadPrediction(
        torch.from_numpy(ref["one2one_decoded"][0].T.copy()),
        torch.from_numpy(ref["one2one_scores"][0].T).sigmoid(),
    )
    points, level = anchor_grid((320, 320), STRIDES)
    prediction = DualPrediction(many, one, points, level, STRIDES, (320, 320))
    packed = payload(ref["image_u8_hwc_rgb"], prediction, names(80), classes=range(80))
    wanted = [
        (conf, iou, kind)
        for conf in (0.05, 0.25)
        for iou in (0.3, 0.5, 0.7)
        for kind in ("perclass", "agnostic")
    ]
    settings = [
        {"conf": conf, "iou": iou, "max": 300, "agnostic": kind == "agnostic", "multi": False}
        for conf, iou, kind in wanted
    ]
    case = {
        "payload": base64.b64encode(packed).decode(),
        "truth": {"boxes": [], "labels": []},
        "settings": settings,
    }
    script = """
        const { runDetections } = await import("./detections_cases.js");
        console.log(JSON.stringify(runDetections(given)[0].map(({ paths }) => paths)));
    """
    said = in_node(script, [case])
    for (conf, iou, kind), paths in zip(wanted, said, strict=True):
        key = f"conf{conf}_iou{iou}_{kind}_best"
        expected = set(
            zip(sets[f"{key}_anchor"].tolist(), sets[f"{key}_det"][:, 5].astype(int).tolist())
        )
        assert set(zip(paths[1]["anchors"], paths[1]["labels"])) == expected
    free = said[-1][2]
    rows = ref["o2o_conf025"]
    assert len(free["scores"]) == len(rows)
    np.testing.assert_allclose(free["scores"], rows[:, 4], atol=2e-6)


@needs_node
def test_tags_of_objects_do_not_cover_one_another() -> None:
    script = """
        const { freeBelow } = await import("../dualviz/lab/kit/plates.js");
        const tags = [];
        for (const tag of given) tags.push(freeBelow(tags, tag, 100));
        console.log(JSON.stringify(tags.map(({ y }) => y)));
    """
    at = {"left": 0, "wide": 30, "high": 16}
    near = [at | {"y": y} for y in (20, 22, 30)]
    beside, last = at | {"left": 40, "y": 21}, at | {"y": 99}
    assert in_node(script, [*near, beside, last]) == [20, 36, 52, 21, 99]


@needs_node
def test_state_and_link_are_the_same_in_both_languages() -> None:
    states = [
        {},
        {"settings": {"conf": 0.333, "iou": 7, "max": "40", "agnostic": True}},
        {"settings": {"conf": "x", "iou": -1, "max": 2.5, "agnostic": 1}, "view": {"of": "all"}},
        {"view": {"of": "raw", "pair": [5, 0, 9, 1], "step": 12, "large": True, "tab": "crowds"}},
        {"view": {"of": "nms", "pair": [5, 0, 9], "step": -3, "tab": "lost"}},
        {"settings": {"multi": True, "conf": 0.7624}},
    ]
    script = """
        const { cleanDetections } = await import("../dualviz/lab/detections/state.js");
        console.log(JSON.stringify(given.map(cleanDetections)));
    """
    said = in_node(script, states)
    assert said == [clean_detections(state) for state in states]
    assert [decode_detections(encode_detections(state)) for state in states] == said
    assert encode_detections({}) == {}
    broken = {"conf": "nan", "max": "", "dv": "step.-1~pair.1-x-2-3~of"}
    assert decode_detections(broken) == clean_detections()


@needs_node
def test_a_threshold_is_exclusive_on_both_sides() -> None:
    """An IoU exactly at the threshold is kept, a score exactly at the confidence is dropped, in float32 as in Python."""
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 20], [50, 50, 60, 60]])
    scores = torch.tensor([[0.9], [0.8], [0.3]])  # 0.3 as float32 is above 0.3 as double
    above = float(np.nextafter(np.float32(0.3), np.float32(0)))
    settings = [(0.3, 0.5), (above, 0.5), (0.3, 0.49), (0.8, 0.5)]
    script = """
        const { bestClassRows, countAbove, suppress } = await import("../dualviz/lab/engine/nms.js");
        const { anchorsByScore, selectFree } = await import("../dualviz/lab/engine/select.js");
        const head = { boxes: Float32Array.from(given.boxes.flat()), scores: Float32Array.from(given.scores.flat()) };
        const classes = [{ label: 0 }];
        const rows = bestClassRows(head, classes);
        console.log(JSON.stringify(given.settings.map(([confidence, iou]) => {
            const n = countAbove(rows, confidence);
            return {
                cut: [...suppress(rows, iou, 300, false, n).order],
                prepared: [...bestClassRows(head, classes, confidence).anchors],
                free: [...selectFree(head, classes, anchorsByScore(head, classes), 300, confidence).anchors],
            };
        })));
    """
    given = {"boxes": boxes.tolist(), "scores": scores.tolist(), "settings": settings}
    said = in_node(script, given)
    assert [one["cut"] for one in said] == [[0, 1], [0, 1, 2], [0], [0]]
    assert [one["prepared"] for one in said] == [[0, 1], [0, 1, 2], [0, 1], [0]]
    for one, (confidence, iou) in zip(said, settings, strict=True):
        kept = non_max_suppression(boxes, scores, confidence, iou, 300)
        assert one["cut"] == kept.anchors.tolist()
        assert one["free"] == nms_free(boxes, scores, confidence, 300).anchors.tolist()


@needs_node
def test_a_hand_worked_curve_has_its_area() -> None:
    # found, false, found of two objects: precision 1, 1/2, 2/3; made falling 1, 2/3, 2/3; area 1/2 + 1/2 · 2/3
    script = """
        const { precisionRecall } = await import("../dualviz/lab/engine/outcomes.js");
        const match = { outcome: Uint8Array.of(0, 2, 0), foundAt: Int32Array.of(0, 2) };
        const rising = precisionRecall({ outcome: Uint8Array.of(2, 0, 0), foundAt: Int32Array.of(1, 2) });
        const none = precisionRecall({ outcome: new Uint8Array(0), foundAt: new Int32Array(0) });
        const { precision, recall, ap } = precisionRecall(match);
        console.log(JSON.stringify([[...precision], [...recall], ap, none.ap, rising.ap]));
    """
    precision, recall, ap, none, rising = in_node(script, None)
    assert rising == pytest.approx(2 / 3), "1/2 at the first found is made 2/3 by what follows"
    assert precision == pytest.approx([1, 1 / 2, 2 / 3]) and recall == pytest.approx([0.5, 0.5, 1])
    assert ap == pytest.approx(1 / 2 + 1 / 3) and none is None


def test_a_browser_that_claims_something_else_is_caught(answers: list) -> None:
    seed = 2
    case, honest = make_case(seed), answers[seed][0]["message"]
    given = case.prediction, case.boxes, case.labels
    assert detections_disagreements(honest, *given) == []
    for path, key, value, words in (
        (0, "n", 10_000, "10000 boxes"),
        (1, "hash", 1, "other boxes"),
        (2, "counts", [0, 0, 0, 99], "missed"),
    ):
        lie = json.loads(json.dumps(honest))
        lie["claim"]["paths"][path][key] = value
        assert words in detections_disagreements(lie, *given)[0]
    lie = honest | {"claim": honest["claim"] | {"trace": {"n": 0, "hash": 0}}}
    assert "trace" in detections_disagreements(lie, *given)[0]
    assert "cannot be read" in detections_disagreements({"claim": 3}, *given)[0]
    assert len(json.dumps(honest)) < 2048


def test_above_twenty_classes_all_that_can_be_detected_travel() -> None:
    """Classes that no anchor scores above the lowest confidence change no output."""
    points, level = anchor_grid((64, 64), STRIDES)
    scores = torch.rand(len(points), 30) * 0.9
    scores[:, 5:] *= 0.01
    head = HeadPrediction(torch.cat((points - 9, points + 9), -1), scores)
    prediction = DualPrediction(head, head, points, level, STRIDES, (64, 64))
    packed = payload(np.zeros((64, 64, 3), np.uint8), prediction, names(30), classes=range(5))
    settings = {"conf": 0.01, "iou": 0.5, "max": 20, "agnostic": False, "multi": False}
    case = {
        "payload": base64.b64encode(packed).decode(),
        "truth": {"boxes": [], "labels": []},
        "settings": [settings],
    }
    script = """
        const { runDetections } = await import("./detections_cases.js");
        console.log(JSON.stringify(runDetections(given)[0][0].message));
    """
    empty = torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
    assert detections_disagreements(in_node(script, [case]), prediction, *empty) == []


@needs_node
def test_the_joined_page_is_one_module() -> None:
    text = joined_module("detections/detections.js")
    assert text.count("export default") == 1 and "\nimport " not in text


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_the_page_opens_on_whole_objects_of_which_one_side_alone_names_one_twice() -> None:
    """Fewer than ten, none cut by the border, none missed: what is wrong on the first picture can be seen by anybody."""
    image, truth = render(STACKED)
    detector = load_detector("pico-cells", "cpu")
    truth, prediction = truth.for_classes(detector.class_names), detector.predict(image)
    height, width = image.shape[:2]
    inside = (truth.boxes > 0) & (truth.boxes < torch.tensor([width - 1, height - 1] * 2))
    assert 0 < len(truth) < 10 and bool(inside.all()) and not bool(truth.ignore.any())
    for confidence in np.arange(0.1, 0.75, 0.05).round(2).tolist():
        settings = clean_detections({"settings": {"conf": confidence}})["settings"]
        outputs = select_detections(prediction, settings)
        told = {key: match(one, truth.boxes, truth.labels) for key, one in outputs.items()}
        assert not any(bool(side.missed.any()) for side in told.values())
        assert int(told["nms"].duplicate.sum()) == 0 and int(told["free"].duplicate.sum()) == 1
        assert int(told["raw"].duplicate.sum()) > 3 * len(truth)


@needs_node
@pytest.mark.parametrize(
    ("nms", "free", "words"),
    [
        ([1, 1, 1], [1, 1, 2], "Three objects. The one-to-one head needs no NMS, yet names one of them twice."),
        ([1, 1, 1], [1, 1, 3], "Three objects. The one-to-one head needs no NMS, yet names 1 of them more than once."),
        ([1, 1, 1], [1, 1, 1], "Three objects. Each object once, on both sides."),
        ([1, 0, 1], [1, 1, 1], "Three objects. None twice on either side; NMS misses 1, the one-to-one head 0."),
        ([2, 2, 1], [1, 0, 1], "Three objects. NMS leaves 2 of them named more than once, the one-to-one head none. NMS misses 0, the one-to-one head 1."),
        ([2], [2], "One object. NMS leaves 1 of them named more than once, the one-to-one head 1."),
        ([], [], "2 boxes from the one-to-many head. NMS leaves 0; the one-to-one head says 0 by itself."),
    ],
)  # fmt: skip
def test_the_heading_counts_what_is_seen(nms: list[int], free: list[int], words: str) -> None:
    script = """
        const { headline } = await import("../dualviz/lab/detections/headline.js");
        const { tally } = await import("../dualviz/lab/engine/outcomes.js");
        const side = (times) => {
            const truth = times.flatMap((count, g) => Array(count).fill(g));
            const foundAt = Int32Array.from(times, (count, g) => truth.indexOf(g));
            const outcome = Uint8Array.from(truth, (g, row) => (foundAt[g] === row ? 0 : 1));
            const match = { outcome, truth: Int32Array.from(truth), foundAt };
            return { n: truth.length, match, counts: tally(match, truth.length) };
        };
        const paths = [{ n: 2 }, side(given.nms), side(given.free)];
        const truth = { boxes: given.nms };
        console.log(JSON.stringify(headline({ result: { paths, settings: { conf: 0.25, max: 300 } }, truth })));
    """
    assert in_node(script, {"nms": nms, "free": free}) == words


PAGE = """
    const { createPaths, sameThing } = await import("../dualviz/lab/engine/paths.js");
    const P = await import("../dualviz/lab/detections/pair.js");
    const { candidateObjects, lostNeighbours } = await import("../dualviz/lab/detections/nmsplayer.js");
    const { matchRows } = await import("../dualviz/lab/engine/outcomes.js");
    const rowsOf = (boxes, scores = boxes.map((_, i) => 0.9 - 0.1 * i), labels = boxes.map(() => 0)) => ({
        n: boxes.length, anchors: Int32Array.from(boxes, (_, i) => i), labels: Int32Array.from(labels),
        scores: Float32Array.from(scores), boxes: Float32Array.from(boxes.flat()),
    });
    const paths = (many, one, truth) => {
        const head = ({ boxes, scores }) => ({ boxes, scores });
        const engine = createPaths({ heads: [head(many), head(one)], classes: [{ label: 0 }] });
        engine.setTruth(truth);
        return engine;
    };
    const settings = { conf: 0.25, iou: 0.7, max: 300, agnostic: false, multi: false };
"""


@needs_node
def test_half_covered_is_enough_to_be_found_and_of_equal_objects_the_first_is() -> None:
    """IoU exactly 0.5 matches, less does not; two objects covered alike: the first takes the box, the second the next."""
    script = """
        const truth = { boxes: [[0, 0, 10, 20], [100, 0, 110, 20], [100, 0, 110, 20]], labels: [0, 0, 0] };
        const rows = rowsOf([[0, 0, 10, 10], [0, 0, 10, 9.9], [100, 0, 110, 20], [100, 0, 110, 20], [100, 0, 110, 20]]);
        const { outcome, truth: owner, foundAt } = matchRows(rows, truth);
        console.log(JSON.stringify([[...outcome], [...owner], [...foundAt], [...candidateObjects(rows, 5, truth)]]));
    """
    outcome, owner, found, shown = in_node(PAGE + script)
    assert outcome == [0, 2, 0, 0, 1] and owner == [0, -1, 1, 2, 1] and found == [0, 2, 3]
    assert shown == [0, -1, 1, 1, 1]


@needs_node
def test_the_same_thing_is_the_box_of_its_object_or_the_nearest_that_is_shown() -> None:
    script = """
        const many = rowsOf([[0, 0, 10, 10], [50, 50, 60, 60], [200, 0, 210, 10]], [0.9, 0.8, 0.5]);
        const one = rowsOf([[0, 0, 10, 11], [50, 50, 60, 61], [200, 6, 210, 16]], [0.3, 0.6, 0.5]);
        const engine = paths(many, one, { boxes: [[0, 0, 10, 10]], labels: [0] });
        const at = (conf, from, row) => sameThing(engine.compute({ ...settings, conf }), from, row);
        console.log(JSON.stringify([at(0.25, 0, 0), at(0.4, 0, 0), at(0.25, 0, 1), at(0.25, 0, 2), at(0.25, 2, 1)]));
    """
    found, hidden, near, far, back = in_node(PAGE + script)
    assert found == [0, 0, 2], "the object's box, wherever it stands in its list"
    assert hidden == [0, 0, -1], "below the confidence it is not shown"
    assert near == [1, 1, 0] and far == [2, 2, -1], "IoU must be above 0.5"
    assert back == [-1, -1, 1]


@needs_node
def test_the_sweep_follows_the_switches_that_change_it() -> None:
    script = """
        const many = rowsOf([[0, 0, 10, 10], [0, 0, 10, 9]], [0.9, 0.8]);
        const { boxes } = many;
        const engine = createPaths({ heads: [0, 1].map(() => ({ boxes, scores: Float32Array.of(0.9, 0.1, 0.1, 0.8) })), classes: [{ label: 0 }, { label: 1 }] });
        engine.setTruth({ boxes: [[0, 0, 10, 10], [0, 0, 10, 9]], labels: [0, 1] });
        const missed = (more) => engine.thresholds(engine.compute({ ...settings, ...more })).points.map((point) => point.missed);
        console.log(JSON.stringify([missed({}), missed({ agnostic: true }), missed({}), missed({ max: 1 })]));
    """
    plain, agnostic, again, single = in_node(PAGE + script)
    assert plain == again == [0] * 20
    assert agnostic == [1] * 17 + [0] * 3, "thresholds 0.05 to 0.85 lie below their IoU of 0.9"
    assert single == [1] * 20


@needs_node
def test_a_lost_neighbour_is_one_that_nms_suppressed() -> None:
    script = """
        const trace = { n: 3, by: Int32Array.of(-1, 0, -1) };
        const path = (foundAt) => ({ match: { foundAt: Int32Array.from(foundAt) }, n: 1 });
        console.log(JSON.stringify([lostNeighbours(path([0, -1, -1]), trace, Int32Array.of(0, 1, 2)), lostNeighbours(path([0, 5]), trace, Int32Array.of(0, 1, -1))]));
    """
    lost, beyond = in_node(PAGE + script)
    assert lost == [{"object": 1, "row": 1}], "what the limit cut off, NMS did not lose"
    assert beyond == [{"object": 1, "row": 1}], "found only below the confidence is missed"


@needs_node
def test_a_remedy_is_what_the_slider_can_say_and_costs_what_it_takes_along() -> None:
    script = """
        const truth = { boxes: [[0, 0, 10, 10], [100, 0, 110, 10]], labels: [0, 0] };
        const rows = rowsOf([[0, 0, 10, 10], [0, 0, 10, 9], [100, 0, 110, 10], [100, 0, 110, 9]], [0.9, 0.5, 0.4, 0.3]);
        const match = matchRows(rows, truth);
        const path = { rows, n: 4, match, key: "free" };
        const page = { truth, payload: {} };
        const cost = (removes) => P.costSentence(page, path, { rows: [0, 1] }, { removes });
        const settable = P.settable(path, { rows: [0, 1], kind: "two anchors", overlap: 0.9 });
        console.log(JSON.stringify({
            upTo: given.map(P.upTo),
            cost: [cost([1]), cost([1, 3]), cost([1, 2, 3]), P.costSentence({ truth: { boxes: [] } }, path, { rows: [0, 1] }, { removes: [1, 2] })],
            removes: settable.map(({ setting, removes }) => [setting, removes]),
            apply: [P.applicable(path, { setting: "confidence", value: 0.5 }), P.applicable(path, { setting: "confidence", value: 0.995 }), P.applicable(path, { setting: "NMS", value: 0.3 }), P.applicable({ key: "nms" }, { setting: "NMS", value: 0.3 })],
            nearest: [P.nearestObject(truth, rows.boxes, 1), P.nearestObject({ boxes: [truth.boxes[0], truth.boxes[0]] }, rows.boxes, 0), P.nearestObject({ boxes: [] }, rows.boxes, 0)],
        }));
    """
    scores = [float(np.float32(score)) for score in (0.5, 0.3, 0.1234, 0.7)]
    for step in (
        0.011,
        0.012,
        0.013,
        0.014,
    ):  # there a float32 lies closer to a step than the step's own
        scores.append(float(np.nextafter(np.float32(step), np.float32(1))))
    told = in_node(PAGE + script, scores)
    for score, step in zip(scores, told["upTo"], strict=True):
        assert not np.float32(score) > np.float32(step), "the slider's value drops it"
        assert np.float32(score) > np.float32(step - 0.002), "and is the next that does"
        assert step * 1000 == pytest.approx(round(step * 1000))
    nothing, harmless, other, unknown = told["cost"]
    assert nothing == "It would remove nothing else."
    assert harmless.endswith("1 other box. No true object would be missed for it.")
    assert other == "It would also remove 2 other boxes. 1 more true object would be missed."
    assert unknown == "It would also remove 1 other box."
    assert told["removes"] == [["confidence", [1, 2, 3]], ["NMS", [1, 3]]]
    assert told["apply"] == [{"conf": 0.5}, None, None, {"iou": 0.3}]
    assert told["nearest"] == [0, 0, -1]


@needs_node
def test_a_zoom_stays_on_the_picture_and_within_its_limits() -> None:
    script = """
        const { clampZoom, pictureFrame } = await import("../dualviz/lab/detections/frames.js");
        const picture = { width: 400, height: 200 };
        const at = (scale, cx, cy) => pictureFrame(200, 500, picture, { scale, cx, cy });
        console.log(JSON.stringify([[0.2, 1, 5, 99].map(clampZoom), at(1, 200, 100), at(4, 0, 0), at(4, 400, 200), at(4, 150, 80), pictureFrame(200, 60, picture, { scale: 1, cx: 0, cy: 0 })]));
    """
    zooms, whole, first, last, middle, low = in_node(script)
    assert zooms == [1, 1, 5, 16]
    assert whole == {"width": 200, "height": 100, "scale": 0.5, "x0": 0, "y0": 0}
    assert (first["x0"], first["y0"]) == (0, 0) and (last["x0"], last["y0"]) == (300, 150)
    assert (middle["x0"], middle["y0"]) == (100, 55) and middle["scale"] == 2
    assert low["scale"] == 0.3 and low["x0"] == pytest.approx((400 - 200 / 0.3) / 2)


@needs_node
def test_two_plates_cover_each_other_where_both_directions_meet() -> None:
    script = """
        const { covers, freeBelow } = await import("../dualviz/lab/kit/plates.js");
        const tag = { left: 0, y: 50, wide: 80, high: 15 };
        const moved = (height) => freeBelow([tag], { ...tag, left: 40, y: 52 }, height);
        console.log(JSON.stringify([
            [{ left: 79 }, { left: 80 }, { y: 64 }, { y: 65 }].map((other) => covers(tag, { ...tag, ...other })),
            [moved(200), moved(60)].map((other) => [other.y, covers(tag, other)]),
            P.shortened("a name that goes on and on and on"), P.shortened("cell"),
        ]));
    """
    meets, moved, long, short = in_node(PAGE + script)
    assert meets == [True, False, True, False]
    assert moved == [[65, False], [52, True]], "without room it stays and is seen to cover"
    assert long == "a name that goes on and…" and short == "cell"


@needs_node
@pytest.mark.parametrize(
    ("found_at", "shown", "end"),
    [
        ([0, 5], 1, "Object 2 is lost."),
        ([0, -1], 6, "Object 2 is lost."),
        ([0, 5], 6, "Object 2 is found by another box all the same."),
    ],
)
def test_a_neighbour_that_dies_is_lost_unless_a_shown_box_has_it(found_at, shown, end) -> None:
    script = """
        const { stepSentence } = await import("../dualviz/lab/detections/step.js");
        const rows = rowsOf([[0, 0, 10, 10], [0, 0, 10, 12]]);
        const trace = { rows, kept: [1, 0], by: Int32Array.of(-1, 0), overlap: [NaN, 0.83], n: 2 };
        const path = { n: given.shown, match: { foundAt: given.foundAt } };
        const page = { result: { trace, settings: { iou: 0.7, conf: 0.25, max: 300 }, paths: [null, path] }, truth: { boxes: [[0, 0, 10, 10], [0, 0, 10, 12]], labels: [0, 0] }, payload: { classNames: ["cell"] }, view: { step: 2 } };
        console.log(JSON.stringify(stepSentence(page, 2, Int32Array.of(0, 1))));
    """
    told = in_node(PAGE + script, {"foundAt": found_at, "shown": shown})
    assert "a true neighbour dies" in told and told.endswith(end)
