"""The process that reads what users bring: `python -m dualviz.web.reader`, started and watched by `dualviz.web.reading`.

A picture, weights or truth come in over standard input and go back as arrays over standard output. What goes wrong here,
to the last byte of memory, goes wrong for one file.
"""

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from dualviz.detector.checkpoint import read_checkpoint
from dualviz.pictures.folders import open_part, open_set
from dualviz.pictures.images import read_image
from dualviz.pictures.truth import read_truth
from dualviz.words import Sentence, kept
from dualviz.words.parcel import apart

Message = tuple[dict[str, Any], list[np.ndarray]]


def read_picture(data: bytes, name: str) -> Message:
    """Pixels uint8 (H, W, 3) of a picture, and notes."""
    notes: list[Sentence | str] = []
    pixels = read_image(data, name, notes)
    return {"notes": [apart(note) for note in notes]}, [pixels]


def read_weights(data: bytes, name: str) -> Message:
    """What `Checkpoint` holds: its tensors in the order of their names."""
    checkpoint = read_checkpoint(data)
    state = checkpoint.state_dict
    facts = {
        field: getattr(checkpoint, field)
        for field in (
            *("scale", "class_names", "size", "sppf_activation", "origin", "metadata"),
            "coco_names",
        )
    }
    return {"names": list(state), **facts}, [tensor.numpy() for tensor in state.values()]


def read_objects(data: bytes, name: str, **about: Any) -> Message:
    """What `Truth` holds: boxes, labels and flags; `about` the picture, as `read_truth` asks."""
    truth = read_truth(
        data, name, tuple(about["image_wh"]), tuple(about["class_names"]), about["picture"]
    )
    facts = {
        "class_names": truth.class_names,
        "notes": [apart(note) for note in truth.notes],
        "by_number": truth.by_number,
    }
    return facts, [truth.boxes.numpy(), truth.labels.numpy(), truth.ignore.numpy()]


def read_set(_data: bytes, _name: str, place: str, within: str, pictures: str | None) -> Message:
    """What `CocoFolder` holds of a set that lies on the disk already, and how many of its pictures are not there.

    Args:
        place, within: as for `open_set`.
        pictures: where only some of the pictures of a COCO file lie; None for a whole set.
    """
    if pictures is None:
        opened, absent = open_set(place, within=Path(within)), 0
    else:
        opened, absent = open_part(Path(place), Path(pictures))
    facts, arrays = opened.apart()
    return {"set": facts, "absent": absent}, arrays


KINDS: dict[str, Callable[..., Message]] = {
    "picture": read_picture,
    "weights": read_weights,
    "truth": read_objects,
    "set": read_set,
}


def send(file: BinaryIO, facts: dict[str, Any], arrays: list[np.ndarray]) -> None:
    """Write facts as JSON and arrays behind them; each side of a pipe can be read by `receive`."""
    shapes = [(list(array.shape), array.dtype.str) for array in arrays]
    header = json.dumps({"facts": facts, "arrays": shapes}).encode()
    file.write(len(header).to_bytes(8, "little") + header)
    for array in arrays:
        file.write(memoryview(np.ascontiguousarray(array).reshape(-1)).cast("B"))
    file.flush()


def receive(file: BinaryIO) -> Message:
    """Read what `send` wrote.

    Raises:
        EOFError: the other side has ended.
    """
    header = json.loads(_exactly(file, int.from_bytes(_exactly(file, 8), "little")))
    arrays = []
    for shape, kind in header["arrays"]:
        array = np.empty(shape, kind)
        view = memoryview(array.reshape(-1)).cast("B")
        while len(view):
            count = file.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise EOFError
            view = view[count:]
        arrays.append(array)
    return header["facts"], arrays


def _exactly(file: BinaryIO, count: int) -> bytes:
    got = file.read(count)
    if len(got) < count:
        raise EOFError
    return got


def answer(facts: dict[str, Any], arrays: list[np.ndarray]) -> Message:
    """Read one file; what is wrong with it goes back as its sentence and fields."""
    try:
        read, returned = KINDS[facts["kind"]](arrays[0].tobytes(), facts["name"], **facts["about"])
        return {"read": read}, returned
    except MemoryError:
        return {"memory": True}, []
    except ValueError as error:
        if isinstance(error.__cause__, MemoryError):
            return {"memory": True}, []
        return {"error": apart(kept(error))}, []


def limit_memory(most_bytes: int) -> None:
    """Let allocations fail beyond `most_bytes` more than are taken now, where the system can; elsewhere the parent watches."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            data = int(file.read().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (data + most_bytes, data + most_bytes))
    except (ImportError, OSError, ValueError):
        pass


def main() -> None:
    """Answer until the other side has gone."""
    torch.set_num_threads(1)
    read_image(_warm(), "warm")
    inlet, outlet = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", 2**20)
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    limit_memory(int(sys.argv[1]))
    try:
        send(outlet, {"ready": True}, [])
        while True:
            send(outlet, *answer(*receive(inlet)))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass


def _warm() -> bytes:
    """A small picture, so that the decoders are loaded before the first file comes."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    main()
