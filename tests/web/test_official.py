"""The sidebar fetches official weights: size and licence before, a bar meanwhile, the detector on the table after."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dualviz.detector import catalogue
from dualviz.detector.checkpoint import COCO_NAMES, save_checkpoint
from dualviz.detector.download import Cancelled, Progress
from dualviz.detector.network import SCALES, DualDetector
from dualviz.web import official
from dualviz.words import UserError

PAGE = """
from dualviz.web import language, link, official
language.begin()
official.part()
import streamlit as st
st.write(f"det is {link.value('det', 'none')}")
"""


@pytest.fixture
def cache_place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(catalogue.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(official, "_downloads", {})
    return tmp_path


def opened() -> AppTest:
    page = AppTest.from_string(PAGE, default_timeout=20).run()
    assert not page.exception
    return page


def waited(page: AppTest, name: str) -> AppTest:
    official._downloads[name].ended.wait(20)
    return page.run()


def test_licence_and_size_stand_before_the_button(cache_place):
    page = opened()
    words = page.caption[0].value
    assert "AGPL-3.0" in words and "6–11 MB" in words and "github.com" in words
    assert [button.label for button in page.button] == ["Download under this licence"]


def test_a_download_puts_its_detector_on_the_table(cache_place, monkeypatch):
    def fetch(entry, tell, go_on):
        tell(Progress(500_000, 1_000_000, "there"))
        file = cache_place / entry.files[1]
        save_checkpoint(file, DualDetector("n", 80), COCO_NAMES, 640)

    monkeypatch.setattr(official, "fetch", fetch)
    page = opened()
    page.button(key="official start").click()
    page.run()
    page = waited(page, "yolov10n")
    assert "yolov10n" not in page.selectbox(key="official").options
    assert "YOLOv10-N (COCO)" not in page.selectbox(key="official").options
    assert page.markdown[0].value == "det is yolov10n"


def test_it_can_be_stopped_and_asked_for_again(cache_place, monkeypatch):
    tries = []

    def fetch(entry, tell, go_on):
        tries.append(entry.name)
        while go_on():
            tell(Progress(300_000, 1_000_000, "there"))
            time.sleep(0.01)
        raise Cancelled

    monkeypatch.setattr(official, "fetch", fetch)
    page = opened()
    page.button(key="official start").click().run()
    assert [button.label for button in page.button] == ["Stop; what came is kept"]
    other = opened()  # another session sees the same download, and cannot start a second one
    assert [button.label for button in other.button] == ["Stop; what came is kept"]
    page.button(key="official stop").click().run()
    page = waited(page, "yolov10n")
    assert [button.label for button in page.button] == ["Download under this licence"]
    assert tries == ["yolov10n"] and not page.error


def test_what_went_wrong_is_a_sentence_in_the_language_of_the_page(cache_place, monkeypatch):
    def fetch(entry, tell, go_on):
        raise UserError("the server answers {code} {words}", code=404, words="[gone](http://x)")

    monkeypatch.setattr(official, "fetch", fetch)
    page = opened()
    page.button(key="official start").click().run()
    page = waited(page, "yolov10n")
    assert "404" in page.error[0].value and "[gone](" not in page.error[0].value


def test_a_server_may_be_told_to_fetch_nothing(cache_place, monkeypatch):
    monkeypatch.setenv(official.SWITCH, "off")
    page = opened()
    assert not page.button and official.SWITCH in page.caption[1].value


def test_every_official_entry_has_a_scale_that_can_be_built():
    assert {entry.scale for entry in catalogue.OFFICIAL} <= set(SCALES)
