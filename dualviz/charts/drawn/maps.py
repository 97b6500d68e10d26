"""The α–β map as both pictures draw it: which values its colours span."""

import numpy as np

# The colours of a map always span at least this much, so that a nearly flat one looks flat.
FLAT = 0.2
SHARES = ("top1", "top5")  # measures that are shares of the objects


def colour_range(values: np.ndarray, measure: str = "gap") -> tuple[float, float]:
    """Least and greatest value of the colours: 0 to 1 for a share, else those of the map, or a little around a flat one.

    A correlation's range ends at 1.
    """
    known = values[~np.isnan(values)]
    if measure in SHARES or not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    spare = max(0.0, FLAT - (high - low)) / 2
    low, high = low - spare, high + spare
    over = max(0.0, high - 1) if measure == "spearman" else 0.0
    return low - over, high - over
