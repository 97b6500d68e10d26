"""Make tests/parity/pico.npz anew: `python tests/parity/record.py`.

What the whole chain gives for weights, picture and truth that numpy's generator fixes: both heads' outputs, their
assignments and their loss terms. It was recorded in float64 when the chain equalled the reference tensors of the public code,
so that a checkout without those still notices a change of meaning. Record anew only on purpose, and say why.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from torch import Tensor

from dualviz.assignment import assign
from dualviz.detector.network import HEADS, DualDetector
from dualviz.loss import detection_loss

FILE = Path(__file__).parent / "pico.npz"
CLASSES, SIZE_HW = 3, (96, 128)
TOPK = {"one2many": 10, "one2one": 1}
BOXES = (
    (8.0, 8.0, 60.0, 52.0),
    (40.0, 30.0, 100.0, 90.0),
    (44.0, 34.0, 96.0, 88.0),
    (100, 4, 126, 30),
)
LABELS = (0, 1, 1, 2)


def chain(dtype: torch.dtype) -> dict[str, np.ndarray]:
    """Every number of the chain by name, computed in `dtype`."""
    rng = np.random.default_rng(20241)
    network = DualDetector("pico", CLASSES)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if not tensor.is_floating_point():
                continue
            width = max(1, tensor[0].numel()) if tensor.ndim > 1 else 1
            values = rng.standard_normal(tuple(tensor.shape)) * (1.3 / np.sqrt(width))
            if name.endswith(("bn.weight", "running_var")):
                values = rng.uniform(0.5, 1.5, tuple(tensor.shape))
            if ".cv3." in name or "one2one_cv3" in name:
                values = 0.4 * values  # so that scores are neither 0 nor 1
            if not name.endswith("dfl.conv.weight"):
                tensor.copy_(torch.from_numpy(values))
    network = network.to(dtype).eval()
    picture = torch.from_numpy(rng.uniform(0, 1, (1, 3, *SIZE_HW))).to(dtype)
    with torch.inference_mode():
        outputs = network(picture)
    points, level = network.anchors(SIZE_HW)
    strides = torch.tensor(network.strides, dtype=dtype)[level]
    truth = torch.tensor(BOXES, dtype=dtype), torch.tensor(LABELS)
    numbers: dict[str, Tensor] = {}
    for head in HEADS:
        out = {name: values[0] for name, values in outputs[head].items()}
        given = assign(out["scores"], out["boxes"], points.to(dtype), *truth, TOPK[head])
        terms = detection_loss(
            out["logits"], out["distances"], out["boxes"], points.to(dtype), strides, given
        )
        kept = {name: out[name] for name in ("boxes", "scores")}
        kept |= {name: getattr(given, name) for name in ("candidates", "target_gt", "lost")}
        kept |= {"targets": given.candidate_targets}
        kept |= {name: getattr(terms, name) for name in ("box", "cls", "dfl")}
        numbers |= {f"{head} {name}": values for name, values in kept.items()}
    return {name: values.numpy() for name, values in numbers.items()}


if __name__ == "__main__":
    recorded = chain(torch.float64)
    np.savez_compressed(
        FILE,
        **{n: v.astype(np.float32) if v.dtype == np.float64 else v for n, v in recorded.items()},
    )
    print(f"{FILE.name}: {len(recorded)} tensors, {FILE.stat().st_size / 1e3:.1f} kB")
