"""Measured detectors: what the released YOLOv10-N and the bundled ones reach, beside what the paper prints."""

import streamlit as st

from dualviz.charts.drawn.genuine import answers, measure_row, over_words, title_of
from dualviz.charts.screen.genuine import genuine_chart
from dualviz.exports.studies import ShownGenuine
from dualviz.study import genuine, paper
from dualviz.study.genuine import MEASURES, Reached
from dualviz.web import frame, markup, session
from dualviz.web.chart import chart
from dualviz.web.table import table
from dualviz.web.takeaway import menu
from dualviz.words import _, said


def measured() -> list[Reached]:
    """The detectors of the file, released ones first; a word where there is none."""
    try:
        known = genuine.kept()
    except ValueError as error:
        st.error(markup.plain(said(error)), icon=":material/error:")
        return []
    if not known:
        words = _(
            "No detector is measured yet: `{command}` does it.", command=f"{genuine.COMMAND} --keep"
        )
        st.info(words, icon=":material/info:")
    return sorted(known.values(), key=lambda one: not genuine.printed(one.detector))


def picture(known: list[Reached]) -> None:
    """One figure; on a phone a panel after the other."""
    alt = _("Every measure of every detector with its interval, and the paper's figures")
    if frame.narrow():
        for one in known:
            chart(genuine_chart([one], session.colours()), f"genuine chart {one.detector}", alt)
    else:
        chart(genuine_chart(known, session.colours()), "genuine chart", alt)


def sources(known: list[Reached]) -> None:
    """What was measured on what, with which command."""
    for one in known:
        st.markdown(
            _(
                "**{detector}**, on {set}; times on {device}; file `{file}`, sha256 `{hash}`. It is measured again by",
                detector=markup.plain(title_of(one)),
                set=markup.plain(over_words(one)),
                device=markup.plain(one.device),
                file=one.weights,
                hash=one.sha256,
            )
        )
        st.code(one.command, language="sh", wrap_lines=True)


def view() -> None:
    """Answers in sentences, the figure, the table, and where all of it comes from."""
    st.title(_("What do released detectors reach, and is it what the paper says?"))
    st.write(
        _(
            "Measured with DualViz on the released YOLOv10-N and on both bundled detectors, and kept in a file: neither those weights nor those pictures come with it. Beside it stands what {source} prints.",
            source=paper.SOURCE,
        )
    )
    if not (known := measured()):
        return
    for words in answers({one.detector: one for one in known}):
        st.markdown(words)
    picture(known)
    st.caption(
        _(
            "Bars: 95 % intervals, from {n} drawings of the pictures with replacement. “Gap, from floor to ceiling”: 0 where every pick is as good as it can be. Each detector on pictures of its own: compare the rows of one panel, not panels.",
            n=f"{genuine.DRAWINGS:,}",
        )
    )
    menu("genuine", lambda: ShownGenuine(known))
    table(
        [measure_row(one, known) for one in MEASURES.values()],
        _("The same in numbers, with 95 % intervals"),
    )
    st.caption(
        _(
            "The paper's AP is of 5,000 pictures and its milliseconds are of a T4 with TensorRT FP16 and one head; ours run both heads, with NMS in Python. Your own detector joins these with the same command."
        )
    )
    with st.expander(_("Commands, files and sets"), icon=":material/terminal:"):
        sources(known)
