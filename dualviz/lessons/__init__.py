"""Lessons as data: one Markdown file each, read once and checked, told to the browser in a reader's language.

A file begins with TOML between lines of `+++`: what the lesson shows and its steps, every sentence in English. Below stand
the teacher's notes under three headings. `{name}` in a sentence is a number that is computed from the picture
(dualviz/lab/facts.py, lab/lesson/facts.js): numbers are never typed.
"""

from dualviz.lessons.payload import lesson_payload
from dualviz.lessons.read import LESSONS, Lesson, Step

__all__ = ["LESSONS", "Lesson", "Step", "lesson_payload"]
