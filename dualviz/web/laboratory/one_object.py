"""The laboratory: which anchors does each head choose for an object, why, and what moves when the metric does?"""

from functools import partial

import streamlit as st

from dualviz import lab
from dualviz.exports.shown import ShownPicture, story_object
from dualviz.exports.views import file_words
from dualviz.lab.check import recomputed
from dualviz.lessons import LESSONS, lesson_payload
from dualviz.web import controls, exercise, findings, link, session
from dualviz.web.films import films
from dualviz.web.laboratory import album
from dualviz.web.takeaway import (
    all_of_it,
    buttons,
    download,
    laboratory_page,
    paper_choice,
    titled,
)
from dualviz.web.turns import live
from dualviz.words import _, language


def shown() -> ShownPicture:
    """The laboratory's object under its heat, as it is taken away."""
    state = controls.lab_state()
    view, chosen = state["view"], state["object"]
    trace = session.current_trace(session.current())
    g = story_object(trace) if chosen is None or chosen >= len(trace.truth) else chosen
    heat = {name: view[name] for name in ("head", "log")}
    heat["layer"] = "m" if view["layer"] == "none" else view["layer"]
    heat["level"] = None if view["level"] == "all" else int(view["level"])
    return findings.shown_picture(None if g == -1 else g, stage=heat)


def html_dialog() -> None:
    """Answer the laboratory's own button: this picture as it stands, or several pictures and lessons in one file."""
    st.write(
        _(
            "It opens from a disk or any static host, needs no server and asks no other host for anything."
        )
    )
    name = file_words(session.current_picture().name, "laboratory")
    download(_("Save the page"), name, "html", laboratory_page, key="dialog html")
    st.subheader(_("Several pictures in one file"))
    pictures = session.picture_names()
    chosen = st.multiselect(
        _("Pictures"),
        list(pictures),
        default=[session.current_picture().id],
        format_func=lambda picture: str(pictures.get(picture, picture)),
        key="album pictures",
    )
    titles = {lesson.id: lesson_payload(lesson, language())["title"] for lesson in LESSONS}
    lessons = st.multiselect(
        _("Lessons"),
        list(titles),
        format_func=lambda number: f"{number}. {titles[number]}",
        key="album lessons",
    )
    if chosen:
        make = partial(album.page, chosen, lessons)
        name = file_words(session.current_picture().name, "album")
        download(_("Save the file"), name, "html", make, key="dialog album")


@live
def laboratory() -> None:
    """The live part, checked by Python whenever the hand lets go."""
    subject = session.current()
    for note in subject.notes:
        st.warning(note, icon=":material/warning:")
    packed = session.packed(subject)
    own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
    controls.settle_object(len(session.current_truth(subject)))
    result = lab.laboratory(
        packed,
        controls.lab_state(),
        own,
        only=exercise.controls(),
        origin=findings.origin(subject, subject.truth),
    )
    message = result.state
    if message and message.get("id") == lab.header(packed)["id"]:
        controls.take_lab(message)
        trace = session.current_trace(subject)
        if differences := lab.disagreements(message["claim"], trace):
            words = _(
                "The browser and Python disagree. Python is right, please report this: {found}",
                found="; ".join(differences),
            )
            st.error(words, icon=":material/error:")
        else:
            st.caption(f":material/verified: {recomputed(message['claim'], len(trace.truth))}")
    if result.ask and result.ask.get("kind") == "html":
        st.dialog(_("The laboratory as one file"))(html_dialog)()


def view() -> None:
    """The live laboratory, and what can be taken away from it."""
    laboratory()
    away = st.expander(
        _("Take it away for slides and papers"),
        icon=":material/download:",
        key="away part",
        on_change=partial(link.open_part, "away part"),
    )
    if not away.open:
        return
    with away:
        paper = paper_choice("stage")
        marks = shown().marks("object")
        columns = st.columns(4)
        for column, name in zip(columns, ("stage", "plane", "ranks")):
            with column:
                buttons(name, shown, titled, paper, marks)
        with columns[3]:
            buttons("candidates", shown, titled, marks=marks)
            name = file_words(session.current_picture().name, "laboratory")
            download(_("Laboratory, HTML"), name, "html", laboratory_page, "lab html")
            all_of_it("stage", shown, paper)
        st.divider()
        st.fragment(films)(("beta", "alpha", "r", "nms"), shown, None)
