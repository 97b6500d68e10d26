"""Files to take away from a page: one button, one file, made when it is pressed and not before.

Streamlit makes a deferred file in a thread of its own, which knows no session; here it is made in the session of the page
whose button was pressed, so that it shows what the page shows.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from dualviz.exports.views import VIEWS, View, view_bytes
from dualviz.words import ENGLISH, _, language, use

MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "html": "text/html",
}


def download(
    label: str,
    name: str,
    kind: str,
    make: Callable[[], bytes | str],
    key: str,
    note: str = "",
) -> None:
    """Show a button that hands over `name`.`kind` and asks for no rerun.

    Args:
        label: of the button.
        name: of the file, without ending.
        kind: a key of `MIME`.
        make: makes the content; it may read the session.
        key: of the button.
        note: what is to be known beforehand, shown beside the pointer.
    """
    session, spoken = get_script_run_ctx(), language()

    def made() -> bytes | str:
        def enter() -> None:
            add_script_run_ctx(ctx=session)
            use(spoken)

        with ThreadPoolExecutor(1, initializer=enter) as thread:
            return thread.submit(make).result()

    st.download_button(
        label,
        made,
        f"{name}.{kind}",
        MIME[kind],
        key=key,
        help=note or None,
        on_click="ignore",
        width="stretch",
    )


def buttons(
    name: str,
    shown: Callable[[], Any],
    label: Callable[[View, str], str],
    page: str = "",
    after: str = "",
) -> None:
    """Show a button for each kind of file that a view comes as.

    Args:
        name: of the view, a key of `dualviz.exports.views.VIEWS`: of its files and buttons too.
        shown: gives what the view shows when a button is pressed.
        label: of the button, from view and kind.
        page: "column" or "slide"; "" for PNG on slides, SVG and PDF in columns.
        after: words that follow the name in the file's name.
    """
    view = VIEWS[name]

    def make(kind: str) -> bytes:
        return view_bytes(view, shown(), kind, page)

    for kind in view.kinds:
        file = f"dualviz {name}{after}"
        note = "" if kind == "csv" else _figure_note()
        download(label(view, kind), file, kind, partial(make, kind), f"{name} {kind}", note)


def _figure_note() -> str:
    """Why figures are not in the page's language, where they are not; Matplotlib is asked only when it matters."""
    if language() == ENGLISH:
        return ""
    from dualviz.charts.print import figure_note

    return figure_note()


def titled(view: View, kind: str) -> str:
    """A label for a button that stands among other views'."""
    return f"{view.title}, {kind.upper()}"


def plain(view: View, kind: str) -> str:
    """A label for a button that stands below its view's title."""
    return kind.upper() + (", 2×" if kind == "png" else "")


def menu(name: str, shown: Callable[[], Any]) -> None:
    """Show a small menu below a view: the same view as a figure or as numbers; arguments as for `buttons`."""
    with st.popover(_("Take it away"), icon=":material/download:"):
        buttons(name, shown, plain)
