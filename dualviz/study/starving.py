"""Objects that no anchor learns, or whose anchors others want too, by size and by rule: who starves, and would another rule feed it?

Three rules are asked about the same predictions: THU-MIG's 2024 code (top 10 and top 1, then conflicts), YOLO26's (top 7,
conflicts, then 1 for the one-to-one head) and YOLO26's with its small-object rule, by which a side shorter than 16 network
pixels counts as 16 when it is asked which anchors lie inside.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor

from dualviz.assignment import assign, rules_of
from dualviz.detector import DualPrediction
from dualviz.matching import spatial_prior
from dualviz.pictures.truth import Truth
from dualviz.words import Labels

COMMAND = "python -m dualviz study starving"
HEADS = ("one2many", "one2one")
YOUNG = rules_of("yolo26")
TOP = 10  # anchors an object selects for the one-to-many head
RULES = Labels(
    {
        "thu": "THU-MIG’s 2024 code",
        "yolo26": "YOLO26 without its small-object rule",
        "small": "YOLO26 with its small-object rule",
    }
)
# of the one-to-one head: anchors selected, kept after conflicts; least side in network pixels
PICKS: dict[str, tuple[int, int | None, float]] = {
    "thu": (1, None, 0.0),
    "yolo26": (YOUNG.picks, YOUNG.keep, 0.0),
    "small": (YOUNG.picks, YOUNG.keep, YOUNG.least_side),
}
# √(width · height) in network pixels; 32 and 96 are COCO's borders of small, medium and large
SIZES = (8.0, 16.0, 32.0, 96.0)
NONE, CONTESTED, FED = "no positive", "contested", "fed"


@dataclass(frozen=True)
class Fate:
    """What one rule leaves one object.

    Attributes:
        inside: anchors inside its box, by the rule.
        positives: anchors it ends with, by head.
        contested: whether another object selected one of its anchors too, by head.
    """

    inside: int
    positives: dict[str, int]
    contested: dict[str, bool]

    def starves(self, head: str) -> bool:
        """Whether no anchor of this head learns it."""
        return self.positives[head] == 0

    def why(self, head: str) -> str:
        """Why it starves, as a key of `WHY`; "" where it does not."""
        if not self.starves(head):
            return ""
        return "outside" if not self.inside else "lost" if self.contested[head] else "worthless"


WHY = Labels(
    {
        "outside": "no anchor lies inside its box",
        "lost": "other objects took the anchors it selected",
        "worthless": "the metric is 0 at every anchor inside",
    }
)


@dataclass(frozen=True)
class Fed:
    """One object under all rules.

    Attributes:
        picture: its name; index: the picture's place in what was looked at.
        number: of the object among those that count, from 0.
        label: in the detector's classes; box: xyxy pixels of the picture.
        side: √(width · height) in network pixels.
        fates: Fate by rule, a key of `RULES`.
    """

    picture: str
    index: int
    number: int
    label: int
    box: tuple[float, float, float, float]
    side: float
    fates: dict[str, Fate]

    @property
    def size(self) -> int:
        """Which of the sizes: how many borders of `SIZES` its side reaches."""
        return sum(self.side >= border for border in SIZES)


def feed(pictures: Iterable[tuple[str, DualPrediction, Truth]]) -> list[Fed]:
    """Ask every rule what it leaves each object.

    Args:
        pictures: name, what both heads predict, and the truth that counts, in the detector's classes.
    """
    objects = []
    for index, (picture, prediction, truth) in enumerate(pictures):
        scale = prediction.pixel_scale
        sides = (truth.boxes[:, 2:] - truth.boxes[:, :2]).prod(-1).clamp(min=0).sqrt() / scale
        by_rule = _fates(prediction, truth, scale)
        for g, box in enumerate(truth.boxes.tolist()):
            objects.append(
                Fed(
                    picture,
                    index,
                    g,
                    int(truth.labels[g]),
                    tuple(box),
                    float(sides[g]),
                    {rule: fates[g] for rule, fates in by_rule.items()},
                )
            )
    return objects


def _fates(prediction: DualPrediction, truth: Truth, scale: float) -> dict[str, list[Fate]]:
    """Fate of every object by rule; two rules that select alike for a head are asked once."""
    inside: dict[float, Tensor] = {}
    made: dict[tuple, tuple[Tensor, Tensor]] = {}
    # only the objects' own classes matter, so that 1,203 of them cost no more than a few
    classes, labels = truth.labels.unique(return_inverse=True)
    scores = {head: getattr(prediction, head).scores[:, classes] for head in HEADS}
    fates = {}
    for rule, (picks, kept, least) in PICKS.items():
        reach = least * scale
        if reach not in inside:
            points = prediction.anchor_points
            inside[reach] = spatial_prior(points, truth.boxes, reach).sum(-1)
        by_head = {}
        for head, topk, keep in (("one2many", TOP, None), ("one2one", picks, kept)):
            key = (head, topk, keep, reach)
            if key not in made:
                assigned = assign(
                    scores[head],
                    getattr(prediction, head).boxes,
                    prediction.anchor_points,
                    truth.boxes,
                    labels,
                    topk,
                    keep=keep,
                    least_side=reach,
                )
                made[key] = assigned.positives, assigned.contested.any(-1)
            by_head[head] = made[key]
        fates[rule] = [
            Fate(
                int(inside[reach][g]),
                {head: int(positives[g]) for head, (positives, _contested) in by_head.items()},
                {head: bool(contested[g]) for head, (_positives, contested) in by_head.items()},
            )
            for g in range(len(truth.labels))
        ]
    return fates


@dataclass(frozen=True)
class Share:
    """Of objects of one size, under one rule and head: how many there are, starve, and have a contested anchor."""

    objects: int
    starving: int
    contested: int


def shares(objects: Sequence[Fed], rule: str, head: str) -> list[Share]:
    """Share of each size, smallest first: one more than there are `SIZES`."""
    parts = []
    for size in range(len(SIZES) + 1):
        own = [one.fates[rule] for one in objects if one.size == size]
        parts.append(
            Share(
                len(own),
                sum(fate.starves(head) for fate in own),
                sum(fate.contested[head] for fate in own),
            )
        )
    return parts


def starved(objects: Sequence[Fed], rule: str, head: str) -> list[Fed]:
    """Objects that no anchor of a head learns under a rule, the smallest first."""
    return sorted((o for o in objects if o.fates[rule].starves(head)), key=lambda o: o.side)
