"""Pictures that are always there: bundled smears with their truth, and Matplotlib's portrait; and how sets of smears are written."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from dualviz.pictures.images import read_image
from dualviz.pictures.scenes.paint import render
from dualviz.pictures.scenes.scene import Scene
from dualviz.pictures.truth import Truth, join_coco, read_truth, to_coco
from dualviz.words import Labels

SAMPLES = {
    "crowded": Scene(red_cells=34, platelets=3, crowding=0.7, overlap=0.35, seed=7),
    "sparse": Scene(red_cells=10, platelets=3, crowding=0.2, overlap=0.1, seed=4),
    "overlapping": Scene(red_cells=20, white_cells=0, crowding=0.5, overlap=0.75, seed=5),
    "white-cells": Scene(red_cells=14, white_cells=3, platelets=4, overlap=0.2, seed=5),
}
# Few enough to be counted by eye, and yet our one-to-one head names one of them twice: where the Detections page opens.
STACKED = Scene(red_cells=6, platelets=1, crowding=0.9, overlap=0.4, seed=687)
STACK, RENDERED = "stacked", "rendered"  # what a link calls it, and the smear of its sliders
FINE = 2  # pixels that a bundled scene is shown with, per pixel that the network sees
FINE_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]
SAMPLE_FOLDER = Path(__file__).parents[3] / "assets" / "scenes"


TITLES = Labels(
    {
        "crowded": "Crowded",
        "overlapping": "Overlapping",
        "sparse": "Sparse",
        "white-cells": "White cells",
        "stacked": "Stacked",
        "portrait": "Portrait",
    }
)


def title_of(name: str) -> str:
    """What a picture of the gallery is called, in the present language; another name as it stands, in words.

    >>> title_of("white-cells"), title_of("my-smear")
    ('White cells', 'My smear')
    """
    return TITLES.get(name, plain_title(name))


def rendered_title(scene: Scene) -> str:
    """A rendered smear's name, in no language."""
    return f"Rendered smear, seed {scene.seed}"


def plain_title(name: str) -> str:
    """A file's name in words, in no language.

    >>> plain_title("white-cells")
    'White cells'
    """
    return name.replace("-", " ").capitalize()


def gallery() -> dict[str, Callable[[], tuple[np.ndarray, Truth | None]]]:
    """The pictures that are always there: name → loader of (uint8 RGB picture, its truth or None).

    The rendered samples carry their truth; Matplotlib's sample portrait comes from the installed package and has none.
    """
    pictures = {name: lambda name=name: _load_sample(name) for name in SAMPLES}
    return {**pictures, "portrait": _load_portrait}


def shown(name: str) -> np.ndarray | None:
    """A picture of `gallery` as it is shown, uint8 RGB, finer than what the network sees of it; None: as it is."""
    path = SAMPLE_FOLDER / "fine" / f"{name}.jpg"
    return read_image(path.read_bytes(), path.name) if name in SAMPLES else None


def _load_sample(name: str) -> tuple[np.ndarray, Truth]:
    image = read_image((SAMPLE_FOLDER / f"{name}.jpg").read_bytes(), name)
    truth, size_wh = (SAMPLE_FOLDER / "truth.json").read_bytes(), (image.shape[1], image.shape[0])
    return image, read_truth(truth, "truth.json", size_wh, picture_name=f"{name}.jpg")


def _load_portrait() -> tuple[np.ndarray, None]:
    from matplotlib.cbook import get_sample_data  # slow to import, and only this picture needs it

    path = Path(get_sample_data("grace_hopper.jpg", asfileobj=False))
    return read_image(path.read_bytes(), path.name), None


def write_samples(folder: Path) -> None:
    """Render `SAMPLES` into a folder: one JPEG each, the truth of all in `truth.json` (COCO), and in the folder `fine`
    the same scenes painted twice as fine.
    """
    named = {f"{name}.jpg": scene for name, scene in SAMPLES.items()}
    write_scenes(named.items(), folder, folder / "truth.json")
    (folder / "fine").mkdir(exist_ok=True)
    for name, scene in named.items():
        _, packed = cv2.imencode(".jpg", render(scene, FINE)[0][..., ::-1], FINE_JPEG)
        (folder / "fine" / name).write_bytes(packed.tobytes())


def write_scenes(named: Iterable[tuple[str, Scene]], folder: Path, document: Path) -> None:
    """Render a labelled set: a picture each into `folder`, the exact boxes of all into `document` (COCO).

    Args:
        named: file name, its suffix the format, and scene.
        folder: made where it is not there yet, as is that of `document`.
        document: a JSON file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for image_id, (name, scene) in enumerate(named, 1):
        image, truth = render(scene)
        _, packed = cv2.imencode(Path(name).suffix, image[..., ::-1])
        (folder / name).write_bytes(packed.tobytes())
        parts.append(to_coco(truth, (scene.width, scene.height), name, image_id))
    document.write_text(json.dumps(join_coco(parts), indent=0) + "\n", encoding="utf-8")
