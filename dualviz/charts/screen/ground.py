"""What Plotly pictures stand on: the picture itself as the ground of a chart, and nothing of the theme."""

import base64
from typing import Any

import cv2
import numpy as np

from dualviz.charts.palette import HEAT_RISE, LIGHT, PUSH_STOPS, heat_colours

LONGEST_SIDE = 1280  # of the picture as it travels; marks keep the pixels of the whole one
# Marks of a chart in which something can be chosen: what is not chosen does not fade.
KEPT = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}
CLEAR = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}


def picture_layout(image: np.ndarray, panels: int = 1, gap: float = 0.02) -> dict[str, Any]:
    """Axes in picture pixels with the picture below, y downwards, equal scales; several panels zoom as one.

    Args:
        image: uint8 (H, W, 3) RGB.
        panels: side by side; their axes are x, y, then x2, y2, …
        gap: between panels, as a share of the width.
    """
    height, width = image.shape[:2]
    plain = {"visible": False, "showgrid": False, "zeroline": False, "constrain": "domain"}
    first = {"constraintoward": "left"}, {"constraintoward": "top"}  # where its title stands
    source, wide = data_uri(image), (1 - gap * (panels - 1)) / panels
    layout: dict[str, Any] = CLEAR | {"images": [], "hovermode": "closest", "dragmode": "pan"}
    for panel in range(panels):
        number = str(panel + 1) if panel else ""
        left = panel * (wide + gap)
        x = (
            plain
            | first[0]
            | {"range": [0, width], "domain": [left, left + wide], "anchor": f"y{number}"}
        )
        y = plain | first[1] | {"range": [height, 0], "anchor": f"x{number}"}
        layout[f"xaxis{number}"] = x | ({"matches": "x"} if panel else {})
        layout[f"yaxis{number}"] = y | ({"matches": "y"} if panel else {"scaleanchor": "x"})
        layout["images"].append(
            {
                "source": source,
                "xref": f"x{number}",
                "yref": f"y{number}",
                "x": 0,
                "y": 0,
                "sizex": width,
                "sizey": height,
                "sizing": "stretch",
                "layer": "below",
            }
        )
    return layout


def push_scale() -> list[list[Any]]:
    """The push's colours as Plotly takes them, from −most to most."""
    return [[at, f"rgba({r},{g},{b},{opacity})"] for at, r, g, b, opacity in PUSH_STOPS]


def heat_scale() -> list[list[Any]]:
    """The heat's colours as Plotly takes them, from 0 to most; clear at 0, where a cell has no value."""
    count = round(1 / HEAT_RISE) + 1
    stops = []
    for at, (*rgb, opacity) in zip(np.linspace(0, 1, count), heat_colours(count).tolist()):
        red, green, blue = (round(255 * channel) for channel in rgb)
        stops.append([float(at), f"rgba({red},{green},{blue},{opacity if at else 0:.3f})"])
    return stops


def panel_title(words: str, x: float, y: float, size: int) -> dict[str, Any]:
    """A bold title that stands on a panel's upper left corner, (x, y) in shares of the sheet."""
    return {
        "text": f"<b>{words}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": size},
    }


def outlines(boxes: np.ndarray) -> dict[str, np.ndarray]:
    """Boxes (N, 4), xyxy, as the x and y of one line that lifts its pen between them."""
    x, y = (boxes[:, corners].astype(float) for corners in ([0, 2, 2, 0, 0], [1, 1, 3, 3, 1]))
    gap = np.full((len(boxes), 1), np.nan)
    return {"x": np.hstack((x, gap)).ravel(), "y": np.hstack((y, gap)).ravel()}


def box_line(boxes: np.ndarray) -> dict[str, Any]:
    """Boxes (N, 4) as one line that says nothing when pointed at; its pen is for the caller to choose."""
    pen = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    return outlines(boxes) | pen


def truth_lines(boxes: np.ndarray, chosen: int | None = None) -> list[dict[str, Any]]:
    """True boxes (G, 4), dashed on a light casing; the chosen one is thick and whole."""
    if not len(boxes):
        return []
    line = box_line(boxes)
    lines = [
        line | {"line": {"color": LIGHT.halo, "width": 2.5}, "opacity": 0.7},
        line | {"line": {"color": LIGHT.truth, "width": 1, "dash": "dash"}},
    ]
    if chosen is not None:
        line = box_line(boxes[chosen : chosen + 1])
        lines += [
            line | {"line": {"color": LIGHT.halo, "width": 4.5}},
            line | {"line": {"color": LIGHT.truth, "width": 2}},
        ]
    return lines


def data_uri(image: np.ndarray) -> str:
    """The picture as it travels: JPEG, at most 1280 px wide or high."""
    shrink = LONGEST_SIDE / max(image.shape[:2])
    if shrink < 1:
        size = max(1, round(image.shape[1] * shrink)), max(1, round(image.shape[0] * shrink))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()
