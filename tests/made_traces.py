"""A small trace made of numbers: what figures and exports are tried on without a detector."""

import numpy as np
import torch

from dualviz.boxes import anchor_grid
from dualviz.detector import DualPrediction, HeadPrediction
from dualviz.detector.network import HEADS
from dualviz.pictures.truth import truth_from_boxes
from dualviz.study.targets import RawOutputs
from dualviz.trace import DualTrace, Setting, trace_prediction

NAMES = ("cell", "other")


def a_prediction(seed: int = 0) -> DualPrediction:
    """Two heads that look at a 128 × 96 picture and mostly agree on a box of 48 × 40 around each anchor."""
    generator = torch.Generator().manual_seed(seed)
    points, level = anchor_grid((96, 128), (8, 16, 32))
    boxes = torch.cat((points - torch.tensor([24.0, 20.0]), points + torch.tensor([24.0, 20.0])), 1)

    def head() -> HeadPrediction:
        jitter = 4 * torch.randn(boxes.shape, generator=generator)
        scores = torch.rand(len(points), 2, generator=generator) ** 3
        return HeadPrediction(boxes + jitter, scores)

    return DualPrediction(head(), head(), points, level, (8, 16, 32), (96, 128))


def a_trace(
    setting: Setting | None = None, boxes=((20, 16, 76, 64), (60, 30, 120, 90))
) -> DualTrace:
    image = np.random.default_rng(0).integers(60, 200, (96, 128, 3)).astype(np.uint8)
    truth = truth_from_boxes(boxes, [0] * len(boxes), NAMES)
    return trace_prediction(image, truth, a_prediction(), NAMES, setting or Setting())


def raw_of(traced, bins: int = 16) -> RawOutputs:
    """Outputs that decode to the trace's scores; edges know nothing."""
    heads = {name: getattr(traced.prediction, name) for name in HEADS}
    logits = {name: head.scores.logit() for name, head in heads.items()}
    flat = {name: torch.zeros(len(head.boxes), 4 * bins) for name, head in heads.items()}
    strides = torch.tensor([8.0, 16.0, 32.0])[traced.level]
    return RawOutputs(logits, flat, strides)
