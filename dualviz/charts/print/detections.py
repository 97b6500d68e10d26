"""Detections side by side as a figure: the same picture, the same weights, what each output reports and what it costs.

Boxes keep the form of their head; a duplicate has a double outline, a false one is dotted, what was missed is flagged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.figure import Figure

from dualviz.charts.drawn.outcomes import FEW_PLATES, Outcomes, outcomes
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import FLAG, HEAD_NAMES, LIGHT
from dualviz.charts.print.marks import (
    COLOUR,
    FALSE_DASH,
    TRUTH_DASH,
    draw_boxes,
    draw_duplicates,
    draw_points,
    draw_truth,
    duplicate_key,
    line_key,
    show_picture,
    write_tag,
)
from dualviz.charts.print.sheet import Sheet
from dualviz.pictures.truth import Truth
from dualviz.postprocess import Detections, Match
from dualviz.words import _

WIDTH = {"one2many": 0.7, "one2one": 1.4}


@dataclass(frozen=True)
class Output:
    """One output to show: its title, the head it comes from, what it reports, and that against truth where known."""

    title: str
    head: Literal["one2many", "one2one"]
    detections: Detections
    matches: Match | None = None


def detections_figure(
    image: np.ndarray,
    outputs: Sequence[Output],
    truth: Truth | None = None,
    *,
    headline: str = "",
    caption: str = "",
    page: Page = COLUMN,
) -> Figure:
    """Outputs side by side with their counts.

    Args:
        image: uint8 (H, W, 3) RGB.
        outputs: at least one.
        truth: drawn dashed below; None for none.
        headline, caption: words above ("" for the usual ones) and below; the caption holds picture, detector and thresholds.
        page: COLUMN (two beside each other) or SLIDE (all in a row).
    """
    if not outputs:
        raise ValueError("outputs must name at least one output, got none")
    headline = headline or _("The same picture, the same weights")
    results = [outcomes(output.detections, output.matches) for output in outputs]
    line, gap = page.line(), 0.5 * page.line()
    columns = len(outputs) if page.height else min(2, len(outputs))
    rows = -(-len(outputs) // columns)
    ratio = image.shape[0] / image.shape[1]
    wide = (page.inner - gap * (columns - 1)) / columns
    keys = _keys(outputs, results, truth, page.unit)
    legend = -(-len(keys) // 2) * 1.3 * page.line(0.9)
    sheet = Sheet(page, headline, caption, rows * (wide * ratio + 4.1 * line) + legend + 0.3 * line)
    if page.height:
        wide = min(wide, (sheet.height - legend - 4.6 * line) / ratio)
    cell = wide * ratio + 4.1 * line
    for index, (output, outcome) in enumerate(zip(outputs, results)):
        row, column = divmod(index, columns)
        left, top = column * (wide + gap), row * cell
        sheet.words(left, top, output.title, wide, size=0.92, bold=True, colour=COLOUR[output.head])
        _panel(sheet, image, output, outcome, truth, (left, top + 1.2 * line, wide, wide * ratio))
        sheet.words(left, top + 1.5 * line + wide * ratio, outcome.words, wide, size=0.85)
    beside = columns * (wide + gap) + line
    if sheet.width - beside > 0.3 * sheet.width:
        sheet.legend(beside, 1.2 * line, keys)
    else:
        sheet.legend(0, rows * cell + 0.1 * line, keys, 2)
    return sheet.figure


def _panel(
    sheet: Sheet, image, output: Output, outcome: Outcomes, truth: Truth | None, place
) -> None:
    height, width = image.shape[:2]
    unit = sheet.page.unit
    axes = sheet.axes(*place)
    show_picture(axes, image, (0, 0, width, height))
    boxes = output.detections.boxes.cpu().numpy()
    line, colour = WIDTH[output.head] * unit, COLOUR[output.head]
    if truth is not None:
        real = truth.boxes.numpy()
        draw_truth(axes, real, 0.5 * unit)
        missed = real[outcome.missed] if len(outcome.missed) else real[:0]
        if len(missed) > FEW_PLATES:
            draw_points(axes, missed[:, :2], FLAG, 2 * unit, "s", casing=0.35 * unit, gid="missed")
        else:
            for box in missed:
                write_tag(axes, box, "∅", sheet.page.type(0.62), FLAG)
    thin = {"casing": 0.35 * unit}
    draw_boxes(axes, boxes[outcome.ignored], LIGHT.lost, line, **thin, gid="ignored")
    draw_boxes(axes, boxes[outcome.false], colour, line, FALSE_DASH, **thin, gid="false")
    draw_boxes(axes, boxes[outcome.found], colour, line, **thin, gid="found")
    few = outcome.duplicate.sum() <= outcome.found.sum()  # seen above; a flood stays below
    draw_duplicates(axes, boxes[outcome.duplicate], unit, order=4 if few else 2.8)


def _keys(
    outputs: Sequence[Output], results: Sequence[Outcomes], truth: Truth | None, unit: float
) -> list:
    """The legend, by form: only what is in the figure."""
    against = any(output.matches is not None for output in outputs)
    keys = (
        []
        if truth is None
        else [line_key(str(truth.stand_in or _("truth")), LIGHT.truth, 1.1 * unit, TRUTH_DASH)]
    )
    for head in dict.fromkeys(output.head for output in outputs):
        if against:
            words = _("{head}: found", head=HEAD_NAMES[head])
        else:
            words = _("{head}: detection", head=HEAD_NAMES[head])
        keys.append(line_key(words, COLOUR[head], WIDTH[head] * unit))
    if any(outcome.false.any() for outcome in results):
        keys.append(
            line_key(_("false"), COLOUR[outputs[0].head], WIDTH[outputs[0].head] * unit, FALSE_DASH)
        )
    if any(outcome.duplicate.any() for outcome in results):
        keys.append(duplicate_key(_("duplicate") if against else _("repeat"), unit))
    if any(outcome.missed.any() for outcome in results):
        keys.append(line_key(_("∅ missed"), FLAG, 0, marker="s", markersize=6 * unit))
    return keys
