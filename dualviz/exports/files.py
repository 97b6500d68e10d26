"""Files to take away: a figure as PNG, SVG or PDF, and the laboratory of one picture as a page that stands alone.

The same figure gives the same bytes: no date and no random name goes into a file.
"""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import dualviz
from dualviz import lab
from dualviz.detector import load_detector
from dualviz.exports.about import described, weights_hash
from dualviz.lab.component import Own
from dualviz.lab.lesson import standalone_lessons
from dualviz.lessons import Lesson, lesson_payload
from dualviz.pictures import scenes
from dualviz.trace import DualTrace
from dualviz.words import _, language

if TYPE_CHECKING:  # whoever draws brings Matplotlib
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")


def figure_bytes(
    figure: "Figure", kind: str, dpi: int = 200, said: Mapping[str, str] | None = None
) -> bytes:
    """A figure as a file.

    Args:
        figure: from `dualviz.charts.print`.
        kind: "png", "svg" or "pdf"; type stays type in the last two.
        dpi: pixels per inch of a PNG and of pictures inside the others.
        said: from `dualviz.exports.about`; None for headline and settings alone.

    Returns:
        The same bytes for the same figure; what it says of itself stands in the file's own title and description.
    """
    if kind not in FORMATS:
        raise ValueError(f"kind must be one of {', '.join(FORMATS)}, got {kind!r}")
    title, _line, settings = figure.get_label().partition("\n")
    said = said or {"title": title, "settings": settings}
    words, link = described(said), said.get("link", "")
    metadata: dict[str, Any] = {
        "png": {"Software": dualviz.MADE_BY, "Title": title, "Description": words, "Source": link},
        "svg": {"Creator": dualviz.MADE_BY, "Title": title, "Description": words, "Date": None},
        "pdf": {"Creator": dualviz.MADE_BY, "Title": title, "Subject": words, "CreationDate": None},
    }[kind]
    if kind == "svg" and link:
        metadata["Source"] = link
    file = io.BytesIO()
    figure.savefig(file, format=kind, dpi=dpi, metadata=metadata)
    data = file.getvalue()
    # who does not see it hears its title
    return data.replace(b"<svg ", b'<svg role="img" ', 1) if kind == "svg" else data


def laboratory_html(
    trace: DualTrace,
    g: int | None,
    picture: str = "",
    detector: str = "",
    shown: np.ndarray | None = None,
    weights: str = "",
    origin: str = "",
) -> str:
    """The laboratory of this trace as one stand-alone page, opened at the same knobs and object.

    `shown` is the picture to look at, where that is a finer one than the network saw; `weights` the hash of the detector's
    file; `origin` where its truth comes from, in words.
    """
    classes = None
    if len(trace.class_names) > 20:
        classes = sorted(set(trace.truth.labels.tolist())) or None
    packed = lab.payload(
        trace.image,
        trace.prediction,
        trace.class_names,
        classes=classes,
        name=picture,
        detector=detector,
        shown=shown,
        weights=weights,
    )
    state = {"knobs": lab.knobs_of(trace.setting), "object": g}
    own = trace.truth.boxes.tolist(), trace.truth.labels.tolist()
    return lab.standalone(
        packed,
        state,
        own,
        origin=origin,
        title=_("DualViz laboratory: {picture}", picture=picture or _("picture")),
    )


def lessons_html(lessons: Sequence[Lesson], device: str = "auto") -> str:
    """Lessons as one stand-alone page in the present language."""
    pictures = lesson_pictures(lessons, device)
    return standalone_lessons(pictures, [lesson_payload(one, language()) for one in lessons])


def lesson_pictures(
    lessons: Sequence[Lesson], device: str = "auto"
) -> dict[str, tuple[bytes, Own]]:
    """Payload and truth of the lessons' pictures by "picture detector"; each is looked at and carried once."""
    pictures: dict[str, tuple[bytes, Own]] = {}
    for lesson in lessons:
        name = f"{lesson.picture} {lesson.detector}"
        if name in pictures:
            continue
        detector = load_detector(lesson.detector, device)
        image, truth = scenes.gallery()[lesson.picture]()
        packed = lab.payload(
            image,
            detector.predict(image),
            detector.class_names,
            name=lesson.picture,
            detector=lesson.detector,
            weights=weights_hash(lesson.detector),
            shown=scenes.shown(lesson.picture),
        )
        own = truth.for_classes(detector.class_names).taught if truth else None
        pictures[name] = packed, (own.boxes.tolist(), own.labels.tolist()) if own else ([], [])
    return pictures
