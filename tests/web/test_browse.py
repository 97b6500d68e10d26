"""Claims about browsing pictures: a set's picture comes onto the table with its truth, from a button and from a link alike."""

from pathlib import Path

import numpy as np
import pytest
from opened_app import opened, words

from dualviz.detector.catalogue import available
from dualviz.pictures.scenes import random_scenes, write_scenes
from dualviz.pictures.search import VARIABLE, named_sets
from dualviz.web.browse import SIDE, thumbnail

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


@pytest.fixture
def smears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DUALVIZ_CACHE", str(tmp_path / "cache"))
    write_scenes(random_scenes(3), tmp_path / "set", tmp_path / "set.json")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "set.json"))
    (name,) = named_sets()
    return name


def open_dialog(app, **chosen: str):
    """The app with its dialog open, which a whole run of the script would close; widgets set by key."""
    for key, value in chosen.items():
        app.session_state[key.replace("_", " ")] = value
    app.session_state["link"].opened.add("browse")
    app.run()
    assert not app.exception, app.exception
    app.session_state["link"].opened.add("browse")  # for the press that follows
    return app


def linked(app, name: str) -> str:
    value = app.query_params.get(name, [""])
    return value[0] if isinstance(value, list) else value


def test_a_picture_of_a_set_is_chosen_by_eye_and_its_link_opens_it_again(smears: str) -> None:
    app = opened()
    app.button(key="browse pictures").click().run()
    assert app.button(key="browse sparse")
    app = open_dialog(app, browse_source=smears)
    assert "3 pictures of 3" in words(app)
    chosen = {f"browse_class_{smears}": "Platelets", f"browse_order_{smears}": "crowding"}
    app = open_dialog(app, browse_source=smears, **chosen)
    app.button(key=f"browse {smears}.1").click().run()
    assert not app.exception and linked(app, "pic") == f"{smears}.1"
    again = opened(pic=f"{smears}.1")
    assert again.selectbox(key="pic").value == f"{smears}.1"
    assert "unknown here" not in words(again)
    for broken in (f"{smears}.3", f"{smears}.x", f"{smears}.-1", "other.0"):
        assert "The link names a picture unknown here" in words(opened(pic=broken))


def test_the_order_of_disagreement_is_measured_once_and_then_shown(smears: str) -> None:
    app = open_dialog(opened(), browse_source=smears, **{f"browse_order_{smears}": "apart"})
    assert "has to look at all 3 pictures first" in words(app)
    app.button(key="browse rank").click().run()
    said = words(app)
    assert not app.exception and said.count("picks not first") == 3


def test_a_photograph_comes_with_a_detector_that_knows_its_object() -> None:
    app = open_dialog(opened(det="pico-cells"), browse_source="photographs")
    app.button(key="browse portrait").click().run()
    assert not app.exception and linked(app, "pic") == "portrait"
    assert linked(app, "det") == "pico-photos"


def test_a_thumbnail_is_small_and_shows_the_objects() -> None:
    import cv2

    image = np.full((400, 800, 3), 128, np.uint8)
    plain, boxed = (
        cv2.imdecode(np.frombuffer(thumbnail(image, boxes), np.uint8), cv2.IMREAD_COLOR)
        for boxes in (np.zeros((0, 4)), np.array([[100, 100, 300, 300]]))
    )
    assert plain.shape == (SIDE // 2, SIDE, 3) and np.ptp(plain) < 4
    assert np.ptp(boxed) > 200


def test_a_folder_of_ones_own_keeps_all_its_classes_for_whichever_detector_comes(tmp_path) -> None:
    write_scenes(random_scenes(1), tmp_path / "images", tmp_path / "set.json")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    app = open_dialog(opened(det="pico-photos"), browse_source="own")
    given = [(f"mine/{path.relative_to(tmp_path)}", path.read_bytes(), "") for path in files]
    app.file_uploader(key="browse folder").set_value(given)
    app.session_state["link"].opened.add("browse")
    app.run()
    assert "1 picture of 1 in mine" in words(app)
    (button,) = [one for one in app.button if (one.key or "").startswith("browse own-")]
    app.session_state["link"].opened.add("browse")
    button.click().run()
    assert not app.exception and linked(app, "pic").startswith("file-")
    assert linked(app, "det") != "pico-photos", "the cells are known to the other one"
    assert "left out" not in words(app)
