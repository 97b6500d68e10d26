"""Claims about the replay page under a hand: a real Chromium, and Python's own word on what each moment must show."""

import re
from functools import cache

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from dualviz.charts.drawn.outcomes import outcomes
from dualviz.detector.catalogue import available
from dualviz.exports.address import FIRST_PICTURE
from dualviz.pictures.scenes import gallery
from dualviz.postprocess import match, nms_free, non_max_suppression
from dualviz.study.replay import load_replay, load_snapshot
from dualviz.trace import trace

RUN = load_replay()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(RUN is None or not available(), reason="no run is kept"),
]
WAIT = 60_000
PACE = 2_500  # milliseconds a moment is shown while it plays
# While a moment is exchanged for another, charts of both stand on the page for a blink: then nothing is said.
SHOWN = """() => {
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  if (plots.length !== 3 || !plots.every((plot) => plot._fullData) || !plots[2].layout.shapes) return null;
  const [moment, , run] = plots;
  const picks = moment._fullData.filter((t) => t.marker?.symbol === 'diamond-open').map((t) => [...t.x, ...t.y]);
  const heat = moment._fullData.filter((t) => t.type === 'heatmap').map((t) => t.z.flatMap((row) => [...row]).reduce((a, b) => a + b));
  const marks = run.layout.shapes.map((shape) => shape.x0);
  const words = document.querySelector('[data-testid=stSlider] input').getAttribute('aria-valuetext');
  return { picks, heat, marks, words };
}"""


def words(step: int) -> str:
    """A step as the scrubber names it."""
    return f"step {step:,}" if step else "untrained"


@cache
def expected(step: int) -> tuple[list[float], list[str]]:
    """Python's pick of the largest object of the first picture at a step, and what both paths find there."""
    image, truth = gallery()[FIRST_PICTURE]()
    traced = trace(image, truth.taught, load_snapshot(RUN.at(step)))
    sides = traced.truth.boxes[:, 2:] - traced.truth.boxes[:, :2]
    pick = traced.one2one.assignment.candidates[int(sides.prod(1).argmax()), 0]
    many, one = traced.prediction.one2many, traced.prediction.one2one
    said = []
    for name, found in (
        ("one-to-many + NMS", non_max_suppression(many.boxes, many.scores, 0.25)),
        ("one-to-one, no NMS", nms_free(one.boxes, one.scores, 0.25)),
    ):
        told = match(found, traced.truth.boxes, traced.truth.labels)
        said.append(f"{name}: {outcomes(found, told).words}")
    return traced.anchor_points[pick].tolist(), said


def opened(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".js-plotly-plot .main-svg").nth(4)).to_be_visible(timeout=WAIT)
    page.wait_for_function(SHOWN, timeout=WAIT)


def at_step(page: Page, step: int) -> dict:
    """Wait until words, curves and heat all stand at a step, and give what is shown."""
    pick, said = expected(step)
    page.wait_for_function(
        f"""([step, pick, words]) => {{
          const shown = ({SHOWN})();
          return shown && shown.words === words && shown.marks.every((x) => x === step)
            && shown.picks.length && shown.picks.every((at) => at.length === 2 && at.every((x, i) => Math.abs(x - pick[i]) < 0.01));
        }}""",
        arg=[step, pick, words(step)],
        timeout=WAIT,
    )
    for sentence in said:
        expect(page.get_by_text(sentence)).to_be_visible(timeout=WAIT)
    return page.wait_for_function(SHOWN, timeout=WAIT).json_value()


def scrubber(page: Page):
    return page.get_by_role("slider", name="Moment of training")


def test_the_page_opens_on_a_picture_in_the_middle_of_the_run(page: Page, server: str) -> None:
    opened(page, f"{server}/replay")
    shown = at_step(page, RUN.steps[len(RUN.steps) // 2])
    assert len(shown["marks"]) == 6 and len(shown["heat"]) == 2
    assert page.locator(".js-plotly-plot").first.locator(".imagelayer image").count() == 2
    assert shown["picks"]


def test_a_key_on_the_scrubber_moves_words_curves_picks_and_detections(
    page: Page, server: str
) -> None:
    step, later = RUN.steps[-4], RUN.steps[-3]
    assert expected(step) != expected(later)
    opened(page, f"{server}/replay?at={step}")
    before = at_step(page, step)
    scrubber(page).press("ArrowRight")
    at_step(page, later)
    expect(page).to_have_url(re.compile(rf"at={later}\b"), timeout=WAIT)
    page.wait_for_function(
        f"(heat) => {{ const shown = ({SHOWN})(); return shown && shown.heat.every((sum, i) => sum !== heat[i]); }}",
        arg=before["heat"],
        timeout=WAIT,
    )
    for sentence in set(expected(step)[1]) - set(expected(later)[1]):
        expect(page.get_by_text(sentence)).to_have_count(0)
    scrubber(page).press("ArrowLeft")
    assert at_step(page, step) == before


def test_play_goes_on_by_itself_and_pause_stops_it(page: Page, server: str) -> None:
    step, later = RUN.steps[1:3]  # seven moments follow: time enough for a slow hand
    opened(page, f"{server}/replay?at={step}")
    at_step(page, step)
    page.get_by_role("button", name="Play").click()
    expect(scrubber(page)).to_have_attribute("aria-valuetext", words(later), timeout=WAIT)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=WAIT)
    stopped = scrubber(page).get_attribute("aria-valuetext")
    assert stopped != words(RUN.steps[-1])  # it could have gone on
    with pytest.raises(TimeoutError):
        page.wait_for_function(
            f"(stopped) => {{ const shown = ({SHOWN})(); return shown && shown.words !== stopped; }}",
            arg=stopped,
            timeout=1.6 * PACE,
        )


def test_the_link_holds_the_moment_and_a_reload_shows_the_same(page: Page, server: str) -> None:
    step = RUN.steps[-2]
    opened(page, f"{server}/replay?at={RUN.steps[-1]}")
    at_step(page, RUN.steps[-1])
    scrubber(page).press("ArrowLeft")
    before = at_step(page, step)
    expect(page).to_have_url(re.compile(rf"at={step}\b"), timeout=WAIT)
    page.reload()
    opened(page, page.url)
    assert at_step(page, step) == before
