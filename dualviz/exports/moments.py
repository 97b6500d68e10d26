"""Moments of a training run on one picture: what both heads of a snapshot say, and what each path then reports."""

from collections.abc import Iterator
from dataclasses import replace

from dualviz.charts.palette import PATH_NAMES
from dualviz.exports.shown import ShownMoment, ShownOutput, ShownPicture
from dualviz.pictures.truth import truth_from_boxes
from dualviz.postprocess import match, nms_free, non_max_suppression
from dualviz.study.replay import Replay, load_snapshot
from dualviz.trace import DualTrace, trace_prediction
from dualviz.words import Sentence

CONFIDENCE = 0.25


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


def moment(replay: Replay, step: int, shown: ShownPicture, device: str = "auto") -> ShownMoment:
    """A picture's moment: the snapshot of a step looks at it under the same truth, knobs and object.

    Raises:
        ValueError: the snapshot cannot be read, or does not know a class of the truth.
    """
    snapshot, traced = replay.at(step), shown.trace
    network = load_snapshot(snapshot, device)
    size = max(traced.prediction.network_size_hw)
    seen = network.predict(traced.image, size)
    known = traced.truth.for_classes(network.class_names)
    truth = truth_from_boxes(known.boxes.tolist(), known.labels.tolist(), network.class_names)
    if traced.truth.stand_in:
        words = Sentence("detections of {detector}", detector=shown.detector)
        truth = replace(truth, stand_in=words)
    then = trace_prediction(traced.image, truth, seen, network.class_names, traced.setting)
    outputs = reports(then)
    return ShownMoment(replay, snapshot.step, then, outputs, CONFIDENCE, shown.g, shown.picture)


def moments(replay: Replay, shown: ShownPicture, device: str = "auto") -> Iterator[ShownMoment]:
    """Every moment of a run on a picture, the untrained network first."""
    return (moment(replay, step, shown, device) for step in replay.steps)
