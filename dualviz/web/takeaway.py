"""Files to take away from a page: one button, one file, made when it is pressed and not before.

Streamlit makes a deferred file in a thread of its own, which knows no session; here it is made in the session of the page
whose button was pressed, so that it shows what the page shows.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from dualviz.words import _, language, use

MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "html": "text/html",
}
FIGURE_KINDS = ("png", "svg", "pdf", "csv")  # of every view: as a figure, or as numbers


def download(label: str, name: str, kind: str, make: Callable[[], bytes | str], key: str) -> None:
    """Show a button that hands over `name`.`kind` and asks for no rerun.

    Args:
        label: of the button.
        name: of the file, without ending.
        kind: a key of `MIME`.
        make: makes the content; it may read the session.
        key: of the button.
    """
    session, spoken = get_script_run_ctx(), language()

    def made() -> bytes | str:
        def enter() -> None:
            add_script_run_ctx(ctx=session)
            use(spoken)

        with ThreadPoolExecutor(1, initializer=enter) as thread:
            return thread.submit(make).result()

    st.download_button(
        label, made, f"{name}.{kind}", MIME[kind], key=key, on_click="ignore", width="stretch"
    )


def menu(name: str, make: Callable[[str], bytes | str]) -> None:
    """Show a small menu below a view: the same view as a figure or as numbers.

    Args:
        name: of the view, in file names and keys.
        make: makes the content of a kind of `FIGURE_KINDS`.
    """
    with st.popover(_("Take it away"), icon=":material/download:"):
        for kind in FIGURE_KINDS:
            label = kind.upper() + (", 2×" if kind == "png" else "")
            download(label, f"dualviz {name}", kind, partial(make, kind), f"{name} {kind}")
