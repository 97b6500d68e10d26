"""What several commands ask of a file's name, before hours of work and not after."""

import argparse
from pathlib import Path

from dualviz.words import _


def file_to_write(name: str) -> Path:
    """Refuse a file to write whose folder is not there, or that is a folder."""
    path = Path(name)
    if path.is_dir():
        raise argparse.ArgumentTypeError(_("{name} is a folder, expected a file", name=name))
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            _("there is no folder {folder} for {name}", folder=path.parent, name=path.name)
        )
    return path


def drawing_to_write(name: str) -> Path:
    """Refuse a figure's name before hours of measuring, not after."""
    path = file_to_write(name)
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise argparse.ArgumentTypeError(_("{name} must end in .png, .svg or .pdf", name=name))
    return path
