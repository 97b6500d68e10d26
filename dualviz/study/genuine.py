"""What released and bundled detectors reach, measured here: agreement, AP, calibration, starving objects and time.

One run over a labelled set gives every measure with an interval: the pictures are drawn again with replacement, as often
as there are pictures, and the middle 95 % of what the drawings give is kept. What was measured stands in
assets/genuine.json with its command, so that the page needs neither the weights nor the pictures. The paper's figures come
from `dualviz.study.paper`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np

from dualviz.agreement import TOP_K
from dualviz.detector import Detector
from dualviz.pictures.dataset import CocoFolder
from dualviz.study import paper, starving
from dualviz.study.calibration import PLAIN_CONFIDENCE, THRESHOLDS, WAYS, calibrate
from dualviz.study.evaluation import PATH_NAMES, PATHS, Looked, look, need_pycocotools
from dualviz.study.precision import Matched
from dualviz.study.records import read_records, write_records
from dualviz.study.sets import Seen, seen, shared_classes
from dualviz.study.timing import device_words
from dualviz.words import ENGLISH, Labels, Sentence, UserError, speaking

FILE = Path(__file__).parents[2] / "assets" / "genuine.json"
COMMAND = "python -m dualviz study genuine"
DRAWINGS = 1000
MIDDLE = (2.5, 97.5)  # percent of the drawings
EASY = THRESHOLDS.index(PLAIN_CONFIDENCE)


class Estimate(NamedTuple):
    """A figure and the middle 95 % of what it is over drawings of the pictures; NaN where it cannot be told."""

    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.low <= value <= self.high


class Measure(NamedTuple):
    """One row of the table.

    Attributes:
        key: in the file.
        group: a key of `GROUPS`.
        sentence: what it is called.
        unit: a share of 1, a confidence, a number, or milliseconds; shares and confidences are drawn.
        head: whose it is; "" for both.
    """

    key: str
    group: str
    sentence: Sentence
    unit: Literal["share", "confidence", "number", "milliseconds"]
    head: str = ""


GROUPS = Labels(
    {
        "ap": "AP",
        "agreement": "Agreement of the heads",
        "calibration": "What a score is worth",
        "starving": "Starving objects, one-to-one",
        "time": "Time",
    }
)
MEASURES = {
    one.key: one
    for one in (
        Measure("ap one2many raw", "ap", PATH_NAMES.sentence("one2many raw"), "share", "one2many"),
        Measure(
            "ap one2many + NMS", "ap", PATH_NAMES.sentence("one2many + NMS"), "share", "one2many"
        ),
        Measure("ap one2one", "ap", PATH_NAMES.sentence("one2one"), "share", "one2one"),
        Measure("ap one2one + NMS", "ap", PATH_NAMES.sentence("one2one + NMS"), "share", "one2one"),
        Measure("top 1", "agreement", Sentence("picks in the Top-1"), "share"),
        Measure("top 5", "agreement", Sentence("picks in the Top-5"), "share"),
        Measure("top 10", "agreement", Sentence("picks in the Top-10"), "share"),
        Measure("gap", "agreement", Sentence("supervision gap"), "number"),
        Measure("floor", "agreement", Sentence("floor of the gap"), "number"),
        Measure("ceiling", "agreement", Sentence("ceiling of the gap"), "number"),
        Measure("way", "agreement", Sentence("gap, from floor to ceiling"), "share"),
        Measure(
            "recall one2many + NMS",
            "calibration",
            Sentence("recall at 0.25, with NMS"),
            "share",
            "one2many",
        ),
        Measure(
            "recall one2one",
            "calibration",
            Sentence("recall at 0.25, no NMS"),
            "share",
            "one2one",
        ),
        Measure(
            "advised one2many + NMS",
            "calibration",
            Sentence("advised confidence, with NMS"),
            "confidence",
            "one2many",
        ),
        Measure(
            "advised one2one",
            "calibration",
            Sentence("advised confidence, no NMS"),
            "confidence",
            "one2one",
        ),
        Measure(
            "f1 one2many + NMS",
            "calibration",
            Sentence("F1 there, with NMS"),
            "share",
            "one2many",
        ),
        Measure("f1 one2one", "calibration", Sentence("F1 there, no NMS"), "share", "one2one"),
        Measure(
            "repeats one2one",
            "calibration",
            Sentence("repeats a picture at 0.25, no NMS"),
            "number",
            "one2one",
        ),
        Measure("starving thu", "starving", Sentence("THU-MIG’s 2024 code"), "share", "one2one"),
        Measure(
            "starving yolo26",
            "starving",
            Sentence("YOLO26, no small-object rule"),
            "share",
            "one2one",
        ),
        Measure(
            "starving small",
            "starving",
            Sentence("YOLO26, small-object rule"),
            "share",
            "one2one",
        ),
        Measure(
            "ms one2many + NMS",
            "time",
            Sentence("picture to answer, with NMS"),
            "milliseconds",
            "one2many",
        ),
        Measure(
            "ms one2one", "time", Sentence("picture to answer, no NMS"), "milliseconds", "one2one"
        ),
        Measure("part one2many + NMS", "time", Sentence("NMS’s share of it"), "share", "one2many"),
        Measure("part one2one", "time", Sentence("NMS-free selection’s share"), "share", "one2one"),
    )
}


class Printed(NamedTuple):
    """A figure of the paper and where it stands."""

    value: float
    source: Sentence


def printed(detector: str) -> dict[str, Printed]:
    """What the paper prints for a released detector, by measure; nothing of others.

    >>> printed("yolov10n")["ap one2one"].value, printed("pico-cells")
    (0.385, {})
    """
    row = next((one for one in paper.TABLE1 if f"yolov10{one.name.lower()}" == detector), None)
    if row is None:
        return {}
    shares = zip(TOP_K, paper.FIG2B["consistent"])
    return {
        "ap one2one": Printed(row.ap / 100, Sentence("Table 1, 5,000 pictures")),
        "ms one2one": Printed(row.milliseconds, Sentence("Table 1, one head, T4, TensorRT FP16")),
        **{f"top {k}": Printed(share, Sentence("Fig. 2(b), YOLOv8-S")) for k, share in shares},
    }


@dataclass(frozen=True)
class Reached:
    """What one detector reaches on one set.

    Attributes:
        detector: its name; weights: the file's name; sha256: of that file.
        over: the set; pictures, objects: how many; picked: objects with a one-to-one pick, of which agreement speaks.
        size: longer side of the network's input, pixels.
        device: on which the times were taken.
        command: what measures it again.
        figures: Estimate of each of `MEASURES`, by key.
    """

    detector: str
    weights: str
    sha256: str
    over: str
    pictures: int
    objects: int
    picked: int
    size: int
    device: str
    command: str
    figures: Mapping[str, Estimate]

    def as_json(self) -> dict:
        """Return what `from_json` reads: five decimals, null for what is no number."""
        figures = {
            key: [None if math.isnan(one) else round(one, 5) for one in self.figures[key]]
            for key in MEASURES
        }
        return asdict(self) | {"figures": figures}

    @classmethod
    def from_json(cls, record: dict) -> Self:
        """Read it back.

        Raises:
            ValueError, TypeError or KeyError: where the record is none of `as_json`.
        """
        figures = {
            key: Estimate(
                *(math.nan if one is None else float(one) for one in record["figures"][key])
            )
            for key in MEASURES
        }
        return cls(**{**record, "figures": figures})


def reach(
    detector: Detector,
    folder: CocoFolder,
    size: int | None = None,
    progress: Callable = iter,
    drawings: int | None = None,
) -> tuple[dict[str, Estimate], int]:
    """Measure everything over a set, and count the objects with a one-to-one pick; arguments as for `dualviz.study.evaluation.evaluate`.

    Args:
        drawings: of the pictures, with replacement; None: `DRAWINGS`.

    Raises:
        ValueError: as `evaluate` raises it.
    """
    need_pycocotools()
    to_detector, _notes = shared_classes(folder, detector)
    to_category = {label: folder.category_ids[own] for own, label in to_detector.items()}
    looked, counted = [], []
    for one, record in zip(seen(detector, folder, size, progress), folder.records):
        looked.append(look(one, record["id"], to_category))
        counted.append(_counted(one))
    drawn = Drawn(len(looked), drawings or DRAWINGS)
    order = np.argsort([record["id"] for record in folder.records])
    labelled = folder.as_coco(sorted(to_detector))
    figures = {f"ap {path}": drawn.precision(looked, path, labelled, order) for path in PATHS}
    figures |= _agreement(drawn, looked) | _calibration(drawn, counted, looked)
    starved = np.array([one.starving for one in counted], float)
    objects = np.array([one.objects for one in counted], float)
    for place, rule in enumerate(starving.RULES):
        figures[f"starving {rule}"] = drawn.ratio(starved[:, place], objects)
    network = np.array([one.network_milliseconds for one in looked])
    for way in WAYS:
        spent = np.array([one.milliseconds[way] for one in looked])
        figures[f"ms {way}"] = drawn.median(network + spent)
        figures[f"part {way}"] = drawn.median(spent / (network + spent))
    picked = sum(int((~one.alignment[:, 0].isnan()).sum()) for one in looked)
    return {key: figures[key] for key in MEASURES}, picked


class _Counted(NamedTuple):
    """Of one picture: objects, starving ones by rule, and by way what is right and reported above each threshold."""

    objects: int
    starving: list[int]
    matched: dict[str, tuple[int, ...]]
    reported: dict[str, tuple[int, ...]]


def _counted(one: Seen) -> _Counted:
    fed = starving.feed([(one.name, one.prediction, one.taught)])
    starved = [sum(o.fates[rule].starves("one2one") for o in fed) for rule in starving.RULES]
    ways = calibrate([(one.prediction, one.truth)]).ways
    return _Counted(
        len(fed),
        starved,
        {name: way.matched for name, way in ways.items()},
        {name: way.reported for name, way in ways.items()},
    )


class Drawn:
    """Drawings of N pictures with replacement, the same for every measure."""

    def __init__(self, pictures: int, drawings: int = DRAWINGS) -> None:
        places = np.random.default_rng(0).integers(pictures, size=(drawings, pictures))
        self.places = places
        self.counts = np.stack([np.bincount(one, minlength=pictures) for one in places])

    def ratio(self, part: np.ndarray, whole: np.ndarray) -> Estimate:
        """Sum of (N,) by sum of (N,).

        >>> Drawn(2).ratio(np.ones(2), np.full(2, 4.0))
        Estimate(value=0.25, low=0.25, high=0.25)
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            return estimate(part.sum() / whole.sum(), (self.counts @ part) / (self.counts @ whole))

    def median(self, values: np.ndarray) -> Estimate:
        """Of (N,) values."""
        return estimate(np.median(values), np.median(values[self.places], axis=1))

    def precision(
        self, looked: list[Looked], path: str, labelled: dict, order: np.ndarray
    ) -> Estimate:
        """AP of a path; `order` puts the pictures into that of their ids.

        A drawing lacks rare classes and repeats pictures, so that its AP tends to be higher: only its spread is taken.
        """
        matched = Matched(labelled, [row for one in looked for row in one.rows[path]])
        again = np.array([matched.precision(counts[order])[0] for counts in self.counts])
        ap = matched.precision()[0]
        return estimate(ap, ap + again - np.median(again))


def estimate(value: float, drawn: np.ndarray) -> Estimate:
    """A figure with the middle of its drawings; those that tell nothing do not count."""
    known = drawn[~np.isnan(drawn)]
    low, high = np.percentile(known, MIDDLE) if len(known) else (math.nan, math.nan)
    return Estimate(float(value), float(low), float(high))


def _agreement(drawn: Drawn, looked: list[Looked]) -> dict[str, Estimate]:
    picked = np.array([int((~one.alignment[:, 0].isnan()).sum()) for one in looked], float)
    inside = np.array([one.alignment.nansum(0).tolist() for one in looked])
    sums = np.array([one.gaps.nansum(-1).tolist() for one in looked])  # (N, 3): A, floor, ceiling
    gap, floor, ceiling = sums.T
    figures = {f"top {k}": drawn.ratio(inside[:, place], picked) for place, k in enumerate(TOP_K)}
    for key, values in (("gap", gap), ("floor", floor), ("ceiling", ceiling)):
        figures[key] = drawn.ratio(values, picked)
    figures["way"] = drawn.ratio(gap - floor, ceiling - floor)
    return figures


def _calibration(
    drawn: Drawn, counted: list[_Counted], looked: list[Looked]
) -> dict[str, Estimate]:
    objects = np.array([one.objects for one in counted], float)
    figures = {}
    for way in WAYS:
        right = np.array([one.matched[way] for one in counted], float)
        reported = np.array([one.reported[way] for one in counted], float)
        figures[f"recall {way}"] = drawn.ratio(right[:, EASY], objects)
        whole = reported + objects[:, None]
        best = int(np.nanargmax(2 * right.sum(0) / whole.sum(0)))
        again = np.nanargmax(2 * (drawn.counts @ right) / (drawn.counts @ whole), axis=1)
        thresholds = np.array(THRESHOLDS)
        figures[f"advised {way}"] = estimate(thresholds[best], thresholds[again])
        figures[f"f1 {way}"] = drawn.ratio(2 * right[:, best], whole[:, best])
    repeats = np.array([one.duplicates["one2one"] for one in looked], float)
    figures["repeats one2one"] = drawn.ratio(repeats, np.ones(len(looked)))
    return figures


def device_named(detector: Detector) -> str:
    """The device in the file's language."""
    with speaking(ENGLISH):
        return device_words(detector.device)


@cache
def kept(path: Path = FILE) -> dict[str, Reached]:
    """What was measured, by the detector's name; empty where there is no file.

    Raises:
        ValueError: the file is no such table.
    """

    def refused(error: str) -> UserError:
        return UserError(
            "{path} is no table of measured detectors: {error}", path=path.name, error=error
        )

    return read_records(path, Reached.from_json, refused)


def keep(reached: Reached, path: Path = FILE) -> None:
    """Put what a detector reaches into the table, in the place of its last."""
    table = {name: one.as_json() for name, one in kept(path).items()}
    table[reached.detector] = reached.as_json()
    write_records(path, table)
    kept.cache_clear()
