"""What a score is worth: recall, precision and F1 at every confidence, and how often a detection of some score is right.

Both ways out are asked alike, over a picture or a set: a detection is right where it takes an object of its class at IoU
0.5, as COCO matches. So it is seen why one confidence does not suit both heads: the one-to-one head's scores are lower for
the same sureness. The advised confidence of a bundled detector is measured on pictures it was not trained on and kept in
assets/calibration.json; other weights have 0.25.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import torch

from dualviz.detector import DualPrediction
from dualviz.pictures.truth import Truth
from dualviz.postprocess import match
from dualviz.study.evaluation import SELECTIONS
from dualviz.study.records import read_records, write_records
from dualviz.words import UserError

FILE = Path(__file__).parents[2] / "assets" / "calibration.json"
COMMAND = "python -m dualviz study calibration"
WAYS = ("one2many + NMS", "one2one")  # of `SELECTIONS`
THRESHOLDS = tuple(step / 100 for step in range(1, 100))
BINS = 15
PLAIN_CONFIDENCE = 0.25  # of weights that nobody has measured
SURE = 1.959964  # normal quantile of a 95 % interval


@dataclass(frozen=True)
class Bin:
    """Detections of neighbouring scores: their mean score, how many are right of how many."""

    score: float
    right: int
    count: int

    @property
    def share(self) -> float:
        """Right ones, 0..1."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share.

        >>> [round(end, 3) for end in Bin(0.5, 0, 10).interval]
        [0.0, 0.278]
        """
        return wilson(self.right, self.count)


def wilson(right: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of `count` trials; NaN without any."""
    if not count:
        return math.nan, math.nan
    share, square = right / count, SURE**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    spread = share * (1 - share) / count + square / (4 * count**2)
    half = SURE / (1 + square / count) * math.sqrt(spread)
    return middle - half if right else 0.0, middle + half if right < count else 1.0


@dataclass(frozen=True)
class Way:
    """One way out at each of `THRESHOLDS`, and its scores in bins of equal mass, lowest first.

    Attributes:
        objects: how many were to be found.
        matched, reported: detections above each threshold that are right, and all that count.
        bins: Bin each; none where nothing was reported above the lowest threshold.
    """

    objects: int
    matched: tuple[int, ...]
    reported: tuple[int, ...]
    bins: tuple[Bin, ...]

    @property
    def recall(self) -> np.ndarray:
        """Share of the objects found at each threshold; NaN without objects."""
        with np.errstate(invalid="ignore"):
            return np.array(self.matched, float) / (self.objects or math.nan)

    @property
    def precision(self) -> np.ndarray:
        """Share of the detections that are right; NaN where none is above the threshold."""
        with np.errstate(invalid="ignore"):
            return np.divide(self.matched, self.reported, dtype=float)

    @property
    def f1(self) -> np.ndarray:
        """Twice the right ones by objects and detections together, at each threshold."""
        both = np.array(self.reported, float) + self.objects
        with np.errstate(invalid="ignore"):
            return np.divide(2 * np.array(self.matched, float), both)

    @property
    def advised(self) -> float | None:
        """The confidence of the best F1, of several the lowest; None where no detection is right."""
        if not any(self.matched):
            return None
        return THRESHOLDS[int(np.nanargmax(self.f1))]

    def at(self, confidence: float) -> tuple[float, float, float]:
        """Recall, precision and F1 at the nearest threshold."""
        place = min(range(len(THRESHOLDS)), key=lambda i: abs(THRESHOLDS[i] - confidence))
        return float(self.recall[place]), float(self.precision[place]), float(self.f1[place])

    @property
    def error(self) -> float:
        """How far score and share right lie apart, the mean over detections (expected calibration error); NaN without."""
        total = sum(one.count for one in self.bins)
        gaps = sum(one.count * abs(one.score - one.share) for one in self.bins)
        return gaps / total if total else math.nan


@dataclass(frozen=True)
class Calibration:
    """What `calibrate` found over some pictures.

    Attributes:
        ways: Way of each of `WAYS`.
        pictures: how many.
        detector, weights: name, and hash of the file.
        over: which pictures, in words; command: what measures it again.
        size: longer side of the network's input, pixels; 0 where that was not kept.
    """

    ways: dict[str, Way]
    pictures: int
    detector: str = ""
    weights: str = ""
    over: str = ""
    command: str = COMMAND
    size: int = 0

    @property
    def objects(self) -> int:
        """How many objects were to be found."""
        return next(iter(self.ways.values())).objects

    def as_json(self) -> dict:
        """Return what `from_json` reads."""
        record = asdict(self)
        for way in record["ways"].values():
            way["bins"] = [[round(b["score"], 4), b["right"], b["count"]] for b in way["bins"]]
        return record

    @classmethod
    def from_json(cls, record: dict) -> Self:
        """Read a calibration back.

        Raises:
            ValueError, TypeError or KeyError: where the record is none of `as_json`.
        """
        ways = {
            name: Way(
                given["objects"],
                tuple(given["matched"]),
                tuple(given["reported"]),
                tuple(Bin(*row) for row in given["bins"]),
            )
            for name, given in record["ways"].items()
        }
        if set(ways) != set(WAYS) or any(len(w.matched) != len(THRESHOLDS) for w in ways.values()):
            raise ValueError("a way or a threshold is missing")
        return cls(**{**record, "ways": ways})


def calibrate(pictures: Iterable[tuple[DualPrediction, Truth]]) -> Calibration:
    """Match both ways' detections above the lowest threshold to truth and count them at every higher one.

    A higher confidence only cuts a list of detections off, with NMS as without, so each picture is matched once.

    Args:
        pictures: what both heads predict, and truth in the detector's classes; objects marked `ignore` count neither way.
    """
    answers: dict[str, list[tuple[torch.Tensor, torch.Tensor]]] = {name: [] for name in WAYS}
    objects = count = 0
    for prediction, truth in pictures:
        count += 1
        for name in WAYS:
            head, show, _judge = SELECTIONS[name]
            raw = getattr(prediction, head)
            shown = show(raw.boxes, raw.scores, confidence=THRESHOLDS[0])
            matches = match(shown, truth.boxes, truth.labels, ignore=truth.ignore)
            judged = ~matches.ignored
            answers[name].append((shown.scores.cpu()[judged], matches.matched[judged]))
        objects += matches.objects
    ways = {}
    for name, parts in answers.items():
        scores = np.concatenate([part[0].numpy() for part in parts] or [np.zeros(0, np.float32)])
        right = np.concatenate([part[1].numpy() for part in parts] or [np.zeros(0, bool)])
        ways[name] = _way(scores, right, objects)
    return Calibration(ways, count)


def _way(scores: np.ndarray, right: np.ndarray, objects: int) -> Way:
    order = np.argsort(scores, kind="stable")
    scores, right = scores[order], right[order]
    # a score must be above the confidence, compared in the precision of the scores
    first = np.searchsorted(scores, np.array(THRESHOLDS, np.float32), side="right")
    above = np.concatenate((right[::-1].cumsum()[::-1], [0]))
    edges = np.linspace(0, len(scores), min(BINS, len(scores)) + 1).round().astype(int)
    bins = tuple(
        Bin(float(scores[low:high].mean(dtype=float)), int(right[low:high].sum()), int(high - low))
        for low, high in pairwise(edges)
    )
    return Way(objects, tuple(above[first].tolist()), tuple((len(scores) - first).tolist()), bins)


@cache
def kept(path: Path = FILE) -> dict[str, Calibration]:
    """The kept calibrations of the bundled detectors, by name; empty where there is no file.

    Raises:
        ValueError: the file is no such table.
    """

    def refused(error: str) -> UserError:
        return UserError("{path} is no table of calibrations: {error}", path=path.name, error=error)

    return read_records(path, Calibration.from_json, refused)


def keep(made: Calibration, path: Path = FILE) -> None:
    """Put a detector's calibration into the table, in the place of its last one."""
    table = {name: one.as_json() for name, one in kept(path).items()}
    table[made.detector] = made.as_json()
    write_records(path, dict(sorted(table.items())))
    kept.cache_clear()


def advised_confidence(detector: str, way: str = "one2one") -> float:
    """The confidence to begin with: a bundled detector's of its best F1, 0.25 of any other weights."""
    measured = kept().get(detector)
    best = measured.ways[way].advised if measured else None
    return PLAIN_CONFIDENCE if best is None else best
