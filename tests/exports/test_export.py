"""Claims about taking things away: the command writes what was asked for, and says in one sentence what it cannot."""

import argparse
import csv
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from made_traces import a_trace

from dualviz import MADE_BY, lab
from dualviz.commands.export import add_arguments, run
from dualviz.detector.catalogue import available
from dualviz.detector.checkpoint import save_checkpoint
from dualviz.detector.network import DualDetector
from dualviz.exports.files import figure_bytes
from dualviz.exports.rows import csv_text
from dualviz.exports.shown import story_object
from dualviz.exports.tables import CSV_COLUMNS, candidates_csv
from dualviz.exports.views import FIGURES
from dualviz.trace import Setting

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A small detector that was never trained, a picture, and its truth as YOLO text."""
    place = tmp_path_factory.mktemp("export")
    torch.manual_seed(0)
    save_checkpoint(
        place / "tiny.safetensors", DualDetector("pico", 3), ("RBC", "WBC", "Platelets"), size=128
    )
    image = np.random.default_rng(0).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    cv2.imwrite(str(place / "my picture.png"), image)
    (place / "truth.txt").write_text("0 0.4 0.4 0.4 0.5\n1 0.7 0.6 0.3 0.4\n")
    return place


def export(folder: Path, out: Path, *more: str, picture: str = "") -> list[Path]:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    given = ["--detector", str(folder / "tiny.safetensors"), "--out", str(out)]
    given += ["--picture", picture or str(folder / "my picture.png")]
    if not picture:
        given += ["--truth", str(folder / "truth.txt")]
    return run(parser.parse_args([*given, *more]))


def test_every_figure_comes_in_every_format_asked_for(folder, tmp_path):
    paths = export(
        folder,
        tmp_path / "new",
        "--object",
        "2",
        "--format",
        "png",
        "svg",
        "pdf",
        "--csv",
        "--dpi",
        "60",
    )
    names = [path.name for path in paths]
    drawn = [name for name in names if not name.endswith(".csv")]
    assert len(drawn) == 3 * len(FIGURES) and "my-picture-object-2-stage.png" in names
    tables = ("outputs", "steps", "curves", "map", "bars", "gap", "matchers", "loss")
    assert {f"my-picture-{table}.csv" for table in tables} | {"dualviz-crowding.csv"} <= set(names)
    starts = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".csv": b"# "}
    for path in paths:
        assert path.read_bytes().startswith(starts[path.suffix])


def test_two_runs_write_the_same_bytes(folder, tmp_path):
    first, second = (
        export(folder, tmp_path / run, "--figure", "plane", "--format", "svg", "pdf", "--csv")
        for run in "ab"
    )
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_knobs_of_the_command_are_in_the_figure(folder, tmp_path):
    knobs = [
        "--alpha",
        "1",
        "--beta",
        "4",
        "--k",
        "3",
        "--beta2",
        "2",
        "--shared",
        "--mode",
        "paper",
    ]
    (path,) = export(folder, tmp_path, "--figure", "ranks", "--format", "svg", *knobs)
    said = path.read_text()
    for part in (
        "α 1.00, β 4.00, k 3",
        "α 0.50, β 2.00 (unlocked)",
        "shared predictions",
        "paper (IoU)",
    ):
        assert part in said


def test_a_scene_of_the_gallery_brings_its_truth_and_a_picture_without_truth_uses_the_detections(
    folder, tmp_path, capsys
):
    export(folder, tmp_path, "--figure", "ranks", "--size", "128", picture="sparse")
    assert "No truth given" not in capsys.readouterr().err
    export(folder, tmp_path, "--figure", "outputs", "--size", "128", picture="portrait")
    assert "the one-to-one head's detections stand for it" in capsys.readouterr().err


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_detections_that_stand_for_truth_are_named_so_everywhere_and_judge_nobody(tmp_path):
    """Without a truth file every head, caption and file name says whose boxes they are, and no AP comes of them."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    common = ["--detector", available()[0].name, "--size", "224", "--format", "svg"]
    views = ["stage", "plane", "ranks", "outputs", "steps", "curves"]
    views += ["map", "bars", "gap", "matchers", "loss"]
    asked = [*common, "--picture", "portrait", "--csv", "--out", str(tmp_path), "--figure", *views]
    paths = run(parser.parse_args(asked))
    assert len(paths) == 11 + 8 + 1
    for path in paths:
        said = path.read_text()
        assert "its own detections, taken as truth" in said, path.name
        assert "own-detections" in path.name
        assert ">truth<" not in said and "area below it" not in said
    curves = {path.suffix: path.read_text() for path in paths if "curves" in path.name}
    assert "precision-recall" not in curves[".csv"] and "threshold,nms,0.05" in curves[".csv"]
    assert 'id="missed nms"' in curves[".svg"] and 'id="pr free"' not in curves[".svg"]
    assert "No precision, recall or AP" in curves[".svg"]

    asked = [*common, "--picture", "sparse", "--out", str(tmp_path / "own"), "--figure", "curves"]
    (given,) = run(parser.parse_args(asked))
    assert "taken as truth" not in given.read_text() and "own-detections" not in given.name
    assert "area below it" in given.read_text() and 'id="pr free"' in given.read_text()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--object", "3"), r"object must be 1 to 2, got 3"),
        (("--alpha", "0"), r"--alpha must be 0.01 to 20, got 0"),
        (("--beta2", "21"), r"--beta2 must be 0.01 to 20, got 21"),
        (("--k", "0"), r"--k must be 1 to 10000, got 0"),
        (("--dpi", "5"), r"--dpi must be 20 to 2400, got 5"),
        (("--truth", "nowhere.json"), r"--truth must be a file, and there is none at nowhere.json"),
        (
            ("--picture", "nobody"),
            r"no picture is called 'nobody': expected a file or one of .*crowded",
        ),
        (("--detector", "nothing"), r"no detector and no file is called 'nothing'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_nothing_is_written(
    folder, tmp_path, more, sentence
):
    with pytest.raises(ValueError, match=sentence):
        export(folder, tmp_path / "out", *more)
    assert not (tmp_path / "out").exists()


def test_the_table_says_what_the_trace_says():
    trace = a_trace()
    first, *rest = candidates_csv(trace, 0, "smear", "pico").splitlines()
    assert first.startswith("# smear · pico · object 1 of 2 (cell)")
    rows = list(csv.DictReader(rest))
    assert tuple(rows[0]) == CSV_COLUMNS and len(rows) == int(trace.prior[0].sum())
    assert [int(row["rank"]) for row in rows if row["rank"] != "0"] == list(
        range(1, int((trace.one2many.rank[0] > 0).sum()) + 1)
    )
    for row in rows[:12]:
        anchor = int(row["anchor"])
        p, u, alpha, beta = float(row["p"]), float(row["u"]), 0.5, 6.0
        assert float(row["m"]) == pytest.approx(p**alpha * u**beta)
        assert int(row["rank1"]) == int(trace.one2one.rank[0, anchor])
        assert (row["state"] == "positive") == (float(row["t"]) > 0)


def test_the_table_and_the_laboratory_have_the_same_columns():
    line = next(
        line
        for line in (Path(lab.__file__).parent / "laboratory/rows.js").read_text().splitlines()
        if "CSV_COLUMNS =" in line
    )
    assert tuple(json.loads(line.split("=")[1].strip(" ;"))) == CSV_COLUMNS


def test_in_the_paper_targets_are_those_before_conflicts():
    trace = a_trace(Setting(mode="paper"), boxes=((30, 20, 80, 62), (34, 22, 84, 64)))
    _, *rest = candidates_csv(trace, 1).splitlines()
    total = sum(float(row["t"]) for row in csv.DictReader(rest))
    assert total == pytest.approx(
        float(trace.one2many.assignment.object_targets[1].sum()), rel=1e-6
    )


def test_in_code_an_anchor_lost_in_a_conflict_is_taught_nothing_for_the_loser():
    trace = a_trace(boxes=((30, 20, 80, 62), (34, 22, 84, 64)))
    lost = 0
    for g in range(2):
        _, *rest = candidates_csv(trace, g).splitlines()
        for row in csv.DictReader(rest):
            if row["state"] == f"lost to object {2 - g}":
                lost += 1
                assert float(row["t"]) == 0 < float(row["m"])
    assert lost == int(trace.one2many.assignment.lost.sum()) > 0


def test_a_table_without_an_object_has_its_head_only():
    assert len(candidates_csv(a_trace(boxes=()), None).splitlines()) == 2


def test_the_default_object_is_one_of_which_the_heads_disagree():
    trace = a_trace()
    ranks = [
        int(trace.one2many.rank[g, trace.one2one.assignment.candidates[g, 0]]) for g in range(2)
    ]
    assert any(1 < rank <= 10 for rank in ranks) and 1 < ranks[story_object(trace)] <= 10
    assert story_object(a_trace(boxes=())) is None
    assert story_object(a_trace(Setting(shared=True))) in (0, 1)


def test_the_stand_alone_laboratory_opens_on_the_same_object_and_knobs(folder, tmp_path):
    *_, path = export(
        folder, tmp_path, "--figure", "ranks", "--html", "--alpha", "0.7", "--object", "2"
    )
    page = path.read_text()
    assert path.name == "my-picture-object-2-laboratory.html" and page.startswith("<!doctype html>")
    assert len(page) < 2_000_000
    assert not [
        word
        for word in ("http://", "https://")
        if f'src="{word}' in page or f'href="{word}' in page
    ]


def test_an_unknown_kind_of_file_is_refused():
    with pytest.raises(ValueError, match="kind must be one of png, svg, pdf, got 'jpg'"):
        figure_bytes(None, "jpg")


def test_csv_quotes_what_needs_it():
    rows = list(csv.reader(io.StringIO(candidates_csv(a_trace(), 0).split("\n", 1)[1])))
    assert {len(row) for row in rows} == {len(CSV_COLUMNS)}


def test_the_filters_of_the_command_are_in_the_figure_and_the_table(folder, tmp_path):
    filters = ["--confidence", "0.4", "--iou", "0.55", "--class-agnostic", "--max-detections", "9"]
    paths = export(folder, tmp_path, "--figure", "steps", "--format", "svg", "--csv", *filters)
    steps = [path for path in paths if "steps" in path.name]
    assert len(steps) == 2
    for path in steps:
        said = path.read_text()
        for part in ("confidence 0.40", "NMS IoU 0.55", "class-agnostic", "at most 9"):
            assert part in said


def test_a_name_in_a_table_is_no_formula() -> None:
    """The settings' line is divided at its commas by a spreadsheet, as the rows are."""
    names = ("=1+1", "+a", "-b", "@c", "d\ne", "f", -0.5)
    said = csv_text("p.png, =cmd|x, -1, 0.5; @y\nz", ("name",), [(name,) for name in names])
    first, _, *cells = said.splitlines()
    assert first == f"# p.png, '=cmd|x, -1, 0.5; '@y z · {MADE_BY}"
    assert cells == ["'=1+1", "'+a", "'-b", "'@c", "d e", "f", "-0.5"]


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_a_lesson_is_written_as_one_file_in_the_language_asked_for(tmp_path):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    asked = ["--lesson", "2", "--language", "zh_CN", "--out", str(tmp_path)]
    [path] = run(parser.parse_args(asked))
    text = path.read_text(encoding="utf-8")
    assert path.name == "lesson-2-score-or-overlap.html" and '<html lang="zh-CN">' in text
    assert "开始上课" not in text and "选一个再继续" in text
    with pytest.raises(ValueError, match="give --picture, --link or --lesson"):
        run(parser.parse_args(["--out", str(tmp_path)]))
