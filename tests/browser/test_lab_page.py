"""Claims about the laboratory under a hand: a real Chromium, a real mouse and keyboard, on its stand-alone page."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from opened_lab import SIZE, Laboratory, page_text
from PIL import Image

from dualviz import MADE_BY
from dualviz.charts.palette import CIVIDIS
from dualviz.exports.about import PAPER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lab") / "laboratory.html"
    path.write_text(page_text(), encoding="utf-8")
    return path


@pytest.fixture
def laboratory(chromium: Any, file: Path) -> Iterator[Laboratory]:
    opened = Laboratory(chromium, file)
    yield opened
    opened.close()


def test_it_opens_on_an_object_and_says_what_is_to_be_seen(laboratory: Laboratory) -> None:
    assert laboratory.look("h.state.object") >= 0
    assert laboratory.look("[h.state.knobs.locked, h.state.knobs.r, h.state.knobs.shared]") == [
        True,
        1,
        False,
    ]
    headline = laboratory.page.get_by_role("heading", level=2).first
    assert re.search("one-to-one head’s only choice|Both heads", headline.inner_text())
    rungs = laboratory.page.locator(".dv-ladder button:visible")
    assert rungs.count() == laboratory.look(
        "h.result.each[h.result.object].heads[0].pickCount + (h.result.selected.rankOfPick > 10)"
    )
    for symbol in "αβrk":
        assert laboratory.slider(symbol).count() == 1
    assert [
        url for url in laboratory.requests if not url.startswith(("file:", "blob:", "data:"))
    ] == []


def test_dragging_alpha_changes_the_picks_before_the_hand_lets_go(laboratory: Laboratory) -> None:
    laboratory.page.keyboard.press("f")
    laboratory.wait("h.releases === 1")  # of the formula's button
    before, m = laboratory.picks(), laboratory.page.locator(".dv-num-m").first.inner_text()
    releases = laboratory.look("h.releases")
    laboratory.drag("α", 1.0)
    assert laboratory.picks() != before
    assert laboratory.page.locator(".dv-num-m").first.inner_text() != m
    assert laboratory.look("h.releases") == releases  # nothing is told while the hand holds
    laboratory.page.mouse.up()
    laboratory.wait(f"h.releases === {releases + 1}")


def test_yolo26s_rules_are_chosen_by_name_live_and_travel_in_the_link(
    chromium: Any, file: Path, laboratory: Laboratory
) -> None:
    """Seven are selected and at most one is kept, also while α is dragged; the picture says whose rules hold."""
    page = laboratory.page
    seven = "JSON.stringify(h.result.each.map((e) => [...e.heads[1].picks.subarray(0, e.heads[1].pickCount)]))"
    kept = "h.result.each.map((e) => e.heads[1].keptCount + e.heads[1].gainedCount)"
    assert page.locator("[data-part=rules]").is_hidden()
    page.get_by_role("button", name="More").click()
    page.get_by_text("YOLO26", exact=True).click()
    laboratory.wait("h.result.rules.keep === 1")
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Rules: YOLO26").is_visible()
    before = laboratory.look(seven)
    assert max(map(len, json.loads(before))) == 7 and max(laboratory.look(kept)) == 1
    laboratory.drag("α", 1.0)
    assert laboratory.look(seven) != before and max(laboratory.look(kept)) == 1
    page.mouse.up()
    laboratory.wait("location.hash.includes('mode=yolo26') && location.hash.includes('a=')")
    again = Laboratory(chromium, file, page.url[page.url.index("#") :])
    assert again.look(seven) == laboratory.look(seven)
    again.close()
    laboratory.look("h.lab.edit({ boxes: [[1, 1, 3.5, 3.5]], labels: [0] }, 0)")
    laboratory.wait("h.result.objects === 1 && h.result.selected.n > 0")
    assert laboratory.look("h.result.each[0].area") == [-5.75, -5.75, 10.25, 10.25]
    page.keyboard.press("d")
    laboratory.wait("h.result.knobs.mode === 'code' && h.result.selected.n === 0")


def test_under_the_lock_r_moves_values_and_not_one_rank(laboratory: Laboratory) -> None:
    ranks = "JSON.stringify(h.result.selected.heads.map((one) => [...one.rank.subarray(0, h.result.selected.n)]))"
    before, picks = laboratory.look(ranks), laboratory.picks()
    m = laboratory.look("h.result.selected.heads[1].maxM")
    laboratory.drag("r", 0.9)
    laboratory.page.mouse.up()
    assert laboratory.picks() == picks
    assert laboratory.look(ranks) == before
    assert laboratory.look("h.result.selected.heads[1].maxM") != pytest.approx(m)
    assert "no rank did" in laboratory.page.locator("[data-part=headline]").inner_text()
    laboratory.page.get_by_role("tab", name="Order").click()
    assert "no rank did" in laboratory.page.locator("[data-part=order-headline]").inner_text()
    assert "ranks cannot" in laboratory.page.locator("[data-part=law]").inner_text()


def test_unlocked_the_one_to_one_head_goes_its_own_way(laboratory: Laboratory) -> None:
    before = laboratory.picks()
    laboratory.page.get_by_role("button", name="More").click()
    laboratory.page.locator("[data-do=lock]").click()
    assert (
        laboratory.picks() == before
    )  # opening the lock moves nothing: α′ and β′ start where they were
    laboratory.page.get_by_role("slider", name="one-to-one β′").fill("0.01")
    laboratory.page.get_by_role("slider", name="one-to-one α′").fill("3")
    after = laboratory.picks()
    assert [mine[1:] for mine in after] == [mine[1:] for mine in before]
    assert [mine[0] for mine in after] != [mine[0] for mine in before]


def test_shared_predictions_under_the_lock_agree_in_every_rank(laboratory: Laboratory) -> None:
    laboratory.page.get_by_text("shared", exact=True).click()
    laboratory.page.get_by_role("tab", name="Order").click()
    laboratory.settle()
    selected = "h.result.selected"
    assert laboratory.look(
        f"[{selected}.spearman, {selected}.kendall, {selected}.rankOfPick]"
    ) == pytest.approx([1, 1, 1])
    assert laboratory.page.locator(".dv-badge[data-ok=true]").count() == 3


def test_a_drawn_box_has_candidates_at_once_and_undo_takes_it_back(laboratory: Laboratory) -> None:
    page = laboratory.page
    page.keyboard.press("z")
    page.keyboard.press("e")
    laboratory.settle()
    page.mouse.move(*laboratory.at(10, 130))
    page.mouse.down()
    page.mouse.move(*laboratory.at(60, 180), steps=6)
    laboratory.settle()
    assert laboratory.look("h.result.objects") == 4  # while it is drawn
    assert laboratory.look("h.result.selected.n") > 0
    page.mouse.up()
    laboratory.wait("h.truth.boxes.length === 4")
    corners = laboratory.look("h.truth.boxes[3]")
    assert corners == pytest.approx([10, 130, 60, 180], abs=1.5)
    first = laboratory.look("h.truth.boxes[3][0]")
    page.mouse.move(*laboratory.at(35, 155))
    page.mouse.down()
    page.mouse.move(*laboratory.at(45, 155), steps=3)
    page.mouse.up()
    laboratory.wait("h.truth.boxes[3][0] > 15")
    page.get_by_label("Class of the box").select_option(label="bar")
    laboratory.wait("h.truth.labels[3] === 2")
    for _ in range(2):
        page.get_by_role("button", name="Undo").click()
    laboratory.wait(f"h.truth.boxes[3][0] === {first}")
    page.get_by_role("button", name="Undo").click()
    laboratory.wait("h.truth.boxes.length === 3")


def test_detections_become_truth_in_one_click(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "empty.html"
    path.write_text(page_text(([], [])), encoding="utf-8")
    opened = Laboratory(chromium, path)
    invite = opened.page.locator("[data-part=invite]")
    assert "Draw a box" in invite.inner_text()
    invite.get_by_text("Use these detections").click()
    opened.wait("h.truth.boxes.length > 0 && h.result.selected")
    assert invite.is_hidden()
    opened.close()


def test_everything_can_be_done_by_keyboard(laboratory: Laboratory) -> None:
    page = laboratory.page
    first = laboratory.look("h.state.object")
    page.keyboard.press("n")
    laboratory.wait(f"h.state.object === {(first + 1) % 3}")
    laboratory.slider("α").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    laboratory.wait("h.state.knobs.alpha === 0.65")
    page.keyboard.press("k")
    laboratory.wait("!h.state.knobs.locked")
    page.keyboard.press("4")
    laboratory.wait("h.state.view.level === '1'")
    page.keyboard.press("h")
    laboratory.wait("h.state.view.head === 'one2one'")
    page.keyboard.press("l")
    laboratory.wait("h.state.view.layer === 'p'")
    page.keyboard.press(".")
    laboratory.wait("h.state.view.step === 'targets'")
    page.locator("canvas[data-part=stage]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    laboratory.wait("h.state.view.pin >= 0")
    page.keyboard.press("Escape")
    laboratory.wait("h.state.view.pin === -1")
    page.keyboard.press("x")
    laboratory.wait("h.state.knobs.alpha === 0.5 && h.state.knobs.locked")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    live = page.locator("[data-part=live]")
    laboratory.page.wait_for_function(
        "() => /object \\d of 3/.test(document.querySelector('[data-part=live]').textContent)"
    )
    assert "cell (" in live.text_content()


PUSHES = """(() => {
    const { payload } = h.lab, { result } = h, column = payload.columnOf(result.each[result.object].label);
    return result.heads.map(({ owner, target, predictions }) => Array.from(owner, (g, a) =>
        payload.heads[predictions].scores[3 * a + column] - (g >= 0 && result.each[g].label === result.each[result.object].label ? target[a] : 0)));
})()"""
BLUENESS = """((anchor) => {
    const { canvas, frames: [frame] } = h.views().stage, { anchorPoints, level, levels } = h.lab.payload;
    const ratio = canvas.width / canvas.getBoundingClientRect().width, half = levels[level[anchor]].cell[0] / 2;
    const corner = [0, 1].map((c) => (anchorPoints[2 * anchor + c] - half - [frame.x0, frame.y0][c]) * frame.scale * ratio);
    const side = 2 * half * frame.scale * ratio;
    const pixels = canvas.getContext("2d").getImageData(corner[0] + frame.left * ratio, corner[1], side, side).data;
    let blue = 0;
    for (let i = 0; i < pixels.length; i += 4) blue += pixels[i + 2] - pixels[i];
    return blue / (pixels.length / 4);
})"""


def test_what_the_loss_teaches_is_painted_and_said_while_alpha_is_dragged(
    chromium: Any, file: Path, laboratory: Laboratory
) -> None:
    page = laboratory.page
    laboratory.look(
        "h.lab.setView({ step: 'candidates', level: '0', log: true, zoom: false, formula: true })"
    )
    page.get_by_role("button", name="More").click()
    page.get_by_role("group", name="Layer").get_by_text("push", exact=True).click()
    laboratory.wait("h.state.view.layer === 'g'")
    laboratory.settle()
    scale = page.locator("[data-part=scale]")
    many, one = laboratory.look(PUSHES)
    most = max(map(abs, many + one))
    assert f"+{most:.3g} down ▽" in scale.inner_text()
    assert "push σ(z) − t of class" in scale.inner_text()
    assert page.get_by_role("radio", name="push").is_checked()
    finest = many[: (SIZE // 8) ** 2]
    up, down = finest.index(min(finest)), finest.index(max(finest))
    assert finest[up] < 0 < finest[down]
    assert laboratory.look(f"{BLUENESS}({up})") > 40, "blue: pushed up"
    assert laboratory.look(f"{BLUENESS}({down})") < -40, "red: pushed down"

    laboratory.look(f"h.lab.inspect({up}, true)")
    laboratory.settle()
    because = page.locator(".dv-because").nth(0)
    assert because.inner_text().startswith("Pushed up by 0.")
    before, releases = because.inner_text(), laboratory.look("h.releases")
    laboratory.drag("k", 0.0)  # a single positive: what was taught is background now
    assert laboratory.look("h.releases") == releases
    taught = laboratory.look(PUSHES)[0][up]
    word = "up" if taught < 0 else "down"
    assert because.inner_text() != before
    assert because.inner_text().startswith(f"Pushed {word} by {abs(taught):.3g}"[:18])
    page.mouse.up()
    page.wait_for_function(
        "() => /pushed (up|down) by/.test(document.querySelector('[data-part=live]').textContent)"
    )
    laboratory.wait("location.hash.includes('layer.g')")
    link = page.url[page.url.index("#") :]
    page.locator("canvas[data-part=stage]").focus()
    for layer in ("none", "m", "p", "u", "s", "t", "b"):
        page.keyboard.press("l")
        laboratory.wait(f"h.state.view.layer === '{layer}'")
    laboratory.settle()
    assert "max BCE" in scale.inner_text()
    assert page.get_by_role("radio", name="BCE").is_checked()
    again = Laboratory(chromium, file, link)
    assert again.look("h.state.view.layer") == "g"
    again.close()


def test_stage_plane_and_table_point_at_the_same_anchor(laboratory: Laboratory) -> None:
    laboratory.page.get_by_role("button", name="More").click()
    laboratory.page.get_by_role("button", name="Table of candidates").click()
    row = laboratory.page.locator("tr[data-anchor]").nth(1)
    row.scroll_into_view_if_needed()
    row.hover()
    anchor = int(row.get_attribute("data-anchor"))
    laboratory.wait(f"h.state.inspected === {anchor}")
    name, column, line = laboratory.look(
        "Object.values((({name, column, row}) => ({name, column, row}))(h.lab.reading.cell))"
    )
    assert (
        laboratory.page.locator("[data-part=anchor-name]").inner_text()
        == f"Anchor {name} ({column}, {line})"
    )
    x, y = laboratory.look(
        f"[...h.lab.payload.anchorPoints.subarray({2 * anchor}, {2 * anchor + 2})]"
    )
    laboratory.page.locator("canvas[data-part=stage]").scroll_into_view_if_needed()
    laboratory.page.mouse.move(1, 1)
    level = laboratory.look(f"h.lab.payload.level[{anchor}]")
    laboratory.page.keyboard.press(str(3 + level))
    laboratory.settle()
    laboratory.page.mouse.click(*laboratory.at(x, y))
    laboratory.wait(f"h.state.view.pin === {anchor}")
    assert laboratory.page.locator("tr[aria-current=true]").get_attribute("data-anchor") == str(
        anchor
    )


def test_the_table_sorts_and_says_so(laboratory: Laboratory) -> None:
    laboratory.look("h.lab.setView({ table: true })")
    head = laboratory.page.get_by_role("columnheader", name="CIoU", exact=True)
    head.get_by_role("button").click()
    laboratory.settle()
    assert head.get_attribute("aria-sort") == "descending"
    shown = laboratory.page.locator(
        "tr[data-anchor]:not([hidden]) td:nth-child(8)"
    ).all_inner_texts()
    values = [float(text.replace("e-", "e-")) for text in shown]
    assert values == sorted(values, reverse=True)


def test_the_link_brings_the_same_laboratory_back(
    chromium: Any, file: Path, laboratory: Laboratory
) -> None:
    page = laboratory.page
    laboratory.slider("β").fill("2.5")
    laboratory.slider("β").dispatch_event("change")
    page.keyboard.press("e")
    page.locator("canvas[data-part=stage]").focus()
    page.keyboard.press("ArrowRight")
    laboratory.wait("location.hash.includes('t=') && location.hash.includes('b=2.5')")
    want = laboratory.look("h.state")
    again = Laboratory(chromium, file, page.url[page.url.index("#") :])
    got = again.look("h.state")
    assert {name: got[name] for name in ("knobs", "truth", "object", "view")} == {
        name: want[name] for name in ("knobs", "truth", "object", "view")
    }
    again.close()


def test_a_phone_shows_picture_and_dock_at_once_and_a_touch_opens_a_slider(
    chromium: Any, file: Path
) -> None:
    phone = Laboratory(chromium, file, viewport={"width": 390, "height": 844}, has_touch=True)
    stage = phone.page.locator("canvas[data-part=stage]").bounding_box()
    dock = phone.page.get_by_role("button", name="α 0.50")
    assert abs(stage["x"]) < 1 and stage["width"] >= 389
    place = dock.bounding_box()
    assert stage["y"] + stage["height"] < place["y"] and place["y"] + place["height"] <= 844
    assert place["height"] >= 44
    assert phone.slider("α").is_hidden()
    dock.tap()
    phone.slider("α").fill("0.8")
    phone.wait("h.state.knobs.alpha === 0.8")
    phone.page.get_by_role("button", name="α 0.80").tap()
    assert phone.slider("α").is_hidden()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.page.touchscreen.tap(stage["x"] + stage["width"] * 0.45, stage["y"] + 60)
    phone.wait("h.state.view.pin >= 0 || h.state.object >= 0")
    phone.close()


def test_dark_theme_colours_page_and_canvases(chromium: Any, file: Path) -> None:
    dark = Laboratory(chromium, file, color_scheme="dark")
    assert dark.page.locator(".dv").get_attribute("data-theme") == "dark"
    assert dark.look("[h.lab.ink.many, h.lab.ink.one]") == ["#56B4E9", "#E69F00"]
    dark.page.emulate_media(color_scheme="light")
    dark.wait("h.lab.ink.many === '#0072B2'")
    dark.close()


def test_a_slider_moves_by_its_own_steps_and_grows_to_what_is_typed(laboratory: Laboratory) -> None:
    slider = laboratory.slider("α")
    slider.focus()
    for key, alpha in (("ArrowRight", 0.55), ("Shift+ArrowRight", 0.56), ("ArrowLeft", 0.51)):
        slider.press(key)
        laboratory.wait(f"h.state.knobs.alpha === {alpha} && h.result.knobs.alpha === {alpha}")
    assert slider.get_attribute("max") == "3"
    number = laboratory.page.get_by_label("exact value of α", exact=True)
    number.fill("7.5")
    number.press("Enter")
    laboratory.wait("h.result.knobs.alpha === 7.5")
    assert (slider.get_attribute("max"), slider.input_value()) == ("7.5", "7.5")
    number.fill("99")
    number.press("Enter")
    laboratory.wait("h.result.knobs.alpha === 20")
    assert (number.input_value(), slider.input_value()) == ("20.00", "20")


def test_pictures_and_candidates_can_be_taken_away(laboratory: Laboratory) -> None:
    page = laboratory.page
    page.get_by_role("button", name="More").click()
    for what, ending in (("stage", ".png"), ("plane", ".png"), ("csv", ".csv")):
        with page.expect_download() as taken:
            page.locator(f"[data-take={what}]").click()
        data = Path(taken.value.path()).read_bytes()
        assert taken.value.suggested_filename.endswith(ending)
        if ending == ".csv":
            assert data.startswith(b"# boxes.png")
            assert b"\n# truth: of the picture\n" in data and b"\n# network input: " in data
            continue
        with Image.open(io.BytesIO(data)) as image:
            told, pixels = image.text, np.asarray(image.convert("RGB")).reshape(-1, 3)
        assert told["Software"] == MADE_BY and PAPER in told["Description"]
        assert "\nnetwork input: " in told["Description"]
        assert re.search(r"boxes\.png · made up · object \d of 3 \(\w+\)", told["Description"])
        if what == "stage":
            best = laboratory.look("h.result.selected.heads[0].maxM")
            scale = re.search(r"Heat: fit m, all levels: 0 … (\S+)", told["Description"])
            assert scale and float(scale[1]) == pytest.approx(best, rel=0.01)
            for end in (CIVIDIS[:6], CIVIDIS[-6:]):  # both ends of the scale are there to be seen
                wanted = np.frombuffer(bytes.fromhex(end), np.uint8)
                assert (np.abs(pixels.astype(int) - wanted).max(1) <= 6).sum() > 40


def test_playing_the_steps_walks_from_candidates_to_targets(laboratory: Laboratory) -> None:
    words = laboratory.page.locator("[data-part=step-words]")
    laboratory.page.get_by_role("button", name="More").click()
    laboratory.page.locator("[data-do=play]").click()
    laboratory.wait("h.state.view.step === 'candidates' && h.state.view.layer === 's'")
    assert "s = 1" in words.inner_text()
    laboratory.page.locator("[data-do=play]").click()
    for step in ("metric", "topk", "conflicts", "targets"):
        laboratory.page.locator("[data-do=step-on]").click()
        laboratory.wait(f"h.state.view.step === {json.dumps(step)}")


def test_an_object_without_anchors_gets_words(laboratory: Laboratory) -> None:
    laboratory.look("h.lab.edit({ boxes: [[1, 1, 3.5, 3.5]], labels: [0] }, 0)")
    laboratory.wait("h.result.objects === 1")
    assert "no anchor inside" in laboratory.page.locator("[data-part=object]").inner_text()
    headline = laboratory.page.locator("[data-part=headline]")
    assert "smaller than a cell" in headline.inner_text()
    laboratory.look("h.lab.setView({ panel: 'plane', table: true })")
    laboratory.settle()
    assert "No candidate" in laboratory.page.locator("[data-part=plane-words]").inner_text()
    assert laboratory.page.locator("tr[data-anchor]:visible").count() == 0
