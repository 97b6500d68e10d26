"""Claims about the laboratory's frame: its modules join, its payload and state survive, Python checks the browser."""

import base64
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lab_reference import NODE, STRIDES, in_node, make_case, names, needs_node

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction, load_detector
from dualviz.detector.catalogue import available
from dualviz.lab import check, detections, joined_module, payload, standalone, state
from dualviz.lab.knobs import FILTERS, KNOBS, VIEW
from dualviz.lab.payload import header, named, with_seed
from dualviz.pictures.images import letterbox
from dualviz.pictures.scenes import SAMPLES, gallery, shown


@needs_node
def test_links_and_knobs_are_the_same_in_both_languages() -> None:
    states = [
        {},
        {"knobs": {"alpha": 0.7, "beta": 12, "r": 0.25, "k": 3, "locked": False}, "object": 3},
        {"knobs": {"alpha": 1e9, "beta": -4, "r": "2.5", "k": "x", "mode": "paper"}, "object": -1},
        {"knobs": {"shared": True, "alpha1": 0.333, "beta1": 19.999}, "truth": "AAAAAAgACAAC"},
        {
            "view": {
                "layer": "t",
                "head": "one2one",
                "level": "1",
                "pin": 77,
                "log": True,
                "panel": "gap",
                "formula": True,
            }
        },
        {"view": {"layer": "nothing", "pin": -5, "log": 1}, "object": 2.5, "truth": 7},
    ]
    links = [
        {"a": "nan", "o": "-2", "t": "", "v": "layer.p~pin.x~head"},
        {"o": "1e3", "lock": "1", "k": "07"},
    ]
    script = """
        const { cleanState, decodeState, encodeState, linkQuery, parseLink } = await import("../dualviz/lab/engine/knobs.js");
        console.log(JSON.stringify({
            clean: given.states.map(cleanState),
            links: given.states.map(encodeState),
            round: given.states.map((state) => parseLink("?" + linkQuery(state))),
            broken: given.links.map(decodeState),
        }));
    """
    said = in_node(script, {"states": states, "links": links})
    assert said["clean"] == [state.clean_state(given) for given in states]
    assert said["links"] == [state.encode_state(given) for given in states]
    assert said["round"] == said["clean"], "a link gives back the state it was made of"
    assert said["broken"] == [state.decode_state(link) for link in links]
    assert [state.decode_state(link) for link in said["links"]] == said["clean"]
    assert said["links"][0] == {}


@needs_node
@pytest.mark.parametrize("classes", [None, 256, 257, 1203])
def test_drawn_boxes_have_one_code_in_both_languages(classes: int | None) -> None:
    case = make_case(2)
    if classes:
        scores = torch.rand(len(case.prediction.level), classes)
        heads = {
            name: HeadPrediction(getattr(case.prediction, name).boxes, scores)
            for name in ("one2many", "one2one")
        }
        last = torch.arange(len(case.labels)) * 7 + classes - 7 * len(case.labels)
        case = replace(case, prediction=replace(case.prediction, **heads), labels=last)
    script = """
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        const { decodeTruth, encodeTruth, quantise } = await import("../dualviz/lab/engine/truth.js");
        const payload = unpack(base64Bytes(given.payload));
        const code = encodeTruth(given.truth, payload);
        console.log(JSON.stringify({
            code,
            snapped: quantise(given.truth, payload),
            back: decodeTruth(code, payload),
            none: encodeTruth({ boxes: [], labels: [] }, payload),
            broken: ["A", "AAAA", "ÄÖ", "____________", code.slice(0, 11)].map((text) => decodeTruth(text, payload)),
        }));
    """
    said = in_node(script, case.sent())
    head = header(case.packed())
    assert said["back"] == said["snapped"] and said["none"] == ""
    assert said["broken"] == [None] * 5
    snapped = np.array(said["snapped"]["boxes"])
    labels = said["snapped"]["labels"]
    assert state.encode_truth(snapped, labels, head["quantum"], case.classes) == said["code"]
    size = head["picture"]["width"], head["picture"]["height"]
    boxes, labels = state.decode_truth(said["code"], head["quantum"], size, case.classes)
    np.testing.assert_array_equal(boxes, snapped)
    assert labels.tolist() == said["snapped"]["labels"]
    for text in ("A", "AAAA", "ÄÖ", "____________"):
        assert state.decode_truth(text, head["quantum"], size, case.classes) is None
    assert len(state.decode_truth("", head["quantum"], size, 1)[0]) == 0


def test_every_knob_has_a_letter_of_its_own_and_its_default_is_a_value_of_it() -> None:
    used = [*state.LETTERS, *detections.LETTERS]
    assert len(set(used)) == len(used) and all(used)
    for table in (KNOBS, VIEW, FILTERS):
        for name, knob in table.items():
            assert knob.clean(knob.default) == knob.default, name
            assert type(knob.clean(None)) is type(knob.default), name
            assert knob.choices or knob.clean(1e9) == knob.max, name
            assert knob.choices or knob.clean("-1e9") == knob.min, name
    assert set(state.SETTING_KNOBS.values()) == set(KNOBS), "every knob turns the setting"


@needs_node
def test_edits_stay_inside_the_picture_and_can_be_undone() -> None:
    script = """
        const T = await import("../dualviz/lab/engine/truth.js");
        const payload = { picture: { width: 64, height: 48 }, quantum: 1 / 32, classNames: ["a", "b"] };
        const drawn = T.addBox({ boxes: [], labels: [] }, [50, 40, 10, 20], 1, payload);
        const history = T.createHistory(drawn);
        history.commit(T.moveBox(drawn, 0, 100, 100, payload));
        const moved = history.present.boxes[0];
        history.commit(T.resizeBox(history.present, 0, "nw", 63.99, 47.99, payload));
        const thin = history.present.boxes[0];
        const narrow = T.addBox({ boxes: [], labels: [] }, [10, 20, 11, 20.5], 0, payload).boxes[0];
        const far = T.addBox(drawn, [-9, -9, 900, 900], 0, payload).boxes[1];
        const back = [history.undo(), history.undo(), history.undo()].map((truth) => truth.boxes[0]);
        console.log(JSON.stringify({ drawn: drawn.boxes[0], moved, thin, narrow, far, back, redo: history.redo().boxes[0] }));
    """
    said = in_node(script)
    assert said["drawn"] == [10, 20, 50, 40]
    assert said["moved"] == [24, 28, 64, 48] == said["redo"]
    assert said["thin"] == [62, 46, 64, 48], "a box keeps two pixels"
    assert said["narrow"] == [10, 20, 12, 22]
    assert said["far"] == [0, 0, 64, 48]
    assert said["back"] == [said["moved"], said["drawn"], said["drawn"]]


def test_modules_join_in_order_of_need_and_keep_the_default_export(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/deep.js").write_text("export const depth = 1;\nfunction inner() {}\n")
    (tmp_path / "middle.js").write_text(
        'import {\n  depth,\n} from "./deep/deep.js";\nexport function twice() { return 2 * depth; }\n'
    )
    (tmp_path / "view").mkdir()
    (tmp_path / "view/lab.js").write_text(
        'import { depth } from "../deep/deep.js";\nimport { twice } from "../middle.js";\n'
        "export default function () { return twice() + depth; }\n"
    )
    joined = joined_module("view/lab.js", tmp_path)
    places = [joined.index(text) for text in ("const depth", "function twice", "export default")]
    assert places == sorted(places)
    assert "import" not in joined and joined.count("export") == 1


@needs_node
def test_names_at_the_top_of_two_modules_may_be_alike(tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit/deep.js").write_text("const own = 2;\nexport const depth = 3 * own;\n")
    (tmp_path / "a.js").write_text(
        'import { depth } from "./kit/deep.js";\nconst own = 5;\nexport const twice = own * depth;\n'
    )
    (tmp_path / "lab.js").write_text(
        'import { depth } from "./kit/deep.js";\nimport { twice } from "./a.js";\n'
        "const own = 7;\nconsole.log(own + depth + twice);\n"
    )
    done = subprocess.run(
        [NODE, "--input-type=module"],
        input=joined_module("lab.js", tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.stdout.strip(), done.stderr) == ("43", "")


def test_a_table_that_two_modules_import_becomes_one_constant(tmp_path: Path) -> None:
    (tmp_path / "table.json").write_text('{"k": 10}\n')
    line = 'import TABLE from "./table.json" with { type: "json" };\n'
    (tmp_path / "a.js").write_text(line + "export const k = TABLE.k;\n")
    (tmp_path / "lab.js").write_text(
        line.replace("TABLE", "OTHER")
        + 'import { k } from "./a.js";\nexport default OTHER.k + k;\n'
    )
    joined = joined_module("lab.js", tmp_path)
    assert joined.count('{"k": 10}') == 1 and "import" not in joined
    assert joined.index('{"k": 10}') < joined.index("const TABLE") < joined.index("const OTHER")


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ('import { inner } from "./deep.js";\n', "deep.js exports no inner, as lab.js asks"),
        ('import * as all from "./deep.js";\n', "plainly"),
        ("export { inner };\n", "plainly"),
        ('import { depth as d } from "./deep.js";\n', "as they are"),
        ('import { depth } from "../other/deep.js";\n', "from this folder"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path: Path, second: str, complaint: str) -> None:
    (tmp_path / "deep.js").write_text("export const depth = 1;\nfunction inner() {}\n")
    (tmp_path / "lab.js").write_text(f'import {{ depth }} from "./deep.js";\n{second}')
    with pytest.raises(ValueError, match=complaint):
        joined_module("lab.js", tmp_path)


def test_modules_that_import_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "lab.js").write_text('import { a } from "./a.js";\n')
    (tmp_path / "a.js").write_text('import { lab } from "./lab.js";\nexport const a = 1;\n')
    with pytest.raises(ValueError, match=r"circle: lab\.js → a\.js → lab\.js"):
        joined_module("lab.js", tmp_path)


@needs_node
def test_the_joined_laboratory_is_one_module_that_node_accepts() -> None:
    done = subprocess.run(
        [NODE, "--input-type=module", "--check"],
        input=joined_module("laboratory/laboratory.js"),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


def test_a_payload_is_the_same_for_the_same_picture_and_knows_its_grid() -> None:
    case = make_case(4)
    packed, head = case.packed(), header(case.packed())
    assert packed == case.packed() and header(make_case(8).packed())["id"] != head["id"]
    assert [(grid["columns"], grid["rows"]) for grid in head["levels"]] == [
        (12, 12),
        (6, 6),
        (3, 3),
    ]
    assert head["levels"][1]["cell"] == [16, 16] and head["levels"][1]["origin"] == [0, 0]
    seeded = with_seed(with_seed(packed, {"rev": 1}), {"rev": 2})
    assert seeded.startswith(packed) and seeded.endswith(b'DVSTATE1{"rev":2}')


@needs_node
def test_the_browser_knows_every_anchor_to_the_bit_without_being_sent_one() -> None:
    """Points and levels come back from the grids' axes, whatever the letterbox made of them."""
    cases = [make_case(seed) for seed in range(24)]
    wide = torch.rand(640, 480, 3).mul(255).byte().numpy()
    box = letterbox(wide[:, :333], 416)
    points, level = anchor_grid(box.picture.shape[:2], STRIDES)
    head = HeadPrediction(torch.zeros(len(points), 4), torch.zeros(len(points), 1))
    size_hw = box.picture.shape[:2]
    odd = DualPrediction(head, head, box.to_picture(points), level, STRIDES, size_hw)
    predictions = [*(case.prediction for case in cases), odd]
    sent = [
        base64.b64encode(
            payload(np.zeros((64, 64, 3), np.uint8), one, names(one.one2one.scores.shape[1]))
        )
        for one in predictions
    ]
    script = """
        const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
        console.log(JSON.stringify(given.map((text) => {
            const { anchorPoints, level, anchors } = unpack(base64Bytes(text));
            return [Array.from(anchorPoints), Array.from(level), anchors];
        })));
    """
    said = in_node(script, [text.decode() for text in sent])
    for one, (where, levels, count) in zip(predictions, said, strict=True):
        assert where == one.anchor_points.flatten().tolist()
        assert levels == one.level.tolist() and count == len(levels)
    assert header(base64.b64decode(sent[-1]))["blobs"].keys().isdisjoint({"anchor_points", "level"})


@pytest.mark.parametrize("anchor", [0, 3, 11, 15])
def test_anchors_that_stand_in_no_grid_are_refused(anchor: int) -> None:
    points, level = anchor_grid((32, 32), (8,))
    points[anchor, anchor % 2] += 0.5
    head = HeadPrediction(torch.zeros(16, 4), torch.zeros(16, 1))
    prediction = DualPrediction(head, head, points, level, (8,), (32, 32))
    with pytest.raises(ValueError, match="anchors of level 0 must stand in a grid, row by row"):
        payload(np.zeros((32, 32, 3), np.uint8), prediction, names(1))


def test_above_twenty_classes_only_the_chosen_travel() -> None:
    points, level = anchor_grid((32, 32), STRIDES)
    boxes = torch.cat((points - 4, points + 4), -1)
    head = HeadPrediction(boxes, torch.rand(len(points), 80))
    prediction = DualPrediction(head, head, points, level, STRIDES, (32, 32))
    picture = np.zeros((32, 32, 3), np.uint8)
    names80 = [f"c{label}" for label in range(80)]
    assert header(payload(picture, prediction, names80))["classes"] == list(range(20))
    few = payload(picture, prediction, names80, classes=[56, 3, 56])
    assert header(few)["classes"] == [3, 56]
    column = header(few)["blobs"]["one2many_scores"]
    assert column[1] == len(points) * 2 * 4
    with pytest.raises(ValueError, match=r"0\.\.79"):
        payload(picture, prediction, names80, classes=[80])
    with pytest.raises(ValueError, match="1 to 65,536 names"):
        payload(picture, prediction, [])


def test_a_finer_picture_is_only_looked_at() -> None:
    case = make_case(4)
    coarse, fine = case.packed(), case.packed(shown=np.zeros((192, 192, 3), np.uint8))
    heads = [header(packed) for packed in (coarse, fine)]
    assert heads[0]["picture"] == heads[1]["picture"], "boxes stay in the same pixels"
    assert heads[0]["levels"] == heads[1]["levels"] and heads[0]["id"] != heads[1]["id"]
    with pytest.raises(ValueError, match="shown must have the sides of image_rgb, 96 : 96"):
        case.packed(shown=np.zeros((96, 192, 3), np.uint8))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_bundled_scene_stays_within_its_budget(name: str) -> None:
    if not available():
        pytest.skip("no weights are bundled")
    image, _truth = gallery()[name]()
    detector = load_detector(available()[0].name, "cpu")
    packed = payload(image, detector.predict(image), detector.class_names, shown=shown(name))
    assert len(packed) <= 700_000


def test_a_browser_that_claims_something_else_is_caught() -> None:
    case = make_case(0)
    trace = case.traced()
    many, one = trace.one2many.assignment, trace.one2one.assignment
    rows = zip(many.candidates.tolist(), one.candidates[:, 0].tolist())
    positives = zip(many.positives.tolist(), one.positives.tolist())
    honest = {
        "objects": [
            check.list_hash([*(a for a in row if a >= 0), pick]) & 0xFFFF for row, pick in rows
        ],
        "final": check.list_hash([count for pair in positives for count in pair]),
    }
    assert check.disagreements(honest, trace) == []
    wrong = [honest["objects"][0] ^ 1, *honest["objects"][1:]]
    assert "object 1: other choices" in check.disagreements({**honest, "objects": wrong}, trace)[0]
    assert "positives" in check.disagreements({**honest, "final": 7}, trace)[0]
    assert "objects" in check.disagreements({**honest, "objects": []}, trace)[0]
    assert "cannot be read" in check.disagreements({"objects": 3}, trace)[0]


def test_what_python_recomputed_is_said_of_the_chosen_object_only() -> None:
    claim = {"objects": [1, 2, 3], "object": None}
    assert check.recomputed(claim, 3) == (
        "Python recomputed the picks of all 3 objects from the same predictions, and agrees."
    )
    chosen = check.recomputed(claim | {"object": 0}, 3)
    assert "picks of all 3 objects, and ranks, ρ, τ and gap of the chosen one, from" in chosen


def test_a_release_of_sixty_boxes_stays_below_two_kilobytes() -> None:
    boxes = np.tile([[10.0, 20, 300, 400]], (60, 1))
    message = {
        **state.clean_state({"truth": state.encode_truth(boxes, np.zeros(60, int), 1 / 32)}),
        "claim": {
            "objects": [65535] * 60,
            "final": 4000000000,
            "object": 33,
            "counts": [8000, 8000],
            "orders": [4000000000, 4000000000],
            "spearman": 0.123456789,
            "kendall": 0.123456789,
            "gap": [0.123456789, 0.123456789, 0.123456789],
        },
        "id": "0" * 16,
    }
    assert len(json.dumps(message, separators=(",", ":"))) < 2048


def test_the_standalone_page_asks_no_host_and_stays_small() -> None:
    size_hw = (320, 320)
    points, level = anchor_grid(size_hw, STRIDES)
    assert len(points) == 2100
    head = HeadPrediction(torch.cat((points - 9, points + 9), -1), torch.rand(2100, 20))
    prediction = DualPrediction(head, head, points, level, STRIDES, size_hw)
    noise = np.random.default_rng(0).integers(0, 256, (*size_hw, 3), np.uint8)
    page = standalone(payload(noise, prediction, names(20)), title="A <page>")
    assert len(page.encode()) < 2_000_000
    assert "A &lt;page&gt;" in page and "default-src 'none'" in page
    outside = [url for url in re.findall(r"https?://[\w./]+", page) if "www.w3.org" not in url]
    assert outside == []
    assert page.count("</script") == 2


def page_with_laboratory() -> None:
    """Stand as a page: two pictures, and a state that Python may push."""
    import streamlit as st
    from lab_reference import make_case

    from dualviz.lab import laboratory

    case = make_case(st.session_state.get("seed", 4))
    given = {"knobs": {"alpha": 2.0}, "push": st.session_state.get("push", 0)}
    if st.session_state.get("page", "lab") == "lab":
        laboratory(case.packed(), given, (case.boxes.tolist(), case.labels.tolist()), key="lab")


def test_the_payload_stands_still_until_picture_truth_or_push_change() -> None:
    """Equal bytes travel as a hash; so any other rerun, and a release, must leave them equal."""
    testing = pytest.importorskip("streamlit.testing.v1")
    app = testing.AppTest.from_function(page_with_laboratory, default_timeout=30).run()

    def sent() -> tuple[bytes, int]:
        packed = bytes(app.get("bidi_component")[0].proto.bytes)
        seed = json.loads(packed.rpartition(b"DVSTATE1")[2])
        assert seed["knobs"]["alpha"] == 2.0 and len(seed["own"]["boxes"]) == len(
            seed["own"]["labels"]
        )
        return packed, seed["rev"]

    assert not app.exception
    first, revision = sent()
    assert app.run() and sent() == (first, revision)
    app.session_state["lab"] = {"state": {"knobs": {"alpha": 0.7}}}
    assert app.run() and sent() == (first, revision), "a release does not come back"
    for change, value in (("push", 1), ("seed", 8)):
        app.session_state[change] = value
        before = sent()
        app.run()
        assert sent()[0] != before[0] and sent()[1] == before[1] + 1
    assert header(sent()[0])["id"] != header(first)["id"]


def test_a_payload_that_many_share_is_named_for_each_and_stays_the_same() -> None:
    shared_payload = make_case(1).packed()
    mine = named(shared_payload, "患者 7.png", "mine")
    assert header(mine) == header(shared_payload) | {"name": "患者 7.png", "detector": "mine"}
    assert named(mine, "", "") == shared_payload
    seeded = with_seed(mine, {"rev": 1})
    assert named(seeded, "", "") == shared_payload
