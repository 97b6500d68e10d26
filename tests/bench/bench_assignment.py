"""Assignment of 8,400 anchors × 50 objects against others in one run: `python tests/bench/bench_assignment.py [THREADS]`.

The dense reference does what a direct reading of the formulas does: CIoU, metric and top-k over the whole G × A table. With
ultralytics installed, in a throw-away environment only (it is AGPL-3.0 and no part of this project), its assigner joins in.
Wall and processor time: on a busy machine only the second says something.
"""

import sys
import time
from collections.abc import Callable
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


def crowd(least: float, most: float) -> tuple[Tensor, ...]:
    """Fifty objects whose sides lie between these pixels, with predictions scattered about them."""
    torch.manual_seed(0)
    points, _ = anchor_grid((640, 640), (8, 16, 32))
    centre, half = torch.rand(50, 2) * 540 + 50, (torch.rand(50, 2) * (most - least) + least) / 2
    truth, labels = torch.cat((centre - half, centre + half), -1), torch.randint(80, (50,))
    boxes = truth[torch.cdist(points, centre).argmin(-1)] + torch.randn(len(points), 4) * 6
    return torch.rand(len(points), 80) ** 2, boxes, points, truth, labels


def ultralytics(topk: int) -> Callable[..., Tensor] | None:
    """Return the other's assigner in our words; None where it is not installed."""
    try:
        from ultralytics.utils.tal import TaskAlignedAssigner
    except ImportError:
        return None
    assigner = TaskAlignedAssigner(topk=topk, num_classes=80, alpha=0.5, beta=6.0)

    @torch.no_grad()
    def call(
        scores: Tensor, boxes: Tensor, points: Tensor, truth: Tensor, labels: Tensor, _: int
    ) -> Tensor:
        real = torch.ones(1, len(truth), 1, dtype=torch.bool)
        return assigner(
            scores[None], boxes[None], points, labels[None, :, None], truth[None], real
        )[2]

    return call


def main() -> None:
    """Print the median milliseconds of all, interleaved, and their ratios."""
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    for name, sides in {"large objects": (40.0, 160.0), "small objects": (8.0, 32.0)}.items():
        given = crowd(*sides)
        for topk in (10, 1):
            calls: dict[str, Callable] = {"dense": dense, "ours": assign}
            if other := ultralytics(topk):
                calls["ultralytics"] = other
            spent: dict[str, list[tuple[float, float]]] = {rival: [] for rival in calls}
            for _ in range(30):
                for rival, call in calls.items():
                    wall, cpu = time.perf_counter(), time.process_time()
                    call(*given, topk)
                    spent[rival].append((time.perf_counter() - wall, time.process_time() - cpu))
            print(f"{name}, top {topk}:")
            ours = [median(kind) for kind in zip(*spent["ours"])]
            for rival, times in spent.items():
                wall, cpu = (median(kind) for kind in zip(*times))
                print(
                    f"  {rival:12} {1e3 * wall:6.1f} ms, processor {1e3 * cpu:6.1f} ms; "
                    f"ours takes {ours[0] / wall:.2f} and {ours[1] / cpu:.2f} of it"
                )
            difference = dense(*given, topk) - assign(*given, topk).target_scores.amax(-1)
            print(
                f"  targets differ by more than 1e-4 at {int((difference.abs() > 1e-4).sum())} anchors"
            )


if __name__ == "__main__":
    main()
