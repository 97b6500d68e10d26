"""The static site in a real browser: alive from a server and from a disk, offline after a visit, the network in the page."""

import hashlib
import io
import json
import shutil
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from dualviz.commands import main
from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.pictures.scenes import gallery
from dualviz.pictures.truth import Truth
from dualviz.study.calibration import advised_confidence

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available(), reason="no weights are bundled"),
]
READ = """() => {
  const { payload, engine } = document.querySelector(".dv").__lab.lab;
  const plain = ({ boxes, scores }) => ({ boxes: Array.from(boxes), scores: Array.from(scores) });
  return { heads: payload.heads.map(plain), points: Array.from(payload.anchorPoints), name: payload.name };
}"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("plain")
    assert main(["site", "--plain", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def address(plain: Path, handed_out) -> str:
    return handed_out(plain)


def laboratory(page: Page, place: str) -> None:
    page.goto(place)
    page.locator(".dv[data-ready=yes]").wait_for(timeout=60_000)


def test_links_of_the_app_open_the_same_state_and_no_other_host_is_asked(
    page: Page, address: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    laboratory(page, f"{address}/laboratory.html?pic=crowded&a=0.9&o=3")
    assert page.get_by_role("combobox", name="Picture").input_value() == "crowded pico-cells"
    assert page.evaluate("document.querySelector('.dv').__lab.state.knobs.alpha") == 0.9
    page.get_by_role("combobox", name="Picture").select_option("sparse pico-cells")
    expect(page.locator(".dv")).to_contain_text("of 14")
    page.get_by_role("link", name="Detections").click()
    page.locator(".dvd").wait_for()
    for name in ("index", "lessons", "evidence", "zh_CN/lessons"):
        page.goto(f"{address}/{name}.html")
        expect(page.locator("h1").first).to_be_visible()
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()


EXERCISE = {
    "pic": "crowded",
    "det": "pico-cells",
    "a": "0.9",
    "o": "3",
    "only": "alpha.k",
    "title": "Two neighbours",
    "note": "Turn α up to 2.",
}


def test_an_exercise_link_opens_with_its_words_its_object_and_only_its_knobs(
    page: Page, address: str
) -> None:
    laboratory(page, f"{address}/laboratory.html?{urlencode(EXERCISE)}")
    expect(page.locator(".dvx-exercise")).to_contain_text("Two neighbours Turn α up to 2.")
    subject = load_subject("crowded")
    expect(page.locator(".dv")).to_contain_text(f"object 4 of {len(subject)}")  # as in the app
    assert page.locator("[data-knob]:visible").evaluate_all(
        "(knobs) => knobs.map(({ dataset }) => dataset.knob)"
    ) == ["alpha", "k"]
    assert dict(parse_qsl(page.url.partition("#")[2])) == EXERCISE
    page.get_by_role("button", name="Show me everything").click()
    expect(page.locator("[data-knob=beta]")).to_be_visible()
    page.get_by_role("button", name="Close the exercise").click()
    expect(page.locator(".dvx-exercise")).to_be_hidden()
    assert set(parse_qsl(page.url.partition("#")[2])) == set(list(EXERCISE.items())[:4])


def load_subject(name: str) -> Truth:
    _image, truth = gallery()[name]()
    return truth.taught


def test_a_link_of_the_detections_opens_its_filters_and_tab_in_its_language(
    page: Page, address: str
) -> None:
    link = {"conf": "0.5", "iou": "0.3", "dv": "step.4~tab.steps", "lang": "zh_CN"}
    page.goto(f"{address}/detections.html?{urlencode({'pic': 'crowded', **link})}")
    page.locator(".dvd[data-ready=yes]").wait_for(timeout=60_000)
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    state = page.evaluate("document.querySelector('.dvd').__detections.state")
    assert (state["settings"]["conf"], state["settings"]["iou"]) == (0.5, 0.3)
    assert (state["view"]["step"], state["view"]["tab"]) == (4, "steps")
    page.goto(f"{address}/detections.html?pic=crowded")
    page.locator(".dvd[data-ready=yes]").wait_for(timeout=60_000)
    conf = page.evaluate("document.querySelector('.dvd').__detections.state.settings.conf")
    assert conf == advised_confidence("pico-cells"), "the app begins there too"


def test_what_a_link_asks_for_and_the_site_has_not_is_said(page: Page, address: str) -> None:
    laboratory(page, f"{address}/laboratory.html?pic=file.0123&o=2&net=640&truth=none")
    status = page.locator(".dvx-bar [role=status]")
    expect(status).to_contain_text("a picture that this site does not have (file.0123)")
    expect(status).to_contain_text("640 px")
    assert page.evaluate("document.querySelector('.dv').__lab.state.object") == -1
    laboratory(page, f"{address}/laboratory.html?pic=sparse&o=2")
    expect(status).to_be_empty()


def test_a_lesson_s_link_opens_its_step_and_another_one_opens_in_the_same_tab(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/lessons.html?lesson=2&step=3&title=For+today")
    page.locator(".dvl[data-ready=yes]").wait_for(timeout=60_000)
    expect(page.locator(".dvx-exercise")).to_contain_text("For today")
    assert "lesson=2" in page.url and "step=3" in page.url
    page.evaluate("location.hash = '#lesson=4'")  # as a link that differs only there
    page.wait_for_function(
        "() => document.querySelector('.dvl')?.__lesson?.lesson?.id === 4", timeout=60_000
    )


def test_the_link_is_copied_and_its_code_can_be_photographed(page: Page, address: str) -> None:
    page.goto(f"{address}/evidence.html")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_label("Link to this page, as it stands")).to_have_value(page.url)
    expect(page.locator(".dvx-share")).to_contain_text("Only this computer knows this address")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".dvx-share")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


LEAST_TYPE = """async () => {
  await Promise.all([...document.images].map((image) => image.decode()));
  return Promise.all([...document.images].map(async (image) => {
    const figure = await (await fetch(image.currentSrc)).text();
    const points = Math.min(...Array.from(figure.matchAll(/font-size: ([\\d.]+)px/g), ([, size]) => Number(size)));
    return (points * image.clientWidth) / Number(/viewBox="0 0 ([\\d.]+)/.exec(figure)[1]);
  }));
}"""


@pytest.mark.parametrize("width", [390, 700, 900, 1366])
def test_the_words_of_the_evidence_figures_can_be_read_on_every_screen(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{address}/evidence.html")
    pixels = page.evaluate(LEAST_TYPE)
    assert len(pixels) == 4 and min(pixels) > 8.6, pixels  # 6.5 points
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def published(site: Path, name: str) -> None:
    """A new version in which one file differs, as `write_site` would put it there."""
    before = (site / name).read_bytes()
    (site / name).write_bytes(before + b"\n")
    old, new = (hashlib.sha256(data).hexdigest() for data in (before, before + b"\n"))
    worker = (site / "service.js").read_text(encoding="utf-8")
    assert old in worker
    (site / "service.js").write_text(worker.replace(old, new), encoding="utf-8")


CACHES = "() => caches.keys()"
PICTURE = "() => fetch('data/sparse-pico-cells.js').then((answer) => answer.text())"


def test_a_page_never_sees_files_of_two_versions(
    chromium: Browser, plain: Path, tmp_path: Path, handed_out
) -> None:
    site = tmp_path / "site"
    shutil.copytree(plain, site)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{handed_out(site)}/laboratory.html")
    page.wait_for_function("() => navigator.serviceWorker.controller", timeout=60_000)
    (first,) = page.evaluate(CACHES)
    before = page.evaluate(PICTURE)
    published(site, "data/sparse-pico-cells.js")
    page.evaluate(
        "() => navigator.serviceWorker.ready.then((registration) => registration.update())"
    )
    page.wait_for_function(
        "() => navigator.serviceWorker.ready.then(({ waiting }) => waiting)", timeout=60_000
    )
    assert page.evaluate(PICTURE) == before, "the open page keeps its own version"
    page.reload()
    page.wait_for_function(
        f"() => caches.keys().then((names) => names.length === 1 && names[0] !== {first!r})",
        timeout=60_000,
    )
    page.locator(".dv[data-ready=yes]").wait_for(timeout=60_000)
    page.wait_for_function(
        f"(wanted) => ({PICTURE})().then((text) => text === wanted)", arg=before + "\n"
    )
    context.close()


def test_a_file_that_belongs_to_another_version_is_refused(
    chromium: Browser, plain: Path, tmp_path: Path, handed_out
) -> None:
    site = tmp_path / "site"
    shutil.copytree(plain, site)
    worker = (site / "service.js").read_text(encoding="utf-8")
    known = {f"models/{name}.onnx": hashlib.sha256(b"mine").hexdigest() for name in ("a", "b")}
    listed = json.dumps(known).removesuffix("}")
    (site / "service.js").write_text(worker.replace("FILES = {", f"FILES = {listed}, ", 1))
    (site / "models").mkdir()
    (site / "models" / "a.onnx").write_bytes(b"mine")
    (site / "models" / "b.onnx").write_bytes(b"of a newer version")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{handed_out(site)}/index.html")
    page.wait_for_function("() => navigator.serviceWorker.controller", timeout=60_000)
    kept = "() => caches.keys().then(([name]) => caches.open(name)).then((it) => it.keys()).then((all) => all.map(({ url }) => url))"
    assert not [url for url in page.evaluate(kept) if "/models/" in url], "nobody has asked yet"
    ask = "(name) => fetch(`models/${name}.onnx`).then(({ status }) => status)"
    assert [page.evaluate(ask, name) for name in ("a", "b")] == [200, 409]
    context.close()


def test_a_lesson_s_picture_is_loaded_with_the_lesson_that_shows_it(
    chromium: Browser, address: str
) -> None:
    page = chromium.new_context(service_workers="block").new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/lessons.html")
    page.locator(".dvl[data-ready=yes] [data-lesson]").first.wait_for()
    assert sum("/data/" in url for url in asked) == 1
    for lesson in range(1, page.locator("[data-lesson]").count() + 1):
        page.locator(f"[data-lesson='{lesson}']").click()
        expect(page.locator("[data-part=page]")).to_be_visible()
        page.locator("[data-do=list]").click()
    pictures = [url for url in asked if "/data/" in url]
    assert len(pictures) == len(set(pictures)) > 1
    page.context.close()


def test_from_a_disk_everything_but_the_detector_works(page: Page, plain: Path) -> None:
    page.goto((plain / "index.html").as_uri())
    expect(page.locator("[data-words=free]")).to_have_text("14 boxes")
    expect(page.locator("[data-door=lesson]")).to_contain_text("12 min for the first three")
    expect(page.locator("[data-door=teach]")).to_be_hidden()
    laboratory(page, (plain / "laboratory.html").as_uri())
    expect(page.locator(".dvx-bar [role=status]")).to_contain_text("Opened from a disk")
    page.get_by_role("combobox", name="Picture").select_option("crowded pico-cells")
    expect(page.locator(".dvx-bar select").first).to_have_value("crowded pico-cells")


def test_after_one_visit_it_works_without_a_network(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/index.html")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function(
        "() => caches.keys().then((names) => caches.open(names[0])).then((kept) => kept.keys()).then((keys) => keys.length > 15)"
    )
    context.set_offline(True)
    laboratory(page, f"{address}/laboratory.html")
    page.get_by_role("combobox", name="Picture").select_option("overlapping pico-cells")
    expect(page.locator(".dvx-bar select").first).to_have_value("overlapping pico-cells")
    context.close()


def test_on_a_phone_nothing_is_wider_than_the_page(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("index", "lessons", "laboratory", "detections", "evidence"):
        page.goto(f"{address}/{name}.html")
        page.wait_for_timeout(500)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{name} is {wide} px wide"


def test_the_network_in_the_page_says_what_python_s_says(
    page: Page, seeing_site: str, tmp_path: Path
) -> None:
    detector = load_detector("pico-cells", "cpu")
    image, _truth = gallery()["overlapping"]()
    mine = np.ascontiguousarray(image[::-1, ::-1])
    Image.fromarray(mine).save(tmp_path / "mine.png")
    wanted = detector.predict(mine)
    laboratory(page, f"{seeing_site}/laboratory.html")
    page.set_input_files(".dvx-bar input[type=file]", tmp_path / "mine.png")
    status = page.locator(".dvx-bar [role=status]")
    expect(status).to_contain_text("nothing left it", timeout=90_000)
    page.wait_for_function(
        "() => document.querySelector('.dv').__lab.lab.payload.name === 'mine.png'"
    )
    said = page.evaluate(READ)
    points = np.array(said["points"]).reshape(-1, 2)
    np.testing.assert_allclose(points, wanted.anchor_points.numpy(), atol=1e-4)
    for head, name in zip(said["heads"], ("one2many", "one2one")):
        own = getattr(wanted, name)
        scores = np.array(head["scores"]).reshape(own.scores.shape)
        boxes = np.array(head["boxes"]).reshape(-1, 4)
        assert np.abs(scores - own.scores.numpy()).max() < 1e-4
        assert np.abs(boxes - own.boxes.numpy()).max() < 0.05


def test_a_detector_that_was_asked_for_works_without_a_network_too(
    chromium: Browser, seeing_site: str
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    laboratory(page, f"{seeing_site}/laboratory.html")
    page.wait_for_function("() => navigator.serviceWorker.controller", timeout=60_000)
    status = page.locator(".dvx-bar [role=status]")
    for offline in (False, True):
        context.set_offline(offline)
        laboratory(page, f"{seeing_site}/laboratory.html")
        page.set_input_files(".dvx-bar input[type=file]", smear("sparse"))
        expect(status).to_contain_text("nothing left it", timeout=90_000)
    context.close()


def smear(name: str) -> dict:
    """A picture of the gallery as the file of a user."""
    image, _truth = gallery()[name]()
    packed = io.BytesIO()
    Image.fromarray(image).save(packed, "PNG")
    return {"name": "mine.png", "mimeType": "image/png", "buffer": packed.getvalue()}


IMITATION = """
Object.defineProperty(navigator, "gpu", { value: { requestAdapter: async () => ({ info: {}, limits: {}, features: new Set(),
  requestDevice: async () => { throw new Error("no device"); } }), getPreferredCanvasFormat: () => "rgba8unorm" } });
"""


@pytest.mark.parametrize("graphics", ["", IMITATION], ids=["none", "fails"])
def test_without_a_graphics_processor_that_works_the_processor_does(
    chromium: Browser, seeing_site: str, graphics: str
) -> None:
    asked: list[str] = []
    context = chromium.new_context(service_workers="block")  # it would answer before the route
    page = context.new_page()

    def with_graphics(route) -> None:
        body = graphics + route.fetch().text()
        route.fulfill(body=body, content_type="text/javascript")

    page.route("**/worker.js", with_graphics)
    context.on("request", lambda request: asked.append(request.url))
    laboratory(page, f"{seeing_site}/laboratory.html")
    page.set_input_files(".dvx-bar input[type=file]", smear("sparse"))
    status = page.locator(".dvx-bar [role=status]")
    expect(status).to_contain_text("(processor, WASM)", timeout=90_000)
    tried = any("asyncify" in url for url in asked)
    assert tried == bool(graphics)
    context.close()
