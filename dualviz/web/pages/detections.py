"""Detections: the same picture and weights, with NMS and without. What does each way out keep, lose and repeat?"""

from functools import partial

import streamlit as st

from dualviz.charts.drawn.crowds import crowding_words, headline
from dualviz.charts.screen.crowding import crowding_chart, times_chart
from dualviz.exports.shown import ShownTiming
from dualviz.exports.views import nearest_level
from dualviz.lab import header
from dualviz.lab.detections import detections, detections_disagreements
from dualviz.study import crowding, paper, timing
from dualviz.web import controls, findings, session
from dualviz.web.takeaway import buttons, menu, titled

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


def chosen_level(measured: crowding.Crowding) -> crowding.Level:
    """The level of the page's own slider."""
    return nearest_level(measured, st.session_state.get("crowd"))


def crowding_part() -> None:
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


def time_part(subject: session.Subject) -> None:
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
)
message = result.state
if message and message.get("id") == header(packed)["id"]:
    controls.take_outputs(message)
    if differences := detections_disagreements(
        message, subject.prediction, truth.boxes, truth.labels
    ):
        words = "The browser and Python disagree. Python is right, please report this: "
        st.error(words + "; ".join(differences), icon=":material/error:")
    else:
        st.caption(
            ":material/verified: Python selected all three outputs again, traced NMS and counted them against truth, and agrees."
        )

with st.expander(
    headline(),
    icon=":material/groups:",
    key="crowding part",
    on_change="rerun",
) as crowd:
    if crowd.open:
        crowding_part()
with st.expander(
    "Time, honestly", icon=":material/timer:", key="time part", on_change="rerun"
) as clock:
    if clock.open:
        time_part(subject)
with st.expander(
    "Publication figures of this page", icon=":material/download:", key="figures part"
):
    for column, name in zip(st.columns(3), ("outputs", "steps", "curves")):
        with column:
            buttons(name, findings.shown_picture, titled)
