"""`python -m dualviz crowding`: measure what crowding costs with NMS and without, for the Detections page."""

import argparse
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from dualviz.detector import load_detector
from dualviz.detector.catalogue import find_weights
from dualviz.pictures.content import content_hash
from dualviz.study.crowding import FILE, SCENES, STACKS, measure, measure_stacks, save_crowding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz crowding`."""
    add = parser.add_argument
    add("--detector", default="pico-cells", help="a catalogue name or a file")
    add("--scenes", type=int, default=SCENES, help="for each overlap")
    add("--stacks", type=int, default=STACKS, help="smears like the page's first picture")
    add("--device", default="auto", help="auto, cuda, mps or cpu")
    add("--out", type=Path, default=FILE)


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
