"""The laboratory: which anchors does each head choose for an object, why, and what moves when the metric does?"""

from functools import partial

import streamlit as st

from dualviz import lab
from dualviz.lab.check import recomputed
from dualviz.web import controls, session
from dualviz.web.takeaway import download

FIGURES = {"stage": "Stage", "plane": "Metric plane", "ranks": "Rank agreement"}


def file(kind: str, figure: str = "stage", page: str = "slide") -> bytes:
    """What a download button hands over; made only when it is pressed."""
    from dualviz.charts.print import PAGES, plane_figure, ranks_figure, stage_figure
    from dualviz.exports import export  # brings Matplotlib, which the first sight does not need

    subject, view = session.current(), controls.lab_state()["view"]
    trace = session.current_trace(subject)
    chosen = controls.lab_state()["object"]
    g = export.most_disagreeing(trace) if chosen is None or chosen >= len(trace.truth) else chosen
    g = None if g == -1 else g
    names = {"picture": subject.picture.name, "detector": subject.detector.name}
    if kind == "html":
        own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
        title = f"DualViz laboratory: {subject.picture.name}"
        return lab.standalone(session.packed(subject), controls.lab_state(), own, title).encode()
    if kind == "csv":
        return export.candidates_csv(trace, g, **names).encode()
    given = names | {"page": PAGES[page]}
    if figure == "stage":
        heat = {name: view[name] for name in ("head", "log")}
        layer = "m" if view["layer"] == "none" else view["layer"]
        level = None if view["level"] == "all" else int(view["level"])
        drawn = stage_figure(trace, g, layer=layer, level=level, **heat, **given)
    else:
        drawn = {"plane": plane_figure, "ranks": ranks_figure}[figure](trace, g, **given)
    return export.figure_bytes(drawn, kind)


@st.dialog("The laboratory as one file")
def html_dialog() -> None:
    """Answer the laboratory's own button."""
    st.write(
        "It opens from a disk or any static host, needs no server and asks no other host for anything."
    )
    name = f"dualviz {session.current_picture().name}"
    download("Save the page", name, "html", partial(file, "html"), key="dialog html")


subject = session.current()
for note in subject.notes:
    st.warning(note, icon=":material/warning:")
packed = session.packed(subject)
own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
result = lab.laboratory(packed, controls.lab_state(), own)
message = result.state
if message and message.get("id") == lab.header(packed)["id"]:
    controls.take_lab(message)
    trace = session.current_trace(subject)
    if found := lab.disagreements(message["claim"], trace):
        words = "The browser and Python disagree. Python is right, please report this: "
        st.error(words + "; ".join(found), icon=":material/error:")
    else:
        st.caption(f":material/verified: {recomputed(message['claim'], len(trace.truth))}")
if result.ask and result.ask.get("kind") == "html":
    html_dialog()

with st.expander("Take it away for slides and papers", icon=":material/download:"):
    page = st.segmented_control(
        "Made for", ["slide", "column"], default="slide", required=True, key="page format"
    )
    columns = st.columns(4)
    for column, (figure, words) in zip(columns, FIGURES.items()):
        with column:
            for kind in ("png", "svg", "pdf"):
                make = partial(file, kind, figure, page)
                download(
                    f"{words}, {kind.upper()}", f"dualviz {figure}", kind, make, f"{figure} {kind}"
                )
    with columns[3]:
        download("Candidates, CSV", "dualviz candidates", "csv", partial(file, "csv"), "lab csv")
        name = f"dualviz {subject.picture.name}"
        download("Laboratory, HTML", name, "html", partial(file, "html"), "lab html")
