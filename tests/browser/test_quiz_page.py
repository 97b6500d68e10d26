"""Claims about the six questions as one file: asked before and after from a disk, the key after the second round, results to take away."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dualviz.lab.quiz import questions, standalone_quiz
from dualviz.words import speaking

pytestmark = pytest.mark.browser


def answer(page: Page, given: list[int]) -> None:
    for number, option in enumerate(given):
        page.locator(f"[name=question-{number}]").nth(option).check()
    page.locator(".dvq-done").click()


def test_the_file_asks_before_and_after_and_hands_its_results_over(
    page: Page, tmp_path: Path
) -> None:
    with speaking("zh_CN"):
        file = tmp_path / "test.html"
        file.write_text(standalone_quiz(), encoding="utf-8")
        asked = questions()
    right = [one["right"] for one in asked]
    wrong = [(option + 1) % 3 for option in right]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(file.as_uri())
    expect(page.locator(".dvq legend").nth(1)).to_have_text(f"1. {asked[0]['words']}")
    page.locator("[data-part=name]").fill("=李")
    page.locator(".dvq-done").click()
    expect(page.locator("[data-part=missing]")).not_to_be_empty()
    answer(page, wrong)
    expect(page.locator("[data-part=score]")).to_contain_text("0")
    expect(page.locator(".dvq [data-mark]")).to_have_count(0)  # nobody learns the key from the test

    page.reload()
    page.locator("[value=after]").check()
    page.locator("[data-part=name]").fill("=李")
    answer(page, right)
    expect(page.locator("[data-part=score]")).to_contain_text("6")
    expect(page.locator(".dvq [data-mark=right]")).to_have_count(6)
    expect(page.locator("[data-part=compare]")).to_contain_text("0")
    with page.expect_download() as coming:
        page.locator("[data-do=csv]").click()
    rows = list(csv.DictReader(io.StringIO(Path(coming.value.path()).read_text("utf-8-sig"))))
    assert [(row["round"], row["name"], row["right of all"]) for row in rows] == [
        ("before", "'=李", "0"),
        ("after", "'=李", "6"),
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
