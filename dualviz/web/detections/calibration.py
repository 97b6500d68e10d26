"""Calibration: what is a score worth? Recall, precision and F1 over confidence and a reliability diagram, both heads in one chart."""

from dataclasses import replace
from functools import partial

import streamlit as st

from dualviz.charts.drawn.calibration import calibration_words
from dualviz.charts.screen.calibration import confidence_chart, reliability_chart
from dualviz.exports.studies import ShownCalibration
from dualviz.study.calibration import Calibration, calibrate, kept
from dualviz.web import controls, session
from dualviz.web.chart import chart
from dualviz.web.detections.sets import measured
from dualviz.web.takeaway import menu
from dualviz.words import _, ngettext


def view(subject: session.Subject) -> None:
    """The kept measurement of a bundled detector, or one over the pictures that are chosen."""
    own = kept().get(subject.detector_id)
    choices = {"kept": _("held-out pictures"), "now": _("pictures of your choice")}
    which = "now"
    if own:
        which = controls.row(_("Measured on"), choices, default="kept", key="calibration of")
    if which == "kept":
        show(own)
        return
    result = measured(
        "calibration",
        subject,
        lambda pictures: calibrate((p.prediction, p.truth) for p in pictures),
    )
    if result:
        made = replace(
            result.made,
            detector=subject.detector.name,
            weights=session.weights(subject.detector_id),
            over=result.over,
            command="",
            size=subject.side,
        )
        show(made)


def show(made: Calibration) -> None:
    """Both charts, the verdict at the page's confidence, and what was measured."""
    confidence = controls.outputs_setting("conf")
    colours = session.colours()
    left, right = st.columns((3, 2))
    with left:
        chart(
            confidence_chart(made, confidence, colours),
            key="confidence chart",
            alt=_("Recall, precision and F1 of both ways out over confidence"),
        )
    with right:
        chart(
            reliability_chart(made, colours),
            key="reliability chart",
            alt=_("Share of detections that are right over their mean score, of both ways out"),
        )
    st.markdown(calibration_words(made, confidence))
    pictures = ngettext("{n} picture", "{n} pictures", made.pictures)
    objects = ngettext("{n} object", "{n} objects", made.objects)
    words = _(
        "{detector} on {over}: {pictures}, {objects}. A detection is right where it takes an object of its class at IoU 0.5; NMS at IoU 0.7, an anchor's best class. Bins hold equally many detections; whiskers are Wilson's 95 % intervals.",
        detector=made.detector,
        over=made.over,
        pictures=pictures,
        objects=objects,
    )
    if made.command:
        words += f" `{made.command}`"
    st.caption(words)
    st.caption(
        _(
            "A bundled detector begins with the confidence of its one-to-one head's best F1 on pictures it was not trained on, other weights with 0.25: now {start}.",
            start=f"{controls.start_confidence():.2f}",
        )
    )
    menu("calibration", partial(ShownCalibration, made, confidence), made.over)
