"""One moment of training and the whole run beside it, drawn by Plotly: heat and picks, detections, and every curve.

The moment stands over the picture, one-to-many left and one-to-one right; the curves run over training steps on a log
scale, where the untrained network has its own place at the left, and the scrubber's position is marked in all of them.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from dualviz.charts.drawn.outcomes import FEW_PLATES, Outcomes
from dualviz.charts.drawn.run import (
    AP_LINES,
    AP_REACH,
    FEWEST,
    LOSS_LINES,
    LOSS_NAMES,
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
from dualviz.charts.palette import (
    FLAG,
    HEAD_NAMES,
    LIGHT,
    PLATE_OPACITY,
    RANGE_OPACITY,
    Palette,
    css_colour,
    desaturated,
)
from dualviz.charts.screen.ground import (
    CLEAR,
    box_line,
    heat_scale,
    panel_title,
    picture_layout,
    truth_lines,
)
from dualviz.charts.screen.pushes import cell_heat, look_closely
from dualviz.detector.cells import grids
from dualviz.detector.network import HEADS
from dualviz.postprocess import Detections
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.replay import Replay
from dualviz.trace import DualTrace
from dualviz.words import _

COLUMNS = 2
AP_WIDTH = {"one2many raw": 1.2, "one2many + NMS": 1.8, "one2one": 3.2}


def moment_chart(
    traced: DualTrace, g: int | None, rivals: Mapping[str, DualTrace] | None = None
) -> dict[str, Any]:
    """The metric of the heads as heat over the picture, a share of each object's largest, with truth and picks.

    Args:
        traced: both heads at that moment.
        g: object to look at closely; None: all, where a cell shows the largest share of any object.
        rivals: traces whose one-to-one heads, by title, stand in place of the one of `traced`.
    """
    one = {HEAD_NAMES["one2one"]: traced} if rivals is None else rivals
    parts = [(HEAD_NAMES["one2many"], "one2many", traced)]
    parts += [(title, "one2one", rival) for title, rival in one.items()]
    layout = picture_layout(desaturated(traced.image), panels=len(parts))
    data: list[dict[str, Any]] = []
    levels = grids(traced.prediction)
    for panel, (_title, head, seen) in enumerate(parts):
        axes = _axes(panel)
        heat = cell_heat(levels, metric_shares(seen, head, g)) | {
            "zmin": 0,
            "zmax": 1,
            "colorscale": heat_scale(),
            "showscale": False,
            "hovertemplate": "m / max m %{z:.3f}<extra></extra>",
        }
        data += [axes | heat, *(axes | line for line in truth_lines(traced.truth.boxes.numpy(), g))]
        if panel == 0 or (rivals and g is not None):
            data += [axes | mark for mark in _picks(traced, "one2many", g)]
        if panel or not rivals:
            data += [axes | mark for mark in _picks(seen, "one2one", g)]
    layout |= _frame([_("{name}: {meaning}", name=title, meaning="m") for title, *_rest in parts])
    if g is not None:
        look_closely(layout, traced, g)
    return {"data": data, "layout": _up(layout)}


def metric_shares(traced: DualTrace, head: str, g: int | None) -> np.ndarray:
    """Shares m / max m of each anchor (A,), 0 outside: of object `g`, or for None the largest over all objects."""
    logs = getattr(traced, head).log_metric
    if g is not None:
        logs = logs[g : g + 1]
    if not len(logs):
        return np.zeros(len(traced.anchor_points))
    best = logs.amax(1, keepdim=True)
    shares = (logs - best.where(best.isfinite(), 0)).exp()
    return shares.amax(0).numpy()


def outputs_chart(
    image: np.ndarray,
    truth: np.ndarray,
    outputs: list[tuple[str, str, Detections, Outcomes]],
) -> dict[str, Any]:
    """What each path reports, side by side.

    Args:
        image: uint8 (H, W, 3) RGB.
        truth: boxes (G, 4), dashed; missed ones carry a plate with ∅, or a small one where they are many.
        outputs: title, head, detections and what became of them.
    """
    layout = picture_layout(image, panels=len(outputs)) | _frame([title for title, *_ in outputs])
    data: list[dict[str, Any]] = []
    for panel, (_title, head, detections, outcome) in enumerate(outputs):
        axes, boxes = _axes(panel), detections.boxes.numpy()
        colour, width = (LIGHT.one2many, 1.5) if head == "one2many" else (LIGHT.one2one, 2.5)
        data += [axes | line for line in truth_lines(truth)]
        for rows, ink, wide, dash in (
            (outcome.found, colour, width, "solid"),
            (outcome.false, colour, width, "dot"),
            (outcome.duplicate, LIGHT.duplicate, 4.5, "solid"),
        ):
            if rows.any():
                line = box_line(boxes[rows])
                data.append(axes | line | {"line": {"color": LIGHT.halo, "width": wide + 2}})
                data.append(axes | line | {"line": {"color": ink, "width": wide, "dash": dash}})
        if outcome.duplicate.any():
            inner = {"line": {"color": LIGHT.halo, "width": 1.5}}
            data.append(axes | box_line(boxes[outcome.duplicate]) | inner)
        if outcome.missed.any():
            centres = (truth[outcome.missed][:, :2] + truth[outcome.missed][:, 2:]) / 2
            few = len(centres) <= FEW_PLATES
            data.append(
                axes
                | {
                    "type": "scatter",
                    "mode": "markers+text",
                    "marker": {
                        "symbol": "square",
                        "size": 15 if few else 6,
                        "color": FLAG,
                        "opacity": PLATE_OPACITY,
                    },
                    "x": centres[:, 0],
                    "y": centres[:, 1],
                    "text": ["∅" if few else ""] * len(centres),
                    "textfont": {"size": 13, "color": LIGHT.truth},
                    "hovertemplate": _("missed") + "<extra></extra>",
                    "showlegend": False,
                }
            )
    return {"data": data, "layout": _up(layout)}


def run_chart(replay: Replay, step: int, colours: Palette = LIGHT) -> dict[str, Any]:
    """Losses of both heads, AP and duplicates by path, Top-1/5/10 and the gap over the run, `step` marked in all.

    Args:
        replay: what is kept of the run.
        step: where the scrubber stands.
        colours: of the page's theme.
    """
    data: list[dict[str, Any]] = []
    own = {"one2many": colours.one2many, "one2one": colours.one2one}
    names = list(PANELS)
    for part, panel, dash in LOSS_LINES:
        for head in HEADS:
            x, y = loss_curve(replay, head, part)
            wide = 1.8 if head == "one2many" else 3.2
            words = f"{HEAD_NAMES[head]}, {LOSS_NAMES[part]}"
            data.append(curve(names.index(panel), x, y, own[head], wide, dash, words))
    rows = [replay.figures[s] for s in sorted(replay.figures)]
    x = [place(replay, row.step) for row in rows]
    for path, head, dash in AP_LINES:
        values, words = [row.ap[path] for row in rows], PATH_NAMES[path]
        wide = AP_WIDTH[path]
        data.append(curve(names.index("ap"), x, values, own[head], wide, dash, words, True))
        counts, high = repeats_curve(replay, path)
        line = curve(names.index("repeats"), x, high, own[head], wide, dash, words, True)
        text = _("{name}, step {step}", name=words, step="%{x:.0f}")
        data.append(
            line
            | {
                "customdata": [None if math.isnan(count) else count for count in counts],
                "hovertemplate": text + ": %{customdata:.2f}<extra></extra>",
            }
        )
    for k, (words, dash) in enumerate(TOP_LINES):
        values = [row.alignment[k] for row in rows]
        data.append(curve(names.index("top"), x, values, colours.one2one, 2.2, dash, words, True))
    at = names.index("gap")
    floor = curve(at, x, [row.floor for row in rows], colours.one2many, 1, "dash", _("floor"))
    ceiling = curve(at, x, [row.ceiling for row in rows], colours.one2many, 1, "dot", _("ceiling"))
    band = {"fill": "tonexty", "fillcolor": css_colour(colours.one2many, RANGE_OPACITY)}
    gap = curve(at, x, [row.gap for row in rows], colours.one2one, 3.2, "solid", _("gap"), True)
    data += [floor, ceiling | band, gap]
    headings = dict(PANELS) | {"ap": ap_title(replay), "repeats": repeats_title(replay)}
    layout = curves_layout(replay, step, colours, headings, COLUMNS, {"top"})
    at_ticks, tick_words, most = repeats_scale(replay)
    layout[f"yaxis{names.index('repeats') + 1}"] |= {
        "type": "log",
        "range": [math.log10(FEWEST) - 0.1, math.log10(most)],
        "rangemode": "normal",
        "tickvals": at_ticks,
        "ticktext": tick_words,
    }
    return {"data": data, "layout": layout}


def curves_layout(
    replay: Replay,
    step: int,
    colours: Palette,
    headings: Mapping[str, str],
    columns: int,
    shares: Collection[str],
) -> dict[str, Any]:
    """Panels over the training steps on a log scale, `step` marked in all.

    Args:
        replay: whose steps.
        step: where the scrubber stands.
        colours: of the page's theme.
        headings: of the panels, by name, in reading order.
        columns: panels side by side.
        shares: names of those whose values are shares of all.
    """
    rows = -(-len(headings) // columns)
    layout: dict[str, Any] = CLEAR | {
        "height": 185 * rows,
        "margin": {"l": 34, "r": 6, "t": 22, "b": 24},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "annotations": [],
        "shapes": [],
    }
    places, words = ticks(replay)
    ends = [math.log10(places[0]) - 0.12, math.log10(max(replay.steps[-1], 2)) + 0.1]
    wide, high = (0.44, 0.27)[columns > 2], 0.765 / rows
    for index, (name, heading) in enumerate(headings.items()):
        row, column = divmod(index, columns)
        left, top = column * (1 - wide) / (columns - 1), 1 - row * (1 - high) / (rows - 1)
        number = str(index + 1) if index else ""
        layout[f"xaxis{number}"] = {
            "type": "log",
            "range": ends,
            "domain": [left, left + wide],
            "anchor": f"y{number}",
            "tickvals": places,
            "ticktext": words,
            "fixedrange": True,
            "zeroline": False,
        }
        layout[f"yaxis{number}"] = {
            "domain": [top - high, top],
            "anchor": f"x{number}",
            "rangemode": "tozero",
            "fixedrange": True,
            "nticks": 5,
            "zeroline": False,
        }
        if name in shares:
            layout[f"yaxis{number}"] |= {
                "tickformat": ".0%",
                "range": [-0.03, 1.05],
                "rangemode": "normal",
            }
        if name == "ap":  # what is hardly found shall not look like a success
            layout[f"yaxis{number}"]["autorangeoptions"] = {"include": [0, AP_REACH]}
        layout["annotations"].append(panel_title(heading, left, top, 12))
        mark = place(replay, step)
        layout["shapes"].append(
            {
                "type": "line",
                "xref": f"x{number}",
                "yref": f"y{number} domain",
                "x0": mark,
                "x1": mark,
                "y0": 0,
                "y1": 1,
                "line": {"color": colours.truth, "width": 1.5},
            }
        )
    return layout


def curve(panel, x, y, colour, width, dash, words, marked=False) -> dict[str, Any]:
    """A line of a panel, counted from 0; `marked` where each point is a measurement."""
    number = str(panel + 1) if panel else ""
    symbol = "diamond" if width > 2 else "circle"
    return {
        "type": "scatter",
        "mode": "lines+markers" if marked else "lines",
        "name": words,
        "x": x,
        "y": [None if math.isnan(value) else value for value in y],
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {"symbol": symbol, "size": 6 if width > 2 else 5},
        "hovertemplate": _("{name}, step {step}", name=words, step="%{x:.0f}")
        + ": %{y:.3f}<extra></extra>",
    }


def _axes(panel: int) -> dict[str, str]:
    number = str(panel + 1) if panel else ""
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def _frame(titles: list[str]) -> dict[str, Any]:
    return {
        "height": 270,
        "margin": {"l": 0, "r": 0, "t": 24, "b": 4},
        "showlegend": False,
        "annotations": [
            panel_title(title, panel * 1.02 / len(titles), 1, 13)
            for panel, title in enumerate(titles)
        ],
    }


def _up(layout: dict[str, Any]) -> dict[str, Any]:
    """Pictures stand directly below their titles where the page is narrow."""
    for name, axis in layout.items():
        if name.startswith("yaxis"):
            axis["constraintoward"] = "top"
    return layout


def _picks(traced: DualTrace, head: str, g: int | None) -> list[dict[str, Any]]:
    """A head's first choices before conflicts: a halo below, the mark above."""
    chosen = getattr(traced, head).assignment.candidates
    chosen = chosen if g is None else chosen[g : g + 1]
    points = traced.anchor_points[chosen[chosen >= 0]].double().numpy()
    many = head == "one2many"
    size = (4 if many else 7) if g is None else (9 if many else 14)
    mark = {
        "type": "scatter",
        "mode": "markers",
        "x": points[:, 0],
        "y": points[:, 1],
        "hoverinfo": "skip",
        "showlegend": False,
    }
    symbol = "circle-open" if many else "diamond-open"  # the heat of the cell stays seen
    colour = LIGHT.one2many if many else LIGHT.one2one
    thin = (1 if many else 1.5) if g is None else (2 if many else 3)
    return [
        mark | {"marker": {"symbol": symbol, "size": size, "color": ink, "line": {"width": wide}}}
        for ink, wide in ((LIGHT.truth, thin + 2.4), (LIGHT.halo, thin + 1.6), (colour, thin))
    ]
