"""YOLO's lines of numbers in all their kinds: boxes, with a score or a track, polygons, turned boxes and poses."""

from collections import defaultdict
from collections.abc import Sequence

from dualviz.pictures.objects import (
    MAX_CLASSES,
    SHARES,
    Listed,
    Objects,
    TruthError,
    cut,
    listed,
    number,
)
from dualviz.pictures.outlines import MAX_POINTS, box_around
from dualviz.words import Sentence, kept


def read_yolo(
    text: str,
    name: str,
    image_wh: tuple[int, int],
    class_names: Sequence[str],
    pose_shape: tuple[int, int] | None = None,
) -> tuple[Objects, tuple[Sentence, ...]]:
    """Each line: class id, then centre x, centre y, width, height as shares of the picture.

    A sixth number is a score, a seventh that is no share a track; both are left aside. Polygons and the four corners of
    turned boxes are taken by the box around them, poses by their box. All this is noted.

    Args:
        class_names: what an id must be among, where given.
        pose_shape: how many points a pose has and how many numbers each of them, where that is known. Without it points
            of two numbers cannot be told from a polygon.

    Raises:
        TruthError: an id that is none or not among the names, or half the lines or more in pixels.
    """
    width, height = image_wh
    objects, kinds, lines = Objects(name, image_wh), defaultdict(list), 0
    pixels: list[tuple[Sentence, Sentence]] = []
    for index, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        lines += 1
        place = Sentence("line {index}", index=index)
        words = line.split(None, MAX_POINTS)
        if len(words) > MAX_POINTS:
            reason = Sentence("expected at most {most} numbers", most=f"{MAX_POINTS:,}")
            objects.leave_out(place, reason)
            continue
        try:
            values = [number(value) for value in words]
        except TruthError as error:
            objects.leave_out(place, kept(error))
            continue
        kind, shares = _row(values[1:], pose_shape)
        if shares is None:
            objects.leave_out(place, Sentence("expected 5 numbers, got {count}", count=len(values)))
            continue
        label = values[0]
        if label != int(label) or not 0 <= label < MAX_CLASSES:
            raise TruthError(
                "{file}, {place}: expected a class id 0, 1, 2 …, got {label}",
                file=name,
                place=place,
                label=f"{label:g}",
            )
        if class_names and label >= len(class_names):
            raise TruthError(
                "{file}, {place}: class id {label} is not among {known}",
                file=name,
                place=place,
                label=f"{label:g}",
                known=listed(class_names),
            )
        if max(map(abs, shares)) > SHARES:
            reason = Sentence(
                "expected fractions of the picture from 0 to 1, got {line}", line=repr(cut(line))
            )
            pixels.append((place, reason))
            objects.leave_out(place, reason)
            continue
        if kind:
            kinds[kind].append(place)
        x1, y1, x2, y2 = shares
        corners = (x1 * width, y1 * height, x2 * width, y2 * height)
        objects.add(place, corners, int(label))
    if pixels and len(pixels) * 2 >= lines:
        place, reason = pixels[0]
        raise TruthError(
            "{file}, {place}: {reason}: these are pixels, not shares",
            file=name,
            place=place,
            reason=reason,
        )
    return objects, tuple(_note(name, kind, places) for kind, places in kinds.items())


def _note(name: str, kind: str, places: list[Sentence]) -> Sentence:
    """What was made of lines that hold more than a box."""
    count, at_lines = len(places), {"file": name, "lines": Listed(places[:3])}
    if kind == "score":
        return Sentence(
            "{file}: {n} line with a score or a track, which are left aside: {lines}",
            "{file}: {n} lines with a score or a track, which are left aside: {lines}",
            count,
            **at_lines,
        )
    if kind == "pose":
        return Sentence(
            "{file}: {n} line of poses, whose boxes are taken: {lines}",
            "{file}: {n} lines of poses, whose boxes are taken: {lines}",
            count,
            **at_lines,
        )
    if kind == "corners":
        return Sentence(
            "{file}: {n} line of turned boxes or polygons of four corners, of which the box around is taken: {lines}",
            "{file}: {n} lines of turned boxes or polygons of four corners, of which the box around is taken: {lines}",
            count,
            **at_lines,
        )
    return Sentence(
        "{file}: {n} line of polygons, of which the box around is taken: {lines}",
        "{file}: {n} lines of polygons, of which the box around is taken: {lines}",
        count,
        **at_lines,
    )


def _row(
    values: list[float], pose_shape: tuple[int, int] | None
) -> tuple[str, tuple[float, float, float, float] | None]:
    """What kind of line this is, "" for a plain one, and its xyxy in shares; None for a count that no kind has."""
    count = len(values)
    if count in (4, 5):
        return "score" if count == 5 else "", _corners(values)
    if count == 6 and values[5] > SHARES:
        return "score", _corners(values)
    points = values[4:]
    if pose_shape and len(points) == pose_shape[0] * pose_shape[1]:
        return "pose", _corners(values)
    if count >= 7 and len(points) % 3 == 0 and {*points[2::3]} <= {0.0, 1.0, 2.0}:
        return "pose", _corners(values)
    if count >= 6 and count % 2 == 0:
        return "corners" if count == 8 else "polygon", box_around(values)
    return "", None


def _corners(values: list[float]) -> tuple[float, float, float, float]:
    x, y, width, height = values[:4]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
