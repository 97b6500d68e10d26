"""Marks on pictures and planes: boxes, dots, diamonds and crosses, each with a light and a dark casing.

A mark must be seen on a white cell, a black hair and a yellow heat alike, in colour and in grey: so form tells what it
is, colour repeats it, and the casings lift it off whatever lies below.
"""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patheffects import Stroke

from dualviz.charts.palette import (
    LIGHT,
    PLATE_OPACITY,
    PUSH_STOPS,
    desaturated,
    heat_colours,
)
from dualviz.charts.print.sheet import printable

HEAT = ListedColormap(heat_colours(), "dualviz-heat")
PUSH = LinearSegmentedColormap.from_list(
    "dualviz-push",
    [
        (at, (red / 255, green / 255, blue / 255, alpha))
        for at, red, green, blue, alpha in PUSH_STOPS
    ],
)
TRUTH_DASH = (0, (4, 2.2))
LOST_DASH = (0, (1, 1.6))
FALSE_DASH = (0, (1.2, 1.2))
MARKER = {"one2many": "o", "one2one": "D"}
COLOUR = {"one2many": LIGHT.one2many, "one2one": LIGHT.one2one}


def show_picture(
    axes: Axes, image: np.ndarray, view: tuple[float, float, float, float], grey: bool = False
) -> np.ndarray:
    """Show the part (x1, y1, x2, y2) of a picture, in its pixels, nearly `grey` where heat goes over it; returns it."""
    height, width = image.shape[:2]
    x1, y1 = (max(0, math.floor(edge)) for edge in view[:2])
    x2, y2 = min(width, math.ceil(view[2])), min(height, math.ceil(view[3]))
    part = image[y1:y2, x1:x2]
    part = desaturated(part) if grey else part
    axes.imshow(part, extent=(x1, x2, y2, y1), interpolation="hanning", zorder=0)
    axes.set(xlim=(view[0], view[2]), ylim=(view[3], view[1]), facecolor=LIGHT.panel, aspect="auto")
    axes.set(xticks=[], yticks=[])
    return part


def draw_boxes(
    axes: Axes,
    boxes: np.ndarray,
    colour: str,
    width: float,
    dash: tuple | None = None,
    casing: float = 1.0,
    order: float = 3,
    gid: str | None = None,
) -> PolyCollection | None:
    """Outline boxes (N, 4), xyxy; all casings lie below all lines. Returns the lines, None for no boxes."""
    if not len(boxes):
        return None
    corners = _corners(boxes)
    layers = [(LIGHT.halo, width + 1.2 * casing, None), (colour, width, dash)]
    if casing:
        layers.insert(0, (LIGHT.truth, width + 2.2 * casing, None))
    for depth, (ink, line, style) in enumerate(layers):
        drawn = PolyCollection(
            corners,
            facecolors="none",
            edgecolors=ink,
            linewidths=line,
            linestyles=[style or "solid"],
            joinstyle="miter",
            zorder=order + 0.01 * depth,
            alpha=None if depth == len(layers) - 1 else 0.8,
        )
        axes.add_collection(drawn, autolim=False)
    drawn.set_gid(gid)
    return drawn


def draw_heat(axes: Axes, cells: np.ndarray, shares: np.ndarray, seam: float) -> None:
    """Paint cells (N, 4), xyxy, by their share 0..1 of the scale: shapes, so that none is ever interpolated."""
    painted = PolyCollection(
        _corners(cells),
        array=shares,
        cmap=HEAT,
        clim=(0, 1),
        edgecolors=(1, 1, 1, 0.4),
        linewidths=seam,
        zorder=1,
        gid="heat",
    )
    axes.add_collection(painted, autolim=False)


def draw_duplicates(axes: Axes, boxes: np.ndarray, unit: float, order: float) -> None:
    """A double outline in purple."""
    wide = {"casing": 0.25 * unit, "order": order, "gid": "duplicate"}
    draw_boxes(axes, boxes, LIGHT.duplicate, 2.3 * unit, **wide)
    draw_boxes(axes, boxes, LIGHT.halo, 0.8 * unit, casing=0, order=order + 0.1)


def draw_truth(axes: Axes, boxes: np.ndarray, width: float, above: float = 0.1) -> None:
    """Dashed ink on a white halo; the dashes may lie `above` the heads' boxes, so that one that fits hides nothing."""
    draw_boxes(axes, boxes, LIGHT.halo, 2.1 * width, casing=0, order=2.5)
    draw_boxes(axes, boxes, LIGHT.truth, width, TRUTH_DASH, casing=0, order=2.5 + above)


def draw_points(
    axes: Axes,
    points: np.ndarray,
    colour: str | Sequence[str],
    size: float,
    marker: str = "o",
    casing: float = 0.8,
    hollow: bool = False,
    order: float = 5,
    gid: str | None = None,
) -> PathCollection | None:
    """Mark points (N, 2), `size` points across, in one colour or each in its own; None for no points."""
    points = np.asarray(points, float).reshape(-1, 2)
    if not len(points):
        return None
    line = 0.22 * size if hollow else 0.0
    for depth, (ink, more) in enumerate(
        ((LIGHT.truth, 2 * casing), (LIGHT.halo, casing), (colour, 0.0))
    ):
        drawn = axes.scatter(
            *points.T,
            s=(size if hollow else size + 2 * more) ** 2,
            marker=marker,
            facecolors="none" if hollow else ink,
            edgecolors=ink,
            linewidths=line + 2 * more if hollow else 0.0,
            zorder=order + 0.01 * depth,
        )
    drawn.set_gid(gid)
    return drawn


def draw_crosses(axes: Axes, points: np.ndarray, size: float, order: float = 6) -> None:
    """Cross out points (N, 2): what was selected and lost."""
    points = np.asarray(points, float).reshape(-1, 2)
    for ink, line in ((LIGHT.halo, 0.3 * size), (LIGHT.lost, 0.15 * size)):
        axes.scatter(*points.T, size**2, marker="x", color=ink, linewidths=line, zorder=order)


def write_tag(
    axes: Axes, box: np.ndarray, words: str, size: float, plate: str = LIGHT.halo
) -> None:
    """Words on a plate at a box's upper corner, inside the picture."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    above = box[1] - top > 0.06 * (bottom - top)
    backwards = box[0] > (left + right) / 2
    axes.annotate(
        printable(words),
        (min(box[2], right) if backwards else max(box[0], left), max(box[1], top)),
        (0, 0.28 * size if above else -0.28 * size),
        textcoords="offset points",
        size=size,
        ha="right" if backwards else "left",
        va="bottom" if above else "top",
        bbox={"facecolor": plate, "alpha": PLATE_OPACITY, "edgecolor": "none", "pad": 0.14 * size},
        zorder=8,
    )


def duplicate_key(words: str, unit: float) -> Line2D:
    """Legend entry of a duplicate: a double outline."""
    double = [
        Stroke(linewidth=2.3 * unit, foreground=LIGHT.duplicate),
        Stroke(linewidth=0.8 * unit, foreground=LIGHT.halo),
    ]
    return Line2D([], [], color=LIGHT.duplicate, label=words, path_effects=double)


def head_key(head: str, words: str, unit: float) -> Line2D:
    """Legend entry of a head: its words, with line and marker of its form."""
    thick = head == "one2one"
    return Line2D(
        [],
        [],
        color=COLOUR[head],
        marker=MARKER[head],
        linewidth=(1.9 if thick else 0.9) * unit,
        markersize=(5 if thick else 4) * unit,
        markeredgecolor=LIGHT.halo,
        markeredgewidth=0.5 * unit,
        label=words,
    )


def line_key(
    words: str, colour: str, width: float, dash: Sequence | str = "solid", **marker
) -> Line2D:
    """Legend entry of a line."""
    return Line2D([], [], color=colour, linewidth=width, linestyle=dash, label=words, **marker)


def _corners(boxes: np.ndarray) -> np.ndarray:
    x1, y1, x2, y2 = np.asarray(boxes, float).reshape(-1, 4).T
    return np.stack((x1, y1, x2, y1, x2, y2, x1, y2), -1).reshape(-1, 4, 2)
