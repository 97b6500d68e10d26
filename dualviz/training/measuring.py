"""Measure every row of a trained trunk in one pass over the judged pictures: its one-to-many head once, each rider's beside it.

Besides the figures of `study.evaluation` come the same over drawings of the pictures with replacement, equal for all rows
and seeds, so that a difference can be asked what other pictures would have made of it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import thread_time

import numpy as np
import torch
from torch import Tensor

from dualviz.agreement import TOP_K
from dualviz.detector import DualPrediction, load_detector
from dualviz.detector.network import HEAD
from dualviz.pictures import scenes
from dualviz.pictures.dataset import CocoFolder, Labelled
from dualviz.pictures.truth import Truth
from dualviz.study.ablation import RESAMPLED, Row, Trained
from dualviz.study.evaluation import (
    CONFIDENCE,
    PATHS,
    SELECTIONS,
    SHOWN,
    Figures,
    coco_rows,
    duplicates_of,
)
from dualviz.study.precision import Matched
from dualviz.study.replay import LOG
from dualviz.trace import Setting, trace_prediction
from dualviz.training import reports
from dualviz.training.run import Run, Teacher
from dualviz.training.train import taught

DRAWINGS = 60  # of the pictures; their spread is known to a tenth
JUDGED_FROM = 0  # seed of the first judged smear: none is of the supply that is trained on


class Judge:
    """The pictures that every run is measured on: a labelled set, and smears that are rendered the same each time.

    Attributes:
        class_names: of the set.
        pictures: all of them.
        labelled: the same as a COCO document; pictures counted from 0, classes by their place.
    """

    def __init__(self, folder: CocoFolder, smears: int) -> None:
        self.class_names = folder.class_names
        self.words = folder.words + (f", and {smears} rendered smears" if smears else "")
        self.pictures: Sequence[Labelled] = [
            *folder,
            *(_smear(JUDGED_FROM + number, folder.class_names) for number in range(smears)),
        ]
        annotations: list[dict] = []
        for number, one in enumerate(self.pictures):
            for (x1, y1, x2, y2), label, ignore in zip(
                one.boxes.tolist(), one.labels.tolist(), one.ignore.tolist()
            ):
                box = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}
                marks = {"iscrowd": 0, "difficult": int(ignore), "id": len(annotations) + 1}
                annotations.append(box | marks | {"image_id": number, "category_id": label})
        names = [{"id": label, "name": name} for label, name in enumerate(self.class_names)]
        images = [{"id": number} for number in range(len(self.pictures))]
        self.labelled = {"images": images, "categories": names, "annotations": annotations}


def _smear(seed: int, class_names: Sequence[str]) -> Labelled:
    image, truth = scenes.render(scenes.random_scene(seed))
    truth = scenes.as_annotated(truth, (image.shape[1], image.shape[0])).for_classes(class_names)
    return Labelled(image, truth.boxes.numpy(), truth.labels.numpy(), truth.ignore.numpy())


@dataclass
class Seen:
    """What was seen of one head, picture by picture: rows and duplicates by path, agreement of every object."""

    rows: dict[str, list[dict]] = field(default_factory=lambda: {path: [] for path in PATHS})
    repeats: dict[str, list[int]] = field(default_factory=lambda: {path: [] for path in PATHS})
    picture: list[int] = field(default_factory=list)  # of each object
    own: list[Tensor] = field(default_factory=list)  # (objects, 3) by the head's metric
    common: list[Tensor] = field(default_factory=list)  # by the one-to-many head's
    gaps: list[Tensor] = field(default_factory=list)  # (3, objects): gap, floor, ceiling
    matching: list[float] = field(default_factory=list)  # seconds


def measured(run: Run, rows: Sequence[Row], judge: Judge, device: str) -> Iterator[Trained]:
    """What every row of a finished run reaches; agreement by the metric each was taught by, and by one common metric.

    Args:
        run: with its weights in place.
        rows: of one trunk; those with both heads are its riders, or its own heads.
        judge: the pictures.
        device: as of `load_detector`.
    """
    minutes = reports.read(Path(run.out) / LOG)[-1]["seconds"] / 60
    riding = {rider.name for rider in run.riders}
    second = [row for row in rows if "one2one" in row.heads]
    files = {row.name: run.weights(row.name if row.name in riding else "") for row in second}
    detectors = {name: load_detector(file, device) for name, file in files.items()}
    trunk = next(iter(detectors.values()))
    heads = {name: one.network.model[HEAD].one2one() for name, one in detectors.items()}
    many, seen = Seen(), {row.name: Seen() for row in rows}
    for number, labelled in enumerate(judge.pictures):
        predictions = trunk.predict_riders(labelled.image, heads)
        truth = labelled.truth(judge.class_names).taught
        _look(many, predictions[second[0].name], "one2many", number, labelled)
        for row in second:
            _look(seen[row.name], predictions[row.name], "one2one", number, labelled)
            _match(seen[row.name], predictions[row.name], row, truth)
            if len(row.heads) > 1:
                _agree(seen[row.name], predictions[row.name], row, number, labelled.image, truth)
    drawn = np.random.default_rng(0).multinomial(
        len(judge.pictures), np.full(len(judge.pictures), 1 / len(judge.pictures)), DRAWINGS
    )
    shared = _paths(many, "one2many", judge, drawn)
    for row in rows:
        paths = _paths(seen[row.name], "one2one", judge, drawn) if "one2one" in row.heads else {}
        paths |= shared if "one2many" in row.heads else {}
        yield _trained(row, run.seed, minutes, paths, seen[row.name], drawn)


def _look(
    seen: Seen, prediction: DualPrediction, head: str, number: int, labelled: Labelled
) -> None:
    """Add what the two paths of a head find in a picture."""
    raw = getattr(prediction, head)
    same = {label: label for label in range(raw.scores.shape[-1])}
    for path, (of, show, judged) in SELECTIONS.items():
        if of == head:
            shown = show(raw.boxes, raw.scores, confidence=SHOWN)
            seen.repeats[path].append(duplicates_of(shown))
            detections = judged(raw.boxes, raw.scores, confidence=CONFIDENCE)
            seen.rows[path] += coco_rows(detections, number, labelled.image.shape, same)


def _match(seen: Seen, prediction: DualPrediction, row: Row, truth: Truth) -> None:
    """Add how long the row's rule takes to match a picture, as it does while it teaches."""
    head, teacher = prediction.one2one, Teacher.of(row)
    teacher = replace(teacher, least_side=teacher.least_side * prediction.pixel_scale)
    start = thread_time()
    said = head.scores[None], head.boxes[None], prediction.anchor_points
    taught(teacher, *said, truth.boxes[None], truth.labels[None])
    seen.matching.append(thread_time() - start)


def _agree(
    seen: Seen,
    prediction: DualPrediction,
    row: Row,
    number: int,
    image: np.ndarray,
    truth: Truth,
) -> None:
    """Add how far the two heads agree on a picture's objects."""
    own, given = row.setting, (image, truth, prediction, truth.class_names)
    by_own = trace_prediction(*given, own)
    by_common = (
        by_own if own.exponents("one2one") == (0.5, 6) else trace_prediction(*given, Setting())
    )
    seen.picture += [number] * len(truth)
    seen.own.append(by_own.agreement.top_k_alignment)
    seen.common.append(by_common.agreement.top_k_alignment)
    seen.gaps.append(torch.stack((by_own.gap, *by_own.gap_bounds)))


Path_ = tuple[
    float, float, float, tuple[float, ...]
]  # AP, AP50, duplicates a picture, AP over drawings


def _paths(seen: Seen, head: str, judge: Judge, drawn: np.ndarray) -> dict[str, Path_]:
    paths: dict[str, Path_] = {}
    for path, (of, *_) in SELECTIONS.items():
        if of == head:
            matched = Matched(judge.labelled, seen.rows[path])
            again = tuple(matched.precision(one)[0] for one in drawn) if path in RESAMPLED else ()
            paths[path] = (*matched.precision(), float(np.mean(seen.repeats[path])), again)
    return paths


def _trained(
    row: Row, seed: int, minutes: float, paths: dict[str, Path_], seen: Seen, drawn: np.ndarray
) -> Trained:
    none: Path_ = (math.nan, math.nan, math.nan, ())
    ap, ap50, repeats = ({path: paths.get(path, none)[n] for path in PATHS} for n in range(3))
    nothing = (math.nan,) * len(TOP_K)
    figures = Figures(ap, ap50, repeats, nothing, math.nan, math.nan, math.nan)
    again = {path: paths[path][3] for path in PATHS if paths.get(path, none)[3]}
    matching = 1000 * float(np.median(seen.matching)) if seen.matching else math.nan
    if not seen.own:
        return Trained(row.name, seed, minutes, figures, nothing, matching, again)
    own, common, gaps = torch.cat(seen.own), torch.cat(seen.common), torch.cat(seen.gaps, -1)
    known = ~own.isnan().any(-1) & ~common.isnan().any(-1)
    own, common, picture = own[known], common[known], torch.tensor(seen.picture)[known]
    gap, floor, ceiling = gaps[:, ~gaps.isnan().any(0)].mean(-1).tolist()
    times = torch.from_numpy(drawn)[:, picture].to(own.dtype)
    shares = times @ own / times.sum(1, keepdim=True)
    again |= {f"top {k}": tuple(column.tolist()) for k, column in zip(TOP_K, shares.T)}
    alignment = own.mean(0).tolist()
    figures = replace(figures, alignment=tuple(alignment), gap=gap, floor=floor, ceiling=ceiling)
    by_common = tuple(common.mean(0).tolist())
    return Trained(row.name, seed, minutes, figures, by_common, matching, again)
