"""A run that fails: its losses fall as they should, and AP hardly moves. Which of the page's curves gives it away?"""

from functools import partial

import streamlit as st

from dualviz.study.replay import FAILED, Replay, load_replay
from dualviz.web.training.replay import seen_moment
from dualviz.web.training.scrubber import kept, moving
from dualviz.words import _


def cause(run: Replay) -> list[str]:
    """What each curve rules out, in its own numbers, and what is left."""
    if not run.log or not run.figures:
        return []
    first, last, judged = run.log[0], run.log[-1], run.figures[max(run.figures)]
    return [
        _(
            "**Not the rate, not the network.** With too high a rate the losses would stand still or jump. They fall: boxes {box} → {box_end}, classes {cls} → {cls_end}.",
            box=f"{first['one2one_box']:.2f}",
            box_end=f"{last['one2one_box']:.2f}",
            cls=f"{first['one2one_cls']:.2f}",
            cls_end=f"{last['one2one_cls']:.2f}",
        ),
        _(
            "**Not the boxes.** At the last moment they lie on the cells of the picture, and yet all are dotted: false.",
        ),
        _(
            "**Not the one-to-one head.** The one-to-many head with NMS ends at AP {many}, the one-to-one head at {one}: the mistake lies before both.",
            many=f"{judged.ap['one2many + NMS']:.3f}",
            one=f"{judged.ap['one2one']:.3f}",
        ),
        _(
            "**The classes are left.** A loss compares with the labels of training, AP with those of the measured set: where one falls and the other hardly moves, the two do not mean the same. Compare what is reported with the truth below the picture: every class number of the training labels was off by one. Files that count classes from 0 and from 1 are the usual cause.",
        ),
    ]


def view() -> None:
    """The kept run under its scrubber, the question, and the answer for who has looked."""
    st.title(_("A run that fails: what went wrong?"))
    run = kept(partial(load_replay, detector="failed"), FAILED)
    if run is None:
        st.info(_("No run that fails is kept here."), icon=":material/info:")
        return
    st.write(
        _(
            "Somebody trained {steps} steps with **one setting wrong**. The log looks healthy, and hardly anything is found. Move the scrubber, look at the six curves and at the picture, and say what was wrong before you open the answer. Choose a smear in the sidebar: the network knows blood cells only.",
            steps=f"{run.steps[-1]:,}",
        )
    )
    for note in run.notes:
        st.info(str(note), icon=":material/info:")
    moving(seen_moment, run, classes=True)
    with st.expander(_("What was wrong, read off the curves"), icon=":material/search:"):
        for paragraph in cause(run):
            st.markdown(paragraph)
