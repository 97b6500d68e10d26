"""Files to which a run adds a line of JSON now and then, and which may be read while it writes.

A line that was cut off, because the process ended in its middle or is in it now, does not count.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def read(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file; none where there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return []
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def write(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Put these lines in the place of all."""
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")


def add(path: Path, record: dict[str, Any]) -> None:
    """Add a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
