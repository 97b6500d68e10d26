"""What is really in a picture: boxes and classes, from a file, from the hand or from a detector's own output.

COCO JSON, YOLO txt and VOC XML are told apart by their content. Whatever comes in leaves as one checked `Truth` in pixels of
the picture; everything doubtful in a file is refused with the place where it stands, or clipped and noted.
"""

import json
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from xml.parsers import expat

import torch
from torch import Tensor

MIN_SIDE = 0.01  # pixels; thinner is no box, and float32 could not hold it in a large picture
MAX_CLASSES = 10_000


class TruthError(ValueError):
    """A truth file cannot be used with this picture; the message is one sentence for the page."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The objects of one picture; none at all is normal and has shapes (0, 4) and (0,).

    Attributes:
        boxes (Tensor[G, 4]): float32 xyxy in pixels of the picture, x1 < x2 and y1 < y2.
        labels (Tensor[G]): int64 index into `class_names`.
        class_names: what the labels mean.
        ignore (Tensor[G]): bool, True where annotators called the object difficult or a crowd: kept out of loss and AP.
        notes: sentences on what was changed while reading, for the page.
        stand_in: "" for truth; else what is taken for it ("its own detections"), from which no AP can be computed.
    """

    boxes: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    ignore: Tensor
    notes: tuple[str, ...] = ()
    stand_in: str = ""

    def __post_init__(self):
        count = len(self.boxes)
        if (
            self.boxes.shape != (count, 4)
            or self.labels.shape != (count,)
            or self.ignore.shape != (count,)
        ):
            raise ValueError(
                "boxes must be (G, 4), labels and ignore (G,), got "
                f"{tuple(self.boxes.shape)}, {tuple(self.labels.shape)} and {tuple(self.ignore.shape)}"
            )
        if not (self.boxes[:, 2:] > self.boxes[:, :2]).all():
            raise ValueError(f"boxes must have x1 < x2 and y1 < y2, got {self.boxes.tolist()}")
        if count and not 0 <= int(self.labels.min()) <= int(self.labels.max()) < len(
            self.class_names
        ):
            raise ValueError(
                f"labels must be in [0, {len(self.class_names)}), got {self.labels.tolist()}"
            )

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def words(self) -> str:
        """What the boxes are called beside a picture or a table."""
        return f"{self.stand_in}, taken as truth" if self.stand_in else "truth"

    def for_classes(self, class_names: Sequence[str]) -> "Truth":
        """The same objects with labels that index `class_names`; names are matched without regard to case.

        Raises:
            TruthError: an object has a class that `class_names` lacks. Both lists are named.

        >>> truth_from_boxes([[0, 0, 4, 4]], [1], ("cat", "dog")).for_classes(["Dog"]).labels
        tensor([0])
        """
        index = {name.casefold(): i for i, name in enumerate(class_names)}
        used = [self.class_names[label] for label in self.labels.tolist()]
        unknown = sorted({name for name in used if name.casefold() not in index})
        if unknown:
            raise TruthError(
                f"the truth has {_listed(unknown)}, which the detector does not know: it knows {_listed(class_names)}"
            )
        labels = torch.tensor([index[name.casefold()] for name in used], dtype=torch.int64)
        return replace(self, labels=labels, class_names=tuple(class_names))


def truth_from_boxes(
    boxes: Sequence[Sequence[float]],
    labels: Sequence[int],
    class_names: Sequence[str],
    image_wh: tuple[int, int] | None = None,
) -> Truth:
    """Hand-drawn boxes: two opposite corners in any order; clipped to the picture where its size is given.

    Raises:
        TruthError: a box without area, with a value that is no number, or wholly outside the picture.

    >>> truth_from_boxes([[9, 8, 1, 2]], [0], ["cell"]).boxes
    tensor([[1., 2., 9., 8.]])
    """
    found = _Objects("the drawing", image_wh)
    for number, ((x1, y1, x2, y2), label) in enumerate(zip(boxes, labels, strict=True), 1):
        corners = min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
        found.add(f"box {number}", corners, label)
    return found.truth(class_names)


def truth_from_detections(
    detections, class_names: Sequence[str], image_wh: tuple[int, int] | None = None
) -> Truth:
    """Use a detector's own output as truth; boxes without area (inside the picture) are left out.

    Args:
        detections: anything with `.boxes` (G, 4) xyxy and `.labels` (G,), such as `postprocess.Detections`.
        class_names: what the labels mean.
        image_wh: (width, height) to clip to, where given.
    """
    boxes = detections.boxes.detach().to("cpu", torch.float32)
    if image_wh is not None:
        limit = torch.tensor([*image_wh, *image_wh], dtype=torch.float32)
        boxes = torch.minimum(boxes.clamp(min=0), limit)
    good = (boxes[:, 2:] > boxes[:, :2]).all(1) & boxes.isfinite().all(1)
    labels = detections.labels.detach().to("cpu", torch.int64)[good]
    ignore = torch.zeros(int(good.sum()), dtype=torch.bool)
    return Truth(boxes[good], labels, tuple(class_names), ignore, stand_in="its own detections")


def read_truth(
    data: bytes,
    name: str,
    image_wh: tuple[int, int],
    class_names: Sequence[str] = (),
    picture_name: str = "",
) -> Truth:
    """Read a truth file; its format is told by its content, not by its name.

    Args:
        data: COCO JSON (a whole data set is fine), YOLO txt or VOC XML.
        name: what the messages call the file.
        image_wh: (width, height) of the picture it belongs to; a file that states another size is refused.
        class_names: what the ids of a YOLO file mean; "class 0", "class 1" … where not given. Others carry their names.
        picture_name: the picture's file name, to find it in a COCO file of several.

    Returns:
        Truth: an object that COCO calls `ignore` or `iscrowd`, or VOC `difficult`, is marked `ignore`. Boxes that reach
            outside are clipped, and a note says so when that took more than a pixel. An empty file has no objects.

    Raises:
        TruthError: one sentence with the line, the index or the object at fault.
    """
    name = name or "the truth file"
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return _read_coco(data, name, image_wh, picture_name)
    if start == b"<" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _read_voc(data, name, image_wh)
    return _read_yolo(data, name, image_wh, class_names)


def to_coco(truth: Truth, image_wh: tuple[int, int], file_name: str, image_id: int = 1) -> dict:
    """One picture's truth as a COCO data set, ready for `json.dump`; class k becomes category k + 1."""
    annotations = []
    for index, (box, label, ignore) in enumerate(
        zip(truth.boxes.tolist(), truth.labels.tolist(), truth.ignore.tolist())
    ):
        x1, y1, x2, y2 = (round(value, 3) for value in box)
        bbox = [x1, y1, round(x2 - x1, 3), round(y2 - y1, 3)]
        annotations.append(
            {
                "id": image_id * 10_000 + index,
                "image_id": image_id,
                "category_id": label + 1,
                "bbox": bbox,
                "area": round(bbox[2] * bbox[3], 2),
                "iscrowd": 0,
                "ignore": int(ignore),
            }
        )
    return {
        "images": [
            {"id": image_id, "file_name": file_name, "width": image_wh[0], "height": image_wh[1]}
        ],
        "annotations": annotations,
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(truth.class_names)],
    }


def join_coco(parts: Iterable[dict]) -> dict:
    """COCO data sets of the same categories as one; image and annotation ids must differ already, as `image_id` makes them."""
    whole = {"images": [], "annotations": [], "categories": []}
    for part in parts:
        whole["images"] += part["images"]
        whole["annotations"] += part["annotations"]
        whole["categories"] = part["categories"]
    return whole


class _Objects:
    """Collects the objects of a source and checks every box on its way in."""

    def __init__(self, source: str, image_wh: tuple[int, int] | None):
        self.source, self.image_wh = source, image_wh
        self.boxes, self.labels, self.ignore, self.clipped = [], [], [], []

    def add(self, place: str, xyxy, label: int, ignore: bool = False) -> None:
        where = f"{self.source}, {place}"
        x1, y1, x2, y2 = (_number(value, where) for value in xyxy)
        shown = f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})"
        if min(x2 - x1, y2 - y1) < MIN_SIDE:
            raise TruthError(f"{where}: the box {shown} has no area or is inside out")
        if self.image_wh is not None:
            width, height = self.image_wh
            outside = max(-x1, -y1, x2 - width, y2 - height)
            x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)
            if min(x2 - x1, y2 - y1) < MIN_SIDE:
                raise TruthError(
                    f"{where}: the box {shown} lies outside the {width} × {height} picture"
                )
            if outside > 1:
                self.clipped.append(place)
        self.boxes.append((x1, y1, x2, y2))
        self.labels.append(label)
        self.ignore.append(ignore)

    def truth(self, class_names: Sequence[str]) -> Truth:
        notes = ()
        if self.clipped:
            more = f" and {len(self.clipped) - 3} more" if len(self.clipped) > 3 else ""
            notes = (f"{self.source}: clipped to the picture: {', '.join(self.clipped[:3])}{more}",)
        return Truth(
            torch.tensor(self.boxes, dtype=torch.float32).reshape(-1, 4),
            torch.tensor(self.labels, dtype=torch.int64),
            tuple(class_names),
            torch.tensor(self.ignore, dtype=torch.bool),
            notes,
        )


# ── the formats ─────────────────────────────────────────────────────────────────────────────────


def _read_coco(data: bytes, name: str, image_wh: tuple[int, int], picture_name: str) -> Truth:
    try:
        coco = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TruthError(f"{name} is not valid JSON ({error})") from error
    parts = ("images", "annotations", "categories")
    if not isinstance(coco, dict) or not all(_is_list_of_records(coco.get(part)) for part in parts):
        raise TruthError(f"{name} is JSON but no COCO data set: expected lists of {_listed(parts)}")
    try:
        picture = _coco_picture(coco["images"], name, picture_name)
        _same_size((picture.get("width"), picture.get("height")), image_wh, name)
        label_of = {category["id"]: label for label, category in enumerate(coco["categories"])}
        class_names = [str(category["name"]) for category in coco["categories"]]
        found = _Objects(name, image_wh)
        for index, annotation in enumerate(coco["annotations"]):
            if annotation["image_id"] != picture["id"]:
                continue
            place = f"annotation {index}"
            if annotation["category_id"] not in label_of:
                raise TruthError(
                    f"{name}, {place}: category {annotation['category_id']!r} is not among {_listed(label_of)}"
                )
            x, y, width, height = _numbers(annotation["bbox"], 4, f"{name}, {place}: bbox")
            ignore = bool(annotation.get("ignore") or annotation.get("iscrowd"))
            label = label_of[annotation["category_id"]]
            found.add(place, (x, y, x + width, y + height), label, ignore)
    except (KeyError, TypeError) as error:
        raise TruthError(
            f"{name} is no complete COCO data set: {error} is missing or of the wrong kind"
        ) from error
    return found.truth(class_names)


def _coco_picture(pictures: list[dict], name: str, picture_name: str) -> dict:
    """The entry of this picture: by its name, or the only one there is."""
    if len(pictures) == 1:
        return pictures[0]
    wanted = PurePath(picture_name).name
    matches = [p for p in pictures if wanted and PurePath(str(p["file_name"])).name == wanted]
    if len(matches) != 1:
        named = f"“{wanted}” {len(matches)} times" if wanted else "several and no name to choose by"
        raise TruthError(
            f"{name} lists {len(pictures)} pictures: expected this picture once, found {named}"
        )
    return matches[0]


def _read_voc(data: bytes, name: str, image_wh: tuple[int, int]) -> Truth:
    """PASCAL VOC counts pixels from 1 and includes the last one: xmin − 1 to xmax are the edges."""
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse_doctype
    try:
        guard.Parse(
            data, True
        )  # entities can only be declared in a DOCTYPE, so none is ever expanded
        root = ElementTree.fromstring(data)
    except _Doctype as error:
        raise TruthError(
            f"{name} has a DOCTYPE, which a VOC file does not need: refused"
        ) from error
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise TruthError(f"{name} is not valid XML ({error})") from error
    if root.tag != "annotation":
        raise TruthError(
            f"{name} is XML but no VOC annotation: expected <annotation>, got <{root.tag}>"
        )
    _same_size([root.findtext(f"size/{side}") for side in ("width", "height")], image_wh, name)
    found, class_names = _Objects(name, image_wh), []
    for number, item in enumerate(root.iter("object"), 1):
        place = f"object {number}"
        class_name = (item.findtext("name") or "").strip()
        edges = [item.findtext(f"bndbox/{edge}") for edge in ("xmin", "ymin", "xmax", "ymax")]
        if not class_name or None in edges:
            raise TruthError(
                f"{name}, {place}: expected <name> and <bndbox> with xmin, ymin, xmax, ymax"
            )
        x1, y1, x2, y2 = _numbers(edges, 4, f"{name}, {place}: bndbox")
        if class_name not in class_names:
            class_names.append(class_name)
        difficult = (item.findtext("difficult") or "0").strip() == "1"
        found.add(place, (x1 - 1, y1 - 1, x2, y2), class_names.index(class_name), difficult)
    return found.truth(class_names)


class _Doctype(Exception):
    pass


def _refuse_doctype(*_) -> None:
    raise _Doctype


def _read_yolo(
    data: bytes, name: str, image_wh: tuple[int, int], class_names: Sequence[str]
) -> Truth:
    """Each line: class id, then centre x, centre y, width, height as fractions of the picture."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise TruthError(f"{name} is no text: expected COCO JSON, YOLO txt or VOC XML") from error
    width, height = image_wh
    found = _Objects(name, image_wh)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"line {number}"
        label, x, y, w, h = _numbers(line.split(), 5, f"{name}, {place}")
        if label != int(label) or not 0 <= label < MAX_CLASSES:
            raise TruthError(f"{name}, {place}: expected a class id 0, 1, 2 …, got {label:g}")
        if class_names and label >= len(class_names):
            raise TruthError(
                f"{name}, {place}: class id {label:g} is not among {_listed(class_names)}"
            )
        if not (0 <= x <= 1 and 0 <= y <= 1 and w <= 1 and h <= 1):
            raise TruthError(
                f"{name}, {place}: expected fractions of the picture from 0 to 1, got {line.strip()!r}"
            )
        corners = (
            (x - w / 2) * width,
            (y - h / 2) * height,
            (x + w / 2) * width,
            (y + h / 2) * height,
        )
        found.add(place, corners, int(label))
    unnamed = [f"class {label}" for label in range(max(found.labels, default=-1) + 1)]
    return found.truth(class_names or unnamed)


# ── checks ──────────────────────────────────────────────────────────────────────────────────────


def _number(value, where: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise TruthError(f"{where}: expected a number, got {str(value)[:40]!r}")
    return number


def _numbers(values, count: int, where: str) -> list[float]:
    if not isinstance(values, list) or len(values) != count:
        got = len(values) if isinstance(values, list) else type(values).__name__
        raise TruthError(f"{where}: expected {count} numbers, got {got}")
    return [_number(value, where) for value in values]


def _same_size(stated, image_wh: tuple[int, int], name: str) -> None:
    """Refuse a file that was made for a picture of another size; 0 or nothing stated is let pass."""
    for value, actual in zip(stated, image_wh):
        if value is not None and _number(value, f"{name}, picture size") not in (0, actual):
            raise TruthError(
                f"{name} belongs to a picture of {stated[0]} × {stated[1]}, this one is {image_wh[0]} × {image_wh[1]}"
            )


def _is_list_of_records(value) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _listed(names) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
