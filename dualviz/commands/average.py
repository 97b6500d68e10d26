"""`python -m dualviz average`: the mean of weights of one run."""

import argparse

from dualviz.commands.arguments import file_to_write
from dualviz.training.state import average
from dualviz.words import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz average`."""
    add = parser.add_argument
    add("weights", nargs="+", help=_("files of one scale and the same classes"))
    add("--out", type=file_to_write, required=True, help=_("the file to write"))


def run(chosen: argparse.Namespace) -> None:
    """Write the mean of the named weights."""
    average(chosen.weights, chosen.out)
    print(_("{file}: the mean of {n}", file=chosen.out, n=len(chosen.weights)))
