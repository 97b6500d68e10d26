"""The first sight in a real browser: alive under its slider, an answer only after a guess, doors that open."""

import pytest
from playwright.sync_api import Page, expect

from dualviz.detector.catalogue import available

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]


def first_sight(page: Page, server: str, width: int = 1366, height: int = 768) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(server)
    page.locator(".dvs [data-part=there]").filter(has_text="objects are there").wait_for(
        state="attached", timeout=60_000
    )


def test_the_counts_follow_the_slider_while_it_drags(page: Page, server: str) -> None:
    first_sight(page, server)
    words = {path: page.locator(f"[data-words={path}]") for path in ("raw", "nms", "free")}
    before = {path: element.inner_text() for path, element in words.items()}
    assert before["nms"] == before["free"] == "14 boxes" and int(before["raw"].split()[0]) > 100
    slider = page.get_by_role("slider", name="Confidence")
    slider.focus()
    page.keyboard.press("End")
    expect(words["free"]).not_to_have_text(before["free"])
    assert int(words["raw"].inner_text().split()[0].replace("no", "0")) < 20
    assert "»" in page.content() or page.locator("[data-testid=stSidebar]").is_hidden()


def test_the_answer_waits_for_a_guess_and_the_first_guess_stands(page: Page, server: str) -> None:
    first_sight(page, server)
    reveal = page.locator("[data-part=reveal]")
    assert reveal.inner_text() == ""
    page.keyboard.press("1")
    expect(reveal).to_contain_text("Not that. Look at the jagged cell: the first head gives 9")
    page.keyboard.press("2")
    guess, right = page.locator("[data-answer='1']"), page.locator("[data-answer='2']")
    assert guess.get_attribute("data-state") == "guess"
    assert right.get_attribute("data-state") == "right"


@pytest.mark.parametrize(
    ("door", "path"),
    [
        ("lesson", "/lesson?lesson=1"),
        ("questions", "/lesson"),
        ("lab", "/laboratory"),
        ("teach", "/teach"),
    ],
)
def test_a_door_opens_its_page(page: Page, server: str, door: str, path: str) -> None:
    first_sight(page, server)
    page.locator(f"[data-door={door}]").click()
    page.wait_for_url(lambda url: path in url, timeout=60_000)


def test_a_question_is_found_in_one_view_and_its_lesson_opens(page: Page, server: str) -> None:
    """The nine questions that a reader brings, by words that stand in the list after one press."""
    first_sight(page, server)
    page.locator("[data-door=questions]").click()
    rows = page.locator(".dvl-list li")
    expect(rows).to_have_count(12, timeout=60_000)
    for words in (
        *("Why is this anchor taught", "r change nothing", "When do the heads disagree"),
        *("gap not 0", "why two boxes", "What does NMS throw away", "Who is pushed"),
        *("Hungarian matching do better", "happen in the real YOLOv10"),
    ):
        row = rows.filter(has_text=words)
        expect(row).to_have_count(1)
        box = row.bounding_box()
        assert box["y"] + box["height"] <= 768, words
    rows.filter(has_text="r change nothing").locator("button").click()
    expect(page.locator(".dvl-question")).to_contain_text("double both", timeout=60_000)


def test_the_other_language_is_one_press_away_and_so_is_the_way_back(
    page: Page, server: str
) -> None:
    first_sight(page, server)
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("#dvs-question")).to_contain_text("第二个头", timeout=60_000)
    assert "lang=zh_CN" in page.url
    page.get_by_role("button", name="English").click()
    expect(page.locator("#dvs-question")).to_contain_text("second head", timeout=60_000)


def test_everything_fits_one_screen_of_a_projector_and_one_column_of_a_phone(
    page: Page, server: str
) -> None:
    first_sight(page, server)
    box = page.locator(".dvs-doors").bounding_box()
    assert box["y"] + box["height"] <= 768
    first_sight(page, server, 390, 844)
    assert page.locator("figure[data-path=free]").is_visible()
    assert page.locator("figure[data-path=raw]").is_hidden()
    page.locator("[data-show=raw]").click()
    expect(page.locator("figure[data-path=raw]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_link_of_old_opens_the_laboratory(page: Page, server: str) -> None:
    page.goto(f"{server}/?pic=sparse&a=0.9&o=2")
    page.wait_for_url(lambda url: "/laboratory" in url and "a=0.9" in url, timeout=60_000)


def test_a_dark_page_is_printed_dark_on_white(page: Page, server: str) -> None:
    page.emulate_media(color_scheme="dark")
    first_sight(page, server)
    page.emulate_media(media="print")
    colour = page.locator("h1").evaluate("heading => getComputedStyle(heading).color")
    assert max(int(part) for part in colour[4:-1].split(",")) < 60
