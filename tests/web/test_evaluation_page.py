"""Claims about the evaluation page and its command, run without a browser."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest
import torch
from opened_app import opened, tables_of, words
from streamlit.testing.v1 import AppTest

from dualviz.charts.drawn.gaps import gap_counts
from dualviz.commands import main
from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.exports import tables
from dualviz.exports.shown import ShownEvaluation
from dualviz.pictures.dataset import CocoFolder
from dualviz.study.evaluation import PATHS, Evaluation, PathResult, evaluate
from dualviz.web.evidence import evaluation

ROOT = Path(__file__).resolve().parents[2]
SCENES = ROOT / "assets" / "scenes"
PATHS_TABLE = "What each path finds, repeats and costs"
pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


def linked(app: AppTest, name: str) -> str | None:
    """The text under a name of the link, None where it is absent."""
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


# ── the link ──


def test_the_set_and_the_number_of_smears_are_in_the_link_unless_they_are_the_default() -> None:
    app = opened("evaluation")
    assert linked(app, "set") is None and linked(app, "smears") is None
    app.number_input(key="smears").set_value(7).run()
    assert linked(app, "smears") == "7"
    app.number_input(key="smears").set_value(20).run()
    assert linked(app, "smears") is None
    app.segmented_control(key="set").set_value("bundled").run()
    assert linked(app, "set") == "bundled"
    app.segmented_control(key="set").set_value("random").run()
    assert linked(app, "set") is None


def test_a_link_opens_the_same_set_again() -> None:
    app = opened("evaluation", smears="7")
    assert app.segmented_control(key="set").value == "random"
    assert app.number_input(key="smears").value == 7
    app = opened("evaluation", set="bundled", smears="7")
    assert app.segmented_control(key="set").value == "bundled" and not app.number_input
    app.segmented_control(key="set").set_value("random").run()
    assert app.number_input(key="smears").value == 7


def test_a_link_to_ones_own_set_asks_for_its_files() -> None:
    app = opened("evaluation", set="own")
    assert app.file_uploader(key="evaluation annotations")
    assert app.file_uploader(key="evaluation pictures")
    assert next(button for button in app.button if button.label == "Evaluate").disabled


@pytest.mark.parametrize(
    ("smears", "shown"), [("9999", 500), ("0", 1), ("-3", 1), ("many", 20), ("", 20), ("2.5", 20)]
)
def test_a_wrong_value_in_a_link_becomes_one_that_can_be_used(smears: str, shown: int) -> None:
    app = opened("evaluation", set="§", smears=smears)
    assert app.segmented_control(key="set").value == "random"
    assert app.number_input(key="smears").value == shown
    assert not app.error


# ── what the table means ──


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            (0.7, 0.00),
            "0.25 repeats a picture fewer and the same AP",
        ),
        (
            (0.712, 0.05),
            "0.20 repeats a picture fewer and 0.012 AP more",
        ),
        (
            (0.69, 0.25),
            "0.00 repeats a picture fewer and 0.010 AP less",
        ),
    ],
    ids=["the same", "better", "worse"],
)
def test_the_page_says_what_nms_still_changes_for_the_one_to_one_head(
    after: tuple[float, float], said: str
) -> None:
    rows = ((0.1, 60.0), (0.71, 0.0), (0.7, 0.25), after)
    paths = {
        path: PathResult(ap, ap, duplicates, 1.0)
        for path, (ap, duplicates) in zip(PATHS, rows, strict=True)
    }
    one = torch.tensor([0.5])
    app = opened("evaluation")
    app.session_state["evaluation"] = (
        *("pico", "0123456789ab", 416, "one smear", 0),
        Evaluation(paths, (1.0, 1.0, 1.0), one, one, one, 9.0, 1),
    )
    app.run()
    assert not app.exception
    assert said in words(app)
    assert "every path may name an anchor under several classes" in words(app)


# ── whole evaluations ──


def evaluated(app: AppTest, which: str) -> AppTest:
    app.segmented_control(key="set").set_value(which).run()
    button = next(button for button in app.button if button.label == "Evaluate")
    return button.click().run()


def test_the_bundled_smears_are_evaluated_by_either_head_with_nms_and_without(monkeypatch) -> None:
    taken: list[ShownEvaluation] = []
    monkeypatch.setattr(evaluation, "menu", lambda name, shown, over: taken.append(shown()))
    app = evaluated(opened("evaluation"), "bundled")
    assert not app.exception and not app.error, words(app)
    rows = {row["path"]: row for row in tables_of(app)[PATHS_TABLE]}
    assert list(rows) == [
        *("one-to-many, raw", "one-to-many + NMS"),
        *("one-to-one, no NMS", "one-to-one + NMS"),
    ]
    assert float(rows["one-to-one, no NMS"]["AP"]) > 0.4
    assert float(rows["one-to-many, raw"]["repeats a picture"]) > 10
    assert len(app.get("plotly_chart")) == 2
    said = taken[-1].origin.lines
    assert re.fullmatch(r"pico-cells, weights [0-9a-f]{12}", said["detector"])
    assert said["network input"].startswith("longer side ")


def test_without_pycocotools_everything_but_ap_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if "pycoco" in name else find(name, *a)
    )
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)
    app = evaluated(opened("evaluation"), "bundled")
    assert not app.exception and "pip install pycocotools" in words(app)
    rows = tables_of(app)[PATHS_TABLE]
    assert {row["AP"] for row in rows} == {"—"}
    assert all(float(row["repeats a picture"]) >= 0 for row in rows)
    assert len(app.get("plotly_chart")) == 2


def uploaded(annotations: bytes, *pictures: str) -> AppTest:
    app = opened("evaluation")
    app.segmented_control(key="set").set_value("own").run()
    app.file_uploader(key="evaluation annotations").set_value(
        [("mine.json", annotations, "application/json")]
    )
    app.file_uploader(key="evaluation pictures").set_value(
        [(name, (SCENES / name).read_bytes(), "image/jpeg") for name in pictures]
    )
    app.run()
    return next(button for button in app.button if button.label == "Evaluate").click().run()


def test_ones_own_pictures_and_annotations_are_evaluated_and_absent_ones_are_said() -> None:
    record = json.loads((SCENES / "truth.json").read_text())
    for image in record["images"]:
        image["file_name"] = "../../deep/" + image["file_name"]  # only the name counts
    app = uploaded(json.dumps(record).encode(), "sparse.jpg", "crowded.jpg")
    assert not app.exception and not app.error, app.error
    assert "2 more pictures" in app.warning[0].value
    assert "mine.json, 2 pictures" in app.header[0].value


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        (b"{", "COCO JSON"),
        (b"[]", "COCO JSON"),
        (b"\xff\xfe\xfa", "COCO JSON"),
        (b'{"images": [], "annotations": [], "categories": []}', "none of the 1 pictures"),
        (
            b'{"images": [{"id": 1, "file_name": "sparse.jpg"}], "annotations": '
            b'[{"id": 7, "image_id": 1, "category_id": 1, "bbox": [1, 2]}], "categories": []}',
            "annotation 7",
        ),
        (
            b'{"images": [{"id": 1, "file_name": "sparse.jpg"}], "annotations": [], '
            b'"categories": [{"id": 1, "name": "yeti"}]}',
            "yeti",
        ),
    ],
    ids=["no json", "a list", "no text", "no pictures", "a broken box", "an unknown class"],
)
def test_a_set_that_cannot_be_used_is_one_sentence(annotations: bytes, said: str) -> None:
    app = uploaded(annotations, "sparse.jpg")
    assert not app.exception
    assert len(app.error) == 1 and said in app.error[0].value
    assert "/tmp" not in app.error[0].value and not app.get("plotly_chart")


def test_a_set_without_objects_is_one_sentence() -> None:
    record = json.loads((SCENES / "truth.json").read_text()) | {"annotations": []}
    app = uploaded(json.dumps(record).encode(), "sparse.jpg")
    assert not app.exception and not app.get("plotly_chart")
    assert app.error[0].value.startswith("annotations.json has no objects")


def test_the_command_draws_the_gaps_distribution_and_the_table_has_every_object(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    figure = tmp_path / "gap.svg"
    truth = str(SCENES / "truth.json")
    assert not main(
        ["evaluate", "--annotations", truth, "--images", str(SCENES), "--figure", str(figure)]
    )
    assert "Supervision gap over the set" in figure.read_text()
    made = evaluate(load_detector(available()[0].name), CocoFolder(truth, SCENES), precision=False)
    _, counts = gap_counts(made)
    assert all(kind.sum() == len(made.gap) for kind in counts.values())
    lines = tables.evaluation_csv(made, "d", "s").splitlines()
    assert len(lines) == 2 + len(PATHS) + 1 + 2 + len(made.gap)
