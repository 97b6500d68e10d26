"""Curves of the detections page for papers and slides: precision over recall, and what NMS misses at every threshold.

Drawn with Matplotlib from the records of `dualviz.postprocess` and `dualviz.study.crowding`; one-to-many is thin with circles,
one-to-one thick with diamonds, the raw output dotted.
"""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from dualviz.charts.drawn.crowds import headline
from dualviz.charts.drawn.curves import precision_recall
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import LIGHT
from dualviz.charts.print.marks import COLOUR, draw_points, line_key
from dualviz.charts.print.sheet import Sheet
from dualviz.postprocess import Match
from dualviz.study.crowding import Counts, Crowding, Level
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.timing import COMPILED_NMS, NETWORKS, OUR_NMS, Timing
from dualviz.words import _

DOTS, DASHES = (0, (1, 1.6)), (0, (4, 2.4))
LOOKS = {  # of a path: its key in `PATH_NAMES`, head, width in points on paper, dash
    "raw": ("one2many raw", "one2many", 0.8, DOTS),
    "nms": ("one2many + NMS", "one2many", 1.1, "solid"),
    "free": ("one2one", "one2one", 2.0, "solid"),
}


def curves_figure(
    matches: dict[str, Match] | None,
    shown: dict[str, int],
    swept: tuple[tuple[float, ...], list[Counts], Counts],
    threshold: float,
    *,
    caption: str = "",
    page: Page = COLUMN,
) -> Figure:
    """Precision over recall of the three outputs, and the present picture's every NMS threshold.

    Args:
        matches: of all detections above the lowest confidence, by path: "raw", "nms", "free"; None where the truth is
            the one-to-one head's own detections, by which nobody can be judged.
        shown: how many of them are above the chosen confidence.
        swept: thresholds, NMS's counts at each, the one-to-one head's counts.
        threshold: of NMS, as chosen.
        caption: picture, detector and settings.
        page: COLUMN (one below the other) or SLIDE (side by side).
    """
    line, unit = page.line(), page.unit
    sheet = Sheet(page, _("Precision, recall, and every NMS threshold"), caption, 34 * line)
    wide, high, places = sheet.halves()
    axes = sheet.plot(places[0], wide, high, _("recall"), _("precision"))
    axes.set(xlim=(0, 1), ylim=(0, 1.04))
    keys = []
    if matches is None:
        words = _("No precision, recall or AP:\nthe truth is its own detections.")
        axes.text(0.5, 0.5, words, size=sheet.page.type(0.9), ha="center", va="center")
    for path, (name, head, width, dash) in LOOKS.items() if matches else ():
        precision, recall, ap = precision_recall(matches[path])
        ink = {"color": COLOUR[head], "linewidth": width * unit, "linestyle": dash}
        if len(recall):
            axes.plot(np.r_[0, recall], np.r_[precision[0], precision], gid=f"pr {path}", **ink)
        if 0 < shown[path] <= len(recall):
            spot = [(recall[shown[path] - 1], precision[shown[path] - 1])]
            marker = "D" if head == "one2one" else "o"
            draw_points(axes, spot, COLOUR[head], 4.5 * unit, marker, casing=0.4 * unit)
        words = PATH_NAMES[name]
        if not math.isnan(ap):  # pooled classes, every point: no COCO AP
            words = _("{path}, area below it {area}", path=words, area=f"{ap:.2f}")
        keys.append(line_key(words, COLOUR[head], width * unit, dash))
    sheet.legend(places[0][0] + 2.6 * line, places[0][1] + high - 3.9 * line, keys, 1)

    axes = sheet.plot(places[1], wide, high, _("NMS IoU threshold"), _("boxes"))
    thresholds, many, one = swept
    _threshold_lines(axes, thresholds, many, one, 1.0, unit)
    axes.axvline(threshold, color=LIGHT.truth, linewidth=0.7 * unit)
    sheet.legend(places[1][0] + 2.6 * line, places[1][1] + high - 3.9 * line, _keys(unit), 1)
    return sheet.figure


def crowding_figure(crowding: Crowding, level: Level, *, page: Page = COLUMN) -> Figure:
    """What NMS misses and repeats at every threshold over many rendered crowds, and the one-to-one head without any."""
    line = page.line()
    caption = (
        _(
            "{scenes} rendered scenes with {objects} objects",
            scenes=crowding.scenes,
            objects=level.objects,
        ),
        _("overlap slider {overlap}", overlap=f"{level.overlap:.2f}"),
        f"{crowding.detector} ({crowding.weights})",
        _("confidence {conf}", conf=f"{crowding.confidence:.2f}"),
        _("matched at IoU 0.5"),
    )
    sheet = Sheet(page, headline(), " · ".join(caption), 21 * line)
    words = (_("NMS IoU threshold"), _("for each 100 true objects"))
    axes = sheet.plot((0, 0), sheet.width, sheet.height, *words, below=8.2)
    share = 100 / max(1, level.objects)
    _threshold_lines(axes, crowding.thresholds, level.one2many, level.one2one, share, page.unit)
    sheet.legend(2.6 * line, sheet.height - 5.2 * line, _keys(page.unit), 1)
    return sheet.figure


def times_figure(timing: Timing, *, caption: str = "", page: Page = COLUMN) -> Figure:
    """Milliseconds of NMS and of the NMS-free selection against the number of candidates, and of the network."""
    line, unit = page.line(), page.unit
    lines = [("nms", timing.nms, str(OUR_NMS)), ("free", timing.free, _("NMS-free selection"))]
    if timing.compiled:
        lines.insert(1, ("raw", timing.compiled, str(COMPILED_NMS)))  # thin and dotted
    columns = 2 if page.height else 1
    key = 1.2 * -(-(len(lines) + len(timing.network)) // columns) * line  # of the legend
    sheet = Sheet(page, _("Time after the network, and in it"), caption, 16.5 * line + key)
    words = (_("candidates above the confidence"), _("ms a picture"))
    below = 3.4 + key / line
    axes = sheet.plot((0, 0), sheet.width, sheet.height, *words, below=below)
    axes.set(xscale="log", yscale="log")
    keys = []
    for path, spreads, name in lines:
        _key, head, width, dash = LOOKS[path]
        middle, low, high = (
            np.array([getattr(spread, part) for spread in spreads])
            for part in ("median", "low", "high")
        )
        ink = {"color": COLOUR[head], "linewidth": width * unit, "linestyle": dash}
        axes.plot(timing.candidates, middle, gid=path, **ink)
        axes.fill_between(timing.candidates, low, high, color=COLOUR[head], alpha=0.2, linewidth=0)
        keys.append(line_key(name, COLOUR[head], width * unit, dash))
    for (name, spread), dash in zip(timing.network.items(), ("solid", DASHES, DOTS)):
        axes.axhline(spread.median, color=LIGHT.soft, linewidth=0.8 * unit, linestyle=dash)
        words = _("network, {heads}", heads=NETWORKS[name]) + f": {spread.median:.1f} ms"
        keys.append(line_key(words, LIGHT.soft, 0.8 * unit, dash))
    for axis in (axes.xaxis, axes.yaxis):  # numbers as they are read, not powers as mathematics
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_locator(NullLocator())
    sheet.legend(2.6 * line, sheet.height - key, keys, columns)
    return sheet.figure


def _threshold_lines(axes: Axes, thresholds, many, one: Counts, share: float, unit: float) -> None:
    missed = np.array([row.missed for row in many]) * share
    surplus = np.array([row.duplicates + row.false for row in many]) * share
    one_surplus = (one.duplicates + one.false) * share
    blue, red = COLOUR["one2many"], COLOUR["one2one"]
    axes.axhline(one.missed * share, color=red, linewidth=2 * unit, gid="missed free")
    axes.axhline(one_surplus, color=red, linewidth=1.1 * unit, linestyle=DASHES)
    axes.plot(thresholds, missed, color=blue, linewidth=1.2 * unit, gid="missed nms")
    axes.plot(thresholds, surplus, color=blue, linewidth=1.1 * unit, linestyle=DASHES)
    top = max(8.0, missed.max(initial=0), one.missed * share, one_surplus)
    axes.set(xlim=(0, 1.01), ylim=(0, 1.25 * top))


def _keys(unit: float) -> list:
    blue, red = COLOUR["one2many"], COLOUR["one2one"]
    many, one = PATH_NAMES["one2many + NMS"], PATH_NAMES["one2one"]
    missed, surplus = (
        [_("{output}: missed objects", output=path) for path in (many, one)],
        [_("{output}: duplicates and false", output=path) for path in (many, one)],
    )
    return [
        line_key(missed[0], blue, 1.2 * unit),
        line_key(surplus[0], blue, 1.1 * unit, DASHES),
        line_key(missed[1], red, 2 * unit),
        line_key(surplus[1], red, 1.1 * unit, DASHES),
    ]
