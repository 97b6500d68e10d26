"""Claims about the laboratory's calm: what is seen at which size, what lies over what, and how far a finger has to go."""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from opened_lab import Laboratory, page_text

pytestmark = pytest.mark.browser
SIZES = {
    "1366": (1366, 768),
    "1440": (1440, 900),
    "1680": (1680, 950),
    "tablet": (820, 1180),
    "phone": (390, 844),
    "phone on its side": (844, 390),
    "200 % zoom": (683, 384),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lab") / "laboratory.html"
    path.write_text(page_text(), encoding="utf-8")
    return path


@pytest.fixture(params=SIZES)
def sized(request: pytest.FixtureRequest, chromium: Any, file: Path) -> Iterator[Laboratory]:
    width, height = SIZES[request.param]
    opened = Laboratory(chromium, file, viewport={"width": width, "height": height})
    opened.size = (width, height)
    yield opened
    opened.close()


@pytest.fixture
def laboratory(chromium: Any, file: Path) -> Iterator[Laboratory]:
    opened = Laboratory(chromium, file, viewport={"width": 1366, "height": 768})
    yield opened
    opened.close()


def covered(box: dict, other: dict) -> bool:
    """Whether two bounding boxes share more than a pixel."""
    wide = min(box["x"] + box["width"], other["x"] + other["width"]) - max(box["x"], other["x"])
    high = min(box["y"] + box["height"], other["y"] + other["height"]) - max(box["y"], other["y"])
    return wide > 1 and high > 1


def object_on_page(opened: Laboratory) -> dict:
    """Where the chosen object's true box stands on the page."""
    x1, y1, x2, y2 = opened.look("h.result.each[h.result.object].box")
    (left, top), (right, bottom) = opened.at(x1, y1), opened.at(x2, y2)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def test_every_object_is_whole_and_nothing_stands_on_it_or_on_the_key(sized: Laboratory) -> None:
    page = sized.page
    for g in range(3):
        sized.look(f"h.lab.choose({g})")
        sized.settle()
        seen, stage = object_on_page(sized), page.locator("[data-part=stage]").bounding_box()
        assert seen["x"] >= stage["x"] and seen["y"] >= stage["y"]
        assert seen["x"] + seen["width"] <= stage["x"] + stage["width"] + 0.5
        assert seen["y"] + seen["height"] <= stage["y"] + stage["height"] + 0.5
        plates = page.locator(".dv-plate:visible")
        for i in range(plates.count()):
            assert not covered(seen, plates.nth(i).bounding_box()), f"object {g + 1}, plate {i}"
    key = page.locator("[data-part=keybar]").bounding_box()
    for name in ("[data-part=controls]", ".dv-side", ".dv-over"):
        assert not covered(key, page.locator(name).bounding_box()), name
    assert not covered(stage, page.locator("[data-part=controls]").bounding_box())


def test_picture_key_knobs_and_reason_show_together_without_scrolling(sized: Laboratory) -> None:
    page, (width, height) = sized.page, sized.size
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wanted = ["[data-part=stage]", "[data-part=keybar]", "[data-part=controls]"]
    for name in [*wanted, "[data-part=headline]"]:
        box = page.locator(name).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height + 1, name
    if width >= 1366:
        stage = page.locator("[data-part=stage]").bounding_box()
        assert 0.45 <= stage["width"] / width <= 0.63


def test_more_lies_over_the_panel_only_and_escape_gives_the_focus_back(sized: Laboratory) -> None:
    page = sized.page
    more = page.get_by_role("button", name="More", exact=True)
    more.focus()
    page.keyboard.press("Enter")
    drawer = page.locator("[data-part=drawer]")
    assert drawer.is_visible() and more.get_attribute("aria-expanded") == "true"
    page.evaluate("window.scrollTo(0, 0)")
    box = drawer.bounding_box()
    for name in ("[data-part=stage]", "[data-part=keybar]"):
        assert not covered(box, page.locator(name).bounding_box()), name
    assert page.evaluate("document.documentElement.scrollWidth") <= sized.size[0]
    page.keyboard.press("Escape")
    assert drawer.is_hidden()
    assert page.evaluate("document.activeElement.dataset.do") == "more"


SMALL = """() => {
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && !e.closest(".dv-hidden, .dv-live, [data-part=skeleton]");
  const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const all = [...document.querySelector(".dv").querySelectorAll("*")].filter(seen);
  const words = all.filter((e) => own(e) && e.tagName !== "OPTION" && e.tagName !== "SUP" && parseFloat(getComputedStyle(e).fontSize) < 12);
  const size = (e) => { const b = (e.closest("label") ?? e).getBoundingClientRect(); return Math.min(b.width, b.height); };
  const marks = all.filter((e) => e.matches("button, select, input, [role=tab]") && !e.matches(".dv-number") && size(e) < 23.5);
  return [words, marks].map((list) => list.map((e) => `${e.tagName} ${e.className} ${e.dataset.do ?? ""} ${e.textContent.slice(0, 20)} ${size(e)}`));
}"""


@pytest.mark.parametrize("size", ["1366", "phone"])
def test_words_can_be_read_and_targets_can_be_hit(chromium: Any, file: Path, size: str) -> None:
    width, height = SIZES[size]
    touch = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
    opened = Laboratory(chromium, file, viewport={"width": width, "height": height}, **touch)
    opened.look("h.lab.setView({ formula: true, table: true })")
    opened.page.keyboard.press("m")
    opened.settle()
    for panel in ("why", "order", "plane", "gap"):
        opened.look(f"h.lab.setView({{ panel: '{panel}' }})")
        opened.settle()
        assert opened.page.evaluate(SMALL) == [[], []], panel
    opened.close()


def test_one_panel_is_seen_at_a_time_and_arrows_walk_the_tabs(laboratory: Laboratory) -> None:
    page = laboratory.page
    tabs = page.get_by_role("tab")
    tabs.first.focus()
    for name in ("Order", "Plane", "Gap", "Why"):
        page.keyboard.press("ArrowRight")
        laboratory.settle()
        assert page.locator("[role=tab][aria-selected=true]").inner_text() == name
        assert page.get_by_role("tabpanel").count() == 1
        assert page.evaluate("document.activeElement.textContent") == name
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_finger_on_picture_or_plane_scrolls_the_page(laboratory: Laboratory) -> None:
    for panel, canvas in (("why", "stage"), ("plane", "plane"), ("order", "ranks"), ("gap", "gap")):
        laboratory.look(f"h.lab.setView({{ panel: '{panel}' }})")
        laboratory.settle()
        touch = laboratory.page.locator(f"canvas[data-part={canvas}]").evaluate(
            "(e) => getComputedStyle(e).touchAction"
        )
        assert touch == "pan-y pinch-zoom", canvas


def test_two_clicks_do_what_a_drag_does(laboratory: Laboratory) -> None:
    page = laboratory.page
    laboratory.look("h.lab.setView({ zoom: false })")
    page.keyboard.press("e")
    laboratory.settle()
    page.mouse.click(*laboratory.at(10, 130))
    assert "opposite corner" in page.locator("[data-part=edit-words]").inner_text()
    page.mouse.click(*laboratory.at(60, 180))
    laboratory.wait("h.truth.boxes.length === 4")
    assert laboratory.look("h.truth.boxes[3]") == pytest.approx([10, 130, 60, 180], abs=1.5)
    before = laboratory.look("h.truth.boxes[3]")
    page.mouse.click(*laboratory.at(35, 155))
    page.mouse.move(*laboratory.at(60, 140))
    laboratory.settle()
    assert laboratory.look("h.result.each[3].box") != before, "it follows the pointer"
    page.keyboard.press("Escape")
    laboratory.settle()
    assert laboratory.look("h.result.each[3].box") == before == laboratory.look("h.truth.boxes[3]")
    page.mouse.click(*laboratory.at(35, 155))
    page.mouse.click(*laboratory.at(45, 145))
    laboratory.wait("h.truth.boxes[3][0] > 15")
    assert laboratory.look("h.truth.boxes[3]") == pytest.approx([20, 120, 70, 170], abs=2)
    page.mouse.click(*laboratory.at(*laboratory.look("h.truth.boxes[3].slice(2)")))
    page.mouse.click(*laboratory.at(90, 185))
    laboratory.wait("h.truth.boxes[3][2] > 80")
    assert laboratory.look("h.truth.boxes[3].slice(2)") == pytest.approx([90, 185], abs=1.5)


def test_cells_far_below_the_best_leave_the_picture_clear(laboratory: Laboratory) -> None:
    laboratory.look("h.lab.setView({ level: '0', step: 'metric', zoom: false })")
    laboratory.settle()
    pixels = """((share) => {
        const { selected } = h.result, { anchorPoints, level } = h.lab.payload, [many] = selected.heads;
        const { canvas, frames: [frame] } = h.views().stage, ratio = canvas.width / canvas.clientWidth;
        const at = [...selected.anchors].filter((a, i) => level[a] === 0 && share(many.m[i] / many.maxM));
        return at.map((a) => {
            const [x, y] = [0, 1].map((c) => (anchorPoints[2 * a + c] - [frame.x0, frame.y0][c]) * frame.scale + [frame.left, frame.top][c]);
            return [...canvas.getContext("2d").getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data];
        });
    })"""
    clear = laboratory.look(f"{pixels}((share) => share < 0.049)")
    lit = laboratory.look(f"{pixels}((share) => share > 0.5)")
    shown = (200, 120, 110)  # the objects' colour
    assert clear and lit
    assert sum(math.dist(pixel[:3], shown) < 12 for pixel in clear) >= 0.7 * len(clear)
    assert all(math.dist(pixel[:3], shown) > 20 for pixel in lit)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_it_is_a_handout(chromium: Any, file: Path, scheme: str) -> None:
    opened = Laboratory(chromium, file, color_scheme=scheme)
    page = opened.page
    page.emulate_media(media="print", color_scheme=scheme)
    opened.wait("h.lab.root.hasAttribute('data-print')")
    assert opened.look("[h.lab.ink.dark, h.lab.ink.background]") == [False, "#ffffff"]
    assert "α 0.50, β 6.00, k 10" in page.locator("[data-part=print-words]").inner_text()
    for name in ("[data-part=controls]", ".dv-tabs", ".dv-foot"):
        assert page.locator(name).is_hidden(), name
    boxes = [
        page.locator(name).bounding_box()
        for name in ("canvas[data-part=stage]", "[data-part=keybar]", "[data-panel=why]")
    ]
    assert not any(covered(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    page.emulate_media(media="screen", color_scheme=scheme)
    opened.wait("!h.lab.root.hasAttribute('data-print')")
    assert opened.look("h.lab.ink.dark") == (scheme == "dark")
    opened.close()


def test_forced_colours_keep_what_is_chosen_apart(chromium: Any, file: Path) -> None:
    opened = Laboratory(chromium, file, forced_colors="active")
    looks = """([...labels]) => labels.map((label) => getComputedStyle(label).backgroundColor)"""
    own, shared = opened.page.locator("[data-seg=shared] label").evaluate_all(looks)
    assert own != shared
    edges = """(list) => list.map((each) => getComputedStyle(each).borderBottomColor)"""
    chosen, *others = opened.page.locator("[role=tab]").evaluate_all(edges)
    assert set(others) == {"rgba(0, 0, 0, 0)"} != {chosen}
    rungs = opened.page.locator(".dv-ladder button:not([aria-current])").evaluate_all(edges)
    assert set(rungs) <= {"rgba(0, 0, 0, 0)", "rgb(0, 114, 178)"}, "no ring but that of the pick"
    opened.close()
