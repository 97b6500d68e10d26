"""What the loss teaches, for papers and slides: both heads' pushes over the picture, cell by cell, and the loss as a sum.

Blue is pushed up, red down, as on the page; positives keep the form of their head.
"""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from dualviz.charts.drawn.pushes import LAYERS, close_view, layer_values, table_of
from dualviz.charts.drawn.words import check_object, settings_line, three
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import HEAD_NAMES, LIGHT, desaturated
from dualviz.charts.print.marks import (
    COLOUR,
    HEAT,
    MARKER,
    PUSH,
    draw_points,
    draw_truth,
    head_key,
    show_picture,
)
from dualviz.charts.print.sheet import Sheet
from dualviz.detector.cells import grids
from dualviz.detector.network import HEADS
from dualviz.study.targets import PARTS, Targets
from dualviz.trace import DualTrace
from dualviz.words import _


def targets_figure(
    traced: DualTrace,
    targets: dict[str, Targets],
    g: int | None = None,
    *,
    layer: str = "push",
    level: int | None = None,
    label: int | None = None,
    picture: str = "",
    detector: str = "",
    page: Page = COLUMN,
) -> Figure:
    """One layer of both heads side by side, and below each the parts of its loss.

    Args:
        traced: both heads on a picture.
        targets: from `dualviz.study.targets.head_targets`, by head.
        g: object to look at closely; None for the whole picture.
        layer: a key of `dualviz.charts.drawn.pushes.LAYERS`.
        level: index of one level; None: all, where the value farthest from 0 is shown.
        label: one class; None for the value farthest from 0.
        picture, detector: names for the caption.
        page: one of `PAGES`.
    """
    check_object(traced, g)
    if layer not in LAYERS:
        raise ValueError(f"layer must be one of {', '.join(LAYERS)}, got {layer!r}")
    line, gap = page.line(), 0.6 * page.line()
    seen = _("all levels") if level is None else grids(traced.prediction)[level].name
    of = _("strongest of all classes") if label is None else traced.class_names[label]
    caption = f"{settings_line(traced, g, picture, detector)} · {seen} · {of}"
    x, y = (
        close_view(traced, g)
        if g is not None
        else ([0, traced.image.shape[1]], [0, traced.image.shape[0]])
    )
    ratio, wide = (y[1] - y[0]) / (x[1] - x[0]), (page.inner - gap) / 2
    beside = 0.72 * page.inner  # where a slide has its words
    below = 1.6 * line if page.height else 7.6 * line
    headline = _("{name}: {meaning}", name=LAYERS[layer], meaning=_meaning(layer))
    sheet = Sheet(page, headline, caption, wide * ratio + 1.2 * line + below)
    if page.height:
        wide = min((beside - 2 * gap) / 2, (sheet.height - 1.2 * line - below) / ratio)
    values = {head: layer_values(targets, head, layer, label) for head in HEADS}
    most = max(float(np.abs(v).max(initial=0)) for v in values.values()) or 1.0
    for index, head in enumerate(HEADS):
        left = index * (wide + gap)
        sheet.words(left, 0, HEAD_NAMES[head], bold=True, colour=COLOUR[head])
        place = (left, 1.2 * line, wide, wide * ratio)
        _panel(sheet, traced, targets[head], head, values[head], most, layer, level, (x, y), place)
        column, top = (left, 1.5 * line + wide * ratio)
        if page.height:
            column, top = beside, 1.2 * line + 7.5 * index * line
        own = targets[head]
        total = three(float(own.loss.total))
        words = _("{head} loss {value}", head=HEAD_NAMES[head], value=total)
        sheet.words(column, top, words, bold=True, colour=COLOUR[head])
        for number, (part, value) in enumerate(own.parts.items(), 1):
            words = f"{three(value)}  {PARTS[part]}"
            sheet.words(column, top + 1.15 * number * line, words, size=0.9)
    keys = [
        head_key(head, _("{head}: positive", head=HEAD_NAMES[head]), page.unit) for head in HEADS
    ]
    sheet.legend(0, 1.2 * line + wide * ratio + below - 1.2 * line, keys, 2)
    return sheet.figure


def _meaning(layer: str) -> str:
    return {
        "push": _("blue is pushed up, red down"),
        "bce": _("what each anchor still has to learn"),
        "target": _("what each anchor is told to score"),
        "opposed": _("one-to-many up, one-to-one down"),
    }[layer]


def _panel(sheet, traced, own, head, values, most, layer, level, view, place) -> None:
    unit, (x, y) = sheet.page.unit, view
    axes = sheet.axes(*place)
    show_picture(axes, desaturated(traced.image), (x[0], y[0], x[1], y[1]))
    table, base = table_of(grids(traced.prediction), values, level)
    row, column = np.nonzero(table)
    corner = np.stack((column, row), -1) * base.cell + base.origin
    left, top = corner.T
    right, bottom = (corner + base.cell).T
    shapes = np.stack((left, top, right, top, right, bottom, left, bottom), -1).reshape(-1, 4, 2)
    signed = layer in ("push", "opposed")
    cells = PolyCollection(
        shapes,
        array=table[row, column],
        cmap=PUSH if signed else HEAT,
        clim=(-most if signed else 0, most),
        linewidths=0,
        zorder=1,
        gid="cells",
    )
    axes.add_collection(cells, autolim=False)
    draw_truth(axes, traced.truth.boxes.numpy().reshape(-1, 4), 0.4 * unit)
    points = traced.anchor_points[own.positive].double().numpy()
    size = (2.6 if head == "one2many" else 4.2) * unit
    form = {"marker": MARKER[head], "casing": 0.15 * unit, "hollow": True}
    draw_points(axes, points, COLOUR[head], size, gid=f"{head} positives", **form)
    if signed and not len(points):
        axes.text(
            0.5, 0.04, _("no positive"), transform=axes.transAxes, ha="center", color=LIGHT.soft
        )
