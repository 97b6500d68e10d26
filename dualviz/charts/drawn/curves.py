"""Precision over recall of one output, for figure and table alike."""

import math

import numpy as np

from dualviz.postprocess import Match


def precision_recall(matches: Match) -> tuple[np.ndarray, np.ndarray, float]:
    """Precision and recall after every detection that counts, and AP.

    AP is the area under the curve made falling, at every point: NaN without objects.
    """
    counts = ~matches.ignored.numpy()
    matched = matches.matched.numpy()[counts].cumsum()
    if not matches.objects:
        return np.zeros(0), np.zeros(0), math.nan
    precision = matched / np.arange(1, len(matched) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(matched, prepend=0)
    return precision, matched / matches.objects, float((falling * steps).sum() / matches.objects)
