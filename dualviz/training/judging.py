"""How far a run has come, while it runs: at some moments its averaged heads look at a few pictures kept aside.

What each head finds, how far it agrees with the one-to-many head, and what it says of one picture become a line of
`moments.jsonl` in the run's folder; the weights of that moment are kept for the replay, and beside them what they reach.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from dualviz.detector import DualPrediction, load_detector
from dualviz.detector.network import HEAD
from dualviz.pictures.dataset import Labelled
from dualviz.postprocess import Detections, match, nms_free, non_max_suppression
from dualviz.study.evaluation import SHOWN
from dualviz.study.replay import snapshot_name
from dualviz.trace import Setting, trace_prediction
from dualviz.training import reports
from dualviz.training.run import Run, Teacher
from dualviz.training.state import State

FILE = "moments.jsonl"
LEAST = 0.02  # confidence below which nothing is counted as said
MANY = "one2many + NMS"


def moments(steps: int, count: int) -> list[int]:
    """Steps after which a run is looked at: the untrained network, then ever less often to the end.

    >>> moments(900, 6)
    [0, 61, 173, 318, 490, 685, 900]
    """
    return sorted({0, *(round(steps * (place / count) ** 1.5) for place in range(1, count + 1))})


@dataclass(frozen=True)
class Said:
    """What a path says of the judged pictures, at the confidence where it does best.

    Attributes:
        confidence: where F1 = 2 · found / (2 · found + wrong + missed) is largest.
        f1: there, 0..1.
        found: share of the objects found there, 0..1.
        wrong: boxes a picture there that find nothing, repeats among them.
    """

    confidence: float
    f1: float
    found: float
    wrong: float


def best(outcomes: Sequence[tuple[Tensor, Tensor, int]]) -> Said:
    """At which confidence a path does best, and how well.

    Args:
        outcomes: of each picture: scores (N,), whether each detection finds an object (N,), and how many objects count.

    >>> said = best([(torch.tensor([0.9, 0.75, 0.3]), torch.tensor([True, True, False]), 2)])
    >>> said.confidence, said.found, said.wrong
    (0.75, 1.0, 0.0)
    """
    objects = sum(count for *_, count in outcomes)
    scores = torch.cat([score for score, *_ in outcomes]) if outcomes else torch.zeros(0)
    if not objects or not len(scores):
        return Said(SHOWN, 0.0, 0.0, 0.0)
    order = scores.argsort(descending=True, stable=True)
    hits = torch.cat([hit for _, hit, _ in outcomes])[order].cumsum(0).double()
    counted = torch.arange(1, len(order) + 1)
    f1 = 2 * hits / (counted + objects)
    ends = torch.ones(len(order), dtype=torch.bool)  # equal scores come together
    ends[:-1] = scores[order][:-1] > scores[order][1:]
    at = int(f1.where(ends, torch.tensor(-1.0, dtype=f1.dtype)).argmax())
    found, wrong = float(hits[at]) / objects, float(counted[at] - hits[at]) / len(outcomes)
    return Said(round(float(scores[order[at]]), 4), float(f1[at]), found, wrong)


@dataclass
class _Path:
    """A path's outcomes, picture by picture, and what it says of the first."""

    outcomes: list[tuple[Tensor, Tensor, int]] = field(default_factory=list)
    first: Detections | None = None

    def look(self, detections: Detections, labelled: Labelled) -> None:
        boxes, labels, spare = map(
            torch.from_numpy, (labelled.boxes, labelled.labels, labelled.ignore)
        )
        matches = match(detections, boxes, labels, ignore=spare)
        counts = ~matches.ignored
        self.outcomes.append((detections.scores[counts], matches.matched[counts], matches.objects))
        self.first = self.first or detections

    def record(self) -> dict:
        said, first = best(self.outcomes), self.first
        assert first is not None
        kept = first.scores >= said.confidence
        shown = {
            "boxes": first.boxes[kept].round(decimals=1).tolist(),
            "scores": first.scores[kept].round(decimals=4).tolist(),
            "labels": first.labels[kept].tolist(),
        }
        return asdict(said) | {"shown": shown}


class Watch:
    """Looks at a run at its moments; `train` is given it as `watch`.

    Args:
        run: what is trained.
        pictures: kept aside, at least one.
        class_names: of the set.
        count: of the moments after the untrained network.
        before: what else to do at every step, first.
    """

    def __init__(
        self,
        run: Run,
        pictures: Sequence[Labelled],
        class_names: Sequence[str],
        count: int,
        before: Callable[[State], None] = lambda _state: None,
    ) -> None:
        self.run, self.pictures, self.class_names = run, pictures, tuple(class_names)
        self.steps, self.before = set(moments(run.steps, count)), before
        self.out = Path(run.out)
        self.begun = False

    def __call__(self, state: State) -> None:
        """Look, where this step is one of the moments and was not looked at before a break."""
        self.before(state)
        if not self.begun:
            self._begin(state)
        if state.step in self.steps:
            self.steps.remove(state.step)
            state.snapshot()
            self._write(state)

    def _begin(self, state: State) -> None:
        """Leave out what stands after the step that a run goes on from, and what has no weights any more."""
        self.begun = True
        lines = [
            line
            for line in read(self.out)
            if line["step"] <= state.step and (self.out / snapshot_name(line["step"])).exists()
        ]
        self.steps -= {line["step"] for line in lines}
        reports.write(self.out / FILE, lines)

    def _write(self, state: State) -> None:
        heads = look(self.run, state.step, self.pictures, self.class_names)
        line = {"step": state.step, "seconds": round(state.seconds, 1), "heads": heads}
        reports.add(self.out / FILE, line)


def read(out: Path) -> list[dict]:
    """The moments of a run's folder so far."""
    return reports.read(out / FILE)


def look(run: Run, step: int, pictures: Sequence[Labelled], class_names: tuple[str, ...]) -> dict:
    """What each path of a run's snapshot says of pictures: by the head's name, and `MANY` for the one-to-many head."""
    file, out = snapshot_name(step), Path(run.out)
    trunk = load_detector(out / file)
    heads = {"one2one": trunk.network.model[HEAD].one2one()}
    for rider in run.riders:
        detector = load_detector(out / rider.name / file)
        heads[rider.name] = detector.network.model[HEAD].one2one()
    teachers = run.teachers
    paths = {name: _Path() for name in (MANY, *heads)}
    agreement: dict[str, list[Tensor]] = {name: [] for name in heads}
    gaps: dict[str, list[Tensor]] = {name: [] for name in heads}
    for labelled in pictures:
        predictions = trunk.predict_riders(labelled.image, heads)
        many = next(iter(predictions.values())).one2many
        paths[MANY].look(non_max_suppression(many.boxes, many.scores, LEAST), labelled)
        for name, prediction in predictions.items():
            one = prediction.one2one
            paths[name].look(nms_free(one.boxes, one.scores, LEAST), labelled)
            share, gap = _agree(labelled, prediction, teachers[name], class_names)
            agreement[name].append(share)
            gaps[name].append(gap)
    records = {name: path.record() for name, path in paths.items()}
    for name in heads:
        shares = torch.cat(agreement[name])
        gap = torch.cat(gaps[name], -1)
        records[name]["top"] = _mean(shares[~shares.isnan().any(-1)].T)
        records[name]["gap"] = _mean(gap[:, ~gap.isnan().any(0)])
    return records


def _agree(
    labelled: Labelled, prediction: DualPrediction, teacher: Teacher, class_names: tuple[str, ...]
) -> tuple[Tensor, Tensor]:
    """Of a picture's objects: whether the pick is in the one-to-many top 1, 5, 10, (G, 3); gap, floor, ceiling, (3, G)."""
    truth = labelled.truth(class_names)
    own = Setting.taught_by(teacher.alpha, teacher.beta)
    traced = trace_prediction(labelled.image, truth, prediction, class_names, own)
    return traced.agreement.top_k_alignment, torch.stack((traced.gap, *traced.gap_bounds))


def _mean(rows: Tensor) -> list[float | None]:
    """Mean of each row; None where it has nothing."""
    return [round(float(row.mean()), 5) if len(row) else None for row in rows]
