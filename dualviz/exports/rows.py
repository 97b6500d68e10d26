"""A table as CSV in which no name of a file or a class can act: a spreadsheet would compute what begins as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

import dualviz

# the settings' line is not quoted, so that a spreadsheet divides it at these
_FORMULA = re.compile(r"([,;][ \"']*)(?=[=+@]|-(?![\d.]+(?:[,;\s]|$)))")


def csv_text(line: str, names: Sequence[str], rows: Iterable[Sequence]) -> str:
    r"""The settings after "#" with the version that wrote them, one header, one line a row.

    >>> csv_text("a,=b.png", ("class", "p"), [("=1+1", -0.5)])
    "# a,'=b.png · DualViz ...\nclass,p\n'=1+1,-0.5\n"
    """
    text = io.StringIO()
    text.write(f"# {_FORMULA.sub(_quoted, ' '.join(line.split()))} · {dualviz.MADE_BY}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    cell = " ".join(cell.split())
    return f"'{cell}" if cell[:1] in tuple("=+-@") else cell


def _quoted(match: re.Match) -> str:
    return f"{match.group(1)}'"
