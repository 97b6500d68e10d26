"""Sets of many classes in the laboratory: `python tests/bench/bench_sizes.py [--app]`.

For 80, 365 and 1,203 classes × 8,400 anchors at 640 px: how large the payload is with 17 objects, how long an update takes
while α is dragged over 30 objects, and what a class costs that is asked for (its scores are packed anew and the page takes
them). With --app also the first sight of YOLOv10-N at 640 px beside a bundled detector's, each on a fresh server, where its
weights lie in DUALVIZ_WEIGHTS. The limits: 0.7 MB, 8 ms at p95, 150 ms, and 1.3 times beside the network's own time. All
is wall time: read it on a machine that does nothing else; the load stands in the first line.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import numpy as np
import torch
from bench_app import FIND, first_sight, served
from bench_lab_page import FLAGS, drag
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dualviz import lab
from dualviz.boxes import anchor_grid
from dualviz.detector import load_detector
from dualviz.pictures.images import letterbox
from dualviz.pictures.photographs import PHOTOGRAPHS
from dualviz.web.session import FEWEST

SIZE = 640
CLASSES = (80, 365, 1203)
PACKED, DRAGGED = 17, 30  # objects
KINDS = 4  # classes in a picture: what COCO's with 17 objects have
SIGHTS = 3


def made_up(classes: int, objects: int) -> tuple[SimpleNamespace, torch.Tensor, torch.Tensor]:
    """Two noisy heads round square objects of 15 % of the side, of four classes; their boxes and labels."""
    generator = torch.Generator().manual_seed(1)
    points, level = anchor_grid((SIZE, SIZE), (8, 16, 32))
    half = 0.075 * SIZE
    centres = half + torch.rand(objects, 2, generator=generator) * (SIZE - 2 * half)
    truth = torch.cat((centres - half, centres + half), 1)
    labels = torch.arange(objects) % KINDS * (classes // KINDS)
    away, near = (points[:, None] - centres).abs().amax(2).min(1)

    def head() -> SimpleNamespace:
        wobble = torch.randn(len(points), 4, generator=generator) * 0.3 * half
        scores = torch.rand(len(points), classes, generator=generator) * 0.01
        own = torch.sigmoid(2 - 4 * away / half + torch.randn(len(points), generator=generator))
        scores[torch.arange(len(points)), labels[near]] = own
        return SimpleNamespace(boxes=truth[near] + wobble, scores=scores)

    heads = SimpleNamespace(
        one2many=head(), one2one=head(), anchor_points=points, level=level, strides=(8, 16, 32)
    )
    return heads, truth, labels


def photograph() -> np.ndarray:
    """Matplotlib's portrait as the network would see it: square, 640 px."""
    picture = letterbox(PHOTOGRAPHS["portrait"].read()[0], SIZE).picture
    square = np.full((SIZE, SIZE, 3), 114, np.uint8)
    square[: picture.shape[0], : picture.shape[1]] = picture
    return square


def carried(heads: SimpleNamespace, labels: torch.Tensor) -> tuple[int, ...]:
    """The classes that the app carries: those of the truth, and the best-scored up to `FEWEST`."""
    best = heads.one2one.scores.amax(0).argsort(descending=True)
    own = {*labels.tolist()}
    return tuple(sorted({*own, *best[: max(0, FEWEST - len(own))].tolist()}))


def payload_report(classes: int) -> None:
    """How large what the page is sent is, and how long one more class takes to be packed."""
    heads, _truth, labels = made_up(classes, PACKED)
    names = [f"class {label}" for label in range(classes)]
    picture, own = photograph(), carried(heads, labels)
    packed = lab.payload(picture, heads, names, own, name="portrait", detector="made up")
    taken = []
    for one in range(5):
        wanted = tuple(sorted({*own, classes - 1 - one}))
        began = time.perf_counter()
        lab.payload(picture, heads, names, wanted)
        taken.append(1e3 * (time.perf_counter() - began))
    print(
        f"{classes:5} classes: payload {len(packed) / 1e6:.2f} MB with {PACKED} objects and {len(own)} classes; "
        f"one more is packed in {median(taken):.0f} ms"
    )


def page_report(browser: Browser, classes: int, folder: Path) -> None:
    """An update while α is dragged, and how long the page takes for a class that it carries."""
    heads, truth, labels = made_up(classes, DRAGGED)
    names = [f"class {label}" for label in range(classes)]
    packed = lab.payload(photograph(), heads, names, carried(heads, labels))
    path = folder / f"{classes}.html"
    text = lab.standalone(packed, None, (truth.tolist(), labels.tolist()))
    path.write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    page.locator(".dv[data-ready=yes]").wait_for()
    page.wait_for_timeout(500)
    updates, middle, late, rate = drag(page)
    relabelled = page.evaluate(
        """async (labels) => {
          const select = document.querySelector("[data-part=label]"), { lab } = document.querySelector(".dv").__lab;
          const taken = [], drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          lab.choose(0);
          await drawn();
          for (const label of labels) {
            select.value = String(label);
            const began = performance.now();
            select.dispatchEvent(new Event("change"));
            await drawn();
            taken.push(performance.now() - began);
            if (lab.history.present.labels[0] !== label) throw new Error(`still of class ${lab.history.present.labels[0]}`);
          }
          return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)];
        }""",
        labels[[1, 2, 3, 0, 1]].tolist(),
    )
    page.close()
    print(
        f"{classes:5} classes: update p50 {middle:.1f} ms, p95 {late:.1f} ms over {DRAGGED} objects ({updates} updates, "
        f"{rate:.0f} frames/s); another class until it is drawn {relabelled:.0f} ms"
    )


def sights(browser: Browser) -> None:
    """The first sight of YOLOv10-N and of a bundled detector, both at 640 px on the same photograph."""
    app = Path(__file__).resolve().parents[2] / "app.py"
    seconds: dict[str, list[float]] = {"pico-photos": [], "yolov10n": []}
    networks = {}
    for name in seconds:
        detector, image = load_detector(name, "cpu"), PHOTOGRAPHS["portrait"].read()[0]
        detector.predict(image, SIZE)
        began = time.perf_counter()
        detector.predict(image, SIZE)
        networks[name] = time.perf_counter() - began
    for _round in range(SIGHTS):
        for name, taken in seconds.items():
            with served(app) as (address, _pid):
                link = f"?pic=portrait&det={name}&net={SIZE}"
                taken.append(
                    first_sight(
                        browser,
                        address,
                        lambda page: page.wait_for_function(FIND, timeout=120_000),
                        link,
                    )
                )
    bundled, genuine = (median(taken) for taken in seconds.values())
    spent = networks["yolov10n"] - networks["pico-photos"]
    print(
        f"first sight: bundled {bundled:.2f} s, YOLOv10-N {genuine:.2f} s, network {spent:.2f} s more; "
        f"without that {(genuine - spent) / bundled:.2f} times"
    )


def main() -> None:
    """Print one line a size, and the first sights where they are asked for."""
    torch.set_num_threads(1)
    print(f"load before: {os.getloadavg()[0]:.1f}")
    for classes in CLASSES:
        payload_report(classes)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        for classes in CLASSES:
            page_report(browser, classes, Path(folder))
        if "--app" in sys.argv:
            sights(browser)
        browser.close()


if __name__ == "__main__":
    main()
