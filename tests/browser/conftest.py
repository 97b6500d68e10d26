"""A real Chromium and a real server for the tests in this folder; skipped with the reason where there is no browser."""

import functools
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def launch():
    """Starts a headless browser, with more flags where they are given."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*FLAGS, *flags]
        )


@pytest.fixture(scope="session")
def chromium(launch):
    """A headless browser for the whole run."""
    browser = launch()
    yield browser
    browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture(scope="session")
def handed_out():
    """Hands a folder out on a port of its own for the rest of the run; gives its address."""
    servers = []

    def start(folder: Path) -> str:
        handler = functools.partial(_Quiet, directory=str(folder))
        servers.append(http.server.ThreadingHTTPServer(("localhost", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://localhost:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def seeing_site(handed_out, tmp_path_factory) -> str:
    """The static site with a detector inside; gives its address."""
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    from dualviz.detector import load_detector
    from dualviz.exports.site import site_pictures, write_site
    from dualviz.exports.site.runtime import runtime_files
    from dualviz.words import UserError

    try:
        runtime = runtime_files()
    except UserError as error:
        pytest.skip(f"the browser's runtime cannot be had: {error}")
    folder = tmp_path_factory.mktemp("seeing")
    write_site(folder, site_pictures(), [load_detector("pico-cells", "cpu")], runtime)
    return handed_out(folder)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app as the README starts it, on a free port, with runs of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    runs = {"DUALVIZ_RUNS": str(tmp_path_factory.mktemp("runs"))}
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"} | runs
    address = f"http://localhost:{port}"
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(240):
                if process.poll() is not None:
                    pytest.fail(f"the server stopped with status {process.returncode}")
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).read()
                    break
                except OSError:
                    time.sleep(0.25)
            yield address
        finally:
            process.kill()  # with a page still open, asking politely takes minutes


@pytest.fixture
def page(chromium):
    """A fresh page that fails its test on an error in the console and on a request to another host."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    fresh = context.new_page()
    faults: list[str] = []
    # Streamlit itself first asks for its health below the page's own path, and goes on with the 404.
    fresh.on(
        "console",
        lambda said: (
            faults.append(said.text) if said.type == "error" and "404" not in said.text else None
        ),
    )
    fresh.on("pageerror", lambda error: faults.append(str(error)))
    fresh.on(
        "request",
        lambda asked: (
            faults.append(f"asked for {asked.url}")
            if not asked.url.startswith(("http://localhost", "file:", "data:", "blob:", "about:"))
            else None
        ),
    )
    yield fresh
    context.close()
    assert faults == []
