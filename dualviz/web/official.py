"""Official weights by name, in the sidebar: size and licence first, then a download that can be stopped and goes on later.

A download belongs to the server, not to a session: it goes on when a page is reloaded, and whoever asks for the same
weights meanwhile sees the same bar. `DUALVIZ_DOWNLOADS=off` switches it off where a server shall fetch nothing.
"""

import os
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

import streamlit as st

from dualviz.detector.catalogue import OFFICIAL, Entry, available, cache_folder
from dualviz.detector.download import Cancelled, Progress, expected_megabytes, fetch
from dualviz.web import controls, language, link, markup
from dualviz.words import UserError, _, said

SWITCH = "DUALVIZ_DOWNLOADS"


@dataclass
class _Download:
    """One under way, or ended with an error that waits to be read."""

    entry: Entry
    progress: Progress | None = None
    error: Exception | None = None
    stopped: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)

    def run(self) -> None:
        def hear(progress: Progress) -> None:
            self.progress = progress

        try:
            fetch(self.entry, hear, lambda: not self.stopped.is_set())
        except Cancelled:
            pass
        except Exception as error:  # a thread has nobody else to tell
            self.error = error
        finally:
            self.ended.set()


_downloads: dict[str, _Download] = {}
_starting = Lock()


def part() -> None:
    """What the sidebar offers: weights that are not here yet, each with its size and licence."""
    here = available()
    absent = {entry.name: entry for entry in OFFICIAL if entry not in here}
    wanted = st.session_state.get("official wanted")
    if wanted and _downloads[wanted].ended.is_set():
        del st.session_state["official wanted"]
        if wanted not in absent:
            link.change(det=wanted)
            controls.forget_pin()
            st.rerun()
    if not absent:
        return
    with st.expander(_("Official weights"), icon=":material/download:"):
        name = st.selectbox(
            _("By name"),
            list(absent),
            format_func=lambda name: absent[name].title,
            key="official",
        )
        entry = absent[name]
        st.caption(
            markup.plain(
                _(
                    "{size} MB from {host}. Licence of these weights: {licence}, not DualViz's MIT. They are kept in {folder}; a file {file} laid there by hand is found, too.",
                    size=expected_megabytes(entry.scale),
                    host=urlsplit(entry.sources[0]).hostname,
                    licence=entry.licence,
                    folder=cache_folder(),
                    file=entry.files[0],
                )
            )
        )
        if os.environ.get(SWITCH, "").lower() == "off":
            st.caption(_("This server fetches nothing: {switch} is off.", switch=SWITCH))
        elif name in _downloads and not _downloads[name].ended.is_set():
            _watch(name)
        else:
            _offer(entry)


def _offer(entry: Entry) -> None:
    """A button; and what went wrong the last time."""
    if st.button(_("Download under this licence"), key="official start"):
        with _starting:
            under_way = _downloads.get(entry.name)
            if under_way is None or under_way.ended.is_set():
                download = _downloads[entry.name] = _Download(entry)
                Thread(target=download.run, name=f"fetch {entry.name}", daemon=True).start()
        st.session_state["official wanted"] = entry.name
        st.rerun()
    if (ended := _downloads.get(entry.name)) and ended.error:
        words = (
            said(ended.error)
            if isinstance(ended.error, UserError)
            else f"{type(ended.error).__name__}: {ended.error}"
        )
        st.error(markup.plain(words), icon=":material/error:")


@st.fragment(run_every=0.5)
def _watch(name: str) -> None:
    """The bar, and a way to stop; ends by drawing the whole page anew."""
    language.begin()
    download = _downloads[name]
    if download.ended.is_set():
        st.rerun()
    progress = download.progress
    if progress is None:
        st.progress(0.0, _("Asking the server …"))
    else:
        whole = progress.whole or max(progress.here, 1)
        words = _(
            "{here} of {whole} MB",
            here=f"{progress.here / 1e6:.1f}",
            whole=f"{progress.whole / 1e6:.1f}" if progress.whole else "?",
        )
        st.progress(progress.here / whole if progress.whole else 0.0, words)
    if st.button(_("Stop; what came is kept"), key="official stop"):
        download.stopped.set()
