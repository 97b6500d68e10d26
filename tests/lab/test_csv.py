"""Claims about the browser's tables: character for character what Python writes, so that no name acts in a spreadsheet."""

import pytest
from lab_reference import in_node, needs_node

from dualviz.exports.rows import csv_text

HOSTILE = (
    "=1+1",
    "+1",
    "-2",
    "-x",
    "@sum",
    'a "b", c',
    "two\n lines",
    "  spaces ",
    "",
    "cell, big",
    "'=",
)


@needs_node
@pytest.mark.parametrize(
    "caption",
    ["a.png · IoU 0.5", "=a.png", 'a,=b.png; "@c, -1.5, -d', "line\none", "x;+y,-0.25 z,-.5;-"],
)
def test_a_table_of_the_browser_is_pythons(caption: str) -> None:
    names = ["class", "p", "place"]
    rows = [[text, -0.5, text] for text in HOSTILE] + [["x", 3, ""]]
    script = """
        const { tableCSV } = await import("../dualviz/lab/kit/csv.js");
        console.log(JSON.stringify({ table: tableCSV(given.caption, given.names, given.rows) }));
    """
    told = in_node(script, {"caption": caption, "names": names, "rows": rows})
    assert told["table"] == csv_text(caption, names, rows)
