"""What the loss teaches, drawn by Plotly: both heads side by side over the picture, cell by cell, and the loss as a sum.

Blue cells are pushed up, red ones down, white is left alone; the strongest also carry a triangle that points the same way,
so that colour is not the only cue.
"""

from typing import Any

import numpy as np

from dualviz.charts.drawn.pushes import LAYERS, PUSH_LEAST, close_view, layer_values, table_of
from dualviz.charts.drawn.words import three
from dualviz.charts.palette import (
    GREY_GROUND,
    HEAD_NAMES,
    LIGHT,
    Palette,
    css_colour,
    desaturated,
)
from dualviz.charts.screen.ground import (
    CLEAR,
    heat_scale,
    panel_title,
    picture_layout,
    push_scale,
    truth_lines,
)
from dualviz.detector.cells import Grid, cell_of, grids
from dualviz.detector.network import HEADS
from dualviz.study.targets import PARTS, Targets
from dualviz.trace import DualTrace
from dualviz.words import _

# The colour bar lies on the grey of the pictures in either theme: on a dark page what is clear would be black.
PLATE = {"bgcolor": GREY_GROUND, "tickfont": {"color": LIGHT.truth}, "xpad": 6, "ypad": 6}
MARKED = 400  # triangles a head
FORMS = {"one2many": "circle-open", "one2one": "diamond-open"}
FILLS = (  # pattern and opacity of each of `Targets.parts`, for a head's own colour
    ("", 0.35),
    ("", 1.0),
    ("/", 1.0),
    ("x", 1.0),
)


def pushes_chart(
    traced: DualTrace,
    targets: dict[str, Targets],
    layer: str = "push",
    level: int | None = None,
    label: int | None = None,
    g: int | None = None,
) -> dict[str, Any]:
    """One layer of both heads over the picture, one-to-many left; zooming one zooms the other.

    Args:
        traced: both heads on a picture.
        targets: from `dualviz.study.targets.head_targets`, by head.
        layer: a key of `dualviz.charts.drawn.pushes.LAYERS`.
        level: index of one level; None: all, where a cell of the finest shows the value farthest from 0.
        label: one class; None: of all classes the value farthest from 0.
        g: object to look at closely; None: the whole picture.
    """
    levels = grids(traced.prediction)
    values = {head: layer_values(targets, head, layer, label) for head in HEADS}
    signed = layer in ("push", "opposed")
    most = max((float(np.abs(v).max(initial=0)) for v in values.values()), default=0) or 1.0
    data: list[dict[str, Any]] = []
    for panel, head in enumerate(HEADS):
        number = str(panel + 1) if panel else ""
        axes = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        data.append(axes | _heat(levels, values[head], level, signed, most, layer, panel))
        data += [axes | line for line in truth_lines(traced.truth.boxes.numpy(), g)]
        data.append(axes | _positives(traced, targets[head], head, label))
        if signed and g is not None:
            data += [
                axes | trace for trace in _triangles(traced, levels, values[head], level, most)
            ]
    layout = picture_layout(desaturated(traced.image), panels=2) | {
        "margin": {"l": 0, "r": 0, "t": 26, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top"},
        "annotations": [
            panel_title(HEAD_NAMES[head], 0.51 * panel, 1, 15) for panel, head in enumerate(HEADS)
        ],
    }
    if g is not None:
        look_closely(layout, traced, g)
    return {"data": data, "layout": layout}


def look_closely(layout: dict[str, Any], traced: DualTrace, g: int) -> None:
    """Show only an object's surroundings in both panels."""
    x, y = close_view(traced, g)
    for number in ("", "2"):
        layout[f"xaxis{number}"]["range"], layout[f"yaxis{number}"]["range"] = x, y[::-1]


def parts_chart(targets: dict[str, Targets], colours: Palette = LIGHT) -> dict[str, Any]:
    """The loss of each head as one bar of its parts."""
    own = {"one2many": colours.one2many, "one2one": colours.one2one}
    names = [HEAD_NAMES[head] for head in HEADS]
    data, most = [], max(float(each.loss.total) for each in targets.values())
    for key, (shape, opacity) in zip(targets["one2many"].parts, FILLS, strict=True):
        values, part = [targets[head].parts[key] for head in HEADS], PARTS[key]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": part,
                "y": names,
                "x": values,
                "text": [three(v) if v > 0.05 * most else "" for v in values],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "insidetextfont": {"color": colours.truth},
                "constraintext": "none",
                "marker": {
                    "color": [css_colour(own[head], 0.75 * opacity) for head in HEADS],
                    "line": {"color": colours.halo, "width": 2},
                    "pattern": {
                        "shape": shape,
                        "fillmode": "overlay",
                        "fgcolor": colours.halo,
                        "size": 7,
                    },
                },
                "hovertemplate": "%{y}: %{x:.3f}<extra>" + part + "</extra>",
            }
        )
    layout = CLEAR | {
        "barmode": "stack",
        "bargap": 0.25,
        "xaxis": {
            "title": {"text": _("loss, gains applied, per unit of target")},
            "fixedrange": True,
        },
        "yaxis": {"autorange": "reversed", "fixedrange": True},
        "legend": {
            "orientation": "h",
            "traceorder": "normal",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
        },
        "margin": {"l": 90, "r": 8, "t": 8, "b": 8},
        "height": 260,
        "dragmode": False,
    }
    return {"data": data, "layout": layout}


def cell_heat(levels: list[Grid], values: np.ndarray, level: int | None = None) -> dict[str, Any]:
    """Values (A,) as Plotly's heat over the picture, cell by cell; scale and colours are for the caller to add."""
    table, base = table_of(levels, values, level)
    return {
        "type": "heatmap",
        "z": table.astype(np.float32),
        "x0": base.origin[0] + base.cell / 2,
        "dx": base.cell,
        "y0": base.origin[1] + base.cell / 2,
        "dy": base.cell,
        "xgap": 0.4,
        "ygap": 0.4,
    }


def _heat(levels, values, level, signed: bool, most: float, layer: str, panel: int) -> dict:
    return cell_heat(levels, values, level) | {
        "zmin": -most if signed else 0,
        "zmax": most,
        "colorscale": push_scale() if signed else heat_scale(),
        "showscale": panel == 1,
        "colorbar": {
            "title": {
                "text": _("− pushed up · pushed down +") if signed else LAYERS[layer],
                "side": "right",
                "font": {"color": LIGHT.truth},
            },
            "thickness": 14,
            "outlinewidth": 0,
            **PLATE,
        },
        "hovertemplate": "%{z:+.3f}<extra></extra>" if signed else "%{z:.3f}<extra></extra>",
    }


def _positives(traced: DualTrace, own: Targets, head: str, label: int | None) -> dict:
    """A small ring or diamond on every positive anchor, with its numbers."""
    anchors = own.positive.nonzero().squeeze(1)
    owners = getattr(traced, head).assignment.target_gt[anchors]
    labels = traced.truth.labels[owners]
    if label is not None:
        anchors, owners, labels = (t[labels == label] for t in (anchors, owners, labels))
    points = traced.anchor_points[anchors].double().numpy()
    levels = grids(traced.prediction)
    words = []
    for anchor, owner, of in zip(anchors.tolist(), owners.tolist(), labels.tolist()):
        name, column, row = cell_of(levels, anchor)
        t, p = float(own.target[anchor, of]), float(own.score[anchor, of])
        words.append(
            _(
                "object {object}, {name}<br>{level} cell ({column}, {row})",
                object=owner + 1,
                name=traced.class_names[of],
                level=name,
                column=column,
                row=row,
            )
            + f"<br>p {three(p)}, t {three(t)}, σ(z) − t {three(p - t)}: "
            + (_("down −") if p > t else _("up +"))
            + f"<br>BCE {three(float(own.bce[anchor, of]))}"
        )
    many = head == "one2many"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("{head}: positive", head=HEAD_NAMES[head]),
        "x": points[:, 0],
        "y": points[:, 1],
        "text": words,
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": FORMS[head],
            "size": 11 if many else 15,
            "color": LIGHT.one2many if many else LIGHT.one2one,
            "line": {"width": 1.5 if many else 3},
        },
    }


def _triangles(traced, levels, values, level, most: float) -> list[dict]:
    """The strongest pushes that are seen, pointing up or down."""
    seen = np.abs(values) >= PUSH_LEAST * most
    if level is not None:
        seen &= traced.level.numpy() == level
    order = np.argsort(-np.abs(values) * seen, kind="stable")[: min(MARKED, int(seen.sum()))]
    points = traced.anchor_points.double().numpy()
    result = []
    for name, symbol, sign in (
        ("pushed up", "triangle-up", -1),
        ("pushed down", "triangle-down", 1),
    ):
        own = order[np.sign(values[order]) == sign]
        result.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "legendgroup": name,
                "showlegend": False,
                "hoverinfo": "skip",
                "x": points[own, 0],
                "y": points[own, 1],
                "marker": {
                    "symbol": symbol,
                    "size": 7,
                    "color": LIGHT.halo,
                    "line": {"color": LIGHT.truth, "width": 1},
                },
            }
        )
    return result
