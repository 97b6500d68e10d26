"""Start: a detector learns from ten guesses per object. How can it answer with one?"""

import streamlit as st

from dualviz.lab.start import DOORS, start
from dualviz.lessons import LESSONS
from dualviz.web import course, session

# Always these: of this picture the second head keeps every object from confidence 0.1 to 0.5 (tests/lab/test_start.py).
PICTURE, DETECTOR = "sparse", "pico-cells"
OPENED = {"lesson": "lesson", "lab": "laboratory", "teach": "teach"}  # page by door
JAGGED = 2  # index of the object that the answer speaks of

subject = session.fixed(PICTURE, DETECTOR)
own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
minutes = sum(lesson.minutes for lesson in LESSONS[:3])
asked = start(session.packed(subject), own, JAGGED, minutes).ask
if asked and asked.get("kind") == "open" and asked.get("page") in DOORS:
    if asked["page"] == "lesson":
        course.begin()
    st.switch_page(f"dualviz/web/pages/{OPENED[asked['page']]}.py")
