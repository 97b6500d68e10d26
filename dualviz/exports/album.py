"""One HTML file of several pictures under one detector, with what it says of itself in its body."""

from collections.abc import Sequence

import cv2
import numpy as np

import dualviz
from dualviz import lab
from dualviz.detector import DualPrediction
from dualviz.detector.catalogue import BUNDLED, OFFICIAL
from dualviz.exports.about import PAPER
from dualviz.exports.files import lesson_pictures
from dualviz.exports.shown import ShownPicture
from dualviz.lab.album import AlbumPicture, album
from dualviz.lab.detections import FLOOR
from dualviz.lessons import Lesson, lesson_payload
from dualviz.pictures.truth import Truth
from dualviz.words import _, language

MOST_CLASSES = 12  # of a detector that knows many: those that score best, and those of the truth
WIDEST = 640  # pixels of a picture's longer side, as it is shown


def album_picture(
    name: str, title: str, shown: ShownPicture, fine: np.ndarray | None = None
) -> AlbumPicture:
    """One picture of the file.

    Args:
        name: in the address.
        title: in words.
        shown: both heads on it.
        fine: the same picture finer than the network saw it.
    """
    trace, names = shown.trace, shown.trace.class_names
    classes = _classes(trace.prediction, trace.truth, len(names))
    seen = trace.image if fine is None else fine
    shrink = WIDEST / max(seen.shape[:2])
    if shrink < 1:
        size = round(seen.shape[1] * shrink), round(seen.shape[0] * shrink)
        seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    given = {
        "classes": classes,
        "name": title,
        "detector": shown.detector,
        "shown": seen,
        "weights": shown.weights,
    }
    packed = lab.payload(trace.image, trace.prediction, names, **given)
    lines = shown.origin.lines
    facts = {
        _("Picture"): title,
        _("Detector"): lines.get("detector", ""),
        _("Network input"): lines.get("network input", ""),
        _("Truth"): lines.get("truth", ""),
        _("Classes"): "" if classes is None else ", ".join(names[label] for label in classes),
        _("Weights' licence"): licence_of(shown.detector),
        _("Method"): PAPER,
        _("Made by"): _("{made_by}, MIT licence", made_by=dualviz.MADE_BY),
    }
    known = {key: words for key, words in facts.items() if words}
    own = trace.truth.boxes.tolist(), trace.truth.labels.tolist()
    start, origin = shown.detections.clean["conf"], lines.get("truth", "")
    return AlbumPicture(name, title, packed, own, start, known, origin)


def album_html(pictures: Sequence[AlbumPicture], lessons: Sequence[Lesson] = ()) -> str:
    """The file in the present language; lessons bring their own pictures along."""
    title = _("DualViz: {pictures}", pictures=", ".join(picture.title for picture in pictures))
    given = [lesson_payload(lesson, language()) for lesson in lessons]
    return album(pictures, title, given, lesson_pictures(lessons))


def licence_of(detector: str) -> str:
    """The licence of weights that have one in the catalogue."""
    known = {entry.name: entry.licence for entry in (*BUNDLED, *OFFICIAL)}
    return known.get(detector, _("of whoever made these weights"))


def _classes(prediction: DualPrediction, truth: Truth, count: int) -> list[int] | None:
    """Which classes are carried; None for all."""
    if count <= MOST_CLASSES:
        return None
    best = prediction.one2many.scores.amax(0).maximum(prediction.one2one.scores.amax(0))
    order = [label for label in best.argsort(descending=True).tolist() if best[label] > FLOOR]
    return sorted({*order[:MOST_CLASSES], *truth.labels.tolist()}) or [0]
