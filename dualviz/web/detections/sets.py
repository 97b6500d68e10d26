"""Which pictures a study goes over: this one, random smears or a set of one's own; and how a picture of a set is opened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from dualviz.pictures import scenes
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.scenes import random_scenes
from dualviz.study.sets import Seen, seen
from dualviz.web import controls, gallery, link, markup, session
from dualviz.web.evidence.evaluation import counted, rendered_set, uploaded_set
from dualviz.words import Labels, _, said

SETS = Labels({"this": "this picture", "random": "random smears", "own": "a COCO set of your own"})
SMEARS = (1, 200)


@dataclass(frozen=True)
class Measured:
    """What a study found, on which set: `which` of `SETS`, and the set's name in words."""

    made: Any
    which: str
    over: str


def measured(
    study: str,
    subject: session.Subject,
    make: Callable[[Iterable[Seen]], Any],
    over_folder: Callable[[CocoFolder, Callable], Any] | None = None,
) -> Measured | None:
    """Ask for a set and measure; None until something is measured.

    Args:
        study: its name, of widgets and of what is kept.
        subject: what is on the table.
        make: measures pictures that both heads have seen.
        over_folder: measures a whole set instead, with what shows the progress; then there is no "this picture".
    """
    names = {key: words for key, words in SETS.items() if key != "this" or over_folder is None}
    left, right = st.columns((3, 2), vertical_alignment="bottom")
    with left:
        first = next(iter(names))
        which = controls.row(_("Pictures"), names, default=first, key=f"{study} set")
    if which == "this":
        truth = session.current_truth(subject)
        one = Seen(subject.picture.name, subject.picture.image, subject.prediction, truth)
        return Measured(make([one]), which, subject.picture.name)
    count, annotations, pictures = 0, None, []
    if which == "random":
        count = right.number_input(_("Smears"), *SMEARS, 40, step=1, key=f"{study} smears")
    else:
        left, right = st.columns(2)
        annotations = left.file_uploader(_("Annotations (COCO JSON)"), key=f"{study} annotations")
        pictures = right.file_uploader(
            _("Pictures it names"), accept_multiple_files=True, key=f"{study} pictures"
        )
        st.caption(
            _("For large sets use the command:")
            + f" `python -m dualviz study {study} --detector NAME --annotations FILE --images FOLDER`"
        )
    ready = which == "random" or bool(annotations and pictures)
    held = f"{study} measured"
    if st.button(
        _("Measure"), type="primary", icon=":material/play_arrow:", disabled=not ready, key=f"{study} go"
    ):  # fmt: skip
        st.session_state.pop(held, None)
        with TemporaryDirectory() as name:
            try:
                if which == "random":
                    folder = rendered_set(int(count), Path(name))
                    over = _("{count} random smears", count=int(count))
                else:
                    folder, _absent = uploaded_set(annotations.getvalue(), pictures, Path(name))
                    over = annotations.name
                if over_folder is not None:
                    made = over_folder(folder, counted)
                else:
                    made = make(seen(subject.detector, folder, subject.size, counted))
            except (ValueError, KeyError, TypeError, OSError) as error:
                fault = said(error) if isinstance(error, ValueError) else str(error)
                st.error(markup.plain(fault.replace(f"{name}/", "")), icon=":material/error:")
                return None
        st.session_state[held] = (subject.detector_id, subject.size, Measured(made, which, over))
    kept = st.session_state.get(held)
    if kept and kept[:2] == (subject.detector_id, subject.size) and kept[2].which == which:
        return kept[2]
    return None


def open_object(study: str, result: Measured, picture: str, g: int) -> None:
    """Show one object of a measured picture in the laboratory.

    Args:
        study: whose uploaders hold the set of one's own.
        result: what was measured.
        picture: its name in the set.
        g: index of the object among those that count.
    """
    if result.which == "random":
        scene = dict(random_scenes(SMEARS[1]))[picture]
        sliders = {name: str(getattr(scene, name)) for name in gallery.SCENE_SLIDERS}
        link.change(pic=scenes.RENDERED, gt=None, truth=None, **sliders)
        controls.forget_objects()
    elif result.which == "own":
        files = st.session_state[f"{study} pictures"]
        file = next(f for f in files if Path(f.name).name == Path(picture).name)
        session.take_picture(file.getvalue(), file.name)
        annotations = st.session_state[f"{study} annotations"]
        session.take_truth(annotations.getvalue(), annotations.name)
    else:  # another page may open on another picture
        link.change(pic=session.current_picture().id)
    controls.choose_object(g)
    st.switch_page("dualviz/web/pages/laboratory.py")
