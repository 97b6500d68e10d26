"""What the loss teaches as both pictures draw it: a layer's value at every anchor, laid out as cells, and the close view."""

import numpy as np

from dualviz.detector.cells import Grid
from dualviz.study.targets import Targets, opposed, strongest
from dualviz.trace import DualTrace
from dualviz.words import Labels

LAYERS = Labels(
    {
        "push": "Push σ(z) − t",
        "bce": "BCE",
        "target": "Soft target t",
        "opposed": "Opposite pushes",
    }
)
PUSH_LEAST = 0.15  # of the largest push: weaker ones carry no triangle
CLOSE = 2.2  # how much wider than its object the close view is


def layer_values(
    targets: dict[str, Targets], head: str, layer: str, label: int | None = None
) -> np.ndarray:
    """One value per anchor, (A,), of a layer; "opposed" keeps the pushes where the two heads pull against each other."""
    own = targets[head]
    if layer == "opposed":
        values = own.gradient * opposed(targets)
    else:
        values = {"push": own.gradient, "bce": own.bce, "target": own.target}[layer]
    return strongest(values, label).numpy()


def table_of(levels: list[Grid], values: np.ndarray, level: int | None) -> tuple[np.ndarray, Grid]:
    """Values (A,) as a table (rows, columns) of one level's grid; of several levels the value farthest from 0 wins."""
    base = levels[level or 0]
    table = np.zeros((base.rows, base.columns))
    for index, grid in enumerate(levels):
        if level is not None and index != level:
            continue
        own = values[grid.first : grid.first + grid.rows * grid.columns]
        fold = grid.stride // base.stride
        own = own.reshape(grid.rows, grid.columns).repeat(fold, 0).repeat(fold, 1)
        table = np.where(np.abs(own) > np.abs(table), own, table)
    return table, base


def close_view(traced: DualTrace, g: int) -> tuple[list[float], list[float]]:
    """The part of the picture, [x1, x2] and [y1, y2], that shows an object among its neighbours in the picture's shape."""
    x1, y1, x2, y2 = traced.truth.boxes[g].tolist()
    height, width = traced.image.shape[:2]
    wide = min(width, CLOSE * max(x2 - x1, (y2 - y1) * width / height))
    high = wide * height / width
    left = min(max((x1 + x2 - wide) / 2, 0), width - wide)
    top = min(max((y1 + y2 - high) / 2, 0), height - high)
    return [left, left + wide], [top, top + high]
