"""Claims about labelled sets and the stream of samples a run is made of."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from dualviz.dataset import CocoFolder
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
        ('{"images": [], "categories": [], "annotations": []}', "no images"),
    ],
)
def test_a_file_that_is_no_coco_says_so(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match=words):
        CocoFolder(tmp_path / "x.json")


def test_a_missing_picture_is_named(folder: CocoFolder) -> None:
    (folder.folder / "b.png").unlink()
    with pytest.raises(ValueError, match=r"b\.png"):
        folder[1]


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
    "wrong", [{"bbox": [1, 2, 3]}, {"bbox": None}, {"category_id": 77}, {"image_id": None}]
)
def test_an_annotation_that_lacks_something_is_named(folder: CocoFolder, wrong: dict) -> None:
    document = json.loads(folder.path.read_text())
    document["annotations"][1] |= wrong
    folder.path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="annotation 2"):
        CocoFolder(folder.path)
