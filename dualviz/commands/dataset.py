"""`python -m dualviz dataset`: make a labelled set, of rendered smears or from PASCAL VOC's folders."""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from dualviz.commands.arguments import new_file, number
from dualviz.pictures import scenes
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.voc_set import coco_of_voc, voc_folders
from dualviz.words import UserError, _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz dataset`."""
    add = parser.add_argument
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--smears", type=number(1, 100_000), help=_("render so many random blood smears")
    )
    source.add_argument(
        "--voc", type=Path, help=_("folder of Annotations, JPEGImages and ImageSets")
    )
    add(
        "--out",
        type=new_file,
        required=True,
        help=_("the COCO JSON; smears go into the folder beside it"),
    )
    add(
        "--list",
        default="",
        help=_("of ImageSets/Main, for instance train (default: every annotation)"),
    )
    add(
        "--seed",
        type=int,
        default=1000,
        help=_("of the first smear (the Evaluation page's: 0 to 499)"),
    )
    add(
        "--crowding",
        default="mixed",
        choices=list(scenes.CROWDS),
        help=_("of the smears (default mixed)"),
    )


def run(chosen: argparse.Namespace) -> None:
    """Write the set and say how to train on it."""
    if chosen.voc:
        if not chosen.voc.is_dir() or (voc := voc_folders(chosen.voc)) is None:
            raise UserError(
                "{folder} must be in PASCAL VOC's folders, but there is no {part}",
                folder=chosen.voc,
                part="Annotations/*.xml, JPEGImages",
            )
        document, left_out = coco_of_voc(voc, chosen.list)
        for sentence in left_out:
            print(sentence, file=sys.stderr)
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps(document), encoding="utf-8")
        folder = CocoFolder(chosen.out, voc.pictures)
        also = f" --images {folder.folder}"
    else:
        named = tqdm(
            scenes.random_scenes(chosen.smears, chosen.seed, chosen.crowding), total=chosen.smears
        )
        scenes.write_scenes(named, chosen.out.with_suffix(""), chosen.out)
        folder, also = CocoFolder(chosen.out), ""
    for note in folder.notes:
        print(note, file=sys.stderr)
    print(
        _(
            "{file}: {pictures} pictures, {objects} objects of {classes}",
            file=chosen.out,
            pictures=len(folder),
            objects=folder.objects,
            classes=", ".join(folder.class_names),
        )
    )
    print(f"python -m dualviz train --annotations {chosen.out}{also} --out FOLDER")
