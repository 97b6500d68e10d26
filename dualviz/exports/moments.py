"""Moments of a training run on one picture: what both heads of a snapshot say, and what each path then reports."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dualviz.exports.shown import ShownMoment, ShownOutput, ShownPicture
from dualviz.pictures.truth import Truth
from dualviz.postprocess import match, nms_free, non_max_suppression
from dualviz.study.evaluation import PATH_NAMES, SHOWN
from dualviz.study.replay import Replay, load_snapshot
from dualviz.trace import DualTrace, trace_prediction
from dualviz.words import Sentence


def reports(heads: Mapping[str, DualTrace]) -> list[ShownOutput]:
    """What a user would see at this moment: of the one-to-many head with NMS, and of every one-to-one head without.

    Args:
        heads: traces of one picture with one one-to-many head, by the title of what the one-to-one head of each says.
    """
    first = next(iter(heads.values()))
    many = first.prediction.one2many
    outputs = [
        (
            PATH_NAMES["one2many + NMS"],
            "one2many",
            non_max_suppression(many.boxes, many.scores, SHOWN),
        )
    ]
    for title, traced in heads.items():
        one = traced.prediction.one2one
        outputs.append((title, "one2one", nms_free(one.boxes, one.scores, SHOWN)))
    truth = first.truth
    return [
        ShownOutput(
            title,
            head,
            detections,
            match(detections, truth.boxes, truth.labels) if len(truth) else None,
        )
        for title, head, detections in outputs
    ]


def moment(replay: Replay, step: int, shown: ShownPicture, device: str = "auto") -> ShownMoment:
    """A picture's moment: the snapshot of a step looks at it under the same truth, knobs and object.

    Raises:
        ValueError: the snapshot cannot be read, or does not know a class of the truth.
    """
    snapshot, traced = replay.at(step), shown.trace
    network = load_snapshot(snapshot, device)
    size = max(traced.prediction.network_size_hw)
    seen = network.predict(traced.image, size)
    truth = traced.truth
    if truth.stand_in:
        words = Sentence("detections of {detector}", detector=shown.detector)
        truth = replace(truth, stand_in=words)
    then = trace_prediction(traced.image, truth, seen, network.class_names, traced.setting)
    return of_trace(replay, snapshot.step, then, shown.g, shown.picture, shown.truth_from)


def of_trace(
    replay: Replay, step: int, traced: DualTrace, g: int | None, picture: str, truth_from: str
) -> ShownMoment:
    """A moment from what its snapshot says of a picture.

    Args:
        replay, step: whose moment.
        traced: both heads' matching.
        g: index of the object looked at; None for none.
        picture: its name.
        truth_from: where the objects come from, in words.
    """
    outputs = reports({PATH_NAMES["one2one"]: traced})
    return ShownMoment(replay, step, traced, outputs, SHOWN, g, picture, truth_from)


def largest(truth: Truth) -> int:
    """The largest of at least one object, where heat is seen best."""
    sides = truth.boxes[:, 2:] - truth.boxes[:, :2]
    return int(sides.prod(1).argmax())


def moments(replay: Replay, shown: ShownPicture, device: str = "auto") -> Iterator[ShownMoment]:
    """Every moment of a run on a picture, the untrained network first."""
    return (moment(replay, step, shown, device) for step in replay.steps)
