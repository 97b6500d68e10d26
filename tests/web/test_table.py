"""Claims about tables: named, numbers to the right, whole on a phone, and nothing in a cell is taken for markup."""

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
    assert text.count("role=row>") == 3 and text.count("role=cell") == 6


def test_a_cell_is_text() -> None:
    assert "<i>" not in markup(ROWS, "", {}) and "&lt;i&gt;one" in markup(ROWS, "", {})


def test_numbers_stand_to_the_right_with_their_digits_and_what_is_missing_is_a_dash() -> None:
    text = markup(ROWS, "", {"p": 2})
    for cell in (">1,234<", ">0.50<", ">45.0 ± 1.3<"):
        assert f"class=number{cell}" in text
    assert text.count("class=number>—<") == 2
    assert ">−1.5<" in markup([{"way": "a", "n": -1.5}], "", {"n": 1})


def test_a_table_that_a_phone_cannot_hold_is_marked_and_each_value_names_its_column() -> None:
    narrow = markup([{"way": "Top-1, then conflicts", "Σ m": 4.5664, "of": 14}], "", {"Σ m": 4})
    assert 'class="table"' in narrow, "words stand one below the other"
    many = {f"measure {n}": "45.0 ± 1.3" for n in range(4)}
    assert 'class="table wide"' in markup([{"way": "both"} | many], "", {})
    chinese = markup([{"方式": "一对多头"} | {f"指标 {n}": "45.0 ± 1.3" for n in range(4)}], "", {})
    assert 'class="table wide"' in chinese
    assert 'data-of="a &quot;quoted&quot; n"' in markup([{"way": "x", 'a "quoted" n': 1}], "", {})


def test_shares_and_intervals_are_numbers() -> None:
    rows = [{"way": "a", "of": "2 / 8 (25 %)", "within": "23.9 (19.5 … 28.8)", "p": "0.9 to 1.1"}]
    assert markup(rows, "", {}).count("<td role=cell data-of=") == 3
    assert markup(rows, "", {}).count("class=number>") == 4, "two columns, head and cell"
