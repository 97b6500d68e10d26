"""The presenter: a page for a projector, with large type and nothing but what is looked at, asked and turned.

`present=1` in the link asks for it, a button of the page's frame and Shift P begin it, Escape ends it; `page.js` hears the
keys and a clicker. Live parts read from the page's style that their type is large. A lesson has a presenter of its own, with
the same link and keys.
"""

from pathlib import Path

import streamlit as st

from dualviz.web import link
from dualviz.words import _

HERE = Path(__file__).parent
LESSON = "lesson"  # presents by itself


def asked_for() -> bool:
    """Whether the link asks for a presenter."""
    return link.value("present", "") == "1"


def shown(page: str) -> bool:
    """Whether this page is shown as a presenter's."""
    return asked_for() and page != LESSON


def turn(on: bool) -> None:
    """Begin or end it."""
    link.change(present="1" if on else None)


def style() -> None:
    """Give a presenter's page its style."""
    st.html(HERE / "presenter.css")


def door(page: str) -> None:
    """The button that begins it."""
    if page != LESSON:
        st.button(
            _("Present"),
            icon=":material/present_to_all:",
            key=f"present {page}",
            help=_(
                "Large type for a projector, nothing else on the screen (Shift P). Page Down and a clicker go on, Escape ends."
            ),
            on_click=turn,
            args=(True,),
        )
