"""Start: a detector learns from ten guesses per object. How can it answer with one?"""

import streamlit as st

from dualviz.lab.start import DETECTOR, DOORS, PICTURE, start
from dualviz.web import course, session

OPENED = {"lesson": "lesson", "lab": "laboratory", "teach": "teach"}  # page by door

subject = session.fixed(PICTURE, DETECTOR)
own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
asked = start(session.packed(subject), own).ask
if asked and asked.get("kind") == "open" and asked.get("page") in DOORS:
    if asked["page"] == "lesson":
        course.begin()
    st.switch_page(f"dualviz/web/pages/{OPENED[asked['page']]}.py")
