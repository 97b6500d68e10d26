"""Claims about the stage's aim and the gap's bars, in node: an object is whole, a neighbour kept out where that can be."""

from lab_reference import in_node, make_case, needs_node

pytestmark = needs_node

AIM = """
    const { aimFrame } = await import("../dualviz/lab/laboratory/aim.js");
    const said = given.map(({ picture, frame, boxes, insets }) => boxes.map((box, g) => {
        const others = boxes.filter((_, i) => i !== g);
        const look = (focus) => aimFrame({ ...frame, left: 0, top: 0 }, picture, focus, insets);
        const { scale, x0, y0 } = look({ box, keep: box, others });
        const seen = [x0, y0, x0 + frame.width / scale, y0 + frame.height / scale];
        const free = [x0, y0 + insets.top / scale, seen[2], seen[3] - insets.bottom / scale];
        return {
            whole: box[0] >= free[0] - 1e-6 && box[1] >= free[1] - 1e-6 && box[2] <= free[2] + 1e-6 && box[3] <= free[3] + 1e-6,
            share: Math.max(((box[2] - box[0]) * scale) / frame.width, ((box[3] - box[1]) * scale) / frame.height),
        };
    }));
    console.log(JSON.stringify(said.flat()));
"""


def test_an_object_is_never_cut_and_nothing_stands_on_it() -> None:
    pictures = []
    for seed in range(60):
        case = make_case(seed)
        high, wide = case.size_hw
        frame = {"width": (800, 390, 360)[seed % 3], "height": (612, 312, 500)[seed % 3]}
        pictures.append(
            {
                "picture": {"width": wide, "height": high},
                "frame": frame,
                "boxes": case.boxes.tolist(),
                "insets": {"top": 56, "bottom": 56},
            }
        )
    said = in_node(AIM, pictures)
    assert len(said) > 200 and all(one["whole"] for one in said)
    assert all(one["share"] <= 0.901 for one in said)


def test_a_neighbour_comes_in_only_where_it_must() -> None:
    script = """
        const { aimFrame } = await import("../dualviz/lab/laboratory/aim.js");
        const box = [150, 150, 250, 250];
        console.log(JSON.stringify(given.map((x) => aimFrame({ width: 600, height: 600 }, { width: 400, height: 400 }, { box, keep: box, others: [[x, 0, x + 9, 400]] }))));
    """
    far, near, beside, across = in_node(script, [290, 280, 253, 240])
    shares = [100 * frame["scale"] / 600 for frame in (far, near, beside, across)]
    assert shares[0] == shares[2] == shares[3] == 0.57, "at ease: nobody there, or no help for it"
    assert 0.57 < shares[1] <= 0.9
    assert near["x0"] + 600 / near["scale"] <= 280 < far["x0"] + 600 / far["scale"]


def test_a_picture_that_does_not_fill_its_frame_stands_in_the_middle() -> None:
    script = """
        const { aimFrame } = await import("../dualviz/lab/laboratory/aim.js");
        const at = (width, height, insets) => aimFrame({ width, height }, { width: 400, height: 200 }, null, insets);
        console.log(JSON.stringify([at(600, 300), at(400, 400), at(900, 300), at(400, 300, { top: 60, bottom: 40 })]));
    """
    fits, tall, wide, inset = in_node(script)
    assert (fits["scale"], fits["x0"], fits["y0"]) == (1.5, 0, 0)
    assert (tall["scale"], tall["x0"], tall["y0"]) == (1, 0, -100)
    assert (wide["scale"], wide["x0"], wide["y0"]) == (1.5, -100, 0)
    assert (inset["scale"], inset["x0"], inset["y0"]) == (1, 0, -60), "between what stands on it"


def test_the_bars_of_the_gap_add_up_to_it() -> None:
    script = """
        const { createEngine } = await import("../dualviz/lab/engine/engine.js");
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const { taughtPairs } = await import("../dualviz/lab/laboratory/gap.js");
        const said = given.flatMap(({ payload, truth, knobs }) => {
            const engine = createEngine(unpack(base64Bytes(payload)));
            engine.setTruth(truth);
            return truth.boxes.flatMap((_, g) => ["code", "paper", "yolo26"].flatMap((mode) => {
                const result = engine.compute({ ...knobs, mode }, g);
                if (result.selected.pick < 0) return [];
                const [many, one] = result.each[g].heads;
                const taught = new Set([...many.picks.subarray(0, many.pickCount), ...one.picks.subarray(0, result.rules.keep ?? one.pickCount)]);
                const anchors = taughtPairs(result).map(({ anchor }) => anchor);
                if (anchors.length !== taught.size || !anchors.every((anchor) => taught.has(anchor))) throw new Error("a bar of nobody");
                const sum = taughtPairs(result).reduce((all, { many, one }) => all + Math.abs(many - one), 0);
                return [[sum, result.selected.gap.value]];
            }));
        });
        console.log(JSON.stringify(said));
    """
    said = in_node(script, [make_case(seed).sent() for seed in range(40)])
    assert len(said) > 60
    for total, gap in said:
        assert abs(total - gap) < 1e-9
