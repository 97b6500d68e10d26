"""Sets whose pictures are browsed: which there are, what each picture holds, and which of them are meant.

Whoever starts DualViz names sets in DUALVIZ_PICTURES, separated as in PATH: COCO files, `data.yaml`s or folders, as
`open_set` reads them. What a picture holds is told by its truth alone.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from dualviz.boxes import box_iou
from dualviz.pictures.content import content_hash
from dualviz.pictures.dataset import CocoFolder
from dualviz.words import Labels

VARIABLE = "DUALVIZ_PICTURES"
ORDERS = Labels(
    {
        "listed": "as listed",
        "count": "most objects first",
        "crowding": "most crowded first",
        "apart": "where the heads disagree most",
    }
)


@dataclass(frozen=True)
class Holds:
    """What one picture of a set holds, by its truth; ignored objects do not count.

    Attributes:
        index: in the set; name: of its file.
        classes: how many objects there are of each class, by name.
        crowding: how far an object is overlapped by the one that overlaps it most, IoU, the mean over objects.
    """

    index: int
    name: str
    classes: dict[str, int]
    crowding: float

    @property
    def objects(self) -> int:
        """How many there are."""
        return sum(self.classes.values())


def named_sets() -> dict[str, Path]:
    """The sets that DUALVIZ_PICTURES names, by the id that a link gives them."""
    paths = (Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part)
    return {set_id(path): path for path in paths}


def set_id(path: Path) -> str:
    """What a link calls a set: its name and a hash of where it lies."""
    return f"{path.stem}-{content_hash(str(path.resolve()).encode())}"


def set_title(path: Path) -> str:
    """What a page calls a set: the end of its path.

    >>> set_title(Path("cells/val.json")), set_title(Path("voc"))
    ('cells/val', 'voc')
    """
    return "/".join(path.with_suffix("").parts[-2:])


def holdings(folder: CocoFolder) -> list[Holds]:
    """What each picture holds, in the order of the set; no picture is decoded."""
    held = []
    for index, record in enumerate(folder.records):
        boxes, labels = folder.counted(index)
        names = [folder.class_names[label] for label in labels]
        held.append(
            Holds(
                index,
                str(record.get("file_name", index)),
                {name: names.count(name) for name in sorted(set(names))},
                crowding(boxes),
            )
        )
    return held


def crowding(boxes: np.ndarray) -> float:
    """How far each of (G, 4) boxes is overlapped by the one that overlaps it most, IoU, the mean; 0 for one or none.

    >>> crowding(np.array([[0, 0, 4, 4], [0, 0, 4, 2], [9, 9, 10, 10]], float)).__round__(3)
    0.333
    """
    if len(boxes) < 2:
        return 0.0
    given = torch.from_numpy(np.asarray(boxes, np.float32))
    overlaps = box_iou(given, given).fill_diagonal_(0)
    return float(overlaps.amax(-1).mean())


def meant(
    held: Iterable[Holds],
    class_name: str = "",
    least: int = 0,
    most: int | None = None,
    order: str = "listed",
    apart: Sequence[float] = (),
) -> list[Holds]:
    """Pictures that are asked for.

    Args:
        held: of the whole set.
        class_name: at least one object of it; "" for any.
        least, most: objects in the picture; None for no limit.
        order: a key of `ORDERS`.
        apart: how far the heads disagree, by index; needed for the order "apart" alone.
    """
    some = [
        one
        for one in held
        if (not class_name or class_name in one.classes)
        and least <= one.objects
        and (most is None or one.objects <= most)
    ]
    by = {
        "listed": lambda one: one.index,
        "count": lambda one: (-one.objects, one.index),
        "crowding": lambda one: (-one.crowding, one.index),
        "apart": lambda one: (-apart[one.index], one.index),
    }
    return sorted(some, key=by[order])
