"""Rank agreement as a figure: where each candidate stands in both heads' lists, and how far apart they are taught.

Rank against rank on log scales, where the first ten matter; Top-1, 5, 10, ρ and τ in words; and the supervision gap as
one bar between its floor, which no pick can undercut, and its ceiling.
"""

import math

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from dualviz.agreement import TOP_K
from dualviz.charts.drawn.words import (
    agreement_words,
    alignment,
    check_object,
    gap_words,
    headline,
    pick_rank,
    settings_line,
    three,
)
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import LIGHT, RANGE_OPACITY
from dualviz.charts.print.marks import draw_points
from dualviz.charts.print.sheet import Sheet, sheet_lines, text_width
from dualviz.trace import DualTrace
from dualviz.words import _


def ranks_figure(
    trace: DualTrace,
    g: int | None,
    *,
    picture: str = "",
    detector: str = "",
    page: Page = COLUMN,
) -> Figure:
    """Rank against rank, alignment and correlations in words, and the supervision gap as one bar.

    Args:
        trace: both heads on a picture.
        g: index of the object; None for none.
        picture, detector: names for the caption.
        page: one of `PAGES`.
    """
    check_object(trace, g)
    caption, line = settings_line(trace, g, picture, detector), page.line()
    if g is None:
        sheet = Sheet(page, headline(trace, g), caption, 2 * line)
        sheet.words(0, 0, _("Two lists are compared object by object: there is none to compare."))
        return sheet.figure
    left, below = 3.3 * line, 2.9 * line
    if page.height:
        sheet = Sheet(page, headline(trace, g), caption)
        side = sheet.height - below
        beside = left + side + 1.5 * line
        down = _words(sheet, trace, g, beside, 0, sheet.width - beside)
        _gap(sheet, trace, g, beside, down + 1.2 * line, sheet.width - beside)
    else:
        side = 0.6 * page.inner - left
        lines = len(sheet_lines(gap_words(trace, g), page))
        under = side + below + 0.4 * line
        sheet = Sheet(page, headline(trace, g), caption, under + (lines + 4.8) * line)
        beside = left + side + 0.9 * line
        _words(sheet, trace, g, beside, 0, sheet.width - beside)
        _gap(sheet, trace, g, 0, under, sheet.width)
    _scatter(sheet, trace, g, left, side)
    return sheet.figure


def _scatter(sheet: Sheet, trace: DualTrace, g: int, left: float, side: float) -> None:
    """Anchors that are candidates in both heads, by their ranks; the first 1, 5 and 10 of one-to-many as bands."""
    unit, size = sheet.page.unit, sheet.page.size
    axes = sheet.axes(left, 0, side, side)
    many, one = trace.one2many.rank[g].numpy(), trace.one2one.rank[g].numpy()
    both = (many > 0) & (one > 0)
    most = max(12, many.max(initial=0), one.max(initial=0)) * 1.25
    axes.set(xscale="log", yscale="log", xlim=(0.75, most), ylim=(0.75, most))
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if tick < most]
    for axis, words, colour in (
        (axes.xaxis, _("one-to-many rank (log scale)"), LIGHT.one2many),
        (axes.yaxis, _("one-to-one rank (log scale)"), LIGHT.one2one),
    ):
        axis.set_ticks(ticks, [str(tick) for tick in ticks])
        axis.set_ticks([], minor=True)
        axis.set_label_text(words, size=sheet.page.type(0.9), color=colour)
        axis.labelpad = 2 * unit
    for k in TOP_K:
        axes.axvspan(0.75, k + 0.5, color=LIGHT.one2many, alpha=0.09, linewidth=0)
    axes.plot(
        (0.75, most),
        (0.75, most),
        color=LIGHT.soft,
        linewidth=0.7 * unit,
        linestyle=(0, (4, 3)),
        zorder=1.5,
    )
    if not both.any():
        axes.text(
            0.5,
            0.5,
            _("no common candidate"),
            transform=axes.transAxes,
            ha="center",
            size=size,
            color=LIGHT.soft,
        )
    points = np.stack((many[both], one[both]), -1)
    chosen = points[:, 0] <= trace.setting.topk
    draw_points(axes, points[~chosen], LIGHT.lost, 2.4 * unit, casing=0, order=3)
    draw_points(
        axes,
        points[chosen],
        LIGHT.one2many,
        3.6 * unit,
        casing=0.25 * unit,
        order=3.5,
        gid="one2many top-k",
    )
    if rank := pick_rank(trace, g):
        form = {"marker": "D", "casing": 0.6 * unit}
        draw_points(
            axes, np.array((rank, 1)), LIGHT.one2one, 5.5 * unit, gid="one2one pick", **form
        )


def _words(sheet: Sheet, trace: DualTrace, g: int, left: float, top: float, width: float) -> float:
    """Top-1, 5, 10 with a tick or a cross, then how alike the heads rank; returns where the words end."""
    line = sheet.page.line()
    place = left
    for name, inside in alignment(trace, g):
        mark = {True: "✓", False: "✗", None: "—"}[inside]
        sheet.words(
            place,
            top,
            f"{mark} {name}",
            bold=bool(inside),
            colour=LIGHT.truth if inside else LIGHT.soft,
        )
        top += 1.15 * line
    sheet.words(
        place,
        top,
        _("one-to-one pick among the one-to-many first k"),
        width,
        size=0.8,
        colour=LIGHT.soft,
    )
    top += 2.4 * sheet.page.line(0.8) + 0.4 * line
    return top + sheet.words(place, top, agreement_words(trace, g), width)


def _gap(sheet: Sheet, trace: DualTrace, g: int, left: float, top: float, width: float) -> None:
    """The supervision gap: one bar from 0 to its ceiling, hatched up to the floor."""
    line, unit = sheet.page.line(), sheet.page.unit
    sheet.words(left, top, _("Supervision gap A"), bold=True)
    value = float(trace.gap[g])
    floor, ceiling = (float(bound[g]) for bound in trace.gap_bounds)
    if math.isnan(value):
        sheet.words(left, top + 1.3 * line, gap_words(trace, g), width)
        return
    axes = sheet.axes(left, top + 2.3 * line, width, 0.8 * line)
    reach = 1.3 * max(ceiling, 1e-6)
    axes.set(xlim=(0, reach), ylim=(0, 1), yticks=[], xticks=[])
    pale = to_rgba(LIGHT.one2many, RANGE_OPACITY)
    axes.barh(0.5, floor, 1, color=pale, edgecolor=LIGHT.one2many, hatch="////", linewidth=0)
    axes.barh(0.5, value - floor, 1, left=floor, color=LIGHT.one2one, alpha=0.8, linewidth=0)
    for at, wide in ((floor, 1.0), (value, 2.2), (ceiling, 1.0)):
        axes.plot((at, at), (-0.25, 1.25), color=LIGHT.truth, linewidth=wide * unit, clip_on=False)
    low = _("floor {value}", value=three(floor))
    fits = text_width(low, sheet.page.type(0.85)) < width * floor / reach
    small = {"size": sheet.page.type(0.85), "va": "top"}
    axes.text(floor if fits else 0, -0.45, low, ha="right" if fits else "left", **small)
    axes.text(ceiling, -0.45, _("ceiling {value}", value=three(ceiling)), ha="left", **small)
    bold = {"size": sheet.page.type(0.85), "va": "bottom", "weight": "bold"}
    axes.text(max(value, 0.1 * reach), 1.4, f"A = {three(value)}", ha="center", **bold)
    sheet.words(left, top + 4.7 * line, gap_words(trace, g), width)
