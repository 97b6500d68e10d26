"""The language of a session: what its link says, or else what its browser asks for."""

import streamlit as st

from dualviz.web import link
from dualviz.words import LANGUAGES, PSEUDO, _, closest, language, use


def begin() -> None:
    """Speak this session's language from here on; every run begins with it."""
    use(link.value("lang", closest(st.context.locale)))


def other() -> tuple[str, str]:
    """The language after the present one in `LANGUAGES`: its key, and how it calls itself."""
    names = list(LANGUAGES)
    present = language() if language() in names else names[0]
    key = names[(names.index(present) + 1) % len(names)]
    return key, LANGUAGES[key]


def speak(name: str) -> None:
    """Put a language into the link; the browser's own is absent from it. The next run speaks it."""
    if name in LANGUAGES:
        link.change(lang=None if name == closest(st.context.locale) else name)


def choice() -> None:
    """A small selector at the end of the sidebar; the browser's own language is absent from the link."""
    clean = link.one_of((*LANGUAGES, PSEUDO))
    kept = link.bound("lang", closest(st.context.locale), clean)
    shown = dict(LANGUAGES)
    if st.session_state[kept["key"]] == PSEUDO:
        shown[PSEUDO] = PSEUDO
    st.selectbox(_("Language"), list(shown), format_func=shown.get, **kept)
