"""Claims about measuring a whole set, on a detector whose every box is written by hand."""

import csv
import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from made_blocks import block_set
from torch import tensor

from dualviz.boxes import anchor_grid
from dualviz.commands import evaluate as command
from dualviz.commands import main
from dualviz.detector import COCO_NOTE, DualPrediction, HeadPrediction
from dualviz.pictures.dataset import CocoFolder
from dualviz.postprocess import Detections
from dualviz.study import evaluation, sets
from dualviz.study.evaluation import PATHS, Evaluation, Figures, coco_rows, evaluate, look
from dualviz.trace import Setting
from dualviz.words import Sentence

BLOCK = (20.0, 16.0, 60.0, 48.0)  # the one object of each picture
LEFT = (20.0, 16.0, 50.0, 48.0)  # three quarters of it
INSIDE, BESIDE, OUTSIDE = (
    27,
    28,
    11,
)  # anchors of stride 8: two in the block's middle, one at the picture's edge

pytest.importorskip("pycocotools")


class Written:
    """Says the same of every picture: for each head, (anchor, box, score[, class]) and nothing anywhere else."""

    class_names = ("block", "other")
    coco_names = False
    name, size, device = "written", 96, SimpleNamespace(type="cpu")

    def __init__(self, one2many: list[tuple], one2one: list[tuple]) -> None:
        self.heads, self.asked = (one2many, one2one), 0

    def predict(self, image, size=None) -> DualPrediction:
        self.asked += 1
        points, level = anchor_grid((64, 96), (8, 16, 32))
        heads = (self._head(points, said) for said in self.heads)
        return DualPrediction(*heads, points, level, (8, 16, 32), (64, 96))

    def _head(self, points: torch.Tensor, said: list[tuple]) -> HeadPrediction:
        boxes = torch.cat((points - 2, points + 2), 1)
        scores = torch.full((len(points), 2), 1e-5)
        for anchor, box, score, *label in said:
            boxes[anchor], scores[anchor, label[0] if label else 0] = torch.tensor(box), score
        return HeadPrediction(boxes, scores)


PERFECT = [(INSIDE, BLOCK, 0.9)]
TWICE = [(INSIDE, BLOCK, 0.9), (BESIDE, BLOCK, 0.8)]


@pytest.fixture
def blocks(tmp_path: Path) -> Path:
    return Path(block_set(tmp_path))


def measured(blocks: Path, one2many=PERFECT, one2one=PERFECT, **more) -> Evaluation:
    return evaluate(Written(one2many, one2one), CocoFolder(blocks), **more)


def ap(found: Evaluation) -> dict[str, float]:
    return {path: round(found.paths[path].ap, 6) for path in PATHS}


def annotate(blocks: Path, **entry) -> None:
    document = json.loads(blocks.read_text(encoding="utf-8"))
    document["annotations"].append({"id": 9, "image_id": 0, "category_id": 1} | entry)
    blocks.write_text(json.dumps(document), encoding="utf-8")


def test_boxes_as_drawn_have_an_ap_of_1_and_none_at_all_of_0(blocks: Path) -> None:
    assert ap(measured(blocks)) == dict.fromkeys(PATHS, 1.0)
    assert list(ap(measured(blocks, one2one=[])).values()) == [1, 1, 0, 0]
    assert list(ap(measured(blocks, one2many=[])).values()) == [0, 0, 1, 1]


def test_a_box_of_iou_075_counts_at_the_six_thresholds_up_to_it(blocks: Path) -> None:
    found = measured(blocks, one2one=[(INSIDE, LEFT, 0.9)]).paths["one2one"]
    assert found.ap == pytest.approx(0.6) and found.ap50 == 1  # 0.50, 0.55 … 0.75 of ten


def test_an_ignored_object_is_neither_missed_nor_found_nor_asked_for_agreement(
    blocks: Path,
) -> None:
    for picture in range(2):
        annotate(blocks, image_id=picture, bbox=[70, 4, 20, 20], ignore=1)
    found = measured(blocks)
    assert ap(found) == dict.fromkeys(PATHS, 1.0) and len(found.gap) == 2
    on_it = [*PERFECT, (OUTSIDE, (70.0, 4.0, 90.0, 24.0), 0.95)]  # above the true one
    assert ap(measured(blocks, one2one=on_it))["one2one"] == 1


def test_an_object_that_counts_and_is_missed_costs_its_share(blocks: Path) -> None:
    annotate(blocks, bbox=[70, 4, 20, 20])
    assert ap(measured(blocks))["one2one"] == pytest.approx(0.663366)  # 67 of 101 recalls: 2 of 3


def test_a_second_box_of_the_class_is_a_duplicate_until_nms_and_one_of_another_class_is_none(
    blocks: Path,
) -> None:
    other = [(INSIDE, BLOCK, 0.9), (BESIDE, BLOCK, 0.8, 1)]
    found = measured(blocks, one2many=TWICE, one2one=other).paths
    assert [found[path].duplicates for path in PATHS] == [1, 0, 0, 0]
    faint = [(INSIDE, BLOCK, 0.9), (BESIDE, BLOCK, 0.2)]  # below what a user is shown
    aside = [(INSIDE, BLOCK, 0.9), (BESIDE, (20.0, 16.0, 40.0, 48.0), 0.8)]  # IoU 0.5
    found = measured(blocks, one2many=faint, one2one=aside).paths
    assert [found[path].duplicates for path in PATHS] == [0, 0, 0, 0]


def test_for_ap_every_path_may_name_an_anchor_under_its_second_class_as_well(blocks: Path) -> None:
    """The block is the second thing that its anchor would call it."""
    unsure = [(INSIDE, BLOCK, 0.9, 1), (INSIDE, BLOCK, 0.6, 0)]
    found = measured(blocks, unsure, unsure)
    assert ap(found) == dict.fromkeys(PATHS, 1.0)
    assert [found.paths[path].duplicates for path in PATHS] == [0, 0, 0, 0]


def test_agreement_is_judged_by_the_metric_it_is_asked_for(blocks: Path) -> None:
    """The one-to-one head is surer of a poor box, where the one-to-many head is nearly blind."""
    many = [(INSIDE, BLOCK, 0.9), (BESIDE, LEFT, 0.1)]
    one = [(INSIDE, BLOCK, 0.3), (BESIDE, LEFT, 0.95)]
    assert measured(blocks, many, one).alignment[0] == 1
    by_score = Setting(locked=False, alpha_one2one=8, beta_one2one=0.1)
    assert measured(blocks, many, one, setting=by_score).alignment[0] == 0


def test_times_are_milliseconds_a_picture(blocks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count()
    for room in (evaluation, sets):
        monkeypatch.setattr(room, "clock", lambda device: lambda: 0.002 * next(ticks))
    found = measured(blocks)
    assert found.network_milliseconds == pytest.approx(2)
    assert [found.paths[path].milliseconds for path in PATHS] == pytest.approx([2] * 4)


def test_without_precision_all_but_ap_is_measured(blocks: Path) -> None:
    found = measured(blocks, TWICE, precision=False)
    assert all(math.isnan(found.paths[path].ap) for path in PATHS)
    assert found.paths["one2many raw"].duplicates == 1 and len(found.gap) == 2


def test_what_cannot_be_measured_is_refused_before_a_picture_is_seen(
    blocks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = Written(PERFECT, PERFECT)
    with monkeypatch.context() as without:
        without.setattr(evaluation, "has_pycocotools", lambda: False)
        with pytest.raises(ValueError, match="pip install pycocotools"):
            evaluate(detector, CocoFolder(blocks))
    record = json.loads(blocks.read_text(encoding="utf-8"))
    blocks.write_text(json.dumps(record | {"annotations": []}), encoding="utf-8")
    with pytest.raises(ValueError, match="no objects to find"):
        evaluate(detector, CocoFolder(blocks))
    blocks.write_text(
        json.dumps(record | {"categories": [{"id": 1, "name": "yeti"}]}), encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"yeti; it knows block, other"):
        evaluate(detector, CocoFolder(blocks))
    assert detector.asked == 0


def test_a_detector_that_knows_some_classes_is_measured_on_those_and_says_so(blocks: Path) -> None:
    whole = measured(blocks)
    assert whole.notes == ()
    record = json.loads(blocks.read_text(encoding="utf-8"))
    unused = {"id": 7, "name": "unicorn"}
    record["categories"] += [unused, {"id": 8, "name": "yeti"}]
    blocks.write_text(json.dumps(record), encoding="utf-8")
    assert measured(blocks).notes == ()
    annotate(blocks, bbox=[70, 4, 20, 20], category_id=8)
    found = measured(blocks)
    assert ap(found) == ap(whole) and len(found.gap) == len(whole.gap)
    (note,) = found.notes
    assert note == "measured on the 1 class of the set that the detector knows; left aside: yeti"


def test_a_class_is_matched_exactly_before_its_case_is_overlooked(blocks: Path) -> None:
    detector = Written(PERFECT, PERFECT)
    record = json.loads(blocks.read_text(encoding="utf-8"))
    record["categories"][0]["name"] = "BLOCK"
    blocks.write_text(json.dumps(record), encoding="utf-8")
    assert ap(evaluate(detector, CocoFolder(blocks)))["one2one"] == 1
    detector.class_names = ("block", "BLOCK")
    assert ap(evaluate(detector, CocoFolder(blocks)))["one2one"] == 0


def test_boxes_are_handed_to_coco_within_the_picture_and_only_of_its_classes() -> None:
    """Width 96, height 64: cut on all four sides, as corner and size; the third class is none of the set's."""
    boxes = torch.tensor([[-5.0, -3, 20, 30], [80, 50, 99, 70], [0, 0, 9, 9]])
    given = Detections(boxes, torch.tensor([0.5, 0.25, 0.75]), torch.tensor([1, 0, 2]), boxes[:, 0])
    rows = coco_rows(given, 7, (64, 96, 3), {0: 10, 1: 11})
    assert [row["bbox"] for row in rows] == [[0, 0, 20, 30], [80, 50, 16, 14]]
    assert [row["category_id"] for row in rows] == [11, 10]
    assert [row["score"] for row in rows] == [0.5, 0.25] and rows[0]["image_id"] == 7


def test_one_picture_is_looked_at_for_its_precision_too_unless_that_is_not_asked(
    blocks: Path,
) -> None:
    (one, *_) = sets.seen(Written(PERFECT, TWICE), CocoFolder(blocks))
    assert [len(rows) for rows in look(one, 0, {0: 1}).rows.values()] == [1, 1, 2, 1]
    assert not any(look(one, 0, {0: 1}, precision=False).rows.values())


def test_figures_are_kept_in_five_decimals_without_nan_and_read_back() -> None:
    thirds = dict.fromkeys(PATHS, 1 / 3)
    figures = Figures(thirds, thirds, thirds, (1 / 3, math.nan, 1.0), 2 / 3, math.nan, 1.0)
    kept = json.loads(json.dumps(figures.as_json(), allow_nan=False))
    assert kept["ap"] == dict.fromkeys(PATHS, 0.33333) and kept["gap"] == 0.66667
    assert kept["alignment"] == [0.33333, None, 1.0] and kept["floor"] is None
    read = Figures.from_json(kept)
    assert (read.ap, read.ap50, read.duplicates) == (kept["ap"],) * 3
    assert read.alignment[::2] == (0.33333, 1.0) and math.isnan(read.alignment[1])
    assert (read.gap, read.ceiling) == (0.66667, 1.0) and math.isnan(read.floor)
    for wrong in ({"ap50": {"one2one": 1.0}}, {"alignment": [1.0, 1.0]}, {"gap": "much"}):
        with pytest.raises((ValueError, TypeError)):
            Figures.from_json(kept | wrong)


def test_a_detector_whose_file_names_no_classes_says_so_with_its_figures(blocks: Path) -> None:
    detector = Written(PERFECT, PERFECT)
    detector.coco_names = True
    assert evaluate(detector, CocoFolder(blocks)).notes == (COCO_NOTE,)


def test_of_stretched_pictures_the_first_three_are_told(blocks: Path) -> None:
    folder = CocoFolder(blocks)
    folder.stretched.update({n: Sentence(f"picture {n}") for n in range(5)})
    assert evaluate(Written(PERFECT, PERFECT), folder).notes == (
        "picture 0",
        "picture 1",
        "picture 2",
    )


def test_kept_figures_are_means_over_objects(blocks: Path) -> None:
    gaps = {"gap": tensor([1.0, 4.0]), "floor": tensor([0.0, 3.0]), "ceiling": tensor([2.0, 8.0])}
    whole = measured(blocks)
    kept = replace(whole, **gaps).figures
    assert (kept.gap, kept.floor, kept.ceiling) == (2.5, 1.5, 5.0)
    assert kept.alignment == whole.alignment and kept.ap == {p: whole.paths[p].ap for p in PATHS}


def test_the_command_writes_the_page_s_table(
    blocks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(command, "load_detector", lambda *_: Written(TWICE, PERFECT))
    out = blocks.with_name("table.csv")
    assert not main(["evaluate", "--annotations", str(blocks), "--csv", str(out)])
    assert "one-to-many, raw" in capsys.readouterr().out
    text = out.read_text().splitlines()
    assert text[0].startswith("# written at 96 px · blocks.json · 2 pictures")
    head, *lines = csv.reader(line for line in text if not line.startswith("# "))
    rows = {line[0]: dict(zip(head[1:], map(float, line[1:]))) for line in lines[: len(PATHS)]}
    assert set(rows) == set(PATHS) and rows["one2many raw"]["repeats"] == 1
    assert rows["one2one"]["AP"] == pytest.approx(1)
    assert lines[-3] == ["gap", "floor", "ceiling"] and len(lines[-1]) == 3  # two objects
