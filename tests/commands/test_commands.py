"""Claims about the command line: it speaks the language that the terminal asks for, and English where none does."""

import argparse
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dualviz.commands import main
from dualviz.commands.address import follow
from dualviz.commands.printed import places, printed
from dualviz.detector import choose_device
from dualviz.words import UserError


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


@pytest.mark.parametrize("out", ["file", "file/x", "file/x.zip", "file/x.html"])
def test_a_folder_that_cannot_be_made_is_known_before_anything_is_worked_out(
    tmp_path, monkeypatch, capsys, out: str
) -> None:
    from dualviz.commands import export

    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(export, "shown_subject", lambda chosen: pytest.fail("it was worked out"))
    assert main(["export", "--picture", "sparse", "--out", str(tmp_path / out)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("dualviz: ") and said.count("\n") == 1 and "file" in said


def test_a_set_is_not_rendered_where_its_file_would_be_a_folder(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    assert main(["dataset", "--smears", "1", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"dualviz: {tmp_path} is a folder, expected a file\n"
    assert list(tmp_path.parent.glob(f"{tmp_path.name}*")) == [tmp_path]


@pytest.fixture
def nowhere() -> str:
    """A folder in which nobody can write, whatever his rights."""
    if not Path("/proc/self").is_dir():
        pytest.skip("only Linux has such a folder for everybody")
    return "/proc/self"


@pytest.mark.parametrize(
    "asked",
    [
        "evaluate --annotations SET --csv NOWHERE/a.csv",
        "evaluate --annotations SET --json NOWHERE/a.json",
        "evaluate --annotations SET --figure NOWHERE/a.png",
        "study calibration --annotations SET --figure NOWHERE/a.pdf",
        "pictures --annotations SET --order apart --csv NOWHERE/a.csv",
        "crowding --out NOWHERE/a.json",
        "average weights --out NOWHERE/a.safetensors",
        "ablate --annotations SET --judge SET --results NOWHERE/a.json",
        "ablate --annotations SET --judge SET --out NOWHERE/runs",
        "train --annotations SET --out NOWHERE/run",
        "train --annotations SET --out NOWHERE",
        "train --annotations SET --minutes 1 --out FILE",
        "ablate --annotations SET --judge SET --out FILE/runs",
        "site --plain --out NOWHERE",
        "site --plain --out FILE",
        "scenes --out NOWHERE/scenes",
        "scenes --out NOWHERE",
        "dataset --smears 9 --out NOWHERE/set.json",
        "replay --annotations SET --run FOLDER --folder NOWHERE/replay",
        "export --picture sparse --out NOWHERE",
        "export --picture sparse --out NOWHERE/a.zip",
        "export --picture sparse --out FOLDER.zip",
        "export --lesson 1 --out FILE/a.html",
    ],
)
def test_a_place_that_cannot_be_written_is_known_before_the_work_starts(
    asked: str, nowhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def work(*_given, **_more):
        raise AssertionError("the work has begun")

    for name in (
        *("dualviz.commands.evaluate.evaluate", "dualviz.commands.study.load_detector"),
        *("dualviz.commands.pictures.ranking", "dualviz.commands.crowding.measure"),
        *("dualviz.commands.average.average", "dualviz.commands.ablate.ablate"),
        *("dualviz.commands.train.train", "dualviz.commands.train.paced"),
        *("dualviz.commands.site.load_detector", "dualviz.commands.scenes.write_samples"),
        *("dualviz.pictures.scenes.random_scenes", "dualviz.commands.replay.gather"),
        *("dualviz.commands.export.shown_subject", "dualviz.commands.export.lessons_html"),
    ):
        monkeypatch.setattr(name, work)
    scenes = Path("assets/scenes").resolve()
    places = {"SET": str(scenes), "NOWHERE": nowhere, "FILE": str(tmp_path / "file")}
    (tmp_path / "file").touch()
    (tmp_path / "folder.zip").mkdir()
    places |= {"FOLDER.zip": str(tmp_path / "folder.zip"), "FOLDER": str(tmp_path)}
    for name, place in places.items():
        asked = asked.replace(name, place)
    try:
        status = main(asked.split())
    except SystemExit as left:
        status = left.code
    said = capsys.readouterr().err
    assert status in (1, 2) and said.strip() and "Traceback" not in said
    assert not (tmp_path / "file").read_bytes()


def test_what_a_link_says_and_cannot_be_used_is_said_once_each(tmp_path, capsys) -> None:
    junk = {"gt": "junk", "a": "much", "k": "9" * 5000, "net": "100000", "look": "²", "v": "x"}
    junk |= {"measure": "beauty", "over": "all", "truth": "maybe", "conf": "nan", "dv": "tab.none"}
    junk |= {"seed": "much", "o": "-7", "mode": "none", "t": "!"}
    address = "http://localhost:8501/laboratory?view=loss&pic=rendered&" + urlencode(junk)
    chosen = argparse.Namespace(
        link=address, picture=None, detector="pico-cells", truth=None, measure="top1", size=None
    )
    assert follow(chosen) == "laboratory?view=loss"
    said = capsys.readouterr().err.splitlines()
    named = [line.partition("The link says ")[2].partition("=")[0] for line in said]
    assert sorted(named) == sorted(junk.keys() - {"t"})  # drawn boxes are judged with the picture
    assert max(map(len, said)) < 200 and chosen.size is None


@pytest.mark.parametrize(
    "device", ["cpu:7", "cpu:x", "cpu:", "cpu:²", "meta", "", "cuda:99", "CPU"]
)
def test_a_device_that_is_not_here_is_refused(device: str) -> None:
    with pytest.raises(UserError, match="is not on this machine"):
        choose_device(device)
    assert choose_device("cpu:0").type == "cpu"


def test_a_search_that_can_find_nothing_is_said(capsys) -> None:
    asked = "pictures --annotations assets/scenes --least 5 --most 2"
    assert main(asked.split()) == 1
    assert (
        capsys.readouterr().err
        == "dualviz: --least 5 is more than --most 2: no picture can be meant\n"
    )
