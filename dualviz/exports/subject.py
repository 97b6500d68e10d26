"""A picture under both heads of a detector, ready for every view: what the command, a notebook and a link ask for alike."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from dualviz.charts.drawn.words import pick_rank
from dualviz.detector import Detector
from dualviz.exports.detections import ShownDetections
from dualviz.exports.shown import ShownPicture, story_object
from dualviz.pictures.scenes import SAMPLES, gallery, random_scene, render
from dualviz.pictures.truth import Truth, truth_from_detections
from dualviz.postprocess import nms_free
from dualviz.study.alignment import Survey, survey
from dualviz.study.targets import Targets, head_targets, raw_outputs
from dualviz.trace import DualTrace, Setting, trace_prediction
from dualviz.words import Labels, UserError

RANDOM_SMEARS = 12
SETS = Labels(  # what agreement can be surveyed over
    {
        "this": "this picture",
        "bundled": "the bundled smears",
        "random": "12 random smears",
    }
)


def shown_picture(
    image: np.ndarray,
    truth: Truth | None,
    network: Detector,
    setting: Setting,
    filters: Mapping[str, Any],
    *,
    object: int | None = None,
    step: int = -1,
    size: int | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    **names: str,
) -> ShownPicture:
    """Both heads on a picture, and what is chosen of it.

    Args:
        image: uint8 (H, W, 3) RGB.
        truth: the objects; what annotators called too difficult to judge is left out. None: the one-to-one head's
            detections stand for it.
        network: looks at the picture once.
        setting: the knobs.
        filters: conf, iou, max, agnostic and multi of the detections page.
        object: number of the object looked at, from 1, 0 for none; None for the one that the laboratory opens on.
        step: of NMS: how many candidates were looked at; −1 for all.
        size: network pixels of the longer side; None for what the weights were trained at.
        options: by view, what else is chosen for its figure.
        names: picture, detector, weights and truth_from, as in `ShownPicture`.

    Raises:
        ValueError: a class that the detector does not know, or an object that is not there.
    """
    classes = network.class_names
    prediction = network.predict(image, size)
    if truth is None:
        one = prediction.one2one
        size_wh = (image.shape[1], image.shape[0])
        kept = truth_from_detections(nms_free(one.boxes, one.scores), classes, size_wh)
    else:
        kept = truth.for_classes(classes).taught
    traced = trace_prediction(image, kept, prediction, classes, setting)
    return of_trace(
        traced,
        filters,
        lambda: head_targets(traced, raw_outputs(network, image, size)),
        object=object,
        step=step,
        options=options,
        **names,
    )


def of_trace(
    traced: DualTrace,
    filters: Mapping[str, Any],
    targets: Callable[[], dict[str, Targets]],
    *,
    object: int | None = None,
    step: int = -1,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    **names: str,
) -> ShownPicture:
    """What is chosen of a trace; arguments as for `shown_picture`, and `targets` says what the heads are taught."""
    called = {"picture": names.get("picture", ""), "detector": names.get("detector", "")}
    return ShownPicture(
        traced,
        _chosen(object, len(traced.truth)) if object is not None else story_object(traced),
        ShownDetections(traced.image, traced.prediction, traced.truth, filters, step, **called),
        survey=cache(lambda: survey([traced], traced.setting)),
        targets=cache(targets),
        options=options or {},
        **names,
    )


def set_pictures(which: str) -> list[tuple[np.ndarray, Truth]]:
    """The pictures of a set of `SETS` other than "this", with their exact truth."""
    if which == "random":
        return [render(random_scene(seed)) for seed in range(RANDOM_SMEARS)]
    return [gallery()[name]() for name in SAMPLES]


def over_set(
    shown: ShownPicture, which: str, network: Detector, size: int | None = None
) -> ShownPicture:
    """The same record, its agreement surveyed over a set of `SETS`.

    Raises:
        ValueError: the detector does not know the classes of the set.
    """
    if which == "this":
        return shown
    names, setting = network.class_names, shown.trace.setting

    def surveyed() -> Survey:
        seen = [
            (image, truth.taught.for_classes(names), network.predict(image, size))
            for image, truth in set_pictures(which)
        ]
        return survey([trace_prediction(*one, names, setting) for one in seen], setting)

    return replace(shown, survey=cache(surveyed), over=SETS[which])


def farthest(traced: DualTrace) -> int:
    """Of at least one object, the one whose pick is farthest down the one-to-many list."""
    ranks = [pick_rank(traced, g) or 0 for g in range(len(traced.truth))]
    listed = [rank if rank <= traced.setting.topk else 0 for rank in ranks]
    return listed.index(max(listed))


def _chosen(number: int, count: int) -> int | None:
    if not 0 <= number <= count:
        raise UserError(
            "{option} must be {least} to {most}, got {value}",
            option="object",
            least="1",
            most=str(count),
            value=str(number),
        )
    return number - 1 if number else None
