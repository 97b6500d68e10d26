"""Heads on one trunk over the whole run, drawn by Plotly: what a rule changes, and how far chance alone reaches.

All one-to-one heads have their colour and diamonds; the first is a solid line, the others dashed and dotted. The grey band
reaches as far from the first as the placebo lies from it.
"""

from typing import Any

from dualviz.charts.drawn.rivals import DASHES, PANELS, SHARES, VALUES
from dualviz.charts.drawn.run import place
from dualviz.charts.palette import LIGHT, RANGE_OPACITY, Palette, css_colour
from dualviz.charts.screen.replay import curve, curves_layout
from dualviz.study.ablation import ROWS
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.rivals import Rivals
from dualviz.words import _


def rivals_chart(rivals: Rivals, step: int, colours: Palette = LIGHT) -> dict[str, Any]:
    """AP, alignment and gap of every head but the placebo, and its band about the first, `step` marked in all.

    Args:
        rivals: what is kept of the run.
        step: where the scrubber stands.
        colours: of the page's theme.
    """
    data: list[dict[str, Any]] = []
    replay, names = rivals.first, [*rivals.shown]
    for panel, (key, value) in enumerate(VALUES.items()):
        steps, middle = rivals.curve(names[0], value)
        x, chance = [place(replay, s) for s in steps], rivals.chance(value)
        if chance:
            sides = [[m + sign * c for m, c in zip(middle, chance)] for sign in (-1, 1)]
            words = _("as far as the placebo")
            low, high = (curve(panel, x, y, colours.lost, 0, "solid", words) for y in sides)
            fill = css_colour(colours.lost, RANGE_OPACITY)
            data += [low, high | {"fill": "tonexty", "fillcolor": fill}]
        if key == "ap":
            words = PATH_NAMES["one2many + NMS"]
            y = rivals.curve(names[0], lambda row: row.ap["one2many + NMS"])[1]
            data.append(curve(panel, x, y, colours.one2many, 1.8, "solid", words, True))
        for name, dash in zip(names, DASHES):
            steps, y = rivals.curve(name, value)
            x = [place(replay, s) for s in steps]
            words = ROWS[name].title
            data.append(curve(panel, x, y, colours.one2one, 2.4, dash, words, True))
    return {"data": data, "layout": curves_layout(replay, step, colours, PANELS, 3, SHARES)}
