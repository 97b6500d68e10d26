"""Replay: one training run seen again, moment by moment. How do two heads that begin alike part, and still agree?"""

from dataclasses import replace
from functools import partial
from time import monotonic

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dualviz import lab
from dualviz.charts.drawn.outcomes import outcomes
from dualviz.charts.drawn.words import agreement_words, gap_words, headline, three
from dualviz.charts.palette import PATH_NAMES
from dualviz.charts.screen.replay import moment_chart, outputs_chart, run_chart
from dualviz.detector import Detector, DualPrediction
from dualviz.exports.shown import ShownMoment, ShownOutput
from dualviz.exports.views import VIEWS
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.postprocess import match, nms_free, non_max_suppression
from dualviz.study.replay import COMMAND, FOLDER, Replay, Snapshot, load_replay, load_snapshot
from dualviz.trace import DualTrace, trace_prediction
from dualviz.web import controls, link, session
from dualviz.web.takeaway import buttons, plain
from dualviz.words import Sentence

PLAIN = {"displayModeBar": False}
PACE = 2.5  # seconds a moment is shown while it plays: time for a sentence
CONFIDENCE = 0.25


@st.cache_resource(show_spinner=False)
def kept(folder: str, stamp: float) -> Replay | None:
    """The run; read again when the folder changes."""
    del stamp
    return load_replay(type(FOLDER)(folder))


@st.cache_resource(max_entries=16, show_spinner=False)
def network(path: str, _snapshot: Snapshot) -> Detector:
    """One snapshot's network."""
    return load_snapshot(_snapshot)


@st.cache_resource(max_entries=64, show_spinner=False)  # a spinner would push the charts aside
def predicted(
    path: str, picture_id: str, size: int | None, _snapshot: Snapshot, _image
) -> DualPrediction:
    """One forward pass of one snapshot on one picture, kept."""
    return network(path, _snapshot).predict(_image, size)


def moment_of(replay: Replay, step: int) -> tuple[DualTrace, list[str]]:
    """Both heads at a step on the present picture, truth and knobs; and sentences on a truth that cannot be used.

    Raises:
        ValueError: the snapshot cannot be read.
    """
    subject, snapshot = session.current(), replay.at(step)
    path, names = str(snapshot.path), network(str(snapshot.path), snapshot).class_names
    seen = predicted(path, subject.picture.id, subject.size, snapshot, subject.picture.image)
    try:
        truth = session.truth_for(subject, names)
        if truth.stand_in:
            truth = replace(
                truth, stand_in=Sentence("detections of {detector}", detector=subject.detector.name)
            )
        notes = list(truth.notes)
    except ValueError as error:
        truth = truth_from_boxes([], [], names)
        notes = [f"This truth cannot be used here: {error}."]
    setting = lab.setting_of(controls.lab_state()["knobs"])
    return trace_prediction(subject.picture.image, truth, seen, names, setting), notes


def reports(traced: DualTrace) -> list[ShownOutput]:
    """What a user would see of both paths at this moment."""
    many, one = traced.prediction.one2many, traced.prediction.one2one
    truth, outputs = traced.truth, []
    for title, head, detections in (
        (
            PATH_NAMES["one2many + NMS"],
            "one2many",
            non_max_suppression(many.boxes, many.scores, CONFIDENCE),
        ),
        (PATH_NAMES["one2one"], "one2one", nms_free(one.boxes, one.scores, CONFIDENCE)),
    ):
        matches = match(detections, truth.boxes, truth.labels) if len(truth) else None
        outputs.append(ShownOutput(title, head, detections, matches))
    return outputs


def shown_moment(replay: Replay, step: int, g: int | None) -> ShownMoment:
    """The moment as it is taken away."""
    traced, _ = moment_of(replay, step)
    name = session.current().picture.name
    return ShownMoment(replay, step, traced, reports(traced), CONFIDENCE, g, name)


def take_away(replay: Replay, step: int, g: int | None) -> None:
    """The views as figures, and their numbers."""
    with st.popover("Take it away", icon=":material/download:"):
        for name in ("replay moment", "replay outputs", "replay run"):
            st.caption(VIEWS[name].title)
            buttons(name, partial(shown_moment, replay, step, g), plain, after=f" step {step}")


# ── the scrubber ──


def position(replay: Replay) -> int:
    """The step of the link, or the middle of the run, where the heads part."""
    middle = replay.steps[len(replay.steps) // 2]
    wanted = link.checked("at", middle, link.within(0, replay.steps[-1]))
    return replay.at(wanted).step


def played(replay: Replay) -> None:
    """While it plays and its time has come: go to the next moment; the last one stops the play."""
    state = st.session_state
    if state.get("replay playing") and monotonic() - state["replay since"] > 0.7 * PACE:
        later = [step for step in replay.steps if step > position(replay)]
        state["replay playing"] = len(later) > 1
        if later:
            go(later[0])


def go(step: int) -> None:
    """Put the scrubber on a step."""
    st.session_state["replay since"] = monotonic()
    link.change(at=str(step))


def scrubbed() -> None:
    """The hand moved the scrubber: it stops playing."""
    st.session_state["replay playing"] = False
    go(st.session_state["replay step"])


def pressed(replay: Replay) -> None:
    """Play from where the hand put it, else and from the end from the start; or pause."""
    state = st.session_state
    state["replay playing"] = not state.get("replay playing", False)
    if state["replay playing"]:
        step = position(replay)
        anew = step == replay.steps[-1] or not link.value("at", "")
        go(replay.steps[0] if anew else step)


def step_words(replay: Replay, step: int) -> str:
    """A step as the scrubber names it."""
    return "untrained" if step == 0 else f"step {step:,}"


def scrubber(replay: Replay, timer: bool) -> tuple[int, DeltaGenerator]:
    """Play button and scrubber; returns the step, and the place beside them for what to look at."""
    played(replay)
    step = position(replay)
    playing = st.session_state.get("replay playing", False)
    if timer != playing:
        st.rerun()  # the whole page starts and stops the clock
    left, middle, right = st.columns((2, 9, 4), vertical_alignment="bottom")
    with left:
        st.button(
            "Pause" if playing else "Play",
            key="replay play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            type="primary",
            width="stretch",
            on_click=pressed,
            args=(replay,),
        )
    with middle:
        st.session_state["replay step"] = step
        st.select_slider(
            "Moment of training",
            replay.steps,
            format_func=partial(step_words, replay),
            key="replay step",
            on_change=scrubbed,
            help="Each moment costs one forward pass the first time and none after.",
        )
    return step, right


def largest(truth: Truth) -> int:
    """The largest object, where heat is seen best."""
    sides = truth.boxes[:, 2:] - truth.boxes[:, :2]
    return int(sides.prod(1).argmax())


# ── the page ──


def whole_words(traced: DualTrace) -> str:
    """Agreement over all objects of the picture at this moment."""
    found_shares = traced.agreement.top_k_alignment
    known = found_shares[~found_shares.isnan().any(-1)]
    if not len(known):
        return "No object has a one-to-one candidate at this moment: nothing to agree on."
    shares = " / ".join(f"{share:.0%}" for share in known.double().mean(0).tolist())
    gaps = [float(v[~traced.gap.isnan()].mean()) for v in (traced.gap, *traced.gap_bounds)]
    return (
        f"One-to-one picks inside the one-to-many Top-1 / 5 / 10: **{shares}** of {len(known)} "
        f"objects of this picture. Mean gap **{three(gaps[0])}**, floor {three(gaps[1])}, ceiling {three(gaps[2])}."
    )


def moment_words(replay: Replay, traced: DualTrace, step: int, g: int | None) -> str:
    """What this moment says, in sentences."""
    seen = replay.at(step).pictures
    start = (
        "**Before training** the one-to-one head is a copy of the one-to-many head: they say the same of every anchor and know nothing"
        if step == 0
        else f"**After {step:,} steps**, {seen:,} pictures seen"
    )
    if g is None:
        return f"{start}. {whole_words(traced)}"
    own = f"{headline(traced, g)}. {agreement_words(traced, g)} {gap_words(traced, g)}"
    return f"{start}. {whole_words(traced)}\n\n{own}"


def run_words(replay: Replay) -> str:
    """What the curves say of this run, in its own numbers; "" where too little is measured."""
    rows = [replay.figures[step] for step in replay.steps if step in replay.figures]
    if len(rows) < 3 or rows[0].step:
        return ""
    first, last = rows[0], rows[-1]
    behind = max(rows, key=lambda row: row.ap["one2many + NMS"] - row.ap["one2one"])
    low, best = behind.ap["one2one"], behind.ap["one2many + NMS"]
    return (
        f"**What the curves say.** The one-to-one head starts as a copy: its pick is the one-to-many head's first choice for "
        f"{first.alignment[0]:.0%} of the objects, though neither finds one. Then the many positives teach faster: at step "
        f"{behind.step:,} AP is {best:.2f} with NMS and {low:.2f} without. At the end both are at {last.ap['one2many + NMS']:.2f} and "
        f"{last.ap['one2one']:.2f}. Each head now has its own scores and boxes, so the same first choice is left for "
        f"{last.alignment[0]:.0%}, but {last.alignment[2]:.1%} of the picks stay among the first ten; the gap is "
        f"{last.gap:.2f} over a floor of {last.floor:.2f}. That gap and floor rise (from {first.gap:.2f} and "
        f"{first.floor:.2f}) is no disagreement: better boxes are taught higher targets, and both are sums of targets. Without NMS the "
        f"one-to-many head never stops repeating itself: {last.duplicates['one2many raw']:.0f} repeats a picture, the one-to-one "
        f"head {last.duplicates['one2one']:.2f}."
    )


def seen_moment(replay: Replay, timer: bool) -> None:
    """Everything that moves with the scrubber."""
    step, beside = scrubber(replay, timer)
    link.write()
    try:
        traced, notes = moment_of(replay, step)
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return
    for note in notes:
        st.warning(note, icon=":material/warning:")
    with beside:
        g = controls.look_at(traced.truth, partial(largest, traced.truth))
    left, right = st.columns((5, 4))
    with left:
        if not len(traced.truth):
            st.info(
                "No truth: there is nothing to match, but the detections below still grow up. Choose “the detector's output” as "
                "truth in the sidebar or draw boxes in the laboratory.",
                icon=":material/info:",
            )
        st.plotly_chart(
            moment_chart(traced, g),
            key="replay moment",
            config={"displaylogo": False, "scrollZoom": True},
            alt=f"Metric and picks of both heads at step {step}",
        )
        rows = [
            (title, head, detections, outcomes(detections, matches))
            for title, head, detections, matches in reports(traced)
        ]
        st.plotly_chart(
            outputs_chart(traced.image, traced.truth.boxes.numpy(), rows),
            key="replay outputs",
            config={"displaylogo": False, "scrollZoom": True},
            alt=f"Detections of both paths at step {step}",
        )
        for column, (title, _, _, outcome) in zip(st.columns(2), rows):
            column.caption(f"{title}: **{outcome.words}**")
    with right:
        st.plotly_chart(
            run_chart(replay, step, session.colours()),
            key="replay run",
            config=PLAIN,
            alt="Losses, AP, alignment and gap over training, the moment marked",
        )
        st.caption(
            "Thin blue: one-to-many; thick orange: one-to-one; the black or white line: this moment. AP: solid blue with NMS, dotted blue "
            "the same head without, orange without NMS. Top-k: solid 1, dashed 5, dotted 10. Gap: band from floor to ceiling."
        )
    st.markdown(moment_words(replay, traced, step, g))
    st.markdown(run_words(replay))
    if replay.measured_on:
        st.caption(
            f"AP, Top-k and gap: {replay.measured_on}, measured by `{COMMAND}`. Losses: of the training pictures, means over 50 steps, from "
            "the run's log. Snapshots are averaged weights, so they trail the losses a little."
        )
    take_away(replay, step, g)


def view() -> None:
    """The kept run under its scrubber, or how to make one."""
    st.subheader("Two heads begin as one, part, and still agree")
    stamp = max((path.stat().st_mtime for path in FOLDER.glob("*")), default=0.0)
    run = kept(str(FOLDER), stamp)
    if run is None:
        st.info(
            f"No run is kept: {FOLDER.parent.name}/{FOLDER.name} holds no snapshots. Train one with `python -m dualviz train … --snapshots 14`, "
            f"then `{COMMAND} --run RUN --annotations FILE` fills it.",
            icon=":material/info:",
        )
    else:
        st.write(
            f"The training run of **{run.detector}**, kept as {len(run.snapshots)} snapshots, looks at the present picture. Press Play, or "
            "move the scrubber: look for the heat gathering inside the objects, the diamond leaving the middle of the dots, and what is found below."
        )
        for note in run.notes:
            st.info(note, icon=":material/info:")
        if session.current().detector_id != run.detector:
            st.caption(
                "The detector chosen in the sidebar takes no part here: the run's own network is what is seen."
            )
        clock = st.session_state.get("replay playing", False)
        st.fragment(seen_moment, run_every=PACE if clock else None)(run, clock)
