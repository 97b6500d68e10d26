"""The sidebar: it chooses picture, detector, truth and language; every choice is in the link."""

import streamlit as st

from dualviz.detector import COCO_NOTE
from dualviz.pictures import scenes
from dualviz.pictures.scenes import RANGES
from dualviz.web import browse, controls, gallery, language, link, official, session, uploads
from dualviz.words import _, ngettext


def show() -> None:
    """All choices, from what is seen to the words it is said in."""
    with st.sidebar:
        picture_part()
        detector_part()
        truth_part()
        language.choice()


def slider_words() -> dict[str, str]:
    """The renderer's sliders by name, as the page calls them."""
    return {
        "red_cells": _("Red cells"),
        "white_cells": _("White cells"),
        "platelets": _("Platelets"),
        "crowding": _("Crowding"),
        "overlap": _("Overlap in crowds"),
        "size": _("Size"),
        "blur": _("Blur, px"),
        "stain": _("Stain"),
    }


def choose(label: str, name: str, names: dict[str, str], default: str, help: str) -> str:
    """A select box whose value lives in the link under `name`."""

    def changed() -> None:
        if name == "pic":
            link.change(gt=None)
        controls.forget_pin() if name == "net" else controls.forget_objects()

    kept = link.bound(name, default, link.one_of(names), changed)
    return st.selectbox(label, list(names), format_func=names.get, help=help, **kept)


def picture_part() -> None:
    """Choose, render, upload or take a picture."""
    names, first = session.picture_names(), gallery.first_picture()
    if choose(_("Picture"), "pic", names, first, _("What both heads look at.")) == scenes.RENDERED:
        scene_sliders()
    browse.ask()
    with st.expander(_("Your own picture"), icon=":material/add_photo_alternate:"):
        upload = st.file_uploader(_("JPEG, PNG, WebP, BMP, TIFF or GIF"), key="picture file")
        uploads.bring("picture", upload, session.take_picture)
        if st.toggle(_("Use the camera"), key="camera on"):
            uploads.bring(
                "camera", st.camera_input(_("Camera"), key="camera"), session.take_picture
            )


def scene_sliders() -> None:
    """The renderer's sliders; every value is in the link."""
    scene = gallery.scene()

    def changed(name: str) -> None:
        link.change(**{name: str(st.session_state[name])})
        controls.forget_objects()

    for name, words in slider_words().items():
        low, high = RANGES[name]
        st.session_state[name] = getattr(scene, name)
        step = 1 if isinstance(low, int) else 0.05
        st.slider(words, low, high, step=step, key=name, on_change=changed, args=(name,))
    st.session_state["seed"] = scene.seed
    st.number_input(
        _("Seed"), *RANGES["seed"], step=1, key="seed", on_change=changed, args=("seed",)
    )


def detector_part() -> None:
    """Choose a detector or bring weights; say where it runs."""
    names = session.detector_names()
    if not names:
        st.error(_("No weights are bundled: assets/weights is empty."), icon=":material/error:")
        st.stop()
    choose(
        _("Detector"),
        "det",
        names,
        next(iter(names)),
        _("Both its heads predict for every anchor."),
    )
    detector, _id = session.current_detector()
    device = {"cuda": "CUDA", "mps": "MPS", "cpu": "CPU"}[detector.device.type]
    words = ngettext(
        "runs on {device} · {n} class · {family} family, scale {scale}",
        "runs on {device} · {n} classes · {family} family, scale {scale}",
        len(detector.class_names),
        device=device,
        family=detector.family,
        scale=detector.scale,
    )
    st.caption(words)
    if detector.coco_names:
        st.caption(str(COCO_NOTE))
    with st.expander(_("Your own weights"), icon=":material/upload_file:"):
        upload = st.file_uploader(
            _(
                "YOLOv10 or YOLO26 .pt (THU-MIG or ultralytics) or .safetensors; nothing in it is executed"
            ),
            key="weights file",
        )
        uploads.bring("weights", upload, session.take_weights)
    official.part()
    sizes = {
        str(size): f"{size} px" if size else _("as trained ({size} px)", size=detector.size)
        for size in session.SIZES
    }
    choose(_("Network input"), "net", sizes, "None", _("Longer side of what the network sees."))


def truth_part() -> None:
    """Choose what counts as an object, or bring a file."""
    choose(
        _("Truth"),
        "truth",
        session.truths(),
        "own",
        _("The boxes both heads are matched to. Draw your own in the laboratory."),
    )
    if link.value("truth", "own") == "detections" and controls.lab_state()["truth"] is None:
        st.caption(
            _(
                "The one-to-one head's own detections, taken as truth: what is counted against them says how the outputs differ, not how good they are."
            )
        )
    with st.expander(_("Your own truth file"), icon=":material/data_object:"):
        upload = st.file_uploader(
            _("COCO JSON, YOLO txt or VOC XML of this picture"), key="truth file"
        )
        uploads.bring("truth", upload, session.take_truth)
