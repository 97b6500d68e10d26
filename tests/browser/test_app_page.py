"""Claims about the app as a user meets it: a real server, a real browser, a real mouse."""

import re

import pytest

pytestmark = pytest.mark.browser
LAB = ".dv"
WATCH = """() => {
  window.sent = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) { window.sent.push(data.byteLength ?? data.length); return send.call(this, data); };
}"""


def laboratory(page, address: str):
    """Open the app and wait until the laboratory has drawn."""
    page.add_init_script(f"({WATCH})()")
    page.goto(address)
    slider = page.get_by_role("slider", name=re.compile("^α,"), include_hidden=True)
    slider.wait_for(timeout=60_000, state="attached")  # on a phone the dock opens it
    page.wait_for_function(
        """() => [...document.querySelectorAll('*')].some((e) => e.shadowRoot?.querySelector('.dv')?.__lab?.result)""",
        timeout=60_000,
    )
    return slider


def look(page, expression: str):
    """Value of an expression of `lab`, the laboratory's test handle."""
    return page.evaluate(
        """(source) => {
          const host = [...document.querySelectorAll('*')].find((e) => e.shadowRoot?.querySelector('.dv')?.__lab);
          const lab = host.shadowRoot.querySelector('.dv').__lab;
          return new Function('lab', 'return ' + source)(lab);
        }""",
        expression,
    )


def drag(page, slider, to: float, steps: int = 20) -> None:
    """Drag a slider's thumb from where it is to a share of its length, without letting go."""
    box = slider.bounding_box()
    low, high, now = (float(slider.get_attribute(name) or 0) for name in ("min", "max", "value"))
    now = float(slider.input_value())
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * (now - low) / (high - low), y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * to, y, steps=steps)


def test_a_drag_moves_the_metric_at_once_and_python_hears_of_it_once(server, page) -> None:
    slider = laboratory(page, f"{server}/laboratory")
    before = look(page, "lab.result.heads[0].alpha")
    page.wait_for_timeout(500)
    sent = page.evaluate("window.sent.length")
    drag(page, slider, 0.6)
    page.wait_for_timeout(200)
    assert look(page, "lab.result.heads[0].alpha") != before
    assert page.evaluate("window.sent.length") == sent
    page.mouse.up()
    page.get_by_text("Python recomputed").wait_for(timeout=20_000)
    page.wait_for_timeout(500)
    messages = page.evaluate(f"window.sent.slice({sent})")
    assert len(messages) == 1 and messages[0] <= 2048
    assert "a=" in page.url


def test_the_link_shows_the_same_again(server, page) -> None:
    laboratory(page, f"{server}/?a=0.9&b=3&pic=sparse&o=2&shared=1")
    assert look(page, "lab.result.heads[0].alpha") == 0.9
    assert look(page, "lab.result.knobs.shared") is True
    assert look(page, "lab.result.object") == 2
    page.reload()
    laboratory(page, page.url)
    assert look(page, "[lab.result.heads[0].beta, lab.result.object]") == [3, 2]


IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def test_a_second_picture_keeps_the_knobs(server, page) -> None:
    laboratory(page, f"{server}/?a=0.9")
    objects = look(page, "lab.result.objects")
    page.get_by_test_id("stExpandSidebarButton").click()
    choice = page.get_by_test_id("stSidebar").get_by_role("combobox").first
    choice.click(trial=True)  # the sidebar has come in: a list that opens on the way closes again
    page.wait_for_selector(IDLE)
    choice.click()
    page.get_by_role("option", name="White cells").click()
    page.wait_for_function(
        """(before) => [...document.querySelectorAll('*')].some((e) => {
          const result = e.shadowRoot?.querySelector('.dv')?.__lab?.result;
          return result && result.objects !== before;
        })""",
        arg=objects,
        timeout=30_000,
    )
    assert look(page, "lab.result.heads[0].alpha") == 0.9


def test_the_detections_page_shows_both_ways_out_and_comes_back_to_the_same_laboratory(
    server, page
) -> None:
    laboratory(page, f"{server}/?a=0.9")
    page.get_by_role("link", name="Detections").click()
    page.get_by_text("NMS").filter(visible=True).first.wait_for(timeout=30_000)
    page.get_by_role("link", name="Laboratory").click()
    page.wait_for_function(
        """() => [...document.querySelectorAll('*')].some((e) => e.shadowRoot?.querySelector('.dv')?.__lab?.result)""",
        timeout=60_000,
    )
    assert look(page, "lab.result.heads[0].alpha") == 0.9


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_sees_the_whole_width(server, chromium, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": 380, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    laboratory(page, f"{server}/laboratory")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    context.close()


def test_what_is_taken_away_is_what_the_page_shows(server, page) -> None:
    laboratory(page, f"{server}/?pic=sparse&a=3&shared=1&mode=paper&o=2")
    page.get_by_text("Take it away for slides and papers").click()
    with page.expect_download(timeout=60_000) as taken:
        page.get_by_role("button", name="Candidates, CSV").click()
    head = taken.value.path().read_text().splitlines()[0]
    assert "Sparse" in head and "object 3 of" in head and "α 3" in head and "shared" in head
    with page.expect_download(timeout=60_000) as taken:
        page.get_by_role("button", name="Laboratory, HTML").click()
    assert "<title>DualViz laboratory: Sparse</title>" in taken.value.path().read_text()
