"""What several commands ask of an option: a file's name before hours of work and not after, a number in its range."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar

from dualviz.words import _

Number = TypeVar("Number", int, float)
SIDES = (32, 4096)  # of the network's input, in pixels


def number(low: Number, high: Number) -> Callable[[str], Number]:
    """A reader of an option's number, of the kind of its limits: what lies outside them is refused, not clipped.

    >>> number(0.0, 1.0)("0.25"), number(1, 300)("20")
    (0.25, 20)
    """

    def read(text: str) -> Number:
        try:
            value = type(low)(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:  # NaN lies nowhere
            raise argparse.ArgumentTypeError(
                _(
                    "expected a number from {low} to {high}, got {text}",
                    low=low,
                    high=high,
                    text=text,
                )
            )
        return value

    return read


def add_measured_set(parser: argparse.ArgumentParser) -> None:
    """Declare what a detector is measured on: --detector, --annotations, --images, --size and --device."""
    add = parser.add_argument
    add("--detector", default="pico-cells", help=_("a catalogue name or a weights file"))
    add(
        "--annotations",
        required=True,
        help=_(
            "COCO JSON, data.yaml, or a folder as YOLO, PASCAL VOC, Roboflow, CVAT or Label Studio leave it"
        ),
    )
    add("--images", help=_("folder of the pictures (default: beside the JSON, with its name)"))
    add(
        "--size",
        type=number(*SIDES),
        help=_("longer side of the network's input (default: of the weights)"),
    )
    add("--device", default="auto", help=_("auto, cuda, mps or cpu"))


def file_to_write(name: str) -> Path:
    """Refuse a file to write whose folder is not there or takes nothing, or that is a folder."""
    path = _no_folder(name)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            _("there is no folder {folder} for {name}", folder=path.parent, name=path.name)
        )
    _try(path.parent)
    if path.exists() and not os.access(path, os.W_OK):
        raise argparse.ArgumentTypeError(_("{name} may not be written", name=name))
    return path


def folder_to_fill(name: str) -> Path:
    """Refuse a folder to write to, made where it is missing, that is a file or that nothing can be written to."""
    path = Path(name)
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not there.is_dir():
        raise argparse.ArgumentTypeError(_("{name} is a file, expected a folder", name=there))
    _try(there)
    return path


def new_file(name: str) -> Path:
    """Refuse a file to write that is a folder, or whose folder, made where it is missing, takes nothing."""
    path = _no_folder(name)
    folder_to_fill(str(path.parent))
    return path


def _no_folder(name: str) -> Path:
    """Refuse a file's name that is a folder's."""
    path = Path(name)
    if path.is_dir():
        raise argparse.ArgumentTypeError(_("{name} is a folder, expected a file", name=name))
    return path


def _try(folder: Path) -> None:
    """Refuse a folder to which nothing can be written, by writing to it."""
    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise argparse.ArgumentTypeError(
            _(
                "nothing can be written to {folder} ({reason})",
                folder=folder,
                reason=error.strerror,
            )
        ) from None


def drawing_to_write(name: str) -> Path:
    """Refuse a figure's name before hours of measuring, not after."""
    path = file_to_write(name)
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise argparse.ArgumentTypeError(_("{name} must end in .png, .svg or .pdf", name=name))
    return path
