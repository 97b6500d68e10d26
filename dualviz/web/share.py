"""A page handed over: its link to copy, and a code to photograph, at an address that students can reach.

The address is that of the request, or this machine's in its own network, never localhost. The code is drawn here; nothing is
asked of another host.
"""

import base64
import html
import io
import socket
from pathlib import Path
from urllib.parse import urlsplit

import segno
import streamlit as st

from dualviz.pictures.content import is_file
from dualviz.web import exercise, link, session, turns
from dualviz.web.language import begin
from dualviz.web.takeaway import download
from dualviz.words import _

HERE = Path(__file__).parent
OF_THE_READER = ("lang", "present")  # what of a link whoever opens it chooses anew


def door(page: str) -> None:
    """A button that opens the dialog; `page` is the one that is handed over."""
    st.button(
        _("Share"),
        icon=":material/qr_code_2:",
        key=f"share {page}",
        on_click=link.open_part,
        args=("share",),
    )
    if link.opens("share"):
        st.dialog(_("Share this page"), width="medium")(_dialog)(page)


def _dialog(page: str) -> None:
    begin()  # a fragment runs without the frame
    with turns.turn():
        for words in cannot_travel():
            st.warning(words, icon=":material/attach_file_off:")
        base = address("share address")
        if base:
            state = session.linked(*OF_THE_READER)
            hand_over(exercise.exercise_link(base, page, state), "share")


def cannot_travel() -> list[str]:
    """Sentences on what is seen here and no link can carry: files that were brought to this session."""
    words = {
        "pic": _(
            "The picture is your own file. The link names it, and does not carry it: give it to your students too, or choose a picture of the gallery."
        ),
        "det": _(
            "The weights are your own file. The link names them, and does not carry them: students see the first detector until they add the same file."
        ),
        "gt": _(
            "The truth is your own file. The link names it, and does not carry it: students see the picture's own truth until they add the same file."
        ),
    }
    return [sentence for name, sentence in words.items() if is_file(link.value(name, ""))]


def address(key: str) -> str:
    """The address that students open, "" while none is known; says why localhost will not do.

    Args:
        key: of the field in which it is changed.
    """
    base = st.context.url or ""
    base = base[: base.rfind("/") + 1]
    if exercise.is_local(base):
        port = f":{urlsplit(base).port}" if urlsplit(base).port else ""
        near = network_address()
        st.info(
            _(
                "You have opened this page by an address that only this computer knows ({host}). Students in the same network reach it by the address below, if the firewall lets them.",
                host=urlsplit(base).hostname or "—",
            ),
            icon=":material/lan:",
        )
        base = f"http://{near}{port}/" if near else ""
    typed = st.text_input(
        _("Address that students open"),
        base,
        key=key,
        placeholder="http://192.168.1.20:8501/",
        help=_("Change it where the app is reached by another name, for instance behind a proxy."),
    ).strip()
    if not typed.startswith(("http://", "https://")) or exercise.is_local(typed):
        st.warning(
            _("Give an address that other devices can open, with http:// or https:// before it."),
            icon=":material/link_off:",
        )
        return ""
    return typed


def network_address() -> str:
    """The address of this machine in its own network, "" where it has none; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))  # of a datagram socket: only chooses the way out
            address = probe.getsockname()[0]
        except OSError:
            return ""
    return "" if exercise.is_local(f"http://{address}/") else address


def hand_over(address: str, key: str) -> None:
    """The link to copy and to open, and as a code to photograph.

    Args:
        address: what is handed over.
        key: before the names of this page's buttons.
    """
    component = st.components.v2.component(
        "dualviz_copied",
        html=(HERE / "share.html").read_text(encoding="utf-8"),
        css=(HERE / "share.css").read_text(encoding="utf-8"),
        js=(HERE / "share.js").read_text(encoding="utf-8"),
    )
    words = {
        "link": _("Link"),
        "copy": _("Copy link"),
        "copied": _("Copied."),
        "refused": _(
            "The browser does not let this page copy. The link is marked: press Ctrl C or ⌘ C."
        ),
    }
    component(key=f"{key} copy", data={"address": address, "words": words})
    st.link_button(_("Open"), address, icon=":material/open_in_new:")
    try:
        code = base64.b64encode(qr_png(address)).decode()
    except segno.DataOverflowError:
        st.info(
            _(
                "This link is too long for a code: boxes that were drawn take much room. Copy it instead."
            ),
            icon=":material/info:",
        )
        return
    name = html.escape(_("QR code of this link"))
    st.html(
        f'<figure class="code"><img src="data:image/png;base64,{code}" '
        f'alt="{name}"><figcaption>{name}</figcaption></figure>'
    )
    download(_("QR code, SVG"), "dualviz exercise", "svg", lambda: qr_svg(address), f"{key} svg")


def qr_svg(address: str) -> str:
    """A QR code as SVG: dark on white in every theme, with its quiet zone, and the address as its name."""
    file = io.BytesIO()
    segno.make(address, micro=False).save(
        file, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, title=address
    )
    return file.getvalue().decode()


def qr_png(address: str) -> bytes:
    """The same as PNG, for the page.

    Raises:
        segno.DataOverflowError: an address longer than a code can say.
    """
    file = io.BytesIO()
    segno.make(address, micro=False).save(file, kind="png", scale=6, border=4)
    return file.getvalue()
