"""What both pictures of the paper's claims draw: each claim's difference with its interval, chance alone, the paper's, the verdict."""

import math
from dataclasses import dataclass

from dualviz.study.ablation import Ablation
from dualviz.study.claims import findings, margin_of
from dualviz.study.verdicts import SEEDS, interval
from dualviz.words import Labels, _, ngettext

VERDICTS = Labels(
    {
        "agrees": "agrees",
        "disagrees": "disagrees",
        "equal": "equal within the margin",
        "not told apart": "not told apart",
        "too few seeds": "too few seeds",
    }
)


@dataclass(frozen=True)
class Line:
    """One claim as it is drawn; differences in points, left less right, NaN for what is not known.

    Attributes:
        words, source, measured: the claim, where the paper says it, what is compared.
        verdict: key of `VERDICTS`.
        seeds: differences of the single seeds.
        mean, low, high: ours with its 95 % interval.
        null, null_low, null_high: the same measure where only first weights differ.
        margin: what counts as equal.
        paper: the paper's difference.
    """

    words: str
    source: str
    measured: str
    verdict: str
    seeds: tuple[float, ...]
    mean: float
    low: float
    high: float
    null: float
    null_low: float
    null_high: float
    margin: float
    paper: float

    @property
    def said(self) -> str:
        """The verdict in words, with the margin where something is equal within it."""
        if self.verdict == "equal":
            return _("equal within {margin}", margin=f"{self.margin:.1f}")
        return VERDICTS[self.verdict]


def claim_lines(ablation: Ablation) -> list[Line]:
    """All claims that these runs can bear out or not, in their order."""
    lines = []
    for claim, finding in findings(ablation):
        chance = tuple(claim.null(ablation).values())
        lines.append(
            Line(
                claim.words,
                str(claim.source),
                claim.measured,
                finding.verdict,
                tuple(claim.differences(ablation).values()),
                finding.mean,
                finding.low,
                finding.high,
                sum(chance) / len(chance) if chance else math.nan,
                *interval(chance),
                margin_of(claim.measured, ablation),
                claim.paper,
            )
        )
    return lines


def seeds_words(lines: list[Line]) -> str:
    """How many seeds there are, and what that allows."""
    most = max((len(line.seeds) for line in lines), default=0)
    if most < SEEDS:
        return ngettext(
            "{n} of {wanted} seeds; no verdict before {wanted}.",
            "{n} of {wanted} seeds; no verdict before {wanted}.",
            most,
            wanted=SEEDS,
        )
    return ngettext("{n} seed.", "{n} seeds.", most)


def reach(lines: list[Line]) -> float:
    """How far the common axis must go to either side of 0, in points; single seeds may end at its edge."""
    ends = [
        abs(end)
        for line in lines
        for end in (line.low, line.high, line.mean, line.paper, line.null_low, line.null_high)
        if not math.isnan(end)
    ]
    return 1.08 * max(ends, default=1.0)
