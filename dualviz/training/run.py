"""What a training run is: everything that decides its result, checked before it begins."""

import math
from dataclasses import dataclass, field

from dualviz.detector.network import HEADS
from dualviz.training.data import STRIDE, Recipe

PLACES = ("annotations", "images", "out", "workers", "start")  # may differ when a run is resumed


@dataclass(frozen=True)
class Teacher:
    """How one head's positives are chosen: the arguments of `dualviz.assignment.assign`."""

    topk: int
    alpha: float = 0.5
    beta: float = 6.0
    keep: int | None = None


@dataclass(frozen=True)
class Run:
    """Everything a run depends on; equal fields on one device, with as many threads, give equal weights.

    Attributes:
        annotations, images: COCO-format labels and the folder of their pictures (None: beside the file, its name).
        out: folder for checkpoints, log and weights.
        scale: a name of `dualviz.detector.network.SCALES`.
        pictures: samples seen in all; the schedule stretches to this number.
        batch, learning_rate, weight_decay, seed: of AdamW with a cosine schedule.
        recipe: what happens to the pictures.
        scenes_from, closing_from: shares of the run after which rendered scenes join and the closing phase begins.
        one2many, one2one: how each head's positives are chosen.
        heads: heads that run and are taught; both unless an ablation leaves one at its first weights.
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
    seed: int = 0
    recipe: Recipe = field(default_factory=Recipe)
    scenes_from: float = 0.0
    closing_from: float = 0.8
    one2many: Teacher = field(default_factory=lambda: Teacher(10))
    one2one: Teacher = field(default_factory=lambda: Teacher(1))
    heads: tuple[str, ...] = HEADS
    start: str | None = None
    snapshots: int = 0
    workers: int = 1

    def __post_init__(self) -> None:
        least = {"pictures": 1, "batch": 1, "seed": 0, "workers": 0, "snapshots": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be at least {low}, got {getattr(self, name)}")
        shares = {name: getattr(self, name) for name in ("scenes_from", "closing_from")}
        shares |= {name: getattr(self.recipe, name) for name in ("mosaic", "mixup", "scenes")}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is a share and must be within 0..1, got {share}")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not 0 < self.recipe.grow_from <= 1:
            raise ValueError(f"grow_from must be above 0, at most 1, got {self.recipe.grow_from}")
        if any(side < STRIDE or side % STRIDE for side in self.recipe.canvas_wh):
            raise ValueError(
                f"the network's input must have sides of multiples of {STRIDE}, got {self.recipe.canvas_wh}"
            )

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return max(1, self.pictures // self.batch)
