"""Arrays that a test compares with, from their file."""

from pathlib import Path

import numpy as np


def arrays(file: Path) -> dict[str, np.ndarray]:
    """All arrays of an .npz file, which is closed again."""
    with np.load(file) as stored:
        return dict(stored)
