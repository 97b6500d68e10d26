"""A chart for a narrow page: panels below one another, and nothing that a finger could drag instead of the page."""

import copy
from typing import Any

WIDTH = 358  # pixels that a chart has on a phone of 390
TITLE = 26  # pixels above a panel for its title
TICKS = 34  # pixels below a panel for its ticks
BAR = 64  # pixels below the panels for a colour bar
CURVE = 190  # height of a panel of curves


def narrowed(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with its panels stacked and its axes fixed; panels that share an axis of y stay beside one another.

    >>> narrowed({"data": [], "layout": {"xaxis": {}, "yaxis": {}}})["layout"]["xaxis"]["fixedrange"]
    True
    """
    figure = copy.deepcopy(figure)
    layout = figure["layout"]
    names = [name for name in layout if name.startswith(("xaxis", "yaxis"))]
    for name in names:
        layout[name]["fixedrange"] = True
    layout["dragmode"] = False
    bars = [trace for trace in figure["data"] if trace.get("showscale", "colorbar" in trace)]
    below = BAR if bars else 0
    panels = [name[1:] for name in names if name.startswith("x") and "y" + name[1:] in layout]
    if layout.get("images"):
        _stack(layout, panels, _picture_height(layout), TITLE, below)
    elif len(panels) > 1:
        _stack(layout, panels, CURVE, TITLE + TICKS, below)
    for trace in bars:
        _lay_down(trace["colorbar"], layout)
    return figure


def _picture_height(layout: dict[str, Any]) -> float:
    """Pixels of a picture over the whole width, as its axes frame it."""
    (left, right), (bottom, top) = layout["xaxis"]["range"], layout["yaxis"]["range"]
    return WIDTH * abs(bottom - top) / abs(right - left)


def _stack(layout, panels: list[str], high: float, apart: float, below: float) -> None:
    """Put panels one below the other, in the order of their rows and columns; each keeps its title."""

    def corner(panel: str) -> tuple[float, float]:
        return layout["x" + panel].get("domain", (0, 1))[0], layout["y" + panel].get("domain", (0, 1))[1]

    panels = sorted(panels, key=lambda panel: (-corner(panel)[1], corner(panel)[0]))
    margin = layout.get("margin", {})
    legend = 22 * len(panels) if layout.get("showlegend", True) and "legend" in layout else 0
    top = margin.get("t", 0) or TITLE
    inner = len(panels) * (high + apart) - apart
    layout["margin"] = margin | {"t": top, "b": max(margin.get("b", 0), TICKS if apart > TITLE else 8) + below + legend}
    layout["height"] = round(inner + layout["margin"]["t"] + layout["margin"]["b"])
    titles = {note["text"]: _nearest(note, {p: corner(p) for p in panels}) for note in layout.get("annotations", []) if note.get("xref") == "paper" == note.get("yref")}
    for place, panel in enumerate(panels):
        upper = 1 - place * (high + apart) / inner
        layout["x" + panel]["domain"] = [0, 1]
        layout["y" + panel]["domain"] = [max(0.0, upper - high / inner), upper]
        for note in layout.get("annotations", []):
            if titles.get(note["text"]) == panel:
                note["x"], note["y"] = 0, upper
    if legend:
        layout["legend"] = layout["legend"] | {"y": -(below + 8) / inner}


def _nearest(note: dict[str, Any], corners: dict[str, tuple[float, float]]) -> str:
    return min(corners, key=lambda p: abs(corners[p][0] - note["x"]) + abs(corners[p][1] - note["y"]))


def _lay_down(bar: dict[str, Any], layout: dict[str, Any]) -> None:
    """Lay a colour bar below the chart."""
    inner = layout["height"] - layout["margin"].get("t", 0) - layout["margin"].get("b", 0)
    bar |= {"orientation": "h", "x": 0.5, "xanchor": "center", "y": -12 / inner, "yanchor": "top", "len": 1.0}
    bar["title"] = bar.get("title", {}) | {"side": "bottom"}
