"""Weights of a dual-head YOLOv10 or YOLO26 from any file that holds them, and back to our own.

Read are the `.pt` of THU-MIG and of ultralytics (a pickled module, which is read but never unpickled), the `.safetensors` of
the Hub, and our own `.safetensors`. The scale and the classes are found in the tensors themselves, and every name and shape
is checked against the family's table, so that what loads is what it says.
"""

import json
from pathlib import Path
from typing import cast

import safetensors.torch
import torch
from torch import nn

from dualviz.detector.blocks import SPPF
from dualviz.detector.checkpoint.checked import COUNTER, Checkpoint, checked
from dualviz.detector.checkpoint.contents import (
    MAX_BYTES,
    Facts,
    from_archive,
    from_safetensors,
    too_large,
    unreadable,
)
from dualviz.detector.checkpoint.names import COCO_NAMES
from dualviz.detector.network import SCALES, DualDetector
from dualviz.detector.pickle_reader import CheckpointError

__all__ = [
    "COCO_NAMES",
    "MAX_BYTES",
    "Checkpoint",
    "CheckpointError",
    "read_checkpoint",
    "save_checkpoint",
]


def read_checkpoint(source: bytes | str | Path) -> Checkpoint:
    """Read and check weights. Nothing in the file is executed.

    Args:
        source: a path, or the bytes of an uploaded file.

    Raises:
        CheckpointError: hostile, damaged, of another architecture, fused, with a head missing, or not finite.
        FileNotFoundError: the path does not exist.
    """
    if not isinstance(source, bytes):
        size = Path(source).stat().st_size
        if size > MAX_BYTES:
            raise too_large(size)
        source = Path(source).read_bytes()
    if len(source) > MAX_BYTES:
        raise too_large(len(source))
    if not source:
        raise CheckpointError(
            "the file is empty (0 bytes), expected weights as .pt or .safetensors"
        )
    if source[:4] == b"PK\x03\x04":
        content = from_archive(source)
    elif source[8:9] == b"{":
        content = from_safetensors(source)
    elif source[:1] == b"\x80":
        raise CheckpointError(
            "this is a bare pickle or a .pt from before PyTorch 1.6: save it again with a newer PyTorch"
        )
    else:
        raise unreadable(source)
    return checked(*content)


def save_checkpoint(
    path: str | Path,
    network: DualDetector,
    class_names: tuple[str, ...],
    size: int,
    metadata: dict[str, str] | None = None,
) -> None:
    """Write both heads' weights as float16 safetensors, with what is needed to read them back.

    Args:
        path: where to; its folder must exist.
        network: unfused, of a scale in `SCALES`, with both heads.
        class_names: one a class.
        size (int): the picture size in pixels it was trained at.
        metadata: free text to keep beside, for instance the recipe and the measured AP.
    """
    scale = network.scale.name
    if SCALES.get(scale) != network.scale:
        raise ValueError(f"scale {scale!r} is not in the table, so its weights could not be read")
    if len(class_names) != network.num_classes:
        raise ValueError(
            f"class_names must be {network.num_classes}, one a class, got {len(class_names)}"
        )
    tensors = {}
    for name, tensor in network.state_dict().items():
        if not name.endswith(COUNTER):  # steps seen: of no use to anyone but a resumed run
            tensors[name] = tensor.detach().to("cpu", torch.float16).contiguous()
    header = {
        **(metadata or {}),
        "format": "dualviz",
        "scale": scale,
        "names": json.dumps(list(class_names)),
        "size": str(size),
        "sppf_activation": json.dumps(_sppf_activation(network)),
    }
    checked(tensors, Facts("dualviz"))  # what is written can be read
    Path(path).write_bytes(safetensors.torch.save(tensors, metadata=header))


def _sppf_activation(network: DualDetector) -> bool:
    return not isinstance(cast(SPPF, network.model[9]).cv1.act, nn.Identity)
