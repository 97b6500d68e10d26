"""One picture through both heads: the frozen records every page, chart and export reads.

A `Setting` says what the user may turn; `trace` runs the detector once and lays beside each other what the two heads'
metrics make of every anchor. Turning a knob afterwards costs no network: `trace_prediction` starts from its output.
"""

from dataclasses import dataclass, replace
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
from dualviz.assignment import Assignment, Mode, Rules, assign_pairs, pairs_of, rules_of
from dualviz.detector import Detector, DualPrediction, HeadPrediction
from dualviz.matching import class_scores, log_matching_metric, overlaps, spatial_prior
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
        p, overlaps, log_metric (Tensor[G, A]): float64; 0, 0 and −inf outside the object.
        rank (Tensor[G, A]): int64, 1 = best, 0 = no candidate.
        assignment: selections, conflicts and soft targets (eps = 0).
    """

    boxes: Tensor
    scores: Tensor
    p: Tensor
    overlaps: Tensor
    log_metric: Tensor
    rank: Tensor
    assignment: Assignment


@dataclass(frozen=True)
class DualTrace:
    """Both heads of one detector on one picture, under one setting.

    Attributes:
        image: uint8 (H, W, 3) RGB.
        truth: G objects, labels by the detector's classes.
        class_names: of the detector.
        prediction: the network's output, from which another setting can be traced.
        setting: the knobs this trace was made with.
        prior (Tensor[G, A]): bool, s, by the rules' least side.
        one2many, one2one: HeadTrace of each head.
        agreement: ranks of one head against the other, for each object.
        gap (Tensor[G]): supervision gap, NaN where the one-to-one head picks nothing.
        gap_bounds: (floor, ceiling), each (Tensor[G]).
    """

    image: np.ndarray
    truth: Truth
    class_names: tuple[str, ...]
    prediction: DualPrediction
    setting: Setting
    prior: Tensor
    one2many: HeadTrace
    one2one: HeadTrace
    agreement: RankAgreement
    gap: Tensor
    gap_bounds: tuple[Tensor, Tensor]

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
        truth: objects in picture pixels; its class names must all be the detector's.
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
    truth = truth.for_classes(class_names)
    least_side = setting.rules.least_side * prediction.pixel_scale
    prior = spatial_prior(prediction.anchor_points, truth.boxes, least_side)
    many = _head(prediction.one2many, "one2many", truth, prior, setting)
    if setting.shared and setting.locked:
        one = _powers(many, truth, prior, setting)
    else:
        source = prediction.one2many if setting.shared else prediction.one2one
        one = _head(source, "one2one", truth, prior, setting)
    gap = supervision_gap(many.assignment.object_targets, one.assignment.object_targets)
    picked = one.assignment.candidates[:, 0] >= 0
    floor, ceiling = gap_bounds(
        many.assignment.object_targets, one.overlaps, one.rank > 0, mode=setting.mode
    )
    return DualTrace(
        image=image,
        truth=truth,
        class_names=class_names,
        prediction=prediction,
        setting=setting,
        prior=prior,
        one2many=many,
        one2one=one,
        agreement=rank_agreement(many.log_metric, one.log_metric, prior),
        gap=gap.where(picked, torch.nan),
        gap_bounds=(floor.where(picked, torch.nan), ceiling.where(picked, torch.nan)),
    )


def _head(
    prediction: HeadPrediction,
    head: Literal["one2many", "one2one"],
    truth: Truth,
    prior: Tensor,
    setting: Setting,
) -> HeadTrace:
    p = class_scores(prediction.scores.double(), truth.labels).where(prior, 0)
    u = overlaps(truth.boxes.double(), prediction.boxes.double(), prior, setting.rules.overlap)
    log_metric = log_matching_metric(p, u, prior, *setting.exponents(head))
    pairs = pairs_of(prior, p, u, log_metric)
    if head == "one2many":
        topk, keep = setting.topk, None
    else:
        topk, keep = setting.rules.picks, setting.rules.keep
    return HeadTrace(
        prediction.boxes,
        prediction.scores,
        p,
        u,
        log_metric,
        candidate_ranks(log_metric),
        assign_pairs(
            pairs, prediction.scores, truth.boxes, truth.labels, topk, setting.rules, keep
        ),
    )


def _powers(many: HeadTrace, truth: Truth, prior: Tensor, setting: Setting) -> HeadTrace:
    """Return the one-to-one head under the lock with shared predictions: m^r, in the order of m and never re-ranked."""
    rules = setting.rules
    pairs = pairs_of(prior, many.p, many.overlaps, many.log_metric)
    assignment = assign_pairs(
        pairs, many.scores, truth.boxes, truth.labels, rules.picks, rules, rules.keep
    )
    return replace(
        many,
        log_metric=many.log_metric * setting.r,
        assignment=replace(
            assignment, candidate_log_metrics=assignment.candidate_log_metrics * setting.r
        ),
    )
