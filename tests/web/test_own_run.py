"""Claims about runs of one's own: processes that stand in line, heed what they are asked, and lose nothing when they are killed."""

import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from made_blocks import block_set
from opened_app import opened, tables_of, words
from streamlit.util import calc_hash

from dualviz.detector.catalogue import available
from dualviz.training import judging, pace
from dualviz.training.run import Rider, Teacher
from dualviz.web.training import line, runs, work
from dualviz.web.training.runs import OwnRun, Wish
from dualviz.words import Sentence, UserError

PATIENCE = 240.0  # seconds for what takes ten where nothing else runs
OTHER = Rider("inconsistent", Teacher(1, 0.5, 2))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch) -> Path:
    """A folder for runs, and whatever of this machine's user is set is not."""
    monkeypatch.setenv(runs.VARIABLE, str(tmp_path / "runs"))
    monkeypatch.delenv(runs.SWITCH, raising=False)
    return tmp_path / "runs"


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    """Two pictures of blocks, for as many steps as fit into a second: few."""
    return Wish(1 / 60, (OTHER,), "", block_set(tmp_path), "blocks.json")


def until(true: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.05)


def ended(run: OwnRun) -> str:
    until(lambda: not run.standing.lives)
    return run.standing.phase


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_one_runs_at_a_time_a_pause_gives_the_turn_away_and_a_kill_loses_nothing_saved(
    wish: Wish,
) -> None:
    first = runs.begin(Wish(2, wish.riders, "", wish.place))
    until(
        lambda: first.standing.phase == "training"
    )  # before the other's process, whichever is quicker to start
    second = runs.begin(wish)
    until(lambda: line.is_present(second.folder))
    assert (second.standing.phase, second.standing.before) == ("waiting", 1)
    until(lambda: bool(judging.read(first.out)))
    settled = pace.known(first.out)
    first.ask(runs.PAUSE)
    assert ended(first) == "paused" and first.standing.may_go_on
    assert ended(second) == "done"
    assert judging.read(second.out)[-1]["step"] == pace.known(second.out).steps
    for weights in ("weights.safetensors", "weights-inconsistent.safetensors"):
        assert (second.out / weights).is_file()
    before = judging.read(first.out)
    first.start()
    until(lambda: first.standing.phase == "training")
    os.kill(runs._started[-1].pid, 9)
    runs._started[-1].wait()
    assert first.standing.phase == "broken off" and first.standing.may_go_on
    first.start()
    until(lambda: len(judging.read(first.out)) > len(before))
    first.ask(runs.END)
    assert ended(first) == "ended" and not first.standing.may_go_on
    assert judging.read(first.out)[: len(before)] == before
    assert pace.known(first.out) == settled


def test_a_set_that_cannot_be_used_ends_the_run_with_a_sentence() -> None:
    run = runs.begin(Wish(1, (OTHER,), "", set_name="cells.zip"), b"no zip at all")
    assert ended(run) == "failed" and not run.standing.may_go_on
    assert "cells.zip is no zip that can be read" in str(run.standing.why)
    app = opened("training", training="own", run=run.name)
    assert "cells.zip is no zip that can be read" in app.error[0].value
    gone = runs.begin(Wish(1, (OTHER,), "", place="/nowhere/set.json"))
    assert ended(gone) == "failed"
    assert str(gone.standing.why) == "/nowhere/set.json: No such file or directory"


def test_a_zip_is_opened_as_other_programs_leave_it_and_stays_in_its_folder(
    tmp_path: Path, place: Path
) -> None:
    block_set(tmp_path)
    files = {
        "cells/train/_annotations.coco.json": (tmp_path / "blocks.json").read_bytes(),
        **{
            f"cells/train/{n}.png": (tmp_path / "blocks" / f"{n}.png").read_bytes()
            for n in range(2)
        },
        "../../outside.txt": b"",
    }
    run = OwnRun(place / "one")
    run.folder.mkdir(parents=True)
    (run.folder / "set.zip").write_bytes(zipped(**files))
    pictures = work._set(run, Wish(1, (OTHER,), "", set_name="cells.zip"))
    assert pictures.class_names == ("block",) and len(pictures.aside) == 2
    assert "also learns from" in str(pictures.words)
    assert not list(tmp_path.glob("outside.txt")) and not list(place.glob("outside.txt"))


def test_what_a_set_lacks_is_said(place: Path) -> None:
    run = OwnRun(place / "one")
    run.folder.mkdir(parents=True)
    (run.folder / "set.zip").write_bytes(zipped(**{"readme.txt": b"nothing"}))
    with pytest.raises(UserError, match="holds no labelled set"):
        work._set(run, Wish(1, (OTHER,), "", set_name="cells.zip"))


def test_where_runs_are_switched_off_none_begins(wish: Wish, monkeypatch, place: Path) -> None:
    monkeypatch.setenv(runs.SWITCH, "off")
    with pytest.raises(UserError, match="DUALVIZ_TRAINING is off"):
        runs.begin(wish)
    assert not list(place.iterdir())
    app = opened("training", training="own")
    assert "DUALVIZ_TRAINING is off" in words(app) and "own begin" not in keys(app)


def test_a_folder_that_cannot_be_written_is_a_sentence(wish: Wish, place: Path) -> None:
    place.write_text("a file", encoding="utf-8")
    with pytest.raises(UserError, match=r"no run can be kept in .*: name another folder by"):
        runs.begin(wish)


def test_a_line_that_is_full_takes_no_more_and_old_runs_make_room(
    wish: Wish, place: Path, monkeypatch
) -> None:
    monkeypatch.setattr(runs.OwnRun, "start", lambda run: run.end("done"))
    names = [runs.begin(wish).name for _ in range(runs.MOST_KEPT + 3)]
    assert len(runs.here()) == runs.MOST_KEPT + 1 and runs.found(names[-1])
    monkeypatch.undo()
    monkeypatch.setenv(runs.VARIABLE, str(place))
    monkeypatch.setattr(line, "is_present", lambda folder: True)
    with pytest.raises(UserError, match=f"{runs.MOST_WAITING} runs are in line already"):
        runs.begin(wish)


def test_a_wish_is_what_its_file_says(wish: Wish, monkeypatch) -> None:
    monkeypatch.setattr(runs.OwnRun, "start", lambda run: None)
    assert runs.begin(wish).wish == wish
    with pytest.raises(UserError, match="at most 60 minutes"):
        Wish(61)


def keys(app) -> set[str]:
    return {button.key for button in app.button}


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_the_page_begins_a_run_finds_it_again_and_ends_it() -> None:
    app = opened("training", training="own", crowd="loose")
    app.button(key="own begin").click().run()
    assert not app.exception and not app.error
    name = app.query_params["run"]
    run = runs.found(name if isinstance(name, str) else name[0])
    assert run.wish.crowd == "loose" and run.wish.riders == (OTHER,) and run.wish.minutes == 3
    again = opened("training", training="own", run=run.name)
    assert {"own pause", "own end"} <= keys(again)
    again.button(key="own end").click().run()
    assert ended(run) == "ended"
    again.run()
    (bar,) = again.get("progress")
    assert "It was ended by hand" in bar.proto.text and "own another" in keys(again)


def test_a_link_to_a_run_that_is_gone_says_so() -> None:
    app = opened("training", training="own", run="20260101-000000-01234567")
    assert "is not here any more" in app.info[0].value and "own begin" in keys(app)


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_a_run_that_is_done_shows_its_heads_and_opens_in_the_laboratory(wish: Wish) -> None:
    run = runs.begin(wish)
    assert ended(run) == "done"
    app = opened("training", training="own", run=run.name)
    (heads,) = tables_of(app).values()
    assert [row["rule"] for row in heads] == [
        "α 0.5, β 6, top 1",
        "α 0.5, β 2, top 1",
        "α 0.5, β 6, top 10",
    ]
    assert "Judged by 2 pictures that it also learns from" in words(app)
    app.button(key="own again").click().run()
    assert not app.exception and not app.error and len(app.get("plotly_chart")) == 3
    app.segmented_control(key="head").set_value("inconsistent").run()
    assert not app.exception and not app.error and len(app.get("plotly_chart")) == 3
    app.button(key="own back").click().run()
    app.button(key="own open inconsistent").click().run()
    assert not app.exception and not app.error
    assert app._finished_page_script_hash == calc_hash("laboratory")
    assert app.sidebar.selectbox(key="det").value.startswith("file-")


def test_a_sentence_comes_back_from_another_process_as_it_was() -> None:
    run = OwnRun(runs.runs_folder() / "one")
    run.folder.mkdir(parents=True)
    (run.folder / "alive.lock").touch()
    run.end("failed", Sentence("{name} is broken", name=Sentence("{n} box", "{n} boxes", 2)))
    assert str(run.standing.why) == "2 boxes is broken"
