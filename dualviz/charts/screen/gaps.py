"""The supervision gap, drawn by Plotly: of every object of a picture, and how many objects of a set have which gap.

Over a set floors and ceilings are outlines: where the gap fills the floors' outline, picks are as good as they can be.
"""

from typing import Any

import numpy as np

from dualviz.charts.drawn.gaps import gap_counts, gap_order
from dualviz.charts.drawn.words import pick_rank, three
from dualviz.charts.palette import LIGHT, RANGE_OPACITY, Palette
from dualviz.charts.screen.ground import CLEAR, KEPT
from dualviz.study.evaluation import Evaluation
from dualviz.trace import DualTrace
from dualviz.words import _


def gaps_chart(traced: DualTrace, colours: Palette = LIGHT) -> dict[str, Any]:
    """The supervision gap of every object as value between floor and ceiling, largest gap first.

    Returns:
        A figure whose trace "A" carries the object's index, from 0, as customdata.
    """
    objects = gap_order(traced)
    gap = traced.gap[objects].numpy()
    floor, ceiling = (bound[objects].numpy() for bound in traced.gap_bounds)
    place = np.arange(len(objects))
    bar = {
        "type": "scatter",
        "mode": "lines",
        "x": np.stack((place, place, np.full(len(place), np.nan)), -1).ravel(),
        "y": np.stack((floor, ceiling, np.full(len(place), np.nan)), -1).ravel(),
        "line": {"color": colours.one2many, "width": 7},
        "opacity": RANGE_OPACITY,
        "hoverinfo": "skip",
        "name": _("floor to ceiling"),
    }
    names = [
        _(
            "object {object}, {name}<br>floor {floor}, A {gap}, ceiling {ceiling}",
            object=g + 1,
            name=traced.class_names[int(traced.truth.labels[g])],
            floor=three(low),
            gap=three(value),
            ceiling=three(high),
        )
        + f"<br>{_where(traced, g)}"
        for g, low, value, high in zip(objects, floor, gap, ceiling)
    ]
    ends = {"type": "scatter", "mode": "markers", "x": place, "hoverinfo": "skip", **KEPT}
    dash = {"symbol": "line-ew", "size": 9, "line": {"width": 2, "color": colours.one2many}}
    traces = [
        bar,
        ends | {"y": floor, "marker": dash, "showlegend": False},
        ends | {"y": ceiling, "marker": dash, "showlegend": False},
        ends
        | {
            "y": gap,
            "name": "A",
            "marker": {
                "symbol": "diamond",
                "size": 9,
                "color": colours.one2one,
                "line": {"color": colours.halo, "width": 1},
            },
            "customdata": np.array(objects),
            "text": names,
            "hoverinfo": "text",
            "hovertemplate": "%{text}<extra></extra>",
        },
    ]
    layout = CLEAR | {
        "xaxis": {
            "title": {"text": _("object, largest gap first")},
            "tickvals": place,
            "ticktext": [str(g + 1) for g in objects],
            "fixedrange": True,
            "zeroline": False,
            "showgrid": False,
            "range": [-0.8, max(len(objects), 4) - 0.2],
        },
        "yaxis": {
            "title": {"text": _("supervision gap A")},
            "range": [0, 1.08 * np.max(ceiling, initial=1e-6)],
            "fixedrange": True,
        },
        "margin": {"l": 56, "r": 8, "t": 8, "b": 8},
        "height": 330,
        "legend": {"orientation": "h", "x": 0, "y": -0.24, "yanchor": "top"},
        "hovermode": "closest",
        "dragmode": False,
    }
    return {"data": traces, "layout": layout}


def _where(traced: DualTrace, g: int) -> str:
    rank = pick_rank(traced, g)
    if not rank:
        return _("pick is outside the list")
    return _("pick is number {rank} of the one-to-many list", rank=rank)


def gap_chart(result: Evaluation, colours: Palette = LIGHT) -> dict[str, Any]:
    """Histogram of the gap of every object, with those of floors and ceilings as outlines."""
    edges, counts = gap_counts(result)
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": _("gap A of the pick"),
            "x": (edges[:-1] + edges[1:]) / 2,
            "width": np.diff(edges),
            "y": counts["gap"],
            "marker": {"color": colours.one2one, "line": {"color": colours.halo, "width": 1}},
            "opacity": 0.75,
            "hovertemplate": _("gap about {gap}: objects {count}", gap="%{x:.2f}", count="%{y}")
            + "<extra></extra>",
        }
    ]
    for name, words, dash in (("floor", _("floor"), "dash"), ("ceiling", _("ceiling"), "dot")):
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": words,
                "x": edges.repeat(2),
                "y": np.concatenate(([0], counts[name].repeat(2), [0])),
                "line": {"color": colours.one2many, "width": 2, "dash": dash},
                "hoverinfo": "skip",
            }
        )
    layout = CLEAR | {
        "xaxis": {"title": {"text": _("supervision gap A of an object")}, "fixedrange": True},
        "yaxis": {"title": {"text": _("objects")}, "fixedrange": True},
        "legend": {"orientation": "h", "x": 0, "y": -0.26, "yanchor": "top"},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 8},
        "height": 330,
        "dragmode": False,
    }
    return {"data": data, "layout": layout}
