"""What became of every detection, for both kinds of picture: found, duplicate, false, ignored; and what was missed.

Against truth a `Match` tells it. Without truth only repeats can be told, by the boxes alone: of two detections that
lie on each other the weaker one repeats the stronger, of whatever class: an anchor under two classes shows two boxes.
"""

from dataclasses import dataclass

import numpy as np

from dualviz.postprocess import Detections, Match, diagnose
from dualviz.study.evaluation import DUPLICATE
from dualviz.words import _, listed, ngettext

FEW_PLATES = 24  # of missed objects that a picture bears; where there are more, they are small and without words


@dataclass(frozen=True)
class Outcomes:
    """Of N detections and G true objects.

    Attributes:
        found, duplicate, false, ignored: bool (N,), each detection exactly one of them; without truth all are found or
            duplicate, which the words then call repeats.
        missed: bool (G,); empty without truth.
        words: the counts in one sentence.
    """

    found: np.ndarray
    duplicate: np.ndarray
    false: np.ndarray
    ignored: np.ndarray
    missed: np.ndarray
    words: str


def outcomes(detections: Detections, matches: Match | None = None) -> Outcomes:
    """Tell the detections of one output apart.

    Args:
        detections: best first.
        matches: of these detections against truth, from `dualviz.postprocess.match`; None without truth.
    """
    if matches is not None:
        kinds = (matches.matched, matches.duplicate, matches.false, matches.ignored, matches.missed)
        matched, duplicate, false, ignored, missed = (kind.numpy() for kind in kinds)
        parts = [
            _("{n} found", n=matched.sum()),
            ngettext("{n} duplicate", "{n} duplicates", int(duplicate.sum())),
            _("{n} false", n=false.sum()),
        ]
        if ignored.any():
            parts.append(_("{n} ignored", n=ignored.sum()))
        parts.append(_("{n} of {all} missed", n=missed.sum(), all=matches.objects))
        return Outcomes(matched, duplicate, false, ignored, missed, listed(parts))
    duplicate = np.zeros(len(detections), bool)
    for pair in diagnose(detections, DUPLICATE):
        duplicate[pair.rows[1]] = True
    none = np.zeros(len(detections), bool)
    words = listed(
        (
            ngettext("{n} detection", "{n} detections", len(detections)),
            ngettext("{n} repeat", "{n} repeats", int(duplicate.sum())),
        )
    )
    return Outcomes(~duplicate, duplicate, none, none, np.zeros(0, bool), words)
