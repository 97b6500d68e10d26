"""Files the user brought to this session: pictures, weights and truth, each named by its content.

The name stands in the link, so whoever is sent one is asked for the same file. A file that cannot be used is one sentence
beside its uploader, and everything else stays. A session keeps what its files are called; pictures and detectors stand on
the shelf that all sessions share, which knows no names and lets go of them soon after the tab has closed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Timer
from typing import Any
from uuid import uuid4

import streamlit as st

from dualviz.detector import Detector
from dualviz.detector.checkpoint import Checkpoint
from dualviz.pictures.content import content_id
from dualviz.pictures.truth import Truth
from dualviz.web import markup, reading
from dualviz.web.gallery import Picture
from dualviz.web.shelf import SHELF
from dualviz.words import Sentence, _, ngettext, said

GRACE = 30.0  # seconds after a tab has closed: a reload or a lost network is back by then


@dataclass(frozen=True)
class _Kept:
    session: str = field(default_factory=lambda: uuid4().hex)
    pictures: dict[str, tuple[str, tuple[Sentence | str, ...]]] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    truths: dict[str, tuple[str, Truth]] = field(default_factory=dict)
    truth_files: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    faults: dict[str, ValueError] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)


def bring(kind: str, upload: Any, take: Callable[[bytes, str], None]) -> None:
    """Take a file once; what is wrong with it is one sentence beside the uploader, and everything else stays.

    Args:
        kind: which uploader.
        upload: what it returned, None where it is empty.
        take: reads bytes and name; raises ValueError with the sentence.
    """
    kept = _kept()
    if upload is None:
        kept.faults.pop(kind, None)
        kept.seen.pop(kind, None)
        return
    if kept.seen.get(kind) != upload.file_id:
        kept.seen[kind] = upload.file_id
        kept.faults.pop(kind, None)
        try:
            take(upload.getvalue(), upload.name)
        except ValueError as error:
            kept.faults[kind] = error
        else:
            st.rerun()  # the boxes above name what is on the table now
    if fault := kept.faults.get(kind):
        st.error(markup.plain(said(fault)), icon=":material/error:")


def add_picture(data: bytes, name: str) -> str:
    """Read a picture and keep it; returns its id."""
    picture_id, kept = content_id(data), _kept()
    pixels, notes = reading.picture(data, name, tell_place)
    SHELF.put(pixels, "picture", picture_id)
    SHELF.hold(kept.session, picture_id)
    kept.pictures[picture_id] = name, tuple(notes)
    return picture_id


def add_weights(data: bytes, name: str, load: Callable[[Checkpoint], Detector]) -> str:
    """Read weights and keep the detector that `load` makes of them; returns their id. Nothing in the file is executed."""
    weights_id, kept = content_id(data), _kept()
    if SHELF.find("detector", weights_id) is None:
        checkpoint = reading.weights(data, name, tell_place)
        SHELF.get(lambda: load(checkpoint), _("Reading the weights …"), "detector", weights_id)
    SHELF.hold(kept.session, weights_id)
    kept.weights[weights_id] = name
    return weights_id


def add_truth(data: bytes, name: str, picture: Picture, class_names: tuple[str, ...]) -> str:
    """Read a truth file for a picture and keep it in its own classes; returns the truth's id.

    Raises:
        ValueError: it cannot be read, or has a class that `class_names` lacks.
    """
    truth = reading.truth(
        data,
        name,
        tell_place,
        image_wh=picture.size_wh,
        class_names=class_names,
        picture=picture.name,
    )
    truth.for_classes(class_names)
    truth_id, kept = content_id(data), _kept()
    kept.truths[picture.id] = truth_id, truth
    kept.truth_files[truth_id] = name
    return truth_id


def keep_truth(picture_id: str, truth: Truth) -> None:
    """Keep the truth that came with a picture of a folder of one's own, all its classes, under a name of its content."""
    _kept().folders.add(picture_id)
    content = repr((truth.boxes.tolist(), truth.labels.tolist(), truth.class_names))
    _kept().truths[picture_id] = (content_id(content.encode()), truth)


def is_of_folder(picture_id: str) -> bool:
    """Whether a picture came with a folder of one's own, whose classes no single detector need know."""
    return picture_id in _kept().folders


def pictures() -> Mapping[str, Picture]:
    """The pictures brought and still here, by id."""
    here = {}
    for picture_id, (name, notes) in _kept().pictures.items():
        if (pixels := SHELF.find("picture", picture_id)) is not None:
            here[picture_id] = Picture(picture_id, name, pixels, None, notes)
    return here


def weights() -> Mapping[str, tuple[str, Detector]]:
    """The weights brought and still here, by id: name of the file, and its detector."""
    here = {}
    for weights_id, name in _kept().weights.items():
        if (detector := SHELF.find("detector", weights_id)) is not None:
            here[weights_id] = name, detector
    return here


def dropped() -> dict[str, str]:
    """What was brought and had to make room since: names of files by id."""
    kept = _kept()
    names = {key: name for key, (name, _notes) in kept.pictures.items()} | kept.weights
    here = pictures().keys() | weights().keys()
    return {key: name for key, name in names.items() if key not in here}


def truths() -> Mapping[str, tuple[str, Truth]]:
    """The truth brought for a picture, by the picture's id: the truth's own id, and its boxes."""
    return _kept().truths


def truth_file(picture_id: str) -> str:
    """The name of the file that was brought as a picture's truth; "" where the truth came with the picture."""
    kept = _kept()
    truth_id, _truth = kept.truths.get(picture_id, ("", None))
    return kept.truth_files.get(truth_id, "")


def tell_place(files: int) -> None:
    """Say how many files come before this one."""
    st.toast(
        ngettext(
            "In line: {n} file is read before yours.",
            "In line: {n} files are read before yours.",
            files,
        ),
        icon=":material/hourglass:",
    )


def sit_down() -> None:
    """Take or keep this session's seat: as long as it has one, what it brought stays."""
    _seat(_kept().session)


def _kept() -> _Kept:
    kept = st.session_state.get("uploads")
    if kept is None:
        kept = st.session_state["uploads"] = _Kept()
        _seat(kept.session)
    return kept


def _left(session: str) -> None:
    """A tab has closed: unless it comes back, what only it had brought goes."""
    timer = _leaving[session] = Timer(GRACE, SHELF.leave, (session,))
    timer.daemon = True
    timer.start()


_leaving: dict[str, Timer] = {}


@st.cache_resource(scope="session", show_spinner=False, on_release=_left)
def _seat(session: str) -> str:
    """Stands as long as the tab is open; one that comes back in time sits down again."""
    if timer := _leaving.pop(session, None):
        timer.cancel()
    return session
