"""A 60 × 60 α–β map over 20 objects × 8,400 anchors: four measures, swept by direction and painted.

Run `python tests/bench/bench_map.py`. Prints best and median seconds on two threads; the house's limit is 1 s.
"""

import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.pictures.truth import truth_from_boxes
from dualviz.study.alignment import agreement_map
from dualviz.trace import Setting, trace_prediction

RUNS = 7


def main() -> None:
    torch.set_num_threads(2)
    torch.manual_seed(0)
    points, level = anchor_grid((640, 640), (8, 16, 32))
    centre = torch.rand(20, 2) * 480 + 80
    truth = truth_from_boxes(
        torch.cat((centre - 72, centre + 72), 1).tolist(), [0] * 20, ("thing",)
    )

    def head() -> HeadPrediction:
        boxes = torch.cat((points - 72, points + 72), 1) + 20 * torch.randn(len(points), 4)
        return HeadPrediction(boxes, torch.rand(len(points), 1))

    prediction = DualPrediction(head(), head(), points, level, (8, 16, 32), (640, 640))
    image = torch.zeros(640, 640, 3, dtype=torch.uint8).numpy()
    for shared in (False, True):
        setting = Setting(shared=shared)
        traced = trace_prediction(image, truth, prediction, ("thing",), setting)
        taken = []
        for _ in range(RUNS):
            start = time.perf_counter()
            made = agreement_map([traced], setting)
            taken.append(time.perf_counter() - start)
        inside = int(traced.prior.sum(1).float().mean())
        print(
            f"{'shared' if shared else 'own':7} {tuple(made.values['top1'].shape)} map, {made.objects} objects × "
            f"{len(points)} anchors ({inside} inside each): best {min(taken):.3f} s, "
            f"median {sorted(taken)[RUNS // 2]:.3f} s; limit 1 s"
        )


if __name__ == "__main__":
    main()
