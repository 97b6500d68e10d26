"""What a lesson says at one state of one picture: facts by name, computed by Python, the authority for lab/lesson/scenes.js.

What is printed (worksheets, answers, notes) speaks with these, and a test holds the browser's numbers against them. Behind a
name may stand `_before` (the same at the knobs that the lesson begins with) and `_th` (a place: 7th).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import torch

from dualviz.charts.drawn.words import three
from dualviz.detector import DualPrediction, load_detector
from dualviz.lab.detections import select_detections
from dualviz.lab.facts import FACTS, ordinal
from dualviz.lab.knobs import FILTERS, clean
from dualviz.lab.state import clean_knobs, setting_of
from dualviz.lessons import Lesson, Step
from dualviz.lessons.results import results
from dualviz.pictures.scenes import gallery
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.postprocess import Detections, Duplicate, Match, diagnose, match
from dualviz.study.targets import push_of_scores
from dualviz.trace import DualTrace, trace_prediction
from dualviz.words import catalogue, language

FIELD = re.compile(r"\{(\w+)\}")


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


def scene_at(lesson: Lesson, step: Step | None = None, acted: bool = True) -> "Scene":
    """What a lesson says at a step on its own picture; before the first step where None.

    Args:
        lesson: of `dualviz.lessons.LESSONS`.
        step: one of its steps.
        acted: whether the act of that step is done.
    """
    given = step.given if step else {}
    return Scene(
        seen(lesson.picture, lesson.detector),
        lesson.knobs_at(step, acted),
        given.get("object", lesson.object) - 1,
        given.get("marks", lesson.given.get("marks", {})),
        lesson.knobs_at(),
        results(lesson.given.get("results", ())),
    )


def answer_of(lesson: Lesson, step: Step) -> Any:
    """The right answer of a step's question: an option's key, a number or an anchor; None for written words."""
    answer = step.answer or {}
    if "right_key" in answer:
        return answer["right_key"]
    return scene_at(lesson, lesson.told(step)).value(answer["right"]) if "right" in answer else None


class Scene:
    """Facts at one state of one picture.

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

    def value(self, name: str) -> Any:
        """One fact. Raises KeyError for a name that nothing computes."""
        if name in self.given:
            return self.given[name]
        if name in FACTS:
            return FACTS[name][1](self)
        if name.endswith("_th"):
            return self.value(name.removesuffix("_th"))
        if name.endswith("_before"):
            return self.at(**clean_knobs(self.start)).value(name.removesuffix("_before"))
        raise KeyError(f"a lesson names the fact {name}, which nothing computes")

    def written(self, name: str) -> str:
        """One fact as a sentence has it."""
        value = self.value(name)
        if name in self.given:
            return str(value)
        if name.endswith("_th"):
            return ordinal(value)
        if isinstance(value, float) and not math.isfinite(value):
            return three(value)
        return FACTS[name.removesuffix("_before")][0](value)

    def say(self, sentence: str | Mapping[str, str]) -> str:
        """A lesson's sentence in the present language, its facts filled in; of a counting one the form that fits."""
        words = catalogue(language())
        if isinstance(sentence, str):
            text = words.one(sentence)
        else:
            n = self.value(sentence["n"])
            text = words.form(sentence["one"], sentence["many"], n).replace("{n}", str(n))
        return FIELD.sub(lambda match: self.written(match[1]), text)

    def at(self, **setting: Any) -> "Scene":
        """The same object at other knobs or filters."""
        changed = {**self.setting, **setting}
        return Scene(self.seen, changed, self.g, self.marks, self.start, self.given)

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
