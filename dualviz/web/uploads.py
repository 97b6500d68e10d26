"""Files the user brought to this session: pictures, weights and truth, each named by its content.

The name stands in the link, so whoever is sent one is asked for the same file. A file that cannot be used is one sentence
beside its uploader, and everything else stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dualviz.pictures.content import content_hash
from dualviz.pictures.images import read_image
from dualviz.pictures.truth import Truth, read_truth
from dualviz.web import markup
from dualviz.web.gallery import Picture
from dualviz.words import Sentence, said

PREFIX = "file-"


@dataclass(frozen=True)
class _Kept:
    pictures: dict[str, Picture] = field(default_factory=dict)
    weights: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    truths: dict[str, tuple[str, Truth]] = field(default_factory=dict)
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
    notes: list[Sentence] = []
    image = read_image(data, name, notes)
    picture = Picture(content_id(data), name, image, None, tuple(notes))
    _kept().pictures[picture.id] = picture
    return picture.id


def add_weights(data: bytes, name: str) -> str:
    """Keep weights that could be read; returns their id."""
    _kept().weights[content_id(data)] = (name, data)
    return content_id(data)


def add_truth(data: bytes, name: str, picture: Picture, class_names: tuple[str, ...]) -> str:
    """Read a truth file for a picture and keep it in its own classes; returns the truth's id.

    Raises:
        ValueError: it cannot be read, or has a class that `class_names` lacks.
    """
    truth = read_truth(data, name, picture.size_wh, class_names, picture.name)
    truth.for_classes(class_names)
    _kept().truths[picture.id] = (content_id(data), truth)
    return content_id(data)


def pictures() -> Mapping[str, Picture]:
    """The pictures brought, by id."""
    return _kept().pictures


def weights() -> Mapping[str, tuple[str, bytes]]:
    """The weights brought, by id: name and bytes of the file."""
    return _kept().weights


def truths() -> Mapping[str, tuple[str, Truth]]:
    """The truth brought for a picture, by the picture's id: the truth's own id, and its boxes."""
    return _kept().truths


def content_id(data: bytes) -> str:
    """What a file is called by in a link, whatever its name.

    >>> content_id(b"smear")
    'file-d0a93ef0832b'
    """
    return PREFIX + content_hash(data)


def is_file(wanted: str) -> bool:
    """Whether an id of a link names a file of somebody."""
    return wanted.startswith(PREFIX)


def _kept() -> _Kept:
    if "uploads" not in st.session_state:
        st.session_state["uploads"] = _Kept()
    return st.session_state["uploads"]
