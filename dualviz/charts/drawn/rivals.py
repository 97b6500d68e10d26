"""Heads on one trunk as both pictures draw them: panels over training, what each shows of a head, and its line."""

from collections.abc import Callable

from dualviz.study.rivals import Judged
from dualviz.words import Labels

PANELS = Labels(  # titles of the curves, in reading order
    {
        "ap": "AP without NMS",
        "own": "pick in Top-1, by each head's own metric",
        "gap": "supervision gap A",
        "five": "pick in Top-5, by each head's own metric",
        "common": "pick in Top-1, all by one metric",
        "excess": "gap above its floor",
    }
)
VALUES: dict[str, Callable[[Judged], float]] = {
    "ap": lambda row: row.ap["one2one"],
    "own": lambda row: row.alignment[0],
    "gap": lambda row: row.gap,
    "five": lambda row: row.alignment[1],
    "common": lambda row: row.common[0],
    "excess": lambda row: row.gap - row.floor,
}
SHARES = ("own", "five", "common")  # panels in percent
DASHES = ("solid", "dash", "dot")  # of the heads in their order
