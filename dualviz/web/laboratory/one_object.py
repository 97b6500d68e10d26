"""The laboratory: which anchors does each head choose for an object, why, and what moves when the metric does?"""

import streamlit as st

from dualviz import lab
from dualviz.exports.shown import ShownPicture, story_object
from dualviz.lab.check import recomputed
from dualviz.web import controls, exercise, findings, session
from dualviz.web.takeaway import buttons, download, titled
from dualviz.web.turns import live
from dualviz.words import _


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


def page_of_its_own() -> bytes:
    """The laboratory as it stands, as one file."""
    subject = session.current()
    own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
    title = _("DualViz laboratory: {picture}", picture=subject.picture.name)
    return lab.standalone(session.packed(subject), controls.lab_state(), own, title).encode()


def html_dialog() -> None:
    """Answer the laboratory's own button."""
    st.write(
        _(
            "It opens from a disk or any static host, needs no server and asks no other host for anything."
        )
    )
    name = f"dualviz {session.current_picture().name}"
    download(_("Save the page"), name, "html", page_of_its_own, key="dialog html")


@live
def laboratory() -> None:
    """The live part, checked by Python whenever the hand lets go."""
    subject = session.current()
    for note in subject.notes:
        st.warning(note, icon=":material/warning:")
    packed = session.packed(subject)
    own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
    controls.settle_object(len(session.current_truth(subject)))
    result = lab.laboratory(packed, controls.lab_state(), own, only=exercise.controls())
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
    with st.expander(_("Take it away for slides and papers"), icon=":material/download:"):
        page = st.segmented_control(
            _("Made for"),
            ["slide", "column"],
            format_func={"slide": _("slide"), "column": _("column")}.get,
            default="slide",
            required=True,
            key="page format",
        )
        columns = st.columns(4)
        for column, name in zip(columns, ("stage", "plane", "ranks")):
            with column:
                buttons(name, shown, titled, page)
        with columns[3]:
            buttons("candidates", shown, titled)
            name = f"dualviz {session.current_picture().name}"
            download(_("Laboratory, HTML"), name, "html", page_of_its_own, "lab html")
