"""Truth files of one picture that are no COCO: PASCAL VOC's XML, and YOLO's lines of numbers in all their kinds."""

import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Sequence
from xml.parsers import expat

from dualviz.pictures.coco import at, refuse_shares
from dualviz.pictures.objects import (
    MAX_CLASSES,
    SHARES,
    Listed,
    Objects,
    TruthError,
    cut,
    flag,
    listed,
    number,
)
from dualviz.words import Sentence, kept

EDGES = ("xmin", "ymin", "xmax", "ymax")
MAX_DEPTH = 50  # of nested elements; a VOC file has four


def refuse_other_size(stated: tuple[int, int] | None, image_wh: tuple[int, int], name: str) -> None:
    """Raise TruthError where a file was made for a picture of another size."""
    if stated is not None and stated != tuple(image_wh):
        sizes = {
            "stated": f"{stated[0]} × {stated[1]}",
            "size": f"{image_wh[0]} × {image_wh[1]}",
        }
        if stated == tuple(image_wh)[::-1]:
            raise TruthError(
                "{file} belongs to a picture of {stated}, this one is {size} (turned by its EXIF mark?)",
                file=name,
                **sizes,
            )
        raise TruthError(
            "{file} belongs to a picture of {stated}, this one is {size}", file=name, **sizes
        )


def read_voc(
    data: bytes, name: str, image_wh: tuple[int, int]
) -> tuple[Objects, tuple[str, ...], tuple[Sentence, ...]]:
    """PASCAL VOC counts pixels from 1 and includes the last one: xmin − 1 to xmax are the edges.

    Returns:
        Objects, the classes in the order they are first met, and no notes of its own.

    Raises:
        TruthError: no VOC XML, another picture's size, a mark that is none, or shares instead of pixels.
    """
    root = _parsed(data, name)
    if root.tag != "annotation":
        raise TruthError(
            "{file} is XML but no VOC annotation: expected <annotation>, got <{tag}>",
            file=name,
            tag=cut(root.tag),
        )
    sides = [root.findtext(f"size/{side}") for side in ("width", "height")]
    where = Sentence("{where}, picture size", where=name)
    size = [0 if side is None else number(side, where) for side in sides]
    refuse_other_size((int(size[0]), int(size[1])) if all(size) else None, image_wh, name)
    objects, boxes = Objects(name, image_wh), []
    classes: dict[str, int] = {}
    for index, item in enumerate(root.iter("object"), 1):
        place = Sentence("object {index}", index=index)
        class_name = (item.findtext("name") or "").strip()
        edges = [item.findtext(f"bndbox/{edge}") for edge in EDGES]
        if not class_name or None in edges:
            reason = Sentence("expected <name> and <bndbox> with {edges}", edges=", ".join(EDGES))
            objects.leave_out(place, reason)
            continue
        try:
            x1, y1, x2, y2 = (number(edge, "bndbox") for edge in edges)
        except TruthError as error:
            objects.leave_out(place, kept(error))
            continue
        boxes.append((x1, y1, x2, y2))
        difficult = flag(item.findtext("difficult"), at(name, place, "difficult"))
        label = classes.setdefault(class_name, len(classes))
        objects.add(place, (x1 - 1, y1 - 1, x2, y2), label, difficult)
    refuse_shares(boxes, name, "bndbox")
    return objects, tuple(classes), ()


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
            "{file} has a DOCTYPE, which a VOC file does not need: refused", file=name
        ) from error
    except _TooDeep as error:
        raise TruthError(
            "{file} nests more than {most} elements: no VOC file does", file=name, most=MAX_DEPTH
        ) from error
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise TruthError(
            "{file} is not valid XML ({error})", file=name, error=cut(error, 120)
        ) from error


class _Doctype(Exception):
    pass


class _TooDeep(Exception):
    pass


def _refuse_doctype(*_) -> None:
    raise _Doctype


def read_yolo(
    text: str, name: str, image_wh: tuple[int, int], class_names: Sequence[str]
) -> tuple[Objects, tuple[Sentence, ...]]:
    """Each line: class id, then centre x, centre y, width, height as shares of the picture.

    A sixth number is a score and left aside. Polygons and the four corners of turned boxes are taken by the box around
    them, poses by their box. All this is noted.

    Args:
        class_names: what an id must be among, where given.

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
        try:
            values = [number(value) for value in line.split()]
        except TruthError as error:
            objects.leave_out(place, kept(error))
            continue
        kind, shares = _row(values[1:])
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
            "{file}: {n} line with a score, which is left aside: {lines}",
            "{file}: {n} lines with a score, which is left aside: {lines}",
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


def _row(values: list[float]) -> tuple[str, tuple[float, float, float, float] | None]:
    """What kind of line this is, "" for a plain one, and its xyxy in shares; None for a count that no kind has."""
    count = len(values)
    if count in (4, 5):
        return "score" if count == 5 else "", _corners(values)
    points = values[4:]
    if count >= 7 and len(points) % 3 == 0 and {*points[2::3]} <= {0.0, 1.0, 2.0}:
        return "pose", _corners(values)
    if count >= 6 and count % 2 == 0:
        x, y = values[::2], values[1::2]
        kind = "corners" if count == 8 else "polygon"
        return kind, (min(x), min(y), max(x), max(y))
    return "", None


def _corners(values: list[float]) -> tuple[float, float, float, float]:
    x, y, width, height = values[:4]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
