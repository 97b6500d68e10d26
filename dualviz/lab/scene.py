"""One state of one picture of a lesson: what its two heads make of it, and what comes out. Its numbers have names in `facts`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Self

import numpy as np
import torch

from dualviz.detector import DualPrediction, load_detector
from dualviz.lab.detections import select_detections
from dualviz.lab.knobs import FILTERS, clean
from dualviz.lab.state import clean_knobs, setting_of
from dualviz.pictures.scenes import gallery
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.postprocess import Detections, Duplicate, Match, diagnose, match
from dualviz.study.targets import push_of_scores
from dualviz.trace import DualTrace, trace_prediction


@dataclass(frozen=True)
class Seen:
    """A picture, its truth (no objects where it has none), and what both heads predict."""

    image: np.ndarray
    truth: Truth
    prediction: DualPrediction
    class_names: tuple[str, ...]

    @cached_property
    def traces(self) -> dict[str, DualTrace]:
        """Traces made so far, by setting."""
        return {}

    def trace(self, knobs: Mapping[str, Any]) -> DualTrace:
        """Both heads' matching under some knobs."""
        setting = setting_of(knobs)
        if repr(setting) not in self.traces:
            self.traces[repr(setting)] = trace_prediction(
                self.image, self.truth, self.prediction, self.class_names, setting
            )
        return self.traces[repr(setting)]


@cache
def seen(picture: str, detector: str) -> Seen:
    """A bundled picture under a bundled detector."""
    image, truth = gallery()[picture]()
    loaded = load_detector(detector, "cpu")
    names = loaded.class_names
    known = (
        truth.for_classes(names).taught if truth is not None else truth_from_boxes([], [], names)
    )
    return Seen(image, known, loaded.predict(image), names)


class Scene:
    """One state of one picture, and what both heads make of it.

    Args:
        seen: the picture.
        setting: knobs and filters by their names in lab/engine/knobs.json; what is missing is at its default.
        g: index of the object, −1 for none.
        marks: {"A": part, "B": part}, the anchors that the lesson calls so; chosen where the lesson starts.
        start: setting with which the lesson starts.
        given: numbers from results files, by name, as they are written.
    """

    def __init__(
        self,
        seen: Seen,
        setting: Mapping[str, Any],
        g: int,
        marks: Mapping[str, str],
        start: Mapping[str, Any],
        given: Mapping[str, str],
    ) -> None:
        self.seen, self.setting, self.g, self.start = seen, setting, g, start
        self.marks, self.given = marks, given
        self.knobs = clean_knobs(setting)
        self.filters = clean(FILTERS, setting)

    def at(self, **setting: Any) -> Self:
        """The same object at other knobs or filters."""
        changed = {**self.setting, **setting}
        return type(self)(self.seen, changed, self.g, self.marks, self.start, self.given)

    # ── what the heads make of the picture ──

    @cached_property
    def now(self) -> DualTrace:
        return self.seen.trace(self.knobs)

    @cached_property
    def before(self) -> DualTrace:
        return self.seen.trace(clean_knobs(self.start))

    @property
    def chosen(self) -> bool:
        return 0 <= self.g < len(self.seen.truth)

    def mark(self, name: str) -> int:
        """The anchor that the lesson calls A or B, −1 where there is none."""
        part = self.marks.get(name)
        if not part or not self.chosen:
            return -1
        many, one = self.before.one2many, self.before.one2one
        picks = [a for a in many.assignment.candidates[self.g].tolist() if a >= 0]
        order = many.log_metric[self.g].argsort(descending=True, stable=True).tolist()
        if part == "pick":
            return int(one.assignment.candidates[self.g, 0])
        if part == "loudest":
            return max(picks, key=lambda a: many.p[self.g, a].item(), default=-1)
        place = {"first": 0, "second": 1}[part]
        anchor = order[place] if place < len(order) else -1
        return anchor if anchor >= 0 and many.rank[self.g, anchor] > 0 else -1

    def of(self, head: str, table: str, anchor: int) -> float:
        """p, overlaps or log_metric of an anchor for the object; NaN where there is none."""
        if anchor < 0 or not self.chosen:
            return math.nan
        return getattr(getattr(self.now, head), table)[self.g, anchor].item()

    @property
    def pick(self) -> int:
        """The one-to-one pick of the object, −1 for none."""
        return int(self.now.one2one.assignment.candidates[self.g, 0]) if self.chosen else -1

    @property
    def first(self) -> int:
        """The one-to-many head's first choice, −1 for none."""
        return int(self.now.one2many.assignment.candidates[self.g, 0]) if self.chosen else -1

    @cached_property
    def pick_ranks(self) -> list[int]:
        """One-to-many rank of every object's one-to-one pick, 0 where there is none."""
        picks = self.now.one2one.assignment.candidates[:, 0]
        ranks = self.now.one2many.rank
        return [int(ranks[g, a]) if a >= 0 else 0 for g, a in enumerate(picks.tolist())]

    @property
    def pulls(self) -> tuple[float, float]:
        """α·Δlog p and β·Δlog u of A against B."""
        a, b = self.mark("A"), self.mark("B")
        alpha, beta = self.now.setting.exponents("one2many")
        p = _log(self.of("one2many", "p", a)) - _log(self.of("one2many", "p", b))
        u = _log(self.of("one2many", "overlaps", a)) - _log(self.of("one2many", "overlaps", b))
        return alpha * p, beta * u

    @property
    def lead(self) -> float:
        """Log m of A less that of B."""
        return self.of("one2many", "log_metric", self.mark("A")) - self.of(
            "one2many", "log_metric", self.mark("B")
        )

    @property
    def target(self) -> float:
        """What the one-to-one pick is taught before conflicts."""
        return self.now.one2one.assignment.candidate_targets[self.g, 0].item()

    def targets(self, head: str) -> torch.Tensor:
        return getattr(self.now, head).assignment.object_targets

    def pushed(self, head: str) -> torch.Tensor:
        """σ(z) − t of the object's class at every anchor."""
        label = int(self.seen.truth.labels[self.g])
        traced = getattr(self.now, head)
        return push_of_scores(traced.scores, traced.assignment.target_scores)[:, label]

    # ── the three outputs ──

    @cached_property
    def outputs(self) -> dict[str, Detections]:
        return select_detections(self.seen.prediction, self.filters)

    def judged(self, path: str) -> Match:
        """One output against truth."""
        return match(self.outputs[path], self.seen.truth.boxes, self.seen.truth.labels)

    @cached_property
    def twins(self) -> list[Duplicate]:
        """Boxes of the one-to-one output that lie on each other; first, of those that repeat an object, the closest."""
        pairs, truth = diagnose(self.outputs["free"]), self.judged("free").truth
        return sorted(
            pairs,
            key=lambda one: (
                not (0 <= int(truth[one.rows[0]]) == int(truth[one.rows[1]])),
                -one.overlap,
            ),
        )

    def remedy(self, word: str) -> tuple[float, int]:
        """Value of the setting that would part the pair, and how many other boxes it would take."""
        for pair in self.twins[:1]:
            for one in pair.remedies:
                if word in one.setting:
                    return float(one.value or math.nan), max(0, len(one.removes) - 1)
        return math.nan, 0


def _log(value: float) -> float:
    return math.log(value) if value > 0 else (-math.inf if value == 0 else math.nan)
