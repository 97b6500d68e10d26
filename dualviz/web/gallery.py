"""Pictures that need no upload: the bundled smears, the rendered one, photographs of other packages, and sets of this machine.

A picture's id stands in the link. The rendered smear is described by its sliders, which stand there too; a picture of a set
by the set's id and its place.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from dualviz.exports.address import FIRST_PICTURE, OPENS_ON
from dualviz.pictures import scenes
from dualviz.pictures.content import content_hash
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.folders import open_set
from dualviz.pictures.photographs import photographs
from dualviz.pictures.scenes import RANGES, RENDERED, STACK, STACKED, Scene, gallery, render
from dualviz.pictures.search import Holds, holdings, named_sets, set_title
from dualviz.pictures.truth import Truth
from dualviz.web import link
from dualviz.web.shelf import SHELF
from dualviz.words import Sentence, _

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


@dataclass(frozen=True)
class Picture:
    """A picture the session can show: an id for the link, words for the page, uint8 (H, W, 3) RGB, truth if it has any.

    `notes` are sentences on what was changed when it was read. `shown` is the picture to look at where that is a finer one
    than `image`, which the network sees.
    """

    id: str
    name: str
    image: np.ndarray
    truth: Truth | None
    notes: tuple[Sentence, ...] = ()
    shown: np.ndarray | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]


def open_page(address: str) -> None:
    """Note which page is open: until somebody chooses, it shows the picture that tells its story.

    Boxes that were drawn belong to the picture they were drawn on, so with them the first picture stays.
    """
    first = FIRST_PICTURE if link.value("t", "") else OPENS_ON.get(address, FIRST_PICTURE)
    st.session_state["first picture"] = first


def first_picture() -> str:
    """The picture that is shown while nobody has chosen one."""
    return st.session_state.get("first picture", FIRST_PICTURE)


def bundled_names() -> dict[str, str]:
    """Ids and words of the bundled pictures."""
    return {name: scenes.title_of(name) for name in (*gallery(), STACK)}


def title(picture: Picture) -> str:
    """What a picture is called in the present language; its own name where it is the user's."""
    return (bundled_names() | photograph_names()).get(picture.id, picture.name)


@st.cache_resource(max_entries=8, show_spinner=False)
def bundled(name: str) -> Picture:
    """A bundled picture with its truth."""
    if name == STACK:
        fine = render(STACKED, scenes.FINE)[0]
        return Picture(name, scenes.plain_title(name), *render(STACKED), shown=fine)
    return Picture(name, scenes.plain_title(name), *gallery()[name](), shown=scenes.shown(name))


def photograph_names() -> dict[str, str]:
    """Ids and words of the photographs that other packages bring here."""
    return {name: str(one.title) for name, one in photographs().items()}


@st.cache_resource(max_entries=8, show_spinner=False)
def photograph(name: str) -> Picture:
    """A photograph of another package with its object."""
    one = photographs()[name]
    return Picture(name, one.title.one, *one.read())


# ── sets of this machine ──


@dataclass(frozen=True)
class Browsed:
    """A set whose pictures can be looked through, and what each of them holds."""

    folder: CocoFolder
    held: tuple[Holds, ...]
    title: str

    def picture(self, index: int, picture_id: str) -> Picture:
        """One of its pictures with its truth."""
        labelled, folder = self.folder[index], self.folder
        truth = labelled.truth(folder.class_names, folder.by_number)
        stretched = folder.stretched.get(index)
        notes = (stretched,) if stretched else ()
        return Picture(picture_id, self.held[index].name, labelled.image, truth, notes)


def browsed_set(name: str) -> Browsed:
    """A set of this machine by its id.

    Raises:
        ValueError: what `open_set` refuses.
    """
    path = named_sets()[name]
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _browsed(path, stamp)


@st.cache_resource(max_entries=8, show_spinner=False)
def _browsed(path: Path, _stamp: int) -> Browsed:
    return browsed(open_set(path), set_title(path))


def browsed(folder: CocoFolder, title: str) -> Browsed:
    """A set that is open, to be looked through."""
    return Browsed(folder, tuple(holdings(folder)), title)


def set_picture_id(name: str, index: int) -> str:
    """What a link calls a picture of a set of this machine."""
    return f"{name}.{index}"


def is_of_set(picture_id: str) -> bool:
    """Whether an id is that of a picture of a set of this machine."""
    return picture_id.rpartition(".")[0] in named_sets()


def set_picture(wanted: str) -> Picture | None:
    """The picture of a set that a link names; None where there is no such set or picture."""
    name, _dot, place = wanted.rpartition(".")
    if not is_of_set(wanted) or not place.isdecimal():
        return None
    try:
        among = browsed_set(name)
        if int(place) >= len(among.folder):
            return None
        read = partial(among.picture, int(place), wanted)
        return SHELF.get(read, _("Reading the picture …"), "picture of a set", wanted)
    except (ValueError, OSError):
        return None


def rendered(wanted: Scene) -> Picture:
    """The smear of a scene with its exact truth."""
    name = _name(wanted)

    def draw() -> Picture:
        return Picture(name, scenes.rendered_title(wanted), *render(wanted))

    return SHELF.get(draw, _("Rendering the smear …"), "picture", name)


def is_unseen(wanted: str) -> bool:
    """Whether an id of a link means the smear of the sliders, and nobody has rendered this one."""
    return wanted == RENDERED and SHELF.find("picture", _name(scene())) is None


def _name(wanted: Scene) -> str:
    return f"{RENDERED}-{content_hash(repr(wanted).encode())}"


def scene() -> Scene:
    """The rendered smear of the link, with what is missing or broken there at its default."""
    start = Scene()
    values = {}
    for name in SCENE_SLIDERS:
        default = getattr(start, name)
        values[name] = link.checked(name, default, link.within(*RANGES[name]))
    return Scene(**values)
