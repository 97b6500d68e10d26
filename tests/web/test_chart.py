"""A claim about charts: one of which nothing can be drawn yet is an empty chart, not a fault."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    from dualviz.web.chart import chart

    chart({"data": [], "layout": {"xaxis": {}, "yaxis": {}}}, "empty", "Nothing yet")


def test_a_chart_of_nothing_is_shown() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception and len(app.get("plotly_chart")) == 1
