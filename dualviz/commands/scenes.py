"""`python -m dualviz scenes`: render the bundled scenes with their truth."""

import argparse

from dualviz.commands.arguments import folder_to_fill
from dualviz.pictures.scenes import SAMPLE_FOLDER, write_samples
from dualviz.words import _, ngettext


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz scenes`."""
    parser.add_argument(
        "--out", type=folder_to_fill, default=SAMPLE_FOLDER, help=_("folder for the pictures")
    )


def run(chosen: argparse.Namespace) -> None:
    """Render every bundled scene into the folder, their truth beside them."""
    write_samples(chosen.out)
    count = len(list(chosen.out.glob("*.jpg")))
    print(ngettext("{folder}: {n} scene", "{folder}: {n} scenes", count, folder=chosen.out))
