"""What a file of weights holds, before anything of it is believed: tensors by name, and what is said about them."""

import json
from dataclasses import dataclass

import safetensors.torch
from torch import Tensor

from dualviz.detector.pickle_reader import (
    REBUILD_PARAMETER,
    REBUILD_TENSOR,
    Archive,
    CheckpointError,
    Record,
)

MAX_BYTES = 1 << 30  # YOLOv10-X with its optimiser, unstripped, has 0.4 GB
MAX_HEADER_BYTES = 8 << 20
MAX_MODULES = 20_000  # YOLOv10-X has 1,100; a module may hold itself a thousandfold
MAX_ENTRIES = 200_000  # of all modules together: parameters, buffers and children
MAX_KEY = 500  # characters of a tensor's name
WRAPPERS = (
    "module",
    "_orig_mod",
)  # what holds a network that trains on several devices, or compiled


@dataclass
class Facts:
    """What a file says about its weights, before anything of it is believed."""

    origin: str
    names: object = None
    size: object = None
    sppf_activation: bool | None = None  # None: it does not say
    metadata: dict[str, str] | None = None


def from_safetensors(data: bytes) -> tuple[dict[str, Tensor], Facts]:
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
        return state, Facts("safetensors", metadata=metadata)
    try:
        facts = Facts(
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


def from_archive(data: bytes) -> tuple[dict[str, Tensor], Facts]:
    archive = Archive.open(data)
    root = archive.root
    module, names, train_args = _unwrapped(archive, root), None, {}
    if isinstance(root, dict):
        names, train_args = root.get("names"), _mapping(root.get("train_args"))
    if isinstance(module, dict):
        tensors = {key: archive.tensor(value) for key, value in module.items()}
        state = {str(key): value for key, value in tensors.items() if value is not None}
        return state, Facts("a PyTorch state dict", names=names)
    if not isinstance(module, Record) or "_modules" not in module.attributes():
        raise CheckpointError("the .pt file holds no network: expected a `model` or `ema` entry")
    state = _module_tensors(archive, module)
    size = train_args.get("imgsz") or _mapping(module.attributes().get("args")).get("imgsz")
    act = _submodule(module, "model", "9", "cv1", "act")
    kind = module.name.rpartition(".")[2][:40] or "a module without a name"
    return state, Facts(
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


def unreadable(source: bytes) -> CheckpointError:
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


def too_large(size: int) -> CheckpointError:
    return CheckpointError(
        "the file has {size} MB, expected at most {most}",
        size=f"{size / 1e6:.0f}",
        most=f"{MAX_BYTES / 1e6:.0f}",
    )
