"""A COCO document as one checked table: its pictures, its classes, and the objects of each picture.

One picture's truth and whole sets are both read through here, so that ids, names, marks and boxes mean the same at
every door.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

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
    readable,
)
from dualviz.pictures.outlines import box_of_segmentation
from dualviz.words import Sentence, kept

PARTS = ("images", "annotations", "categories")
MANY_PARTS, LEAST_PART = (
    100_000,
    10,
)  # lists and records, and bytes of each: empty ones take thirty times their bytes
NO_BOXES: tuple[list, ...] = ([], [0, 0, 0, 0])  # as programs write that draw outlines
MARKS = ("ignore", "difficult")  # either says that an object is not to be judged


@dataclass(frozen=True)
class CocoDocument:
    """What a COCO file says.

    Attributes:
        name: what the sentences call the file.
        pictures: the records of `images`, in the order of their ids where asked, each `id` a `plain_id`.
        class_names: one a label; categories of one name are one class.
        category_ids: the id of each class, of the first category where several were joined.
        labels: label by category id.
        notes: sentences on what was joined or left aside.
    """

    name: str
    pictures: list[dict]
    class_names: tuple[str, ...]
    category_ids: tuple[int | str, ...]
    labels: dict[int | str, int]
    annotations: dict[int | str, list[tuple[int, dict]]] = field(repr=False)
    notes: tuple[Sentence, ...] = ()

    def objects(self, picture_id: int | str, image_wh: tuple[int, int] | None) -> Objects:
        """The objects of one picture.

        Raises:
            TruthError: a class that is not listed, a mark that is none, or too many objects.
        """
        objects = Objects(self.name, image_wh)
        for index, entry in self.annotations.get(picture_id, ()):
            place = _place(index, entry)
            category = plain_id(entry.get("category_id"))
            if category is None:
                where = at(self.name, place, "category_id")
                raise _no_id(where, entry.get("category_id"))
            if category not in self.labels:
                shown = {"file": self.name, "place": place, "category": cut(category)}
                if not self.labels:
                    raise TruthError(
                        "{file}, {place}: category {category} is unknown, since the file lists no categories",
                        **shown,
                    )
                raise TruthError(
                    "{file}, {place}: category {category} is not among {known}",
                    known=listed(self.labels),
                    **shown,
                )
            crowd = flag(entry.get("iscrowd"), at(self.name, place, "iscrowd"))
            marks = [flag(entry.get(mark), at(self.name, place, mark)) for mark in MARKS]
            ignore = crowd or any(marks)
            box = entry.get("bbox")
            if box is None or box in NO_BOXES:
                try:
                    outline = box_of_segmentation(entry.get("segmentation"))
                except TruthError as error:
                    objects.leave_out(place, kept(error))
                    continue
                if outline:
                    objects.add(place, outline, self.labels[category], ignore, crowd)
                    objects.around.append(place)
                    continue
            if not isinstance(box, list) or len(box) != 4:
                got = len(box) if isinstance(box, list) else type(box).__name__
                objects.leave_out(place, Sentence("bbox: expected 4 numbers, got {got}", got=got))
                continue
            try:
                x, y, width, height = (number(value, "bbox") for value in box)
            except TruthError as error:
                objects.leave_out(place, kept(error))
                continue
            corners = (x, y, x + width, y + height)
            objects.add(place, corners, self.labels[category], ignore, crowd)
        return objects


def read_coco(data: bytes | dict, name: str, by_id: bool = False) -> CocoDocument:
    """Read a COCO file.

    Args:
        data: JSON, in UTF-8, UTF-16 or UTF-32; or the document itself.
        name: what the sentences call it.
        by_id: pictures and classes in the order of their ids; else as they are written.

    Raises:
        TruthError: no COCO JSON, a record without what it needs, an id that stands there twice, or boxes that are
            shares of the picture.
    """
    document = coco_document(data, name)
    pictures = _with_ids(document["images"], "images", name, by_id)
    categories = _with_ids(document["categories"], "categories", name, by_id)
    if len(categories) > MAX_CLASSES:
        raise TruthError(
            "{file} lists {count} categories, expected at most {most}",
            file=name,
            count=f"{len(categories):,}",
            most=f"{MAX_CLASSES:,}",
        )
    annotations, orphans = _by_picture(document["annotations"], {p["id"] for p in pictures})
    _check_pixels(annotations, name)
    notes = []
    if orphans:
        notes.append(
            Sentence(
                "{file}: {n} annotation names no listed picture, left out: {places}",
                "{file}: {n} annotations name no listed picture, left out: {places}",
                len(orphans),
                file=name,
                places=Listed([_place(*orphan) for orphan in orphans[:3]]),
            )
        )
    names = [_category_name(category, name) for category in categories]
    root = _unused_root(categories, names, annotations)
    if root is not None:
        notes.append(
            Sentence(
                "{file}: the category {category} has no objects and is left out",
                file=name,
                category=cut(names[root]),
            )
        )
        del categories[root], names[root]
    class_names = tuple(dict.fromkeys(names))
    if len(class_names) < len(names):
        twice = [class_name for class_name, times in Counter(names).items() if times > 1]
        notes.append(
            Sentence(
                "{file}: categories of one name are taken as one class: {names}",
                file=name,
                names=listed(twice),
            )
        )
    index = {class_name: label for label, class_name in enumerate(class_names)}
    labels = {category["id"]: index[n] for category, n in zip(categories, names)}
    ids: dict[int, int | str] = {}
    for category, label in labels.items():
        ids.setdefault(label, category)
    return CocoDocument(
        name, pictures, class_names, tuple(ids.values()), labels, annotations, tuple(notes)
    )


def coco_document(data: bytes | dict, name: str) -> dict:
    """A COCO file as it stands, its three lists of records at least.

    Args:
        data: JSON, in UTF-8, UTF-16 or UTF-32; or the document itself.
        name: what the sentences call the file.

    Raises:
        TruthError: no COCO JSON.
    """
    if not isinstance(data, dict):
        parts = data.count(b"[") + data.count(b"{")
        if parts > MANY_PARTS and parts * LEAST_PART > len(data):
            raise TruthError(
                "{file} holds {count} lists and records in {size} MB, which is more than any COCO file does",
                file=name,
                count=f"{parts:,}",
                size=f"{len(data) / 1e6:.1f}",
            )
    try:
        document = data if isinstance(data, dict) else json.loads(data)
    except UnicodeDecodeError as error:
        raise TruthError("{file} must be COCO JSON, but it is no text", file=name) from error
    except (ValueError, RecursionError) as error:
        raise TruthError(
            "{file} must be COCO JSON, but is not valid JSON ({error})",
            file=name,
            error=cut(error, 120),
        ) from error
    if not isinstance(document, dict) or not all(
        _is_list_of_records(document.get(p)) for p in PARTS
    ):
        raise TruthError(
            "{file} is JSON but no COCO data set: expected COCO JSON with lists of {parts}",
            file=name,
            parts=listed(PARTS),
        )
    return document


def at(file: str, place: Sentence, part: str) -> Sentence:
    """Where in a file a part stands."""
    return Sentence("{file}, {place}: {part}", file=file, place=place, part=part)


def plain_id(value: object) -> int | str | None:
    """An id as it compares: a whole number where its text is one; None where it is neither number nor text.

    Numbers beyond 64 bits are none: thousands of them can be chosen so that a dict takes minutes.

    >>> [plain_id(value) for value in ("12", 12.0, "012", 1 << 64, None)]
    [12, 12, '012', None, None]
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        plain = value.strip()
        whole = len(plain) <= 18 and plain.isascii() and plain.isdigit()
        return int(plain) if whole and str(int(plain)) == plain else value
    if isinstance(value, int) and not isinstance(value, bool) and -1 << 63 <= value < 1 << 63:
        return value
    return None


def _no_id(where: Sentence, value: object) -> TruthError:
    return TruthError("{where} is missing or no id, got {value}", where=where, value=cut(value, 40))


def _place(index: int, entry: dict) -> Sentence:
    own = entry.get("id")
    return Sentence("annotation {id}", id=index if own is None else cut(own, 20))


def stated_size(record: dict, where: str) -> tuple[int, int] | None:
    """The (width, height) a record gives; None where it gives none, or none above zero.

    Raises:
        TruthError: no numbers.
    """
    sides = [record.get("width"), record.get("height")]
    size = Sentence("{where}, picture size", where=where)
    read = [0 if side in (None, "") else number(side, size) for side in sides]
    return (int(read[0]), int(read[1])) if min(read) >= 1 else None


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


def _with_ids(records: list[dict], what: str, name: str, by_id: bool) -> list[dict]:
    checked, seen = [], set()
    for index, record in enumerate(records):
        own = plain_id(record.get("id"))
        if own is None:
            where = Sentence("{file}, {list} {index}: id", file=name, list=what, index=index)
            raise _no_id(where, record.get("id"))
        if own in seen:
            raise TruthError(
                "{file} has two {list} with the id {id}", file=name, list=what, id=cut(own)
            )
        seen.add(own)
        checked.append(record | {"id": own})
    if by_id:
        checked.sort(key=lambda record: (isinstance(record["id"], str), record["id"]))
    return checked


def _by_picture(
    entries: list[dict], known: set
) -> tuple[dict[int | str, list[tuple[int, dict]]], list[tuple[int, dict]]]:
    """Annotations by picture with their index, and those of no listed picture."""
    grouped: dict[int | str, list[tuple[int, dict]]] = defaultdict(list)
    orphans = []
    for index, entry in enumerate(entries):
        picture = plain_id(entry.get("image_id"))
        if picture is None or picture not in known:
            orphans.append((index, entry))
        else:
            grouped[picture].append((index, entry))
    return dict(grouped), orphans


def _check_pixels(annotations: dict, name: str) -> None:
    boxes = (entry.get("bbox") for listed_ in annotations.values() for _place, entry in listed_)
    refuse_shares((box for box in boxes if isinstance(box, list)), name, "bbox")


def refuse_shares(boxes: Iterable[Iterable], name: str, what: str) -> None:
    """Raise TruthError where no number of any box is large enough for pixels."""
    largest = 0.0
    for box in boxes:
        for value in box:
            if type(value) not in (int, float):
                try:
                    value = (
                        number(value) if isinstance(value, str) and value[-1:].isdigit() else 0.0
                    )
                except TruthError:
                    continue
            if value > SHARES:
                return
            largest = max(largest, value)
    if largest > 0:
        raise TruthError(
            "{file}: no {part} goes beyond {largest}: expected numbers in pixels, not shares",
            file=name,
            part=what,
            largest=f"{largest:g}",
        )


def _category_name(category: dict, name: str) -> str:
    written = category.get("name")
    if isinstance(written, bool) or not isinstance(written, (str, int, float)):
        raise TruthError(
            "{file}: category {category} has no name that is a text",
            file=name,
            category=cut(category["id"]),
        )
    return readable(str(written)).strip() or f"category {category['id']}"


def _unused_root(categories: list[dict], names: list[str], annotations: dict) -> int | None:
    """The category that stands for the whole set as labelling sites write it: no objects, and above all others."""
    used = {str(e.get("category_id")) for listed_ in annotations.values() for _place, e in listed_}
    above = [str(category.get("supercategory")) for category in categories]
    times = Counter(above)
    for index, category in enumerate(categories):
        alone = above[index] == "none" and times["none"] == 1
        named = times[names[index]] > (above[index] == names[index])
        if (alone or named) and str(category["id"]) not in used and len(categories) > 1:
            return index
    return None


def _is_list_of_records(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
