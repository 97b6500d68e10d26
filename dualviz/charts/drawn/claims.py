"""What both pictures of the paper's claims draw: each claim's difference with its interval, chance alone, the paper's, the verdict."""

import math
from dataclasses import dataclass

from dualviz.study.ablation import SHARED, Ablation, Spread
from dualviz.study.claims import claims_of, findings, margin_of, pilot_deviation
from dualviz.study.verdicts import LEVEL, PILOT, SEEDS, least_seeds
from dualviz.words import Labels, _, joined, ngettext

VERDICTS = Labels(
    {
        "agrees": "agrees",
        "disagrees": "disagrees",
        "equal": "equal within the margin",
        "not told apart": "not told apart",
        "too few seeds": "too few seeds",
    }
)

SIGNS = {"agrees": "✓", "disagrees": "✗", "equal": "=", "not told apart": "≈", "too few seeds": "…"}


@dataclass(frozen=True)
class Line:
    """One claim as it is drawn; differences in points, left less right, NaN for what is not known.

    Attributes:
        words, source, measured: the claim, where the paper says it, what is compared.
        difference: which row less which.
        verdict: key of `VERDICTS`.
        seeds: differences of the single seeds.
        mean, low, high: ours with its 95 % interval.
        null, null_low, null_high: the same measure where only first weights differ.
        margin: what counts as equal.
        paper: the paper's difference.
        one_trunk: whether both rows are trained on one trunk, seed by seed; where not, chance does more than the null pair shows.
    """

    words: str
    source: str
    measured: str
    difference: str
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
    one_trunk: bool

    @property
    def said(self) -> str:
        """The verdict in words, with the margin where something is equal within it, and how many seeds there are where too few."""
        if self.verdict == "equal":
            return _("equal within {margin}", margin=f"{self.margin:.1f}")
        if self.verdict != "too few seeds":
            return VERDICTS[self.verdict]
        if not self.seeds:
            return _("no seed has both rows")
        return _("{n} of {wanted} seeds", n=len(self.seeds), wanted=SEEDS)


def claim_lines(ablation: Ablation) -> list[Line]:
    """All claims that these runs can bear out or not, in their order."""
    return [
        Line(
            claim.words,
            str(claim.source),
            claim.measured,
            _("{left} less {right}", left=claim.rows[0].title, right=claim.rows[1].title),
            finding.verdict,
            tuple(claim.differences(ablation).values()),
            finding.mean,
            finding.low,
            finding.high,
            *claim.chance(ablation),
            margin_of(claim.measured, ablation),
            claim.paper,
            all(row.trunk == SHARED for row in claim.rows) and ablation.shared,
        )
        for claim, finding in findings(ablation)
    ]


def signed(value: float, digits: int = 1) -> str:
    """A difference in points, with its sign; none for what rounds to 0, "—" for what is not known.

    >>> signed(1.26), signed(-0.5), signed(0.04), signed(0.04, 2)
    ('+1.3', '−0.5', '0.0', '+0.04')
    """
    if math.isnan(value):
        return "—"
    if abs(value) < 0.5 * 10**-digits:
        return f"{0:.{digits}f}"
    return f"{value:+.{digits}f}".replace("-", "−")


def span(low: float, high: float, digits: int = 1) -> str:
    """An interval; "—" for one seed.

    >>> span(-0.5, 1.26)
    '−0.5 … +1.3'
    """
    return "—" if math.isnan(low) else f"{signed(low, digits)} … {signed(high, digits)}"


def groups(lines: list[Line]) -> list[list[Line]]:
    """The claims by what they share an axis for: differences of AP, and those of percent, which reach further."""
    kinds: dict[bool, list[Line]] = {True: [], False: []}
    for line in lines:
        kinds[line.measured == "AP"].append(line)
    return [kind for kind in kinds.values() if kind]


def axis_words(lines: list[Line]) -> str:
    """What the axis of a group says: every claim's difference is taken so that the paper's is not below 0."""
    if lines[0].measured == "AP":
        return _("points of AP; 0 or right as in the paper")
    return _("points of percent; 0 or right as in the paper")


def seeds_words(lines: list[Line]) -> str:
    """How many seeds there are, claim by claim where they differ, how many claims have none, and what that allows."""
    counts = _seeds_of(lines)
    least, most, none = min(counts, default=0), max(counts, default=0), len(lines) - len(counts)
    if least == most:
        words = ngettext("{n} seed.", "{n} seeds.", most)
    else:
        words = _("{least} to {most} seeds a claim.", least=least, most=most)
    if none:
        waits = ngettext(
            "{n} claim waits for a row that is not trained.",
            "{n} claims wait for rows that are not trained.",
            none,
        )
        words = joined(words, waits)
    if least < SEEDS:
        words = joined(words, _("No verdict before {wanted}.", wanted=SEEDS))
    return words


def waiting_words(lines: list[Line]) -> str:
    """Why so few seeds judge nothing; "" where all claims that have some have enough."""
    counts = _seeds_of(lines)
    if min(counts, default=SEEDS) >= SEEDS:
        return ""
    words = _(
        "With fewer than {alone} seeds sign flips cannot reach p < {level} for a claim that stands alone, with fewer than {family} not for one of {claims}.",
        alone=least_seeds(),
        family=least_seeds(len(lines)),
        claims=len(lines),
        level=f"{LEVEL:.2f}",
    )
    if 1 in counts:
        words = joined(words, _("A single seed has no interval."))
    return words


def _seeds_of(lines: list[Line]) -> list[int]:
    """How many seeds each claim has that has any."""
    return [len(line.seeds) for line in lines if line.seeds]


def margin_words(ablation: Ablation) -> str:
    """What the pilot found and which margins follow from it; or that there is no pilot yet."""
    measures = list(dict.fromkeys(claim.measured for claim in claims_of(ablation)))
    deviations = {measured: pilot_deviation(measured, ablation) for measured in measures}
    if all(map(math.isnan, deviations.values())):
        return _("No margin is stated yet: it takes {pilot} seeds on shared trunks.", pilot=PILOT)
    parts = (
        _(
            "{measured}: deviation {deviation}, margin {margin}",
            measured=measured,
            deviation=f"{deviation:.2f}",
            margin=f"{margin_of(measured, ablation):.1f}",
        )
        for measured, deviation in deviations.items()
        if not math.isnan(deviation)
    )
    return _("Pilot of {pilot} seeds: {parts}.", pilot=PILOT, parts="; ".join(parts))


def reach(lines: list[Line]) -> float:
    """How far the common axis goes to either side of 0, in points: all differences, and intervals up to three times as far."""
    marks = [x for line in lines for x in (line.mean, line.paper, line.null, *line.seeds)]
    ends = [x for line in lines for x in (line.low, line.high, line.null_low, line.null_high)]
    far, ends_far = (
        max((abs(x) for x in each if not math.isnan(x)), default=0.0) for each in (marks, ends)
    )
    return 1.08 * (max(far, min(ends_far, 3 * far)) or 1.0)


def running_off(lines: list[Line]) -> list[tuple[int, float, str]]:
    """Intervals that go on beyond the axis: (line, end of the axis there, "ours" or "chance")."""
    far = reach(lines)
    return [
        (place, math.copysign(far, end), whose)
        for place, line in enumerate(lines)
        for whose, both in (
            ("ours", (line.low, line.high)),
            ("chance", (line.null_low, line.null_high)),
        )
        for end in both
        if abs(end) > far
    ]


def claim_row(line: Line) -> dict[str, str]:
    """One claim as a line of the table: the verdict, the paper's difference, ours, chance alone, every seed's."""
    return {
        _("the paper says"): line.words,
        _("verdict of our runs"): f"{SIGNS[line.verdict]} {line.said}",
        _("difference of"): f"{line.difference}, {line.measured}",
        _("paper"): f"{signed(line.paper)} ({line.source})",
        _("ours"): Spread.over(line.seeds).words(sign="+"),
        _("95 % interval"): span(line.low, line.high),
        _("equal within"): "—" if math.isnan(line.margin) else f"± {line.margin:.1f}",
        _("chance alone"): signed(line.null),
        _("95 % interval of chance"): span(line.null_low, line.null_high),
        _("each seed"): ", ".join(map(signed, line.seeds)) or "—",
    }


def counted(lines: list[Line]) -> str:
    """How many claims have which verdict."""
    verdicts = [line.verdict for line in lines]
    counts = (how_many(one, verdicts.count(one)) for one in VERDICTS if one in verdicts)
    return _(
        "{n} statements of the paper beside our own runs: {counts}.",
        n=len(verdicts),
        counts=" · ".join(counts),
    )


def how_many(verdict: str, n: int) -> str:
    """So many claims with one verdict.

    >>> how_many("agrees", 1), how_many("agrees", 4)
    ('**1** agrees', '**4** agree')
    """
    if verdict == "agrees":
        return ngettext("**{n}** agrees", "**{n}** agree", n)
    if verdict == "disagrees":
        return ngettext("**{n}** disagrees", "**{n}** disagree", n)
    if verdict == "equal":
        return _("**{n}** equal within the margin", n=n)
    if verdict == "not told apart":
        return _("**{n}** not told apart", n=n)
    return _("**{n}** with too few seeds", n=n)


def trunks_words(lines: list[Line]) -> str:
    """Which claims chance is understated for; "" where each compares rows of one trunk."""
    apart = sum(not line.one_trunk and bool(line.seeds) for line in lines)
    if not apart or apart == len(lines):
        return ""
    return ngettext(
        "{n} claim compares two trunks, which may differ by more than the chance beside them shows: it knows one trunk only.",
        "{n} claims compare two trunks, which may differ by more than the chance beside them shows: it knows one trunk only.",
        apart,
    )
