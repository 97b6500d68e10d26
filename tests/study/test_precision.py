"""Claims about average precision over weighed pictures: pycocotools' own figure, and the same as counting pictures twice."""

import contextlib
import copy
import io

import numpy as np
import pytest

from dualviz.study.precision import Matched

pycoco = pytest.importorskip("pycocotools.coco")


def made(seed: int, pictures: int = 12) -> tuple[dict, list[dict]]:
    """Objects of three classes, some ignored, and detections near them, doubled and far off."""
    rng = np.random.default_rng(seed)
    annotations, rows = [], []
    for picture in range(pictures):
        for _ in range(rng.integers(0, 7)):
            x, y, w, h = (float(v) for v in (*rng.uniform(0, 200, 2), *rng.uniform(10, 60, 2)))
            label = int(rng.integers(3))
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": picture,
                    "category_id": label,
                    "area": w * h,
                }
                | {"bbox": [x, y, w, h], "iscrowd": 0, "difficult": int(rng.random() < 0.15)}
            )
            for _ in range(rng.integers(0, 4)):
                box = (np.array([x, y, w, h]) + rng.normal(0, 4, 4)).clip(1).tolist()
                guess = label if rng.random() < 0.8 else int(rng.integers(3))
                rows.append(
                    {
                        "image_id": picture,
                        "category_id": guess,
                        "bbox": box,
                        "score": float(rng.random()),
                    }
                )
    names = [{"id": label, "name": str(label)} for label in range(3)]
    images = [{"id": picture} for picture in range(pictures)]
    return {"images": images, "categories": names, "annotations": annotations}, rows


def by_pycocotools(labelled: dict, rows: list[dict]) -> tuple[float, float]:
    from pycocotools.cocoeval import COCOeval

    class Evaluator(COCOeval):
        def _prepare(self) -> None:
            super()._prepare()
            for entries in self._gts.values():
                for entry in entries:
                    entry["ignore"] = entry["difficult"]

    with contextlib.redirect_stdout(io.StringIO()):
        truth = pycoco.COCO()
        truth.dataset = labelled
        truth.createIndex()
        judge = Evaluator(truth, truth.loadRes(rows), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[0], judge.stats[1]


@pytest.mark.parametrize("seed", range(4))
def test_every_picture_once_is_pycocotools_own_figure(seed: int) -> None:
    labelled, rows = made(seed)
    assert Matched(labelled, rows).precision() == pytest.approx(
        by_pycocotools(copy.deepcopy(labelled), copy.deepcopy(rows)), abs=1e-9
    )


def test_a_weight_counts_a_picture_as_often_as_a_set_that_holds_it_so_often() -> None:
    labelled, rows = made(9)
    weights = np.array([0, 2, 1, 0, 3, 1, 1, 0, 2, 1, 1, 0])
    again = {"categories": labelled["categories"], "images": [], "annotations": []}
    repeated: list[dict] = []
    for picture, times in enumerate(weights):
        for _ in range(times):
            number = len(again["images"])
            again["images"].append({"id": number})
            for one in labelled["annotations"]:
                if one["image_id"] == picture:
                    fresh = {"id": len(again["annotations"]) + 1, "image_id": number}
                    again["annotations"].append(one | fresh)
            repeated += [r | {"image_id": number} for r in rows if r["image_id"] == picture]
    assert Matched(labelled, rows).precision(weights) == pytest.approx(
        by_pycocotools(again, repeated), abs=1e-9
    )


def test_nothing_found_is_0() -> None:
    assert Matched(made(0)[0], []).precision() == (0.0, 0.0)
