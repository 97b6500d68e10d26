"""Ways to match, drawn by Plotly over the picture: every object whose anchor depends on the way, one form for each."""

from collections.abc import Sequence
from typing import Any

from dualviz.charts.palette import LIGHT, Palette, desaturated
from dualviz.charts.screen.ground import outlines, picture_layout
from dualviz.study.alignment import Matching, differing
from dualviz.trace import DualTrace
from dualviz.words import _

FORMS = {  # of the ways to match, by their place in `dualviz.study.alignment.matchings`
    0: ("diamond", 15),
    1: ("x-thin", 15),
    2: ("triangle-up", 11),
    3: ("circle-open", 22),
}


def matchings_chart(
    traced: DualTrace, ways: Sequence[Matching], colours: Palette = LIGHT
) -> dict[str, Any]:
    """The picture with every object whose anchor depends on the way of matching, one form for each way."""
    apart = differing(ways)
    boxes, points = traced.truth.boxes.numpy(), traced.anchor_points.double().numpy()
    line = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    traces: list[dict[str, Any]] = []
    if apart:
        for ink, width in ((LIGHT.halo, 4), (LIGHT.truth, 1.5)):
            style = {"color": ink, "width": width, "dash": "dash" if width < 2 else "solid"}
            traces.append(line | outlines(boxes[apart]) | {"line": style})
    for place, way in enumerate(ways):
        symbol, size = FORMS[place]
        pairs = [
            (g, a) for g, a in zip(way.objects.tolist(), way.anchors.tolist()) if g in set(apart)
        ]
        spots = points[[a for _g, a in pairs]].reshape(-1, 2)
        ink = (LIGHT.one2one, LIGHT.truth, LIGHT.one2many, LIGHT.duplicate)[place]
        mark = {
            "type": "scatter",
            "mode": "markers",
            "x": spots[:, 0],
            "y": spots[:, 1],
            "text": [
                _("{way}: object {object}, anchor {anchor}", way=way.name, object=g + 1, anchor=a)
                for g, a in pairs
            ],
            "hovertemplate": "%{text}<extra></extra>",
        }
        thick = 3 if "thin" in symbol or "open" in symbol else 1.5
        edge = ink if thick == 3 else LIGHT.halo
        under = {"symbol": symbol, "size": size, "color": LIGHT.halo}
        traces += [
            mark
            | {
                "marker": under | {"line": {"width": thick + 3, "color": LIGHT.halo}},
                "showlegend": False,
                "hoverinfo": "skip",
                "hovertemplate": None,
            },
            mark
            | {
                "marker": {
                    "symbol": symbol,
                    "size": size,
                    "color": ink,
                    "line": {"width": thick, "color": edge},
                },
                "name": str(way.name),
            },
        ]
    layout = picture_layout(desaturated(traced.image)) | {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 8},
        "height": 400,
        "legend": {"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top"},
    }
    return {"data": traces, "layout": layout}
