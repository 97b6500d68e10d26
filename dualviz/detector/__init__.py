"""The detector: a picture goes in, every anchor's box and scores come out, from both heads at once.

This is the door that the rest of the house knows: weights by name, by path or as uploaded bytes become a `Detector`, and
`Detector.predict` hides the letterbox, the device and the fused network behind boxes in picture pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dualviz.detector.catalogue import find_weights
from dualviz.detector.checkpoint import Checkpoint, CheckpointError, read_checkpoint
from dualviz.detector.network import DualDetector, OneToOne
from dualviz.pictures.images import letterbox
from dualviz.words import Sentence, UserError

__all__ = [
    "COCO_NOTE",
    "CheckpointError",
    "Detector",
    "DualPrediction",
    "HeadPrediction",
    "detector_from_bytes",
    "load_detector",
]

COCO_NOTE = Sentence("The file names no classes: COCO's names stand for its 0 … 79.")


@dataclass(frozen=True)
class HeadPrediction:
    """All anchors of one head: `boxes` (A, 4) xyxy in picture pixels, not clipped; `scores` (A, C) after sigmoid."""

    boxes: Tensor
    scores: Tensor


@dataclass(frozen=True)
class DualPrediction:
    """One picture through both heads; CPU tensors, float32 unless said.

    Attributes:
        one2many, one2one: each head's boxes and scores.
        anchor_points (Tensor[A, 2]): cell centres in picture pixels.
        level (Tensor[A]): index into `strides`, int64.
        strides: network pixels per cell of each level.
        network_size_hw: what the network saw, letterboxed.
    """

    one2many: HeadPrediction
    one2one: HeadPrediction
    anchor_points: Tensor
    level: Tensor
    strides: tuple[int, ...]
    network_size_hw: tuple[int, int]

    @property
    def pixel_scale(self) -> float:
        """Picture pixels a network pixel: the distance of the first level's anchors by their stride."""
        x = self.anchor_points[self.level == 0, 0].double().unique()
        return float(x[1] - x[0]) / self.strides[0] if len(x) > 1 else 1.0


class Detector:
    """A loaded dual-head network, ready for pictures.

    Attributes:
        network: the `DualDetector`, in evaluation mode, both heads, without gradients.
        class_names: one a class.
        size: network pixels of a picture's longer side that the weights were trained at.
        device: where it runs.
        name: what a page calls it.
        origin: where the weights come from, in words.
        metadata: free text stored with the weights.
        coco_names: whether COCO's names stand for 80 classes that the file does not name; `COCO_NOTE` says so.
    """

    def __init__(self, checkpoint: Checkpoint, name: str, device: str = "auto", fuse: bool = True):
        self.device = choose_device(device)
        network = checkpoint.network()
        network = network.fuse() if fuse else network.requires_grad_(False)
        if self.device.type == "mps":  # its kernels want the plain layout
            # torch's stubs lack the argument
            network = network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        self.network: DualDetector = network.to(self.device)
        self.class_names = checkpoint.class_names
        self.size = checkpoint.size
        self.name = name
        self.origin = checkpoint.origin
        self.metadata = checkpoint.metadata
        self.coco_names = checkpoint.coco_names

    @property
    def scale(self) -> str:
        """The name of the network's scale, a key of `SCALES`."""
        return self.network.scale.name

    @property
    def family(self) -> str:
        """YOLOv10 or YOLO26, by the blocks of its trunk."""
        return self.network.scale.family

    @property
    def strides(self) -> tuple[int, ...]:
        """Network pixels per cell of each level, finest first."""
        return self.network.strides

    def predict(self, image_rgb: np.ndarray, size: int | None = None) -> DualPrediction:
        """Both heads on one picture.

        Args:
            image_rgb: uint8 (H, W, 3).
            size: network pixels of the longer side; None for the size stored with the weights.
        """
        return self._predictions(image_rgb, {}, size)["one2one"]

    def predict_riders(
        self, image_rgb: np.ndarray, riders: Mapping[str, OneToOne], size: int | None = None
    ) -> dict[str, DualPrediction]:
        """The one-to-many head beside each of these one-to-one heads, by name, from one pass through the trunk."""
        predictions = self._predictions(image_rgb, riders, size)
        return {name: predictions[name] for name in riders}

    def _predictions(
        self, image_rgb: np.ndarray, riders: Mapping[str, OneToOne], size: int | None
    ) -> dict[str, DualPrediction]:
        """By the name of the one-to-one head: the network's own and each rider's."""
        box = letterbox(image_rgb, self.size if size is None else size, max(self.strides))
        x = torch.from_numpy(box.picture).to(self.device).permute(2, 0, 1)[None]
        with torch.inference_mode():
            outputs = self.network(x.float() / 255, riders)
        # copied outside inference mode, so that views may differentiate through them
        heads = {
            name: HeadPrediction(
                box.to_picture(_to_cpu(head["boxes"][0])), _to_cpu(head["scores"][0])
            )
            for name, head in outputs.items()
        }
        points, level = self.network.anchors(box.picture.shape[:2])
        many = heads.pop("one2many")
        return {
            name: DualPrediction(
                many,
                one,
                anchor_points=box.to_picture(points.cpu()),
                level=level.cpu(),
                strides=self.strides,
                network_size_hw=box.picture.shape[:2],
            )
            for name, one in heads.items()
        }


def load_detector(name_or_path: str | Path, device: str = "auto", fuse: bool = True) -> Detector:
    """Load a detector by its catalogue name or from a weights file.

    Args:
        name_or_path: `pico-cells`, `yolov10n`, ..., or the path of a .pt or .safetensors file.
        device: `auto` (CUDA, else MPS, else CPU), or what `torch.device` takes.
        fuse (bool): fold batch norms for speed; both heads stay.

    Raises:
        ValueError: no such detector or device. CheckpointError (a ValueError): weights that cannot be used.
    """
    path = find_weights(name_or_path)
    return Detector(read_checkpoint(path), path.stem, device, fuse)


def detector_from_bytes(
    data: bytes, name: str, device: str = "auto", fuse: bool = True
) -> Detector:
    """Load a detector from an uploaded file; nothing in it is executed.

    Args:
        data (bytes): a .pt or .safetensors file.
        name (str): the file's name, for pages.
        device, fuse: as in `load_detector`.
    """
    return Detector(read_checkpoint(data), Path(name).stem, device, fuse)


def choose_device(device: str = "auto") -> torch.device:
    """The device to run on: `auto` takes CUDA, else MPS, else CPU.

    Raises:
        ValueError: a device that this machine has not.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if device == "auto":
        return torch.device(next(kind for kind, here in available.items() if here))
    kind, colon, place = str(device).partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if not available.get(kind) or (colon and place not in map(str, range(count))):
        here = ", ".join(kind for kind, here in available.items() if here)
        raise UserError(
            "device '{device}' is not on this machine, expected auto or one of {here}",
            device=device,
            here=here,
        )
    return torch.device(device)


def _to_cpu(tensor: Tensor) -> Tensor:
    return tensor.to("cpu", torch.float32, copy=True)
