"""The six-question test, before and after the lessons: answered in the browser, kept on the device, sent nowhere.

It is a live component without a picture; one file of its own serves a class that has no server.
"""

import json
from typing import Any

from dualviz.lab.joined import file_of_its_own, fragment, module, sheets
from dualviz.words import ENGLISH, _, language

ENTRY, FRAGMENT, SHEET = "quiz/quiz.js", "quiz/quiz.html", "quiz/quiz.css"


def questions() -> list[dict[str, Any]]:
    """The six questions in the present language: words, three options, index of the right one, and why."""
    items = [
        (
            _(
                "A detector's head was trained so that about ten places may speak for one object. What has to happen before its boxes are shown?"
            ),
            (_("Its repeats must be deleted"), _("Nothing"), _("Its boxes must be enlarged")),
            0,
            _("Every place that was taught the object draws a box: lesson 1."),
        ),
        (
            _("What decides which place teaches an object in YOLOv10?"),
            (
                _("Its score alone"),
                _("Score and overlap, each to a power, multiplied"),
                _("Its overlap alone"),
            ),
            1,
            _("m = s · p^α · u^β weighs both: lesson 2."),
        ),
        (
            _("Both exponents of that rule are doubled. Which places change their rank?"),
            (_("Those with a high score"), _("All of them"), _("None")),
            2,
            _("m becomes m², and squaring keeps the order: lesson 4."),
        ),
        (
            _("Both heads rank by the same rule. Can they still choose different places?"),
            (
                _("Yes, because their predictions differ"),
                _("No, the same rule gives the same choice"),
                _("Only if k is 1"),
            ),
            0,
            _("The rule is one, but each head ranks its own scores and boxes: lesson 5."),
        ),
        (
            _(
                "Both heads choose the same place first. Are they then taught the same about this object?"
            ),
            (
                _("Yes, the supervision gap is 0"),
                _("No, the other places of one head are taught too"),
                _("Yes, if α equals β"),
            ),
            1,
            _("The gap is 0 only where no other place has a target: lesson 6."),
        ),
        (
            _("A crowd of cells, and a detector that needs no NMS. What can still go wrong?"),
            (
                _("Nothing: that is what NMS-free means"),
                _("Only that boxes are too large"),
                _("A cell can be missed, and a cell can be named twice"),
            ),
            2,
            _("No box is deleted afterwards, and none is checked either: lessons 9 and 10."),
        ),
    ]
    return [
        {"words": words, "options": list(options), "right": right, "why": why}
        for words, options, right, why in items
    ]


def quiz(key: str = "quiz") -> None:
    """Show the test on the page. Nothing comes back: answers stay in the browser."""
    import streamlit as st

    spoken = language()
    name = "dualviz_quiz" if spoken == ENGLISH else f"dualviz_quiz_{spoken}"
    component = st.components.v2.component(
        name, html=fragment(FRAGMENT, spoken), css=sheets(SHEET), js=module(ENTRY, spoken)
    )
    component(key=f"{key} {spoken}", data={"questions": questions()})


def standalone_quiz() -> str:
    """The test as one HTML file in the present language, for devices without this app."""
    return file_of_its_own(
        ENTRY,
        FRAGMENT,
        sheets(SHEET),
        {"questions": json.dumps({"questions": questions()}, ensure_ascii=False).encode()},
        'mountQuiz(document.querySelector("main"), JSON.parse(new TextDecoder().decode(carried("questions"))));',
        _("DualViz: six questions"),
    )
