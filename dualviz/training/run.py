"""What a training run is: everything that decides its result, checked before it begins."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dualviz.detector.network import HEADS
from dualviz.matching import check_exponents
from dualviz.study.ablation import Row
from dualviz.training.data import STRIDE, Recipe
from dualviz.words import UserError

PLACES = ("annotations", "images", "out", "workers", "start")  # may differ when a run is resumed


@dataclass(frozen=True)
class Teacher:
    """How one head's positives are chosen.

    Attributes:
        topk, alpha, beta, keep, least_side: as of `dualviz.assignment.assign`.
        hungarian: one anchor an object such that the sum of metrics is largest, in place of the best `topk` (which is then 1).
    """

    topk: int = 1
    alpha: float = 0.5
    beta: float = 6.0
    keep: int | None = None
    hungarian: bool = False
    least_side: float = 0.0

    def __post_init__(self) -> None:
        check_exponents(self.alpha, self.beta)
        for name in ("topk", "keep"):
            if (number := getattr(self, name)) is not None and number < 1:
                raise UserError("{name} must be at least 1, got {number}", name=name, number=number)
        if not 0 <= self.least_side < math.inf:
            raise UserError("least_side must be at least 0, got {value}", value=self.least_side)
        if self.hungarian and (self.topk, self.keep) != (1, None):
            raise UserError("Hungarian matching gives one anchor an object: no topk, no keep")

    @classmethod
    def of(cls, row: Row) -> "Teacher":
        """How a row of the ablation chooses its one-to-one head's positives."""
        return cls(row.topk, row.alpha, row.beta, row.keep, row.hungarian, row.least_side)

    @classmethod
    def from_words(cls, name: str, words: Sequence[str]) -> "Teacher":
        """A teacher from settings `name=value`; `name` is that of its head, for what is wrong.

        >>> Teacher.from_words("one2one", ["beta=2"]).beta
        2.0
        """
        return cls(**_settings(name, words))


def _settings(head: str, words: Sequence[str], more: Sequence[str] = ()) -> dict[str, Any]:
    """Fields of `Teacher`, and `more` whole numbers, from words `name=value` and `hungarian`.

    Raises:
        ValueError: no such setting, or no such value.
    """
    kinds: dict[str, Callable[[str], float]] = dict.fromkeys(("topk", "keep", *more), int)
    kinds |= dict.fromkeys(("alpha", "beta", "least_side"), float)
    given: dict[str, Any] = {}
    for word in words:
        key, _, value = word.partition("=")
        try:
            given[key] = True if word == "hungarian" else kinds[key](value)
        except (KeyError, ValueError):
            raise UserError(
                "{head} has {word}, expected some of {wanted}, hungarian",
                head=head,
                word=repr(word),
                wanted=", ".join(f"{kind}=number" for kind in kinds),
            ) from None
    return given


@dataclass(frozen=True)
class Rider:
    """One more one-to-one head on a run's trunk, which does not feel it.

    Attributes:
        name: of its file and in the log; small letters, digits and hyphens.
        teacher: how its positives are chosen.
        draw: which first weights: 0 those of the run's own one-to-one head, any other number others, drawn at random.
    """

    name: str
    teacher: Teacher = field(default_factory=Teacher)
    draw: int = 0

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", self.name) or self.name in (*HEADS, "trunk"):
            raise UserError(
                "a rider's name must be small letters, digits and hyphens, and not {heads} or trunk, got {given}",
                heads=", ".join(HEADS),
                given=repr(self.name),
            )
        if self.draw < 0:
            raise UserError("draw must be at least 0, got {value}", value=self.draw)

    @classmethod
    def of(cls, row: Row) -> "Rider":
        """The one-to-one head of a row of the ablation."""
        return cls(row.name, Teacher.of(row), row.draw)

    @classmethod
    def from_words(cls, words: Sequence[str]) -> "Rider":
        """A rider from its name and settings `name=value`.

        Raises:
            ValueError: no such setting, or no such value.

        >>> Rider.from_words(["seven", "topk=7", "keep=1"]).teacher.topk, Rider.from_words(["other", "draw=1"]).draw
        (7, 1)
        """
        name, *settings = words
        given = _settings(name, settings, ("draw",))
        draw = given.pop("draw", 0)
        return cls(name, Teacher(**given), draw)


@dataclass(frozen=True)
class Run:
    """Everything a run depends on; equal fields on one device, with as many threads, give equal weights.

    Attributes:
        annotations, images: COCO-format labels and the folder of their pictures (None: beside the file, its name).
        out: folder for checkpoints, log and weights.
        scale: a name of `dualviz.detector.network.SCALES`.
        pictures: samples seen in all; the schedule stretches to this number.
        batch, learning_rate, weight_decay, seed: of AdamW with a cosine schedule.
        one2one_rate: factor on the learning rate of every one-to-one head: with one positive an object it learns slowly.
        recipe: what happens to the pictures.
        scenes_from, closing_from: shares of the run after which rendered scenes join and the closing phase begins.
        one2many, one2one: how each head's positives are chosen.
        heads: the network's own heads that run and are taught; both unless an ablation leaves one at its first weights.
        riders: further one-to-one heads, each with its own teacher; on detached features they leave the trunk as it is.
        detach_one2one: whether the own one-to-one head too leaves the trunk as it is where there is a one-to-many head.
        start: weights to begin with instead of random ones.
        snapshots: how many log-spaced snapshots are kept for the replay, the untrained network first.
        workers: processes that prepare pictures; the result does not depend on it.
    """

    annotations: str
    images: str | None
    out: str
    scale: str = "pico"
    pictures: int = 60_000
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 0.03
    one2one_rate: float = 1.0
    seed: int = 0
    recipe: Recipe = field(default_factory=Recipe)
    scenes_from: float = 0.0
    closing_from: float = 0.8
    one2many: Teacher = field(default_factory=lambda: Teacher(10))
    one2one: Teacher = field(default_factory=lambda: Teacher(1))
    heads: tuple[str, ...] = HEADS
    riders: tuple[Rider, ...] = ()
    detach_one2one: bool = True
    start: str | None = None
    snapshots: int = 0
    workers: int = 1

    def __post_init__(self) -> None:
        least = {"pictures": 1, "batch": 1, "seed": 0, "workers": 0, "snapshots": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise UserError(
                    "{name} must be at least {low}, got {value}",
                    name=name,
                    low=low,
                    value=getattr(self, name),
                )
        shares = {name: getattr(self, name) for name in ("scenes_from", "closing_from")}
        shares |= {name: getattr(self.recipe, name) for name in ("mosaic", "mixup", "scenes")}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise UserError(
                    "{name} is a share and must be within 0..1, got {share}", name=name, share=share
                )
        for name in ("learning_rate", "one2one_rate"):
            if not 0 < (value := getattr(self, name)) < math.inf:
                raise UserError("{name} must be positive, got {value}", name=name, value=value)
        if not 0 < self.recipe.grow_from <= 1:
            raise UserError(
                "grow_from must be above 0, at most 1, got {value}", value=self.recipe.grow_from
            )
        names = Counter(rider.name for rider in self.riders)
        if twice := [name for name, count in names.items() if count > 1]:
            raise UserError(
                "riders must have different names, got {names} twice", names=", ".join(twice)
            )
        if any(side < STRIDE or side % STRIDE for side in self.recipe.canvas_wh):
            raise UserError(
                "the network's input must have sides of multiples of {stride}, got {sides}",
                stride=STRIDE,
                sides=self.recipe.canvas_wh,
            )

    @property
    def teachers(self) -> dict[str, Teacher]:
        """How every head that learns is taught, by its name: the network's own, then the riders."""
        own = {name: getattr(self, name) for name in self.heads}
        return own | {rider.name: rider.teacher for rider in self.riders}

    def weights(self, rider: str = "") -> Path:
        """File of the averaged weights, its one-to-one head the network's own or a rider's."""
        return weights_file(Path(self.out), rider)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return max(1, self.pictures // self.batch)


def weights_file(out: Path, rider: str = "") -> Path:
    """File of a run's averaged weights in its folder, as of `Run.weights`."""
    return out / f"weights{'-' * bool(rider)}{rider}.safetensors"
