"""A labelled set in one zip, as people upload it: unpacked within a budget, and never beyond its own folder."""

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from dualviz.pictures.objects import cut
from dualviz.words import UserError

MOST_FILES, MOST_BYTES = 20_000, 2**30  # of one set
MOST_TEXT = (
    32 * 2**20
)  # bytes of one list, truth or settings: read, it takes up to twenty times as much
DAMAGED = (  # what zipfile and its decoders raise over a damaged or foreign file
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, RuntimeError, EOFError, OSError, ValueError),
)
TEXTS = (".json", ".xml", ".txt", ".yaml", ".yml", ".names", ".labels")


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
        UserError: no zip, a damaged one, or what `refuse_much` refuses, before anything is written.
    """
    folder.mkdir(exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            files = [entry for entry in opened.infolist() if not entry.is_dir()]
            refuse_much([(entry.filename, entry.file_size) for entry in files], name)
            for entry in heed(files):
                opened.extract(entry, folder)
    except UserError:
        raise
    except DAMAGED as error:
        reason = getattr(error, "strerror", None) or cut(error, 120)  # without the server's folders
        raise UserError(
            "{name} is no zip that can be read ({reason})", name=name, reason=reason
        ) from None


def refuse_much(files: Sequence[tuple[str, int]], name: str) -> None:
    """Refuse a set that is larger than can be read for somebody else.

    Args:
        files: name and bytes of each.
        name: what the sentences call the set.

    Raises:
        UserError: more than `MOST_FILES` or `MOST_BYTES`, or a text of more than `MOST_TEXT`.
    """
    size = sum(bytes_ for _file, bytes_ in files)
    if len(files) > MOST_FILES or size > MOST_BYTES:
        raise UserError(
            "{name} holds {files} files of {size} MB, expected at most {most} of {limit} MB",
            name=name,
            files=f"{len(files):,}",
            size=size // 2**20,
            most=f"{MOST_FILES:,}",
            limit=MOST_BYTES // 2**20,
        )
    for file, bytes_ in files:
        if bytes_ > MOST_TEXT and file.lower().endswith(TEXTS):
            raise UserError(
                "{file} has {size} MB, expected at most {limit} of a text in a set",
                file=cut(file, 120),
                size=bytes_ // 2**20,
                limit=MOST_TEXT // 2**20,
            )


def place_in(folder: Path) -> Path:
    """Where the set begins in an unpacked folder: there, or in the only folder that lies in it."""
    folders = [path for path in folder.iterdir() if path.is_dir() and path.name != "__MACOSX"]
    named = any(path.suffix.lower() in (".json", ".yaml", ".yml") for path in folder.iterdir())
    return folder if named or len(folders) != 1 or folders[0].name == "images" else folders[0]
