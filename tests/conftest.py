"""What several test files share: reference data, one seed for everything random, and what a machine lacks said once."""

import os
import sys
from pathlib import Path

# Before torch is imported: idle threads that spin make every small operation wait on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:  # several processes test side by side
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests read English, whatever this machine's user speaks.
os.environ["LANGUAGE"] = "en"

import pytest
import torch

# What a machine may lack: a part of the reason with which tests skip, and how to have them run.
LACKS = {
    "no browser at": "a browser (set CHROMIUM to a Chromium)",
    "node is not": "node (set NODE to it)",
    "shared/": "the folder shared/ beside the checkout",
}
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of training pictures and reference tensors that stands beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(
            "shared/ (reference tensors, training pictures) does not stand beside the checkout"
        )
    return SHARED


# Streamlit's AppTest leaves its script as the main module, which a process spawned later would run.
MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def _one_main() -> None:
    sys.modules["__main__"] = MAIN


@pytest.fixture(autouse=True)
def _no_fetched_weights(tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> None:
    """Whatever official weights this machine's user has fetched."""
    monkeypatch.setenv("DUALVIZ_CACHE", str(tmp_path_factory.getbasetemp() / "no cache"))


@pytest.fixture(autouse=True)
def _one_seed() -> None:
    torch.manual_seed(0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line how many tests were left out for what this machine lacks."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    counts = {words: sum(part in reason for reason in reasons) for part, words in LACKS.items()}
    if lacking := [f"{count} need {words}" for words, count in counts.items() if count]:
        terminalreporter.write_line(f"left out: {'; '.join(lacking)}")
