"""A teacher's exercise: title, note and the knobs that are shown travel in the link and stand above the page it opens."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from dualviz.lessons.read import CONTROLS
from dualviz.web import link, markup
from dualviz.words import _

NAMES = ("title", "note", "only")
LONGEST = {"title": 80, "note": 400}
LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
APART = "."  # between the knobs of `only`
CHOOSES = (
    "laboratory"  # the page whose knobs an exercise may choose; a lesson's steps choose their own
)


def banner(page: str) -> None:
    """Say what the exercise is, where the link brings one; where it hides knobs, one button shows everything again."""
    title, note = (link.value(name, "")[: LONGEST[name]] for name in ("title", "note"))
    hides = page == CHOOSES and bool(controls())
    if not (title or note or hides):
        return
    with st.container(border=True, key="exercise", horizontal=True, vertical_alignment="center"):
        heading = f"**{markup.plain(title)}**" if title else ""
        st.markdown("  \n".join(filter(None, (heading, *map(markup.plain, note.splitlines())))))
        if hides:
            everything = {"only": None}
            st.button(
                _("Show me everything"),
                key="exercise everything",
                on_click=link.change,
                kwargs=everything,
            )
        else:
            nothing = {"title": None, "note": None}
            st.button(
                _("Close the exercise"), key="exercise close", on_click=link.change, kwargs=nothing
            )


def controls() -> tuple[str, ...]:
    """Knobs that the exercise shows; none named: all."""
    return tuple(name for name in link.value("only", "").split(APART) if name in CONTROLS)


def exercise_link(base: str, page: str, values: dict[str, str]) -> str:
    """The address of an exercise.

    >>> exercise_link("http://10.0.0.7:8501/", "laboratory", {"pic": "sparse", "note": ""})
    'http://10.0.0.7:8501/laboratory?pic=sparse'
    """
    given = {name: value for name, value in values.items() if value}
    return f"{base.rstrip('/')}/{page}" + (f"?{urlencode(given)}" if given else "")


def is_local(base: str) -> bool:
    """Whether an address leads everybody to their own device instead of here.

    >>> is_local("http://localhost:8501/"), is_local("http://127.0.1.1/"), is_local("https://dualviz.example.org/a/")
    (True, True, False)
    """
    host = (urlsplit(base).hostname or "").lower()
    return not host or host in LOCAL or host.startswith("127.") or host.endswith(".localhost")
