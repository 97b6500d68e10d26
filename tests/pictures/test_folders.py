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
        ("names: {0: a, 5: b}\nval: images\n", "by ids from 0 on, but has none for 1$"),
        (f"names: [{'a, ' * 120_000}]\nval: images\n", "more than any data.yaml"),
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


# ── as other programs and other machines leave them ──


def xml(root: Path, file: str) -> None:
    box = "<bndbox><xmin>25</xmin><ymin>13</ymin><xmax>40</xmax><ymax>36</ymax></bndbox>"
    write(root / file, f"<annotation><object><name>wbc</name>{box}</object></annotation>")


@pytest.mark.parametrize(
    "path",
    ["/content/set-1/{}", "C:\\Users\\me\\set\\{}", "../{}", "./{}", "{}/", "..\\set\\{}"],
)
@pytest.mark.parametrize(
    "folder, written", [("valid/images", "valid/images"), ("Val/images", "val/images")]
)
def test_of_a_path_of_another_machine_the_end_counts(tmp_path, path, folder, written) -> None:
    pair(tmp_path, folder, folder.replace("images", "labels"))
    pair(tmp_path, "images", "labels", "t")  # `images` alone is another list
    write(tmp_path / "data.yaml", f"val: '{path.format(written)}'\nnames: [rbc, wbc]\n")
    assert only(tmp_path) == ["wbc"]


def test_a_list_that_is_not_there_is_not_another_one(tmp_path) -> None:
    pair(tmp_path, "images", "labels")
    write(tmp_path / "data.yaml", "val: ../valid/images\nnames: [rbc, wbc]\n")
    with pytest.raises(UserError, match="no pictures that are there"):
        open_set(tmp_path)


@pytest.mark.parametrize(
    "names, meant",
    [
        ("[rbc, no]", "no"),
        ("[rbc, null]", "null"),
        ("[rbc, 2020-01-01]", "2020-01-01"),
        ("[rbc, 1e3]", "1e3"),
        ("{'0': rbc, '1': 'w b c'}", "w b c"),
        ("[rbc, '']", "class 1"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_class_is_called_what_is_written(tmp_path, names, meant, encoding) -> None:
    pair(tmp_path, "images", "labels")
    (tmp_path / "DATA.YML").write_text(f"val: images\nnames: {names}\n", encoding=encoding)
    assert only(tmp_path) == [meant]


def test_poses_of_two_numbers_a_point_are_told_from_polygons_by_the_settings(tmp_path) -> None:
    pair(tmp_path, "images", "labels", text=BOX.strip() + " 0.1 0.1 0.9 0.9\n")
    write(tmp_path / "data.yaml", "val: images\nnames: [rbc, wbc]\nkpt_shape: [2, 2]\n")
    assert only(tmp_path) == ["wbc"] and "poses" in open_set(tmp_path).notes[1]
    write(tmp_path / "data.yaml", "val: images\nnames: [rbc, wbc]\n")
    assert open_set(tmp_path)[0].boxes.tolist() != [PIXELS]


@pytest.mark.parametrize(
    "picture, text",
    [
        ("images/a.png", "Labels/a.TXT"),
        ("images/IMG_1.PNG", "labels/img_1.txt"),
        ("images/Pr\u00fcf.png", "labels/Pru\u0308f.txt"),
        ("images/a.png", "labels/a.png.txt"),
        ("images/a.rf.0f3c.png", "labels/a.rf.0f3c.txt"),
        ("Images/x/a.png", "Labels/x/a.txt"),
        ("A.PNG", "a.Txt"),
    ],
)
def test_a_text_is_found_in_any_case_and_form_and_its_names_beside_it(
    tmp_path, picture, text
) -> None:
    draw(tmp_path / picture)
    write(tmp_path / text, BOX)
    write((tmp_path / text).parent / "classes.txt", "rbc\n\nwbc\n")  # as LabelImg lays them
    write(tmp_path / "images" / "._a.png", "of macOS")
    assert only(tmp_path) == ["wbc"]
    assert not open_set(tmp_path).notes


def test_a_text_whose_picture_cannot_be_read_is_counted(tmp_path) -> None:
    pair(tmp_path, "images", "labels")
    write(tmp_path / "images" / "phone.heic", "")
    write(tmp_path / "labels" / "phone.txt", BOX)
    write(tmp_path / "classes.txt", "rbc\nwbc\n")
    assert only(tmp_path) == ["wbc"]
    (note,) = open_set(tmp_path).notes
    assert note == "1 text has no picture that can be read, and is left aside: phone.txt"


def test_a_list_of_names_that_is_no_text_is_named(tmp_path) -> None:
    pair(tmp_path, "images", "labels")
    (tmp_path / "classes.txt").write_bytes("Zelle\nK\u00f6rper\n".encode("cp1252"))
    with pytest.raises(UserError, match=r"classes\.txt is no text in UTF-8 or UTF-16"):
        open_set(tmp_path)


@pytest.mark.parametrize(
    "label, picture, listed",
    [
        ("VOC2012/Annotations/a.xml", "VOC2012/JPEGImages/a.jpg", ""),
        ("Annotations/a.xml", "images/a.png", ""),  # Label Studio
        ("annotations/x/a.XML", "images/x/a.PNG", ""),
        ("valid/a.xml", "valid/a.jpg", "list valid"),  # Roboflow
        ("a.xml", "a.jpg", ""),  # LabelImg
        (
            "Annotations/s/b 1.xml",
            "JPEGImages/s/b 1.jpg",
            "list val",
        ),  # CVAT's subset, with a blank
    ],
)
def test_voc_s_files_open_where_others_leave_them(tmp_path, label, picture, listed) -> None:
    draw(tmp_path / picture)
    xml(tmp_path, label)
    if listed == "list val":
        write(tmp_path / "ImageSets" / "Main" / "val.txt", "s/b 1\n")
    opened = open_set(tmp_path)
    assert opened[0].boxes.tolist() == [PIXELS] and opened.class_names == ("wbc",)
    assert [listed in note for note in opened.notes] == ([True] if listed else [])


@pytest.mark.parametrize("pictures", ["{}2017", "images/{}2017", "images/{}"])
def test_coco_s_lists_that_share_names_of_pictures_have_folders_of_their_own(
    tmp_path, pictures
) -> None:
    document = {
        "images": [{"id": 7, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [24, 12, 16, 24]}],
        "categories": [{"id": 3, "name": "wbc"}],
    }
    for name in ("train", "val"):
        year = "2017" if pictures.endswith("2017") else ""
        file = tmp_path / "annotations" / f"instances_{name}{year}.JSON"
        write(file, json.dumps(document))
        draw(tmp_path / pictures.format(name) / "a.png")
    assert only(tmp_path) == ["wbc"] and only(file) == ["wbc"]
    assert open_set(tmp_path).folder == tmp_path / pictures.format("val")


def test_a_set_that_somebody_brought_leads_to_no_list_of_the_server(tmp_path) -> None:
    write(tmp_path / "server" / "secret.txt", "the first line\n")
    pair(tmp_path / "server" / "images", "", "")
    for outside in (
        tmp_path / "server/secret.txt",
        "../server/secret.txt",
        tmp_path / "server/images",
    ):
        file = write(tmp_path / "brought" / "data.yaml", f"val: {outside}\nnames: [rbc, wbc]\n")
        with pytest.raises(UserError) as caught:
            open_set(file, within=tmp_path / "brought")
        assert "no pictures that are there" in str(caught.value)
        assert "the first line" not in str(caught.value)


def test_a_list_that_names_itself_and_a_picture_many_times_is_that_picture(tmp_path) -> None:
    pair(tmp_path, "images", "labels")
    write(tmp_path / "val.txt", "images/a.png\n" * 5)
    write(tmp_path / "data.yaml", "val: val.txt\nnames: [rbc, wbc]\n")
    assert only(tmp_path) == ["wbc"]
    write(tmp_path / "val.txt", "val.txt\n" * 5)
    with pytest.raises(UserError, match=r"val\.txt names val\.txt, which is not there"):
        open_set(tmp_path)


def test_a_list_of_several_folders_is_refused_where_one_holds_nothing(tmp_path) -> None:
    """Else AP is that of a part of the set, without a word."""
    file = write(tmp_path / "data.yaml", "val: [images/a, images/b]\nnames: [rbc, wbc]\n")
    pair(tmp_path, "images/a", "labels/a")
    with pytest.raises(UserError, match="its list val also names images/b, where no pictures are"):
        open_set(file)
    pair(tmp_path, "images/b", "labels/b", "b")
    assert len(open_set(file)) == 2
