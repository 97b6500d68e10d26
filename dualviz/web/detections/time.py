"""Time, honestly: the network, NMS and the NMS-free selection on this device, and the paper's figures beside them."""

from functools import partial

import streamlit as st

from dualviz.charts.screen.crowding import times_chart
from dualviz.exports.shown import ShownTiming
from dualviz.study import paper, timing
from dualviz.web import session
from dualviz.web.takeaway import menu

PLAIN = {"displayModeBar": False}


def time_caption(subject: session.Subject) -> str:
    """What was timed, on what, how often."""
    made = st.session_state["times"][1]
    height, width = made.network_size_hw
    return (
        f"{made.device} · {subject.detector.name} at {width} × {height} px, {made.anchors} anchors · "
        f"median of {made.runs} runs taking turns, quartiles · NMS IoU 0.7: "
        + timing.nms_words(made)
    )


def view(subject: session.Subject) -> None:
    """Measure on this device, on request; the paper's figures beside, labelled as the paper's."""
    left, right = st.columns((3, 2))
    with left:
        st.markdown(f"**On this device** ({timing.device_words(subject.detector.device)})")
        if st.button("Measure", icon=":material/timer:", type="primary", key="measure times"):
            bar = st.progress(0.0, "Network, selection and NMS take turns …")
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
                "Nothing is measured before you ask: it takes some seconds, and whatever else runs here would count in."
            )
    with right:
        st.markdown(f"**In the paper** ({paper.SOURCE}; T4, TensorRT FP16, COCO: not this device)")
        st.dataframe(
            {
                "Table 3, YOLOv8-S": [row.name for row in paper.TABLE3],
                "AP": [row.ap for row in paper.TABLE3],
                "ms, end to end": [row.milliseconds for row in paper.TABLE3],
            },
            hide_index=True,
        )
        st.dataframe(
            {
                "Table 1": [f"YOLOv10-{row.name}" for row in paper.TABLE1],
                "AP without NMS": [row.ap for row in paper.TABLE1],
                "AP, one-to-many training + NMS": [row.ap_with_nms for row in paper.TABLE1],
                "ms, end to end": [row.milliseconds for row in paper.TABLE1],
            },
            hide_index=True,
        )
        st.caption(
            "The third column of Table 1 is a separately trained model, not the one-to-many head of the same weights."
        )


def times_result(subject: session.Subject, made: timing.Timing) -> None:
    """The measured figures as a chart, a table and files."""
    st.plotly_chart(
        times_chart(made, session.colours()),
        key="times chart",
        config=PLAIN,
        alt="Milliseconds of NMS and of the NMS-free selection against the number of candidates",
    )
    rows = [
        (f"network, {timing.NETWORKS[name]}", None, spread) for name, spread in made.network.items()
    ]
    for name, spreads in ((timing.OUR_NMS, made.nms), (timing.COMPILED_NMS, made.compiled or ())):
        rows += [(str(name), count, spread) for count, spread in zip(made.candidates, spreads)]
    rows += [("NMS-free", count, spread) for count, spread in zip(made.candidates, made.free)]
    table = {
        "what": [what for what, *_ in rows],
        "candidates": ["—" if count is None else f"{count:,}" for _, count, _ in rows],
        "median ms": [round(spread.median, 3) for *_, spread in rows],
        "quartiles": [f"{spread.low:.3f} to {spread.high:.3f}" for *_, spread in rows],
    }
    st.dataframe(table, hide_index=True, height=250)
    st.caption(time_caption(subject))
    menu("times", partial(ShownTiming, made, time_caption(subject)))
