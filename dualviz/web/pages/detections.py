"""Detections: the same picture and weights, with NMS and without. What does each way out keep, lose and repeat?"""

from dataclasses import asdict
from functools import partial
from typing import Any

import streamlit as st

from dualviz.lab import header
from dualviz.lab.detections import detections, detections_disagreements
from dualviz.pictures import scenes
from dualviz.study.crowding import load_crowding
from dualviz.web import controls, findings, link, session
from dualviz.web.detections import calibration, crowds, remedies, starving, time
from dualviz.web.films import films
from dualviz.web.takeaway import all_of_it, buttons, paper_choice, titled
from dualviz.web.turns import live
from dualviz.words import _

CASES = {"few": scenes.STACK, "crowd": "crowded"}  # the page's own pictures
BELOW = {  # what the page draws below a tab
    "why": remedies.view,
    "calibration": calibration.view,
    "crowds": crowds.view,
    "starving": starving.view,
    "time": time.view,
}
FIGURES = ("outputs", "steps", "curves")


def own_pictures(picture: str) -> dict[str, Any]:
    """Which of the page's own pictures is on the table, and how often smears like the first go wrong."""
    measured = load_crowding()
    now = next((case for case, name in CASES.items() if name == picture), None)
    rare = measured.stacks if measured else None
    return {"now": now, "rare": asdict(rare) if rare else None}


def take_case(asked: dict[str, Any] | None) -> None:
    """Put one of the page's own pictures on the table."""
    if asked and asked.get("kind") == "case" and asked.get("picture") in CASES:
        link.change(pic=CASES[asked["picture"]], gt=None)
        controls.forget_objects()
        st.rerun()


@live
def outputs() -> None:
    """The live part, checked by Python whenever the hand lets go; what stands below a tab is drawn by the whole page."""
    subject = session.current()
    truth = session.current_truth(subject)
    for note in subject.notes:
        st.warning(note, icon=":material/warning:")
    packed = session.packed(subject, every=True)
    result = detections(
        packed,
        controls.outputs_state(),
        (truth.boxes.tolist(), truth.labels.tolist()),
        knobs=controls.lab_state()["knobs"],
        start=controls.start_confidence(),
        origin=findings.origin(subject, truth),
        cases=own_pictures(subject.picture.id),
    )
    take_case(result.ask)
    message = result.state
    if not message or message.get("id") != header(packed)["id"]:
        return
    before = current_tab()
    controls.take_outputs(message)
    if current_tab() != before and BELOW.keys() & {before, current_tab()}:
        st.rerun()
    if differences := detections_disagreements(
        message, subject.prediction, truth.boxes, truth.labels
    ):
        words = _("The browser and Python disagree. Python is right, please report this:")
        st.error(f"{words} {'; '.join(differences)}", icon=":material/error:")
    else:
        st.caption(
            ":material/verified: "
            + _(
                "Python selected all three outputs again, traced NMS and counted them against truth, and agrees."
            )
        )


def current_tab() -> str:
    """Which tab of the live part is open."""
    return controls.outputs_state()["view"]["tab"]


outputs()
if current_tab() in BELOW:
    BELOW[current_tab()](session.current())
figures = st.expander(
    _("For papers and slides"),
    icon=":material/download:",
    key="figures part",
    on_change=partial(link.open_part, "figures part"),
)
if figures.open:
    with figures:
        paper = paper_choice("outputs")
        for column, name in zip(st.columns(len(FIGURES)), FIGURES):
            with column:
                buttons(name, findings.shown_picture, titled, paper)
        all_of_it("outputs", findings.shown_picture, paper)
        st.divider()
        st.fragment(films)(("nms",), findings.shown_picture, None)
