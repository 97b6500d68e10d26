"""What a session holds: pictures, detectors and truth the user brought, the laboratory's state, and the link to it all.

Pages come here for the present `Subject` and its trace and go nowhere else. Everything expensive is cached per picture
and detector, so that turning a knob never runs the network.
"""

import gc
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import streamlit as st

from dualviz import lab
from dualviz.charts.palette import DARK, LIGHT, Palette
from dualviz.detector import (
    Detector,
    DualPrediction,
    detector_from_bytes,
    load_detector,
)
from dualviz.detector.catalogue import available
from dualviz.images import read_image
from dualviz.lab import outputs as lab_outputs
from dualviz.postprocess import nms_free
from dualviz.scenes import RANGES, Scene, gallery, render
from dualviz.trace import DualTrace, trace_prediction
from dualviz.truth import Truth, read_truth, truth_from_boxes, truth_from_detections

FIRST_PICTURE = "crowded"
RENDERED = "rendered"
SCENE_SLIDERS = (
    "red_cells",
    "white_cells",
    "platelets",
    "crowding",
    "overlap",
    "size",
    "blur",
    "stain",
    "seed",
)
TRUTHS = {"own": "of the picture", "detections": "the detector's output", "none": "none: draw it"}
SIZES = (None, 224, 320, 416, 640, 960, 1280)
LAB_LETTERS = ("a", "b", "r", "k", "a1", "b1", "lock", "shared", "mode", "o", "t", "v")


@dataclass(frozen=True)
class Picture:
    """A picture the session can show: an id for the link, words for the page, uint8 (H, W, 3) RGB, truth if it has any."""

    id: str
    name: str
    image: np.ndarray
    truth: Truth | None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True)
class Subject:
    """What is on the table: a picture, a detector, what it predicts, and the truth it is held against.

    Attributes:
        truth: in the detector's classes; its boxes are the picture's own, the detector's output, or none.
        notes: sentences for the page, for instance why a truth cannot be used.
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


# ── the link ──


def link(name: str, default: str) -> str:
    """A value of the link this session was opened with, or what it has become since."""
    return _memory().link.get(name, default)


def set_link(**values: str | None) -> None:
    """Change the link; None takes a name out. `write_link` shows it in the address bar."""
    known = _memory().link
    for name, value in values.items():
        known.pop(name, None) if value is None else known.update({name: value})


def write_link() -> None:
    """Bring the address bar up to date, once a run and only where something changed."""
    wanted = _memory().link
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


@dataclass
class _Memory:
    link: dict[str, str]
    pictures: dict[str, Picture]
    weights: dict[str, tuple[str, bytes]]
    truths: dict[str, tuple[str, Truth]]
    faults: dict[str, str]
    seen: dict[str, str]


def _memory() -> _Memory:
    if "dualviz" not in st.session_state:
        st.session_state["dualviz"] = _Memory(dict(st.query_params), {}, {}, {}, {}, {})
    return st.session_state["dualviz"]


# ── what the user brings ──


def bring(kind: str, upload: Any, take: Callable[[bytes, str], None]) -> None:
    """Take a file once; what is wrong with it is one sentence beside the uploader, and everything else stays.

    Args:
        kind: which uploader.
        upload: what it returned, None where it is empty.
        take: reads bytes and name; raises ValueError with the sentence.
    """
    memory = _memory()
    if upload is None:
        memory.faults.pop(kind, None)
        memory.seen.pop(kind, None)
        return
    if memory.seen.get(kind) != upload.file_id:
        memory.seen[kind] = upload.file_id
        memory.faults.pop(kind, None)
        try:
            take(upload.getvalue(), upload.name)
        except ValueError as error:
            memory.faults[kind] = str(error)
        else:
            st.rerun()  # the boxes above name what is on the table now
    if fault := memory.faults.get(kind):
        st.error(fault, icon=":material/error:")


def take_picture(data: bytes, name: str) -> None:
    """Read an uploaded picture and put it on the table."""
    picture = Picture(f"file-{_digest(data)}", name, read_image(data, name), None)
    _memory().pictures[picture.id] = picture
    if picture.id != link("pic", ""):
        set_link(pic=picture.id, gt=None)
        forget_objects()


def take_weights(data: bytes, name: str) -> None:
    """Read uploaded weights and put the detector on the table; nothing in the file is executed."""
    detector_id = f"file-{_digest(data)}"
    _uploaded_detector(detector_id, name, data)
    _memory().weights[detector_id] = (name, data)
    if detector_id != link("det", ""):
        set_link(det=detector_id)
        forget_objects()


def take_truth(data: bytes, name: str) -> None:
    """Read a truth file for the present picture."""
    picture = current_picture()
    names = current_detector()[0].class_names
    truth = read_truth(data, name, picture.size_wh, names, picture.name).for_classes(names)
    truth_id = f"file-{_digest(data)}"
    _memory().truths[picture.id] = (truth_id, truth)
    if truth_id != link("gt", ""):
        set_link(truth=None, gt=truth_id)
        forget_objects()


def forget_objects() -> None:
    """Drop the drawn truth and the chosen object, which belong to what was on the table before; the knobs stay."""
    _keep_lab(_undrawn(lab_state()))


def forget_pin() -> None:
    """Drop the pinned anchor, which another grid of anchors does not have; what was drawn stays."""
    state = lab_state()
    _keep_lab(state | {"view": state["view"] | {"pin": -1}})


def _undrawn(state: dict[str, Any]) -> dict[str, Any]:
    return state | {"truth": None, "object": None, "view": state["view"] | {"pin": -1}}


def _awaits_picture() -> bool:
    """Whether the link names a file of its author that has not been added here."""
    wanted = link("pic", "")
    return wanted.startswith("file-") and wanted not in _memory().pictures


def picture_names() -> dict[str, str]:
    """Ids and words of all pictures that can be chosen."""
    bundled = {name: name.replace("-", " ").capitalize() for name in gallery()}
    own = {picture.id: picture.name for picture in _memory().pictures.values()}
    return bundled | {RENDERED: "Rendered smear"} | own


def detector_names() -> dict[str, str]:
    """Ids and words of all detectors that can be chosen."""
    own = {key: name for key, (name, _) in _memory().weights.items()}
    return {entry.name: entry.title for entry in available()} | own


def scene() -> Scene:
    """The rendered smear of the link, with what is missing or broken there at its default."""
    start = Scene()
    values = {}
    for name in SCENE_SLIDERS:
        default = getattr(start, name)
        try:
            value = type(default)(link(name, str(default)))
        except ValueError:
            value = default
        low, high = RANGES[name]
        values[name] = min(high, max(low, value))
    return Scene(**values)


# ── what is on the table ──


def current_picture() -> Picture:
    """The chosen picture; the first one where the link names a file that is not here."""
    wanted = link("pic", FIRST_PICTURE)
    if wanted in _memory().pictures:
        return _memory().pictures[wanted]
    if wanted == RENDERED:
        return _rendered(scene())
    return _bundled(wanted if wanted in gallery() else FIRST_PICTURE)


def missing_files() -> list[str]:
    """Sentences on what the link names and this session does not have."""
    notes = []
    truths = {truth_id for truth_id, _ in _memory().truths.values()}
    for name, known, words in (
        ("pic", picture_names(), "a picture"),
        ("det", detector_names(), "weights"),
        ("gt", truths, "a truth file"),
    ):
        wanted = link(name, "")
        if wanted.startswith("file-") and wanted not in known:
            notes.append(
                f"This link shows {words} of its author ({wanted}). Add the same file here to see what they saw."
            )
        elif wanted and wanted not in known:
            notes.append(f"The link names {words} unknown here ({wanted}): you see the first one.")
    return notes


def current_detector() -> tuple[Detector, str]:
    """The chosen detector and its id; the first bundled one where the link names weights that are not here."""
    wanted = link("det", "")
    if wanted in _memory().weights:
        name, data = _memory().weights[wanted]
        return _uploaded_detector(wanted, name, data), wanted
    names = list(detector_names())
    chosen = wanted if wanted in names else names[0]
    return _named_detector(chosen), chosen


def current() -> Subject:
    """Picture, detector, prediction and truth of this session, all from caches after the first run."""
    picture = current_picture()
    detector, detector_id = current_detector()
    size = next((s for s in SIZES if str(s) == link("net", "None")), None)
    prediction, milliseconds = _predicted(picture.id, detector_id, size, picture, detector)
    names, notes = detector.class_names, []
    truth_id, own = _memory().truths.get(picture.id, (None, picture.truth))
    if truth_id:
        set_link(gt=truth_id)
    choice = link("truth", "own")
    truth = truth_from_boxes([], [], names)
    if choice == "detections":
        head = prediction.one2one
        truth = truth_from_detections(nms_free(head.boxes, head.scores), names, picture.size_wh)
    elif choice == "own" and own is not None:
        try:
            truth = taught(own.for_classes(names))
        except ValueError as error:
            notes.append(f"This picture's truth cannot be used: {error}.")
        notes += own.notes
    return Subject(
        picture, detector, detector_id, size, prediction, milliseconds, truth, tuple(notes)
    )


def current_truth(subject: Subject) -> Truth:
    """The truth that counts: what the user drew in the laboratory, or else the subject's own."""
    drawn = _drawn(subject)
    if drawn is None:
        return subject.truth
    boxes, labels = drawn
    return truth_from_boxes(boxes.tolist(), labels.tolist(), subject.detector.class_names)


def _drawn(subject: Subject) -> tuple[np.ndarray, np.ndarray] | None:
    code, (width, height) = lab_state()["truth"], subject.picture.size_wh
    if code is None:
        return None
    classes = len(subject.detector.class_names)
    return lab.decode_truth(code, lab.quantum(width, height), (width, height), classes)


def current_trace(subject: Subject) -> DualTrace:
    """Both heads' matching on the present picture, truth and knobs: Python's own word."""
    return trace_prediction(
        subject.picture.image,
        current_truth(subject),
        subject.prediction,
        subject.detector.class_names,
        lab.setting_of(lab_state()["knobs"]),
    )


def turn(**knobs: Any) -> None:
    """Turn the laboratory's knobs from another page."""
    state = lab_state()
    _keep_lab(lab.clean_state(state | {"knobs": state["knobs"] | knobs}))


def choose_object(g: int) -> None:
    """Choose an object for the laboratory from another page."""
    _keep_lab(lab_state() | {"object": g})


def show(link: Mapping[str, str]) -> None:
    """Put on the table what a link says, as if it had been opened; what the user brought stays within reach."""
    memory = _memory()
    memory.link = dict(link)
    st.session_state["laboratory state"] = lab.decode_state(link)


def colours() -> Palette:
    """The palette of the theme the page is seen in."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def packed(subject: Subject, every: bool = False) -> bytes:
    """The payload of this subject; above 20 classes with those of the truth and the best, or `every` one detectable."""
    names, classes = subject.detector.class_names, None
    if len(names) > lab.MOST_CLASSES:
        prediction = subject.prediction
        many, one = prediction.one2many.scores.amax(0), prediction.one2one.scores.amax(0)
        if every:
            likely = (many.maximum(one) > lab_outputs.FLOOR).nonzero().squeeze(1)
        else:
            likely = one.argsort(descending=True)[: lab.MOST_CLASSES // 2]
        drawn = _drawn(subject)
        labels = subject.truth.labels.tolist() + (drawn[1].tolist() if drawn else [])
        classes = tuple(sorted({*likely.tolist(), *labels})) or (0,)
    return _packed(subject.id, classes, subject)


# ── the laboratory's state ──


def lab_state() -> dict[str, Any]:
    """Knobs, chosen object, view and drawn truth as the browser last sent them, or as the link says.

    What was drawn on a picture that is not here yet is kept in the link, and not shown on another.
    """
    if "laboratory state" not in st.session_state:
        st.session_state["laboratory state"] = lab.decode_state(_memory().link)
    state = st.session_state["laboratory state"]
    return _undrawn(state) if _awaits_picture() else state


def take_lab(message: Mapping[str, Any] | None) -> None:
    """Keep what the laboratory sent when the hand let go, and put it into the link; an old message changes nothing."""
    if message and message != st.session_state.get("laboratory heard"):
        st.session_state["laboratory heard"] = message
        state = lab.clean_state(message)
        if _awaits_picture():
            waiting = st.session_state["laboratory state"]
            state |= {"truth": waiting["truth"], "object": waiting["object"]}
        _keep_lab(state)


def _keep_lab(state: dict[str, Any]) -> None:
    st.session_state["laboratory state"] = state
    wanted = lab.encode_state(state)
    set_link(**{letter: wanted.get(letter) for letter in LAB_LETTERS})


def outputs_state() -> dict[str, Any]:
    """Sliders and view of the detections page as the browser last sent them, or as the link says."""
    if "outputs state" not in st.session_state:
        st.session_state["outputs state"] = lab_outputs.decode_outputs(_memory().link)
    return st.session_state["outputs state"]


def take_outputs(message: Mapping[str, Any] | None) -> None:
    """Keep what the detections page sent when the hand let go, and put it into the link."""
    if message and message != st.session_state.get("outputs heard"):
        st.session_state["outputs heard"] = message
        st.session_state["outputs state"] = lab_outputs.clean_outputs(message)
        wanted = lab_outputs.encode_outputs(message)
        set_link(**{letter: wanted.get(letter) for letter in lab_outputs.LETTERS})


# ── caches ──


def taught(truth: Truth) -> Truth:
    """Leave out what the annotators called too difficult to judge."""
    keep = ~truth.ignore
    return Truth(
        truth.boxes[keep], truth.labels[keep], truth.class_names, truth.ignore[keep], truth.notes
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


@st.cache_resource(max_entries=8, show_spinner=False)
def _bundled(name: str) -> Picture:
    return Picture(name, name.replace("-", " ").capitalize(), *gallery()[name]())


@st.cache_resource(max_entries=16, show_spinner=False)
def _rendered(wanted: Scene) -> Picture:
    digest = _digest(repr(wanted).encode())
    return Picture(f"{RENDERED}-{digest}", f"Rendered smear, seed {wanted.seed}", *render(wanted))


@st.cache_resource(max_entries=4, show_spinner="Loading the detector …")
def _named_detector(name: str) -> Detector:
    return _settled(load_detector(name))


@st.cache_resource(max_entries=4, show_spinner="Reading the weights …")
def _uploaded_detector(detector_id: str, _name: str, _data: bytes) -> Detector:
    return _settled(detector_from_bytes(_data, _name))


def _settled(detector: Detector) -> Detector:
    """Take the loaded libraries out of garbage collection, which Streamlit forces after every run (0.2 s with torch)."""
    gc.collect()
    gc.freeze()
    return detector


@st.cache_resource(max_entries=64, show_spinner="Both heads look at the picture …")
def _predicted(
    picture_id: str, detector_id: str, size: int | None, _picture: Picture, _detector: Detector
) -> tuple[DualPrediction, float]:
    began = perf_counter()
    prediction = _detector.predict(_picture.image, size)
    return prediction, 1e3 * (perf_counter() - began)


@st.cache_resource(max_entries=32, show_spinner=False)
def _packed(subject_id: str, classes: tuple[int, ...] | None, _subject: Subject) -> bytes:
    return lab.payload(
        _subject.picture.image,
        _subject.prediction,
        _subject.detector.class_names,
        classes,
        _subject.picture.name,
        _subject.detector.name,
    )
