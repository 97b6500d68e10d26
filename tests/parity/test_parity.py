"""The chain from picture to loss gives what it gave when it equalled the public code, in a checkout without its tensors."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from arrays import arrays

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("parity_record", HERE / "record.py")
record = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(record)
NEAR = {"boxes": 2e-2, "scores": 2e-4, "targets": 2e-4, "box": 2e-3, "cls": 2e-3, "dfl": 2e-3}


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    return arrays(record.FILE)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_chain_gives_what_was_recorded(
    recorded: dict[str, np.ndarray], dtype: torch.dtype
) -> None:
    now = record.chain(dtype)
    assert now.keys() == recorded.keys()
    for name, values in recorded.items():
        kind = name.split()[1]
        if values.dtype.kind == "f":
            exact = dtype == torch.float64
            near = {"rtol": 1e-5, "atol": 1e-5} if exact else {"rtol": 1e-3, "atol": NEAR[kind]}
            np.testing.assert_allclose(now[name], values, **near, err_msg=name)
        else:
            np.testing.assert_array_equal(now[name], values, err_msg=name)


def test_the_record_holds_what_can_go_wrong(recorded: dict[str, np.ndarray]) -> None:
    """Objects with several candidates, a conflict, heads that differ, and scores that are neither 0 nor 1."""
    assert (recorded["one2many candidates"][:, 1] >= 0).all(), "several candidates an object"
    assert recorded["one2many lost"].any(), "a conflict is settled"
    assert (recorded["one2one candidates"][:, 0] != recorded["one2many candidates"][:, 0]).any()
    scores = recorded["one2many scores"]
    assert ((scores > 0.05) & (scores < 0.95)).mean() > 0.2
    assert np.abs(recorded["one2many boxes"] - recorded["one2one boxes"]).max() > 1
