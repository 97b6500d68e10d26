"""Claims about tables: named, numbers to the right, and nothing in a cell is taken for markup."""

import math

from dualviz.web.table import markup

ROWS = [
    {"way": "<i>one</i>", "n": 1234, "p": 0.5, "spread": "45.0 ± 1.3"},
    {"way": "two", "n": 7, "p": math.nan, "spread": "—"},
]


def test_a_table_is_named_for_eyes_and_ears_and_its_rows_and_columns_are_headed() -> None:
    text = markup(ROWS, 'Ways & "means"', {"p": 2})
    assert "<caption>Ways &amp; &quot;means&quot;</caption>" in text
    assert 'aria-label="Ways &amp; &quot;means&quot;" tabindex="0"' in text
    assert text.count("scope=col") == 4 and text.count("scope=row") == 2


def test_a_cell_is_text() -> None:
    assert "<i>" not in markup(ROWS, "", {}) and "&lt;i&gt;one" in markup(ROWS, "", {})


def test_numbers_stand_to_the_right_with_their_digits_and_what_is_missing_is_a_dash() -> None:
    text = markup(ROWS, "", {"p": 2})
    for cell in (">1,234<", ">0.50<", ">45.0 ± 1.3<"):
        assert f"class=number{cell}" in text
    assert text.count("class=number>—<") == 2
    assert ">−1.5<" in markup([{"way": "a", "n": -1.5}], "", {"n": 1})
