"""Read a PyTorch `.pt` archive without executing anything in it.

A pickle is a program for a small stack machine, and Python's own machine will import and call whatever the program names.
The one here knows no imports and no calls: classes become names, calls and objects become inert `Record`s, and tensors are
built afterwards from checked sizes and the archive's raw bytes. Whatever a file contains, the worst it can do is be refused.
"""

import io
import math
import pickletools
import zipfile
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from dualviz.words import UserError

MAX_PICKLE_BYTES = 4 << 20  # a YOLOv10-X pickle has 0.3 MB; its tensors lie beside it
MAX_INSTRUCTIONS = 500_000  # of a pickle, which YOLOv10-X's stays far below
MAX_OPEN_MARKS = 1_000
MAX_TEXT = 1 << 16  # characters or bytes of one literal
MAX_BITS = 256  # of one whole number
MAX_MEMBERS = 20_000  # of the archive
STORAGES = {
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.FloatStorage": torch.float32,
    "torch.DoubleStorage": torch.float64,
    "torch.LongStorage": torch.int64,
}
_LITERALS = (
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE "
    "SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8"
)
LITERALS = frozenset(_LITERALS.split())
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
SKIPPED = frozenset(("PROTO", "FRAME", "STOP"))
REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2"
REBUILD_PARAMETER = "torch._utils._rebuild_parameter"


class CheckpointError(UserError):
    """The bytes are not weights that DualViz can load; the message is one sentence for the page."""


@dataclass(frozen=True, eq=False)
class Name:
    """A class or function that the pickle mentions. Never looked up."""

    path: str


@dataclass(eq=False)
class Record:
    """What a call or an object of the pickle becomes: the name it would have called, and what it was given."""

    name: str
    args: object = ()
    state: object = None

    def attributes(self) -> dict:
        """The object's attributes by name; empty where it has none."""
        return self.state if isinstance(self.state, dict) else {}


@dataclass(frozen=True, eq=False)
class StorageReference:
    """A pickle's pointer to raw bytes elsewhere in the archive: `('storage', type, key, device, count)`."""

    fields: object


def read_pickle(data: bytes) -> object:
    """The content of a pickle as dicts, lists, tuples, plain values and inert records.

    Args:
        data (bytes): any pickle, protocol 0 to 5.

    Raises:
        CheckpointError: truncated, malformed or oversized.

    >>> import os, pickle
    >>> class Hostile:
    ...     def __reduce__(self):
    ...         return os.system, ("echo this never runs",)
    >>> read_pickle(pickle.dumps(Hostile(), protocol=2)).args
    ('echo this never runs',)
    """
    if len(data) > MAX_PICKLE_BYTES:
        raise CheckpointError(
            "the pickle has {bytes} bytes, expected at most {most}",
            bytes=len(data),
            most=MAX_PICKLE_BYTES,
        )
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count == MAX_INSTRUCTIONS:
                raise CheckpointError(
                    "the pickle has more than {most} instructions, which no YOLOv10 needs",
                    most=f"{MAX_INSTRUCTIONS:,}",
                )
            machine.step(opcode.name, argument)
        return machine.stack[-1]
    except CheckpointError:
        raise
    except Exception as error:  # a malformed program can fail at any instruction, in any way
        raise CheckpointError("the pickle in the file is truncated or malformed") from error


class _Machine:
    """The pickle stack machine, less everything that acts on the outside."""

    def __init__(self) -> None:
        self.stack: list = []
        self.marked: list[list] = []
        self.memo: dict[int, object] = {}

    def step(self, name: str, argument: Any) -> None:
        """Carry out one instruction; the type of its argument follows from its name."""
        stack = self.stack
        if name in LITERALS:
            _check_literal(argument)
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self.memo[argument])
        elif name == "MARK":
            if len(self.marked) == MAX_OPEN_MARKS:
                raise CheckpointError("the pickle nests too deeply, which no PyTorch file does")
            self.marked.append(stack)
            self.stack = []
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            parts = argument.split(" ", 1) if argument is not None else self._pop(2)[::-1]
            stack.append(Name(".".join(parts)))
        elif name in ("BINPERSID", "PERSID"):
            stack.append(StorageReference(argument if name == "PERSID" else stack.pop()))
        elif name == "BUILD":
            state = stack.pop()
            if isinstance(stack[-1], Record):
                stack[-1].state = state
        elif name in ("REDUCE", "NEWOBJ"):
            args = stack.pop()
            stack.append(_record(stack.pop(), args))
        elif name == "NEWOBJ_EX":
            _, args = self._pop(2)
            stack.append(_record(stack.pop(), args))
        elif name in ("INST", "OBJ"):
            args = self._pop_mark()
            called = Name(argument.replace(" ", ".", 1)) if name == "INST" else args.pop(0)
            self.stack.append(_record(called, tuple(args)))
        elif name in SKIPPED:
            pass
        else:
            self._container(name)

    def _container(self, name: str) -> None:
        """Instructions that make or fill tuples, lists, dicts and sets (as lists)."""
        if name in ("EMPTY_LIST", "EMPTY_SET"):
            self.stack.append([])
        elif name == "EMPTY_DICT":
            self.stack.append({})
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            self.stack.append(tuple(reversed(self._pop(int(name[-1])))))
        elif name == "TUPLE":
            values = self._pop_mark()
            self.stack.append(tuple(values))
        elif name in ("LIST", "FROZENSET"):
            values = self._pop_mark()
            self.stack.append(values)
        elif name == "DICT":
            values = self._pop_mark()
            self.stack.append(_set_items({}, values))
        elif name == "APPEND":
            value = self.stack.pop()
            _extend(self.stack[-1], [value])
        elif name in ("APPENDS", "ADDITEMS"):
            values = self._pop_mark()
            _extend(self.stack[-1], values)
        elif name == "SETITEM":
            value, key = self._pop(2)
            _set_items(self.stack[-1], [key, value])
        elif name == "SETITEMS":
            values = self._pop_mark()
            _set_items(self.stack[-1], values)
        elif name == "POP":
            self.stack.pop()
        elif name == "POP_MARK":
            self._pop_mark()
        elif name == "DUP":
            self.stack.append(self.stack[-1])
        else:
            raise CheckpointError(
                "the pickle uses {name}, which no PyTorch file contains", name=name
            )

    def _pop(self, count: int) -> list:
        """The topmost values, last first."""
        return [self.stack.pop() for _ in range(count)]

    def _pop_mark(self) -> list:
        values, self.stack = self.stack, self.marked.pop()
        return values


def _check_literal(value: object) -> None:
    if isinstance(value, (str, bytes, bytearray)) and len(value) > MAX_TEXT:
        raise CheckpointError(
            "the pickle holds a text of {count} characters, expected at most {most}",
            count=f"{len(value):,}",
            most=f"{MAX_TEXT:,}",
        )
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise CheckpointError(
            "the pickle holds a whole number of more than {most} bits", most=MAX_BITS
        )


def _record(called: object, args: object) -> object:
    if isinstance(called, Name) and called.path == "collections.OrderedDict":
        return {}  # its items follow as SETITEMS
    return Record(called.path if isinstance(called, Name) else "", args)


def _extend(target: object, values: list) -> None:
    if isinstance(target, list):
        target.extend(values)


def _set_items(target: object, values: list) -> object:
    """Store key, value, key, value, ... Only plain keys.

    Hashing a deeply nested tuple could overflow the C stack, and larger whole numbers can be chosen by the thousand so that
    all have one hash.
    """
    if isinstance(target, dict):
        for key, value in zip(values[::2], values[1::2], strict=True):
            if isinstance(key, (str, float)) or (isinstance(key, int) and key.bit_length() <= 32):
                target[key] = value
    return target


@dataclass
class Archive:
    """A `.pt` file: its pickle as inert records in `root`, and the door to its tensors."""

    root: object
    files: zipfile.ZipFile
    folder: str
    bytes_left: int  # what all storages together may still claim
    storages: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def open(cls, data: bytes) -> "Archive":
        """Read the archive's pickle.

        Args:
            data (bytes): a zip file as `torch.save` writes it since PyTorch 1.6.

        Raises:
            CheckpointError: truncated, compressed, TorchScript, big-endian, or no PyTorch archive at all.
        """
        if data.count(b"PK\x01\x02") > MAX_MEMBERS:  # before the directory is built from them
            raise CheckpointError(
                "the archive has more than {most} members", most=f"{MAX_MEMBERS:,}"
            )
        try:
            files = zipfile.ZipFile(io.BytesIO(data))
            names = files.namelist()
        except Exception as error:
            raise CheckpointError(
                "the file is truncated or damaged: it begins as a PyTorch archive but has no valid directory"
            ) from error
        pickles = [name for name in names if name.endswith("data.pkl") and name.count("/") <= 1]
        inside = [name for name in names if name.lower().endswith((".pt", ".pth", ".safetensors"))]
        if not pickles and inside:
            raise CheckpointError(
                "this is a zip file around weights: unpack it and give {file} itself",
                file=inside[0][:60],
            )
        if len(pickles) != 1:
            raise CheckpointError(
                "a zip file with one data.pkl was expected (a PyTorch .pt), this one has {count}",
                count=len(pickles),
            )
        folder = pickles[0].removesuffix("data.pkl")
        if folder + "constants.pkl" in names or any(
            name.startswith(folder + "code/") for name in names
        ):
            raise CheckpointError(
                "this is a TorchScript archive: an exported program, not a checkpoint; load the .pt it was made from"
            )
        archive = cls(None, files, folder, len(data))
        if folder + "byteorder" in names and archive.read("byteorder").strip() != b"little":
            raise CheckpointError("the weights are stored big-endian, expected little-endian")
        archive.root = read_pickle(archive.read("data.pkl"))
        return archive

    def read(self, name: str) -> bytes:
        """One member of the archive; it must be stored plainly, so that no small file can swell."""
        path = self.folder + name
        try:
            entry = self.files.getinfo(path)
        except KeyError as error:
            raise CheckpointError("{part} is missing from the archive", part=path[:80]) from error
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise CheckpointError(
                "{part} is compressed, which torch.save never does", part=path[:80]
            )
        self.bytes_left -= entry.file_size
        if self.bytes_left < 0:
            raise CheckpointError("the archive's parts claim more bytes than the file has")
        try:
            return self.files.read(entry)
        except Exception as error:  # a damaged or encrypted member fails in many ways
            raise CheckpointError("{part} is truncated or damaged", part=path[:80]) from error

    def tensor(self, value: object) -> Tensor | None:
        """The tensor that a record describes, a view of its storage; None where it describes none.

        Raises:
            CheckpointError: a type that is not known, a size that does not fit the stored bytes.
        """
        for _ in range(2):  # a parameter around a tensor; more would be a circle
            if (
                isinstance(value, Record)
                and value.name == REBUILD_PARAMETER
                and isinstance(value.args, tuple)
                and value.args
            ):
                value = value.args[0]
        if not isinstance(value, Record) or value.name != REBUILD_TENSOR:
            return None
        args = value.args
        if not (isinstance(args, tuple) and len(args) >= 4):
            raise CheckpointError("a tensor in the file is described wrongly")
        reference, offset, size, stride = args[:4]
        whole = isinstance(size, tuple) and isinstance(stride, tuple) and len(size) == len(stride)
        counts = whole and len(size) <= 8 and all(map(_is_count, (offset, *size, *stride)))
        # without its zeros too: an empty tensor may claim any shape
        if not counts or not _is_count(math.prod(n for n in size if n)):
            raise CheckpointError("a tensor in the file has an impossible size, stride or offset")
        storage = self._storage(reference)
        count = math.prod(size)
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if count and (count > len(storage) or last >= len(storage)):
            raise CheckpointError(
                "a tensor of size {size} does not fit its storage of {values} values",
                size=size,
                values=len(storage),
            )
        # a view: a thousand records that point to one storage shall not cost a thousand copies
        return storage.as_strided(size, stride, offset) if count else storage.new_empty(size)

    def _storage(self, reference: object) -> Tensor:
        fields = reference.fields if isinstance(reference, StorageReference) else ()
        match fields:
            case ("storage", Name(path=kind), str(key), str(), int(count)):
                pass
            case _:
                raise CheckpointError("a tensor in the file points to no storage")
        if kind not in STORAGES:
            raise CheckpointError(
                "a tensor is stored as {kind}, expected {known}",
                kind=kind[:60],
                known=", ".join(STORAGES),
            )
        if key not in self.storages:
            raw = self.read(f"data/{key}")
            dtype = STORAGES[kind]
            if len(raw) != count * dtype.itemsize:
                raise CheckpointError(
                    "storage {key} has {bytes} bytes, expected {count} values of {each} bytes",
                    key=key[:40],
                    bytes=len(raw),
                    count=count,
                    each=dtype.itemsize,
                )
            self.storages[key] = (
                torch.frombuffer(bytearray(raw), dtype=dtype)
                if raw
                else torch.empty(0, dtype=dtype)
            )
        return self.storages[key]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40
