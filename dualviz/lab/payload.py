"""The laboratory's payload: one picture and what both heads say about it, as one constant run of bytes.

Boxes and scores travel as float32, never less: half precision changes who is picked. Truth and knobs are not in here;
they are state, and stand behind the payload as a seed (see `with_seed`). Anchors stand in grids: of their points only each
column's x and each row's y travel. dualviz/lab/engine/payload.js reads what this writes.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from torch import Tensor

from dualviz.pictures.content import content_hash

MAGIC, SEED_MAGIC = b"DUALVIZ2", b"DVSTATE1"
MOST_CLASSES = 20  # carried without being asked for
MOST_NAMES = 65536  # a label is at most two bytes of a drawn truth in the link
FLAT = 0.5  # share of values equal to their neighbour's, from which PNG may be the smaller one
LONGEST_SIDE = 1280  # of the picture as it is shown; boxes keep the pixels of the whole one


def payload(
    image_rgb: np.ndarray,
    prediction: Any,
    class_names: Sequence[str],
    classes: Sequence[int] | None = None,
    name: str = "",
    detector: str = "",
    shown: np.ndarray | None = None,
    small: bool = False,
    weights: str = "",
) -> bytes:
    """Pack a picture and both heads' predictions for the browser.

    Args:
        image_rgb: uint8 (H, W, 3).
        prediction: a `DualPrediction`: `one2many` and `one2one` with `boxes` (A, 4) and `scores` (A, C), and
            `anchor_points` (A, 2), all in pixels of this picture, each level a grid, row by row; `level` (A,); `strides`.
        class_names: names of the C classes, at most 65,536.
        classes: labels whose scores are carried; None: all up to 20 classes, else the first 20. Truth needs the labels
            it names: give them, and the one a user has just chosen.
        name, detector: words for captions.
        shown: uint8 (h, w, 3), the same picture of another size, to look at; None: `image_rgb`. Boxes and points stay in
            pixels of `image_rgb`, which both heads were given.
        weights: the first digits of the hash of the detector's file.
        small: take the time to pack the picture into half the bytes (WebP): for files that many load.

    Returns:
        Bytes; the header's `id` is a hash of everything in them.
    """
    points = _float32(prediction.anchor_points)
    level = np.asarray(prediction.level, dtype=np.uint8)
    A, C = len(points), len(class_names)
    if not 0 < C <= MOST_NAMES:
        raise ValueError(f"class_names must have 1 to {MOST_NAMES:,} names, got {C}")
    labels = sorted(set(range(C)[:MOST_CLASSES] if classes is None else map(int, classes)))
    if any(not 0 <= label < C for label in labels):
        raise ValueError(f"classes must lie in 0..{C - 1}, got {labels}")
    height, width = image_rgb.shape[:2]
    seen = image_rgb if shown is None else shown
    if abs(seen.shape[1] * height - seen.shape[0] * width) > max(height, width):
        raise ValueError(
            f"shown must have the sides of image_rgb, {width} : {height}, got {seen.shape[1]} : {seen.shape[0]}"
        )
    kind, picture = _encode(seen, small)
    levels, axes = _levels(points, level, prediction.strides)
    blobs = {"axes": axes, "picture": np.frombuffer(picture, np.uint8)}
    for head in ("one2many", "one2one"):
        boxes, scores = (
            _float32(getattr(getattr(prediction, head), part)) for part in ("boxes", "scores")
        )
        for what, got, wanted in (("boxes", boxes, (A, 4)), ("scores", scores, (A, C))):
            if got.shape != wanted:
                raise ValueError(f"{head}.{what} must be {wanted}, got {got.shape}")
        blobs[f"{head}_boxes"], blobs[f"{head}_scores"] = boxes, scores[:, labels]

    body, places = bytearray(), {}
    for key, array in blobs.items():
        body += bytes(-len(body) % 16)
        places[key] = [len(body), array.nbytes]
        body += np.ascontiguousarray(array).tobytes()
    header = {
        "name": name,
        "detector": detector,
        "weights": weights,
        "picture": {"width": width, "height": height, "type": kind},
        "quantum": quantum(width, height),
        "levels": levels,
        "classes": labels,
        "class_names": list(class_names),
        "blobs": places,
    }
    identity = content_hash(json.dumps(header).encode() + body)
    return _joined({"id": identity, **header}, body)


def with_seed(packed: bytes, seed: dict[str, Any]) -> bytes:
    """Payload with the state to show at first behind it; a seed that stood there is replaced."""
    return bare(packed) + SEED_MAGIC + json.dumps(seed, separators=(",", ":")).encode()


def named(packed: bytes, name: str, detector: str) -> bytes:
    """The payload with other words for captions, and the same `id`: what many share is named for each of them."""
    written = header(packed) | {"name": name, "detector": detector}
    body = _start(int(np.frombuffer(packed[8:12], "<u4")[0]))
    return _joined(written, memoryview(bare(packed))[body:])


def bare(packed: bytes) -> bytes:
    """The payload without a seed."""
    return packed[: int(np.frombuffer(packed[12:16], "<u4")[0])]


def header(packed: bytes) -> dict[str, Any]:
    """What a payload says of itself: id, picture, levels, classes carried, class names, quantum."""
    if packed[:8] != MAGIC:
        raise ValueError(f"a laboratory payload begins with {MAGIC.decode()}, got {packed[:8]!r}")
    length = int(np.frombuffer(packed[8:12], "<u4")[0])
    return json.loads(packed[16 : 16 + length])


def quantum(width: int, height: int) -> float:
    """Pixels that drawn boxes snap to: a power of two, at most 1/32 px coarse up to 2047 px, in 16 bits a side.

    >>> quantum(640, 480), quantum(4000, 3000)
    (0.03125, 0.0625)
    """
    return 2.0 ** -max(0, min(5, math.floor(math.log2(65535 / max(width, height)))))


def _joined(header: dict[str, Any], body: bytes | bytearray | memoryview) -> bytes:
    written = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    start = _start(len(written))
    sizes = np.array([len(written), start + len(body)], "<u4").tobytes()
    return b"".join(((MAGIC + sizes + written).ljust(start, b" "), body))


def _start(length: int) -> int:
    """Where the blobs begin behind a header of so many bytes."""
    return math.ceil((16 + length) / 16) * 16


def _float32(values: Tensor | np.ndarray) -> np.ndarray:
    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    return np.asarray(values, dtype="<f4")


def _levels(
    points: np.ndarray, level: np.ndarray, strides: Sequence[int]
) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Where each level's grid lies in the picture, and its axes one after the other: each column's x, then each row's y.

    Its anchors must stand together, row by row, so that the axes give back every point to the bit.
    """
    if len(level) and int(level.max()) >= len(strides):
        raise ValueError(f"strides must name {int(level.max()) + 1} levels, got {tuple(strides)}")
    grids, axes, gain = [], [np.zeros(0, points.dtype)], None
    for index, stride in enumerate(strides):
        where = np.flatnonzero(level == index)
        if not len(where):
            continue
        if where[-1] - where[0] + 1 != len(where):
            raise ValueError(f"anchors of level {index} must stand together")
        x, y = points[where].T
        columns = int((y == y[0]).sum())
        across, down = x[:columns], y[::columns]
        in_rows = np.stack((np.tile(across, len(down)), down.repeat(columns)))[:, : len(where)]
        if len(where) % columns or not np.array_equal(in_rows, (x, y)):
            raise ValueError(f"anchors of level {index} must stand in a grid, row by row")
        axes += [across, down]
        if gain is None:  # pixels of the picture per pixel of the network's input
            step = x[1] - x[0] if columns > 1 else y[-1] - y[0] if len(y) > 1 else stride
            gain = float(step) / stride
        cell = stride * gain
        grids.append(
            {
                "name": f"P{round(math.log2(stride))}",
                "stride": int(stride),
                "first": int(where[0]),
                "count": len(where),
                "columns": columns,
                "rows": len(where) // columns,
                "cell": [cell, cell],
                "origin": [float(x[0]) - cell / 2, float(y[0]) - cell / 2],
            }
        )
    return grids, np.concatenate(axes)


def _encode(image_rgb: np.ndarray, small: bool) -> tuple[str, bytes]:
    """The picture as it is shown: the smallest of JPEG, PNG and, where asked, WebP; at most 1280 px wide or high.

    What is nowhere flat is not tried as PNG, which takes longest.
    """
    height, width = image_rgb.shape[:2]
    shrink = LONGEST_SIDE / max(height, width)
    if shrink < 1:
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        image_rgb = cv2.resize(image_rgb, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR)
    kinds = {"jpeg": [cv2.IMWRITE_JPEG_QUALITY, 92]}
    if np.mean(bgr.ravel()[3:] == bgr.ravel()[:-3]) >= FLAT:
        kinds = {"png": [], **kinds}
    if small:
        kinds["webp"] = [cv2.IMWRITE_WEBP_QUALITY, 92]
    packed = {
        f"image/{kind}": cv2.imencode(f".{kind}", bgr, settings)[1].tobytes()
        for kind, settings in kinds.items()
    }
    return min(packed.items(), key=lambda item: len(item[1]))
