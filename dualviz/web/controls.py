"""What the hand has set: the laboratory's knobs, object, view and drawn truth, and the sliders of the detections page.

Both live parts send their state when the hand lets go; here it is cleaned, kept, and put into the link. Other pages turn
the same knobs and choose the same object.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dualviz import lab
from dualviz.detector.catalogue import present
from dualviz.exports.address import unusable
from dualviz.lab import detections as lab_detections
from dualviz.pictures.content import is_file
from dualviz.pictures.truth import Truth
from dualviz.study.calibration import advised_confidence
from dualviz.web import link, uploads
from dualviz.words import _


def lab_state() -> dict[str, Any]:
    """Knobs, chosen object, view and drawn truth as the browser last sent them, or as the link says.

    What was drawn on a picture that is not here yet is kept in the link, and not shown on another.
    """
    if "laboratory state" not in st.session_state:
        follow_link()
    state = st.session_state["laboratory state"]
    return _undrawn(state) if _awaits_picture() else state


def follow_link() -> None:
    """Set both live parts as the link says, as if it had just been opened."""
    said = dict(link.whole())
    st.session_state["laboratory state"] = lab.decode_state(said)
    st.session_state["outputs state"] = _outputs_of(said)
    wrong = unusable(said)
    for letter in (*lab.LETTERS, *lab_detections.LETTERS):
        if letter in said and link.first_reading(letter) and letter in wrong:
            link.change(**{letter: wrong[letter]})
            link.doubt(letter, said[letter], wrong[letter])


def take_lab(message: Mapping[str, Any] | None) -> None:
    """Keep what the laboratory sent when the hand let go, and put it into the link; an old message changes nothing."""
    if message and link.is_news("laboratory", message):
        state = lab.clean_state(message)
        if _awaits_picture():
            waiting = st.session_state["laboratory state"]
            state |= {"truth": waiting["truth"], "object": waiting["object"]}
        _keep_lab(state)


def turn(**knobs: Any) -> None:
    """Turn the laboratory's knobs from another page."""
    state = lab_state()
    _keep_lab(lab.clean_state(state | {"knobs": state["knobs"] | knobs}))


def choose_object(g: int) -> None:
    """Choose an object for the laboratory from another page."""
    _keep_lab(lab_state() | {"object": g})


def settle_object(count: int) -> None:
    """Give up a chosen object that the present picture does not have, and note what the link asked for."""
    state = lab_state()
    if state["object"] is not None and state["object"] >= count:
        wanted = link.value("o", "")
        _keep_lab(state | {"object": None})
        if wanted:
            link.doubt("o", wanted, _("an object that is there"))


def look_at(truth: Truth, otherwise: Callable[[], int]) -> int | None:
    """The box in which a page asks for an object to look at closely, kept in the link; None for the whole picture.

    Args:
        truth: whose objects.
        otherwise: the object to begin with where the laboratory has chosen none; asked only where there is one.
    """

    def words(place: int) -> str:
        if not place:
            return _("the whole picture")
        label = truth.class_names[int(truth.labels[place - 1])]
        return _("object {number} · {label}", number=place, label=label)

    first = lab_state()["object"]
    if first is None or not 0 <= first < len(truth):
        first = otherwise() if len(truth) else -1
    kept = link.bound("look", first + 1, link.within(0, len(truth)))
    chosen = st.selectbox(_("Look at"), range(len(truth) + 1), format_func=words, **kept)
    return chosen - 1 if chosen else None


def forget_objects() -> None:
    """Drop the drawn truth and the chosen object, which belong to what was on the table before; the knobs stay."""
    link.change(look=None)
    _keep_lab(_undrawn(lab_state()))


def forget_pin() -> None:
    """Drop the pinned anchor, which another grid of anchors does not have; what was drawn stays."""
    state = lab_state()
    _keep_lab(state | {"view": state["view"] | {"pin": -1}})


def outputs_state() -> dict[str, Any]:
    """Sliders and view of the detections page as the browser last sent them, or as the link says."""
    if "outputs state" not in st.session_state:
        st.session_state["outputs state"] = _outputs_of(link.whole())
    state = st.session_state["outputs state"]
    conf = state["settings"]["conf"]
    settings = state["settings"] | {"conf": start_confidence() if conf is None else conf}
    return state | {"settings": settings}


def outputs_setting(name: str) -> Any:
    """One of the detections page's settings as it stands: "conf", "iou", "max", "agnostic" or "multi"."""
    return outputs_state()["settings"][name]


def start_confidence() -> float:
    """The confidence that the detector on the table begins with, until somebody moves the slider."""
    return advised_confidence(link.value("det", "") or present("").name)


def _outputs_of(said: Mapping[str, str]) -> dict[str, Any]:
    """The detections page's state of a link; its confidence is None where the link names none."""
    state = lab_detections.decode_detections(said)
    return state if "conf" in said else _untouched(state)


def _untouched(state: dict[str, Any]) -> dict[str, Any]:
    return state | {"settings": state["settings"] | {"conf": None}}


def take_outputs(message: Mapping[str, Any] | None) -> None:
    """Keep what the detections page sent when the hand let go, and put it into the link."""
    if message and link.is_news("outputs", message):
        state = lab_detections.clean_detections(message)
        wanted: dict[str, str | None] = {**lab_detections.encode_detections(message)}
        conf, start = state["settings"]["conf"], start_confidence()
        wanted["conf"] = None if conf == start else f"{conf:g}"
        st.session_state["outputs state"] = _untouched(state) if conf == start else state
        link.change(**{letter: wanted.get(letter) for letter in lab_detections.LETTERS})


def _keep_lab(state: dict[str, Any]) -> None:
    st.session_state["laboratory state"] = state
    wanted = lab.encode_state(state)
    link.change(**{letter: wanted.get(letter) for letter in lab.LETTERS})


def _undrawn(state: dict[str, Any]) -> dict[str, Any]:
    return state | {"truth": None, "object": None, "view": state["view"] | {"pin": -1}}


def _awaits_picture() -> bool:
    """Whether the link names a file of its author that has not been added here."""
    wanted = link.value("pic", "")
    return is_file(wanted) and wanted not in uploads.pictures()


def row(label: str, names: Mapping[str, str], **options: Any) -> str:
    """Ask for one of a few that stand side by side.

    Args:
        label: of the row.
        names: what each is called.
        options: of Streamlit's segmented control.
    """
    return st.segmented_control(
        label, list(names), format_func=names.get, required=True, wrap=True, **options
    )


def one_of(label: str, names: Mapping[str, str], key: str, default: str, **options: Any) -> str:
    """Ask as `row` does for what the link knows.

    Args:
        key: of the link.
        default: one of `names`; absent from the link.
    """
    return row(label, names, **link.bound(key, default, link.one_of(names)), **options)
