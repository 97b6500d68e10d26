"""Exercise links: choose what students shall see, and hand the link over: copied, opened, embedded, or as a QR code."""

import html

import streamlit as st

from dualviz import lab
from dualviz.lab.detections import encode_detections
from dualviz.lessons import LESSONS, Lesson
from dualviz.web import controls, exercise, gallery, session, share
from dualviz.words import _, catalogue, language

PAGES = ("lesson", "laboratory", "detections")
KNOBS = ("alpha", "beta", "r", "k", "shared")  # whose display an exercise may choose
EMBED_HEIGHT = 760


def view() -> None:
    """Choose on the left, take away on the right."""
    st.write(
        _(
            "A link that opens one state: picture, knobs and what is shown. Students need no account and no installation."
        )
    )
    left, right = st.columns((3, 2), gap="large")
    with left:
        page, values = chosen()
        title = st.text_input(_("Title"), max_chars=exercise.LONGEST["title"], key="exercise title")
        note = st.text_area(
            _("What to do"), max_chars=exercise.LONGEST["note"], key="exercise note", height=90
        )
    with right:
        base = share.address("exercise address")
        if base:
            hand_over(exercise.exercise_link(base, page, values | {"title": title, "note": note}))


def chosen() -> tuple[str, dict[str, str]]:
    """The page that is opened, and what its link says."""
    names = {
        "lesson": _("A lesson"),
        "laboratory": _("Laboratory"),
        "detections": _("Detections"),
    }
    page = controls.row(
        _("Opens"),
        {page: names[page] for page in PAGES},
        default="lesson",
        key="exercise of",
    )
    spoken = st.toggle(_("In this language for every student"), key="exercise language")
    values = {"lang": language()} if spoken else {}
    if page == "lesson":
        return page, values | lesson_values()
    return page, values | picture_values(page)


def lesson_values() -> dict[str, str]:
    """Lesson and step."""
    lesson = st.selectbox(_("Lesson"), LESSONS, format_func=lesson_name, key="exercise lesson")
    step = st.selectbox(
        _("Step"),
        range(len(lesson.steps)),
        format_func=lambda place: f"{place + 1} · {step_name(lesson, place)}",
        key="exercise step",
    )
    return {"lesson": str(lesson.id), "step": str(step + 1) if step else ""}


def picture_values(page: str) -> dict[str, str]:
    """Picture, detector and sliders; the laboratory's own state, where the exercise shall show that."""
    pictures, detectors = gallery.bundled_names(), session.detector_names()
    columns = st.columns(2)
    picture = columns[0].selectbox(
        _("Picture"), list(pictures), format_func=pictures.get, key="exercise picture"
    )
    detector = columns[1].selectbox(
        _("Detector"), list(detectors), format_func=detectors.get, key="exercise detector"
    )
    values = {"pic": picture, "det": detector}
    if page == "detections":
        columns = st.columns(2)
        conf = columns[0].slider(_("Confidence"), 0.01, 0.99, 0.25, key="exercise conf")
        iou = columns[1].slider(_("NMS IoU"), 0.0, 1.0, 0.7, key="exercise iou")
        return values | encode_detections({"settings": {"conf": conf, "iou": iou}})
    if st.toggle(_("Knobs and object as the laboratory has them now"), key="exercise as it is"):
        state = controls.lab_state()
        link_of_state = lab.encode_state({"knobs": state["knobs"], "object": state["object"]})
    else:
        link_of_state = lab.encode_state(own_state())
    shown = st.multiselect(
        _("Controls that are shown (none chosen: all)"),
        KNOBS,
        format_func=knob_names().get,
        key="exercise shown",
    )
    return values | link_of_state | {"only": exercise.APART.join(shown)}


def own_state() -> dict:
    """Object and knobs, chosen here."""
    columns = st.columns(5)
    g = columns[0].number_input(_("Object"), 1, 300, 3, key="exercise object")
    alpha = columns[1].number_input("α", 0.01, 20.0, 0.5, 0.05, key="exercise alpha")
    beta = columns[2].number_input("β", 0.01, 20.0, 6.0, 0.25, key="exercise beta")
    r = columns[3].number_input("r", 0.01, 20.0, 1.0, 0.05, key="exercise r")
    k = columns[4].number_input("k", 1, 30, 10, key="exercise k")
    shared = st.toggle(_("Both heads with the first head's predictions"), key="exercise shared")
    return {
        "knobs": {"alpha": alpha, "beta": beta, "r": r, "k": k, "shared": shared},
        "object": g - 1,
    }


def hand_over(address: str) -> None:
    """The link as text, as a code to photograph, and as a frame for a course page."""
    share.hand_over(address, "exercise")
    st.caption(_("Embed it in a course page"))
    st.code(embed_code(address), language="html", wrap_lines=True)


def embed_code(address: str) -> str:
    """An iframe for a course page.

    >>> embed_code("http://a/lesson?lesson=2&step=3").count("&amp;")
    2
    """
    apart = "&" if "?" in address else "?"
    source = html.escape(f"{address}{apart}embed=true")
    return (
        f'<iframe src="{source}" width="100%" height="{EMBED_HEIGHT}" '
        'sandbox="allow-scripts allow-same-origin allow-downloads allow-popups" title="DualViz"></iframe>'
    )


def lesson_name(lesson: Lesson) -> str:
    """Number and title, in the present language."""
    return f"{lesson.id}. {catalogue(language()).one(lesson.title)}"


def step_name(lesson: Lesson, place: int) -> str:
    """What kind of step it is."""
    step = lesson.steps[place]
    names = {
        "ask": _("Predict"),
        "act": _("Try"),
        "tell": _("Compare"),
        "why": _("Why"),
        "formula": _("Rule"),
    }
    revealed = any(one.kind == "tell" for one in lesson.steps[:place])
    alone = step.kind == "ask" and lesson.told(step) is step
    return _("Check") if revealed and alone else names[step.kind]


def knob_names() -> dict[str, str]:
    """Knobs by name, as a teacher reads them."""
    return {
        "alpha": "α",
        "beta": "β",
        "r": "r",
        "k": "k",
        "shared": _("own or shared predictions"),
    }
