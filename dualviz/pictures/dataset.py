"""A labelled set of pictures: one COCO-format annotation file and the folder its pictures lie in.

Training and evaluation read whole sets through this door; one picture and its truth come through `images` and `truth`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dualviz.pictures.coco import CocoDocument, read_coco, stated_size
from dualviz.pictures.images import picture_frame, read_image
from dualviz.pictures.names import Names
from dualviz.pictures.objects import Listed, Objects, cut, notes_on
from dualviz.pictures.truth import Truth
from dualviz.words import Sentence, UserError, ngettext
from dualviz.words.parcel import apart, together

Decode = Callable[[bytes, Sentence | str, list[Sentence]], np.ndarray]  # as `read_image` does
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")


@dataclass(frozen=True)
class Labelled:
    """One picture (H, W, 3) uint8 RGB with boxes (G, 4) float32 xyxy, labels (G,) int64, ignore (G,) bool."""

    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    ignore: np.ndarray

    def truth(self, class_names: Sequence[str], by_number: bool = False) -> Truth:
        """The same objects as a truth, their labels those of `class_names`."""
        boxes, labels, ignore = map(torch.from_numpy, (self.boxes, self.labels, self.ignore))
        return Truth(boxes, labels, tuple(class_names), ignore, by_number=by_number)


def set_words(kept_words: str) -> str:
    """A set that a result kept as `CocoFolder.words`, said in the present language; other words as they stand.

    >>> set_words("cells val, 87 pictures"), set_words("cells val, 87 pictures, and 400 rendered smears")
    ('cells val, 87 pictures', 'cells val, 87 pictures, and 400 rendered smears')
    """
    known = re.fullmatch(r"(.+), (\d+) pictures(?:, and (\d+) rendered smears)?", kept_words)
    if not known:
        return kept_words
    name, n, smears = known[1], int(known[2]), int(known[3] or 0)
    words = ngettext("{set}, {n} picture", "{set}, {n} pictures", n, set=name)
    if not smears:
        return words
    return ngettext(
        "{set}, and {n} rendered smear", "{set}, and {n} rendered smears", smears, set=words
    )


class CocoFolder:
    """Pictures of a COCO-format annotation file, decoded when asked for.

    Args:
        annotations: the JSON file.
        images: folder of the pictures; by default the folder beside the file that has its name.
        keep: bytes of decoded pictures to hold for the next time they are asked for.
        document: the set as a COCO document, where it stands in no file of its own.
        notes: sentences on how that was made.
        by_number: whether its classes are bare ids, which a detector names.

    Attributes:
        notes: sentences on what was changed: boxes clipped or left out, classes joined, boxes turned with their pictures.
        stretched: of the pictures read so far, a sentence on each whose values were (see `read_image`), by index.

    Raises:
        ValueError: where the file is not COCO, a record lacks what it needs, an id stands there twice, boxes are no
            pixels, a picture is absent or of another size than stated, or, on reading, none that `read_image` takes.
    """

    def __init__(
        self,
        annotations: str | Path,
        images: str | Path | None = None,
        keep: int = 0,
        document: dict | None = None,
        notes: Sequence[Sentence] = (),
        by_number: bool = False,
    ) -> None:
        self.path = Path(annotations)
        self.folder = Path(images) if images else self.path.with_suffix("")
        self.stretched: dict[int, Sentence] = {}
        self._pictures: dict[int, np.ndarray] = {}
        self._room = keep
        self._decode: Decode = read_image
        self.by_number = by_number
        source = self.path.read_bytes() if document is None else document
        read = read_coco(source, str(self.path), by_id=True)
        self.class_names = read.class_names
        self.category_ids = _numbers(read.category_ids)
        self._files = self._found([record.get("file_name") for record in read.pictures])
        self._objects, changed = self._read(read)
        for what, some in (("images", read.pictures), ("categories", read.class_names)):
            if not some:
                raise UserError("{file} lists no {list}", file=self.path, list=what)
        numbers = _numbers([record["id"] for record in read.pictures])
        self.records = [record | {"id": number} for record, number in zip(read.pictures, numbers)]
        self.notes = (*notes, *read.notes, *changed)

    @property
    def files(self) -> tuple[Path, ...]:
        """Where the pictures lie, one a record."""
        return tuple(self._files)

    def apart(self) -> tuple[dict[str, Any], list[np.ndarray]]:
        """The set as facts that JSON can carry and arrays, for another process; `together` makes it whole again."""
        facts = {
            "path": str(self.path),
            "folder": str(self.folder),
            "files": list(map(str, self._files)),
            "class_names": list(self.class_names),
            "category_ids": list(self.category_ids),
            "records": self.records,
            "by_number": self.by_number,
            "notes": [apart(note) for note in self.notes],
        }
        columns = {
            "boxes": (np.float64, (-1, 4)),
            "labels": (np.int64, (-1,)),
            "ignore": (np.bool_, (-1,)),
            "crowd": (np.bool_, (-1,)),
        }
        arrays = [np.array([len(annotated.boxes) for annotated in self._objects], np.int64)]
        for name, (dtype, shape) in columns.items():
            values = [value for annotated in self._objects for value in getattr(annotated, name)]
            arrays.append(np.array(values, dtype).reshape(shape))
        return facts, arrays

    @classmethod
    def together(
        cls, facts: dict[str, Any], arrays: Sequence[np.ndarray], decode: Decode = read_image
    ) -> "CocoFolder":
        """The set that `apart` was asked of, as it was found and checked there; `decode` reads its pictures here."""
        opened = cls.__new__(cls)
        opened.path, opened.folder = Path(facts["path"]), Path(facts["folder"])
        opened.stretched, opened._pictures, opened._room = {}, {}, 0
        opened._decode, opened.by_number = decode, facts["by_number"]
        opened.class_names = tuple(facts["class_names"])
        opened.category_ids = tuple(facts["category_ids"])
        opened.records, opened.notes = facts["records"], tuple(map(together, facts["notes"]))
        opened._files = list(map(Path, facts["files"]))
        counts, boxes, labels, ignore, crowd = (array.tolist() for array in arrays)
        opened._objects, first = [], 0
        for count in counts:
            annotated, those = Objects(str(opened.path), None), slice(first, first + count)
            annotated.boxes = list(map(tuple, boxes[those]))
            annotated.labels, annotated.ignore = labels[those], ignore[those]
            annotated.crowd = crowd[those]
            opened._objects.append(annotated)
            first += count
        return opened

    def _found(self, names: list) -> list[Path]:
        """The file of each name."""
        if (wrong := next((name for name in names if not isinstance(name, str)), "")) != "":
            raise UserError(
                "{file}: an image has the file_name {name}, expected a text",
                file=self.path,
                name=cut(wrong),
            )
        files: list[Path | None] = [self._exactly(name) for name in names]
        if not all(files):
            there = Names(
                path.relative_to(self.folder).as_posix()
                for path in sorted(self.folder.rglob("*"))
                if path.suffix.lower() in PICTURES and path.is_file()
            )
            for index, name in enumerate(names):
                if files[index] is None and (match := there.find(name)):
                    files[index] = self.folder / match
        absent = [name for name, file in zip(names, files) if file is None]
        if absent:
            raise UserError(
                "{folder} lacks {n} of the {all} pictures that {file} names: {names}",
                folder=self.folder,
                n=len(absent),
                all=len(names),
                file=self.path,
                names=Listed(list(map(cut, absent)), 3),
            )
        return [file for file in files if file is not None]

    def _exactly(self, name: str) -> Path | None:
        try:
            return self.folder / name if (self.folder / name).is_file() else None
        except (ValueError, OSError):  # no name that a file can have
            return None

    def _read(self, document: CocoDocument) -> tuple[list[Objects], list[Sentence]]:
        """The objects of each picture, as it is shown upright, and what was changed."""
        read, turned, doubtful, clipped, left_out, around = [], [], [], [], [], []
        for record, file in zip(document.pictures, self._files):
            stated, frame = stated_size(record, f"{self.path}, {file.name}"), picture_frame(file)
            if frame is None:  # reading it will say what is wrong with it
                annotated = document.objects(record["id"], stated)
            else:
                raw = stated == frame.raw_wh != frame.upright_wh
                if stated not in (None, frame.raw_wh, frame.upright_wh):
                    raise UserError(
                        "{file} states {stated} for {picture}, which is {size}",
                        file=self.path,
                        stated=f"{stated[0]} × {stated[1]}",
                        picture=file.name,
                        size=f"{frame.upright_wh[0]} × {frame.upright_wh[1]}",
                    )
                annotated = document.objects(
                    record["id"], frame.raw_wh if raw else frame.upright_wh
                )
                if raw:
                    annotated.boxes = [frame.turned(box) for box in annotated.boxes]
                    turned.append(file.name)
                elif frame.orientation != 1 and (
                    stated is None or frame.raw_wh == frame.upright_wh
                ):
                    doubtful.append(file.name)  # nothing tells on which of the two they were drawn
            read.append(annotated)
            clipped += annotated.clipped
            left_out += annotated.left_out
            around += annotated.around
        notes = []
        if turned:
            notes.append(
                Sentence(
                    "{file}: {n} picture is turned by an EXIF mark, and the boxes with it: {names}",
                    "{file}: {n} pictures are turned by an EXIF mark, and the boxes with them: {names}",
                    len(turned),
                    file=self.path,
                    names=Listed(turned[:3]),
                )
            )
        if doubtful:
            notes.append(
                Sentence(
                    "{file}: {n} picture is turned by an EXIF mark, and the boxes are taken as drawn on what is seen: {names}",
                    "{file}: {n} pictures are turned by an EXIF mark, and the boxes are taken as drawn on what is seen: {names}",
                    len(doubtful),
                    file=self.path,
                    names=Listed(doubtful[:3]),
                )
            )
        return read, [*notes, *notes_on(str(self.path), clipped, left_out, around)]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def objects(self) -> int:
        """How many objects the set has, ignored ones included."""
        return sum(len(annotated.boxes) for annotated in self._objects)

    @property
    def judged(self) -> int:
        """How many objects are to be taught and found: those that are not ignored."""
        return sum(not ignore for annotated in self._objects for ignore in annotated.ignore)

    @property
    def used(self) -> tuple[int, ...]:
        """The labels that an object to be found has, in order."""
        return tuple(
            sorted(
                {
                    label
                    for annotated in self._objects
                    for label, ignore in zip(annotated.labels, annotated.ignore)
                    if not ignore
                }
            )
        )

    def __getitem__(self, index: int) -> Labelled:
        annotated = self._objects[index]
        return Labelled(
            self._picture(index),
            np.array(annotated.boxes, np.float32).reshape(-1, 4),
            np.array(annotated.labels, np.int64),
            np.array(annotated.ignore, bool),
        )

    def counted(self, index: int) -> tuple[np.ndarray, list[int]]:
        """Boxes (G, 4), xyxy, and labels of the objects that are to be found in a picture, which is not decoded."""
        annotated = self._objects[index]
        kept = [place for place, ignore in enumerate(annotated.ignore) if not ignore]
        boxes = np.array([annotated.boxes[place] for place in kept], np.float32).reshape(-1, 4)
        return boxes, [annotated.labels[place] for place in kept]

    def file(self, index: int) -> Path:
        """Where a picture lies."""
        return self._files[index]

    def __iter__(self) -> Iterator[Labelled]:
        return (self[index] for index in range(len(self)))

    def _picture(self, index: int) -> np.ndarray:
        if index in self._pictures:
            return self._pictures[index]
        notes: list[Sentence] = []
        file = self._files[index]
        name = Sentence("{file} (named in {list})", file=file, list=self.path)
        picture = self._decode(file.read_bytes(), name, notes)
        if notes:
            self.stretched[index] = notes[0]
        if picture.nbytes <= self._room:
            self._pictures[index] = picture
            self._room -= picture.nbytes
        return picture

    @property
    def words(self) -> str:
        """The set as a result keeps it, in English: the last two parts of its path, and how many pictures."""
        return f"{' '.join(self.path.with_suffix('').parts[-2:])}, {len(self)} pictures"

    def as_coco(self, labels: Collection[int] | None = None) -> dict:
        """Return the set as a COCO document whose `difficult` mark says which objects are not to be judged.

        Args:
            labels: the classes to keep; None for all.
        """
        kept = range(len(self.class_names)) if labels is None else labels
        annotations: list[dict] = []
        for record, annotated in zip(self.records, self._objects):
            every = zip(annotated.boxes, annotated.labels, annotated.ignore, annotated.crowd)
            for (x1, y1, x2, y2), label, ignore, crowd in every:
                if label in kept:
                    annotations.append(
                        {
                            "id": len(annotations) + 1,
                            "image_id": record["id"],
                            "category_id": self.category_ids[label],
                            "bbox": [x1, y1, x2 - x1, y2 - y1],
                            "area": (x2 - x1) * (y2 - y1),
                            "iscrowd": int(crowd),
                            "difficult": int(ignore),
                        }
                    )
        return {
            "images": self.records,
            "categories": [
                {"id": self.category_ids[label], "name": self.class_names[label]} for label in kept
            ],
            "annotations": annotations,
        }


def _numbers(ids: Sequence[int | str]) -> tuple[int, ...]:
    """Ids as whole numbers: their own, or counted from 1 where one is a text."""
    whole = tuple(own for own in ids if isinstance(own, int))
    return whole if len(whole) == len(ids) else tuple(range(1, len(ids) + 1))
