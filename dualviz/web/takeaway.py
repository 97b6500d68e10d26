"""Files to take away from a page: one button, one file, made when it is pressed and not before.

Streamlit makes a deferred file in a thread of its own, which knows no session; here it is made in the session of the page
whose button was pressed, so that it shows what the page shows.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from dualviz import lab
from dualviz.charts.page import LEAST, PAGES
from dualviz.exports.address import HOST, OF_PAGE, Address
from dualviz.exports.bundle import everything
from dualviz.exports.shown import ShownMoment, ShownPicture
from dualviz.exports.views import VIEWS, Paper, View, file_words, view_bytes
from dualviz.web import controls, session
from dualviz.words import ENGLISH, _, language, use

MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "json": "application/json",
    "zip": "application/zip",
    "html": "text/html",
    "webm": "video/webm",
    "gif": "image/gif",
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
    paper: Paper | None = None,
    marks: Sequence[str] = (),
    over: str | None = None,
) -> None:
    """Show a button for each kind of file that a view comes as.

    Args:
        name: of the view, a key of `dualviz.exports.views.VIEWS`: of its files and buttons too.
        shown: gives what the view shows when a button is pressed.
        label: of the button, from view and kind.
        paper: how figures leave.
        marks: what stands in the files' names between picture and view.
        over: what the view is about, where that is not the picture on the table: a set's name, or "".
    """
    view = VIEWS[name]

    def make(kind: str) -> bytes:
        return view_bytes(view, shown(), kind, paper, address())

    file = file_words(_about(view, over), *marks, name)
    for kind in view.kinds:
        note = "" if kind in ("csv", "json") else _figure_note()
        download(label(view, kind), file, kind, partial(make, kind), f"{name} {kind}", note)


def all_of_it(
    name: str, shown: Callable[[], Any], paper: Paper | None = None, over: str | None = None
) -> None:
    """Show a button for everything about the same record as one zip with a manifest; arguments as for `buttons`."""

    def make() -> bytes:
        record = shown()
        page = laboratory_page if isinstance(record, ShownPicture) else None
        return everything(record, paper, address(), page=page).zipped()

    note = _("Every view in every kind of file, with a manifest. It may take a minute or two.")
    file = file_words(_about(VIEWS[name], over), "everything")
    download(_("Everything, ZIP"), file, "zip", make, f"{name} zip", note)


def _about(view: View, over: str | None) -> str:
    """What a view's files are called after: the picture on the table where it is about one, or what is given."""
    if over is not None:
        return over
    about_one = view.shown in (ShownPicture, ShownMoment)
    return session.current_picture().name if about_one else ""


def address() -> Address:
    """Where the app shows the same: this session's host and link."""
    here = (st.context.url or HOST).partition("?")[0]
    host = here[: here.rfind("/")] if here.count("/") > 2 else here
    return Address(host, session.linked(*OF_PAGE))


def laboratory_page() -> str:
    """The laboratory as it stands, as one file."""
    subject = session.current()
    own = subject.truth.boxes.tolist(), subject.truth.labels.tolist()
    title = _("DualViz laboratory: {picture}", picture=subject.picture.name)
    packed = session.packed(subject, least=lab.MOST_CLASSES // 2)  # no server will send another
    return lab.standalone(packed, controls.lab_state(), own, title)


def paper_choice(key: str) -> Paper:
    """Ask how figures leave: page, size of type, dots per inch, and whether title and settings are left out."""
    pages = {
        "": _("as usual"),
        "column": _("column, 85 mm"),
        "wide": _("page, 174 mm"),
        "slide": _("slide"),
    }
    page = controls.row(
        _("Made for"),
        pages,
        default="",
        key=f"{key} page",
        help=_("As usual: PNG for slides, SVG and PDF for a column."),
    )
    points = 0.0
    left, right = st.columns(2)
    with left:
        dpi = st.number_input(_("Dots per inch"), 72, 600, 200, 1, key=f"{key} dpi")
    if page:
        usual = PAGES[page]
        with right:
            points = st.number_input(
                _("Type, points"),
                *(LEAST, float(usual.most), float(usual.size), 0.1),
                key=f"{key} {page} type",
            )
    bare = st.toggle(
        _("Without title and settings"),
        key=f"{key} bare",
        help=_(
            "For LaTeX, where the caption stands in the text; the file's own description says all."
        ),
    )
    return Paper(page, dpi, points, bare)


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
    return kind.upper()


def menu(name: str, shown: Callable[[], Any], over: str | None = None) -> None:
    """Show a small menu below a view: the same view as a figure or as numbers; arguments as for `buttons`."""
    with st.popover(_("Take it away"), icon=":material/download:"):
        paper = paper_choice(name)
        with st.container(horizontal=True):
            buttons(name, shown, plain, paper, over=over)
        all_of_it(name, shown, paper, None if VIEWS[name].shown is ShownPicture else over)
