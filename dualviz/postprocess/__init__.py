"""From a head's raw output to detections, and what became of them.

The one-to-many head answers every object many times over and needs non-maximum suppression; the one-to-one head is
only cut to its best 300 (`selection`, over `suppression`). `remedies` explains the duplicates that either leaves,
`outcomes` counts them against truth.
"""

from dualviz.postprocess.outcomes import Match, match
from dualviz.postprocess.remedies import Duplicate, Remedy, diagnose
from dualviz.postprocess.selection import Detections, Suppression, nms_free, non_max_suppression

__all__ = [
    "Detections",
    "Duplicate",
    "Match",
    "Remedy",
    "Suppression",
    "diagnose",
    "match",
    "nms_free",
    "non_max_suppression",
]
