"""The present subject: picture, detector, prediction and truth on the table, and their trace under the knobs that are set.

Pages come here for what they show. Everything expensive is cached per picture and detector, so that turning a knob never
runs the network.
"""

import gc
import os
from collections.abc import Mapping
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from threading import local
from time import perf_counter

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from dualviz import lab
from dualviz.charts.palette import DARK, LIGHT, Palette
from dualviz.detector import Detector, DualPrediction, load_detector
from dualviz.detector.catalogue import available, present
from dualviz.exports.about import ORIGINS, weights_hash
from dualviz.lab import detections as lab_detections
from dualviz.pictures import scenes
from dualviz.pictures.content import PREFIX, is_file
from dualviz.pictures.truth import Truth, truth_from_boxes, truth_from_detections
from dualviz.postprocess import nms_free
from dualviz.trace import DualTrace, trace_prediction
from dualviz.web import controls, gallery, link, markup, turns, uploads
from dualviz.web.gallery import Picture
from dualviz.web.shelf import SHELF
from dualviz.words import _, said

MOST_DETECTED = 120  # classes that the live detections carry: each is 8 bytes an anchor
FEWEST = 3  # classes that the laboratory carries: COCO pictures of 17 objects take 0.5 to 0.6 MB at 640 px
_run = local()  # of this run's thread, which ends with it
SIZES = (None, 224, 320, 416, 640, 960, 1280)


@dataclass(frozen=True)
class Subject:
    """What is on the table: a picture, a detector, what it predicts, and the truth it is held against.

    Attributes:
        truth: in the detector's classes; its boxes are the picture's own, the detector's output, or none.
        notes: sentences for the page, as Markdown, for instance why a truth cannot be used.
        prediction_ms: milliseconds of the forward pass, when it was run.
    """

    picture: Picture
    detector: Detector
    detector_id: str
    size: int | None
    prediction: DualPrediction
    prediction_ms: float
    truth: Truth
    notes: tuple[str, ...]

    @property
    def id(self) -> str:
        """Names picture, detector and size: what predictions and payloads are cached by."""
        return f"{self.picture.id}|{self.detector_id}|{self.size}"

    @property
    def side(self) -> int:
        """Longer side of the network's input, in pixels."""
        return self.size or self.detector.size


# ── what is on the table ──


def current_picture() -> Picture:
    """The chosen picture; the first one where the link names a file that is not here."""
    first = gallery.first_picture()
    wanted = link.value("pic", first)
    if (own := uploads.pictures().get(wanted)) is not None:
        return own
    if wanted == scenes.RENDERED:
        return gallery.rendered(gallery.scene())
    if wanted in gallery.photograph_names():
        return gallery.photograph(wanted)
    if one := gallery.set_picture(wanted):
        return one
    return gallery.bundled(wanted if wanted in gallery.bundled_names() else first)


def linked(*apart: str) -> dict[str, str]:
    """What the link says, the picture always by name, without the names in `apart`."""
    state = {"pic": current_picture().id, **link.whole()}
    return {name: text for name, text in state.items() if name not in apart}


def current_detector() -> tuple[Detector, str]:
    """The chosen detector and its id; the first bundled one where the link names weights that are not here."""
    wanted, own = link.value("det", ""), uploads.weights()
    if wanted in own:
        return _named(*own[wanted]), wanted
    chosen = present(wanted).name
    return _named_detector(chosen), chosen


def current_size() -> int | None:
    """The chosen longer side of the network's input; None for that of the weights."""
    return next((size for size in SIZES if str(size) == link.value("net", "None")), None)


def weights(detector_id: str) -> str:
    """The hash of a detector's file."""
    own = is_file(detector_id)
    return detector_id.removeprefix(PREFIX) if own else weights_hash(detector_id)


def class_names(detector_id: str) -> tuple[str, ...]:
    """The classes of a detector that can be chosen."""
    if detector_id in uploads.weights():
        return tuple(uploads.weights()[detector_id][1].class_names)
    return tuple(_named_detector(detector_id).class_names)


def current() -> Subject:
    """Picture, detector, prediction and truth of this session, all from caches after the first run."""
    # a smear to be rendered waits in line once, for all that has to be done with it
    with turns.work() if gallery.is_unseen(link.value("pic", "")) else nullcontext():
        picture = current_picture()
        detector, detector_id = current_detector()
        size = current_size()
        prediction, milliseconds = _predicted(picture, detector, detector_id, size)
    names, notes = detector.class_names, list(map(markup.plain, picture.notes))
    own = own_truth(picture)
    choice = link.value("truth", "own")
    truth = truth_from_boxes([], [], names)
    if choice == "detections":
        head = prediction.one2one
        truth = truth_from_detections(nms_free(head.boxes, head.scores), names, picture.size_wh)
    elif choice == "own" and own is not None:
        try:
            own = _fitted(picture, own, names)
            truth = own.for_classes(names).taught
        except ValueError as error:
            fault = said(error)
            notes.append(
                markup.plain(_("This picture's truth cannot be used: {fault}.", fault=fault))
            )
        notes += map(markup.plain, own.notes)
    code = controls.lab_state()["truth"]
    if code is not None and _drawn(picture, len(names)) is None:
        notes.append(
            _(
                "The link's drawn truth (t) is damaged, or of another picture or detector: it is not shown."
            )
        )
    likely = len(names) > MOST_DETECTED and len(_detectable(prediction))
    if likely > MOST_DETECTED:
        notes.append(
            _(
                "{n} classes score somewhere above {floor} here: the live pages carry the {most} that score best, and those of the truth.",
                n=likely,
                floor=lab_detections.FLOOR,
                most=MOST_DETECTED,
            )
        )
    return Subject(
        picture, detector, detector_id, size, prediction, milliseconds, truth, tuple(notes)
    )


def fixed(picture_name: str, detector_name: str) -> Subject:
    """A bundled picture under a bundled detector, whatever is on the table: for pages that always show the same."""
    picture, detector = gallery.bundled(picture_name), _named_detector(detector_name)
    prediction, milliseconds = _predicted(picture, detector, detector_name, None)
    own = picture.truth or truth_from_boxes([], [], detector.class_names)
    truth = own.for_classes(detector.class_names).taught
    return Subject(picture, detector, detector_name, None, prediction, milliseconds, truth, ())


def own_truth(picture: Picture) -> Truth | None:
    """The picture's truth in its own classes: of an uploaded file, which the link then names, or that it came with."""
    truth_id, truth = uploads.truths().get(picture.id, (None, picture.truth))
    if truth_id:
        link.change(gt=truth_id)
    return truth


def truth_for(subject: Subject, names: tuple[str, ...]) -> Truth:
    """The truth that counts in the classes of another detector than the subject's.

    Raises:
        ValueError: it has a class that `names` lacks.
    """
    own = own_truth(subject.picture)
    drawn = _drawn(subject.picture, len(subject.detector.class_names))
    if drawn is None and link.value("truth", "own") == "own" and own is not None:
        own = _fitted(subject.picture, own, names)
        return own.for_classes(names).taught
    return current_truth(subject).for_classes(names)


def _fitted(picture: Picture, truth: Truth, names: tuple[str, ...]) -> Truth:
    """The truth of a set's picture without objects of classes that a detector lacks; any other as it is."""
    of_set = gallery.is_of_set(picture.id) or uploads.is_of_folder(picture.id)
    return truth.among(names) if of_set else truth


def current_truth(subject: Subject) -> Truth:
    """The truth that counts: what the user drew in the laboratory, or else the subject's own."""
    drawn = _drawn(subject.picture, len(subject.detector.class_names))
    if drawn is None:
        return subject.truth
    boxes, labels = drawn
    return truth_from_boxes(boxes.tolist(), labels.tolist(), subject.detector.class_names)


def _drawn(picture: Picture, classes: int) -> tuple[np.ndarray, np.ndarray] | None:
    code, (width, height) = controls.lab_state()["truth"], picture.size_wh
    if code is None:
        return None
    return lab.decode_truth(code, lab.quantum(width, height), (width, height), classes)


def current_trace(subject: Subject) -> DualTrace:
    """Both heads' matching on the present picture, truth and knobs: Python's own word, said once a run."""
    truth, last = current_truth(subject), getattr(_run, "trace", None)
    setting = lab.setting_of(controls.lab_state()["knobs"])
    if (
        last is None
        or last.prediction is not subject.prediction
        or last.setting != setting
        or not torch.equal(last.truth.boxes, truth.boxes)
        or not torch.equal(last.truth.labels, truth.labels)
    ):
        names, image = subject.detector.class_names, subject.picture.image
        _run.trace = trace_prediction(image, truth, subject.prediction, names, setting)
    return _run.trace


def colours() -> Palette:
    """The palette of the theme the page is seen in."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def packed(subject: Subject, every: bool = False, least: int = FEWEST) -> bytes:
    """The payload of this subject; above 20 classes with those of the truth, or `every` one detectable.

    Args:
        least: classes that are carried in any case, the best-scored; another comes when an object is given it.
    """
    names, classes = subject.detector.class_names, None
    if len(names) > lab.MOST_CLASSES:
        if every:
            likely = _detectable(subject.prediction)[:MOST_DETECTED]
        else:
            likely = subject.prediction.one2one.scores.amax(0).argsort(descending=True)
        drawn = _drawn(subject.picture, len(names))
        labels = subject.truth.labels.tolist() + (drawn[1].tolist() if drawn else [])
        if not every:
            likely = likely[: max(0, least - len({*labels}))]
        classes = tuple(sorted({*likely.tolist(), *labels})) or (0,)
    picture, detector = subject.picture, subject.detector
    packed = _packed(
        picture, detector, subject.detector_id, subject.size, subject.prediction, classes
    )
    return lab.named(packed, picture.name, detector.name)


def _detectable(prediction: DualPrediction) -> Tensor:
    """Labels that some anchor of either head scores above the detections' floor, the best-scored first."""
    best = prediction.one2many.scores.amax(0).maximum(prediction.one2one.scores.amax(0))
    order = best.argsort(descending=True)
    return order[best[order] > lab_detections.FLOOR]


# ── put on the table ──


def take_picture(data: bytes, name: str) -> None:
    """Read an uploaded picture and put it on the table."""
    _put("pic", uploads.add_picture(data, name), gt=None)


def take_weights(data: bytes, name: str) -> None:
    """Read uploaded weights and put the detector on the table; nothing in the file is executed.

    Raises:
        ValueError: no weights, which are then not kept.
    """
    _put(
        "det", uploads.add_weights(data, name, lambda read: _settled(Detector(read, "own weights")))
    )


def take_labelled(data: bytes, picture: Picture) -> None:
    """Put a picture of a folder of one's own on the table, with its truth."""
    picture_id = uploads.add_picture(data, Path(picture.name).name)
    assert picture.truth is not None
    uploads.keep_truth(picture_id, picture.truth)
    link.change(pic=picture_id, gt=None, truth=None)
    controls.forget_objects()


def take_truth(data: bytes, name: str) -> None:
    """Read a truth file for the present picture."""
    names = current_detector()[0].class_names
    _put("gt", uploads.add_truth(data, name, current_picture(), names), truth=None)


def show(values: Mapping[str, str]) -> None:
    """Put on the table what a link says, as if it had been opened; what the user brought stays within reach."""
    link.replace(values)
    controls.follow_link()


def _put(name: str, file_id: str, **others: None) -> None:
    if file_id != link.value(name, ""):
        link.change(**{name: file_id}, **others)
        controls.forget_objects()


# ── what can be chosen ──


def truths() -> dict[str, str]:
    """What can count as an object, by the word of the link."""
    return {
        "own": ORIGINS["own"],
        "detections": _("the detector's output"),
        "none": _("none: draw it"),
    }


def picture_names() -> dict[str, str]:
    """Ids and words of all pictures that can be chosen."""
    own = {picture.id: picture.name for picture in uploads.pictures().values()}
    of_set = gallery.set_picture(link.value("pic", ""))
    listed = {of_set.id: of_set.name} if of_set else {}
    smears = gallery.bundled_names() | {scenes.RENDERED: _("Rendered smear")}
    return smears | gallery.photograph_names() | listed | own


def detector_names() -> dict[str, str]:
    """Ids and words of all detectors that can be chosen."""
    own = {key: name for key, (name, _detector) in uploads.weights().items()}
    return {entry.name: entry.title for entry in available()} | own


# ── caches ──


def _named_detector(name: str) -> Detector:
    return SHELF.get(
        lambda: _settled(load_detector(name)), _("Loading the detector …"), "detector", name
    )


def _named(name: str, detector: Detector) -> Detector:
    """A detector under the name of its file in this session: the shelf is every session's and knows no names."""
    detector = copy(detector)
    detector.name = Path(name).stem
    return detector


def _settled(detector: Detector) -> Detector:
    """Take the loaded libraries out of garbage collection, and give a network one thread: more make the others wait."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
    return detector


def _predicted(
    picture: Picture, detector: Detector, detector_id: str, size: int | None
) -> tuple[DualPrediction, float]:
    def predict() -> tuple[DualPrediction, float]:
        began = perf_counter()
        prediction = detector.predict(picture.image, size)
        milliseconds = 1e3 * (perf_counter() - began)
        if len(detector.class_names) <= lab.MOST_CLASSES:  # all pages show the same payload
            _packed(picture, detector, detector_id, size, prediction, None)
        return prediction, milliseconds

    words = _("Both heads look at the picture …")
    return SHELF.get(predict, words, "prediction", picture.id, detector_id, size)


def _packed(
    picture: Picture,
    detector: Detector,
    detector_id: str,
    size: int | None,
    prediction: DualPrediction,
    classes: tuple[int, ...] | None,
) -> bytes:
    """The payload without the names that this session calls picture and detector by."""
    words = _("Packing what both heads say …")
    key = "payload", picture.id, detector_id, size, classes
    return SHELF.get(
        lambda: lab.payload(
            picture.image,
            prediction,
            detector.class_names,
            classes,
            shown=picture.shown,
            weights=weights(detector_id),
        ),
        words,
        *key,
    )
