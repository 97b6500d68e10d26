"""DualViz: the frame of the app. The sidebar chooses picture, detector and truth; the pages show what the heads do."""

import os

# Idle OpenMP threads must sleep: spinning ones make every small tensor operation wait when cores are busy.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pathlib import Path

import streamlit as st

import dualviz
from dualviz.pictures.scenes import RANGES
from dualviz.web import controls, gallery, link, session, uploads

HERE = Path(__file__).parent
PAGES = HERE / "dualviz" / "web" / "pages"
SLIDER_WORDS = {
    "red_cells": "Red cells",
    "white_cells": "White cells",
    "platelets": "Platelets",
    "crowding": "Crowding",
    "overlap": "Overlap in crowds",
    "size": "Size",
    "blur": "Blur, px",
    "stain": "Stain",
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
    names, first = session.picture_names(), gallery.FIRST_PICTURE
    if choose("Picture", "pic", names, first, "What both heads look at.") == gallery.RENDERED:
        scene_sliders()
    with st.expander("Your own picture", icon=":material/add_photo_alternate:"):
        upload = st.file_uploader("JPEG, PNG, WebP, BMP, TIFF or GIF", key="picture file")
        uploads.bring("picture", upload, session.take_picture)
        if st.toggle("Use the camera", key="camera on"):
            uploads.bring("camera", st.camera_input("Camera", key="camera"), session.take_picture)


def scene_sliders() -> None:
    """The renderer's sliders; every value is in the link."""
    scene = gallery.scene()

    def changed(name: str) -> None:
        link.change(**{name: str(st.session_state[name])})
        controls.forget_objects()

    for name, words in SLIDER_WORDS.items():
        low, high = RANGES[name]
        st.session_state[name] = getattr(scene, name)
        step = 1 if isinstance(low, int) else 0.05
        st.slider(words, low, high, step=step, key=name, on_change=changed, args=(name,))
    st.session_state["seed"] = scene.seed
    st.number_input("Seed", *RANGES["seed"], step=1, key="seed", on_change=changed, args=("seed",))


def detector_part() -> None:
    """Choose a detector or bring weights; say where it runs."""
    names = session.detector_names()
    if not names:
        st.error("No weights are bundled: assets/weights is empty.", icon=":material/error:")
        st.stop()
    choose("Detector", "det", names, next(iter(names)), "Both its heads predict for every anchor.")
    detector, _ = session.current_detector()
    device = {"cuda": "CUDA", "mps": "MPS", "cpu": "CPU"}[detector.device.type]
    words = f"runs on {device} · {len(detector.class_names)} classes · {detector.family} family, scale {detector.scale}"
    st.caption(words)
    with st.expander("Your own weights", icon=":material/upload_file:"):
        upload = st.file_uploader(
            "YOLOv10 or YOLO26 .pt (THU-MIG or ultralytics) or .safetensors; nothing in it is executed",
            key="weights file",
        )
        uploads.bring("weights", upload, session.take_weights)
    sizes = {
        str(size): f"{size} px" if size else f"as trained ({detector.size} px)"
        for size in session.SIZES
    }
    choose("Network input", "net", sizes, "None", "Longer side of what the network sees.")


def truth_part() -> None:
    """Choose what counts as an object, or bring a file."""
    choose(
        "Truth",
        "truth",
        session.TRUTHS,
        "own",
        "The boxes both heads are matched to. Draw your own in the laboratory.",
    )
    if link.value("truth", "own") == "detections" and controls.lab_state()["truth"] is None:
        st.caption(
            "The one-to-one head's own detections, taken as truth: what is counted against them says how the outputs differ, "
            "not how good they are."
        )
    with st.expander("Your own truth file", icon=":material/data_object:"):
        upload = st.file_uploader(
            "COCO JSON, YOLO txt or VOC XML of this picture", key="truth file"
        )
        uploads.bring("truth", upload, session.take_truth)


st.set_page_config(
    "DualViz",
    str(HERE / "assets" / "icon.png"),
    layout="wide",
    initial_sidebar_state="collapsed",
    menu_items={
        "About": f"**DualViz {dualviz.__version__}**: see, touch and test YOLOv10's dual label assignment. The method: Wang et al., "
        "*YOLOv10: Real-Time End-to-End Object Detection*, NeurIPS 2024. MIT licence."
    },
)
st.html("<style>[data-testid=stMainBlockContainer] { padding: 4rem 2rem 2rem }</style>")
laboratory = st.Page(
    PAGES / "lab.py", title="Laboratory", icon=":material/science:", url_path="laboratory"
)
page = st.navigation(
    [
        st.Page(PAGES / "start.py", title="Start", icon=":material/flag:", default=True),
        laboratory,
        st.Page(
            PAGES / "postprocess.py",
            title="Detections",
            icon=":material/compare:",
            url_path="detections",
        ),
        st.Page(PAGES / "agreement.py", title="Agreement", icon=":material/map:"),
        st.Page(PAGES / "loss.py", title="Loss", icon=":material/trending_down:"),
        st.Page(PAGES / "replay.py", title="Replay", icon=":material/replay:"),
        st.Page(PAGES / "ablation.py", title="Ablation", icon=":material/balance:"),
        st.Page(PAGES / "evaluation.py", title="Evaluation", icon=":material/fact_check:"),
        st.Page(PAGES / "idea.py", title="The idea", icon=":material/lightbulb:"),
    ],
    position="top",
)
if "opened" not in st.session_state:
    st.session_state["opened"] = True
    if page.title == "Start" and link.whole():
        st.switch_page(laboratory)  # links of old began at the laboratory
with st.sidebar:
    picture_part()
    detector_part()
    truth_part()
for note in session.missing_files():
    st.info(note, icon=":material/link:")
faults = st.container()
page.run()
for note in link.faults():
    faults.info(note, icon=":material/link_off:")
link.write()
