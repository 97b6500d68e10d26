"""A COCO document as one checked table: its pictures, its classes, and the objects of each picture.

One picture's truth and whole sets are both read through here, so that ids, names, marks and boxes mean the same at
every door.
"""

import json
from collections import defaultdict
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
from dualviz.words import Sentence, kept

PARTS = ("images", "annotations", "categories")


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
    annotations: dict[int | str, list[tuple[Sentence, dict]]] = field(repr=False)
    notes: tuple[Sentence, ...] = ()

    def objects(self, picture_id: int | str, image_wh: tuple[int, int] | None) -> Objects:
        """The objects of one picture.

        Raises:
            TruthError: a class that is not listed, a mark that is none, or too many objects.
        """
        objects = Objects(self.name, image_wh)
        for place, entry in self.annotations.get(picture_id, ()):
            category = plain_id(entry.get("category_id"), at(self.name, place, "category_id"))
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
            ignore = flag(entry.get("ignore"), at(self.name, place, "ignore")) or crowd
            box = entry.get("bbox")
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
    pictures = _with_ids(document["images"], "images", name, by_id)
    categories = _with_ids(document["categories"], "categories", name, by_id)
    if len(categories) > MAX_CLASSES:
        raise TruthError(
            "{file} lists {count} categories, expected at most {most}",
            file=name,
            count=f"{len(categories):,}",
            most=f"{MAX_CLASSES:,}",
        )
    annotations, orphans = _by_picture(document["annotations"], {p["id"] for p in pictures}, name)
    _check_pixels(annotations, name)
    notes = []
    if orphans:
        notes.append(
            Sentence(
                "{file}: {n} annotation names no listed picture, left out: {places}",
                "{file}: {n} annotations name no listed picture, left out: {places}",
                len(orphans),
                file=name,
                places=Listed(orphans[:3]),
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
        twice = [class_name for class_name in class_names if names.count(class_name) > 1]
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


def at(file: str, place: Sentence, part: str) -> Sentence:
    """Where in a file a part stands."""
    return Sentence("{file}, {place}: {part}", file=file, place=place, part=part)


def plain_id(value: object, where: Sentence) -> int | str:
    """An id as it compares: a whole number where its text is one.

    Raises:
        TruthError: neither a number nor a text.

    >>> [plain_id(value, Sentence("a")) for value in ("12", 12.0, "012")]
    [12, 12, '012']
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        whole = value.strip().isascii() and value.strip().isdigit() and len(value) <= 18
        return int(value) if whole and str(int(value)) == value.strip() else value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TruthError("{where} is missing or no id, got {value}", where=where, value=cut(value, 40))


def stated_size(record: dict, where: str) -> tuple[int, int] | None:
    """The (width, height) a record gives; None where it gives none or zeros.

    Raises:
        TruthError: no numbers.
    """
    sides = [record.get("width"), record.get("height")]
    size = Sentence("{where}, picture size", where=where)
    read = [0 if side is None else number(side, size) for side in sides]
    return (int(read[0]), int(read[1])) if all(read) else None


def _with_ids(records: list[dict], what: str, name: str, by_id: bool) -> list[dict]:
    checked, seen = [], set()
    for index, record in enumerate(records):
        where = Sentence("{file}, {list} {index}: id", file=name, list=what, index=index)
        own = plain_id(record.get("id"), where)
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
    entries: list[dict], known: set, name: str
) -> tuple[dict[int | str, list[tuple[Sentence, dict]]], list[Sentence]]:
    """Annotations by picture with the place each stands at, and the places of those of no listed picture."""
    grouped: dict[int | str, list[tuple[Sentence, dict]]] = defaultdict(list)
    orphans = []
    for index, entry in enumerate(entries):
        own = entry.get("id")
        place = Sentence("annotation {id}", id=index if own is None else cut(own, 20))
        try:
            picture = plain_id(entry.get("image_id"), at(name, place, "image_id"))
        except TruthError:
            picture = None
        if picture is None or picture not in known:
            orphans.append(place)
        else:
            grouped[picture].append((place, entry))
    return dict(grouped), orphans


def _check_pixels(annotations: dict, name: str) -> None:
    boxes = (entry.get("bbox") for listed_ in annotations.values() for _place, entry in listed_)
    refuse_shares((box for box in boxes if isinstance(box, list)), name, "bbox")


def refuse_shares(boxes: Iterable[Iterable], name: str, what: str) -> None:
    """Raise TruthError where no number of any box is large enough for pixels."""
    largest = 0.0
    for box in boxes:
        for value in box:
            try:
                largest = max(largest, number(value, name))
            except TruthError:
                continue
            if largest > SHARES:
                return
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
    above = [category.get("supercategory") for category in categories]
    for index, category in enumerate(categories):
        alone = above[index] == "none" and above.count("none") == 1
        named = names[index] in above[:index] + above[index + 1 :]
        if (alone or named) and str(category["id"]) not in used and len(categories) > 1:
            return index
    return None


def _is_list_of_records(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
