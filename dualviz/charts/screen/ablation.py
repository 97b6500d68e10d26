"""The ablation on the page, drawn by Plotly: AP of every run, and beside it what the paper has for the same change.

A row's name stands above its marks, so that it needs no margin; the paper has an axis of its own, because heights of two
worlds cannot be compared.
"""

import math
from typing import Any

from dualviz.charts.drawn.ablation import ANSWERS, BELOW_MEAN, paper_range, paper_words, single_runs
from dualviz.charts.palette import LIGHT, SCREEN_GRID, Palette
from dualviz.charts.screen.ground import CLEAR
from dualviz.study.ablation import ROWS, Ablation, Row
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import _, ngettext

ROW_HEIGHT = 68  # pixels
SYMBOLS = {"one2many": "circle", "one2one": "diamond"}


def ablation_chart(ablation: Ablation, colours: Palette = LIGHT) -> dict[str, Any]:
    """AP of every run, with mean and standard deviation, row by row; beside it the paper's AP for the same change.

    Args:
        ablation: with at least one run.
        colours: of the page's theme.

    Returns:
        A Plotly figure as a dictionary: a trace of seeds and one of means for each path, and the paper's.
    """
    rows = ablation.rows
    traces = [trace for path in ANSWERS for trace in _ours(ablation, path, colours)]
    traces.append(_theirs(rows, colours))
    axis = {"fixedrange": True, "zeroline": False, "ticks": "outside", "showgrid": True}
    axis |= {"gridcolor": SCREEN_GRID}
    note = {"showarrow": False, "xanchor": "left", "yanchor": "top"}
    names = [
        note | {"text": f"<b>{row.title}</b>", "xref": "paper", "x": 0.005, "y": place - 0.46}
        for place, row in enumerate(rows)
    ]
    none = [
        note | {"text": _("no figure"), "xref": "x2 domain", "x": 0.04, "y": place - 0.1}
        for place, row in enumerate(rows)
        if row.paper_ap is None
    ]
    faint = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "opacity": 0.35}
    return {
        "data": traces,
        "layout": CLEAR
        | {
            "xaxis": axis | {"domain": [0, 0.7], "title": {"text": _("our AP")}, "nticks": 6},
            "xaxis2": axis
            | {
                "domain": [0.75, 1],
                "title": {"text": _("paper,<br>YOLOv8-S<br>on COCO")},
                "range": paper_range(),
                "nticks": 4,
            },
            "yaxis": {"visible": False, "range": [len(rows) - 0.45, -0.5], "fixedrange": True},
            "shapes": [
                faint | {"y0": edge, "y1": edge, "line": {"color": colours.soft, "width": 1}}
                for edge in (place - 0.5 for place in range(1, len(rows)))
            ],
            "annotations": [words | {"font": {"color": colours.truth}} for words in names]
            + [words | {"font": {"color": colours.soft}} for words in none],
            "legend": {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
            "margin": {"l": 4, "r": 4, "t": 8, "b": 8},
            "height": 120 + ROW_HEIGHT * len(rows),
            "hovermode": "closest",
            "dragmode": False,
        },
    }


def _ours(ablation: Ablation, path: str, colours: Palette) -> list[dict[str, Any]]:
    words, (head, below) = PATH_NAMES[path], ANSWERS[path]
    colour, symbol = getattr(colours, head), SYMBOLS[head]
    runs = single_runs(ablation, path)
    mark = {"type": "scatter", "mode": "markers", "legendgroup": path}
    seeds = mark | {
        "name": _("{output}, single runs", output=words),
        "x": [run.points(path) for _place, run in runs],
        "y": [place + below + BELOW_MEAN for place, _run in runs],
        "text": [
            _(
                "{row}<br>{output}, seed {seed}",
                row=ROWS[run.row].title,
                output=words,
                seed=run.seed,
            )
            for _place, run in runs
        ],
        "marker": {"symbol": f"{symbol}-open", "size": 6, "color": colour, "line": {"width": 1.5}},
        "hovertemplate": "%{text}: AP %{x:.1f}<extra></extra>",
        "showlegend": False,
    }
    spreads = [ablation.spread(row, lambda run: run.points(path)) for row in ablation.rows]
    means = [(place, spread) for place, spread in enumerate(spreads) if spread.seeds]
    many = head == "one2many"
    bold = mark | {
        "name": words,
        "x": [spread.mean for _place, spread in means],
        "y": [place + below for place, _spread in means],
        "text": [
            ngettext(
                "{row}<br>{output}: {mean}, {n} seed",
                "{row}<br>{output}: mean {mean}, {n} seeds",
                spread.seeds,
                row=ablation.rows[place].title,
                output=words,
                mean=spread.words(),
            )
            for place, spread in means
        ],
        "error_x": {
            "type": "data",
            "array": [0 if math.isnan(s.deviation) else s.deviation for _place, s in means],
            "color": colour,
            "thickness": 2 if many else 3,
            "width": 5,
        },
        "marker": {
            "symbol": symbol,
            "size": 11 if many else 13,
            "color": colour,
            "line": {"color": colours.halo, "width": 1},
        },
        "hovertemplate": "%{text}<extra></extra>",
    }
    return [bold, seeds]


def _theirs(rows: list[Row], colours: Palette) -> dict[str, Any]:
    known = [(place, row) for place, row in enumerate(rows) if row.paper_ap is not None]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": paper_words(),
        "xaxis": "x2",
        "x": [row.paper_ap for _place, row in known],
        "y": [place + 0.1 for place, _row in known],
        "text": [f"{row.paper_ap:.1f}" for _place, row in known],
        "textposition": "middle right",
        "textfont": {"color": colours.soft},
        "cliponaxis": False,
        "customdata": [
            _("{row}<br>the paper's {source}", row=row.title, source=row.source)
            for _place, row in known
        ],
        "hovertemplate": "%{customdata}: AP %{x:.1f}<extra></extra>",
        "marker": {
            "symbol": [SYMBOLS[ANSWERS[row.path][0]] for _place, row in known],
            "size": 11,
            "color": colours.lost,
        },
    }
