"""A small table as every page shows one: it has a name, can be read out and printed, and fits a phone.

A table that is too wide for a phone stands there row under row, each value beside its column's name (`page.css`).
"""

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence

import streamlit as st

Row = Mapping[str, str | float | None]
PHONE = 358  # pixels between the margins of a phone of 390
LETTER, PADDING = 7, 8  # pixels of a letter at a table's size of type, and beside each cell
_NUMBER = re.compile(r"[−+]?[\d.,]+( ± [\d.]+| \([\d.,]+ … [\d.,]+\)| / \d+ \(\d+ %\))?|—")


def table(rows: Sequence[Row], name: str, digits: Mapping[str, int] | None = None) -> None:
    """Show rows under the names of their columns.

    Args:
        rows: cells by column, all with the columns of the first; text as it stands, numbers to the right, None and NaN "—".
        name: of the table, above it.
        digits: behind the point, by column; whole numbers elsewhere.
    """
    st.html(markup(rows, name, digits or {}))


def markup(rows: Sequence[Row], name: str, digits: Mapping[str, int]) -> str:
    """The table as HTML; nothing in a cell is taken for markup.

    >>> markup([{"a": "<b>", "n": 1.25}], "Two", {"n": 1}).count("<b>")
    0
    """
    numeric = {
        column
        for column in rows[0]
        if all(_NUMBER.fullmatch(cell) for row in rows if isinstance(cell := row[column], str))
    }

    def cell(column: str, value: str | float | None) -> str:
        if isinstance(value, str):
            return value
        if value is None or value != value:
            return "—"
        return f"{value:,.{digits.get(column, 0)}f}".replace("-", "−")

    def line(place: int, column: str, text: str) -> str:
        side = " class=number" if column in numeric else ""
        text = html.escape(text)
        if not place:
            whole = side or ("" if " " in text else " class=word")
            return f"<th scope=row role=rowheader{whole}>{text}</th>"
        of = html.escape(column, quote=True)
        return f'<td role=cell data-of="{of}"{side}>{text}</td>'

    texts = [{column: cell(column, row[column]) for column in rows[0]} for row in rows]
    widest = sum(_least(column, texts, column in numeric) for column in rows[0])
    head = "".join(
        f"<th scope=col role=columnheader{' class=number' if column in numeric else ''}>{html.escape(column)}</th>"
        for column in rows[0]
    )
    body = "".join(
        f"<tr role=row>{''.join(line(place, *one) for place, one in enumerate(text.items()))}</tr>"
        for text in texts
    )
    said = html.escape(name, quote=True)
    return (
        f'<div class="table{" wide" if widest > PHONE else ""}" role="region" aria-label="{said}" tabindex="0">'
        f"<table role=table><caption>{said}</caption><thead role=rowgroup><tr role=row>{head}</tr></thead>"
        f"<tbody role=rowgroup>{body}</tbody></table></div>"
    )


def _least(column: str, texts: Sequence[Mapping[str, str]], numeric: bool) -> int:
    """Pixels that a column needs: numbers are never broken, words stand one below the other."""
    cells = [text[column] for text in texts]
    whole = cells if numeric else [word for text in cells for word in text.split()]
    letters = max((_letters(word) for word in (*whole, *column.split())), default=0)
    return LETTER * letters + PADDING * (2 if numeric else 1)


def _letters(word: str) -> int:
    """Letters of a word; a Chinese one takes the room of two, and a line may break behind it."""
    wide = [unicodedata.east_asian_width(letter) in "WF" for letter in word]
    return len(word) if not any(wide) else max(2 * min(sum(wide), 3), len(word) - sum(wide))
