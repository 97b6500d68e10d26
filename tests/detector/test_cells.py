"""Claims about where anchors stand: every anchor is a cell, wherever a letterbox puts it, and heat is painted cell by cell."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_traces import a_prediction

from dualviz.boxes import anchor_grid
from dualviz.detector.cells import cell_of, grids, heat_cells


def test_every_anchor_stands_in_the_middle_of_its_cell() -> None:
    prediction = a_prediction()
    levels = grids(prediction)
    assert [(one.name, one.stride, one.first) for one in levels] == [
        ("P3", 8, 0),
        ("P4", 16, 192),
        ("P5", 32, 240),
    ]
    assert [(one.columns, one.rows) for one in levels] == [(16, 12), (8, 6), (4, 3)]
    seen = set()
    for anchor, point in enumerate(prediction.anchor_points.numpy()):
        name, column, row = cell_of(levels, anchor)
        grid = next(grid for grid in levels if grid.name == name)
        assert 0 <= column < grid.columns and 0 <= row < grid.rows
        middle = np.array((column, row)) * grid.cell + grid.origin + grid.cell / 2
        np.testing.assert_allclose(middle, point)
        seen.add((name, column, row))
    assert len(seen) == 252
    assert cell_of(levels, 17) == ("P3", 1, 1) and cell_of(levels, 251) == ("P5", 3, 2)


@pytest.mark.parametrize(("scale", "left", "top"), [(0.5, 0.0, 6.0), (2.5, 3.0, 0.0)])
def test_cells_keep_their_place_under_a_letterbox(scale: float, left: float, top: float) -> None:
    plain = a_prediction()
    points = (plain.anchor_points - torch.tensor([left, top])) / scale
    for grid in grids(replace(plain, anchor_points=points)):
        assert grid.cell == pytest.approx(grid.stride / scale, rel=1e-5)
        assert grid.origin == pytest.approx((-left / scale, -top / scale), abs=1e-4)
    values = np.full(252, np.nan)
    values[17] = 1.0
    ((x1, y1, x2, y2),), _ = heat_cells(grids(replace(plain, anchor_points=points)), values, 0)
    assert ((x1 + x2) / 2, (y1 + y2) / 2) == pytest.approx(points[17].tolist(), abs=1e-4)


def test_a_level_of_one_column_has_cells_too() -> None:
    points, level = anchor_grid((32, 8), (8,))
    narrow = replace(
        a_prediction(),
        anchor_points=points,
        level=level,
        strides=(8,),
        network_size_hw=(32, 8),
    )
    (grid,) = grids(narrow)
    assert (grid.columns, grid.rows, grid.cell, grid.origin) == (1, 4, 8.0, (0.0, 0.0))


def test_over_all_levels_a_cell_shows_the_largest_value_that_covers_it() -> None:
    levels = grids(a_prediction())
    values = np.full(252, np.nan)
    values[0], values[192], values[240] = 0.2, 0.7, 0.5  # the upper left anchor of P3, P4 and P5
    boxes, shares = heat_cells(levels, values, None)
    assert len(boxes) == 16 and set(np.unique(shares)) == {0.5, 0.7}
    assert shares[(boxes[:, 2] <= 16) & (boxes[:, 3] <= 16)].tolist() == [0.7] * 4
    assert boxes.min() == 0 and boxes.max() == 32


@pytest.mark.parametrize("level", [0, 1, 2])
def test_one_level_shows_its_own_cells_only(level: int) -> None:
    levels = grids(a_prediction())
    values = np.full(252, np.nan)
    values[17], values[201], values[251] = 0.2, 0.7, 0.5
    wanted = [[8, 8, 16, 16], [16, 16, 32, 32], [96, 64, 128, 96]]
    boxes, shares = heat_cells(levels, values, level)
    assert boxes.tolist() == [wanted[level]] and shares.tolist() == [[0.2, 0.7, 0.5][level]]
