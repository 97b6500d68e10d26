"""Claims about films: what moves is what is said to, and frames are read back."""

import argparse
import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from dualviz.commands.export import add_arguments, run
from dualviz.commands.subject import shown_subject
from dualviz.detector.catalogue import available
from dualviz.exports.animation import LAST, _records, film, film_file
from dualviz.study.replay import load_replay

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


def asked(*more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["--picture", "sparse", "--size", "128", *more])


@pytest.fixture(scope="module")
def shown():
    return shown_subject(asked("--out", "x", "--object", "3"))[0]


@pytest.fixture(scope="module")
def swept(shown):
    told = []
    made = film("beta", shown, frames=4, width=400, progress=lambda share, _: told.append(share))
    assert told == sorted(told) and told[-1] == 1 and len(told) == 5
    return made


def test_a_sweep_turns_the_knob_it_is_named_after(shown) -> None:
    for move in ("alpha", "beta", "r"):
        records = list(_records(move, shown, 5, None))
        values = [getattr(record.trace.setting, move) for record in records]
        assert values == sorted(set(values)) and len(values) == 5
        assert all(record.trace.prediction is shown.trace.prediction for record in records)
    picks = {tuple(r.trace.one2one.assignment.candidates[:, 0].tolist()) for r in records}
    assert len(picks) == 1, "r changes no pick"


def test_steps_of_nms_end_with_the_last_candidate_and_a_run_with_its_last_snapshot(shown) -> None:
    count = len(shown.detections.outputs["nms"].trace.scores)
    steps = [record.detections.step for record in _records("nms", shown, 6, None)]
    assert steps[0] == 0 and steps[-1] == count and len(steps) == 6
    replay = load_replay()
    if replay:
        first = next(iter(_records("replay", shown, 6, replay)))
        assert first.step == 0 and len(first.outputs) == 2
    with pytest.raises(ValueError, match="no run is kept"):
        _records("replay", shown, 6, None)


def test_a_gif_has_every_frame_its_pace_and_says_what_it_is(swept) -> None:
    picture = Image.open(io.BytesIO(film_file(swept, "gif", pace=2).data))
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(picture)]
    assert len(frames) == 4 and picture.size == (400, 224) and picture.info["loop"] == 0
    durations = []
    for place in range(4):
        picture.seek(place)
        durations.append(picture.info["duration"])
    assert durations == [500, 500, 500, 500 * LAST]
    for frame, drawn in zip(frames, swept.frames):
        assert np.abs(np.asarray(frame, int) - drawn).mean() < 4, "its colours are near"
    picture.seek(0)
    said = picture.info["comment"].decode()
    assert "pico-cells, weights " in said and "2405.14458" in said and "laboratory" in said


def test_the_command_writes_films_of_a_link_and_refuses_a_pace_nobody_can_follow(tmp_path) -> None:
    films = ["--animate", "nms", "--film", "gif", "--frames", "2", "--width", "240"]
    (path,) = run(asked(*films, "--out", str(tmp_path)))
    assert path.name == "Sparse-nms.gif" and path.read_bytes().startswith(b"GIF89a")
    with pytest.raises(SystemExit):
        asked(*films, "--pace", "99", "--out", str(tmp_path))
