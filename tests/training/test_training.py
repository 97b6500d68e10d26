"""Claims about a training run: it learns, it resumes to the same result, and it stops where it must."""

import itertools
import json
import math
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_blocks import block_set
from safetensors.torch import load_file

from dualviz.boxes import box_iou
from dualviz.commands import main
from dualviz.detector import load_detector
from dualviz.detector.checkpoint import save_checkpoint
from dualviz.detector.network import DualDetector
from dualviz.pictures.dataset import CocoFolder
from dualviz.training import pace
from dualviz.training import state as keeping
from dualviz.training import train as room
from dualviz.training.data import Recipe, Samples
from dualviz.training.run import Run
from dualviz.training.state import State, Stopped
from dualviz.training.train import schedule, train

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Two small pictures of bright blocks, and a run of six steps over them."""
    recipe = Recipe(canvas_wh=(96, 64))
    return Run(
        block_set(tmp_path),
        None,
        str(tmp_path / "out"),
        pictures=12,
        batch=2,
        recipe=recipe,
        workers=0,
        snapshots=3,
    )


def state_of(folder: str) -> dict:
    return torch.load(Path(folder) / "last.pt", weights_only=True)


def same(left: dict, right: dict) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[k], right[k]) for k in left)


class Interruption(Exception):
    """Somebody pulled the plug."""


def failing(real, at: int):
    """The function, but for its call number `at` (from 1), which is interrupted."""
    calls = itertools.count(1)

    def pulled(*given):
        if next(calls) == at:
            raise Interruption
        return real(*given)

    return pulled


def test_an_interrupted_run_resumes_to_the_same_weights_and_log(
    run: Run, monkeypatch, tmp_path: Path
) -> None:
    """Broken off in step 6, one report and half a report's line after the last checkpoint, at step 4."""
    monkeypatch.setattr(room, "REPORT_EVERY", 1)
    train(run, device="cpu")
    broken = replace(run, out=str(tmp_path / "broken"))
    real, save = room.losses_of, State.save
    monkeypatch.setattr(room, "losses_of", failing(real, at=6))
    monkeypatch.setattr(State, "save", lambda state: save(state) if state.step <= 4 else None)
    with pytest.raises(Interruption):
        train(broken, device="cpu", save_every=0)
    assert state_of(broken.out)["step"] == 4
    log = Path(broken.out) / "log.jsonl"
    assert len(log.read_text().splitlines()) == 5
    with log.open("a") as torn:
        torn.write('{"one2many_box": 1.')
    monkeypatch.setattr(room, "losses_of", real)
    monkeypatch.setattr(State, "save", save)
    train(broken, resume=True, device="cpu")
    whole, resumed = state_of(run.out), state_of(broken.out)
    assert same(whole["network"], resumed["network"])
    assert same(whole["average"], resumed["average"])
    logs = [
        [
            {k: v for k, v in json.loads(line).items() if k != "seconds"}
            for line in (Path(out) / "log.jsonl").open()
        ]
        for out in (run.out, broken.out)
    ]
    assert logs[0] == logs[1] and len(logs[0]) == 6
    names = [{p.name for p in Path(out).glob("snapshot-*")} for out in (run.out, broken.out)]
    assert names[0] == names[1] == {f"snapshot-{step:06d}.safetensors" for step in (0, 1, 6)}


def test_ctrl_c_is_heeded_after_the_step_under_way_and_nothing_is_lost(
    run: Run, monkeypatch, tmp_path: Path, capsys
) -> None:
    train(run, device="cpu")
    broken = replace(run, out=str(tmp_path / "broken"))
    real, calls = room.losses_of, itertools.count(1)

    def pressed(*given):
        if next(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return real(*given)

    monkeypatch.setattr(room, "losses_of", pressed)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=r"step 3 of 6 is saved .*--resume"):
        train(broken, device="cpu")
    assert signal.getsignal(signal.SIGINT) is before
    assert state_of(broken.out)["step"] == 3
    train(broken, resume=True, device="cpu")
    assert same(state_of(run.out)["network"], state_of(broken.out)["network"])


def test_a_file_named_stop_ends_a_run_as_ctrl_c_does_and_is_heeded_once(
    run: Run, tmp_path: Path
) -> None:
    train(run, device="cpu")
    broken = replace(run, out=str(tmp_path / "broken"))

    def ask(state: State) -> None:
        if state.step == 2:
            (state.out / "stop").touch()

    with pytest.raises(KeyboardInterrupt, match="step 2 of 6 is saved"):
        train(broken, device="cpu", watch=ask)
    train(broken, resume=True, device="cpu")
    assert same(state_of(run.out)["network"], state_of(broken.out)["network"])


def test_a_run_of_so_many_minutes_has_the_steps_that_fit_and_keeps_them(
    run: Run, monkeypatch
) -> None:
    monkeypatch.setattr(pace, "step_seconds", lambda *given: 0.25)
    paced = pace.paced(run, 0.5, "cpu", watched=10)
    assert paced == replace(run, pictures=80 * run.batch)  # 20 seconds by steps of a quarter
    monkeypatch.setattr(pace, "step_seconds", lambda *given: 99.0)
    assert pace.paced(run, 0.5, "cpu") == paced
    assert pace.paced(run, 1.5, "cpu").steps == 1
    with pytest.raises(ValueError, match="minutes must be above 0"):
        pace.paced(run, 0)


def test_timing_steps_leaves_nothing_of_the_run_behind(run: Run) -> None:
    assert 0 < pace.step_seconds(run, "cpu") < 60
    assert not Path(run.out).exists()


def test_the_command_teaches_the_own_head_as_told_and_reports_as_often(
    run: Run, capsys, tmp_path: Path
) -> None:
    given = ["train", "--annotations", run.annotations, "--out", run.out, "--device", "cpu"]
    given += [
        "--pictures",
        "8",
        "--batch",
        "2",
        "--width",
        "64",
        "--height",
        "64",
        "--workers",
        "0",
    ]
    assert main([*given, "--one2one", "beta=two"]) == 1
    assert "one2one has 'beta=two', expected some of" in capsys.readouterr().err
    assert main([*given, "--one2one", "beta=2", "topk=3", "--report-every", "2"]) == 0
    kept = json.loads(state_of(run.out)["run"])
    assert (kept["one2one"]["beta"], kept["one2one"]["topk"], kept["one2many"]["beta"]) == (2, 3, 6)
    steps = [json.loads(line)["step"] for line in (Path(run.out) / "log.jsonl").open()]
    assert steps == [2, 4]


def test_a_run_cut_off_while_it_writes_its_last_weights_is_completed(
    run: Run, monkeypatch, tmp_path: Path
) -> None:
    train(run, device="cpu")
    broken = replace(run, out=str(tmp_path / "broken"))
    real = keeping.save_checkpoint

    def pulled(path: Path, *given) -> None:
        real(path, *given)
        if path.name == "weights.part":
            path.write_bytes(path.read_bytes()[:100])
            raise Interruption

    monkeypatch.setattr(keeping, "save_checkpoint", pulled)
    with pytest.raises(Interruption):
        train(broken, device="cpu")
    assert not (Path(broken.out) / "weights.safetensors").exists()
    monkeypatch.setattr(keeping, "save_checkpoint", real)
    train(broken, device="cpu")
    weights = [load_file(Path(out) / "weights.safetensors") for out in (run.out, broken.out)]
    assert same(*weights)


def test_a_run_begun_anew_in_the_folder_of_one_without_a_checkpoint_has_its_own_log(
    run: Run, monkeypatch
) -> None:
    monkeypatch.setattr(room, "REPORT_EVERY", 2)
    real = room.losses_of
    monkeypatch.setattr(room, "losses_of", failing(real, at=5))
    with pytest.raises(Interruption):
        train(run, device="cpu")
    monkeypatch.setattr(room, "losses_of", real)
    train(run, device="cpu")
    steps = [json.loads(line)["step"] for line in (Path(run.out) / "log.jsonl").open()]
    assert steps == [2, 4, 6]


def test_the_seed_decides_the_weights(run: Run, tmp_path: Path) -> None:
    train(run, device="cpu")
    train(replace(run, out=str(tmp_path / "again")), device="cpu")
    train(replace(run, out=str(tmp_path / "other"), seed=1), device="cpu")
    first = state_of(run.out)["network"]
    assert same(first, state_of(str(tmp_path / "again"))["network"])
    assert not same(first, state_of(str(tmp_path / "other"))["network"])


def test_training_flushes_denormals_and_leaves_arithmetic_as_it_was(run: Run, monkeypatch) -> None:
    real, seen = room.losses_of, []

    def watched(*given):
        seen.append(float(torch.tensor(1e-40) * 0.5))
        return real(*given)

    monkeypatch.setattr(room, "losses_of", watched)
    train(run, device="cpu")
    assert set(seen) == {0.0} and float(torch.tensor(1e-40) * 0.5) > 0


def test_the_weights_open_as_a_detector(run: Run) -> None:
    detector = load_detector(train(run, device="cpu"), device="cpu")
    assert detector.class_names == ("block",) and detector.scale == "pico" and detector.size == 96
    prediction = detector.predict(np.zeros((64, 96, 3), np.uint8))
    assert prediction.one2one.scores.shape == (8 * 12 + 4 * 6 + 2 * 3, 1)


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(
    run: Run, monkeypatch
) -> None:
    real, seen = room.losses_of, []

    def poisoned(*given):
        seen.append(1)
        losses = real(*given)
        if len(seen) == 4:
            losses["one2one"] = replace(losses["one2one"], cls=losses["one2one"].cls * torch.nan)
        return losses

    monkeypatch.setattr(room, "losses_of", poisoned)
    with pytest.raises(Stopped, match=r"nan at step 3.*last good checkpoint"):
        train(run, device="cpu", save_every=0)
    kept = state_of(run.out)
    assert kept["step"] == 3
    assert all(value.isfinite().all() for value in kept["network"].values())


def test_a_gradient_that_is_no_number_stops_though_the_loss_is_one(run: Run, monkeypatch) -> None:
    real, calls = room.losses_of, itertools.count(1)

    def steep(*given):
        losses = real(*given)
        if next(calls) == 4:
            one = losses["one2one"]
            losses["one2one"] = replace(one, cls=one.cls + (one.cls * 0).sqrt())
        return losses

    monkeypatch.setattr(room, "losses_of", steep)
    with pytest.raises(Stopped, match=r"its gradient nan at step 3.*no checkpoint was kept yet"):
        train(run, device="cpu")
    monkeypatch.setattr(room, "losses_of", real)
    wild = replace(run, learning_rate=1e8, snapshots=0, out=run.out + "-wild")
    with pytest.raises(Stopped, match="lower learning rate") as said:
        train(wild, device="cpu", save_every=0)
    if "last good checkpoint" in str(said.value):
        kept = state_of(wild.out)
        assert all(value.isfinite().all() for value in kept["average"].values())


def test_a_run_is_not_written_over_and_not_resumed_as_another(run: Run) -> None:
    train(run, device="cpu")
    with pytest.raises(ValueError, match="holds a run already"):
        train(run, device="cpu")
    with pytest.raises(ValueError, match="learning_rate"):
        train(replace(run, learning_rate=1.0), resume=True, device="cpu")
    with pytest.raises(ValueError, match="nothing to resume"):
        train(replace(run, out=run.out + "-none"), resume=True, device="cpu")


def test_a_checkpoint_that_cannot_be_used_is_one_sentence(run: Run, tmp_path: Path) -> None:
    train(run, device="cpu")
    whole = (Path(run.out) / "last.pt").read_bytes()
    for damaged in (b"", b"nothing", whole[:1000]):
        (Path(run.out) / "last.pt").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"last\.pt is damaged"):
            train(run, resume=True, device="cpu")
    (Path(run.out) / "last.pt").write_bytes(whole)
    other = Path(run.annotations).read_text(encoding="utf-8").replace('"block"', '"yeti"')
    Path(run.annotations).write_text(other, encoding="utf-8")
    with pytest.raises(ValueError, match="was trained on block, the set has yeti"):
        train(run, resume=True, device="cpu")
    brighter = replace(run, recipe=replace(run.recipe, brightness=0.9))
    with pytest.raises(ValueError, match=r"recipe\.brightness = 0\.3, not 0\.9$"):
        train(brighter, resume=True, device="cpu")


def test_a_set_with_nothing_to_learn_and_a_file_for_a_folder_are_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="is a file: choose a folder"):
        train(replace(run, out=run.annotations), device="cpu")
    document = json.loads(Path(run.annotations).read_text(encoding="utf-8"))
    for entry in document["annotations"]:
        entry["iscrowd"] = 1
    Path(run.annotations).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match="has no objects to learn"):
        train(run, device="cpu")


def test_both_heads_learn_two_blocks_by_heart(run: Run) -> None:
    """Each head's best anchor of each picture lies on the block, though the one-to-one head has but one teacher."""
    plain = Recipe(canvas_wh=(96, 64), mosaic=0, zoom=(1, 1), upside=False)
    train(replace(run, pictures=480, batch=4, recipe=plain, learning_rate=4e-3), device="cpu")
    network = DualDetector("pico", 1)
    network.load_state_dict(state_of(run.out)["network"])
    folder = CocoFolder(run.annotations)
    pictures = torch.stack([torch.from_numpy(folder[i].image).permute(2, 0, 1) for i in range(2)])
    with torch.no_grad():
        output = network.train()(pictures / 255)  # so short a run has no settled statistics
    for head, found in output.items():
        best = found["scores"].squeeze(-1).argmax(1)
        boxes = found["boxes"][torch.arange(2), best]
        overlap = box_iou(torch.tensor([[20.0, 16.0, 60.0, 48.0]]), boxes)
        assert (overlap > 0.5).all(), (head, overlap)


def test_the_rate_warms_up_and_falls_to_a_hundredth() -> None:
    rates = [schedule(step, 1000) for step in range(1001)]
    assert rates[0] < 0.03 and max(rates) == 1.0 and rates[-1] == pytest.approx(0.01)
    peak = rates.index(1.0)
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_the_command_line_says_in_one_sentence_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    command = [
        sys.executable,
        "-m",
        "dualviz",
        "train",
        "--annotations",
        str(tmp_path / "x.json"),
        "--out",
        str(tmp_path / "o"),
    ]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1 and "COCO JSON" in said.stderr


def test_a_network_without_bins_is_not_offered_for_training(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--annotations", "absent.json", "--out", "o", "--scale", "yolo26n"])
    said = capsys.readouterr().err
    assert "invalid choice: 'yolo26n'" in said and "pico" in said


def test_a_figure_of_no_known_kind_is_refused_before_anything_is_measured(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", "--annotations", "absent.json", "--figure", "gaps.gif"])
    assert "gaps.gif must end in .png, .svg or .pdf" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"batch": 0}, "batch must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"scenes_from": 2.0}, r"scenes_from is a share and must be within 0\.\.1"),
        ({"recipe": Recipe(mosaic=5.0)}, r"mosaic is a share and must be within 0\.\.1, got 5"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"one2one_rate": math.nan}, "one2one_rate must be positive, got nan"),
        ({"recipe": Recipe(canvas_wh=(100, 64))}, "multiples of 32"),
        ({"recipe": Recipe(canvas_wh=(96, 64), grow_from=0.0)}, "grow_from must be above 0"),
    ],
)
def test_a_run_that_cannot_be_is_refused_at_once(run: Run, wrong: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(run, **wrong)


def test_pictures_grow_batch_by_batch_to_the_whole_canvas(run: Run) -> None:
    recipe = Recipe(canvas_wh=(192, 128), grow_from=0.5)
    samples = Samples(CocoFolder(run.annotations), recipe, 0, 0, 24, closing_from=20, batch=4)
    sizes = [tuple(samples[i][0].shape[:0:-1]) for i in range(24)]
    assert [sizes[i] for i in range(0, 24, 4)] == [
        (96, 64),
        (128, 64),
        (128, 96),
        (160, 96),
        (160, 128),
        (192, 128),
    ]
    assert all(sizes[i] == sizes[i // 4 * 4] for i in range(24))
    train(replace(run, recipe=replace(run.recipe, grow_from=0.5)), device="cpu")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_so_many_snapshots_are_kept_as_were_asked_for(run: Run, count: int) -> None:
    assert len(room.snapshot_steps(replace(run, pictures=20_000, snapshots=count))) == count


def test_the_average_of_weights_lies_between_them_and_opens_as_a_detector(
    run: Run, tmp_path: Path, capsys
) -> None:
    train(run, device="cpu")
    files = [str(Path(run.out) / f"snapshot-{step:06d}.safetensors") for step in (0, 6)]
    out = tmp_path / "mean.safetensors"
    assert main(["average", *files, "--out", str(out)]) == 0
    first, last, mean = (load_file(file) for file in (*files, out))
    name = "model.0.conv.weight"
    assert not torch.equal(first[name], last[name]) and first.keys() == mean.keys()
    for name in first:
        middle = (first[name].double() + last[name].double()) / 2
        assert torch.equal(mean[name], middle.float().half()), name
    detector = load_detector(out, device="cpu")
    assert detector.class_names == ("block",) and "12 pictures" in detector.metadata["trained"]
    other = DualDetector("pico", 2)
    save_checkpoint(tmp_path / "other.safetensors", other, ("a", "b"), 96)
    assert main(["average", files[0], str(tmp_path / "other.safetensors"), "--out", str(out)]) == 1
    assert "a, b" in capsys.readouterr().err


@pytest.mark.parametrize("classes", [5, 1])
def test_a_run_begins_with_weights_of_other_classes_and_says_what_it_took(
    run: Run, tmp_path: Path, classes: int
) -> None:
    file = tmp_path / "other.safetensors"
    names = tuple(f"c{n}" for n in range(classes))
    save_checkpoint(file, DualDetector("pico", classes), names, 96)
    given = load_file(file)
    state = State(replace(run, start=str(file)), CocoFolder(run.annotations), torch.device("cpu"))
    own = state.network.state_dict()
    taken = {
        name
        for name in given
        if own[name].shape == given[name].shape and torch.equal(own[name], given[name].float())
    }
    heads = [f"model.23.{head}cv3.{level}.2" for head in ("", "one2one_") for level in range(3)]
    assert {f"{head}.weight" for head in heads}.isdisjoint(taken)
    assert set(given) - taken <= {f"{head}.{part}" for head in heads for part in ("weight", "bias")}
    assert f"of {len(own)} tensors are taken from {file}" in state.begun


def test_a_run_begins_with_all_of_its_own_classes_and_never_with_another_scale(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "same.safetensors"
    save_checkpoint(file, DualDetector("pico", 1), ("block",), 96)
    folder, cpu = CocoFolder(run.annotations), torch.device("cpu")
    state = State(replace(run, start=str(file)), folder, cpu)
    own = state.network.state_dict()
    assert state.begun == "" and all(
        torch.equal(own[n], t.float()) for n, t in load_file(file).items()
    )
    with pytest.raises(ValueError, match="of scale micro, the run of scale pico"):
        State(replace(run, start="pico-photos"), folder, cpu)
