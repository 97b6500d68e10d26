"""Claims about remedies against duplicates: what each removes and costs over a set."""

import json

import numpy as np
import pytest
import torch

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.exports.studies import ShownRemedies, remedies_csv
from dualviz.pictures.dataset import CocoFolder
from dualviz.study import remedies
from dualviz.study.evaluation import has_pycocotools
from dualviz.web.detections.remedies import remedy_words


class Scripted:
    """A detector of two classes whose one-to-one head repeats one object, names one anchor twice, and finds two neighbours."""

    class_names = ("cell", "dot")
    size = 64
    device = torch.device("cpu")
    # box, scores of both classes
    SAYS = (
        ([0.0, 0, 10, 10], (0.9, 0.0)),
        ([0.0, 0, 10, 9], (0.4, 0.0)),  # a duplicate, IoU 0.9
        ([20.0, 0, 30, 10], (0.8, 0.6)),  # one anchor, two classes: the second is false
        ([0.0, 20, 10, 30], (0.35, 0.0)),  # a true one that scores below the duplicate
    )

    def predict(self, image: np.ndarray, size=None) -> DualPrediction:
        points, level = anchor_grid((64, 64), (8, 16, 32))
        boxes, scores = torch.zeros(len(points), 4), torch.zeros(len(points), 2)
        for anchor, (box, own) in enumerate(self.SAYS):
            boxes[anchor], scores[anchor] = torch.tensor(box), torch.tensor(own)
        head = HeadPrediction(boxes, scores)
        return DualPrediction(head, head, points, level, (8, 16, 32), (64, 64))


@pytest.fixture
def folder(tmp_path) -> CocoFolder:
    from PIL import Image

    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "a.png")
    objects = [[0, 0, 10, 10], [20, 0, 10, 10], [0, 20, 10, 10]]
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 64}],
        "categories": [{"id": 1, "name": "cell"}, {"id": 2, "name": "dot"}],
        "annotations": [
            {"id": i, "image_id": 1, "category_id": 1, "bbox": box, "area": 100, "iscrowd": 0}
            for i, box in enumerate(objects, 1)
        ],
    }
    document["annotations"].append(
        {"id": 9, "image_id": 1, "category_id": 2, "bbox": [40, 40, 8, 8], "area": 64, "iscrowd": 0}
    )
    (tmp_path / "set.json").write_text(json.dumps(document))
    return CocoFolder(tmp_path / "set.json", tmp_path)


def test_each_remedy_removes_what_it_says_and_costs_what_it_takes_along(folder) -> None:
    made = remedies.compare(Scripted(), folder, 0.25, precision=has_pycocotools())
    counted = {
        name: (one.found, one.duplicates, one.false, one.missed)
        for name, one in made.outcomes.items()
    }
    assert made.objects == 4 and made.pictures == 1
    assert counted["none"] == (3, 1, 1, 1)
    assert counted["nms"] == (3, 0, 1, 1), "the duplicate falls, the second class stays"
    assert counted["agnostic"] == (3, 0, 0, 1), "both fall"
    assert counted["best"] == (3, 1, 0, 1), "only the second class falls"
    assert made.outcomes["confidence"].confidence == 0.4
    assert counted["confidence"] == (2, 0, 1, 2), "a true one that scores lower is lost with it"
    if has_pycocotools():
        ap = {name: one.ap for name, one in made.outcomes.items()}
        assert ap["confidence"] < ap["none"] <= ap["agnostic"]
    words = remedy_words(made)
    assert "from 1 to 0 and costs 0" in words
    assert "A confidence of 0.40** leaves as few (0) and costs 1" in words
    table = remedies_csv(ShownRemedies(made)).splitlines()
    assert table[1].startswith("remedy,confidence") and len(table) == 2 + len(remedies.REMEDIES)


def test_where_nothing_repeats_the_confidence_stays() -> None:
    assert remedies.as_few([(0.9, "matched"), (0.3, "false")], 0, 0.25) == 0.25
    duplicates = [(0.3, "duplicate"), (0.62, "duplicate"), (0.5, "duplicate")]
    assert remedies.as_few(duplicates, 1, 0.25) == 0.5
    assert remedies.as_few(duplicates, 0, 0.25) == 0.62
    assert remedies.as_few(duplicates, 3, 0.25) == 0.25
