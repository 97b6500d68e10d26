"""Heads on one trunk as a figure for papers and slides: AP, alignment and gap over the steps, with the placebo's band."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dualviz.charts.drawn.rivals import DASHES, PANELS, SHARES, VALUES
from dualviz.charts.drawn.run import place
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import LIGHT, RANGE_OPACITY
from dualviz.charts.print.marks import COLOUR, line_key
from dualviz.charts.print.replay import STYLES, WIDTH, run_panels
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
    unit, names, replay = page.unit, [*rivals.shown], rivals.first
    headline = _("Heads taught by different rules on one trunk: step {step}", step=step)

    def draw(panels: dict[str, Axes]) -> None:
        for key, axes in panels.items():
            steps, middle = rivals.curve(names[0], VALUES[key])
            x = [place(replay, s) for s in steps]
            if chance := rivals.chance(VALUES[key]):
                low, high = ([m + sign * c for m, c in zip(middle, chance)] for sign in (-1, 1))
                axes.fill_between(
                    x, low, high, color=LIGHT.lost, alpha=RANGE_OPACITY, linewidth=0, gid="placebo"
                )
            if key == "ap":
                y = rivals.curve(names[0], lambda row: row.ap["one2many + NMS"])[1]
                axes.plot(x, y, color=COLOUR["one2many"], linewidth=WIDTH["one2many"] * unit)
            for name, dash in zip(names, DASHES):
                steps, y = rivals.curve(name, VALUES[key])
                x = [place(replay, s) for s in steps]
                axes.plot(
                    x, y, color=COLOUR["one2one"], linewidth=1.4 * unit, linestyle=STYLES[dash]
                )

    keys = [
        line_key(ROWS[name].title, COLOUR["one2one"], 1.4 * unit, STYLES[dash])
        for name, dash in zip(names, DASHES)
    ]
    many = _("{output} (AP)", output=PATH_NAMES["one2many + NMS"])
    keys.append(line_key(many, COLOUR["one2many"], WIDTH["one2many"] * unit))
    band = _("as far as the placebo")
    keys.append(line_key(band, LIGHT.lost, 4 * unit, alpha=RANGE_OPACITY))
    return run_panels(replay, step, page, (headline, caption), PANELS, SHARES, draw, keys)
