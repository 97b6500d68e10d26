"""Claims about the heat over the picture: each cell's colour is its anchor's share of the largest value, and nothing else is painted."""

import math

import pytest
from lab_reference import in_node, make_case, needs_node

pytestmark = needs_node

SCRIPT = """
    const images = [];
    globalThis.document = { createElement: () => {
        const canvas = { getContext: () => ({
            createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }),
            putImageData: (data) => (canvas.data = data.data),
        }) };
        return canvas;
    } };
    const { createEngine } = await import("../dualviz/lab/engine/engine.js");
    const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
    const { createHeat } = await import("../dualviz/lab/laboratory/heat.js");
    const { targetsOf } = await import("../dualviz/lab/engine/targets.js");
    const { heatWords, pushWords } = await import("../dualviz/lab/kit/ink.js");
    const colours = (words) => new Map(Array.from(words, (word, step) => [word, step]));
    const [heat, push] = [colours(heatWords()), colours(pushWords())];
    const told = given.cases.flatMap(({ payload, truth, knobs }) => {
        const engine = createEngine(unpack(base64Bytes(payload)));
        engine.setTruth(truth);
        const painter = createHeat(engine.payload);
        return truth.boxes.map((_, g) => {
            const result = engine.compute(knobs, g);
            const { selected } = result;
            const head = selected.heads[0];
            const values = new Array(engine.payload.anchors).fill(null);
            const { layer, log, level } = given.view;
            if (layer === "g" || layer === "b") targetsOf(engine.payload, result).heads[0][layer === "g" ? "push" : "bce"].forEach((value, a) => (values[a] = value));
            else for (let i = 0; i < selected.n; i += 1) values[selected.anchors[i]] = layer === "s" ? 1 : (layer === "m" ? head.m : layer === "u" ? head.u : head.tFinal)[i];
            let drawn = null;
            const context = { drawImage: (canvas) => (drawn = canvas.data), fillRect() { throw new Error("no tile was asked for"); } };
            painter.paint(context, result, 0, given.view, { scale: 0.1, x0: 0, y0: 0, left: 0, top: 0 });
            const words = drawn && new Uint32Array(drawn.buffer);
            const names = layer === "g" ? push : heat;
            const most = layer === "m" ? head.maxM : layer === "g" || layer === "b" ? targetsOf(engine.payload, result).most[layer] : 1;
            const levels = engine.payload.levels;
            return { values, most, levels, steps: words && Array.from(words, (word) => (word === 0 ? 0 : names.get(word))) };
        });
    });
    console.log(JSON.stringify(told));
"""


def step_of(value: float | None, most: float, layer: str, log: bool) -> int:
    """The colour of one value, 1..255; 0 where nothing is painted."""
    if value is None or most == 0 or (value == 0 and layer != "g"):
        return 0
    share = abs(value) / most
    if log:
        share = max(0.0, 1 + math.log10(share) / 4) if share else 0.0
    if layer == "g":
        return round(128 + 127 * (-share if value < 0 else share))
    return 0 if share < 0.05 else round(255 * share)


@pytest.mark.parametrize("layer", ["m", "u", "t", "s", "b", "g"])
@pytest.mark.parametrize("log", [False, True])
def test_a_cell_has_the_colour_of_its_anchor(layer: str, log: bool) -> None:
    """One level alone, and all at once: there the farthest from nothing of the anchors that cover a place."""
    sent = [make_case(seed).sent() for seed in (0, 4, 11, 14, 26, 27, 37)]
    painted = 0
    for level in ("0", "1", "all"):
        view = {"layer": layer, "log": log, "level": level}
        for one in in_node(SCRIPT, {"cases": sent, "view": view}):
            own = [step_of(value, one["most"], layer, log) for value in one["values"]]
            base = one["levels"][0 if level == "all" else int(level)]
            wanted = [0] * base["count"]
            for index, grid in enumerate(one["levels"]):
                if level != "all" and index != int(level):
                    continue
                fold = grid["stride"] // base["stride"]
                for i in range(base["count"]):
                    column, row = i % base["columns"] // fold, i // base["columns"] // fold
                    step = own[grid["first"] + row * grid["columns"] + column]
                    zero = 128 if layer == "g" else 0
                    if step and (not wanted[i] or abs(step - zero) > abs(wanted[i] - zero)):
                        wanted[i] = step
            steps = one["steps"] or [0] * base["count"]
            assert all(abs(a - b) <= 1 for a, b in zip(steps, wanted, strict=True))
            assert [step > 0 for step in steps] == [step > 0 for step in wanted]
            painted += sum(step > 0 for step in steps)
    assert painted > 100
