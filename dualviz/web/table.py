"""A small table as every page shows one: it has a name, can be read out and printed, and scrolls in its own frame."""

import html
import re
from collections.abc import Mapping, Sequence

import streamlit as st

Row = Mapping[str, str | float | None]
_NUMBER = re.compile(r"[−+]?[\d.,]+( ± [\d.]+)?|—")


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
            return html.escape(value)
        if value is None or value != value:
            return "—"
        return f"{value:,.{digits.get(column, 0)}f}".replace("-", "−")

    def line(tag: str, cells: Mapping[str, str]) -> str:
        def one(place: int, column: str) -> str:
            kind = (
                "th scope=row"
                if tag == "td" and not place
                else "th scope=col"
                if tag == "th"
                else tag
            )
            side = " class=number" if column in numeric else ""
            return f"<{kind}{side}>{cells[column]}</{kind.split()[0]}>"

        return f"<tr>{''.join(one(place, column) for place, column in enumerate(cells))}</tr>"

    head = line("th", {column: html.escape(column) for column in rows[0]})
    body = "".join(line("td", {c: cell(c, row[c]) for c in rows[0]}) for row in rows)
    said = html.escape(name, quote=True)
    return (
        f'<div class="table" role="region" aria-label="{said}" tabindex="0"><table><caption>{said}</caption>'
        f"<thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )
