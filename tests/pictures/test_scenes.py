"""Rendered smears: the same sliders give the same picture, its truth is exact, and its colours are those of real smears."""

import json
from dataclasses import fields, replace

import cv2
import numpy as np
import pytest
import torch

from dualviz.boxes import box_iou
from dualviz.pictures import scenes
from dualviz.pictures.scenes import (
    RANGES,
    SAMPLES,
    Scene,
    as_annotated,
    gallery,
    random_scene,
    render,
)

SMALL = Scene(red_cells=6, width=200, height=150)


def test_the_same_sliders_give_the_same_picture_and_another_seed_another():
    image, truth = render(SMALL)
    again, truth_again = render(SMALL)
    assert np.array_equal(image, again) and torch.equal(truth.boxes, truth_again.boxes)
    assert not np.array_equal(image, render(replace(SMALL, seed=1))[0])


def test_a_picture_has_the_asked_size_and_the_asked_bodies():
    image, truth = render(Scene(red_cells=7, white_cells=2, platelets=3, width=500, height=400))
    assert image.shape == (400, 500, 3) and image.dtype == np.uint8
    assert truth.class_names == ("RBC", "WBC", "Platelets")
    assert torch.bincount(truth.labels, minlength=3).tolist() == [7, 2, 3]


def test_an_empty_smear_is_light_without_objects():
    image, truth = render(Scene(red_cells=0, white_cells=0, platelets=0))
    assert truth.boxes.shape == (0, 4) and truth.labels.shape == truth.ignore.shape == (0,)
    assert image.std(axis=(0, 1)).max() < 5 and image.mean() > 180


def test_focus_and_stain_change_the_picture_but_not_the_truth():
    image, truth = render(SMALL)
    for change in ({"blur": 3.0}, {"stain": 1.6}):
        other, same = render(replace(SMALL, **change))
        assert torch.equal(truth.boxes, same.boxes) and not np.array_equal(image, other)
    assert render(replace(SMALL, stain=1.6))[0].mean() < image.mean()


def test_one_more_red_cell_leaves_the_others_where_they_are():
    fewer, more = render(SMALL)[1], render(replace(SMALL, red_cells=7))[1]
    assert torch.equal(fewer.boxes[:6], more.boxes[:6])


@pytest.mark.parametrize("kind", ["red_cells", "white_cells", "platelets"])
def test_the_box_is_the_extent_of_what_was_painted(kind):
    nothing = Scene(red_cells=0, white_cells=0, platelets=0, blur=0.0, stain=1.8)
    checked = 0
    for seed in range(12):
        scene = replace(nothing, seed=seed, **{kind: 1})
        image, truth = render(scene)
        blank, _ = render(replace(nothing, seed=seed))
        x1, y1, x2, y2 = truth.boxes[0].tolist()
        if min(x1, y1) < 4 or x2 > 412 or y2 > 308:
            continue
        # the noise is the same in both; lens and sharpening spread the body's rim by a few pixels
        painted = np.abs(image.astype(int) - blank).max(-1) > 12
        rows, columns = painted.any(1).nonzero()[0], painted.any(0).nonzero()[0]
        found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        assert np.abs(found - (x1, y1, x2, y2)).max() < 4
        checked += 1
    assert checked >= 3


def test_boxes_lie_inside_the_picture_whatever_the_sliders():
    for seed in range(40):
        scene = random_scene(seed)
        _, truth = render(scene)
        limit = torch.tensor([scene.width, scene.height] * 2)
        assert (truth.boxes >= 0).all() and (truth.boxes <= limit).all()
        assert (truth.boxes[:, 2:] > truth.boxes[:, :2]).all() and not truth.ignore.all()


@pytest.mark.parametrize("end", [0, 1])
def test_the_ends_of_all_sliders_render(end):
    ends = {name: limits[end] for name, limits in RANGES.items() if name not in ("width", "height")}
    for size in ({"width": 64, "height": 64}, {"width": 416, "height": 64}):
        image, truth = render(Scene(**{**ends, **size}))
        assert image.shape == (size["height"], size["width"], 3)
        assert len(truth) == len(truth.labels) == len(truth.ignore)


def test_overlap_lays_joined_cells_on_one_another_and_both_stay_in_the_truth():
    def deepest(overlap: float) -> float:
        scene = Scene(
            red_cells=10, white_cells=0, platelets=0, crowding=1.0, overlap=overlap, seed=3
        )
        boxes = render(scene)[1].boxes
        assert len(boxes) == 10
        return float(box_iou(boxes, boxes).fill_diagonal_(0).max())

    assert deepest(0.0) < 0.25 < 0.75 < deepest(0.9)


def test_without_crowding_few_cells_keep_apart():
    for seed in range(5):
        boxes = render(Scene(red_cells=8, white_cells=0, crowding=0.0, seed=seed))[1].boxes
        assert box_iou(boxes, boxes).fill_diagonal_(0).max() < 0.1


def test_red_cells_darken_where_they_overlap():
    pair = Scene(red_cells=2, white_cells=0, platelets=0, crowding=1.0, overlap=0.5)
    for seed in range(8):
        two, truth = render(replace(pair, seed=seed))
        one, _ = render(replace(pair, seed=seed, red_cells=1))
        left, top = truth.boxes[:, :2].max(0).values.int().tolist()
        right, bottom = truth.boxes[:, 2:].min(0).values.int().tolist()
        x, y = (right - left) // 4, (bottom - top) // 4
        lens = slice(top + y, bottom - y), slice(left + x, right - x)  # inside both cells
        assert np.median(two[lens][..., 1]) < np.median(one[lens][..., 1]) - 3


def test_a_body_of_which_little_can_be_seen_is_ignored():
    shares = []
    for seed in range(30):
        scene = Scene(red_cells=25, white_cells=3, crowding=0.9, size=1.2, seed=seed)
        _, truth = render(scene)
        on_edge = (
            (truth.boxes <= 0).any(1) | (truth.boxes[:, 2] >= 416) | (truth.boxes[:, 3] >= 312)
        )
        covers = truth.boxes[truth.labels == 1]
        under = (box_iou(truth.boxes, covers) > 0).any(1) if len(covers) else on_edge
        assert not truth.ignore[~on_edge & ~under].any()
        shares.append(float(truth.ignore.float().mean()))
    assert 0 < np.mean(shares) < 0.1


def test_a_red_cell_under_a_white_one_is_ignored_or_left_out():
    hidden = 0
    for seed in range(20):
        reds = Scene(
            red_cells=8, white_cells=0, platelets=0, width=160, height=160, size=0.6, seed=seed
        )
        under = render(replace(reds, white_cells=4, size=1.4))[1]
        inside = (under.boxes > 0).all(1) & (under.boxes < 160).all(1)
        hidden += int((under.ignore & inside).sum()) + 12 - len(under)
        assert not render(reds)[1].ignore[(render(reds)[1].boxes % 160 > 0).all(1)].any()
    assert hidden > 0


@pytest.mark.parametrize(
    ("slider", "value"),
    [
        ("red_cells", 81),
        ("red_cells", -1),
        ("red_cells", 2.5),
        ("overlap", 1.0),
        ("blur", float("nan")),
    ],
)
def test_a_slider_out_of_range_is_refused_by_name(slider, value):
    with pytest.raises(ValueError, match=f"{slider} must be a .*number in"):
        Scene(**{slider: value})


def test_every_slider_has_a_range():
    assert set(RANGES) == {field.name for field in fields(Scene)}


def test_annotators_boxes_are_looser_and_still_inside():
    _, truth = render(Scene(seed=4))
    loose = as_annotated(truth, (416, 312))
    assert (loose.boxes[:, :2] <= truth.boxes[:, :2]).all() and (
        loose.boxes[:, 2:] >= truth.boxes[:, 2:]
    ).all()
    assert loose.boxes.min() >= 0 and (loose.boxes <= torch.tensor([416, 312, 416, 312])).all()
    empty = render(Scene(red_cells=0, white_cells=0, platelets=0))[1]
    assert as_annotated(empty, (416, 312)).boxes.shape == (0, 4)


def test_the_bundled_samples_are_what_the_command_makes(tmp_path):
    scenes.write_samples(tmp_path)
    made = json.loads((tmp_path / "truth.json").read_text())
    kept = json.loads((scenes.SAMPLE_FOLDER / "truth.json").read_text())
    assert [image["file_name"] for image in kept["images"]] == [f"{name}.jpg" for name in SAMPLES]
    assert [a["category_id"] for a in made["annotations"]] == [
        a["category_id"] for a in kept["annotations"]
    ]
    boxes = [np.array([a["bbox"] for a in document["annotations"]]) for document in (made, kept)]
    assert np.abs(boxes[0] - boxes[1]).max() < 0.1
    assert len({a["id"] for a in kept["annotations"]}) == len(kept["annotations"])
    for name in SAMPLES:
        pair = [
            cv2.imread(str(folder / f"{name}.jpg")) for folder in (tmp_path, scenes.SAMPLE_FOLDER)
        ]
        assert np.abs(pair[0].astype(int) - pair[1]).mean() < 2
        assert (scenes.SAMPLE_FOLDER / f"{name}.jpg").stat().st_size < 150_000


def test_a_scene_painted_finer_is_the_same_scene(tmp_path):
    for name, scene in SAMPLES.items():
        image, truth = render(scene)
        fine, same = render(scene, 2)
        assert fine.shape == (2 * scene.height, 2 * scene.width, 3)
        assert torch.equal(same.boxes, truth.boxes) and torch.equal(same.ignore, truth.ignore)
        small = cv2.resize(fine, (scene.width, scene.height), interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - image).mean() < 3, name
        kept = scenes.shown(name)
        assert kept.shape == fine.shape and np.abs(kept.astype(int) - fine).mean() < 3
        enlarged = cv2.resize(image, (2 * scene.width, 2 * scene.height))
        sharp, soft = (cv2.Laplacian(one, cv2.CV_32F).std() for one in (fine, enlarged))
        assert sharp > 1.5 * soft, "it shows what enlarging cannot"
    assert scenes.shown("portrait") is None


def test_the_gallery_opens_every_picture_it_lists():
    pictures = {name: load() for name, load in gallery().items()}
    assert set(SAMPLES) < set(pictures)
    for name, (image, truth) in pictures.items():
        assert image.dtype == np.uint8 and image.shape[2] == 3
        if name in SAMPLES:
            assert len(truth) == len(render(SAMPLES[name])[1]) and truth.notes == ()
    assert pictures["portrait"][1] is None


def test_rendered_cells_have_the_colours_and_sizes_of_the_photographs(shared):
    """Compare medians over pictures: background, mid-ring of red cells, and the size of annotated boxes."""
    folder = shared / "data/cells"
    document = json.loads((folder / "val.json").read_text())
    real, drawn = [], []
    for record in document["images"][:40]:
        image = cv2.imread(str(folder / "val" / record["file_name"]))[..., ::-1]
        listed = [a for a in document["annotations"] if a["image_id"] == record["id"]]
        boxes = np.array([a["bbox"] for a in listed if a["category_id"] == 1]).reshape(-1, 4)
        real += statistics(image, np.hstack((boxes[:, :2], boxes[:, :2] + boxes[:, 2:])))
    for seed in range(40):
        image, truth = render(random_scene(seed))
        loose = as_annotated(truth, (416, 312))
        drawn += statistics(image, loose.boxes[loose.labels == 0].numpy())
    difference = np.abs(np.median(real, 0) - np.median(drawn, 0))
    assert difference[:6].max() < 14  # grey levels of 255: background and ring, R G B
    assert difference[6:].max() < 8  # pixels: width and height


def statistics(image: np.ndarray, boxes: np.ndarray) -> list[np.ndarray]:
    """Return of every whole red cell: background R G B, ring R G B, width, height."""
    light = np.percentile(image.reshape(-1, 3), 85, axis=0)
    rows = []
    for x1, y1, x2, y2 in boxes.round().astype(int):
        if min(x1, y1) > 2 and x2 < 414 and y2 < 310:
            patch = image[y1:y2, x1:x2]
            y, x = np.mgrid[-1 : 1 : patch.shape[0] * 1j, -1 : 1 : patch.shape[1] * 1j]
            ring = patch[(np.hypot(x, y) > 0.5) & (np.hypot(x, y) < 0.7)]
            rows.append(np.concatenate((light, np.median(ring, 0), (x2 - x1, y2 - y1))))
    return rows
