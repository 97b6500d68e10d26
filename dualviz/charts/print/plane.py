"""The metric plane as a figure: every candidate by log p and log overlap, where anchors of equal m lie on straight lines.

log m = α·log p + β·log u, so a line of equal m has slope −α/β. Ties aside, only corners of the upper right chain of the
convex hull can be first, before conflicts; α : β turns the lines, r leaves each where it is and changes only the m it stands for.
"""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dualviz.charts.drawn.words import (
    check_object,
    headline,
    overlap_name,
    settings_line,
    three,
    three_of_log,
)
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import GRID, HEAD_NAMES, LIGHT
from dualviz.charts.print.marks import COLOUR, MARKER, draw_points, head_key, line_key
from dualviz.charts.print.sheet import Sheet, sheet_lines
from dualviz.trace import DualTrace
from dualviz.words import _

SHOWN = 2  # times k: candidates ranked within it are in the frame
HOPELESS = 0.7  # but none whose log m / (α + β), which no r moves, is so far below the best: 1 % of m at α 0.5, β 6
LEAST = math.log(1e-6)  # and no score below it, as in the laboratory, unless it was selected
DECADES = 12  # lines of equal m below the best


@dataclass(frozen=True)
class _Cloud:
    """One head's candidates: x = log p and y = log u (N,), their ranks, exponents and best log m."""

    head: str
    x: np.ndarray
    y: np.ndarray
    rank: np.ndarray
    alpha: float
    beta: float
    top: float
    taken: int
    tied: int  # candidates whose m is the best one's

    def at(self, rank: int) -> np.ndarray:
        """Place (x, y) of the candidate of one rank."""
        index = int(np.flatnonzero(self.rank == rank)[0])
        return np.array((self.x[index], self.y[index]))

    def level(self, rank: int) -> float:
        """Log m of the candidate of one rank."""
        x, y = self.at(rank)
        return float(self.alpha * x + self.beta * y)


def plane_figure(
    trace: DualTrace,
    g: int | None,
    *,
    picture: str = "",
    detector: str = "",
    page: Page = COLUMN,
) -> Figure:
    """The candidates of an object in the plane (log p, log overlap), with lines of equal m and the hull of winners.

    Args:
        trace: both heads on a picture.
        g: index of the object; None for none.
        picture, detector: names for the caption.
        page: one of `PAGES`.
    """
    check_object(trace, g)
    caption = settings_line(trace, g, picture, detector)
    clouds = [] if g is None else [_cloud(trace, g, head) for head in HEAD_NAMES]
    clouds = [cloud for cloud in clouds if len(cloud.x)]
    line, unit = page.line(), page.unit
    if not clouds:
        sheet = Sheet(page, headline(trace, g), caption, 2 * line)
        sheet.words(0, 0, _("No candidate to show: m = 0 everywhere."))
        return sheet.figure

    words = _sentence(trace, clouds)
    keys = _keys(trace, clouds, unit)
    left, below = 3.3 * line, 2.9 * line
    right = (
        5.4 * line * page.type(0.8) / (0.8 * page.type())
    )  # the smallest type is larger on a small page
    if page.height:
        sheet = Sheet(page, headline(trace, g), caption)
        tall, beside = sheet.height - below, 0.67 * sheet.width
        wide = beside - line - left - right
        sheet.words(beside, sheet.legend(beside, 0, keys) + line, words)
    else:
        wide, tall = page.inner - left - right, 0.72 * page.inner
        under = tall + below + 0.3 * line
        legend = 1.3 * page.line(0.9) * -(-len(keys) // 2)
        lines = len(sheet_lines(words, page))
        sheet = Sheet(page, headline(trace, g), caption, under + legend + (lines + 0.4) * line)
        sheet.words(0, under + sheet.legend(0, under, keys, 2) + 0.4 * line, words)
    axes = sheet.axes(left, 0, wide, tall)
    _scales(sheet, axes, overlap_name(trace), clouds)
    for cloud in reversed(clouds):
        if not (trace.setting.shared and cloud.head == "one2one"):
            _draw_cloud(axes, cloud, unit)
    _draw_lines(sheet, axes, clouds)
    _draw_chosen(axes, clouds, unit)
    return sheet.figure


def hull_chain(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Corners of the convex hull's upper right chain, from the largest x to the largest y: the only possible winners, ties aside.

    Of equal points the first stands for all.

    >>> hull_chain(np.array([0.0, 1.0, 2.0, 0.5]), np.array([2.0, 1.5, 0.0, 0.5]))
    [2, 1, 0]
    """
    chain: list[int] = []
    for point in np.lexsort((np.arange(len(x)), -y, -x)).tolist():
        if chain and y[point] <= y[chain[-1]]:
            continue  # below and left of one that stands already
        while len(chain) > 1 and not _bulges(x, y, *chain[-2:], point):
            chain.pop()
        chain.append(point)
    return chain


def _bulges(x: np.ndarray, y: np.ndarray, a: int, b: int, c: int) -> bool:
    """Whether b lies strictly outside the line from a to c, seen from the origin's side."""
    return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]) > 0


def _cloud(trace: DualTrace, g: int, head: str) -> _Cloud:
    own = getattr(trace, head)
    rank = own.rank[g].numpy()
    some = rank > 0
    x, y = (values[g].numpy()[some] for values in (own.p, own.overlaps))
    key = own.log_metric[g].numpy()[some]
    return _Cloud(
        head,
        np.log(x),
        np.log(y),
        rank[some],
        *trace.setting.exponents(head),
        float(key.max()) if len(key) else -math.inf,
        int((own.assignment.candidates[g] >= 0).sum()),
        int((key == key.max()).sum()) if len(key) else 0,
    )


def _scales(sheet: Sheet, axes: Axes, overlap: str, clouds: list[_Cloud]) -> None:
    """Both axes in logarithms, named by the values themselves; the frame holds all who have a chance."""
    unit = sheet.page.unit
    names = {
        "x": _("score p (log scale)"),
        "y": _("{overlap} with the object (log scale)", overlap=overlap),
    }
    for name, words in names.items():
        values = np.concatenate([getattr(cloud, name)[_shown(cloud)] for cloud in clouds])
        low, high = values.min(), values.max()
        pad = 0.07 * max(0.3, high - low)
        low, high = min(low, high - 0.2) - pad, min(high + pad, 0.8 * pad)
        axes.set(**{f"{name}lim": (low, high)})
        ticks = _log_ticks(low, high)
        axis = getattr(axes, f"{name}axis")
        axis.set_ticks(
            [math.log(tick) for tick in ticks], [f"{tick:g}".replace("e-0", "e-") for tick in ticks]
        )
        axis.set_label_text(words, size=sheet.page.type(0.9), color=LIGHT.soft)
        axis.labelpad = 2 * unit
    axes.grid(color=GRID, linewidth=0.5 * unit)
    axes.set_axisbelow(True)


def _shown(cloud: _Cloud) -> np.ndarray:
    """Who must be in the frame: the selected, the next in line and the hull's corners; bool (N,)."""
    near = cloud.rank <= SHOWN * max(cloud.taken, 10)
    near[hull_chain(cloud.x, cloud.y)] = True
    level = cloud.alpha * cloud.x + cloud.beta * cloud.y
    return near & (cloud.top - level < HOPELESS * (cloud.alpha + cloud.beta)) & (
        cloud.x > LEAST
    ) | (cloud.rank <= cloud.taken)


def _log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values whose logarithms lie in a range, at most `most`."""
    tens = range(math.floor(low / math.log(10)), math.ceil(high / math.log(10)) + 1)
    ticks: list[float] = []
    fine = tuple(digit / 20 for digit in range(20, 200))
    coarse = (range(1, 10), (1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
    for digits in (fine, fine[::2], fine[::10], *coarse):
        ticks = [float(f"{digit}e{ten}") for ten in tens for digit in digits]
        ticks = [tick for tick in ticks if tick <= 1 and low <= math.log(tick) <= high]
        if len(ticks) <= most:
            break
    return ticks[:: -(-len(ticks) // most) or 1]


def _draw_cloud(axes: Axes, cloud: _Cloud, unit: float) -> None:
    """All candidates hollow, the hull's chain and its corners ringed: nothing of it moves with α, β or r."""
    colour, round_ = COLOUR[cloud.head], cloud.head == "one2many"
    axes.scatter(
        cloud.x,
        cloud.y,
        s=((3.2 if round_ else 3.0) * unit) ** 2,
        marker=MARKER[cloud.head],
        facecolors="none",
        edgecolors=colour,
        linewidths=0.6 * unit,
        alpha=0.75,
        zorder=3,
        gid=f"{cloud.head} candidates",
    )
    chain = hull_chain(cloud.x, cloud.y)
    axes.plot(
        cloud.x[chain],
        cloud.y[chain],
        color=colour,
        linewidth=0.8 * unit,
        linestyle="-" if round_ else (0, (4, 2)),
        zorder=3.2,
        gid=f"{cloud.head} hull",
    )
    axes.scatter(
        cloud.x[chain],
        cloud.y[chain],
        s=((6.6 if round_ else 7.6) * unit) ** 2,
        facecolors="none",
        edgecolors=LIGHT.truth,
        linewidths=0.7 * unit,
        zorder=4,
        gid=f"{cloud.head} corners",
    )


def _draw_lines(sheet: Sheet, axes: Axes, clouds: list[_Cloud]) -> None:
    """Lines of equal m: tenths of the best in grey, each head's winner and the last of the top k in its colour."""
    unit, x = sheet.page.unit, np.array(axes.get_xlim())
    ends: list[tuple[float, str, str]] = []

    def draw(cloud: _Cloud, level: float, words: str, colour: str, gid: str, **look) -> None:
        y = (level - cloud.alpha * x) / cloud.beta
        axes.plot(x, y, color=colour, scalex=False, scaley=False, gid=gid, **look)
        ends.append((float(y[1]), words, colour))

    for cloud in clouds:
        colour, name = COLOUR[cloud.head], f"equal m {cloud.head}"
        if cloud.head == "one2one":
            words = f"m′ {three_of_log(cloud.top)}"
            dash = {"linewidth": 1.4 * unit, "linestyle": (0, (4, 2)), "zorder": 2.6}
            draw(cloud, cloud.top, words, colour, name, **dash)
            continue
        words = f"m {three_of_log(cloud.top)}"
        draw(cloud, cloud.top, words, colour, name, linewidth=2.0 * unit, zorder=2.5)
        if cloud.taken > 1:
            last = cloud.level(cloud.taken)
            words = _("rank {rank}: {m}", rank=cloud.taken, m=three_of_log(last))
            draw(cloud, last, words, colour, f"{name} top k", linewidth=0.8 * unit, zorder=2.5)
    bottom = axes.get_ylim()[0]
    for tenth in range(1, DECADES + 1):
        level = clouds[0].top - tenth * math.log(10)
        if (level - clouds[0].alpha * x[0]) / clouds[0].beta > bottom:
            look = {"linewidth": 0.5 * unit, "alpha": 0.5, "zorder": 2}
            words = "m / 10" + "⁰¹²³⁴⁵⁶⁷⁸⁹"[tenth] * (tenth > 1) if tenth < 10 else ""
            draw(clouds[0], level, words, LIGHT.soft, f"equal m tenth {tenth}", **look)
    _write_ends(sheet, axes, ends)


def _write_ends(sheet: Sheet, axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """What the lines stand for, where they leave the frame and apart; those of the tenths where there is room left."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    height = axes.get_position().height * sheet.figure.get_figheight()
    step = (top - bottom) * sheet.page.line(0.8) / height
    heads = sorted((end for end in ends if end[2] != LIGHT.soft), reverse=True)
    places = [min(y, top) for y, *_ in heads]
    for i in range(1, len(places)):
        places[i] = min(places[i], places[i - 1] - step)
    for i in reversed(range(len(places))):
        places[i] = max(places[i], bottom if i + 1 == len(places) else places[i + 1] + step)
    shown = [(place, words, colour) for place, (_y, words, colour) in zip(places, heads)]
    for y, words, colour in ends:
        taken = any(abs(y - place) < step for place, *_ in shown)
        if colour == LIGHT.soft and bottom <= y <= top and not taken:
            shown.append((y, words, colour))
    for y, words, colour in shown:
        beside = right + 0.015 * (right - left)
        axes.text(beside, y, words, size=sheet.page.type(0.8), color=colour, va="center")


def _draw_chosen(axes: Axes, clouds: list[_Cloud], unit: float) -> None:
    """The top k filled, the first choices of both heads large."""
    for cloud in clouds:
        if cloud.head == "one2many":
            top = cloud.rank <= cloud.taken
            points = np.stack((cloud.x[top], cloud.y[top]), -1)
            draw_points(
                axes, points, LIGHT.one2many, 3.6 * unit, casing=0, order=4.5, gid="one2many top-k"
            )
            draw_points(
                axes, cloud.at(1), LIGHT.one2many, 5 * unit, casing=0.5 * unit, gid="one2many pick"
            )
        else:
            form = {"marker": "D", "casing": 0.6 * unit, "order": 5.5}
            draw_points(axes, cloud.at(1), LIGHT.one2one, 5.5 * unit, gid="one2one pick", **form)


def _keys(trace: DualTrace, clouds: list[_Cloud], unit: float) -> list:
    """The legend, by form."""
    keys = []
    for cloud in clouds:
        filled = {
            "one2many": _("one-to-many: top {k} filled", k=cloud.taken),
            "one2one": _("one-to-one: pick filled"),
        }
        keys.append(head_key(cloud.head, filled[cloud.head], unit))
    ring = {"marker": "o", "markersize": 6 * unit, "markerfacecolor": "none"}
    ring["markeredgewidth"] = 0.7 * unit
    keys.append(line_key(_("corner of the hull"), LIGHT.truth, 0, **ring))
    keys.append(line_key(_("equal m"), LIGHT.soft, 0.6 * unit))
    return keys


def _sentence(trace: DualTrace, clouds: list[_Cloud]) -> str:
    """What the lines mean at this setting."""
    knobs = trace.setting
    corners = [len(hull_chain(cloud.x, cloud.y)) for cloud in clouds]
    counts = f"{corners[0]}" if knobs.shared else "\u00a0+\u00a0".join(map(str, corners))
    total = (
        f"{len(clouds[0].x)}"
        if knobs.shared
        else "\u00a0+\u00a0".join(str(len(c.x)) for c in clouds)
    )
    can = [
        _(
            "Ties aside, of {all} candidates only the ringed corners of the hull ({corners}) can be first, before conflicts.",
            all=total,
            corners=counts,
        )
    ]
    for cloud in clouds[:1] if knobs.shared and knobs.locked else clouds:
        if cloud.tied > 1:
            can.append(
                _(
                    "Here {n} tie for the first place in the {head} head: the lowest anchor index takes it.",
                    n=cloud.tied,
                    head=HEAD_NAMES[cloud.head],
                )
            )
    slopes = [f"−{three(cloud.alpha / cloud.beta)}" for cloud in clouds]
    if knobs.locked and knobs.r != 1:
        turned = _(
            "Slope −α/β = {slope} in both heads: r = {r} leaves every line where it is and changes only the m it stands for.",
            slope=slopes[0],
            r=f"{knobs.r:.2f}",
        )
    elif knobs.locked or len(clouds) < 2:
        turned = _("Lines of equal m have slope −α/β = {slope}.", slope=slopes[0])
    else:
        turned = _(
            "Slope −α/β = {many} one-to-many, {one} one-to-one.", many=slopes[0], one=slopes[1]
        )
    return " ".join((turned, *can))
