"""Claims about the typefaces of figures: Chinese where this machine can write it, English and a word on it where not."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from dualviz import words
from dualviz.charts.print import COLUMN, typeface
from dualviz.charts.print.sheet import printable, text_width, wrapped


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Say which families this machine has."""

    def these(*names: str) -> None:
        fonts = [SimpleNamespace(name=name) for name in names]
        monkeypatch.setattr(typeface, "fontManager", SimpleNamespace(ttflist=fonts))
        typeface.typeface.cache_clear()

    yield these
    typeface.typeface.cache_clear()


def test_a_figure_stays_english_where_no_typeface_has_chinese_and_it_is_said(installed) -> None:
    installed("DejaVu Sans", "Arial")
    with words.speaking("zh_CN"):
        with typeface.figure_language():
            assert words._("Stage") == "Stage"
        assert words._("Stage") == "画面"
        note = typeface.figure_note()
        assert "英文" in note
    assert typeface.families() == ["sans-serif"]
    assert typeface.figure_note() == "", "who reads English misses nothing"


def test_the_best_installed_typeface_is_taken_for_chinese(installed) -> None:
    installed("SimHei", "DejaVu Sans", "Noto Sans CJK SC")
    with words.speaking("zh_CN"), typeface.figure_language():
        assert words._("Stage") == "画面" and typeface.figure_note() == ""
    assert typeface.families() == ["sans-serif", "Noto Sans CJK SC"]


def test_chinese_breaks_between_characters_and_no_line_begins_with_a_full_stop() -> None:
    text = "重叠度（IoU）最大的锚点，并不一定就是首选；得分 p 与重叠度 u 共同决定 m。"
    for width in (0.4, 0.7, 1.1):
        lines = wrapped(text, width, COLUMN.size)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert len(lines) > 2 and not any(line[0] in "，。；）" for line in lines)
        assert not any(line[-1] in "（" for line in lines)
        assert all(text_width(line, COLUMN.size) <= width for line in lines if len(line) > 5)


def test_what_no_typeface_has_becomes_a_box() -> None:
    assert printable("IoU 0.5 \U0010ffff") == "IoU 0.5 □"
    if typeface.typeface("zh_CN"):
        assert printable("重叠度.png") == "重叠度.png"
