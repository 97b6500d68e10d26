"""`python -m dualviz train`: train a detector with both heads."""

import argparse
from dataclasses import fields

from dualviz.detector.network import SCALES, YOLOV10
from dualviz.training.data import Recipe
from dualviz.training.run import Rider, Run
from dualviz.training.train import train


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz train`."""
    add = parser.add_argument
    add(
        "--annotations",
        required=True,
        help="the training pictures: COCO JSON, data.yaml, or a folder as YOLO or PASCAL VOC has it",
    )
    add("--images", help="their folder (default: beside the JSON, with its name)")
    add("--out", required=True, help="folder for checkpoints, log and weights")
    add("--resume", action="store_true", help="go on from the last checkpoint in --out")
    taught = [name for name, scale in SCALES.items() if scale.family == YOLOV10]
    add("--scale", default="pico", choices=taught, help="size of the network (default pico)")
    add("--pictures", type=int, default=60_000, help="samples seen in all (default %(default)s)")
    add("--batch", type=int, default=16, help="pictures a step (default %(default)s)")
    add("--learning-rate", type=float, default=2e-3, help="at its highest (default %(default)s)")
    add("--seed", type=int, default=0, help="of weights and samples (default %(default)s)")
    add(
        "--width",
        type=int,
        default=416,
        help="of the input, a multiple of 32 (default %(default)s)",
    )
    add("--height", type=int, default=320, help="likewise (default %(default)s)")
    add(
        "--grow-from",
        type=float,
        default=1.0,
        help="share of both sides to begin with (default %(default)s)",
    )
    add(
        "--mosaic",
        type=float,
        default=0.5,
        help="share of samples joined from four (default %(default)s)",
    )
    add("--mixup", type=float, default=0.0, help="share of samples blended with another")
    add("--scenes", type=float, default=0.0, help="share of pictures from the smear renderer")
    add("--supply", type=int, default=0, help="how many different smears (default: without end)")
    add("--scenes-from", type=float, default=0.0, help="share of the run after which they join")
    add("--upright", action="store_true", help="never turn pictures upside down (street, animals)")
    add("--start", help="weights to begin with: a bundled name or a file")
    add("--snapshots", type=int, default=0, help="how many to keep for the replay")
    add("--device", default="auto", help="auto, cuda, mps or cpu")
    add("--workers", type=int, default=1, help="processes that prepare pictures (default 1)")
    add(
        "--rider",
        nargs="+",
        action="append",
        default=[],
        metavar=("NAME", "SETTING"),
        help="one more one-to-one head on the same trunk, which does not feel it; settings: alpha=, beta=, topk=, keep=, least_side=, hungarian, "
        "draw= (0: the first weights of the run's own, else others); may be given again; its detector is weights-NAME.safetensors",
    )


def run(chosen: argparse.Namespace) -> None:
    """Train, or go on, and say where the weights lie."""
    recipe = Recipe(
        canvas_wh=(chosen.width, chosen.height),
        grow_from=chosen.grow_from,
        mosaic=chosen.mosaic,
        mixup=chosen.mixup,
        scenes=chosen.scenes,
        supply=chosen.supply,
        upside=not chosen.upright,
    )
    own = {f.name for f in fields(Run)} & vars(chosen).keys()
    riders = tuple(map(Rider.from_words, chosen.rider))
    run = Run(**{name: getattr(chosen, name) for name in own}, recipe=recipe, riders=riders)
    weights = train(run, resume=chosen.resume, device=chosen.device)
    print(f"{weights}: open it in the app under Detector, or evaluate it:")
    print(f"python -m dualviz evaluate --detector {weights} --annotations FILE")
    for rider in riders:
        print(f"with {rider.name} as its one-to-one head: {run.weights(rider.name)}")
