"""The idea: dual label assignment in five short sections, each with its formula, its source and a way into the laboratory."""

import streamlit as st

from dualviz.study import paper
from dualviz.web import gallery, session

SECTIONS = (
    (
        "Two heads, one set of features",
        r"\hat b,\; p \;=\; \mathrm{head}(\text{features}),\qquad "
        r"\text{one-to-many: top } k = 10 \text{ per object},\quad \text{one-to-one: top } 1",
        "A detector trained one-to-many finds every object several times and needs NMS to choose. One trained one-to-one needs no NMS "
        "but learns from one anchor per object and learns less. YOLOv10 trains both heads side by side on the same backbone and "
        "neck, with the same loss, and reads out only the one-to-one head. THU-MIG's 2024 code cuts the one-to-one head's gradient, so the features are "
        "taught by many positives alone.",
        "section 3.1; detaching: THU-MIG's 2024 code",
        "See both heads' picks on one object",
        {"v": "head.both"},
    ),
    (
        "The score that matches anchors to objects",
        r"m(\alpha, \beta) \;=\; s \cdot p^{\alpha} \cdot \mathrm{IoU}(\hat b, b)^{\beta}",
        "s is 1 where the anchor point lies inside the object, else 0; p is the score of the object's class; IoU compares the "
        "predicted box with the true one (THU-MIG's 2024 code takes CIoU, clamped at 0). α weighs the score, β the overlap; α 0.5, β 6 "
        "by default. In log p and log IoU, lines of equal m are straight with slope −α/β, and only corners of the candidates' hull "
        "can be first, ties aside; a conflict with another object can still hand the anchor on.",
        "section 3.1, eq. 1",
        "Drag α and watch the lines turn",
        {"a": "2", "b": "2"},
    ),
    (
        "Consistency: the same best anchor",
        r"\alpha_{o2o} = r\,\alpha_{o2m},\;\; \beta_{o2o} = r\,\beta_{o2m}"
        r"\quad\Rightarrow\quad m_{o2o} = m_{o2m}^{\,r}",
        "x ↦ xʳ is increasing, so with the same predictions both heads rank all anchors alike, for every r > 0: the one-to-one pick is "
        "the one-to-many head's best positive. The law is about the metric. Trained heads give their own p and boxes, so in practice "
        "their picks differ even when the metrics match; the laboratory measures by how much, over all objects.",
        "section 3.1; r = 1 by default",
        "Share predictions, lock, and drag r",
        {"shared": "1", "r": "2"},
    ),
    (
        "The supervision gap",
        r"A \;=\; t_{o2o,i} \;-\; \mathbb{1}[i \in \Omega]\, t_{o2m,i} \;+\! \sum_{k \in \Omega \setminus \{i\}} t_{o2m,k}",
        "i is the one-to-one pick, Ω the one-to-many positives, t their soft targets. A is the distance between what the two heads "
        "are taught. With shared predictions and the paper's targets it is least when i is the best of Ω, which consistency then guarantees; "
        "with each head's own predictions or by THU-MIG's 2024 code another pick may give less. It is never 0 while several positives have a "
        "target: the others are still taught by one head and called background by the other.",
        "section 3.1 and appendix A.2, eq. 2",
        "Unlock, and see the gap leave its floor",
        {"shared": "1", "mode": "paper", "lock": "0", "b1": "2"},
    ),
    (
        "What inference gains",
        r"\text{one-to-many: } \underbrace{\text{network}}_{\text{per picture}} + "
        r"\underbrace{\text{NMS}}_{\text{grows with the candidates}}"
        r"\qquad \text{one-to-one: network} + \text{top } 300",
        "Only the one-to-one head runs, and its best scores are the answer: no pairs of boxes are compared, the time hardly depends on how crowded the "
        "picture is, and no box is suppressed afterwards. A neighbour can still be missed. The price is accuracy, and it shrinks as the detector grows.",
        "Tables 1 and 3",
        "Match the detector's own output",
        {"truth": "detections"},
    ),
)


def section(
    number: int, title: str, formula: str, words: str, source: str, invitation: str, link: dict
) -> None:
    """One step of the idea, and a way to see it."""
    st.subheader(f"{number}. {title}")
    st.latex(formula)
    st.write(words)
    left, right = st.columns((3, 2), vertical_alignment="center")
    with left:
        st.caption(f"Source: the paper ({paper.SOURCE}), {source}.")
    with right:
        if st.button(invitation, key=f"see {number}", icon=":material/science:"):
            session.show({"pic": gallery.FIRST_PICTURE} | link)
            st.switch_page("dualviz/web/pages/laboratory.py")


def tables() -> None:
    """The paper's own figures."""
    left, right = st.columns(2)
    left.dataframe(
        [
            {
                "YOLOv10": row.name,
                "AP without NMS": row.ap,
                "AP of a separate one-to-many model + NMS": row.ap_with_nms,
                "difference": round(row.ap - row.ap_with_nms, 1),
            }
            for row in paper.TABLE1
        ],
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.1f")
            for name in ("AP without NMS", "AP of a separate one-to-many model + NMS", "difference")
        },
    )
    left.caption(
        f"The paper's Table 1 ({paper.SOURCE}), COCO val. AP with NMS is of separate models, trained one-to-many only: "
        "it is not the one-to-many head of the same weights."
    )
    right.dataframe(
        [
            {"YOLOv8-S trained with": row.name, "AP": row.ap, "milliseconds": row.milliseconds}
            for row in paper.TABLE3
        ],
        hide_index=True,
        column_config={"AP": st.column_config.NumberColumn(format="%.1f")},
    )
    right.caption(
        "The paper's Table 3: COCO AP and latency on a T4 with TensorRT FP16, NMS included."
    )
    with right:
        st.page_link(
            "dualviz/web/pages/detections.py",
            label="Both ways out of this detector, side by side",
            icon=":material/compare:",
        )
        st.page_link(
            "dualviz/web/pages/laboratory.py",
            label="How far this detector's heads agree",
            icon=":material/map:",
        )


st.header("Dual label assignment in five steps")
st.write(
    "How can a detector learn from many anchors per object and still answer with one box each? YOLOv10 (Wang et al., NeurIPS 2024) trains two heads "
    "whose matching metrics agree."
)
for number, given in enumerate(SECTIONS, 1):
    section(number, *given)
tables()
