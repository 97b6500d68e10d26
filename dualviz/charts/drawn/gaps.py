"""The supervision gap as both pictures draw it: how many objects of a set have which gap, and one picture's objects in order."""

import math

import numpy as np

from dualviz.study.evaluation import Evaluation
from dualviz.trace import DualTrace

BINS = 24


def gap_counts(result: Evaluation) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Edges (B + 1,) from 0 to the largest ceiling, and objects in each bin (B,) for gap, floor and ceiling."""
    values = {name: getattr(result, name).numpy() for name in ("gap", "floor", "ceiling")}
    most = max((float(v.max(initial=0)) for v in values.values()), default=0.0) or 1.0
    edges = np.linspace(0, most * (1 + 1e-9), BINS + 1)
    return edges, {name: np.histogram(v, edges)[0] for name, v in values.items()}


def gap_order(traced: DualTrace) -> list[int]:
    """Objects that have a gap, largest first, equals by number."""
    gap = traced.gap.tolist()
    return sorted(
        (g for g, value in enumerate(gap) if not math.isnan(value)), key=lambda g: -gap[g]
    )
