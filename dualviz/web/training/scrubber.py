"""The scrubber of a kept run: play button, slider, and the step that stands in the link."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dualviz.study.replay import Replay
from dualviz.web import frame, link
from dualviz.words import _

Run = TypeVar("Run")
PACE = 2.5  # seconds a moment is shown while it plays: time for a sentence


def position(replay: Replay) -> int:
    """The step of the link, or the middle of the run, where the heads part."""
    middle = replay.steps[len(replay.steps) // 2]
    wanted = link.checked("at", middle, link.within(0, replay.steps[-1]))
    return replay.at(wanted).step


def _played(replay: Replay) -> None:
    """While it plays and its time has come: go to the next moment; the last one stops the play."""
    state = st.session_state
    if state.get("replay playing") and monotonic() - state["replay since"] > 0.7 * PACE:
        later = [step for step in replay.steps if step > position(replay)]
        state["replay playing"] = len(later) > 1
        if later:
            _go(later[0])


def _go(step: int) -> None:
    """Put the scrubber on a step."""
    st.session_state["replay since"] = monotonic()
    link.change(at=str(step))


def _scrubbed() -> None:
    """The hand moved the scrubber: it stops playing."""
    st.session_state["replay playing"] = False
    _go(st.session_state["replay step"])


def _pressed(replay: Replay) -> None:
    """Play from where the hand put it, else and from the end from the start; or pause."""
    state = st.session_state
    state["replay playing"] = not state.get("replay playing", False)
    if state["replay playing"]:
        step = position(replay)
        anew = step == replay.steps[-1] or not link.value("at", "")
        _go(replay.steps[0] if anew else step)


def step_words(replay: Replay, step: int) -> str:
    """A step as the scrubber names it."""
    return _("untrained") if step == 0 else _("step {step}", step=f"{step:,}")


def scrubber(replay: Replay, timer: bool) -> tuple[int, DeltaGenerator]:
    """Play button and scrubber; returns the step, and the place beside them for what to look at."""
    _played(replay)
    step = position(replay)
    playing = st.session_state.get("replay playing", False)
    if timer != playing:
        st.rerun()  # the whole page starts and stops the clock
    if frame.narrow():  # the hand keeps hold of it while the page is read
        left, middle = st.container(key="scrubber").columns((4, 9), vertical_alignment="bottom")
        right = st.container()
    else:
        left, middle, right = st.columns((2, 9, 4), vertical_alignment="bottom")
    with left:
        st.button(
            _("Pause") if playing else _("Play"),
            key="replay play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            type="primary",
            width="stretch",
            on_click=_pressed,
            args=(replay,),
        )
    with middle:
        st.session_state["replay step"] = step
        st.select_slider(
            _("Moment of training"),
            replay.steps,
            format_func=partial(step_words, replay),
            key="replay step",
            on_change=_scrubbed,
            help=_("Each moment costs one forward pass the first time and none after."),
        )
    return step, right


def moving(seen: Callable, run: Any, **more: Any) -> None:
    """Show what moves with the scrubber as a fragment of its own, which alone is drawn anew while it plays.

    Args:
        seen: draws it, from the run, whether the page's clock runs, and `more`.
        run: what is seen again.
    """
    clock = st.session_state.get("replay playing", False)
    st.fragment(seen, run_every=PACE if clock else None)(run, clock, **more)


def kept(read: Callable[[Path], Run], folder: Path) -> Run:
    """What `read` finds in a folder; read again when something in it changes."""
    stamp = max((path.stat().st_mtime for path in folder.rglob("*")), default=0.0)
    return _kept(read, str(folder), stamp)


@st.cache_resource(max_entries=6, show_spinner=False)
def _kept(_read: Callable[[Path], Any], folder: str, stamp: float) -> Any:
    del stamp
    return _read(Path(folder))
