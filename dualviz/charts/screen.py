"""Detections on the page, drawn by Plotly: the picture with an output's boxes, each telling on hover where it came from.

Figures are plain dictionaries, because Streamlit renders them with its own plotly.js and go.Figure costs more than the
drawing. Marks carry a light and a dark casing and the ground is left to the theme, so that light and dark pages agree.
"""

import base64
import html
from collections.abc import Sequence
from typing import Any, Literal

import cv2
import numpy as np

from dualviz.charts.cells import cell_of, grids
from dualviz.charts.outcomes import outcomes
from dualviz.charts.palette import FLAG, HEAD_NAMES, LIGHT
from dualviz.detector import DualPrediction
from dualviz.postprocess import Detections, Match
from dualviz.truth import Truth

LONGEST_SIDE = 1280  # of the picture as it travels; boxes keep the pixels of the whole one
SYMBOL = {"one2many": "circle", "one2one": "diamond"}
COLOUR = {"one2many": LIGHT.one2many, "one2one": LIGHT.one2one}
WIDTH = {"one2many": 1.5, "one2one": 3.0}


def detections_figure(
    image: np.ndarray,
    detections: Detections,
    class_names: Sequence[str],
    truth: Truth | None = None,
    matches: Match | None = None,
    head: Literal["one2many", "one2one"] = "one2one",
    prediction: DualPrediction | None = None,
) -> dict[str, Any]:
    """One output on the picture.

    Args:
        image: uint8 (H, W, 3) RGB.
        detections: N boxes in its pixels, best first.
        class_names: of the detector.
        truth: drawn dashed; None for none.
        matches: of these detections against that truth; without it, only duplicates are told apart.
        head: which head they come from: its colour and form.
        prediction: what they were selected from; with it the hover names level and cell, and marks stand on the anchor.

    Returns:
        A Plotly figure as a dictionary: axes equal and fixed to the picture, no colours of the theme.
    """
    told = outcomes(detections, matches)
    boxes = detections.boxes.cpu().double().numpy().reshape(-1, 4)
    words = _hover(detections, class_names, prediction, told, matches)
    colour, width = COLOUR[head], WIDTH[head]
    traces: list[dict[str, Any]] = []
    if truth is not None:
        real = truth.boxes.double().numpy()
        names = [
            f"object {g + 1}: {html.escape(truth.class_names[label])}"
            + (", missed" if len(told.missed) and told.missed[g] else "")
            for g, label in enumerate(truth.labels.tolist())
        ]
        traces += _outlines("truth", real, names, LIGHT.truth, 1.5, "dash", halo=4.0)
        if told.missed.any():
            traces.append(_missed(real[told.missed], np.flatnonzero(told.missed)))
    name = HEAD_NAMES[head] + (": found" if matches is not None else "")
    for label, kind, ink, dash in (
        ("ignored", told.ignored, LIGHT.lost, "solid"),
        (f"{HEAD_NAMES[head]}: false", told.false, colour, "dot"),
        (name, told.found, colour, "solid"),
    ):
        if kind.any() or label == name:
            chosen = [words[row] for row in np.flatnonzero(kind)]
            traces += _outlines(label, boxes[kind], chosen, ink, width, dash, halo=width + 2)
    repeats, doubles = boxes[told.duplicate], []
    if len(repeats):  # a light core makes two lines of one
        chosen = [words[row] for row in np.flatnonzero(told.duplicate)]
        doubles += _outlines("duplicate", repeats, chosen, LIGHT.duplicate, 4.5, "solid", halo=5.0)
        doubles += _outlines("duplicate", repeats, None, LIGHT.halo, 1.5, "solid", halo=0)
    few = told.duplicate.sum() <= told.found.sum()  # seen above; a flood stays below
    traces = traces + doubles if few else doubles + traces
    traces.append(_anchors(detections, boxes, words, prediction, head))
    return {"data": traces, "layout": _layout(image, f"{told.words} · {HEAD_NAMES[head]}")}


def _hover(detections, class_names, prediction, told, matches) -> list[str]:
    """One text a detection: class and score, anchor with level and cell, and what became of it."""
    levels = grids(prediction) if prediction is not None else []
    texts = []
    for row, (label, score, anchor) in enumerate(
        zip(detections.labels.tolist(), detections.scores.tolist(), detections.anchors.tolist())
    ):
        text = f"<b>{html.escape(class_names[label])}</b> {score:.3f}<br>anchor {anchor}"
        if levels:
            level, column, line = cell_of(levels, anchor)
            text += f", {level} cell ({column}, {line})"
        kinds = ("duplicate", "false", "ignored")
        state = next((kind for kind in kinds if getattr(told, kind)[row]), "")
        if matches is not None and matches.truth[row] >= 0:
            of = f"object {int(matches.truth[row]) + 1}, IoU {float(matches.overlap[row]):.2f}"
            state = f"{state or 'found'}: {of}"
        texts.append(text + (f"<br>{state}" if state else ""))
    return texts


def _outlines(
    name: str,
    boxes: np.ndarray,
    words: list[str] | None,
    colour: str,
    width: float,
    dash: str,
    halo: float,
) -> list[dict[str, Any]]:
    """Boxes as closed lines: the casings below, then the line, which alone stands in the legend and answers the hover."""
    x, y = (boxes[:, corners].astype(float) for corners in ([0, 2, 2, 0, 0], [1, 1, 3, 3, 1]))
    gap = np.full((len(boxes), 1), np.nan)
    path = {
        "type": "scatter",
        "mode": "lines",
        "x": np.hstack((x, gap)).ravel(),
        "y": np.hstack((y, gap)).ravel(),
        "legendgroup": name,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    line = {"color": colour, "width": width, "dash": dash}
    own: dict[str, Any] = path | {"name": name, "line": line}
    if words is not None:
        own |= {
            "showlegend": True,
            "hoverinfo": "text",
            "text": [text for text in words for _ in range(6)],
            "hovertemplate": "%{text}<extra></extra>",
        }
    if not halo:
        return [own]
    dark = {"line": {"color": LIGHT.truth, "width": halo + 1.5}, "opacity": 0.55}
    light = {"line": {"color": LIGHT.halo, "width": halo}, "opacity": 0.8}
    return [path | dark, path | light, own]


def _missed(boxes: np.ndarray, objects: np.ndarray) -> dict[str, Any]:
    """A plate on every object that no detection took."""
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "missed",
        "x": boxes[:, 0],
        "y": boxes[:, 1],
        "text": ["∅"] * len(boxes),
        "textfont": {"color": LIGHT.truth, "size": 13},
        "cliponaxis": False,
        "marker": {
            "symbol": "square",
            "size": 18,
            "color": FLAG,
            "line": {"color": LIGHT.truth, "width": 1},
        },
        "customdata": objects + 1,
        "hovertemplate": "object %{customdata}: missed<extra></extra>",
    }


def _anchors(detections, boxes, words, prediction, head) -> dict[str, Any]:
    """A circle or a diamond for every detection, on its anchor where that is known, else in the middle of its box."""
    if prediction is not None:
        points = prediction.anchor_points[detections.anchors.cpu()].double().numpy()
    else:
        points = (boxes[:, :2] + boxes[:, 2:]) / 2
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "anchor" if prediction is not None else "middle of the box",
        "x": points[:, 0],
        "y": points[:, 1],
        "marker": {
            "symbol": SYMBOL[head],
            "size": 8,
            "color": COLOUR[head],
            "line": {"color": LIGHT.halo, "width": 1.5},
        },
        "text": words,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _layout(image: np.ndarray, title: str) -> dict[str, Any]:
    height, width = image.shape[:2]
    plain = {"visible": False, "showgrid": False, "zeroline": False, "constrain": "domain"}
    return {
        "title": {
            "text": html.escape(title),
            "font": {"size": 14},
            "x": 0,
            "y": 0.995,
            "yanchor": "top",
        },
        "images": [
            {
                "source": _data_uri(image),
                "xref": "x",
                "yref": "y",
                "x": 0,
                "y": 0,
                "sizex": width,
                "sizey": height,
                "sizing": "stretch",
                "layer": "below",
            }
        ],
        "xaxis": plain | {"range": [0, width]},
        "yaxis": plain | {"range": [height, 0], "scaleanchor": "x"},
        "margin": {"l": 0, "r": 0, "t": 28, "b": 0},
        "legend": {"orientation": "h", "x": 0, "y": 0, "yanchor": "top"},
        "hovermode": "closest",
        "dragmode": "pan",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _data_uri(image: np.ndarray) -> str:
    """The picture as it travels: JPEG, at most 1280 px wide or high."""
    shrink = LONGEST_SIDE / max(image.shape[:2])
    if shrink < 1:
        size = max(1, round(image.shape[1] * shrink)), max(1, round(image.shape[0] * shrink))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()
