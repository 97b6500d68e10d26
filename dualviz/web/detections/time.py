"""Time, honestly: the network, NMS and the NMS-free selection on this device, and the paper's figures beside them."""

from functools import partial

import streamlit as st

from dualviz.charts.screen.crowding import times_chart
from dualviz.exports.shown import ShownTiming
from dualviz.study import paper, timing
from dualviz.web import session
from dualviz.web.chart import chart
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import _


def time_caption(subject: session.Subject) -> str:
    """What was timed, on what, how often."""
    made = st.session_state["times"][1]
    height, width = made.network_size_hw
    return _(
        "{device} · {detector} at {width} × {height} px, {anchors} anchors · median of {runs} runs taking turns, quartiles · NMS IoU 0.7: {nms}",
        device=made.device,
        detector=subject.detector.name,
        width=width,
        height=height,
        anchors=made.anchors,
        runs=made.runs,
        nms=timing.nms_words(made),
    )


def view(subject: session.Subject) -> None:
    """Measure on this device, on request; the paper's figures beside, labelled as the paper's."""
    left, right = st.columns((3, 2))
    with left:
        st.markdown(
            _("**On this device** ({device})", device=timing.device_words(subject.detector.device))
        )
        if st.button(_("Measure"), icon=":material/timer:", type="primary", key="measure times"):
            bar = st.progress(0.0, _("Network, selection and NMS take turns …"))
            size = subject.size
            made = timing.measure_times(
                subject.detector,
                subject.picture.image,
                size,
                progress=lambda share: bar.progress(share),
            )
            bar.empty()
            st.session_state["times"] = (subject.id, made)
        held = st.session_state.get("times")
        if held and held[0] == subject.id:
            times_result(subject, held[1])
        else:
            st.write(
                _(
                    "Nothing is measured before you ask: it takes some seconds, and whatever else runs here would count in."
                )
            )
    with right:
        st.markdown(
            _(
                "**In the paper** ({source}; T4, TensorRT FP16, COCO: not this device)",
                source=paper.SOURCE,
            )
        )
        whole, without, with_nms = (
            _("ms, end to end"),
            _("AP without NMS"),
            _("AP, one-to-many training + NMS"),
        )
        table(
            [
                {_("detector"): row.name, "AP": row.ap, whole: row.milliseconds}
                for row in paper.TABLE3
            ],
            _("Table 3, YOLOv8-S"),
            {"AP": 1, whole: 2},
        )
        table(
            [
                {
                    _("detector"): f"YOLOv10-{row.name}",
                    without: row.ap,
                    with_nms: row.ap_with_nms,
                    whole: row.milliseconds,
                }
                for row in paper.TABLE1
            ],
            _("Table 1"),
            {without: 1, with_nms: 1, whole: 2},
        )
        st.caption(
            _(
                "The third column of Table 1 is a separately trained model, not the one-to-many head of the same weights."
            )
        )


def times_result(subject: session.Subject, made: timing.Timing) -> None:
    """The measured figures as a chart, a table and files."""
    chart(
        times_chart(made, session.colours()),
        key="times chart",
        alt=_("Milliseconds of NMS and of the NMS-free selection against the number of candidates"),
    )
    rows = [
        (_("network, {part}", part=timing.NETWORKS[name]), None, spread)
        for name, spread in made.network.items()
    ]
    for name, spreads in ((timing.OUR_NMS, made.nms), (timing.COMPILED_NMS, made.compiled or ())):
        rows += [(str(name), count, spread) for count, spread in zip(made.candidates, spreads)]
    rows += [
        (_("NMS-free selection"), count, spread)
        for count, spread in zip(made.candidates, made.free)
    ]
    median = _("median ms")
    table(
        [
            {
                _("what"): what,
                _("candidates"): count,
                median: spread.median,
                _("quartiles"): _(
                    "{low} to {high}", low=f"{spread.low:.3f}", high=f"{spread.high:.3f}"
                ),
            }
            for what, count, spread in rows
        ],
        _("What each step takes"),
        {median: 3},
    )
    st.caption(time_caption(subject))
    names = (subject.picture.name, subject.detector.name, session.weights(subject.detector_id))
    menu("times", partial(ShownTiming, made, time_caption(subject), *names), subject.picture.name)
