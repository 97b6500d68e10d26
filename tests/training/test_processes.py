"""Claims about several processes that train and measure as one: real ones, started by torchrun, talking by gloo."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from made_blocks import block_set

from dualviz.commands import main
from dualviz.detector import processes
from dualviz.training.run import Run
from dualviz.training.train import train

ROOT = Path(__file__).resolve().parents[2]
TWO = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
ALONE = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE")}
HERE = ALONE | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "LANGUAGE": "en"}


def started(*words: str) -> subprocess.Popen:
    """A Python process of its own session, so that a key can be pressed for all of its processes."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen, status: int = 0) -> tuple[str, str]:
    said, complained = process.communicate(timeout=300)
    assert process.returncode == status, complained
    return said, complained


def apart(one: dict, two: dict, part: str) -> float:
    """How far two gradients of a part lie apart, against the length of the first."""
    names = [name for name in one if name.split()[0] == part]
    difference = torch.cat([(one[name] - two[name]).flatten() for name in names])
    return float(difference.norm() / torch.cat([one[name].flatten() for name in names]).norm())


def test_two_processes_learn_what_one_learns_of_the_same_batch(tmp_path: Path) -> None:
    """Losses, each part's clipped gradient, batch statistics and weights, in float64, at the first step and at the fifth."""
    script, out = str(Path(__file__).with_name("five_steps.py")), str(tmp_path / "steps")
    given = (script, block_set(tmp_path), out)
    ended(started(*given))
    ended(started(*TWO, *given))
    alone, *pair = (torch.load(f"{out}.{name}") for name in ("0of1", "0of2", "1of2"))
    for step, (one, first, second) in enumerate(zip(alone, *pair, strict=True)):
        pictures = [made[4] for made in (one, first, second)]
        assert [n for n, _objects in pictures] == [4, 2, 2]
        assert pictures[0][1] == pictures[1][1] + pictures[2][1]  # objects
        assert all(torch.equal(first[3][name], second[3][name]) for name in first[3])
        near = 1e-9 if step == 0 else 1e-6
        assert first[0] == pytest.approx(one[0], rel=near)
        for part in ("trunk", "one2one", "double", "seven"):
            assert apart(one[1], first[1], part) < near, part
        for kind in (2, 3):
            for name, value in one[kind].items():
                torch.testing.assert_close(first[kind][name], value, rtol=near, atol=1e-7)
    assert len({made[4][1] for made in (*pair[0], *pair[1])}) > 1  # the shares are not alike


def test_one_press_of_a_key_stops_both_after_the_same_step_and_resume_goes_on(
    tmp_path: Path,
) -> None:
    out = tmp_path / "run"
    command = [*TWO, "-m", "dualviz", "train", "--annotations", block_set(tmp_path)]
    command += ["--out", str(out), "--pictures", "240", "--batch", "4", "--workers", "0"]
    command += ["--width", "96", "--height", "64", "--snapshots", "4", "--device", "cpu"]
    process = started(*command)
    second = out / "snapshot-000008.safetensors"
    while process.poll() is None and not second.exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _said, complained = process.communicate(timeout=300)
    assert process.returncode and complained.count("is saved in") == 1, complained
    state = torch.load(out / "last.pt", weights_only=True)
    assert 8 <= state["step"] < 60
    said, _ = ended(started(*command, "--resume"))
    assert torch.load(out / "last.pt", weights_only=True)["step"] == 60
    assert said.count("weights.safetensors: open it") == 1
    assert [json.loads(line)["step"] for line in (out / "log.jsonl").open()] == [50, 60]
    assert len([*out.glob("snapshot-*")]) == 4


def test_two_processes_measure_what_one_measures(tmp_path: Path, capsys) -> None:
    pytest.importorskip("pycocotools")
    assert main(["dataset", "--smears", "3", "--out", str(tmp_path / "smears.json")]) == 0
    words = ["-m", "dualviz", "evaluate", "--annotations", str(tmp_path / "smears.json")]
    words += ["--device", "cpu", "--json"]
    ended(started(*words, str(tmp_path / "of1.json")))
    said, _ = ended(started(*TWO, *words, str(tmp_path / "of2.json")))
    assert said.count("one-to-one picks inside") == 1
    one, two = (json.loads((tmp_path / f"of{n}.json").read_text()) for n in (1, 2))
    assert one.pop("command") != two.pop("command")
    assert one == two and one["pictures"] == 3 and one["ap"]["one2one"] > 0.1


def test_a_batch_that_cannot_be_shared_evenly_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(processes, "count", lambda: 3)
    with pytest.raises(ValueError, match="16 pictures a step cannot be shared evenly by 3"):
        train(Run(block_set(tmp_path), None, str(tmp_path / "out")), device="cpu")
    assert not (tmp_path / "out").exists()
