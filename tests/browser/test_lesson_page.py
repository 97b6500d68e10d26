"""Claims about the live lessons under a hand: keyboard alone, wrong and right guesses, reload, link, phone, presenter, frame."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from made_lesson import MADE
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from dualviz import lab
from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.exports.files import lessons_html
from dualviz.lab.lesson import standalone_lessons
from dualviz.lessons import LESSONS
from dualviz.pictures.scenes import gallery
from dualviz.words import speaking

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
PHONE = {"width": 390, "height": 844}
PROJECTOR = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    """Two made lessons on a bundled picture as one file."""
    image, truth = gallery()["sparse"]()
    detector = load_detector("pico-cells", "cpu")
    truth = truth.for_classes(detector.class_names)
    packed = lab.payload(image, detector.predict(image), detector.class_names)
    own = truth.boxes.tolist(), truth.labels.tolist()
    second = MADE | {"id": 3, "title": "The second"}
    path = tmp_path_factory.mktemp("lesson") / "lessons.html"
    path.write_text(
        standalone_lessons({"sparse pico-cells": (packed, own)}, [MADE, second]), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """All lessons of the product as one file."""
    path = tmp_path_factory.mktemp("lessons") / "lessons.html"
    path.write_text(lessons_html(LESSONS, "cpu"), encoding="utf-8")
    return path


def wrong_guess(step) -> str:
    """A guess that is not right, as a link spells it; the right one by name is left out where only the picture knows it."""
    if step.answer["type"] != "choice":
        return "999"
    keys = [option["key"] for option in step.answer["options"]]
    return next(key for key in keys if key != step.answer.get("right_key"))


def opened(page: Page, address: str, size: dict = PROJECTOR) -> Locator:
    page.set_viewport_size(size)
    page.goto(address)
    page.locator(".dvl[data-ready=yes]").wait_for(state="attached", timeout=60_000)
    return page.locator(".dvl-question")


def link_of(page: Page) -> dict[str, str]:
    parts = urlparse(page.url)
    given = parse_qs(parts.fragment or parts.query)
    return {name: values[0] for name, values in given.items()}


def test_a_lesson_is_done_with_the_keyboard_alone(page: Page, alone: Path) -> None:
    question = opened(page, f"{alone.as_uri()}#lesson=2&step=1")
    expect(question).to_have_text(MADE["steps"][0]["words"])
    page.keyboard.press("Space")
    expect(question).to_have_text(MADE["steps"][0]["words"])  # it waits for a guess
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    expect(question).to_have_text("Point at A, then at B")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.className") != "dvl-do":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".dvl-state")).to_have_text("Done.")
    page.keyboard.press("ArrowRight")
    expect(question).to_contain_text(re.compile(r"^B, by 0\.\d+ to 0\.\d+\.$"))
    assert page.evaluate("document.activeElement.className") == "dvl-question", "focus follows"
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    expect(question).to_have_text("Turn α until A passes B")
    slider = page.get_by_role("slider", name=re.compile("α"))
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator(".dvl-state")).to_have_text("Done.")
    page.locator(".dvl-next").focus()
    page.keyboard.press("Enter")
    expect(question).to_have_text("The rule")
    page.keyboard.press("Space")
    box = page.get_by_role("spinbutton")
    box.focus()
    page.keyboard.type("3.3")
    page.keyboard.press("Enter")
    expect(page.locator(".dvl-said")).to_have_attribute("data-mark", "right")
    page.locator(".dvl-next").focus()
    page.keyboard.press("Enter")  # on to the next lesson
    expect(page.locator(".dvl h1").last).to_have_text("The second")
    page.locator(".dvl-count").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-lesson='2'] .dvl-mark")).to_have_text("done, 2 of 3 right")


def test_the_verdict_stands_first_and_the_guess_is_said_to_be_wrong_or_right(
    page: Page, alone: Path
) -> None:
    for key, mark, words in (("1", "wrong", "You said A."), ("2", "right", "You said B.")):
        page.goto("about:blank")
        question = opened(page, f"{alone.as_uri()}#lesson=2&step=3&guess={'ab'[int(key) - 1]}")
        expect(question).to_contain_text("B, by")
        said = page.locator(".dvl-said")
        expect(said).to_have_attribute("data-mark", mark)
        expect(said).to_contain_text(words)
        tops = [
            page.locator(name).first.bounding_box()["y"] for name in (".dvl-question", ".dvl-said")
        ]
        assert tops == sorted(tops)
    live = page.locator("[data-part=live]")
    page.keyboard.press("2")
    expect(live).to_contain_text("Not that.")


def test_back_keeps_every_guess_and_a_second_guess_changes_nothing(page: Page, alone: Path) -> None:
    opened(page, f"{alone.as_uri()}#lesson=2&step=1")
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    states = page.locator(".dvl-answers button").evaluate_all(
        "all => all.map(b => b.dataset.state)"
    )
    assert states == ["other", "other", "guess"]


def test_the_picture_can_be_pointed_at(page: Page, alone: Path) -> None:
    opened(page, f"{alone.as_uri()}#lesson=2&step=2")
    canvas = page.locator("[data-part=stage]")
    box = canvas.bounding_box()
    places = page.evaluate(
        """() => {
            const live = document.querySelector(".dvl").__lesson;
            return ["A", "B"].map((name) => live.placeOf(live.scene.markAnchor(name)));
        }"""
    )
    for place in places:
        expect(page.locator(".dvl-wait")).to_have_text("Try it to go on")
        page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    expect(page.locator(".dvl-state")).to_have_text("Done.")


def test_do_it_for_me_moves_the_knob_and_nothing_moves_where_motion_is_unwanted(
    page: Page, alone: Path
) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, f"{alone.as_uri()}#lesson=2&step=5")
    output = page.locator(".dvl-slider output").first
    expect(output).to_have_text("0.50")
    page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => window.seen.push(document.querySelector(".dvl-slider output").textContent))
                .observe(document.querySelector(".dvl-knobs"), { childList: true, subtree: true, characterData: true });
        }"""
    )
    page.locator(".dvl-do").click()
    expect(page.locator(".dvl-slider output").first).to_have_text("2.00")
    steps = page.evaluate("[...new Set(window.seen)].filter((text) => text)")
    assert set(steps) <= {"0.50", "2.00"}, "it jumps"


def test_reload_keeps_the_step_and_what_was_written(page: Page, alone: Path) -> None:
    opened(page, f"{alone.as_uri()}#lesson=2&step=1")
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")
    assert link_of(page) == {"lesson": "2", "step": "2", "guess": "b"}
    page.reload()
    expect(page.locator(".dvl-question")).to_have_text("Point at A, then at B")
    page.goto("about:blank")
    page.goto(alone.as_uri())  # without a link: the device remembers
    page.locator("[data-lesson='2']").click()
    expect(page.locator(".dvl-question")).to_have_text("Point at A, then at B")


@pytest.mark.parametrize("step", range(1, len(MADE["steps"]) + 1))
def test_no_step_scrolls_sideways_on_a_phone_and_the_picture_comes_first(
    page: Page, alone: Path, step: int
) -> None:
    question = opened(page, f"{alone.as_uri()}#lesson=2&step={step}", PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    stage, asked = page.locator(".dvl-stage").bounding_box(), question.bounding_box()
    assert stage["width"] >= 340 and asked["y"] > stage["y"] + stage["height"] - 1
    for button in page.locator(".dvl-answers button").all():
        assert button.bounding_box()["height"] >= 44


def test_on_a_phone_marks_of_neighbours_stand_apart_and_every_answer_is_in_sight(
    page: Page, taught: Path
) -> None:
    opened(page, f"{taught.as_uri()}#lesson=2&step=1", PHONE)
    apart = page.locator(".dvl").evaluate(
        """({ __lesson: live }) => {
            const [a, b] = ["A", "B"].map((letter) => live.placeOf(live.scene.markAnchor(letter)));
            return Math.hypot(a.x - b.x, a.y - b.y);
        }"""
    )
    assert apart > 2 * 13, "a letter's disc is 13 pixels round its anchor"
    last = page.locator(".dvl-answers button").last.bounding_box()
    assert last["y"] + last["height"] <= PHONE["height"] - 52, "above the foot"


IN_SIGHT = """() => {
  const dvl = document.querySelector(".dvl");
  const foot = dvl.querySelector(".dvl-lesson .dvl-foot").getBoundingClientRect();
  const wanted = dvl.querySelectorAll(".dvl-question, .dvl-answers button, .dvl-number, .dvl-do, .dvl-slider input, .dvl-switch");
  return [...wanted].filter((each) => each.checkVisibility()).filter((each) => {
    const { top, bottom } = each.getBoundingClientRect();
    return top < 0 || bottom > Math.min(innerHeight, foot.top) + 1;
  }).map((each) => each.textContent || each.className);
}"""


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_on_a_phone_what_a_step_asks_and_all_that_answers_it_lie_in_sight(
    page: Page, taught: Path, lesson
) -> None:
    for place, step in enumerate(lesson.steps, 1):
        if step.kind in ("ask", "act"):
            page.goto("about:blank")
            opened(page, f"{taught.as_uri()}#lesson={lesson.id}&step={place}", PHONE)
            page.wait_for_function("document.querySelector('.dvl-question').innerText")
            page.evaluate(
                "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))"
            )
            assert page.evaluate(IN_SIGHT) == [], step.id


@pytest.mark.parametrize("step", [1, 3, 5, 6, 7])
def test_a_presenter_reads_nothing_below_24_pixels(page: Page, alone: Path, step: int) -> None:
    opened(page, f"{alone.as_uri()}#lesson=2&step={step}")
    page.keyboard.press("p")
    expect(page.locator(".dvl")).to_have_attribute("data-presenting", "")
    small = page.evaluate(
        """() => [...document.querySelectorAll(".dvl *")].filter((each) => {
            const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
            const box = each.getBoundingClientRect();
            return own && box.width > 1 && box.height > 1 && parseFloat(getComputedStyle(each).fontSize) < 24;
        }).map((each) => `${each.className || each.tagName}: ${each.textContent}`)"""
    )
    assert small == []
    assert page.locator(".dvl-head").is_hidden()
    page.wait_for_function("() => document.querySelector('.dvl').__lesson.strong === 1.7", arg="")
    assert page.evaluate("document.querySelector('.dvl').scrollWidth") <= 1366
    page.keyboard.press("Escape")
    expect(page.locator(".dvl-head")).to_be_visible()


def test_a_presenters_answer_waits_for_a_key_and_notes_open_in_a_window(
    page: Page, alone: Path
) -> None:
    question = opened(page, f"{alone.as_uri()}#lesson=2&step=1")
    page.keyboard.press("p")
    expect(page.locator(".dvl-wait")).to_have_text("Hands up, then 1, 2, 3")
    page.keyboard.press("PageDown")  # a clicker
    expect(question).to_have_text(MADE["steps"][0]["words"])
    with page.expect_popup() as opening:
        page.keyboard.press("n")
    notes = opening.value
    expect(notes.locator("h1")).to_contain_text(f"step 1 of {len(MADE['steps'])}")
    expect(notes.locator("h2")).to_have_text([MADE["steps"][0]["words"], "Ask next"])
    expect(notes.locator("body")).to_contain_text("Ask for hands before you press a key.")
    expect(notes.locator("body")).to_contain_text("Answer: B, the better overlap")
    expect(notes.locator("body")).to_contain_text("Next: Try. Point at A, then at B")


def test_a_closed_frame_without_storage_works_and_hears_height_step_and_score(
    page: Page, alone: Path
) -> None:
    page.goto("about:blank")
    page.set_content("<div></div>")
    page.evaluate(
        """(text) => {
            window.heard = [];
            addEventListener("message", ({ data }) => data.source === "dualviz" && heard.push(data));
            const frame = document.createElement("iframe");
            frame.setAttribute("sandbox", "allow-scripts");
            frame.style.cssText = "width: 1200px; height: 320px";
            frame.srcdoc = text;
            document.body.append(frame);
            addEventListener("message", ({ data }) => {
                if (data.type === "height") frame.style.height = `${data.height}px`;
            });
        }""",
        alone.read_text(encoding="utf-8"),
    )
    inside = page.frame_locator("iframe")
    inside.locator("[data-lesson='2']").click()
    inside.locator("[data-answer=b]").click()
    inside.locator(".dvl-next").click()
    expect(inside.locator(".dvl-question")).to_have_text("Point at A, then at B")
    page.wait_for_function("heard.some(({ type, step }) => type === 'lesson' && step === 2)")
    heard = page.evaluate("heard")
    score = [one for one in heard if one["type"] == "score"][-1]
    assert (score["lesson"], score["right"], score["asked"], score["of"]) == (2, 1, 1, 3)
    page.wait_for_timeout(500)
    high = inside.locator(":root").evaluate("(root) => [root.scrollHeight, innerHeight]")
    assert high[0] == high[1], "a page that follows the height shows all of the lesson"
    assert 300 < high[1] < 900, "and is not led up and up"


def test_on_paper_every_question_stands_with_its_picture_and_no_answer(
    page: Page, alone: Path
) -> None:
    page.emulate_media(color_scheme="dark")
    opened(page, f"{alone.as_uri()}#lesson=2&step=3&guess=a")
    screen = page.locator("[data-part=stage]").evaluate("canvas => canvas.toDataURL()")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    handout = page.locator(".dvl-handout")
    expect(handout.locator("h2").nth(0)).to_contain_text("1. A scores higher.")
    expect(handout.locator("h2").nth(1)).to_have_text("Do: Point at A, then at B")
    expect(handout).to_contain_text("What would put A before B?")
    expect(handout).to_contain_text(re.compile(r"A: score 0\.\d+, overlap 0\.\d+\. B: score"))
    assert handout.locator("li").count() == 6 and "You said" not in handout.inner_text()
    picture = handout.locator("img")
    assert picture.count() == 1, "a later picture would tell the first answer"
    assert picture.evaluate("image => image.naturalWidth") > 400
    assert picture.get_attribute("src") != screen, "of the first question, and in the light colours"
    assert page.locator(".dvl-lesson").is_hidden()
    now = page.locator("[data-part=stage]").evaluate("canvas => canvas.toDataURL()")
    assert now == screen, "the screen is as it was"


def test_start_opens_the_first_lesson_and_leaving_keeps_its_step(page: Page, server: str) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(server)
    page.locator("[data-door=lesson]").click(timeout=60_000)
    page.wait_for_url(lambda url: "/lesson?lesson=1" in url, timeout=60_000)
    page.locator(".dvl-answers button").first.wait_for(timeout=60_000)
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: "step=2" in url and "guess=" in url)
    heading = page.locator(".dvl-question").inner_text()
    page.locator(".dvl-head [data-do=leave]").click()
    page.locator("[data-door=lesson]").click(timeout=60_000)
    expect(page.locator(".dvl-question")).to_have_text(heading, timeout=60_000)
    page.wait_for_url(lambda url: "step=2" in url)


def test_show_me_everything_opens_this_state_in_the_laboratory(page: Page, server: str) -> None:
    opened(page, f"{server}/lesson?lesson=2&step=3&guess=a")
    page.locator("[data-part=everything]").click()
    page.wait_for_url(lambda url: "/laboratory" in url, timeout=60_000)
    page.locator(".dv[data-ready=yes]").wait_for(timeout=60_000)
    link = link_of(page)
    assert (link["pic"], link["o"]) == ("sparse", "2") and "lesson" not in link


def test_a_lesson_of_the_app_fills_its_window_and_no_more(page: Page, server: str) -> None:
    opened(page, f"{server}/lesson?lesson=2&step=2")
    expect(page.locator(".dvl-do")).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    main = page.get_by_test_id("stMain")
    for height in (700, 768):
        page.set_viewport_size({"width": 1366, "height": height})
        assert main.evaluate("(main) => [main.scrollHeight, main.clientHeight]") == [height] * 2


def test_the_price_of_a_repair_is_seen_on_the_whole_picture_after_the_guess(
    page: Page, taught: Path
) -> None:
    opened(page, f"{taught.as_uri()}#lesson=10&step=4&guess=nms~nobody")
    key, stage = page.locator(".dvl-key"), page.locator("[data-part=stage]")
    shot = "(canvas) => canvas.toDataURL()"
    expect(key).to_contain_text("the second head's boxes")
    expect(key).not_to_contain_text("lost")
    asked = stage.evaluate(shot)
    page.locator(".dvl-number").fill("1")
    page.locator(".dvl-do").click()
    expect(key).to_contain_text("an object lost, with its number")
    expect(page.locator(".dvl-said")).to_contain_text("It is 4.")
    assert stage.evaluate(shot) != asked
    shown = page.evaluate("(dvl) => dvl.__lesson.view", page.locator(".dvl").element_handle())
    assert shown == "repair"


def test_a_line_of_the_plane_is_named_in_the_key_as_it_is_drawn(page: Page, taught: Path) -> None:
    key = page.locator(".dvl-key")
    opened(page, f"{taught.as_uri()}#lesson=3&step=5&guess=up~weight")
    expect(key).to_contain_text("anchors as good as A")
    page.goto("about:blank")
    opened(page, f"{taught.as_uri()}#lesson=7&step=5&guess=lower~weight")
    signs = key.locator("i").evaluate_all("(all) => all.map(({ dataset }) => dataset.mark)")
    assert signs == ["dot", "diamond", "line", "line dotted", "line dashed"]


def test_a_guess_that_is_near_is_called_near_and_no_formula_is_parted_at_a_lines_end(
    page: Page, taught: Path
) -> None:
    opened(page, f"{taught.as_uri()}#lesson=5&step=6&guess=rule~quiet")
    page.locator(".dvl-number").fill("3")
    page.locator(".dvl-do").click()
    expect(page.locator(".dvl-said")).to_contain_text("Close. It is 1.")
    page.goto("about:blank")
    question = opened(page, f"{taught.as_uri()}#lesson=4&step=6&guess=a~square")
    assert "α\u00a0=\u00a00.5" in question.evaluate("(heading) => heading.textContent")


def test_a_link_opens_its_step_in_the_app_and_reload_keeps_it(page: Page, server: str) -> None:
    question = opened(page, f"{server}/lesson?lesson=2&step=3&guess=a")
    expect(question).to_contain_text("B, by")
    expect(page.locator(".dvl-said")).to_have_attribute("data-mark", "wrong")
    page.reload()
    expect(question).to_contain_text("B, by", timeout=60_000)
    assert link_of(page)["guess"] == "a"
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_picture_of_ones_own_takes_the_lessons_place_with_its_own_numbers(
    page: Page, server: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.png"
    Image.fromarray(gallery()["overlapping"]()[0]).save(file)
    page.goto(f"{server}/laboratory")
    page.get_by_test_id("stExpandSidebarButton").click(timeout=60_000)
    page.locator("[data-testid=stSidebar] input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name="Use these detections as truth").click(timeout=60_000)
    page.wait_for_url(lambda url: "pic=file-" in url and "&t=" in url, timeout=60_000)
    page.get_by_role("link", name="Lessons").first.click()
    page.locator("[data-lesson='2']").click(timeout=60_000)
    values = page.locator(".dvl-value")
    expect(values.first).to_have_text(re.compile(r"0\.\d+"), timeout=60_000)
    bundled = values.all_inner_texts()
    mine = page.get_by_role("button", name="With your picture")
    mine.click()
    expect(mine).to_have_attribute("aria-pressed", "true", timeout=60_000)
    own = page.locator(".dvl-question", has_text="Not in this picture").or_(
        page.locator(".dvl-pair")
    )
    expect(own).to_be_visible()
    expect(values).not_to_have_text(bundled)
    page.wait_for_url(lambda url: "own=1" in url, timeout=60_000)
    mine.click()
    expect(mine).to_have_attribute("aria-pressed", "false", timeout=60_000)
    expect(values.first).to_have_text(bundled[0])


def test_a_lesson_finds_an_object_of_another_picture_that_it_can_speak_of(
    page: Page, server: str
) -> None:
    """Lesson 5 is about object 26 of its picture: here are 22, and the first in their order are cut by the edge."""
    question = opened(page, f"{server}/lesson?lesson=5&pic=overlapping&det=pico-cells&own=1")
    expect(question).to_contain_text("Both heads rank by the same rule.", timeout=60_000)
    chosen = "(dvl) => [dvl.__lesson.lesson.object, dvl.__lesson.truth.boxes]"
    number, boxes = page.locator(".dvl").evaluate(chosen)
    image, _ = gallery()["overlapping"]()
    x1, y1, x2, y2 = boxes[number - 1]
    assert 1 < x1 < x2 < image.shape[1] - 1 and 1 < y1 < y2 < image.shape[0] - 1
    opened(page, f"{server}/lesson?lesson=2&step=6&pic=overlapping&det=pico-cells&own=1")
    expect(page.locator(".dvl-pair")).to_be_visible(timeout=60_000)
    objects = "({ __lesson: { lesson } }) => [lesson.object, lesson.steps[5].object]"
    first, other = page.locator(".dvl").evaluate(objects)
    assert first != other, "another object, as the step says"


def test_every_reason_stands_above_the_foot_of_a_projectors_page(page: Page, taught: Path) -> None:
    """The app's frame takes 66 pixels more than the file's: a window so much lower gives the lesson the same room."""
    low = {"width": 1366, "height": 768 - 66}
    page.emulate_media(reduced_motion="reduce")
    hidden = []
    for lesson in LESSONS:
        asked = [step for step in lesson.steps if step.answer]
        guesses = "~".join(wrong_guess(step) for step in asked)
        for place, step in enumerate(lesson.steps, start=1):
            if not step.answer or step in [one for one in asked if lesson.told(one) is not one]:
                continue
            page.goto("about:blank")
            opened(page, f"{taught.as_uri()}#lesson={lesson.id}&step={place}&guess={guesses}", low)
            reason = page.locator(".dvl-reason").bounding_box()
            foot = page.locator(".dvl-right .dvl-foot").bounding_box()
            if reason["y"] + reason["height"] > foot["y"]:
                hidden.append(f"{lesson.id} {step.id}")
    assert hidden == []


def test_a_reason_below_a_small_window_is_brought_into_sight(page: Page, taught: Path) -> None:
    opened(page, f"{taught.as_uri()}#lesson=2&step=3&guess=a", {"width": 1280, "height": 560})
    page.keyboard.press("2")
    reason = page.locator(".dvl-reason").bounding_box()
    foot = page.locator(".dvl-right .dvl-foot").bounding_box()
    assert reason["y"] > 0 and reason["y"] + reason["height"] <= foot["y"] + 1


def test_what_a_lesson_sets_holds_for_its_steps(page: Page, taught: Path) -> None:
    """Lesson 5 shows the ranked places at every step, since it says so once: the key names them, and the diamond has its rank."""
    opened(page, f"{taught.as_uri()}#lesson=5&step=1")
    expect(page.locator(".dvl-key")).to_contain_text("10 places taught for this object")
    expect(page.locator(".dvl-question")).to_contain_text("only 8th with the first")
    assert page.locator(".dv-ladder [data-pick]").inner_text() == "8"


def test_no_picture_answers_before_it_is_asked(page: Page, taught: Path) -> None:
    opened(page, f"{taught.as_uri()}#lesson=10&step=1")
    key = page.locator(".dvl-key")
    expect(key).to_contain_text("an object said again")
    expect(key).not_to_contain_text("the places that drew")
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")
    expect(key).to_contain_text("the places that drew the two boxes")


def test_a_number_is_said_again_beside_what_is_true(page: Page, taught: Path) -> None:
    opened(page, f"{taught.as_uri()}#lesson=12&step=2&guess=7")
    expect(page.locator(".dvl-said").first).to_have_text("Not so:You said 7. There are fewer.")
    expect(page.locator(".dvl-key")).to_contain_text("want the same anchor")
    stage, key = page.locator("[data-part=stage]"), page.locator(".dvl-key")
    low = page.evaluate(
        """() => {
            const live = document.querySelector(".dvl").__lesson;
            return Math.max(...live.truth.boxes.map((box) => box[3])) / live.payload.picture.height;
        }"""
    )
    assert low <= 1 and key.bounding_box()["height"] < 56, "one line: the picture ends above it"
    assert stage.bounding_box()["height"] > 400


def test_the_plane_names_a_and_b_until_the_second_head_has_a_part(page: Page, taught: Path) -> None:
    opened(page, f"{taught.as_uri()}#lesson=3&step=5")
    key = page.locator(".dvl-key")
    expect(key).to_contain_text("anchors as good as the first")
    expect(key).not_to_contain_text("one-to-one")
    letters = page.evaluate(
        "document.querySelector('.dvl').__lesson.letters.map(({ letter }) => letter)"
    )
    assert letters == ["A", "B"]
    page.goto("about:blank")
    opened(page, f"{taught.as_uri()}#lesson=7&step=5")
    expect(key).to_contain_text("the one-to-one choice")
    assert page.evaluate("document.querySelector('.dvl').__lesson.letters") is None


OVER = """() => {
    const lesson = document.querySelector(".dvl");
    const foot = lesson.querySelector(".dvl-right .dvl-foot").getBoundingClientRect();
    const behind = [...lesson.querySelectorAll(".dvl-page *")].filter((each) => {
        const box = each.getBoundingClientRect();
        return each.checkVisibility() && box.height && box.bottom > foot.top + 1;
    });
    return [lesson.scrollHeight - lesson.clientHeight, lesson.scrollWidth - lesson.clientWidth, behind.map((each) => each.textContent)];
}"""


# at once, since what is being done for the hand takes its button away
ANSWER = """() => [...document.querySelectorAll(".dvl-page :is(.dvl-do, [data-answer]):enabled")]
    .find((button) => button.checkVisibility())?.click()"""


@pytest.mark.parametrize(("number", "spoken"), [(2, "en"), (4, "en"), (8, "zh_CN"), (11, "en")])
def test_a_presenter_sees_every_page_whole_and_a_clicker_goes_through_it(
    page: Page, tmp_path: Path, number: int, spoken: str
) -> None:
    lesson = LESSONS[number - 1]
    path = tmp_path / "lesson.html"
    with speaking(spoken):
        path.write_text(lessons_html([lesson], "cpu"), encoding="utf-8")
    opened(page, f"{path.as_uri()}#lesson={number}&step=1", {"width": 1280, "height": 720})
    page.keyboard.press("p")
    seen, turns = set(), set()
    for _ in range(4 * len(lesson.steps)):
        page.evaluate("() => new Promise((done) => setTimeout(done, 120))")
        state = page.evaluate("document.querySelector('.dvl').__lesson.way.step")
        turns.add((state, page.locator(".dvl-page").get_attribute("data-turn")))
        assert page.evaluate(OVER) == [0, 0, []], (state, turns)
        seen.add(state)
        if page.locator(".dvl-wait:not(:empty)").count():
            if page.locator(".dvl-number").count():
                page.locator(".dvl-number").fill("2")
            page.evaluate(ANSWER)
            page.evaluate("() => new Promise((done) => setTimeout(done, 120))")
            assert page.evaluate(OVER) == [0, 0, []], (state, "answered")
        if state == len(lesson.steps) - 1:
            break
        page.keyboard.press("PageDown")
    pages = {index for index, step in enumerate(lesson.steps) if step.kind != "why"}
    assert seen >= pages - {len(lesson.steps) - 1}
    whys = [index for index, step in enumerate(lesson.steps) if step.kind == "why"]
    told = [index - 1 for index in whys if lesson.steps[index - 1].kind == "tell"]
    assert {(index, turn) for index in told for turn in ("0", "1")} <= turns
    page.keyboard.press("PageUp")
    expect(page.locator(".dvl")).to_have_attribute("data-presenting", "")
