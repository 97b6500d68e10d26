"""Claims about the kept training run and its page."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from made_blocks import block_set
from opened_app import opened, words

from dualviz.charts.drawn.run import AP_LINES, FEWEST, PANELS
from dualviz.charts.print import COLUMN, SLIDE
from dualviz.charts.print.replay import run_figure
from dualviz.charts.screen.replay import metric_shares, run_chart
from dualviz.commands import main
from dualviz.detector import Detector
from dualviz.exports import tables
from dualviz.pictures.scenes import gallery
from dualviz.postprocess import nms_free
from dualviz.study import replay
from dualviz.study.evaluation import PATH_NAMES, PATHS
from dualviz.study.replay import Measured, digest, load_replay, load_snapshot, save_figures
from dualviz.trace import DualTrace, trace
from dualviz.web.shelf import Shelf
from dualviz.web.training import moments

RUN = load_replay()
pytestmark = pytest.mark.skipif(RUN is None, reason="no run is kept")


@pytest.fixture(scope="module")
def crowded() -> dict[int, DualTrace]:
    """The crowded smear, by the untrained network and by the last."""
    image, truth = gallery()["crowded"]()
    ends = (RUN.snapshots[0], RUN.snapshots[-1])
    return {end.step: trace(image, truth, load_snapshot(end)) for end in ends}


def test_ten_snapshots_from_the_untrained_network_to_the_bundled_weights_weigh_at_most_14_megabytes() -> (
    None
):
    assert len(RUN.snapshots) >= 10 and RUN.steps[0] == 0 and RUN.notes == ()
    assert RUN.steps[-1] == RUN.log[-1]["step"]
    assert sum(path.stat().st_size for path in replay.FOLDER.iterdir()) <= 14e6


def test_every_snapshot_is_measured_and_is_the_one_that_was_measured() -> None:
    assert set(RUN.figures) == set(RUN.steps)
    for snapshot in RUN.snapshots:
        assert digest(snapshot.path) == RUN.figures[snapshot.step].weights


def test_the_untrained_network_finds_nothing_and_its_heads_agree_because_one_is_a_copy(
    crowded: dict[int, DualTrace],
) -> None:
    first = crowded[0]
    assert (first.one2many.scores == first.one2one.scores).all()
    assert first.agreement.top_k_alignment.nanmean() == 1
    assert not len(nms_free(first.one2one.boxes, first.one2one.scores))
    assert RUN.figures[0].ap["one2one"] == 0


def test_training_parts_the_heads_and_keeps_the_pick_among_the_first_ten(
    crowded: dict[int, DualTrace],
) -> None:
    last = crowded[RUN.steps[-1]]
    shares = last.agreement.top_k_alignment.nanmean(0)
    assert shares[0] < 0.9 < shares[2]
    final = RUN.figures[RUN.steps[-1]]
    assert (
        final.ap["one2one"] > 0.5 and abs(final.ap["one2one"] - final.ap["one2many + NMS"]) < 0.05
    )
    assert final.floor <= final.gap <= final.ceiling


def test_the_heat_of_an_object_is_1_at_its_best_anchor(crowded: dict[int, DualTrace]) -> None:
    last = crowded[RUN.steps[-1]]
    shares = metric_shares(last, "one2one", 3)
    assert shares.max() == 1 == shares[int(last.one2one.assignment.candidates[3, 0])]
    everything = metric_shares(last, "one2one", None)
    assert (everything >= shares).all()


def test_the_position_is_marked_in_all_six_panels() -> None:
    for step in (0, 117, 3500):
        marks = run_chart(RUN, step)["layout"]["shapes"]
        assert len(marks) == len(PANELS) == 6
        assert {mark["x0"] for mark in marks} == {step or RUN.steps[1] / 2}


def test_duplicates_are_drawn_at_every_measured_moment_none_at_the_edge_of_the_scale() -> None:
    chart = run_chart(RUN, 117)
    axis = f"y{list(PANELS).index('repeats') + 1}"
    lines = [line for line in chart["data"] if line["yaxis"] == axis]
    rows = [RUN.figures[step] for step in sorted(RUN.figures)]
    assert [line["name"] for line in lines] == [PATH_NAMES[path] for path, *_ in AP_LINES]
    for line, (path, *_) in zip(lines, AP_LINES):
        assert line["customdata"] == [row.duplicates[path] for row in rows]
        assert line["y"] == [max(FEWEST, count) for count in line["customdata"]]
    low, high = chart["layout"][axis.replace("y", "yaxis")]["range"]
    shown = [math.log10(y) for line in lines for y in line["y"]]
    assert low < min(shown) and max(shown) < high
    unknown = replace(RUN.figures[0], duplicates=dict.fromkeys(PATHS, math.nan))
    bare = run_chart(replace(RUN, figures={0: unknown}, measured_on=""), 117)
    assert [line["y"] for line in bare["data"] if line["yaxis"] == axis] == [[None]] * 3
    json.dumps(bare, allow_nan=False)
    drawn = run_figure(RUN, 117).axes[list(PANELS).index("repeats")]
    assert [list(line.get_ydata()) for line in drawn.lines[1:]] == [line["y"] for line in lines]


@pytest.mark.parametrize("page", [COLUMN, SLIDE], ids=lambda page: page.name)
def test_the_figure_has_the_same_panels_and_mark(page) -> None:
    drawn = run_figure(RUN, 117, caption="c", page=page)
    assert len(drawn.axes) == 6
    for axes in drawn.axes:
        (mark,) = [line for line in axes.lines if line.get_gid() == "moment"]
        assert list(mark.get_xdata()) == [117, 117]


def test_the_csv_has_every_report_and_every_measured_snapshot() -> None:
    lines = tables.replay_csv(RUN).splitlines()
    steps = {int(line.split(",")[0]) for line in lines[2:]}
    assert steps == set(RUN.steps) | {int(row["step"]) for row in RUN.log}
    assert lines[0].startswith("# pico-cells") and lines[1].startswith("step,one2many_box")


# ── missing and broken material ──


def copied(folder: Path) -> Path:
    for name in ("snapshot-000000.safetensors.xz", "snapshot-000117.safetensors.xz"):
        shutil.copyfile(replay.FOLDER / name, folder / name)
    return folder


def test_no_snapshots_is_none_and_no_log_or_figures_are_notes(tmp_path: Path) -> None:
    assert load_replay(tmp_path) is None
    bare = load_replay(copied(tmp_path))
    assert bare.steps == (0, 117) and not bare.log and not bare.figures
    assert len(bare.notes) == 2 and "log" in bare.notes[0] and "measured" in bare.notes[1]
    run_chart(bare, 117)
    run_figure(bare, 117)
    tables.replay_csv(bare)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"snapshots": [{}]}', '{"snapshots": 3}', "null"])
def test_broken_figures_and_a_broken_log_are_notes(tmp_path: Path, text: str) -> None:
    folder = copied(tmp_path)
    (folder / "metrics.json").write_text(text)
    (folder / "log.jsonl").write_text("no log")
    found = load_replay(folder)
    assert found.steps == (0, 117) and len(found.notes) == 2


def test_weights_trained_anew_are_not_passed_off_as_the_end_of_this_run(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shutil.copyfile(replay.FOLDER / "log.jsonl", folder / "log.jsonl")
    record = json.loads((replay.FOLDER / "metrics.json").read_text())
    record["snapshots"][-1]["weights"] = "0" * 12
    (folder / "metrics.json").write_text(json.dumps(record))
    found = load_replay(folder)
    assert found.steps == (0, 117) and "trained anew" in found.notes[0]


def test_figures_survive_a_round_trip_even_where_nothing_was_picked(tmp_path: Path) -> None:
    nothing = dict.fromkeys(PATHS, 0.0)
    no = float("nan")
    row = Measured(nothing, nothing, nothing, (no, no, no), no, no, no, step=0, weights="a" * 12)
    save_figures([row], "a set", copied(tmp_path) / "metrics.json")
    found = load_replay(tmp_path)
    assert found.measured_on == "a set"
    assert repr(found.figures[0]) == repr(row)


def test_a_broken_snapshot_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "snapshot-000004.safetensors.xz").write_bytes(b"no weights")
    with pytest.raises(ValueError, match="snapshot of step 4 cannot be read"):
        load_snapshot(load_replay(tmp_path).snapshots[0])


# ── filling the folder ──


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of six steps over two small pictures, with snapshots; its end is the bundled detector."""
    pytest.importorskip("pycocotools")
    from dualviz.training.data import Recipe
    from dualviz.training.train import Run, train

    run = Run(
        block_set(tmp_path),
        None,
        str(tmp_path / "run"),
        pictures=12,
        batch=2,
        recipe=Recipe(canvas_wh=(96, 64)),
        snapshots=4,
        workers=0,
    )
    weights = train(run, device="cpu")
    monkeypatch.setattr(replay, "find_weights", lambda name: weights)
    return tmp_path


def fill(own: Path, *more: str, annotations: str = "blocks.json") -> int:
    given = ["--annotations", str(own / annotations), "--folder", str(own / "kept")]
    return main(["replay", *given, "--device", "cpu", *more])


def test_the_command_keeps_and_measures_every_snapshot_of_a_run(own: Path) -> None:
    assert fill(own, "--run", str(own / "run")) == 0
    kept = load_replay(own / "kept")
    assert kept.steps == (0, 1, 2, 6) == tuple(kept.figures) and kept.notes == ()
    assert kept.measured_on.endswith("blocks, 2 pictures")
    assert [row["step"] for row in kept.log] == [6] and kept.at(6).pictures == 12
    for snapshot in kept.snapshots:
        assert digest(snapshot.path) == kept.figures[snapshot.step].weights
    assert fill(own, "--run", str(own / "run"), "--steps", "0", "2") == 0
    assert load_replay(own / "kept").steps == (0, 2, 6)
    assert fill(own) == 0  # measured again as it lies there
    assert load_replay(own / "kept").steps == (0, 2, 6)


def test_what_goes_wrong_is_one_sentence_and_leaves_the_folder_as_it_was(
    own: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fill(own) == 1 and "name a run with --run" in capsys.readouterr().err
    assert fill(own, "--run", str(own / "run")) == 0
    before = {path.name: path.read_bytes() for path in (own / "kept").iterdir()}
    capsys.readouterr()
    assert fill(own, "--run", str(own / "run"), "--steps", "0", "5") == 1
    assert "no snapshot of step 5, but of 0, 1, 2, 6" in capsys.readouterr().err
    assert fill(own, "--run", str(own / "blocks")) == 1
    assert "--snapshots" in capsys.readouterr().err
    other = (own / "blocks.json").read_text().replace('"block"', '"yeti"')
    (own / "yeti.json").write_text(other)
    assert fill(own, "--images", str(own / "blocks"), annotations="yeti.json") == 1
    assert "yeti" in capsys.readouterr().err
    snapshot = own / "run" / "snapshot-000001.safetensors"
    monkeypatch.setattr(replay, "find_weights", lambda name: snapshot)
    assert fill(own, "--run", str(own / "run")) == 1
    assert "is not what" in capsys.readouterr().err
    assert before == {path.name: path.read_bytes() for path in (own / "kept").iterdir()}


# ── the page ──


def test_the_run_s_own_classes_are_found_whatever_detector_the_sidebar_names() -> None:
    app = opened("replay", det="pico-photos", pic="crowded", at="3500")
    assert not app.warning and "No truth" not in words(app)
    objects = int((~gallery()["crowded"]()[1].ignore).sum())
    assert len(app.selectbox(key="look").options) == 1 + objects
    assert " 0 found" not in words(app)


def test_before_training_the_heads_say_the_same_though_they_are_asked_for_different_things() -> (
    None
):
    app = opened("replay", at="0", lock="0", a1="8", b1="0.1")
    assert "they say the same of every anchor" in words(app) and "agree on everything" not in words(
        app
    )


def test_moving_the_scrubber_runs_the_network_once_for_a_new_snapshot_and_never_for_a_seen_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moments, "SHELF", Shelf())  # without what other tests have looked at
    app = opened("replay", at="117", pic="sparse")
    runs = []
    predict = Detector.predict
    monkeypatch.setattr(Detector, "predict", lambda *a: runs.append(a[0].name) or predict(*a))
    slider = app.select_slider(key="replay step")
    slider.set_value(231).run()
    slider.set_value(455).run()
    assert runs == ["snapshot-000231", "snapshot-000455"]
    for seen in (231, 117, 455):
        app.select_slider(key="replay step").set_value(seen).run()
    app.selectbox(key="look").select_index(2).run()
    assert len(runs) == 2 and not app.exception
    assert app.query_params["at"] in ("455", ["455"])


def test_play_goes_through_all_moments_and_stops_at_the_last() -> None:
    app = opened("replay", at=str(RUN.steps[-3]))
    app.button(key="replay play").click().run()
    assert app.button(key="replay play").label == "Pause"
    for _ in range(2):
        app.session_state["replay since"] = 0
        app.run()
    assert app.select_slider(key="replay step").value == RUN.steps[-1]
    assert app.button(key="replay play").label == "Play"
    app.button(key="replay play").click().run()
    assert app.select_slider(key="replay step").value == 0
    assert app.button(key="replay play").label == "Pause"


def test_the_hand_on_the_scrubber_stops_the_play() -> None:
    app = opened("replay", at="15")
    app.button(key="replay play").click().run()
    app.select_slider(key="replay step").set_value(898).run()
    assert app.button(key="replay play").label == "Play"
    assert app.select_slider(key="replay step").value == 898


@pytest.mark.parametrize(
    "link",
    [{"truth": "none"}, {"pic": "portrait"}, {"at": "§"}, {"at": "999999"}, {"o": "500"}],
    ids=str,
)
def test_no_truth_and_broken_links_are_no_errors(link: dict) -> None:
    app = opened("replay", **link)
    assert not app.error and len(app.get("plotly_chart")) == 3
    assert ("No truth" in words(app)) == (link == {"truth": "none"} or "pic" in link)


def test_a_missing_run_is_words_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualviz.web.training.replay.FOLDER", tmp_path)
    app = opened("replay")
    assert "holds no snapshots" in words(app) and replay.COMMAND in words(app)
    (tmp_path / "snapshot-000004.safetensors.xz").write_bytes(b"no weights")
    app = opened("replay")
    assert "cannot be read" in app.error[0].value
