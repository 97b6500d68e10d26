"""One training run: both heads learn from one trunk by dual label assignment, and can stop and go on at any moment.

The one-to-many head is taught by its top 10 anchors per object, the one-to-one head, on detached features, by its top
1, both with the same loss. `train` writes checkpoints, a log of one line a report, snapshots for the replay, and at
last the averaged weights.
"""

import copy
import json
import math
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from dualviz.assignment import assign
from dualviz.dataset import CocoFolder
from dualviz.detector import choose_device
from dualviz.detector.checkpoint import CheckpointError, read_checkpoint, save_checkpoint
from dualviz.detector.network import HEADS, DualDetector
from dualviz.loss import Loss, detection_loss
from dualviz.matching import spatial_prior
from dualviz.training.data import STRIDE, Recipe, Samples, batches

REPORT_EVERY = 50  # steps between two lines of the log
KEPT = 2**31  # bytes of decoded pictures a process holds; those beyond are read again every time
PLACES = ("annotations", "images", "out", "workers", "start")  # may differ when a run is resumed


@dataclass(frozen=True)
class Teacher:
    """How one head's positives are chosen: the arguments of `dualviz.assignment.assign`."""

    topk: int
    alpha: float = 0.5
    beta: float = 6.0
    keep: int | None = None


@dataclass(frozen=True)
class Run:
    """Everything a run depends on; equal fields on one device, with as many threads, give equal weights.

    Attributes:
        annotations, images: COCO-format labels and the folder of their pictures (None: beside the file, its name).
        out: folder for checkpoints, log and weights.
        scale: a name of `dualviz.detector.network.SCALES`.
        pictures: samples seen in all; the schedule stretches to this number.
        batch, learning_rate, weight_decay, seed: of AdamW with a cosine schedule.
        recipe: what happens to the pictures.
        scenes_from, closing_from: shares of the run after which rendered scenes join and the closing phase begins.
        one2many, one2one: how each head's positives are chosen.
        heads: heads that run and are taught; both unless an ablation leaves one at its first weights.
        start: weights to begin with instead of random ones.
        snapshots: how many log-spaced snapshots are kept for the replay, the untrained network first.
        workers: processes that prepare pictures; the result does not depend on it.
    """

    annotations: str
    images: str | None
    out: str
    scale: str = "pico"
    pictures: int = 60_000
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 0.03
    seed: int = 0
    recipe: Recipe = field(default_factory=Recipe)
    scenes_from: float = 0.0
    closing_from: float = 0.8
    one2many: Teacher = field(default_factory=lambda: Teacher(10))
    one2one: Teacher = field(default_factory=lambda: Teacher(1))
    heads: tuple[str, ...] = HEADS
    start: str | None = None
    snapshots: int = 0
    workers: int = 1

    def __post_init__(self) -> None:
        least = {"pictures": 1, "batch": 1, "workers": 0, "snapshots": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be at least {low}, got {getattr(self, name)}")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not 0 < self.recipe.grow_from <= 1:
            raise ValueError(f"grow_from must be above 0, at most 1, got {self.recipe.grow_from}")
        if any(side < STRIDE or side % STRIDE for side in self.recipe.canvas_wh):
            raise ValueError(
                f"the network's input must have sides of multiples of {STRIDE}, got {self.recipe.canvas_wh}"
            )

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return max(1, self.pictures // self.batch)


def machine(device: str) -> str:
    """What a run's result depends on besides its fields: processor or accelerator, threads, version of PyTorch."""
    where, count = choose_device(device), torch.get_num_threads()
    used = f"{count} CPU thread{'s' * (count > 1)}" if where.type == "cpu" else str(where)
    return f"{platform.machine()}, {used}, torch {torch.__version__}"


class Stopped(RuntimeError):
    """Training cannot go on; the message says why and what is kept."""


def train(run: Run, resume: bool = False, device: str = "auto", save_every: float = 120.0) -> Path:
    """Train from the beginning, or from the last checkpoint in `run.out`, to the end of the schedule.

    Args:
        run: the whole recipe.
        resume: go on from `out/last.pt`; it must come from an equal run.
        device: "auto", "cuda", "mps" or "cpu".
        save_every: seconds between checkpoints.

    Returns:
        Path of the averaged weights, `out/weights.safetensors`.

    Raises:
        Stopped: where the loss, its gradient or the weights are no numbers; the last good checkpoint stays.
        ValueError: for data or a checkpoint that do not fit the run.
    """
    with _denormals_flushed():
        return _train(run, resume, device, save_every)


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """β = 6 makes denormals, which are many times slower on a CPU; afterwards this thread is exact again."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _train(run: Run, resume: bool, device: str, save_every: float) -> Path:
    torch.manual_seed(run.seed)
    out, where = Path(run.out), choose_device(device)
    folder = CocoFolder(run.annotations, run.images, keep=KEPT)
    out.mkdir(parents=True, exist_ok=True)
    network = DualDetector(run.scale, len(folder.class_names), heads=run.heads)
    if run.start:
        start = read_checkpoint(run.start)
        if (start.scale, len(start.class_names)) != (run.scale, len(folder.class_names)):
            raise ValueError(
                f"{run.start} is of scale {start.scale} with {len(start.class_names)} classes, the run "
                f"of scale {run.scale} with {len(folder.class_names)}"
            )
        network.load_state_dict(start.state_dict)
    network = network.to(where, memory_format=torch.channels_last).train()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(_groups(network, run.weight_decay), lr=run.learning_rate)
    step, seconds, running = 0, 0.0, {}
    if resume:
        step, seconds, running = _load(out, run, network, average, optimizer, where)
    elif (out / "last.pt").exists():
        raise ValueError(f"{out} holds a run already: resume it, or choose another folder")
    else:  # a run that ended before its first checkpoint leaves its log
        (out / "log.jsonl").unlink(missing_ok=True)
    keep = _snapshot_steps(run)
    if step in keep:
        _export(out / f"snapshot-{step:06d}.safetensors", average, folder, run, step, seconds)

    stream = batches(
        Samples(
            folder,
            run.recipe,
            run.seed,
            step * run.batch,
            run.steps * run.batch,
            int(run.closing_from * run.steps) * run.batch,
            int(run.scenes_from * run.steps) * run.batch,
            run.batch,
        ),
        run.batch,
        run.workers,
    )
    began = saved = time.monotonic()
    began -= seconds
    bar = tqdm(stream, initial=step, total=run.steps, unit="step", dynamic_ncols=True)
    for images, boxes, labels, ignored in bar:
        for group in optimizer.param_groups:
            group["lr"] = run.learning_rate * schedule(step, run.steps)
        losses = losses_of(
            network,
            run,
            images.to(where),
            boxes.to(where),
            labels.to(where),
            ignored.to(where),
        )
        total = sum(loss.total for loss in losses.values())
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        slope = nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        if not (total + slope).isfinite():
            raise _stopped(run, step, f"the loss became {total:g}, its gradient {slope:g}")
        optimizer.step()
        step += 1
        update_average(average, network, step)
        for head, loss in losses.items():
            for term in ("box", "cls", "dfl"):
                name = f"{head}_{term}"
                running[name] = running.get(name, 0.0) + float(getattr(loss, term).detach())
        now = time.monotonic()
        if step % REPORT_EVERY == 0 or step == run.steps:
            count = REPORT_EVERY if step % REPORT_EVERY == 0 else step % REPORT_EVERY
            line = {name: round(value / count, 5) for name, value in running.items()}
            line |= {"step": step, "pictures": step * run.batch, "seconds": round(now - began, 1)}
            with (out / "log.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")
            bar.set_postfix({head: round(float(losses[head].total.detach()), 2) for head in losses})
            running = {}
        if step in keep:
            _export(
                out / f"snapshot-{step:06d}.safetensors", average, folder, run, step, now - began
            )
        if now - saved > save_every or step == run.steps:
            # First the weights: where they cannot be written, the checkpoint before stays the good one.
            _export(out / "weights.safetensors", average, folder, run, step, now - began)
            _save(out, run, step, now - began, running, network, average, optimizer)
            saved = now
    return out / "weights.safetensors"


def losses_of(
    network: DualDetector,
    run: Run,
    images: Tensor,
    boxes: Tensor,
    labels: Tensor,
    ignored: Tensor,
) -> dict[str, Loss]:
    """Loss of each head on one batch: images (B, 3, H, W) uint8, boxes (B, G, 4), labels (B, G), ignored (B, I, 4)."""
    output = network(images.contiguous(memory_format=torch.channels_last).float() / 255)
    points, level = network.anchors(images.shape[2:])
    anchor_strides = torch.tensor(network.strides, dtype=points.dtype, device=points.device)[level]
    spared = spatial_prior(points, ignored).any(1) if ignored.shape[1] else None
    losses = {}
    for head, prediction in output.items():
        teacher: Teacher = getattr(run, head)
        assignment = assign(
            prediction["scores"].detach(),
            prediction["boxes"].detach(),
            points,
            boxes,
            labels,
            teacher.topk,
            teacher.alpha,
            teacher.beta,
            keep=teacher.keep,
        )
        losses[head] = detection_loss(
            prediction["logits"],
            prediction["distances"],
            prediction["boxes"],
            points,
            anchor_strides,
            assignment,
            spared,
        )
    return losses


def schedule(step: int, steps: int) -> float:
    """Return the factor on the learning rate: linear warm-up over 5 % (at most 300 steps), then a cosine to 1 %.

    >>> round(schedule(0, 100), 3), schedule(5, 100), round(schedule(100, 100), 3)
    (0.2, 1.0, 0.01)
    """
    warm = max(1, min(300, steps // 20))
    if step < warm:
        return (step + 1) / warm
    progress = (step - warm) / max(1, steps - warm)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2


def update_average(average: nn.Module, network: nn.Module, step: int, decay: float = 0.999) -> None:
    """Move the averaged weights towards the present ones; early steps count for more."""
    keep = decay * (1 - math.exp(-step / 500))
    with torch.no_grad():
        present = network.state_dict()
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(present[name], 1 - keep)
            else:
                value.copy_(present[name])


def _stopped(run: Run, step: int, words: str) -> Stopped:
    last = Path(run.out) / "last.pt"
    kept = f"the last good checkpoint is {last}" if last.exists() else "no checkpoint was kept yet"
    advice = f"lower the learning rate (now {run.learning_rate:g})"
    return Stopped(f"{words} at step {step}: {advice}; {kept}")


def _groups(network: nn.Module, decay: float) -> list[dict]:
    """Weight decay on convolutions only: norms and biases are left alone."""
    matrices = [p for p in network.parameters() if p.requires_grad and p.ndim > 1]
    rest = [p for p in network.parameters() if p.requires_grad and p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def _snapshot_steps(run: Run) -> set[int]:
    """Steps after which a snapshot is kept: 0, then evenly on a log scale to the end."""
    spaced = run.snapshots - 2
    later = {round(run.steps ** (i / spaced)) for i in range(spaced + 1)} if spaced > 0 else set()
    return {*later, 0, run.steps} if run.snapshots > 1 else {0} if run.snapshots else set()


def _save(
    out: Path,
    run: Run,
    step: int,
    seconds: float,
    running: dict[str, float],
    network: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write the whole state beside its place, then move it there: an interruption leaves the old one whole."""
    state = {
        "run": json.dumps(asdict(run)),
        "step": step,
        "seconds": seconds,
        "running": running,
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    torch.save(state, out / "last.part")
    os.replace(out / "last.part", out / "last.pt")


def _load(
    out: Path,
    run: Run,
    network: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    where: torch.device,
) -> tuple[int, float, dict[str, float]]:
    """Take up the last checkpoint, and cut the log back to it."""
    path, log = out / "last.pt", out / "log.jsonl"
    if not path.exists():
        raise ValueError(f"nothing to resume: {path} does not exist")
    state = torch.load(path, map_location=where, weights_only=True)
    before, now = json.loads(state["run"]), json.loads(json.dumps(asdict(run)))
    for name in (f.name for f in fields(Run) if f.name not in PLACES):
        if before[name] != now[name]:
            raise ValueError(f"{path} was trained with {name} = {before[name]}, not {now[name]}")
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimizer.load_state_dict(state["optimizer"])
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    whole = [line for line in lines if line.endswith("\n")]  # the last may have been cut off
    log.write_text("".join(line for line in whole if json.loads(line)["step"] <= state["step"]))
    return state["step"], state["seconds"], state.get("running", {})


def _export(
    path: Path, average: DualDetector, folder: CocoFolder, run: Run, step: int, seconds: float
) -> None:
    where = machine(next(average.parameters()).device.type)
    metadata = {
        "trained": f"{step * run.batch} pictures in {seconds / 60:.1f} minutes, seed {run.seed}, on {where}",
    }
    part = path.with_suffix(".part")
    try:
        save_checkpoint(part, average, folder.class_names, max(run.recipe.canvas_wh), metadata)
    except CheckpointError as error:
        raise _stopped(run, step, f"the weights cannot be written ({error})") from None
    os.replace(part, path)
