"""Claims about worksheets and answer sheets: from the lessons' data, two pages at most, answers apart, both languages."""

import itertools
import re

import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import RegularPolygon

from dualviz import words
from dualviz.charts.palette import LIGHT
from dualviz.charts.print import typeface
from dualviz.detector.catalogue import available
from dualviz.exports.lesson_picture import LessonPicture
from dualviz.exports.worksheet import right_words, worksheet_pages, worksheet_pdf
from dualviz.lab.facts import facts_at
from dualviz.lessons import LESSONS

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


def said(lesson, answers: bool) -> str:
    """All text of a lesson's pages, line after line."""
    return " ".join(
        text.get_text() for page in worksheet_pages(lesson, answers) for text in page.texts
    )


def letters(sentence: str) -> str:
    """A sentence without what paper shows by place: spaces, bold, brackets and the sign of an exponent."""
    return re.sub(r"\*\*|[\s^()]", "", sentence)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_takes_at_most_two_pages_and_its_answers_are_apart(lesson) -> None:
    for answers in (False, True):
        pages = worksheet_pages(lesson, answers)
        assert 1 <= len(pages) <= 2
        for page in pages:
            low = min(text.get_position()[1] for text in page.texts)
            assert low > 0, "nothing runs off the paper"
            for text in page.texts:
                box = text.get_window_extent()
                assert box.x1 <= page.bbox.x1, text.get_text()
    asked, answered = said(lesson, False), said(lesson, True)
    assert "{" not in asked + answered and "**" not in asked + answered
    for step in lesson.steps:
        if "because" in step.given:
            start = facts_at(lesson, step).say(step.given["because"])[:25]
            assert start not in asked
            assert letters(start)[:18] in letters(answered)
    answer = letters(lesson.notes["Answer"][0])[:18]
    assert answer in letters(answered) and answer not in letters(asked)
    assert "^" not in asked + answered


@pytest.mark.parametrize("spoken", ["en", "zh_CN"])
def test_a_question_and_its_answers_share_a_page_and_every_sign_can_be_written(spoken: str) -> None:
    with words.speaking(spoken):
        for lesson in LESSONS:
            pages = worksheet_pages(lesson)
            lines = [[text.get_text() for text in page.texts] for page in pages]
            assert not [line for page in lines for line in page if "\n" in line or "\u25a1" in line]
            for page in lines:
                begun = [i for i, line in enumerate(page) if re.match(r"\d+\.  ", line)]
                assert not begun or begun[-1] < len(page) - 1, (lesson.id, "a question ends a page")
            boxes = [
                [one for one in page.artists if one.get_window_extent().height > 5]
                for page in pages
            ]
            asked = [
                len(step.answer.get("options", ()))
                for step in lesson.steps
                if step.answer and step.answer.get("options")
            ]
            sums = [sum(asked[:count]) for count in range(len(asked) + 1)]
            assert len(boxes[0]) in sums, (lesson.id, "a page parts the answers of a question")


def test_an_exponent_stands_smaller_and_higher_beside_what_it_raises() -> None:
    (page,) = worksheet_pages(LESSONS[3], answers=True)
    base, exponent = next(
        (one, after)
        for one, after in itertools.pairwise(page.texts)
        if (one.get_text(), after.get_text()) == ("p", "2α")
    )
    assert exponent.get_size() < base.get_size()
    assert exponent.get_position()[1] > base.get_position()[1]
    left, right = base.get_window_extent(), exponent.get_window_extent()
    assert left.x1 <= right.x0 + 1 < left.x1 + 6, "beside it, not over it"


def test_answers_carry_the_pictures_own_numbers() -> None:
    lesson = LESSONS[1]
    guess = lesson.steps[0]
    assert right_words(lesson, guess) == "B, the better overlap"
    assert facts_at(lesson, lesson.told(guess)).written("winner_metric") in said(lesson, True)
    number = next(
        step for step in LESSONS[4].steps if step.answer and step.answer["type"] == "number"
    )
    assert right_words(LESSONS[4], number) == facts_at(LESSONS[4], number).written("agree")


def test_both_languages_and_english_where_no_typeface_can(monkeypatch) -> None:
    def heading() -> str:
        with typeface.figure_language():
            return said(LESSONS[2], False)

    words.use("zh_CN")
    try:
        if typeface.typeface("zh_CN"):
            assert "第 3 课学习单" in heading()
        monkeypatch.setattr(typeface, "typeface", lambda name: None)
        assert "Worksheet, lesson 3" in heading() and typeface.figure_note()
    finally:
        words.use("en")


def test_the_file_is_a_pdf_and_the_same_each_time() -> None:
    first = worksheet_pdf(LESSONS[1:3])
    assert first.startswith(b"%PDF") and first == worksheet_pdf(LESSONS[1:3])
    assert len(re.findall(rb"/Type /Page\b", first)) == sum(
        len(worksheet_pages(lesson)) for lesson in LESSONS[1:3]
    )


def drawn(number: int):
    """The picture of a lesson's first question, and the axes it is drawn into."""
    lesson = LESSONS[number - 1]
    first = next(step for step in lesson.steps if step.answer)
    picture = LessonPicture(lesson, first, facts_at(lesson, first, acted=False))
    axes = Figure().add_axes((0, 0, 1, 1))
    picture.draw(axes)
    return picture, axes


def test_a_worksheets_picture_holds_what_its_question_speaks_of() -> None:
    ranked, axes = drawn(5)
    lesson = LESSONS[4]
    rank = str(facts_at(lesson).pick_ranks[lesson.object - 1])
    words = sorted(text.get_text() for text in axes.texts)
    assert words == sorted([*map(str, range(1, 11)), rank]), "ranks, and the diamond with its own"
    assert sum(isinstance(one, RegularPolygon) for one in axes.patches) == 1
    assert "Numbers: 10 places" in ranked.key() and "Diamond" in ranked.key()

    doubled, axes = drawn(10)
    scene = facts_at(LESSONS[9])
    for row in scene.twins[0].rows:
        x1, y1, x2, y2 = scene.outputs["free"].boxes[row].tolist()
        left, top, right, bottom = doubled.frame
        assert left < x1 and top < y1 and x2 < right and y2 < bottom, "the two boxes are in sight"
    double = [one for one in axes.patches if one.get_edgecolor() == to_rgba(LIGHT.duplicate)]
    assert len(double) == 2

    whole, axes = drawn(12)
    height, width = facts_at(LESSONS[11]).seen.image.shape[:2]
    assert whole.frame == (0, 0, width, height), "it asks about all objects"
    assert sum(isinstance(one, RegularPolygon) for one in axes.patches) == 22

    _, axes = drawn(2)
    assert [text.get_text() for text in axes.texts] == ["A", "B"], "no rank tells the answer"


def test_what_is_to_be_done_stands_in_one_line_of_its_own() -> None:
    """Lesson 2 asks in three short lines and names its task in a title: on paper each is one sentence after its number."""
    sheet = said(LESSONS[1], answers=False)
    assert "1. A scores higher. B overlaps better. Which" in re.sub(r"\s+", " ", sheet)
    assert "Do: Point at A, then at B" in re.sub(r"\s+", " ", sheet)
    assert "\n" not in "".join(
        text.get_text() for page in worksheet_pages(LESSONS[1]) for text in page.texts
    )
