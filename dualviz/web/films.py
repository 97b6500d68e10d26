"""Films to take away from a page: drawn when asked for, with progress, then shown and handed over."""

from collections.abc import Callable, Sequence

import streamlit as st

from dualviz.exports.animation import MOVES, PACE, film, film_file
from dualviz.exports.shown import ShownPicture
from dualviz.study.replay import Replay
from dualviz.web import controls, link, markup
from dualviz.web.takeaway import MIME, address
from dualviz.words import _, said

WIDTHS = (480, 960, 1280)
FRAMES = 24


def films(moves: Sequence[str], shown: Callable[[], ShownPicture], replay: Replay | None) -> None:
    """Ask what moves, as which file, how fast and how wide; draw it when the button is pressed.

    Args:
        moves: keys of `dualviz.exports.animation.MOVES`.
        shown: gives the picture.
        replay: the run, where one of the moves is its.
    """
    key = f"film {moves[0]}"
    left, right = st.columns(2)
    with left:
        move = moves[0]
        if len(moves) == 1:
            st.caption(_("Film: {move}", move=MOVES[move]))
        else:
            move = st.selectbox(_("Film"), moves, format_func=MOVES.get, key=f"{key} move")
        kinds = {"webm": _("WebM video"), "gif": "GIF"}
        kind = controls.row(_("As"), kinds, default="webm", key=f"{key} kind")
    with right:
        pace = st.slider(_("Frames a second"), PACE[0], 12.0, 4.0, 0.25, key=f"{key} pace")
        width = st.segmented_control(
            _("Width, px"), WIDTHS, default=WIDTHS[1], required=True, wrap=True, key=f"{key} width"
        )
    wanted = (move, kind, pace, width, *sorted(link.whole().items()))
    if st.button(_("Make the film"), key=f"{key} make", icon=":material/movie:"):
        bar = st.progress(0.0)
        try:
            made = film(
                move,
                shown(),
                frames=FRAMES,
                width=width,
                replay=replay,
                address=address(),
                progress=bar.progress,
            )
            data = film_file(made, kind, pace).data
        except ValueError as error:
            st.error(markup.plain(said(error)), icon=":material/error:")
            return
        finally:
            bar.empty()
        st.session_state[key] = (wanted, f"{made.name}.{kind}", data)
    kept = st.session_state.get(key)
    if kept and kept[0] == wanted:
        _wanted, name, data = kept
        if kind == "webm":
            st.video(data, format=MIME["webm"], loop=True)
        else:
            st.image(data)
        st.download_button(
            _("Save the film"), data, name, MIME[kind], key=f"{key} save", on_click="ignore"
        )
