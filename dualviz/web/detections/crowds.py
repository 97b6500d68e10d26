"""Crowds: many scenes, every NMS threshold. What crowding costs with NMS and without."""

from functools import partial

import streamlit as st

from dualviz.charts.drawn.crowds import crowding_words, headline
from dualviz.charts.screen.crowding import crowding_chart
from dualviz.exports.figures import nearest_level
from dualviz.study import crowding
from dualviz.web import controls, findings, session
from dualviz.web.chart import chart
from dualviz.web.takeaway import menu
from dualviz.words import _


def chosen_level(measured: crowding.Crowding) -> crowding.Level:
    """The level of the page's own slider."""
    return nearest_level(measured, st.session_state.get("crowd"))


def view(subject: session.Subject) -> None:
    """Many scenes, every threshold: what crowding costs with NMS and without."""
    measured = crowding.load_crowding()
    if measured is None:
        st.info(
            _(
                "There is no measurement yet: `{command}` makes it in a few minutes.",
                command=crowding.COMMAND,
            )
        )
        return
    st.header(headline())
    overlaps = [level.overlap for level in measured.levels]
    st.select_slider(
        _("Overlap in crowds, as in the renderer"),
        overlaps,
        value=chosen_level(measured).overlap,
        key="crowd",
        help=_(
            "How deep joined cells lie on one another: 0 rims touch, 0.9 nearly the same place."
        ),
    )
    level = chosen_level(measured)
    left, right = st.columns((3, 2))
    with left:
        chart(
            crowding_chart(measured, level, session.colours()),
            key="crowding chart",
            alt=_(
                "Objects missed and surplus boxes for each 100 true objects, at every NMS threshold"
            ),
        )
        st.caption(
            _(
                "Solid lines: true objects that are missed. Dashed lines: duplicates and false boxes that are left. Blue moves with the NMS threshold; the one-to-one head has none, so its lines are level. Lower is better on both."
            )
        )
    with right:
        iou = controls.outputs_setting("iou")
        st.markdown(crowding_words(measured, level, iou))
        st.caption(
            _(
                "{scenes} rendered scenes with {objects} objects that count, bundled detector **{detector}** (weights {weights}), confidence {conf}, matched at IoU 0.5. `{command}` measures it again.",
                scenes=measured.scenes,
                objects=level.objects,
                detector=measured.detector,
                weights=measured.weights,
                conf=f"{measured.confidence:.2f}",
                command=crowding.COMMAND,
            )
        )
        menu("crowding", partial(findings.shown_picture, crowding={"overlap": level.overlap}), "")
