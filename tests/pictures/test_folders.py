"""A labelled set opens in the form in which another program left it, and says what it chose; one bad file costs one picture."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dualviz.commands import main
from dualviz.pictures.folders import TO_TEACH, open_set
from dualviz.words import UserError

BOX = "1 0.5 0.5 0.25 0.5\n"  # of class 1, in shares of a picture of 64 × 48: 24, 12, 40, 36
PIXELS = [24.0, 12.0, 40.0, 36.0]


def draw(file: Path, size_wh: tuple[int, int] = (64, 48), turned: int = 1) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    mark = Image.Exif()
    mark[0x0112] = turned
    pixels = np.random.default_rng(len(file.name)).integers(0, 255, (*size_wh[::-1], 3), np.uint8)
    Image.fromarray(pixels).save(file, exif=mark)
    return file


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def pair(root: Path, pictures: str, labels: str, name: str = "a", text: str = BOX) -> None:
    draw(root / pictures / f"{name}.png")
    write(root / labels / f"{name}.txt", text)


def only(root: Path, **more) -> list:
    opened = open_set(root, **more)
    assert len(opened) == 1
    assert opened[0].boxes.tolist() == [PIXELS] and opened[0].image.shape == (48, 64, 3)
    return [opened.class_names[label] for label in opened[0].labels]


@pytest.mark.parametrize(
    "settings",
    [
        "names: [rbc, wbc]\nnc: 2\nval: images/val\ntrain: images/train\n",
        "names:\n  0: rbc\n  1: wbc\npath: .\nval: images/val/\n",
        "names: {0: rbc, 1: wbc}\npath: C:\\Users\\somebody\\set\nval: [images/val]\n",
        "train: ../images/train\nval: ../images/val\nnames: ['rbc', 'wbc']\n",
        "val: val.txt\nnames: [rbc, wbc]\n",
    ],
)
@pytest.mark.parametrize("by_file", [True, False])
def test_a_data_yaml_opens_with_its_names_and_its_list(tmp_path, settings, by_file) -> None:
    file = write(tmp_path / "data.yaml", settings)
    pair(tmp_path, "images/val", "labels/val")
    pair(tmp_path, "images/train", "labels/train", "t", "0 0.5 0.5 1 1\n")
    write(tmp_path / "val.txt", "/home/other/set/images/val/a.png\n\n")
    assert only(file if by_file else tmp_path) == ["wbc"]
    assert "its list val is taken" in open_set(tmp_path).notes[0]


def test_roboflow_s_lists_are_folders_of_their_own_and_training_takes_the_other_list(tmp_path):
    write(
        tmp_path / "data.yaml",
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 2\nnames: ['rbc', 'wbc']\nroboflow:\n  version: 1\n",
    )
    pair(tmp_path, "valid/images", "valid/labels")
    pair(tmp_path, "train/images", "train/labels", "t", "0 0.5 0.5 1 1\n")
    assert only(tmp_path) == ["wbc"]
    taught = open_set(tmp_path, wanted=TO_TEACH)
    assert taught.records[0]["file_name"] == "t.png" and "list train" in taught.notes[0]


@pytest.mark.parametrize("names_in", ["classes.txt", "obj.names"])
@pytest.mark.parametrize(
    "pictures, labels",
    [("images", "labels"), ("obj_train_data", "obj_train_data"), (".", "."), ("images", "images")],
)
def test_folders_with_a_list_of_names_open(tmp_path, names_in, pictures, labels) -> None:
    write(tmp_path / names_in, "rbc\nwbc\n")
    pair(tmp_path, pictures, labels)
    assert only(tmp_path) == ["wbc"]


def test_ids_without_names_stay_ids_that_the_detector_names(tmp_path) -> None:
    pair(tmp_path, "images/train2017", "labels/train2017")
    opened = open_set(tmp_path)
    assert opened.by_number and opened.class_names == ("0", "1")


def test_coco_files_are_found_where_others_leave_them(tmp_path) -> None:
    document = {
        "images": [{"id": 7, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [24, 12, 16, 24]}],
        "categories": [{"id": 3, "name": "wbc"}],
    }
    for index, (file, picture, name) in enumerate(
        [
            ("valid/_annotations.coco.json", "valid/a.png", "a.png"),  # Roboflow
            ("annotations/instances_default.json", "images/a.png", "a.png"),  # CVAT
            ("annotations/instances_val2017.json", "val2017/a.png", "a.png"),  # COCO
            ("result.json", "images/a.png", "images\\a.png"),  # Label Studio
            ("labels.json", "data/a.png", "a.png"),
        ]
    ):
        root = tmp_path / str(index)
        document["images"][0]["file_name"] = name
        write(root / file, json.dumps(document))
        draw(root / picture)
        assert only(root) == ["wbc"], file
    write(root / "other.json", json.dumps(document))
    with pytest.raises(UserError, match="2 COCO files"):
        open_set(root)
    write(root / "info.json", "{}")  # a file that is no set is none of them
    (root / "other.json").rename(root / "val.json")
    assert only(root) == ["wbc"]


def test_voc_s_folders_open_by_their_list(tmp_path) -> None:
    draw(tmp_path / "JPEGImages" / "a.jpg")
    draw(tmp_path / "JPEGImages" / "b.jpg")
    box = "<bndbox><xmin>25</xmin><ymin>13</ymin><xmax>40</xmax><ymax>36</ymax></bndbox>"
    for name in "ab":
        write(
            tmp_path / "Annotations" / f"{name}.xml",
            f"<annotation><object><name>wbc</name>{box}</object></annotation>",
        )
    assert len(open_set(tmp_path)) == 2
    write(tmp_path / "ImageSets" / "Main" / "val.txt", "a\n")
    assert only(tmp_path) == ["wbc"]


def test_one_bad_file_costs_one_picture_and_a_picture_without_text_has_no_objects(tmp_path):
    write(tmp_path / "classes.txt", "rbc\nwbc\n")
    pair(tmp_path, "images", "labels")
    pair(tmp_path, "images", "labels", "bad", "7 0.5 0.5 0.2 0.2\n")
    draw(tmp_path / "images" / "empty.png")
    (tmp_path / "images" / "no.png").write_bytes(b"no picture")
    opened = open_set(tmp_path)
    assert [record["file_name"] for record in opened.records] == ["a.png", "empty.png"]
    assert len(opened[1].boxes) == 0
    notes = " ".join(map(str, opened.notes))
    assert "bad.png is left out" in notes and "class id 7" in notes
    assert "no.png is left out" in notes and "2 pictures have no text of their own" in notes


def test_a_picture_that_its_file_turns_keeps_its_boxes_on_what_is_seen(tmp_path) -> None:
    write(tmp_path / "classes.txt", "rbc\nwbc\n")
    draw(tmp_path / "images" / "a.jpg", (48, 64), turned=6)  # seen as 64 × 48
    write(tmp_path / "labels" / "a.txt", BOX)
    assert only(tmp_path) == ["wbc"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("names: [a\n", "not valid YAML"),
        ("a: &x [1]\nb: *x\nnames: [a]\nval: images\n", "alias"),
        ("names: !!python/object/apply:os.system ['true']\nval: images\n", "not valid YAML"),
        ("names: 7\nval: images\n", "names as a list"),
        ("names: {0: a, 5: b}\nval: images\n", "names as a list"),
        ("names: [a]\nval: elsewhere\n", "no pictures that are there.*val: elsewhere"),
        ("names: [a]\n", "its lists are none"),
        ("names: [a]\nval: list.txt\n", "names gone.png, which is not there"),
        ("[" * 5000, "not valid YAML"),
    ],
)
def test_a_data_yaml_that_cannot_be_used_is_one_sentence(tmp_path, text, words) -> None:
    write(tmp_path / "list.txt", "gone.png\n")
    with pytest.raises(UserError, match=words):
        open_set(write(tmp_path / "data.yaml", text))


def test_a_folder_without_a_set_says_what_was_expected(tmp_path) -> None:
    draw(tmp_path / "a.png")
    with pytest.raises(
        UserError, match=r"expected a COCO JSON, a data\.yaml, images/ with labels/"
    ):
        open_set(tmp_path)


@pytest.mark.skipif("not __import__('importlib.util').util.find_spec('pycocotools')")
def test_evaluate_measures_ids_without_names_by_the_detector_s(tmp_path, capsys) -> None:
    pair(tmp_path, "images", "labels")
    assert main(["evaluate", "--annotations", str(tmp_path)]) == 0
    assert "one-to-one" in capsys.readouterr().out
    write(tmp_path / "labels" / "a.txt", "3 0.5 0.5 0.2 0.2\n")
    assert main(["evaluate", "--annotations", str(tmp_path)]) == 1
    assert "does not know: 3" in capsys.readouterr().err


def test_of_folders_without_settings_the_wanted_list_is_taken(tmp_path) -> None:
    for name in ("train", "val"):
        pair(tmp_path, f"images/{name}", f"labels/{name}", name)
    assert [r["file_name"] for r in open_set(tmp_path).records] == ["val.png"]
    assert [r["file_name"] for r in open_set(tmp_path, wanted=TO_TEACH).records] == ["train.png"]
