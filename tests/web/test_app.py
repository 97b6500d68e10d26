"""Claims about the app's pages and the session behind them, run without a browser."""

import io
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from opened_app import opened, words
from PIL import Image
from streamlit.runtime.caching.cache_resource_api import clear_session_cache
from streamlit.testing.v1 import AppTest

from dualviz.detector.catalogue import available, find_weights
from dualviz.detector.checkpoint import save_checkpoint
from dualviz.detector.network import DualDetector
from dualviz.web import uploads
from dualviz.web.shelf import SHELF

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


def shown(app: AppTest) -> dict:
    return {box.label: box.value for box in app.sidebar.selectbox}


def png(width: int = 64, height: int = 48) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 200, np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_the_first_sight_is_the_laboratory_on_a_sparse_smear() -> None:
    app = opened()
    assert shown(app)["Picture"] == "sparse"
    assert app.get("bidi_component")
    assert not app.error and not app.warning
    assert any("runs on" in caption.value for caption in app.sidebar.caption)


@pytest.mark.parametrize("page", ["laboratory", "detections"])
@pytest.mark.parametrize("picture", ["sparse", "portrait", "rendered"])
def test_every_page_shows_every_kind_of_picture(page: str, picture: str) -> None:
    app = opened(page, pic=picture)
    assert shown(app)["Picture"] == picture
    assert not app.error


def test_a_second_picture_keeps_the_knobs_and_drops_the_object() -> None:
    app = opened(a="0.9", o="3")
    app.sidebar.selectbox(key="pic").select("overlapping").run()
    assert app.query_params["a"] in ("0.9", ["0.9"])
    assert "o" not in app.query_params
    assert app.query_params["pic"] in ("overlapping", ["overlapping"])


def linked(app, name: str) -> str:
    value = app.query_params.get(name, [""])
    return value[0] if isinstance(value, list) else value


def test_the_link_is_kept_over_a_change_of_page() -> None:
    app = opened(a="0.9", pic="sparse")
    app.switch_page("dualviz/web/pages/detections.py").run()
    assert shown(app)["Picture"] == "sparse"
    assert app.query_params["a"] in ("0.9", ["0.9"])


@pytest.mark.parametrize(
    "broken", ["pic", "det", "net", "truth", "conf", "red_cells", "a", "v", "t", "o"]
)
@pytest.mark.parametrize("junk", ["§nonsense", "9" * 400])
def test_a_broken_link_opens_the_app_and_one_note_names_what_is_broken(
    broken: str, junk: str
) -> None:
    picture = "rendered" if broken == "red_cells" else "sparse"
    app = opened("detections", **{"pic": picture, broken: junk})
    assert shown(app)["Picture"] == ("stacked" if broken == "pic" else picture)
    notes = [note.value.replace("\\", "") for kind in (app.info, app.warning) for note in kind]
    named = {"pic": "a picture", "det": "weights", "t": "truth (t)"}.get(broken, f"{broken}=")
    assert len(notes) == 1 and named in notes[0] and len(notes[0]) < 300
    if broken == "pic":
        assert linked(app, "pic") == ""
    elif broken != "t":  # what was drawn may be of a picture that is still to come
        assert broken not in app.query_params
    app.run()
    assert not app.exception
    assert [
        note.value.replace("\\", "") for kind in (app.info, app.warning) for note in kind
    ] == notes


@pytest.mark.parametrize(
    "path, broken, junk",
    [
        ("lesson", "lesson", "99"),
        ("lesson", "lesson", "![a](http://b.c)"),
        ("lesson", "step", "0"),
        ("lesson", "step", "\u0663"),
        ("lesson", "step", "999"),
        ("lesson", "guess", "[Sign in](http://b.c)"),
        ("laboratory", "gt", "<img src=x>"),
        ("evidence", "det", "../../etc/passwd"),
        ("teach", "pic", "nan"),
    ],
)
def test_junk_on_any_page_is_named_once_and_taken_out_of_the_address(path, broken, junk) -> None:
    app = opened(path, **({"lesson": "2"} if path == "lesson" else {}) | {broken: junk})
    notes = [note.value.replace("\\", "").replace("\u200b", "") for note in app.info]
    assert [junk in note for note in notes].count(True) == 1
    assert linked(app, broken) != junk


def test_official_weights_that_are_not_here_stay_in_the_address() -> None:
    app = opened(det="yolov10x")
    assert "weights unknown here" in words(app) and linked(app, "det") == "yolov10x"


def test_a_note_on_the_link_goes_with_the_next_choice() -> None:
    app = opened(pic="gone")
    assert "a picture unknown here" in words(app)
    app.selectbox(key="pic").set_value("crowded").run()
    assert "unknown here" not in words(app) and linked(app, "pic") == "crowded"


def test_numbers_that_mean_the_same_are_no_fault() -> None:
    app = opened("detections", a="0.70", conf="0.30", net="640", red_cells="16", b="6")
    assert not app.info and not app.warning


def test_markup_in_a_link_or_a_file_stays_text() -> None:
    hostile = "![t](http://a.b/c.png) [Sign in](http://a.b/d)"
    app = opened(pic=hostile, net=hostile)
    assert len(app.info) == 2
    for note in app.info:
        assert not re.search(r"(?<!\\)[\[\]!]|http:", note.value)
    app.sidebar.file_uploader(key="truth file").set_value([(hostile, b"none", "")]).run()
    assert len(app.error) == 1 and not re.search(r"(?<!\\)[\[\]!]|http:", app.error[0].value)


def test_names_do_not_cross_sessions() -> None:
    weights = find_weights(available()[0].name).read_bytes()
    for name in ("patient-7", "other"):
        app = opened()
        for key, data in (("picture file", png()), ("weights file", weights)):
            app.sidebar.file_uploader(key=key).set_value([(f"{name}.png", data, "")]).run()
        assert not app.exception and not app.error
        sent = "".join(str(part.proto) for part in app.get("bidi_component"))
        assert f'"name":"{name}.png","detector":"{name}"' in sent.replace("\\", "")
        assert name == "patient-7" or "patient-7" not in sent


def test_a_link_to_somebodys_own_picture_asks_for_it() -> None:
    app = opened(pic="file-0123456789ab")
    assert "file-0123456789ab" in app.info[0].value
    assert shown(app)["Picture"] == "sparse"


def test_an_uploaded_picture_is_put_on_the_table_and_named_by_its_content() -> None:
    app = opened()
    app.sidebar.file_uploader(key="picture file").set_value(
        [("mine.png", png(), "image/png")]
    ).run()
    assert not app.exception
    chosen = shown(app)["Picture"]
    assert chosen.startswith("file-")
    assert app.query_params["pic"] in (chosen, [chosen])


@pytest.mark.parametrize(
    ("uploader", "data", "words"),
    [
        ("picture file", b"no picture at all", "picture"),
        ("picture file", b"", "empty"),
        ("picture file", png()[:60], "trunc"),
        ("weights file", b"no weights at all", "expected"),
        ("truth file", b"0 0.5 0.5 nan 0.1", "nan"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_everything_stays(
    uploader: str, data: bytes, words: str
) -> None:
    app = opened(pic="sparse", a="0.9")
    app.sidebar.file_uploader(key=uploader).set_value([("bad.bin", data, "")]).run()
    assert not app.exception
    assert len(app.error) == 1 and words in app.error[0].value.lower()
    assert shown(app)["Picture"] == "sparse"
    assert app.query_params["a"] in ("0.9", ["0.9"])
    assert app.get("bidi_component")


def test_numbers_of_a_truth_file_are_named_by_the_weights_chosen_after_it() -> None:
    network = DualDetector("pico", 2)
    file = io.BytesIO()
    torch.save({"state_dict": network.state_dict(), "names": ["helmet", "Helmet"]}, file)
    app = opened("loss", pic="sparse")
    for key, name, data in (
        ("truth file", "t.txt", b"0 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.2 0.2"),
        ("weights file", "w.pt", file.getvalue()),
    ):
        app.sidebar.file_uploader(key=key).set_value([(name, data, "")]).run()
    assert not app.exception and not app.error and not app.warning
    shown = [option for box in app.selectbox for option in box.options]
    assert any("helmet" in option for option in shown)
    assert any("Helmet" in option for option in shown)


def test_a_truth_file_replaces_the_pictures_own() -> None:
    app = opened("detections", pic="sparse")
    app.sidebar.file_uploader(key="truth file").set_value(
        [("t.txt", b"0 0.5 0.5 0.2 0.2\n", "text/plain")]
    ).run()
    assert not app.error and not app.exception
    app.sidebar.selectbox(key="truth").select("none").run()
    assert not app.error and not app.exception


def test_detections_taken_as_truth_are_said_to_be_so_until_boxes_are_drawn() -> None:
    said = "own detections, taken as truth"
    for link, holds in (
        ({"truth": "detections"}, True),
        ({"truth": "detections", "t": "AypKBmcxNA4A"}, False),
        ({}, False),
    ):
        app = opened(pic="sparse", **link)
        assert any(said in caption.value for caption in app.sidebar.caption) == holds


def test_a_link_to_an_upload_keeps_what_was_drawn_until_the_file_is_here() -> None:
    import hashlib

    data = png()
    name = f"file-{hashlib.sha256(data).hexdigest()[:12]}"
    app = opened(pic=name, t="AAAAAAgACAAC", o="0", a="0.75")
    assert app.query_params["t"] in ("AAAAAAgACAAC", ["AAAAAAgACAAC"])
    app.sidebar.file_uploader(key="picture file").set_value([("mine.png", data, "image/png")]).run()
    assert not app.exception and not app.error and not app.info
    assert shown(app)["Picture"] == name
    for letter, value in (("t", "AAAAAAgACAAC"), ("o", "0"), ("a", "0.75")):
        assert app.query_params[letter] in (value, [value])


def test_another_network_input_keeps_what_was_drawn() -> None:
    app = opened(t="AAAAAAgACAAC", o="0", v="pin.7")
    app.sidebar.selectbox(key="net").select("320").run()
    assert not app.exception
    assert app.query_params["t"] in ("AAAAAAgACAAC", ["AAAAAAgACAAC"])
    assert "v" not in app.query_params


def test_a_truth_file_is_named_in_the_link_and_asked_for() -> None:
    app = opened("detections", pic="sparse")
    app.sidebar.file_uploader(key="truth file").set_value(
        [("t.txt", b"0 0.5 0.5 0.2 0.2\n", "text/plain")]
    ).run()
    value = app.query_params["gt"]
    named = value if isinstance(value, str) else value[0]
    assert named.startswith("file-")
    assert any(named in note.value for note in opened(pic="sparse", gt=named).info)


@pytest.mark.parametrize("page", ["laboratory", "detections"])
def test_weights_of_a_thousand_classes_are_shown(page: str, tmp_path: Path) -> None:
    file = tmp_path / "lvis.safetensors"
    save_checkpoint(file, DualDetector("pico", 1203), tuple(f"c{n}" for n in range(1203)), 96)
    app = opened(page)
    app.sidebar.file_uploader(key="weights file").set_value([(file.name, file.read_bytes(), "")])
    app.run()
    assert not app.exception and not app.error
    sent = "".join(str(part.proto) for part in app.get("bidi_component")).replace("\\", "")
    carried = re.search(r'"classes":\[([\d,]+)\]', sent)
    assert carried and len(carried[1].split(",")) <= 120 + 3
    assert '"c1202"' in sent


def test_names_that_the_file_does_not_have_are_said_to_be_coco_s(tmp_path: Path) -> None:
    said = "COCO's names stand for its 0"
    for number, data in enumerate((DualDetector("pico", 80), DualDetector("pico", 3))):
        torch.save(data.state_dict(), tmp_path / "w.pt")
        app = opened()
        assert not any(said in caption.value for caption in app.sidebar.caption)
        content = (tmp_path / "w.pt").read_bytes()
        app.sidebar.file_uploader(key="weights file").set_value([("w.pt", content, "")]).run()
        assert any(said in caption.value for caption in app.sidebar.caption) == (number == 0)


def test_the_page_says_which_file_had_to_make_room_and_takes_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened()
    app.sidebar.file_uploader(key="picture file").set_value([("mine.png", png(), "")]).run()
    chosen = shown(app)["Picture"]
    assert chosen.startswith("file-") and not app.info
    monkeypatch.setattr(SHELF, "most_bytes", 1)
    SHELF.put(b"something large", "other")
    monkeypatch.undo()
    app.run()
    assert not app.exception
    (note,) = app.info
    assert "mine" in note.value and "let go of" in note.value
    app.sidebar.file_uploader(key="picture file").set_value([("mine.png", png(), "")]).run()
    assert shown(app)["Picture"] == chosen and not app.info


def test_what_only_a_closed_tab_had_brought_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "GRACE", 0.05)
    app = opened()
    app.sidebar.file_uploader(key="picture file").set_value([("a.png", png(70, 50), "")]).run()
    chosen = shown(app)["Picture"]
    assert SHELF.find("picture", chosen) is not None
    clear_session_cache("test session id")  # what Streamlit does when the socket closes
    until = time.monotonic() + 20
    while SHELF.find("picture", chosen) is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert SHELF.find("picture", chosen) is None


@pytest.mark.parametrize("link", [{"o": "99"}, {"o": "0", "truth": "none"}])
def test_an_object_that_is_not_there_is_said_and_leaves_the_link(link: dict) -> None:
    app = opened(**link)
    assert any(f"o={link['o']}" in note.value for note in app.info)
    assert "o" not in app.query_params
    assert not any("o=" in note.value for note in opened(o="3").info)
