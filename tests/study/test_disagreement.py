"""Claims about ranking a set by where the heads disagree: it is what the laboratory says, measured once and kept."""

from dataclasses import replace

import pytest
import torch

from dualviz.commands import main
from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.scenes import random_scenes, write_scenes
from dualviz.study import disagreement
from dualviz.study.disagreement import ranked, ranking
from dualviz.study.sets import seen
from dualviz.trace import Setting, trace_prediction

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


@pytest.fixture
def smears(tmp_path, monkeypatch) -> CocoFolder:
    monkeypatch.setenv("DUALVIZ_CACHE", str(tmp_path / "cache"))
    write_scenes(random_scenes(2), tmp_path / "set", tmp_path / "set.json")
    return CocoFolder(tmp_path / "set.json")


def test_a_ranking_is_the_laboratorys_word_and_is_measured_once(smears, monkeypatch) -> None:
    detector = load_detector("pico-cells", "cpu")
    assert ranked(smears, "w") is None
    found = ranking(detector, smears, "w")
    for one, told in zip(seen(detector, smears), found, strict=True):
        traced = trace_prediction(
            one.image, one.taught, one.prediction, detector.class_names, Setting()
        )
        picked = traced.one2one.assignment.candidates[:, 0]
        best = traced.one2many.assignment.candidates[:, 0]
        known = picked >= 0
        assert (told.missed, told.picked) == (
            int((picked != best)[known].sum()),
            int(known.sum()),
        )
        excess = (traced.gap - traced.gap_bounds[0])[known].mean()
        assert told.excess == pytest.approx(float(excess), abs=1e-6) and told.excess >= 0
    monkeypatch.setattr(disagreement, "seen", None)  # whoever asks again does not look again
    assert ranking(detector, smears, "w") == found
    assert ranked(smears, "other weights") is None and ranked(smears, "w", 320) is None
    first = smears.files[0]
    first.write_bytes(first.read_bytes() + b"\0")  # another picture under the same name and truth
    assert ranked(smears, "w") is None


def test_one_picture_without_objects_does_not_disagree(smears) -> None:
    detector = load_detector("pico-cells", "cpu")
    one = next(seen(detector, smears))
    truth = replace(
        one.truth,
        boxes=torch.zeros(0, 4),
        labels=torch.zeros(0, dtype=torch.int64),
        ignore=torch.zeros(0, dtype=torch.bool),
    )
    told = disagreement.disagreement(replace(one, truth=truth))
    assert (told.excess, told.missed, told.picked) == (0.0, 0, 0)


def test_a_broken_ranking_is_none(smears, tmp_path) -> None:
    ranking(load_detector("pico-cells", "cpu"), smears, "w")
    (file,) = (tmp_path / "cache" / "rankings").iterdir()
    for text in ("", "[]", '[{"excess": null, "missed": 0, "picked": 1}]', "[1, 2]"):
        file.write_text(text)
        assert ranked(smears, "w") is None


def test_the_command_lists_what_is_here_and_ranks_a_set(
    smears, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("DUALVIZ_PICTURES", str(smears.path))
    assert main(["pictures"]) == 0
    said = capsys.readouterr().out
    assert "portrait" in said and "2 pictures" in said
    table = tmp_path / "table.csv"
    given = ["pictures", "--annotations", str(smears.path), "--order", "apart", "--device", "cpu"]
    assert main([*given, "--csv", str(table)]) == 0
    rows = [line.split(",") for line in table.read_text().splitlines()[2:]]
    excess = [float(row[3]) for row in rows]
    assert len(rows) == 2 and excess == sorted(excess, reverse=True)
    assert main([*given, "--class", "zebra"]) == 1
    assert "has no class zebra" in capsys.readouterr().err
