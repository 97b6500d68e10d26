"""What the browser gets of a lesson: its record as plain data, every sentence in one language."""

from typing import Any

from dualviz.lessons.read import LESSONS, Lesson
from dualviz.lessons.results import results
from dualviz.words import catalogue
from dualviz.words.catalogue import Catalogue, filled
from dualviz.words.gather import LESSON_WORDS


def lesson_payload(lesson: Lesson, language: str = "en") -> dict[str, Any]:
    """A lesson for the browser.

    Args:
        lesson: of `dualviz.lessons.LESSONS`.
        language: a key of `dualviz.words.LANGUAGES`.

    Returns:
        dict of what JSON can hold: id, slug, title, asks, minutes, of, picture, detector, object (from 1; 0: none), own, steps,
        notes (what a teacher reads: {heading, words}, a paragraph each), facts (the results it reads), and what else the
        file says; a table's cells are filled in.
    """
    words = catalogue(language)
    steps = [
        {"id": step.id, "kind": step.kind, "words": step.words}
        | ({"answer": dict(step.answer)} if step.answer else {})
        | ({"act": dict(step.act)} if step.act else {})
        | ({"of": step.of} if step.of else {})
        | dict(step.given)
        for step in lesson.steps
    ]
    given = {name: value for name, value in lesson.given.items() if name != "results"}
    content = {
        "id": lesson.id,
        "slug": lesson.slug,
        "title": lesson.title,
        "asks": lesson.asks,
        "minutes": lesson.minutes,
        "of": len(LESSONS),
        "picture": lesson.picture,
        "detector": lesson.detector,
        "object": lesson.object,
        "own": lesson.own,
        "steps": steps,
        **given,
    }
    content = spoken(content, words)
    facts = results(lesson.given.get("results", ()))
    if "table" in content:
        content["table"] = _filled(content["table"], facts)
    notes = [
        {"heading": words.one(heading), "words": [words.one(line) for line in lines]}
        for heading, lines in lesson.notes.items()
    ]
    return content | {"notes": notes, "facts": facts}


def spoken(value: Any, words: Catalogue, name: str = "") -> Any:
    """Plain data of a lesson with every sentence in a language; a counting sentence keeps its two forms, {one, many, n}."""
    if isinstance(value, dict):
        if set(value) == {"one", "many", "n"}:
            one, many = (words.form(value["one"], value["many"], n) for n in (1, 2))
            return {"one": one, "many": many, "n": value["n"]}
        if name == "said":
            return {key: spoken(one, words, "words") for key, one in value.items()}
        return {key: spoken(one, words, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [spoken(one, words, name) for one in value]
    return words.one(value) if name in LESSON_WORDS and isinstance(value, str) else value


def _filled(value: Any, facts: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, facts) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, facts) for one in value]
    return filled(value, facts)
