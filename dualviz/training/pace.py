"""A run that lasts so many minutes: its first steps are timed and thrown away, and then it has a fixed number of steps.

So the schedule stretches to the time that is there, and yet two runs of one pace are equal: what was settled stands in
`pace.json` in the run's folder, and a run that goes on keeps it.
"""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

from dualviz.detector import choose_device, processes
from dualviz.pictures.folders import TO_TEACH, open_set
from dualviz.training.data import Samples, batches
from dualviz.training.run import Run
from dualviz.training.state import State
from dualviz.training.train import KEPT, denormals_flushed, learn
from dualviz.words import UserError

TRIED = 12  # steps that are timed
UNTIMED = 3  # before them: the first ones of a process are slow
SHARE = 0.1  # of the time, that trying may take at most
FILE = "pace.json"


@dataclass(frozen=True)
class Pace:
    """What was settled.

    Attributes:
        minutes: asked for.
        step_seconds: a step took.
        steps: of the run.
    """

    minutes: float
    step_seconds: float
    steps: int


def paced(run: Run, minutes: float, device: str = "auto", watched: float = 0.0) -> Run:
    """The run with as many pictures as it sees in so many minutes on this machine; as settled before, where it was.

    Args:
        run: its `pictures` do not count.
        minutes: of training, above 0; the preparation before the first step is not among them.
        device: as for `train`.
        watched: seconds of them that something else takes, for instance looking at judged pictures.
    """
    if not 0 < minutes < float("inf"):
        raise UserError("minutes must be above 0, got {minutes}", minutes=minutes)
    if processes.launched() > 1:
        raise UserError("minutes are for one process: several that train together need --pictures")
    file = Path(run.out) / FILE
    if (before := known(Path(run.out))) and before.minutes == minutes:
        return replace(run, pictures=before.steps * run.batch)
    seconds = 60 * minutes
    step = step_seconds(run, device, SHARE * seconds)
    pace = Pace(minutes, round(step, 5), max(1, int((seconds - watched) / step)))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(vars(pace)) + "\n", encoding="utf-8")
    return replace(run, pictures=pace.steps * run.batch)


def known(out: Path) -> Pace | None:
    """What was settled for the run of a folder; None where nothing was."""
    try:
        return Pace(**json.loads((out / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def step_seconds(run: Run, device: str = "auto", most: float = 60.0) -> float:
    """Seconds that a step of a run takes here, by a few that leave nothing behind.

    Pictures are prepared beside the steps where there is a worker and a core for it.

    Args:
        run: its folder is not touched.
        device: as for `train`.
        most: seconds after which two steps are enough.
    """
    folder = open_set(run.annotations, run.images, TO_TEACH, KEPT)
    steps = UNTIMED + TRIED
    endless = 10**9  # no closing phase: its pictures cost as much
    samples = Samples(folder, run.recipe, run.seed, 0, steps * run.batch, endless, batch=run.batch)
    state = State(run, folder, choose_device(device))
    prepared, learnt = [], []
    began = now = perf_counter()
    with denormals_flushed():
        for batch in batches(samples, run.batch, 0):
            then, now = now, perf_counter()
            prepared.append(now - then)
            learn(state, batch)  # the losses it returns are numbers: a GPU has been waited for
            then, now = now, perf_counter()
            learnt.append(now - then)
            if len(learnt) > 1 and now - began > most:
                break
    timed = min(UNTIMED, len(learnt) - 1)
    preparing, learning = median(prepared[timed:]), median(learnt[timed:])
    if run.workers and cores() > 1:
        return max(learning, preparing / run.workers)
    return learning + preparing


def cores() -> int:
    """Processor cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1
