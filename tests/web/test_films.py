"""Claims about films on a page: drawn when the button is pressed, shown, and let go of when what they show changes."""

import pytest
from opened_app import opened

from dualviz.detector.catalogue import available
from dualviz.web import films

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


def test_a_film_is_made_on_the_page_and_belongs_to_its_settings(monkeypatch) -> None:
    monkeypatch.setattr(films, "FRAMES", 2)
    app = opened("detections", "figures part", pic="sparse")
    app.button_group(key="film nms width").set_value([480]).run()
    app.button(key="film nms make").click().run()
    assert not app.exception
    wanted, name, data = app.session_state["film nms"]
    assert name == "Sparse-nms.webm" and b"V_VP9" in data and wanted[:2] == ("nms", "webm")
    saves = [one for one in app.get("download_button") if one.proto.label == "Save the film"]
    assert len(saves) == 1
    app.slider(key="film nms pace").set_value(2.0).run()
    assert not [one for one in app.get("download_button") if one.proto.label == "Save the film"]
