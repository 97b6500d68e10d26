"""The six-question test before and after, with its key for the teacher."""

from html import escape

import streamlit as st

from dualviz.lab.quiz import questions, quiz, standalone_quiz
from dualviz.web.takeaway import download
from dualviz.words import _


def view() -> None:
    """The test itself; then its key, and the test as one file."""
    st.write(
        _(
            "The same six questions before and after. Students answer on their own devices: send them this page's link, or the file."
        )
    )
    quiz()
    left, right = st.columns(2)
    with left:
        download(
            _("The test as one file, HTML"), "dualviz test", "html", standalone_quiz, "test file"
        )
    with right, st.expander(_("Key, for the teacher"), icon=":material/key:"):
        items = "".join(
            f"<li>{'ABC'[one['right']]}: {escape(one['options'][one['right']])}<br>{escape(one['why'])}</li>"
            for one in questions()
        )
        st.html(f"<ol>{items}</ol>")
