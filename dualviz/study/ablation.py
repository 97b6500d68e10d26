"""The paper's ablation on our own data: which heads are taught, and by which metric, all else equal.

Every row is trained from several seeds by one short recipe and measured on pictures it never saw. Rows whose one-to-one
head leaves the trunk as it is share one trunk a seed, so that they differ in nothing else. assets/ablation.json is what
`python -m dualviz ablate` measured; the page and the figure read it from here. What the paper says of the same changes, and
what these runs say to it, stands in `claims`.
"""

import json
import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from dualviz.agreement import TOP_K
from dualviz.detector.network import HEADS
from dualviz.study import paper
from dualviz.study.evaluation import Figures
from dualviz.trace import Setting
from dualviz.words import Sentence, UserError

FILE = Path(__file__).parents[2] / "assets" / "ablation.json"
COMMAND = "python -m dualviz ablate --annotations cells/train.json --judge cells/val.json --results assets/ablation.json"
SHARED = "shared"  # the trunk of all rows that leave it as it is


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
    def setting(self) -> Setting:
        """The metrics that teach its heads."""
        return Setting.taught_by(self.alpha, self.beta)

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
        Row("seven", Sentence("both, consistent, 7 → conflicts → 1 (YOLO26)"), topk=7, keep=1),
        Row(
            "small",
            Sentence("both, consistent, small as 16 px (YOLO26)"),
            least_side=16,
        ),
        Row("hungarian", Sentence("both, consistent, Hungarian instead of top 1"), hungarian=True),
        Row("placebo", Sentence("both, consistent, other first weights"), draw=1),
        Row("attached", Sentence("both, consistent, one-to-one not detached"), detached=False),
    )
}


@dataclass(frozen=True)
class Trained:
    """One run: its row and seed, and what it reaches.

    Attributes:
        row, seed: which run.
        minutes: of training.
        figures: NaN for what an untaught head would say; agreement is by the metrics each head was taught by.
        common: alignment as in the figures, but with the picks of every row's head by the same metric (0.5, 6).
        matching: milliseconds of CPU time, the median over the judged pictures, that the one-to-one head's rule takes to match; NaN where that
            head is not taught, and for figures from before it was timed.
        resampled: of `RESAMPLED`, each over the same drawings of the judged pictures with replacement, 0..1; none for what
            the row does not have, and for figures from before drawings were kept.
    """

    row: str
    seed: int
    minutes: float
    figures: Figures
    common: tuple[float, ...] = (math.nan,) * len(TOP_K)
    matching: float = math.nan
    resampled: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def points(self, path: str = "", of: str = "ap") -> float:
        """100 × AP (or `of` "ap50") of a path; without one, of the path that its row answers by."""
        return 100 * getattr(self.figures, of)[path or ROWS[self.row].path]


Measure = Callable[[Trained], float]


# What is kept over drawings of pictures: AP of the two answers, and the shares of picks inside the one-to-many top k.
RESAMPLED = ("one2many + NMS", "one2one", *(f"top {k}" for k in TOP_K))


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
    def rows(self) -> list[Row]:
        """Rows that were trained at least once, in the order of `ROWS`."""
        done = {run.row for run in self.runs}
        return [row for name, row in ROWS.items() if name in done]

    def seeds(self, row: Row) -> list[int]:
        """From which seeds a row was trained, in their order."""
        return sorted(run.seed for run in self.runs if run.row == row.name)

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
                tuple(map(_number, run.get("common", [None] * len(TOP_K)))),
                _number(run.get("matching")),
                {name: _unpacked(run["resampled"][name]) for name in run.get("resampled", {})},
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
        "matching": None if math.isnan(run.matching) else round(run.matching, 4),
        "common": [None if math.isnan(share) else round(share, 5) for share in run.common],
        "resampled": {name: _packed(shares) for name, shares in run.resampled.items()},
    }


def _packed(shares: Iterable[float]) -> str:
    """Shares of 1 in hundred-thousandths, as one line: a file of many lines of digits would be read by nobody."""
    return " ".join(str(round(1e5 * share)) for share in shares)


def _unpacked(line: str) -> tuple[float, ...]:
    return tuple(int(share) / 1e5 for share in line.split())


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _in_order(runs: Iterable[Trained]) -> list[Trained]:
    places = {name: place for place, name in enumerate(ROWS)}
    return sorted(runs, key=lambda run: (places[run.row], run.seed))
