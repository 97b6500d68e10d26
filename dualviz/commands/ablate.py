"""`python -m dualviz ablate`: train and measure the ablation's rows."""

import argparse
from dataclasses import fields
from functools import partial

from dualviz.commands.arguments import SIDES, file_to_write, folder_to_fill, number
from dualviz.commands.printed import printed
from dualviz.study.ablation import ROWS, Ablation, Trained, load_ablation, save_ablation
from dualviz.study.evaluation import PATH_NAMES
from dualviz.training.ablation import Plan, ablate
from dualviz.words import _, ngettext


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz ablate`."""
    add = parser.add_argument
    add("--annotations", required=True, help=_("COCO JSON of the training pictures"))
    add("--images", help=_("their folder (default: beside the JSON, with its name)"))
    add("--judge", required=True, help=_("COCO JSON of the pictures to measure on"))
    add("--judge-images", help=_("their folder (default: beside the JSON, with its name)"))
    add(
        "--judge-smears",
        type=int,
        default=400,
        help=_("how many rendered smears join them"),
    )
    add(
        "--out",
        type=folder_to_fill,
        default="runs/ablation",
        help=_("folder of the runs; finished ones stay measured"),
    )
    add(
        "--keep-weights", action="store_true", help=_("keep each run's weights once it is measured")
    )
    names = ", ".join(ROWS)
    add("--rows", nargs="+", default=list(ROWS), choices=list(ROWS), metavar="ROW", help=names)
    add("--seeds", nargs="+", type=int, default=[0, 1, 2])
    add("--pictures", type=int, default=20_000, help=_("samples a run sees (default %(default)s)"))
    add(
        "--one2one-rate",
        type=float,
        default=12.0,
        help=_("factor on the learning rate of the one-to-one heads (default %(default)s)"),
    )
    add(
        "--width",
        type=number(*SIDES),
        default=256,
        help=_("of the network's input, a multiple of 32"),
    )
    add("--height", type=number(*SIDES), default=192, help=_("likewise"))
    add("--grow-from", type=float, default=0.6, help=_("share of both sides to begin with"))
    add("--scenes", type=float, default=0.5, help=_("share of pictures from the smear renderer"))
    add("--supply", type=int, default=2000, help=_("how many different smears (0: without end)"))
    add("--device", default="auto", help=_("auto, cuda, mps or cpu"))
    add(
        "--results",
        type=file_to_write,
        help=_("where the table goes (default: ablation.json in --out)"),
    )


def run(chosen: argparse.Namespace) -> None:
    """Train what is missing, and keep the table after every run."""
    own = {f.name: getattr(chosen, f.name) for f in fields(Plan)}
    plan = Plan(**own | {"out": str(chosen.out)})
    results = chosen.results or chosen.out / "ablation.json"
    rows = [ROWS[name] for name in chosen.rows]
    for made in ablate(plan, rows, chosen.seeds, chosen.device, load_ablation(results)):
        save_ablation(made, results)
    print(_ablation_table(made))
    print(
        ngettext(
            "{file}: {n} run; the page Evidence shows assets/ablation.json",
            "{file}: {n} runs; the page Evidence shows assets/ablation.json",
            len(made.runs),
            file=results,
        )
    )


def _ablation_table(made: Ablation) -> str:
    """A line a row: both answers, the agreement, and from how many seeds."""
    measures = (
        partial(Trained.points, path="one2many + NMS"),
        partial(Trained.points, path="one2one"),
        lambda run: 100 * run.figures.alignment[0],
    )
    answers = (f"AP, {PATH_NAMES[path]}" for path in ("one2many + NMS", "one2one"))
    names = [_("row"), *answers, _("Top-1, %"), _("seeds")]
    rows = [
        (
            row.name,
            *(made.spread(row, measure).words() for measure in measures),
            str(len(made.seeds(row))),
        )
        for row in made.rows
    ]
    return printed(names, rows)
