"""The numbers that a lesson's sentences name in braces, computed by Python: the authority for lab/lesson/facts.js.

What is printed (worksheets, answers, notes) speaks with these, and a test holds the browser's numbers against them. Behind a
name may stand `_before` (the same at the knobs that the lesson begins with) and `_th` (a place: 7th).
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import torch

from dualviz.assignment import hungarian
from dualviz.charts.drawn.words import three
from dualviz.detector import DualPrediction, load_detector
from dualviz.lab.detections import select_detections
from dualviz.lab.knobs import FILTERS, clean
from dualviz.lab.state import clean_knobs, setting_of
from dualviz.lessons import Lesson, Step
from dualviz.lessons.results import results
from dualviz.pictures.scenes import gallery
from dualviz.pictures.truth import Truth, truth_from_boxes
from dualviz.postprocess import (
    Detections,
    Duplicate,
    Match,
    diagnose,
    match,
    non_max_suppression,
)
from dualviz.study.targets import push_of_scores
from dualviz.trace import DualTrace, trace_prediction
from dualviz.words import _, catalogue, language

REPAIR = 0.5  # NMS IoU of a repair behind the one-to-one head; as in facts.js
AT_FLOOR = 1e-5  # what lies nearer to the floor is on it; as in facts.js
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


def ordinal(n: int) -> str:
    """A place in an order as a word: "1st", "22nd", "13th"."""
    if n % 100 not in (11, 12, 13):
        if n % 10 == 1:
            return _("{number}st", number=n)
        if n % 10 == 2:
            return _("{number}nd", number=n)
        if n % 10 == 3:
            return _("{number}rd", number=n)
    return _("{number}th", number=n)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else (-math.inf if value == 0 else math.nan)


def _plain(value: float) -> str:
    """A share or score for a sentence, without powers of ten, as lab/kit/numbers.js writes it."""
    if not 0 < value < 0.001:
        return three(value)
    if value < 1e-6:
        return _("less than {least}", least="0.000001")
    return f"{value:.{-math.floor(math.log10(value))}f}"


def _score(value: float) -> str:
    return _plain(value) if 0 < value < 0.001 else f"{value:.3f}"


def _knob(value: float) -> str:
    return f"{round(value, 2):g}"


def _times(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _whole(value: float) -> str:
    return str(math.floor(value + 0.5))


def _letter(key: str) -> str:
    return {"a": "A", "b": "B"}.get(key, "—")


def _amount(n: int) -> str:
    return "none" if n == 0 else "one" if n == 1 else "few" if n <= 5 else "many"


def _emptied(scene: Scene) -> str:
    """The output that has no box while another has one."""
    if not any(len(detections) for detections in scene.outputs.values()):
        return "none"
    return next((key for key in ("free", "nms", "raw") if not len(scene.outputs[key])), "none")


def _winner(scene: Scene) -> str:
    return "c" if abs(scene.lead) < 1e-12 else "a" if scene.lead > 0 else "b"


def _outweighs(scene: Scene) -> float:
    light, heavy = sorted(map(abs, scene.pulls))
    return heavy / light


def _alpha_tie(scene: Scene) -> float:
    alpha, _beta = scene.now.setting.exponents("one2many")
    score, overlap = scene.pulls
    return -overlap / (score / alpha)


def _moved_rows(scene: Scene, table: str) -> int:
    """Anchors of the object for which either head's rank, or log m, is another than where the lesson starts."""
    inside = scene.now.prior[scene.g]
    changed = torch.zeros_like(inside)
    for head in ("one2many", "one2one"):
        now, before = (
            getattr(getattr(one, head), table)[scene.g] for one in (scene.now, scene.before)
        )
        changed |= now != before
    return int((changed & inside).sum())


def _picks(trace: DualTrace) -> torch.Tensor:
    return trace.one2one.assignment.candidates[:, 0]


def _gap_at(scene: Scene, k: int, floor: bool = False) -> float:
    trace = scene.at(k=k).now
    return (trace.gap_bounds[0] if floor else trace.gap)[scene.g].item()


def _off_floor(scene: Scene) -> int:
    over = scene.now.gap - scene.now.gap_bounds[0]
    return int((over > AT_FLOOR).sum())


def _others(scene: Scene) -> float:
    targets = scene.targets("one2many")[scene.g]
    return float(targets.double().sum() - targets[scene.pick])


def _pushed(scene: Scene, head: str, inside: bool, count: bool) -> float:
    push = scene.pushed(head)
    up = push < 0
    if inside:  # of this object: what a neighbour is taught there is the neighbour's
        taught = getattr(scene.now, head).assignment.target_gt
        up &= scene.now.prior[scene.g] & ((taught < 0) | (taught == scene.g))
    return int(up.sum()) if count else float(-push[up].sum())


def _swept(scene: Scene, iou: float, what: str) -> int:
    return int(getattr(scene.at(iou=iou).judged("nms"), what).sum())


def _tradeoff(scene: Scene) -> bool:
    low, high = (
        {what: _swept(scene, iou, what) for what in ("missed", "duplicate")} for iou in (0.3, 0.9)
    )
    return low["missed"] > high["missed"] and low["duplicate"] < high["duplicate"]


def _twin(scene: Scene, place: int) -> float:
    return scene.twins[0].scores[place] if scene.twins else math.nan


def _repair_lost(scene: Scene) -> int:
    """Objects that the one-to-one output finds and that NMS behind it would lose."""
    head, filters = scene.seen.prediction.one2one, scene.filters
    left = non_max_suppression(head.boxes, head.scores, filters["conf"], REPAIR, filters["max"])
    truth = scene.seen.truth
    missed = match(left, truth.boxes, truth.labels).missed
    return int(missed.sum()) - int(scene.judged("free").missed.sum())


def _rivals(scene: Scene) -> list[int]:
    """Objects whose best anchor is another object's best anchor too."""
    picks = _picks(scene.now).tolist()
    return [g for g, a in enumerate(picks) if a >= 0 and picks.count(a) > 1]


def _rematched(scene: Scene) -> int:
    """Objects that Hungarian matching gives another anchor than their best."""
    return int((hungarian(scene.now.one2one.log_metric) != _picks(scene.now)).sum())


Fact = tuple[Callable[[Any], str], Callable[[Scene], Any]]
FACTS: dict[str, Fact] = {
    "anchors": (str, lambda s: len(s.seen.prediction.anchor_points)),
    "object": (str, lambda s: s.g + 1),
    "objects": (str, lambda s: len(s.seen.truth)),
    "candidates": (str, lambda s: int((s.now.one2many.rank[s.g] > 0).sum())),
    "alpha": (_knob, lambda s: s.now.setting.alpha),
    "beta": (_knob, lambda s: s.now.setting.beta),
    "alpha1": (_knob, lambda s: s.now.setting.exponents("one2one")[0]),
    "beta1": (_knob, lambda s: s.now.setting.exponents("one2one")[1]),
    "r": (_knob, lambda s: s.knobs["r"]),
    "k": (str, lambda s: s.knobs["k"]),
    "r1": (_knob, lambda s: s.now.setting.exponents("one2one")[0] / s.now.setting.alpha),
    "r2": (_knob, lambda s: s.now.setting.exponents("one2one")[1] / s.now.setting.beta),
    "score_pull": (_score, lambda s: abs(s.pulls[0])),
    "overlap_pull": (_score, lambda s: abs(s.pulls[1])),
    "outweighs": (_times, _outweighs),
    "stronger": (
        lambda key: _("the score") if key == "score" else _("the overlap"),
        lambda s: "score" if abs(s.pulls[0]) > abs(s.pulls[1]) else "overlap",
    ),
    "winner": (_letter, _winner),
    "winner_metric": (_score, lambda s: max(s.value("a_metric"), s.value("b_metric"))),
    "loser_metric": (_score, lambda s: min(s.value("a_metric"), s.value("b_metric"))),
    "lead_percent": (_whole, lambda s: 100 * math.expm1(abs(s.lead))),
    "alpha_tie": (three, _alpha_tie),
    "a_move": (str, lambda s: _move(s)),
    "rank": (str, lambda s: s.pick_ranks[s.g]),
    "choice_place": (str, lambda s: "first" if s.pick_ranks[s.g] == 1 else "lower"),
    "pick_score": (_score, lambda s: s.of("one2one", "p", s.pick)),
    "pick_overlap": (_score, lambda s: s.of("one2one", "overlaps", s.pick)),
    "pick_score_many": (_score, lambda s: s.of("one2many", "p", s.pick)),
    "pick_overlap_many": (_score, lambda s: s.of("one2many", "overlaps", s.pick)),
    "pick_second_score": (
        _score,
        lambda s: s.now.one2one.p[s.g].sort(descending=True).values[1].item(),
    ),
    "first_score": (_score, lambda s: s.of("one2many", "p", s.first)),
    "first_overlap": (_score, lambda s: s.of("one2many", "overlaps", s.first)),
    "ranks_moved": (str, lambda s: _moved_rows(s, "rank")),
    "metrics_moved": (str, lambda s: _moved_rows(s, "log_metric")),
    "picks_moved": (str, lambda s: int((_picks(s.now) != _picks(s.before)).sum())),
    "agree": (str, lambda s: s.pick_ranks.count(1)),
    "gap": (three, lambda s: s.now.gap[s.g].item()),
    "floor": (three, lambda s: s.now.gap_bounds[0][s.g].item()),
    "ceiling": (three, lambda s: s.now.gap_bounds[1][s.g].item()),
    "off_floor": (str, _off_floor),
    "others_target": (three, _others),
    "t_many_sum": (three, lambda s: float(s.targets("one2many")[s.g].double().sum())),
    "t_one": (_score, lambda s: s.target),
    "positives_many": (str, lambda s: int(s.now.one2many.assignment.positives[s.g])),
    "positives_one": (str, lambda s: int(s.now.one2one.assignment.positives[s.g])),
    "pushed_up_many": (str, lambda s: _pushed(s, "one2many", True, True)),
    "pushed_up_one": (str, lambda s: _pushed(s, "one2one", True, True)),
    "target_sum_many": (
        three,
        lambda s: float(s.now.one2many.assignment.target_scores.double().sum()),
    ),
    "target_sum_one": (
        three,
        lambda s: float(s.now.one2one.assignment.target_scores.double().sum()),
    ),
    "conf": (_knob, lambda s: s.filters["conf"]),
    "iou": (_knob, lambda s: s.filters["iou"]),
    "emptied": (str, _emptied),
    "pairs": (str, lambda s: len(s.twins)),
    "pair_first": (_score, lambda s: _twin(s, 0)),
    "pair_second": (_score, lambda s: _twin(s, 1)),
    "pair_overlap": (
        lambda value: f"{value:.2f}",
        lambda s: s.twins[0].overlap if s.twins else math.nan,
    ),
    "pair_kind": (lambda kind: _pair_words(kind), lambda s: s.twins[0].kind if s.twins else ""),
    "pair_nms": (_knob, lambda s: s.remedy("NMS")[0]),
    "pair_cost": (str, lambda s: s.remedy("NMS")[1]),
    "pair_conf": (_score, lambda s: _twin(s, 1)),
    "pair_conf_cost": (str, lambda s: s.remedy("confidence")[1]),
    "repair_lost": (str, _repair_lost),
    "rivals": (str, lambda s: len(_rivals(s))),
    "rematched": (str, _rematched),
    "has_object": (str, lambda s: s.chosen),
    "has_pick": (str, lambda s: s.pick >= 0),
    "has_pair": (str, lambda s: s.pulls[0] > 0 > s.pulls[1]),
    "differs": (str, lambda s: s.pick_ranks[s.g] > 1),
    "has_duplicate": (str, lambda s: bool(s.twins)),
    "has_tradeoff": (str, _tradeoff),
}
for _mark, _letter_of in (("a", "A"), ("b", "B")):
    for _name, _head, _table, _write in (
        ("score", "one2many", "p", _score),
        ("overlap", "one2many", "overlaps", _score),
    ):
        FACTS[f"{_mark}_{_name}"] = (
            _write,
            lambda s, mark=_letter_of, table=_table: s.of("one2many", table, s.mark(mark)),
        )
    FACTS[f"{_mark}_metric"] = (
        _score,
        lambda s, mark=_letter_of: math.exp(s.of("one2many", "log_metric", s.mark(mark))),
    )
    FACTS[f"{_mark}_rank"] = (
        str,
        lambda s, mark=_letter_of: int(s.of("one2many", "rank", s.mark(mark))),
    )
for _k in (1, 3, 5, 10):
    FACTS[f"gap_k{_k}"] = (three, lambda s, k=_k: _gap_at(s, k))
    FACTS[f"floor_k{_k}"] = (three, lambda s, k=_k: _gap_at(s, k, floor=True))
for _path in ("raw", "nms", "free"):
    FACTS[_path] = (str, lambda s, path=_path: len(s.outputs[path]))
    FACTS[f"{_path}_amount"] = (str, lambda s, path=_path: _amount(len(s.outputs[path])))
    FACTS[f"{_path}_object"] = (
        str,
        lambda s, path=_path: int((s.judged(path).truth == s.g).sum()),
    )
    for _what in ("missed", "duplicate", "false"):
        FACTS[f"{_path}_{_what}"] = (
            str,
            lambda s, path=_path, what=_what: int(getattr(s.judged(path), what).sum()),
        )
for _end, _iou in (("low", 0.3), ("high", 0.9)):
    for _what in ("missed", "duplicate"):
        FACTS[f"nms_{_what}_{_end}"] = (
            str,
            lambda s, iou=_iou, what=_what: _swept(s, iou, what),
        )


def _move(scene: Scene) -> str:
    """Which way A has gone in the order since the lesson began."""
    now, before = scene.value("a_rank"), scene.value("a_rank_before")
    return "up" if now < before else "down" if now > before else "same"


def _pair_words(kind: str) -> str:
    return _("one anchor under two classes") if kind == "two classes" else _("two anchors")
