"""Crowds: many scenes, every NMS threshold. What crowding costs with NMS and without."""

from functools import partial

import streamlit as st

from dualviz.charts.drawn.crowds import crowding_words
from dualviz.charts.screen.crowding import crowding_chart
from dualviz.exports.views import nearest_level
from dualviz.study import crowding
from dualviz.web import controls, findings, session
from dualviz.web.takeaway import menu

PLAIN = {"displayModeBar": False}


def chosen_level(measured: crowding.Crowding) -> crowding.Level:
    """The level of the page's own slider."""
    return nearest_level(measured, st.session_state.get("crowd"))


def view(subject: session.Subject) -> None:
    """Many scenes, every threshold: what crowding costs with NMS and without."""
    measured = crowding.load_crowding()
    if measured is None:
        st.info(f"There is no measurement yet: `{crowding.COMMAND}` makes it in two minutes.")
        return
    overlaps = [level.overlap for level in measured.levels]
    st.select_slider(
        "Overlap in crowds, as in the renderer",
        overlaps,
        value=chosen_level(measured).overlap,
        key="crowd",
        help="How deep joined cells lie on one another: 0 rims touch, 0.9 nearly the same place.",
    )
    level = chosen_level(measured)
    left, right = st.columns((3, 2))
    with left:
        st.plotly_chart(
            crowding_chart(measured, level, session.colours()),
            key="crowding chart",
            config=PLAIN,
            alt="Objects missed and boxes too many for each 100 true objects, at every NMS threshold",
        )
    with right:
        iou = controls.outputs_state()["settings"]["iou"]
        st.markdown(crowding_words(measured, level, iou))
        st.caption(
            f"{measured.scenes} rendered scenes with {level.objects} objects that count, bundled detector "
            f"**{measured.detector}** (weights {measured.weights}), confidence {measured.confidence:.2f}, matched at IoU 0.5. "
            f"`{crowding.COMMAND}` measures it again."
        )
        menu("crowding", partial(findings.shown_picture, crowding={"overlap": level.overlap}))
