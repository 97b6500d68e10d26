"""The laboratory under a real mouse in headless, software-rendered Chromium: time of an update and frames a second.

Run `python tests/bench/bench_lab_page.py`. Drags α for 3 s at 8,400 anchors × 20 objects (each over about 5 % of the
anchors) and at 2,100 × 11, on the stand-alone page. The issue's limits: 8 ms p50, 16 ms p95 and 55 frames a second for
the first, whatever layer is shown, 3 ms p50 for the second, on two cores with nothing else to do.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dualviz import lab
from dualviz.boxes import anchor_grid

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SECONDS = 3.0
READ = """() => {
  const place = (list, share) => [...list].sort((a, b) => a - b)[Math.floor(share * list.length)];
  const { frames } = document.querySelector(".dv").__lab;
  const gaps = window.ticks.slice(1).map((tick, i) => tick - window.ticks[i]);
  return [frames.length, place(frames, 0.5), place(frames, 0.95), 1000 * gaps.length / gaps.reduce((a, b) => a + b)];
}"""


def page_text(size: int, objects: int) -> str:
    """A stand-alone page of a made-up picture: square objects of 22 % of its side, two noisy heads."""
    generator = torch.Generator().manual_seed(1)
    points, level = anchor_grid((size, size), (8, 16, 32))
    half = 0.112 * size
    centres = half + torch.rand(objects, 2, generator=generator) * (size - 2 * half)
    truth = torch.cat((centres - half, centres + half), 1)
    away, near = (points[:, None] - centres).abs().amax(2).min(1)

    def head(noise: float) -> SimpleNamespace:
        wobble = torch.randn(len(points), 4, generator=generator) * noise * half
        score = torch.sigmoid(2 - 4 * away / half + torch.randn(len(points), generator=generator))
        return SimpleNamespace(boxes=truth[near] + wobble, scores=score[:, None].repeat(1, 3))

    heads = SimpleNamespace(
        one2many=head(0.3),
        one2one=head(0.3),
        anchor_points=points,
        level=level,
        strides=(8, 16, 32),
    )
    picture = torch.randint(0, 255, (size, size, 3), generator=generator, dtype=torch.uint8)
    packed = lab.payload(picture.numpy(), heads, ("a", "b", "c"), name="bench", detector="made up")
    return lab.standalone(packed, None, (truth.tolist(), [0] * objects))


def drag(page: Page) -> tuple[float, float, float, float]:
    """Drag α to and fro; returns updates, their p50 and p95 in ms, frames a second."""
    track = page.locator('[data-knob="alpha"] input[type=range]').bounding_box()
    y, left, width = track["y"] + track["height"] / 2, track["x"] + 12, track["width"] - 24
    page.mouse.move(left, y)
    page.mouse.down()
    page.evaluate("""() => {
      document.querySelector(".dv").__lab.frames.length = 0;
      window.ticks = [];
      const tick = (now) => { window.ticks.push(now); requestAnimationFrame(tick); };
      requestAnimationFrame(tick);
    }""")
    start = time.perf_counter()
    while (passed := time.perf_counter() - start) < SECONDS:
        page.mouse.move(left + width * abs(1 - (passed % 1.2) / 0.6), y)
    figures = page.evaluate(READ)
    page.mouse.up()
    return figures


def main() -> None:
    print(f"load before: {os.getloadavg()[0]:.1f}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        for size, objects, layer in (
            (640, 20, "m"),
            (640, 20, "b"),
            (640, 20, "g"),
            (320, 11, "m"),
        ):
            path = Path(folder) / f"{size}.html"
            path.write_text(page_text(size, objects), encoding="utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{path.as_uri()}#v=layer.{layer}")
            page.locator(".dv[data-ready=yes]").wait_for()
            page.wait_for_timeout(500)
            updates, middle, late, rate = drag(page)
            anchors = page.evaluate("document.querySelector('.dv').__lab.lab.payload.anchors")
            print(
                f"{anchors:6} anchors × {objects:2} objects, layer {layer}: update p50 {middle:.1f} ms, p95 {late:.1f} ms "
                f"({updates} updates), {rate:.1f} frames/s"
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
