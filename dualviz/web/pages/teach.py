"""Teach: notes and a time plan, exercise links, worksheets, and a test before and after."""

import streamlit as st

from dualviz.web import views
from dualviz.web.teach import exercise, notes, questions, worksheets
from dualviz.words import _

TITLES = {
    "notes": _("Notes and plan"),
    "exercise": _("Exercise link"),
    "worksheets": _("Worksheets"),
    "test": _("Test"),
}
VIEWS = {"notes": notes, "exercise": exercise, "worksheets": worksheets, "test": questions}

st.title(_("Teach"))
views.chosen("teach", _("What a teacher needs"), TITLES, VIEWS).view()
