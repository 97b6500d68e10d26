"""A Plotly chart as every page shows one: in the page's colours, without a bar of tools, and never in a finger's way."""

from typing import Any

import streamlit as st

from dualviz.charts.screen.large import enlarged
from dualviz.charts.screen.narrow import narrowed
from dualviz.web import frame, presenter, session

NOTHING = {"type": "scatter", "x": [], "y": []}  # Streamlit refuses a figure without a trace
CONFIG = {"displayModeBar": False, "scrollZoom": False, "displaylogo": False}


def legible(figure: dict[str, Any], ink: str) -> dict[str, Any]:
    """The figure with its axes written in an ink that can be read, which is not so in Streamlit's own theme.

    >>> figure = {"data": [], "layout": {"xaxis": {"title": {"text": "r"}}}}
    >>> legible(figure, "#555")["layout"]["xaxis"]["tickfont"]
    {'color': '#555', 'size': 12}
    """
    font = {"color": ink, "size": 12}
    layout = {"font": font} | figure["layout"]
    for name, axis in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            titled = (
                {"title": axis["title"] | {"font": font | {"size": 14}}} if "title" in axis else {}
            )
            layout[name] = {"tickfont": font} | axis | titled
    return figure | {"data": [_labelled(trace, font) for trace in figure["data"]], "layout": layout}


def _labelled(trace: dict[str, Any], font: dict[str, Any]) -> dict[str, Any]:
    """A trace whose numbers and whose colour bar are in that font, where they have none of their own."""
    if "text" in trace:
        trace = {"textfont": font} | trace
    if "colorbar" in trace:
        bar = trace["colorbar"]
        title = {"title": {"font": font} | bar["title"]} if "title" in bar else {}
        trace = trace | {"colorbar": {"tickfont": font} | bar | title}
    return trace


def chart(figure: dict[str, Any], key: str, alt: str, choose: bool = False) -> Any:
    """Show a figure; on a narrow page its panels stand below one another and a finger on it scrolls the page.

    Args:
        figure: from `dualviz.charts.screen`.
        key: name in the session.
        alt: what it shows, for who does not see it.
        choose: whether a point can be chosen.

    Returns:
        With `choose`, what is chosen, as Plotly tells Streamlit.
    """
    figure = legible(figure, session.colours().soft)
    figure["data"] = figure["data"] or [NOTHING]
    if frame.narrow():
        figure = narrowed(figure)
    if presenter.asked_for():
        figure = enlarged(figure)
    return st.plotly_chart(
        figure,
        key=key,
        config=CONFIG,
        alt=alt,
        on_select="rerun" if choose else "ignore",
        selection_mode="points",
    )
