"""A run under way or ended: how far it is, what its heads find on a picture kept aside, and what they reach.

Everything is read from the run's folder; nothing is computed here but the drawing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
import torch

from dualviz.charts.drawn.outcomes import outcomes
from dualviz.charts.screen.progress import MANY, progress_chart
from dualviz.charts.screen.replay import outputs_chart
from dualviz.pictures import scenes
from dualviz.pictures.images import read_image
from dualviz.pictures.scenes import random_scene
from dualviz.postprocess import Detections, match
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.replay import LOG
from dualviz.training import judging, pace, reports
from dualviz.training.run import Teacher, weights_file
from dualviz.web import controls, gallery, language, link, markup, session
from dualviz.web.chart import chart
from dualviz.web.table import table
from dualviz.web.training import rules
from dualviz.web.training.runs import END, PAUSE, OwnRun, Standing
from dualviz.words import Labels, UserError, _, ngettext, said
from dualviz.words.parcel import together

GLANCE = 2.0  # seconds between two looks at the folder
PANELS = (
    3  # pictures beside one another; the one-to-many head stands among them where there is room
)
HIGH = 330  # pixels of a row of pictures
PHASES = Labels(
    {
        "preparing": "It prepares its pictures …",
        "timing": "It times its first steps …",
        "training": "It trains.",
        "paused": "It is paused.",
        "ended": "It was ended by hand: what it had learnt stays.",
        "done": "It is done.",
        "broken off": "Its process has ended without a word, as when a computer is switched off. What was saved stays.",
    }
)


@dataclass(frozen=True)
class Progress:
    """What a run's folder says.

    Attributes:
        steps: of the whole run; 0 while they are not fixed.
        step: reported last.
        seconds: of training so far.
        moments, log: as `judging` and `train` write them.
    """

    steps: int
    step: int
    seconds: float
    moments: list[dict[str, Any]]
    log: list[dict[str, float]]

    @classmethod
    def of(cls, out: Path) -> "Progress":
        """Read it; nothing is there at first."""
        settled, moments = pace.known(out), judging.read(out)
        lines = reports.read(out / LOG)
        last = max(
            [*lines, *moments], key=lambda one: one["step"], default={"step": 0, "seconds": 0.0}
        )
        steps = settled.steps if settled else 0
        return cls(steps, int(last["step"]), float(last["seconds"]), moments, lines)

    @property
    def seconds_left(self) -> float:
        """By the pace so far."""
        return self.seconds / self.step * (self.steps - self.step) if self.step else 0.0


def view(run: OwnRun) -> None:
    """The run, looked at again and again while it lives."""
    st.title(_("Heads that learn, each by its rule"))
    lives = run.standing.lives
    st.fragment(seen, run_every=GLANCE if lives else None)(run, lives)


def seen(run: OwnRun, lives: bool) -> None:
    """Everything that changes while the run goes on."""
    language.begin()  # a fragment runs without the frame
    standing, progress = run.standing, Progress.of(run.out)
    link.write()
    if standing.lives != lives:
        st.rerun()  # the whole page starts and stops the clock
    left, right = st.columns((3, 2), vertical_alignment="center")
    with left:
        bar(standing, progress)
    with right:
        buttons(run, standing)
    if not progress.moments:
        if standing.lives:
            words = _(
                "Soon a picture kept aside appears here, with what each head finds on it, and below what they reach."
            )
            st.info(words, icon=":material/hourglass:")
        return
    heads = {name: rules.title(name) for name in progress.moments[-1]["heads"] if name != MANY}
    pictures(run, progress, heads)
    chart(
        progress_chart(progress.moments, progress.log, heads, run.wish.minutes, session.colours()),
        "own progress",
        _("What the heads find, agree on and lose, over the minutes of training"),
    )
    reached(run, progress, heads)


def bar(standing: Standing, progress: Progress) -> None:
    """How far it is, in words and as a bar."""
    if standing.phase == "waiting":
        words = (
            ngettext(
                "In line: {n} run comes before it.",
                "In line: {n} runs come before it.",
                standing.before,
            )
            if standing.before
            else _("It starts …")
        )
        st.progress(0.0, words)
    elif standing.phase == "failed":
        why = said(standing.why) if isinstance(standing.why, UserError) else str(standing.why)
        st.error(markup.plain(_("It could not go on: {why}", why=why)), icon=":material/error:")
    else:
        words, share = PHASES[standing.phase], 0.0
        if progress.steps:
            share = min(1.0, progress.step / progress.steps)
            done = _(
                "Step {step} of {steps}.",
                step=f"{progress.step:,}",
                steps=f"{progress.steps:,}",
            )
            words = f"{words} {done}"
            if standing.phase == "training" and progress.step:
                left = round(progress.seconds_left)
                time = f"{left // 60}:{left % 60:02d}"
                words = f"{words} " + _("{time} to go.", time=time)
        st.progress(share, words)


def buttons(run: OwnRun, standing: Standing) -> None:
    """What can be done with the run now."""
    with st.container(horizontal=True, vertical_alignment="center"):
        waits = bool(run.asked_for())
        if standing.lives:
            if st.button(_("Pause"), icon=":material/pause:", key="own pause", disabled=waits):
                run.ask(PAUSE)
                st.rerun()
            if st.button(_("End it here"), icon=":material/stop:", key="own end", disabled=waits):
                run.ask(END)
                st.rerun()
            if waits:
                st.caption(_("It ends the step under way …"))
        elif standing.may_go_on and st.button(
            _("Go on"), type="primary", icon=":material/play_arrow:", key="own go on"
        ):
            go_on(run)
        if weights_file(run.out).exists():
            laboratory(run, primary=not standing.lives and not standing.may_go_on)
            if st.button(_("See it again"), icon=":material/replay:", key="own again"):
                put_smear(run)
                link.change(again="1", at=None)
                st.rerun()
        if not standing.lives and st.button(
            _("Another run"), icon=":material/restart_alt:", key="own another"
        ):
            link.change(run=None)
            st.rerun()


def go_on(run: OwnRun) -> None:
    """Take a place in line again; what is wrong is one sentence."""
    try:
        run.start()
    except (UserError, OSError) as error:
        st.error(markup.plain(said(error)), icon=":material/error:")
    else:
        st.rerun()


def laboratory(run: OwnRun, primary: bool) -> None:
    """Open the weights of a head in the laboratory, on the picture that it is judged by; or take them away."""
    kind = "primary" if primary else "secondary"
    with st.popover(_("To the laboratory"), icon=":material/science:", type=kind):
        st.caption(
            _("The trunk with its one-to-many head, and as one-to-one head the one taught by")
        )
        for name in (rules.CONSISTENT, *(rider.name for rider in run.wish.riders)):
            file = weights_file(run.out, rules.rider_name(name))
            if not file.exists():
                continue
            left, right = st.columns((2, 1))
            if left.button(rules.title(name), key=f"own open {name}", width="stretch"):
                open_weights(run, name)
            right.download_button(
                _("Weights"),
                file.read_bytes,
                f"dualviz-{name}.safetensors",
                "application/octet-stream",
                key=f"own take {name}",
                icon=":material/download:",
                on_click="ignore",
                width="stretch",
            )


def open_weights(run: OwnRun, name: str) -> None:
    """Put a head's weights on the table, with the smear it is judged by where it learnt from smears, and go there."""
    file = weights_file(run.out, rules.rider_name(name))
    session.take_weights(file.read_bytes(), f"{rules.title(name)}.safetensors")
    put_smear(run)
    st.switch_page("dualviz/web/pages/laboratory.py")


def put_smear(run: OwnRun) -> None:
    """Put the smear it is judged by on the table, where it learnt from smears."""
    if run.wish.crowd:
        scene = random_scene(0, crowd=run.wish.crowd)
        sliders = {name: str(getattr(scene, name)) for name in gallery.SCENE_SLIDERS}
        link.change(pic=scenes.RENDERED, gt=None, truth=None, **sliders)
        controls.forget_objects()


def pictures(run: OwnRun, progress: Progress, heads: Mapping[str, str]) -> None:
    """What each path says of the first picture kept aside, at the confidence where it does best."""
    shown = json.loads((run.folder / "shown.json").read_text(encoding="utf-8"))
    image = read_image((run.folder / "shown.jpg").read_bytes(), "shown.jpg")
    boxes = torch.tensor(shown["boxes"], dtype=torch.float32).reshape(-1, 4)
    labels = torch.tensor(shown["labels"], dtype=torch.int64)
    moment = progress.moments[-1]
    named = dict(heads)
    if len(named) < PANELS:
        named = {MANY: PATH_NAMES["one2many + NMS"]} | named
    rows = []
    for name, title in named.items():
        detections = detections_of(moment["heads"][name]["shown"])
        outcome = outcomes(detections, match(detections, boxes, labels))
        rows.append((title, "one2many" if name == MANY else "one2one", detections, outcome))
    figure = outputs_chart(image, boxes.numpy(), rows)
    figure["layout"]["height"] = HIGH
    chart(figure, "own pictures", _("What each head finds on a picture kept aside"))
    for column, (_title, _head, _boxes, outcome) in zip(st.columns(len(rows)), rows):
        column.caption(f"**{outcome.words}**")
    st.caption(
        markup.plain(
            _(
                "After step {step}. Judged by {pictures}; each head is shown at the confidence where it does best on them.",
                step=f"{moment['step']:,}",
                pictures=together(shown["words"]),
            )
        )
    )


def detections_of(record: Mapping[str, Any]) -> Detections:
    """Detections as `judging` wrote them; which anchors they are of is not kept."""
    boxes = torch.tensor(record["boxes"], dtype=torch.float32).reshape(-1, 4)
    scores = torch.tensor(record["scores"], dtype=torch.float32)
    labels = torch.tensor(record["labels"], dtype=torch.int64)
    return Detections(boxes, scores, labels, torch.arange(len(scores)))


def reached(run: OwnRun, progress: Progress, heads: Mapping[str, str]) -> None:
    """The latest numbers of every head, with its rule, and what the words mean."""
    teachers = {MANY: Teacher(10), rules.CONSISTENT: Teacher()} | {
        r.name: r.teacher for r in run.wish.riders
    }
    columns = {
        _("F1, %"): 0,
        _("found, %"): 0,
        _("wrong a picture"): 1,
        _("at confidence"): 2,
        _("Top-1, %"): 0,
        _("gap"): 2,
        _("floor"): 2,
    }
    rows = []
    for name, title in (heads | {MANY: PATH_NAMES["one2many + NMS"]}).items():
        head = progress.moments[-1]["heads"][name]
        top, (gap, floor, *_ceiling) = head.get("top", [None]), head.get("gap", [None, None])
        cells = (
            100 * head["f1"],
            100 * head["found"],
            head["wrong"],
            head["confidence"],
            None if top[0] is None else 100 * top[0],
            gap,
            floor,
        )
        rule = rules.numbers(teachers[name])
        rows.append({_("head"): title, _("rule"): rule} | dict(zip(columns, cells)))
    table(rows, _("What each head has reached"), columns)
    st.caption(
        _(
            "F1 is 100 % where every object is found and no box is wrong. Top-1: for how many objects the head's choice is also the one-to-many head's first. Gap: how far the targets of the two heads lie apart; no choice brings it below its floor. One run is one roll of the dice: hold a difference against that of “the same rule, other first weights”."
        )
    )
