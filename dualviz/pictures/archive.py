"""A labelled set in one zip, as people upload it: unpacked within a budget, and never beyond its own folder."""

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from dualviz.pictures.dataset import CocoFolder
from dualviz.words import UserError

MOST_FILES, MOST_BYTES = 20_000, 2**30  # of one set


def unpack(
    archive: Path | BinaryIO,
    name: str,
    folder: Path,
    heed: Callable[[Iterable[zipfile.ZipInfo]], Iterable[zipfile.ZipInfo]] = iter,
) -> None:
    """Unpack a zip into a folder, which exists afterwards.

    Args:
        archive: the zip.
        name: what the sentences call it.
        folder: where to; names that lead out of it are shortened until they do not.
        heed: goes through the files, and may stop on the way.

    Raises:
        UserError: no zip, a damaged one, or more than `MOST_FILES` or `MOST_BYTES`, before anything is written.
    """
    folder.mkdir(exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            files = [entry for entry in opened.infolist() if not entry.is_dir()]
            size = sum(entry.file_size for entry in files)
            if len(files) > MOST_FILES or size > MOST_BYTES:
                raise UserError(
                    "{name} holds {files} files of {size} MB, expected at most {most} of {limit} MB",
                    name=name,
                    files=f"{len(files):,}",
                    size=size // 2**20,
                    most=f"{MOST_FILES:,}",
                    limit=MOST_BYTES // 2**20,
                )
            for entry in heed(files):
                opened.extract(entry, folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UserError(
            "{name} is no zip that can be read ({reason})", name=name, reason=str(error)
        ) from None


def place_in(folder: Path) -> Path:
    """Where the set begins in an unpacked folder: there, or in the only folder that lies in it."""
    folders = [path for path in folder.iterdir() if path.is_dir() and path.name != "__MACOSX"]
    named = any(path.suffix.lower() in (".json", ".yaml", ".yml") for path in folder.iterdir())
    return folder if named or len(folders) != 1 or folders[0].name == "images" else folders[0]


def refuse_beyond(folder: Path, labelled: CocoFolder, name: str) -> None:
    """Refuse a set whose lists name pictures that did not come with it.

    Raises:
        UserError: with the first such file's name.
    """
    inside = folder.resolve()
    for file in labelled.files:
        if not file.resolve().is_relative_to(inside):
            raise UserError(
                "{name} names a picture that is not in it: {file}", name=name, file=file.name
            )
