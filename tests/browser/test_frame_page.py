"""Claims about the frame round the pages in a real browser: the menu of a phone, a finger on a chart, and paper."""

import pytest
from playwright.sync_api import expect

from dualviz.detector.catalogue import available

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
WAIT = 60_000
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


@pytest.fixture
def phone(chromium):
    """A page of a phone with a finger instead of a mouse."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


def swiped(page, x: float, y: float, by: float) -> float:
    """How far the page scrolls when a finger goes up by so many pixels."""
    before, hand = page.evaluate(SCROLLED), page.context.new_cdp_session(page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x, "y": y - by * step / 10}
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(600)
    return page.evaluate(SCROLLED) - before


def test_a_phone_has_the_pages_behind_a_button_and_nothing_reaches_past_its_edge(
    phone, server
) -> None:
    phone.goto(f"{server}/evidence")
    menu = phone.get_by_role("button", name="Evidence")
    expect(menu).to_be_visible(timeout=WAIT)
    menu.tap()
    opened = phone.get_by_test_id("stPopoverBody")
    opened.get_by_role("link", name="Training").tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Two heads", timeout=WAIT)
    expect(phone.get_by_role("button", name="Training")).to_be_visible()
    expect(opened).to_have_count(0)
    main = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert phone.evaluate(f"[document.documentElement.scrollWidth, {main}]") == [390, 390]


def test_a_finger_on_a_chart_scrolls_the_page_and_a_tap_still_chooses(phone, server) -> None:
    phone.goto(f"{server}/laboratory?view=agreement")
    chart = phone.locator(".js-plotly-plot").first
    expect(chart.locator(".nsewdrag").first).to_be_visible(timeout=WAIT)
    phone.wait_for_timeout(2500)  # the page is drawn once more, narrow
    chart.evaluate("(plot) => plot.scrollIntoView({ block: 'start' })")
    phone.wait_for_timeout(500)
    assert swiped(phone, 195, 400, 200) > 100
    chart.evaluate("(plot) => plot.scrollIntoView({ block: 'start' })")
    phone.wait_for_timeout(500)
    phone.touchscreen.tap(195, 300)
    expect(phone.get_by_role("button", name="Open the laboratory at")).to_be_visible(timeout=WAIT)


def test_on_paper_charts_are_whole_and_what_is_pressed_is_left_out(server, page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{server}/laboratory?view=loss")
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".main-svg").first).to_be_visible(timeout=WAIT)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    for gone in ("stHeader", "stPopover", "stSelectbox", "stButtonGroup"):
        expect(page.get_by_test_id(gone).filter(visible=True)).to_have_count(0)
    wide = chart.locator(".main-svg").first.get_attribute("viewBox").split()[2]
    page.set_viewport_size({"width": 718, "height": 1000})
    drawn = chart.locator(".main-svg").first.bounding_box()
    assert float(wide) > 718 >= drawn["x"] + drawn["width"]
    ink = page.locator("h1").evaluate("(title) => getComputedStyle(title).color")
    assert ink == "rgb(26, 26, 26)", "dark words on white paper, whatever the theme"


PRINTED = """window.print = () => {
  const widths = [...document.querySelectorAll(".js-plotly-plot .main-svg")].map((drawing) => drawing.clientWidth);
  const sizes = [...document.querySelectorAll(".js-plotly-plot text")].map((text) => parseFloat(getComputedStyle(text).fontSize));
  globalThis.printed = { widest: Math.max(...widths), least: Math.min(...sizes) };
  window.dispatchEvent(new Event("afterprint"));
};"""


def test_by_the_keyboard_charts_are_printed_with_words_that_can_be_read(server, page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1000})
    page.add_init_script(PRINTED)
    page.goto(f"{server}/evidence")
    chart = page.locator(".js-plotly-plot .main-svg").first
    expect(chart).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(1000)
    wide = chart.evaluate("(drawing) => drawing.clientWidth")
    page.keyboard.press("Control+p")
    page.wait_for_function("globalThis.printed", timeout=WAIT)
    printed = page.evaluate("printed")
    assert wide > 1000 > printed["widest"]
    scale = min(1, 688 / printed["widest"])  # an A4 sheet between its margins, 96 pixels an inch
    assert printed["least"] * scale * 72 / 96 >= 6.5
    page.wait_for_function(
        "(wide) => document.querySelector('.main-svg').clientWidth === wide", arg=wide, timeout=WAIT
    )


HANDED = """async (kind) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  canvas.getContext("2d").fillRect(0, 0, kind.length, 20);
  const blob = await new Promise((done) => canvas.toBlob(done));
  const data = new DataTransfer();
  data.items.add(new File([blob], `${kind}.png`, { type: "image/png" }));
  const given = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { ...given, clipboardData: data })
    : new DragEvent(kind, { ...given, dataTransfer: data });
  document.body.dispatchEvent(event);
}"""


def test_a_picture_that_is_pasted_or_dropped_comes_onto_the_table(page, server) -> None:
    page.goto(f"{server}/evidence")
    expect(page.get_by_role("link", name="Laboratory").first).to_be_attached(timeout=WAIT)
    page.wait_for_timeout(3000)  # the page's end is drawn last
    page.evaluate(HANDED, "paste")
    page.wait_for_url("**/laboratory?*pic=file-*", timeout=WAIT)
    first = page.url
    page.wait_for_timeout(3000)
    page.evaluate(HANDED, "drop")
    page.wait_for_function("(first) => location.href !== first", arg=first, timeout=WAIT)
    assert "pic=file-" in page.url


def test_where_the_server_does_not_answer_the_page_says_what_its_reader_can_do(
    chromium, server
) -> None:
    page, sockets = chromium.new_page(), []

    def pass_on(socket) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/_stcore/stream**", pass_on)
    page.goto(f"{server}/teach")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=WAIT)
    expect(page.locator(".st-key-frame-listener > *").first).to_be_attached(timeout=WAIT)
    page.wait_for_timeout(1000)
    page.route("**/_stcore/**", lambda route: route.abort())
    for socket in sockets:
        socket.close()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The server does not answer", timeout=WAIT)
    expect(dialog).to_contain_text("tries again by itself")
    expect(dialog.get_by_text("streamlit run")).to_be_hidden()
    page.close()
