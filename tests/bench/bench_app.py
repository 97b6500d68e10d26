"""First sight and reruns of the app beside a bare Streamlit page that imports torch: `python tests/bench/bench_app.py`.

Every round starts both servers afresh and opens each in a new Chromium page, so that imports, loading of weights and the
first prediction count. Then it drags α with a real mouse: frames a second, milliseconds of an update, and the server's
time for the rerun after release.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
BARE = "import streamlit as st\nimport torch\nst.write('ready', torch.__version__)\n"
FIND = """() => [...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('.dv')?.__lab).find((lab) => lab?.result)"""
ROUNDS = 3


@contextmanager
def served(script: Path):
    """A fresh server of a script; gives its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://localhost:{port}", process.pid
    finally:
        process.kill()
        process.wait()


def first_sight(browser, address: str, wait, link: str = "") -> float:
    """Seconds from asking for the laboratory, with a link, to what `wait` waits for."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    began = time.perf_counter()
    page.goto(f"{address}/laboratory{link}")
    wait(page)
    seconds = time.perf_counter() - began
    page.close()
    return seconds


def drag(page: Page) -> dict[str, float]:
    """Drag α for three seconds; what the page's own clock says."""
    slider = page.get_by_role("slider").filter(visible=True).first
    box = slider.bounding_box()
    page.evaluate(
        f"""() => {{
          const lab = ({FIND})();
          window.times = []; window.frames = 0; window.on = true;
          const tick = () => {{ window.frames += 1; window.times.push(lab.lastMs); if (window.on) requestAnimationFrame(tick); }};
          window.began = performance.now(); requestAnimationFrame(tick);
        }}"""
    )
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.1, y)
    page.mouse.down()
    began = time.perf_counter()
    step = 0
    while time.perf_counter() - began < 3:
        step += 1
        page.mouse.move(box["x"] + box["width"] * (0.1 + 0.8 * (step % 200) / 200), y)
    seen = page.evaluate(
        "() => { window.on = false; return { fps: 1000 * window.frames / (performance.now() - window.began), times: window.times }; }"
    )
    page.mouse.up()
    times = sorted(seen["times"])
    return {"fps": seen["fps"], "p50": times[len(times) // 2], "p95": times[int(len(times) * 0.95)]}


def main() -> None:
    """Print medians and the ratio."""
    bare = Path(tempfile.mkdtemp()) / "bare.py"
    bare.write_text(BARE)
    seconds: dict[str, list[float]] = {"bare": [], "app": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        for _ in range(ROUNDS):
            with served(bare) as (address, _pid):
                seconds["bare"].append(
                    first_sight(
                        browser,
                        address,
                        lambda page: page.get_by_text("ready").wait_for(timeout=90_000),
                    )
                )
            with served(ROOT / "app.py") as (address, _pid):
                seconds["app"].append(
                    first_sight(
                        browser, address, lambda page: page.wait_for_function(FIND, timeout=90_000)
                    )
                )
        ours, theirs = median(seconds["app"]), median(seconds["bare"])
        print(
            f"first sight: app {ours:.2f} s, bare page with torch {theirs:.2f} s, ratio {ours / theirs:.2f}"
        )
        with served(ROOT / "app.py") as (address, _pid):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/laboratory")
            page.wait_for_function(FIND, timeout=90_000)
            page.wait_for_timeout(2000)
            seen = drag(page)
            print(
                f"drag: {seen['fps']:.0f} frames/s, update p50 {seen['p50']:.1f} ms, p95 {seen['p95']:.1f} ms"
            )
        browser.close()


if __name__ == "__main__":
    main()
