"""The static site against its budgets, in headless Chromium over a server on this machine.

Write a site first, then run `python tests/bench/bench_site.py FOLDER`. The limits, on two cores with nothing else to do: 1.5 s
until a page answers to the hand, 300 kB compressed before that (the picture apart, 200 kB), 200 ms from lesson to lesson,
2.5 s for the first picture of one's own with nothing in the cache, 8 pictures of the camera a second with pico-photos.
"""

import argparse
import functools
import gzip
import http.server
import os
import re
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dualviz.pictures.scenes import Scene, gallery, render

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
READY = {
    "index": "document.querySelector('[data-words=free]')?.textContent",
    "laboratory": "document.querySelector('.dv[data-ready=yes]')",
    "detections": "document.querySelector('.dvd[data-ready=yes]')",
    "lessons": "document.querySelector('.dvl[data-ready=yes] [data-lesson]')",
}
WATCH = """globalThis.readyAt = new Promise((resolve) => {
  const look = () => ((() => { try { return %s; } catch { return null; } })() ? resolve(performance.now()) : requestAnimationFrame(look));
  look();
});"""
TURN = """async (id) => {
  document.querySelector("[data-do=list]").click();
  const title = document.querySelector("[data-part=title]");
  const before = title.textContent;
  const began = performance.now();
  document.querySelector(`[data-lesson="${id}"]`).click();
  while (title.textContent === before) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
FIRST = """() => new Promise((resolve) => {
  const status = document.querySelector(".dvx-bar [role=status]");
  const began = performance.now();
  new MutationObserver(() => status.textContent.includes("ms on this device") && resolve(performance.now() - began))
    .observe(status, { childList: true, characterData: true, subtree: true });
})"""
SECONDS = 8


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


def opened(browser: Browser, address: str, name: str) -> tuple[Page, float, list[str]]:
    """A page in a fresh profile, milliseconds until it answered, and the files asked for until then."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path.lstrip("/")))
    page.add_init_script(WATCH % READY[name])
    page.goto(f"{address}/{name}.html", wait_until="commit")
    ready = page.evaluate("readyAt")
    return page, ready, list(asked)


def film(path: Path) -> None:
    """A camera's picture: a window that wanders over a smear."""
    smear, _truth = render(Scene(red_cells=40, white_cells=2, seed=3, width=480, height=312), 2)
    ways = [*range(0, 128, 2), *range(128, 0, -2)]
    windows = [np.ascontiguousarray(smear[:, x : x + 832, ::-1]) for x in ways]
    frames = [cv2.resize(one, (640, 480), interpolation=cv2.INTER_AREA) for one in windows]
    path.write_bytes(b"".join(cv2.imencode(".jpg", one)[1].tobytes() for one in frames))


def live(browser: Browser, address: str, picture: str) -> str:
    """What the camera's view says of its pace, and what its page's own thread does for a picture."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(f"{address}/laboratory.html?pic={picture}")
    page.locator(".dv[data-ready=yes]").wait_for()
    page.get_by_role("button", name="Camera", exact=True).click()
    page.locator("[data-part=pace]:not(:empty)").wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    session = browser.new_browser_cdp_session()

    def spent() -> tuple[float, int]:
        """Seconds of processor of all of the browser, and pictures shown."""
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        renders = page.evaluate("document.querySelector('.dv').__lab.renders")
        return sum(one["cpuTime"] for one in processes), renders

    before, said = spent(), []
    for _ in range(4 * SECONDS):
        page.wait_for_timeout(250)
        said.append(page.locator("[data-part=pace]").inner_text())
    after = spent()
    page.context.close()
    shown = after[1] - before[1]
    each = 1000 * (after[0] - before[0]) / max(1, shown)
    heads = min(int(re.search(r"(\d+) ms", words)[1]) for words in said)
    return (
        f"{shown / SECONDS:.1f} pictures/s over {SECONDS} s; both heads {heads} ms at least; a picture costs all of the "
        f"browser {each:.0f} ms of processor, so two cores could do at most {2000 / each:.1f} pictures/s"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://localhost:{server.server_port}"
    print(f"load before: {os.getloadavg()[0]:.1f}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as place:
        film(Path(place) / "film.mjpeg")
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=[
                *FLAGS,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={place}/film.mjpeg",
            ],
        )
        for name in READY:
            page, ready, asked = opened(browser, address, name)
            size = {
                one: len(gzip.compress((folder / one).read_bytes(), 9))
                for one in dict.fromkeys(asked)
                if (folder / one).is_file()
            }
            data = sum(count for one, count in size.items() if one.startswith("data/"))
            rest = sum(size.values()) - data
            print(
                f"{name}: answers after {ready:.0f} ms; {rest / 1e3:.0f} kB compressed and {data / 1e3:.0f} kB of pictures"
            )
            if name == "lessons":
                turns = [page.evaluate(TURN, number) for number in (2, 3, 4, 5, 6, 7, 8)]
                print("lesson to lesson:", ", ".join(f"{turn:.0f}" for turn in turns), "ms")
            page.context.close()
        page, _ready, _asked = opened(browser, address, "laboratory")
        image, _truth = gallery()["sparse"]()
        waiting = page.evaluate_handle(f"() => ({{ done: ({FIRST})() }})")
        packed = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
        page.set_input_files(
            ".dvx-bar input[type=file]",
            {"name": "a.png", "mimeType": "image/png", "buffer": packed},
        )
        print(
            f"first picture of one's own, nothing cached: {waiting.evaluate('(one) => one.done'):.0f} ms"
        )
        page.context.close()
        for picture in ("portrait", "sparse"):
            print(f"camera, the detector of {picture}: {live(browser, address, picture)}")
        browser.close()
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
