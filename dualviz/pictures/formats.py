"""Truth files of one picture that are no COCO: PASCAL VOC's XML, and YOLO's lines of numbers in all their kinds."""

import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Sequence
from xml.parsers import expat

from dualviz.pictures.coco import refuse_shares
from dualviz.pictures.objects import (
    MAX_CLASSES,
    SHARES,
    Objects,
    TruthError,
    counted,
    cut,
    flag,
    listed,
    number,
)

EDGES = ("xmin", "ymin", "xmax", "ymax")
MAX_DEPTH = 50  # of nested elements; a VOC file has four


def refuse_other_size(stated: tuple[int, int] | None, image_wh: tuple[int, int], name: str) -> None:
    """Raise TruthError where a file was made for a picture of another size."""
    if stated is not None and stated != tuple(image_wh):
        turned = " (turned by its EXIF mark?)" if stated == tuple(image_wh)[::-1] else ""
        raise TruthError(
            f"{name} belongs to a picture of {stated[0]} × {stated[1]}, "
            f"this one is {image_wh[0]} × {image_wh[1]}{turned}"
        )


def read_voc(
    data: bytes, name: str, image_wh: tuple[int, int]
) -> tuple[Objects, tuple[str, ...], tuple[str, ...]]:
    """PASCAL VOC counts pixels from 1 and includes the last one: xmin − 1 to xmax are the edges.

    Returns:
        Objects, the classes in the order they are first met, and no notes of its own.

    Raises:
        TruthError: no VOC XML, another picture's size, a mark that is none, or shares instead of pixels.
    """
    root = _parsed(data, name)
    if root.tag != "annotation":
        raise TruthError(
            f"{name} is XML but no VOC annotation: expected <annotation>, got <{cut(root.tag)}>"
        )
    sides = [root.findtext(f"size/{side}") for side in ("width", "height")]
    size = [0 if side is None else number(side, f"{name}, picture size") for side in sides]
    refuse_other_size((int(size[0]), int(size[1])) if all(size) else None, image_wh, name)
    found, boxes = Objects(name, image_wh), []
    classes: dict[str, int] = {}
    for index, item in enumerate(root.iter("object"), 1):
        place = f"object {index}"
        class_name = (item.findtext("name") or "").strip()
        edges = [item.findtext(f"bndbox/{edge}") for edge in EDGES]
        if not class_name or None in edges:
            found.leave_out(place, f"expected <name> and <bndbox> with {', '.join(EDGES)}")
            continue
        try:
            x1, y1, x2, y2 = (number(edge, "bndbox") for edge in edges)
        except TruthError as error:
            found.leave_out(place, str(error))
            continue
        boxes.append((x1, y1, x2, y2))
        difficult = flag(item.findtext("difficult"), f"{name}, {place}: difficult")
        label = classes.setdefault(class_name, len(classes))
        found.add(place, (x1 - 1, y1 - 1, x2, y2), label, difficult)
    refuse_shares(boxes, name, "bndbox")
    return found, tuple(classes), ()


def _parsed(data: bytes, name: str) -> ElementTree.Element:
    depth = 0

    def opened(*_) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _TooDeep

    def closed(*_) -> None:
        nonlocal depth
        depth -= 1

    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse_doctype
    guard.StartElementHandler, guard.EndElementHandler = opened, closed
    try:
        # entities can only be declared in a DOCTYPE, so none is ever expanded
        guard.Parse(data, True)
        return ElementTree.fromstring(data)
    except _Doctype as error:
        raise TruthError(
            f"{name} has a DOCTYPE, which a VOC file does not need: refused"
        ) from error
    except _TooDeep as error:
        raise TruthError(
            f"{name} nests more than {MAX_DEPTH} elements: no VOC file does"
        ) from error
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise TruthError(f"{name} is not valid XML ({cut(error, 120)})") from error


class _Doctype(Exception):
    pass


class _TooDeep(Exception):
    pass


def _refuse_doctype(*_) -> None:
    raise _Doctype


def read_yolo(
    text: str, name: str, image_wh: tuple[int, int], class_names: Sequence[str]
) -> tuple[Objects, tuple[str, ...]]:
    """Each line: class id, then centre x, centre y, width, height as shares of the picture.

    A sixth number is a score and left aside. Polygons and the four corners of turned boxes are taken by the box around
    them, poses by their box. All this is noted.

    Args:
        class_names: what an id must be among, where given.

    Raises:
        TruthError: an id that is none or not among the names, or half the lines or more in pixels.
    """
    width, height = image_wh
    found, kinds, lines, pixels = Objects(name, image_wh), defaultdict(list), 0, 0
    for index, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        lines += 1
        place = f"line {index}"
        try:
            values = [number(value, "") for value in line.split()]
        except TruthError as error:
            found.leave_out(place, str(error).removeprefix(": "))
            continue
        kind, shares = _row(values[1:])
        if shares is None:
            found.leave_out(place, f"expected 5 numbers, got {len(values)}")
            continue
        label = values[0]
        if label != int(label) or not 0 <= label < MAX_CLASSES:
            raise TruthError(f"{name}, {place}: expected a class id 0, 1, 2 …, got {label:g}")
        if class_names and label >= len(class_names):
            raise TruthError(
                f"{name}, {place}: class id {label:g} is not among {listed(class_names)}"
            )
        if max(map(abs, shares)) > SHARES:
            pixels += 1
            found.leave_out(
                place, f"expected fractions of the picture from 0 to 1, got {cut(line)!r}"
            )
            continue
        if kind:
            kinds[kind].append(place)
        x1, y1, x2, y2 = shares
        corners = (x1 * width, y1 * height, x2 * width, y2 * height)
        found.add(place, corners, int(label))
    if pixels and pixels * 2 >= lines:
        place, reason = next(said for said in found.left_out if "fractions" in said[1])
        raise TruthError(f"{name}, {place}: {reason}: these are pixels, not shares")
    return found, tuple(
        f"{name}: {counted(len(places), 'line', 'lines')} {kind}: {listed(places[:3])}"
        for kind, places in kinds.items()
    )


def _row(values: list[float]) -> tuple[str, tuple[float, float, float, float] | None]:
    """What kind of line this is, "" for a plain one, and its xyxy in shares; None for a count that no kind has."""
    count = len(values)
    if count in (4, 5):
        return "with a score, which is left aside" if count == 5 else "", _corners(values)
    points = values[4:]
    if count >= 7 and len(points) % 3 == 0 and {*points[2::3]} <= {0.0, 1.0, 2.0}:
        return "of poses, whose boxes are taken", _corners(values)
    if count >= 6 and count % 2 == 0:
        x, y = values[::2], values[1::2]
        kind = "turned boxes or polygons of four corners" if count == 8 else "polygons"
        return f"of {kind}, of which the box around is taken", (min(x), min(y), max(x), max(y))
    return "", None


def _corners(values: list[float]) -> tuple[float, float, float, float]:
    x, y, width, height = values[:4]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
