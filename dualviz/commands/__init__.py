"""DualViz without a browser: one file a command; this one only chooses.

Each command's module declares its options in `add_arguments(parser)` and does its work in `run(chosen)`. It is imported
only when its name is given, so that `--help` brings no torch.
"""

import argparse
import sys
from importlib import import_module

# name: what it does
COMMANDS = {
    "dataset": "make a labelled set: smears, or from PASCAL VOC's folders",
    "train": "train a detector with both heads",
    "average": "the mean of weights of one run",
    "evaluate": "measure both heads on a labelled set",
    "ablate": "train and measure the ablation's rows",
    "verdicts": "what the ablation's runs say to the paper's claims, and how often verdicts err",
    "export": "write figures, data and pages",
    "site": "write everything but training as a static site",
    "replay": "fill and measure the replay's folder",
    "crowding": "measure what crowding costs with NMS and without",
    "study": "measure calibration, starving objects or remedies on a labelled set",
    "scenes": "render the bundled scenes",
    "weights": "say what weights are here; fetch official ones",
    "words": "bring the catalogues up to what the program says",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 with one sentence on the error stream."""
    given = sys.argv[1:] if arguments is None else arguments
    chosen = _parser(given).parse_args(given)
    try:
        chosen.command(chosen)
    except (ValueError, RuntimeError, ModuleNotFoundError, OSError) as error:
        print(f"dualviz: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(f"dualviz: interrupted; {error or 'what was saved stays'}", file=sys.stderr)
        return 130
    return 0


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """All commands by name, and the options of the one that is given."""
    parser = argparse.ArgumentParser(
        prog="python -m dualviz", description="See, touch and test dual label assignment."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, words in COMMANDS.items():
        command = commands.add_parser(name, help=words)
        if name in given[:1]:
            module = import_module(f"dualviz.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(command=module.run)
    return parser
