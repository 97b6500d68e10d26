"""COCO's average precision over any weighing of the pictures, from one matching of detections to objects.

pycocotools matches once (which detection finds which object at each IoU); what follows is counting, and can be repeated
with every picture counted as often as a drawing with replacement holds it.
"""

import contextlib
import io

import numpy as np

RECALLS = np.linspace(0, 1, 101)


class Matched:
    """Detections of a set, matched to its objects at IoU 0.50 to 0.95 as pycocotools does.

    Args:
        labelled: as `CocoFolder.as_coco` returns it; objects marked `difficult` are neither found nor missed.
        rows: COCO result rows.
    """

    def __init__(self, labelled: dict, rows: list[dict]) -> None:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        class Evaluator(COCOeval):
            def _prepare(self) -> None:
                super()._prepare()
                for entries in self._gts.values():
                    for entry in entries:  # pycocotools itself overwrites `ignore` by `iscrowd`
                        entry["ignore"] = entry.get("difficult", 0) or entry.get("iscrowd", 0)

        self.pictures = len(labelled["images"])
        self._classes: list[tuple[np.ndarray, ...]] = []
        if not rows:
            return
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO()
            truth.dataset = labelled
            truth.createIndex()
            judge = Evaluator(truth, truth.loadRes(rows), "bbox")
            judge.params.areaRng, judge.params.areaRngLbl = judge.params.areaRng[:1], ["all"]
            judge.evaluate()
        ids = list(judge.params.imgIds)
        for place in range(len(judge.params.catIds)):
            seen = judge.evalImgs[place * len(ids) : (place + 1) * len(ids)]
            self._classes.append(_of_class(seen))

    def precision(self, weights: np.ndarray | None = None) -> tuple[float, float]:
        """AP (IoU 0.50:0.95) and AP50, both 0..1.

        Args:
            weights: how often each picture counts, (pictures,) in the order of their ids; None: once.
        """
        counts = np.ones(self.pictures) if weights is None else np.asarray(weights, float)
        by_class = []
        for picture, hit, miss, holder in self._classes:
            objects = counts[holder].sum()
            if not objects:
                continue
            weight = counts[picture]
            hits, wrong = (np.cumsum(kind * weight, axis=1) for kind in (hit, miss))
            recall = hits / objects
            share = hits / np.maximum(hits + wrong, np.spacing(1))
            share = np.maximum.accumulate(share[:, ::-1], axis=1)[:, ::-1]
            padded = np.concatenate((share, np.zeros((len(share), 1))), 1)
            by_class.append(
                [
                    row[np.searchsorted(reach, RECALLS, side="left")].mean()
                    for row, reach in zip(padded, recall)
                ]
            )
        if not by_class:
            return 0.0, 0.0
        table = np.array(by_class)
        return float(table.mean()), float(table[:, 0].mean())


def _of_class(seen: list[dict | None]) -> tuple[np.ndarray, ...]:
    """Of one class, best score first: picture (D,), hit and miss (T, D) of every detection; and the picture of every object (G,)."""
    known = [(place, one) for place, one in enumerate(seen) if one is not None]
    if not known:
        empty = np.zeros(0, int)
        return empty, np.zeros((10, 0), bool), np.zeros((10, 0), bool), empty
    scores = np.concatenate([one["dtScores"] for _, one in known])
    order = np.argsort(-scores, kind="mergesort")
    picture = np.concatenate([np.full(len(one["dtScores"]), place) for place, one in known])
    matched = np.concatenate([one["dtMatches"] for _, one in known], 1) > 0
    spared = np.concatenate([one["dtIgnore"] for _, one in known], 1) > 0
    holder = np.concatenate(
        [np.full(int((np.asarray(one["gtIgnore"]) == 0).sum()), place) for place, one in known]
    )
    hit, miss = matched & ~spared, ~matched & ~spared
    return picture[order], hit[:, order], miss[:, order], holder
