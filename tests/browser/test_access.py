"""Claims about access: axe finds nothing serious on any page, in any step of any lesson, in any dialog, in both themes and in
forced colours; every page has one first heading; what opens is closed by Escape, and the focus goes back.
"""

from pathlib import Path

import pytest
from gallery import walk
from playwright.sync_api import Page, expect

from dualviz.detector.catalogue import available
from dualviz.exports.files import lessons_html
from dualviz.lessons import LESSONS

axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is missing")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
AXE = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
MODES = (
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
)
PAGES = {
    "": ".dvs",
    "lesson": ".dvl[data-ready=yes]",
    "lesson?lesson=2&step=3&guess=a": ".dvl[data-ready=yes]",
    "laboratory": ".dv[data-ready=yes]",
    "laboratory?view=agreement": "h1",
    "laboratory?view=loss": "h1",
    "detections": ".dvd",
    "training": "h1",
    "evidence": "h1",
    "laboratory?present=1": ".dv[data-ready=yes]",
    "evidence?present=1": "h1",
    "teach": "h1",
    "teach?teach=exercise": "h1",
    "teach?teach=worksheets": "h1",
    "teach?teach=test": "h1",
}
ASK = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target.flat().join(" ")} ${html.slice(0, 120)}`));
}"""
HEADINGS = """() => {
  const found = [];
  const look = (root) => root.querySelectorAll("*").forEach((each) => {
    if (each.tagName === "H1" && each.checkVisibility()) found.push(each.textContent.trim());
    if (each.shadowRoot) look(each.shadowRoot);
  });
  look(document);
  return found;
}"""
THEMED = """(theme) => {
  let late = false;
  const look = (root) => root.querySelectorAll("*").forEach((each) => {
    late ||= each.matches(".dv[data-theme]") && each.dataset.theme !== theme;
    if (each.shadowRoot) look(each.shadowRoot);
  });
  look(document);
  return !late;
}"""
BUSY = "[data-testid=stSkeleton], [data-testid=stStatusWidget]"


def faults(page: Page, mode: dict[str, str]) -> list[str]:
    page.emulate_media(**mode)
    page.wait_for_function(THEMED, arg=mode["color_scheme"])
    page.wait_for_timeout(300)  # colours fade into one another
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE)
    return page.evaluate(ASK)


@pytest.fixture
def free(chromium):
    """A page on which axe may be put into a file of its own."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_serious_on_a_page(free: Page, server: str, address: str) -> None:
    free.goto(f"{server}/{address}")
    free.locator(PAGES[address]).first.wait_for(state="attached", timeout=90_000)
    expect(free.locator(BUSY)).to_have_count(0, timeout=90_000)
    for mode in MODES:
        assert faults(free, mode) == [], mode
    assert len(free.evaluate(HEADINGS)) == 1


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_axe_finds_nothing_serious_in_a_lesson(free: Page, tmp_path: Path, lesson) -> None:
    file = tmp_path / "lesson.html"
    file.write_text(lessons_html([lesson], "cpu"), encoding="utf-8")
    for place, state in enumerate(walk(free, file, lesson)):
        mode = MODES[place % len(MODES)]
        assert faults(free, mode) == [], (state, mode)
        assert len(free.evaluate(HEADINGS)) == 1


FOCUS = """() => {
  let each = document.activeElement;
  while (each.shadowRoot?.activeElement) each = each.shadowRoot.activeElement;
  const { left, right, top, bottom } = each.getBoundingClientRect(), { outlineStyle, boxShadow } = getComputedStyle(each);
  return {
    what: `${each.tagName} ${each.ariaLabel ?? each.textContent}`.slice(0, 60),
    seen: right > 0 && left < innerWidth && bottom > 0 && top < innerHeight,
    marked: outlineStyle !== "none" || boxShadow !== "none" || each.matches("main, input[type=range]"),
    menu: each.matches("summary"),
  };
}"""


def test_the_focus_is_seen_wherever_it_goes_and_a_menu_gives_it_back(
    free: Page, server: str
) -> None:
    free.goto(f"{server}/detections")
    free.locator(".dvd[data-ready=yes]").wait_for(state="attached", timeout=90_000)
    stops = []
    for _ in range(40):
        free.keyboard.press("Tab")
        stops.append(free.evaluate(FOCUS))
        if stops[-1]["menu"]:
            break
    assert stops[-1]["menu"] and len(stops) > 8, "past the pages to the menu"
    assert [stop["what"] for stop in stops if not (stop["seen"] and stop["marked"])] == []
    menu = free.locator("details.dv-menu")
    free.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    free.keyboard.press("Tab")
    free.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    assert free.evaluate(FOCUS)["menu"]


def test_what_opens_is_closed_by_escape_and_the_focus_goes_back(free: Page, server: str) -> None:
    free.goto(f"{server}/laboratory")
    free.locator(".dv[data-ready=yes]").wait_for(state="attached", timeout=90_000)
    more = free.get_by_role("button", name="More", exact=True)
    more.click()
    for mode in MODES:
        assert faults(free, mode) == [], mode
    free.keyboard.press("Escape")
    expect(more).to_be_focused()
    free.get_by_role("button", name="Share").click()
    expect(free.get_by_role("dialog").get_by_role("img")).to_be_visible(timeout=90_000)
    for mode in MODES:
        assert faults(free, mode) == [], mode
    free.keyboard.press("Escape")
    expect(free.get_by_role("dialog")).to_be_hidden()
    free.goto(f"{server}/lesson?lesson=2&step=3&guess=a")
    free.locator(".dvl[data-ready=yes]").wait_for(state="attached", timeout=90_000)
    free.locator("[data-do=present]").click()
    for mode in MODES:
        assert faults(free, mode) == [], mode
    free.keyboard.press("Escape")
    expect(free.locator(".dvl-head")).to_be_visible()
    assert free.evaluate(
        "() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; return e.tagName; }"
    ) not in ("BODY", "HTML")
