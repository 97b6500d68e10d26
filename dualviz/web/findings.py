"""What a session has found out: agreement over a picture or a set, and what both heads are taught, kept until a knob turns.

Pages come here for what costs more than a glance. Networks run once per picture; a turned knob costs only the matching.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from dualviz import lab
from dualviz.exports.about import ORIGINS, of_file
from dualviz.exports.detections import ShownDetections
from dualviz.exports.shown import ShownPicture
from dualviz.exports.subject import SETS, set_pictures
from dualviz.pictures.truth import Truth
from dualviz.study.alignment import Survey, survey
from dualviz.study.targets import Targets, head_targets, raw_outputs
from dualviz.trace import Setting, trace_prediction
from dualviz.web import controls, link, session, uploads
from dualviz.web.session import Subject
from dualviz.web.shelf import SHELF
from dualviz.words import _


def current_survey(subject: Subject, which: str = "this") -> Survey:
    """Agreement over all objects of this picture, or of a set of smears under the same detector and knobs.

    Args:
        subject: what is on the table.
        which: a key of `SETS`.

    Raises:
        ValueError: the detector does not know the classes of the set.
    """
    state = controls.lab_state()
    setting = lab.setting_of(state["knobs"])
    if which != "this":
        return _set_surveyed(which, subject, setting)
    truth = session.current_truth(subject)
    table = str((truth.boxes.tolist(), truth.labels.tolist()))
    return SHELF.get(
        lambda: survey([session.current_trace(subject)], setting),
        _("Measuring agreement …"),
        *("survey", subject.picture.id, subject.detector_id, subject.size, table, setting),
    )


def current_targets(subject: Subject) -> dict[str, Targets]:
    """What the present assignment teaches both heads."""
    raw = SHELF.get(
        lambda: raw_outputs(subject.detector, subject.picture.image, subject.size),
        _("Both heads look again …"),
        *("outputs", subject.picture.id, subject.detector_id, subject.size),
    )
    return head_targets(session.current_trace(subject), raw)


def shown_picture(
    g: int | None = None, which: str = "this", **options: Mapping[str, Any]
) -> ShownPicture:
    """What is on the table, as every view of a picture is drawn from it.

    Args:
        g: index of the object looked at; None for none.
        which: what agreement is surveyed over, a key of `SETS`.
        options: by view, what else is chosen for its figure.
    """
    subject, outputs = session.current(), controls.outputs_state()
    traced = session.current_trace(subject)
    names = {"picture": subject.picture.name, "detector": subject.detector.name}
    detections = ShownDetections(
        subject.picture.image,
        subject.prediction,
        traced.truth,
        outputs["settings"],
        outputs["view"]["step"],
        **names,
    )
    return ShownPicture(
        traced,
        g,
        detections,
        survey=partial(current_survey, subject, which),
        targets=partial(current_targets, subject),
        over=set_name(which) or "",
        options=options,
        weights=session.weights(subject.detector_id),
        truth_from=truth_words(),
        **names,
    )


def set_name(which: str) -> str | None:
    """A set of `SETS` in words; None for the picture on the table."""
    return None if which == "this" else SETS[which]


def truth_words() -> str:
    """Where the objects come from that count, where they are no detections."""
    if controls.lab_state()["truth"] is not None:
        return ORIGINS["drawn"]
    if link.value("truth", "own") == "none":
        return ORIGINS["none"]
    return file_or_own(session.current_picture().id)


def origin(subject: Subject, truth: Truth) -> str:
    """Where a truth comes from that a live part is given: the subject's own, or what counts now."""
    if truth.stand_in:
        return truth.words
    return file_or_own(subject.picture.id) if truth is subject.truth else truth_words()


def file_or_own(picture_id: str) -> str:
    """Where a picture's own objects come from: the file that was brought, or the picture."""
    file = uploads.truth_file(picture_id)
    return of_file(file) if file else ORIGINS["own"]


def _set_surveyed(which: str, subject: Subject, setting: Setting) -> Survey:
    names, key = subject.detector.class_names, (which, subject.detector_id, subject.size)

    def measure() -> Survey:
        return survey(
            [
                trace_prediction(image, truth, seen, names, setting)
                for image, truth, seen in _predicted_set(which, subject)
            ],
            setting,
        )

    return SHELF.get(measure, _("Measuring agreement over the set …"), "survey", *key, setting)


def _predicted_set(which: str, subject: Subject) -> list:
    detector, size = subject.detector, subject.size

    def predict() -> list:
        pictures = set_pictures(which)
        pictures[0][1].for_classes(detector.class_names)  # refuses before the network runs
        return [(image, truth, detector.predict(image, size)) for image, truth in pictures]

    words = _("Both heads look at the set …")
    return SHELF.get(predict, words, "predictions", which, subject.detector_id, size)
