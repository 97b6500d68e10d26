"""One set has one AP: in whatever form its truth lies and through whichever door it comes, turned pictures included."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from dualviz.commands import main
from dualviz.detector import Detector, load_detector
from dualviz.pictures.folders import TO_TEACH, open_set
from dualviz.pictures.scenes import random_scenes, render
from dualviz.study.evaluation import evaluate
from dualviz.web.evidence.evaluation import uploaded_set, zipped_set

SIZE = 128  # of the network's input: small, and good enough to find some and miss others
TURNED = 1  # of the pictures, the one whose file turns it
pytest.importorskip("pycocotools")


@dataclass(frozen=True)
class Pictured:
    """A picture as its file holds it: bytes, sides as stored and as seen, boxes xywh as seen, and labels."""

    name: str
    data: bytes
    stored_wh: tuple[int, int]
    seen_wh: tuple[int, int]
    boxes: list[list[float]]
    labels: list[int]


@pytest.fixture(scope="module")
def pictured() -> tuple[list[Pictured], list[str]]:
    """Three small smears, the second stored lying on its side."""
    made = []
    for index, (name, scene) in enumerate(random_scenes(3, seed=40)):
        image, truth = render(scene)
        shown, mark = Image.fromarray(image), Image.Exif()
        stored = shown.transpose(Image.Transpose.ROTATE_90) if index == TURNED else shown
        mark[0x0112] = 6 if index == TURNED else 1
        file = io.BytesIO()
        stored.save(file, "PNG", exif=mark)
        corners = truth.boxes.round().numpy()
        boxes = np.concatenate((corners[:, :2], corners[:, 2:] - corners[:, :2]), 1).tolist()
        made.append(
            Pictured(name, file.getvalue(), stored.size, shown.size, boxes, truth.labels.tolist())
        )
    return made, list(truth.class_names)


Files = dict[str, bytes]


def coco(pictured: list[Pictured], names: list[str], folder: str = "") -> Files:
    annotations = [
        {"id": 0, "image_id": number, "category_id": label + 1, "bbox": box}
        for number, one in enumerate(pictured, 1)
        for box, label in zip(one.boxes, one.labels)
    ]
    for number, entry in enumerate(annotations, 1):
        entry["id"] = number
    images = [
        {"id": number, "file_name": folder + one.name, "width": w, "height": h}
        for number, one in enumerate(pictured, 1)
        for w, h in [one.seen_wh]
    ]
    categories = [{"id": label, "name": name} for label, name in enumerate(names, 1)]
    document = {"images": images, "annotations": annotations, "categories": categories}
    return {"": json.dumps(document).encode()}


def as_coco(pictured, names) -> Files:
    return {"set.json": coco(pictured, names)[""]} | beside("set", pictured)


def as_coco_stored(pictured, names) -> Files:
    """As annotated by a program that knows no EXIF: sides and boxes of what is stored."""
    turned = []
    for one in pictured:
        boxes, (w, _h) = one.boxes, one.seen_wh
        if one.stored_wh != one.seen_wh:  # seen = stored turned clockwise
            boxes = [[y, w - x - bw, bh, bw] for x, y, bw, bh in boxes]
        turned.append(replace(one, boxes=boxes, seen_wh=one.stored_wh))
    return as_coco(turned, names)


def as_coco_text(pictured, names) -> Files:
    """Numbers as texts, ids as texts, a mark at the beginning, a folder in the names."""
    document = json.loads(coco(pictured, names, "C:\\somebody\\pictures\\")[""])
    for entry in document["annotations"]:
        entry["bbox"] = [str(value) for value in entry["bbox"]]
        entry["image_id"] = str(entry["image_id"])
    text = "\ufeff" + json.dumps(document)
    return {"annotations/instances_val.json": text.encode()} | beside("images/val", pictured)


def as_roboflow_coco(pictured, names) -> Files:
    document = json.loads(coco(pictured, names)[""])
    document["categories"].insert(0, {"id": 0, "name": "cells", "supercategory": "none"})
    for category in document["categories"][1:]:
        category["supercategory"] = "cells"
    file = {"valid/_annotations.coco.json": json.dumps(document).encode()}
    return file | beside("valid", pictured)


def shares(one: Pictured) -> bytes:
    (w, h), rows = one.seen_wh, []
    for (x, y, bw, bh), label in zip(one.boxes, one.labels):
        rows.append(
            f"{label} {(x + bw / 2) / w:.9f} {(y + bh / 2) / h:.9f} {bw / w:.9f} {bh / h:.9f}"
        )
    return "\n".join(rows).encode()


def outlines(one: Pictured) -> bytes:
    """The same boxes as polygons of their four corners."""
    (w, h), rows = one.seen_wh, []
    for (x, y, bw, bh), label in zip(one.boxes, one.labels):
        corners = ((x, y), (x + bw, y), (x + bw, y + bh), (x, y + bh), (x, y + bh / 2))
        rows.append(f"{label} " + " ".join(f"{px / w:.9f} {py / h:.9f}" for px, py in corners))
    return "\r\n".join(rows).encode("utf-16")


def beside(folder: str, pictured: list[Pictured]) -> Files:
    return {f"{folder}/{one.name}": one.data for one in pictured}


def texts(folder: str, pictured: list[Pictured], write: Callable = shares) -> Files:
    return {f"{folder}/{Path(one.name).stem}.txt": write(one) for one in pictured}


def as_ultralytics(pictured, names) -> Files:
    listed = "".join(f"  {label}: {name}\n" for label, name in enumerate(names))
    said = f"path: ../datasets/cells\ntrain: images/train\nval: images/val\nnames:\n{listed}"
    files = beside("images/val", pictured) | texts("labels/val", pictured)
    return {"data.yaml": said.encode()} | files


def as_ultralytics_list(pictured, names) -> Files:
    lines = "\n".join(f"./images/{one.name}" for one in pictured)
    said = {"data.yaml": f"val: val.txt\nnames: {names}\n".encode(), "val.txt": lines.encode()}
    return said | beside("images", pictured) | texts("labels", pictured, outlines)


def as_roboflow(pictured, names) -> Files:
    said = f"train: ../train/images\nval: ../valid/images\nnc: {len(names)}\nnames: {names}\n"
    files = beside("valid/images", pictured) | texts("valid/labels", pictured)
    return {"data.yaml": said.encode()} | files


def as_label_studio(pictured, names) -> Files:
    said = {"classes.txt": "\n".join(names).encode(), "notes.json": b'{"categories": []}'}
    return said | beside("images", pictured) | texts("labels", pictured)


def as_cvat_yolo(pictured, names) -> Files:
    said = {
        "obj.names": "\n".join(names).encode(),
        "obj.data": f"classes = {len(names)}\nvalid = data/valid.txt\n".encode(),
        "valid.txt": "\n".join(f"data/obj_valid_data/{one.name}" for one in pictured).encode(),
    }
    files = beside("obj_valid_data", pictured) | texts("obj_valid_data", pictured)
    return said | files


def xml(one: Pictured, names: list[str]) -> bytes:
    root = ElementTree.Element("annotation")
    ElementTree.SubElement(root, "filename").text = one.name
    size = ElementTree.SubElement(root, "size")
    for side, value in zip(("width", "height"), one.seen_wh):
        ElementTree.SubElement(size, side).text = str(value)
    for (x, y, w, h), label in zip(one.boxes, one.labels):
        entry = ElementTree.SubElement(root, "object")
        ElementTree.SubElement(entry, "name").text = names[label]
        box = ElementTree.SubElement(entry, "bndbox")
        # VOC counts pixels from 1, the last one included
        for side, value in {"xmin": x + 1, "ymin": y + 1, "xmax": x + w, "ymax": y + h}.items():
            ElementTree.SubElement(box, side).text = str(value)
    return ElementTree.tostring(root)


def as_voc(pictured, names) -> Files:
    stems = [Path(one.name).stem for one in pictured]
    files = {f"Annotations/{stem}.xml": xml(one, names) for stem, one in zip(stems, pictured)}
    listed = {"ImageSets/Main/val.txt": "\n".join(stems).encode()}
    return files | listed | beside("JPEGImages", pictured)


FORMS = {
    "COCO": as_coco,
    "COCO of what is stored": as_coco_stored,
    "COCO in texts": as_coco_text,
    "COCO of Roboflow": as_roboflow_coco,
    "YOLO of ultralytics": as_ultralytics,
    "polygons by a list, UTF-16": as_ultralytics_list,
    "YOLO of Roboflow": as_roboflow,
    "YOLO of Label Studio": as_label_studio,
    "YOLO of CVAT": as_cvat_yolo,
    "VOC": as_voc,
}


def laid(files: Files, folder: Path) -> Path:
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def zipped(files: Files) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    file.name = "mine.zip"
    return file


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector("pico-cells", "cpu")


def precisions(detector: Detector, folder) -> dict[str, tuple[float, float]]:
    paths = evaluate(detector, folder, SIZE).paths
    return {name: (round(path.ap, 5), round(path.ap50, 5)) for name, path in paths.items()}


@pytest.fixture(scope="module")
def right(pictured, detector, tmp_path_factory) -> dict[str, tuple[float, float]]:
    folder = laid(as_coco(*pictured), tmp_path_factory.mktemp("right"))
    found = precisions(detector, open_set(folder / "set.json"))
    assert 0.05 < found["one2one"][0] < 0.95  # a number that a lost or moved box would change
    return found


@pytest.mark.parametrize("form", FORMS)
def test_one_set_has_one_ap_in_every_form_from_a_folder_and_from_a_zip(
    form, pictured, detector, right, tmp_path
) -> None:
    files = FORMS[form](*pictured)
    taught = open_set(laid(files, tmp_path / "set"), wanted=TO_TEACH)  # as training opens it
    assert precisions(detector, taught) == right
    assert precisions(detector, zipped_set(zipped(files), tmp_path / "unpacked")) == right


def test_the_command_and_single_uploads_measure_the_same(
    pictured, detector, right, tmp_path
) -> None:
    files = as_roboflow(*pictured)
    kept, place = tmp_path / "kept.json", str(laid(files, tmp_path / "set"))
    asked = ["--annotations", place, "--size", str(SIZE), "--device", "cpu", "--json", str(kept)]
    assert main(["evaluate", *asked]) == 0
    written = json.loads(kept.read_text(encoding="utf-8"))
    kept_of = {name: written[name] for name in ("ap", "ap50")}
    assert {
        path: tuple(round(kept_of[name][path], 5) for name in ("ap", "ap50")) for path in right
    } == right
    uploads = []
    for one in pictured[0]:
        file = io.BytesIO(one.data)
        file.name = one.name
        uploads.append(file)
    (tmp_path / "brought").mkdir()
    annotations = as_coco_stored(*pictured)["set.json"]
    folder, absent = uploaded_set(annotations, uploads, tmp_path / "brought")
    assert precisions(detector, folder) == right and absent == 0
