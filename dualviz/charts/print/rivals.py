"""Heads on one trunk as a figure for papers and slides: AP, alignment and gap over the steps, with the placebo's band."""

from matplotlib.figure import Figure

from dualviz.charts.drawn.rivals import DASHES, PANELS, SHARES, VALUES
from dualviz.charts.drawn.run import AP_REACH, place, ticks
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import GRID, LIGHT, RANGE_OPACITY
from dualviz.charts.print.marks import COLOUR, line_key
from dualviz.charts.print.replay import STYLES, WIDTH
from dualviz.charts.print.sheet import Sheet
from dualviz.study.ablation import ROWS
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.rivals import Rivals
from dualviz.words import _


def rivals_figure(rivals: Rivals, step: int, *, caption: str = "", page: Page = COLUMN) -> Figure:
    """AP, alignment and gap of every head but the placebo, and its band about the first, `step` marked in all.

    Args:
        rivals: what is kept of the run.
        step: the moment, a vertical line.
        caption: run and set in words.
        page: COLUMN (two panels a row) or SLIDE (three).
    """
    line, unit = page.line(), page.unit
    columns = 3 if page.height else 2
    names, replay = [*rivals.shown], rivals.first
    below = (1.25 * -(-(len(names) + 2) // columns) + 0.4) * line  # of the legend
    headline = _("Heads taught by different rules on one trunk: step {step}", step=step)
    sheet = Sheet(page, headline, caption, 47 * line)
    wide, high = sheet.width / columns, (sheet.height - below) / -(-len(PANELS) // columns)
    places, words = ticks(replay)
    for index, (key, title) in enumerate(PANELS.items()):
        row, column = divmod(index, columns)
        left, top = column * wide, row * high
        sheet.words(left, top, title, wide, size=0.9, bold=True)
        axes = sheet.axes(left + 2.2 * line, top + 1.5 * line, wide - 2.9 * line, high - 3.2 * line)
        axes.set_xscale("log")
        axes.axvline(place(replay, step), color=LIGHT.truth, linewidth=0.7 * unit, gid="moment")
        axes.grid(linewidth=0.3 * unit, color=GRID)
        steps, middle = rivals.curve(names[0], VALUES[key])
        x = [place(replay, s) for s in steps]
        if chance := rivals.chance(VALUES[key]):
            low, high_ = ([m + sign * c for m, c in zip(middle, chance)] for sign in (-1, 1))
            axes.fill_between(
                x, low, high_, color=LIGHT.lost, alpha=RANGE_OPACITY, linewidth=0, gid="placebo"
            )
        if key == "ap":
            y = rivals.curve(names[0], lambda row: row.ap["one2many + NMS"])[1]
            axes.plot(x, y, color=COLOUR["one2many"], linewidth=WIDTH["one2many"] * unit)
        for name, dash in zip(names, DASHES):
            steps, y = rivals.curve(name, VALUES[key])
            x = [place(replay, s) for s in steps]
            ink = {"color": COLOUR["one2one"], "linewidth": 1.4 * unit, "linestyle": STYLES[dash]}
            axes.plot(x, y, **ink)
        axes.set_xticks(places, words)
        axes.minorticks_off()
        axes.set_xlim(places[0] / 1.3, 1.25 * max(replay.steps[-1], 2))
        axes.set_ylim(bottom=0, top=1.04 if key in SHARES else None)
        if key == "ap":
            axes.set_ylim(top=max(AP_REACH, axes.get_ylim()[1]))
    keys = [
        line_key(ROWS[name].title, COLOUR["one2one"], 1.4 * unit, STYLES[dash])
        for name, dash in zip(names, DASHES)
    ]
    many = _("{output} (AP)", output=PATH_NAMES["one2many + NMS"])
    keys.append(line_key(many, COLOUR["one2many"], WIDTH["one2many"] * unit))
    band = _("as far as the placebo")
    keys.append(line_key(band, LIGHT.lost, 4 * unit, alpha=RANGE_OPACITY))
    sheet.legend(0, sheet.height - below + 0.2 * line, keys, columns)
    return sheet.figure
