"""What the paper's analysis, THU-MIG's 2024 code and YOLO26 do differently once the metric is known."""

from dataclasses import dataclass
from typing import Literal

from dualviz.matching import Overlap

BestOverlap = Literal["positives", "candidates"]
Mode = Literal["code", "paper", "yolo26"]


@dataclass(frozen=True)
class Rules:
    """What the paper's analysis, THU-MIG's 2024 code and YOLO26 do differently, beside the metric itself.

    Attributes:
        overlap: what u is, "ciou" (clamped at 0) or "iou".
        conflicts: whether an anchor that several objects selected is given to one of them.
        best_overlap: targets scale with the object's largest overlap over its "positives" or over all its "candidates".
        eps: of the soft targets' denominator; 0 keeps them exact however small m is.
        picks: anchors an object selects for the one-to-one head.
        keep: of these, how many best it keeps after conflicts; None: all.
        least_side: sides shorter than so many network pixels count as so long when it is asked which anchors lie inside; 0: none.
    """

    overlap: Overlap = "ciou"
    conflicts: bool = True
    best_overlap: BestOverlap = "positives"
    eps: float = 0.0
    picks: int = 1
    keep: int | None = None
    least_side: float = 0.0


RULES: dict[Mode, Rules] = {
    "code": Rules(),
    "paper": Rules(overlap="iou", conflicts=False, best_overlap="candidates"),
    "yolo26": Rules(picks=7, keep=1, least_side=16.0),  # the second level's stride
}


def rules_of(mode: Mode) -> Rules:
    """Rules that a mode stands for.

    >>> rules_of("paper").overlap
    'iou'
    """
    if mode not in RULES:
        names = ", ".join(f'"{name}"' for name in RULES)
        raise ValueError(f"mode must be one of {names}, got {mode!r}")
    return RULES[mode]
