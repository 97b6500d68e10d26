"""DualViz: the frame of the app. It opens the page that a link names, and puts the sidebar beside it."""

import os

# Idle OpenMP threads must sleep: spinning ones make every small tensor operation wait when cores are busy.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pathlib import Path

import streamlit as st

import dualviz
from dualviz.exports.address import OLD
from dualviz.web import (
    browse,
    course,
    exercise,
    frame,
    gallery,
    language,
    link,
    missing,
    presenter,
    reading,
    session,
    sidebar,
    turns,
    uploads,
)
from dualviz.words import _

HERE = Path(__file__).parent
WEB = HERE / "dualviz" / "web"


def page_of(name: str, title: str, icon: str, **options) -> st.Page:
    """A page of `dualviz/web/pages`, called in the address as its file is."""
    return st.Page(
        WEB / "pages" / f"{name}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path=name,
        **options,
    )


def moved(old: str, page: st.Page, **values: str) -> st.Page:
    """The address of a page of old: it opens the page that took it in, with all that its link says."""

    def go() -> None:
        link.change(**values)
        st.switch_page(page)

    return st.Page(go, title=page.title, url_path=old, visibility="hidden")


def brought(data: bytes, name: str) -> None:
    """Put a picture that was pasted or dropped on the table, and show it."""
    session.take_picture(data, name)
    if page.url_path in browse.SHOWING:
        st.rerun()
    st.switch_page(laboratory)


language.begin()
st.set_page_config(
    "DualViz",
    str(HERE / "assets" / "icon.png"),
    layout="wide",
    initial_sidebar_state="collapsed",
    menu_items={
        "About": _(
            "**{made_by}**: see, touch and test YOLOv10's dual label assignment. The method: Wang et al., *YOLOv10: Real-Time End-to-End Object Detection*, NeurIPS 2024. MIT licence.",
            made_by=dualviz.MADE_BY,
        )
    },
)
reading.warm()
uploads.sit_down()
frame.style()
listener = frame.place()
start = page_of("start", _("Start"), "flag", default=True)
lessons = page_of("lesson", _("Lessons"), "school")
laboratory = page_of("laboratory", _("Laboratory"), "science")
detections = page_of("detections", _("Detections"), "compare")
training = page_of("training", _("Training"), "replay")
evidence = page_of("evidence", _("Evidence"), "fact_check")
teach = page_of("teach", _("Teach"), "co_present")
pages = (start, lessons, laboratory, detections, training, evidence, teach)
by_name = {one.url_path: one for one in pages}
page = st.navigation(
    [
        *pages,
        moved("idea", lessons),
        *(moved(old, by_name[name], **values) for old, (name, values) in OLD.items()),
    ],
    position="top",
)
if "opened" not in st.session_state:
    st.session_state["opened"] = True
    if not page.url_path and set(link.whole()) - {"lang", "present"}:
        # links of old began at the laboratory
        st.switch_page(lessons if link.value("lesson", "") else laboratory)
if page.url_path != lessons.url_path:
    course.put_aside()
gallery.open_page(page.url_path)
if presenter.shown(page.url_path):
    presenter.style()
else:
    frame.menu(pages, page)
    frame.doors(page)
with turns.turn():
    sidebar.show()
browse.part(page.url_path)
for note in missing.sentences():
    st.info(note, icon=":material/link:")
faults = st.container()
exercise.banner(page.url_path)
page.run()
for note in link.faults():
    faults.info(note, icon=":material/link_off:")
frame.listen(listener, brought, page)
link.write()
