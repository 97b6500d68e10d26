"""Agreement over settings, drawn by Plotly: the α–β map and the sweep of r.

A point of the map can be chosen: an unseen lattice of diamonds lies over it, of which Plotly shows the one that was clicked, so that choosing redraws nothing.
"""

from typing import Any

import numpy as np

from dualviz.charts.drawn.maps import colour_range
from dualviz.charts.drawn.words import three
from dualviz.charts.palette import (
    HEAD_NAMES,
    LIGHT,
    PLATE_OPACITY,
    Palette,
    css_colour,
)
from dualviz.charts.screen.ground import CLEAR, KEPT
from dualviz.study import paper
from dualviz.study.alignment import MEASURES, AgreementMap, FactorSweep
from dualviz.words import Labels, _

SETTINGS = Labels(
    {"one2many": "one-to-many setting", "one2one": "one-to-one setting in the laboratory"}
)
LATTICE = 2  # every second cell can be chosen: steps of 0.05 and 0.5 at the paper's setting


def map_chart(made: AgreementMap, measure: str, colours: Palette = LIGHT) -> dict[str, Any]:
    """One measure over the α–β plane, with the consistent ray, the settings of both heads and the paper's Table 4.

    Args:
        made: from `dualviz.study.alignment.agreement_map`.
        measure: a key of `MEASURES`.
        colours: of the page's theme.

    Returns:
        A Plotly figure as a dictionary; the points of its trace "choose" carry (α, β) as x and y.
    """
    name, values = MEASURES[measure], made.values[measure].numpy()
    alphas, betas, setting = made.alphas.numpy(), made.betas.numpy(), made.setting
    low, high = colour_range(values, measure)
    heat = {
        "type": "heatmap",
        "x": alphas,
        "y": betas,
        "z": values.astype(np.float32),
        "colorscale": "Cividis",
        "zmin": low,
        "zmax": high,
        "hoverinfo": "skip",
        "colorbar": {
            "title": {"text": name, "side": "right"},
            "thickness": 14,
            "tickformat": ".2f",
            "outlinewidth": 0,
        },
    }
    reach = min(alphas[-1] / setting.alpha, betas[-1] / setting.beta)
    ray = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, setting.alpha * reach],
        "y": [0, setting.beta * reach],
        "hoverinfo": "skip",
    }
    ways = [
        ray | {"line": {"color": LIGHT.truth, "width": 5}, "showlegend": False},
        ray | {"line": {"color": LIGHT.halo, "width": 2}, "showlegend": False},
        ray  # stands in the legend only, in a colour that is seen there
        | {
            "x": [None],
            "y": [None],
            "line": {"color": colours.soft, "width": 4},
            "name": _(
                "consistent pairs, α′ : β′ = α : β ({value})", value=three(made.on_ray[measure])
            ),
        },
    ]
    traces = [heat, *ways, _lattice(alphas, betas, values, name, colours)]
    notes: list[dict[str, Any]] = []
    if (setting.alpha, setting.beta) == paper.ONE2MANY:
        traces.append(_table4())
        notes = [_plate(row) for row in paper.TABLE4]
    traces.append(_mark("one2many", (setting.alpha, setting.beta), LIGHT.one2many, "circle"))
    if not setting.locked or setting.r != 1:
        now = setting.exponents("one2one")
        if now[0] <= alphas[-1] and now[1] <= betas[-1]:
            traces.append(_mark("one2one", now, LIGHT.one2one, "diamond-open"))
    axis = {"showgrid": False, "zeroline": False, "ticks": "outside", "fixedrange": True}
    layout = CLEAR | {
        "xaxis": axis
        | {
            "title": {"text": _("α′, weight of the score in the one-to-one head")},
            "range": _reach(alphas),
        },
        "yaxis": axis | {"title": {"text": _("β′, weight of the overlap")}, "range": _reach(betas)},
        "margin": {"l": 56, "r": 8, "t": 8, "b": 8},
        "height": 520,
        "legend": {"orientation": "h", "x": 0, "y": -0.14, "yanchor": "top"},
        "annotations": notes,
        "hovermode": "closest",
        "hoverdistance": 40,
        "dragmode": False,
    }
    return {"data": traces, "layout": layout}


def factor_chart(swept: FactorSweep, measure: str, colours: Palette = LIGHT) -> dict[str, Any]:
    """One measure against r, and beside it what Hungarian matching makes of r."""
    factors = swept.factors.numpy()
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": MEASURES[measure],
            "x": factors,
            "y": swept.values[measure].numpy(),
            "line": {"color": colours.one2one, "width": 3},
            "marker": {"symbol": "diamond", "size": 8},
            "cliponaxis": False,
            "hovertemplate": "r %{x:.2f}: %{y:.3f}<extra></extra>",
        }
    ]
    if measure != "gap":
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": _("Hungarian: same anchors as at r = 1"),
                "x": factors,
                "y": swept.hungarian.numpy(),
                "line": {"color": colours.lost, "width": 2, "dash": "dot"},
                "hovertemplate": "r %{x:.2f}: %{y:.3f}<extra>" + _("Hungarian") + "</extra>",
            }
        )
    top = np.nanmax(np.append(swept.values[measure].numpy(), 0.0)) if measure == "gap" else 1.0
    low = (
        -1 if measure == "spearman" and np.nanmin(np.append(swept.values[measure], 0.0)) < 0 else 0
    )
    layout = CLEAR | {
        "xaxis": {
            "type": "log",
            "title": {"text": _("r, factor on both exponents (log scale)")},
            "tickvals": [0.1, 0.2, 0.5, 1, 2, 5, 10],
            "fixedrange": True,
        },
        "yaxis": {"range": [low, 1.1 * top or 1 if measure == "gap" else 1], "fixedrange": True},
        "margin": {"l": 40, "r": 8, "t": 8, "b": 8},
        "height": 260,
        "legend": {"orientation": "h", "x": 0, "y": -0.3, "yanchor": "top"},
        "dragmode": False,
    }
    return {"data": traces, "layout": layout}


def _reach(values: np.ndarray) -> list[float]:
    """An axis up to the outer edge of its last cell."""
    return [values[0] / 2, values[-1] + (values[-1] - values[-2]) / 2]


def _lattice(alphas, betas, values, name: str, colours: Palette) -> dict[str, Any]:
    """Points to choose, unseen until chosen."""
    pick = slice(LATTICE - 1, None, LATTICE)
    alpha, beta = np.meshgrid(alphas[pick], betas[pick])
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "choose",
        "showlegend": False,
        "x": alpha.ravel(),
        "y": beta.ravel(),
        "customdata": values[pick, pick].ravel(),
        "marker": {
            "symbol": "diamond",
            "size": 15,
            "color": LIGHT.one2one,
            "opacity": 0,
            "line": {"color": LIGHT.halo, "width": 2},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 0}},
        "hovertemplate": f"α′ %{{x:.2f}}, β′ %{{y:.2f}}<br>{name} %{{customdata:.3f}}<br>"
        + _("click to choose")
        + "<extra></extra>",
    }


def _table4() -> dict[str, Any]:
    words = []
    for row in paper.TABLE4:
        given = {"alpha": f"{row.alpha:g}", "beta": f"{row.beta:g}", "ap": row.ap}
        plain = _("paper, Table 4: α′ {alpha}, β′ {beta}<br>COCO AP {ap}", **given)
        marked = _("paper, Table 4: α′ {alpha}, β′ {beta}<br>COCO AP {ap} (consistent)", **given)
        words.append(marked if row.consistent else plain)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("the paper's Table 4, with its COCO AP"),
        "x": [row.alpha for row in paper.TABLE4],
        "y": [row.beta for row in paper.TABLE4],
        "marker": {
            "symbol": "square",
            "size": 8,
            "color": LIGHT.halo,
            "line": {"color": LIGHT.truth, "width": 1.5},
        },
        "text": words,
        "hovertemplate": "%{text}<extra></extra>",
        **KEPT,
    }


def _plate(row: paper.Exponents) -> dict[str, Any]:
    return {
        "x": row.alpha,
        "y": row.beta,
        "text": f"<b>{row.ap}</b>" if row.consistent else str(row.ap),
        "showarrow": False,
        "xshift": 24,
        "font": {"size": 12, "color": LIGHT.truth},
        "bgcolor": css_colour(LIGHT.halo, PLATE_OPACITY),
        "borderpad": 1,
    }


def _mark(head: str, place: tuple[float, float], colour: str, symbol: str) -> dict[str, Any]:
    hollow = symbol.endswith("open")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": SETTINGS[head],
        "x": [place[0]],
        "y": [place[1]],
        "marker": {
            "symbol": symbol,
            "size": 15,
            "color": colour,
            "line": {"color": colour if hollow else LIGHT.halo, "width": 3 if hollow else 2},
        },
        "hovertemplate": f"{HEAD_NAMES[head]}: α %{{x:.2f}}, β %{{y:.2f}}<extra></extra>",
        **KEPT,
    }
