"""Worksheets and answer sheets of the lessons, made when they are asked for."""

from functools import partial

import streamlit as st

from dualviz.charts.print.typeface import figure_note
from dualviz.exports.worksheet import worksheet_pdf
from dualviz.lessons import LESSONS
from dualviz.web.takeaway import download
from dualviz.web.teach.exercise import lesson_name
from dualviz.words import _


def view() -> None:
    """Choose lessons; two files: what students get, and what the teacher keeps."""
    st.write(
        _(
            "A4, one to two pages a lesson: the questions with room for answers, and apart from them the answers with this detector's numbers and the notes."
        )
    )
    if note := figure_note():
        st.info(note, icon=":material/translate:")
    chosen = st.multiselect(
        _("Lessons (none chosen: all twelve)"),
        LESSONS,
        default=[LESSONS[0]],
        format_func=lesson_name,
        key="worksheets of",
    )
    lessons = chosen or list(LESSONS)
    name = "-".join(str(lesson.id) for lesson in lessons) if chosen else "1-12"
    left, right = st.columns(2)
    with left:
        download(
            _("Worksheet, PDF"),
            f"dualviz worksheet {name}",
            "pdf",
            partial(worksheet_pdf, lessons),
            "worksheet",
        )
    with right:
        download(
            _("Answers, PDF"),
            f"dualviz answers {name}",
            "pdf",
            partial(worksheet_pdf, lessons, answers=True),
            "answers",
        )
