"""The box around what is drawn otherwise: polygons and run-length masks as COCO writes them, turned boxes as VOC's heirs do."""

import math
from collections.abc import Sequence

from dualviz.pictures.objects import number

Box = tuple[float, float, float, float]
MAX_POINTS = 100_000  # numbers of one outline


def box_around(points: Sequence[float]) -> Box:
    """The xyxy of points x, y, x, y, …

    >>> box_around([1, 5, 4, 2, 3, 9])
    (1, 2, 4, 9)
    """
    x, y = points[::2], points[1::2]
    return min(x), min(y), max(x), max(y)


def box_of_segmentation(segmentation: object) -> Box | None:
    """The xyxy in pixels around COCO's `segmentation`: polygons, or a mask by runs, compressed or not; None where it is neither.

    >>> box_of_segmentation([[1, 1, 4, 1, 4, 3], [2, 0, 3, 0, 3, 1]])
    (1.0, 0.0, 4.0, 3.0)
    >>> box_of_segmentation({"size": [4, 3], "counts": [5, 2, 5]})
    (1.0, 1.0, 2.0, 3.0)
    """
    if isinstance(segmentation, list):
        flat = segmentation and not any(isinstance(part, list) for part in segmentation)
        polygons = [segmentation] if flat else segmentation
        if not polygons or not all(isinstance(part, list) for part in polygons):
            return None
        if sum(map(len, polygons)) > MAX_POINTS or any(len(part) % 2 for part in polygons):
            return None
        points = [number(value, "segmentation") for part in polygons for value in part]
        return box_around(points) if len(points) >= 6 else None
    if not isinstance(segmentation, dict):
        return None
    match segmentation.get("size"), segmentation.get("counts"):
        case [int(height), int(width)], list(runs) if len(runs) <= MAX_POINTS:
            return _box_of_runs([int(number(run, "counts")) for run in runs], height, width)
        case [int(height), int(width)], str(packed) if len(packed) <= MAX_POINTS:
            return _box_of_runs(_unpacked(packed), height, width)
    return None


def box_of_turned(
    centre_x: float, centre_y: float, width: float, height: float, angle: float
) -> Box:
    """The xyxy around a box turned by an angle in radians.

    >>> [round(side, 6) for side in box_of_turned(10, 10, 4, 2, math.pi / 2)]
    [9.0, 8.0, 11.0, 12.0]
    """
    cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
    half_width = (width * cosine + height * sine) / 2
    half_height = (width * sine + height * cosine) / 2
    return (
        centre_x - half_width,
        centre_y - half_height,
        centre_x + half_width,
        centre_y + half_height,
    )


def _box_of_runs(runs: Sequence[int], height: int, width: int) -> Box | None:
    """Runs go down the columns, empty and filled in turn."""
    if height < 1 or width < 1 or min(runs, default=-1) < 0 or sum(runs) > height * width:
        return None
    begin, columns, rows = 0, [], []
    for index, run in enumerate(runs):
        end = begin + run
        if index % 2 and run:
            first, last = divmod(begin, height), divmod(end - 1, height)
            columns += [first[0], last[0]]
            rows += [first[1], last[1]] if first[0] == last[0] else [0, height - 1]
        begin = end
    if not columns:
        return None
    return float(min(columns)), float(min(rows)), max(columns) + 1.0, max(rows) + 1.0


def _unpacked(packed: str) -> list[int]:
    """COCO's compressed runs: five bits a character from code 48 on, each run from the third on less the one before last."""
    runs: list[int] = []
    value, shift = 0, 0
    for character in packed:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 60:
            return []
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value, shift = 0, 0
    return runs
