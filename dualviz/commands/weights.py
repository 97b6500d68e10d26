"""`python -m dualviz weights`: what weights are here, and official ones fetched by name."""

import argparse
from pathlib import Path

from tqdm import tqdm

from dualviz.detector.catalogue import BUNDLED, OFFICIAL, Entry, cache_folder, find_file
from dualviz.detector.download import Progress, expected_megabytes, fetch
from dualviz.words import UserError, _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=_(
            "official weights to fetch, as yolov10n; without a name: say what is here and what could be fetched"
        ),
    )
    parser.add_argument(
        "--folder", type=Path, help=_("where to lay them (the cache folder where none is given)")
    )


def run(chosen: argparse.Namespace) -> None:
    if not chosen.names:
        _say_what_is_here()
    for entry in [_official(name) for name in chosen.names]:
        _bring(entry, chosen.folder)


def _official(name: str) -> Entry:
    entry = next((entry for entry in OFFICIAL if entry.name == name), None)
    if entry is None:
        raise UserError(
            "no official weights are called '{name}', expected {names}",
            name=name,
            names=", ".join(entry.name for entry in OFFICIAL),
        )
    return entry


def _say_what_is_here() -> None:
    for entry in BUNDLED + OFFICIAL:
        path = find_file(entry)
        place = path or _("not here, {size} MB", size=expected_megabytes(entry.scale))
        print(f"{entry.name:<12} {entry.licence:<9} {place}")
    print(_("Fetched weights lie in {folder}.", folder=cache_folder()))


def _bring(entry: Entry, folder: Path | None) -> None:
    print(
        _(
            "{name}: {size} MB, licence {licence} of their authors (not MIT), from {source}",
            name=entry.name,
            licence=entry.licence,
            source=entry.sources[0],
            size=expected_megabytes(entry.scale),
        ),
        flush=True,
    )
    with tqdm(unit="B", unit_scale=True, leave=False) as bar:

        def tell(progress: Progress) -> None:
            bar.total = progress.whole
            bar.update(progress.here - bar.n)

        fetched = fetch(entry, tell, folder=folder)
    state = (
        _("a file that was measured here")
        if fetched.known
        else _("a copy that was not measured here, with the right scale and classes")
    )
    print(f"{fetched.path}\nSHA-256 {fetched.sha256} ({state})")
