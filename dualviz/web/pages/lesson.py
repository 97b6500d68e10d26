"""Lessons: predict, act, reveal, explain, on one picture and both its heads; or the list of all lessons."""

from collections.abc import Mapping

import streamlit as st

from dualviz.lab.lesson import lessons
from dualviz.lessons import LESSONS, Lesson, lesson_payload
from dualviz.pictures.truth import Truth
from dualviz.web import course, link, session
from dualviz.words import language

OPENED = {"start": "start", "lab": "laboratory"}  # page by what is asked for


def table_for(lesson: Lesson) -> tuple[session.Subject, Truth] | None:
    """What is on the table and its truth, drawn or given, where this lesson may be tried with it: another picture with objects."""
    if not lesson.own or link.value("pic", lesson.picture) == lesson.picture:
        return None
    subject = session.current()
    truth = session.current_truth(subject)
    return (subject, truth) if len(truth) else None


def answer(ask: Mapping) -> None:
    """Do what the lesson asked of the page."""
    kind = ask.get("kind")
    if kind == "lesson":
        course.open_lesson(ask.get("lesson"))
        st.rerun()
    if kind == "own":
        link.change(own="1" if ask.get("on") is True else None)
        st.rerun()
    if kind == "open" and ask.get("page") in OPENED:
        if isinstance(ask.get("link"), Mapping):
            session.show({str(name): str(text) for name, text in ask["link"].items()})
        st.switch_page(f"dualviz/web/pages/{OPENED[ask['page']]}.py")


lesson = course.chosen()
shown = lesson or LESSONS[0]
table = table_for(shown)
foreign = table is not None and link.value("own", "") == "1"
subject = session.fixed(shown.picture, shown.detector)
truth = subject.truth
if table and foreign:
    subject, truth = table
result = lessons(
    session.packed(subject),
    (truth.boxes.tolist(), truth.labels.tolist()),
    lesson_payload(shown, language()),
    course.told(),
    course.standing(),
    shown="lesson" if lesson else "list",
    foreign=foreign,
    table=table[0].picture.name if table else None,
)
course.take(result.state)
if result.ask:
    answer(result.ask)
