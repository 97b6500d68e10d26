"""How far the two heads agree on an object: rank correlations, Top-k alignment and the supervision gap.

In go log-metrics (or scores and overlaps) of both heads over the same anchors; out come figures per object. With the
same predictions and the same direction α : β they agree perfectly for every r (YOLOv10, section 3.1); `sweep` turns
the one-to-one head's direction, and `paint` lays the result over the α–β plane, where it is constant along rays.
"""

from dualviz.agreement.directions import Sweep, fan, paint, sweep
from dualviz.agreement.gap import gap_bounds, supervision_gap
from dualviz.agreement.ranks import TOP_K, RankAgreement, candidate_ranks, rank_agreement

__all__ = [
    "TOP_K",
    "RankAgreement",
    "Sweep",
    "candidate_ranks",
    "fan",
    "gap_bounds",
    "paint",
    "rank_agreement",
    "supervision_gap",
    "sweep",
]
