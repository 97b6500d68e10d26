"""Moments of a kept run on the present picture: one forward pass of a snapshot, kept, and what a user would see of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st
from torch import Tensor

from dualviz import lab
from dualviz.charts.drawn.outcomes import outcomes
from dualviz.charts.screen.replay import outputs_chart
from dualviz.detector import Detector, DualPrediction
from dualviz.exports.moments import reports
from dualviz.pictures.truth import truth_from_boxes
from dualviz.study.replay import Replay, Snapshot, load_snapshot
from dualviz.trace import DualTrace, Setting, trace_prediction
from dualviz.web import controls, session
from dualviz.web.chart import chart
from dualviz.web.gallery import Picture
from dualviz.web.shelf import SHELF
from dualviz.words import Sentence, _, listed, said


def network(path: str, snapshot: Snapshot) -> Detector:
    """One snapshot's network."""
    return SHELF.get(lambda: load_snapshot(snapshot), "", "snapshot", path)


def predicted(path: str, picture: Picture, size: int | None, snapshot: Snapshot) -> DualPrediction:
    """One forward pass of one snapshot on one picture, kept; without a spinner, which would push the charts aside."""

    def predict() -> DualPrediction:
        return network(path, snapshot).predict(picture.image, size)

    return SHELF.get(predict, "", "moment", picture.id, path, size)


def moment_of(
    replay: Replay, step: int, setting: Setting | None = None
) -> tuple[DualTrace, list[str]]:
    """Both heads at a step on the present picture and truth; and sentences on a truth that cannot be used.

    Args:
        replay: the run.
        step: of a moment.
        setting: the metrics; None: of the knobs.

    Raises:
        ValueError: the snapshot cannot be read.
    """
    subject, snapshot = session.current(), replay.at(step)
    path = str(snapshot.head or snapshot.path)
    names = network(path, snapshot).class_names
    seen = predicted(path, subject.picture, subject.size, snapshot)
    try:
        truth = session.truth_for(subject, names)
        if truth.stand_in:
            truth = replace(
                truth, stand_in=Sentence("detections of {detector}", detector=subject.detector.name)
            )
        notes = [str(note) for note in truth.notes]
    except ValueError as error:
        truth = truth_from_boxes([], [], names)
        notes = [_("This truth cannot be used here: {reason}.", reason=said(error))]
    setting = setting or lab.setting_of(controls.lab_state()["knobs"])
    return trace_prediction(subject.picture.image, truth, seen, names, setting), notes


def show_outputs(heads: Mapping[str, DualTrace], words: str, classes: bool = False) -> None:
    """The detections of `reports`, with what became of them, and on request as what they are reported."""
    traced = next(iter(heads.values()))
    rows = [
        (title, head, detections, outcomes(detections, matches))
        for title, head, detections, matches in reports(heads)
    ]
    chart(
        outputs_chart(traced.image, traced.truth.boxes.numpy(), rows),
        "replay outputs",
        words,
    )
    for column, (title, _head, detections, outcome) in zip(st.columns(len(rows)), rows):
        column.caption(_("{name}: {meaning}", name=title, meaning=f"**{outcome.words}**"))
        if classes:
            column.caption(
                _(
                    "Reported as {reported}; truth: {truth}.",
                    reported=counted(detections.labels, traced),
                    truth=counted(traced.truth.labels, traced),
                )
            )


def counted(labels: Tensor, traced: DualTrace) -> str:
    """How many of each class, the most frequent first; "—" for none."""
    numbers = Counter(traced.class_names[label] for label in labels.tolist() if label >= 0)
    return listed(f"{name} {n}" for name, n in numbers.most_common()) or "—"
