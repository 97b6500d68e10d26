"""Weights by a rule instead of a file: any code that builds the same network can be given the same numbers."""

import numpy as np
import torch
from torch import Tensor


def seeded(state: dict[str, Tensor], seed: int = 0) -> dict[str, Tensor]:
    """A state dict of these names and shapes, drawn in the order of the names; batch norms do something, heads differ.

    NumPy's old generator promises the same numbers in every version.
    """
    draw = np.random.RandomState(seed)
    filled = {}
    for name in sorted(state):
        shape = tuple(state[name].shape)
        if name.endswith("num_batches_tracked"):
            filled[name] = torch.zeros(shape, dtype=torch.int64)
            continue
        if name.endswith(("bn.weight", "running_var")):
            values = 0.7 + 0.6 * draw.random_sample(shape)
        elif len(shape) < 2:
            values = 0.2 * draw.standard_normal(shape)
        else:
            values = draw.standard_normal(shape) * (1.5 / np.prod(shape[1:])) ** 0.5
        filled[name] = torch.from_numpy(values.astype(np.float32))
    return filled


def picture() -> Tensor:
    """Noise as a batch of one, (1, 3, 64, 96) in 0..1."""
    noise = np.random.RandomState(1).random_sample((1, 3, 64, 96))
    return torch.from_numpy(noise.astype(np.float32))
