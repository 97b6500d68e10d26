"""A labelled set of pictures: one COCO-format annotation file and the folder its pictures lie in.

Training and evaluation read whole sets through this door; one picture and its truth come through `images` and `truth`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np


@dataclass(frozen=True)
class Labelled:
    """One picture (H, W, 3) uint8 RGB with boxes (G, 4) float32 xyxy, labels (G,) int64, ignore (G,) bool."""

    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    ignore: np.ndarray


class CocoFolder(Sequence[Labelled]):
    """Pictures of a COCO-format annotation file, decoded when asked for and then kept.

    Args:
        annotations: the JSON file.
        images: folder of the pictures; by default the folder beside the file that has its name.

    Raises:
        ValueError: where the file is not COCO, an annotation lacks what it needs, or, on reading, a picture is absent.
            Boxes of no area are left out.
    """

    def __init__(self, annotations: str | Path, images: str | Path | None = None) -> None:
        self.path = Path(annotations)
        self.folder = Path(images) if images else self.path.with_suffix("")
        try:
            document = json.loads(self.path.read_text())
            self.records = sorted(document["images"], key=lambda record: record["id"])
            categories = sorted(document["categories"], key=lambda category: category["id"])
            listed = document["annotations"]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self.path} must be COCO JSON with images, categories and annotations: {error!r}"
            ) from None
        if not self.records:
            raise ValueError(f"{self.path} lists no images")
        self.class_names = tuple(category["name"] for category in categories)
        self.category_ids = tuple(category["id"] for category in categories)
        label = {category["id"]: index for index, category in enumerate(categories)}
        self._objects: dict[int, list[dict]] = {record["id"]: [] for record in self.records}
        for entry in listed:
            if entry.get("category_id") not in label or entry.get("image_id") not in self._objects:
                raise ValueError(
                    f"{self.path}: annotation {entry.get('id')} names a category or an image not listed"
                )
            box = np.asarray(entry.get("bbox", ()), dtype=np.float64)
            if box.shape != (4,) or not np.isfinite(box).all():
                raise ValueError(
                    f"{self.path}: annotation {entry.get('id')} must have a bbox of four numbers, "
                    f"got {entry.get('bbox')}"
                )
            if (box[2:] > 0).all():  # a box of no area can be neither taught nor found
                entry = entry | {"label": label[entry["category_id"]]}
                self._objects[entry["image_id"]].append(entry)
        self._pictures: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.records)

    @property
    def objects(self) -> int:
        """How many objects the set has, ignored ones included."""
        return sum(map(len, self._objects.values()))

    def __getitem__(self, index: int) -> Labelled:
        record = self.records[index]
        if index not in self._pictures:
            file = self.folder / record["file_name"]
            decoded = cv2.imread(str(file), cv2.IMREAD_COLOR)
            if decoded is None:
                raise ValueError(f"{file} (named in {self.path}) is absent or not a picture")
            self._pictures[index] = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
        objects = self._objects[record["id"]]
        boxes = np.array([o["bbox"] for o in objects], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        return Labelled(
            self._pictures[index],
            boxes,
            np.array([o["label"] for o in objects], np.int64),
            np.array([o.get("ignore", 0) or o.get("iscrowd", 0) for o in objects], bool),
        )

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
