"""What the paper says of the rows of the ablation, stated before the runs that judge it, and what those runs say to it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dualviz.agreement import TOP_K
from dualviz.study import paper
from dualviz.study.ablation import ROWS, SHARED, Ablation, Measure, Row, Spread, Trained
from dualviz.study.verdicts import PILOT, Case, Finding, Kind, interval, judged, margin, pooled
from dualviz.words import Sentence

STATED = "2026-11-27"  # the day the list below was fixed; the runs on shared trunks began after it
NULL = ("placebo", "consistent")  # rows that differ in nothing but the first weights of one head


@dataclass(frozen=True)
class Claim:
    """One thing the paper says of two ways to train.

    Attributes:
        sentence: what it says.
        left, right: names of the rows that bear it out or not.
        measured: what is compared, in words with its unit.
        measure: the same as a function of a run, in points.
        key: what of `RESAMPLED` that is, of a run.
        kind: "rises" where left and right differ, in the direction of `paper`; "equal" where they do not.
        paper: left less right in the paper, in the same points.
        source: of it.
    """

    sentence: Sentence
    left: str
    right: str
    measured: str
    measure: Measure
    key: Callable[[Trained], str]
    kind: Kind
    paper: float
    source: Sentence

    @property
    def words(self) -> str:
        """What the paper says, in the present language."""
        return str(self.sentence)

    @property
    def rows(self) -> tuple[Row, Row]:
        """Left and right."""
        return ROWS[self.left], ROWS[self.right]

    def differences(self, ablation: Ablation) -> dict[int, float]:
        """Ours, by seed."""
        return ablation.differences(*self.rows, self.measure)

    def null(self, ablation: Ablation) -> dict[int, float]:
        """The same measure's difference where nothing differs but first weights, by seed: what chance alone does."""
        left, right = NULL
        return ablation.differences(ROWS[left], ROWS[right], self.measure)

    def pictures(self, ablation: Ablation) -> float:
        """Variance of our mean difference over drawings of the pictures, in squared points; 0 where none are kept."""
        return self._pictures(ablation, self.left, self.right)

    def chance(self, ablation: Ablation) -> tuple[float, float, float]:
        """Mean and 95 % interval of the null pair, widened by the pictures as ours is; NaN for what is not known."""
        values = tuple(self.null(ablation).values())
        low, high = interval(values, self._pictures(ablation, *NULL))
        return Spread.over(values).mean, low, high

    def _pictures(self, ablation: Ablation, left: str, right: str) -> float:
        runs = {(run.row, run.seed): run for run in ablation.runs}
        drawn = [
            [run.resampled.get(self.key(run), ()) for run in (runs[left, seed], runs[right, seed])]
            for seed in ablation.differences(ROWS[left], ROWS[right], self.measure)
        ]
        if not drawn or not all(one and other for one, other in drawn):
            return 0.0
        mean = np.mean([np.subtract(one, other) for one, other in drawn], 0)
        return float((100 * mean).var(ddof=1))


def claims_of(ablation: Ablation) -> list[Claim]:
    """Those that these runs, or further ones with them, can bear out or not."""
    done = {row.name for row in ablation.rows}
    return [claim for claim in CLAIMS if ablation.shared or {claim.left, claim.right} <= done]


def pilot_deviation(measured: str, ablation: Ablation) -> float:
    """Standard deviation of a measure's paired differences over the first seeds of rows on one trunk; NaN before they are there."""
    deviations = []
    for claim in claims_of(ablation):
        if claim.measured == measured and {row.trunk for row in claim.rows} == {SHARED}:
            pilot = list(claim.differences(ablation).values())[:PILOT]
            if ablation.shared and len(pilot) == PILOT:
                deviations.append(Spread.over(pilot).deviation)
    return pooled(deviations)


def margin_of(measured: str, ablation: Ablation) -> float:
    """What counts as equal in a measure, from the pilot; NaN before it is there."""
    deviation = pilot_deviation(measured, ablation)
    return deviation if math.isnan(deviation) else margin(deviation, len(claims_of(ablation)))


def findings(ablation: Ablation) -> list[tuple[Claim, Finding]]:
    """What our runs say to every claim, all judged together."""
    claims = claims_of(ablation)
    margins = {m: margin_of(m, ablation) for m in dict.fromkeys(c.measured for c in claims)}
    cases = [
        Case(
            claim.kind,
            claim.paper,
            tuple(claim.differences(ablation).values()),
            margins[claim.measured],
            claim.pictures(ablation),
        )
        for claim in claims
    ]
    return list(zip(claims, judged(cases), strict=True))


def _ap_claim(
    sentence: Sentence, left: str, right: str, kind: Kind, paper_difference: float, source: Sentence
) -> Claim:
    def path(run: Trained) -> str:
        return ROWS[run.row].path

    return Claim(sentence, left, right, "AP", Trained.points, path, kind, paper_difference, source)


def _heads_claim(sentence: Sentence, left: str, right: str, numbers: tuple[int, int]) -> Claim:
    ap = [paper.TABLE3[number].ap for number in numbers]
    return _ap_claim(sentence, left, right, "rises", ap[0] - ap[1], Sentence("Table 3"))


def _metric_claim(sentence: Sentence, left: str, right: str, kind: Kind) -> Claim:
    ap, other = ROWS[left].paper_ap, ROWS[right].paper_ap
    assert ap is not None and other is not None  # both rows are of Table 4
    return _ap_claim(sentence, left, right, kind, ap - other, Sentence("Table 4"))


def _share_claim(place: int) -> Claim:
    consistent, inconsistent = (100 * shares[place] for shares in paper.FIG2B.values())
    name = f"Top-{TOP_K[place]}"
    sentence = Sentence("Consistent metrics bring more picks into the one-to-many {top}", top=name)

    def share(run: Trained) -> float:
        return 100 * run.figures.alignment[place]

    def key(_: Trained) -> str:
        return f"top {TOP_K[place]}"

    rows = ("consistent", "inconsistent")
    difference = consistent - inconsistent
    return Claim(
        sentence, *rows, f"{name}, %", share, key, "rises", difference, Sentence("Fig. 2(b)")
    )


CLAIMS = (
    _heads_claim(
        Sentence("One-to-many only, with NMS, finds more than one-to-one only"),
        "one2many",
        "one2one",
        (0, 1),
    ),
    _heads_claim(
        Sentence("Both heads, read without NMS, find more than one-to-one only"),
        "consistent",
        "one2one",
        (2, 1),
    ),
    _heads_claim(
        Sentence("One-to-many only, with NMS, stays ahead of both heads read without"),
        "one2many",
        "consistent",
        (0, 2),
    ),
    _metric_claim(
        Sentence("Consistent metrics find more than (0.5, 2)"),
        "consistent",
        "inconsistent",
        "rises",
    ),
    _metric_claim(
        Sentence("Consistent metrics find more than (1, 6)"), "consistent", "score", "rises"
    ),
    _metric_claim(
        Sentence("Consistent metrics find more than (0.25, 6)"), "consistent", "quarter", "rises"
    ),
    _metric_claim(
        Sentence("Consistent metrics find more than (0.5, 4)"), "consistent", "four", "rises"
    ),
    _metric_claim(
        Sentence("Consistent metrics find more than (0.5, 8)"), "consistent", "eight", "rises"
    ),
    _metric_claim(
        Sentence("Doubling both exponents (r = 2) changes nothing"), "double", "consistent", "equal"
    ),
    _metric_claim(
        Sentence("Halving both exponents (r = 0.5) changes nothing"), "half", "consistent", "equal"
    ),
    _ap_claim(
        Sentence("Top-1 selection does as well as Hungarian matching"),
        "consistent",
        "hungarian",
        "equal",
        0.0,
        Sentence("Section 3.1"),
    ),
    *map(_share_claim, range(len(TOP_K))),
)
