"""Claims about choosing pictures: what each holds is told by its truth, and search and order give those that are meant."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.photographs import PHOTOGRAPHS, photographs
from dualviz.pictures.search import VARIABLE, crowding, holdings, meant, named_sets, set_title
from dualviz.pictures.truth import truth_from_boxes

#      picture, class, box, ignore
SAID = (
    (0, 1, [0, 0, 10, 10], 0),
    (0, 1, [0, 0, 10, 5], 0),  # half of the first: IoU 0.5
    (0, 2, [20, 20, 5, 5], 0),
    (1, 2, [0, 0, 10, 10], 0),
    (1, 2, [0, 0, 10, 10], 1),  # ignored: neither counted nor crowding
    (2, 1, [5, 5, 10, 10], 0),
    (2, 1, [5, 5, 10, 10], 0),  # twins: IoU 1
)


@pytest.fixture
def folder(tmp_path: Path) -> CocoFolder:
    document = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 32, "height": 32} for n in range(4)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": i, "image_id": n, "category_id": c, "bbox": box, "ignore": ignore}
            for i, (n, c, box, ignore) in enumerate(SAID)
        ],
    }
    for record in document["images"]:
        Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(tmp_path / record["file_name"])
    (tmp_path / "set.json").write_text(json.dumps(document))
    return CocoFolder(tmp_path / "set.json", tmp_path)


def test_what_a_picture_holds_is_its_truth_without_what_is_ignored(folder: CocoFolder) -> None:
    held = holdings(folder)
    assert [one.classes for one in held] == [{"cat": 2, "dog": 1}, {"dog": 1}, {"cat": 2}, {}]
    assert [one.crowding for one in held] == pytest.approx([1 / 3, 0, 1, 0])
    assert [one.name for one in held] == ["0.png", "1.png", "2.png", "3.png"]
    assert crowding(np.zeros((0, 4))) == 0


def test_search_and_order_give_those_that_are_meant(folder: CocoFolder) -> None:
    held = holdings(folder)

    def indices(**given) -> list[int]:
        return [one.index for one in meant(held, **given)]

    assert indices() == [0, 1, 2, 3]
    assert indices(class_name="dog") == [0, 1] and indices(class_name="cow") == []
    assert indices(least=1, most=2) == [1, 2] and indices(most=0) == [3]
    assert indices(order="count") == [0, 2, 1, 3]
    assert indices(order="crowding") == [2, 0, 1, 3], "of equals the first listed"
    assert indices(order="apart", apart=[0.1, 2.0, 0.1, 0.0]) == [1, 0, 2, 3]


def test_sets_are_named_by_the_environment_and_called_by_where_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert named_sets() == {}
    places = [tmp_path / "a" / "val.json", tmp_path / "b" / "val.json"]
    monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, places)))
    assert list(named_sets().values()) == places, "two of one name are two sets"
    assert set_title(places[0]) == "a/val"


def test_photographs_are_read_where_their_packages_lie_and_the_portrait_is_always_there() -> None:
    there = photographs()
    assert "portrait" in there
    for one in there.values():
        image, truth = one.read()
        x1, y1, x2, y2 = truth.boxes[0].tolist()
        assert 0 <= x1 < x2 <= image.shape[1] and 0 <= y1 < y2 <= image.shape[0]
        assert truth.class_names == (one.class_name,)
    for name, one in PHOTOGRAPHS.items():
        assert (name in there) == bool(one.path)


def test_objects_of_unknown_classes_are_left_out_and_said() -> None:
    boxes = [[0, 0, 4, 4], [1, 1, 9, 9], [2, 2, 5, 5]]
    truth = truth_from_boxes(boxes, [0, 1, 2], ("Cat", "boat", "cup"))
    among = truth.among(["dog", "cat"])
    assert among.boxes.tolist() == [boxes[0]] and "2 objects are left out" in among.notes[0]
    assert "boat, cup" in among.notes[0]
    assert truth.among(["cup", "boat", "cat"]) is truth
    assert len(truth_from_boxes([], [], ("a",)).among(["b"])) == 0
