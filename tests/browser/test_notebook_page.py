"""Claims about a notebook's cell in a real browser: the frame takes the height it needs, and the hand is heard through it."""

import json

import pytest
from playwright.sync_api import Page

import dualviz
from dualviz.detector.catalogue import available

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
WAIT = 30_000


@pytest.fixture(scope="module")
def laboratory() -> "dualviz.exports.notebook.Laboratory":
    return dualviz.show("sparse", size=224, object=2)


def ready(page: Page):
    frame = page.frame_locator("iframe")
    frame.locator("[data-ready=yes]").wait_for(timeout=WAIT)
    return frame


def inner_heights(page: Page) -> list[int]:
    """Height of the frame, and what its content needs."""
    inside = page.frames[-1]
    needs = inside.evaluate("document.documentElement.scrollHeight")
    return [page.evaluate("document.querySelector('iframe').clientHeight"), needs]


def test_a_cell_shows_the_laboratory_as_high_as_it_needs_and_asks_no_host(page, laboratory) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 900, "height": 700})
    page.set_content(f"<div>{laboratory._repr_html_()}</div><div>{laboratory._repr_html_()}</div>")
    heights = []
    for place in range(2):
        page.locator("iframe").nth(place).scroll_into_view_if_needed()  # out of sight it rests
        page.frame_locator("iframe").nth(place).locator("[data-ready=yes]").wait_for(timeout=WAIT)
        height = f"document.querySelectorAll('iframe')[{place}].clientHeight"
        page.wait_for_function(f"{height} > 900", timeout=WAIT)
        page.wait_for_timeout(500)  # it has come to rest
        heights.append(page.evaluate(height))
    first, second = heights
    shown, needs = inner_heights(page)
    assert abs(first - second) < 40 and needs <= shown < 1300
    assert [url for url in asked if url.startswith("http")] == []


def test_a_widget_tells_python_what_the_hand_has_set(page, laboratory) -> None:
    from dualviz.exports.widget import WIDGET

    page.set_content("<main></main>")
    page.evaluate(
        """async ([esm, frame]) => {
          const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
          const { default: widget } = await import(url);
          const values = { frame, link: "" };
          globalThis.saved = 0;
          globalThis.values = values;
          widget.render({ model: { get: (name) => values[name], set: (name, value) => (values[name] = value), save_changes: () => (saved += 1) }, el: document.querySelector("main") });
        }""",
        [WIDGET, laboratory._frame()],
    )
    frame = ready(page)
    slider = frame.locator("[data-knob=alpha] input[type=range]").first
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_function("saved > 0 && values.link.includes('a=')", timeout=WAIT)
    link = page.evaluate("values.link")
    again = dualviz.show("sparse", size=224, link=link)
    assert again.setting.alpha > 0.5 and again.shown.g == 1, json.dumps(link)
