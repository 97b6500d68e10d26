"""Claims about charts on a narrow page: panels stand below one another, whole, and no finger is caught by an axis."""

import numpy as np

from dualviz.charts.screen.ground import panel_title, picture_layout
from dualviz.charts.screen.narrow import MOST_TICKS, WIDTH, narrowed

IMAGE = np.zeros((300, 400, 3), np.uint8)


def pictures() -> dict:
    layout = picture_layout(IMAGE, panels=2)
    layout["annotations"] = [panel_title("left", 0, 1, 13), panel_title("right", 0.51, 1, 13)]
    heat = {"type": "heatmap", "colorbar": {"title": {"text": "m"}}}
    return {"data": [heat], "layout": layout | {"margin": {"t": 26, "b": 8}, "height": 300}}


def test_two_pictures_side_by_side_stand_below_one_another_over_the_whole_width() -> None:
    layout = narrowed(pictures())["layout"]
    assert layout["xaxis"]["domain"] == layout["xaxis2"]["domain"] == [0, 1]
    (low, high), (low2, high2) = layout["yaxis"]["domain"], layout["yaxis2"]["domain"]
    assert high == 1 and low > high2 and low2 >= 0
    inner = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    assert abs((high - low) * inner - WIDTH * 300 / 400) < 1, "as high as the picture is"
    titles = {note["text"]: (note["x"], note["y"]) for note in layout["annotations"]}
    assert titles == {"<b>left</b>": (0, high), "<b>right</b>": (0, high2)}


def test_the_colour_bar_lies_below_the_panels() -> None:
    figure = narrowed(pictures())
    bar = figure["data"][0]["colorbar"]
    assert bar["orientation"] == "h" and bar["y"] < 0 and bar["title"]["text"] == "m"
    assert figure["layout"]["margin"]["b"] > 64


def test_no_axis_of_a_narrow_chart_moves_under_a_finger_and_the_wide_one_stays_as_it_was() -> None:
    wide = pictures()
    layout = narrowed(wide)["layout"]
    axes = [layout[name] for name in layout if name.startswith(("xaxis", "yaxis"))]
    assert len(axes) == 4 and all(axis["fixedrange"] for axis in axes)
    assert layout["dragmode"] is False and wide == pictures()


def test_panels_of_curves_become_one_column_in_reading_order() -> None:
    layout = {
        **{
            f"xaxis{n}": {"domain": [left, left + 0.4]}
            for n, left in (("", 0), ("2", 0.5), ("3", 0))
        },
        **{f"yaxis{n}": {"domain": [top - 0.4, top]} for n, top in (("", 1), ("2", 1), ("3", 0.4))},
    }
    stacked = narrowed({"data": [], "layout": layout})["layout"]
    tops = [stacked[f"yaxis{n}"]["domain"][1] for n in ("", "2", "3")]
    assert tops == sorted(tops, reverse=True) and len(set(tops)) == 3


def test_two_axes_over_one_row_stay_beside_one_another() -> None:
    layout = {"xaxis": {"domain": [0, 0.7]}, "xaxis2": {"domain": [0.75, 1]}, "yaxis": {}}
    assert narrowed({"data": [], "layout": layout})["layout"]["xaxis"]["domain"] == [0, 0.7]


def test_an_axis_with_many_words_keeps_as_many_as_can_be_read() -> None:
    axis = {"tickvals": list(range(37)), "ticktext": [str(g) for g in range(37)]}
    kept = narrowed({"data": [], "layout": {"xaxis": axis, "yaxis": {}}})["layout"]["xaxis"]
    assert len(kept["ticktext"]) == len(kept["tickvals"]) <= MOST_TICKS
    assert kept["ticktext"][0] == "0"


def test_words_of_rows_stay_where_every_row_is_as_high_as_a_line() -> None:
    words = [f"row {n}" for n in range(20)]
    axis = {"tickvals": list(range(20)), "ticktext": words}
    high, low = (
        narrowed({"data": [], "layout": {"xaxis": {}, "yaxis": axis, "height": height}})
        for height in (600, 200)
    )
    assert high["layout"]["yaxis"]["ticktext"] == words
    assert len(low["layout"]["yaxis"]["ticktext"]) < 20
