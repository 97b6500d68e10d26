"""Claims about rivals and the run that fails under a hand: the scrubber moves all of it, and the answer waits to be opened."""

import pytest
from playwright.sync_api import Page, expect

from dualviz.charts.drawn.rivals import PANELS
from dualviz.detector.catalogue import available
from dualviz.study.replay import FAILED, load_replay
from dualviz.study.rivals import load_rivals

KEPT, FAILING = load_rivals(), load_replay(FAILED, "failed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
WAIT = 60_000
CURVES = """([count, step]) => [...document.querySelectorAll('.js-plotly-plot')].some((plot) =>
  plot.layout?.shapes?.length === count && plot.layout.shapes.every((shape) => shape.x0 === step) && plot._fullData)"""
# traces of the chart of curves that are filled to the one before: bands
BANDS = """(count) => [...document.querySelectorAll('.js-plotly-plot')]
  .filter((plot) => plot.layout?.shapes?.length === count)
  .map((plot) => plot._fullData.filter((trace) => trace.fill === 'tonexty').length)"""


def scrubber(page: Page):
    return page.get_by_role("slider", name="Moment of training")


@pytest.mark.skipif(KEPT is None, reason="no rivals are kept")
def test_the_scrubber_moves_the_rivals_their_table_and_the_mark_in_every_panel_with_its_band(
    page: Page, server: str
) -> None:
    before, last = KEPT.first.steps[-2:]
    page.goto(f"{server}/training?training=rivals&pic=sparse&at={before}")
    page.wait_for_function(CURVES, arg=[len(PANELS), before], timeout=WAIT)
    assert page.evaluate(BANDS, len(PANELS)) == [len(PANELS)]  # the placebo's, in each
    scrubber(page).press("ArrowRight")
    page.wait_for_function(CURVES, arg=[len(PANELS), last], timeout=WAIT)
    for name in KEPT.replays:
        ap = KEPT.judged(name)[last].ap["one2one"]
        expect(page.get_by_role("cell", name=f"{ap:.3f}").first).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("heading", name="What the curves say")).to_be_visible(timeout=WAIT)


@pytest.mark.skipif(FAILING is None, reason="no run that fails is kept")
def test_the_run_that_fails_shows_its_last_moment_and_the_answer_only_when_it_is_opened(
    page: Page, server: str
) -> None:
    last = FAILING.steps[-1]
    page.goto(f"{server}/training?training=failed&pic=sparse&at={last}")
    page.wait_for_function(CURVES, arg=[6, last], timeout=WAIT)
    expect(page.get_by_text("Reported as").first).to_be_visible(timeout=WAIT)
    answer = page.get_by_text("The classes are left.")
    expect(answer).not_to_be_visible()
    page.get_by_text("What was wrong, read off the curves").click()
    expect(answer).to_be_visible(timeout=WAIT)
    ap = FAILING.figures[last].ap["one2one"]
    expect(page.get_by_text(f"the one-to-one head at {ap:.3f}")).to_be_visible()
