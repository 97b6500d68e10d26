"""Choosing a picture by eye: smears, photographs, and sets of this machine or of the reader, as thumbnails with their truth.

A set is searched by class and by how many objects there are, and ordered by crowding or by where the heads disagree most,
which is measured once for a detector and kept. The chosen picture is put on the table with its truth.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import streamlit as st

from dualviz.pictures.archive import refuse_much
from dualviz.pictures.content import content_hash
from dualviz.pictures.photographs import PHOTOGRAPHS, photographs
from dualviz.pictures.search import ORDERS, VARIABLE, Holds, meant, named_sets, set_title
from dualviz.study.disagreement import Apart, ranked, ranking
from dualviz.web import controls, gallery, language, link, markup, reading, session, turns
from dualviz.web.evidence.evaluation import counted
from dualviz.web.gallery import Browsed
from dualviz.web.shelf import SHELF
from dualviz.web.uploads import tell_place
from dualviz.words import _, ngettext, said

SIDE = 320  # pixels of a thumbnail's longer side
SHOWN = 150  # CSS pixels of its width
A_PAGE = 14  # thumbnails
SMEARS, PHOTOS, OWN = "smears", "photographs", "own"
SHOWING = ("laboratory", "detections", "training")  # pages on which the picture is seen


@dataclass(frozen=True)
class Brought:
    """A folder that the reader brought to this session; it goes with it."""

    place: TemporaryDirectory
    among: Browsed
    key: str


def part(page: str) -> None:
    """Open the pictures where the sidebar was asked for them; `page` is the one that is seen."""
    if link.opens("browse"):
        st.dialog(_("Pictures"), width="large")(partial(_dialog, page))()


def ask() -> None:
    """A button that opens the pictures."""
    st.button(
        _("Browse pictures"),
        icon=":material/photo_library:",
        key="browse pictures",
        on_click=link.open_part,
        args=("browse",),
    )


def _dialog(page: str) -> None:
    """A source, and what it offers."""
    language.begin()  # a fragment runs without the frame
    with turns.turn():
        sets = {name: set_title(path) for name, path in named_sets().items()}
        sources = {SMEARS: _("Smears"), PHOTOS: _("Photographs")}
        sources |= sets | {OWN: _("A folder of yours")}
        which = controls.row(
            _("Pictures from"),
            sources,
            default=SMEARS,
            label_visibility="collapsed",
            key="browse source",
        )
        if which == SMEARS:
            _listed(gallery.bundled_names(), gallery.bundled, page)
        elif which == PHOTOS:
            _photographs(page)
        elif which == OWN:
            _own(page)
        else:
            try:
                among = gallery.browsed_set(which)
            except (ValueError, OSError) as error:
                st.error(markup.plain(said(error)), icon=":material/error:")
                return
            _set(which, among, lambda one: _take(gallery.set_picture_id(which, one.index), page))


# ── single pictures ──


def _listed(names: dict[str, str], read: Callable[[str], gallery.Picture], page: str) -> None:
    with st.container(horizontal=True):
        for name, words in names.items():
            picture = read(name)
            boxes = picture.truth.boxes.numpy() if picture.truth else np.zeros((0, 4))
            make = partial(thumbnail, picture.image, boxes)
            image = SHELF.get(make, _("Reading the picture …"), "thumbnail", name)
            if _card(name, image, words):
                _take(name, page)


def _photographs(page: str) -> None:
    """Those of other packages, and what would bring the rest."""
    there = photographs()
    if there:
        _listed(gallery.photograph_names(), gallery.photograph, page)
        sources = "; ".join(f"{one.title}: {one.source}" for one in there.values())
        st.caption(markup.plain(sources))
    absent = [one for name, one in PHOTOGRAPHS.items() if name not in there]
    for package in dict.fromkeys(one.package for one in absent):
        titles = ", ".join(str(one.title) for one in absent if one.package == package)
        st.info(
            _("`pip install {package}` brings: {pictures}.", package=package, pictures=titles),
            icon=":material/info:",
        )


def _take(picture_id: str, page: str) -> None:
    """Put a picture on the table, under a detector that knows its objects, and show it."""
    link.change(pic=picture_id, gt=None, truth=None)
    controls.forget_objects()
    _see(page)


def _see(page: str) -> None:
    picture = session.current_picture()
    if better := _fitting(picture):
        link.change(det=better)
    if page in SHOWING:
        st.rerun()
    st.switch_page("dualviz/web/pages/laboratory.py")


def _fitting(picture: gallery.Picture) -> str | None:
    """A detector that knows a picture's objects, where the present one knows none of them."""
    truth = session.own_truth(picture)
    if truth is None or not len(truth):
        return None

    def knows(names: Sequence[str]) -> bool:
        return bool(len(truth.among(names)))

    if knows(session.current_detector()[0].class_names):
        return None
    named = {name: session.class_names(name) for name in session.detector_names()}
    return next((name for name, classes in named.items() if knows(classes)), None)


# ── sets ──


def _own(page: str) -> None:
    """A folder of the reader's: its pictures and their truth, in any form that a set has."""
    files = st.file_uploader(
        _("A folder with pictures and their truth: COCO, YOLO or PASCAL VOC"),
        accept_multiple_files="directory",
        key="browse folder",
    )
    if not files:
        st.caption(
            _(
                "It stays in this session. Sets that lie on the machine of DualViz are offered to everybody here when {variable} names them.",
                variable=VARIABLE,
            )
        )
        return
    key = content_hash(repr([(file.name, file.size, file.file_id) for file in files]).encode())
    brought = st.session_state.get("browse brought")
    if brought is None or brought.key != key:
        try:
            brought = _laid_down(files, key)
        except (ValueError, OSError) as error:
            st.error(markup.plain(said(error)), icon=":material/error:")
            return
        st.session_state["browse brought"] = brought

    def take(one: Holds) -> None:
        file = brought.among.folder.file(one.index)
        picture = brought.among.picture(one.index, "")
        session.take_labelled(file.read_bytes(), picture)
        _see(page)

    _set(f"own-{key}", brought.among, take)


def _laid_down(files: Sequence[Any], key: str) -> Brought:
    """The reader's files as they lay in their folder, on this machine for as long as the session lasts."""
    refuse_much([(file.name, file.size) for file in files], _("the folder"))
    place = TemporaryDirectory(prefix="dualviz-")
    root = Path(place.name)
    for file in files:
        steps = [
            step for step in PurePosixPath(file.name.replace("\\", "/")).parts if step.strip("./")
        ]
        path = root.joinpath(*steps) if steps else root / "file"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.getvalue())
    inner = list(root.iterdir())
    home = inner[0] if len(inner) == 1 and inner[0].is_dir() else root
    try:
        opened, _absent = reading.labelled_set(home, root, tell_place)
        return Brought(place, gallery.browsed(opened, home.name), key)
    except ValueError as error:
        raise ValueError(said(error).replace(f"{root}/", "")) from error


def _set(name: str, among: Browsed, take: Callable[[Holds], None]) -> None:
    """Search, order, and the pictures that are meant, some at a time."""
    held = among.held
    counts = Counter(label for one in held for label in one.classes)
    left, middle, right = st.columns(3)
    wanted = left.selectbox(
        _("With an object of class"),
        ["", *sorted(counts, key=lambda label: (-counts[label], label))],
        format_func=lambda label: f"{label} ({counts[label]})" if label else _("any"),
        key=f"browse class {name}",
    )
    most = max((one.objects for one in held), default=0)
    low, high = 0, most
    if most:
        low, high = middle.slider(_("Objects"), 0, most, (0, most), key=f"browse count {name}")
    order = right.selectbox(
        _("Order"), list(ORDERS), format_func=ORDERS.get, key=f"browse order {name}"
    )
    apart: list[Apart] | None = None
    if order == "apart":
        apart = _ranked(among)
        if apart is None:
            return
    asked_for = meant(held, wanted, low, high, order, [one.excess for one in apart or ()])
    words = ngettext(
        "{n} picture of {all} in {set}", "{n} pictures of {all} in {set}", len(asked_for), all=len(held), set=among.title
    )  # fmt: skip
    left, right = st.columns((3, 1), vertical_alignment="center")
    left.caption(markup.plain(words))
    if not asked_for:
        return
    pages, first = -(-len(asked_for) // A_PAGE), 0
    if pages > 1:
        page = right.number_input(_("Page, of {n}", n=pages), 1, pages, key=f"browse page {name}")
        first = page - 1
    with st.container(horizontal=True):
        for one in asked_for[first * A_PAGE : (first + 1) * A_PAGE]:
            make = partial(_of_set, among, one.index)
            key = f"{name}.{one.index}"
            image = SHELF.get(make, _("Reading the picture …"), "thumbnail", key)
            more = apart_words(apart[one.index]) if apart else ""
            if _card(key, image, holds_words(one), more):
                take(one)


def _ranked(among: Browsed) -> list[Apart] | None:
    """How far the heads disagree on each picture: kept, or measured when it is asked for."""
    detector, detector_id = session.current_detector()
    size = session.current_size()
    known = session.weights(detector_id)
    if (apart := ranked(among.folder, known, size)) is not None:
        return apart
    words = ngettext(
        "{detector} has to look at {n} picture first; the answer is kept.",
        "{detector} has to look at all {n} pictures first; the answer is kept.",
        len(among.folder),
        detector=detector.name,
    )
    st.info(markup.plain(words), icon=":material/info:")
    if not st.button(_("Measure"), type="primary", icon=":material/play_arrow:", key="browse rank"):
        return None
    try:
        with turns.aside():
            return ranking(detector, among.folder, known, size, counted)
    except (ValueError, OSError) as error:
        st.error(markup.plain(said(error)), icon=":material/error:")
        return None


def holds_words(one: Holds) -> str:
    """What a picture holds, the most frequent class first.

    >>> holds_words(Holds(0, "a.jpg", {"cat": 1, "dog": 3, "cup": 1}, 0.0))
    'dog × 3, cat …'
    """
    counts = sorted(one.classes.items(), key=lambda pair: -pair[1])
    words = ", ".join(f"{name} × {n}" if n > 1 else name for name, n in counts[:2])
    return words + " …" if len(counts) > 2 else words or _("no objects")


def apart_words(one: Apart) -> str:
    """How far the heads disagree on a picture."""
    return ngettext(
        "{missed} of {n} pick not first, gap {excess} above its floor",
        "{missed} of {n} picks not first, gap {excess} above its floor",
        one.picked,
        missed=one.missed,
        excess=f"{one.excess:.2f}",
    )


# ── thumbnails ──


def _card(key: str, image: bytes, words: str, more: str = "") -> bool:
    """A thumbnail with its button; whether it was pressed."""
    with st.container(width=SHOWN, key=f"thumbnail {key}"):
        st.image(image, width=SHOWN)
        pressed = st.button(markup.plain(words), key=f"browse {key}", width="stretch")
        if more:
            st.caption(more)
    return pressed


def _of_set(among: Browsed, index: int) -> bytes:
    labelled = among.folder[index]
    return thumbnail(labelled.image, labelled.boxes[~labelled.ignore])


def thumbnail(image: np.ndarray, boxes: np.ndarray) -> bytes:
    """A small JPEG of a picture (H, W, 3) RGB, with the boxes (G, 4) of its objects on it."""
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    for x1, y1, x2, y2 in (np.asarray(boxes, float) * scale).round().astype(int).tolist():
        for ink, thick in (((17, 17, 17), 3), ((255, 255, 255), 1)):
            cv2.rectangle(small, (x1, y1), (x2, y2), ink, thick)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()
