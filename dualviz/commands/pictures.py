"""`python -m dualviz pictures`: which pictures are here, and which of a set are meant by class, count, crowding or disagreement."""

import argparse
import sys

from tqdm import tqdm

from dualviz.commands.arguments import SIDES, file_to_write, number
from dualviz.commands.printed import printed
from dualviz.detector import load_detector
from dualviz.exports.about import weights_hash
from dualviz.exports.rows import csv_text
from dualviz.pictures.folders import open_set
from dualviz.pictures.photographs import PHOTOGRAPHS
from dualviz.pictures.scenes import gallery, title_of
from dualviz.pictures.search import ORDERS, VARIABLE, holdings, meant, named_sets
from dualviz.study.disagreement import ranking
from dualviz.words import UserError, _, ngettext, said

MOST = 10_000  # objects of a picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz pictures`."""
    add = parser.add_argument
    add(
        "--annotations",
        help=_("list the pictures of this set: COCO JSON, data.yaml or a folder"),
    )
    add("--images", help=_("folder of the pictures (default: beside the JSON, with its name)"))
    add("--class", dest="class_name", default="", help=_("with an object of this class"))
    add("--least", type=number(0, MOST), default=0, help=_("objects in a picture"))
    add("--most", type=number(0, MOST), help=_("objects in a picture"))
    add("--order", choices=ORDERS, default="listed", help="; ".join(ORDERS.values()))
    add("--first", type=number(1, MOST), default=20, help=_("pictures to print"))
    add("--detector", default="pico-cells", help=_("whose heads disagree, of the order apart"))
    add(
        "--size",
        type=number(*SIDES),
        help=_("longer side of the network's input (default: of the weights)"),
    )
    add("--device", default="auto", help=_("auto, cuda, mps or cpu"))
    add("--csv", type=file_to_write, help=_("also write all of them here"))


def run(chosen: argparse.Namespace) -> None:
    """Print what is here, or a set's pictures in the order that is asked for."""
    if chosen.annotations:
        _set(chosen)
    else:
        _here()


def _here() -> None:
    for name in gallery():
        print(f"{name:<14} {title_of(name)}")
    for name, one in PHOTOGRAPHS.items():
        words = str(one.source) if one.path else f"pip install {one.package}"
        print(f"{name:<14} {one.title!s:<14} {words}")
    sets = named_sets()
    for path in sets.values():
        try:
            folder = open_set(path)
        except (ValueError, OSError) as error:
            print(said(error), file=sys.stderr)
            continue
        words = ngettext("{n} picture", "{n} pictures", len(folder))
        print(f"{words}, {ngettext('{n} object', '{n} objects', folder.judged)}: {path}")
    if not sets:
        print(_("{variable} may name sets to browse in the app", variable=VARIABLE))


def _set(chosen: argparse.Namespace) -> None:
    if chosen.most is not None and chosen.most < chosen.least:
        raise UserError(
            "--most must be at least --least, got {most} and {least}",
            most=chosen.most,
            least=chosen.least,
        )
    folder = open_set(chosen.annotations, chosen.images)
    for note in folder.notes:
        print(note, file=sys.stderr)
    if chosen.class_name and chosen.class_name not in folder.class_names:
        raise UserError(
            "{set} has no class {name}: it has {classes}",
            set=folder.path,
            name=chosen.class_name,
            classes=", ".join(folder.class_names),
        )
    apart = None
    if chosen.order == "apart":
        detector = load_detector(chosen.detector, chosen.device)
        weights = weights_hash(chosen.detector)
        apart = ranking(
            detector, folder, weights, chosen.size, lambda items: tqdm(items, unit="picture")
        )
    asked_for = meant(
        holdings(folder),
        chosen.class_name,
        chosen.least,
        chosen.most,
        chosen.order,
        [one.excess for one in apart or ()],
    )
    names = ["picture", "objects", "crowding", "classes"]
    rows: list[list] = []
    for one in asked_for:
        classes = ", ".join(f"{name} × {n}" for name, n in one.classes.items())
        row = [one.name, one.objects, round(one.crowding, 3), classes]
        if apart:
            disagreement = apart[one.index]
            row[3:3] = [round(disagreement.excess, 3), disagreement.missed]
        rows.append(row)
    if apart:
        names[3:3] = ["gap above floor", "picks not first"]
    print(printed(names, rows[: chosen.first], len(names)))
    print(
        ngettext("{n} picture of {all}", "{n} pictures of {all}", len(asked_for), all=len(folder))
    )
    if chosen.csv:
        line = str(folder.path) + (f" · {chosen.detector}" if apart else "")
        chosen.csv.write_text(csv_text(line, names, rows), encoding="utf-8")
