"""Claims about pages of their own on paper: whatever the theme, the paper is white and words are dark."""

import argparse
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dualviz.commands.export import add_arguments, run
from dualviz.detector.catalogue import available
from dualviz.lab.quiz import standalone_quiz

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
EXPORTED = {
    "album": ("--pictures", "sparse", "crowded", "--size", "320", "--lesson", "2"),
    "lessons": ("--lesson", "1", "2"),
}
OPENED = {  # page: file, what its address says, what is there when it can be read
    "list of lessons": ("lessons", "", ".dvl-list li"),
    "lesson": ("lessons", "#lesson=2&step=1", ".dvl-question"),
    "laboratory of several pictures": ("album", "", ".dv-lab[data-ready=yes]"),
    "questions": ("quiz", "", ".dvq[data-ready=yes]"),
}
PALE = """() => {
  const pale = [...document.body.querySelectorAll("*")].filter((each) => {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !each.checkVisibility() || each.closest(".dv-ladder, .dvl-sign, .dv-live, .dv-hidden, script, style")) return false;
    const [colour] = getComputedStyle(each).color.match(/^color\\(srgb .*|.*/);
    const most = colour.startsWith("color(") ? 0.6 : 150;
    const [r, g, b] = colour.replace("srgb", "").match(/[\\d.]+/g).map(Number);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > most;
  });
  return pale.map((each) => each.textContent.trim().slice(0, 60));
}"""


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """Pages of their own, by name."""
    folder, parser = tmp_path_factory.mktemp("paper"), argparse.ArgumentParser()
    add_arguments(parser)
    made = {name: folder / f"{name}.html" for name in (*EXPORTED, "quiz")}
    for name, asked in EXPORTED.items():
        run(parser.parse_args([*asked, "--out", str(made[name])]))
    made["quiz"].write_text(standalone_quiz(), encoding="utf-8")
    return made


@pytest.mark.parametrize("name", OPENED)
def test_a_page_of_its_own_prints_dark_words_on_white_paper_from_a_dark_screen(
    page: Page, files: dict[str, Path], name: str
) -> None:
    file, said, seen = OPENED[name]
    page.emulate_media(color_scheme="dark")
    page.goto(f"{files[file].as_uri()}{said}")
    page.locator(seen).first.wait_for()
    assert page.evaluate(PALE), "light words on a dark screen"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert page.evaluate(PALE) == []
