"""Two charts of a calibration: recall, precision and F1 over confidence, and how often a detection of some score is right."""

from typing import Any

from dualviz.charts.drawn.calibration import HEAD_OF, MEASURES, lines, reliability
from dualviz.charts.palette import LIGHT, SCREEN_GRID, Palette
from dualviz.charts.screen.ground import CLEAR
from dualviz.study.calibration import THRESHOLDS, Calibration
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import _

DASHES = {"recall": "solid", "precision": "dash", "f1": "dot"}
BELOW = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top"}
MARGIN = {"l": 48, "r": 8, "t": 8, "b": 40}


def confidence_chart(
    made: Calibration, confidence: float | None = None, colours: Palette = LIGHT
) -> dict[str, Any]:
    """Recall, precision and F1 of both ways over confidence in one plot; a line at the threshold, a mark at each best F1."""
    traces: list[dict[str, Any]] = []
    for name, measure, values in lines(made):
        head = HEAD_OF[name]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": _("{name}: {meaning}", name=PATH_NAMES[name], meaning=MEASURES[measure]),
                "legendgroup": name,
                "x": list(THRESHOLDS),
                "y": values,
                "line": {
                    "color": getattr(colours, head),
                    "width": 3 if head == "one2one" else 1.8,
                    "dash": DASHES[measure],
                },
                "hovertemplate": "%{y:.3f}",
            }
        )
    for name, way in made.ways.items():
        if way.advised is not None:
            head = HEAD_OF[name]
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": _("{way}: best F1", way=PATH_NAMES[name]),
                    "showlegend": False,
                    "x": [way.advised],
                    "y": [way.at(way.advised)[2]],
                    "marker": {
                        "symbol": "diamond" if head == "one2one" else "circle",
                        "size": 12,
                        "color": getattr(colours, head),
                        "line": {"color": colours.halo, "width": 1.5},
                    },
                    "hoverinfo": "skip",
                }
            )
    layout = CLEAR | {
        "xaxis": _axis(_("confidence"), [0, 1]),
        "yaxis": _axis("", [0, 1.02]),
        "legend": BELOW,
        "hovermode": "x unified",
        "margin": MARGIN,
        "height": 420,
    }
    if confidence is not None:
        line = {"color": colours.truth, "width": 1.5}
        place = {"x0": confidence, "x1": confidence, "y0": 0, "y1": 1, "yref": "paper"}
        layout["shapes"] = [{"type": "line", **place, "line": line}]
    return {"data": traces, "layout": layout}


def reliability_chart(made: Calibration, colours: Palette = LIGHT) -> dict[str, Any]:
    """Share right over mean score in bins of equal mass, with Wilson's 95 % intervals; on the diagonal a score says the truth."""
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("a score that says the truth"),
            "x": [0, 1],
            "y": [0, 1],
            "line": {"color": colours.soft, "width": 1, "dash": "dash"},
            "hoverinfo": "skip",
        }
    ]
    for name, way in made.ways.items():
        head = HEAD_OF[name]
        score, share, around, counts = reliability(way)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": PATH_NAMES[name],
                "x": score,
                "y": share,
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": around[1],
                    "arrayminus": around[0],
                    "thickness": 1,
                },
                "line": {
                    "color": getattr(colours, head),
                    "width": 3 if head == "one2one" else 1.8,
                },
                "marker": {"symbol": "diamond" if head == "one2one" else "circle", "size": 8},
                "customdata": counts,
                "hovertemplate": _("score {x}, right {y}, {n} detections").format(
                    x="%{x:.2f}", y="%{y:.2f}", n="%{customdata}"
                )
                + "<extra></extra>",
            }
        )
    layout = CLEAR | {
        "xaxis": _axis(_("mean score of the bin"), [0, 1]),
        "yaxis": _axis(_("share that is right"), [0, 1.02]),
        "legend": BELOW,
        "hovermode": "closest",
        "margin": MARGIN,
        "height": 420,
    }
    return {"data": traces, "layout": layout}


def _axis(words: str, span: list[float]) -> dict[str, Any]:
    return {"title": {"text": words}, "range": span, "zeroline": False, "gridcolor": SCREEN_GRID}
