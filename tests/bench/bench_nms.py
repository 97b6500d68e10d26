"""NMS with its trace beside OpenCV's `NMSBoxesBatched`, on 8,400 clustered boxes (15 per object), in one process.

Run `python tests/bench/bench_nms.py`. Prints best and median milliseconds of interleaved runs; the house's limit for
the ratio is 1.5.
"""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dualviz.postprocess import nms_free, non_max_suppression

RUNS = 15


def clustered(classes: int, objects: int = 560, per_object: int = 15, seed: int = 0):
    """Boxes (A, 4) and scores (A, C) in which every object was answered `per_object` times."""
    rng = np.random.default_rng(seed)
    centre = np.repeat(rng.uniform(20, 620, (objects, 2)), per_object, 0)
    size = np.repeat(rng.uniform(16, 120, (objects, 2)), per_object, 0)
    centre += rng.normal(0, 0.05, centre.shape) * size
    size *= np.exp(rng.normal(0, 0.05, size.shape))
    order = rng.permutation(len(centre))
    boxes = np.concatenate((centre - size / 2, centre + size / 2), 1)[order].astype(np.float32)
    scores = np.zeros((len(boxes), classes), np.float32)
    labels = np.repeat(rng.integers(0, classes, objects), per_object)[order]
    scores[np.arange(len(boxes)), labels] = rng.uniform(0.05, 1, len(boxes))
    return torch.from_numpy(boxes), torch.from_numpy(scores)


def milliseconds(*calls) -> list[tuple[float, float]]:
    """Best and median time of each call; the calls take turns."""
    times = [[] for _ in calls]
    for _ in range(RUNS):
        for call, taken in zip(calls, times):
            start = time.perf_counter()
            call()
            taken.append((time.perf_counter() - start) * 1e3)
    return [(min(t), sorted(t)[RUNS // 2]) for t in times]


def main() -> None:
    print(f"{'':22}{'ours':>16}{'OpenCV':>16}{'ratio':>14}{'NMS-free':>16}   kept by both")
    for classes in (1, 80):
        boxes, scores = clustered(classes)
        best, labels = (t.numpy() for t in scores.max(-1))
        xywh = torch.cat((boxes[:, :2], boxes[:, 2:] - boxes[:, :2]), -1).numpy()
        for iou in (0.45, 0.7):

            def ours(boxes=boxes, scores=scores, iou=iou):
                return non_max_suppression(boxes, scores, 0.05, iou, max_detections=len(boxes))

            def opencv(xywh=xywh, best=best, labels=labels, iou=iou):
                return cv2.dnn.NMSBoxesBatched(xywh, best, labels, 0.05, iou)

            kept = set(ours().anchors.tolist()), set(opencv().tolist())
            a, b, free = milliseconds(ours, opencv, lambda b=boxes, s=scores: nms_free(b, s, 0.05))
            print(
                f"{classes:3} classes, IoU {iou:4}  {a[0]:6.1f} /{a[1]:6.1f}   {b[0]:6.1f} /{b[1]:6.1f}"
                f"   {a[0] / b[0]:5.2f} /{a[1] / b[1]:5.2f}   {free[0]:6.2f} /{free[1]:6.2f}"
                f"   {len(kept[0] & kept[1])} of {len(kept[0])}, {len(kept[1])}"
            )


if __name__ == "__main__":
    main()
