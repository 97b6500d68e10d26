"""`python -m dualviz replay`: fill a replay's folder from a run, and measure every snapshot."""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from dualviz.commands.arguments import folder_to_fill
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.folders import open_set
from dualviz.study.ablation import ROWS
from dualviz.study.replay import FOLDER, gather, load_replay, measure, save_figures
from dualviz.study.rivals import (
    RIVALS,
    gather_rivals,
    load_rivals,
    measure_rivals,
    save_rivals,
)
from dualviz.words import UserError, _, ngettext


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz replay`."""
    add = parser.add_argument
    add("--annotations", required=True, help=_("COCO JSON of the set to measure on"))
    add("--images", help=_("folder of its pictures (default: beside the JSON, with its name)"))
    add("--run", type=Path, help=_("folder of a run: take its log and snapshots"))
    add("--steps", type=int, nargs="+", help=_("which snapshots of the run (default: all)"))
    add(
        "--heads",
        nargs="+",
        choices=list(ROWS),
        metavar="ROW",
        help=_(
            "riders of the run that share its trunk, at least two, to be held against the first"
        ),
    )
    add(
        "--folder",
        type=folder_to_fill,
        help=_(
            "what is filled and measured (default: {run}, with --heads {rivals})",
            run=f"assets/{FOLDER.name}",
            rivals=f"assets/{RIVALS.name}",
        ),
    )
    add(
        "--detector",
        default="pico-cells",
        help=_("the bundled weights the run ended in; none: it keeps its own"),
    )
    add("--device", default="auto", help=_("auto, cuda, mps or cpu"))


def run(chosen: argparse.Namespace) -> None:
    """Measure the snapshots, of a run where one is named, and write metrics.json.

    A run is gathered in a folder aside, which takes the place of the one that was when all is measured.
    """
    labelled = open_set(chosen.annotations, chosen.images)
    folder = chosen.folder or (RIVALS if chosen.heads else FOLDER)
    with TemporaryDirectory() as name:
        source = Path(name) if chosen.run else folder
        if chosen.run:
            _gather(chosen, source)
        count = _measure(source, chosen, labelled)
        if chosen.run:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(
        ngettext(
            "{folder}: {n} snapshot, {size} MB",
            "{folder}: {n} snapshots, {size} MB",
            count,
            folder=folder,
            size=f"{size / 1e6:.2f}",
        )
    )


def _gather(chosen: argparse.Namespace, folder: Path) -> None:
    if chosen.heads and len(chosen.heads) > 1:
        gather_rivals(chosen.run, chosen.heads, chosen.steps, folder)
    elif chosen.heads:
        raise UserError("one head has nothing to be held against: name two")
    else:
        detector = None if chosen.detector == "none" else chosen.detector
        gather(chosen.run, chosen.steps, folder, detector)


def _measure(folder: Path, chosen: argparse.Namespace, labelled: CocoFolder) -> int:
    """Measure what a folder holds and write it there; how many snapshots that are."""

    def bar(items):
        return tqdm(items, unit="snapshot")

    rivals = load_rivals(folder) if chosen.heads else None
    replay = None if chosen.heads else load_replay(folder, chosen.detector)
    if rivals:
        judged = measure_rivals(rivals, labelled, chosen.device, bar)
        save_rivals(judged, labelled.words, folder / "metrics.json")
        return sum(map(len, judged.values()))
    if replay:
        rows = measure(replay, labelled, chosen.device, bar)
        save_figures(rows, labelled.words, folder / "metrics.json")
        return len(rows)
    raise UserError("{folder} holds no snapshots: name a run with --run", folder=folder)
