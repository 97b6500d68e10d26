"""Claims about the command line: it speaks the language that the terminal asks for, and English where none does."""

import pytest

from dualviz.commands import main
from dualviz.commands.evaluate import _padded


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN:en")


def test_an_error_is_one_sentence_in_the_language_of_the_terminal(
    chinese: None, capsys: pytest.CaptureFixture
) -> None:
    asked = ["export", "--picture", "nowhere.png", "--out", "x"]
    assert main(asked) == 1
    said = capsys.readouterr().err
    assert said.startswith("dualviz: 没有名为“nowhere.png”的图片") and said.count("\n") == 1


def test_english_is_what_is_spoken_where_the_terminal_asks_for_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert main(["export", "--picture", "nowhere.png", "--out", "x", "--dpi", "9"]) == 1
    assert capsys.readouterr().err == "dualviz: --dpi must be 20 to 2400, got 9\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], ["用法：", "选项", "命令", "双重标签分配", "写出图、数据和页面"]),
        (["export", "--help"], ["用法：", "得分的权重（默认 0.5）", "显示此帮助并退出"]),
        (["train", "--help"], ["总共看到的样本数（默认 60000）"]),
        (["nonsense"], ["无效的选择：'nonsense'"]),
        (["export"], ["缺少以下参数：--out"]),
        (["average", "a", "--out", "/nowhere/b"], ["没有放置 b 的文件夹 /nowhere"]),
    ],
)
def test_help_and_slips_are_in_the_language_of_the_terminal(
    chinese: None, capsys: pytest.CaptureFixture, arguments: list[str], said: list[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    spoken = "".join(capsys.readouterr())
    assert [words for words in said if words not in spoken.replace("\n", "")] == []


def test_a_column_of_a_table_counts_a_chinese_character_twice() -> None:
    assert [_padded(text, 6) for text in ("ab", "路径", "一对多")] == ["ab    ", "路径  ", "一对多"]
    assert _padded("重复", 6, ">") == "  重复"
