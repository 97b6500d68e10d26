"""Replay: one training run seen again, moment by moment. How do two heads that begin alike part, and still agree?

What moves with the scrubber is a fragment: playing redraws it alone.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dualviz.charts.drawn.words import agreement_words, gap_words, headline, three
from dualviz.charts.screen.replay import moment_chart, run_chart
from dualviz.exports.moments import largest, of_trace
from dualviz.exports.shown import ShownMoment
from dualviz.exports.views import VIEWS
from dualviz.pictures.dataset import set_words
from dualviz.study.evaluation import PATH_NAMES, SHOWN
from dualviz.study.replay import COMMAND, FOLDER, Measured, Replay, load_replay
from dualviz.trace import DualTrace
from dualviz.web import controls, findings, language, link, markup, session
from dualviz.web.chart import chart
from dualviz.web.films import films
from dualviz.web.takeaway import all_of_it, buttons, paper_choice, plain
from dualviz.web.training.moments import moment_of, show_outputs
from dualviz.web.training.scrubber import kept, moving, scrubber, step_words
from dualviz.words import _, joined, said


def shown_moment(replay: Replay, step: int, g: int | None) -> ShownMoment:
    """The moment as it is taken away."""
    traced, _notes = moment_of(replay, step)
    picture = session.current().picture.name
    return of_trace(replay, step, traced, g, picture, findings.truth_words())


def take_away(replay: Replay, step: int, g: int | None) -> None:
    """The views as figures, and their numbers."""
    with st.popover(_("Take it away"), icon=":material/download:"):
        paper, moment = paper_choice("replay"), partial(shown_moment, replay, step, g)
        for name in ("replay moment", "replay outputs", "replay run"):
            st.caption(str(VIEWS[name].title))
            with st.container(horizontal=True):
                buttons(name, moment, plain, paper, [f"step-{step}"])
        all_of_it("replay run", moment, paper)
        st.divider()
        films(("replay",), partial(findings.shown_picture, g), replay)


# ── the page ──


def whole_words(traced: DualTrace) -> str:
    """Agreement over all objects of the picture at this moment."""
    shares = traced.agreement.top_k_alignment
    known = shares[~shares.isnan().any(-1)]
    if not len(known):
        return _("No object has a one-to-one candidate at this moment: nothing to agree on.")
    gap, floor, ceiling = (
        three(float(values[~traced.gap.isnan()].mean()))
        for values in (traced.gap, *traced.gap_bounds)
    )
    return _(
        "One-to-one picks inside the one-to-many Top-1 / 5 / 10: **{shares}** of {n} objects of this picture. Mean gap **{gap}**, floor {floor}, ceiling {ceiling}.",
        shares=" / ".join(f"{share:.0%}" for share in known.double().mean(0).tolist()),
        n=len(known),
        gap=gap,
        floor=floor,
        ceiling=ceiling,
    )


def moment_words(replay: Replay, traced: DualTrace, step: int, g: int | None) -> list[str]:
    """What this moment says, in paragraphs: of the run, of the picture, of the object."""
    if step == 0:
        start = _(
            "**Before training** the one-to-one head is a copy of the one-to-many head: they say the same of every anchor and know nothing."
        )
    else:
        start = _(
            "**After {step} steps**, {pictures} pictures seen.",
            step=f"{step:,}",
            pictures=f"{replay.at(step).pictures:,}",
        )
    paragraphs = [joined(start, whole_words(traced))]
    if g is not None:
        own = (headline(traced, g), agreement_words(traced, g), gap_words(traced, g))
        paragraphs += [markup.plain(str(words)) for words in own]
    return paragraphs


def run_words(replay: Replay) -> str:
    """What the curves say of this run, in its own numbers; "" where too little is measured."""
    rows = [replay.figures[step] for step in replay.steps if step in replay.figures]
    if len(rows) < 3 or rows[0].step:
        return ""
    first, last = rows[0], rows[-1]
    behind = max(rows, key=lambda row: row.ap["one2many + NMS"] - row.ap["one2one"])
    return joined(
        *(
            _(
                "The one-to-one head starts as a copy: its pick is the one-to-many head's first choice for {share} of the objects, though neither finds one.",
                share=f"{first.alignment[0]:.0%}",
            ),
            _(
                "Then the many positives teach faster: at step {step} AP is {best} with NMS and {low} without. At the end both are at {last_best} and {last_low}.",
                step=f"{behind.step:,}",
                best=f"{behind.ap['one2many + NMS']:.2f}",
                low=f"{behind.ap['one2one']:.2f}",
                last_best=f"{last.ap['one2many + NMS']:.2f}",
                last_low=f"{last.ap['one2one']:.2f}",
            ),
            _(
                "Each head now has its own scores and boxes, so the same first choice is left for {top1}, but {top10} of the picks stay among the first ten; the gap is {gap} over a floor of {floor}.",
                top1=f"{last.alignment[0]:.0%}",
                top10=f"{last.alignment[2]:.1%}",
                gap=f"{last.gap:.2f}",
                floor=f"{last.floor:.2f}",
            ),
            _(
                "That gap and floor rise (from {gap} and {floor}) is no disagreement: better boxes are taught higher targets, and both are sums of targets.",
                gap=f"{first.gap:.2f}",
                floor=f"{first.floor:.2f}",
            ),
            repeats_words(rows),
        )
    )


def repeats_words(rows: list[Measured]) -> str:
    """How duplicates come and go on either path without NMS."""
    last = rows[-1].duplicates
    most = max(rows, key=lambda row: row.duplicates["one2one"])
    given = {
        "many": f"{last['one2many raw']:.0f}",
        "one": f"{last['one2one']:.2f}",
        "most": f"{most.duplicates['one2one']:.2f}",
        "step": f"{most.step:,}",
    }
    if most.duplicates["one2one"] <= last["one2one"]:
        return _(
            "Without NMS the one-to-many head ends at {many} duplicates a picture, the one-to-one head at {one}, its most.",
            **given,
        )
    return _(
        "Duplicates: without NMS the one-to-many head ends at {many} a picture. The one-to-one head repeats most at step {step}, {most} a picture, and unlearns it: {one} at the end.",
        **given,
    )


def seen_moment(
    replay: Replay, timer: bool, told: Callable[[Replay], str] = lambda _run: "", classes=False
) -> None:
    """Everything that moves with the scrubber.

    Args:
        replay: the run.
        timer: whether the page's clock runs.
        told: what the curves say of the run, "" for nothing.
        classes: whether it is said as what the detections are reported.
    """
    language.begin()  # a fragment runs without the frame
    step, beside = scrubber(replay, timer)
    link.write()
    try:
        traced, notes = moment_of(replay, step)
    except ValueError as error:
        st.error(markup.plain(said(error)), icon=":material/error:")
        return
    for note in notes:
        st.warning(note, icon=":material/warning:")
    with beside:
        g = controls.look_at(traced.truth, partial(largest, traced.truth))
    left, right = st.columns((5, 4))
    with left:
        if not len(traced.truth):
            words = _(
                "No truth: there is nothing to match, but the detections below still grow up. Choose “the detector's output” as truth in the sidebar or draw boxes in the laboratory."
            )
            st.info(words, icon=":material/info:")
        chart(
            moment_chart(traced, g),
            "replay moment",
            _("Metric and picks of both heads, {moment}", moment=step_words(replay, step)),
        )
        show_outputs(
            {PATH_NAMES["one2one"]: traced},
            _("Detections of both paths, {moment}", moment=step_words(replay, step)),
            classes,
        )
    with right:
        chart(
            run_chart(replay, step, session.colours()),
            "replay run",
            _("Losses, AP, duplicates, alignment and gap over training, the moment marked"),
        )
        st.caption(
            _(
                "Thin blue: one-to-many; thick orange: one-to-one; the upright line: this moment. Box losses: solid CIoU, dashed DFL. AP and duplicates: solid blue with NMS, dotted blue the same head without, orange without NMS; duplicates on a log scale, of detections above confidence {confidence}. Top-k: solid 1, dashed 5, dotted 10. Gap: band from floor to ceiling.",
                confidence=SHOWN,
            )
        )
    st.header(_("This moment"))
    for paragraph in moment_words(replay, traced, step, g):
        st.markdown(paragraph)
    if words := told(replay):
        st.header(_("What the curves say"))
        st.markdown(words)
    if replay.measured_on:
        st.caption(
            _(
                "AP, duplicates, Top-k and gap: {set}, measured by `{command}`. Losses: of the training pictures, means over 50 steps, from the run's log. Snapshots are averaged weights, so they trail the losses a little.",
                set=set_words(replay.measured_on),
                command=COMMAND,
            )
        )
    take_away(replay, step, g)


def view() -> None:
    """The kept run under its scrubber, or how to make one."""
    st.title(_("Two heads begin as one, part, and still agree"))
    run = kept(load_replay, FOLDER)
    if run is None:
        words = _(
            "No run is kept: {folder} holds no snapshots. Train one with `python -m dualviz train … --snapshots 14`, then `{command} --run RUN --annotations FILE` fills it.",
            folder=f"{FOLDER.parent.name}/{FOLDER.name}",
            command=COMMAND,
        )
        st.info(words, icon=":material/info:")
        return
    st.write(
        _(
            "The training run of **{detector}**, kept as {n} snapshots, looks at the present picture. Press Play, or move the scrubber: look for the heat gathering inside the objects, the diamond leaving the middle of the dots, and what is found below.",
            detector=run.detector,
            n=len(run.snapshots),
        )
    )
    for note in run.notes:
        st.info(str(note), icon=":material/info:")
    if session.current().detector_id != run.detector:
        st.caption(
            _(
                "The detector chosen in the sidebar takes no part here: the run's own network is what is seen."
            )
        )
    moving(seen_moment, run, told=run_words)
