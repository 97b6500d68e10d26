"""What crowding costs each way out, measured: true objects that are missed, and duplicates and false boxes that are left.

Many rendered scenes, crowded more and more deeply, go through both heads of one detector. NMS runs at every threshold;
the one-to-one head has none, so its counts are one number a crowd. The page draws what `python -m dualviz crowding`
wrote into assets/crowding.json.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dualviz.detector import Detector, DualPrediction
from dualviz.pictures.scenes import STACKED, Scene, render
from dualviz.pictures.truth import Truth
from dualviz.postprocess import Detections, match, nms_free, non_max_suppression
from dualviz.study.calibration import advised_confidence
from dualviz.words import UserError

FILE = Path(__file__).parents[2] / "assets" / "crowding.json"
COMMAND = "python -m dualviz crowding"
OVERLAPS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)  # of the renderer's slider
THRESHOLDS = tuple(step / 20 for step in range(1, 21))  # 1.0: NMS suppresses nothing
SCENES = 100  # for each overlap
STACKS = 1000  # smears like the one on which the Detections page opens
NMS_IOU = 0.7
CONFIDENCE = 0.25
CROWD = Scene(red_cells=24, white_cells=0, platelets=0, crowding=0.8)


@dataclass(frozen=True)
class Counts:
    """Objects missed, duplicates and false detections of one path, over all scenes of a level."""

    missed: int
    duplicates: int
    false: int


@dataclass(frozen=True)
class Level:
    """One depth of crowding: the slider, how many objects count, each NMS threshold's counts, the one-to-one head's."""

    overlap: float
    objects: int
    one2many: tuple[Counts, ...]
    one2one: Counts


@dataclass(frozen=True)
class Failures:
    """How many smears, alike but for their seed, each way out gets wrong, at one confidence and NMS threshold.

    Attributes:
        smears: how many were rendered; their seeds are 0, 1 …
        repeats, misses: in how many an object is named twice or missed, by "nms" and "free".
    """

    smears: int
    confidence: float
    iou: float
    repeats: dict[str, int]
    misses: dict[str, int]


@dataclass(frozen=True)
class Crowding:
    """What `measure` found; `thresholds[i]` belongs to `levels[j].one2many[i]`; `stacks` of smears like the page's first."""

    detector: str
    weights: str
    scenes: int
    confidence: float
    thresholds: tuple[float, ...]
    levels: tuple[Level, ...]
    stacks: Failures | None = None

    @property
    def telling(self) -> Level:
        """The level to show first: past the middle, where neighbours overlap as much as duplicates do."""
        return self.levels[(len(self.levels) + 1) // 2 if len(self.levels) > 1 else 0]


def measure(
    detector: Detector,
    weights: str = "",
    scenes: int = SCENES,
    overlaps: Iterable[float] = OVERLAPS,
    thresholds: tuple[float, ...] = THRESHOLDS,
    progress: Callable = iter,
) -> Crowding:
    """Count what each path misses and repeats on rendered crowds.

    Args:
        detector: knows the renderer's classes.
        weights: which weights these are, for the record.
        scenes: how many are rendered for each overlap; their seeds are 1000, 1001 …, the same for every overlap.
        overlaps: of the renderer's slider, 0..0.9.
        thresholds: of NMS, 0..1.
        progress: wraps the iterator over scenes, for instance tqdm.

    Returns:
        Crowding: an object counts as missed when no detection matches it at IoU 0.5 as COCO matches; the renderer's own
        `ignore` marks (hardly visible) count neither way.
    """
    wanted = [replace(CROWD, overlap=o, seed=1000 + s) for o in overlaps for s in range(scenes)]
    rows: dict[float, list[list[Counts]]] = {}
    objects: dict[float, int] = {}
    for scene in progress(wanted):
        image, truth = render(scene)
        truth = truth.for_classes(detector.class_names)
        many, one = sweep(detector.predict(image), truth, thresholds)
        rows.setdefault(scene.overlap, []).append([*many, one])
        objects[scene.overlap] = objects.get(scene.overlap, 0) + int((~truth.ignore).sum())
    levels = []
    for overlap, pictures in rows.items():
        *many_counts, one_counts = (_sum(column) for column in zip(*pictures))
        levels.append(Level(overlap, objects[overlap], tuple(many_counts), one_counts))
    return Crowding(detector.name, weights, scenes, CONFIDENCE, tuple(thresholds), tuple(levels))


def measure_stacks(
    detector: Detector,
    smears: int = STACKS,
    progress: Callable = iter,
    confidence: float | None = None,
) -> Failures:
    """Count over smears like the one on which the Detections page opens how often each way out repeats or misses an object.

    The confidence is by default the one with which the page begins.
    """
    if confidence is None:
        confidence = advised_confidence(detector.name)
    repeats, misses = {"nms": 0, "free": 0}, {"nms": 0, "free": 0}
    for seed in progress(range(smears)):
        image, truth = render(replace(STACKED, seed=seed))
        truth = truth.for_classes(detector.class_names)
        (many,), one = sweep(detector.predict(image), truth, (NMS_IOU,), confidence)
        for way, counts in (("nms", many), ("free", one)):
            repeats[way] += counts.duplicates > 0
            misses[way] += counts.missed > 0
    return Failures(smears, confidence, NMS_IOU, repeats, misses)


def sweep(
    prediction: DualPrediction,
    truth: Truth,
    thresholds: Iterable[float] = THRESHOLDS,
    confidence: float = CONFIDENCE,
    max_detections: int = 300,
    class_agnostic: bool = False,
    multi_label: bool = False,
) -> tuple[list[Counts], Counts]:
    """One picture: what NMS misses and repeats at every threshold, and what the one-to-one head does without any."""
    many, one = prediction.one2many, prediction.one2one
    rest = (max_detections, class_agnostic, multi_label)
    return [
        _counts(non_max_suppression(many.boxes, many.scores, confidence, iou, *rest), truth)
        for iou in thresholds
    ], _counts(nms_free(one.boxes, one.scores, confidence, max_detections), truth)


def load_crowding(path: Path = FILE) -> Crowding | None:
    """Read a measurement; None where there is none.

    Raises:
        ValueError: the file is no measurement.
    """
    if not path.is_file():
        return None
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        levels = tuple(
            Level(
                level["overlap"],
                level["objects"],
                tuple(Counts(*row) for row in level["one2many"]),
                Counts(*level["one2one"]),
            )
            for level in given["levels"]
        )
        return Crowding(
            detector=given["detector"],
            weights=given["weights"],
            scenes=given["scenes"],
            confidence=given["confidence"],
            thresholds=tuple(given["thresholds"]),
            levels=levels,
            stacks=Failures(**given["stacks"]) if given.get("stacks") else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            "{file} is no measurement of crowding: {error}", file=path.name, error=repr(error)
        ) from None


def save_crowding(crowding: Crowding, path: Path = FILE) -> None:
    """Write a measurement as JSON of a few kilobytes, with the command that makes it again."""
    levels = [
        {
            "overlap": level.overlap,
            "objects": level.objects,
            "one2many": [list(asdict(row).values()) for row in level.one2many],
            "one2one": list(asdict(level.one2one).values()),
        }
        for level in crowding.levels
    ]
    record = {
        "command": f"{COMMAND} --detector {crowding.detector} --scenes {crowding.scenes}",
        "counts": "missed, duplicates, false",
        **{
            name: getattr(crowding, name)
            for name in ("detector", "weights", "scenes", "confidence")
        },
        "thresholds": crowding.thresholds,
        "levels": levels,
        "stacks": asdict(crowding.stacks) if crowding.stacks else None,
    }
    path.write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")


def _counts(detections: Detections, truth: Truth) -> Counts:
    matches = match(detections, truth.boxes, truth.labels, ignore=truth.ignore)
    return Counts(*(int(kind.sum()) for kind in (matches.missed, matches.duplicate, matches.false)))


def _sum(rows: Iterable[Counts]) -> Counts:
    return Counts(*map(sum, zip(*(asdict(row).values() for row in rows))))
