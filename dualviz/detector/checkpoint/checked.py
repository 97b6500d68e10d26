"""Whether tensors are a whole, finite, unfused dual-head detector, and of which scale: all is checked against the table."""

import math
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from dualviz.detector.checkpoint.contents import MAX_KEY, Facts
from dualviz.detector.checkpoint.names import class_names_of
from dualviz.detector.network import HEAD, SCALES, YOLO26, YOLOV10, DualDetector, Scale
from dualviz.detector.pickle_reader import CheckpointError
from dualviz.words import Sentence

MAX_CLASSES = 2_000  # LVIS has 1,203
FEW_CLASSES = 100  # from here on more classes widen the last layers alone
DEFAULT_SIZE = 640
HEAD_KEYS = {"one2many": ("cv2", "cv3"), "one2one": ("one2one_cv2", "one2one_cv3")}
COUNTER = ".num_batches_tracked"


@dataclass(frozen=True)
class Checkpoint:
    """Checked weights and what is known about them.

    Attributes:
        state_dict: float32, the names of `DualDetector`, complete and finite.
        scale: a name in `SCALES`.
        class_names: one a class.
        size: the picture size in pixels the weights were trained at; 640 where the file does not say.
        sppf_activation: whether the pyramid pooling's first convolution has one, see `blocks.SPPF`.
        origin: where the file comes from, in words.
        metadata: the free text beside our own weights.
        coco_names: whether COCO's names stand for 80 classes that the file only counts, or does not name.
    """

    state_dict: dict[str, Tensor]
    scale: str
    class_names: tuple[str, ...]
    size: int
    sppf_activation: bool
    origin: str
    metadata: dict[str, str]
    coco_names: bool = False

    def network(self) -> DualDetector:
        """A network with a copy of these weights: both heads, not fused, in evaluation mode."""
        with torch.random.fork_rng(devices=[]):  # loading weights shall not move anyone's seed
            network = DualDetector(
                self.scale, len(self.class_names), sppf_activation=self.sppf_activation
            )
        network.load_state_dict(self.state_dict)
        return network.eval()


def checked(state: dict[str, Tensor], facts: Facts) -> Checkpoint:
    """Find scale and classes in the tensors; refuse whatever is not a whole, finite, unfused YOLOv10 or YOLO26."""
    state = _plainly_named(state)
    _check_unaltered(state)
    family = _check_architecture(state)
    classes = state[f"model.{HEAD}.cv3.0.2.weight"].shape[0]
    if not 0 < classes <= MAX_CLASSES:
        raise CheckpointError(
            "the weights have {classes} classes, expected 1 to {most}",
            classes=f"{classes:,}",
            most=f"{MAX_CLASSES:,}",
        )
    scale, expected = _find_scale(state, family, classes)
    kept = {}
    for name, like in expected.items():
        if name.endswith(COUNTER):
            counter = state.get(name)
            kept[name] = like if counter is None else counter.long()
        else:
            kept[name] = _float32(name, state[name])
    dfl = kept.get(f"model.{HEAD}.dfl.conv.weight")
    if dfl is not None and dfl.flatten().tolist() != list(range(scale.reg_max)):
        raise CheckpointError(
            "model.{layer}.dfl.conv.weight must count 0, 1, 2, ..., it does not", layer=HEAD
        )
    class_names, coco_names = class_names_of(facts.names, classes)
    says = facts.sppf_activation
    return Checkpoint(
        state_dict=kept,
        scale=scale.name,
        class_names=class_names,
        size=_size(facts.size),
        sppf_activation=family == YOLOV10 if says is None else says,
        origin=facts.origin,
        metadata=facts.metadata or {},
        coco_names=coco_names,
    )


def _plainly_named(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors by the names of `DualDetector`, whatever prefix all of them share."""
    if any(len(key) > MAX_KEY for key in state):
        raise CheckpointError("the file names a tensor longer than any YOLOv10 does")
    first = "0.conv.weight"
    # of the few names that can be the first layer's, the one whose prefix all others have
    for key in sorted((key for key in state if f".{key}".endswith(f".{first}")), key=len)[:20]:
        prefix = key.removesuffix(first)
        if all(other.startswith(prefix) for other in state):
            return {f"model.{other.removeprefix(prefix)}": value for other, value in state.items()}
    return state


def _check_unaltered(state: dict[str, Tensor]) -> None:
    """Name what was done to a YOLOv10 that is one no longer."""
    masked = next((key for key in state if key.endswith("_mask")), None)
    if masked and f"{masked.removesuffix('_mask')}_orig" in state:
        raise CheckpointError(
            "these weights carry pruning masks ({key}): make them permanent first (torch.nn.utils.prune.remove) and save again",
            key=masked[:80],
        )
    places = {key.split(".")[1] for key in state if ".one2one_cv2." in key}
    if places and str(HEAD) not in places:
        raise CheckpointError(
            "this network was altered: its pair of heads stands at layer {place}, a YOLOv10 has it at layer {layer}",
            place=min(places)[:20],
            layer=HEAD,
        )


def _check_architecture(state: dict[str, Tensor]) -> str:
    """The family that the weights are of; names what they are where they are no dual-head detector of either."""
    if not state:
        raise CheckpointError("the file holds no tensors")
    head = f"model.{HEAD}."
    branches = {key.removeprefix(head).split(".")[0] for key in state if key.startswith(head)}
    if branches & {"cv4", "one2one_cv4", "proto"}:
        raise CheckpointError(
            "this network segments, finds poses or rotated boxes; expected a YOLOv10 or YOLO26 that detects boxes"
        )
    family = YOLO26 if "dfl" not in branches and _has_bare_sides(state) else YOLOV10
    present = [name for name, keys in HEAD_KEYS.items() if branches & set(keys)]
    family_known = family == YOLO26 or _has_scdown(state)
    if "one2one" not in present and ("one2many" not in present or not family_known):
        # one2many alone at layer 23 is also YOLO11; only YOLOv10 has SCDown at layer 5, only YOLO26 no bins
        raise CheckpointError(
            "this is not a YOLOv10 or YOLO26: its layer {layer} has no pair of heads (YOLOv8, YOLO11 and others have one head)",
            layer=HEAD,
        )
    missing = [name for name in HEAD_KEYS if name not in present]
    if missing:
        raise CheckpointError(
            "the {head} head is missing, expected both: fusing or exporting drops one; load the file from before",
            head=missing[0],
        )
    if not any(".bn." in key for key in state):
        raise CheckpointError(
            "these weights are fused (no batch norms), which cannot be undone: load the file from before fusing"
        )
    for key in ("model.0.conv.weight", f"model.{HEAD}.cv3.0.2.weight"):
        if key not in state or state[key].ndim != 4:
            raise CheckpointError(
                "this is not a {family}: {key} is missing or not a convolution",
                family=family,
                key=key,
            )
    return family


def _has_bare_sides(state: dict[str, Tensor]) -> bool:
    """Whether a box branch ends in the four sides themselves, without bins."""
    ends = (state.get(f"model.{HEAD}.{branch}.0.2.weight") for branch in ("cv2", "one2one_cv2"))
    return any(end is not None and end.ndim == 4 and len(end) == 4 for end in ends)


def _has_scdown(state: dict[str, Tensor]) -> bool:
    return "model.5.cv2.conv.weight" in state or "model.5.cv2.conv.bias" in state


def _find_scale(
    state: dict[str, Tensor], family: str, classes: int
) -> tuple[Scale, dict[str, Tensor]]:
    """The scale of the family whose names and shapes are exactly these, and a state dict of the names and shapes to be found."""
    first = state["model.0.conv.weight"].shape[0]
    complaints: list[tuple[int, str, Sentence]] = []
    scales = [scale for scale in SCALES.values() if scale.family == family]
    for scale in scales:
        if scale.channels(64) != first:
            continue
        with torch.random.fork_rng(devices=[]):
            # not on the meta device: its first use imports 800 modules and takes two seconds
            expected = DualDetector(scale, min(classes, FEW_CLASSES)).state_dict()
        wrong = _differences(state, expected, classes)
        if not wrong:
            return scale, expected
        complaints.append((len(wrong), scale.name, wrong[0]))
    if not complaints:
        raise CheckpointError(
            "no {family} scale begins with {first} channels, expected one of {known}",
            family=family,
            first=first,
            known=", ".join(map(str, sorted({scale.channels(64) for scale in scales}))),
        )
    count, name, example = min(complaints, key=lambda complaint: complaint[:2])
    raise CheckpointError(
        "this is not a {family}: nearest is scale {name}, but {count} tensors differ ({example})",
        family=family,
        name=name,
        count=count,
        example=example,
    )


def _differences(
    state: dict[str, Tensor], expected: dict[str, Tensor], classes: int
) -> list[Sentence]:
    """What keeps a state dict from being this network's; batch counters may be absent."""
    of_classes = {
        f"model.{HEAD}.{cv3}.{level}.2.{part}"
        for (_, cv3), level, part in product(HEAD_KEYS.values(), range(3), ("weight", "bias"))
    }
    strange = sorted(state.keys() - expected.keys())
    wrong = [Sentence("{name} is not part of it", name=name[:80]) for name in strange]
    for name, like in expected.items():
        if name not in state:
            if not name.endswith(COUNTER):
                wrong.append(Sentence("{name} is missing", name=name))
            continue
        shape = (classes, *like.shape[1:]) if name in of_classes else tuple(like.shape)
        if tuple(state[name].shape) != shape:
            wrong.append(
                Sentence(
                    "{name} is {found}, expected {expected}",
                    name=name,
                    found=tuple(state[name].shape),
                    expected=shape,
                )
            )
    return wrong


def _float32(name: str, tensor: Tensor) -> Tensor:
    """The tensor as finite, contiguous float32."""
    if tensor.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        raise CheckpointError(
            "{name} must hold floating point numbers, got {kind}", name=name, kind=tensor.dtype
        )
    tensor = tensor.float().contiguous()
    if not tensor.sum(dtype=torch.float64).isfinite():  # one NaN or infinity spoils the sum
        raise CheckpointError("{name} contains NaN or infinite values", name=name)
    if name.endswith(".running_var") and (tensor < 0).any():
        raise CheckpointError("{name} contains a negative variance", name=name)
    return tensor


def _size(size: object) -> int:
    """A usable picture size: the file's, rounded up to the coarsest stride; 640 where it makes no sense."""
    if isinstance(size, (list, tuple)) and size and all(isinstance(side, int) for side in size):
        size = max(size)
    if isinstance(size, bool) or not isinstance(size, int) or not 32 <= size <= 4096:
        return DEFAULT_SIZE
    return math.ceil(size / 32) * 32
