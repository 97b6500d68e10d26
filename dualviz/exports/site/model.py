"""A detector as an ONNX file for the browser: one picture in, both heads' raw sides and scores out, at any size.

Boxes are put together from the sides in the browser (lab/network/pack.js), in the same single precision as here.
"""

import io
import logging
import warnings
from typing import cast

import torch
from torch import Tensor, nn

from dualviz.detector import Detector
from dualviz.detector.network import HEAD, HEADS, DualHead
from dualviz.words import UserError

OUTPUTS = tuple(f"{head}_{part}" for head in HEADS for part in ("sides", "scores"))
MOST_CELLS = 60  # of the coarsest level, along a side: 1920 pixels


class _Raw(nn.Module):
    """Both heads without anchors: sides (1, A, 4) in strides and scores (1, A, C) of each, in the order of `OUTPUTS`."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.network = detector.network

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        maps = self.network.features(picture)
        head = cast(DualHead, self.network.model[HEAD])
        raw: list[Tensor] = []
        for name in HEADS:
            distances, logits = head(maps, name)
            raw += [head.sides(distances), logits.sigmoid()]
        return tuple(raw)


def onnx_bytes(detector: Detector) -> bytes:
    """The fused network as ONNX (opset 18): input `picture` (1, 3, H, W), sides multiples of 32; outputs `OUTPUTS`.

    Raises:
        UserError: the packages `onnx` and `onnxscript`, which are no requirement of the app, are not installed.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ModuleNotFoundError as error:
        raise UserError(
            "a site with the detector inside needs two packages more: pip install onnx onnxscript"
        ) from error
    coarsest = max(detector.strides)
    high, wide = (torch.export.Dim(name, min=1, max=MOST_CELLS) for name in ("high", "wide"))
    file = io.BytesIO()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
        warnings.simplefilter("ignore")  # torch warns of its own past here
        torch.onnx.export(
            _Raw(detector).cpu().eval(),
            (torch.zeros(1, 3, 3 * coarsest, 2 * coarsest),),
            file,
            input_names=["picture"],
            output_names=list(OUTPUTS),
            opset_version=18,
            dynamo=True,
            external_data=False,
            verbose=False,
            dynamic_shapes={"picture": {2: coarsest * high, 3: coarsest * wide}},
        )
    return file.getvalue()
