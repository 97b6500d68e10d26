"""The camera of the static site: both heads see picture after picture, the hand freezes one, and the camera ends when it should."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from dualviz.detector.catalogue import available
from dualviz.pictures.scenes import Scene, render

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
SIZE = 416, 312
SHOWN = """() => {
  const { lab, truth } = document.querySelector(".dv").__lab;
  return { id: lab.payload.id, object: lab.object, boxes: truth.boxes, from: truth.from ?? null, name: lab.payload.name };
}"""
MOVES = """(id) => {
  const { payload, object } = document.querySelector(".dv").__lab.lab;
  return payload.id.startsWith("live") && payload.id !== id && object >= 0;
}"""
WATCHED = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
globalThis.tracks = [];
navigator.mediaDevices.getUserMedia = async (asked) => {
  const stream = await open(asked);
  tracks.push(...stream.getTracks());
  return stream;
};
"""


@pytest.fixture(scope="module")
def filmed(launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera wanders slowly over a smear."""
    wide, high = SIZE
    smear, _truth = render(Scene(red_cells=24, white_cells=2, seed=3, width=wide + 40, height=high))
    ways = [*range(40), *range(40, 0, -1)]
    frames = [np.ascontiguousarray(smear[:, x : x + wide, ::-1]) for x in ways]
    film = tmp_path_factory.mktemp("film") / "smear.mjpeg"
    film.write_bytes(b"".join(cv2.imencode(".jpg", one)[1].tobytes() for one in frames))
    browser = launch(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    yield browser
    browser.close()


@pytest.fixture
def live(filmed: Browser, seeing_site: str) -> Iterator[Page]:
    """The laboratory with the camera on, as soon as it shows an object."""
    context = filmed.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(WATCHED)
    page.goto(f"{seeing_site}/laboratory.html")
    page.locator(".dv[data-ready=yes]").wait_for(timeout=60_000)
    page.get_by_role("button", name="Camera", exact=True).click()
    page.wait_for_function(MOVES, arg="", timeout=90_000)
    yield page
    context.close()
    assert faults == []


def shown(page: Page) -> dict:
    return page.evaluate(SHOWN)


def ended(page: Page) -> bool:
    return page.evaluate(
        "tracks.length > 0 && tracks.every(({ readyState }) => readyState === 'ended')"
    )


def test_the_picture_moves_its_object_is_followed_and_no_alignment_is_told(live: Page) -> None:
    status = live.locator(".dvx-bar [role=status]")
    expect(status).to_contain_text("the one-to-one head's own output, followed from picture to")
    expect(live.locator("[data-part=pace]")).to_contain_text("pictures/s")
    expect(live.locator("[data-part=key-truth]")).to_have_text("own output")
    first = shown(live)
    assert first["from"] == "one2one" and first["name"] == "camera"
    live.wait_for_function(MOVES, arg=first["id"])
    live.get_by_role("tab", name="Order").click()
    expect(live.locator("[data-sym=topk] b").first).to_have_text("—")
    expect(live.locator("[data-sym=spearman] b")).not_to_have_text("—")


def test_the_space_bar_freezes_and_goes_on(live: Page) -> None:
    live.locator("h1").first.evaluate("() => document.activeElement.blur()")
    live.keyboard.press("Space")
    expect(live.get_by_role("button", name="Go on (Space)")).to_be_visible()
    live.wait_for_function(
        "() => !document.querySelector('.dv').__lab.lab.payload.id.startsWith('live')"
    )
    frozen = shown(live)
    live.wait_for_timeout(400)
    assert shown(live) == frozen and frozen["from"] == "one2one"
    assert "t=" not in live.url.split("#")[-1]
    live.keyboard.press("Space")
    live.wait_for_function(MOVES, arg=frozen["id"])


def test_a_frozen_picture_leaves_with_its_page(live: Page, tmp_path: Path) -> None:
    live.get_by_role("button", name="Freeze (Space)").click()
    live.get_by_role("button", name="Go on (Space)").wait_for()
    live.wait_for_function(
        "() => !document.querySelector('.dv').__lab.lab.payload.id.startsWith('live')"
    )
    frozen = shown(live)
    live.locator(".dv-more").click()
    with live.expect_download() as coming:
        live.get_by_role("button", name="This laboratory as one HTML file").click()
    coming.value.save_as(tmp_path / "page.html")
    asked: list[str] = []
    live.on("request", lambda request: asked.append(request.url))
    live.goto((tmp_path / "page.html").as_uri())
    live.locator(".dv[data-ready=yes]").wait_for()
    assert shown(live) == frozen
    assert all(url.startswith(("file:", "blob:", "data:")) for url in asked)
    expect(live.locator(".dvx-bar [role=status]")).to_contain_text("flatters that head")


def test_a_drawn_box_follows_and_is_the_only_object(live: Page) -> None:
    live.locator("[data-part=stage]").focus()
    live.keyboard.press("e")
    live.evaluate(
        """() => {
          const { lab } = document.querySelector(".dv").__lab;
          const { boxes, labels } = lab.history.present;
          lab.edit({ boxes: [...boxes, [150, 120, 210, 180]], labels: [...labels, 0] }, boxes.length);
        }"""
    )
    status = live.locator(".dvx-bar [role=status]")
    expect(status).to_contain_text("it follows what lay in it by its pixels")
    live.wait_for_function(
        """() => {
          const { truth } = document.querySelector(".dv").__lab;
          return truth.boxes.length === 1 && Math.abs(truth.boxes[0][0] - 150) > 4 && Math.abs(truth.boxes[0][1] - 120) <= 3;
        }"""
    )
    live.get_by_role("tab", name="Order").click()
    expect(live.locator("[data-sym=topk] b").first).not_to_have_text("—")


@pytest.mark.parametrize("leaves", ["button", "picture", "page"])
def test_the_camera_ends_when_it_is_left(live: Page, leaves: str) -> None:
    assert not ended(live)
    if leaves == "button":
        live.get_by_role("button", name="Close the camera").click()
        expect(live.get_by_role("button", name="Camera", exact=True)).to_be_visible()
    elif leaves == "picture":
        live.get_by_role("combobox", name="Picture").select_option("sparse pico-cells")
        expect(live.locator(".dv")).to_contain_text("of 14")
    else:
        live.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert ended(live)


def test_a_machine_without_a_camera_says_so(page: Page, seeing_site: str) -> None:
    page.goto(f"{seeing_site}/laboratory.html")
    page.locator(".dv[data-ready=yes]").wait_for(timeout=60_000)
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.locator(".dvx-bar [role=status]")).to_contain_text("no camera that the page")
    expect(page.get_by_role("button", name="Camera", exact=True)).to_be_visible()


REFUSED = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"
INSECURE = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
FRAME = """<iframe style="width:1200px;height:800px" allow="camera 'none'" src="laboratory.html"></iframe>"""


@pytest.mark.parametrize(
    ("script", "framed", "sentence"),
    [
        (REFUSED, False, "was not allowed: allow it in the browser"),
        (INSECURE, False, "only to pages that come over https"),
        ("", True, "in a frame of another one"),
    ],
    ids=["refused", "insecure", "framed"],
)
def test_a_camera_that_is_refused_is_explained_in_a_sentence(
    page: Page, seeing_site: str, script: str, framed: bool, sentence: str
) -> None:
    if script:
        page.add_init_script(script)
    if framed:
        page.route(
            "**/frame.html", lambda route: route.fulfill(body=FRAME, content_type="text/html")
        )
    page.goto(f"{seeing_site}/{'frame' if framed else 'laboratory'}.html")
    inside = page.frame_locator("iframe") if framed else page
    inside.locator(".dv[data-ready=yes]").wait_for(timeout=60_000)
    inside.get_by_role("button", name="Camera", exact=True).click()
    expect(inside.locator(".dvx-bar [role=status]")).to_contain_text(sentence)
