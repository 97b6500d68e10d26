"""A Plotly chart as every page shows one: in the page's colours, without a bar of tools, and never in a finger's way."""

from typing import Any

import streamlit as st

from dualviz.charts.screen.narrow import narrowed
from dualviz.web import frame

CONFIG = {"displayModeBar": False, "scrollZoom": False, "displaylogo": False}


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
    if frame.narrow():
        figure = narrowed(figure)
    return st.plotly_chart(
        figure,
        key=key,
        config=CONFIG,
        alt=alt,
        on_select="rerun" if choose else "ignore",
        selection_mode="points",
    )
