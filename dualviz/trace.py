"""One picture through both heads: the frozen records every page, chart and export reads.

A `Setting` says what the user may turn; `trace` runs the detector once and lays beside each other what the two heads'
metrics make of every anchor. Turning a knob afterwards costs no network: `trace_prediction` starts from its output.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dualviz.agreement import (
    RankAgreement,
    candidate_ranks,
    gap_bounds,
    rank_agreement,
    supervision_gap,
)
from dualviz.assignment import (
    Assignment,
    Mode,
    Pairs,
    Rules,
    assign_pairs,
    pairs_with_metric,
    rows_and_cells,
    rules_of,
)
from dualviz.detector import Detector, DualPrediction, HeadPrediction
from dualviz.matching import spatial_prior
from dualviz.pictures.truth import Truth


@dataclass(frozen=True)
class Setting:
    """The knobs of the matching: names, and the paper's defaults.

    Attributes:
        alpha, beta: exponents of the one-to-many head's metric, 0.01..20.
        topk: anchors the one-to-many head selects per object, at least 1.
        r: under the lock the one-to-one head's exponents are r·α and r·β, 0.01..20.
        locked: whether the two metrics are consistent.
        alpha_one2one, beta_one2one: the one-to-one head's own exponents when not locked.
        shared: the one-to-many head's p and boxes stand for both heads (the paper's analysis), or each has its own.
        mode: key of the rules: "code" ranks by CIoU, settles conflicts and takes u over the positives; "paper" ranks by
            IoU, has no conflicts and takes u*, the object's largest overlap; "yolo26" is the code's, but its one-to-one head
            selects 7 and keeps the best that conflicts leave it, and small objects count as 16 network pixels wide and high.
    """

    alpha: float = 0.5
    beta: float = 6.0
    topk: int = 10
    r: float = 1.0
    locked: bool = True
    alpha_one2one: float = 0.5
    beta_one2one: float = 6.0
    shared: bool = False
    mode: Mode = "code"

    @property
    def rules(self) -> Rules:
        """What the mode stands for."""
        return rules_of(self.mode)

    @classmethod
    def taught_by(cls, alpha: float, beta: float) -> "Setting":
        """The metrics that teach a run's heads, its one-to-one head by exponents of its own.

        >>> Setting.taught_by(1, 2).exponents("one2one"), Setting.taught_by(1, 2).exponents("one2many")
        ((1, 2), (0.5, 6.0))
        """
        return cls(locked=False, alpha_one2one=alpha, beta_one2one=beta)

    def exponents(self, head: Literal["one2many", "one2one"]) -> tuple[float, float]:
        """α and β that one head really uses.

        >>> Setting(r=2.0).exponents("one2one")
        (1.0, 12.0)
        """
        if head == "one2many":
            return self.alpha, self.beta
        if self.locked:
            return self.r * self.alpha, self.r * self.beta
        return self.alpha_one2one, self.beta_one2one


@dataclass(frozen=True)
class HeadTrace:
    """What one head's predictions are worth to every object. A anchors, C classes, G objects.

    Attributes:
        boxes (Tensor[A, 4]), scores (Tensor[A, C]): the predictions used, in picture pixels.
        pairs: what they are worth, for every object and anchor inside it.
        assignment: selections, conflicts and soft targets (eps = 0).
        power: log m is so many times the pairs' key, whose order it keeps.
    """

    boxes: Tensor
    scores: Tensor
    pairs: Pairs
    assignment: Assignment
    power: float = 1.0

    @cached_property
    def p(self) -> Tensor:
        """Score of the object's class: Tensor[G, A], float64, 0 outside the object."""
        return self.pairs.table(self.pairs.p, 0)

    @cached_property
    def overlaps(self) -> Tensor:
        """Overlap u: Tensor[G, A], float64, 0 outside the object."""
        return self.pairs.table(self.pairs.u, 0)

    @cached_property
    def log_metric(self) -> Tensor:
        """Tensor[G, A]: log m, float64, −inf outside the object."""
        return self.pairs.table(self.pairs.key * self.power, -torch.inf)

    @cached_property
    def rank(self) -> Tensor:
        """Tensor[G, A]: int64, 1 = best, 0 = no candidate."""
        return candidate_ranks(self.pairs.table(self.pairs.key, -torch.inf))


@dataclass(frozen=True)
class DualTrace:
    """Both heads of one detector on one picture, under one setting.

    Attributes:
        image: uint8 (H, W, 3) RGB.
        truth: G objects that count, labels by the detector's classes.
        class_names: of the detector.
        prediction: the network's output, from which another setting can be traced.
        setting: the knobs this trace was made with.
        prior (Tensor[G, A]): bool, s, by the rules' least side.
        one2many, one2one: HeadTrace of each head.
    """

    image: np.ndarray
    truth: Truth
    class_names: tuple[str, ...]
    prediction: DualPrediction
    setting: Setting
    prior: Tensor
    one2many: HeadTrace
    one2one: HeadTrace

    @cached_property
    def agreement(self) -> RankAgreement:
        """Ranks of one head against the other, for each object."""
        return rank_agreement(self.one2many.log_metric, self.one2one.log_metric)

    @cached_property
    def gap(self) -> Tensor:
        """Supervision gap of each object, Tensor[G]; NaN where the one-to-one head picks nothing."""
        return self.gap_of(slice(None))

    @cached_property
    def gap_bounds(self) -> tuple[Tensor, Tensor]:
        """Floor and ceiling of the gap of each object, each Tensor[G]; NaN as the gap is."""
        return self.gap_bounds_of(slice(None))

    def gap_of(self, g: int | slice) -> Tensor:
        """`gap` of one object or of some, and no more is computed."""
        many, one = (head.assignment.object_targets[g] for head in (self.one2many, self.one2one))
        return supervision_gap(many, one).where(self._picked[g], torch.nan)

    def gap_bounds_of(self, g: int | slice) -> tuple[Tensor, Tensor]:
        """`gap_bounds` of one object or of some, and no more is computed."""
        one, targets = self.one2one, self.one2many.assignment.object_targets[g]
        candidates = one.log_metric[g] > -torch.inf
        floor, ceiling = gap_bounds(targets, one.overlaps[g], candidates, self.setting.mode)
        picked = self._picked[g]
        return floor.where(picked, torch.nan), ceiling.where(picked, torch.nan)

    @property
    def _picked(self) -> Tensor:
        return self.one2one.assignment.candidates[:, 0] >= 0

    @property
    def anchor_points(self) -> Tensor:
        """Cell centres (A, 2) in picture pixels."""
        return self.prediction.anchor_points

    @property
    def level(self) -> Tensor:
        """Level index (A,) of each anchor."""
        return self.prediction.level


def trace(
    image: np.ndarray,
    truth: Truth,
    detector: Detector,
    setting: Setting | None = None,
    size: int | None = None,
) -> DualTrace:
    """Send a picture through both heads and trace what the matching makes of it.

    Args:
        image: uint8 (H, W, 3) RGB.
        truth: objects in picture pixels, of which those that count are traced; its class names must all be the detector's.
        detector: see `dualviz.detector.load_detector`.
        setting: the knobs; the paper's defaults where None.
        size: longer side of the network's input; None: the size stored with the weights.

    Returns:
        DualTrace.
    """
    prediction = detector.predict(image, size)
    return trace_prediction(image, truth, prediction, detector.class_names, setting or Setting())


def trace_prediction(
    image: np.ndarray,
    truth: Truth,
    prediction: DualPrediction,
    class_names: tuple[str, ...],
    setting: Setting,
) -> DualTrace:
    """Trace the matching from an output the network gave before; arguments and result as for `trace`."""
    truth = truth.for_classes(class_names).taught
    least_side = setting.rules.least_side * prediction.pixel_scale
    prior = spatial_prior(prediction.anchor_points, truth.boxes, least_side)
    inside = rows_and_cells(prior)
    many = _head(prediction.one2many, "one2many", truth, inside, setting)
    if setting.shared and setting.locked:
        one = _powers(many, truth, setting)
    else:
        source = prediction.one2many if setting.shared else prediction.one2one
        one = _head(source, "one2one", truth, inside, setting)
    return DualTrace(image, truth, class_names, prediction, setting, prior, many, one)


def _head(
    prediction: HeadPrediction,
    head: Literal["one2many", "one2one"],
    truth: Truth,
    inside: tuple[Tensor, Tensor],
    setting: Setting,
) -> HeadTrace:
    boxes, scores, rules = prediction.boxes, prediction.scores, setting.rules
    exponents = setting.exponents(head)
    pairs = pairs_with_metric(
        inside, scores, boxes, truth.boxes, truth.labels, exponents, rules.overlap
    )
    topk, keep = (setting.topk, None) if head == "one2many" else (rules.picks, rules.keep)
    assignment = assign_pairs(pairs, scores, truth.boxes, truth.labels, topk, rules, keep)
    return HeadTrace(boxes, scores, pairs, assignment)


def _powers(many: HeadTrace, truth: Truth, setting: Setting) -> HeadTrace:
    """Return the one-to-one head under the lock with shared predictions: m^r, in the order of m and never re-ranked."""
    rules = setting.rules
    assignment = assign_pairs(
        many.pairs, many.scores, truth.boxes, truth.labels, rules.picks, rules, rules.keep
    )
    key = assignment.candidate_log_metrics * setting.r
    assignment = replace(assignment, candidate_log_metrics=key)
    return replace(many, assignment=assignment, power=setting.r)
