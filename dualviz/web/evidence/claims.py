"""What our runs say to the paper's claims: the forest, the table, and how the verdicts come about."""

import math

import streamlit as st

from dualviz.charts.drawn.claims import Line, claim_lines, seeds_words
from dualviz.charts.screen.claims import claims_chart
from dualviz.study.ablation import Ablation, Spread
from dualviz.study.claims import STATED
from dualviz.study.verdicts import LEVEL, PILOT, SEEDS
from dualviz.web import session
from dualviz.web.takeaway import menu
from dualviz.words import _, ngettext

ICONS = {
    "agrees": ":material/check_circle:",
    "disagrees": ":material/cancel:",
    "equal": ":material/equal:",
    "not told apart": ":material/help:",
    "too few seeds": ":material/hourglass_empty:",
}


def signed(value: float) -> str:
    """A difference in points, with its sign; none for what rounds to 0, "—" for what is not known."""
    if math.isnan(value):
        return "—"
    return "0.0" if abs(value) < 0.05 else f"{value:+.1f}".replace("-", "−")


def span(low: float, high: float) -> str:
    """An interval; "—" for one seed."""
    return "—" if math.isnan(low) else f"{signed(low)}\u00a0…\u00a0{signed(high)}"


def claim_row(line: Line) -> str:
    """One claim as a line of the table."""
    cells = (
        f"{line.words} ({line.measured}; {line.source})",
        f"{ICONS[line.verdict]} **{line.said}**",
        signed(line.paper),
        Spread.over(line.seeds).words(sign="+").replace(" ", "\u00a0"),
        span(line.low, line.high),
        signed(line.null)
        + (f" ({span(line.null_low, line.null_high)})" if line.null == line.null else ""),
        ",\u00a0".join(map(signed, line.seeds)) or "—",
    )
    return f"| {' | '.join(cells)} |"


def counted(lines: list[Line]) -> str:
    """How many claims have which verdict, in one sentence."""
    verdicts = [line.verdict for line in lines]
    ends = {
        "agrees": lambda n: ngettext("{n} agrees", "{n} agree", n),
        "disagrees": lambda n: ngettext("{n} disagrees", "{n} disagree", n),
        "equal": lambda n: ngettext(
            "{n} equal within the margin", "{n} equal within the margin", n
        ),
        "not told apart": lambda n: ngettext("{n} not told apart", "{n} not told apart", n),
        "too few seeds": lambda n: ngettext("{n} too few seeds", "{n} too few seeds", n),
    }
    parts = [words(verdicts.count(one)) for one, words in ends.items() if one in verdicts]
    said = ngettext(
        "{n} statement of the paper, beside our runs: **{verdicts}**.",
        "{n} statements of the paper, beside our runs: **{verdicts}**.",
        len(lines),
        verdicts=", ".join(parts),
    )
    return f"{said} {seeds_words(lines)}"


def claims(known: Ablation) -> None:
    """Every claim beside our runs, and what a verdict means."""
    st.subheader(_("Where our runs agree with the paper, and where they do not"))
    lines = claim_lines(known)
    st.markdown(counted(lines))
    st.plotly_chart(
        claims_chart(lines, session.colours()),
        key="claims chart",
        config={"displayModeBar": False},
        alt=_(
            "Each claim's difference with its interval, chance alone, and the paper's difference"
        ),
    )
    menu("claims", lambda: known)
    head = (
        _("the paper says"),
        _("verdict"),
        _("paper"),
        _("ours, mean ± deviation"),
        _("95 % interval"),
        _("chance alone"),
        _("each seed"),
    )
    with st.expander(_("The same in numbers"), expanded=False):
        rows = [claim_row(line) for line in lines]
        st.markdown("\n".join((f"| {' | '.join(head)} |", "|---|---|--:|--:|--:|--:|--:|", *rows)))
    if known.shared:
        stated = _("The claims were listed on {day}, before these runs.", day=STATED)
    else:
        stated = _(
            "These runs are older than the list of claims ({day}), and each has a trunk of its own, which moves AP by more than the claims "
            "speak of: they judge nothing.",
            day=STATED,
        )
    st.caption(
        _(
            "Differences in points of AP (100 × COCO's) or of percent. {stated} A seed fixes the "
            "pictures and the first weights, so rows are compared seed by seed. **Chance alone** is the difference of two heads that are taught "
            "alike and differ in their first weights only. A verdict needs {seeds} seeds: **agrees** and **disagrees** come from exact sign "
            "flips, **equal** from two one-sided t-tests inside the grey margin, both after Holm's method over all claims at {level} %; all else is "
            "**not told apart**. The margin is the least that {seeds} seeds can show, by the deviation of the first {pilot}. "
            "`python -m dualviz verdicts` prints how often all this errs.",
            stated=stated,
            seeds=SEEDS,
            level=round(100 * LEVEL),
            pilot=PILOT,
        )
    )
