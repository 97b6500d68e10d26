"""Claims about the agreement and loss views under a hand: a real Chromium, the app as the README starts it."""

import re

import pytest
from playwright.sync_api import Page, expect

from dualviz.detector.catalogue import available

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
WAIT = 60_000


def opened(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=WAIT)


def test_a_point_of_the_map_goes_to_the_laboratory(page: Page, server: str) -> None:
    opened(page, server, "agreement?shared=1")
    expect(page.get_by_text("agreement is exactly 1 there")).to_be_visible(timeout=WAIT)
    plane = page.locator(".js-plotly-plot").first.locator(".nsewdrag").first
    expect(plane).to_be_visible(timeout=WAIT)
    send = page.get_by_role("button", name="Open the laboratory at α′ 1, β′ 2")
    box = None
    while box != (now := plane.bounding_box()):  # still laid out: a click would miss
        box = now
        page.wait_for_timeout(500)
    x = box["x"] + box["width"] * (1.0 - 0.0125) / 1.5  # axes from 0.0125 and 0.125
    y = box["y"] + box["height"] * (1 - (2.0 - 0.125) / 15)
    page.mouse.move(x, y)
    page.mouse.click(x, y)
    send.click(timeout=WAIT)
    page.get_by_role("button", name="More").click(timeout=WAIT)
    slider = page.get_by_role("slider", name=re.compile("^one-to-one α"))
    expect(slider).to_have_value("1", timeout=WAIT)
    expect(page.get_by_role("slider", name=re.compile("^one-to-one β"))).to_have_value("2")


def test_an_object_of_the_gap_chart_goes_to_the_laboratory(page: Page, server: str) -> None:
    opened(page, server, "agreement")
    chart = page.locator(".js-plotly-plot").nth(3)
    chart.scroll_into_view_if_needed(timeout=WAIT)
    diamond = chart.locator(".scatterlayer .trace").last.locator("path.point").nth(2)
    expect(diamond).to_be_visible(timeout=WAIT)
    box = diamond.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    button = page.get_by_role("button", name=re.compile("Open object [0-9]+ in the laboratory"))
    number = re.search("[0-9]+", button.inner_text(timeout=WAIT)).group()
    button.click()
    expect(page.get_by_text(f"Object {number}", exact=False).first).to_be_visible(timeout=WAIT)


def test_the_loss_page_draws_both_heads_and_changes_its_layer(page: Page, server: str) -> None:
    opened(page, server, "loss")
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".heatmaplayer image")).to_have_count(2, timeout=WAIT)
    page.get_by_text("Opposite pushes", exact=True).click()
    expect(page.get_by_text("is taught to raise and the one-to-one head to lower")).to_be_visible(
        timeout=WAIT
    )


def test_a_figure_leaves_the_page_as_a_file(page: Page, server: str) -> None:
    opened(page, server, "agreement")
    page.get_by_role("button", name="Take it away").first.click(timeout=WAIT)
    with page.expect_download(timeout=WAIT) as waiting:
        page.get_by_role("button", name="SVG").click()
    assert waiting.value.path().read_bytes().startswith(b"<?xml")
