"""A table as CSV in which no name of a file or a class can act: a spreadsheet would compute what begins as a formula.

Lines that begin with "#" say what it is; an empty line parts a table from the next.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dualviz

_MADE = f" · {dualviz.MADE_BY}"
# the settings' line is not quoted, so that a spreadsheet divides it at these
_FORMULA = re.compile(r"([,;][ \"']*)(?=[=+@]|-(?![\d.]+(?:[,;\s]|$)))")


def csv_text(line: str, names: Sequence[str], rows: Iterable[Sequence]) -> str:
    r"""The settings after "#" with the version that wrote them, one header, one line a row.

    >>> csv_text("a,=b.png", ("class", "p"), [("=1+1", -0.5)])
    "# a,'=b.png · DualViz ...\nclass,p\n'=1+1,-0.5\n"
    """
    text = io.StringIO()
    text.write(f"{_comment(line)}{_MADE}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def settings_of(table: str) -> str:
    """The settings in a table's first line."""
    return table.partition("\n")[0].removeprefix("# ").removesuffix(_MADE)


def headed(table: str, said: Mapping[str, str]) -> str:
    """The table with the rest of what a file says of itself behind the settings, a line each."""
    settings, _line, rows = table.partition("\n")
    known = ("settings", "version")  # in the first line
    lines = [_comment(f"{key}: {words}") for key, words in said.items() if key not in known]
    return "\n".join((settings, *lines, rows))


def tables_of(table: str) -> list[dict[str, Any]]:
    r"""The tables of a CSV: of each what it is, its columns, and rows of numbers, texts and None.

    >>> tables_of("# a\nname,p\n'=x,0.5\nb,\n")[0]["rows"]
    [['=x', 0.5], ['b', None]]
    """
    made = []
    for part in table.strip().split("\n\n"):
        lines = [line for line in part.split("\n") if not line.startswith("# ")]
        columns, *rows = csv.reader(lines)
        cells = [[_read(cell) for cell in row] for row in rows]
        made.append({"what": settings_of(part), "columns": columns, "rows": cells})
    return made


def _read(cell: str) -> float | str | None:
    try:
        return float(cell) if "." in cell or "e" in cell else int(cell)
    except ValueError:
        return re.sub(r"^'(?=[=+\-@])", "", cell) or None


def _comment(line: str) -> str:
    return f"# {_FORMULA.sub(_quoted, ' '.join(line.split()))}"


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    cell = " ".join(cell.split())
    return f"'{cell}" if cell[:1] in tuple("=+-@") else cell


def _quoted(match: re.Match) -> str:
    return f"{match.group(1)}'"
