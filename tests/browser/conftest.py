"""A real Chromium and a real server for the tests in this folder; skipped with the reason where there is no browser."""

import os
import socket
import subprocess
import sys
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
def chromium():
    """A headless browser for the whole run."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app as the README starts it, on a free port; gives its address."""
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
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
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
