"""Files in assets/ that hold one record a name: what was measured of each detector, a line each."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

Record = TypeVar("Record")


def read_records(
    path: Path, read: Callable[[Any], Record], refused: Callable[[str], ValueError]
) -> dict[str, Record]:
    """What stands in a file, by name; nothing where there is no file.

    Args:
        path: of the file.
        read: makes a record of what was read of it.
        refused: the error for a file that is none of this kind, from what is wrong.
    """
    if not path.is_file():
        return {}
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return {name: read(record) for name, record in given.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise refused(repr(error)) from None


def write_records(path: Path, records: Mapping[str, Any]) -> None:
    """Write them in their order, without numbers that are none."""
    lines = (
        f"{json.dumps(name)}: {json.dumps(one, allow_nan=False, separators=(',', ':'))}"
        for name, one in records.items()
    )
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
