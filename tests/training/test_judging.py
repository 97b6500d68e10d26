"""Claims about looking at a run while it trains: the best confidence, the moments, and what a break leaves behind."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_blocks import block_set

from dualviz.pictures.dataset import CocoFolder
from dualviz.training.data import Recipe
from dualviz.training.judging import MANY, Watch, best, moments, read
from dualviz.training.run import Rider, Run, Teacher
from dualviz.training.state import State
from dualviz.training.train import train


def outcome(scores: list[float], hits: list[int], objects: int) -> tuple:
    return torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), objects


def test_a_path_is_held_at_the_confidence_where_it_does_best() -> None:
    """Two pictures with four objects; at 0.6 three of four boxes are right: F1 = 2 · 3 / (4 + 4)."""
    said = best([outcome([0.9, 0.7], [1, 0], 2), outcome([0.8, 0.6, 0.1], [1, 1, 0], 2)])
    assert said.confidence == pytest.approx(0.6)
    assert (said.f1, said.found, said.wrong) == (0.75, 0.75, 0.5)


def test_boxes_of_one_score_come_together() -> None:
    said = best([outcome([0.5, 0.5, 0.5], [1, 0, 0], 1)])
    assert (said.f1, said.wrong) == (0.5, 2)


def test_what_says_nothing_and_what_has_nothing_to_find_do_not_do_well() -> None:
    for nothing in ([outcome([], [], 3)], [outcome([0.9], [0], 0)]):
        assert (best(nothing).f1, best(nothing).found) == (0, 0)


@pytest.mark.parametrize(("steps", "count"), [(1, 16), (7, 16), (900, 16)])
def test_moments_begin_untrained_and_end_with_the_run(steps: int, count: int) -> None:
    at = moments(steps, count)
    assert at[0] == 0 and at[-1] == steps and at == sorted(set(at))
    assert len(at) <= count + 1


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Four steps over two pictures of blocks, a head of another rule beside the consistent one."""
    return Run(
        block_set(tmp_path),
        None,
        str(tmp_path / "out"),
        pictures=8,
        batch=2,
        recipe=Recipe(canvas_wh=(64, 64)),
        riders=(Rider("other", Teacher(1, 0.5, 2)),),
        workers=0,
    )


def watch(run: Run, before=lambda _state: None) -> Watch:
    folder = CocoFolder(run.annotations)
    return Watch(run, [*folder], folder.class_names, 4, before)


def test_untrained_heads_are_copies_and_every_moment_can_be_opened(run: Run) -> None:
    train(run, device="cpu", watch=watch(run))
    first, *_, last = lines = read(Path(run.out))
    assert [line["step"] for line in lines] == [0, 1, 3, 4] and last["seconds"] > 0
    assert first["heads"]["one2one"]["top"] == [1, 1, 1]
    for head in ("one2one", "other"):
        gap, floor, ceiling = last["heads"][head]["gap"]
        assert floor <= gap <= ceiling
    assert set(last["heads"]) == {MANY, "one2one", "other"}
    for place in (Path(run.out), Path(run.out) / "other"):
        assert len(list(place.glob("snapshot-*.safetensors"))) == 4


def test_a_run_that_was_broken_off_has_the_moments_of_one_that_was_not(
    run: Run, tmp_path: Path
) -> None:
    """Broken off after step 3 was looked at, while the checkpoint is of step 2; the last line was cut off."""
    train(run, device="cpu", watch=watch(run))
    whole = [line | {"seconds": 0} for line in read(Path(run.out))]
    broken = replace(run, out=str(tmp_path / "broken"))

    def stop(state: State) -> None:
        if state.step == 2:
            (state.out / "stop").touch()

    with pytest.raises(KeyboardInterrupt):
        train(broken, device="cpu", watch=watch(broken, stop))
    file = Path(broken.out) / "moments.jsonl"
    with file.open("a") as torn:
        torn.write(json.dumps(whole[2]) + "\n" + '{"step": 4')
    train(broken, resume=True, device="cpu", watch=watch(broken))
    assert [line | {"seconds": 0} for line in read(Path(broken.out))] == whole


def test_a_run_begun_anew_is_looked_at_from_its_beginning(run: Run) -> None:
    """What one left that ended before its first checkpoint does not count."""
    train(run, device="cpu", watch=watch(run))
    (Path(run.out) / "last.pt").unlink()
    train(run, device="cpu", watch=watch(run))
    assert [line["step"] for line in read(Path(run.out))] == [0, 1, 3, 4]
    assert len(list(Path(run.out).glob("snapshot-*.safetensors"))) == 4
