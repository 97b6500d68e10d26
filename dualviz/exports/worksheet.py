"""Worksheets and answer sheets of the lessons as PDF: A4, from the lessons' own data, with the numbers of their pictures.

A worksheet asks what the lesson asks and leaves room; the answer sheet says what is right and why, and what a teacher may
ask next. A lesson takes at most two pages of each.
"""

import io
import re
from collections.abc import Iterable, Sequence
from itertools import groupby, zip_longest

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import dualviz
from dualviz.charts.palette import LIGHT
from dualviz.charts.print.sheet import printable, text_width, wrapped
from dualviz.charts.print.typeface import figure_language
from dualviz.exports.lesson_picture import LessonPicture
from dualviz.lab.facts import Facts, answer_of, facts_at
from dualviz.lessons import Lesson, Step
from dualviz.words import _, catalogue, language

WIDTH, HEIGHT, MARGIN = 8.27, 11.69, 0.75  # inches: A4
SIZE = 10.5  # points of the running text
PICTURE = 2.7  # inches
ROOM = 0.34  # inches between two lines to write on
RIGHT = "#C25400"  # the one-to-one head's colour, dark enough for type
EXPONENT = 0.7  # of the running text's size
# bold, which paper leaves out, and exponents
MARKUP = re.compile(r"\*\*|\^\(((?:[^()]|\([^()]*\))*)\)|\^([\w.′]+)")


def worksheet_pdf(lessons: Iterable[Lesson], answers: bool = False) -> bytes:
    """Worksheets, or answer sheets, one after the other.

    Figures speak the present language where a typeface of this machine can write it, else English.

    Returns:
        A PDF; the same bytes for the same lessons and weights.
    """
    file = io.BytesIO()
    about = {"Creator": dualviz.MADE_BY, "CreationDate": None}
    with figure_language(), PdfPages(file, metadata=about) as pages:
        for lesson in lessons:
            for figure in worksheet_pages(lesson, answers):
                pages.savefig(figure)
    return file.getvalue()


def worksheet_pages(lesson: Lesson, answers: bool = False) -> list[Figure]:
    """Pages of one lesson's worksheet, or of its answer sheet, in the present language."""
    paper = _Paper(_heading(lesson, answers))
    if answers:
        _answers(paper, lesson)
    else:
        paper.text(_("Name: {line}  Date: {line}", line="_" * 24), space=0.2)
        first = next(step for step in lesson.steps if step.answer)
        paper.picture(LessonPicture(lesson, first, facts_at(lesson, first, acted=False)))
        _questions(paper, lesson)
    return paper.pages


def _heading(lesson: Lesson, answers: bool) -> str:
    title = _spoken(lesson.title)
    if answers:
        return _("Answers to lesson {number}: {title}", number=lesson.id, title=title)
    return _("Worksheet, lesson {number}: {title}", number=lesson.id, title=title)


def _questions(paper: "_Paper", lesson: Lesson) -> None:
    """Every question with its answers to tick or room to write; what to do; room for what was seen."""
    number = 0
    for step in lesson.steps:
        scene = facts_at(lesson, step, acted=False)
        if step.kind == "act":
            paper.text(_("Do: {what}", what=_first_words(scene, step)), bold=True, space=0.16)
        elif step.kind == "tell":
            paper.text(_("What did you see?"), space=0.1)
            paper.rules(2)
        elif step.answer:
            number += 1
            pictured = "object" in step.given
            options, titled = step.answer.get("options", ()), "title" in step.given
            paper.keep(_room(1 + titled, len(options), pictured, step.kind == "why"))
            paper.text(f"{number}.  {_first_words(scene, step)}", bold=True, space=0.16)
            if titled:
                paper.text(scene.say(step.words), indent=0.3)
            if pictured:
                paper.picture(LessonPicture(lesson, step, scene), 0.6 * PICTURE)
            if "pair" in step.given.get("show", ()):
                names = ("a_score", "a_overlap", "b_score", "b_overlap")
                numbers = {name: scene.written(name) for name in names}
                words = _(
                    "A: score {a_score}, overlap {a_overlap}. B: score {b_score}, overlap {b_overlap}.",
                    **numbers,
                )
                paper.text(words, indent=0.3)
            for option in options:
                paper.box(scene.say(option["words"]))
            if not options:
                paper.rules(1)
            if step.kind == "why":
                paper.text(_("In your own words:"), indent=0.3)
                paper.rules(2)


def _room(paragraphs: int, options: int, pictured: bool, why: bool) -> float:
    """Inches that a question takes with its answers, so that no page parts them; a paragraph takes two lines."""
    picture = 0.6 * PICTURE + 0.6 if pictured else 0.0
    return 0.45 * paragraphs + picture + 0.25 * options + ROOM * (not options + 2 * why)


def _answers(paper: "_Paper", lesson: Lesson) -> None:
    """What is right and why, with the numbers of the picture, then the notes for a teacher."""
    number = 0
    for step in lesson.steps:
        scene = facts_at(lesson, step)
        if not step.answer:
            continue
        number += 1
        paper.keep(0.9)
        asked = facts_at(lesson, step, acted=False)
        paper.text(f"{number}.  {_first_words(asked, step)}", bold=True, space=0.14)
        paper.text(right_words(lesson, step), indent=0.3, colour=RIGHT)
        reveal = lesson.told(step)
        if reveal is not step:
            decided = facts_at(lesson, reveal)
            for one in (reveal.given.get("verdict"), reveal.words):
                if one:
                    paper.text(decided.say(one), indent=0.3)
        if "because" in step.given:
            paper.text(scene.say(step.given["because"]), indent=0.3)
    end = facts_at(lesson)
    for heading, paragraphs in lesson.notes.items():
        paper.keep(0.7)
        paper.text(_spoken(heading), bold=True, space=0.18)
        for paragraph in paragraphs:
            paper.text(end.say(paragraph), indent=0.3)


def _first_words(scene: Facts, step: Step) -> str:
    """What a step asks or wants done, in one line: its title, or its words where it has none."""
    said = scene.say(step.given.get("title", step.words))
    return re.sub(r"(?<=[。？！，])\n", "", said).replace("\n", " ")


def right_words(lesson: Lesson, step: Step) -> str:
    """The right answer as it is read: an option's words, or a number."""
    answer, right = step.answer or {}, answer_of(lesson, step)
    if answer.get("type") == "choice":
        chosen = next(one for one in answer["options"] if one["key"] == right)
        return facts_at(lesson, step).say(chosen["words"])
    if answer.get("type") == "number":
        return facts_at(lesson, lesson.told(step)).written(answer["right"])
    return _("Your own words.")


def plain_and_raised(sentence: str) -> tuple[str, list[bool]]:
    """A lesson's sentence without its markup, and of each character whether it stands in an exponent.

    >>> plain_and_raised("**m** = p^0.5")
    ('m = p0.5', [False, False, False, False, False, True, True, True])
    """
    plain, raised, start = "", [], 0
    for match in MARKUP.finditer(sentence):
        between, exponent = sentence[start : match.start()], match[1] or match[2] or ""
        plain += between + exponent
        raised += [False] * len(between) + [True] * len(exponent)
        start = match.end()
    rest = sentence[start:]
    return plain + rest, raised + [False] * len(rest)


def _spoken(sentence: str) -> str:
    return catalogue(language()).one(sentence)


class _Paper:
    """A4 pages that fill from the top; a new one begins where there is no room."""

    def __init__(self, heading: str) -> None:
        self.pages: list[Figure] = []
        self.heading, self.y = heading, 0.0
        self._turn()

    def _turn(self) -> None:
        self.figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="white")
        self.figure.set_label(self.heading)
        self.pages.append(self.figure)
        self.y = MARGIN
        size = 1.45 * SIZE if len(self.pages) == 1 else SIZE
        self.text(self.heading, size=size, bold=True)
        self._write(
            f"{dualviz.MADE_BY} · {len(self.pages)}",
            MARGIN,
            HEIGHT - 0.45,
            0.75 * SIZE,
            colour=LIGHT.soft,
        )

    def keep(self, inches: float) -> None:
        """Begin a new page where less room than this is left."""
        if self.y + inches > HEIGHT - MARGIN:
            self._turn()

    def text(
        self,
        words: str,
        indent: float = 0.0,
        size: float = SIZE,
        bold: bool = False,
        space: float = 0.06,
        colour: str = LIGHT.truth,
    ) -> None:
        """A paragraph, wrapped, with `space` inches above."""
        self.y += space
        for sentence in words.split("\n"):
            plain, raised = plain_and_raised(printable(sentence))
            at = 0
            for line in wrapped(plain, WIDTH - 2 * MARGIN - indent, size, bold):
                self.keep(0.25)
                at = plain.index(line, at)
                self._write(line, MARGIN + indent, self.y, size, bold, colour, raised[at:])
                self.y += 1.38 * size / 72
                at += len(line)

    def box(self, words: str) -> None:
        """An answer with a box to tick."""
        self.keep(0.3)
        top, side = self.y + 0.055, 0.13
        self.figure.add_artist(
            Rectangle(
                (self._x(MARGIN + 0.3), self._y(top + side)),
                side / WIDTH,
                side / HEIGHT,
                fill=False,
                edgecolor=LIGHT.truth,
                linewidth=0.8,
            )
        )
        self.text(words, indent=0.55, space=0.03)

    def rules(self, count: int) -> None:
        """Lines to write on."""
        for _line in range(count):
            self.keep(ROOM)
            self.y += ROOM
            across = Rectangle(
                (self._x(MARGIN + 0.3), self._y(self.y)),
                (WIDTH - 2 * MARGIN - 0.3) / WIDTH,
                0.0007,
                facecolor=LIGHT.soft,
            )
            self.figure.add_artist(across)
        self.y += 0.08

    def picture(self, drawn: LessonPicture, high: float = PICTURE) -> None:
        """A lesson's picture, `high` inches, in the middle of the paper, and what its marks mean."""
        self.keep(high + 0.3)
        left, top, right, bottom = drawn.frame
        wide = high * (right - left) / (bottom - top)
        axes = self.figure.add_axes(
            (
                self._x((WIDTH - wide) / 2),
                self._y(self.y + 0.15 + high),
                wide / WIDTH,
                high / HEIGHT,
            )
        )
        drawn.draw(axes)
        self.y += high + 0.2
        if key := drawn.key():
            self.text(key, size=0.85 * SIZE, colour=LIGHT.soft)

    def _write(
        self,
        line: str,
        x: float,
        y: float,
        size: float,
        bold: bool = False,
        colour: str = LIGHT.truth,
        raised: Sequence[bool] = (),
    ) -> None:
        """A line from its upper left corner; characters that are raised stand smaller and higher."""
        weight = "bold" if bold else "normal"
        for up, marks in groupby(
            zip_longest(line, raised[: len(line)]), lambda mark: bool(mark[1])
        ):
            run = "".join(mark for mark, _up in marks)
            large = EXPONENT * size if up else size
            words = run.lstrip(" ")
            x += _advance(run[: len(run) - len(words)], large, bold)
            top = y - 0.2 * size / 72 if up else y
            self.figure.text(
                self._x(x), self._y(top), words, size=large, weight=weight, color=colour, va="top"
            )
            x += _advance(words, large, bold)

    def _x(self, inches: float) -> float:
        return inches / WIDTH

    def _y(self, inches: float) -> float:
        return 1 - inches / HEIGHT


def _advance(run: str, size: float, bold: bool) -> float:
    """Inches from the start of a run to the start of what follows it; spaces at its end count."""
    return text_width(f"{run}.", size, bold) - text_width(".", size, bold) if run else 0.0
