"""The paper's ablation on our own data: which heads are taught, and by which metric, all else equal.

Every row is trained from several seeds by one short recipe and measured on pictures it never saw. Rows whose one-to-one
head leaves the trunk as it is share one trunk a seed, so that they differ in nothing else. assets/ablation.json what `python -m dualviz ablate` measured; the page and the figure read it from here. What the paper says of the same
changes stands in `CLAIMS`, each beside the runs that can bear it out or not.
"""

import json
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

from dualviz.agreement import TOP_K
from dualviz.detector.network import HEADS
from dualviz.study import paper
from dualviz.study.evaluation import Figures
from dualviz.words import Sentence, UserError

FILE = Path(__file__).parents[2] / "assets" / "ablation.json"
COMMAND = "python -m dualviz ablate --annotations cells/train.json --judge cells/val.json --results assets/ablation.json"
SHARED = "shared"  # the trunk of all rows that leave it as it is
EQUAL = 0.5  # points below which two rows count as equal
Verdict = Literal["agrees", "disagrees", "not told apart", "too few seeds"]


@dataclass(frozen=True)
class Row:
    """One way to train.

    Attributes:
        name: in commands and files.
        sentence: what it is called on the page.
        heads: which are taught; one alone also trains the trunk.
        alpha, beta, topk, keep, hungarian, least_side: of the one-to-one head's matching, as of `training.run.Teacher`; the one-to-many
            head's is (0.5, 6), top 10.
        draw: the one-to-one head's first weights; those of other rows with the same number.
        detached: whether the one-to-one head leaves the trunk as it is; one that is taught alone cannot.
        paper_ap: COCO AP that the paper prints for the same change, None where it has none.
        source: of that figure.
    """

    name: str
    sentence: Sentence
    heads: tuple[str, ...] = HEADS
    alpha: float = 0.5
    beta: float = 6.0
    topk: int = 1
    keep: int | None = None
    hungarian: bool = False
    least_side: float = 0.0
    draw: int = 0
    detached: bool = True
    paper_ap: float | None = None
    source: Sentence | str = ""

    @property
    def title(self) -> str:
        """What it is called, in the present language."""
        return str(self.sentence)

    @property
    def trunk(self) -> str:
        """The trunk it is trained on: `SHARED`, or its own, which has its name."""
        return SHARED if "one2many" in self.heads and self.detached else self.name

    @property
    def path(self) -> str:
        """The path its detector answers by: one-to-one without NMS where that head is taught."""
        return "one2one" if "one2one" in self.heads else "one2many + NMS"


def _table4(alpha: float, beta: float) -> dict:
    ap = next(row.ap for row in paper.TABLE4 if (row.alpha, row.beta) == (alpha, beta))
    return {"alpha": alpha, "beta": beta, "paper_ap": ap, "source": Sentence("Table 4")}


def _table3(number: int) -> dict:
    return {"paper_ap": paper.TABLE3[number].ap, "source": Sentence("Table 3")}


ROWS = {
    row.name: row
    for row in (
        Row("one2many", Sentence("one-to-many only"), heads=("one2many",), **_table3(0)),
        Row("one2one", Sentence("one-to-one only"), heads=("one2one",), **_table3(1)),
        Row("consistent", Sentence("both, consistent (0.5, 6)"), **_table4(0.5, 6)),
        Row("inconsistent", Sentence("both, inconsistent (0.5, 2)"), **_table4(0.5, 2)),
        Row("double", Sentence("both, consistent, r = 2 (1, 12)"), **_table4(1, 12)),
        Row("score", Sentence("both, inconsistent (1, 6)"), **_table4(1, 6)),
        Row("half", Sentence("both, consistent, r = 0.5 (0.25, 3)"), **_table4(0.25, 3)),
        Row("quarter", Sentence("both, inconsistent (0.25, 6)"), **_table4(0.25, 6)),
        Row("four", Sentence("both, inconsistent (0.5, 4)"), **_table4(0.5, 4)),
        Row("eight", Sentence("both, inconsistent (0.5, 8)"), **_table4(0.5, 8)),
        Row("seven", Sentence("both, consistent, top 7 → conflicts → 1 (YOLO26)"), topk=7, keep=1),
        Row(
            "small",
            Sentence("both, consistent, small objects enlarged to 16 px (YOLO26)"),
            least_side=16,
        ),
        Row("hungarian", Sentence("both, consistent, Hungarian instead of top 1"), hungarian=True),
        Row("placebo", Sentence("both, consistent, other first weights of that head"), draw=1),
        Row("attached", Sentence("both, consistent, one-to-one not detached"), detached=False),
    )
}


@dataclass(frozen=True)
class Trained:
    """One run: its row, seed, minutes of training, and what it reaches; NaN for what an untaught head would say."""

    row: str
    seed: int
    minutes: float
    figures: Figures

    def points(self, path: str = "", of: str = "ap") -> float:
        """100 × AP (or `of` "ap50") of a path; without one, of the path that its row answers by."""
        return 100 * getattr(self.figures, of)[path or ROWS[self.row].path]


Measure = Callable[[Trained], float]


class Spread(NamedTuple):
    """Mean and sample standard deviation over seeds (NaN below two), and how many seeds."""

    mean: float
    deviation: float
    seeds: int

    @classmethod
    def over(cls, values: Iterable[float]) -> "Spread":
        """Of the values that are numbers.

        >>> Spread.over((1.0, 3.0, math.nan)), Spread.over((5.0,))
        (Spread(mean=2.0, deviation=1.4142135623730951, seeds=2), Spread(mean=5.0, deviation=nan, seeds=1))
        """
        known = [value for value in values if not math.isnan(value)]
        if not known:
            return cls(math.nan, math.nan, 0)
        deviation = statistics.stdev(known) if len(known) > 1 else math.nan
        return cls(statistics.mean(known), deviation, len(known))

    def words(self, digits: int = 1, sign: str = "") -> str:
        """Mean ± standard deviation; the mean alone for one seed, "—" for none; `sign` "+" also writes a plus.

        >>> [Spread.over(seeds).words() for seeds in ((40, 42), (-40,), ())]
        ['41.0 ± 1.4', '−40.0', '—']
        """
        if not self.seeds:
            return "—"
        none = abs(self.mean) < 0.5 * 10**-digits  # neither +0.0 nor −0.0
        mean = f"{0.0 if none else self.mean:{'' if none else sign}.{digits}f}".replace("-", "−")
        return mean if math.isnan(self.deviation) else f"{mean} ± {self.deviation:.{digits}f}"


@dataclass(frozen=True)
class Ablation:
    """What was trained and measured.

    Attributes:
        recipe: what all runs share, as `name: value`.
        trained_on, measured_on: the sets in words.
        machine: in words.
        runs: in any order.
    """

    recipe: dict[str, object]
    trained_on: str
    measured_on: str
    machine: str
    runs: tuple[Trained, ...]

    @property
    def shared(self) -> bool:
        """Whether rows share a trunk; in results from before riders each run has its own."""
        return bool(self.recipe.get("shared_trunk"))

    @property
    def claims(self) -> list["Claim"]:
        """What the paper says that these runs, or further ones with them, can bear out or not."""
        done = {row.name for row in self.rows}
        return [claim for claim in CLAIMS if self.shared or {claim.left, claim.right} <= done]

    @property
    def rows(self) -> list[Row]:
        """Rows that were trained at least once, in the order of `ROWS`."""
        done = {run.row for run in self.runs}
        return [row for name, row in ROWS.items() if name in done]

    def values(self, row: Row, measure: Measure) -> dict[int, float]:
        """What is measured of a row, by seed; without the seeds of which it is no number."""
        runs = sorted((run for run in self.runs if run.row == row.name), key=lambda run: run.seed)
        values = {run.seed: measure(run) for run in runs}
        return {seed: value for seed, value in values.items() if not math.isnan(value)}

    def spread(self, row: Row, measure: Measure) -> Spread:
        """A measured value over the seeds of a row; NaN where the row does not have it."""
        return Spread.over(self.values(row, measure).values())

    def differences(self, left: Row, right: Row, measure: Measure) -> dict[int, float]:
        """Left less right, seed by seed: equal seeds see the same pictures and begin with the same weights."""
        first, second = self.values(left, measure), self.values(right, measure)
        return {seed: first[seed] - second[seed] for seed in first if seed in second}

    def joined(self, other: "Ablation") -> "Ablation":
        """Both together; a run that both have is the other's.

        Raises:
            ValueError: they differ in recipe or sets, so their rows cannot be compared.
        """
        for name in ("recipe", "trained_on", "measured_on"):
            mine, its = getattr(self, name), getattr(other, name)
            if mine != its:
                raise UserError(
                    "runs of one ablation must have the same {name}, got {mine} and {its}: choose another folder or file",
                    name=name,
                    mine=mine,
                    its=its,
                )
        runs = {(run.row, run.seed): run for run in (*self.runs, *other.runs)}
        machines = dict.fromkeys((*self.machine.split("; "), *other.machine.split("; ")))
        return replace(self, machine="; ".join(filter(None, machines)), runs=tuple(runs.values()))


@dataclass(frozen=True)
class Claim:
    """One thing the paper says of two ways to train.

    Attributes:
        sentence: what it says.
        left, right: names of the rows that bear it out or not.
        measured: what is compared, in words with its unit.
        measure: the same as a function of a run, in points.
        kind: "rises" where left and right differ, in the direction of `paper`; "equal" where they do not.
        paper: left less right in the paper, in the same points.
        source: of it.
    """

    sentence: Sentence
    left: str
    right: str
    measured: str
    measure: Measure
    kind: Literal["rises", "equal"]
    paper: float
    source: Sentence

    @property
    def words(self) -> str:
        """What the paper says, in the present language."""
        return str(self.sentence)

    def differences(self, ablation: Ablation) -> dict[int, float]:
        """Ours, by seed."""
        return ablation.differences(ROWS[self.left], ROWS[self.right], self.measure)

    def verdict(self, ablation: Ablation) -> Verdict:
        """What our runs say to it."""
        return verdict(self.kind, self.paper, tuple(self.differences(ablation).values()))


def verdict(
    kind: Literal["rises", "equal"], paper_difference: float, differences: Sequence[float]
) -> Verdict:
    """What paired differences say to a claim, and no more than that.

    A claim that something rises is borne out where every seed has the paper's sign, contradicted where every seed has
    the other one. A claim of equality is borne out where every seed is within `EQUAL` points of 0, contradicted where
    all have one sign and their mean is beyond one standard deviation. All else is not told apart.

    >>> verdict("rises", 1.5, (0.2, 0.9)), verdict("rises", 1.5, (0.2, -0.9)), verdict("equal", 0, (2.0, 2.1))
    ('agrees', 'not told apart', 'disagrees')
    """
    if len(differences) < 2:
        return "too few seeds"
    up, down = (all(sign * value > 0 for value in differences) for sign in (1, -1))
    if kind == "equal":
        if all(abs(value) < EQUAL for value in differences):
            return "agrees"
        mean, deviation, _ = Spread.over(differences)
        return "disagrees" if (up or down) and abs(mean) > deviation else "not told apart"
    if not (up or down):
        return "not told apart"
    return "agrees" if up == (paper_difference > 0) else "disagrees"


def _heads_claim(sentence: Sentence, left: str, right: str, numbers: tuple[int, int]) -> Claim:
    ap = [paper.TABLE3[number].ap for number in numbers]
    return Claim(
        sentence, left, right, "AP", Trained.points, "rises", ap[0] - ap[1], Sentence("Table 3")
    )


def _metric_claim(
    sentence: Sentence, left: str, right: str, kind: Literal["rises", "equal"]
) -> Claim:
    ap, other = ROWS[left].paper_ap, ROWS[right].paper_ap
    assert ap is not None and other is not None  # both rows are of Table 4
    return Claim(sentence, left, right, "AP", Trained.points, kind, ap - other, Sentence("Table 4"))


def _share_claim(place: int) -> Claim:
    consistent, inconsistent = (100 * shares[place] for shares in paper.FIG2B.values())
    name = f"Top-{TOP_K[place]}"
    sentence = Sentence(
        "With consistent metrics more one-to-one picks are in the one-to-many {top}", top=name
    )

    def share(run: Trained) -> float:
        return 100 * run.figures.alignment[place]

    rows = ("consistent", "inconsistent")
    return Claim(
        sentence,
        *rows,
        f"{name}, %",
        share,
        "rises",
        consistent - inconsistent,
        Sentence("Fig. 2(b)"),
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
    *map(_share_claim, range(len(TOP_K))),
)


def load_ablation(path: Path = FILE) -> Ablation | None:
    """Read what was measured; None where nothing was.

    Raises:
        ValueError: the file is not what `save_ablation` writes.
    """
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        runs = tuple(
            Trained(
                ROWS[run["row"]].name,
                int(run["seed"]),
                float(run["minutes"]),
                Figures.from_json(run["figures"]),
            )
            for run in record["runs"]
        )
        if len({(run.row, run.seed) for run in runs}) < len(runs):
            raise ValueError("a seed of a row stands there twice")
        return Ablation(
            recipe=dict(record["recipe"]),
            trained_on=str(record["trained_on"]),
            measured_on=str(record["measured_on"]),
            machine=str(record["machine"]),
            runs=runs,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            "{path} is no ablation as DualViz writes it: {error}", path=path, error=repr(error)
        ) from None


def save_ablation(ablation: Ablation, path: Path) -> None:
    """Write an ablation so that `load_ablation` reads it."""
    record = {
        "recipe": ablation.recipe,
        "trained_on": ablation.trained_on,
        "measured_on": ablation.measured_on,
        "machine": ablation.machine,
        "runs": [_as_json(run) for run in _in_order(ablation.runs)],
    }
    path.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _as_json(run: Trained) -> dict:
    return {
        "row": run.row,
        "seed": run.seed,
        "minutes": round(run.minutes, 2),
        "figures": run.figures.as_json(),
    }


def _in_order(runs: Iterable[Trained]) -> list[Trained]:
    places = {name: place for place, name in enumerate(ROWS)}
    return sorted(runs, key=lambda run: (places[run.row], run.seed))
