"""Claims about labelled sets and the stream of samples a run is made of."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from dualviz.commands import main
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.scenes import random_scene, render
from dualviz.pictures.voc_set import coco_of_voc, voc_folders
from dualviz.training.data import Recipe, Samples, batches


@pytest.fixture
def folder(tmp_path: Path) -> CocoFolder:
    """Two pictures: one with a bright object and an ignored one, one empty."""
    (tmp_path / "set").mkdir()
    picture = np.full((96, 128, 3), 60, np.uint8)
    picture[20:60, 30:90] = 250
    cv2.imwrite(str(tmp_path / "set" / "a.png"), picture)
    cv2.imwrite(str(tmp_path / "set" / "b.png"), np.full((96, 128, 3), 60, np.uint8))
    document = {
        "images": [{"id": 7, "file_name": "a.png"}, {"id": 9, "file_name": "b.png"}],
        "categories": [
            {"id": 4, "name": "RBC"},
            {"id": 5, "name": "WBC"},
            {"id": 6, "name": "Platelets"},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 4, "bbox": [30, 20, 60, 40]},
            {"id": 2, "image_id": 7, "category_id": 4, "bbox": [0, 0, 10, 10], "ignore": 1},
        ],
    }
    (tmp_path / "set.json").write_text(json.dumps(document))
    return CocoFolder(tmp_path / "set.json")


def test_a_set_is_read_as_written(folder: CocoFolder) -> None:
    first = folder[0]
    assert first.boxes.tolist() == [[30, 20, 90, 60], [0, 0, 10, 10]]
    assert first.ignore.tolist() == [False, True] and first.labels.tolist() == [0, 0]
    assert len(folder[1].boxes) == 0
    assert folder.as_coco()["annotations"][1]["difficult"] == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "COCO JSON"),
        ('{"images": []}', "COCO JSON"),
        (
            '{"images": [{"id": 1}], "categories": [{"id": 1, "name": 7}], "annotations": []}',
            "file_name",
        ),
        ('{"images": [], "categories": [{"id": 1}], "annotations": []}', "name"),
        (
            '{"images": [{"id": 1, "file_name": "a"}], "categories": [{"id": 1, "name": "b"}], "annotations": ["x"]}',
            "COCO JSON",
        ),
        ('{"images": [], "categories": [], "annotations": []}', "no images"),
    ],
)
def test_a_file_that_is_no_coco_says_so(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match=words):
        CocoFolder(tmp_path / "x.json")


def test_missing_pictures_are_named_at_once_and_broken_ones_when_read(folder: CocoFolder) -> None:
    (folder.folder / "b.png").write_bytes(b"no picture")
    again = CocoFolder(folder.path)
    with pytest.raises(ValueError, match=r"b\.png \(named in .* is not a picture"):
        again[1]
    (folder.folder / "b.png").unlink()
    with pytest.raises(ValueError, match=r"lacks 1 of the 2 pictures that .*: b\.png$"):
        CocoFolder(folder.path)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_picture_is_one_sentence_from_another_process_too(
    folder: CocoFolder, workers: int
) -> None:
    (folder.folder / "b.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"^/\S*b\.png .* is not a picture: expected JPEG"):
        list(batches(samples(folder, 0, 16, replace(RECIPE, scenes=0.0)), 8, workers))


def test_only_so_many_bytes_of_pictures_are_held(folder: CocoFolder) -> None:
    size = folder[0].image.nbytes
    for keep, held in ((0, 0), (size, 1), (2 * size - 1, 1), (2 * size, 2)):
        again = CocoFolder(folder.path, keep=keep)
        same = [again[i].image is again[i].image for i in range(2)]
        assert sum(same) == held


RECIPE = Recipe(canvas_wh=(128, 96), scenes=0.5, mosaic=0.7, mixup=0.3)


def samples(folder: CocoFolder, start: int, stop: int, recipe: Recipe = RECIPE) -> Samples:
    return Samples(folder, recipe, seed=3, start=start, stop=stop, closing_from=30)


def test_sample_n_depends_on_the_seed_and_n_alone(folder: CocoFolder) -> None:
    whole = list(batches(samples(folder, 0, 40), 8, workers=0))
    later = list(batches(samples(folder, 24, 40), 8, workers=1))
    for left, right in zip(whole[3:], later, strict=True):
        for a, b in zip(left, right, strict=True):
            assert torch.equal(a, b)
    assert not torch.equal(whole[0][0], whole[1][0])


def test_boxes_follow_their_objects_through_every_change(folder: CocoFolder) -> None:
    """Without colour changes the bright object must lie exactly where its box says, up to a pixel of resampling."""
    plain = Recipe(canvas_wh=(128, 96), mosaic=0.5, hue=0, saturation=0, brightness=0)
    seen = 0
    stream = Samples(folder, plain, seed=1, start=0, stop=60, closing_from=60)
    for image, boxes, _labels, ignore in stream:
        bright = image.float().mean(0) > 200
        covered = torch.zeros_like(bright)
        for x1, y1, x2, y2 in boxes[~ignore].round().int().tolist():
            covered[max(0, y1 - 1) : y2 + 1, max(0, x1 - 1) : x2 + 1] = True
            inner = bright[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2]
            assert inner.numel() == 0 or inner.float().mean() > 0.97
            seen += 1
        assert (bright & ~covered).sum() <= 0.26 * 40 * 60 * 4  # slivers of objects hardly visible
    assert seen > 20


def test_the_closing_phase_shows_whole_pictures(folder: CocoFolder) -> None:
    recipe = Recipe(canvas_wh=(128, 96), mosaic=1.0, mixup=1.0, hue=0, saturation=0, brightness=0)
    stream = Samples(folder, recipe, seed=1, start=0, stop=20, closing_from=0)
    assert max(int((~ignore).sum()) for *_, ignore in stream) <= 1


def test_padding_objects_are_labelled_minus_one_and_ignored_ones_stand_apart(
    folder: CocoFolder,
) -> None:
    plain = Recipe(canvas_wh=(128, 96), mosaic=0.0, zoom=(1.0, 1.0))
    images, boxes, labels, ignored = next(
        iter(batches(Samples(folder, plain, 0, 0, 16, 16), 16, workers=0))
    )
    assert images.shape == (16, 3, 96, 128) and images.dtype == torch.uint8
    assert boxes.shape == (16, 1, 4) and set(labels.flatten().tolist()) == {0, -1}
    assert (boxes[labels < 0] == 0).all() and ignored.shape == (16, 1, 4)


def test_scenes_are_refused_where_their_classes_are_unknown(folder: CocoFolder) -> None:
    folder.class_names = ("cat",)
    with pytest.raises(ValueError, match="train without scenes"):
        samples(folder, 0, 4)


def test_a_box_of_no_area_is_left_out_of_teaching_and_of_judging(folder: CocoFolder) -> None:
    document = json.loads(folder.path.read_text())
    document["annotations"].append({"id": 3, "image_id": 9, "category_id": 4, "bbox": [5, 5, 0, 9]})
    folder.path.write_text(json.dumps(document))
    again = CocoFolder(folder.path)
    assert again.objects == 2 and len(again[1].boxes) == 0
    assert len(again.as_coco()["annotations"]) == 2


@pytest.mark.parametrize(
    ("part", "changed", "words"),
    [
        ("images", lambda all_: [all_[0], all_[1] | {"id": 7}], "two images with the id 7"),
        ("categories", lambda all_: [*all_, all_[0]], "two categories with the id 4"),
        ("categories", lambda all_: [], "lists no categories"),
        (
            "annotations",
            lambda all_: [entry | {"bbox": [0.1, 0.2, 0.5, 0.5]} for entry in all_],
            "in pixels, not shares",
        ),
    ],
)
def test_a_set_that_would_be_read_wrongly_is_refused(
    folder: CocoFolder, part: str, changed, words: str
) -> None:
    document = json.loads(folder.path.read_text())
    document[part] = changed(document[part])
    folder.path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=words):
        CocoFolder(folder.path)


def test_a_byte_order_mark_is_no_fault_and_a_picture_for_a_set_is_one_line(
    folder: CocoFolder,
) -> None:
    folder.path.write_text(folder.path.read_text(), encoding="utf-8-sig")
    assert CocoFolder(folder.path).judged == 1
    folder.path.write_bytes(b"\xff\xd8\xff\xe0" * 1000)
    with pytest.raises(ValueError, match="it is no text") as said:
        CocoFolder(folder.path)
    assert len(str(said.value)) < 300


@pytest.mark.parametrize(
    "wrong",
    [{"category_id": 77}, {"category_id": None}, {"iscrowd": "perhaps"}, {"ignore": [1]}],
    ids=str,
)
def test_an_annotation_that_lacks_something_is_named(folder: CocoFolder, wrong: dict) -> None:
    change(folder, annotations=lambda all_: [all_[0], all_[1] | wrong])
    with pytest.raises(ValueError, match="annotation 2"):
        CocoFolder(folder.path)


def change(folder: CocoFolder, **parts) -> None:
    document = json.loads(folder.path.read_text())
    for part, changed in parts.items():
        document[part] = changed(document[part])
    folder.path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    "wrong",
    [
        {"bbox": [1, 2, 3]},
        {"bbox": None},
        {"bbox": []},
        {"bbox": {"x": 1}},
        {"bbox": ["a", 2, 3, 4]},
        {"bbox": [200, 0, 9, 9]},
        {"bbox": [9, 9, -4, 9]},
    ],
    ids=str,
)
def test_a_bad_box_is_left_out_and_noted(folder: CocoFolder, wrong: dict) -> None:
    change(folder, annotations=lambda all_: [all_[0], all_[1] | wrong])
    again = CocoFolder(folder.path)
    assert again[0].boxes.tolist() == [[30, 20, 90, 60]]
    assert len(again.notes) == 1 and "1 box is left out: annotation 2 (" in again.notes[0]


def test_a_box_that_reaches_outside_is_clipped_for_teaching_and_judging(folder: CocoFolder) -> None:
    change(folder, annotations=lambda all_: [all_[0] | {"bbox": [-9, 80, 40, 40]}, all_[1]])
    again = CocoFolder(folder.path)
    assert again[0].boxes[0].tolist() == [0, 80, 31, 96]
    assert again.as_coco()["annotations"][0]["bbox"] == [0, 80, 31, 16]
    assert "clipped to the picture: annotation 1" in again.notes[0]


def test_annotations_of_no_listed_picture_are_counted_and_ids_of_text_are_ids(
    folder: CocoFolder,
) -> None:
    more = {"id": 3, "category_id": 4, "bbox": [1, 1, 9, 9]}
    change(
        folder,
        images=lambda all_: [all_[0] | {"id": "7"}, all_[1] | {"id": "nine"}],
        annotations=lambda all_: [*all_, more | {"image_id": 70}, more | {"image_id": "nine"}],
    )
    again = CocoFolder(folder.path)
    assert [len(labelled.boxes) for labelled in again] == [2, 1]
    assert {entry["image_id"] for entry in again.as_coco()["annotations"]} == {1, 2}
    assert "1 annotation names no listed picture" in again.notes[0]


def test_classes_of_one_name_are_joined_and_the_root_without_objects_is_left_out(
    folder: CocoFolder,
) -> None:
    root, again = {"id": 0, "name": "cells", "supercategory": "none"}, {"id": 9, "name": "RBC"}
    change(
        folder,
        categories=lambda all_: [*all_, again, root],
        annotations=lambda all_: [all_[0] | {"category_id": 9}, all_[1]],
    )
    read = CocoFolder(folder.path)
    assert read.class_names == ("RBC", "WBC", "Platelets") and read[0].labels.tolist() == [0, 0]
    assert "cells has no objects" in read.notes[0] and "as one class: RBC" in read.notes[1]


@pytest.mark.parametrize("name", ["sub\\a.png", "A.PNG", "%61.png", "./a.png"])
def test_a_picture_is_found_by_a_name_of_another_machine(folder: CocoFolder, name: str) -> None:
    change(folder, images=lambda all_: [all_[0] | {"file_name": name}, all_[1]])
    assert len(CocoFolder(folder.path)[0].boxes) == 2


def test_names_and_files_that_are_no_text_are_one_sentence(folder: CocoFolder) -> None:
    change(folder, categories=lambda all_: [one | {"name": n} for n, one in enumerate(all_)])
    assert CocoFolder(folder.path).class_names == ("0", "1", "2")
    change(folder, images=lambda all_: [all_[0] | {"file_name": None}, all_[1]])
    with pytest.raises(ValueError, match="file_name None, expected a text"):
        CocoFolder(folder.path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_turned_with_a_picture_that_its_file_turns(
    folder: CocoFolder, orientation: int
) -> None:
    pixels = np.full((96, 128, 3), 60, np.uint8)
    pixels[20:60, 30:90] = 250
    mark = Image.Exif()
    mark[0x0112] = orientation
    Image.fromarray(pixels).save(folder.folder / "a.png", exif=mark)
    change(folder, images=lambda all_: [all_[0] | {"width": 128, "height": 96}, all_[1]])
    if orientation < 5:
        again = CocoFolder(folder.path)
        assert ("taken as drawn on what is seen: a.png" in str(again.notes)) == (orientation > 1)
        return
    again = CocoFolder(folder.path)
    labelled = again[0]
    x1, y1, x2, y2 = labelled.boxes[0].astype(int).tolist()
    assert labelled.image.shape == (128, 96, 3) and (labelled.image[y1:y2, x1:x2] == 250).all()
    assert (labelled.image == 250).all(-1).sum() == (x2 - x1) * (y2 - y1)
    assert again.as_coco()["annotations"][0]["bbox"] == [x1, y1, x2 - x1, y2 - y1]
    assert "and the boxes with it: a.png" in again.notes[0]


def test_a_picture_of_another_size_than_stated_is_refused_by_name(folder: CocoFolder) -> None:
    change(folder, images=lambda all_: [all_[0] | {"width": 640, "height": 480}, all_[1]])
    with pytest.raises(ValueError, match=r"states 640 × 480 for a\.png, which is 128 × 96"):
        CocoFolder(folder.path)


def test_a_truncated_picture_is_refused_by_name(folder: CocoFolder) -> None:
    file = folder.folder / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)).save(file)
    file.write_bytes(file.read_bytes()[:9000])
    with pytest.raises(ValueError, match=r"a\.png .* damaged or truncated"):
        CocoFolder(folder.path)[0]


# ── sets made by the command ──

VOC = """<annotation><size><width>{w}</width><height>96</height></size><object><name>{name}</name>
<difficult>{difficult}</difficult><bndbox><xmin>31</xmin><ymin>21</ymin><xmax>{x}</xmax><ymax>60</ymax></bndbox></object></annotation>"""


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    """Four pictures in VOC's folders: a cat, a difficult ant, one whose box has no area, one without a picture."""
    for name in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (tmp_path / "voc" / name).mkdir(parents=True)
    for number, (name, difficult, x) in enumerate(
        (("cat", 0, 90), ("ant", 1, 90), ("cat", 0, 30), ("cat", 0, 90))
    ):
        text = VOC.format(w=128, name=name, difficult=difficult, x=x)
        (tmp_path / "voc" / "Annotations" / f"{number}.xml").write_text(text)
        if number < 3:
            file = tmp_path / "voc" / "JPEGImages" / f"{number}.jpg"
            cv2.imwrite(str(file), np.full((96, 128, 3), 60, np.uint8))
    (tmp_path / "voc" / "ImageSets" / "Main" / "train.txt").write_text("0\n1 -1\n\n")
    return tmp_path / "voc"


def test_voc_s_folders_become_a_set_and_what_cannot_be_used_is_left_out_and_said(voc: Path) -> None:
    document, left_out = coco_of_voc(voc_folders(voc))
    (voc.parent / "voc.json").write_text(json.dumps(document))
    found = CocoFolder(voc.parent / "voc.json", voc / "JPEGImages")
    assert found.class_names == ("ant", "cat") and len(found) == 2
    assert found[0].boxes.tolist() == [[30, 20, 90, 60]] and found[0].labels.tolist() == [1]
    assert found[1].ignore.tolist() == [True] and found[1].labels.tolist() == [0]
    assert len(left_out) == 2 and "no area" in left_out[0] and "no picture 3" in left_out[1]


def test_the_command_takes_a_list_and_its_set_can_be_trained_on(
    voc: Path, capsys: pytest.CaptureFixture
) -> None:
    out = voc.parent / "made" / "train.json"
    command = ["dataset", "--voc", str(voc), "--list", "train", "--out", str(out)]
    assert main(command) == 0
    said = capsys.readouterr()
    assert "2 pictures, 2 objects of ant, cat" in said.out and not said.err
    assert f"train --annotations {out} --images {voc / 'JPEGImages'}" in said.out
    assert main([*command[:4], "val", *command[5:]]) == 1
    assert "there is no ImageSets/Main/val.txt" in capsys.readouterr().err
    assert main(["dataset", "--voc", str(voc / "Annotations"), "--out", str(out)]) == 1
    assert "there is no Annotations" in capsys.readouterr().err


def test_the_command_renders_smears_with_their_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "smears" / "train.json"
    assert main(["dataset", "--smears", "3", "--seed", "7", "--out", str(out)]) == 0
    assert "3 pictures" in capsys.readouterr().out
    found = CocoFolder(out)
    assert found.class_names == ("RBC", "WBC", "Platelets")
    image, truth = render(random_scene(8))
    assert (found[1].image == image).all()
    assert np.allclose(found[1].boxes, truth.boxes.numpy(), atol=2e-3)
    with pytest.raises(SystemExit):
        main(["dataset", "--smears", "0", "--out", str(out)])
    assert "from 1 to 100000, got 0" in capsys.readouterr().err


def test_a_broken_picture_in_voc_s_folders_is_left_out_by_name(voc: Path) -> None:
    (voc / "JPEGImages" / "0.jpg").write_bytes(b"no picture")
    document, left_out = coco_of_voc(voc_folders(voc), "train")
    assert [image["file_name"] for image in document["images"]] == ["1.jpg"]
    assert (
        len(left_out) == 1 and "0.jpg (named in" in left_out[0] and "not a picture" in left_out[0]
    )
