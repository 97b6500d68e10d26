"""The stage as a figure: the picture with its truth, and the chosen object large, with heat and picks of both heads.

Heat is a value per anchor, painted cell by cell over the desaturated picture. The one-to-many head's top-k are circles
and thin boxes, the one-to-one pick is a diamond and a thick box, truth is dashed: form tells them apart in grey too.
"""

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from dualviz.charts.drawn.pushes import PUSH_LEAST
from dualviz.charts.drawn.words import (
    check_object,
    flag,
    headline,
    overlap_name,
    pick_rank,
    settings_line,
    three,
    three_of_log,
)
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import FLAG, HEAD_NAMES, LIGHT, PLATE_OPACITY
from dualviz.charts.print.heat import HEAT_DECADES, LAYERS, Head, Heat
from dualviz.charts.print.marks import (
    COLOUR,
    HEAT,
    LOST_DASH,
    PUSH,
    TRUTH_DASH,
    draw_boxes,
    draw_crosses,
    draw_heat,
    draw_points,
    draw_truth,
    head_key,
    line_key,
    show_picture,
    write_tag,
)
from dualviz.charts.print.sheet import Sheet
from dualviz.detector.cells import grids, heat_cells
from dualviz.trace import DualTrace
from dualviz.words import _

View = tuple[float, float, float, float]  # x1, y1, x2, y2 in picture pixels
PUSH_MARKS = 60  # triangles a panel, at most


def stage_figure(
    trace: DualTrace,
    g: int | None,
    *,
    picture: str = "",
    detector: str = "",
    layer: str = "m",
    head: Literal["both", "one2many", "one2one"] = "both",
    level: int | None = None,
    log: bool = False,
    page: Page = COLUMN,
) -> Figure:
    """The picture with its truth, and one object large with heat and picks.

    Args:
        trace: both heads on a picture.
        g: index of the object; None for the picture alone.
        picture, detector: names for the caption.
        layer: what the heat shows: m (as a share of its largest), p, u (overlap), s, t; or what the loss teaches the
            object's class at every anchor: b (BCE) or g (push σ(z) − t), both heads on one scale.
        head: whose heat; "both" side by side.
        level: index of one level; None: all, where a cell of the finest shows the largest (farthest from 0) of what covers it.
        log: heat over four powers of ten.
        page: one of `PAGES`.
    """
    check_object(trace, g)
    levels = grids(trace.prediction)
    if layer not in LAYERS:
        raise ValueError(f"layer must be one of {', '.join(LAYERS)}, got {layer!r}")
    if level is not None and not 0 <= level < len(levels):
        raise ValueError(f"level must be 0 to {len(levels) - 1} or None, got {level}")
    heads: list[Head] = ["one2many", "one2one"] if head == "both" else [head]
    draw = _slide if page.height else _column
    return draw(
        page,
        trace,
        g,
        settings_line(trace, g, picture, detector),
        Heat(trace, g, heads, layer, level, log, levels),
    )


def _column(page: Page, trace: DualTrace, g: int | None, caption: str, heat: Heat) -> Figure:
    """Overview and legend above, the object below."""
    line, inner = page.line(), page.inner
    ratio = trace.image.shape[0] / trace.image.shape[1]
    if g is None:
        sheet = Sheet(page, headline(trace, g), caption, min(inner * ratio, 1.3 * inner))
        _overview(sheet, (0, 0, sheet.width, sheet.height), trace, g)
        return sheet.figure
    count, gap = len(heat.heads), 0.4 * line
    side = 0.54 * inner
    over = min(side * ratio, side)
    wide = (inner - gap * (count - 1)) / count
    tall = wide * (1 if count > 1 else 0.72)
    top = over + 1.9 * line
    sheet = Sheet(page, headline(trace, g), caption, top + tall + 2.9 * line)
    _overview(sheet, (0, 0, side, over), trace, g)
    down = 0.1 * line + sheet.legend(side + 0.8 * line, 0.1 * line, _keys(trace, g, page.unit))
    beside = side + 0.8 * line
    _formulas(sheet, trace, g, (beside, down + 0.4 * line, inner - beside), over + 0.6 * line)
    _panels(sheet, heat, (0, top, wide, tall), gap)
    return sheet.figure


def _slide(page: Page, trace: DualTrace, g: int | None, caption: str, heat: Heat) -> Figure:
    """Overview and legend at the left, the object at the right."""
    line = page.line()
    ratio = trace.image.shape[0] / trace.image.shape[1]
    sheet = Sheet(page, headline(trace, g), caption)
    if g is None:
        _overview(sheet, (0, 0, sheet.width, sheet.height), trace, g)
        return sheet.figure
    count, gap, side = len(heat.heads), 0.5 * line, 0.31 * sheet.width
    over = min(side * ratio, 0.47 * sheet.height)
    _overview(sheet, (0, 0, side, over), trace, g)
    down = over + 0.8 * line + sheet.legend(0, over + 0.8 * line, _keys(trace, g, page.unit))
    _formulas(sheet, trace, g, (0, down + 0.4 * line, side), sheet.height + 0.3 * line)
    left, top = side + line, 1.2 * line
    wide = (sheet.width - left - gap * (count - 1)) / count
    _panels(sheet, heat, (left, top, wide, sheet.height - top - 2.7 * line), gap)
    return sheet.figure


def _overview(sheet: Sheet, place, trace: DualTrace, g: int | None) -> None:
    """The whole picture in colour with all truth boxes; the chosen one bold, those without a positive flagged."""
    left, top, wide, tall = place
    height, width = trace.image.shape[:2]
    scale = min(wide / width, tall / height)
    axes = sheet.axes(left, top, scale * width, scale * height)
    show_picture(axes, trace.image, (0, 0, width, height))
    unit, small, boxes = sheet.page.unit, sheet.page.type(0.72), trace.truth.boxes.numpy()
    chosen = np.arange(len(boxes)) == (-1 if g is None else g)
    draw_truth(axes, boxes[~chosen], 0.45 * unit)
    draw_truth(axes, boxes[chosen], 1.1 * unit, above=2)
    for index, box in enumerate(boxes):
        words = flag(trace, index)
        if chosen[index]:
            tag = f"{index + 1} {trace.class_names[int(trace.truth.labels[index])]}"
            write_tag(axes, box, tag + (f": {words}" if words else ""), small)
        elif words or g is None:
            write_tag(
                axes,
                box,
                f"{index + 1}{' ∅' if words else ''}",
                small,
                FLAG if words else LIGHT.halo,
            )


def _panels(sheet: Sheet, heat: Heat, first, gap: float) -> None:
    """The object large: one panel a head with heat and picks, and the heat's scale below them."""
    left, top, wide, tall = first
    trace, g, unit, line = heat.trace, heat.g, sheet.page.unit, sheet.page.line()
    view = _surroundings(trace, g, wide / tall)
    alone = len(heat.heads) == 1
    for index, head in enumerate(heat.heads):
        place = left + index * (wide + gap)
        axes = sheet.axes(place, top, wide, tall)
        ground = show_picture(axes, trace.image, view, grey=True)
        _paint(axes, heat, head, view, unit)
        if heat.layer == "g":
            _draw_pushes(axes, heat, head, view, unit)
        draw_truth(axes, trace.truth.boxes[g : g + 1].numpy(), 1.1 * unit, above=1.1)
        cell = heat.levels[0].cell * wide * 72 / (view[2] - view[0])  # points
        size = float(np.clip(0.42 * cell, 3 * unit, 5.5 * unit))
        if alone or head == "one2many":
            _draw_many(axes, trace, g, size, unit)
        _draw_one(sheet, axes, trace, g, size, boxed=alone or head == "one2one")
        sheet.words(
            place,
            top - 1.15 * line,
            heat.panel_title(head),
            size=0.92,
            bold=True,
            colour=COLOUR[head],
        )
    _scale(sheet, heat, left, top + tall + 0.5 * line, ground.mean((0, 1)) / 255)


def _surroundings(trace: DualTrace, g: int, ratio: float) -> View:
    """The part of the picture around an object that fills a panel of the given width / height."""
    height, width = trace.image.shape[:2]
    x1, y1, x2, y2 = trace.truth.boxes[g].tolist()
    wide, tall = 1.3 * (x2 - x1) + 16, 1.3 * (y2 - y1) + 16
    wide, tall = max(wide, tall * ratio), max(tall, wide / ratio)

    def hold(centre: float, room: float, size: float) -> float:
        return (size - room) / 2 if room >= size else min(max(centre - room / 2, 0), size - room)

    left, top = hold((x1 + x2) / 2, wide, width), hold((y1 + y2) / 2, tall, height)
    return left, top, left + wide, top + tall


def _paint(axes: Axes, heat: Heat, head: Head, view: View, unit: float) -> None:
    """Heat of one head where the panel looks."""
    values = heat.values(head)
    if heat.layer == "g":  # of several levels the push farthest from 0
        cells, down = heat_cells(heat.levels, np.maximum(values, 0), heat.level)
        _, up = heat_cells(heat.levels, np.maximum(-values, 0), heat.level)
        shares = np.where(down >= up, down, -up)
    else:
        cells, shares = heat_cells(heat.levels, values, heat.level)
    seen = (cells[:, :2] < view[2:]).all(1) & (cells[:, 2:] > view[:2]).all(1)
    draw_heat(axes, cells[seen], shares[seen], 0.35 * unit)
    if heat.layer == "g":
        axes.collections[-1].set(cmap=PUSH, clim=(-1, 1))


def _draw_pushes(axes: Axes, heat: Heat, head: Head, view: View, unit: float) -> None:
    """Triangles on the strongest pushes in sight, pointing where the score goes: colour is not the only cue."""
    push, points = heat.loss_layer(head), heat.trace.anchor_points.double().numpy()
    seen = (points > view[:2]).all(1) & (points < view[2:]).all(1)
    seen &= np.abs(push) >= PUSH_LEAST * heat.most
    if heat.level is not None:
        seen &= heat.trace.level.numpy() == heat.level
    order = np.argsort(-np.abs(push) * seen, kind="stable")[: min(PUSH_MARKS, int(seen.sum()))]
    for marker, sign, name in (("^", -1, "pushed up"), ("v", 1, "pushed down")):
        own = points[order[np.sign(push[order]) == sign]]
        form = {"casing": 0.3 * unit, "marker": marker, "order": 6.2}
        draw_points(axes, own, LIGHT.halo, 2.4 * unit, gid=name, **form)


def _draw_many(axes: Axes, trace: DualTrace, g: int, size: float, unit: float) -> None:
    """The one-to-many head's selection: circles and thin boxes; what it lost in a conflict grey, dotted and crossed."""
    many = trace.one2many
    anchors = many.assignment.candidates[g]
    lost = many.assignment.lost[g][anchors >= 0].numpy()
    anchors = anchors[anchors >= 0]
    boxes, points = many.boxes[anchors].numpy(), trace.anchor_points[anchors].numpy()
    thin = {"width": 0.8 * unit, "casing": 0.35 * unit}
    draw_boxes(axes, boxes[lost], LIGHT.lost, dash=LOST_DASH, **thin)
    draw_boxes(axes, boxes[~lost], LIGHT.one2many, order=3.1, gid="one2many boxes", **thin)
    colours = np.where(lost, LIGHT.lost, LIGHT.one2many)
    draw_points(axes, points, colours, size, casing=0.5 * unit, gid="one2many top-k")
    draw_crosses(axes, points[lost], 1.6 * size)
    gained = np.flatnonzero(many.assignment.target_gt.numpy() == g)
    gained = gained[~np.isin(gained, anchors.numpy())]  # won in a conflict, though not selected
    won = trace.anchor_points[gained].numpy()
    draw_points(axes, won, LIGHT.one2many, size, casing=0.4 * unit, hollow=True)


def _draw_one(sheet: Sheet, axes: Axes, trace: DualTrace, g: int, size: float, boxed: bool) -> None:
    """The one-to-one pick: a diamond and a thick box; over the other head's heat hollow, with a line to its rank.

    Where the head selects several and keeps the best that conflicts leave, that one is the diamond, and the others are hollow.
    """
    assignment, unit = trace.one2one.assignment, sheet.page.unit
    anchor = int(assignment.candidates[g, 0])
    if anchor < 0:
        return
    lost = bool(assignment.lost[g, 0])
    if trace.setting.rules.keep is not None:
        kept = (assignment.target_gt == g).nonzero().flatten().tolist()
        anchor, lost = (kept[0], False) if kept else (anchor, lost)
        if boxed:
            _draw_others(axes, trace, g, size, unit)
    colour = LIGHT.lost if lost else LIGHT.one2one
    point = trace.anchor_points[anchor : anchor + 1].numpy()
    if boxed:
        box = trace.one2one.boxes[anchor : anchor + 1].numpy()
        form = {"width": 2.2 * unit, "dash": LOST_DASH if lost else None, "casing": 0.6 * unit}
        draw_boxes(axes, box, colour, order=3.4, gid="one2one box", **form)
    form = {"marker": "D", "casing": 0.6 * unit, "hollow": not boxed, "order": 5.5}
    draw_points(axes, point, colour, 1.35 * size, gid="one2one pick", **form)
    if lost:
        draw_crosses(axes, point, 2 * size)
    rank = pick_rank(trace, g)
    if boxed or rank is None:
        return
    axes.annotate(
        _("one-to-one pick: rank {rank} here", rank=rank)
        if rank
        else _("one-to-one pick: no candidate here"),
        point[0],
        (0.03, 0.035),
        textcoords="axes fraction",
        size=sheet.page.type(0.8),
        bbox={
            "facecolor": LIGHT.halo,
            "alpha": PLATE_OPACITY,
            "edgecolor": "none",
            "pad": 1.2 * unit,
        },
        arrowprops={
            "arrowstyle": "-",
            "color": LIGHT.one2one,
            "linewidth": 0.9 * unit,
            "shrinkB": 0.9 * size,
            "path_effects": [withStroke(linewidth=2.2 * unit, foreground=LIGHT.halo)],
        },
        zorder=5.4,
    )


def _draw_others(axes: Axes, trace: DualTrace, g: int, size: float, unit: float) -> None:
    """What the one-to-one head selected beside the one it keeps: hollow, and crossed where another object took it."""
    assignment = trace.one2one.assignment
    chosen = assignment.candidates[g] >= 0
    points = trace.anchor_points[assignment.candidates[g, chosen]].numpy()
    lost = assignment.lost[g, chosen].numpy()
    form = {"marker": "D", "casing": 0.4 * unit, "hollow": True, "order": 5.3}
    colours = np.where(lost, LIGHT.lost, LIGHT.one2one)
    for colour in sorted(set(colours.tolist())):
        draw_points(axes, points[colours == colour], colour, size, gid="one2one others", **form)
    draw_crosses(axes, points[lost], 1.6 * size)


def _formulas(sheet: Sheet, trace: DualTrace, g: int, place, end: float) -> None:
    """Each head's first choice with its numbers plugged in, where there is room above `end`."""
    left, top, width = place
    line = sheet.page.line(0.85)
    heads = [
        head for head in HEAD_NAMES if int(getattr(trace, head).assignment.candidates[g, 0]) >= 0
    ]
    if top + 4 * len(heads) * line > end:
        return
    for head in heads:
        own = getattr(trace, head).assignment
        p, u = float(own.candidate_scores[g, 0]), float(own.candidate_overlaps[g, 0])
        alpha, beta = trace.setting.exponents(head)
        m = three_of_log(float(own.candidate_log_metrics[g, 0]))
        for text in (
            _("{head}, first choice:", head=HEAD_NAMES[head]),
            f"m{'′' * (head == 'one2one')} = p^{alpha:.2f} · {overlap_name(trace)}^{beta:.2f}",
            f"= {three(p)}^{alpha:.2f} · {three(u)}^{beta:.2f} =\u00a0{m}",
        ):
            top += sheet.words(left, top, text, width, size=0.85, colour=COLOUR[head])
        top += 0.4 * line


def _keys(trace: DualTrace, g: int, unit: float) -> list:
    """The legend, by form: only what is in the figure."""
    many, one = trace.one2many.assignment, trace.one2one.assignment
    keys = [line_key(str(trace.truth.stand_in or _("truth")), LIGHT.truth, 1.1 * unit, TRUTH_DASH)]
    if taken := int((many.candidates[g] >= 0).sum()):
        keys.append(head_key("one2many", _("one-to-many: top {k}", k=taken), unit))
    if int(one.candidates[g, 0]) >= 0:
        keys.append(head_key("one2one", _("one-to-one: pick"), unit))
    chosen = int((one.candidates[g] >= 0).sum())
    if trace.setting.rules.keep is not None and chosen > 1:
        hollow = {"marker": "D", "markersize": 5 * unit, "markerfacecolor": "none"}
        words = _("one-to-one: not kept")
        keys.append(line_key(words, LIGHT.one2one, 0, markeredgewidth=1.2 * unit, **hollow))
    if bool(many.lost[g].any() | one.lost[g].any()):
        mark = {"marker": "x", "markersize": 5 * unit, "markeredgewidth": 1.2 * unit}
        keys.append(line_key(_("lost in a conflict"), LIGHT.lost, 0.8 * unit, LOST_DASH, **mark))
    if any(flag(trace, other) for other in range(len(trace.truth)) if other != g):
        keys.append(line_key(_("∅ without a positive"), FLAG, 0, marker="s", markersize=6 * unit))
    return keys


def _scale(sheet: Sheet, heat: Heat, left: float, top: float, ground: np.ndarray) -> None:
    """The heat's colours as they look over the mean grey of their `ground`, with the range they stand for."""
    line = sheet.page.line()
    axes = sheet.axes(left, top, sheet.width - left, 0.5 * line)
    axes.set_facecolor(to_rgb(tuple(ground)))
    colours = PUSH if heat.layer == "g" else HEAT
    axes.imshow(np.linspace(0, 1, 256)[None], aspect="auto", cmap=colours, extent=(0, 1, 0, 1))
    ticks = np.linspace(0, 1, HEAT_DECADES + 1)
    words = [
        f"{10.0 ** (HEAT_DECADES * (tick - 1)):g}" if heat.log else f"{tick:g}" for tick in ticks
    ]
    words[0] = f"≤ {words[0]}" if heat.log else words[0]
    if heat.layer == "g":  # the log scale has its decades on either side of 0
        words = ["−1 △", "−0.01" if heat.log else "−0.5", "0", "0.01" if heat.log else "0.5", "1 ▽"]
    axes.set_xticks(ticks, words)
    axes.set_yticks([])
    for label, side in zip(
        (axes.get_xticklabels()[0], axes.get_xticklabels()[-1]), ("left", "right")
    ):
        label.set_ha(side)
    sheet.words(left, top + 1.65 * line, heat.title(), size=0.85, colour=LIGHT.soft)
