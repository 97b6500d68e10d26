"""The paper's claims as a forest, drawn by Plotly: our difference with its interval, chance alone, and the paper's."""

import math
from textwrap import wrap
from typing import Any

from dualviz.charts.drawn.claims import Line, axis_words, reach, running_off
from dualviz.charts.palette import LIGHT, SCREEN_GRID, Palette
from dualviz.charts.screen.ground import CLEAR
from dualviz.words import _

LINE_HEIGHT = 84  # pixels: three lines of words, then the marks
NARROW = 44  # letters of a line of words: what a phone holds
OURS, CHANCE, PAPER = 0.2, 0.31, 0.2  # of a line, below its middle: where the marks lie


def claims_chart(lines: list[Line], colours: Palette = LIGHT, keyed: bool = True) -> dict[str, Any]:
    """A line a claim: its words, our mean difference and 95 % interval, that of the null pair, single seeds, the paper's.

    Args:
        lines: of one of their `groups`.
        colours: of the page's theme.
        keyed: whether its legend stands above it.

    Returns:
        A Plotly figure as a dictionary.
    """
    far = reach(lines)
    axis = {"range": [-far, far], "fixedrange": True, "zeroline": False, "ticks": "outside"}
    axis |= {"gridcolor": SCREEN_GRID}
    note = {"showarrow": False, "xref": "paper", "yanchor": "top", "font": {"color": colours.truth}}
    words = [
        note
        | {"text": _titled(line), "x": 0.0, "xanchor": "left", "y": place - 0.48, "align": "left"}
        for place, line in enumerate(lines)
    ]
    zero = {"type": "line", "x0": 0, "x1": 0, "line": {"color": colours.soft, "width": 1}}
    zeros = [  # beside the marks only, so that no line goes through the words
        zero | {"y0": place + 0.04, "y1": place + 0.48} for place in range(len(lines))
    ]
    margins = [
        {
            "type": "rect",
            "x0": -line.margin,
            "x1": line.margin,
            "y0": place + 0.1,
            "y1": place + 0.45,
            "fillcolor": colours.soft,
            "opacity": 0.14,
            "line": {"width": 0},
        }
        for place, line in enumerate(lines)
        if not math.isnan(line.margin)
    ]
    return {
        "data": [
            _means(lines, colours),
            _chance(lines, colours),
            _seeds(lines, colours),
            _beyond(lines, colours),
            {
                "type": "scatter",
                "mode": "markers",
                "name": _("the paper's difference"),
                "x": [line.paper for line in lines],
                "y": [place + PAPER for place in range(len(lines))],
                "text": [line.source for line in lines],
                "marker": {"symbol": "x", "size": 9, "color": colours.lost},
                "hovertemplate": "%{text}: %{x:+.1f}<extra></extra>",
            },
        ],
        "layout": CLEAR
        | {
            "xaxis": axis | {"title": {"text": axis_words(lines)}},
            "yaxis": {"visible": False, "range": [len(lines) - 0.45, -0.5], "fixedrange": True},
            "annotations": words,
            "shapes": margins + zeros,
            "showlegend": keyed,
            "legend": {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
            "margin": {"l": 4, "r": 4, "t": 8, "b": 8},
            "height": (110 if keyed else 70) + LINE_HEIGHT * len(lines),
            "hovermode": "closest",
            "dragmode": False,
        },
    }


def _titled(line: Line) -> str:
    """The claim in lines that a phone holds, the verdict after it."""
    return "<br>".join((*wrap(line.words, NARROW), f"<b>{line.said}</b>"))


def _bar(lines: list[tuple[float, float, float]], colour: str, width: float) -> dict[str, Any]:
    """Error bars of (mean, low, high)."""
    up = [0 if math.isnan(high) else high - mean for mean, _low, high in lines]
    down = [0 if math.isnan(low) else mean - low for mean, low, _high in lines]
    bar = {"type": "data", "symmetric": False, "array": up, "arrayminus": down}
    return bar | {"color": colour, "thickness": width, "width": 4}


def _means(lines: list[Line], colours: Palette) -> dict[str, Any]:
    known = [(place, line) for place, line in enumerate(lines) if line.seeds]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("ours, with its 95 % interval"),
        "x": [line.mean for _place, line in known],
        "y": [place + OURS for place, _line in known],
        "text": [
            f"{line.words}<br>{_('{name}: {meaning}', name=line.measured, meaning=line.said)}"
            for _place, line in known
        ],
        "error_x": _bar([(x.mean, x.low, x.high) for _place, x in known], colours.one2one, 3),
        "marker": {"symbol": "diamond", "size": 12, "color": colours.one2one},
        "hovertemplate": "%{text}<br>%{x:+.2f}<extra></extra>",
    }


def _chance(lines: list[Line], colours: Palette) -> dict[str, Any]:
    known = [(place, line) for place, line in enumerate(lines) if not math.isnan(line.null)]
    spans = [(line.null, line.null_low, line.null_high) for _place, line in known]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("chance alone: other first weights"),
        "x": [line.null for _place, line in known],
        "y": [place + CHANCE for place, _line in known],
        "error_x": _bar(spans, colours.soft, 2),
        "marker": {"symbol": "square", "size": 6, "color": colours.soft},
        "hovertemplate": "%{x:+.2f}<extra></extra>",
    }


def _beyond(lines: list[Line], colours: Palette) -> dict[str, Any]:
    """A small arrow at the edge where an interval goes on."""
    spots = running_off(lines)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("the interval goes on"),
        "x": [x for _place, x, _whose in spots],
        "y": [place + (OURS if whose == "ours" else CHANCE) for place, _x, whose in spots],
        "cliponaxis": False,
        "marker": {
            "symbol": [
                "triangle-right" if x > 0 else "triangle-left" for _place, x, _whose in spots
            ],
            "size": 9,
            "color": [
                colours.one2one if whose == "ours" else colours.soft for _place, _x, whose in spots
            ],
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _seeds(lines: list[Line], colours: Palette) -> dict[str, Any]:
    spots = [(value, place + 0.4) for place, line in enumerate(lines) for value in line.seeds]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("single seeds"),
        "x": [x for x, _y in spots],
        "y": [y for _x, y in spots],
        "marker": {"symbol": "diamond-open", "size": 6, "color": colours.one2one},
        "hovertemplate": "%{x:+.2f}<extra></extra>",
    }
