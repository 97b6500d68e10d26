"""The paper's claims as a forest for papers and slides, drawn with Matplotlib: the same marks as on the page."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dualviz.charts.drawn.claims import (
    Line,
    axis_words,
    claim_lines,
    groups,
    margin_words,
    reach,
    running_off,
    seeds_words,
    waiting_words,
)
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import GRID, LIGHT
from dualviz.charts.print.marks import COLOUR, draw_points, line_key
from dualviz.charts.print.sheet import Sheet, text_width
from dualviz.pictures.dataset import set_words
from dualviz.study import paper
from dualviz.study.ablation import Ablation
from dualviz.study.claims import STATED
from dualviz.words import _


def claims_figure(ablation: Ablation, *, page: Page = COLUMN) -> Figure:
    """A line a claim: our mean difference and 95 % interval, chance alone, the paper's difference, the verdict.

    Args:
        ablation: with at least one run.
        page: one of `PAGES`.
    """
    line, unit = page.line(), page.unit
    lines = claim_lines(ablation)
    caption = " · ".join(
        (
            _("claims stated on {day}, from {source}", day=STATED, source=paper.SOURCE),
            _("trained on {set}", set=set_words(ablation.trained_on)),
            _("measured on {set}", set=set_words(ablation.measured_on)),
            seeds_words(lines),
            waiting_words(lines) or margin_words(ablation),
        )
    )
    headline = _("What our runs say to the paper's claims")
    parts = groups(lines)
    under, key = 3.2 * line, 2.6 * line  # numbers and name below the axes of a group; the legend
    rows = len(lines) * 2.6 * line
    sheet = Sheet(page, headline, caption, rows + len(parts) * under + key)
    small, gap = page.type(0.8), 4 * unit / 72
    # where the height is given and room is left, the words stand beside their marks, else above them
    words = max(text_width(claim.words, small) for claim in lines) + gap
    verdicts = max(text_width(claim.said, small, bold=True) for claim in lines) + gap
    if not page.height or words + verdicts > 0.75 * sheet.width:
        words = 0.0
    row = (sheet.height - key - len(parts) * under) / len(lines)
    top = 0.0
    for part in parts:
        axes = sheet.axes(words, top, sheet.width - words - verdicts, row * len(part))
        _forest(axes, part, page, words, small)
        top += row * len(part) + under
    keys = [
        line_key(
            _("ours, with its 95 % interval"),
            COLOUR["one2one"],
            1.4 * unit,
            marker="D",
            markersize=4 * unit,
        ),
        line_key(
            _("chance alone: other first weights"),
            LIGHT.soft,
            0.9 * unit,
            marker="s",
            markersize=4 * unit,
        ),
        line_key(_("the paper's difference"), LIGHT.lost, 0, marker="X", markersize=4 * unit),
    ]
    sheet.legend(0, sheet.height - key, keys, 2)
    return sheet.figure


def _forest(axes: Axes, lines: list[Line], page: Page, words: float, small: float) -> None:
    """One group of claims: `words` inches are left of the axes for them, 0 where they stand above their marks."""
    unit = page.unit
    far = reach(lines)
    axes.set(ylim=(len(lines) - 0.45, -0.5), yticks=[], xlim=(-far, far))
    axes.set_xticks(
        [tick for tick in axes.get_xticks() if abs(tick) < 0.9 * far]
    )  # words at the edge would leave the sheet
    axes.axvline(0, color=LIGHT.soft, linewidth=0.5 * unit, zorder=1)
    for place, claim in enumerate(lines):
        if place:
            axes.axhline(place - 0.5, color=GRID, linewidth=0.4 * unit)
        if not math.isnan(claim.margin):
            span = {"color": LIGHT.soft, "alpha": 0.14, "linewidth": 0}
            axes.fill_betweenx((place - 0.1, place + 0.42), -claim.margin, claim.margin, **span)
        for text, x, y, weight, side in (
            (
                (claim.words, 0.0, place + 0.12, "normal", -72 * words / unit)
                if words
                else (claim.words, 0.0, place - 0.3, "normal", 2)
            ),
            (claim.said, 1.0, place + 0.12, "bold", 4),
        ):
            axes.annotate(
                text,
                (x, y),
                (side * unit, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                size=small,
                weight=weight,
                va="center_baseline",
                annotation_clip=False,
            )
        if not math.isnan(claim.mean):
            axes.plot(
                (claim.low, claim.high),
                [place + 0.12] * 2,
                color=COLOUR["one2one"],
                linewidth=1.4 * unit,
            )
            draw_points(
                axes,
                (claim.mean, place + 0.12),
                COLOUR["one2one"],
                4 * unit,
                "D",
                casing=0,
                gid="ours",
            )
        if not math.isnan(claim.null):
            axes.plot(
                (claim.null_low, claim.null_high),
                [place + 0.3] * 2,
                color=LIGHT.soft,
                linewidth=0.9 * unit,
            )
            draw_points(
                axes, (claim.null, place + 0.3), LIGHT.soft, 2.4 * unit, "s", casing=0, gid="chance"
            )
        draw_points(
            axes, (claim.paper, place + 0.12), LIGHT.lost, 3.4 * unit, "X", casing=0, gid="paper"
        )
    for place, x, whose in running_off(lines):
        colour, below = (COLOUR["one2one"], 0.12) if whose == "ours" else (LIGHT.soft, 0.3)
        sign = ">" if x > 0 else "<"
        draw_points(axes, (x, place + below), colour, 2.6 * unit, sign, casing=0, gid="goes on")
    axes.set_xlabel(axis_words(lines), size=page.type(0.9), labelpad=1.5 * unit)
