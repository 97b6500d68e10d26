"""What detectors reach, for papers and slides: the same rows, intervals and crosses as on the page."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from dualviz.charts.drawn.genuine import caption, groups, height, rows, title_of
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import GRID, LIGHT
from dualviz.charts.print.marks import COLOUR, MARKER, draw_points, line_key
from dualviz.charts.print.sheet import Sheet
from dualviz.study.genuine import Reached
from dualviz.words import _

INK = COLOUR | {"": LIGHT.truth}
FORM = MARKER | {"": "s"}


def genuine_figure(table: Sequence[Reached], *, page: Page = COLUMN) -> Figure:
    """A panel a detector, a row a measure with its 95 % interval; crosses are the paper's figures.

    Args:
        table: at least one detector.
        page: COLUMN or SLIDE.
    """
    line, unit = page.line(), page.unit
    headline = _("What detectors reach, with 95 % intervals over pictures")
    sheet = Sheet(page, headline, caption(table), (1.25 * height() + 8) * line)
    labels, top = (9.5 * line, 1.6 * line) if page.height else (12 * line, 2.9 * line)
    gap = 0.7 * line
    wide = (sheet.width - labels - gap * (len(table) - 1)) / len(table)
    high = sheet.height - top - 5 * line
    for panel, one in enumerate(table):
        left = labels + panel * (wide + gap)
        axes = sheet.axes(left, top, wide, high)
        axes.set(xlim=(-4, 104), ylim=(height() - 0.5, -0.5), yticks=[])
        axes.set_xticks([0, 50, 100] if page.height else [25, 75])
        axes.grid(axis="x", linewidth=0.3 * unit, color=GRID)
        axes.set_axisbelow(True)
        sheet.words(left, 0, title_of(one), wide, size=0.8, bold=bool(page.height))
        for row in rows(one):
            if not math.isnan(row.value):
                ends = ((row.low, row.high), (row.place, row.place))
                axes.plot(*ends, color=INK[row.head], linewidth=1.2 * unit)
                spot = (row.value, row.place)
                draw_points(
                    axes, spot, INK[row.head], 3.4 * unit, FORM[row.head], casing=0, gid="ours"
                )
            if not math.isnan(row.paper):
                spot = (row.paper, row.place + 0.34)
                draw_points(axes, spot, LIGHT.lost, 3.2 * unit, "X", casing=0, gid="paper")
        if panel == (len(table) - 1) // 2:
            axes.set_xlabel(_("%, or hundredths"), size=page.type(0.85), labelpad=1.5 * unit)
    step = high / height()
    relative = min(0.8, 1.15 * step / line)

    def label(words: str, place: int, left: float, bold: bool = False) -> None:
        middle = top + (place + 0.5) * step
        sheet.words(left, middle - 0.42 * page.line(relative), words, labels, relative, bold)

    for words, place in groups():
        label(words, place, 0, bold=True)
    for row in rows(table[0]):
        label(row.words, row.place, 0.5 * line)
    keys = [
        line_key(words, INK[head], 1.2 * unit, marker=FORM[head], markersize=4 * unit)
        for head, words in (
            ("one2many", _("one-to-many")),
            ("one2one", _("one-to-one")),
            ("", _("both heads")),
        )
    ]
    keys.append(line_key(_("the paper's figure"), LIGHT.lost, 0, marker="X", markersize=4 * unit))
    sheet.legend(0, sheet.height - 1.9 * line, keys, 4 if page.height else 2)
    return sheet.figure
