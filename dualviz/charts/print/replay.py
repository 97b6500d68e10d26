"""A training run as a figure for papers and slides: losses, AP, duplicates, alignment and gap over the steps, one moment marked.

The same six panels as on the replay page, drawn with Matplotlib: one-to-many thin and blue, one-to-one thick and
vermilion.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dualviz.charts.drawn.run import (
    AP_LINES,
    AP_REACH,
    FEWEST,
    LOSS_LINES,
    PANELS,
    TOP_LINES,
    ap_title,
    loss_curve,
    place,
    repeats_curve,
    repeats_scale,
    repeats_title,
    ticks,
)
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import GRID, HEAD_NAMES, LIGHT, RANGE_OPACITY
from dualviz.charts.print.curves import DASHES, DOTS
from dualviz.charts.print.marks import COLOUR, line_key
from dualviz.charts.print.sheet import Sheet
from dualviz.detector.network import HEADS
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.replay import Replay
from dualviz.words import _

STYLES = {"solid": "solid", "dash": DASHES, "dot": DOTS}
WIDTH = {"one2many": 0.9, "one2one": 1.9}


def run_figure(replay: Replay, step: int, *, caption: str = "", page: Page = COLUMN) -> Figure:
    """Losses of both heads, AP and duplicates by path, Top-1/5/10 and the gap over training, `step` marked in all.

    Args:
        replay: what is kept of the run.
        step: the moment, a vertical line.
        caption: run and set in words.
        page: COLUMN (two panels a row) or SLIDE (three).
    """
    unit = page.unit
    headline = _("Two heads begin as one, part, and still agree: step {step}", step=step)

    def draw(panels: dict[str, Axes]) -> None:
        for part, panel, dash in LOSS_LINES:
            for head in HEADS:
                x, y = loss_curve(replay, head, part)
                ink = {"color": COLOUR[head], "linewidth": WIDTH[head] * unit}
                panels[panel].plot(x, y, linestyle=STYLES[dash], **ink)
        _figures(replay, panels, unit)

    keys = [line_key(HEAD_NAMES[head], COLOUR[head], WIDTH[head] * unit) for head in HEADS]
    keys.append(
        line_key(
            PATH_NAMES["one2many raw"],
            COLOUR["one2many"],
            0.7 * unit,
            DOTS,
        )
    )
    for words, dash in TOP_LINES:
        keys.append(line_key(words, COLOUR["one2one"], 1.1 * unit, STYLES[dash]))
    keys.append(line_key(_("edges of boxes (DFL)"), LIGHT.soft, 1.1 * unit, DASHES))
    keys.append(line_key(_("floor to ceiling"), COLOUR["one2many"], 4 * unit, alpha=RANGE_OPACITY))
    titles = dict(PANELS) | {"ap": ap_title(replay), "repeats": repeats_title(replay)}
    return run_panels(replay, step, page, (headline, caption), titles, {"top"}, draw, keys)


def run_panels(
    replay: Replay,
    step: int,
    page: Page,
    words: tuple[str, str],
    titles: Mapping[str, str],
    shares: Collection[str],
    draw: Callable[[dict[str, Axes]], None],
    keys: Sequence[Line2D],
) -> Figure:
    """Panels over the training steps on a log scale, `step` marked in all, and a legend below.

    Args:
        replay: whose steps.
        step: the moment.
        page: COLUMN (two panels a row) or SLIDE (three).
        words: headline and caption.
        titles: of the panels by name, in reading order; one is "ap".
        shares: names of those whose values are shares of all.
        draw: puts the curves into the panels.
        keys: of the legend.
    """
    line, unit = page.line(), page.unit
    columns = 3 if page.height else 2
    below = (1.25 * -(-len(keys) // columns) + 0.4) * line  # of the legend
    sheet = Sheet(page, *words, 47 * line)
    wide, high = sheet.width / columns, (sheet.height - below) / -(-len(titles) // columns)
    panels: dict[str, Axes] = {}
    for index, (name, title) in enumerate(titles.items()):
        row, column = divmod(index, columns)
        left, top = column * wide, row * high
        sheet.words(left, top, title, wide, size=0.9, bold=True)
        axes = sheet.axes(left + 2.2 * line, top + 1.5 * line, wide - 2.9 * line, high - 3.2 * line)
        axes.set_xscale("log")
        axes.axvline(place(replay, step), color=LIGHT.truth, linewidth=0.7 * unit, gid="moment")
        axes.grid(linewidth=0.3 * unit, color=GRID)
        panels[name] = axes
    draw(panels)
    places, labels = ticks(replay)
    for name, axes in panels.items():
        axes.set_xticks(places, labels)
        axes.minorticks_off()
        axes.set_xlim(places[0] / 1.3, 1.25 * max(replay.steps[-1], 2))
        if axes.get_yscale() == "linear":
            axes.set_ylim(bottom=0, top=1.04 if name in shares else None)
    panels["ap"].set_ylim(top=max(AP_REACH, panels["ap"].get_ylim()[1]))
    sheet.legend(0, sheet.height - below + 0.2 * line, keys, columns)
    return sheet.figure


def _figures(replay: Replay, panels: dict[str, Axes], unit: float) -> None:
    rows = [replay.figures[step] for step in sorted(replay.figures)]
    x = [place(replay, row.step) for row in rows]
    for path, head, dash in AP_LINES:
        values = [row.ap[path] for row in rows]
        ink = {"color": COLOUR[head], "linewidth": WIDTH[head] * unit, "linestyle": STYLES[dash]}
        panels["ap"].plot(x, values, **ink)
        panels["repeats"].plot(x, repeats_curve(replay, path)[1], **ink)
    places, words, most = repeats_scale(replay)
    panels["repeats"].set_yscale("log")
    panels["repeats"].set_yticks(places, words)
    panels["repeats"].set_ylim(0.8 * FEWEST, most)
    for k, (_name, dash) in enumerate(TOP_LINES):
        values = [row.alignment[k] for row in rows]
        ink = {"color": COLOUR["one2one"], "linewidth": 1.1 * unit, "linestyle": STYLES[dash]}
        panels["top"].plot(x, values, **ink)
    floor, gap, ceiling = (
        np.array([getattr(row, name) for row in rows], float)
        for name in ("floor", "gap", "ceiling")
    )
    band = {"color": COLOUR["one2many"], "alpha": RANGE_OPACITY, "linewidth": 0}
    panels["gap"].fill_between(x, floor, ceiling, **band)
    panels["gap"].plot(x, gap, color=COLOUR["one2one"], linewidth=1.9 * unit)
