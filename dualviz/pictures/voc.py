"""PASCAL VOC's XML of one picture, and what its heirs write in it: turned boxes, polygons, other encodings."""

import re
import xml.etree.ElementTree as ElementTree
from xml.parsers import expat

from dualviz.pictures.coco import at, refuse_other_size, refuse_shares, stated_size
from dualviz.pictures.objects import Objects, TruthError, cut, flag, number
from dualviz.pictures.outlines import Box, box_around, box_of_turned
from dualviz.pictures.text import marked, text_of
from dualviz.words import Sentence, kept

EDGES = ("xmin", "ymin", "xmax", "ymax")
TURNED = ("cx", "cy", "w", "h", "angle")
MAX_DEPTH = 50  # of nested elements; a VOC file has four
MAX_ELEMENTS = 100_000  # a thousand objects have 10,000
MAX_XML = 10_000_000  # bytes
EAST_ASIAN = (
    "gbk",
    "gb2312",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "euc-kr",
)  # unknown to expat
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,80}encoding\s*=\s*(["'])([A-Za-z0-9._-]{1,40})\1""")
_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]{0,200}\?>")


def read_voc(data: bytes, name: str, image_wh: tuple[int, int]) -> tuple[Objects, tuple[str, ...]]:
    """PASCAL VOC counts pixels from 1 and includes the last one: xmin − 1 to xmax are the edges.

    Of an object without <bndbox>, the box around its <robndbox> (turned, in radians) or <polygon> is taken.

    Returns:
        Objects, the classes in the order they are first met.

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
    sides = {side: (root.findtext(f"size/{side}") or "").strip() for side in ("width", "height")}
    refuse_other_size(stated_size(sides, name), image_wh, name)
    objects, boxes = Objects(name, image_wh), []
    classes: dict[str, int] = {}
    for index, item in enumerate(root.iter("object"), 1):
        place = Sentence("object {index}", index=index)
        class_name = (item.findtext("name") or "").strip()
        try:
            corners, is_plain = _corners(item)
        except TruthError as error:
            objects.leave_out(place, kept(error))
            continue
        if not class_name or corners is None:
            reason = Sentence("expected <name> and <bndbox> with {edges}", edges=", ".join(EDGES))
            objects.leave_out(place, reason)
            continue
        boxes.append(corners)
        objects.around += [] if is_plain else [place]
        difficult = flag(item.findtext("difficult"), at(name, place, "difficult"))
        label = classes.setdefault(class_name, len(classes))
        x1, y1, x2, y2 = corners
        objects.add(place, (x1 - is_plain, y1 - is_plain, x2, y2), label, difficult)
    refuse_shares(boxes, name, "bndbox")
    return objects, tuple(classes)


def _corners(item: ElementTree.Element) -> tuple[Box | None, bool]:
    """The xyxy of an object as it is written, None where it has none, and whether it is a <bndbox>."""
    edges = [item.findtext(f"bndbox/{edge}") for edge in EDGES]
    if None not in edges:
        x1, y1, x2, y2 = (number(edge, "bndbox") for edge in edges)
        return (x1, y1, x2, y2), True
    turned = [item.findtext(f"robndbox/{part}") for part in TURNED]
    if None not in turned:
        return box_of_turned(*(number(part, "robndbox") for part in turned)), False
    polygon = item.find("polygon")
    points = [] if polygon is None else [number(part.text, "polygon") for part in polygon]
    if len(points) >= 6 and len(points) % 2 == 0:
        return box_around(points), False
    return None, False


def _parsed(data: bytes, name: str) -> ElementTree.Element:
    if len(data) > MAX_XML:
        raise TruthError(
            "{file} has {size} MB, expected at most {most} of a VOC file",
            file=name,
            size=f"{len(data) / 1e6:.0f}",
            most=MAX_XML // 1_000_000,
        )
    data = _for_expat(data, name)
    depth = elements = 0

    def opened(*_) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise _TooMuch

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
    except _TooMuch as error:
        raise TruthError(
            "{file} has more than {most} elements or nests more than {depth} elements: no VOC file does",
            file=name,
            most=f"{MAX_ELEMENTS:,}",
            depth=MAX_DEPTH,
        ) from error
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise TruthError(
            "{file} is not valid XML ({error})", file=name, error=cut(error, 120)
        ) from error


def _for_expat(data: bytes, name: str) -> bytes:
    """UTF-8 where the file is in an encoding that expat does not know, or whose mark and declaration differ."""
    declared = _DECLARED.match(data)
    encoding = declared.group(2).decode().lower() if declared else ""
    if marked(data):
        text = text_of(data)
    elif encoding in EAST_ASIAN:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            text = None
    else:
        return data
    if text is None:
        raise TruthError(
            "{file} is not in {encoding}, as it says it is",
            file=name,
            encoding=encoding or "UTF-16",
        )
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")


class _Doctype(Exception):
    pass


class _TooMuch(Exception):
    pass


def _refuse_doctype(*_) -> None:
    raise _Doctype
