"""The supervision gap over a whole set, drawn by Plotly: how many objects have which gap.

Floors and ceilings lie over it as outlines: where the gap fills the floors' outline, picks are as good as they can be.
"""

from typing import Any

import numpy as np

from dualviz.charts.drawn.gaps import gap_counts
from dualviz.charts.palette import LIGHT, Palette
from dualviz.charts.screen.ground import CLEAR
from dualviz.study.evaluation import Evaluation

KINDS = (("floor", "dash"), ("ceiling", "dot"))


def gap_chart(result: Evaluation, colours: Palette = LIGHT) -> dict[str, Any]:
    """Histogram of the gap of every object, with those of floors and ceilings as outlines."""
    edges, counts = gap_counts(result)
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": "gap A of the pick",
            "x": (edges[:-1] + edges[1:]) / 2,
            "width": np.diff(edges),
            "y": counts["gap"],
            "marker": {"color": colours.one2one, "line": {"color": colours.halo, "width": 1}},
            "opacity": 0.75,
            "hovertemplate": "gap about %{x:.2f}: %{y} objects<extra></extra>",
        }
    ]
    for name, dash in KINDS:
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": edges.repeat(2),
                "y": np.concatenate(([0], counts[name].repeat(2), [0])),
                "line": {"color": colours.one2many, "width": 2, "dash": dash},
                "hoverinfo": "skip",
            }
        )
    layout = CLEAR | {
        "xaxis": {"title": {"text": "supervision gap A of an object"}, "fixedrange": True},
        "yaxis": {"title": {"text": "objects"}, "fixedrange": True},
        "legend": {"orientation": "h", "x": 0, "y": -0.26, "yanchor": "top"},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 8},
        "height": 330,
        "dragmode": False,
    }
    return {"data": data, "layout": layout}
