"""Claims about the detections page as a user meets it: a real server, a real browser, a real mouse."""

import base64
import io
import json
import re

import pytest
from PIL import Image

from dualviz import MADE_BY
from dualviz.exports.about import PAPER

pytestmark = pytest.mark.browser
WATCH = """() => {
  window.sent = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) { window.sent.push(data.byteLength ?? data.length); return send.call(this, data); };
}"""
FIND = "[...document.querySelectorAll('*')].find((e) => e.shadowRoot?.querySelector('.dvd')?.__detections)"


@pytest.fixture
def outputs(server, page):
    """Open the page at a link and wait until it has drawn; gives the function."""

    def open_at(link: str = "", ready: str = "h.renders > 0"):
        page.add_init_script(f"({WATCH})()")
        page.goto(f"{server}/detections?{link}")
        wait(page, ready)
        page.wait_for_timeout(300)
        return page

    return open_at


def look(page, expression: str):
    """Value of an expression of `h`, the page's test handle, and `root`, its element."""
    script = f"""(source) => {{
        const root = ({FIND}).shadowRoot.querySelector('.dvd');
        return new Function('h', 'root', 'return ' + source)(root.__detections, root);
    }}"""
    return page.evaluate(script, expression)


def wait(page, expression: str, timeout: int = 60_000) -> None:
    """Wait until an expression of `h` holds, and two frames more: what changed is then drawn."""
    script = f"""(source) => {{
        const root = ({FIND})?.shadowRoot.querySelector('.dvd');
        return root && new Function('h', 'root', 'return ' + source)(root.__detections, root);
    }}"""
    page.wait_for_function(script, arg=expression, timeout=timeout)
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def place(page, path: int, row: int) -> tuple[float, float]:
    """Where the left border of an output's box stands on the screen."""
    return look(
        page,
        f"""(() => {{
          const box = h.result.paths[{path}].rows.boxes.subarray({4 * row}, {4 * row} + 4);
          const bounds = root.querySelectorAll('.dvd-panel canvas')[{path}].getBoundingClientRect();
          const scale = bounds.width / h.page.payload.picture.width;
          return [bounds.left + Math.max(1, box[0]) * scale, bounds.top + (box[1] * 0.45 + box[3] * 0.55) * scale];
        }})()""",
    )


def drag(page, name: str, to: float, steps: int = 15) -> None:
    """Drag a slider's thumb to a share of its length, without letting go."""
    slider = page.locator(f"#dvd-{name}")
    slider.scroll_into_view_if_needed()
    low, high = (float(slider.get_attribute(edge)) for edge in ("min", "max"))
    share = (float(slider.input_value()) - low) / (high - low)
    box = slider.bounding_box()
    inner, y = box["width"] - 18, box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 9 + inner * share, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 9 + inner * to, y, steps=steps)


def test_a_drag_filters_at_once_and_python_hears_of_it_once_and_agrees(outputs) -> None:
    page = outputs("pic=overlapping&conf=0.1")
    before = look(page, "h.result.paths.map(({ n }) => n)")
    page.wait_for_timeout(500)
    sent = page.evaluate("window.sent.length")
    drag(page, "iou", 0.3)
    wait(page, "h.result.settings.iou < 0.4")
    killed = look(page, "h.result.paths.map(({ n }) => n)")
    assert killed[1] < before[1] and killed[0] == before[0] and killed[2] == before[2]
    assert page.get_by_role("tab", selected=True).inner_text() == "Why two boxes"
    assert page.evaluate("window.sent.length") == sent, "nothing travels while the hand is down"
    page.mouse.up()
    page.get_by_text("Python selected all three outputs again").wait_for(timeout=20_000)
    page.wait_for_timeout(500)
    messages = page.evaluate(f"window.sent.slice({sent})")
    assert len(messages) == 1 and messages[0] <= 2048
    assert "iou=" in page.url


def test_pointing_at_a_box_shows_the_same_object_in_the_other_outputs(outputs) -> None:
    page = outputs()
    for width in (820, 1280):  # what a slider filters is said in full
        page.set_viewport_size({"width": width, "height": 900})
        cut = "[...root.querySelectorAll('.dvd-sliders label')].filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth)"
        assert look(page, f"{cut}.map((e) => e.textContent)") == [], width
    wait(page, "h.renders > 0")
    x, y = place(page, 2, 0)
    page.mouse.move(x, y)
    wait(page, "h.page.hovered !== null")
    said = page.locator(".dvd-readout").all_inner_texts()
    assert "anchor" in said[2] and "cell" in said[2] and "matched to object" in said[2]
    named = said[2].split("object ")[1].split(",")[0]
    assert f"object {named}," in said[1] and said[1].startswith("Here: ")
    page.mouse.move(x, y - 400)
    wait(page, "h.page.hovered === null")


def test_the_keyboard_walks_through_the_boxes_and_a_reader_hears_it(outputs) -> None:
    page = outputs()
    page.locator(".dvd-panel canvas").nth(1).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    wait(page, "h.page.hovered?.path === 1 && h.page.hovered.row === 2")
    live = page.locator(".dvd [data-part=live]")
    page.wait_for_function(
        "(e) => e.textContent.includes('number 3 of')", arg=live.element_handle()
    )
    page.keyboard.press("a")
    wait(page, "h.result.settings.agnostic")
    page.keyboard.press("x")
    wait(page, "!h.result.settings.agnostic")


def test_zoom_is_one_for_all_pictures(outputs) -> None:
    page = outputs()
    page.locator(".dvd-panel canvas").first.dblclick(position={"x": 60, "y": 60})
    wait(page, "h.page.zoom.scale === 3")
    renders = look(page, "h.renders")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Whole picture").click()
    wait(page, f"h.page.zoom.scale === 1 && h.renders > {renders}")


def test_nms_steps_play_scrub_and_tell_who_falls_to_whom(outputs) -> None:
    page = outputs("pic=overlapping&conf=0.1&iou=0.4&dv=tab.steps")
    lost = page.locator(".dvd-lost button")
    assert lost.count() > 0, "this crowd has true neighbours that NMS kills"
    lost.first.click()
    wait(page, "h.state.view.step > 0")
    words = page.locator("[data-part=step-words]").inner_text()
    assert "suppressed by candidate" in words and "a true neighbour dies" in words
    step = look(page, "h.state.view.step")
    assert page.locator(
        "[data-part=trace-table] tr[aria-selected=true] td"
    ).first.inner_text() == str(step)
    page.keyboard.press(".")
    wait(page, f"h.state.view.step === {step + 1}")
    page.locator("[data-part=trace-table] tr[data-row]").nth(1).click()
    page.locator("[data-part=scrub]").fill("1")
    wait(page, "h.state.view.step === 1")
    assert "kept" in page.locator("[data-part=step-words]").inner_text()
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "h.state.view.step === 2 || h.state.view.step > 2")
    page.get_by_role("button", name="Stop", exact=True).click()


def test_two_clicked_boxes_come_to_the_clinic_and_a_remedy_can_be_set(outputs) -> None:
    page = outputs("pic=overlapping&conf=0.1&iou=0.9")
    pair = look(page, "h.page.pairsOf(1)[0].rows")
    for row in pair:
        page.mouse.click(*place(page, 1, row))
        page.wait_for_timeout(150)
    if not look(page, "h.state.view.pair"):  # borders may lie on one another: take it from the list
        page.get_by_text("one-to-many + NMS", exact=True).last.click()
        page.locator(".dvd-pairs button").first.click()
    wait(page, "h.state.view.pair !== null && h.state.view.of === 'nms'")
    assert page.locator("[data-part=clinic-kind]").inner_text() in (
        "Why twice? Two anchors",
        "Two boxes, two objects",
        "Why twice? One anchor under two classes",
    )
    facts = page.locator("[data-part=clinic-facts]").inner_text()
    for name in ("score", "anchor", "rank by the metric", "soft target"):
        assert name in facts
    remedies = page.locator(".dvd-remedies li")
    assert "remove" in remedies.first.inner_text() and remedies.count() >= 2
    confidence = look(page, "h.result.settings.conf")
    remedies.first.get_by_role("button").click()
    wait(page, f"h.result.settings.conf > {confidence}")
    assert "no longer in this output" in page.locator("[data-part=clinic-lead]").inner_text()


def test_the_page_opens_on_few_objects_one_of_them_named_twice_and_offers_a_crowd(outputs) -> None:
    page = outputs()
    heading = page.locator(".dvd h1")
    assert heading.inner_text() == (
        "Eight objects. The one-to-one head needs no NMS, yet names one of them twice."
    )
    assert "1 duplicate" in page.locator(".dvd-panel[data-path=free]").inner_text()
    assert page.locator("[data-part=clinic-kind]").inner_text() == "Why twice? Two anchors"
    remedy = page.locator(".dvd-remedies li").first
    lost = int(re.search(r"(\d+) more true object", remedy.inner_text())[1])
    remedy.get_by_role("button", name="Set it").click()
    wait(page, "h.result.paths[2].counts.duplicate === 0")
    assert look(page, "h.result.paths[2].counts.missed") == lost, "it costs what was said"
    assert "None twice on either side" in heading.inner_text()
    page.get_by_role("group", name="Which picture").get_by_text("A crowd").click()
    wait(page, "h.page.truth.boxes.length > 20")
    assert "pic=crowded" in page.url and heading.inner_text().startswith("37 objects.")
    page.get_by_role("group", name="Which picture").get_by_text("A few objects").click()
    wait(page, "h.page.truth.boxes.length === 8")


def test_every_view_leaves_as_a_picture_and_as_numbers(outputs) -> None:
    page = outputs("pic=overlapping&conf=0.1&dv=of.free")
    page.locator(".dvd-pairs button").last.click()
    wait(page, "h.state.view.pair !== null")
    for view in ("panels", "curves", "steps", "clinic"):
        taken = look(
            page,
            f"""h.still('{view}').then((blob) => blob.arrayBuffer()).then((buffer) => {{
              let binary = '';
              for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
              return btoa(binary);
            }})""",
        )
        with Image.open(io.BytesIO(base64.b64decode(taken))) as image:
            assert image.width >= 1800 and image.height > 600
            told = image.text["Description"]
        assert f"version: {MADE_BY}" in told and f"citation: {PAPER}" in told
        assert "Overlapping · pico-cells · confidence 0.10" in told and "to watch" not in told
        assert image.text["Source"].startswith("http") and "/detections" in image.text["Source"]
        assert (
            "\n"
            + {
                "panels": "one-to-many, matched",
                "steps": "kept",
                "clinic": "the stronger box",
                "curves": "version",
            }[view]
        ) in told
    for table in ("boxes", "trace", "curves", "pairs"):
        lines = look(page, f"h.csv('{table}')").splitlines()
        assert (
            lines[0].startswith("# Overlapping · pico-cells · confidence 0.10") and len(lines) > 3
        )
    page.get_by_text("More", exact=True).click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Trace of NMS as CSV").click()
    assert taken.value.suggested_filename == "dualviz-Overlapping-trace.csv"


@pytest.mark.parametrize("link", ["truth=none", "conf=0.99", "max=1", "iou=0", "iou=1&conf=0.01"])
def test_bad_and_empty_cases_are_words(outputs, link: str) -> None:
    page = outputs(link)
    for tab, parts in (
        ("Why two boxes", ("first", "clinic-kind", "clinic-why")),
        ("NMS step by step", ("step-words",)),
        ("Curves", ("pr-words", "sweep-words")),
    ):
        page.get_by_role("tab", name=tab).click()
        for part in parts:
            page.locator(f"[data-part={part}]").filter(has_text=re.compile(".{10}")).wait_for()
        text = page.locator(".dvd").inner_text()
        assert "NaN" not in text and "undefined" not in text and "Infinity" not in text


def test_the_link_shows_the_same_again(outputs) -> None:
    page = outputs("pic=sparse&conf=0.4&iou=0.55&max=50&agn=1&multi=1&dv=of.raw~step.7~tab.steps")
    assert json.loads(look(page, "JSON.stringify(h.state)")) == {
        "settings": {"conf": 0.4, "iou": 0.55, "max": 50, "agnostic": True, "multi": True},
        "view": {"of": "raw", "pair": None, "step": 7, "large": False, "tab": "steps"},
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_sees_the_whole_width(server, chromium, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": 380, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{server}/detections")
    wait(page, "h.renders > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    widths = look(
        page,
        "[...root.querySelectorAll('*')].filter((e) => !e.closest('.dv-scroll, .dvd-pairs, .dvd-tabs, .dv-live, dialog, .dv-menu-list, .dv-hidden')).map((e) => e.getBoundingClientRect().right)",
    )
    assert max(widths) <= 385
    shown = "[...root.querySelectorAll('.dvd-panel')].filter((e) => e.clientWidth).map((e) => e.dataset.path).join()"
    assert look(page, shown) == "free"
    page.locator(".dvd-switch button").first.click()
    wait(page, f"({shown}) === 'raw'")
    context.close()


def test_the_measured_crowds_and_the_times_come_on_request(outputs) -> None:
    page = outputs()
    page.get_by_role("tab", name="Crowds").click()
    page.get_by_text("What crowding itself costs").wait_for(timeout=30_000)
    page.locator(".js-plotly-plot").first.wait_for(timeout=30_000)
    page.get_by_role("tab", name="Time").click()
    page.get_by_role("button", name="Measure").click()
    page.get_by_text("median of 15 runs").first.wait_for(timeout=60_000)
    assert page.get_by_text("not this device").count() == 1


def test_the_threshold_is_live_on_the_picture_and_the_set_follows(outputs) -> None:
    page = outputs("dv=tab.calibration")
    words = page.locator("[data-part=confidence-words]")
    before = words.inner_text()
    start = look(page, "h.result.settings.conf")
    assert f"at confidence {start:.2f}" in before and "conf=" not in page.url
    page.get_by_text("held-out pictures").wait_for(timeout=30_000)
    said = page.get_by_text("F1 is best at")
    said.wait_for()
    sent = page.evaluate("window.sent.length")
    chart = page.locator("[data-part=confidence]")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, y, steps=8)
    wait(page, "h.result.settings.conf > 0.7")
    assert words.inner_text() != before and page.evaluate("window.sent.length") == sent
    page.mouse.up()
    conf = look(page, "h.result.settings.conf")
    page.get_by_text(f"At confidence {conf:.2f}").wait_for(timeout=20_000)
    page.locator("#dvd-conf").dblclick()
    wait(page, f"h.result.settings.conf === {start}")


def test_an_object_that_starves_is_listed_and_opens_in_the_laboratory(outputs) -> None:
    page = outputs("pic=overlapping&dv=tab.starving")
    page.get_by_text("without a positive").first.wait_for(timeout=30_000)
    page.get_by_text("1 object without a positive, smallest first").wait_for()
    table = page.locator("[data-testid=stDataFrame]").last
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + 52)
    page.wait_for_url(re.compile("/laboratory.*o="), timeout=30_000)
    assert "pic=overlapping" in page.url
