"""Several pictures, and lessons, as one file: each seen by the detector on the table, at the knobs that are set."""

from collections.abc import Collection, Sequence

from dualviz import lab
from dualviz.exports.album import album_html, album_picture
from dualviz.exports.subject import shown_picture
from dualviz.exports.views import file_words
from dualviz.lessons import LESSONS
from dualviz.pictures import scenes
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.web import controls, findings, gallery, session, uploads
from dualviz.web.gallery import Picture
from dualviz.web.session import Subject


def page(pictures: Sequence[str], lessons: Collection[int] = ()) -> str:
    """The file: pictures by their ids, of the gallery or brought by the user, and lessons by their numbers."""
    subject = session.current()
    setting = lab.setting_of(controls.lab_state()["knobs"])
    settings = controls.outputs_state()["settings"]
    made = {}
    for wanted in pictures:
        picture = _picture(wanted)
        shown = shown_picture(
            picture.image,
            _truth(picture, subject),
            subject.detector,
            setting,
            settings,
            size=subject.size,
            picture=picture.name,
            detector=subject.detector.name,
            weights=session.weights(subject.detector_id),
            truth_from=_origin(picture, subject),
        )
        bundled = wanted in gallery.bundled_names()
        name = wanted if bundled else file_words(picture.name)  # as links call it
        made[name] = album_picture(name, picture.name, shown, picture.shown)
    return album_html([*made.values()], [one for one in LESSONS if one.id in lessons])


def _origin(picture: Picture, subject: Subject) -> str:
    """Where its objects come from, in words."""
    if picture.id == subject.picture.id:
        return findings.truth_words()
    return findings.file_or_own(picture.id)


def _picture(wanted: str) -> Picture:
    if wanted in uploads.pictures():
        return uploads.pictures()[wanted]
    if wanted == scenes.RENDERED:
        return gallery.rendered(gallery.scene())
    return gallery.bundled(wanted)


def _truth(picture: Picture, subject: Subject) -> Truth | None:
    """What counts as an object: of the picture on the table as it stands, else its own; None for the detections."""
    if picture.id == subject.picture.id:
        return session.current_truth(subject)
    own = uploads.truths().get(picture.id, (None, picture.truth))[1]
    try:
        return None if own is None else own.for_classes(subject.detector.class_names)
    except ValueError:
        return truth_from_boxes([], [], subject.detector.class_names)
