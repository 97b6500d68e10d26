"""A run of one's own: choose rules, pictures and minutes, see heads learn, and take them to the laboratory."""

import streamlit as st

from dualviz.web import link, markup
from dualviz.web.training import again, begin, runs, watch
from dualviz.words import _


def view() -> None:
    """The run of the link, as it is or seen again from its beginning; or the choices for a new one."""
    name = link.value("run", "")
    run = runs.found(name)
    if run is not None:
        (again if link.value("again", "") else watch).view(run)
        return
    if name:
        words = _("The run of this link ({name}) is not here any more.", name=markup.plain(name))
        st.info(words, icon=":material/link_off:")
    begin.view()
