"""Where a session stands in the lessons: the lesson, step and guesses of its link, and what is kept while other pages show.

On other pages the link says nothing of lessons; coming back, it says again what it said.
"""

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dualviz.lab.lesson import LETTERS
from dualviz.lessons import LESSONS, Lesson
from dualviz.web import link
from dualviz.words import catalogue, language

GUESSES = re.compile(r"[A-Za-z0-9.+-]{0,24}(~[A-Za-z0-9.+-]{0,24}){0,40}")  # one a question
PRESENTER = "present"  # in the link of a lesson as of any page

__all__ = [
    "LETTERS",
    "begin",
    "chosen",
    "open_lesson",
    "put_aside",
    "show_all",
    "standing",
    "take",
    "told",
]


def chosen() -> Lesson | None:
    """The lesson of the link, or the one this session was in; None for the list of all."""
    if not link.value("lesson", ""):
        link.change(**st.session_state.pop("lesson aside", {}))
    text = link.value("lesson", "")
    lesson = next((one for one in LESSONS if str(one.id) == text), None)
    if text and lesson is None:
        link.change(**dict.fromkeys(LETTERS))
        link.doubt("lesson", text, None)
    if lesson:
        steps = {str(number) for number in range(1, len(lesson.steps) + 1)}
        for name, is_one in (("step", steps.__contains__), ("guess", GUESSES.fullmatch)):
            said = link.value(name, "")
            if link.first_reading(name) and not is_one(said):
                link.change(**{name: None})
                link.doubt(name, said, None)
    return lesson


def open_lesson(number: Any) -> None:
    """Put a lesson into the link; the device remembers where it stands."""
    known = next((one for one in LESSONS if one.id == number), None)
    if known and link.value("lesson", "") != str(known.id):
        link.change(lesson=str(known.id), step=None, guess=None, own=None)


def begin() -> None:
    """Go to the lesson this session was in, or to the first."""
    if "lesson aside" not in st.session_state:
        open_lesson(LESSONS[0].id)


def show_all() -> None:
    """Go to the list of all lessons; the device remembers where each stands."""
    st.session_state.pop("lesson aside", None)
    link.change(**dict.fromkeys(LETTERS))


def put_aside() -> None:
    """Take the lesson out of the link while another page shows, and remember it for this session."""
    aside = {name: link.value(name, "") for name in LETTERS if link.value(name, "")}
    if aside:
        st.session_state["lesson aside"] = aside
        link.change(**dict.fromkeys(LETTERS))


def take(message: Mapping[str, str] | None) -> None:
    """Put where the lesson stands into the link, when the browser says so; an old message changes nothing."""
    if (
        message
        and link.is_news("lesson", message)
        and message.get("lesson") == link.value("lesson", "")
    ):
        link.change(**{name: message.get(name) for name in (*LETTERS, PRESENTER)})


def standing() -> dict[str, str]:
    """Where the link says that the lesson stands, and whether it is presented."""
    return {name: text for name in (*LETTERS, PRESENTER) if (text := link.value(name, ""))}


def told() -> list[dict[str, Any]]:
    """Of every lesson its number, its title and question in the present language, and its minutes."""
    words = catalogue(language())
    return [
        {
            "id": lesson.id,
            "title": words.one(lesson.title),
            "asks": words.one(lesson.asks),
            "minutes": lesson.minutes,
        }
        for lesson in LESSONS
    ]
