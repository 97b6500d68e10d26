"""Claims about the laboratory's maths in a real Chromium: the same cases, the same judge as in node."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lab_reference import CASES, differences, make_case, traced

CHECKOUT = Path(__file__).resolve().parents[2]


class Silent(SimpleHTTPRequestHandler):
    """Serves the checkout and writes no log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def answers(chromium: Any) -> Iterator[list[dict]]:
    """What Chromium makes of all the cases."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=CHECKOUT))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = chromium.new_page()
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/tests/lab_cases.js")
        script = """async (cases) => {
            const { runCases } = await import("/tests/lab_cases.js");
            return JSON.stringify(runCases(cases));
        }"""
        yield json.loads(page.evaluate(script, [make_case(seed).sent() for seed in CASES]))
    finally:
        page.close()
        server.shutdown()


@pytest.mark.browser
@pytest.mark.parametrize("seed", CASES)
def test_chromium_equals_python_on_random_and_degenerate_cases(
    seed: int, answers: list[dict]
) -> None:
    differences(make_case(seed), traced(seed), answers[seed])
