"""Claims about the presenter of every page, and about handing a page over: type, keys, a clicker, the link and its code."""

import pytest
from playwright.sync_api import Page, expect

from dualviz.detector.catalogue import available

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
WAIT = 90_000
PROJECTOR = {"width": 1366, "height": 768}
SMALL = """() => {
    const small = [];
    const look = (root) => root.querySelectorAll("*").forEach((each) => {
        if (each.shadowRoot) look(each.shadowRoot);
        const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || /STYLE|SCRIPT|OPTION|ANNOTATION/i.test(each.tagName) || each.closest(".katex")) return;
        const box = each.getBoundingClientRect();
        if (!each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || box.width < 2 || box.height < 2) return;
        if (getComputedStyle(each).clipPath !== "none" || each.closest("[role=status]")) return;
        const size = parseFloat(getComputedStyle(each).fontSize);
        if (size < 23.9) small.push(`${size} ${each.className?.baseVal ?? each.className} ${each.textContent.trim().slice(0, 40)}`);
    });
    look(document);
    return small;
}"""
SEEN = {
    "?": ".dvs canvas",
    "laboratory?": ".dv-lab[data-ready=yes]",
    "detections?": ".dvd[data-ready=yes]",
    "training?": ".js-plotly-plot .main-svg",
    "evidence?": ".js-plotly-plot .main-svg",
}


def seen(page: Page, address: str, part: str) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(address)
    page.locator(part).first.wait_for(state="attached", timeout=WAIT)
    expect(page.locator("[data-testid=stSkeleton], [data-testid=stStatusWidget]")).to_have_count(
        0, timeout=WAIT
    )


@pytest.mark.parametrize("address", SEEN)
def test_a_presenters_page_says_nothing_below_24_pixels(
    page: Page, server: str, address: str
) -> None:
    seen(page, f"{server}/{address}present=1", SEEN[address])
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    page.wait_for_timeout(600)
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1366


def test_keys_begin_and_end_it_and_a_clicker_goes_through_tabs_and_views(
    page: Page, server: str
) -> None:
    seen(page, f"{server}/laboratory", SEEN["laboratory?"])
    page.keyboard.press("Shift+P")
    expect(page.get_by_test_id("stHeader")).to_be_hidden(timeout=WAIT)
    page.wait_for_url("**/*present=1*", timeout=WAIT)
    chosen = page.locator(".dv-tabs [aria-selected=true]")
    listener = ".st-key-frame-listener > *"
    page.locator(listener).first.evaluate("each => { each.hears = true; }")
    for name in ("Why", "Order", "Plane", "Gap"):
        expect(chosen).to_have_text(name)
        page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="Which one-to-one settings")).to_be_visible(
        timeout=WAIT
    )
    expect(page.locator(".dv-lab")).to_have_count(0, timeout=WAIT)
    assert page.locator(listener).first.evaluate("each => each.hears"), "never without a listener"
    page.keyboard.press("PageUp")
    expect(page.locator(".dv-lab[data-ready=yes]")).to_be_attached(timeout=WAIT)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Present")).to_be_visible(timeout=WAIT)
    page.wait_for_url(lambda address: "present" not in address, timeout=WAIT)


def test_a_lessons_link_opens_its_presenter_and_escape_takes_that_out_of_it(
    page: Page, server: str
) -> None:
    seen(page, f"{server}/lesson?lesson=2&present=1", ".dvl[data-ready=yes]")
    lesson = page.locator(".dvl")
    expect(lesson).to_have_attribute("data-presenting", "", timeout=WAIT)
    page.keyboard.press("Escape")
    expect(lesson).not_to_have_attribute("data-presenting", "")
    page.wait_for_url(lambda address: "present" not in address, timeout=WAIT)
    page.keyboard.press("p")
    page.wait_for_url("**/*present=1*", timeout=WAIT)
    page.reload()
    expect(lesson).to_have_attribute("data-presenting", "", timeout=WAIT)


def test_a_page_is_handed_over_by_link_and_code(page: Page, server: str) -> None:
    seen(page, f"{server}/laboratory?a=0.7&lang=en", SEEN["laboratory?"])
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox", name="Address that students open")
    expect(field).to_be_visible(timeout=WAIT)
    field.fill("http://192.168.1.20:8501/")
    field.press("Enter")
    link = dialog.get_by_role("textbox", name="Link", exact=True)
    expect(link).to_have_value("http://192.168.1.20:8501/laboratory?pic=sparse&a=0.7", timeout=WAIT)
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not here')); }"
    )
    page.evaluate("() => document.addEventListener('copy', () => { window.copied = true; })")
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("window.copied"), "the old way, where the clipboard is closed"
    expect(dialog.get_by_role("img", name="QR code of this link")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


IN_ONE_MOMENT = """async name => {
    const part = [...document.querySelectorAll("*")].map((each) => each.shadowRoot).find((root) => root?.querySelector(".dv-tabs"));
    const soon = window.setTimeout;
    window.setTimeout = (call, pause, ...given) => soon(call, pause || 800, ...given); // a browser with much to do
    part.querySelector(".dv-tabs [aria-selected=false]").click();
    await new Promise((spoken) => soon(spoken, 400)); // the part has spoken, and its message waits to be sent
    [...document.querySelectorAll("button")].find((each) => each.textContent.includes(name)).click();
    window.setTimeout = soon;
}"""


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("All objects", "Which one-to-one settings"),
        ("Share", "Share this page"),
        ("Browse pictures", "Pictures"),
    ],
)
def test_a_press_in_the_moment_in_which_the_live_part_speaks_is_answered(
    page: Page, server: str, name: str, answer: str
) -> None:
    seen(page, f"{server}/laboratory?lang=en", SEEN["laboratory?"])
    page.evaluate(IN_ONE_MOMENT, name)
    expect(page.get_by_role("heading", name=answer).first).to_be_visible(timeout=WAIT)
