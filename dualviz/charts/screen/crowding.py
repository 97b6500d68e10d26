"""Two charts of the detections page: what NMS loses in crowds at every threshold, and what time it takes."""

from typing import Any

from dualviz.charts.palette import LIGHT, Palette
from dualviz.charts.screen.ground import CLEAR
from dualviz.study.crowding import Crowding, Level
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.timing import COMPILED_NMS, NETWORKS, OUR_NMS, Spread, Timing
from dualviz.words import _

TICKS = [float(f"{lead}e{power}") for power in range(-3, 5) for lead in (1, 2, 5)]  # in full words
BELOW = {"orientation": "h", "x": 0, "y": -0.24, "yanchor": "top"}


def crowding_chart(crowding: Crowding, level: Level, colours: Palette = LIGHT) -> dict[str, Any]:
    """Objects missed and surplus boxes, for each 100 true objects, against the NMS threshold, at one depth of crowding.

    Args:
        crowding: from `dualviz.study.crowding`.
        level: one of its levels.
        colours: of the page's theme.
    """
    x, most = list(crowding.thresholds), 0.0
    share = 100 / max(1, level.objects)
    traces = []
    flat = [level.one2one] * len(x)
    for name, rows, colour, width, symbol in (
        (PATH_NAMES["one2many + NMS"], level.one2many, colours.one2many, 2, "circle"),
        (PATH_NAMES["one2one"], flat, colours.one2one, 4, "diamond"),
    ):
        missed = [share * row.missed for row in rows]
        surplus = [share * (row.duplicates + row.false) for row in rows]
        most = max(most, *missed, surplus[0])
        given = {"output": name, "x": "%{x:.2f}", "y": "%{y:.1f}"}
        for label, hover, values, dash in (
            (
                _("{output}: missed", **given),
                _("{output}, threshold {x}<br>{y} of 100 missed", **given),
                missed,
                "solid",
            ),
            (
                _("{output}: duplicates and false", **given),
                _("{output}, threshold {x}<br>{y} of 100 duplicates and false", **given),
                surplus,
                "dash",
            ),
        ):
            marked = symbol == "circle" and dash == "solid"
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers" if marked else "lines",
                    "name": label,
                    "x": x,
                    "y": values,
                    "line": {"color": colour, "width": width, "dash": dash},
                    "marker": {"symbol": symbol, "size": 7},
                    "hovertemplate": hover + "<extra></extra>",
                }
            )
    if crowding.thresholds[-1] == 1:
        unseen = share * level.one2many[-1].missed
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": _("missed with no suppression at all"),
                "x": [0, 1],
                "y": [unseen, unseen],
                "line": {"color": colours.soft, "width": 1.5, "dash": "dot"},
                "hoverinfo": "skip",
            }
        )
    layout = CLEAR | {
        "xaxis": {"title": {"text": _("NMS IoU threshold")}, "range": [0, 1.01], "zeroline": False},
        "yaxis": {
            "title": {"text": _("for each 100 true objects")},
            "range": [0, max(10.0, 1.25 * most)],
            "zeroline": False,
        },
        "legend": BELOW,
        "hovermode": "closest",
        "margin": {"l": 56, "r": 12, "t": 12, "b": 40},
        "height": 400,
    }
    return {"data": traces, "layout": layout}


def times_chart(timing: Timing, colours: Palette = LIGHT) -> dict[str, Any]:
    """Milliseconds against the number of candidates, both axes logarithmic: NMS, the NMS-free selection, the network."""
    x = list(timing.candidates)
    traces = [
        _line(str(OUR_NMS), x, timing.nms, colours.one2many, 2, "circle"),
        _line(_("NMS-free selection"), x, timing.free, colours.one2one, 4, "diamond"),
        _line(
            _("network, {heads}", heads=NETWORKS["both"]),
            x,
            [timing.network["both"]] * len(x),
            colours.soft,
            2,
            "square",
            "dash",
        ),
    ]
    if timing.compiled:
        ink = colours.one2many, 2, "circle-open", "dot"
        traces.insert(1, _line(str(COMPILED_NMS), x, timing.compiled, *ink))
    layout = CLEAR | {
        "xaxis": {
            "title": {"text": _("candidates above the confidence")},
            "type": "log",
            "tickvals": TICKS,
        },
        "yaxis": {"title": {"text": _("ms a picture")}, "type": "log", "tickvals": TICKS},
        "legend": BELOW,
        "hovermode": "closest",
        "margin": {"l": 56, "r": 12, "t": 12, "b": 40},
        "height": 360,
    }
    return {"data": traces, "layout": layout}


def _line(
    name: str, x: list, spreads, colour: str, width: float, symbol: str, dash: str = "solid"
) -> dict[str, Any]:
    medians: list[Spread] = list(spreads)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": x,
        "y": [spread.median for spread in medians],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [spread.high - spread.median for spread in medians],
            "arrayminus": [spread.median - spread.low for spread in medians],
            "thickness": 1,
        },
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {"symbol": symbol, "size": 8},
        "hovertemplate": _(
            "{name}: {time} ms at {count} candidates", name=name, time="%{y:.2f}", count="%{x}"
        )
        + "<extra></extra>",
    }
