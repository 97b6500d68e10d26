"""What is really in a picture: boxes and classes, from a file, from the hand or from a detector's own output.

COCO JSON, YOLO txt and VOC XML are told apart by their content. Whatever comes in leaves as one checked `Truth` in pixels of
the picture; everything doubtful in a file is refused with the place where it stands, or changed and noted.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dualviz.pictures.coco import read_coco, refuse_other_size, stated_size
from dualviz.pictures.names import Names
from dualviz.pictures.objects import Objects, TruthError, cut, listed
from dualviz.pictures.text import text_of
from dualviz.pictures.voc import read_voc
from dualviz.pictures.yolo import read_yolo
from dualviz.words import Sentence, _

MAX_BYTES = 24_000_000  # of one picture's truth file; COCO's for 5,000 pictures has 20 MB


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
        by_number: whether the labels stood as bare numbers in the file, whose names are those of the detector at hand.
    """

    boxes: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    ignore: Tensor
    notes: tuple[Sentence, ...] = ()
    stand_in: "Sentence | str" = ""
    by_number: bool = False

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
        if not self.stand_in:
            return _("truth")
        return _("{detections}, taken as truth", detections=self.stand_in)

    @property
    def taught(self) -> "Truth":
        """The objects that count: without those that annotators called too difficult to judge."""
        keep = ~self.ignore
        return replace(
            self, boxes=self.boxes[keep], labels=self.labels[keep], ignore=self.ignore[keep]
        )

    def for_classes(self, class_names: Sequence[str]) -> "Truth":
        """The same objects with labels that index `class_names`.

        A name is matched exactly, or else without regard to case where that is unique; numbers stay what they are.

        Raises:
            TruthError: an object has a class that `class_names` lacks, or has twice. Both lists are named.

        >>> truth_from_boxes([[0, 0, 4, 4]], [1], ("cat", "dog")).for_classes(["Dog"]).labels
        tensor([0])
        """
        class_names = tuple(class_names)
        if class_names == self.class_names:
            return self
        if self.by_number:
            highest = int(self.labels.max()) if len(self) else 0
            if highest >= len(class_names):
                raise TruthError(
                    "the truth has the class id {id}, but the detector has {n} class: {known}",
                    "the truth has the class id {id}, but the detector has {n} classes: {known}",
                    len(class_names),
                    id=highest,
                    known=listed(class_names),
                )
            return replace(self, class_names=class_names)
        used = [self.class_names[label] for label in self.labels.tolist()]
        index = match_classes(sorted(set(used)), class_names)
        if unknown := sorted(name for name, label in index.items() if label is None):
            raise TruthError(
                "the truth has {unknown}, which the detector does not know: it knows {known}",
                unknown=listed(unknown),
                known=listed(class_names),
            )
        labels = torch.tensor([index[name] for name in used], dtype=torch.int64)
        return replace(self, labels=labels, class_names=class_names)

    def among(self, class_names: Sequence[str]) -> "Truth":
        """The objects whose class `class_names` has, and a note on the others, which are left out.

        >>> truth_from_boxes([[0, 0, 4, 4], [1, 1, 2, 2]], [1, 0], ("cat", "dog")).among(["Dog"]).labels
        tensor([1])
        """
        if self.by_number:
            keep = self.labels < len(class_names)
        else:
            used = {self.class_names[label] for label in self.labels.tolist()}
            known = match_classes(sorted(used), class_names)
            names = [self.class_names[label] for label in self.labels.tolist()]
            keep = torch.tensor([known[name] is not None for name in names], dtype=torch.bool)
        if keep.all():
            return self
        left_out = sorted({self.class_names[label] for label in self.labels[~keep].tolist()})
        note = Sentence(
            "{n} object is left out, of a class that the detector does not know: {classes}",
            "{n} objects are left out, of classes that the detector does not know: {classes}",
            int((~keep).sum()),
            classes=listed(left_out),
        )
        return replace(
            self,
            boxes=self.boxes[keep],
            labels=self.labels[keep],
            ignore=self.ignore[keep],
            notes=(*self.notes, note),
        )


def match_classes(wanted: Iterable[str], class_names: Sequence[str]) -> dict[str, int | None]:
    """Which of `class_names` each name means: exactly, or else without regard to case; None for an unknown one.

    Raises:
        TruthError: two of `class_names` could be meant.

    >>> match_classes(["helmet", "PERSON", "cat"], ["Helmet", "helmet", "person"])
    {'helmet': 1, 'PERSON': 2, 'cat': None}
    """
    tables = []
    for form in (str, _folded):
        table = defaultdict(list)
        for label, name in enumerate(class_names):
            table[form(name)].append(label)
        tables.append((form, table))
    matched = {}
    for name in wanted:
        labels = next((table[form(name)] for form, table in tables if form(name) in table), [None])
        if len(labels) > 1:
            raise TruthError(
                "the detector has {count} classes that could be {name}: it knows {known}",
                count=len(labels),
                name=cut(name),
                known=listed(class_names),
            )
        matched[name] = labels[0]
    return matched


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


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
    objects = Objects(Sentence("the drawing"), image_wh)
    for number, ((x1, y1, x2, y2), label) in enumerate(zip(boxes, labels, strict=True), 1):
        corners = min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
        objects.add(Sentence("box {number}", number=number), corners, label)
    if objects.left_out:
        place, reason = objects.left_out[0]
        raise TruthError("the drawing, {place}: {reason}", place=place, reason=reason)
    return _truth(objects, class_names)


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
    return Truth(
        boxes[good], labels, tuple(class_names), ignore, stand_in=Sentence("its own detections")
    )


def read_truth(
    data: bytes,
    name: str,
    image_wh: tuple[int, int],
    class_names: Sequence[str] = (),
    picture_name: str = "",
    pose_shape: tuple[int, int] | None = None,
) -> Truth:
    """Read a truth file; its format is told by its content, not by its name.

    Args:
        data: COCO JSON (a whole data set is fine), YOLO txt or VOC XML.
        name: what the messages call the file.
        image_wh: (width, height) of the picture it belongs to; a file that states another size is refused.
        class_names: what the ids of a YOLO file mean; "class 0", "class 1" … where not given. Others carry their names.
        picture_name: the picture's file name, to find it in a COCO file of several.
        pose_shape: how many points a pose of a YOLO file has, and how many numbers each; see `read_yolo`.

    Returns:
        Truth: an object that COCO calls `ignore` or `iscrowd`, or VOC `difficult`, is marked `ignore`. Boxes that reach
            outside are clipped, and a note says so when that took more than a pixel; boxes that cannot be used are left
            out, and a note says how many and where. An empty file has no objects.

    Raises:
        TruthError: one sentence with the line, the index or the object at fault: no such format, another picture's
            size, an unknown class, more than `MAX_OBJECTS` objects, or none that can be used.
    """
    name = cut(name, 120) or _("the truth file")
    if len(data) > MAX_BYTES:
        raise TruthError(
            "{file} has {size} MB, expected at most {most} of a truth file of one picture",
            file=name,
            size=f"{len(data) / 1e6:.0f}",
            most=MAX_BYTES // 1_000_000,
        )
    text = text_of(data)
    start = (data if text is None else text.encode("utf-8", "replace")).lstrip()[:1]
    notes: tuple[Sentence, ...] = ()
    if start in (b"{", b"["):
        objects, class_names, notes = _of_coco(data, name, image_wh, picture_name)
    elif start == b"<":
        objects, class_names = read_voc(data, name, image_wh)
    elif text is None:
        raise TruthError("{file} is no text: expected COCO JSON, YOLO txt or VOC XML", file=name)
    else:
        objects, notes = read_yolo(text, name, image_wh, class_names, pose_shape)
        unnamed = [f"class {label}" for label in range(max(objects.labels, default=-1) + 1)]
        read = _truth(objects, class_names or unnamed, notes)
        return replace(read, by_number=True)
    return _truth(objects, class_names, notes)


def _of_coco(
    data: bytes, name: str, image_wh: tuple[int, int], picture_name: str
) -> tuple[Objects, tuple[str, ...], tuple[Sentence, ...]]:
    """The objects of this picture: the one of its name, or the only one there is."""
    document = read_coco(data, name)
    pictures = document.pictures
    if len(pictures) != 1:
        named = [p for p in pictures if isinstance(p.get("file_name"), str)]
        match = Names(p["file_name"] for p in named).find(picture_name) if picture_name else None
        pictures = [p for p in named if p["file_name"] == match]
    if len(pictures) != 1:
        listing = {"file": name, "count": len(document.pictures)}
        if not picture_name:
            raise TruthError(
                "{file} lists {count} pictures: expected this picture once, found several and no name to choose by",
                **listing,
            )
        raise TruthError(
            "{file} lists {count} pictures: expected this picture once, found “{name}” {times} times",
            name=cut(picture_name),
            times=len(pictures),
            **listing,
        )
    refuse_other_size(stated_size(pictures[0], name), image_wh, name)
    objects = document.objects(pictures[0]["id"], image_wh)
    return objects, document.class_names, document.notes


def _truth(objects: Objects, class_names: Sequence[str], notes: tuple[Sentence, ...] = ()) -> Truth:
    objects.refuse_where_none_is_left()
    return Truth(
        torch.tensor(objects.boxes, dtype=torch.float32).reshape(-1, 4),
        torch.tensor(objects.labels, dtype=torch.int64),
        tuple(class_names),
        torch.tensor(objects.ignore, dtype=torch.bool),
        (*notes, *objects.notes()),
    )


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
    whole: dict[str, list] = {"images": [], "annotations": [], "categories": []}
    for part in parts:
        whole["images"] += part["images"]
        whole["annotations"] += part["annotations"]
        whole["categories"] = part["categories"]
    return whole
