"""A whole labelled set through both heads: what each path finds, how far the heads agree, what a picture costs.

Four paths over the same weights: either head, raw and with NMS. AP is COCO's, by pycocotools, and every path may name an
anchor under several classes for it; agreement and gap are the means over all objects of the set.
"""

import importlib.util
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Self

import numpy as np
import torch
from torch import Tensor

from dualviz.boxes import box_iou
from dualviz.detector import COCO_NOTE, Detector, processes
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.objects import listed
from dualviz.postprocess import Detections, nms_free, non_max_suppression
from dualviz.study.precision import Matched
from dualviz.study.sets import Seen, seen, shared_classes
from dualviz.study.timing import clock
from dualviz.trace import Setting, trace_prediction
from dualviz.words import Labels, Sentence, UserError

# For AP all classes of an anchor compete, as they do without NMS; shown is its best class, as on the page of detections.
EVERY_CLASS = partial(non_max_suppression, multi_label=True)
Select = Callable[..., Detections]  # (boxes, scores, confidence=…)
# Of a path: its head, what is shown of that head's output, and what is judged by AP.
SELECTIONS: dict[str, tuple[str, Select, Select]] = {
    "one2many raw": ("one2many", nms_free, nms_free),
    "one2many + NMS": ("one2many", non_max_suppression, EVERY_CLASS),
    "one2one": ("one2one", nms_free, nms_free),
    "one2one + NMS": ("one2one", non_max_suppression, EVERY_CLASS),
}
PATHS = tuple(SELECTIONS)
# The only table of these words; the browser's copy is lab/detections/outputs.js.
PATH_NAMES = Labels(
    {
        "one2many raw": "one-to-many, raw",
        "one2many + NMS": "one-to-many + NMS",
        "one2one": "one-to-one, no NMS",
        "one2one + NMS": "one-to-one + NMS",
    }
)
CONFIDENCE = 0.001  # COCO's precision-recall curve needs the low scores too
SHOWN = 0.25  # what a user would see: the confidence of duplicates and times
DUPLICATE = 0.7  # IoU of two detections of one class above which the weaker one is called a repeat


@dataclass(frozen=True)
class PathResult:
    """One path over the set.

    Attributes:
        ap, ap50: COCO's, 0..1, of detections above `CONFIDENCE`.
        duplicates: a picture, of detections above `SHOWN`.
        milliseconds: from the head's output to detections above `SHOWN`, the median over pictures.
    """

    ap: float
    ap50: float
    duplicates: float
    milliseconds: float


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured over N pictures and their objects.

    Attributes:
        paths: PathResult of each of `PATHS`.
        alignment: shares of one-to-one picks inside the one-to-many top 1, 5, 10 (each head's own predictions).
        gap (Tensor[M]): supervision gap of every object with a pick, with `floor` and `ceiling` of the same shape.
        network_milliseconds: median time of both heads' forward pass, a picture.
        pictures: N.
        notes: sentences on what of the set was changed or left aside.
    """

    paths: dict[str, PathResult]
    alignment: tuple[float, float, float]
    gap: Tensor
    floor: Tensor
    ceiling: Tensor
    network_milliseconds: float
    pictures: int
    notes: tuple[Sentence | str, ...] = ()

    @property
    def figures(self) -> "Figures":
        """The measurement in the few numbers that are kept; the mean gap of no object is NaN."""
        return Figures(
            ap={path: result.ap for path, result in self.paths.items()},
            ap50={path: result.ap50 for path, result in self.paths.items()},
            duplicates={path: result.duplicates for path, result in self.paths.items()},
            alignment=self.alignment,
            gap=float(self.gap.mean()),
            floor=float(self.floor.mean()),
            ceiling=float(self.ceiling.mean()),
        )


@dataclass(frozen=True)
class Figures:
    """An evaluation as a file keeps it.

    Attributes:
        ap, ap50, duplicates: by path, the names of `PATHS`; duplicates a picture.
        alignment: shares of one-to-one picks inside the one-to-many top 1, 5, 10; NaN where nothing is picked.
        gap, floor, ceiling: supervision gap and its bounds, means over objects.
    """

    ap: dict[str, float]
    ap50: dict[str, float]
    duplicates: dict[str, float]
    alignment: tuple[float, float, float]
    gap: float
    floor: float
    ceiling: float

    def as_json(self) -> dict:
        """Return what `from_json` reads: five decimals, null for what is no number."""
        return _rounded(asdict(self))

    @classmethod
    def from_json(cls, record: dict) -> Self:
        """Read figures back.

        Raises:
            ValueError, TypeError, KeyError or AttributeError: where the record is none of `as_json`.
        """
        read = cls(**{name: _number(record[name]) for name in cls.__dataclass_fields__})
        by_path = (read.ap, read.ap50, read.duplicates)
        if any({*values} != {*PATHS} for values in by_path) or len(read.alignment) != 3:
            raise ValueError("a path or a share is missing")
        numbers = [value for values in by_path for value in values.values()]
        math.fsum((*numbers, *read.alignment, read.gap, read.floor, read.ceiling))
        return read


def evaluate(
    detector: Detector,
    folder: CocoFolder,
    size: int | None = None,
    progress=iter,
    precision: bool = True,
    setting: Setting | None = None,
) -> Evaluation:
    """Run every picture of a set through both heads and measure all paths; several processes share the pictures.

    Args:
        detector: measured on the classes of the set that it knows, with a note on those it does not.
        folder: the labelled set; objects marked ignore count neither for nor against a detector.
        size: longer side of the network's input in pixels; None: the size stored with the weights.
        progress: wraps the iterator over pictures, for instance tqdm.
        precision: False leaves AP and AP50 out, as NaN: they alone need pycocotools.
        setting: the metrics by which agreement and gap are judged, the paper's where None; no path depends on it.

    Raises:
        ValueError: where no object of the set has a class that the detector knows.
        ValueError: without pycocotools, which is no requirement of the app.
    """
    if precision:  # before the set is gone through, not after
        need_pycocotools()
    if not folder.judged:
        raise UserError(
            "{set} has no objects to find, so there is nothing to measure; its classes are {classes}",
            set=folder.path,
            classes=listed(folder.class_names),
        )
    to_detector, notes = shared_classes(folder, detector)
    to_category = {label: folder.category_ids[own] for own, label in to_detector.items()}
    shared = folder.as_coco(sorted(to_detector))
    own, places = {}, processes.share(range(len(folder)))
    for one, index in zip(seen(detector, folder, size, progress, places), places):
        image_id = folder.records[index]["id"]
        own[index] = look(one, image_id, to_category, precision, setting)
    looked = processes.joined(own)
    alignment = torch.cat([one.alignment for one in looked])
    known = ~alignment.isnan().any(-1)
    gap = torch.cat([one.gaps for one in looked], -1)
    gap = gap[:, ~gap.isnan().any(0)]
    paths = {}
    for path in PATHS:
        rows = [row for one in looked for row in one.rows[path]]
        paths[path] = PathResult(
            *(average_precision(shared, rows) if precision else (math.nan, math.nan)),
            float(np.mean([one.duplicates[path] for one in looked])),
            float(np.median([one.milliseconds[path] for one in looked])),
        )
    stretched = list(folder.stretched.values())[:3]
    named = (COCO_NOTE,) if detector.coco_names else ()
    return Evaluation(
        paths=paths,
        alignment=tuple(alignment[known].mean(0).tolist()),
        gap=gap[0],
        floor=gap[1],
        ceiling=gap[2],
        network_milliseconds=float(np.median([one.network_milliseconds for one in looked])),
        pictures=len(folder),
        notes=(*folder.notes, *stretched, *named, *notes),
    )


@dataclass(frozen=True)
class Looked:
    """One picture on every path, its G objects among them.

    Attributes:
        rows: COCO result rows by path, for AP; empty where that is not measured.
        duplicates, milliseconds: of detections above `SHOWN`, by path.
        network_milliseconds: of both heads' forward pass.
        alignment (Tensor[G, 3]): whether the pick is inside the one-to-many top 1, 5, 10; NaN without a pick.
        gaps (Tensor[3, G]): supervision gap, floor and ceiling; NaN without a pick.
    """

    rows: dict[str, list[dict]]
    duplicates: dict[str, int]
    milliseconds: dict[str, float]
    network_milliseconds: float
    alignment: Tensor
    gaps: Tensor


def look(
    one: Seen,
    image_id: int,
    to_category: dict[int, int],
    precision: bool = True,
    setting: Setting | None = None,
) -> Looked:
    """Send one picture down every path; `precision` and `setting` as for `evaluate`.

    Args:
        one: the picture.
        image_id, to_category: the picture and the detector's labels, as the set's COCO document counts them.
    """
    rows: dict[str, list[dict]] = {path: [] for path in PATHS}
    duplicates, milliseconds = {}, {}
    now = clock(one.prediction.one2one.scores.device)
    for path, (head, show, judge) in SELECTIONS.items():
        raw = getattr(one.prediction, head)
        began = now()
        shown = show(raw.boxes, raw.scores, confidence=SHOWN)
        milliseconds[path] = 1e3 * (now() - began)
        duplicates[path] = duplicates_of(shown)
        if precision:
            detections = judge(raw.boxes, raw.scores, confidence=CONFIDENCE)
            rows[path] = coco_rows(detections, image_id, one.image.shape, to_category)
    names = one.truth.class_names
    traced = trace_prediction(one.image, one.taught, one.prediction, names, setting or Setting())
    return Looked(
        rows,
        duplicates,
        milliseconds,
        one.milliseconds,
        traced.agreement.top_k_alignment,
        torch.stack((traced.gap, *traced.gap_bounds)),
    )


def has_pycocotools() -> bool:
    """Whether AP can be measured here."""
    return importlib.util.find_spec("pycocotools") is not None


def need_pycocotools() -> None:
    """Raise UserError with what to install, where AP cannot be measured."""
    if not has_pycocotools():
        raise UserError("AP needs pycocotools: pip install pycocotools")


def average_precision(labelled: dict, rows: list[dict]) -> tuple[float, float]:
    """COCO AP (IoU 0.50:0.95) and AP50 of detections given as COCO result rows, both 0..1.

    The set is what `CocoFolder.as_coco` returns. Objects marked `difficult` are neither found nor missed.
    """
    return Matched(labelled, rows).precision()


def coco_rows(
    detections: Detections, image_id: int, shape: tuple[int, ...], to_category: dict[int, int]
) -> list[dict]:
    """Detections of a picture of this shape as COCO result rows; those of a class without a category are left out."""
    limit = torch.tensor([shape[1], shape[0]] * 2, dtype=torch.float32)
    boxes = torch.minimum(detections.boxes.clamp(min=0), limit)
    boxes[:, 2:] -= boxes[:, :2]
    return [
        {"image_id": image_id, "category_id": to_category[label], "bbox": box, "score": score}
        for box, score, label in zip(
            boxes.tolist(), detections.scores.tolist(), detections.labels.tolist()
        )
        if label in to_category
    ]


def _number(value):
    """Null back to NaN, lists to tuples."""
    if isinstance(value, list):
        return tuple(map(_number, value))
    if isinstance(value, dict):
        return {name: _number(inner) for name, inner in value.items()}
    return math.nan if value is None else value


def _rounded(value):
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 5)
    return value


def duplicates_of(detections: Detections) -> int:
    """How many repeat a better one of their class."""
    boxes, labels = detections.boxes, detections.labels
    repeat = (box_iou(boxes, boxes) > DUPLICATE) & (labels[:, None] == labels)
    return int(repeat.triu(1).any(0).sum())
