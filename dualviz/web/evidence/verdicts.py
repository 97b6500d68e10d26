"""Verdicts: what the paper says, what our own runs say to it, and what crowds cost. Evidence opens with them."""

import streamlit as st

from dualviz.charts.drawn.crowds import crowding_words, headline
from dualviz.study import ablation, crowding
from dualviz.study.ablation import Ablation, Claim, Spread
from dualviz.web import controls, link
from dualviz.web.evidence.ablation import measured
from dualviz.web.table import table
from dualviz.words import Labels, _, ngettext

VERDICTS = Labels(
    {
        "agrees": "agrees",
        "disagrees": "disagrees",
        "not told apart": "not told apart",
        "too few seeds": "too few seeds",
    }
)
SIGNS = {"agrees": "✓", "disagrees": "✗", "not told apart": "≈", "too few seeds": "…"}


def signed(value: float) -> str:
    """A difference in points, with its sign; none for what rounds to 0.

    >>> signed(1.26), signed(-0.5), signed(0.04)
    ('+1.3', '−0.5', '0.0')
    """
    return "0.0" if abs(value) < 0.05 else f"{value:+.1f}".replace("-", "−")


def claim_row(claim: Claim, known: Ablation) -> dict[str, str]:
    """One claim as a line of the table: the verdict, the paper's difference, ours, every seed's."""
    differences = claim.differences(known)
    verdict = claim.verdict(known)
    return {
        _("the paper says"): str(claim.words),
        _("verdict of our runs"): f"{SIGNS[verdict]} {VERDICTS[verdict]}",
        _("of"): f"{claim.measured}, {claim.source}",
        _("paper"): signed(claim.paper),
        _("ours"): Spread.over(differences.values()).words(sign="+"),
        _("each seed"): ", ".join(map(signed, differences.values())) or "—",
    }


def counted(known: Ablation) -> str:
    """How many claims have which verdict."""
    verdicts = [claim.verdict(known) for claim in known.claims]
    counts = (how_many(one, verdicts.count(one)) for one in VERDICTS if one in verdicts)
    return _(
        "{n} statements of the paper beside our own runs: {counts}.",
        n=len(verdicts),
        counts=" · ".join(counts),
    )


def how_many(verdict: str, n: int) -> str:
    """So many claims with one verdict.

    >>> how_many("agrees", 1), how_many("agrees", 4)
    ('**1** agrees', '**4** agree')
    """
    if verdict == "agrees":
        return ngettext("**{n}** agrees", "**{n}** agree", n)
    if verdict == "disagrees":
        return ngettext("**{n}** disagrees", "**{n}** disagree", n)
    if verdict == "not told apart":
        return _("**{n}** not told apart", n=n)
    return _("**{n}** with too few seeds", n=n)


def claims(known: Ablation) -> None:
    """Every claim beside our runs, and what a verdict means."""
    st.header(_("Where our runs agree with the paper, and where they do not"))
    st.markdown(counted(known))
    rows = [claim_row(claim, known) for claim in known.claims]
    table(rows, _("What the paper says, and what our runs say to it"))
    st.markdown(
        _(
            "**Read directions, not heights**: ours are short runs of a small network on blood cells, the paper's are long runs of YOLOv8-S on COCO."
        )
    )
    with st.expander(_("What a verdict means"), icon=":material/help:"):
        st.markdown(
            _(
                "Differences in points of AP (100 × COCO's) or of percent, as mean ± standard deviation. A seed fixes the pictures and the first weights, so rows are compared seed by seed. **Agrees**: every seed has the paper's sign; **disagrees**: every seed has the other; else they are **not told apart**. “Changes nothing” **agrees** where every seed is within {equal} points of 0, and **disagrees** where all have one sign and their mean is beyond one standard deviation.",
                equal=ablation.EQUAL,
            )
        )
        seeds = max(len(claim.differences(known)) for claim in known.claims)
        if seeds > 1:
            st.markdown(
                ngettext(
                    "With {n} seed, chance alone gives the paper's sign to all of them once in {times} times.",
                    "With {n} seeds, chance alone gives the paper's sign to all of them once in {times} times.",
                    seeds,
                    times=2**seeds,
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
    st.markdown(str(crowding_words(known, deepest, controls.outputs_state()["settings"]["iou"])))
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
            "Everything on this page was measured by commands that stand beside it, with detectors that come with DualViz. Where a figure is the paper's, it is said to be."
        )
    )
    if known := measured():
        claims(known)
    crowds()
