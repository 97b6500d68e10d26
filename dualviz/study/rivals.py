"""Several one-to-one heads on one trunk through training: what a rule changes, moment by moment, with a placebo beside.

assets/rivals holds one run in which heads taught by different rules rode on the same trunk and saw the same features in
every step. A moment's trunk, one-to-many head and first rival stand in one file; of each further rival its head alone, in a
folder of its name. The placebo differs from the first rival in nothing but its first weights: what it differs by, chance
does. `python -m dualviz replay --heads …` fills and measures the folder.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from safetensors.torch import load, save

from dualviz.pictures.dataset import CocoFolder
from dualviz.study.ablation import ROWS
from dualviz.study.evaluation import evaluate
from dualviz.study.replay import (
    FOLDER,
    LOG,
    Measured,
    Replay,
    chosen,
    digest,
    keep,
    load_snapshot,
    moments,
    one2one_tensors,
    packed,
    read_log,
)
from dualviz.trace import Setting
from dualviz.words import Sentence, UserError

RIVALS = FOLDER.with_name("rivals")
PLACEBO = "placebo"
COMMON = Setting()  # the paper's metric in both heads, by which heads of any rule are judged alike


@dataclass(frozen=True, kw_only=True)
class Judged(Measured):
    """What a rival reaches at a step; alignment, gap, floor and ceiling by the metrics that taught the heads.

    Attributes:
        common: the alignment by one metric in both heads, `COMMON`.
    """

    common: tuple[float, float, float]


@dataclass(frozen=True)
class Rivals:
    """Heads that rode on one trunk.

    Attributes:
        replays: by the name of a row of the ablation, in order; the figures of each are `Judged`.
    """

    replays: dict[str, Replay]

    @property
    def first(self) -> Replay:
        """The one that the others, and the placebo, are held against."""
        return next(iter(self.replays.values()))

    @property
    def shown(self) -> dict[str, Replay]:
        """All but the placebo."""
        return {name: one for name, one in self.replays.items() if name != PLACEBO}

    def judged(self, name: str) -> dict[int, Judged]:
        """What a rival reaches, by step in order."""
        figures = cast(dict[int, Judged], self.replays[name].figures)
        return {step: figures[step] for step in sorted(figures)}

    def curve(self, name: str, value: Callable[[Judged], float]) -> tuple[list[int], list[float]]:
        """Steps that were measured, and a figure of a rival at each."""
        judged = self.judged(name)
        return [*judged], [value(row) for row in judged.values()]

    def chance(self, value: Callable[[Judged], float]) -> list[float]:
        """How far the placebo lies from the first rival at each measured step, as a distance; empty without a placebo."""
        if PLACEBO not in self.replays:
            return []
        own, other = self.curve(next(iter(self.replays)), value), self.curve(PLACEBO, value)
        return [abs(a - b) for a, b in zip(own[1], other[1])] if own[0] == other[0] else []


def load_rivals(folder: Path = RIVALS) -> Rivals | None:
    """Read what the folder holds; None where its metrics.json does not name two heads that are there.

    Args:
        folder: of snapshots, folders of further heads, log.jsonl and metrics.json.
    """
    figures, measured_on = _read_figures(folder / "metrics.json")
    paths, further = packed(folder), {name: packed(folder / name) for name in [*figures][1:]}
    steps = sorted(set(paths).intersection(*further.values()))
    if not steps or not further:
        return None
    replays = {}
    for name, reached in figures.items():
        notes: list[Sentence] = []
        log = read_log(folder / LOG, notes, name)
        kept = moments({step: paths[step] for step in steps}, log, further.get(name))
        known = {step: row for step, row in reached.items() if step in steps}
        replays[name] = Replay(name, kept, log, known, measured_on, tuple(notes))
    return Rivals(replays)


def gather_rivals(
    run: Path, heads: Sequence[str], steps: Iterable[int] | None, folder: Path
) -> None:
    """Pack chosen snapshots of a run on whose trunk these heads rode: the trunk once, each head once.

    Args:
        run: folder of a finished run that kept snapshots.
        heads: at least two of its riders, the first the one that the others are held against.
        steps: which snapshots; None: all.
        folder: an empty one.

    Raises:
        ValueError: a head or a snapshot is not there.
    """
    if unknown := [name for name in heads if name not in ROWS or not (run / name).is_dir()]:
        raise UserError("{run} has no head {name} of the ablation", run=run, name=unknown[0])
    for number, name in enumerate(heads):
        for step, path in chosen(run / name, steps).items():
            weights = path.read_bytes()
            if number:
                weights = save(one2one_tensors(load(weights)))
                (folder / name).mkdir(exist_ok=True)
            keep(weights, step, folder / name if number else folder)
    shutil.copyfile(run / LOG, folder / LOG)
    save_rivals({name: [] for name in heads}, "", folder / "metrics.json")


def measure_rivals(
    rivals: Rivals, labelled: CocoFolder, device: str = "auto", progress: Callable = iter
) -> dict[str, list[Judged]]:
    """Measure every head at every moment over a labelled set.

    Args:
        rivals: whose snapshots.
        labelled: the set; its classes must be the network's.
        device: as for `load_detector`.
        progress: wraps the iterator over all of them, for instance tqdm.
    """
    rows: dict[str, list[Judged]] = {name: [] for name in rivals.replays}
    work = [(name, one) for name, replay in rivals.replays.items() for one in replay.snapshots]
    for name, snapshot in progress(work):
        detector, own = load_snapshot(snapshot, device), ROWS[name].setting
        figures = evaluate(detector, labelled, setting=own).figures
        common = figures.alignment
        if own.exponents("one2one") != COMMON.exponents("one2one"):
            common = evaluate(detector, labelled, precision=False, setting=COMMON).alignment
        rows[name].append(
            Judged(
                **vars(figures),
                step=snapshot.step,
                weights=digest(snapshot.head or snapshot.path),
                common=common,
            )
        )
    return rows


def save_rivals(rows: dict[str, list[Judged]], measured_on: str, path: Path) -> None:
    """Write metrics.json: the heads in their order, each with its moments."""
    heads = {name: [row.as_json() for row in judged] for name, judged in rows.items()}
    record = {"measured_on": measured_on, "heads": heads}
    path.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _read_figures(path: Path) -> tuple[dict[str, dict[int, Measured]], str]:
    """The heads in their order, with what each reaches by step; none where the file is not there or no such file."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        heads: dict[str, dict[int, Measured]] = {
            ROWS[name].name: {row.step: row for row in map(Judged.from_json, rows)}
            for name, rows in record["heads"].items()
        }
        return heads, str(record["measured_on"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, ""
