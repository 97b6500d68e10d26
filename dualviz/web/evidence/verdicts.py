"""Verdicts: what the paper says, what our own runs say to it, and what crowds cost. Evidence opens with them."""

import streamlit as st

from dualviz.charts.drawn.claims import (
    claim_lines,
    claim_row,
    counted,
    groups,
    margin_words,
    seeds_words,
    trunks_words,
    waiting_words,
)
from dualviz.charts.drawn.crowds import crowding_words, headline
from dualviz.charts.screen.claims import claims_chart
from dualviz.study import crowding
from dualviz.study.ablation import Ablation
from dualviz.study.claims import STATED
from dualviz.study.verdicts import LEVEL, PILOT, SEEDS
from dualviz.web import controls, link, session
from dualviz.web.chart import chart
from dualviz.web.evidence.ablation import measured
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import _, joined


def claims(known: Ablation) -> None:
    """Every claim beside our runs, and what a verdict means."""
    st.header(_("Where our runs agree with the paper, and where they do not"))
    lines = claim_lines(known)
    st.markdown(joined(counted(lines), f"**{seeds_words(lines)}**", waiting_words(lines)))
    if not known.shared:
        st.info(
            _(
                "These runs are older than the list of claims ({day}), and each has a trunk of its own, which alone moves AP by more than the claims speak of: they judge nothing. Runs on shared trunks will stand here.",
                day=STATED,
            ),
            icon=":material/info:",
        )
    alt = _("Each claim's difference with its interval, chance alone, and the paper's difference")
    for place, group in enumerate(groups(lines)):
        chart(
            claims_chart(group, session.colours(), keyed=place == 0),
            f"claims chart {group[0].measured}",
            alt,
        )
    st.caption(joined(margin_words(known), trunks_words(lines)))
    menu("claims", lambda: known)
    with st.expander(_("The same in numbers"), icon=":material/table:"):
        table(
            [claim_row(line) for line in lines],
            _("What the paper says, and what our runs say to it"),
        )
    st.markdown(
        _(
            "**Read directions, not heights**: ours are short runs of a small network on blood cells, the paper's are long runs of YOLOv8-S on COCO."
        )
    )
    with st.expander(_("What a verdict means"), icon=":material/help:"):
        st.markdown(
            _(
                "Differences in points of AP (100 × COCO's) or of percent; the claims were listed on {day}. A seed fixes the pictures and the first weights, so rows are compared seed by seed. **Chance alone** is the difference of two heads that are taught alike and differ in their first weights only. A verdict needs {seeds} seeds: **agrees** and **disagrees** come from exact sign flips, **equal** from two one-sided t-tests inside the grey margin, both after Holm's method over all claims at {level} %, and only where the interval bears them out: it leaves out 0, or lies inside the margin. All else is **not told apart**. The margin is the least that {seeds} seeds can show, by the deviation of the first {pilot}. An interval is Student's over seeds, widened by what other drawings of the pictures would do. `python -m dualviz verdicts` prints how often all this errs.",
                day=STATED,
                seeds=SEEDS,
                level=round(100 * LEVEL),
                pilot=PILOT,
            )
        )
    if st.button(_("See every run"), icon=":material/balance:", key="to ablation"):
        link.change(evidence="ablation")
        st.rerun()


def crowds() -> None:
    """What crowding costs each way out, at the detections page's own threshold."""
    if (known := crowding.load_crowding()) is None:
        return
    st.header(headline())
    deepest = max(known.levels, key=lambda level: level.overlap)
    st.markdown(str(crowding_words(known, deepest, controls.outputs_setting("iou"))))
    st.caption(
        _(
            "{scenes} rendered scenes at overlap {overlap} with {n} objects that count, bundled detector **{detector}**, confidence {confidence}, matched at IoU 0.5. The Detections page shows every threshold and every depth.",
            scenes=known.scenes,
            overlap=f"{deepest.overlap:.2f}",
            n=deepest.objects,
            detector=known.detector,
            confidence=f"{known.confidence:.2f}",
        )
    )


def view() -> None:
    """Claims with their verdicts, then crowds."""
    st.title(_("What holds, what does not, and what nobody here can tell"))
    st.write(
        _(
            "Everything on this page was measured with commands and detectors that come with DualViz. Where a figure is the paper's, it is said to be."
        )
    )
    if known := measured():
        claims(known)
    crowds()
