"""What the assignment teaches both heads on one picture: the metric decides which region learns, the same loss teaches it.

In go a `DualTrace` and the network's raw outputs; out comes, for each head, the classification target of every anchor,
its BCE, the sign of its gradient, and the loss split into positives and background, box and its edges, as in training.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dualviz.detector import Detector
from dualviz.detector.network import HEADS
from dualviz.loss import GAINS, Loss, classification_loss, detection_loss
from dualviz.pictures.images import letterbox
from dualviz.trace import DualTrace
from dualviz.words import Labels

PARTS = Labels(  # of the loss
    {
        "background": "classes, background",
        "positives": "classes, positives",
        "box": "box (CIoU)",
        "DFL": "box edges (DFL)",
        "L1": "box edges (L1)",
    }
)
SCORE_RANGE = 2.0**-149, 1 - 2.0**-25  # what float32 calls 0 and 1, so that no BCE is infinite


@dataclass(frozen=True)
class RawOutputs:
    """What the network says before it is decoded, for one picture, on the CPU.

    Attributes:
        logits (Tensor[A, C]), distances (Tensor[A, 4 · R]): by head.
        anchor_strides (Tensor[A]): picture pixels per cell of each anchor's level.
        input_wh: width and height of the network's input in picture pixels; needed only by sides without bins (R = 1).
    """

    logits: dict[str, Tensor]
    distances: dict[str, Tensor]
    anchor_strides: Tensor
    input_wh: tuple[float, float] | None = None


@dataclass(frozen=True)
class Targets:
    """What one head is taught. A anchors, C classes.

    Attributes:
        target (Tensor[A, C]): soft classification target t after conflicts, 0..1.
        score (Tensor[A, C]): p = σ(z).
        bce (Tensor[A, C]): −t·log p − (1 − t)·log(1 − p), without gain and norm.
        gradient (Tensor[A, C]): of the BCE by the logit: p − t. Negative: the score is pushed up; positive: down.
        positive (Tensor[A]): bool, the anchor learns an object.
        norm: the sum of targets (at least 1) that every term is divided by.
        loss: the three terms as training adds them up, gains applied.
        on_positives, on_background: the classification term, split by anchors.
        edges: how box edges are taught: DFL over bins, or L1 on the sides themselves.
    """

    target: Tensor
    score: Tensor
    bce: Tensor
    gradient: Tensor
    positive: Tensor
    norm: float
    loss: Loss
    on_positives: float
    on_background: float
    edges: Literal["DFL", "L1"]

    @property
    def parts(self) -> dict[str, float]:
        """The loss as a sum: by the keys of `PARTS`, how much each part is."""
        return {
            "background": self.on_background,
            "positives": self.on_positives,
            "box": float(self.loss.box),
            self.edges: float(self.loss.dfl),
        }


def raw_outputs(detector: Detector, image: np.ndarray, size: int | None = None) -> RawOutputs:
    """Run the network once more and keep what `Detector.predict` throws away.

    Args:
        detector: see `dualviz.detector.load_detector`.
        image: uint8 (H, W, 3) RGB.
        size: longer side of the network's input; None: the size stored with the weights.
    """
    box = letterbox(image, size or detector.size, max(detector.strides))
    x = torch.from_numpy(box.picture).to(detector.device).permute(2, 0, 1)[None]
    with torch.inference_mode():
        heads = detector.network(x.float() / 255)
    _, level = detector.network.anchors(box.picture.shape[:2])
    stride = torch.tensor(detector.strides, dtype=torch.float32)[level.cpu()]

    def kept(what: str) -> dict[str, Tensor]:
        return {name: heads[name][what][0].to("cpu", torch.float32, copy=True) for name in HEADS}

    height, width = box.picture.shape[:2]
    input_wh = (width / box.gain, height / box.gain)
    return RawOutputs(kept("logits"), kept("distances"), stride / box.gain, input_wh)


def head_targets(traced: DualTrace, raw: RawOutputs) -> dict[str, Targets]:
    """What each head is taught under the trace's setting; shared predictions are taught as the one-to-many head's.

    Returns:
        Targets by head, "one2many" and "one2one".
    """
    return {name: _targets(traced, raw, name) for name in HEADS}


def bce_of_scores(scores: Tensor, target_scores: Tensor) -> Tensor:
    """BCE where a head's logits are not at hand: −t·log p − (1 − t)·log(1 − p), float64, finite at p = 0 and 1.

    Args:
        scores (Tensor[...]): p after the sigmoid, 0..1; kept within what float32 tells from 0 and 1.
        target_scores (Tensor[...]): soft targets t, 0..1.

    >>> bce_of_scores(torch.tensor([0.5, 1.0]), torch.tensor([0.0, 1.0]))
    tensor([6.9315e-01, 2.9802e-08], dtype=torch.float64)
    """
    p, t = scores.double().clamp(*SCORE_RANGE), target_scores.double()
    return -t * p.log() - (1 - t) * (-p).log1p()


def push_of_scores(scores: Tensor, target_scores: Tensor) -> Tensor:
    """Gradient of that BCE by the logit: p − t, float64. Negative: the score is pushed up; positive: down."""
    return scores.double() - target_scores.double()


def opposed(targets: dict[str, Targets], least: float = 0.01) -> Tensor:
    """Where the heads pull one anchor's score in opposite directions: bool (A, C), one-to-many up, one-to-one down.

    Both pushes must be above `least`: a trained head that scores 10⁻⁶ where it is taught 0 pulls at nothing. With shared features both would pull at the same numbers; detached, only the one-to-many head does.
    """
    return (targets["one2many"].gradient < -least) & (targets["one2one"].gradient > least)


def strongest(values: Tensor, label: int | None) -> Tensor:
    """One value per anchor of values by class: that of one class, or of all classes the one farthest from 0.

    Args:
        values (Tensor[A, C]).
        label: the class; None for all.

    >>> strongest(torch.tensor([[0.1, -0.9], [0.3, 0.2]]), None)
    tensor([-0.9000,  0.3000])
    """
    if label is not None:
        return values[:, label]
    return values.gather(1, values.abs().argmax(1, keepdim=True)).squeeze(1)


def _targets(traced: DualTrace, raw: RawOutputs, name: str) -> Targets:
    head = getattr(traced, name)
    source = "one2many" if traced.setting.shared else name
    logits, distances = raw.logits[source], raw.distances[source]
    if logits.shape != head.scores.shape:
        raise ValueError(
            f"raw outputs must be of the traced picture and size: expected logits {tuple(head.scores.shape)}, "
            f"got {tuple(logits.shape)}"
        )
    given = head.assignment
    loss = detection_loss(
        logits,
        distances,
        head.boxes,
        traced.anchor_points,
        raw.anchor_strides,
        given,
        input_wh=raw.input_wh,
    )
    positive, score = given.target_gt >= 0, logits.sigmoid()
    bce = classification_loss(logits, given.target_scores)
    norm = float(given.target_scores.sum().clamp(min=1))
    each = GAINS["cls"] * bce.sum(-1) / norm
    return Targets(
        target=given.target_scores,
        score=score,
        bce=bce,
        gradient=score - given.target_scores,
        positive=positive,
        norm=norm,
        loss=loss,
        on_positives=float(each[positive].sum()),
        on_background=float(each[~positive].sum()),
        edges="DFL" if distances.shape[-1] > 4 else "L1",
    )
