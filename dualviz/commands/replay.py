"""`python -m dualviz replay`: fill the replay's folder from a run, and measure every snapshot."""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from dualviz.pictures.folders import open_set
from dualviz.study.replay import FOLDER, gather, load_replay, measure, save_figures
from dualviz.words import UserError, _, ngettext


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz replay`."""
    add = parser.add_argument
    add("--annotations", required=True, help=_("COCO JSON of the set to measure on"))
    add("--images", help=_("folder of its pictures (default: beside the JSON, with its name)"))
    add("--run", type=Path, help=_("folder of a run: take its log and snapshots"))
    add("--steps", type=int, nargs="+", help=_("which snapshots of the run (default: all)"))
    add("--folder", type=Path, default=FOLDER)
    add("--detector", default="pico-cells", help=_("the bundled weights the run ended in"))
    add("--device", default="auto", help=_("auto, cuda, mps or cpu"))


def run(chosen: argparse.Namespace) -> None:
    """Measure the snapshots, of a run where one is named, and write metrics.json.

    A run is gathered in a folder aside, which takes the place of the one that was when all is measured.
    """
    labelled = open_set(chosen.annotations, chosen.images)
    with TemporaryDirectory() as name:
        source = Path(name) if chosen.run else chosen.folder
        if chosen.run:
            gather(chosen.run, chosen.steps, source, chosen.detector)
        replay = load_replay(source, chosen.detector)
        if replay is None:
            raise UserError(
                "{folder} holds no snapshots: name a run with --run", folder=chosen.folder
            )
        rows = measure(replay, labelled, chosen.device, lambda items: tqdm(items, unit="snapshot"))
        if chosen.run:
            shutil.rmtree(chosen.folder, ignore_errors=True)
            shutil.copytree(source, chosen.folder)
    save_figures(rows, labelled.words, chosen.folder / "metrics.json")
    size = sum(path.stat().st_size for path in chosen.folder.iterdir())
    print(
        ngettext(
            "{folder}: {n} snapshot, {size} MB",
            "{folder}: {n} snapshots, {size} MB",
            len(rows),
            folder=chosen.folder,
            size=f"{size / 1e6:.2f}",
        )
    )
