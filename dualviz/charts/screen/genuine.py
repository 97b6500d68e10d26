"""What detectors reach, drawn by Plotly: a panel a detector, a row a measure, each with its interval, and the paper's figures."""

import math
from collections.abc import Sequence
from typing import Any

from dualviz.charts.drawn.genuine import Row, groups, height, rows, title_of
from dualviz.charts.palette import LIGHT, SCREEN_GRID, Palette
from dualviz.charts.screen.ground import CLEAR, panel_title
from dualviz.study.genuine import Reached
from dualviz.words import Labels, _

ROW_HEIGHT = 26  # pixels
LABELS = 200  # pixels left of the first panel
GAP = 0.025  # between panels, of the width
FORMS = {"one2many": "circle", "one2one": "diamond", "": "square"}
WHOSE = Labels({"one2many": "one-to-many", "one2one": "one-to-one", "": "both heads"})


def genuine_chart(table: Sequence[Reached], colours: Palette = LIGHT) -> dict[str, Any]:
    """Every drawn measure of every detector with its interval; crosses are the paper's.

    Args:
        table: at least one detector.
        colours: of the page's theme.

    Returns:
        A Plotly figure as a dictionary.
    """
    traces: list[dict[str, Any]] = []
    wide = (1 - GAP * (len(table) - 1)) / len(table)
    layout: dict[str, Any] = CLEAR | {
        "annotations": [],
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": -70 / (ROW_HEIGHT * height()),
            "yanchor": "top",
        },
        "margin": {"l": LABELS, "r": 12, "t": 34, "b": 110},
        "height": ROW_HEIGHT * height() + 144,
        "hovermode": "closest",
        "dragmode": False,
    }
    named = [(words, place, True) for words, place in groups()]
    named += [(row.words, row.place, False) for row in rows(table[0])]
    for panel, one in enumerate(table):
        number = str(panel + 1) if panel else ""
        left = panel * (wide + GAP)
        layout[f"xaxis{number}"] = {
            "domain": [left, left + wide],
            "range": [-3, 103],
            "tickvals": [0, 25, 50, 75, 100],
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": SCREEN_GRID,
            "anchor": f"y{number}",
            "title": {"text": _("%, or hundredths")},
        }
        layout[f"yaxis{number}"] = {
            "range": [height() - 0.5, -0.5],
            "tickvals": [place for _words, place, _bold in named],
            "ticktext": [f"<b>{words}</b>" if bold else words for words, _place, bold in named],
            "showticklabels": not panel,
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": SCREEN_GRID,
            "anchor": f"x{number}",
        }
        layout["annotations"].append(panel_title(title_of(one), left, 1.005, 14))
        traces += _panel(rows(one), number, colours, named=not panel)
    return {"data": traces, "layout": layout}


def _panel(lines: list[Row], number: str, colours: Palette, named: bool) -> list[dict[str, Any]]:
    """Marks of one detector, by whose measure it is; the paper's last."""
    traces = []
    axes = {"xaxis": f"x{number}", "yaxis": f"y{number}", "type": "scatter", "mode": "markers"}
    for head, form in FORMS.items():
        known = [row for row in lines if row.head == head and not math.isnan(row.value)]
        colour = getattr(colours, head) if head else colours.truth
        traces.append(
            axes
            | {
                "name": WHOSE[head],
                "showlegend": named,
                "x": [row.value for row in known],
                "y": [row.place for row in known],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [row.high - row.value for row in known],
                    "arrayminus": [row.value - row.low for row in known],
                    "color": colour,
                    "thickness": 2,
                    "width": 0,
                },
                "marker": {"symbol": form, "size": 10, "color": colour},
                "customdata": [[row.words, row.low, row.high] for row in known],
                "hovertemplate": "%{customdata[0]}: %{x:.1f} (%{customdata[1]:.1f} … %{customdata[2]:.1f})<extra></extra>",
            }
        )
    printed = [row for row in lines if not math.isnan(row.paper)]
    if printed:
        traces.append(
            axes
            | {
                "name": _("the paper's figure"),
                "x": [row.paper for row in printed],
                "y": [row.place + 0.32 for row in printed],
                "text": [row.words for row in printed],
                "marker": {"symbol": "x", "size": 9, "color": colours.lost},
                "hovertemplate": "%{text}: %{x:.1f}<extra></extra>",
            }
        )
    return traces
