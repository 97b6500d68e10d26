"""Truth files: three formats say the same, and whatever is wrong is refused with the place where it stands."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dualviz.pictures.objects import listed
from dualviz.pictures.truth import (
    Truth,
    TruthError,
    read_truth,
    to_coco,
    truth_from_boxes,
    truth_from_detections,
)

WH = (100, 50)
NAMES = ("cat", "dog")


def coco(*annotations: dict, pictures: int = 1, **picture) -> bytes:
    """Return a COCO file with `pictures` pictures, annotations on the first unless they say otherwise."""
    images = [
        {"id": i, "file_name": f"{i}.jpg", "width": 100, "height": 50, **picture}
        for i in range(pictures)
    ]
    base = {"image_id": 0, "category_id": 7, "bbox": [10, 10, 20, 20]}
    categories = [{"id": 7, "name": "cat"}, {"id": 3, "name": "dog"}]
    listed = [{**base, **annotation} for annotation in annotations]
    return json.dumps({"images": images, "annotations": listed, "categories": categories}).encode()


def voc(objects: str, size: str = "<size><width>100</width><height>50</height></size>") -> bytes:
    """Return a VOC file."""
    return f"<annotation>{size}{objects}</annotation>".encode()


def voc_object(name: str, *edges: object, more: str = "") -> str:
    """Return one <object>."""
    tags = zip(("xmin", "ymin", "xmax", "ymax"), edges)
    box = "".join(f"<{tag}>{edge}</{tag}>" for tag, edge in tags)
    return f"<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>"


def test_three_formats_tell_of_the_same_two_objects():
    files = {
        "coco": coco({}, {"category_id": 3, "bbox": [50, 0, 50, 50]}),
        "yolo": b"0 0.2 0.4 0.2 0.4\n1 0.75 0.5 0.5 1\n",
        "voc": voc(voc_object("cat", 11, 11, 30, 30) + voc_object("dog", 51, 1, 100, 50)),
    }
    for kind, data in files.items():
        truth = read_truth(data, f"{kind}.file", WH, NAMES)
        assert torch.allclose(truth.boxes, torch.tensor([[10.0, 10, 30, 30], [50, 0, 100, 50]])), (
            kind
        )
        assert truth.labels.tolist() == [0, 1] and truth.class_names == NAMES and truth.notes == ()
        assert truth.boxes.dtype == torch.float32 and truth.labels.dtype == torch.int64
        assert not truth.ignore.any()


@pytest.mark.parametrize("data", [coco(), b"", b"\n \n", voc("")])
def test_a_picture_without_objects_is_normal(data):
    truth = read_truth(data, "empty", WH, NAMES)
    assert truth.boxes.shape == (0, 4) and truth.labels.shape == truth.ignore.shape == (0,)
    assert len(truth.for_classes(("bird",))) == 0


def test_difficult_crowd_and_ignore_are_marked():
    truth = read_truth(coco({"ignore": 1}, {"iscrowd": 1}, {"ignore": 0, "iscrowd": 0}), "t", WH)
    assert truth.ignore.tolist() == [True, True, False]
    difficult = voc_object("cat", 1, 1, 9, 9, more="<difficult>1</difficult>")
    assert read_truth(voc(difficult), "t", WH).ignore.tolist() == [True]


def test_a_data_set_gives_the_picture_of_that_name():
    data = coco({}, {"image_id": 2, "bbox": [1, 2, 3, 4]}, pictures=3)
    truth = read_truth(data, "t", WH, picture_name="photos/2.jpg")
    assert truth.boxes.tolist() == [[1, 2, 4, 6]]
    for name in ("9.jpg", ""):
        with pytest.raises(TruthError, match="lists 3 pictures"):
            read_truth(data, "t", WH, picture_name=name)


def test_boxes_that_reach_outside_are_clipped_and_noted():
    truth = read_truth(
        coco({"bbox": [-5, -5, 20, 20]}, {"bbox": [90, 40, 10.5, 10.5]}), "t.json", WH
    )
    assert truth.boxes.tolist() == [[0, 0, 15, 15], [90, 40, 100, 50]]
    assert truth.notes == ("t.json: clipped to the picture: annotation 0",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (coco({"bbox": [10, 10, -5, 5]}), "annotation 0: the box .* no area or is inside out"),
        (coco({"bbox": [10, 10, 0, 5]}), "annotation 0: .* no area"),
        (coco({"bbox": [200, 10, 5, 5]}), "annotation 0: .* outside the 100 × 50 picture"),
        (coco({"bbox": [1, 2, 3]}), "annotation 0: bbox: expected 4 numbers, got 3"),
        (coco({"bbox": None}), "annotation 0: bbox: expected 4 numbers"),
        (coco({"bbox": [1, 2, 3, "wide"]}), "expected a number, got 'wide'"),
        (coco({"bbox": [1, 2, 3, float("nan")]}), "expected a number, got 'nan'"),
        (coco({"bbox": [1, 2, 3, 10**400]}), "expected a number"),
        (coco({"category_id": 9}), "category 9 is not among 7, 3"),
        (coco({"category_id": []}), "annotation 0: category_id is missing or no id, got list"),
        (coco({"iscrowd": "perhaps"}), "annotation 0: iscrowd must be 0 or 1, got 'perhaps'"),
        (coco({"bbox": [0.1, 0.1, 0.5, 0.4]}), "goes beyond 0.5: expected numbers in pixels"),
        (coco(*[{}] * 1001), "more than 1,000 objects"),
        (
            coco({}, width=640, height=480),
            "belongs to a picture of 640 × 480, this one is 100 × 50",
        ),
        (coco({})[:-20], "is not valid JSON"),
        (b'[{"image_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5}]', "no COCO data set"),
        (b'{"type": "FeatureCollection"}', "no COCO data set"),
        (b'{"images": 1, "annotations": 2, "categories": 3}', "no COCO data set"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"\n1 0.5 0.5 0.2\n", "line 2: expected 5 numbers, got 4"),
        (b"0 0.5 0.5 0.2 0.2\n0 50 25 10 10\n", "line 2: .* these are pixels, not shares"),
        (b"0 0.5 0.5 0.2 0.2\n" * 1001, "more than 1,000 objects"),
        (b"0 0.5 0.5 0.2 -0.2\n", "line 1: the box .* inside out"),
        (b"0 0.5 0.5 0 0.2\n", "line 1: the box .* no area"),
        (b"0 50 25 10 10\n", "line 1: expected fractions"),
        (b"0 nan 0.5 0.2 0.2\n", "line 1: expected a number, got 'nan'"),
        (b"cat 0.5 0.5 0.2 0.2\n", "line 1: expected a number, got 'cat'"),
        (b"0.5 0.5 0.5 0.2 0.2\n", "line 1: expected a class id"),
        (b"-1 0.5 0.5 0.2 0.2\n", "line 1: expected a class id"),
        (b"2 0.5 0.5 0.2 0.2\n", "line 1: class id 2 is not among cat, dog"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "is no text"),
        (voc(voc_object("cat", 30, 10, 11, 30)), "object 1: the box .* inside out"),
        (voc(voc_object("cat", 1, 2, 3)), "object 1: expected <name> and <bndbox>"),
        (voc(voc_object("cat", 1, 2, 3, "x")), "object 1: bndbox: expected a number, got 'x'"),
        (
            voc("", "<size><width>7</width><height>7</height></size>"),
            "belongs to a picture of 7 × 7",
        ),
        (voc("")[:-5], "is not valid XML"),
        (b"<html></html>", "expected <annotation>, got <html>"),
        (voc(voc_object("cat", 0.1, 0.1, 0.9, 0.8)), "in pixels, not shares"),
        (b"<annotation>" + b"<a>" * 60, "nests more than 50 elements"),
        (b"\xff\xfe\x00", "is no text"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(data, words):
    with pytest.raises(TruthError, match=words) as caught:
        read_truth(data, "labels.file", WH, NAMES)
    assert str(caught.value).startswith("labels.file") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "places"),
    [
        (coco({}, {"bbox": []}, {"bbox": [1, 1, 0, 5]}), "annotation 1 .*, annotation 2 "),
        (coco({}, {"bbox": [400, 9, 9, 9]}, {"bbox": None}), "annotation 1 .*, annotation 2 "),
        (b"0 .5 .5 .2 .2\n0 .5 .5 0 .2\n0 nan .5 .2 .2\n1 .5 .5 .2 .2", "line 2 .*, line 3 "),
        (b"0 .5 .5 .2 .2\n0 .5\n0 90 30 20 20\n1 .5 .5 .2 .2", "line 2 .*, line 3 "),
        (
            voc(
                voc_object("cat", 11, 11, 30, 30)
                + voc_object("cat", 30, 10, 11, 30)
                + voc_object("dog", 1, 2, 3)
            ),
            "object 2 .*, object 3 ",
        ),
    ],
)
def test_a_bad_box_is_left_out_and_noted_and_costs_no_file(data, places):
    truth = read_truth(data, "labels", WH, NAMES)
    assert len(truth) and truth.labels[0] == 0
    (note,) = truth.notes
    assert re.match(f"labels: 2 boxes are left out: .*{places}", str(note))


def test_a_yolo_box_that_overshoots_is_clipped():
    rows = b"0 0.5 0.5 1.0004 0.2\n0 1.0000001 0.5 0.2 0.2\n1 -0.001 0.5 0.2 0.2\n"
    truth = read_truth(rows, "t", WH, NAMES)
    expected = [[0, 20, 100, 30], [90, 20, 100, 30], [0, 20, 9.9, 30]]
    assert torch.allclose(truth.boxes, torch.tensor(expected), atol=1e-4)
    assert truth.notes == ("t: clipped to the picture: line 2, line 3",)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (b"1 0.5 0.5 0.2 0.4 0.87", "with a score"),
        (b"1 0.4 0.3 0.6 0.3 0.6 0.7 0.4 0.7", "four corners"),
        (b"1 0.4 0.5 0.5 0.3 0.6 0.5 0.5 0.7", "four corners"),
        (b"1 0.4 0.3 0.6 0.5 0.5 0.7", "polygons"),
        (b"1 0.5 0.5 0.2 0.4 0.45 0.5 2 0.55 0.5 1 0 0 0", "poses"),
    ],
)
def test_other_yolo_lines_are_taken_by_their_box_and_noted(row, words):
    truth = read_truth(row, "t", WH, NAMES)
    assert torch.allclose(truth.boxes, torch.tensor([[40.0, 15, 60, 35]]))
    assert truth.labels.tolist() == [1] and words in truth.notes[0] and "1 line " in truth.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_text_is_read_by_its_byte_order_mark(encoding):
    for text in (coco({}).decode(), "0 0.2 0.4 0.2 0.4\r\n"):
        truth = read_truth(text.encode(encoding), "t", WH, NAMES)
        assert torch.allclose(truth.boxes, torch.tensor([[10.0, 10, 30, 30]]))


@pytest.mark.parametrize(
    ("mark", "meant"),
    [
        *((no, False) for no in (0, False, "0", "False", "", None, float("nan"), 0.0)),
        *((yes, True) for yes in (1, True, "1", "true", 1.0)),
    ],
)
def test_marks_are_read_as_meant(mark, meant):
    for name in ("ignore", "iscrowd"):
        assert read_truth(coco({name: mark}), "t", WH).ignore.tolist() == [meant]


def test_ids_compare_as_text_and_as_numbers_and_orphans_are_counted():
    record = json.loads(
        coco({"image_id": "0"}, {"category_id": "3"}, {"image_id": 9}, {"image_id": None})
    )
    record["categories"][0]["id"] = 7.0
    truth = read_truth(json.dumps(record).encode(), "t", WH)
    assert truth.labels.tolist() == [0, 1]
    assert truth.notes == (
        "t: 2 annotations name no listed picture, left out: annotation 2, annotation 3",
    )


def test_categories_of_one_name_are_one_class_and_of_one_id_are_refused():
    record = json.loads(coco({}, {"category_id": 9}))
    record["categories"].append({"id": 9, "name": "cat"})
    truth = read_truth(json.dumps(record).encode(), "t", WH)
    assert truth.labels.tolist() == [0, 0] and truth.class_names == NAMES
    assert truth.notes == ("t: categories of one name are taken as one class: cat",)
    record["categories"].append({"id": "9", "name": "bird"})
    with pytest.raises(TruthError, match="two categories with the id 9"):
        read_truth(json.dumps(record).encode(), "t", WH)


@pytest.mark.parametrize(
    "name", ["images\\Prüf 1.jpg", "Pr%C3%BCf%201.jpg", "Pru\u0308f 1.jpg", "a/PRÜF 1.JPG"]
)
def test_a_picture_is_found_by_the_name_that_another_machine_wrote(name):
    record = json.loads(coco({}, pictures=3))
    record["images"][0]["file_name"] = name
    record["images"][2]["file_name"] = None
    truth = read_truth(json.dumps(record).encode(), "t", WH, picture_name="Prüf 1.jpg")
    assert len(truth) == 1


def test_numbers_of_a_yolo_file_are_named_by_the_detector_at_hand():
    truth = read_truth(b"\xef\xbb\xbf0 .5 .5 .2 .2\n1 .3 .3 .1 .1", "t", WH, NAMES)
    assert truth.for_classes(("hat", "Hat", "hat")).labels.tolist() == [0, 1]
    assert truth.for_classes(("hat", "Hat")).for_classes(("x", "y", "z")).class_names == tuple(
        "xyz"
    )
    with pytest.raises(TruthError, match="class id 1, but the detector has 1 class: one"):
        truth.for_classes(("one",))


def test_a_name_is_matched_exactly_before_its_case_is_overlooked():
    truth = truth_from_boxes([[0, 0, 2, 2]], [0], ("helmet",))
    assert truth.for_classes(("Helmet", "helmet")).labels.tolist() == [1]
    assert truth.for_classes(("hat", "Helmet")).labels.tolist() == [1]
    for names in (("Helmet", "HELMET"), ("helmet", "helmet")):
        with pytest.raises(TruthError, match="2 classes that could be helmet"):
            truth.for_classes(names)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_never_expanded(encoding):
    bomb = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><annotation>&y;</annotation>'
    with pytest.raises(TruthError, match="DOCTYPE"):
        read_truth(bomb.encode(encoding), "bomb.xml", WH)


def test_the_format_is_told_by_content_not_by_name():
    assert len(read_truth(coco({}), "labels.txt", WH)) == 1
    assert len(read_truth(b"\xef\xbb\xbf  " + b"0 0.5 0.5 0.2 0.2", "labels.json", WH)) == 1
    assert len(read_truth(b"\n" + coco({}), "labels.xml", WH)) == 1


def test_yolo_ids_without_names_are_called_by_number():
    assert read_truth(b"2 0.5 0.5 0.2 0.2", "t", WH).class_names == (
        "class 0",
        "class 1",
        "class 2",
    )


def test_labels_follow_their_names_to_another_order():
    truth = truth_from_boxes([[0, 0, 2, 2], [1, 1, 3, 3]], [0, 1], ("RBC", "WBC"))
    moved = truth.for_classes(("Platelets", "wbc", "rbc"))
    assert moved.labels.tolist() == [2, 1] and moved.class_names == ("Platelets", "wbc", "rbc")
    assert truth.labels.tolist() == [0, 1]
    with pytest.raises(TruthError, match=r"the truth has RBC, WBC.* it knows cat, dog"):
        truth.for_classes(NAMES)


def test_a_class_that_no_object_has_need_not_be_known():
    assert truth_from_boxes([[0, 0, 2, 2]], [1], ("zebra", "dog")).for_classes(
        NAMES
    ).labels.tolist() == [1]


def test_coco_out_and_in_again_is_the_same_truth():
    truth = truth_from_boxes([[0.5, 1.25, 20, 30], [3, 4, 99, 50]], [1, 0], NAMES)
    back = read_truth(json.dumps(to_coco(truth, WH, "a.jpg")).encode(), "t", WH)
    assert torch.equal(back.boxes, truth.boxes) and torch.equal(back.labels, truth.labels)
    assert back.class_names == truth.class_names
    empty = truth_from_boxes([], [], NAMES)
    assert to_coco(empty, WH, "a.jpg")["annotations"] == []


def test_detections_become_truth_without_the_boxes_that_have_no_area():
    boxes = torch.tensor([[-4.0, 5, 20, 60], [9, 9, 9, 12], [120, 3, 130, 9]])
    found = SimpleNamespace(boxes=boxes, labels=torch.tensor([1, 0, 0]))
    truth = truth_from_detections(found, NAMES, WH)
    assert truth.boxes.tolist() == [[0, 5, 20, 50]] and truth.labels.tolist() == [1]
    assert truth_from_detections(
        SimpleNamespace(boxes=boxes[:0], labels=boxes[:0, 0].long()), NAMES
    ).boxes.shape == (0, 4)


def test_a_hand_drawn_box_may_start_at_any_corner_but_needs_an_area():
    assert truth_from_boxes([[9, 8, 1, 2]], [0], NAMES, WH).boxes.tolist() == [[1, 2, 9, 8]]
    with pytest.raises(TruthError, match=r"box 1: .* no area"):
        truth_from_boxes([[5, 5, 5, 9]], [0], NAMES)


def test_a_truth_that_cannot_be_is_refused():
    two = torch.tensor([[0.0, 0, 1, 1], [0, 0, 1, 1]])
    no = torch.zeros(2, dtype=torch.bool)
    with pytest.raises(ValueError, match=r"boxes must be \(G, 4\)"):
        Truth(two, torch.tensor([0]), NAMES, no)
    with pytest.raises(ValueError, match="labels must be in"):
        Truth(two, torch.tensor([0, 2]), NAMES, no)
    with pytest.raises(ValueError, match="x1 < x2"):
        Truth(two * float("nan"), torch.tensor([0, 1]), NAMES, no)


def test_the_cell_photographs_are_readable_by_name(shared):
    data = (shared / "data/cells/val.json").read_bytes()
    truth = read_truth(data, "val.json", (416, 312), picture_name="BloodImage_00000.jpg")
    assert truth.class_names == ("RBC", "WBC", "Platelets") and len(truth) > 5


def test_a_list_of_exactly_twelve_names_is_whole_and_of_thirteen_says_how_many_more() -> None:
    assert str(listed(range(12))) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
    assert str(listed(range(14))).endswith("10, 11 and 2 more")


def test_a_truth_needs_a_width_and_a_height_of_every_box() -> None:
    label, mark = torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.bool)
    for box in ((4.0, 0.0, 4.0, 8.0), (0.0, 4.0, 8.0, 4.0), (8.0, 0.0, 4.0, 8.0)):
        with pytest.raises(ValueError, match="x1 < x2 and y1 < y2"):
            Truth(torch.tensor([box]), label, ("cell",), mark)


def test_a_name_that_no_page_can_hold_is_read_as_one_that_it_can() -> None:
    data = coco({}).replace(b'"cat"', rb'"\udfffcat\u0000"')
    truth = read_truth(data, "t.json", WH)
    assert truth.class_names[0] == "\N{REPLACEMENT CHARACTER}cat\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("number", ["0.1_0", "٠.١"])
def test_a_number_that_only_python_reads_is_none(number: str) -> None:
    with pytest.raises(TruthError, match="expected a number"):
        read_truth(f"0 0.5 0.5 0.2 {number}".encode(), "t.txt", WH, NAMES)


# ── outlines instead of boxes, and other machines' encodings ──

ROW = [[10, 12, 30, 12, 30, 40, 10, 40]]  # a polygon whose box is 10, 12, 30, 40


def packed(runs: list[int]) -> str:
    """Runs as COCO compresses them, written from its description."""
    text = ""
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        more = True
        while more:
            bits, value = value & 31, value >> 5
            more = value != -1 if bits & 16 else value != 0
            text += chr(48 + (bits | 32 * more))
    return text


def drawn_runs(box: tuple[int, int, int, int], size_hw: tuple[int, int]) -> list[int]:
    mask = np.zeros(size_hw, bool)
    x1, y1, x2, y2 = box
    mask[y1:y2, x1:x2] = True
    flat = mask.T.reshape(-1)
    edges = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), flat.size]
    runs = np.diff(edges).tolist()
    return runs if not flat[0] else [0, *runs]


@pytest.mark.parametrize("without", [{}, {"bbox": None}, {"bbox": []}, {"bbox": [0, 0, 0, 0]}])
@pytest.mark.parametrize(
    "outline",
    [
        ROW,
        ROW[0],
        [[10, 12, 20, 12, 20, 40], [18, 30, 30, 30, 30, 31]],
        {"size": [48, 64], "counts": drawn_runs((10, 12, 30, 40), (48, 64))},
        {"size": [48, 64], "counts": packed(drawn_runs((10, 12, 30, 40), (48, 64)))},
    ],
)
def test_an_annotation_without_a_box_has_the_box_around_its_outline(without, outline) -> None:
    document = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [
            {"id": 5, "image_id": 1, "category_id": 1, "segmentation": outline} | without
        ],
        "categories": [{"id": 1, "name": "cat"}],
    }
    truth = read_truth(json.dumps(document).encode(), "a.json", (64, 48))
    assert truth.boxes.tolist() == [[10, 12, 30, 40]]
    (note,) = truth.notes
    assert "the box around its outline is taken: annotation 5" in note


@pytest.mark.parametrize(
    "outline",
    [None, [], [[]], [[1, 2, 3]], "x", 7, {"size": [48, 64], "counts": [5]}, {"counts": "~~"}]
    + [
        {"size": [48, 64], "counts": counts}
        for counts in ("\x7f" * 40, [9, -1], [10**9], "1" * 10**6)
    ]
    + [
        {"size": [10**9, 10**9], "counts": "\u00ff"},
        [["a"] * 6],
        {"size": ["a", 2], "counts": [1, 1]},
    ],
)
def test_an_outline_that_is_none_leaves_its_object_out(outline) -> None:
    entry = {"id": 5, "image_id": 1, "category_id": 1}
    document = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [entry | {"segmentation": outline}, entry | {"bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 1, "name": "cat"}],
    }
    truth = read_truth(json.dumps(document).encode(), "a.json", (64, 48))
    assert truth.boxes.tolist() == [[1, 2, 4, 6]] and "1 box is left out" in truth.notes[0]


@pytest.mark.parametrize(
    "shape, box",
    [
        (
            "<robndbox><cx>20</cx><cy>20</cy><w>10</w><h>4</h><angle>0</angle></robndbox>",
            [15, 18, 25, 22],
        ),
        (
            "<robndbox><cx>20</cx><cy>20</cy><w>10</w><h>4</h><angle>1.5707963</angle></robndbox>",
            [18, 15, 22, 25],
        ),
        (
            "<polygon><x1>9</x1><y1>8</y1><x2>19</x2><y2>8</y2><x3>15</x3><y3>28</y3></polygon>",
            [9, 8, 19, 28],
        ),
    ],
)
def test_a_turned_box_or_polygon_of_voc_s_heirs_is_taken_by_the_box_around(shape, box) -> None:
    data = f"<annotation><object><name>cat</name>{shape}</object></annotation>".encode()
    truth = read_truth(data, "a.xml", (64, 48))
    assert np.allclose(truth.boxes.tolist(), [box], atol=1e-4)
    assert "object 1" in truth.notes[0]


@pytest.mark.parametrize("declared", ["gbk", "GB2312", "gb18030", "utf-8", "UTF-16", ""])
@pytest.mark.parametrize(
    "size",
    [
        "",
        "<size><width/><height></height></size>",
        "<size><width>0</width><height>-1</height></size>",
    ],
)
def test_xml_of_other_encodings_and_without_a_size_is_read(declared, size) -> None:
    body = voc(voc_object("\u7ea2\u7ec6\u80de", 11, 13, 30, 40), size).decode()
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    for encoding in {declared or "utf-8", "utf-16"} - (
        {"utf-8"} if declared == "UTF-16" else set()
    ):
        truth = read_truth((head + body).encode(encoding), "a.xml", (64, 48))
        assert truth.class_names == ("\u7ea2\u7ec6\u80de",) and truth.boxes.tolist() == [
            [10, 12, 30, 40]
        ]


@pytest.mark.parametrize("row", ["0 .5 .5 .25 .5 17", "0 .5 .5 .25 .5 .9 17"])
def test_the_number_of_a_track_is_left_aside(row) -> None:
    truth = read_truth(row.encode(), "a.txt", (64, 48), ("cat",))
    assert truth.boxes.tolist() == [[24, 12, 40, 36]] and "track" in truth.notes[0]


def test_difficult_is_a_mark_in_coco_too() -> None:
    entries = [
        {"id": n, "image_id": 1, "category_id": 1, "bbox": [1, 2, 9, 9], "difficult": mark}
        for n, mark in enumerate((1, "0", None))
    ]
    document = {
        "images": [{"id": 1}],
        "annotations": entries,
        "categories": [{"id": 1, "name": "cat"}],
    }
    truth = read_truth(json.dumps(document).encode(), "a.json", (64, 48))
    assert truth.ignore.tolist() == [True, False, False]


# ── what costs more than it holds is refused, by steps that do not grow with it ──

COCO = {
    "images": [{"id": 1, "file_name": "a.png"}],
    "annotations": [],
    "categories": [{"id": 1, "name": "cat"}],
}


@pytest.mark.parametrize(
    "data, words",
    [
        (b"x" * 24_000_001, "has 24 MB, expected at most 24"),
        (b'{"images":[' + b"[]," * 200_000 + b"[]]}", "200,003 lists and records in 0.6 MB"),
        (b"<annotation>" + b"<object/>" * 100_000 + b"</annotation>", "more than 100,000 elements"),
        (
            b"<annotation>" + b"<object/>" * 1_001 + b"</annotation>",
            "nor can the 999 others be used",
        ),
        (b"a b c d e\n" * 1_100, "expected a number, got 'a'; nor can the 999 others"),
        (b"0 .5 .5 .1 .1\n" + b"0 .5\n" * 1_100, "more than 1,000 objects"),
        (b"0 " + b"0.5 " * 100_001, "expected at most 100,000 numbers"),
        (
            json.dumps(COCO | {"images": [{"id": 1 << 63}]}).encode(),
            "images 0: id is missing or no id",
        ),
        (
            json.dumps(COCO | {"annotations": [{"image_id": 1, "category_id": 1e300}]}).encode(),
            "no id",
        ),
    ],
)
def test_budgets_of_a_truth_file_are_stated(data, words) -> None:
    with pytest.raises(TruthError, match=words):
        read_truth(data, "labels.file", (64, 48), ("cat",))
