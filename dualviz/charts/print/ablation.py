"""The ablation as a figure for papers and slides, drawn with Matplotlib: every run's AP, and the paper's beside it.

The same marks as on the page: circles are one-to-many with NMS, diamonds one-to-one without; small and hollow is one
run, solid is the mean with its standard deviation; grey is the paper.
"""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dualviz.charts.drawn.ablation import (
    ANSWERS,
    BELOW_MEAN,
    paper_range,
    paper_words,
    seeds_of_rows,
    single_runs,
)
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import GRID, LIGHT
from dualviz.charts.print.marks import COLOUR, MARKER, draw_points, line_key
from dualviz.charts.print.sheet import Sheet, text_width
from dualviz.pictures.dataset import set_words
from dualviz.study import paper
from dualviz.study.ablation import Ablation
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import _, ngettext


def ablation_figure(ablation: Ablation, *, page: Page = COLUMN) -> Figure:
    """AP of every run, row by row, with mean and standard deviation; the paper's on an axis of its own.

    Args:
        ablation: with at least one run.
        page: one of `PAGES`.
    """
    line, unit = page.line(), page.unit
    rows = ablation.rows
    counts = [len(ablation.seeds(row)) for row in rows]
    caption = " · ".join(
        (
            _("trained on {set}", set=set_words(ablation.trained_on)),
            _("measured on {set}", set=set_words(ablation.measured_on)),
            ngettext("{n} run", "{n} runs", len(ablation.runs)),
            seeds_of_rows(counts),
            *([_("bars: ± 1 standard deviation")] if max(counts) > 1 else []),
            _("paper: {source}, Tables 3 and 4", source=paper.SOURCE),
        )
    )
    sheet = Sheet(
        page,
        _("Which heads are taught, and by which metric"),
        caption,
        6 * line + len(rows) * 2.7 * line,
    )
    high = sheet.height - 5.6 * line
    small = page.type(0.8)
    # where the height is given, the names stand beside their marks; in a column there is room above them
    names = max(text_width(row.title, small) for row in rows) + line / 2 if page.height else 0.0
    room = sheet.width - names
    left = sheet.axes(names, 0, 0.7 * room, high)
    right = sheet.axes(names + 0.74 * room, 0, 0.26 * room, high)
    for axes in (left, right):
        axes.set(ylim=(len(rows) - 0.45, -0.5), yticks=[])
        for place in range(1, len(rows)):
            axes.axhline(place - 0.5, color=GRID, linewidth=0.4 * unit)
    keys = []
    for path, (head, _below) in ANSWERS.items():
        _ours(left, ablation, path, unit)
        keys.append(
            line_key(PATH_NAMES[path], COLOUR[head], 0, marker=MARKER[head], markersize=4 * unit)
        )
    low, most = left.get_xlim()
    left.set_xlim(low - 0.04 * (most - low), most + 0.04 * (most - low))
    for place, row in enumerate(rows):
        left.annotate(
            row.title,
            (0, place + 0.1 if names else place - 0.46),
            (-72 * names if names else 2 * unit, 0),
            xycoords=left.get_yaxis_transform(),
            textcoords="offset points",
            size=small,
            va="center_baseline" if names else "top",
            annotation_clip=False,
        )
        words = _("no figure") if row.paper_ap is None else f"{row.paper_ap:.1f}"
        spot = (paper_range()[0] if row.paper_ap is None else row.paper_ap, place + 0.1)
        ink = {"size": sheet.page.type(0.85), "color": LIGHT.soft, "va": "center_baseline"}
        right.annotate(words, spot, (4 * unit, 0), textcoords="offset points", **ink)
        if row.paper_ap is not None:
            marker = MARKER[ANSWERS[row.path][0]]
            draw_points(right, spot, LIGHT.lost, 4 * unit, marker, casing=0, gid="paper")
    right.set_xlim(paper_range())
    for axes, words in ((left, _("our AP")), (right, _("paper's AP"))):
        axes.locator_params(axis="x", nbins=7 if axes is left else 3)
        axes.set_xlabel(words, size=sheet.page.type(0.9), labelpad=1.5 * unit)
    if max(counts) > 1:
        keys.append(
            line_key(
                _("one run"), LIGHT.soft, 0, marker="o", markersize=2.5 * unit, fillstyle="none"
            )
        )
    keys.append(line_key(paper_words(), LIGHT.lost, 0, marker="D", markersize=4 * unit))
    sheet.legend(0, sheet.height - 2.6 * line, keys, 2)
    return sheet.figure


def _ours(axes: Axes, ablation: Ablation, path: str, unit: float) -> None:
    """A path's runs, and their mean with its deviation a little above them."""
    head, below = ANSWERS[path]
    spots = [
        (run.points(path), place + below + BELOW_MEAN) for place, run in single_runs(ablation, path)
    ]
    thin = {"casing": 0.0, "hollow": True, "order": 3, "gid": f"{path} runs"}
    draw_points(axes, spots, COLOUR[head], 2.2 * unit, MARKER[head], **thin)
    for place, row in enumerate(ablation.rows):
        spread = ablation.spread(row, lambda run: run.points(path))
        if not spread.seeds:
            continue
        if not math.isnan(spread.deviation):
            ends = (spread.mean - spread.deviation, spread.mean + spread.deviation)
            wide = (0.9 if head == "one2many" else 1.6) * unit
            axes.plot(ends, [place + below] * 2, color=COLOUR[head], linewidth=wide)
        spot = (spread.mean, place + below)
        draw_points(axes, spot, COLOUR[head], 4 * unit, MARKER[head], casing=0.3 * unit)
