"""Claims about the catalogue of views: one name for page, file and command, and nobody chooses a figure by hand."""

import ast
import csv
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_traces import a_trace, raw_of
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox

from dualviz import MADE_BY
from dualviz.charts.page import LEAST
from dualviz.charts.print import PAGES as PAGES_OF
from dualviz.charts.print import figure_language
from dualviz.exports.about import Source
from dualviz.exports.detections import ShownDetections
from dualviz.exports.figures import nearest_level
from dualviz.exports.shown import (
    ShownEvaluation,
    ShownMoment,
    ShownOutput,
    ShownPicture,
    ShownRivals,
    ShownTiming,
)
from dualviz.exports.studies import (
    ShownCalibration,
    ShownGenuine,
    ShownRemedies,
    ShownStarving,
)
from dualviz.exports.views import FIGURES, VIEWS, Paper, file_name, view_bytes
from dualviz.postprocess import match, nms_free
from dualviz.study import genuine
from dualviz.study.ablation import FILE, Ablation, load_ablation
from dualviz.study.alignment import survey
from dualviz.study.calibration import kept
from dualviz.study.crowding import load_crowding
from dualviz.study.evaluation import PATHS, Evaluation, PathResult
from dualviz.study.remedies import Outcome, Remedies
from dualviz.study.replay import load_replay
from dualviz.study.rivals import load_rivals
from dualviz.study.targets import head_targets
from dualviz.study.timing import NETWORKS, Spread, Timing
from dualviz.words import PSEUDO, Sentence, speaking

ROOT = Path(__file__).parents[2] / "dualviz"
PAGES = sorted(p for p in (ROOT / "web").rglob("*.py") if p.parent.name != "web")  # and their parts
STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "csv": b"# ", "json": b"{"}
FILTERS = {"conf": 0.25, "iou": 0.7, "max": 300, "agnostic": False}


def a_picture(boxes=((20, 16, 76, 64), (60, 30, 120, 90)), **options) -> ShownPicture:
    traced = a_trace(boxes=boxes)
    return ShownPicture(
        traced,
        0 if boxes else None,
        ShownDetections(traced.image, traced.prediction, traced.truth, FILTERS, picture="mine"),
        survey=lambda: survey([traced], traced.setting),
        targets=lambda: head_targets(traced, raw_of(traced)),
        picture="mine",
        options=options,
    )


def an_evaluation() -> ShownEvaluation:
    path = PathResult(ap=0.5, ap50=0.8, duplicates=0.1, milliseconds=1.0)
    gaps = torch.tensor([1.0, 2.0])
    paths = dict.fromkeys(PATHS, path)
    return ShownEvaluation(Evaluation(paths, (1.0, 1.0, 1.0), gaps, gaps / 2, gaps * 2, 9.0, 3))


def a_timing() -> ShownTiming:
    spread = Spread(2.0, 1.0, 3.0)
    timing = Timing(
        device="a device",
        network_size_hw=(96, 128),
        anchors=252,
        runs=5,
        network=dict.fromkeys(NETWORKS, spread),
        candidates=(10, 100),
        nms=(spread, spread),
        free=(spread, spread),
    )
    return ShownTiming(timing, "a device, twice")


def a_moment(boxes=((20, 16, 76, 64),)) -> ShownMoment:
    traced = a_trace(boxes=boxes)
    one, truth = traced.prediction.one2one, traced.truth
    detections = nms_free(one.boxes, one.scores)
    matches = match(detections, truth.boxes, truth.labels) if len(truth) else None
    output = ShownOutput("one-to-one, no NMS", "one2one", detections, matches)
    return ShownMoment(
        load_replay(), 0, traced, [output], 0.25, picture="mine", truth_from="drawn by hand"
    )


MADE = {
    ShownCalibration: lambda: ShownCalibration(kept()["pico-cells"], 0.36),
    ShownRemedies: lambda: ShownRemedies(
        Remedies({"none": Outcome(0.25, 3, 1, 0, 0, 0.5)}, 1, 3), "pico-cells"
    ),
    ShownStarving: lambda: ShownStarving((), ("cell",), "pico-cells"),
    ShownPicture: a_picture,
    ShownEvaluation: an_evaluation,
    ShownTiming: a_timing,
    ShownMoment: a_moment,
    ShownRivals: lambda: ShownRivals(load_rivals(), 0),
    ShownGenuine: lambda: ShownGenuine(
        [replace(one, detector="mine", over="mine") for one in genuine.kept().values()]
    ),
}


HASH = "0123456789ab"


def sourced(name: str) -> Source:
    """What a view's files say they come from, of a record that knows its detector's file."""
    view = VIEWS[name]
    shown = MADE[view.shown]() if view.shown in MADE else load_ablation(FILE)
    if isinstance(shown, ShownPicture):
        shown = replace(shown, detector="mine", weights=HASH, truth_from="drawn")
    elif isinstance(shown, (ShownEvaluation, ShownStarving, ShownRemedies)):
        shown = shown._replace(detector="mine", over="a set", weights=HASH, side=416)
    elif isinstance(shown, ShownTiming):
        shown = shown._replace(detector="mine", weights=HASH)
    if shown is None or getattr(shown, "replay", shown) is None:
        pytest.skip("nothing is kept")
    return view.source(shown)


@pytest.mark.parametrize("name", list(VIEWS))
def test_every_view_says_which_detector_saw_what_and_against_which_truth(name: str) -> None:
    said = sourced(name).lines
    if VIEWS[name].shown is Ablation:  # of many networks, whose weights are not kept
        assert re.match(r"\d+ networks of scale pico, trained on cells train", said["detector"])
    else:
        assert re.search(r"weights [0-9a-f]{12}", said["detector"]), said
    assert re.search(r"\d+ × \d+ px|longer side \d+ px", said["network input"]), said
    assert said.get("truth", "truth") != "truth" or VIEWS[name].shown is ShownTiming


def test_a_file_about_a_set_or_a_kept_measurement_does_not_speak_of_the_picture_on_the_table() -> (
    None
):
    shown = replace(a_picture(), detector="mine", weights=HASH, over="the bundled smears")
    for name in ("map", "bars"):
        source = VIEWS[name].source(shown)
        assert source.picture == "the bundled smears" and "rendered scenes" in source.truth
        assert file_name(VIEWS[name], shown) == f"the-bundled-smears-{name}"
    crowding = load_crowding()
    if crowding is None:
        pytest.skip("no crowding is measured")
    source = VIEWS["crowding"].source(shown)
    assert (source.detector, source.weights) == (crowding.detector, crowding.weights)
    assert file_name(VIEWS["crowding"], shown) == "dualviz-crowding"


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view.shown in MADE])
def test_every_view_comes_as_every_kind_it_names(name: str) -> None:
    view = VIEWS[name]
    shown = MADE[view.shown]()
    if view.shown is ShownMoment and shown.replay is None:
        pytest.skip("no run is kept")
    assert view.name == name and view.kinds
    for kind in view.kinds:
        assert view_bytes(view, shown, kind, Paper(dpi=40)).startswith(STARTS[kind]), kind


def test_the_ablation_is_drawn_from_its_file() -> None:
    kept = load_ablation(FILE)
    if kept is None:
        pytest.skip("no ablation is measured")
    lines = view_bytes(VIEWS["ablation"], kept, "csv").decode().splitlines()
    assert len([line for line in lines if not line.startswith("# ")]) == 1 + len(kept.runs)


def test_a_kind_that_a_view_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="candidates comes as csv, json, got 'png'"):
        view_bytes(VIEWS["candidates"], a_picture(), "png")


def test_without_objects_every_view_of_a_picture_still_comes() -> None:
    shown = a_picture(boxes=())
    for name in FIGURES:
        assert view_bytes(VIEWS[name], shown, "png", Paper(dpi=40)).startswith(STARTS["png"]), name


def test_what_is_chosen_for_a_view_reaches_its_figure() -> None:
    words = view_bytes(VIEWS["map"], a_picture(map={"measure": "gap"}), "svg").decode()
    assert "gap over the one-to-one head" in words.replace("Mean ", "").lower()
    words = view_bytes(VIEWS["stage"], a_picture(stage={"layer": "p"}), "svg").decode()
    assert "score p of the object" in words


def test_the_table_of_times_names_every_row_and_is_read_back() -> None:
    first, *rest = view_bytes(VIEWS["times"], a_timing(), "csv").decode().splitlines()
    assert first == f"# a device, twice · {MADE_BY}"
    rows = list(csv.DictReader(line for line in rest if not line.startswith("# ")))
    assert [row["what"] for row in rows][-3:] == [
        "NMS of DualViz, in Python",
        "NMS-free selection",
        "NMS-free selection",
    ]
    assert [row["candidates"] for row in rows][-2:] == ["10", "100"]
    assert {float(row["median_ms"]) for row in rows} == {2.0}


def test_crowding_is_shown_at_the_depth_nearest_to_the_chosen_one() -> None:
    crowding = load_crowding()
    if crowding is None:
        pytest.skip("no crowding is measured")
    for level in crowding.levels:
        assert nearest_level(crowding, level.overlap + 1e-6) is level
    assert nearest_level(crowding, None) is crowding.telling


# ── in another language ──


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view.figure])
def test_every_word_of_every_figure_goes_through_the_door(name: str) -> None:
    view = VIEWS[name]
    shown = MADE[view.shown]() if view.shown in MADE else load_ablation(FILE)
    if shown is None or (view.shown is ShownMoment and shown.replay is None):
        pytest.skip("nothing is kept")
    with speaking(PSEUDO):
        figure = view.figure(shown, PAGES_OF["slide"])
    said = [text.get_text() for text in figure.findobj(Text)]
    assert any("⟦" in text for text in said)
    data = re.compile(
        r"mine|pico-cells|one-to-one, no NMS|a device, twice|\bcells?\b|Top-\d+( / 5 / 10)?|C?IoU|AP\d*|Table \d|paper, YOLO\S+|arXiv|"
        r"[0-9a-f]{12}|train|val|pictures"
    )
    rest = data.sub("", re.sub(r"⟦.*?⟧", "", " ".join(said), flags=re.DOTALL))
    assert not re.findall(r"[A-Za-z]{3,}", rest), rest


class Written(RendererAgg):
    """A renderer that keeps every line of text it draws: words, points of type, and its box in inches."""

    def __init__(self, figure: Figure, dpi: int = 72):
        figure.set_dpi(dpi)
        self.size = figure.get_size_inches()
        super().__init__(*(self.size * dpi), dpi)
        self.lines: list[tuple[str, float, Bbox]] = []

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        width, height, descent = self.get_text_width_height_descent(s, prop, False)
        box = Bbox.from_bounds(x, self.height - y - descent, width, height)
        turned = Affine2D().rotate_deg_around(x, self.height - y, angle)
        inches = turned.transform_bbox(box).extents / self.dpi
        self.lines.append((s, prop.get_size_in_points(), Bbox.from_extents(inches)))


@pytest.mark.parametrize(
    ("page", "tongue"), [("column", "en"), ("wide", "en"), ("column", "zh_CN"), ("wide", "zh_CN")]
)
@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view.figure])
def test_every_word_of_every_figure_is_readable_and_on_its_sheet(
    name: str, page: str, tongue: str
) -> None:
    view = VIEWS[name]
    shown = MADE[view.shown]() if view.shown in MADE else load_ablation(FILE)
    if shown is None or (view.shown is ShownMoment and shown.replay is None):
        pytest.skip("nothing is kept")
    with speaking(tongue), figure_language():
        figure = view.figure(shown, PAGES_OF[page])
    figure.draw(written := Written(figure))
    width, height = written.size
    assert written.lines
    for words, points, box in written.lines:
        assert points >= LEAST, words
        assert "$" not in words
        assert box.x0 > -0.01 and box.x1 < width + 0.01, words
        assert box.y0 > -0.03 and box.y1 < height + 0.03, words


def test_a_chinese_figure_has_chinese_words_and_the_table_its_settings() -> None:
    with speaking("zh_CN"):
        figure = VIEWS["stage"].figure(a_picture(), PAGES_OF["column"])
        table = view_bytes(VIEWS["candidates"], a_picture(), "csv").decode().splitlines()
    assert "一对一首选" in " ".join(text.get_text() for text in figure.findobj(Text))
    assert "一对多 α 0.50，β 6.00，k 10" in table[0], "read by people"
    first = next(line for line in table if not line.startswith("# "))
    assert first.startswith("anchor,level,cell,rank"), "read by programs"


# ── one name, everywhere ──


def named(path: Path) -> set[str]:
    """Strings that stand in a page's code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def taken(path: Path) -> set[str]:
    """Views that a page hands to the take-away by name."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in ("menu", "buttons")
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_view_is_on_a_page_and_pages_name_no_other() -> None:
    on_pages = set().union(*(named(path) for path in PAGES))
    assert set(VIEWS) <= on_pages
    called = set().union(*(taken(path) for path in PAGES))
    assert called and called <= set(VIEWS)


def test_no_page_and_no_command_chooses_a_figure_or_a_table_by_hand() -> None:
    for path in (*PAGES, ROOT / "commands" / "export.py", ROOT / "commands" / "evaluate.py"):
        source = path.read_text()
        assert "_figure" not in source and "exports.tables" not in source, path
        assert "_csv" not in source, path


def test_exports_declare_no_options_and_pages_open_without_matplotlib() -> None:
    for path in (ROOT / "exports").glob("*.py"):
        assert "argparse" not in path.read_text(), path
    code = "import sys, dualviz.exports.views; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent).returncode == 0


def test_detections_that_stand_for_truth_are_called_so_in_the_replays_figures() -> None:
    moment = a_moment()
    if moment.replay is None:
        pytest.skip("no run is kept")
    truth = replace(
        moment.trace.truth, stand_in=Sentence("detections of {detector}", detector="mine")
    )
    judged = moment._replace(trace=replace(moment.trace, truth=truth), g=0)
    for name in ("replay moment", "replay outputs"):
        said = [
            text.get_text() for text in VIEWS[name].figure(judged, PAGES_OF["slide"]).findobj(Text)
        ]
        assert "detections of mine" in said and "truth" not in said, name
        assert any("detections of mine, taken as truth" in text for text in said), name
    with speaking("zh_CN"):
        figure = VIEWS["replay outputs"].figure(judged, PAGES_OF["slide"])
    assert any("以mine 的检测结果为真值" in text.get_text() for text in figure.findobj(Text))
