"""Claims about the app in a hand: on a phone tables are whole, the scrubber stays in reach, and what is chosen is seen."""

import pytest
from playwright.sync_api import Page, expect

from dualviz.detector.catalogue import available
from dualviz.study.replay import load_replay

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
WAIT = 90_000
CUT = """() => [...document.querySelectorAll(".table")].flatMap((table) => {
  const frame = table.getBoundingClientRect();
  return [...table.querySelectorAll("tbody th, tbody td")].filter((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const text = range.getBoundingClientRect();
    const label = getComputedStyle(cell, "::before");
    return text.right > frame.right + 1 || text.left < frame.left - 1 || cell.scrollWidth > cell.clientWidth + 1 || label.whiteSpace === "nowrap" && label.content !== "none";
  }).map((cell) => `${table.ariaLabel}: ${cell.textContent}`);
})"""
COLOURS = """(buttons) => buttons.map((button) => getComputedStyle(button).backgroundColor)"""


@pytest.fixture
def phone(chromium):
    """A phone of 390 pixels with a finger."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("address", ["detections?dv=tab.starving", "evidence?evidence=ablation"])
def test_no_figure_of_a_table_is_cut_on_a_phone(phone: Page, server: str, address: str) -> None:
    phone.goto(f"{server}/{address}")
    expect(phone.locator(".table.wide").first).to_be_attached(timeout=WAIT)
    assert phone.evaluate(CUT) == []


@pytest.mark.skipif(load_replay() is None, reason="no run is kept")
def test_the_scrubber_stays_in_reach_of_the_thumb(phone: Page, server: str) -> None:
    phone.goto(f"{server}/training?at=0")
    expect(phone.locator(".st-key-scrubber")).to_be_attached(timeout=WAIT)
    last = phone.get_by_role("heading", name="What the curves say")
    expect(last).to_be_attached(timeout=WAIT)
    last.evaluate("(heading) => heading.scrollIntoView()")
    expect(phone.locator(".st-key-scrubber [data-testid=stSlider]")).to_be_in_viewport(ratio=0.9)
    chosen = phone.locator("button[data-variant=segmented_control]")
    for forced in ("none", "active"):
        phone.emulate_media(forced_colors=forced)
        first, *others = chosen.evaluate_all(COLOURS)
        assert len(set(others)) == 1 and first != others[0], forced


def test_a_chosen_view_looks_chosen_under_the_pointer_too(page: Page, server: str) -> None:
    page.goto(f"{server}/teach")
    chosen = page.get_by_role("radio", name="Worksheets")
    chosen.click(timeout=WAIT)
    expect(page.get_by_role("button", name="Worksheet, PDF")).to_be_visible(timeout=WAIT)
    look = "(button) => [getComputedStyle(button).backgroundColor, getComputedStyle(button).color]"
    expect(chosen).to_have_attribute("data-hovered", "true")
    under = chosen.evaluate(look)
    page.mouse.move(600, 700)
    expect(chosen).not_to_have_attribute("data-hovered", "true")
    assert under == chosen.evaluate(look)
