"""The numbers that a lesson's sentences name in braces, computed by Python: the authority for lab/lesson/facts.js.

What is printed (worksheets, answers, notes) speaks with these, and a test holds the browser's numbers against them. Behind a
name may stand `_before` (the same at the knobs that the lesson begins with) and `_th` (a place: 7th).
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import torch

from dualviz.assignment import hungarian
from dualviz.charts.drawn.words import three
from dualviz.lab.scene import Scene, seen
from dualviz.lab.state import clean_knobs
from dualviz.lessons import Lesson, Step
from dualviz.lessons.results import results
from dualviz.postprocess import match, non_max_suppression
from dualviz.trace import DualTrace
from dualviz.words import _, catalogue, language
from dualviz.words.catalogue import filled

REPAIR = 0.5  # NMS IoU of a repair behind the one-to-one head; as in facts.js
AT_FLOOR = 1e-5  # what lies nearer to the floor is on it; as in facts.js
FIELD = re.compile(r"\{(\w+)\}")


class Facts(Scene):
    """A scene whose numbers are asked for by name, and told in sentences."""

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
        return filled(text, {name: self.written(name) for name in FIELD.findall(text)})


def facts_at(lesson: Lesson, step: Step | None = None, acted: bool = True) -> Facts:
    """What a lesson says at a step on its own picture; before the first step where None.

    Args:
        lesson: of `dualviz.lessons.LESSONS`.
        step: one of its steps.
        acted: whether the act of that step is done.
    """
    given = step.given if step else {}
    return Facts(
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
    return facts_at(lesson, lesson.told(step)).value(answer["right"]) if "right" in answer else None


Fact = tuple[Callable[[Any], str], Callable[[Facts], Any]]

# ── how a value is written ──


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


def _pair_words(kind: str) -> str:
    return _("one anchor under two classes") if kind == "two classes" else _("two anchors")


# ── what is computed of a scene ──


def _emptied(scene: Facts) -> str:
    """The output that has no box while another has one."""
    if not any(len(detections) for detections in scene.outputs.values()):
        return "none"
    return next((key for key in ("free", "nms", "raw") if not len(scene.outputs[key])), "none")


def _winner(scene: Facts) -> str:
    return "c" if abs(scene.lead) < 1e-12 else "a" if scene.lead > 0 else "b"


def _outweighs(scene: Facts) -> float:
    light, heavy = sorted(map(abs, scene.pulls))
    return heavy / light


def _alpha_tie(scene: Facts) -> float:
    alpha, _beta = scene.now.setting.exponents("one2many")
    score, overlap = scene.pulls
    return -overlap / (score / alpha)


def _moved_rows(scene: Facts, table: str) -> int:
    """Anchors of the object whose rank, or log m, in the one-to-many head is another than where the lesson starts."""
    now, before = (getattr(one.one2many, table)[scene.g] for one in (scene.now, scene.before))
    return int(((now != before) & scene.now.prior[scene.g]).sum())


def _picks(trace: DualTrace) -> torch.Tensor:
    return trace.one2one.assignment.candidates[:, 0]


def _gap_at(scene: Facts, k: int, floor: bool = False) -> float:
    trace = scene.at(k=k).now
    return (trace.gap_bounds[0] if floor else trace.gap)[scene.g].item()


def _off_floor(scene: Facts) -> int:
    over = scene.now.gap - scene.now.gap_bounds[0]
    return int((over > AT_FLOOR).sum())


def _others(scene: Facts) -> float:
    targets = scene.targets("one2many")[scene.g]
    return float(targets.double().sum() - targets[scene.pick])


def _pushed(scene: Facts, head: str, inside: bool, count: bool) -> float:
    push = scene.pushed(head)
    up = push < 0
    if inside:  # of this object: what a neighbour is taught there is the neighbour's
        taught = getattr(scene.now, head).assignment.target_gt
        up &= scene.now.prior[scene.g] & ((taught < 0) | (taught == scene.g))
    return int(up.sum()) if count else float(-push[up].sum())


def _swept(scene: Facts, iou: float, what: str) -> int:
    return int(getattr(scene.at(iou=iou).judged("nms"), what).sum())


def _tradeoff(scene: Facts) -> bool:
    low, high = (
        {what: _swept(scene, iou, what) for what in ("missed", "duplicate")} for iou in (0.3, 0.9)
    )
    return low["missed"] > high["missed"] and low["duplicate"] < high["duplicate"]


def _twin(scene: Facts, place: int) -> float:
    return scene.twins[0].scores[place] if scene.twins else math.nan


def _repair_lost(scene: Facts) -> int:
    """Objects that the one-to-one output finds and that NMS behind it would lose."""
    head, filters = scene.seen.prediction.one2one, scene.filters
    left = non_max_suppression(head.boxes, head.scores, filters["conf"], REPAIR, filters["max"])
    truth = scene.seen.truth
    missed = match(left, truth.boxes, truth.labels).missed
    return int(missed.sum()) - int(scene.judged("free").missed.sum())


def _rivals(scene: Facts) -> list[int]:
    """Objects whose best anchor is another object's best anchor too."""
    picks = _picks(scene.now).tolist()
    return [g for g, a in enumerate(picks) if a >= 0 and picks.count(a) > 1]


def _rematched(scene: Facts) -> int:
    """Objects that Hungarian matching gives another anchor than their best."""
    return int((hungarian(scene.now.one2one.log_metric) != _picks(scene.now)).sum())


def _move(scene: Facts) -> str:
    """Which way A has gone in the order since the lesson began."""
    now, before = scene.value("a_rank"), scene.value("a_rank_before")
    return "up" if now < before else "down" if now > before else "same"


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
    "a_move": (str, _move),
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
    "pair_kind": (_pair_words, lambda s: s.twins[0].kind if s.twins else ""),
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
