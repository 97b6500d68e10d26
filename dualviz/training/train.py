"""One training run: both heads learn from one trunk by dual label assignment, and can stop and go on at any moment.

The one-to-many head is taught by its top 10 anchors per object, the one-to-one head, on detached features, by its top
1, both with the same loss. Any number of further one-to-one heads, taught by other rules, may ride on the same trunk;
each has its own gradient norm, so that nothing of it is felt elsewhere. `train` writes checkpoints, a log of one line a
report, snapshots for the replay, and at last the averaged weights. Started by `torchrun`, several processes, each with its
share of every batch, do what one would: the first of them speaks and writes.
"""

import math
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from dualviz.assignment import Assignment, assign, hungarian, pairs_inside
from dualviz.detector import processes
from dualviz.detector.network import DualDetector, OneToOne
from dualviz.loss import Loss, detection_loss
from dualviz.matching import spatial_prior
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.folders import TO_TEACH, open_set
from dualviz.training.data import Samples, batches
from dualviz.training.run import Run, Teacher
from dualviz.training.state import State
from dualviz.words import Sentence, UserError, _

REPORT_EVERY = 50  # steps between two lines of the log
STOP = "stop"  # a file in the run's folder that ends it
STEEPEST = 10.0  # norm of a part's gradient; what is longer is scaled to it
TERMS = ("box", "cls", "dfl")  # of a head's loss, as the log names them
EPS = 1e-9  # of the soft targets of THU-MIG's 2024 code
ONE_PRESS = 0.5  # seconds within which Ctrl-C heard again is the same press
KEPT = 2**30  # bytes of decoded pictures a process holds; those beyond are read again every time


def train(
    run: Run,
    resume: bool = False,
    device: str = "auto",
    save_every: float = 120.0,
    report_every: int = 0,
    watch: Callable[[State], None] = lambda _state: None,
) -> Path:
    """Train from the beginning, or from the last checkpoint in `run.out`, to the end of the schedule.

    A file `stop` in `run.out` ends it as Ctrl-C does, on every system and from anywhere; it goes when it is heeded.

    Args:
        run: the whole recipe.
        resume: go on from `out/last.pt`; it must come from an equal run.
        device: "auto", "cuda", "mps" or "cpu"; a GPU for each of several processes.
        save_every: seconds between checkpoints.
        report_every: steps between two lines of the log; 0: as always.
        watch: looks at the state before the first step and after each.

    Returns:
        Path of the averaged weights, `out/weights.safetensors`; those with a rider as one-to-one head lie beside it, as
        `weights-NAME.safetensors`.

    Raises:
        Stopped: where the loss, its gradient or the weights are no numbers; the last good checkpoint stays.
        KeyboardInterrupt: on Ctrl-C or a file `stop`, after the step under way is saved.
        ValueError: for data or a checkpoint that do not fit the run.
    """
    folder = open_set(run.annotations, run.images, TO_TEACH, KEPT)
    if not folder.judged:
        raise UserError("{set} has no objects to learn", set=folder.path)
    with processes.together(device) as where:
        if run.batch % processes.count():
            raise UserError(
                "{batch} pictures a step cannot be shared evenly by {n} processes",
                batch=run.batch,
                n=processes.count(),
            )
        torch.manual_seed(run.seed)
        state = State(run, folder, where)
        if resume:
            state.resume()
        else:
            state.begin()
        if processes.first():
            for note in filter(None, (*folder.notes, not resume and state.begun)):
                print(note, file=sys.stderr)
        with denormals_flushed(), _interruptible() as interrupted:
            _go_on(state, folder, save_every, report_every or REPORT_EVERY, watch, interrupted)
    return run.weights()


@contextmanager
def denormals_flushed() -> Iterator[None]:
    """β = 6 makes denormals, which are many times slower on a CPU; afterwards this thread is exact again."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C only tells that it was pressed, so that the step under way is finished; pressed again it interrupts at once.

    One press reaches a process of `torchrun` twice: by the terminal, and by its launcher.
    """
    pressed: list[float] = []

    def heard(*_) -> None:
        pressed.append(time.monotonic())
        if pressed[-1] - pressed[0] > ONE_PRESS:
            raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGINT, heard)
    except ValueError:  # not the main thread: no key reaches it
        yield lambda: False
        return
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _go_on(
    state: State,
    folder: CocoFolder,
    save_every: float,
    report_every: int,
    watch: Callable[[State], None],
    interrupted: Callable[[], bool],
) -> None:
    """From the state's step to the end of the schedule."""
    run, keep, stop = state.run, snapshot_steps(state.run), Path(state.run.out) / STOP
    watch(state)
    if state.step in keep:
        state.snapshot()
    samples = Samples(
        folder,
        run.recipe,
        run.seed,
        state.step * run.batch,
        run.steps * run.batch,
        int(run.closing_from * run.steps) * run.batch,
        int(run.scenes_from * run.steps) * run.batch,
        run.batch,
        (processes.place(), processes.count()),
    )
    saved = time.monotonic()
    began = saved - state.seconds
    bar = tqdm(
        batches(samples, run.batch // processes.count(), run.workers),
        initial=state.step,
        total=run.steps,
        unit="step",
        dynamic_ncols=True,
        disable=not processes.first(),
    )
    for batch in bar:
        losses = learn(state, batch)
        now = time.monotonic()
        state.seconds = now - began
        last = state.step == run.steps
        if state.step % report_every == 0 or last:
            state.report((state.step - 1) % report_every + 1)
            bar.set_postfix({head: round(loss, 2) for head, loss in losses.items()})
        if state.step in keep:
            state.snapshot()
        watch(state)
        stopping = processes.anybody(interrupted() or stop.exists())
        if now - saved > save_every or last or stopping:
            state.save()
            saved = now
        if stopping:
            stop.unlink(missing_ok=True)
        if stopping and not last:
            bar.close()
            raise KeyboardInterrupt(
                _(
                    "step {step} of {all} is saved in {folder}: the same command with --resume goes on",
                    step=state.step,
                    all=run.steps,
                    folder=state.out,
                )
            )


def learn(state: State, batch: tuple[Tensor, ...]) -> dict[str, float]:
    """Learn from one batch, of which every process has a share; returns the loss of each head.

    Raises:
        Stopped: the loss or its gradient is no number; the weights are as they were.
    """
    run, network, optimizer = state.run, state.network, state.optimizer
    for group in optimizer.param_groups:
        group["lr"] = run.learning_rate * group["rate"] * schedule(state.step, run.steps)
    losses = losses_of(network, state.riding, run, *(part.to(state.where) for part in batch))
    optimizer.zero_grad(set_to_none=True)
    torch.stack([loss.total for loss in losses.values()]).sum().backward()
    terms = torch.stack(
        [getattr(loss, term).detach() for loss in losses.values() for term in TERMS]
    )
    felt = [p.grad for part in state.parts.values() for p in part if p.grad is not None]
    processes.add_up([*felt, terms])
    total = terms.sum()
    # each part by its own norm: a joint one would let every head's gradient shorten the trunk's step
    slopes = {name: nn.utils.clip_grad_norm_(part, STEEPEST) for name, part in state.parts.items()}
    slope = sum(slopes.values())
    if not (total + slope).isfinite():
        ill = ", ".join(name for name, one in slopes.items() if not one.isfinite()) or "the sum"
        raise state.stopped(
            Sentence(
                "in {part} the loss became {loss}, its gradient {gradient}",
                part=ill,
                loss=f"{total:g}",
                gradient=f"{slope:g}",
            )
        )
    optimizer.step()
    state.step += 1
    update_average(state.average, network, state.step)
    update_average(state.riders_average, state.riders, state.step)
    named = dict(zip(losses, terms.view(len(losses), -1).tolist(), strict=True))
    for head, parts in named.items():
        for term, part in zip(TERMS, parts, strict=True):
            name = f"{head}_{term}"
            state.running[name] = state.running.get(name, 0.0) + part
    return {head: sum(parts) for head, parts in named.items()}


def losses_of(
    network: DualDetector,
    riders: Mapping[str, OneToOne],
    run: Run,
    images: Tensor,
    boxes: Tensor,
    labels: Tensor,
    ignored: Tensor,
) -> dict[str, Loss]:
    """Loss of each head on one batch: images (B, 3, H, W) uint8, boxes (B, G, 4), labels (B, G), ignored (B, I, 4).

    Where several processes share a batch it is this share's part of the whole batch's loss, whose terms are per unit of
    target score of all of them.
    """
    images = images.contiguous(memory_format=torch.channels_last)
    images = images.to(next(network.parameters()).dtype) / 255
    output = network(images, riders)
    points, level = network.anchors(images.shape[2:])
    anchor_strides = torch.tensor(network.strides, dtype=points.dtype, device=points.device)[level]
    spared = spatial_prior(points, ignored).any(1) if ignored.shape[1] else None
    teachers, losses = run.teachers, {}
    inside = {
        side: pairs_inside(points, boxes, labels, side)
        for side in {teacher.least_side for teacher in teachers.values()}
    }
    for head, prediction in output.items():
        scores, teacher = prediction["scores"].detach(), teachers[head]
        given = (scores, prediction["boxes"], points, boxes, labels)
        assignment = taught(teacher, *given, inside[teacher.least_side])
        b, a = (assignment.target_gt >= 0).nonzero(as_tuple=True)
        felt = network.boxes(prediction["distances"][b, a], points[a], anchor_strides[a, None])
        losses[head] = detection_loss(
            prediction["logits"],
            prediction["distances"],
            prediction["boxes"].index_put((b, a), felt),
            points,
            anchor_strides,
            assignment,
            spared,
            norm=processes.everyone(assignment.target_scores.sum()).sum().clamp(min=1),
        )
    return losses


def taught(
    teacher: Teacher,
    scores: Tensor,
    boxes: Tensor,
    points: Tensor,
    truth: Tensor,
    labels: Tensor,
    inside: tuple[Tensor, Tensor] | None = None,
) -> Assignment:
    """What a teacher teaches a head, by `assign`, or by Hungarian matching over the same metric.

    Args:
        scores (Tensor[B, A, C]), boxes (Tensor[B, A, 4]): what the head says, without gradient.
        points (Tensor[A, 2]): anchor points.
        truth (Tensor[B, G, 4]), labels (Tensor[B, G]): true boxes and their classes, −1 for padding.
        inside: of `assign`, for the teacher's `least_side`.
    """
    # G candidates an object are enough for Hungarian matching: of them, the others take at most G - 1
    B, G = labels.shape
    listed = assign(
        scores,
        boxes,
        points,
        truth,
        labels,
        max(G, 1) if teacher.hungarian else teacher.topk,
        teacher.alpha,
        teacher.beta,
        keep=teacher.keep,
        least_side=teacher.least_side,
        inside=inside,
    )
    if not teacher.hungarian:
        return listed
    anchors, keys = listed.candidates, listed.candidate_log_metrics
    metric = keys.new_full((B, G, len(points) + 1), -torch.inf)
    metric.scatter_(2, anchors.where(anchors >= 0, len(points)), keys)
    picks = torch.stack([hungarian(table[:, :-1]) for table in metric])
    b, g = (picks >= 0).nonzero(as_tuple=True)
    a, place = picks[b, g], (anchors == picks.unsqueeze(-1)).int().argmax(-1)[b, g]
    m = keys[b, g, place].exp()
    target = listed.candidate_overlaps[b, g, place] * m / (m + EPS)
    target_gt = torch.full_like(listed.target_gt, -1)
    target_gt[b, a] = g
    target_scores = torch.zeros_like(listed.target_scores)
    target_scores[b, a, labels[b, g]] = target.to(scores.dtype)
    target_boxes = torch.zeros_like(listed.target_boxes)
    target_boxes[b, a] = truth[b, g]
    owner = target_gt.gather(1, anchors.clamp(min=0).flatten(1)).view_as(anchors)
    elsewhere = (owner >= 0) & (owner != torch.arange(G, device=owner.device).unsqueeze(-1))
    lost = listed.contested & elsewhere
    return replace(
        listed,
        target_gt=target_gt,
        target_scores=target_scores,
        target_boxes=target_boxes,
        lost_to=owner.where(lost, -1),
        positives=(picks >= 0).long(),
        unmatched=(picks < 0) & (labels >= 0),
    )


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
        present, values = network.state_dict(keep_vars=True), average.state_dict(keep_vars=True)
        means = [name for name, value in values.items() if value.is_floating_point()]
        if means:
            torch._foreach_lerp_([values[n] for n in means], [present[n] for n in means], 1 - keep)
        for name in values.keys() - means:
            values[name].copy_(present[name])


def snapshot_steps(run: Run) -> set[int]:
    """Steps after which a snapshot is kept: 0, then evenly on a log scale to the end."""
    spaced = run.snapshots - 2
    later = {round(run.steps ** (i / spaced)) for i in range(spaced + 1)} if spaced > 0 else set()
    return {*later, 0, run.steps} if run.snapshots > 1 else {0} if run.snapshots else set()
