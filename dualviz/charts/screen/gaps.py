"""The supervision gap over a whole set, drawn by Plotly: how many objects have which gap.

Floors and ceilings lie over it as outlines: where the gap fills the floors' outline, picks are as good as they can be.
"""

from typing import Any

import numpy as np

from dualviz.charts.palette import LIGHT, Palette
from dualviz.charts.screen.ground import CLEAR
from dualviz.study.evaluation import Evaluation

BINS = 24
KINDS = (("floor", "dash"), ("ceiling", "dot"))


def gap_counts(result: Evaluation) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Edges (B + 1,) from 0 to the largest ceiling, and objects in each bin (B,) for gap, floor and ceiling."""
    values = {name: getattr(result, name).numpy() for name in ("gap", "floor", "ceiling")}
    most = max((float(v.max(initial=0)) for v in values.values()), default=0.0) or 1.0
    edges = np.linspace(0, most * (1 + 1e-9), BINS + 1)
    return edges, {name: np.histogram(v, edges)[0] for name, v in values.items()}


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
