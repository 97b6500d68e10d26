"""Claims about one file of several pictures, opened from a disk without a network."""

import argparse
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dualviz.commands.export import add_arguments, run
from dualviz.detector.catalogue import available

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
WAIT = 30_000
READY = "section[data-room={}] [data-ready=yes]"


@pytest.fixture(scope="module")
def album(tmp_path_factory) -> Path:
    """Three pictures at 320 px and a lesson."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    file = tmp_path_factory.mktemp("album") / "three.html"
    asked = ["--pictures", "sparse", "crowded", "overlapping", "--size", "320", "--lesson", "2"]
    assert run(parser.parse_args([*asked, "--out", str(file)])) == [file]
    return file


def alpha(page: Page) -> float:
    return page.evaluate("document.querySelector('.dv').__lab.lab.knobs.alpha")


def room(page: Page, name: str):
    return page.locator(f"button[data-room={name}]")


def objects(page: Page) -> int:
    return page.evaluate("document.querySelector('.dv').__lab.lab.result.each.length")


def test_a_file_of_three_pictures_is_small_and_a_link_opens_its_knobs(
    page: Page, album: Path
) -> None:
    assert album.stat().st_size < 2_000_000
    page.goto(f"{album.as_uri()}?a=0.9&pic=crowded")
    page.locator(READY.format("laboratory")).wait_for(timeout=WAIT)
    assert alpha(page) == 0.9
    assert objects(page) == 37
    facts = page.locator(".dva-foot").inner_text()
    for part in (
        "Crowded",
        "pico-cells, weights ",
        "320 × 256 px",
        "of the picture",
        "MIT",
        "2405.14458",
    ):
        assert part in facts, part


def test_every_picture_is_seen_in_both_views_and_the_address_follows(
    page: Page, album: Path
) -> None:
    page.goto(f"{album.as_uri()}#a=0.8&o=4")
    page.locator(READY.format("laboratory")).wait_for(timeout=WAIT)
    page.locator("[data-album=picture]").select_option("overlapping")
    page.wait_for_function(
        "() => document.querySelector('.dv').__lab.lab.result.each.length === 22", arg=""
    )
    assert alpha(page) == 0.8, "knobs stay, the object is of the picture before"
    room(page, "detections").click()
    page.locator(READY.format("detections")).wait_for(timeout=WAIT)
    expect(page.get_by_role("heading", name="22 objects")).to_be_visible(timeout=WAIT)
    assert "pic=overlapping" in page.url and "view=detections" in page.url and "a=0.8" in page.url
    again = page.url
    page.goto("about:blank")
    page.goto(again)
    expect(page.get_by_role("heading", name="22 objects")).to_be_visible(timeout=WAIT)
    room(page, "lesson").click()
    expect(page.get_by_text("Which does the rule put first?")).to_be_visible(timeout=WAIT)
    room(page, "laboratory").click()
    page.locator(READY.format("laboratory")).wait_for(timeout=WAIT)
    assert objects(page) == 22
