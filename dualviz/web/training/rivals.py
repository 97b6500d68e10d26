"""Rivals: heads taught by different rules on one trunk. What does a consistent metric change, and what does chance?

What moves with the scrubber is a fragment: playing redraws it alone.
"""

from functools import partial

import streamlit as st

from dualviz.charts.drawn.rivals import PANELS, SHARES, VALUES
from dualviz.charts.drawn.words import three
from dualviz.charts.screen.replay import moment_chart
from dualviz.charts.screen.rivals import rivals_chart
from dualviz.exports.moments import largest
from dualviz.exports.shown import ShownRivals
from dualviz.pictures.dataset import set_words
from dualviz.study.ablation import ROWS
from dualviz.study.replay import COMMAND
from dualviz.study.rivals import PLACEBO, RIVALS, Rivals, load_rivals
from dualviz.web import controls, language, link, markup, session
from dualviz.web.chart import chart
from dualviz.web.table import table
from dualviz.web.takeaway import buttons, paper_choice, plain
from dualviz.web.training.moments import moment_of, show_outputs
from dualviz.web.training.scrubber import kept, moving, scrubber, step_words
from dualviz.words import _, said

LATE = (
    3  # moments at the end over which the placebo's reach is taken: at one it may be near by chance
)


def titled(name: str) -> str:
    """A head by its rule, short enough for a panel."""
    row = ROWS[name]
    exponents = f"({row.alpha:g}, {row.beta:g})"
    if name == PLACEBO:
        return _("placebo {exponents}", exponents=exponents)
    if row.alpha / row.beta == 0.5 / 6:
        return _("consistent {exponents}", exponents=exponents)
    return _("inconsistent {exponents}", exponents=exponents)


def moment_table(rivals: Rivals, step: int) -> None:
    """What every head reaches at a step, the placebo last."""
    rows = []
    for name in (*rivals.shown, *({PLACEBO} & rivals.replays.keys())):
        judged = rivals.judged(name).get(step)
        if judged is None:
            return
        rows.append(
            {
                _("one-to-one head"): titled(name),
                _("AP without NMS"): f"{judged.ap['one2one']:.3f}",
                _("repeats a picture"): f"{judged.duplicates['one2one']:.2f}",
                _("Top-1 / 5 / 10, own metric"): shares(judged.alignment),
                _("Top-1 / 5 / 10, one metric"): shares(judged.common),
                _("gap A"): f"{judged.gap:.3f}",
                _("floor"): f"{judged.floor:.3f}",
            }
        )
    table(rows, _("What each head reaches at this moment"))


def shares(three_of: tuple[float, float, float]) -> str:
    """Three shares in percent."""
    return " / ".join(f"{share:.0%}" for share in three_of)


def number(key: str, value: float) -> str:
    """A value of a panel as words have it."""
    return f"{value:.1%}" if key in SHARES else three(value)


def told(rivals: Rivals) -> list[str]:
    """What the curves say, in their own numbers: the last moment, and where a difference leaves the placebo's band."""
    if PLACEBO not in rivals.replays or not rivals.judged(PLACEBO):
        return []
    first, *others = rivals.shown
    paragraphs = []
    for name in others:
        beyond, within = [], []
        for key, value in VALUES.items():
            steps, own = rivals.curve(first, value)
            other, chance = rivals.curve(name, value)[1], rivals.chance(value)
            outside = sum(abs(b - a) > c for a, b, c in zip(own, other, chance))
            reach = max(chance[-LATE:])
            words = _(
                "{what}: {other} against {own}; the placebo was up to {chance} away in the last {late} moments; outside the band at {outside} of {all} moments",
                what=PANELS[key],
                other=number(key, other[-1]),
                own=number(key, own[-1]),
                chance=number(key, reach),
                late=len(chance[-LATE:]),
                outside=outside,
                all=len(steps),
            )
            (beyond if abs(other[-1] - own[-1]) > reach else within).append(words)
        head = _(
            "**{name}** held against **{first}**, after the last step:",
            name=titled(name),
            first=titled(first),
        )
        parts = [head]
        if beyond:
            parts += [_("Further apart than the placebo:"), *(f"- {one}" for one in beyond), ""]
        if within:
            parts += [_("Not further than the placebo:"), *(f"- {one}" for one in within)]
        paragraphs.append("\n\n".join(parts[:1]) + "\n\n" + "\n".join(parts[1:]))
    return paragraphs


def seen_moment(rivals: Rivals, timer: bool) -> None:
    """Everything that moves with the scrubber."""
    language.begin()  # a fragment runs without the frame
    step, beside = scrubber(rivals.first, timer)
    link.write()
    try:
        seen = {
            name: moment_of(one, step, ROWS[name].setting) for name, one in rivals.shown.items()
        }
    except ValueError as error:
        st.error(markup.plain(said(error)), icon=":material/error:")
        return
    traced, notes = next(iter(seen.values()))
    for note in notes:
        st.warning(note, icon=":material/warning:")
    with beside:
        g = controls.look_at(traced.truth, partial(largest, traced.truth))
    heads = {titled(name): one for name, (one, _notes) in seen.items()}
    moment = step_words(rivals.first, step)
    chart(
        moment_chart(traced, g, heads),
        "rivals moment",
        _("Metric and picks of the one-to-many head and of each rival, {moment}", moment=moment),
    )
    chart(
        rivals_chart(rivals, step, session.colours()),
        "rivals run",
        _("AP, alignment and gap of the rivals over training, the moment marked"),
    )
    lines = [_("solid"), _("dashed"), _("dotted")]
    st.caption(
        _(
            "Orange: one-to-one heads, {heads}; blue: the one-to-many head with NMS; grey: as far from the first as the placebo lies; the upright line: this moment.",
            heads=", ".join(f"{titled(name)} {dash}" for name, dash in zip(rivals.shown, lines)),
        )
    )
    moment_table(rivals, step)
    show_outputs(heads, _("Detections of all heads, {moment}", moment=moment))
    with st.popover(_("Take it away"), icon=":material/download:"):
        paper, shown = paper_choice("rivals"), partial(ShownRivals, rivals, step)
        with st.container(horizontal=True):
            buttons("rivals", shown, plain, paper, [f"step-{step}"])


def view() -> None:
    """The kept heads under their scrubber, or how to make them."""
    st.title(_("Two rules on one trunk: what the metric changes"))
    rivals = kept(load_rivals, RIVALS)
    if rivals is None:
        words = _(
            "No heads on one trunk are kept. Train a run with `--rider` or `python -m dualviz ablate … --keep-weights`, then `{command} --run RUN --heads consistent inconsistent placebo --annotations FILE` fills {folder}.",
            folder=f"{RIVALS.parent.name}/{RIVALS.name}",
            command=COMMAND,
        )
        st.info(words, icon=":material/info:")
        return
    st.write(
        _(
            "{n} one-to-one heads learnt side by side, from the very same features, pictures and first weights; only the metric that picks each object's one positive differs. The grey band reaches as far as a **placebo** lies from the first: the same rule, other first weights. What stays inside it, chance can do.",
            n=len(rivals.shown),
        )
    )
    for note in rivals.first.notes:
        st.info(str(note), icon=":material/info:")
    moving(seen_moment, rivals)
    paragraphs = told(rivals)
    if paragraphs:
        st.header(_("What the curves say"))
        for paragraph in paragraphs:
            st.markdown(paragraph)
    st.markdown(
        _(
            "By each head's **own metric** the picks may differ though the heads say the same: the question itself differs. **All by one metric**, (0.5, 6) in both heads, asks whether what was learnt differs. And this is one seed with one placebo: the band is one throw of the dice, not an interval. Verdicts over seeds stand under Evidence."
        )
    )
    if rivals.first.measured_on:
        st.caption(
            _(
                "AP, Top-k and gap: {set}, measured by `{command}`. Snapshots are averaged weights, so they trail the run a little.",
                set=set_words(rivals.first.measured_on),
                command=f"{COMMAND} --heads …",
            )
        )
