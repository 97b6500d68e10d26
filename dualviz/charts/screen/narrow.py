"""A chart for a narrow page: panels below one another, and nothing that a finger could drag instead of the page."""

import copy
from collections.abc import Sequence
from typing import Any

WIDTH = 358  # pixels that a chart has on a phone of 390
TITLE = 26  # pixels above a panel for its title
TICKS = 34  # pixels below a panel for its ticks
AXIS_TITLE = 24  # pixels below those for what the axis is
BAR = 64  # pixels below the panels for a colour bar
LINE = 22  # pixels for a line of the legend
CURVE = 190  # height of a panel of curves
MOST_TICKS = 12  # words on an axis


def narrowed(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with its panels stacked and its axes fixed; panels that share an axis of y stay beside one another.

    >>> narrowed({"data": [], "layout": {"xaxis": {}, "yaxis": {}}})["layout"]["xaxis"]["fixedrange"]
    True
    """
    figure = copy.deepcopy(figure)
    layout = figure["layout"]
    layout["dragmode"] = False
    names = [name for name in layout if name.startswith(("xaxis", "yaxis"))]
    for name in names:
        layout[name]["fixedrange"] = True
        rows = len(layout[name].get("ticktext", ()))
        if name.startswith("x") or layout.get("height", 0) < LINE * rows:
            _thin(layout[name])
    for trace in figure["data"]:
        if trace["type"] == "bar" and trace.get("textposition") == "inside":
            trace |= {"textangle": 0, "constraintext": "inside"}
            layout["uniformtext"] = {"mode": "hide", "minsize": 12}
    bars = [trace for trace in figure["data"] if trace.get("showscale", "colorbar" in trace)]
    panels = [name for name in names if name.startswith("x") and f"y{name[1:]}" in layout]
    if layout.get("images"):
        _stack(layout, panels, _picture_height(layout), TITLE)
    elif len(panels) > 1:
        _stack(layout, panels, CURVE, TITLE + TICKS)
    if bars:
        _below(figure, bars[0]["colorbar"], panels)
    return figure


def _thin(axis: dict[str, Any]) -> None:
    """Leave out words of an axis that has too many."""
    every = -(-len(axis.get("ticktext", ())) // MOST_TICKS)
    if every > 1:
        axis |= {"tickvals": axis["tickvals"][::every], "ticktext": axis["ticktext"][::every]}


def _picture_height(layout: dict[str, Any]) -> float:
    """Pixels of a picture over the whole width, as its axes frame it."""
    (left, right), (bottom, top) = layout["xaxis"]["range"], layout["yaxis"]["range"]
    return WIDTH * abs(bottom - top) / abs(right - left)


def _stack(layout: dict[str, Any], panels: Sequence[str], high: float, apart: float) -> None:
    """Put panels one below the other, in the order of their rows and columns; each keeps its title."""
    corners = {
        panel: (
            layout[f"xaxis{panel[5:]}"].get("domain", (0, 1))[0],
            layout[f"yaxis{panel[5:]}"].get("domain", (0, 1))[1],
        )
        for panel in panels
    }
    titles = [
        (note, min(panels, key=lambda panel: _distance(corners[panel], note)))
        for note in layout.get("annotations", ())
        if note.get("xref") == note.get("yref") == "paper"
    ]
    inner = len(panels) * (high + apart) - apart
    margin = {"l": 0, "r": 0, "t": 0, "b": 0} | layout.get("margin", {})
    margin["t"] = max(margin["t"], TITLE if titles else 0)
    layout |= {"margin": margin, "height": round(inner + margin["t"] + margin["b"])}
    ordered = sorted(panels, key=lambda panel: (-corners[panel][1], corners[panel][0]))
    for place, panel in enumerate(ordered):
        upper = 1 - place * (high + apart) / inner
        layout[f"xaxis{panel[5:]}"]["domain"] = [0, 1]
        layout[f"yaxis{panel[5:]}"]["domain"] = [max(0.0, upper - high / inner), upper]
        for note, owner in titles:
            if owner == panel:
                note |= {"x": 0, "y": upper}


def _distance(corner: tuple[float, float], note: dict[str, Any]) -> float:
    return abs(corner[0] - note["x"]) + abs(corner[1] - note["y"])


def _below(figure: dict[str, Any], bar: dict[str, Any], panels: Sequence[str]) -> None:
    """Lay the colour bar below the panels, and the legend below the bar."""
    layout = figure["layout"]
    margin = layout["margin"]
    inner = layout["height"] - margin.get("t", 0) - margin.get("b", 0)
    seen = layout["xaxis"].get("visible", True)
    start = (TICKS + AXIS_TITLE) if seen else 12
    named = sum(bool(t.get("name")) and t.get("showlegend", True) for t in figure["data"])
    layout["margin"] = margin | {"b": start + BAR + LINE * named}
    layout["height"] = round(inner + margin.get("t", 0) + layout["margin"]["b"])
    bar |= {"orientation": "h", "x": 0.5, "xanchor": "center", "len": 1.0}
    bar |= {"y": -start / inner, "yanchor": "top", "title": bar["title"] | {"side": "bottom"}}
    layout["legend"] = layout.get("legend", {}) | {"y": -(start + BAR) / inner}
