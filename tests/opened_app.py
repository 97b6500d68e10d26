"""The app as a link opens it, run by Streamlit without a browser, and what its page then says."""

import re
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

APP = str(Path(__file__).resolve().parents[1] / "app.py")


def opened(path: str = "laboratory", unfold: str = "", **link: str) -> AppTest:
    """The app at an address, by default the laboratory's; "" is the root. Nothing may have gone wrong.

    `unfold` is the key of a part that is folded away at first.
    """
    app = AppTest.from_file(APP, default_timeout=90)
    if unfold:
        app.session_state[unfold] = True
    for name, value in link.items():
        app.query_params[name] = value
    app._page_hash = calc_hash(path)  # `switch_page` knows files, not addresses
    app.run()
    app._page_hash = ""  # later runs stay where the first ended
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """All sentences of the page, sidebar and headings included."""
    headings = (app.title, app.header, app.subheader)
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, *headings)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def tables_of(app: AppTest) -> dict[str, list[dict[str, str]]]:
    """The page's tables by name: rows of cells by column."""
    found = {}
    for element in app.get("html"):
        if "<table" not in (text := element.proto.body):
            continue
        (name,) = re.findall("<caption>(.*?)</caption>", text)
        lines = re.findall("<tr[^>]*>(.*?)</tr>", text)
        cells = [
            [unescape(cell) for cell in re.findall(">([^<]*)</t[hd]>", line)] for line in lines
        ]
        found[unescape(name)] = [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]
    return found
