"""Which anchors learn which object: top-k for the one-to-many head, top-1 for the one-to-one head, by one metric.

In go both heads' scores and boxes and the true boxes; out comes an `Assignment`: every object's candidates in rank
order, who contested them, and the soft targets the loss teaches. All work is done on `Pairs` (object, anchor inside
it), a few per cent of the dense G × A table: objects select, conflicts are settled, winners are taught, tables filled.
Hungarian matching stands beside it, to compare with.
"""

from dualviz.assignment.assigned import (
    Assignment,
    assign,
    assign_pairs,
    best_candidates,
    soft_targets,
)
from dualviz.assignment.bipartite import hungarian
from dualviz.assignment.pairs import (
    Pairs,
    pairs_inside,
    pairs_of,
    pairs_with_metric,
    rows_and_cells,
)
from dualviz.assignment.rules import RULES, Mode, Rules, rules_of

__all__ = [
    "RULES",
    "Assignment",
    "Mode",
    "Pairs",
    "Rules",
    "assign",
    "assign_pairs",
    "best_candidates",
    "hungarian",
    "pairs_inside",
    "pairs_of",
    "pairs_with_metric",
    "rows_and_cells",
    "rules_of",
    "soft_targets",
]
