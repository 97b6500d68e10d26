"""One step of NMS as a figure: who is kept so far, who was suppressed, and the present candidate with whom it strikes.

Drawn with Matplotlib from a `Suppression`; kept boxes are solid, suppressed ones grey, dotted and crossed.
"""

import numpy as np
from matplotlib.figure import Figure

from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import LIGHT
from dualviz.charts.print.marks import (
    COLOUR,
    LOST_DASH,
    draw_boxes,
    draw_crosses,
    draw_truth,
    line_key,
    show_picture,
)
from dualviz.charts.print.sheet import Sheet
from dualviz.pictures.truth import Truth
from dualviz.postprocess import Suppression
from dualviz.words import _, ngettext


def suppression_figure(
    image: np.ndarray,
    suppression: Suppression,
    step: int | None = None,
    truth: Truth | None = None,
    *,
    caption: str = "",
    page: Page = COLUMN,
) -> Figure:
    """NMS after some candidates.

    Args:
        image: uint8 (H, W, 3) RGB.
        suppression: of `non_max_suppression`.
        step: how many candidates were looked at, 0..N; None for all.
        truth: drawn dashed below; None for none.
        caption: picture, detector and settings.
        page: one of `PAGES`.
    """
    count = len(suppression.scores)
    step = count if step is None else step
    if not 0 <= step <= count:
        raise ValueError(f"step must be 0 to {count}, got {step}")
    line, unit = page.line(), page.unit
    height, width = image.shape[:2]
    ratio = height / width
    boxes, kept = suppression.boxes.double().numpy(), suppression.kept.numpy()
    by = suppression.suppressed_by.numpy()
    done = np.arange(count) < step
    headline = ngettext(
        "NMS after {step} of {n} candidate", "NMS after {step} of {n} candidates", count, step=step
    )
    sheet = Sheet(page, headline, caption, page.inner * ratio + 4.6 * line)
    # words stand below the picture, and where the height is given beside it
    wide = min(0.7 * page.inner, sheet.height / ratio) if page.height else page.inner
    axes = sheet.axes(0, 0, wide, wide * ratio)
    show_picture(axes, image, (0, 0, width, height))
    if truth is not None:
        draw_truth(axes, truth.boxes.numpy(), 0.5 * unit)
    thin = {"casing": 0.35 * unit}
    draw_boxes(axes, boxes[done & ~kept], LIGHT.lost, 0.5 * unit, LOST_DASH, 0, gid="suppressed")
    draw_boxes(axes, boxes[done & kept], COLOUR["one2many"], 0.8 * unit, **thin, gid="kept")
    keys = [
        line_key(_("kept"), COLOUR["one2many"], 0.8 * unit),
        line_key(_("suppressed"), LIGHT.lost, 0.8 * unit, LOST_DASH),
    ]
    words = sentence(suppression, step)
    if 0 < step < count:
        _present(axes, boxes, kept, by, step - 1, unit)
        keys.append(line_key(_("present candidate"), COLOUR["one2many"], 2.2 * unit))
    left, top = (wide + line, 0.0) if page.height else (0.0, wide * ratio + 0.4 * line)
    top += sheet.legend(left, top, keys, 1 if page.height else 3)
    sheet.words(left, top + (0.5 * line if page.height else 0.0), words, size=0.9)
    return sheet.figure


def sentence(suppression: Suppression, step: int) -> str:
    """What the last of the candidates looked at met.

    >>> import torch
    >>> from dualviz.postprocess import non_max_suppression
    >>> boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9]])
    >>> sentence(non_max_suppression(boxes, torch.tensor([[0.9], [0.6]])).trace, 2)
    'Candidate 2 (0.600) falls to candidate 1: IoU 0.900.'
    """
    if step == 0:
        return _("Nothing is decided yet.")
    row = step - 1
    name = {"step": step, "score": f"{float(suppression.scores[row]):.3f}"}
    if suppression.kept[row]:
        struck = int((suppression.suppressed_by == row).sum())
        if not struck:
            return _("Candidate {step} ({score}) is kept and suppresses nobody.", **name)
        return ngettext(
            "Candidate {step} ({score}) is kept and suppresses {n} other.",
            "Candidate {step} ({score}) is kept and suppresses {n} others.",
            struck,
            **name,
        )
    killer = int(suppression.suppressed_by[row])
    if killer < 0:
        return _("Candidate {step} ({score}) comes after the last that may be kept.", **name)
    return _(
        "Candidate {step} ({score}) falls to candidate {killer}: IoU {overlap}.",
        killer=killer + 1,
        overlap=f"{float(suppression.overlap[row]):.3f}",
        **name,
    )


def _present(axes, boxes: np.ndarray, kept: np.ndarray, by: np.ndarray, row: int, unit: float):
    """The candidate of this step in bold, with a line to everyone it strikes or to who struck it."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    victims = np.flatnonzero(by == row) if kept[row] else np.array([row])
    killer = row if kept[row] else by[row]
    if killer >= 0:
        draw_boxes(axes, boxes[[killer]], COLOUR["one2many"], 2.2 * unit, casing=0.5 * unit)
    draw_boxes(axes, boxes[victims], LIGHT.lost, unit, LOST_DASH, 0.4 * unit, gid="struck")
    for victim in victims if killer >= 0 else ():
        ends = middle[[killer, victim]]
        for ink, width in ((LIGHT.halo, 1.6), (LIGHT.truth, 0.7)):
            axes.plot(*ends.T, color=ink, linewidth=width * unit, zorder=5)
    draw_crosses(axes, middle[victims], 5 * unit)
