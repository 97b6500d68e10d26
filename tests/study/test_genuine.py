"""Claims about measured detectors: every figure equals its own study's, its interval comes from the pictures, the page needs no weights."""

import hashlib
import json
import math
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from opened_app import opened, tables_of, words

from dualviz.charts.drawn.genuine import DRAWN, height, rows
from dualviz.charts.page import COLUMN, SLIDE, WIDE
from dualviz.charts.print.genuine import genuine_figure
from dualviz.charts.screen.genuine import genuine_chart
from dualviz.detector import load_detector
from dualviz.detector.catalogue import BUNDLED, available, find_file
from dualviz.exports.studies import ShownGenuine, genuine_csv
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.scenes import random_scenes, write_scenes
from dualviz.study import genuine, starving
from dualviz.study.calibration import calibrate
from dualviz.study.evaluation import PATHS, evaluate
from dualviz.study.genuine import MEASURES, Drawn, Estimate, Reached
from dualviz.study.sets import seen

needs_coco = pytest.importorskip("pycocotools")
KEPT = genuine.kept()


def test_an_interval_is_the_middle_of_what_drawings_of_the_pictures_give() -> None:
    part, whole = np.array([1.0, 4.0, 0.0, 2.0]), np.array([2.0, 5.0, 3.0, 2.0])
    found = Drawn(4, 500).ratio(part, whole)
    rng = np.random.default_rng(0)  # again, by a plain loop over the drawn pictures
    again = []
    for places in rng.integers(4, size=(500, 4)).tolist():
        again.append(sum(part[p] for p in places) / sum(whole[p] for p in places))
    again.sort()
    assert found.value == pytest.approx(7 / 12)
    assert found.low == pytest.approx(np.quantile(again, 0.025))
    assert found.high == pytest.approx(np.quantile(again, 0.975))
    assert Drawn(3).median(np.array([5.0, 5.0, 5.0])) == (5, 5, 5)
    assert all(math.isnan(one) for one in Drawn(2).ratio(np.zeros(2), np.zeros(2)))


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_every_figure_is_that_of_the_study_it_comes_from(tmp_path) -> None:
    write_scenes(random_scenes(3), tmp_path / "set", tmp_path / "set.json")
    folder, detector = CocoFolder(tmp_path / "set.json"), load_detector("pico-cells", "cpu")
    figures, picked = genuine.reach(detector, folder, drawings=20)
    whole = evaluate(detector, folder)
    for path in PATHS:
        assert figures[f"ap {path}"].value == pytest.approx(whole.paths[path].ap)
    assert picked == len(whole.gap)
    shares = [figures[f"top {k}"].value for k in (1, 5, 10)]
    assert shares == pytest.approx(whole.alignment)
    for key in ("gap", "floor", "ceiling"):
        assert figures[key].value == pytest.approx(float(getattr(whole, key).mean()))
    assert figures["repeats one2one"].value == whole.paths["one2one"].duplicates
    looked = list(seen(detector, folder))
    for name, way in calibrate((one.prediction, one.truth) for one in looked).ways.items():
        assert figures[f"advised {name}"].value == way.advised
        recall, _precision, _f1 = way.at(0.25)
        assert figures[f"recall {name}"].value == pytest.approx(recall)
        assert figures[f"f1 {name}"].value == pytest.approx(way.at(way.advised)[2])
    fed = starving.feed((one.name, one.prediction, one.taught) for one in looked)
    for rule in starving.RULES:
        share = sum(one.fates[rule].starves("one2one") for one in fed) / len(fed)
        assert figures[f"starving {rule}"].value == pytest.approx(share)
    assert all(one.low <= one.value <= one.high for one in figures.values())


def test_what_is_kept_comes_back_and_what_is_broken_is_one_sentence(tmp_path) -> None:
    made = next(iter(KEPT.values()))
    nothing = replace(made, figures={**made.figures, "top 1": Estimate(*[math.nan] * 3)})
    file = tmp_path / "table.json"
    genuine.keep(made, file)
    genuine.keep(replace(nothing, detector="other"), file)
    table = genuine.kept(file)
    assert list(table) == [made.detector, "other"] and table[made.detector] == made
    assert math.isnan(table["other"].figures["top 1"].value)
    for broken in ("[]", '{"a": {}}', "{", '{"a": {"figures": {"top 1": [1]}}}'):
        file.write_text(broken)
        genuine.kept.cache_clear()
        with pytest.raises(ValueError, match="no table of measured detectors"):
            genuine.kept(file)
    genuine.kept.cache_clear()


def test_the_file_holds_both_bundled_detectors_as_they_are_and_the_released_one() -> None:
    assert set(KEPT) == {"yolov10n", *(entry.name for entry in BUNDLED)}
    for entry in BUNDLED:
        weights = find_file(entry)
        assert weights is not None
        assert KEPT[entry.name].sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    for one in KEPT.values():
        assert f"--detector {one.weights.removesuffix('.safetensors')}" in one.command
        for key, figure in one.figures.items():
            assert figure.low <= figure.value <= figure.high, (one.detector, key)


@pytest.mark.shared
def test_the_released_detector_is_the_one_beside_the_checkout_and_another_tool_agrees(
    shared,
) -> None:
    made = KEPT["yolov10n"]
    weights = shared / "weights" / "yolov10n.pt"
    assert made.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    truth = json.loads((shared / "data" / "coco128" / "val.json").read_text())
    assert (made.pictures, made.objects) == (len(truth["images"]), len(truth["annotations"]))
    # ultralytics 8.4.190 on the same weights and pictures
    assert made.figures["ap one2one"].value == pytest.approx(0.4376, abs=0.003)
    assert made.figures["ap one2many + NMS"].value == pytest.approx(0.4444, abs=0.003)


def test_screen_and_print_draw_the_same_numbers() -> None:
    table = list(KEPT.values())
    chart = genuine_chart(table)
    for panel, one in enumerate(table):
        axis = f"x{panel + 1 if panel else ''}"
        marks = [t for t in chart["data"] if t["xaxis"] == axis and "error_x" in t]
        spots = {spot for trace in marks for spot in zip(trace["x"], trace["y"])}
        assert spots == {(row.value, row.place) for row in rows(one)}
    papers = [t for t in chart["data"] if "error_x" not in t]
    assert len(papers) == 1 and len(papers[0]["x"]) == 4, "the paper prints of the released alone"
    for page in (COLUMN, WIDE, SLIDE):
        figure = genuine_figure(table, page=page)
        drawn = figure.findobj(lambda artist: artist.get_gid() == "ours")
        spots = {tuple(spot) for one in drawn for spot in np.asarray(one.get_offsets()).tolist()}
        assert spots == {(row.value, row.place) for one in table for row in rows(one)}
        said = " ".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))
        assert "YOLOv10-N" in said and "128 pictures" in said
    assert len({row.place for row in rows(table[0])}) == len(DRAWN) < height()


def test_the_csv_has_a_row_a_detector_and_measure_with_the_papers_beside() -> None:
    lines = genuine_csv(ShownGenuine(list(KEPT.values()))).splitlines()
    assert len(lines) == 2 + len(KEPT) * len(MEASURES)
    row = next(line for line in lines if line.startswith("yolov10n") and ",top 1," in line)
    assert row.endswith(',0.245,"Fig. 2(b), YOLOv8-S"')


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_the_page_shows_table_figure_command_and_answers_without_the_weights() -> None:
    app = opened("evidence", evidence="genuine")
    (table,) = tables_of(app).values()
    made: Reached = KEPT["yolov10n"]
    by_measure = {row["measure"]: row for row in table}
    top = by_measure["picks in the Top-1, %"]
    share = f"{100 * made.figures['top 1'].value:.1f}"
    assert top["YOLOv10-N (COCO)"].startswith(f"{share} (") and "24.5" in top["the paper"]
    assert len(table) == len(MEASURES)
    assert made.command in [code.value for code in app.code]
    said = words(app)
    assert "Do the heads agree?" in said and made.sha256 in said and share in said
