"""A lesson's file, read into records and checked: a slip is told with the file and the field it stands in."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dualviz.words.gather import lesson_notes, lesson_parts

FOLDER = Path(__file__).parent
VIEWS = (
    "picture",
    "matching",
    "panels",
    "order",
    "plane",
    "gap",
    "push",
    "nms",
    "clinic",
    "repair",
    "evidence",
)
SHOWN = ("pair", "rule", "tug", "counts", "ladder", "gap", "table")
ANCHORS = ("first", "second", "pick", "loudest")
CONTROLS = (
    *("alpha", "beta", "r", "k", "alpha1", "beta1", "shared", "locked", "mode"),
    *("conf", "iou", "max", "agnostic", "step"),
)
NOTES = ("Students say", "Ask next", "Answer")  # headings below the front matter
KINDS = {  # kind of step: fields it must have, fields it may have beside SETTING
    "ask": (("answer",), ("said", "because")),
    "act": (("act",), ()),
    "tell": ((), ("of", "verdict", "said")),
    "why": (("answer",), ("because", "said", "model")),
    "formula": (("formula",), ()),
}
SETTING = {  # field that a lesson and its steps share: what it holds
    "view": VIEWS,
    "show": SHOWN,
    "controls": CONTROLS,
    "knobs": dict,
    "marks": dict,
    "needs": list,
    "labels": bool,
    "whole": bool,
    "heads": ("many", "one", "both"),
    "object": int,
}
ANSWERS = {  # type of answer: fields it must have, fields it may have
    "choice": (("options",), ("right", "right_key")),
    "number": (("right", "within"), ("unit", "min", "max")),
    "point": (("right",), ()),
    "write": ((), ()),
}
ACTS = {"knob": ("knob", "to"), "knobs": ("to",), "point": ("anchors",), "reveal": ("what",)}


@dataclass(frozen=True)
class Step:
    """One step of a lesson.

    Attributes:
        id: names it within its lesson; the answers of a reader are kept under it.
        kind: "ask", "act", "tell", "why" or "formula".
        words: what it says, English.
        answer: of an ask or a why: {type: "choice", options: [{key, words}], right (a fact) or right_key},
            {type: "number" | "point", right, within} or {type: "write"}.
        act: of an act: {type, …}, see `ACTS`.
        of: of a tell: id of the ask whose answer it reveals.
        given: everything else that stands in the file.
    """

    id: str
    kind: str
    words: str
    answer: Mapping[str, Any] | None = None
    act: Mapping[str, Any] | None = None
    of: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        id: its place, from 1.
        slug: its place in the file's name.
        title, minutes, picture, detector: as the file says.
        asks: the plain question that it answers.
        object: counted from 1; 0 where the lesson is about the whole picture.
        own: whether it may be tried on another picture.
        steps: in their order.
        notes: for a teacher: the paragraphs under each heading of `NOTES`, English.
        given: everything else that stands in the file.
    """

    id: int
    slug: str
    title: str
    asks: str
    minutes: int
    picture: str
    detector: str
    object: int
    own: bool
    steps: tuple[Step, ...]
    notes: Mapping[str, tuple[str, ...]]
    given: Mapping[str, Any] = field(default_factory=dict)

    def knobs_at(self, step: Step | None = None, acted: bool = True) -> dict[str, Any]:
        """Knobs that stand at a step: the lesson's, what the steps up to it set, what their acts did.

        Args:
            step: None: as the lesson begins.
            acted: whether the act of `step` itself is done.
        """
        knobs = dict(self.given.get("knobs", {}))
        for one in self.steps[: self.steps.index(step) + 1] if step else ():
            knobs |= one.given.get("knobs", {})
            if one.act and (acted or one is not step):
                knobs |= act_knobs(one.act)
        return knobs

    def told(self, step: Step) -> Step:
        """The step at which the answer of an ask is decided: the one that tells of it, or itself."""
        return next((one for one in self.steps if one.of == step.id), step)


def act_knobs(act: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs that an act sets; none for one that only points or reveals."""
    if act["type"] == "knob":
        return {act["knob"]: act["to"]}
    return dict(act["to"]) if act["type"] == "knobs" else {}


def read_lessons(folder: Path = FOLDER) -> tuple[Lesson, ...]:
    """Every lesson of a folder, in the order of their numbers.

    Raises:
        ValueError: with file and field, for what is no lesson; two lessons of one number; a number left out.
    """
    lessons = tuple(read_lesson(path) for path in sorted(folder.glob("*.md")))
    numbers = [lesson.id for lesson in lessons]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(
            f"{folder.name}: lessons must be numbered 1 to {len(numbers)}, got {numbers}"
        )
    return lessons


def read_lesson(path: Path) -> Lesson:
    """One lesson of its file, named like `02-score-or-overlap.md`.

    Raises:
        ValueError: with file and field.
    """
    number, _, slug = path.stem.partition("-")
    front, body = lesson_parts(path.read_text(encoding="utf-8"), path.name)
    try:
        given = tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}, front matter: {error}") from error
    check = _Check(path.name)
    check.fields(
        "",
        given,
        {
            "id": int,
            "title": str,
            "asks": str,
            "minutes": int,
            "picture": str,
            "detector": str,
            "steps": list,
        },
        {"own": bool, "results": list, "table": dict, **SETTING},
    )
    check.that(
        "id",
        number.isdigit() and given["id"] == int(number),
        f"must be {number}, as the file's name says",
    )
    check.setting("", given)
    steps = tuple(_read_step(check, given["steps"], place) for place in range(len(given["steps"])))
    ids = [step.id for step in steps]
    check.that("steps", len(set(ids)) == len(ids), f"ids must differ, got {ids}")
    asked = {step.id for step in steps if step.kind == "ask"}
    for step in steps:
        check.that(
            f"steps.{step.id}.of",
            not step.of or step.of in asked,
            f"must name an ask, got {step.of!r}",
        )
    notes = lesson_notes(body)
    check.that("notes", tuple(notes) == NOTES, f"must stand under {NOTES}, got {tuple(notes)}")
    for heading, paragraphs in notes.items():
        check.that(f"notes, {heading}", bool(paragraphs), "must not be empty")
    known = {"id", "title", "asks", "minutes", "picture", "detector", "object", "own", "steps"}
    return Lesson(
        id=given["id"],
        slug=slug,
        title=given["title"],
        asks=given["asks"],
        minutes=given["minutes"],
        picture=given["picture"],
        detector=given["detector"],
        object=given.get("object", 0),
        own=given.get("own", True),
        steps=steps,
        notes=notes,
        given={name: value for name, value in given.items() if name not in known},
    )


def _read_step(check: "_Check", steps: Sequence[Any], place: int) -> Step:
    given = steps[place]
    name = (
        f"steps.{given.get('id', place + 1)}" if isinstance(given, dict) else f"steps.{place + 1}"
    )
    check.that(name, isinstance(given, dict), "must be a table")
    kind = given.get("kind")
    check.that(f"{name}.kind", kind in KINDS, f"must be one of {tuple(KINDS)}, got {kind!r}")
    must, may = KINDS[kind]
    types: dict[str, Any] = {"answer": dict, "act": dict, "said": dict, "of": str, "formula": str}
    sentence = (str, dict)
    optional = {one: types.get(one, sentence) for one in may}
    check.fields(
        name,
        given,
        {"id": str, "kind": str, "words": sentence, **{one: types[one] for one in must}},
        {"title": sentence, "note": str, **optional, **SETTING},
    )
    check.setting(name, given)
    if answer := given.get("answer"):
        check.answer(f"{name}.answer", answer)
    if act := given.get("act"):
        check.act(f"{name}.act", act)
    known = {"id", "kind", "words", "answer", "act", "of"}
    return Step(
        given["id"],
        kind,
        given["words"],
        answer,
        act,
        given.get("of", ""),
        {one: value for one, value in given.items() if one not in known},
    )


class _Check:
    """Says what is wrong with a field of one file."""

    def __init__(self, file: str) -> None:
        self.file = file

    def that(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise ValueError(f"{self.file}, {name}: {wanted}")

    def fields(
        self, name: str, given: Mapping[str, Any], must: Mapping[str, Any], may: Mapping[str, Any]
    ) -> None:
        dot = f"{name}." if name else ""
        for one in must:
            self.that(f"{dot}{one}", one in given, "is missing")
        for one, value in given.items():
            kind = must.get(one, may.get(one))
            self.that(f"{dot}{one}", kind is not None, "is no field of a lesson")
            if one in SETTING:
                continue  # `setting` checks these
            self.that(
                f"{dot}{one}", isinstance(value, kind), f"must be {_kind(kind)}, got {value!r}"
            )

    def setting(self, name: str, given: Mapping[str, Any]) -> None:
        dot = f"{name}." if name else ""
        for one, wanted in SETTING.items():
            if one not in given:
                continue
            value, place = given[one], f"{dot}{one}"
            if isinstance(wanted, tuple):
                chosen = value if isinstance(value, list) else [value]
                for choice in chosen:
                    self.that(place, choice in wanted, f"must be of {wanted}, got {choice!r}")
            else:
                self.that(
                    place, isinstance(value, wanted), f"must be {_kind(wanted)}, got {value!r}"
                )
        for mark, anchor in given.get("marks", {}).items():
            self.that(
                f"{dot}marks.{mark}",
                mark in ("A", "B") and anchor in ANCHORS,
                f"must be of {ANCHORS}, got {anchor!r}",
            )
        for knob in given.get("knobs", {}):
            self.that(f"{dot}knobs.{knob}", knob in CONTROLS, "is no knob")

    def answer(self, name: str, given: Mapping[str, Any]) -> None:
        kind = given.get("type")
        self.that(f"{name}.type", kind in ANSWERS, f"must be one of {tuple(ANSWERS)}, got {kind!r}")
        must, may = ANSWERS[kind]
        for one in must:
            self.that(f"{name}.{one}", one in given, "is missing")
        for one in given:
            self.that(
                f"{name}.{one}", one in (*must, *may, "type"), f"is no field of a {kind} answer"
            )
        if kind != "choice":
            return
        options = given["options"]
        self.that(f"{name}.options", 2 <= len(options) <= 4, f"must be 2 to 4, got {len(options)}")
        for option in options:
            self.that(
                f"{name}.options",
                set(option) == {"key", "words"},
                f"each has key and words, got {option}",
            )
        keys = [option["key"] for option in options]
        self.that(f"{name}.options", len(set(keys)) == len(keys), f"keys must differ, got {keys}")
        self.that(
            name, ("right" in given) != ("right_key" in given), "must have right or right_key"
        )
        if "right_key" in given:
            self.that(f"{name}.right_key", given["right_key"] in keys, f"must be one of {keys}")

    def act(self, name: str, given: Mapping[str, Any]) -> None:
        kind = given.get("type")
        self.that(f"{name}.type", kind in ACTS, f"must be one of {tuple(ACTS)}, got {kind!r}")
        self.that(
            name, set(given) == {"type", *ACTS[kind]}, f"must have {ACTS[kind]}, got {tuple(given)}"
        )
        for knob in act_knobs(given):
            self.that(name, knob in CONTROLS, f"{knob!r} is no knob")


def _kind(kind: Any) -> str:
    names = {
        str: "text",
        int: "a whole number",
        list: "a list",
        dict: "a table",
        bool: "true or false",
    }
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(names[one] for one in kinds)


LESSONS = read_lessons()
