"""What a notebook hands over: pictures as files, arrays, tensors or of PIL, truths as files or boxes, and both heads' tensors."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dualviz.pictures import scenes
from dualviz.pictures.images import read_image
from dualviz.pictures.truth import Truth, read_truth, truth_from_boxes
from dualviz.words import UserError, _

OneOrBoth = Tensor | np.ndarray | Mapping[str, Tensor | np.ndarray]
HEADS = ("one2many", "one2one")


def picture_of(image: Any, name: str) -> tuple[np.ndarray, Truth | None, np.ndarray | None, str]:
    """Pixels, the truth they come with, the same finer where there is, and what they are called."""
    if isinstance(image, str | Path):
        path, known = Path(image), scenes.gallery()
        if not path.is_file() and str(image) in known:
            pixels, truth = known[str(image)]()
            return pixels, truth, scenes.shown(str(image)), name or str(image)
        if not path.is_file():
            raise UserError(
                "no picture is called '{name}': expected a file or one of {names}",
                name=str(image),
                names=", ".join(known),
            )
        return read_image(path.read_bytes(), path.name), None, None, name or path.name
    return pixels_of(image), None, None, name or _("your picture")


def pixels_of(image: Any) -> np.ndarray:
    """uint8 (H, W, 3) from an array, a tensor or a PIL image."""
    if isinstance(image, Tensor):
        image = image.detach().cpu()
        image = image[0] if image.ndim == 4 and len(image) == 1 else image
        image = image.permute(1, 2, 0) if image.ndim == 3 and image.shape[0] in (1, 3) else image
        image = image.float().numpy() if image.is_floating_point() else image.numpy()
    if hasattr(image, "convert"):  # of PIL, whatever its mode
        image = image.convert("RGB")
    pixels = np.asarray(image)
    if np.issubdtype(pixels.dtype, np.floating):
        if pixels.size and not 0 <= float(pixels.min()) <= float(pixels.max()) <= 1:
            raise UserError(
                "an image of floats must lie in 0..1, got {low} to {high}",
                low=f"{pixels.min():.3g}",
                high=f"{pixels.max():.3g}",
            )
        pixels = np.rint(255 * pixels).astype(np.uint8)
    if pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 1):
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, 2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise UserError(
            "an image must be (H, W, 3) or (H, W), uint8 or floats in 0..1, got {shape} of {type}",
            shape=str(pixels.shape),
            type=str(pixels.dtype),
        )
    return np.ascontiguousarray(pixels)


def truth_of(
    given: Any, own: Truth | None, image: np.ndarray, names: Sequence[str], picture: str
) -> Truth | None:
    """A truth from a file, from boxes and labels, or as it is; `own` where none is given."""
    if given is None:
        return own
    if isinstance(given, Truth):
        return given
    size_wh = (image.shape[1], image.shape[0])
    if isinstance(given, str | Path):
        path = Path(given)
        return read_truth(path.read_bytes(), path.name, size_wh, names, picture)
    boxes, labels = (part.tolist() if hasattr(part, "tolist") else list(part) for part in given)
    known = {name: label for label, name in enumerate(names)}
    if unknown := [label for label in labels if isinstance(label, str) and label not in known]:
        raise UserError(
            "the truth has {unknown}, which the detector does not know: it knows {known}",
            unknown=", ".join(unknown),
            known=", ".join(names),
        )
    numbers = [known[label] if isinstance(label, str) else int(label) for label in labels]
    return truth_from_boxes(boxes, numbers, names, size_wh)


def of_head(given: OneOrBoth, head: str) -> Tensor:
    """One head's tensor, or the only one, float32 without a batch of one."""
    if isinstance(given, Mapping):
        if head not in given:
            raise UserError("both heads are expected by the names {names}", names=", ".join(HEADS))
        given = given[head]
    tensor = torch.as_tensor(given).detach().to("cpu", torch.float32)
    return tensor[0] if tensor.ndim == 3 and len(tensor) == 1 else tensor


def check_head(
    head: str, p: Tensor, xyxy: Tensor, anchors: int, classes: int, size_hw: tuple[int, int]
) -> None:
    """Refuse scores and boxes that do not fit the anchors of an input, or are no probabilities."""
    for what, got, wanted in (
        ("scores", tuple(p.shape), (anchors, classes)),
        ("boxes", tuple(xyxy.shape), (anchors, 4)),
    ):
        if got != wanted:
            raise UserError(
                "{head}: {what} must be {wanted} for an input of {height} × {width} px, got {got}",
                head=head,
                what=what,
                wanted=str(wanted),
                got=str(got),
                height=size_hw[0],
                width=size_hw[1],
            )
    if p.numel() and not 0 <= float(p.min()) <= float(p.max()) <= 1:
        raise UserError(
            "{head}: scores must be probabilities, after the sigmoid, got {low} to {high}",
            head=head,
            low=f"{float(p.min()):.3g}",
            high=f"{float(p.max()):.3g}",
        )
