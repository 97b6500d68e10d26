"""What several test files share: the folder of reference data, and one seed for everything random."""

import os
from pathlib import Path

# Before torch is imported: idle threads that spin make every small operation wait on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
import torch

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of training pictures and reference tensors that stands beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(
            "shared/ (reference tensors, training pictures) does not stand beside the checkout"
        )
    return SHARED


@pytest.fixture(autouse=True)
def _one_seed() -> None:
    torch.manual_seed(0)
