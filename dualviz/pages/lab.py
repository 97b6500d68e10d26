"""The laboratory: which anchors does each head choose for an object, why, and what moves when the metric does?"""

import streamlit as st

from dualviz import lab, session

subject = session.current()
for note in subject.notes:
    st.warning(note, icon=":material/warning:")
packed = session.packed(subject)
own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
message = lab.laboratory(packed, session.lab_state(), own).state
if message and message.get("id") == lab.header(packed)["id"]:
    session.take_lab(message)

trace = session.current_trace(subject)
if message and message.get("id") == lab.header(packed)["id"]:
    found = lab.disagreements(message["claim"], trace)
    if found:
        st.error(
            "The browser and Python disagree. Python is right, please report this: "
            + "; ".join(found),
            icon=":material/error:",
        )
    else:
        st.caption(
            f":material/verified: Python recomputed picks, ranks, ρ, τ and gap of {len(trace.truth)} objects "
            "from the same predictions and agrees."
        )
