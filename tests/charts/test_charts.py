"""Claims about the figures: what they show is what the trace says, nothing is lost without colour, nothing is refused."""

import math
import re
from dataclasses import replace
from pathlib import Path
from threading import Thread

import matplotlib
import numpy as np
import pytest
import torch
from made_traces import NAMES, a_prediction, a_trace, raw_of
from matplotlib.colors import to_rgb

from dualviz.charts import palette
from dualviz.charts.drawn.outcomes import outcomes
from dualviz.charts.drawn.words import (
    agreement_words,
    gap_words,
    headline,
    opposed_words,
    settings_line,
    three,
    three_of_log,
)
from dualviz.charts.palette import DARK, HEAT_RISE, LIGHT, heat_colours
from dualviz.charts.print import (
    COLUMN,
    SLIDE,
    Output,
    detections_figure,
    plane_figure,
    ranks_figure,
    stage_figure,
)
from dualviz.charts.print.marks import HEAT, PUSH
from dualviz.charts.print.plane import hull_chain
from dualviz.charts.print.suppression import suppression_figure
from dualviz.charts.screen.ground import heat_scale, push_scale
from dualviz.detector import HeadPrediction
from dualviz.detector.cells import grids, heat_cells
from dualviz.exports.files import figure_bytes
from dualviz.lab.detections import PATHS
from dualviz.loss import classification_loss
from dualviz.pictures.truth import truth_from_boxes
from dualviz.postprocess import Detections, match, non_max_suppression
from dualviz.study.evaluation import PATH_NAMES
from dualviz.study.targets import head_targets
from dualviz.trace import Setting, trace_prediction

LAB = Path(__file__).parents[2] / "dualviz" / "lab"
FIGURES = (stage_figure, plane_figure, ranks_figure)
pytestmark = pytest.mark.filterwarnings("error")


def parts(figure, gid: str) -> list:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def words_of(figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


# ── palette: one meaning, one colour, one form ──


def test_every_path_has_one_name_written_once_in_python_and_the_same_in_the_browser():
    panels = (LAB / "detections/outputs.js").read_text()
    table = re.search(r"export const PATH_NAMES = \{(.+?)\};", panels).group(1)
    pairs = re.findall(r'(\w+): t\("(.+?)"\)', table)
    assert dict(pairs) == {key: PATH_NAMES[path] for key, path in PATHS.items()}
    for module in LAB.parent.rglob("*.py"):
        if module.name != "evaluation.py" or module.parent.name != "study":
            said = module.read_text()
            assert not [name for name in PATH_NAMES.values() if f'"{name}' in said], module


def test_heat_is_matplotlibs_cividis():
    table = matplotlib.colormaps["cividis"](np.linspace(0, 1, 16))[:, :3]
    np.testing.assert_allclose(heat_colours(16)[:, :3], table, atol=0.006)


def test_a_push_has_the_same_colours_on_the_page_and_on_paper():
    scale = push_scale()
    for at, colour in scale:
        *rgb, opacity = map(float, colour.removeprefix("rgba(").removesuffix(")").split(","))
        printed = PUSH(round(at * (PUSH.N - 1)))
        np.testing.assert_allclose(np.array(rgb) / 255, printed[:3], atol=0.02)
        assert opacity == pytest.approx(printed[3], abs=0.02)
    assert [at for at, _ in scale] == sorted(at for at, _ in scale)


def test_heat_on_the_page_is_clear_without_a_value_and_else_as_on_paper():
    (none, clear), (first, _), *_, (last, most) = heat_scale()
    assert none == 0 and clear.endswith(",0.000)")
    assert first == pytest.approx(HEAT_RISE) and last == 1
    red, green, blue, opacity = HEAT(1.0)
    printed = ",".join(str(round(255 * channel)) for channel in (red, green, blue))
    assert most == f"rgba({printed},{opacity:.3f})"


def test_no_chart_has_a_colour_of_its_own():
    charts = Path(palette.__file__).parent
    for path in charts.rglob("*.py"):
        if path.name != "palette.py":
            assert not re.findall(r"[\"']#[0-9a-fA-F]{3,8}[\"']", path.read_text()), path


def luminance(colour) -> float:
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(channels, (0.2126, 0.7152, 0.0722)))


def contrast(a: float, b: float) -> float:
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def test_one_of_the_two_casings_stands_out_on_every_ground_and_so_in_grey():
    casings = luminance(LIGHT.halo), luminance(LIGHT.truth)
    for ground in np.linspace(0, 1, 101):
        assert max(contrast(ground, casing) for casing in casings) > 4.2


@pytest.mark.parametrize(("palette", "paper"), [(LIGHT, "#ffffff"), (DARK, "#0e1117")])
def test_colours_reach_three_to_one_on_their_ground(palette, paper):
    for name in ("one2many", "one2one", "lost", "soft"):
        assert contrast(luminance(getattr(palette, name)), luminance(paper)) >= 3, name
    assert contrast(luminance(palette.duplicate), luminance(paper)) >= 2.9


# ── stage ──


@pytest.mark.parametrize("topk", [1, 4, 10])
def test_the_stage_has_as_many_circles_as_the_list_is_long(topk):
    figure = stage_figure(a_trace(Setting(topk=topk)), 0)
    (circles,) = parts(figure, "one2many top-k")
    assert len(circles.get_offsets()) == topk


def test_circles_and_diamonds_stand_on_the_selected_anchors():
    trace = a_trace()
    figure = stage_figure(trace, 1)
    (circles,) = parts(figure, "one2many top-k")
    chosen = trace.one2many.assignment.candidates[1]
    np.testing.assert_allclose(circles.get_offsets(), trace.anchor_points[chosen].numpy())
    pick = trace.anchor_points[trace.one2one.assignment.candidates[1]].numpy()
    for diamond in parts(figure, "one2one pick"):
        np.testing.assert_allclose(diamond.get_offsets(), pick)


def test_heat_of_the_metric_is_its_share_of_the_largest_cell_by_cell():
    trace = a_trace()
    figure = stage_figure(trace, 0, head="one2many", level=0)
    (heat,) = parts(figure, "heat")
    inside = trace.prior[0, :192]
    assert len(heat.get_paths()) == int(inside.sum())
    metric = trace.one2many.log_metric[0].exp()
    expected = (metric / metric.max())[:192][inside]
    np.testing.assert_allclose(heat.get_array(), expected)


@pytest.mark.parametrize("log", [False, True])
def test_pushes_are_signed_shares_of_the_largest_and_triangles_say_the_sign(log):
    trace = a_trace()
    label = int(trace.truth.labels[0])
    push = [
        head.scores[:, label] - head.assignment.target_scores[:, label]
        for head in (trace.one2many, trace.one2one)
    ]
    most = max(float(own.abs().max()) for own in push)
    figure = stage_figure(trace, 0, layer="g", level=0, log=log)
    levels = grids(trace.prediction)
    for heat, own in zip(parts(figure, "heat"), push, strict=True):
        cells, values = heat_cells(levels, own.double().numpy(), 0)
        left, top, right, bottom = (
            *heat.axes.get_xlim()[:1],
            heat.axes.get_ylim()[1],
            heat.axes.get_xlim()[1],
            heat.axes.get_ylim()[0],
        )
        seen = (
            (cells[:, 0] < right)
            & (cells[:, 2] > left)
            & (cells[:, 1] < bottom)
            & (cells[:, 3] > top)
        )
        share = values[seen] / most
        if log:
            with np.errstate(divide="ignore"):
                share = np.sign(share) * np.clip(1 + np.log10(np.abs(share)) / 4, 0, 1)
        np.testing.assert_allclose(heat.get_array(), share, atol=1e-6)
        assert heat.get_clim() == (-1, 1) and heat.get_cmap().name == "dualviz-push"
    up = parts(figure, "pushed up")
    assert up and sum(len(found.get_offsets()) for found in up) >= 1
    points = trace.anchor_points.numpy().tolist()
    for name, sign in (("pushed up", -1), ("pushed down", 1)):
        for found in parts(figure, name):
            own = push[0 if found.axes is parts(figure, "heat")[0].axes else 1]
            anchors = [points.index(place) for place in found.get_offsets().tolist()]
            assert all(float(own[a]) * sign > 0 for a in anchors)


def test_the_bce_of_the_stage_is_that_of_the_loss():
    trace = a_trace()
    label = int(trace.truth.labels[0])
    bce = [
        classification_loss(
            head.scores[:, label].double().logit(), head.assignment.target_scores[:, label].double()
        )
        for head in (trace.one2many, trace.one2one)
    ]
    most = max(float(own.max()) for own in bce)
    (heat,) = parts(stage_figure(trace, 0, layer="b", head="one2one", level=2), "heat")
    _, values = heat_cells(grids(trace.prediction), bce[1].numpy(), 2)
    assert set(np.round(heat.get_array(), 6)) <= set(np.round(values / most, 6))


def test_what_was_lost_in_a_conflict_is_told_by_form():
    trace = a_trace(boxes=((30, 20, 80, 62), (34, 22, 84, 64)))
    assert trace.one2many.assignment.lost.any()
    g = int(trace.one2many.assignment.lost.any(1).nonzero()[0])
    words = [text.get_text() for text in stage_figure(trace, g).legends[0].get_texts()]
    assert "lost in a conflict" in words


def test_the_layer_must_be_known():
    with pytest.raises(ValueError, match="layer must be one of m, p, u, s, t, b, g, got 'x'"):
        stage_figure(a_trace(), 0, layer="x")
    with pytest.raises(ValueError, match="object must be 0 to 1 or None, got 2"):
        stage_figure(a_trace(), 2)


@pytest.mark.parametrize("layer", ["m", "p", "u", "s", "t", "b", "g"])
@pytest.mark.parametrize("log", [False, True])
def test_every_layer_can_be_shown_in_either_scale(layer, log):
    head, page = ("both", COLUMN) if log else ("one2one", SLIDE)
    figure = stage_figure(a_trace(), 0, layer=layer, log=log, head=head, page=page)
    assert figure_bytes(figure, "png", 40)


# ── metric plane ──


def slopes(figure, gid: str) -> list[float]:
    lines = figure.findobj(
        lambda a: (a.get_gid() or "").startswith(gid) and hasattr(a, "get_xdata")
    )
    return [float(np.diff(line.get_ydata())[0] / np.diff(line.get_xdata())[0]) for line in lines]


@pytest.mark.parametrize(
    "setting",
    [
        Setting(),
        Setting(alpha=2.0, beta=3.0, r=3.0),
        Setting(locked=False, alpha_one2one=1, beta_one2one=2),
    ],
)
def test_lines_of_equal_metric_have_slope_minus_alpha_over_beta(setting):
    figure = plane_figure(a_trace(setting), 0)
    for head in ("one2many", "one2one"):
        alpha, beta = setting.exponents(head)
        found = slopes(figure, f"equal m {head}")
        assert found and found == pytest.approx([-alpha / beta] * len(found))
    assert slopes(figure, "equal m tenth") == pytest.approx(
        [-setting.alpha / setting.beta] * len(slopes(figure, "equal m tenth"))
    )


def test_r_moves_no_line_of_the_plane():
    def lines(r: float) -> dict[str, list]:
        figure = plane_figure(a_trace(Setting(r=r)), 0)
        drawn = figure.findobj(lambda a: (a.get_gid() or "").startswith("equal m"))
        return {line.get_gid(): line.get_ydata().tolist() for line in drawn}

    one, three_times = lines(1.0), lines(3.0)
    assert one.keys() == three_times.keys()
    for gid, y in one.items():
        assert three_times[gid] == pytest.approx(y)


def test_no_candidate_lies_above_its_heads_first_line_and_the_winner_lies_on_it():
    trace = a_trace()
    figure = plane_figure(trace, 0)
    for head in ("one2many", "one2one"):
        (line,) = parts(figure, f"equal m {head}")
        (x0, x1), (y0, y1) = line.get_xdata(), line.get_ydata()
        (points,) = parts(figure, f"{head} candidates")
        x, y = points.get_offsets().T
        above = y - (y0 + (x - x0) * (y1 - y0) / (x1 - x0))
        assert above.max() == pytest.approx(0, abs=1e-9)


def test_only_corners_of_the_hull_win_under_any_direction():
    generator = np.random.default_rng(1)
    x, y = np.log(generator.random((2, 60)))
    corners = hull_chain(x, y)
    winners = {
        int(np.argmax(math.cos(a) * x + math.sin(a) * y)) for a in np.linspace(1e-4, 1.5707, 4000)
    }
    assert winners <= set(corners)
    assert hull_chain(np.zeros(3), np.zeros(3)) == [0]
    assert hull_chain(np.zeros(0), np.zeros(0)) == []


def test_a_tie_for_the_first_place_is_named_and_may_be_won_beside_the_corners():
    """p, IoU of (1, ¼), (½, ½) and (¼, 1): all worth ¼ at α = β; the middle one is no corner, and first by its index."""
    made = a_prediction()
    boxes, scores = torch.zeros_like(made.one2many.boxes), torch.zeros_like(made.one2many.scores)
    inside = torch.tensor([51, 52, 53])  # three cells of the fourth row
    boxes[inside] = torch.tensor([[16.0, 16, 48, 64], [16, 16, 32, 64], [16, 16, 80, 64]])
    scores[inside, 0] = torch.tensor([0.5, 1.0, 0.25])
    head = HeadPrediction(boxes, scores)
    prediction = replace(made, one2many=head, one2one=head)
    truth = truth_from_boxes([[16, 16, 80, 64]], [0], NAMES)
    image = np.zeros((96, 128, 3), np.uint8)
    for exponents, tied in (((1.0, 1.0), True), ((1.0, 2.0), False)):
        setting = Setting(*exponents, mode="paper", shared=True)
        trace = trace_prediction(image, truth, prediction, NAMES, setting)
        first = int(trace.one2one.assignment.candidates[0, 0])
        said = words_of(plane_figure(trace, 0)).replace("\n", " ")
        assert "Ties aside, of 3 candidates only the ringed corners of the hull (2) can be" in said
        assert ("Here 3 tie for the first place" in said) == tied
        assert first == (51 if tied else 53)


# ── ranks and gap ──


def test_rank_against_rank_shows_the_pick_at_its_rank():
    trace = a_trace()
    (diamond,) = parts(ranks_figure(trace, 0), "one2one pick")
    pick = int(trace.one2one.assignment.candidates[0, 0])
    assert diamond.get_offsets().tolist() == [[int(trace.one2many.rank[0, pick]), 1]]


def test_shared_predictions_put_all_ranks_on_the_diagonal_and_say_so():
    trace = a_trace(Setting(shared=True, r=2.5))
    figure = ranks_figure(trace, 0)
    (points,) = parts(figure, "one2many top-k")
    ranks = points.get_offsets()
    assert (ranks[:, 0] == ranks[:, 1]).all()
    assert "stand in the same order" in agreement_words(trace, 0)
    assert "both heads make the same first choice" in headline(trace, 0)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("mode", ["paper", "code"])
def test_what_the_floor_of_the_gap_is_holds_where_it_is_said(shared, mode):
    """The sum of the other positives' targets only under shared predictions and paper targets; else the least of any pick."""
    trace = a_trace(Setting(shared=shared, mode=mode), boxes=((20, 16, 76, 64), (34, 22, 84, 64)))
    targets = trace.one2many.assignment.object_targets
    others = targets.sum(-1) - targets.amax(-1)
    floor, apart = trace.gap_bounds[0], 0.0
    for g in range(len(trace.truth)):
        said = "teaches its other positives" in gap_words(trace, g)
        assert said == (shared and mode == "paper")
        assert said or "The floor is the least gap that any pick could give." in gap_words(trace, g)
        apart = max(apart, abs(float(floor[g] - others[g])))
    assert (apart < 1e-6) == (shared and mode == "paper")


def test_pulls_apart_are_told_as_background_and_as_own_positives():
    for setting, said in (
        (Setting(), "pull **2 anchors** in opposite directions"),
        (
            Setting(),
            "lowers it, 1 as background and 1 as its own positive that already scores above",
        ),
        (Setting(shared=True), "pull **3 anchors** in opposite directions"),
        (Setting(shared=True), "lowers it, 3 as background."),
    ):
        trace = a_trace(setting)
        assert said in opposed_words(head_targets(trace, raw_of(trace)))
    nothing = a_trace(boxes=())
    assert "pull no anchor" in opposed_words(head_targets(nothing, raw_of(nothing)))


def test_conflicts_leave_an_object_with_more_positives_than_were_selected_or_with_none():
    boxes = ((44, 15, 76, 54), (6, 20, 36, 74), (21, 11, 75, 53), (29, 18, 83, 68))
    many = a_trace(Setting(topk=3), boxes).one2many.assignment
    assert many.positives.tolist() == [0, 3, 4, 1]


def test_the_gap_bar_names_floor_value_and_ceiling():
    trace = a_trace()
    said = words_of(ranks_figure(trace, 0))
    floor, ceiling = (three(float(bound[0])) for bound in trace.gap_bounds)
    for part in (f"floor {floor}", f"A = {three(float(trace.gap[0]))}", f"ceiling {ceiling}"):
        assert part in said


# ── empty cases are words ──


@pytest.mark.parametrize("page", [COLUMN, SLIDE])
@pytest.mark.parametrize("draw", FIGURES)
def test_no_truth_no_object_no_candidate_and_one_candidate_are_words(draw, page):
    for trace, g, words in (
        (a_trace(boxes=()), None, "No truth"),
        (a_trace(), None, "No object chosen"),
        (a_trace(boxes=((1, 1, 3, 3),)), 0, "no candidate in either head"),
        (a_trace(boxes=((3, 3, 5, 5),)), 0, "Object 1"),
    ):
        figure = draw(trace, g, page=page)
        assert words.lower() in words_of(figure).replace("\n", " ").lower()
        assert figure_bytes(figure, "svg" if page is COLUMN else "png", 50)


def test_equal_metrics_everywhere_are_no_error():
    prediction = a_prediction()
    flat = HeadPrediction(
        torch.tensor([[20.0, 16, 76, 64]]).expand(252, 4), torch.full((252, 2), 0.5)
    )
    trace = a_trace()
    trace = trace_prediction(
        trace.image, trace.truth, replace(prediction, one2many=flat, one2one=flat), NAMES, Setting()
    )
    for draw in FIGURES:
        assert figure_bytes(draw(trace, 0), "png", 50)
    assert "no correlation can be given" in agreement_words(trace, 0)


def test_a_metric_too_small_for_a_double_is_still_written():
    trace = a_trace(Setting(alpha=20, beta=20, r=20))
    assert "e-" in words_of(plane_figure(trace, 0))
    assert three_of_log(-2000.0) == "2.58e-869"


def test_a_strange_file_name_stays_a_name():
    name = "\U0010ffff $x^2$ & <b>.png"
    said = words_of(stage_figure(a_trace(), 0, picture=name))
    assert "□ $x^2$ & <b>.png" in said
    assert figure_bytes(stage_figure(a_trace(), 0, picture=name), "svg", 50)


# ── files ──


def test_the_settings_stand_in_every_figure_as_the_laboratory_writes_them():
    trace = a_trace(Setting(alpha=0.7, beta=4, r=2, topk=7, mode="paper", shared=True))
    line = settings_line(trace, 1, "smear.png", "pico-cells")
    assert line == (
        "smear.png · pico-cells · object 2 of 2 (cell) · one-to-many α 0.70, β 4.00, k 7 · "
        "one-to-one α 1.40, β 8.00 (locked, r 2.00) · shared predictions · paper (IoU)"
    )
    for draw in FIGURES:
        svg = figure_bytes(
            draw(trace, 1, picture="smear.png", detector="pico-cells"), "svg"
        ).decode()
        shown = re.sub(r"<[^>]+>", "", svg.split("</metadata>")[1])
        for part in line.split(" · "):
            assert part in shown
        assert line in svg  # and whole, in the file's description


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_two_runs_give_the_same_bytes_of_the_right_kind(kind):
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
    for draw in FIGURES:
        first, second = (figure_bytes(draw(a_trace(), 0), kind) for _ in range(2))
        assert first == second and first.startswith(start)


def test_a_figure_gives_the_same_bytes_before_and_after_another_kind():
    figure = stage_figure(a_trace(), 0)
    first = figure_bytes(figure, "svg")
    figure_bytes(figure, "png", 90)
    figure_bytes(figure, "pdf", 300)
    assert figure_bytes(figure, "svg") == first


def test_threads_draw_at_once_and_alike():
    trace, found = a_trace(), {}

    def draw(index: int) -> None:
        found[index] = figure_bytes(FIGURES[index % 3](trace, 0), "png", 60)

    threads = [Thread(target=draw, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(3)] == [found[i + 3] for i in range(3)]


def test_type_stays_type_in_pdf_and_svg():
    figure = ranks_figure(a_trace(), 0)
    assert b"/FontFile2" in figure_bytes(figure, "pdf")  # TrueType, which journals take
    assert "<text" in figure_bytes(figure, "svg").decode()


def test_a_column_is_85_mm_wide_and_a_slide_is_16_to_9():
    for draw in FIGURES:
        assert draw(a_trace(), 0).get_size_inches()[0] == pytest.approx(85 / 25.4)
        width, height = draw(a_trace(), 0, page=SLIDE).get_size_inches()
        assert width / height == pytest.approx(16 / 9)


@pytest.mark.parametrize("page", [COLUMN, SLIDE])
def test_nothing_is_written_outside_the_page(page):
    for draw in FIGURES:
        figure = draw(
            a_trace(),
            0,
            picture="a-picture-with-a-rather-long-name.png",
            detector="yolov10n",
            page=page,
        )
        figure.canvas.draw() if hasattr(figure.canvas, "renderer") else figure_bytes(
            figure, "png", 100
        )
        width, height = figure.get_size_inches()
        renderer = figure._get_renderer()
        for text in figure.findobj(matplotlib.text.Text):
            if text.get_text() and text.get_visible():
                x0, y0, x1, y1 = text.get_window_extent(renderer).extents / figure.dpi
                assert x0 > -0.02 and y0 > -0.02 and x1 < width + 0.02 and y1 < height + 0.02, (
                    text.get_text()
                )


# ── detections ──


def some_detections() -> tuple[Detections, torch.Tensor, torch.Tensor]:
    """Found, its duplicate, a false one; and an object that was missed."""
    boxes = torch.tensor([[10.0, 10, 50, 50], [12, 10, 52, 50], [80, 60, 90, 70]])
    found = Detections(
        boxes, torch.tensor([0.9, 0.8, 0.7]), torch.zeros(3).long(), torch.tensor([5, 6, 7])
    )
    return found, torch.tensor([[10.0, 10, 50, 50], [90, 20, 120, 60]]), torch.tensor([0, 0])


def test_outcomes_are_told_against_truth_and_repeats_without_it():
    found, boxes, labels = some_detections()
    told = outcomes(found, match(found, boxes, labels))
    assert told.words == "1 found, 1 duplicate, 1 false, 1 of 2 missed"
    assert told.missed.tolist() == [False, True]
    alone = outcomes(found)
    assert (
        alone.duplicate.tolist() == [False, True, False] and alone.words == "3 detections, 1 repeat"
    )


@pytest.mark.parametrize("page", [COLUMN, SLIDE])
def test_detections_side_by_side_keep_their_counts(page):
    found, boxes, labels = some_detections()
    image, truth = a_trace().image, truth_from_boxes(boxes.tolist(), labels.tolist(), NAMES)
    none = non_max_suppression(torch.zeros(0, 4), torch.zeros(0, 2))
    outputs = [
        Output("one-to-many + NMS", "one2many", found, match(found, boxes, labels)),
        Output("one-to-one", "one2one", none, match(none, boxes, labels)),
        Output("one-to-one", "one2one", none),
    ]
    figure = detections_figure(image, outputs, truth, caption="smear · confidence 0.25", page=page)
    assert len(parts(figure, "found")) == 1 == len(parts(figure, "duplicate"))
    said = words_of(figure).replace("\n", " ")
    for part in ("1 found, 1 duplicate, 1 false", "0 found, 0 duplicates", "confidence 0.25"):
        assert part in said
    assert figure_bytes(figure, "pdf")
    with pytest.raises(ValueError, match="at least one output"):
        detections_figure(image, [], truth)


def test_a_step_of_nms_fills_a_slide_and_its_words_stand_beside_the_picture() -> None:
    boxes, scores = torch.tensor([[10.0, 10, 60, 60], [12, 10, 62, 60]]), torch.tensor([0.9, 0.8])
    found = non_max_suppression(boxes, scores[:, None], 0.25, 0.7)
    picture = np.zeros((96, 128, 3), np.uint8)
    figure = suppression_figure(picture, found.trace, 1, page=SLIDE)
    (place,) = (axes.get_position() for axes in figure.axes)
    assert place.width * place.height > 0.5
    (words,) = (text for text in figure.texts if "Candidate 1" in text.get_text())
    assert words.get_position()[0] > place.x1


def test_the_stage_shows_what_yolo26_kept_and_what_it_did_not() -> None:
    """Three objects in one place: of seven selected one is a filled diamond, the others hollow, and the key says so."""
    boxes = ((20, 20, 70, 62), (24, 22, 74, 64), (22, 24, 72, 66))
    trace = a_trace(Setting(mode="yolo26"), boxes=boxes)
    one = trace.one2one.assignment
    g = next(g for g in range(3) if int(one.positives[g]) == 1 and bool(one.lost[g].any()))
    figure = stage_figure(trace, g)
    assert "one-to-one: not kept" in words_of(figure)
    assert parts(figure, "one2one others")
    kept = (one.target_gt == g).nonzero().flatten()
    diamonds = [diamond.get_offsets() for diamond in parts(figure, "one2one pick")]
    assert all(np.allclose(place, trace.anchor_points[kept]) for place in diamonds) and diamonds
