"""Start: a detector learns from ten guesses per object. How can it answer with one?"""

import streamlit as st

from dualviz.lab.start import DETECTOR, DOORS, KEY, PICTURE, start, waiting
from dualviz.web import course, language, session

OPENED = {
    "lesson": "lesson",
    "questions": "lesson",
    "lab": "laboratory",
    "teach": "teach",
}  # page by door

place = st.empty()
if KEY not in st.session_state:  # what is read until the heads have looked at the picture
    place.html(waiting())
subject = session.fixed(PICTURE, DETECTOR)
own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
with place.container():
    asked = start(session.packed(subject), own, other=language.other()).ask
if asked and asked.get("kind") == "language":
    language.speak(str(asked.get("language")))
    st.rerun()
if asked and asked.get("kind") == "open" and asked.get("page") in DOORS:
    if asked["page"] == "lesson":
        course.begin()
    if asked["page"] == "questions":
        course.show_all()
    st.switch_page(f"dualviz/web/pages/{OPENED[asked['page']]}.py")
