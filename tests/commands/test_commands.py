"""Claims about the command line: it speaks the language that the terminal asks for, and English where none does."""

import argparse
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dualviz.commands import arguments, main
from dualviz.commands.address import follow
from dualviz.commands.printed import places, printed
from dualviz.detector import choose_device


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


def test_columns_of_a_table_end_at_one_place_whatever_the_language() -> None:
    table = printed(
        ["路径", "AP", "重复"], [["一对多，未处理", "0.3", "12"], ["NMS", "0.4375", "0"]]
    )
    lines = table.splitlines()
    assert {places(line) for line in lines} == {places("一对多，未处理") + 2 + 6 + 2 + 4}
    assert lines[0] == "路径" + " " * 10 + "  " + "    AP" + "  " + "重复"


@pytest.mark.parametrize(
    ("command", "option", "value", "limits"),
    [
        ("export --picture sparse --out x", "--confidence", "5", "0.01 to 0.99"),
        ("export --picture sparse --out x", "--confidence", "nan", "0.01 to 0.99"),
        ("export --picture sparse --out x", "--iou", "-0.1", "0.0 to 1.0"),
        ("export --picture sparse --out x", "--max-detections", "0", "1 to 300"),
        ("export --picture sparse --out x", "--size", "100000", "32 to 4096"),
        ("export --picture sparse --out x", "--object", "0", "1 to 1000"),
        ("export --picture sparse --out x", "--step", "-7", "-1 to 1000000"),
        ("evaluate --annotations x", "--size", "31", "32 to 4096"),
        ("study remedies --annotations x", "--confidence", "inf", "0.01 to 0.99"),
        ("train --annotations x --out y", "--width", "1e9", "32 to 4096"),
        ("ablate --annotations x --judge y", "--height", "0", "32 to 4096"),
        ("dataset --out x", "--smears", "many", "1 to 100000"),
        ("crowding", "--scenes", "0", "1 to 100000"),
        ("crowding", "--stacks", "nan", "1 to 100000"),
    ],
)
def test_a_number_out_of_its_range_is_refused_and_not_clipped(
    monkeypatch, capsys: pytest.CaptureFixture, command: str, option: str, value: str, limits: str
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    with pytest.raises(SystemExit) as left:
        main([*command.split(), f"{option}={value}"])
    assert left.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}: expected a number from {limits}, got {value}" in said


def test_a_file_that_is_not_there_is_named_without_a_number(monkeypatch, capsys) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    assert main(["evaluate", "--annotations", "nowhere.json"]) == 1
    assert capsys.readouterr().err == "dualviz: nowhere.json: No such file or directory\n"


WRITING = {  # each command that writes, where it writes, and what else it must be given
    "evaluate --annotations s.json --csv": "file",
    "evaluate --annotations s.json --json": "file",
    "evaluate --annotations s.json --figure": "drawing",
    "study calibration --annotations s.json --csv": "file",
    "ablate --annotations s.json --judge s.json --results": "file",
    "average a.safetensors --out": "file",
    "pictures --annotations s.json --csv": "file",
    "dataset --smears 1 --out": "new file",
    "export --picture sparse --out": "folder",
    "site --out": "folder",
    "scenes --out": "folder",
    "train --annotations s.json --out": "folder",
    "ablate --annotations s.json --judge s.json --out": "folder",
    "replay --annotations s.json --folder": "folder",
}


def refusal(command: str, place: Path, capsys) -> str:
    """What a command says before it begins, and nothing else."""
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), str(place)])
    assert stopped.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize("command", WRITING)
def test_a_place_that_takes_nothing_is_known_before_the_work(
    tmp_path, monkeypatch, capsys, command: str
) -> None:
    def refused(dir: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setenv("LANGUAGE", "en")
    kind = WRITING[command]
    name = {"drawing": "x.png", "folder": "x/y"}.get(kind, "x.json")
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = refusal(command, tmp_path / "file" / name, capsys)
    if kind in ("file", "drawing"):
        assert said.endswith(f"there is no folder {tmp_path / 'file'} for {name}")
    else:
        assert said.endswith(f"{tmp_path / 'file'} is a file, expected a folder")
    if kind != "folder":
        assert refusal(command, tmp_path, capsys).endswith("is a folder, expected a file")
    monkeypatch.setattr(arguments, "TemporaryFile", refused)
    said = refusal(command, tmp_path / name, capsys)
    assert said.endswith(f"nothing can be written to {tmp_path} (Read-only file system)")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("out", ["file/x.zip", "file/x.html"])
def test_a_zip_or_page_is_no_folder(tmp_path, capsys, out: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = refusal("export --picture sparse --out", tmp_path / out, capsys)
    assert "expected a folder" in said


@pytest.mark.parametrize(
    "device", ["cpu:7", "cuda:x", "cuda:99", "mps:", "gpu", "cpu:-1", "cpu:00", "cpu:²"]
)
def test_a_device_that_is_not_there_is_refused(device: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"device '{device}' is not on this machine")):
        choose_device(device)


def test_a_link_that_means_nothing_is_told_name_by_name(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    link = "http://x/laboratory?a=much&b=4&k=99&gt=junk&truth=mine&net=wide&measure=q&v=z&o=2"
    out = str(tmp_path / "x")
    assert main(["export", "--link", link, "--figure", "stage", "--out", out]) == 0
    said = capsys.readouterr().err.splitlines()
    names = [line.removeprefix("The link says ").split("=")[0] for line in said]
    assert sorted(names) == ["a", "gt", "k", "measure", "net", "truth", "v"]
    assert "The link says k=99, which cannot be used here: you see 30." in said
    assert main(["export", "--link", "http://x/detections?a=0.70&conf=0.3&b=6.0", "--figure", "outputs", "--out", out]) == 0  # fmt: skip
    assert capsys.readouterr().err == ""


def test_no_picture_has_at_least_more_objects_than_at_most(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    given = ["pictures", "--annotations", str(tmp_path), "--least", "5", "--most", "2"]
    assert main(given) == 1
    assert capsys.readouterr().err == "dualviz: --most must be at least --least, got 2 and 5\n"


def test_what_a_link_says_and_cannot_be_used_is_said_once_each(capsys) -> None:
    junk = {"gt": "junk", "a": "much", "k": "9" * 5000, "net": "100000", "look": "²", "v": "x"}
    junk |= {"measure": "beauty", "over": "all", "truth": "maybe", "conf": "nan", "dv": "tab.none"}
    junk |= {"seed": "9" * 5000, "o": "-7", "mode": "none", "at": "9" * 5000, "lock": "?"}
    address = "http://localhost:8501/laboratory?view=loss&pic=rendered&" + urlencode(junk)
    chosen = argparse.Namespace(
        link=address, picture=None, detector="pico-cells", truth=None, measure="top1", size=None
    )
    assert follow(chosen) == "laboratory?view=loss"
    said = capsys.readouterr().err.splitlines()
    named = [line.partition("The link says ")[2].partition("=")[0] for line in said]
    assert sorted(named) == sorted(junk)
    assert max(map(len, said)) < 200 and chosen.size is None
