"""The app as a link opens it, run by Streamlit without a browser, and what its page then says."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).resolve().parents[1] / "app.py")


def opened(page: str = "lab", **link: str) -> AppTest:
    """The app on a page of dualviz/web/pages, by default the laboratory; nothing may have gone wrong."""
    app = AppTest.from_file(APP, default_timeout=90)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(f"dualviz/web/pages/{page}.py").run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """All sentences of the page, sidebar and headings included."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.subheader)
    return " ".join(str(element.value) for kind in kinds for element in kind)
