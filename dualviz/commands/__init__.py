"""DualViz without a browser: one file a command; this one only chooses, and speaks the language of the environment.

Each command's module declares its options in `add_arguments(parser)` and does its work in `run(chosen)`. It is imported
only when its name is given, so that `--help` brings no torch.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from importlib import import_module

from dualviz.words import Labels, _, closest, said, speaking

# name: what it does
COMMANDS = Labels(
    {
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
        "study": "measure calibration, starving objects, remedies, or all of it on a labelled set",
        "pictures": "say what pictures are here; find some of a set",
        "scenes": "render the bundled scenes",
        "weights": "say what weights are here; fetch official ones",
        "words": "bring the catalogues up to what the program says",
    }
)
# What argparse itself says; it asks gettext, to which it is given our door.
ARGPARSE = Labels(
    {
        "usage: ": "usage: ",
        "options": "options",
        "positional arguments": "positional arguments",
        "show this help message and exit": "show this help message and exit",
        "%(prog)s: error: %(message)s\n": "%(prog)s: error: %(message)s\n",
        "argument %(argument_name)s: %(message)s": "argument %(argument_name)s: %(message)s",
        "the following arguments are required: %s": "the following arguments are required: %s",
        "unrecognized arguments: %s": "unrecognized arguments: %s",
        "invalid choice: %(value)r (choose from %(choices)s)": "invalid choice: %(value)r (choose from %(choices)s)",
        "invalid %(type)s value: %(value)r": "invalid %(type)s value: %(value)r",
        "not allowed with argument %s": "not allowed with argument %s",
        "one of the arguments %s is required": "one of the arguments %s is required",
        "expected one argument": "expected one argument",
        "expected at least one argument": "expected at least one argument",
    }
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 with one sentence on the error stream."""
    with speaking(spoken(os.environ)):
        return _run(sys.argv[1:] if arguments is None else arguments)


def spoken(environment: Mapping[str, str]) -> str:
    """The language that a terminal asks for, by the variables that gettext reads; English where none names another.

    >>> spoken({"LANG": "zh_CN.UTF-8"}), spoken({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}), spoken({})
    ('zh_CN', 'en', 'en')
    """
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((environment[name] for name in names if environment.get(name)), "")
    return closest(wanted.split(":")[0].split(".")[0])


def _run(given: list[str]) -> int:
    chosen = _parser(given).parse_args(given)
    try:
        chosen.command(chosen)
    except (ValueError, RuntimeError, ModuleNotFoundError, OSError) as error:
        print(f"dualviz: {said(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        if os.environ.get("RANK", "0") != "0":  # of several processes the first one speaks
            return 130
        reason = str(error) or _("what was saved stays")
        print(_("dualviz: interrupted; {reason}", reason=reason), file=sys.stderr)
        return 130
    return 0


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """All commands by name, and the options of the one that is given."""
    setattr(argparse, "_", lambda text: ARGPARSE.get(text, text))  # noqa: B010
    parser = argparse.ArgumentParser(
        prog="python -m dualviz", description=_("See, touch and test dual label assignment.")
    )
    commands = parser.add_subparsers(required=True, metavar=_("command"))
    for name, words in COMMANDS.items():
        command = commands.add_parser(name, help=words)
        if name in given[:1]:
            module = import_module(f"dualviz.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(command=module.run)
    return parser
