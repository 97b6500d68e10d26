"""A run under way, drawn by Plotly: what its heads find, how far they agree, and their losses, over the minutes so far.

The one-to-many head is blue and thin, every one-to-one head orange and thick: the first is drawn through, the others are
dashed, each in its own way.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dualviz.charts.palette import LIGHT, SCREEN_GRID, Palette
from dualviz.charts.screen.ground import CLEAR, panel_title
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import Labels, _

PANELS = Labels(
    {
        "f1": "finds: F1",
        "top": "same first choice (Top-1)",
        "gap": "gap above its floor",
        "loss": "loss",
    }
)
DASHES = ("solid", "dash", "dot", "dashdot")
MANY = "one2many + NMS"


def progress_chart(
    moments: Sequence[Mapping[str, Any]],
    log: Sequence[Mapping[str, float]],
    heads: Mapping[str, str],
    minutes: float,
    colours: Palette = LIGHT,
) -> dict[str, Any]:
    """Four panels over the minutes of training.

    Args:
        moments: what the heads reached, as `dualviz.training.judging` writes it.
        log: reports with each head's losses, as `train` writes them.
        heads: titles of the one-to-one heads by name, the first one first.
        minutes: that the run shall last.
        colours: of the page's theme.
    """
    data: list[dict[str, Any]] = []
    dashes = dict(zip(heads, DASHES))
    at = [moment["seconds"] / 60 for moment in moments]
    panels = list(PANELS)

    def line(panel: str, name: str, x: Sequence[float], y: Sequence[float | None]) -> None:
        number = panels.index(panel) + 1
        many = name == MANY
        words = PATH_NAMES["one2many + NMS"] if many else heads[name]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if panel != "loss" else "lines",
                "name": words,
                "x": x,
                "y": y,
                "xaxis": f"x{number}" if number > 1 else "x",
                "yaxis": f"y{number}" if number > 1 else "y",
                "legendgroup": name,
                "showlegend": panel == "f1",
                "line": {
                    "color": colours.one2many if many else colours.one2one,
                    "width": 1.8 if many else 3,
                    "dash": "solid" if many else dashes[name],
                },
                "marker": {"symbol": "circle" if many else "diamond", "size": 5 if many else 7},
                "hovertemplate": "%{y:.3f}<extra>" + words + "</extra>",
            }
        )

    for name in (MANY, *heads):
        line("f1", name, at, [moment["heads"][name]["f1"] for moment in moments])
    for name in heads:
        line("top", name, at, [moment["heads"][name]["top"][0] for moment in moments])
        above = []
        for moment in moments:
            gap, floor, _ceiling = moment["heads"][name]["gap"]
            above.append(None if gap is None else gap - floor)
        line("gap", name, at, above)
    when = [row["seconds"] / 60 for row in log]
    for name, head in ((MANY, "one2many"), *((name, name) for name in heads)):
        total = [sum(row[f"{head}_{part}"] for part in ("box", "cls", "dfl")) for row in log]
        line("loss", name, when, total)
    return {"data": data, "layout": _layout(minutes, max([*at, *when, 0.0]))}


def _layout(minutes: float, so_far: float) -> dict[str, Any]:
    layout: dict[str, Any] = CLEAR | {
        "height": 270,
        "margin": {"l": 30, "r": 4, "t": 24, "b": 64},
        "hovermode": "closest",
        "dragmode": False,
        "annotations": [],
        "legend": {"orientation": "h", "x": 0, "y": -0.28, "yanchor": "top", "itemwidth": 40},
    }
    apart = 0.045
    wide = (1 - apart * (len(PANELS) - 1)) / len(PANELS)
    for index, (name, title) in enumerate(PANELS.items()):
        number = str(index + 1) if index else ""
        left = index * (wide + apart)
        layout[f"xaxis{number}"] = {
            "domain": [left, left + wide],
            "anchor": f"y{number}",
            "range": [-0.02 * minutes, max(minutes, so_far) * 1.02],
            "gridcolor": SCREEN_GRID,
            "zeroline": False,
            "nticks": 6,
            "ticksuffix": _(" min") if not index else "",
            "fixedrange": True,
        }
        layout[f"yaxis{number}"] = {
            "anchor": f"x{number}",
            "gridcolor": SCREEN_GRID,
            "zeroline": False,
            "rangemode": "tozero",
            "nticks": 5,
            "fixedrange": True,
        } | ({"range": [0, 1.03], "tickformat": ".0%"} if name in ("f1", "top") else {})
        layout["annotations"].append(panel_title(title, left, 1, 13))
    return layout
