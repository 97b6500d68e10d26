"""What several commands ask of an option: a file's name before hours of work and not after, a number in its range."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar

from dualviz.words import UserError, _

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
    """Refuse a file to write whose folder is not there, that is a folder, or that cannot be written there."""
    path = Path(name)
    if path.is_dir():
        raise argparse.ArgumentTypeError(_("{name} is a folder, expected a file", name=name))
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            _("there is no folder {folder} for {name}", folder=path.parent, name=path.name)
        )
    try:
        try_to_write(path)
    except OSError as error:
        raise argparse.ArgumentTypeError(
            _("{name} cannot be written ({reason})", name=name, reason=error.strerror)
        ) from error
    return path


def drawing_to_write(name: str) -> Path:
    """Refuse a figure's name before hours of measuring, not after."""
    path = file_to_write(name)
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise argparse.ArgumentTypeError(_("{name} must end in .png, .svg or .pdf", name=name))
    return path


def try_to_write(file: Path) -> None:
    """Open a file for writing and leave all as it was; rights alone do not say what a system allows.

    Raises:
        OSError: it cannot be written.
    """
    new = not file.exists()
    with file.open("ab"):
        pass
    if new:
        file.unlink()


@contextmanager
def folder_to_be(folder: Path) -> Iterator[None]:
    """Make a folder, and see that files can be written there, before the work that fills it.

    Where that work fails, what was made and is empty goes again.

    Raises:
        UserError: it is a file.
        OSError: it cannot be made, or holds no new files.
    """
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    if folder.exists() and not folder.is_dir():
        raise UserError("{name} is a file, expected a folder", name=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
        yield
    except BaseException:
        for place in new:
            with suppress(OSError):
                place.rmdir()
        raise
