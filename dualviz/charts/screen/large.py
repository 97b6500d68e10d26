"""A chart for a projector: everything written in it is large, and it is given the room for that."""

from typing import Any

LEAST, MOST = 24, 28  # pixels of type
WRITTEN = 2  # how much larger words and their margins are
DRAWN = 1.5  # how much larger marks and the chart itself are


def enlarged(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with its words at 24 pixels or more, its marks and its height grown with them.

    >>> enlarged({"data": [], "layout": {"height": 200, "font": {"size": 12}}})["layout"]["height"]
    300
    >>> enlarged({"data": [{"textfont": {"size": 13}}], "layout": {}})["data"][0]["textfont"]["size"]
    26
    """
    layout = {"font": {}, "legend": {}} | figure["layout"]
    layout["legend"] = {"font": {}} | layout["legend"]
    layout = _written(layout)
    if "height" in layout:
        layout["height"] = round(DRAWN * layout["height"])
    if "margin" in layout:
        layout["margin"] = {side: WRITTEN * width for side, width in layout["margin"].items()}
    for name, axis in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            layout[name] = {"automargin": True, "nticks": 5} | axis
    return {
        **figure,
        "data": [_drawn(_written(trace)) for trace in figure["data"]],
        "layout": layout,
    }


def _written(part: Any) -> Any:
    """A part of a figure with every font in it enlarged."""
    if isinstance(part, dict):
        return {
            name: _font(value) if name.endswith("font") else _written(value)
            for name, value in part.items()
        }
    if isinstance(part, (list, tuple)) and any(isinstance(one, dict) for one in part):
        return [_written(one) for one in part]
    return part


def _font(font: dict[str, Any]) -> dict[str, Any]:
    size = font.get("size", LEAST / WRITTEN)
    if isinstance(size, (int, float)):
        return font | {"size": min(MOST, max(LEAST, round(WRITTEN * size)))}
    return font


def _drawn(trace: dict[str, Any]) -> dict[str, Any]:
    """A trace with larger marks."""
    size = trace.get("marker", {}).get("size")
    if isinstance(size, (int, float)):
        return trace | {"marker": trace["marker"] | {"size": DRAWN * size}}
    return trace
