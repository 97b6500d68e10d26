"""What differences paired by seed say to claims stated before: tests, margins, intervals, and how often they err.

A claim is decided by two tests. Exact sign flips ask whether left and right differ; two one-sided t-tests (TOST) ask whether
they differ by less than a margin that a pilot of the first seeds states. Each kind of p-value is raised by Holm's method
over all claims together, so that a whole family in which nothing differs ends with a false verdict in at most 5 %. The
interval, which also speaks of other pictures, must bear a verdict out: it leaves out 0, or lies inside the margin.
`false_verdicts` and `coverage` play the same procedure on made-up seeds whose truth is known.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # its parts are loaded when they are asked for

SEEDS = 10  # of the plan; with fewer there is no verdict, see `least_seeds`
PILOT = 3  # the first seeds, from which the margin is
LEVEL = 0.05
POWER = 0.8  # with which ten seeds shall show equality where there is no difference at all
Kind = Literal["rises", "equal"]
Verdict = Literal["agrees", "disagrees", "equal", "not told apart", "too few seeds"]


@dataclass(frozen=True)
class Case:
    """What one claim is judged by.

    Attributes:
        kind: "rises" where left and right are said to differ in the direction of `paper`; "equal" where they are not.
        paper: left less right in the paper.
        differences: ours, one a seed, in the order of the seeds.
        margin: what still counts as equal; NaN where no pilot stated it.
        pictures: variance of the mean difference over drawings of the pictures; 0 where they are taken as given.
    """

    kind: Kind
    paper: float
    differences: tuple[float, ...]
    margin: float
    pictures: float = 0.0


@dataclass(frozen=True)
class Finding:
    """What was found of a case: the mean difference, its 95 % interval, both p-values after Holm's method, the verdict.

    "agrees" is the paper's sign, or equality where the paper says so; "disagrees" the other sign, or a difference where the
    paper says equal; "equal" is within the margin though the paper says they differ.
    """

    mean: float
    low: float
    high: float
    p_differs: float
    p_equal: float
    verdict: Verdict


def judged(cases: Sequence[Case]) -> list[Finding]:
    """The findings of all claims together: Holm's method counts the whole list, those with too few seeds among it."""
    ready = [len(case.differences) >= SEEDS for case in cases]
    tests = [
        (sign_flips(case.differences), within(case.differences, case.margin))
        if enough
        else (1.0, 1.0)
        for case, enough in zip(cases, ready)
    ]
    differs, equal = (holm([both[which] for both in tests]) for which in (0, 1))
    findings = []
    for case, enough, p_differs, p_equal in zip(cases, ready, differs, equal):
        low, high = interval(case.differences, case.pictures)
        mean = float(np.mean(case.differences)) if case.differences else math.nan
        if not enough:
            findings.append(Finding(mean, low, high, math.nan, math.nan, "too few seeds"))
            continue
        apart = p_differs <= LEVEL and not low <= 0 <= high
        same = p_equal <= LEVEL and -case.margin < low and high < case.margin
        findings.append(
            Finding(mean, low, high, p_differs, p_equal, _verdict(case, mean, apart, same))
        )
    return findings


def _verdict(case: Case, mean: float, apart: bool, same: bool) -> Verdict:
    if case.kind == "equal":
        if same:
            return "agrees"
        return "disagrees" if apart else "not told apart"
    if apart:
        return "agrees" if (mean > 0) == (case.paper > 0) else "disagrees"
    return "equal" if same else "not told apart"


def least_seeds(claims: int = 1) -> int:
    """The fewest seeds with which sign flips can reach 5 % for the first of so many claims, by Holm's method.

    >>> least_seeds(), least_seeds(14)
    (6, 10)
    """
    return math.ceil(math.log2(2 * claims / LEVEL))


def sign_flips(differences: Sequence[float]) -> float:
    """Two-sided p-value: were no side better, each seed's sign would be a coin's; all 2ⁿ ways are counted.

    >>> sign_flips([1.0, 2.0, 3.0])
    0.25
    """
    values = np.asarray(differences, float)
    if not values.any():
        return 1.0
    flipped = scipy.stats.permutation_test(
        (values,), _mean, permutation_type="samples", n_resamples=np.inf, vectorized=True
    )
    return float(flipped.pvalue)


def _mean(values: np.ndarray, axis: int = -1) -> np.ndarray:
    return values.mean(axis)


def within(differences: Sequence[float], margin: float) -> float:
    """P-value of two one-sided t-tests that the mean difference is inside ± `margin`; 1 without a margin."""
    if math.isnan(margin):
        return 1.0
    values = np.asarray(differences, float)
    if not values.std():
        return float(abs(values.mean()) >= margin)
    above = scipy.stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    below = scipy.stats.ttest_1samp(values, margin, alternative="less").pvalue
    return float(max(above, below))


def holm(ps: Sequence[float]) -> list[float]:
    """P-values raised so that all of them together err in no more than their level (Holm 1979).

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    raised, least = [0.0] * len(ps), 0.0
    for place, which in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        least = max(least, min(1.0, (len(ps) - place) * ps[which]))
        raised[which] = least
    return raised


def margin(deviation: float, claims: int) -> float:
    """The smallest margin within which `SEEDS` seeds show equality with `POWER`, at Holm's first step over so many claims.

    Args:
        deviation: standard deviation of a paired difference, from the pilot.
        claims: in the family.

    Returns:
        In the units of the deviation, rounded up to a tenth.
    """
    freedom = SEEDS - 1
    # at no difference both tests must pass: each may fail in half of what the power leaves
    reach = scipy.stats.t.ppf(1 - LEVEL / claims, freedom) + scipy.stats.t.ppf(
        (1 + POWER) / 2, freedom
    )
    return math.ceil(10 * deviation * reach / math.sqrt(SEEDS) - 1e-9) / 10


def pooled(deviations: Sequence[float]) -> float:
    """One standard deviation for several differences of one kind: the root of their mean variance; NaN of none.

    >>> pooled([3.0, 4.0, math.nan])
    3.5355339059327378
    """
    known = [one for one in deviations if not math.isnan(one)]
    return math.sqrt(sum(one**2 for one in known) / len(known)) if known else math.nan


def interval(differences: Sequence[float], pictures: float = 0.0) -> tuple[float, float]:
    """95 % interval of the mean difference over seeds, by Student's t; NaN below two seeds.

    Args:
        differences: one a seed.
        pictures: variance of their mean over drawings of the pictures with replacement, common to all seeds; it widens
            the interval, so that it speaks of other pictures too.

    >>> [round(end, 2) for end in interval([1.0, 2.0, 3.0])]
    [-0.48, 4.48]
    """
    values = np.asarray(differences, float)
    if len(values) < 2:
        return math.nan, math.nan
    error = math.sqrt(values.var(ddof=1) / len(values) + pictures)
    half = float(scipy.stats.t.ppf(1 - LEVEL / 2, len(values) - 1)) * error
    mean = float(values.mean())
    return mean - half, mean + half


# ── how often it errs, on made-up seeds ──


def false_verdicts(
    families: int, claims: int = 14, apart: bool = False, seed: int = 0
) -> tuple[float, float]:
    """Share of made-up families with at least one false verdict, and share with any verdict at all.

    Every row's AP is a seed's common part plus its own noise, and all claims compare with one row, so that their
    differences hang together as those of the ablation do. Margins come from each family's own pilot.

    Args:
        families: how many.
        claims: in each; every fourth says "equal".
        apart: False: no two rows differ, and a difference that is found is false. True: all differ by exactly the margin,
            and an equality that is found is false.
        seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    false = spoken = 0
    for _ in range(families):
        rows = rng.normal(0, 0.5, (claims + 1, SEEDS))
        differences = rows[1:] - rows[0]
        stated = margin(pooled(differences[:, :PILOT].std(1, ddof=1).tolist()), claims)
        differences += stated * apart
        kinds: list[Kind] = ["equal" if place % 4 == 3 else "rises" for place in range(claims)]
        cases = [Case(kind, 1.0, tuple(row), stated) for kind, row in zip(kinds, differences)]
        verdicts = [finding.verdict for finding in judged(cases)]
        # what the made-up truth makes false, for a claim that rows differ and for one that they are equal
        untrue = (
            (("equal", "disagrees"), ("agrees",))
            if apart
            else (("agrees", "disagrees"), ("disagrees",))
        )
        wrong = [said in untrue[kind == "equal"] for kind, said in zip(kinds, verdicts)]
        false += any(wrong)
        spoken += any(one != "not told apart" for one in verdicts)
    return false / families, spoken / families


def coverage(trials: int, seeds: int = SEEDS, pictures: int = 487, seed: int = 0) -> float:
    """Share of made-up experiments whose 95 % interval holds the true difference over all seeds and all pictures.

    A difference is 0 on average; a seed moves it by 0.5 points, a picture by 8, and their chance meeting by 8 again.
    """
    rng = np.random.default_rng(seed)
    held = 0
    for _ in range(trials):
        by_picture = rng.normal(0, 8, pictures) + rng.normal(0, 8, (seeds, pictures))
        table = rng.normal(0, 0.5, (seeds, 1)) + by_picture
        drawn = rng.multinomial(pictures, np.full(pictures, 1 / pictures), size=60) / pictures
        spread = float((drawn @ table.mean(0)).var(ddof=1))
        low, high = interval(tuple(table.mean(1)), spread)
        held += low <= 0 <= high
    return held / trials
