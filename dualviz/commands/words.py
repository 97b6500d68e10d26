"""`python -m dualviz words`: bring the catalogues up to what the program says, and count what waits for a translator."""

import argparse
import re

from dualviz.words import HERE, LANGUAGES, UserError, _
from dualviz.words.catalogue import Catalogue, read_po, write_po
from dualviz.words.gather import gathered, merged

START = {"zh_CN": "0"}  # the rule of a catalogue that does not exist yet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check",
        action="store_true",
        help=_("only say whether a catalogue is behind; change no file"),
    )


def run(chosen: argparse.Namespace) -> None:
    sentences = gathered()
    behind = []
    for name in LANGUAGES:
        if name not in START:
            continue
        path = HERE / f"{name}.po"
        old = read_po(path) if path.exists() else Catalogue(name, {}, START[name])
        new = merged(old, sentences)
        waiting = sum(not entry.forms for entry in new.entries.values())
        print(
            _(
                "{language}: {all} sentences, {waiting} wait for a translation",
                language=name,
                all=len(new.entries),
                waiting=waiting,
            )
        )
        if new == old:
            continue
        behind.append(name)
        if not chosen.check:
            write_po(path, new, forms=1 + max(map(int, re.findall(r"\d", new.rule))))
    if chosen.check and behind:
        raise UserError(
            "behind what the program says: {languages}; run `dualviz words`",
            languages=", ".join(behind),
        )
