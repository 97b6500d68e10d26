"""Where every anchor stands: an anchor is a cell of one level, and heat is painted cell by cell, never interpolated.

In goes the detector's `DualPrediction`; out come the grids of its levels in picture pixels, an anchor's name such as
"P4 (12, 9)", and one value per anchor laid out as cells.
"""

import math
from dataclasses import dataclass

import numpy as np

from dualviz.detector import DualPrediction


@dataclass(frozen=True)
class Grid:
    """One level: its anchors stand row by row from `first`.

    Attributes:
        name: P3, P4, …: the power of two of the stride.
        stride: network pixels a cell.
        first: index of its first anchor.
        columns, rows: cells.
        cell: picture pixels a cell, the same in width and height.
        origin: (x, y) of the first cell's corner in picture pixels; the letterbox may put it outside the picture.
    """

    name: str
    stride: int
    first: int
    columns: int
    rows: int
    cell: float
    origin: tuple[float, float]


def grids(prediction: DualPrediction) -> list[Grid]:
    """The levels of a prediction, finest first."""
    height, width = prediction.network_size_hw
    points, pixel = prediction.anchor_points.double().numpy(), prediction.pixel_scale
    levels: list[Grid] = []
    first = 0
    for stride in prediction.strides:
        columns, rows = width // stride, height // stride
        (x, y), cell = points[first], stride * pixel
        name = f"P{round(math.log2(stride))}"
        corner = float(x - cell / 2), float(y - cell / 2)
        levels.append(Grid(name, stride, first, columns, rows, cell, corner))
        first += columns * rows
    return levels


def cell_of(levels: list[Grid], anchor: int) -> tuple[str, int, int]:
    """Level name, column and row of an anchor."""
    grid = next(grid for grid in reversed(levels) if anchor >= grid.first)
    row, column = divmod(anchor - grid.first, grid.columns)
    return grid.name, column, row


def heat_cells(
    levels: list[Grid], values: np.ndarray, level: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """One value per anchor as cells to paint.

    Args:
        levels: from `grids`.
        values: float (A,), NaN where an anchor has none.
        level: which level; None: all, where a cell of the finest grid shows the largest value that covers it.

    Returns:
        boxes (N, 4): the cells that have a value, xyxy in picture pixels; values (N,).
    """
    base = levels[level or 0]
    table = np.full((base.rows, base.columns), np.nan)
    for index, grid in enumerate(levels):
        if level is not None and index != level:
            continue
        own = values[grid.first : grid.first + grid.rows * grid.columns]
        fold = grid.stride // base.stride
        table = np.fmax(table, own.reshape(grid.rows, grid.columns).repeat(fold, 0).repeat(fold, 1))
    row, column = np.nonzero(~np.isnan(table))
    corner = np.stack((column, row), -1) * base.cell + base.origin
    return np.concatenate((corner, corner + base.cell), -1), table[row, column]
