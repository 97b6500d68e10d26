"""What a picture costs on this device: the network with one head and with both, the NMS-free selection, and NMS.

Medians over repeated runs with the spread of the middle half, the variants taking turns, after a warm-up; on a GPU every
run waits until the device has finished. Selection is timed against the number of candidates, which NMS depends on.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, thread_time

import numpy as np
import torch
from torch import Tensor

from dualviz.detector import Detector, HeadPrediction
from dualviz.detector.network import DualDetector
from dualviz.pictures.images import letterbox
from dualviz.postprocess import nms_free, non_max_suppression
from dualviz.words import Labels, Sentence, _, ngettext

RUNS, WARM_UP = 15, 2
HEADS_RUN = {
    "both": ("one2many", "one2one"),
    "one2many": ("one2many",),
    "one2one": ("one2one",),
}
NETWORKS = Labels(
    {
        "both": "both heads",
        "one2many": "one-to-many head only",
        "one2one": "one-to-one head only",
    }
)
CANDIDATES = (10, 30, 100, 300, 1000, 3000, 10_000)
OUR_NMS = Sentence("NMS of DualViz, in Python")
COMPILED_NMS = Sentence("NMS of torchvision, compiled")


@dataclass(frozen=True)
class Spread:
    """Milliseconds of repeated runs: median, and the quartiles below and above it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Timing:
    """What `measure_times` found.

    Attributes:
        device: in words.
        network_size_hw: what the network saw.
        anchors: of the picture.
        runs: of each figure.
        network: by the keys of `NETWORKS`.
        candidates: how many boxes reached NMS.
        nms, free: DualViz's own NMS at IoU 0.7, in Python on the CPU, and the NMS-free selection, one Spread for each of
            `candidates`.
        compiled: torchvision's compiled NMS on the same boxes, on the device; None where torchvision is not installed.
    """

    device: str
    network_size_hw: tuple[int, int]
    anchors: int
    runs: int
    network: dict[str, Spread]
    candidates: tuple[int, ...]
    nms: tuple[Spread, ...]
    free: tuple[Spread, ...]
    compiled: tuple[Spread, ...] | None = None


def measure_times(
    detector: Detector,
    image_rgb: np.ndarray,
    size: int | None = None,
    runs: int = RUNS,
    progress: Callable[[float], None] = lambda share: None,
) -> Timing:
    """Time the detector's network and both ways out on one picture.

    Args:
        detector: on the device to be measured.
        image_rgb: uint8 (H, W, 3).
        size: longer side of the network's input; None: of the weights.
        runs: repetitions of each variant.
        progress: is told the share that is done, 0..1.
    """
    device = detector.device
    box = letterbox(image_rgb, size or detector.size, max(detector.strides))
    x = torch.from_numpy(box.picture).to(device).permute(2, 0, 1)[None].float() / 255
    networks = {name: _with_heads(detector.network, heads) for name, heads in HEADS_RUN.items()}
    with torch.inference_mode():
        calls = [lambda network=network: network(x) for network in networks.values()]
        network = _taking_turns(calls, runs, device, lambda share: progress(0.6 * share))
        outputs = detector.network(x)
    many, one = (
        HeadPrediction(outputs[name]["boxes"][0].clone(), outputs[name]["scores"][0].clone())
        for name in ("one2many", "one2one")
    )
    best = many.scores.amax(-1).sort(descending=True).values.cpu()
    counts = sorted({min(count, len(best)) for count in CANDIDATES})
    nms, free, compiled, candidates = [], [], [], []
    batched_nms = torchvision_nms()
    for place, count in enumerate(counts):
        least = float(best[count]) if count < len(best) else -1.0
        settings = {"confidence": least}
        calls = [
            lambda s=settings: non_max_suppression(many.boxes, many.scores, **s),
            lambda s=settings: nms_free(one.boxes, one.scores, **s),
        ]
        if batched_nms:
            calls.append(lambda s=settings: compiled_nms(batched_nms, many.boxes, many.scores, **s))
        spreads = _taking_turns(calls, runs, device)
        candidates.append(int((best > least).sum()))
        nms.append(spreads[0])
        free.append(spreads[1])
        compiled += spreads[2:]
        progress(0.6 + 0.4 * (place + 1) / len(counts))
    return Timing(
        device_words(device),
        box.picture.shape[:2],
        len(best),
        runs,
        dict(zip(networks, network)),
        tuple(candidates),
        tuple(nms),
        tuple(free),
        tuple(compiled) if batched_nms else None,
    )


def clock(device: torch.device) -> Callable[[], float]:
    """What work on a device is timed by, in seconds: on one thread of the CPU its own time, whatever else the machine does."""
    return thread_time if device.type == "cpu" and torch.get_num_threads() == 1 else perf_counter


def torchvision_nms() -> Callable[[Tensor, Tensor, Tensor, float], Tensor] | None:
    """Find torchvision's `batched_nms`; None where it is not installed, or built for another torch."""
    try:
        from torchvision.ops import batched_nms
    except (ImportError, RuntimeError):
        return None
    return batched_nms


def compiled_nms(
    batched_nms: Callable,
    boxes: Tensor,
    scores: Tensor,
    confidence: float,
    iou: float = 0.7,
    max_detections: int = 300,
) -> Tensor:
    """Anchors that a compiled NMS keeps, best first, of each anchor's best class; arguments as `non_max_suppression` has."""
    best, labels = scores.max(-1)
    anchors = (best > confidence).nonzero().squeeze(1)
    kept = batched_nms(boxes[anchors], best[anchors], labels[anchors], iou)
    return anchors[kept[:max_detections]]


def nms_words(timing: Timing) -> str:
    """Which NMS was timed, and where."""
    if timing.compiled:
        return _(
            "NMS of DualViz, in Python on the CPU, and NMS of torchvision, compiled, on the device"
        )
    return _(
        "NMS of DualViz, in Python on the CPU; a compiled one takes less, and torchvision's stands beside it where it is installed"
    )


def device_words(device: torch.device) -> str:
    """The device as a table names it: the GPU's own name, or how many threads the CPU gets."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return _("Apple GPU (MPS)")
    return ngettext("CPU, {n} thread", "CPU, {n} threads", torch.get_num_threads())


def _with_heads(network: DualDetector, heads: tuple[str, ...]) -> DualDetector:
    """The same network and weights, running only these heads."""
    part = copy.copy(network)
    part.heads = heads
    return part


def _taking_turns(
    calls: list[Callable],
    runs: int,
    device: torch.device,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Spread]:
    """Milliseconds of each call; the calls take turns, so that a busy moment hits all of them."""
    taken: list[list[float]] = [[] for _ in calls]
    for run in range(WARM_UP + runs):
        for call, times in zip(calls, taken):
            _finish(device)
            began = perf_counter()
            call()
            _finish(device)
            if run >= WARM_UP:
                times.append(1e3 * (perf_counter() - began))
        progress((run + 1) / (WARM_UP + runs))
    return [Spread(*np.percentile(times, (50, 25, 75)).tolist()) for times in taken]


def _finish(device: torch.device) -> None:
    """Wait until the device has done what it was asked."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
