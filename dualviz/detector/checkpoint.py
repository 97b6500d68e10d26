"""Weights of a dual-head YOLOv10 or YOLO26 from any file that holds them, and back to our own.

Read are the `.pt` of THU-MIG and of ultralytics (a pickled module, which is read but never unpickled), the `.safetensors` of
the Hub, and our own `.safetensors`. The scale and the classes are found in the tensors themselves, and every name and shape
is checked against the family's table, so that what loads is what it says.
"""

import json
import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import cast

import safetensors.torch
import torch
from torch import Tensor, nn

from dualviz.detector.blocks import SPPF
from dualviz.detector.network import HEAD, SCALES, YOLO26, YOLOV10, DualDetector, Scale
from dualviz.detector.pickle_reader import (
    REBUILD_PARAMETER,
    REBUILD_TENSOR,
    Archive,
    CheckpointError,
    Record,
)
from dualviz.words import Sentence

__all__ = ["COCO_NAMES", "Checkpoint", "CheckpointError", "read_checkpoint", "save_checkpoint"]

MAX_BYTES = 1 << 30  # YOLOv10-X with its optimiser, unstripped, has 0.4 GB
MAX_HEADER_BYTES = 8 << 20
MAX_MODULES = 20_000  # YOLOv10-X has 1,100; a module may hold itself a thousandfold
MAX_ENTRIES = 200_000  # of all modules together: parameters, buffers and children
MAX_KEY = 500  # characters of a tensor's name
MAX_CLASSES = 2_000  # LVIS has 1,203
FEW_CLASSES = 100  # from here on more classes widen the last layers alone
WRAPPERS = (
    "module",
    "_orig_mod",
)  # what holds a network that trains on several devices, or compiled
DEFAULT_SIZE = 640
HEAD_KEYS = {"one2many": ("cv2", "cv3"), "one2one": ("one2one_cv2", "one2one_cv3")}
COUNTER = ".num_batches_tracked"

_COCO_NAMES = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,bench,"
    "bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,"
    "sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,"
    "bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,"
    "toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,"
    "teddy bear,hair drier,toothbrush"
)
COCO_NAMES = tuple(_COCO_NAMES.split(","))


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
            raise _too_large(size)
        source = Path(source).read_bytes()
    if len(source) > MAX_BYTES:
        raise _too_large(len(source))
    if not source:
        raise CheckpointError(
            "the file is empty (0 bytes), expected weights as .pt or .safetensors"
        )
    if source[:4] == b"PK\x03\x04":
        content = _from_archive(source)
    elif source[8:9] == b"{":
        content = _from_safetensors(source)
    elif source[:1] == b"\x80":
        raise CheckpointError(
            "this is a bare pickle or a .pt from before PyTorch 1.6: save it again with a newer PyTorch"
        )
    else:
        raise _what_else(source)
    return _checked(*content)


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
    _checked(tensors, _Facts("dualviz"))  # what is written can be read
    Path(path).write_bytes(safetensors.torch.save(tensors, metadata=header))


def _sppf_activation(network: DualDetector) -> bool:
    return not isinstance(cast(SPPF, network.model[9]).cv1.act, nn.Identity)


def _what_else(source: bytes) -> CheckpointError:
    """What a file is that is no weights."""
    start = source[:200].lstrip().lower()
    if start.startswith(b"version https://git-lfs."):
        return CheckpointError(
            "this is a Git LFS pointer, a note of 130 bytes that stands for the weights: fetch them with git lfs pull"
        )
    if start.startswith((b"<!doctype html", b"<html")):
        return CheckpointError(
            "this is a web page (HTML), not weights: the download led to a page instead of the file"
        )
    if start.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"rar!")):
        return CheckpointError(
            "this is a compressed archive, not weights: unpack it and give the .pt in it"
        )
    return CheckpointError(
        "the file is neither a PyTorch .pt nor a .safetensors file, expected weights of a YOLOv10 or YOLO26"
    )


def _too_large(size: int) -> CheckpointError:
    return CheckpointError(
        "the file has {size} MB, expected at most {most}",
        size=f"{size / 1e6:.0f}",
        most=f"{MAX_BYTES / 1e6:.0f}",
    )


@dataclass
class _Facts:
    """What a file says about its weights, before anything of it is believed."""

    origin: str
    names: object = None
    size: object = None
    sppf_activation: bool | None = None  # None: it does not say
    metadata: dict[str, str] | None = None


def _from_safetensors(data: bytes) -> tuple[dict[str, Tensor], _Facts]:
    header_bytes = int.from_bytes(data[:8], "little")
    if header_bytes > min(MAX_HEADER_BYTES, len(data) - 8):
        raise CheckpointError("the .safetensors file is truncated or its header is damaged")
    try:
        state = safetensors.torch.load(data)
        header = json.loads(data[8 : 8 + header_bytes]).get("__metadata__") or {}
        metadata = {str(key): str(value) for key, value in header.items()}
    except Exception as error:  # the Rust reader and the types it does not know fail in many ways
        raise CheckpointError("the .safetensors file is truncated or damaged") from error
    if metadata.pop("format", None) != "dualviz":
        return state, _Facts("safetensors", metadata=metadata)
    try:
        facts = _Facts(
            "dualviz",
            names=json.loads(metadata.pop("names")),
            size=int(metadata.pop("size")),
            sppf_activation=_bool_or_none(json.loads(metadata.pop("sppf_activation", "null"))),
        )
        metadata.pop("scale")  # the tensors say it too, and cannot be wrong about it
    except (KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(
            "the file says it is from DualViz, but its scale, names or size cannot be read"
        ) from error
    facts.metadata = metadata
    return state, facts


def _from_archive(data: bytes) -> tuple[dict[str, Tensor], _Facts]:
    archive = Archive.open(data)
    root = archive.root
    module, names, train_args = _unwrapped(archive, root), None, {}
    if isinstance(root, dict):
        names, train_args = root.get("names"), _mapping(root.get("train_args"))
    if isinstance(module, dict):
        tensors = {key: archive.tensor(value) for key, value in module.items()}
        state = {str(key): value for key, value in tensors.items() if value is not None}
        return state, _Facts("a PyTorch state dict", names=names)
    if not isinstance(module, Record) or "_modules" not in module.attributes():
        raise CheckpointError("the .pt file holds no network: expected a `model` or `ema` entry")
    state = _module_tensors(archive, module)
    size = train_args.get("imgsz") or _mapping(module.attributes().get("args")).get("imgsz")
    act = _submodule(module, "model", "9", "cv1", "act")
    kind = module.name.rpartition(".")[2][:40] or "a module without a name"
    return state, _Facts(
        "THU-MIG" if kind.startswith("YOLOv10") else f"ultralytics ({kind})",
        names=module.attributes().get("names") or names,
        size=size,
        sppf_activation=None if act is None else not act.name.endswith(".Identity"),
    )


def _bool_or_none(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _unwrapped(archive: Archive, value: object) -> object:
    """The network or the dict of tensors in what a training saved, at most four wrappers deep."""
    for _ in range(4):
        if isinstance(value, Record):
            inner = [_submodule(value, name) for name in WRAPPERS]
            value = next((module for module in inner if module), value)
            if not any(inner):
                return value
        elif not isinstance(value, dict) or any(map(_describes_tensor, value.values())):
            return value
        else:
            # an unstripped checkpoint keeps its weights under `ema` and has `model: None`
            named = [value[key] for key in ("ema", "model") if value.get(key) is not None]
            dicts = [
                part
                for part in value.values()
                if isinstance(part, dict) and any(map(_describes_tensor, part.values()))
            ]
            if not named and len(dicts) != 1:
                return value
            value = named[0] if named else dicts[0]
    return value


def _describes_tensor(value: object) -> bool:
    return isinstance(value, Record) and value.name in (REBUILD_TENSOR, REBUILD_PARAMETER)


def _mapping(value: object) -> dict:
    if isinstance(value, Record):
        return value.attributes()
    return value if isinstance(value, dict) else {}


def _submodule(module: Record, *path: str) -> Record | None:
    for name in path:
        child = _mapping(module.attributes().get("_modules")).get(name)
        if not isinstance(child, Record):
            return None
        module = child
    return module


def _module_tensors(archive: Archive, root: Record) -> dict[str, Tensor]:
    """The state dict of a pickled module tree, by walking its records."""
    state: dict[str, Tensor] = {}
    waiting, entries = [("", root)], 0
    for _ in range(MAX_MODULES):
        if not waiting:
            return state
        prefix, module = waiting.pop()
        attributes = module.attributes()
        eps = attributes.get("eps")
        if module.name.endswith(".BatchNorm2d") and eps != 1e-3:
            shown = f"{eps:g}" if isinstance(eps, float) else type(eps).__name__
            raise CheckpointError(
                "{prefix}eps of a batch norm must be 0.001 in a YOLOv10 or YOLO26, got {shown}",
                prefix=prefix,
                shown=shown,
            )
        parts = ("_parameters", "_buffers", "_modules")
        entries += sum(len(_mapping(attributes.get(part))) for part in parts)
        if entries > MAX_ENTRIES or len(prefix) > MAX_KEY:
            raise CheckpointError(
                "the file nests more than {most} modules, or names them too long", most=MAX_MODULES
            )
        for kind in ("_parameters", "_buffers"):
            for name, value in _mapping(attributes.get(kind)).items():
                tensor = archive.tensor(value)
                if tensor is not None:
                    state[f"{prefix}{name}"] = tensor
        for name, child in _mapping(attributes.get("_modules")).items():
            if isinstance(child, Record):
                waiting.append((f"{prefix}{name}.", child))
    raise CheckpointError("the file nests more than {most} modules", most=MAX_MODULES)


def _checked(state: dict[str, Tensor], facts: _Facts) -> Checkpoint:
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
    class_names, coco_names = _class_names(facts.names, classes)
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


def _class_names(names: object, classes: int) -> tuple[tuple[str, ...], bool]:
    """The file's names where they are one a class; else, or where they only count 80, COCO's for 80; else numbers.

    Returns:
        The names, and whether they are COCO's in place of none.
    """
    if isinstance(names, dict):
        keyed = {str(key): name for key, name in names.items()}
        names = [keyed.get(str(index)) for index in range(classes)]
    numbered = classes == len(COCO_NAMES) and names == [str(index) for index in range(classes)]
    if isinstance(names, (list, tuple)) and len(names) == classes and not numbered:
        written = (
            name.strip()[:100] if isinstance(name, str) and name.strip() else f"class {index}"
            for index, name in enumerate(names)
        )
        return tuple(written), False
    if classes == len(COCO_NAMES):
        return COCO_NAMES, True
    return tuple(f"class {index}" for index in range(classes)), False


def _size(size: object) -> int:
    """A usable picture size: the file's, rounded up to the coarsest stride; 640 where it makes no sense."""
    if isinstance(size, (list, tuple)) and size and all(isinstance(side, int) for side in size):
        size = max(size)
    if isinstance(size, bool) or not isinstance(size, int) or not 32 <= size <= 4096:
        return DEFAULT_SIZE
    return math.ceil(size / 32) * 32
