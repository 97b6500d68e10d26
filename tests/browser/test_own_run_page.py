"""Claims about a run of one's own under a hand: it begins by one press, and a reload finds it again."""

import re

import pytest
from playwright.sync_api import Page, expect

from dualviz.detector.catalogue import available

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
WAIT = 120_000


def test_a_press_begins_a_run_a_reload_finds_it_and_a_press_ends_it(
    page: Page, server: str
) -> None:
    page.goto(f"{server}/training?training=own&crowd=loose")
    page.get_by_role("button", name="Begin").click(timeout=WAIT)
    end = page.get_by_role("button", name="End it here")
    expect(end).to_be_visible(timeout=WAIT)
    expect(page).to_have_url(re.compile(r"run=\d{8}-\d{6}-[0-9a-f]{8}"), timeout=WAIT)
    page.reload()
    expect(end).to_be_visible(timeout=WAIT)
    end.click()
    expect(page.get_by_role("button", name="Another run")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("It was ended by hand")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Another run").click()
    expect(page.get_by_role("button", name="Begin")).to_be_enabled(timeout=WAIT)
    expect(page).not_to_have_url(re.compile("run="), timeout=WAIT)
