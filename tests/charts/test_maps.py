"""Claims about the figures and tables of agreement and loss: they show the records' numbers, on the page and on paper."""

import csv
import math

import matplotlib
import numpy as np
import pytest
from made_traces import a_trace, raw_of

from dualviz.charts.drawn.gaps import gap_order
from dualviz.charts.drawn.maps import colour_range
from dualviz.charts.drawn.pushes import LAYERS, close_view, table_of
from dualviz.charts.palette import DARK, LIGHT
from dualviz.charts.print import (
    COLUMN,
    SLIDE,
    gaps_figure,
    map_figure,
    matchings_figure,
    shares_figure,
    targets_figure,
)
from dualviz.charts.screen.gaps import gaps_chart
from dualviz.charts.screen.maps import factor_chart, map_chart
from dualviz.charts.screen.matchings import matchings_chart
from dualviz.charts.screen.picks import shares_chart
from dualviz.charts.screen.pushes import parts_chart, pushes_chart
from dualviz.charts.screen.trunk import trunk_drawing
from dualviz.detector.cells import grids
from dualviz.exports import tables
from dualviz.exports.files import figure_bytes
from dualviz.study import paper
from dualviz.study.alignment import MEASURES, matchings, survey
from dualviz.study.targets import head_targets
from dualviz.trace import Setting

TWINS = ((20, 16, 76, 64), (22, 17, 78, 65), (60, 30, 120, 90))
pytestmark = pytest.mark.filterwarnings("error")


def rows_of(text: str) -> list[dict]:
    first, *rest = text.splitlines()
    assert first.startswith("# ")
    return list(csv.DictReader(rest))


def words_of(figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def by_name(chart: dict) -> dict:
    return {trace["name"]: trace for trace in chart["data"] if "name" in trace}


@pytest.mark.parametrize("measure", list(MEASURES))
def test_the_map_shows_every_cell_and_each_lattice_point_stands_on_its_cell(measure: str) -> None:
    found = survey([a_trace()], Setting())
    chart = map_chart(found.map, measure)
    heat, lattice = chart["data"][0], by_name(chart)["choose"]
    np.testing.assert_allclose(heat["z"], found.map.values[measure].float().numpy())
    assert len(lattice["x"]) == 900
    for x, y, value in list(zip(lattice["x"], lattice["y"], lattice["customdata"]))[::97]:
        column = int(np.abs(heat["x"] - x).argmin())
        row = int(np.abs(heat["y"] - y).argmin())
        assert heat["x"][column] == x and heat["y"][row] == y
        assert value == pytest.approx(float(heat["z"][row, column]), nan_ok=True, rel=1e-5)


def test_every_setting_of_the_papers_table_4_can_be_chosen_and_says_whose_it_is() -> None:
    chart = map_chart(survey([a_trace()], Setting()).map, "top1")
    lattice, table = (
        by_name(chart)["choose"],
        by_name(chart)["the paper's Table 4, with its COCO AP"],
    )
    points = {(round(x, 6), round(y, 6)) for x, y in zip(lattice["x"], lattice["y"])}
    assert {(row.alpha, float(row.beta)) for row in paper.TABLE4} <= points
    assert len(chart["layout"]["annotations"]) == len(table["x"]) == 8
    assert all("paper" in words for words in table["text"])
    bold = [note["text"] for note in chart["layout"]["annotations"] if "<b>" in note["text"]]
    assert bold == ["<b>44.3</b>"] * 3


def test_table_4_is_hidden_where_the_one_to_many_head_is_another() -> None:
    setting = Setting(alpha=1.0)
    chart = map_chart(survey([a_trace(setting)], setting).map, "top1")
    assert not chart["layout"]["annotations"]


def test_a_nearly_flat_map_looks_flat() -> None:
    low, high = colour_range(np.array([[0.5, 0.51], [math.nan, 0.5]]))
    assert high - low == pytest.approx(0.2) and low < 0.5 < high
    assert colour_range(np.full((2, 2), math.nan)) == (0, 1)


@pytest.mark.parametrize("measure", ["top1", "top5", "spearman"])
def test_no_scale_of_a_share_or_a_correlation_goes_beyond_one(measure: str) -> None:
    setting = Setting(shared=True)
    found = survey([a_trace(setting)], setting)
    heat = map_chart(found.map, measure)["data"][0]
    assert heat["zmax"] == 1 if measure != "spearman" else 0 < heat["zmax"] <= 1
    assert measure == "spearman" or heat["zmin"] == 0
    assert colour_range(np.ones((2, 2)), measure)[1] == 1
    assert factor_chart(found.factors, measure)["layout"]["yaxis"]["range"][1] == 1
    assert shares_chart(found.shares)["layout"]["yaxis"]["range"] == [0, 1]
    drawn = map_figure(found, measure)
    (line,) = drawn.findobj(lambda artist: artist.get_gid() == "factors")
    assert line.axes.get_ylim()[1] == 1 and line.get_ydata().max() == pytest.approx(1)


def test_the_sweep_of_r_is_drawn_flat_and_the_bars_stand_beside_the_papers() -> None:
    found = survey([a_trace()], Setting())
    line = factor_chart(found.factors, "spearman")["data"][0]["y"]
    assert np.ptp(line) < 1e-12
    chart = shares_chart(found.shares, DARK)
    assert chart["data"][0]["y"] == list(found.shares)
    assert chart["data"][1]["y"] == [0.245, 0.780, 0.981]
    assert all("paper" in bar["name"] for bar in chart["data"][1:])
    assert shares_chart([math.nan] * 3)["data"][0]["text"] == ["—"] * 3


def test_gaps_stand_in_order_between_floor_and_ceiling() -> None:
    traced = a_trace(boxes=TWINS)
    a = by_name(gaps_chart(traced))["A"]
    assert a["customdata"].tolist() == gap_order(traced)
    assert (np.diff(a["y"]) <= 0).all()
    floor, ceiling = (bound[a["customdata"]].numpy() for bound in traced.gap_bounds)
    assert (floor - 1e-6 <= a["y"]).all() and (a["y"] <= ceiling + 1e-6).all()


def test_each_way_of_matching_keeps_its_own_form() -> None:
    traced = a_trace(boxes=TWINS)
    chart = by_name(matchings_chart(traced, matchings(traced)))
    symbols = {name: trace["marker"]["symbol"] for name, trace in chart.items()}
    assert len(set(symbols.values())) == len(symbols) == 4


@pytest.mark.parametrize("layer", list(LAYERS))
@pytest.mark.parametrize("level", [None, 1])
def test_a_cell_shows_the_value_of_its_anchor(layer: str, level: int | None) -> None:
    traced = a_trace()
    targets = head_targets(traced, raw_of(traced))
    chart = pushes_chart(traced, targets, layer, level, g=0)
    heats = [trace for trace in chart["data"] if trace["type"] == "heatmap"]
    assert len(heats) == 2
    assert heats[0]["zmax"] == heats[1]["zmax"]
    if layer == "push":
        assert heats[0]["zmin"] == -heats[0]["zmax"]  # white is 0
    levels = grids(traced.prediction)
    values = np.arange(len(traced.anchor_points), dtype=float)
    table, base = table_of(levels, values, 1)
    assert table[2, 3] == base.first + 2 * base.columns + 3


def test_the_close_view_holds_its_object_and_stays_in_the_picture() -> None:
    traced = a_trace(boxes=TWINS)
    for g, box in enumerate(traced.truth.boxes.tolist()):
        (x1, x2), (y1, y2) = close_view(traced, g)
        assert 0 <= x1 <= box[0] and box[2] <= x2 <= 128
        assert 0 <= y1 <= box[1] and box[3] <= y2 <= 96
        assert (x2 - x1) / (y2 - y1) == pytest.approx(128 / 96)


def test_the_bars_of_the_loss_are_its_parts() -> None:
    traced = a_trace()
    targets = head_targets(traced, raw_of(traced))
    bars = parts_chart(targets)["data"]
    total = sum(bar["x"][1] for bar in bars)
    assert total == pytest.approx(float(targets["one2one"].loss.total), rel=1e-5)
    looks = {(bar["marker"]["color"][0], bar["marker"]["pattern"]["shape"]) for bar in bars}
    assert len(looks) == len(bars), "the key tells every part from the others"


@pytest.mark.parametrize("page", [COLUMN, SLIDE])
@pytest.mark.parametrize("boxes", [(), ((20, 16, 76, 64),), ((1, 1, 3, 3),), TWINS])
def test_nothing_is_refused_and_every_figure_carries_its_settings(page, boxes) -> None:
    traced = a_trace(boxes=boxes)
    found, names = survey([traced], traced.setting), {"picture": "mine.png", "page": page}
    targets = head_targets(traced, raw_of(traced))
    figures = [
        map_figure(found, "gap", **names),
        shares_figure(found, **names),
        gaps_figure(traced, **names),
        matchings_figure(traced, matchings(traced), **names),
        targets_figure(traced, targets, 0 if boxes else None, **names),
    ]
    for figure in figures:
        assert "mine.png" in words_of(figure) and "α 0.50, β 6.00" in words_of(figure)
        assert figure_bytes(figure, "png", 40).startswith(b"\x89PNG")


def test_on_paper_the_map_has_the_papers_settings_and_says_whose_they_are() -> None:
    words = words_of(map_figure(survey([a_trace()], Setting()), picture="p"))
    assert "the paper's Table 4" in words and "42.7" in words
    with pytest.raises(ValueError, match="measure must be one of top1"):
        map_figure(survey([a_trace()], Setting()), "kendall")


def test_tables_hold_what_the_views_show() -> None:
    traced = a_trace(boxes=TWINS)
    found = survey([traced], Setting())
    cells = rows_of(tables.map_csv(found))
    assert len(cells) == 3600
    assert float(cells[61]["top1"]) == float(found.map.values["top1"][1, 1])
    assert [float(row["gap"]) for row in rows_of(tables.gaps_csv(traced))] == traced.gap.tolist()
    assert len(rows_of(tables.shares_csv(found))) == 3
    pairs = rows_of(tables.matchings_csv(traced))
    total = sum(float(row["m"]) for row in pairs if row["way"] == "Hungarian")
    assert total == pytest.approx(matchings(traced)[3].total)
    targets = head_targets(traced, raw_of(traced))
    rows = rows_of(tables.targets_csv(traced, targets))
    positives = {row["anchor"] for row in rows if row["head"] == "one2one" and row["object"]}
    assert positives == {str(a) for a in targets["one2one"].positive.nonzero().squeeze(1).tolist()}
    for row in rows[:50]:
        assert float(row["push"]) == pytest.approx(float(row["p"]) - float(row["t"]), abs=1e-6)


def test_the_drawing_names_no_other_host_and_follows_the_theme() -> None:
    assert trunk_drawing(DARK).count("http") == 1  # the name of the SVG standard
    assert DARK.one2one in trunk_drawing(DARK) and LIGHT.one2one in trunk_drawing(LIGHT)
