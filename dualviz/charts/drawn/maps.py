"""The α–β map as both pictures draw it: which values its colours span."""

import numpy as np

# The colours of a map always span at least this much, so that a nearly flat one looks flat.
FLAT = 0.2


def colour_range(values: np.ndarray) -> tuple[float, float]:
    """Least and greatest value of the colours: those of the map, or a little around a flat one."""
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    spare = max(0.0, FLAT - (high - low)) / 2
    return low - spare, high + spare
