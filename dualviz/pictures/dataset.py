"""A labelled set of pictures: one COCO-format annotation file and the folder its pictures lie in.

Training and evaluation read whole sets through this door; one picture and its truth come through `images` and `truth`. A
set in PASCAL VOC's folders becomes one by `coco_of_voc`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from dualviz.pictures.truth import join_coco, read_truth, to_coco

PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Labelled:
    """One picture (H, W, 3) uint8 RGB with boxes (G, 4) float32 xyxy, labels (G,) int64, ignore (G,) bool."""

    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    ignore: np.ndarray


class CocoFolder(Sequence[Labelled]):
    """Pictures of a COCO-format annotation file, decoded when asked for.

    Args:
        annotations: the JSON file.
        images: folder of the pictures; by default the folder beside the file that has its name.
        keep: bytes of decoded pictures to hold for the next time they are asked for.

    Raises:
        ValueError: where the file is not COCO, a record lacks what it needs, an id stands there twice, boxes are no
            pixels, a picture is absent, or, on reading, none. Boxes of no area are left out.
    """

    def __init__(
        self, annotations: str | Path, images: str | Path | None = None, keep: int = 0
    ) -> None:
        self.path = Path(annotations)
        self.folder = Path(images) if images else self.path.with_suffix("")
        self._pictures: dict[int, np.ndarray] = {}
        self._room = keep
        try:
            document = json.loads(self.path.read_text(encoding="utf-8-sig"))
            self.records = sorted(document["images"], key=lambda record: record["id"])
            categories = sorted(document["categories"], key=lambda category: category["id"])
            self.class_names = tuple(category["name"] for category in categories)
            self.category_ids = tuple(category["id"] for category in categories)
            names = [record["file_name"] for record in self.records]
            self._ids = [record["id"] for record in self.records]
            self._check_ids()
            self._objects = self._read(document["annotations"])
        except UnicodeDecodeError:
            raise ValueError(f"{self.path} must be COCO JSON, but it is no text") from None
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{self.path} must be COCO JSON with images, categories and annotations: {error!r}"
            ) from None
        absent = [name for name in names if not (self.folder / name).is_file()]
        if absent:
            raise ValueError(
                f"{self.folder} lacks {len(absent)} of the {len(names)} pictures that {self.path} names: "
                + ", ".join(absent[:3])
                + " …" * (len(absent) > 3)
            )

    def _check_ids(self) -> None:
        for what, ids in (("images", self._ids), ("categories", self.category_ids)):
            if not ids:
                raise ValueError(f"{self.path} lists no {what}")
            if len(set(ids)) < len(ids):
                twice = next(one for one in ids if ids.count(one) > 1)
                raise ValueError(f"{self.path} has two {what} with the id {twice!r}")

    def _read(self, listed: list[dict]) -> dict[int, list[dict]]:
        """Objects by image id, each with its label."""
        label = {category: index for index, category in enumerate(self.category_ids)}
        objects: dict[int, list[dict]] = {number: [] for number in self._ids}
        largest = 0.0
        for entry in listed:
            for name, known in (("category_id", label), ("image_id", objects)):
                if entry.get(name) not in known:
                    raise ValueError(
                        f"{self.path}: annotation {entry.get('id')} has {name} {entry.get(name)!r}, which is not listed"
                    )
            try:
                box = np.array([float(side) for side in entry["bbox"]])
            except (KeyError, TypeError, ValueError):
                box = np.zeros(0)
            if box.shape != (4,) or not np.isfinite(box).all():
                raise ValueError(
                    f"{self.path}: annotation {entry.get('id')} must have a bbox of four numbers, "
                    f"got {entry.get('bbox')}"
                )
            largest = max(largest, *box)
            if (box[2:] > 0).all():  # a box of no area can be neither taught nor found
                objects[entry["image_id"]].append(entry | {"label": label[entry["category_id"]]})
        if 0 < largest <= 1:
            raise ValueError(
                f"{self.path}: no bbox goes beyond {largest:g}: expected x, y, width, height in pixels, not shares"
            )
        return objects

    def __len__(self) -> int:
        return len(self.records)

    @property
    def objects(self) -> int:
        """How many objects the set has, ignored ones included."""
        return sum(map(len, self._objects.values()))

    @property
    def judged(self) -> int:
        """How many objects are to be taught and found: those that are not ignored."""
        every = (entry for entries in self._objects.values() for entry in entries)
        return sum(not _ignored(entry) for entry in every)

    def __getitem__(self, index: int) -> Labelled:
        objects = self._objects[self.records[index]["id"]]
        boxes = np.array([o["bbox"] for o in objects], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        return Labelled(
            self._picture(index),
            boxes,
            np.array([o["label"] for o in objects], np.int64),
            np.array([_ignored(o) for o in objects], bool),
        )

    def _picture(self, index: int) -> np.ndarray:
        if index in self._pictures:
            return self._pictures[index]
        file = self.folder / self.records[index]["file_name"]
        picture = _decoded(file, self.path)
        if picture.nbytes <= self._room:
            self._pictures[index] = picture
            self._room -= picture.nbytes
        return picture

    @property
    def words(self) -> str:
        """The set as a result names it: the last two parts of its path, and how many pictures."""
        return f"{' '.join(self.path.with_suffix('').parts[-2:])}, {len(self)} pictures"

    def as_coco(self) -> dict:
        """Return the set as a COCO document whose `difficult` mark says which objects are not to be judged."""
        return {
            "images": self.records,
            "categories": [
                {"id": number, "name": name}
                for number, name in zip(self.category_ids, self.class_names)
            ],
            "annotations": [
                {
                    "id": number,
                    "image_id": image_id,
                    "category_id": self.category_ids[entry["label"]],
                    "bbox": entry["bbox"],
                    "area": entry["bbox"][2] * entry["bbox"][3],
                    "iscrowd": entry.get("iscrowd", 0),
                    "difficult": entry.get("ignore", 0),
                }
                for number, (image_id, entry) in enumerate(
                    (
                        (image_id, entry)
                        for image_id, entries in self._objects.items()
                        for entry in entries
                    ),
                    start=1,
                )
            ],
        }


def _decoded(file: Path, named_in: Path) -> np.ndarray:
    decoded = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError(f"{file} (named in {named_in}) is not a picture that can be read")
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)


def _ignored(entry: dict) -> bool:
    return bool(entry.get("ignore", 0) or entry.get("iscrowd", 0))


def coco_of_voc(folder: Path, split: str = "") -> tuple[dict, list[str]]:
    """Read a set in PASCAL VOC's folders `Annotations`, `JPEGImages` and `ImageSets/Main` as one COCO document.

    Args:
        folder: that holds the three.
        split: name of a list in `ImageSets/Main`, for instance "train"; "" takes every annotation.

    Returns:
        The document, its classes in alphabetical order, and a sentence on every picture left out: one whose annotation
        cannot be used would otherwise cost the whole set.

    Raises:
        ValueError: no such folder or list, or no picture that can be used.
    """
    labels, pictures = folder / "Annotations", folder / "JPEGImages"
    listed = folder / "ImageSets" / "Main" / f"{split}.txt"
    for needed in (labels, pictures, *([listed] if split else [])):
        if not needed.exists():
            raise ValueError(
                f"{folder} must be in PASCAL VOC's folders, but there is no {needed.relative_to(folder)}"
            )
    if split:
        names = [line.split()[0] for line in listed.read_text().splitlines() if line.strip()]
    else:
        names = sorted(path.stem for path in labels.glob("*.xml"))
    read, left_out = [], []
    for name in names:
        try:
            picture = _picture_named(pictures, name)
            height, width = _decoded(picture, listed if split else labels).shape[:2]
            data = (labels / f"{name}.xml").read_bytes()
            read.append(
                (picture.name, (width, height), read_truth(data, f"{name}.xml", (width, height)))
            )
        except (ValueError, OSError) as error:
            left_out.append(f"{name} is left out: {error}")
    if not read:
        raise ValueError(
            f"{folder} has no picture that can be used: {(left_out or ['none is listed'])[0]}"
        )
    classes = sorted({name for _, _, truth in read for name in truth.class_names})
    parts = (
        to_coco(truth.for_classes(classes), size_wh, name, number)
        for number, (name, size_wh, truth) in enumerate(read, 1)
    )
    return join_coco(parts), left_out


def _picture_named(folder: Path, stem: str) -> Path:
    for suffix in PICTURES:
        if (folder / f"{stem}{suffix}").is_file():
            return folder / f"{stem}{suffix}"
    raise FileNotFoundError(f"there is no picture {stem} in {folder.name}")
