"""Assignment of 8,400 anchors × 50 objects against a dense reference, in one run: `python tests/bench/bench_assignment.py`.

The reference does what a direct reading of the formulas does: CIoU, metric and top-k over the whole G × A table.
"""

import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch import Tensor

from dualviz.assignment import assign
from dualviz.boxes import anchor_grid, complete_box_iou


def dense(
    scores: Tensor, boxes: Tensor, points: Tensor, truth: Tensor, labels: Tensor, topk: int
) -> Tensor:
    """Top-k, conflicts and soft targets over the dense table, in float32."""
    inside = ((points[None] > truth[:, None, :2]) & (points[None] < truth[:, None, 2:])).all(-1)
    u = complete_box_iou(truth, boxes).clamp(min=0) * inside
    m = scores[:, labels].T ** 0.5 * u**6 * inside
    chosen = torch.zeros_like(m, dtype=torch.bool).scatter_(1, m.topk(topk).indices, True) & inside
    contested = chosen.sum(0) > 1
    winner = torch.zeros_like(chosen).scatter_(0, u.argmax(0, keepdim=True), True)
    chosen = torch.where(contested, winner, chosen)
    m = m * chosen
    t = m * (u * chosen).amax(1, keepdim=True) / (m.amax(1, keepdim=True) + 1e-9)
    return t.amax(0)


def main() -> None:
    """Print the median milliseconds of both, interleaved, and their ratio."""
    torch.set_num_threads(2)
    torch.manual_seed(0)
    points, _ = anchor_grid((640, 640), (8, 16, 32))
    centre, half = torch.rand(50, 2) * 540 + 50, torch.rand(50, 2) * 60 + 20
    truth, labels = torch.cat((centre - half, centre + half), -1), torch.randint(80, (50,))
    boxes = truth[torch.cdist(points, centre).argmin(-1)] + torch.randn(len(points), 4) * 6
    scores = torch.rand(len(points), 80) ** 2
    for topk in (10, 1):
        taken: dict[str, list[float]] = {"ours": [], "dense": []}
        for _ in range(30):
            for name, call in (
                ("dense", dense),
                ("ours", assign),
            ):
                began = time.perf_counter()
                call(scores, boxes, points, truth, labels, topk)
                taken[name].append(1e3 * (time.perf_counter() - began))
        ours, other = median(taken["ours"]), median(taken["dense"])
        difference = (
            dense(scores, boxes, points, truth, labels, topk)
            - assign(scores, boxes, points, truth, labels, topk).target_scores.amax(-1)
        ).abs()
        print(
            f"top {topk}: ours {ours:.1f} ms, dense {other:.1f} ms, {other / ours:.1f} × faster; "
            f"targets differ by more than 1e-4 at {int((difference > 1e-4).sum())} anchors"
        )


if __name__ == "__main__":
    main()
