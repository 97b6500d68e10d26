"""Detections: the same picture and weights, with NMS and without. What does each path keep, and what does it cost?"""

from statistics import median
from time import perf_counter

import streamlit as st

from dualviz import session
from dualviz.charts.screen import detections_figure
from dualviz.postprocess import diagnose, match, nms_free, non_max_suppression

REPEATS = 5  # of each selection, for a median time


def timed(select, **settings):
    """A selection's result and the median milliseconds of a few runs."""
    taken = []
    for _ in range(REPEATS):
        began = perf_counter()
        found = select(**settings)
        taken.append(1e3 * (perf_counter() - began))
    return found, median(taken)


def slider(label: str, name: str, low: float, high: float, default: float, step: float, help: str):
    """A slider whose value lives in the link."""
    kind = type(default)
    try:
        value = kind(session.link(name, str(default)))
    except ValueError:
        value = default
    st.session_state[name] = min(high, max(low, value))

    def changed() -> None:
        chosen = st.session_state[name]
        session.set_link(**{name: None if chosen == default else str(chosen)})

    return st.slider(label, low, high, step=step, key=name, help=help, on_change=changed)


subject = session.current()
truth = session.current_truth(subject)
names = subject.detector.class_names
st.subheader("One picture, one set of weights, two ways out")
st.write(
    "The **one-to-many** head learnt several anchors per object, so it finds every object several times and needs NMS. "
    "The **one-to-one** head learnt one anchor per object: its best scores are the answer. Lower the confidence and "
    "compare what appears twice."
)
columns = st.columns(3)
with columns[0]:
    confidence = slider(
        "Confidence above",
        "conf",
        0.01,
        0.95,
        0.25,
        0.01,
        "Detections of a lower score are left out.",
    )
with columns[1]:
    iou = slider(
        "NMS suppresses overlap above",
        "iou",
        0.05,
        0.95,
        0.7,
        0.05,
        "Only the one-to-many path uses it.",
    )
with columns[2]:
    limit = slider("Detections at most", "max", 1, 300, 300, 1, "Of each path.")

many, one = subject.prediction.one2many, subject.prediction.one2one
paths = (
    (
        "one2many",
        "One-to-many + NMS",
        non_max_suppression,
        {"boxes": many.boxes, "scores": many.scores, "iou": iou},
    ),
    ("one2one", "One-to-one, no NMS", nms_free, {"boxes": one.boxes, "scores": one.scores}),
)
for column, (head, title, select, given) in zip(st.columns(2), paths, strict=True):
    found, milliseconds = timed(select, **given, confidence=confidence, max_detections=limit)
    matched = match(found, truth.boxes, truth.labels)
    with column:
        st.markdown(
            f"**{title}** · {len(found.boxes)} detections · {milliseconds:.1f} ms after the network"
        )
        st.plotly_chart(
            detections_figure(
                subject.picture.image, found, names, truth, matched, head, subject.prediction
            ),
            key=f"detections {head}",
            config={"displaylogo": False},
        )
        if head == "one2many":
            before, _ = timed(select, **(given | {"iou": 1.0}), confidence=confidence)
            st.caption(f"{len(before.boxes)} candidates before NMS, {len(found.boxes)} after.")
        else:
            st.caption(
                "Nothing is compared with anything: each anchor's best score stands for itself."
            )
        pairs = diagnose(found)
        if pairs:
            kinds = [pair.kind for pair in pairs]
            st.write(
                f"{len(pairs)} overlapping pairs: "
                + ", ".join(f"{kinds.count(k)} × {k}" for k in sorted(set(kinds)))
            )
st.caption(
    f"Network, both heads: {subject.prediction_ms:.0f} ms at {subject.prediction.network_size_hw[1]} × "
    f"{subject.prediction.network_size_hw[0]} px, measured once when the picture was first shown. Selections: median of {REPEATS} runs."
)
