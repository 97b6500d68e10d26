"""Claims about the gallery: every page of a lesson is taken, as it asks and as it answers, and none is wider than its window."""

from pathlib import Path

import pytest
from gallery import SIZES, gallery, index_page
from PIL import Image
from playwright.sync_api import Page

from dualviz.detector.catalogue import available
from dualviz.lessons import LESSONS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]


def test_every_page_of_a_lesson_is_taken_and_each_step_is_offered(
    page: Page, tmp_path: Path
) -> None:
    lesson = LESSONS[
        4
    ]  # its act takes away what the lesson begins with: the heads' different choices
    states = ["01", "01-guess", "02", "02-guess", "03", "03-guess", "05", "06", "06-guess"]
    taken = []
    for path, wide in gallery(page, [lesson], tmp_path, SIZES, ["dark"]):
        assert not wide, path.name
        assert page.get_by_text("Not in this picture").count() == 0, path.name
        taken.append(path)
    assert [path.name for path in taken] == [
        f"05-{state}-{size}-dark.png" for size in SIZES for state in states
    ]
    for path in taken:
        assert Image.open(path).width == int(path.stem.split("-")[-2].split("x")[0])
    assert index_page(taken, "Lessons").count("<h2>") == len(states)
