"""Claims about pictures that leave a live page: what their marks and colours mean stands in them, and in the file's own text."""

import base64
import io

import numpy as np
import pytest
from lab_reference import in_node, make_case, needs_node
from PIL import Image

from dualviz import MADE_BY
from dualviz.exports.about import ORIGINS, PAPER, Source, about, pixels
from dualviz.exports.rows import csv_text, headed

pytestmark = needs_node


def test_the_browser_names_the_version_and_the_paper_that_python_names() -> None:
    said = in_node(
        'console.log(JSON.stringify({ ...await import("../dualviz/lab/kit/about.js") }));'
    )
    assert said == {"MADE_BY": MADE_BY, "PAPER": PAPER}


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ({"boxes": [[1, 2, 3, 4]], "labels": [0]}, "file a.json"),
        ({"boxes": [[1, 2, 3, 5]], "labels": [0]}, ORIGINS["drawn"]),
        ({"boxes": [], "labels": []}, ORIGINS["none"]),
        ({"boxes": [[9, 9, 12, 12]], "labels": [1], "from": "one2one"}, "its own detections, taken as truth"),
    ],
)  # fmt: skip
def test_a_file_of_the_browser_says_of_itself_what_pythons_does(truth: dict, words: str) -> None:
    """Line by line: the head of a table with its title, weights, network input, truth, link and citation."""
    script = """
        const { aboutFile } = await import("../dualviz/lab/kit/source.js");
        const { headedCSV, tableCSV } = await import("../dualviz/lab/kit/csv.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        globalThis.location = { protocol: "https:", href: "https://class.example/laboratory?a=0.7" };
        const payload = { ...unpack(base64Bytes(given.payload)), detector: "pico", weights: "0123456789ab" };
        const own = { boxes: [[1, 2, 3, 4]], labels: [0] };
        const about = aboutFile("a title", payload, given.truth, own, "file a.json");
        console.log(JSON.stringify([headedCSV(tableCSV("a · b", ["x"], [[1]]), about), payload.levels[0]]));
    """
    given = {"payload": make_case(1).sent()["payload"], "truth": truth}
    table, level = in_node(script, given)
    high, wide = (level[side] * level["stride"] for side in ("rows", "columns"))
    source = Source("", "pico", "0123456789ab", pixels((high, wide)), words)
    said = about("a title", "a · b", source, "https://class.example/laboratory?a=0.7")
    assert table == headed(csv_text("a · b", ["x"], [[1]]), said)


def test_a_png_keeps_its_pixels_and_carries_texts_in_every_script() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (7, 5, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    texts = {"Title": "α 0.50 · 目标 21", "Description": "one\ntwo – ∅", "Source": ""}
    script = """
        const { withTexts } = await import("../dualviz/lab/kit/png.js");
        const bytes = withTexts(Uint8Array.from(Buffer.from(given.bytes, "base64")), given.texts);
        console.log(JSON.stringify(Buffer.from(bytes).toString("base64")));
    """
    given = {"bytes": base64.b64encode(file.getvalue()).decode(), "texts": texts}
    with Image.open(io.BytesIO(base64.b64decode(in_node(script, given)))) as image:
        image.load()  # its check sums hold
        assert image.text == {name: words for name, words in texts.items() if words}
        np.testing.assert_array_equal(np.asarray(image), pixels)


BEGIN = """
    const { createEngine } = await import("../dualviz/lab/engine/engine.js");
    const { cleanView } = await import("../dualviz/lab/engine/knobs.js");
    const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
    const K = await import("../dualviz/lab/laboratory/takenkey.js");
    const ink = { many: "many", one: "one", lost: "lost", faint: "faint", soft: "soft" };
    const at = ({ payload, truth, knobs }, object, view = {}) => {
        const engine = createEngine(unpack(base64Bytes(payload)));
        engine.setTruth(truth);
        return { payload: engine.payload, result: engine.compute(knobs, object), view: { ...cleanView(), ...view }, ink };
    };
"""


def test_the_key_of_the_stage_names_what_stands_on_it_and_nothing_else() -> None:
    """Of every object of twenty cases: crosses where an anchor was lost, and no picks before the step that shows them."""
    script = """
        console.log(JSON.stringify(given.flatMap((one) => one.truth.boxes.map((_, g) => {
            const lab = at(one, g);
            const heads = lab.result.each[g].heads;
            return {
                marks: K.stageMarks(lab).map(({ mark }) => mark),
                early: K.stageMarks(at(one, g, { step: "metric" })).map(({ mark }) => mark),
                lost: heads.some(({ lostCount }) => lostCount > 0),
                beside: [...heads[1].kept.subarray(0, heads[1].pickCount)].filter((kept, i) => !kept && heads[1].lostTo[i] < 0).length,
                others: K.stageMarks(lab).find(({ mark }) => mark === "hollow")?.words ?? "0 not kept",
                objects: lab.result.objects,
            };
        }))));
    """
    told = in_node(BEGIN + script, [make_case(seed).sent() for seed in range(20)])
    assert {one["lost"] for one in told} == {True, False}
    assert any(one["lost"] and one["beside"] for one in told)
    for one in told:
        assert one["others"] == f"{one['beside']} not kept"
        assert one["marks"][:3] == ["dot", "diamond", "truth"]
        assert ("cross" in one["marks"]) == ("rings" in one["marks"] and one["lost"])
        assert ("cross" in one["marks"]) == one["lost"]
        assert ("truths" in one["marks"]) == (one["objects"] > 1)
        assert set(one["early"]) <= {"truth", "truths"}


def test_the_scale_of_the_stage_says_which_values_its_two_ends_are() -> None:
    script = """
        const scale = (view, object = 0) => {
            const said = K.stageScale(at(given, object, view));
            return said && [said.name, said.low, said.high, said.stops[0][0], said.stops.at(-1)[0], said.stops.length];
        };
        const best = at(given, 0).result.selected.heads[0].maxM;
        console.log(JSON.stringify([best, scale({}), scale({ layer: "t", level: "1" }), scale({ layer: "g" }), scale({ layer: "none" }), scale({}, -1)]));
    """
    best, metric, target, push, without, nobody = in_node(BEGIN + script, make_case(4).sent())
    assert metric[0] == "Heat: fit m, all levels" and metric[1] == "0"
    assert float(metric[2]) == pytest.approx(best, rel=0.01)
    assert "soft target t" in target[0] and "level P4" in target[0] and target[2] == "1"
    assert push[1].startswith("△ up −") and push[2].endswith(" down ▽") and push[5] != metric[5]
    assert metric[3:5] == push[3:5] == [0, 1]
    assert without is None and nobody is None


def test_the_key_of_the_plane_follows_the_lines_that_are_drawn() -> None:
    script = """
        console.log(JSON.stringify(given.flatMap((one) => one.truth.boxes.flatMap((_, g) => [true, false].map((locked) => {
            const lab = at({ ...one, knobs: { ...one.knobs, locked } }, g);
            const { selected, each } = lab.result;
            return {
                marks: K.planeMarks(lab).map(({ mark }) => mark),
                words: K.planeMarks(lab).map(({ words }) => words),
                locked, rank: selected.rankOfPick, counts: selected.heads.map(({ count }) => count), picks: each[g].heads[0].pickCount,
            };
        })))));
    """
    told = in_node(BEGIN + script, [make_case(seed).sent() for seed in range(20)])
    for one in told:
        many, own = one["counts"]
        assert ("solid" in one["marks"]) == ("dot" in one["marks"]) == (many > 0)
        assert ("dotted" in one["marks"]) == (one["rank"] > 1)
        assert ("dashed" in one["marks"]) == (not one["locked"] and own > 0)
        assert ("circle" in one["marks"]) == (many > one["picks"])
        assert not many or f"the best {one['picks']} of one-to-many" in one["words"]
    assert {one["rank"] > 1 for one in told} == {True, False}


def test_the_key_of_the_outputs_names_only_what_is_there() -> None:
    """Without truth nothing is matched, twice or missed; a false box is a mark only where there is one."""
    script = """
        const { createPaths } = await import("../dualviz/lab/engine/paths.js");
        const { panelMarks } = await import("../dualviz/lab/detections/takeaway.js");
        console.log(JSON.stringify(given.map(({ payload, truth }) => {
            const engine = createPaths(unpack(base64Bytes(payload)));
            engine.setTruth(truth);
            const result = engine.compute({ conf: 0.25, iou: 0.7, max: 300, agnostic: false, multi: false });
            return {
                marks: panelMarks({ result, truth, ink }).map(({ mark, words }) => `${mark} ${words}`),
                counts: result.paths.map(({ counts, n }) => ({ ...counts, n })),
                known: truth.boxes.length > 0,
            };
        })));
    """
    told = in_node(BEGIN + script, [make_case(seed).sent() for seed in range(40)])
    assert {one["known"] for one in told} == {True, False}
    for one in told:
        kinds = [mark.split(" ")[0] for mark in one["marks"]]
        raw, nms, free = one["counts"]
        some = {
            kind: one["known"] and any(path[kind] for path in one["counts"])
            for kind in ("false", "missed")
        }
        assert ("false" in kinds) == some["false"] and ("missed" in kinds) == some["missed"]
        assert ("double" in kinds) == (one["known"] and nms["duplicate"] + free["duplicate"] > 0)
        assert ("times" in kinds) == (one["known"] and raw["duplicate"] > 0)
        assert ("truths" in kinds) == one["known"]
        assert kinds.count("box") == (raw["n"] > 0) + (free["n"] > 0)
        assert any("matched" in mark for mark in one["marks"]) == (one["known"] and "box" in kinds)


def test_a_close_up_shows_nothing_beside_the_picture() -> None:
    script = """
        const { frameAround } = await import("../dualviz/lab/detections/frames.js");
        const picture = { width: 400, height: 300 };
        console.log(JSON.stringify(given.map((box) => frameAround(600, 372, picture, [box]))));
    """
    boxes = [[0, 0, 30, 30], [370, 270, 400, 300], [180, 130, 220, 170], [0, 0, 400, 300]]
    corner, far, middle, whole = in_node(script, boxes)
    assert (corner["x0"], corner["y0"]) == (0, 0)
    assert far["x0"] + 600 / far["scale"] == pytest.approx(400)
    assert far["y0"] + 372 / far["scale"] == pytest.approx(300)
    assert middle["x0"] + 300 / middle["scale"] == pytest.approx(200)
    assert whole["x0"] + 300 / whole["scale"] == pytest.approx(200), "wider than the picture: even"
