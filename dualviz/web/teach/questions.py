"""The six-question test before and after, as students see it; its key stands with the notes, for the teacher."""

import streamlit as st

from dualviz.lab.quiz import quiz, standalone_quiz
from dualviz.web.takeaway import download
from dualviz.words import _


def view() -> None:
    """The test itself, and the test as one file."""
    st.write(
        _(
            "The same six questions before and after. Students answer on their own devices: send them this page's link, or the file. The key stands under Notes and plan."
        )
    )
    quiz()
    download(_("The test as one file, HTML"), "dualviz test", "html", standalone_quiz, "test file")
