"""`python -m dualviz train`: train a detector with both heads."""

import argparse
from dataclasses import fields

import torch

from dualviz.commands.arguments import SIDES, folder_to_fill, number
from dualviz.detector import processes
from dualviz.detector.network import SCALES, YOLOV10
from dualviz.training.data import Recipe
from dualviz.training.pace import paced
from dualviz.training.run import Rider, Run, Teacher
from dualviz.training.train import REPORT_EVERY, train
from dualviz.words import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz train`."""
    add = parser.add_argument
    add(
        "--annotations",
        required=True,
        help=_(
            "the training pictures: COCO JSON, data.yaml, or a folder as YOLO or PASCAL VOC has it"
        ),
    )
    add("--images", help=_("their folder (default: beside the JSON, with its name)"))
    add(
        "--out",
        type=folder_to_fill,
        required=True,
        help=_("folder for checkpoints, log and weights"),
    )
    add("--resume", action="store_true", help=_("go on from the last checkpoint in --out"))
    taught = [name for name, scale in SCALES.items() if scale.family == YOLOV10]
    add("--scale", default="pico", choices=taught, help=_("size of the network (default pico)"))
    add("--pictures", type=int, default=60_000, help=_("samples seen in all (default %(default)s)"))
    add(
        "--minutes",
        type=float,
        help=_(
            "train for about so long instead: the first steps are timed, then the number of samples is fixed"
        ),
    )
    add("--batch", type=int, default=16, help=_("pictures a step (default %(default)s)"))
    add("--learning-rate", type=float, default=2e-3, help=_("at its highest (default %(default)s)"))
    add(
        "--one2one-rate",
        type=float,
        default=1.0,
        help=_("factor on it for the one-to-one heads, which learn slowly (default %(default)s)"),
    )
    add("--seed", type=int, default=0, help=_("of weights and samples (default %(default)s)"))
    add(
        "--width",
        type=number(*SIDES),
        default=416,
        help=_("of the input, a multiple of 32 (default %(default)s)"),
    )
    add("--height", type=number(*SIDES), default=320, help=_("likewise (default %(default)s)"))
    add(
        "--grow-from",
        type=float,
        default=1.0,
        help=_("share of both sides to begin with (default %(default)s)"),
    )
    add(
        "--mosaic",
        type=float,
        default=0.5,
        help=_("share of samples joined from four (default %(default)s)"),
    )
    add("--mixup", type=float, default=0.0, help=_("share of samples blended with another"))
    add("--scenes", type=float, default=0.0, help=_("share of pictures from the smear renderer"))
    add("--supply", type=int, default=0, help=_("how many different smears (default: without end)"))
    add("--scenes-from", type=float, default=0.0, help=_("share of the run after which they join"))
    add(
        "--upright",
        action="store_true",
        help=_("never turn pictures upside down (street, animals)"),
    )
    add("--start", help=_("weights to begin with: a bundled name or a file"))
    add("--snapshots", type=int, default=0, help=_("how many to keep for the replay"))
    add("--device", default="auto", help=_("auto, cuda, mps or cpu"))
    add("--threads", type=number(1, 1024), help=_("of the processor (default: as PyTorch chooses)"))
    add(
        "--report-every",
        type=number(1, 10**9),
        default=REPORT_EVERY,
        help=_("steps between two lines of the log (default %(default)s)"),
    )
    add(
        "--save-every",
        type=float,
        default=120.0,
        help=_("seconds between checkpoints (default %(default)s)"),
    )
    add("--workers", type=int, default=1, help=_("processes that prepare pictures (default 1)"))
    add(
        "--one2one",
        nargs="+",
        default=[],
        metavar="SETTING",
        help=_(
            "the run's own one-to-one head; settings: alpha=, beta=, topk=, keep=, least_side=, hungarian (default alpha=0.5 beta=6 topk=1)"
        ),
    )
    add(
        "--rider",
        nargs="+",
        action="append",
        default=[],
        metavar=("NAME", "SETTING"),
        help=_(
            "one more one-to-one head on the same trunk, which does not feel it; settings: alpha=, beta=, topk=, keep=, least_side=, hungarian, "
            "draw= (0: the first weights of the run's own, else others); may be given again; its detector is weights-NAME.safetensors"
        ),
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
    own = {name: getattr(chosen, name) for name in {f.name for f in fields(Run)} & {*vars(chosen)}}
    own["out"] = str(chosen.out)
    own["one2one"] = Teacher.from_words("one2one", chosen.one2one)
    riders = tuple(map(Rider.from_words, chosen.rider))
    run = Run(**own, recipe=recipe, riders=riders)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    if chosen.minutes is not None:
        run = paced(run, chosen.minutes, chosen.device)
        print(
            _(
                "{steps} steps, so that it lasts about {minutes} minutes",
                steps=f"{run.steps:,}",
                minutes=f"{chosen.minutes:g}",
            )
        )
    weights = train(
        run, chosen.resume, chosen.device, chosen.save_every, report_every=chosen.report_every
    )
    if not processes.first():
        return
    print(_("{file}: open it in the app under Detector, or evaluate it:", file=weights))
    print(f"python -m dualviz evaluate --detector {weights} --annotations FILE")
    for rider in riders:
        print(
            _(
                "with {rider} as its one-to-one head: {file}",
                rider=rider.name,
                file=run.weights(rider.name),
            )
        )
