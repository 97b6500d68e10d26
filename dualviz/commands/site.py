"""`python -m dualviz site`: everything but training as files for any web server, with the detector inside where it can be."""

import argparse
import sys
from pathlib import Path

from dualviz.commands.arguments import folder_to_fill
from dualviz.detector import load_detector
from dualviz.detector.catalogue import BUNDLED, find_file
from dualviz.exports.site import site_pictures, write_site
from dualviz.exports.site.runtime import runtime_files
from dualviz.words import UserError, _, said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--out",
        type=folder_to_fill,
        required=True,
        help=_("the site's folder; made where it is missing"),
    )
    add(
        "--detector",
        action="append",
        metavar="NAME",
        help=_(
            "one that its pages can run, a name or a weights file, whose licence is your responsibility; may be given again (the bundled ones)"
        ),
    )
    add(
        "--runtime",
        type=Path,
        help=_("an unpacked onnxruntime-web (fetched by npm where none is given)"),
    )
    add(
        "--plain",
        action="store_true",
        help=_("without a detector inside: only the pictures that come with it"),
    )


def run(chosen: argparse.Namespace) -> None:
    names = chosen.detector or [entry.name for entry in BUNDLED if find_file(entry)]
    detectors = [load_detector(name, "cpu") for name in names]
    runtime = None
    if not chosen.plain:
        try:
            runtime = runtime_files(chosen.runtime)
        except UserError as error:
            if chosen.runtime:
                raise
            print(f"{said(error)}; the site is written without a detector inside", file=sys.stderr)
    written = write_site(chosen.out, site_pictures(detectors), detectors, runtime)
    size = sum(path.stat().st_size for path in written)
    print(f"{chosen.out}: {len(written)} files, {size / 1e6:.1f} MB")
