"""Claims about several heads on one trunk through training, about the run that fails, and about their pages."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_blocks import block_set
from opened_app import opened, words

from dualviz.charts.page import COLUMN, SLIDE
from dualviz.charts.print.rivals import rivals_figure
from dualviz.charts.screen.rivals import rivals_chart
from dualviz.commands import main
from dualviz.detector.network import HEAD
from dualviz.exports import tables
from dualviz.pictures.scenes import gallery
from dualviz.study import replay
from dualviz.study.replay import FAILED, digest, load_replay, load_snapshot
from dualviz.study.rivals import RIVALS, Rivals, load_rivals
from dualviz.training.run import Rider, Run, Teacher
from dualviz.training.train import train

KEPT, FAILING = load_rivals(), load_replay(FAILED, "failed")


@pytest.fixture(scope="module")
def rivals() -> Rivals:
    """What is bundled."""
    assert KEPT is not None
    return KEPT


# ── what is kept ──


def test_three_heads_of_one_trunk_weigh_at_most_15_megabytes_and_all_are_measured(
    rivals: Rivals,
) -> None:
    assert [*rivals.replays] == ["consistent", "inconsistent", "placebo"]
    assert len(rivals.first.steps) >= 6 and rivals.first.steps[0] == 0
    assert rivals.first.steps[-1] == rivals.first.log[-1]["step"]
    assert sum(path.stat().st_size for path in RIVALS.rglob("*.*")) <= 15e6
    for name, one in rivals.replays.items():
        assert one.steps == rivals.first.steps == tuple(rivals.judged(name)) and not one.notes
        for snapshot in one.snapshots:
            file = snapshot.head or snapshot.path
            assert digest(file) == one.figures[snapshot.step].weights


def test_the_heads_stand_on_the_very_same_trunk_and_part_only_by_what_taught_them(
    rivals: Rivals,
) -> None:
    """The one-to-many head's word is one for all, bit for bit; the placebo alone begins with other weights."""
    image, _truth = gallery()["sparse"]()
    for step, alike in ((0, True), (rivals.first.steps[-1], False)):
        made = {name: load_snapshot(one.at(step), "cpu") for name, one in rivals.replays.items()}
        first = made["consistent"]
        for name in ("inconsistent", "placebo"):
            many, own = (one.predict(image).one2many for one in (made[name], first))
            assert torch.equal(many.scores, own.scores) and torch.equal(many.boxes, own.boxes)
            heads = [one.network.model[HEAD].one2one().parameters() for one in (made[name], first)]
            same = all(torch.equal(a, b) for a, b in zip(*heads, strict=True))
            assert same == (alike and name == "inconsistent"), (step, name)


def test_the_losses_of_each_head_are_its_own(rivals: Rivals) -> None:
    ends = {name: one.log[-1] for name, one in rivals.replays.items()}
    assert len({row["one2many_cls"] for row in ends.values()}) == 1
    assert len({row["one2one_cls"] for row in ends.values()}) == 3


# ── what is drawn and said ──


def three(rivals: Rivals, ap: dict[str, float]) -> Rivals:
    """The same heads, each with one AP without NMS at every moment."""
    return Rivals(
        {
            name: replace(
                one,
                figures={
                    step: replace(row, ap=row.ap | {"one2one": ap[name]})
                    for step, row in rivals.judged(name).items()
                },
            )
            for name, one in rivals.replays.items()
        }
    )


def test_the_band_reaches_as_far_as_the_placebo_to_both_sides_of_the_first(rivals: Rivals) -> None:
    made = three(rivals, {"consistent": 0.5, "inconsistent": 0.7, "placebo": 0.4})
    assert made.chance(lambda row: row.ap["one2one"]) == pytest.approx(
        [0.1] * len(made.first.steps)
    )
    low, high = (line["y"] for line in rivals_chart(made, 0)["data"][:2])
    assert low == pytest.approx([0.4] * len(low)) and high == pytest.approx([0.6] * len(low))
    alone = Rivals({name: made.replays[name] for name in ("consistent", "inconsistent")})
    assert alone.chance(lambda row: row.gap) == []
    assert len(rivals_chart(made, 0)["data"]) == len(rivals_chart(alone, 0)["data"]) + 2 * 6


@pytest.mark.parametrize("page", [COLUMN, SLIDE], ids=lambda page: page.name)
def test_the_figure_has_six_panels_with_the_moment_and_the_band(rivals: Rivals, page) -> None:
    step = rivals.first.steps[3]
    drawn = rivals_figure(rivals, step, caption="c", page=page)
    assert len(drawn.axes) == 6
    for axes in drawn.axes:
        (mark,) = [line for line in axes.lines if line.get_gid() == "moment"]
        assert list(mark.get_xdata()) == [step, step]
        assert [one.get_gid() for one in axes.collections] == ["placebo"]


def test_the_csv_has_every_head_at_every_moment(rivals: Rivals) -> None:
    _settings, names, *lines = tables.rivals_csv(rivals).splitlines()
    assert names.startswith("head,alpha,beta,step,") and names.endswith("common_top10")
    cells = [line.split(",") for line in lines]
    assert {(row[0], int(row[3])) for row in cells} == {
        (name, step) for name in rivals.replays for step in rivals.first.steps
    }
    assert {(row[1], row[2]) for row in cells if row[0] == "inconsistent"} == {("0.5", "2")}


def test_the_page_says_which_differences_the_placebo_does_not_reach(
    rivals: Rivals, monkeypatch
) -> None:
    from dualviz.web.training.rivals import told

    far = told(three(rivals, {"consistent": 0.5, "inconsistent": 0.7, "placebo": 0.4}))[0]
    near = told(three(rivals, {"consistent": 0.5, "inconsistent": 0.55, "placebo": 0.4}))[0]
    line = "AP without NMS: 0.700 against 0.500; the placebo was up to 0.100 away"
    beyond, within = "Further apart than the placebo", "Not further than the placebo"
    assert far.index(beyond) < far.index(line) < far.index(within)
    assert near.index(within) < near.index("AP without NMS: 0.550")


def test_the_table_says_how_often_each_head_repeats_itself(rivals: Rivals, monkeypatch) -> None:
    from dualviz.web.training import rivals as page

    tables_seen: list[list[dict[str, str]]] = []
    monkeypatch.setattr(page, "table", lambda rows, _title: tables_seen.append(rows))
    last = rivals.first.steps[-1]
    page.moment_table(rivals, last)
    ((first, second, placebo),) = tables_seen
    assert [row["repeats a picture"] for row in (first, second, placebo)] == [
        f"{rivals.judged(name)[last].duplicates['one2one']:.2f}" for name in rivals.replays
    ]


# ── filling the folder ──


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A run of six steps with three riders on its trunk."""
    pytest.importorskip("pycocotools")
    from dualviz.training.data import Recipe

    riders = (
        Rider("consistent"),
        Rider("inconsistent", Teacher(1, 0.5, 2.0)),
        Rider("placebo", draw=1),
    )
    run = Run(block_set(tmp_path), None, str(tmp_path / "run"), pictures=12, batch=2, workers=0)
    recipe = Recipe(canvas_wh=(96, 64))
    train(
        replace(run, recipe=recipe, snapshots=3, heads=("one2many",), riders=riders), device="cpu"
    )
    return tmp_path


def fill(own: Path, *more: str) -> int:
    given = ["--annotations", str(own / "blocks.json"), "--folder", str(own / "kept")]
    return main(["replay", *given, "--device", "cpu", *more])


def test_the_command_keeps_the_trunk_once_and_every_head_as_it_was(own: Path, capsys) -> None:
    heads = ("--heads", "consistent", "inconsistent", "placebo")
    assert fill(own, "--run", str(own / "run"), *heads) == 0
    made = load_rivals(own / "kept")
    image = gallery()["sparse"]()[0]
    for name, one in made.replays.items():
        assert one.steps == (0, 1, 6) == tuple(made.judged(name))
        for snapshot in one.snapshots:
            file = own / "run" / name / f"snapshot-{snapshot.step:06d}.safetensors"
            whole = replay.Snapshot(snapshot.step, 0, file)
            kept, was = (load_snapshot(s, "cpu").predict(image) for s in (snapshot, whole))
            assert torch.equal(kept.one2one.scores, was.one2one.scores)
            assert torch.equal(kept.one2many.boxes, was.one2many.boxes)
    judged = made.judged("inconsistent")[6]
    assert made.judged("consistent")[6].common == made.judged("consistent")[6].alignment
    assert len(judged.common) == 3
    whole, head = (
        sum(path.stat().st_size for path in (own / "kept" / inner).glob("snapshot-*"))
        for inner in ("", "placebo")
    )
    assert head < whole / 3
    capsys.readouterr()
    assert fill(own, *heads) == 0  # measured again as it lies there
    assert fill(own, "--run", str(own / "run"), "--heads", "consistent") == 1
    assert "name two" in capsys.readouterr().err
    assert fill(own, "--run", str(own / "run"), "--heads", "consistent", "double") == 1
    assert "has no head double" in capsys.readouterr().err
    assert fill(own, "--run", str(own / "run" / "consistent"), *heads) == 1
    assert load_rivals(own / "kept").first.steps == (0, 1, 6)


def test_a_run_that_is_no_bundled_detector_keeps_its_own_last_snapshot(own: Path) -> None:
    (own / "run" / "log.jsonl").write_text("")
    assert fill(own, "--run", str(own / "run"), "--detector", "none") == 0
    assert load_replay(own / "kept", "own").steps == (0, 1, 6)


def test_a_head_of_another_network_is_one_sentence(rivals: Rivals) -> None:
    first, second = (one.snapshots[1] for one in (*rivals.replays.values(),)[:2])
    for wrong in (first.path, FAILED / "log.jsonl"):
        with pytest.raises(ValueError, match=f"snapshot of step {second.step} cannot be read"):
            load_snapshot(replace(second, head=wrong))


@pytest.mark.parametrize("text", ["", "[]", '{"heads": {"yeti": []}}', '{"heads": {}}', "null"])
def test_without_two_known_heads_there_are_no_rivals(tmp_path: Path, text: str) -> None:
    assert load_rivals(tmp_path) is None
    for path in RIVALS.glob("*000000*"):
        shutil.copy(path, tmp_path)
    (tmp_path / "metrics.json").write_text(text)
    assert load_rivals(tmp_path) is None


# ── the run that fails ──


def test_the_run_that_fails_learns_its_labels_and_finds_next_to_nothing() -> None:
    run = FAILING
    assert run is not None and run.notes == () and set(run.figures) == set(run.steps)
    assert all(max(row.ap.values()) < 0.06 for row in run.figures.values())
    first, last = run.log[0], run.log[-1]
    for term in ("one2many_box", "one2many_cls", "one2one_box", "one2one_cls"):
        assert last[term] < 0.8 * first[term], term
    assert sum(path.stat().st_size for path in FAILED.iterdir()) <= 5e6


def test_what_it_reports_on_a_smear_are_the_right_places_by_the_wrong_name() -> None:
    from dualviz.postprocess import match, non_max_suppression

    image, truth = gallery()["sparse"]()
    many = load_snapshot(FAILING.snapshots[-1], "cpu").predict(image).one2many
    seen = non_max_suppression(many.boxes, many.scores, 0.25)
    red = truth.class_names.index("RBC")
    assert not (seen.labels == red).any()
    named = match(seen, truth.boxes, truth.labels)
    blind = match(
        replace(seen, labels=torch.zeros_like(seen.labels)),
        truth.boxes,
        torch.zeros_like(truth.labels),
    )
    assert int(named.matched.sum()) <= 1
    assert int(blind.matched.sum()) >= len(truth.boxes) / 2


# ── the pages ──


def test_both_pages_open_and_their_scrubbers_move() -> None:
    app = opened("training", training="rivals", pic="sparse")
    assert len(app.get("plotly_chart")) == 3 and "What the curves say" in words(app)
    slider = app.select_slider(key="replay step")
    slider.set_value(KEPT.first.steps[1]).run()
    assert not app.exception and not app.error
    app = opened("training", training="failed", pic="sparse", at="999999")
    assert len(app.get("plotly_chart")) == 3 and "The classes are left" in words(app)
    assert "Reported as WBC" in words(app)
    assert app.select_slider(key="replay step").value == FAILING.steps[-1]


def test_missing_runs_are_words(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("dualviz.web.training.rivals.RIVALS", tmp_path)
    monkeypatch.setattr("dualviz.web.training.failed.FAILED", tmp_path)
    assert "No heads on one trunk" in words(opened("training", training="rivals"))
    assert "No run that fails" in words(opened("training", training="failed"))


def test_metrics_are_a_file_of_numbers() -> None:
    record = json.loads((RIVALS / "metrics.json").read_text())
    assert record["measured_on"] == KEPT.first.measured_on != ""
