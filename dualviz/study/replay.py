"""One training run kept to be seen again: snapshots from the untrained network to the last weights, log and figures.

assets/replay holds snapshots named by their step and packed, the run's log.jsonl, and what each snapshot reaches on a
labelled set (metrics.json). The last snapshot is the bundled detector itself; assets/failed, a run by a wrong setting, has
its own. `python -m dualviz replay` fills and measures the folder. Several heads on one trunk stand in `rivals`.
"""

import json
import lzma
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from dualviz.detector import Detector
from dualviz.detector.catalogue import find_weights
from dualviz.detector.checkpoint import read_checkpoint
from dualviz.detector.network import HEADS
from dualviz.pictures.content import content_hash
from dualviz.pictures.dataset import CocoFolder
from dualviz.study.evaluation import Figures, evaluate
from dualviz.words import Sentence, UserError, kept

FOLDER = Path(__file__).parents[2] / "assets" / "replay"
FAILED = FOLDER.with_name("failed")
COMMAND = "python -m dualviz replay"
LOG = "log.jsonl"  # of a run: mean losses, a line a report
SUFFIX = ".safetensors"  # of a run's own snapshots
PACKED = f"{SUFFIX}.xz"
LOSSES = ("box", "cls", "dfl")


@dataclass(frozen=True)
class Snapshot:
    """The network after `step` optimiser steps: its file, and the photographs it had seen by then.

    Attributes:
        head: a file of the one-to-one head that stands in place of the one in `path`; None for that one.
    """

    step: int
    pictures: int
    path: Path
    head: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Measured(Figures):
    """What the snapshot of a step reaches on the labelled set.

    Attributes:
        weights: `digest` of the file: which weights were measured.
    """

    step: int
    weights: str


@dataclass(frozen=True)
class Replay:
    """A run to be seen again.

    Attributes:
        detector: name of the bundled detector the run ended in, or what else its networks are called.
        snapshots: by step, the untrained network first.
        log: one record a report: step and mean losses since the last, "one2many_box" … "one2one_dfl"; may be empty.
        figures: by step, of the snapshots that were measured.
        measured_on: the labelled set in words, "" where nothing was measured.
        notes: sentences on what is missing or does not fit.
    """

    detector: str
    snapshots: tuple[Snapshot, ...]
    log: tuple[dict[str, float], ...]
    figures: dict[int, Measured]
    measured_on: str
    notes: tuple[Sentence, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """Steps of the snapshots."""
        return tuple(snapshot.step for snapshot in self.snapshots)

    def at(self, step: int) -> Snapshot:
        """The snapshot nearest to a step, of two the earlier."""
        return min(self.snapshots, key=lambda snapshot: abs(snapshot.step - step))


def load_replay(folder: Path = FOLDER, detector: str = "pico-cells") -> Replay | None:
    """Read what the folder holds; None where there is no snapshot. What is broken becomes a note, never an error.

    Args:
        folder: of snapshots, log.jsonl and metrics.json.
        detector: the bundled detector that is the run's last snapshot, unless the folder holds that itself.
    """
    paths = packed(folder)
    if not paths:
        return None
    notes: list[Sentence] = []
    log = read_log(folder / LOG, notes)
    figures, measured_on = _read_figures(folder / "metrics.json", notes)
    last = int(log[-1]["step"]) if log else max(figures, default=0)
    if last > max(paths):
        try:
            path = find_weights(detector)
        except ValueError:
            notes.append(
                Sentence(
                    "The run's last weights, {detector}, are not here: the replay ends before them.",
                    detector=detector,
                )
            )
        else:
            if last in figures and figures[last].weights != digest(path):
                notes.append(
                    Sentence(
                        "{detector} was trained anew since this run: the replay ends before its last weights.",
                        detector=detector,
                    )
                )
            else:
                paths[last] = path
    snapshots = moments(paths, log)
    kept = {step: row for step, row in figures.items() if step in paths}
    return Replay(detector, snapshots, log, kept, measured_on, tuple(notes))


def moments(
    paths: Mapping[int, Path],
    log: Sequence[Mapping[str, float]],
    heads: Mapping[int, Path] | None = None,
) -> tuple[Snapshot, ...]:
    """Snapshots in the order of their steps, the pictures seen by what the log says of its last step."""
    batch = log[-1]["pictures"] / log[-1]["step"] if log else 0
    return tuple(
        Snapshot(step, round(step * batch), paths[step], heads[step] if heads else None)
        for step in sorted(paths)
    )


def load_snapshot(snapshot: Snapshot, device: str = "auto") -> Detector:
    """The detector of that moment.

    Raises:
        ValueError: the file is broken or gone; the sentence says which.
    """
    try:
        name = snapshot.path.name.partition(".")[0]
        weights = read_checkpoint(_weights(snapshot.path))
        if snapshot.head:
            head = load(_weights(snapshot.head))
            own = one2one_tensors(weights.state_dict)
            if {n: t.shape for n, t in head.items()} != {n: t.shape for n, t in own.items()}:
                raise UserError("{file} is no head of this network", file=snapshot.head.name)
            state = weights.state_dict | {n: t.float() for n, t in head.items()}
            weights = replace(weights, state_dict=state)
        return Detector(weights, name, device)
    except (ValueError, OSError, lzma.LZMAError, SafetensorError) as error:
        raise UserError(
            "the snapshot of step {step} cannot be read: {error}",
            step=snapshot.step,
            error=kept(error),
        ) from None


def one2one_tensors(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Of a network's tensors those of its one-to-one head that a file keeps."""
    counts = ".num_batches_tracked"
    return {n: t for n, t in state.items() if ".one2one_" in n and not n.endswith(counts)}


def measure(
    replay: Replay, labelled: CocoFolder, device: str = "auto", progress: Callable = iter
) -> list[Measured]:
    """Measure every snapshot over a labelled set.

    Args:
        replay: whose snapshots.
        labelled: the set; its classes must be the detector's.
        device: as for `load_detector`.
        progress: wraps the iterator over snapshots, for instance tqdm.
    """
    rows = []
    for snapshot in progress(replay.snapshots):
        figures = evaluate(load_snapshot(snapshot, device), labelled).figures
        rows.append(Measured(**vars(figures), step=snapshot.step, weights=digest(snapshot.path)))
    return rows


def save_figures(rows: Iterable[Measured], measured_on: str, path: Path) -> None:
    """Write metrics.json; what is not a number becomes null."""
    record = {
        "measured_on": measured_on,
        "snapshots": [row.as_json() for row in rows],
    }
    path.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def digest(path: Path) -> str:
    """First 12 hex digits of the SHA-256 of a weights file, unpacked."""
    return content_hash(_weights(path))


def snapshot_name(step: int, suffix: str = SUFFIX) -> str:
    """What the file of a step's weights is called; `packed` reads the step back.

    >>> snapshot_name(1250)
    'snapshot-001250.safetensors'
    """
    return f"snapshot-{step:06d}{suffix}"


def packed(folder: Path, suffix: str = PACKED) -> dict[int, Path]:
    """Files snapshot-STEP of a folder, by step."""
    start = "snapshot-"
    named = {
        path.name.removeprefix(start).removesuffix(suffix): path
        for path in folder.glob(f"{start}*{suffix}")
    }
    return {int(step): path for step, path in named.items() if step.isdigit()}


def _weights(path: Path) -> bytes:
    """What a weights file holds, packed or not."""
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def read_log(
    path: Path, notes: list[Sentence], one2one: str = "one2one"
) -> tuple[dict[str, float], ...]:
    """The run's reports, `one2one` the head that stands in them as the one-to-one head's."""
    if not path.is_file():
        notes.append(Sentence("The run's log is not here: there are no loss curves."))
        return ()
    names = {"step": "step", "pictures": "pictures"}
    for head, named in zip(HEADS, ("one2many", one2one), strict=True):
        names |= {f"{head}_{part}": f"{named}_{part}" for part in LOSSES}
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
        return tuple(
            {name: float(line[named]) for name, named in names.items()}
            for line in lines
            if line["step"] > 0
        )
    except (ValueError, KeyError, TypeError) as error:
        notes.append(
            Sentence(
                "{file} is no log of a run ({error}): there are no loss curves.",
                file=path.name,
                error=repr(error),
            )
        )
        return ()


def _read_figures(path: Path, notes: list[Sentence]) -> tuple[dict[int, Measured], str]:
    if not path.is_file():
        notes.append(
            Sentence(
                "The snapshots are not measured: `{command} --annotations FILE` does it.",
                command=COMMAND,
            )
        )
        return {}, ""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        rows = [Measured.from_json(row) for row in record["snapshots"]]
        return {row.step: row for row in rows}, str(record["measured_on"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        notes.append(
            Sentence(
                "{file} is no measurement of snapshots ({error}): there are no curves of AP, alignment and gap.",
                file=path.name,
                error=repr(error),
            )
        )
        return {}, ""


def gather(run: Path, steps: Iterable[int] | None, folder: Path, detector: str | None) -> None:
    """Copy a run's log, and pack chosen snapshots: a fifth is saved.

    Args:
        run: folder of a finished run that kept snapshots.
        steps: which of them; None: all, but for the last where that is `detector` itself.
        folder: an empty one.
        detector: the bundled weights that the run ended in, if it is bundled.

    Raises:
        ValueError: a snapshot is not there, or the bundled weights are not the run's.
    """
    kept = chosen(run, steps)
    if detector and digest(run / "weights.safetensors") != digest(find_weights(detector)):
        raise UserError(
            "{detector} is not what {run} ended in: bundle its weights.safetensors first",
            detector=detector,
            run=run,
        )
    if detector and steps is None:
        del kept[max(kept)]
    shutil.copyfile(run / LOG, folder / LOG)
    for step, path in kept.items():
        keep(path.read_bytes(), step, folder)


def chosen(run: Path, steps: Iterable[int] | None) -> dict[int, Path]:
    """The snapshots of a run by step, all or some.

    Raises:
        ValueError: a snapshot is not there, or none is.
    """
    kept = packed(run, SUFFIX)
    if not kept:
        raise UserError("{run} holds no snapshots: train it with --snapshots 14", run=run)
    steps = sorted(kept) if steps is None else steps
    if absent := [step for step in steps if step not in kept]:
        raise UserError(
            "{run} has no snapshot of step {step}, but of {steps}",
            run=run,
            step=absent[0],
            steps=", ".join(map(str, sorted(kept))),
        )
    return {step: kept[step] for step in steps}


def keep(weights: bytes, step: int, folder: Path) -> None:
    """Pack a snapshot into a folder."""
    (folder / snapshot_name(step, PACKED)).write_bytes(lzma.compress(weights))
