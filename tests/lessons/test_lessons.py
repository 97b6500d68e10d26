"""Claims about lessons as data: every file can be read, a slip names its file and field, and every word can be spoken."""

import json
import re
from pathlib import Path

import pytest

from dualviz.lessons import LESSONS, lesson_payload
from dualviz.lessons.read import FOLDER, KINDS, read_lesson, read_lessons
from dualviz.words import PSEUDO
from dualviz.words.gather import LESSON_WORDS, lesson_sentences

GOOD = """+++
id = 1
title = "Who wins?"
asks = "Why does it win?"
minutes = 3
picture = "sparse"
detector = "pico-cells"
object = 3
knobs = { alpha = 0.5 }

[[steps]]
id = "guess"
kind = "ask"
words = "A or B?"
answer = { type = "choice", right = "winner", options = [
    { key = "a", words = "A it is" },
    { key = "b", words = "B it is" },
] }

[[steps]]
id = "try"
kind = "act"
words = "Turn α to two."
act = { type = "knob", knob = "alpha", to = 2 }

[[steps]]
id = "told"
kind = "tell"
of = "guess"
words = { one = "{n} box", many = "{n} boxes", n = "raw" }
said = { a = "You said A.", b = "You said B." }
+++

## Students say

Something
over two lines.

## Ask next

Why?

## Answer

Because.
"""


def written(folder: Path, text: str, name: str = "01-who-wins.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_lesson_by_hand(tmp_path: Path) -> None:
    lesson = read_lesson(written(tmp_path, GOOD))
    assert (lesson.id, lesson.slug, lesson.object, lesson.own) == (1, "who-wins", 3, True)
    assert [step.kind for step in lesson.steps] == ["ask", "act", "tell"]
    assert lesson.notes["Students say"] == ("Something over two lines.",)
    guess, act, told = lesson.steps
    assert lesson.told(guess) is told and lesson.told(act) is act
    assert lesson.knobs_at() == lesson.knobs_at(guess) == {"alpha": 0.5}
    assert lesson.knobs_at(act, acted=False) == {"alpha": 0.5}
    assert lesson.knobs_at(act) == lesson.knobs_at(told) == {"alpha": 2}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("+++\nid", "id", "01-who-wins.md: expected front matter between two lines of +++"),
        ("minutes = 3", "minutes = ", "01-who-wins.md, front matter: Invalid value"),
        ("minutes = 3", "", "01-who-wins.md, minutes: is missing"),
        ("minutes = 3", 'minutes = "3"', "minutes: must be a whole number, got '3'"),
        ("id = 1", "id = 2", "01-who-wins.md, id: must be 01, as the file's name says"),
        ("object = 3", "colour = 3", "colour: is no field of a lesson"),
        ("alpha = 0.5", "gamma = 0.5", "knobs.gamma: is no knob"),
        ('kind = "act"', 'kind = "play"', "steps.try.kind: must be one of ('ask', 'act', 'tell'"),
        ('words = "A or B?"', "", "steps.guess.words: is missing"),
        (
            'words = "A or B?"',
            'words = "A or B?"\nview = "side"',
            "steps.guess.view: must be of ('picture'",
        ),
        (
            'words = "A or B?"',
            'words = "A or B?"\nshow = ["pairs"]',
            "steps.guess.show: must be of",
        ),
        (
            'words = "A or B?"',
            'words = "A or B?"\nmarks = { A = "last" }',
            "steps.guess.marks.A: must be of",
        ),
        (
            'right = "winner"',
            'right_key = "c"',
            "steps.guess.answer.right_key: must be one of ['a', 'b']",
        ),
        ('right = "winner", ', "", "steps.guess.answer: must have right or right_key"),
        ('key = "b"', 'key = "a"', "steps.guess.answer.options: keys must differ"),
        ('type = "choice"', 'type = "chance"', "steps.guess.answer.type: must be one of ('choice'"),
        ("to = 2", "by = 2", "steps.try.act: must have ('knob', 'to')"),
        ('of = "guess"', 'of = "try"', "steps.told.of: must name an ask, got 'try'"),
        ('id = "try"', 'id = "guess"', "steps: ids must differ"),
        ("## Ask next", "## Ask", "notes: must stand under"),
        ("Because.", "", "notes, Answer: must not be empty"),
    ],
)
def test_a_slip_is_told_with_file_and_field(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ValueError, match=re.escape(fault)):
        read_lesson(path)


def test_lessons_are_numbered_without_a_gap(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    written(tmp_path, GOOD.replace("id = 1", "id = 3", 1), "03-who-wins.md")
    with pytest.raises(ValueError, match=re.escape("must be numbered 1 to 2, got [1, 3]")):
        read_lessons(tmp_path)
    assert read_lessons(tmp_path / "none") == ()


def test_every_sentence_of_a_file_can_be_found() -> None:
    found = list(lesson_sentences(GOOD, "01-who-wins.md"))
    assert found == [
        *(
            ("Who wins?", ""),
            ("Why does it win?", ""),
            ("A or B?", ""),
            ("A it is", ""),
            ("B it is", ""),
        ),
        *(
            ("Turn α to two.", ""),
            ("{n} box", "{n} boxes"),
            ("You said A.", ""),
            ("You said B.", ""),
        ),
        *(("Students say", ""), ("Something over two lines.", ""), ("Ask next", ""), ("Why?", "")),
        *(("Answer", ""), ("Because.", "")),
    ]


def test_what_the_browser_gets_is_spoken_in_every_sentence() -> None:
    """In the marked language no sentence of any lesson is left unmarked, and the data round the sentences is the same."""
    marked = re.compile(r"⟦.*⟧")

    def told(value: object, name: str = "") -> list[str]:
        if isinstance(value, dict):
            if set(value) == {"one", "many", "n"}:
                return [value["one"], value["many"]]
            return [
                text
                for key, one in value.items()
                for text in told(one, "words" if name == "said" else key)
            ]
        if isinstance(value, list):
            return [text for one in value for text in told(one, name)]
        return (
            [value]
            if name in LESSON_WORDS and re.search(r"[a-z]{2}", re.sub(r"\{\w+\}", "", str(value)))
            else []
        )

    for lesson in LESSONS:
        english, chinese = lesson_payload(lesson), lesson_payload(lesson, "zh_CN")
        assert json.loads(json.dumps(english)) == english
        assert [step["id"] for step in english["steps"]] == [
            step["id"] for step in chinese["steps"]
        ]
        sentences = told(lesson_payload(lesson, PSEUDO))
        assert len(sentences) > 10 and all(marked.search(text) for text in sentences)
        assert english["of"] == len(LESSONS) and english["notes"][0]["heading"] == "Students say"
        assert chinese["notes"][0]["heading"] == "学生常说"


def test_each_lesson_predicts_before_it_tells_and_checks_at_the_end() -> None:
    for lesson in LESSONS:
        kinds = [step.kind for step in lesson.steps]
        asked = [step.id for step in lesson.steps if step.kind == "ask"]
        assert kinds[0] == "ask" and kinds[-1] == "ask", lesson.slug
        assert "why" in kinds, f"{lesson.slug}: one self-explanation"
        for place, step in enumerate(lesson.steps):
            if step.of:
                assert step.of in [one.id for one in lesson.steps[:place]], (
                    f"{lesson.slug}, {step.id}"
                )
                keys = {
                    option["key"]
                    for one in lesson.steps
                    if one.id == step.of
                    for option in one.answer.get("options", ())
                }
                assert keys <= set(step.given["said"]), (
                    f"{lesson.slug}, {step.id}: a word for every answer"
                )
        told = {step.of for step in lesson.steps if step.of}
        alone = [step for step in lesson.steps if step.kind == "ask" and step.id not in told]
        assert all("because" in step.given for step in alone), f"{lesson.slug}: a check says why"
        assert len(asked) >= 2


def test_words_come_from_files_beside_the_reader() -> None:
    assert [f"{lesson.id:02}-{lesson.slug}.md" for lesson in LESSONS] == sorted(
        path.name for path in FOLDER.glob("*.md")
    )
    assert set(KINDS) >= {step.kind for lesson in LESSONS for step in lesson.steps}


def test_a_lesson_for_ones_own_picture_speaks_of_objects_only() -> None:
    """On a reader's photograph no word may speak of cells, nor of where the bundled object lies."""
    for lesson in LESSONS:
        if not lesson.own:
            continue
        said = json.dumps([lesson.title, lesson_payload(lesson)["steps"]], ensure_ascii=False)
        assert not re.search(r"\b(cells?|smears?|half outside|of all ten)\b", said), lesson.slug
