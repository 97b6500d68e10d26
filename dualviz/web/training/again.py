"""A run of one's own seen again, moment by moment, under the scrubber of the kept run."""

import math

import streamlit as st

from dualviz.study.evaluation import PATHS
from dualviz.study.replay import LOG, SUFFIX, Measured, Replay, moments, packed, read_log
from dualviz.training import judging
from dualviz.web import controls, link
from dualviz.web.training import rules
from dualviz.web.training.replay import seen_moment
from dualviz.web.training.runs import OwnRun
from dualviz.web.training.scrubber import moving
from dualviz.words import Sentence, _


def view(run: OwnRun) -> None:
    """One of its heads under the scrubber, on the present picture."""
    st.title(_("How the heads of my run began, and where they went"))
    names = (rules.CONSISTENT, *(rider.name for rider in run.wish.riders))
    left, right = st.columns((3, 2), vertical_alignment="bottom")
    with left:
        titles = {name: rules.title(name) for name in names}
        head = controls.one_of(_("One-to-one head"), titles, "head", rules.CONSISTENT)
    with right:
        if st.button(_("Back to the run"), icon=":material/arrow_back:", key="own back"):
            link.change(again=None, at=None, head=None)
            st.rerun()
    replay = replay_of(run, head)
    if replay is None:
        st.info(_("No moment of this run is kept yet."), icon=":material/info:")
        return
    for note in replay.notes:
        st.info(str(note), icon=":material/info:")
    moving(seen_moment, replay)


def replay_of(run: OwnRun, head: str) -> Replay | None:
    """The run with one of its one-to-one heads, as a replay; None before its first moment is kept.

    Alignment and gap were measured on the pictures kept aside; AP was not.
    """
    paths = packed(run.out / rules.rider_name(head), SUFFIX)
    lines = judging.read(run.out)
    if not paths or not lines:
        return None
    notes: list[Sentence] = []
    log = read_log(run.out / LOG, notes, head)
    figures = {line["step"]: _reached(line, head) for line in lines if line["step"] in paths}
    return Replay(rules.title(head), moments(paths, log), log, figures, "", tuple(notes))


def _reached(line: dict, head: str) -> Measured:
    none = dict.fromkeys(PATHS, math.nan)
    said = line["heads"][head]
    top, gap = ([math.nan if one is None else one for one in said[name]] for name in ("top", "gap"))
    return Measured(none, none, none, (top[0], top[1], top[2]), *gap, step=line["step"], weights="")
