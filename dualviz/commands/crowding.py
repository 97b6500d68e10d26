"""`python -m dualviz crowding`: measure what crowding costs with NMS and without, for the Detections page."""

import argparse
from dataclasses import replace

from tqdm import tqdm

from dualviz.commands.arguments import file_to_write, number
from dualviz.detector import load_detector
from dualviz.detector.catalogue import find_weights
from dualviz.pictures.content import content_hash
from dualviz.study.crowding import FILE, SCENES, STACKS, measure, measure_stacks, save_crowding
from dualviz.words import _

MOST = 100_000  # scenes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz crowding`."""
    add = parser.add_argument
    add("--detector", default="pico-cells", help=_("a catalogue name or a file"))
    add("--scenes", type=number(1, MOST), default=SCENES, help=_("for each overlap"))
    add(
        "--stacks",
        type=number(1, MOST),
        default=STACKS,
        help=_("smears like the page's first picture"),
    )
    add("--device", default="auto", help=_("auto, cuda, mps or cpu"))
    add("--out", type=file_to_write, default=FILE)


def run(chosen: argparse.Namespace) -> None:
    """Measure and write the file that the page draws."""
    detector = load_detector(chosen.detector, chosen.device)
    weights = content_hash(find_weights(chosen.detector).read_bytes())

    def shown(items):
        return tqdm(items, unit="scene")

    measured = measure(detector, weights, chosen.scenes, progress=shown)
    stacks = measure_stacks(detector, chosen.stacks, shown)
    save_crowding(replace(measured, stacks=stacks), chosen.out)
    print(f"{chosen.out}  {chosen.out.stat().st_size / 1024:.1f} kB")
