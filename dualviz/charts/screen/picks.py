"""Where the one-to-one picks are in the one-to-many order, drawn by Plotly beside the paper's Fig. 2(b).

Of the ablation, bars of a consistent metric are full, of an inconsistent one hollow; the paper's are grey.
"""

import math
from collections.abc import Sequence
from typing import Any

from dualviz.agreement import TOP_K
from dualviz.charts.palette import LIGHT, Palette
from dualviz.charts.screen.ground import CLEAR
from dualviz.study import paper
from dualviz.study.ablation import ROWS, Ablation
from dualviz.words import _

TOP_NAMES = [f"Top-{k}" for k in TOP_K]


def shares_chart(shares: Sequence[float], colours: Palette = LIGHT) -> dict[str, Any]:
    """Top-1, 5, 10 of this detector beside the paper's Fig. 2(b)."""
    rows = [(_("this detector, here"), shares, colours.one2one, "")]
    for (name, paper_shares), hatch in zip(paper.FIG2B.items(), ("/", "x")):
        words = _("paper: {metric}", metric=paper.METRICS[name])
        rows.append((words, paper_shares, colours.lost, hatch))
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": TOP_NAMES,
            "y": [None if math.isnan(share) else share for share in values],
            "text": ["—" if math.isnan(share) else f"{share:.0%}" for share in values],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {
                "color": colour,
                "pattern": {
                    "shape": shape,
                    "fillmode": "overlay",
                    "fgcolor": LIGHT.halo,
                    "size": 6,
                },
            },
            "hovertemplate": "%{x}: %{y:.1%}<extra>" + name + "</extra>",
        }
        for name, values, colour, shape in rows
    ]
    layout = CLEAR | {
        "barmode": "group",
        "bargap": 0.25,
        "yaxis": {"range": [0, 1], "tickformat": ".0%", "fixedrange": True},
        "xaxis": {"fixedrange": True},
        "margin": {"l": 44, "r": 8, "t": 24, "b": 8},
        "height": 330,
        "legend": {"orientation": "h", "x": 0, "y": -0.12, "yanchor": "top"},
        "dragmode": False,
    }
    return {"data": traces, "layout": layout}


def picks_chart(ablation: Ablation, colours: Palette = LIGHT) -> dict[str, Any]:
    """Share of one-to-one picks in the one-to-many Top-1, 5, 10, consistent (twice, from other first weights) and not: ours beside Fig. 2(b)."""
    traces: list[dict[str, Any]] = []
    for name, words in (
        ("placebo", _("ours: consistent, other first weights")),
        ("consistent", _("ours: {metric}", metric=paper.METRICS["consistent"])),
        ("inconsistent", _("ours: {metric}", metric=paper.METRICS["inconsistent"])),
    ):
        ours = [
            ablation.spread(ROWS[name], lambda run, k=k: 100 * run.figures.alignment[k])
            for k in range(len(TOP_K))
        ]
        if not ours[0].seeds:
            continue
        heights = [s.mean for s in ours]
        bars = _bars(words, heights, "one2one", colours, hollow=name == "inconsistent")
        bars["opacity"] = 0.5 if name == "placebo" else 1
        bars["error_y"] = {
            "type": "data",
            "array": [0 if math.isnan(s.deviation) else s.deviation for s in ours],
            "color": colours.truth,
            "thickness": 1.5,
            "width": 4,
        }
        traces.append(bars)
    for name, theirs in paper.FIG2B.items():
        words = _("paper: {metric}", metric=paper.METRICS[name])
        heights = [100 * s for s in theirs]
        traces.append(_bars(words, heights, "lost", colours, hollow=name == "inconsistent"))
    layout = CLEAR | {
        "barmode": "group",
        "bargap": 0.2,
        "yaxis": {"range": [0, 112], "ticksuffix": " %", "fixedrange": True},
        "xaxis": {"fixedrange": True},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 134},  # five lines of legend on a phone
        "height": 392,
        "legend": {"orientation": "h", "x": 0, "y": -0.13, "yanchor": "top"},
        "dragmode": False,
    }
    return {"data": traces, "layout": layout}


def _bars(
    words: str, shares: list[float], ink: str, colours: Palette, hollow: bool
) -> dict[str, Any]:
    colour = getattr(colours, ink)
    return {
        "type": "bar",
        "name": words,
        "x": [f"Top-{k}" for k in TOP_K],
        "y": shares,
        "text": [f"{share:.0f}" for share in shares],
        "textposition": "inside",
        "textangle": 0,
        "constraintext": "none",
        "insidetextanchor": "start",
        "insidetextfont": {"color": colours.truth if hollow else colours.halo},
        "marker": {
            "color": CLEAR["plot_bgcolor"] if hollow else colour,
            "line": {"color": colour, "width": 2},
        },
        "hovertemplate": words + ", %{x}: %{y:.1f} %<extra></extra>",
    }
