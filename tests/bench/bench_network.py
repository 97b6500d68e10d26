"""Fused forward pass, both heads, against ultralytics' YOLOv10-N on the same weights in the same run.

`python tests/bench/bench_network.py` times ours alone. With ultralytics installed, in a throw-away environment only (it
is AGPL-3.0 and no dependency of this project), it times both, interleaved.
"""

import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from dualviz.detector.network import DualDetector

ROUNDS = 20


def main() -> None:
    """Print median milliseconds and the ratio, at 320 and 640 px."""
    torch.set_num_threads(2)
    torch.manual_seed(0)
    network = DualDetector("n", 80).eval()
    calls = {"ours": network.fuse()}
    try:
        from ultralytics import YOLO
    except ModuleNotFoundError:
        print("ultralytics is not installed here: ours alone")
    else:
        other = YOLO("yolov10n.yaml").model.eval()
        other.load_state_dict(network.state_dict(prefix=""), strict=False)
        other.model[-1].fuse = lambda *_, **__: None  # its own fuse would drop a head
        calls["ultralytics"] = other.fuse(verbose=False)
    with torch.inference_mode():
        for size in (320, 640):
            x = torch.rand(1, 3, size, size)
            taken: dict[str, list[float]] = {name: [] for name in calls}
            for _ in range(ROUNDS):
                for name, call in calls.items():
                    began = time.perf_counter()
                    call(x)
                    taken[name].append(1e3 * (time.perf_counter() - began))
            ours = median(taken["ours"])
            for name, times in taken.items():
                print(
                    f"{size} px {name}: median {median(times):.1f} ms, min {min(times):.1f} ms, ours / this {ours / median(times):.2f}"
                )


if __name__ == "__main__":
    main()
