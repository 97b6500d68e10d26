"""Teacher's notes: how a class begins, how long it takes, what students say in each lesson and what to ask; the key of the six questions."""

from html import escape

import streamlit as st

from dualviz.lab.facts import facts_at
from dualviz.lab.quiz import questions
from dualviz.lessons import LESSONS, Lesson
from dualviz.web import course, markup
from dualviz.web.teach.exercise import lesson_name
from dualviz.words import _, catalogue, language, ngettext

SHORT = (1, 2, 3, 5, 9)  # lessons of a single class
PAUSE = 10  # minutes of test and talk at each end


def view() -> None:
    """Plans on top, then a lesson to read up, and the key of the test."""
    st.header(_("A class in 45 minutes, or in 90"))
    left, right = st.columns(2, gap="large")
    with left:
        plan(45, [LESSONS[number - 1] for number in SHORT])
    with right:
        plan(90, list(LESSONS))
    st.caption(
        _(
            "Minutes are those of a class that talks about every guess. Present a lesson with P; keys 1, 2, 3 answer for the class, N opens these notes in a second window."
        )
    )
    st.header(_("Notes"))
    lesson = st.selectbox(_("Lesson"), LESSONS, format_func=lesson_name, key="notes of")
    notes(lesson)
    st.header(_("Key of the test"))
    key_of_the_test()


def key_of_the_test() -> None:
    """Of each of the six questions the right answer and why."""
    items = "".join(
        f"<li>{'ABC'[one['right']]}: {escape(one['options'][one['right']])}<br>{escape(one['why'])}</li>"
        for one in questions()
    )
    st.html(f"<ol>{items}</ol>")


def plan(minutes: int, lessons: list[Lesson]) -> None:
    """A table of times: the test, the lessons, the test again, and what is left for questions."""
    taught = sum(lesson.minutes for lesson in lessons)
    rows = [(_("Test before, without help"), PAUSE // 2)]
    rows += [(lesson_name(lesson), lesson.minutes) for lesson in lessons]
    rows += [(_("Test after, and compare"), PAUSE // 2)]
    left = minutes - taught - PAUSE
    if left > 0:
        rows.append((_("Questions, own pictures, the laboratory"), left))
    body, at = "", 0
    for words, length in rows:
        body += f"<tr><td>{at}</td><td>{escape(words)}</td><td>{length}</td></tr>"
        at += length
    head = "".join(f"<th>{escape(one)}</th>" for one in (_("At"), _("What"), _("Minutes")))
    title = ngettext("{n} minute", "{n} minutes", minutes)
    st.html(
        f'<div class="table"><table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def notes(lesson: Lesson) -> None:
    """What a teacher wants to know before the lesson."""
    scene, words = facts_at(lesson), catalogue(language())
    st.subheader(lesson_name(lesson))
    st.caption(
        ngettext(
            "{n} minute · {picture}",
            "{n} minutes · {picture}",
            lesson.minutes,
            picture=lesson.picture,
        )
    )
    for heading, paragraphs in lesson.notes.items():
        st.markdown(f"**{markup.plain(words.one(heading))}**")
        for paragraph in paragraphs:
            st.markdown(markup.plain(scene.say(paragraph)))
    if st.button(_("Open this lesson"), icon=":material/school:", key="notes open"):
        course.open_lesson(lesson.id)
        st.switch_page("dualviz/web/pages/lesson.py")
