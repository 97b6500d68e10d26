"""The app as a link opens it, run by Streamlit without a browser, and what its page then says."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

APP = str(Path(__file__).resolve().parents[1] / "app.py")


def opened(path: str = "laboratory", **link: str) -> AppTest:
    """The app at an address, by default the laboratory's; "" is the root. Nothing may have gone wrong."""
    app = AppTest.from_file(APP, default_timeout=90)
    for name, value in link.items():
        app.query_params[name] = value
    app._page_hash = calc_hash(path)  # `switch_page` knows files, not addresses
    app.run()
    app._page_hash = ""  # later runs stay where the first ended
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """All sentences of the page, sidebar and headings included."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.subheader)
    return " ".join(str(element.value) for kind in kinds for element in kind)
