"""Claims about `python -m dualviz study`: it measures, prints and writes what it is asked for, or says in a sentence why not."""

from pathlib import Path

import pytest

from dualviz.commands import main
from dualviz.detector.catalogue import available
from dualviz.pictures.scenes import random_scenes, write_scenes
from dualviz.study import genuine

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


@pytest.fixture(scope="module")
def smears(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("smears")
    write_scenes(random_scenes(2), folder / "set", folder / "set.json")
    return str(folder / "set.json")


@pytest.mark.parametrize(
    ("what", "said", "columns"),
    [
        ("calibration", "advised", "way,confidence,reported"),
        ("starving", "s after the network", "picture,object,class"),
        ("remedies", "NMS after it", "remedy,confidence,found"),
        ("genuine", "picks in the Top-1", "detector,set,measure"),
    ],
)
def test_a_study_prints_and_writes_its_numbers(
    what: str, said: str, columns: str, smears: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    table = tmp_path / "table.csv"
    given = ["study", what, "--annotations", smears, "--device", "cpu", "--csv", str(table)]
    monkeypatch.setattr(genuine, "DRAWINGS", 10)
    assert main(given) == 0
    assert said in capsys.readouterr().out
    lines = [line for line in table.read_text().splitlines() if not line.startswith("# ")]
    assert lines[0].startswith(columns)


def test_what_cannot_be_measured_is_one_sentence(tmp_path: Path, capsys) -> None:
    absent = str(tmp_path / "none.json")
    assert main(["study", "starving", "--annotations", absent, "--device", "cpu"]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("dualviz: ") and "Traceback" not in error
    figure = ["--figure", str(tmp_path / "a.png")]
    written = ["study", "remedies", "--annotations", absent, *figure]
    assert main([*written, "--device", "cpu"]) == 1
    assert "has numbers only" in capsys.readouterr().err


def test_what_cannot_be_kept_is_said_before_the_set_is_opened(
    tmp_path: Path, capsys, monkeypatch
) -> None:
    absent = ["--annotations", str(tmp_path / "none.json"), "--device", "cpu", "--keep"]
    assert main(["study", "starving", *absent]) == 1
    assert "starving is not kept" in capsys.readouterr().err
    monkeypatch.setattr(genuine, "FILE", tmp_path / "nowhere" / "genuine.json")
    assert main(["study", "genuine", *absent]) == 1
    assert "there is no folder" in capsys.readouterr().err
