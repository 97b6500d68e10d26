"""Agreement for papers and slides: the α–β map with the sweep of r, Top-k shares, gaps, and ways of matching compared.

Drawn with Matplotlib from the records of `dualviz.study.alignment`; each figure carries its settings. Where there is nothing to
measure the figure says so in words.
"""

import numpy as np
from matplotlib.figure import Figure

from dualviz.charts.drawn.gaps import gap_order
from dualviz.charts.drawn.maps import colour_range
from dualviz.charts.drawn.words import settings_line, survey_line, three
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import LIGHT, PAPER_FILL, PLATE_OPACITY, RANGE_OPACITY, desaturated
from dualviz.charts.print.marks import (
    COLOUR,
    draw_points,
    draw_truth,
    head_key,
    line_key,
    show_picture,
)
from dualviz.charts.print.sheet import Sheet
from dualviz.study import paper
from dualviz.study.alignment import MEASURES, Matching, Survey, differing
from dualviz.trace import DualTrace
from dualviz.words import _

WAY_FORMS = (
    ("D", LIGHT.one2one),
    ("X", LIGHT.truth),
    ("^", LIGHT.one2many),
    ("s", LIGHT.duplicate),
)


def map_figure(
    surveyed: Survey,
    measure: str = "top1",
    *,
    picture: str = "",
    detector: str = "",
    page: Page = COLUMN,
) -> Figure:
    """One measure over the α–β plane of the one-to-one head, and beside it against r, where it is flat.

    Args:
        surveyed: from `dualviz.study.alignment.survey`.
        measure: a key of `MEASURES`.
        picture, detector: names for the caption.
        page: one of `PAGES`.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {', '.join(MEASURES)}, got {measure!r}")
    made, name, line = surveyed.map, MEASURES[measure], page.line()
    paper_here = (made.setting.alpha, made.setting.beta) == paper.ONE2MANY
    caption = survey_line(surveyed, picture, detector, plane=True)
    if paper_here:
        caption += " · " + _("squares: the paper's Table 4, COCO AP, bold where consistent")
    headline = _("{measure} over the one-to-one head's α′, β′", measure=name)
    if not made.objects:
        return _words_only(page, headline, caption, _("No object has a one-to-one candidate."))
    left, below = 3.2 * line, 2.9 * line
    if page.height:
        sheet = Sheet(page, headline, caption)
        side = sheet.height - below - 1.6 * line
        _plane(sheet, surveyed, measure, (left, 0, 1.25 * side, side), paper_here)
        beside = left + 1.25 * side + 7.5 * line
        place = (beside, 2.2 * line, sheet.width - beside, 0.45 * side)
    else:
        wide = page.inner - left - 4.6 * line
        side = 0.8 * wide
        sheet = Sheet(page, headline, caption, side + below + 11.6 * line)
        _plane(sheet, surveyed, measure, (left, 0, wide, side), paper_here)
        place = (left, side + below + 3.9 * line, wide, 4.5 * line)
    keys = [
        line_key(_("consistent pairs"), LIGHT.soft, 2 * page.unit),
        head_key("one2many", _("one-to-many setting"), page.unit),
    ]
    sheet.legend(left, side + below - 0.1 * line, keys, 2)
    sheet.words(place[0], place[1] - 1.6 * line, _("Along that ray: flat in r"), bold=True)
    _factors(sheet, surveyed, measure, place)
    return sheet.figure


def shares_figure(
    surveyed: Survey, *, picture: str = "", detector: str = "", page: Page = COLUMN
) -> Figure:
    """Share of one-to-one picks inside the one-to-many Top-1, 5, 10, beside the paper's Fig. 2(b)."""
    line, unit = page.line(), page.unit
    caption = survey_line(surveyed, picture, detector)
    headline = _("One-to-one picks inside the one-to-many Top-1, 5, 10")
    if not surveyed.objects:
        return _words_only(page, headline, caption, _("No object has a one-to-one candidate."))
    rows = [(_("this detector, here"), surveyed.shares, {"color": LIGHT.one2one})]
    for (name, shares), hatch in zip(paper.FIG2B.items(), ("////", "xxxx")):
        style = {"color": PAPER_FILL, "hatch": hatch, "edgecolor": LIGHT.lost}
        words = _("paper, Fig. 2(b): {metric}", metric=paper.METRICS[name])
        rows.append((words, shares, style))
    sheet = Sheet(page, headline, caption, 16 * line)
    axes = sheet.axes(2.6 * line, 0, sheet.width - 2.6 * line, sheet.height - 5.6 * line)
    for place, (name, shares, style) in enumerate(rows):
        x = np.arange(3) + 0.27 * (place - 1)
        axes.bar(x, np.nan_to_num(shares), 0.25, label=name, linewidth=0.4 * unit, **style)
        for at, share in zip(x, shares):
            axes.text(at, share + 0.015, f"{share:.0%}", ha="center", size=sheet.page.type(0.8))
    axes.set(
        xticks=range(3), xticklabels=("Top-1", "Top-5", "Top-10"), ylim=(0, 1.12), xlim=(-0.5, 2.5)
    )
    axes.set_yticks(np.linspace(0, 1, 5), [f"{tick:.0%}" for tick in np.linspace(0, 1, 5)])
    sheet.legend(2.6 * line, sheet.height - 3.9 * line, axes.get_legend_handles_labels()[0], 1)
    return sheet.figure


def gaps_figure(
    traced: DualTrace, *, picture: str = "", detector: str = "", page: Page = COLUMN
) -> Figure:
    """Supervision gap of every object between floor and ceiling, largest first."""
    line, unit = page.line(), page.unit
    objects, caption = gap_order(traced), settings_line(traced, None, picture, detector)
    headline = _("Supervision gap A, object by object")
    if not objects:
        return _words_only(
            page, headline, caption, _("No object has a one-to-one pick: there is no gap.")
        )
    sheet = Sheet(page, headline, caption, 15 * line)
    axes = sheet.axes(2.6 * line, 0, sheet.width - 2.6 * line, sheet.height - 5.2 * line)
    place = np.arange(len(objects))
    floor, ceiling = (bound[objects].numpy() for bound in traced.gap_bounds)
    axes.bar(
        place, ceiling - floor, 0.5, floor, color=LIGHT.one2many, alpha=RANGE_OPACITY, linewidth=0
    )
    for ends in (floor, ceiling):
        axes.scatter(place, ends, 16 * unit, marker="_", color=LIGHT.one2many, linewidths=unit)
    spots = np.stack((place, traced.gap[objects].numpy()), -1)
    many = max(1.6, min(4.0, 120 / len(objects)))
    draw_points(axes, spots, LIGHT.one2one, many * unit, "D", casing=0.25 * unit, gid="gaps")
    axes.set(xlim=(-0.8, len(objects) - 0.2), ylim=(0, 1.06 * max(ceiling.max(), 1e-6)))
    step = -(-len(objects) // (40 if page.height else 20))
    axes.set_xticks(place[::step], [str(objects[at] + 1) for at in place[::step]])
    axes.set_xlabel(_("object, largest gap first"), size=sheet.page.type(0.9), labelpad=2 * unit)
    keys = [
        line_key(_("floor to ceiling"), LIGHT.one2many, 4 * unit, alpha=RANGE_OPACITY),
        line_key("A", LIGHT.one2one, 0, marker="D", markersize=4 * unit),
    ]
    sheet.legend(2.6 * line, sheet.height - 1.5 * line, keys, 2)
    return sheet.figure


def matchings_figure(
    traced: DualTrace,
    ways: list[Matching],
    *,
    picture: str = "",
    detector: str = "",
    page: Page = COLUMN,
) -> Figure:
    """Ways of matching: the objects they do not agree on, and the total metric each collects."""
    line, unit = page.line(), page.unit
    apart = differing(ways)
    headline = _(
        "Four ways to match differ on {n} of {all} objects", n=len(apart), all=len(traced.truth)
    )
    caption = settings_line(traced, None, picture, detector)
    if not len(traced.truth):
        return _words_only(page, _("No truth: no object to match"), caption, "")
    height, width = traced.image.shape[:2]
    ratio, listed = height / width, 2.5 * len(ways) * line + 0.4 * line
    sheet = Sheet(page, headline, caption, page.inner * ratio + listed + line)
    wide = min(page.inner, sheet.height / ratio) if page.height else page.inner
    wide = min(wide, 0.56 * page.inner) if page.height else wide
    axes = sheet.axes(0, 0, wide, wide * ratio)
    show_picture(axes, desaturated(traced.image), (0, 0, width, height))
    draw_truth(axes, traced.truth.boxes[apart].numpy().reshape(-1, 4), 0.8 * unit)
    points, keys = traced.anchor_points.double().numpy(), []
    for place, (way, (marker, colour)) in enumerate(zip(ways, WAY_FORMS)):
        spots = [a for g, a in zip(way.objects.tolist(), way.anchors.tolist()) if g in apart]
        around = place == len(ways) - 1
        form = {"marker": marker, "casing": 0.3 * unit, "hollow": around, "gid": str(way.name)}
        draw_points(axes, points[spots], colour, (9 if around else 5.5 - place) * unit, **form)
        keys.append((way, marker, colour))
    left, top = (wide + line, 0.0) if page.height else (0.0, wide * ratio + 0.7 * line)
    for way, marker, colour in keys:
        key = line_key("", colour, 0, marker=marker, markersize=5 * unit)
        sheet.legend(left - 0.8 * line, top + 0.05 * line, [key])
        words = f"{way.name}: Σ m {three(way.total)}"
        top += sheet.words(left + 1.8 * line, top, words, bold=True)
        rest = _ends(way)
        top += sheet.words(left + 1.8 * line, top, rest, size=0.9, colour=LIGHT.soft) + 0.3 * line
    return sheet.figure


def _ends(way: Matching) -> str:
    """How a way of matching leaves the objects, in words."""
    parts = [
        _("{n} without an anchor", n=len(way.without)) if way.without else "",
        _("{n} with several", n=len(way.doubled)) if way.doubled else "",
        _("{n} share theirs", n=way.shared) if way.shared else "",
    ]
    ends = ", ".join(part for part in parts if part)
    return _("objects: {ends}", ends=ends) if ends else _("every object has an anchor of its own")


def _plane(sheet: Sheet, surveyed: Survey, measure: str, place: tuple, paper_here: bool) -> None:
    """The heat cell by cell, the ray, both settings, the paper's points and the scale."""
    unit, line = sheet.page.unit, sheet.page.line()
    made = surveyed.map
    alphas, betas, values = (t.numpy() for t in (made.alphas, made.betas, made.values[measure]))
    axes = sheet.axes(*place)
    low, high = colour_range(values, measure)
    edges = [np.append(v - v[0] / 2, v[-1] + v[0] / 2) for v in (alphas, betas)]
    drawn = axes.pcolormesh(*edges, values, cmap="cividis", vmin=low, vmax=high, rasterized=True)
    drawn.set_gid("map")
    reach = min(alphas[-1] / made.setting.alpha, betas[-1] / made.setting.beta)
    ray = np.array(((0, 0), (made.setting.alpha * reach, made.setting.beta * reach))).T
    for ink, width in ((LIGHT.truth, 2.4), (LIGHT.halo, 1.1)):
        axes.plot(*ray, color=ink, linewidth=width * unit, gid="ray")
    if paper_here:
        for row in paper.TABLE4:
            spot = np.array((row.alpha, row.beta))
            draw_points(axes, spot, LIGHT.halo, 2.6 * unit, "s", casing=0.5 * unit)
            axes.annotate(
                f"{row.ap}",
                spot,
                (3.2 * unit, 0),
                textcoords="offset points",
                va="center",
                size=sheet.page.type(0.82),
                weight="bold" if row.consistent else "normal",
                bbox={
                    "facecolor": LIGHT.halo,
                    "alpha": PLATE_OPACITY,
                    "edgecolor": "none",
                    "pad": 0.8 * unit,
                },
            )
    here = np.array((made.setting.alpha, made.setting.beta))
    draw_points(axes, here, COLOUR["one2many"], 5 * unit, casing=0.7 * unit, gid="one2many")
    axes.set(xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]])
    axes.set_xlabel(_("α′, weight of the score"), size=sheet.page.type(0.9), labelpad=2 * unit)
    axes.set_ylabel(_("β′, weight of the overlap"), size=sheet.page.type(0.9), labelpad=2 * unit)
    left, top, width, height = place
    scale = sheet.axes(left + width + 0.5 * line, top, 0.7 * line, height)
    sheet.figure.colorbar(drawn, cax=scale).outline.set_linewidth(0.5 * unit)
    scale.tick_params(
        labelsize=sheet.page.type(0.85), width=0.5 * unit, length=2 * unit, colors=LIGHT.soft
    )


def _factors(sheet: Sheet, surveyed: Survey, measure: str, place: tuple) -> None:
    unit = sheet.page.unit
    swept = surveyed.factors
    axes = sheet.axes(*place)
    values = swept.values[measure].numpy()
    axes.plot(
        swept.factors.numpy(),
        values,
        color=LIGHT.one2one,
        marker="D",
        markersize=2.5 * unit,
        linewidth=1.5 * unit,
        clip_on=False,
        gid="factors",
    )
    most = 1.1 * max(1.0, np.nanmax(values)) if measure == "gap" else 1.0
    axes.set(xscale="log", ylim=(min(0, np.nanmin(values)), most))
    ticks = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    axes.xaxis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_ticks([], minor=True)
    axes.set_xlabel(_("r, factor on both exponents"), size=sheet.page.type(0.9), labelpad=2 * unit)
    value = float(values[len(values) // 2])
    axes.text(
        0.98,
        0.8 if value < 0.5 * axes.get_ylim()[1] else 0.1,
        f"{MEASURES[measure]} {three(value)}",
        transform=axes.transAxes,
        ha="right",
        size=sheet.page.type(0.85),
        color=LIGHT.soft,
    )


def _words_only(page: Page, headline: str, caption: str, words: str) -> Figure:
    sheet = Sheet(page, headline, caption, 2 * page.line())
    if words:
        sheet.words(0, 0, words)
    return sheet.figure
