"""The state of a training run on its way: networks, optimiser and place in the schedule, kept so that nothing is lost.

`last.pt` holds all of it, `log.jsonl` one line a report, `weights.safetensors` the averaged weights and
`weights-NAME.safetensors` those with a rider as one-to-one head; each file is written beside its place and then moved
there, so an interruption leaves the old one whole. Of several processes all hold the same state and the first one writes.
"""

import copy
import itertools
import json
import os
import pickle
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from dualviz.detector import choose_device, processes
from dualviz.detector.catalogue import find_weights
from dualviz.detector.checkpoint import CheckpointError, read_checkpoint, save_checkpoint
from dualviz.detector.network import HEAD, DualDetector, OneToOne
from dualviz.pictures.dataset import CocoFolder
from dualviz.study.replay import LOG, snapshot_name
from dualviz.training import reports
from dualviz.training.norm import share_norms
from dualviz.training.run import PLACES, Run
from dualviz.words import Sentence, UserError, _, kept

CLASS_LAYER = re.compile(r"\.(one2one_)?cv3\.\d+\.2\.")  # one output a class
KEPT = ("network", "average", "riders", "riders_average", "optimizer")  # in a checkpoint


class Stopped(UserError):
    """Training cannot go on; the message says why and what is kept."""


class State:
    """A run between two steps.

    Attributes:
        run: what is trained.
        class_names: of the set.
        where: the device.
        network, average: the present and the averaged weights.
        riders, riders_average: those of the run's riders, in their order.
        optimizer: AdamW.
        step, seconds: how far it is.
        running: sums of the losses since the last line of the log.
        begun: a sentence on what was taken of other weights, where that was not all; else "".
    """

    def __init__(self, run: Run, folder: CocoFolder, where: torch.device) -> None:
        self.run, self.class_names, self.where = run, folder.class_names, where
        self.out, self.begun = Path(run.out), ""
        network = DualDetector(
            run.scale, len(self.class_names), run.heads, detach_one2one=run.detach_one2one
        )
        if run.start:
            self._start(network)
        riders = nn.ModuleList(self._first(network, rider.draw) for rider in run.riders)
        if processes.count() > 1:
            share_norms(network)
            share_norms(riders)
        self.network, self.riders = (
            module.to(where, memory_format=torch.channels_last).train()
            for module in (network, riders)
        )
        self.average, self.riders_average = (
            copy.deepcopy(module).eval().requires_grad_(False)
            for module in (self.network, self.riders)
        )
        groups = [
            group | {"rate": 1.0 if part == "trunk" else run.one2one_rate}
            for part, parameters in self.parts.items()
            for group in _groups(parameters, run.weight_decay)
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=run.learning_rate, fused=True)
        self.step, self.seconds = 0, 0.0
        self.running: dict[str, float] = {}

    def _first(self, network: DualDetector, draw: int) -> OneToOne:
        """A rider's first weights: a copy of the network's, or others that only seed and draw decide."""
        if draw:
            seed = np.random.SeedSequence((self.run.seed, draw)).generate_state(1)
            with torch.random.fork_rng(devices=[]):  # the run's own random numbers stay as they are
                torch.default_generator.manual_seed(int(seed[0]))
                network = DualDetector(self.run.scale, len(self.class_names))
        return copy.deepcopy(network.model[HEAD].one2one())

    @property
    def riding(self) -> dict[str, OneToOne]:
        """The riders' present heads by name."""
        return self._named(self.riders)

    def _named(self, heads: nn.ModuleList) -> dict[str, OneToOne]:
        return {rider.name: head for rider, head in zip(self.run.riders, heads, strict=True)}

    @property
    def parts(self) -> dict[str, list[nn.Parameter]]:
        """What has a gradient norm of its own: the trunk with its one-to-many head, and every one-to-one head."""
        own = list(self.network.model[HEAD].one2one().parameters())
        apart = {id(parameter) for parameter in own}
        trunk = [p for p in self.network.parameters() if id(p) not in apart]
        others = {name: list(head.parameters()) for name, head in self.riding.items()}
        return {"trunk": trunk, "one2one": own, **others}

    def _start(self, network: DualDetector) -> None:
        """Give a network the weights that the run begins with: all, or all but the layers that other classes shape.

        Those keep their first random weights; `begun` says how many were taken.
        """
        run = self.run
        start = read_checkpoint(find_weights(run.start))
        if start.scale != run.scale:
            raise UserError(
                "{start} is of scale {given}, the run of scale {scale}: a run begins with weights of its own scale",
                start=run.start,
                given=start.scale,
                scale=run.scale,
            )
        own = network.state_dict()
        same_classes = start.class_names == self.class_names
        fits = {
            name: tensor
            for name, tensor in start.state_dict.items()
            if name in own
            and tensor.shape == own[name].shape
            and (same_classes or not CLASS_LAYER.search(name))
        }
        network.load_state_dict(own | fits)
        if not same_classes:
            self.begun = _(
                "{taken} of {all} tensors are taken from {start}; the class layers begin anew, for its {given} classes are not these {classes}",
                taken=len(fits),
                all=len(own),
                start=run.start,
                given=len(start.class_names),
                classes=len(self.class_names),
            )

    def begin(self) -> None:
        """Take a folder that holds no run; what one left that ended before its first checkpoint goes.

        Raises:
            ValueError: it holds a run, or is a file.
        """
        if self.out.exists() and not self.out.is_dir():
            raise UserError("{folder} is a file: choose a folder for the run", folder=self.out)
        if (self.out / "last.pt").exists():
            raise UserError(
                "{folder} holds a run already: resume it, or choose another folder", folder=self.out
            )
        processes.wait()  # all have looked
        if not processes.first():
            return
        self.out.mkdir(parents=True, exist_ok=True)
        files = (self.out.glob(f"{kind}-*.safetensors") for kind in ("snapshot", "weights"))
        for left in (self.out / LOG, *itertools.chain(*files)):
            left.unlink(missing_ok=True)

    def resume(self) -> None:
        """Take up the last checkpoint, and cut the log back to it.

        Raises:
            ValueError: there is none, it cannot be read, or it is of another run.
        """
        path, log = self.out / "last.pt", self.out / LOG
        if not path.exists():
            raise UserError("nothing to resume: {path} does not exist", path=path)
        try:
            state = torch.load(path, map_location=self.where, weights_only=True)
            before, classes = json.loads(state["run"]), state["class_names"]
        except (EOFError, KeyError, TypeError, ValueError, RuntimeError, pickle.UnpicklingError):
            raise UserError(
                "{path} is damaged, or no checkpoint of a run of this version", path=path
            ) from None
        if differs := _difference(before, json.loads(json.dumps(asdict(self.run)))):
            raise UserError("{path} was trained with {differs}", path=path, differs=differs)
        if list(classes) != list(self.class_names):
            raise UserError(
                "{path} was trained on {classes}, the set has {own}",
                path=path,
                classes=", ".join(classes),
                own=", ".join(self.class_names),
            )
        for name in KEPT:
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds, self.running = state["step"], state["seconds"], state["running"]
        if not processes.first():
            return
        reports.write(log, [line for line in reports.read(log) if line["step"] <= self.step])

    def save(self) -> None:
        """Write weights and checkpoint; where the weights cannot be written, the checkpoint before stays the good one.

        Raises:
            Stopped: the weights are no numbers, or too large for a file.
        """
        if not processes.first():
            return
        self.export(self.run.weights())
        for name, head in self._named(self.riders_average).items():
            self.export(self.run.weights(name), head)
        state = {
            "run": json.dumps(asdict(self.run)),
            "class_names": list(self.class_names),
            "step": self.step,
            "seconds": self.seconds,
            "running": self.running,
            **{name: getattr(self, name).state_dict() for name in KEPT},
        }
        torch.save(state, self.out / "last.part")
        os.replace(self.out / "last.part", self.out / "last.pt")

    def export(self, path: Path, rider: OneToOne | None = None) -> None:
        """Write the averaged weights as a file that opens as a detector, its one-to-one head the network's or a rider's.

        Raises:
            Stopped: as `save`.
        """
        run = self.run
        metadata = {
            "trained": f"{self.step * run.batch} pictures in {self.seconds / 60:.1f} minutes, seed {run.seed}, "
            f"on {machine(self.where.type)}",
        }
        part = path.with_suffix(".part")
        try:
            size = max(run.recipe.canvas_wh)
            network = self.average if rider is None else self.average.with_one2one(rider)
            save_checkpoint(part, network, self.class_names, size, metadata)
        except CheckpointError as error:
            raise self.stopped(
                Sentence("the weights cannot be written ({error})", error=kept(error))
            ) from None
        os.replace(part, path)

    def snapshot(self) -> None:
        """Keep the averaged weights of this step for the replay, those with a rider in a folder of its name."""
        if not processes.first():
            return
        file = snapshot_name(self.step)
        self.export(self.out / file)
        for name, head in self._named(self.riders_average).items():
            (self.out / name).mkdir(exist_ok=True)
            self.export(self.out / name / file, head)

    def report(self, count: int) -> None:
        """Write a line of mean losses over the last `count` steps."""
        line = {name: round(value / count, 5) for name, value in self.running.items()}
        line |= {"step": self.step, "pictures": self.step * self.run.batch}
        if processes.first():
            reports.add(self.out / LOG, line | {"seconds": round(self.seconds, 1)})
        self.running = {}

    def stopped(self, reason: Sentence) -> Stopped:
        """The error that says what happened at this step, what to do and what is kept."""
        last = self.out / "last.pt"
        facts = {"reason": reason, "step": self.step, "rate": f"{self.run.learning_rate:g}"}
        if last.exists():
            return Stopped(
                "{reason} at step {step}: begin again in another folder with a lower learning rate (now {rate}); the last good "
                "checkpoint is {file}",
                file=last,
                **facts,
            )
        return Stopped(
            "{reason} at step {step}: begin again in another folder with a lower learning rate (now {rate}); no checkpoint was "
            "kept yet",
            **facts,
        )


def average(paths: Sequence[str | Path], out: Path) -> None:
    """Write the mean of the weights of several moments of one run: it is often better than each of them.

    Args:
        paths: weights files of one scale and the same classes, at least one.
        out: the file to write.

    Raises:
        ValueError: a file of another scale or of other classes. CheckpointError: no weights.
    """
    read = [read_checkpoint(path) for path in paths]
    first = read[0]
    for path, one in zip(paths, read):
        if (one.scale, one.class_names, one.size) != (first.scale, first.class_names, first.size):
            raise UserError(
                "{path} is of scale {scale} at {size} px with {classes}, {first} of {first_scale} at {first_size} px with {first_classes}",
                path=path,
                scale=one.scale,
                size=one.size,
                classes=", ".join(one.class_names),
                first=paths[0],
                first_scale=first.scale,
                first_size=first.size,
                first_classes=", ".join(first.class_names),
            )
    network = first.network()
    mean = {
        n: sum(one.state_dict[n].double() for one in read) / len(read) for n in first.state_dict
    }
    network.load_state_dict(network.state_dict() | mean)
    trained = "; ".join(dict.fromkeys(one.metadata.get("trained", "?") for one in read))
    save_checkpoint(out, network, first.class_names, first.size, {"trained": f"mean of: {trained}"})


def machine(device: str) -> str:
    """What a run's result depends on besides its fields: processor or accelerator, threads, version of PyTorch."""
    where, count = choose_device(device), torch.get_num_threads()
    used = f"{count} CPU thread{'s' * (count > 1)}" if where.type == "cpu" else str(where)
    return f"{platform.machine()}, {used}, torch {torch.__version__}"


def _groups(parameters: Sequence[nn.Parameter], decay: float) -> list[dict]:
    """Weight decay on convolutions only: norms and biases are left alone."""
    matrices = [p for p in parameters if p.requires_grad and p.ndim > 1]
    rest = [p for p in parameters if p.requires_grad and p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def _difference(before: dict, now: dict) -> Sentence | None:
    """The first field in which two runs differ; None for none that counts."""
    old, new = (
        dict(_leaves({name: run.get(name) for name in now if name not in PLACES}))
        for run in (before, now)
    )
    for name in (*new, *(name for name in old if name not in new)):
        if old.get(name) != new.get(name):
            return Sentence(
                "{name} = {old}, not {new}", name=name, old=old.get(name), new=new.get(name)
            )
    return None


def _leaves(values: dict, above: str = "") -> Iterator[tuple[str, object]]:
    """All values of a run with their names, those within others as `recipe.mosaic` and `riders.double.draw`."""
    for name, value in values.items():
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            value = {one["name"]: one for one in value}
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield above + name, value
