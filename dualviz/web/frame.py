"""The frame round every page: its style, its menu where the window is narrow, and how wide the window is.

Streamlit does not tell a script how wide the window is. A component of no size does: it says so when the page is opened
and when the width passes `NARROW`, and else stays silent. It also lets charts shrink to the paper when a page is printed,
and says in our words that the server does not answer.
"""

from base64 import b64decode
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dualviz.web import markup, presenter, share
from dualviz.words import _, said

HERE = Path(__file__).parent
KEY = "frame"


def style() -> None:
    """Give the page its style."""
    st.html(HERE / "page.css")


def place() -> DeltaGenerator:
    """Where the page is listened to: before everything else, so that it hears on while a page gives way to another."""
    return st.container(key="frame-listener")


def listen(where: DeltaGenerator, take: Callable[[bytes, str], None], here: st.Page) -> None:
    """Hear how wide the page is, of a presenter's keys, and of a picture that was pasted or dropped, from the page's end on.

    Args:
        where: see `place`.
        here: the page that is seen.
        take: puts a picture on the table by its bytes and name; raises ValueError with the sentence that is then shown.
    """
    component = st.components.v2.component(
        "dualviz_frame", js=(HERE / "page.js").read_text(encoding="utf-8")
    )
    message = {
        "presents": presenter.shown(here.url_path),
        "presentable": here.url_path != presenter.LESSON,
        "title": _("The server does not answer"),
        "words": _(
            "This page tries again by itself and goes on when the server is back; what its address says is kept. If that takes long, tell whoever runs the server."
        ),
    }
    with where:
        heard = component(
            key=KEY,
            data=message,
            on_narrow_change=lambda: None,
            on_picture_change=lambda: None,
            on_present_change=lambda: None,
        )
    if heard.present and heard.present["on"] != presenter.shown(here.url_path):
        presenter.turn(heard.present["on"] is True)
        st.rerun()
    if picture := heard.picture:
        try:
            take(b64decode(picture["data"]), str(picture["name"]))
        except ValueError as error:
            st.toast(markup.plain(said(error)), icon=":material/error:")


def narrow() -> bool:
    """Whether the page is as wide as a phone."""
    return bool(st.session_state.get(KEY, {}).get("narrow"))


def menu(pages: Sequence[st.Page], here: st.Page) -> None:
    """The pages behind a button with this page's name; `page.css` shows it where Streamlit folds its own row away."""
    place = st.container(key="page-menu")
    with place, st.popover(here.title, icon=here.icon, key=f"menu {here.url_path}"):
        for page in pages:
            st.page_link(page, label=page.title, icon=page.icon)


def doors(here: st.Page) -> None:
    """What can be done with every page, beside the row of pages: hand it over, and present it."""
    name = here.url_path or "start"
    with st.container(key="page-doors", horizontal=True, gap="small"):
        share.door(name)
        presenter.door(name)
