"""Claims about the laboratory's other views and the pages that took in those of old, run without a browser."""

import pytest
from opened_app import opened, tables_of, words
from streamlit.util import calc_hash

from dualviz.detector.catalogue import available

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


def test_with_shared_predictions_the_page_says_that_agreement_is_one() -> None:
    app = opened("agreement", shared="1")
    assert "On the ray of consistent pairs: **1.00**" in words(app)
    assert len(app.get("plotly_chart")) == 5


def test_own_predictions_can_be_chosen_here_and_hold_everywhere() -> None:
    app = opened("agreement")
    app.segmented_control(key="whose").set_value("shared").run()
    assert app.query_params["shared"] in ("1", ["1"])
    assert "agreement is exactly 1" in words(app)


def test_what_the_gaps_bounds_are_follows_predictions_and_targets() -> None:
    others, reached = "what the other positives are taught", "need not be at the best positive"
    said = words(opened("agreement", shared="1", mode="paper"))
    assert others in said and reached not in said
    for link, why in (
        ({"mode": "paper"}, "With each head's own predictions a pick is taught"),
        ({"shared": "1"}, "By the rules of THU-MIG's 2024 code a pick is taught its own overlap"),
        ({}, "By the rules of THU-MIG's 2024 code a pick is taught its own overlap"),
        ({"mode": "yolo26"}, "By YOLO26's rules the one-to-one head keeps one of its seven"),
    ):
        said = words(opened("agreement", **link))
        assert others not in said and f"{why}" in said and reached in said


def test_the_words_of_the_ray_follow_its_value() -> None:
    agree, apart = "they agree here on every object", "leave some disagreement"
    one = {
        "pic": "sparse",
        "t": "AypKBmcxNA4A",
    }  # its fifth cell alone, which both heads pick alike
    said = words(opened("agreement", measure="top1", **one))
    assert "pairs: **1.00**" in said and agree in said and apart not in said
    said = words(opened("agreement", pic="sparse", measure="top1"))
    assert apart in said and agree not in said
    said = words(opened("agreement", pic="sparse", measure="gap"))
    assert apart not in said and agree not in said and "need not agree" in said


@pytest.mark.parametrize(
    ("path", "now", "view"),
    [
        ("agreement", "laboratory", {"view": "agreement"}),
        ("loss", "laboratory", {"view": "loss"}),
        ("postprocess", "detections", {}),
        ("replay", "training", {}),
        ("idea", "lesson", {}),
        ("ablation", "evidence", {"evidence": "ablation"}),
        ("evaluation", "evidence", {"evidence": "evaluation"}),
        ("", "laboratory", {}),
    ],
)
def test_a_link_of_old_opens_the_page_that_took_its_place_with_all_it_says(
    path: str, now: str, view: dict
) -> None:
    link = {"pic": "sparse", "a": "0.9", "at": "117"}
    app = opened(path, **link)
    assert app._finished_page_script_hash == calc_hash(now)
    said = {
        name: value if isinstance(value, str) else value[0]
        for name, value in app.query_params.items()
    }
    assert said == link | view
    assert not app.error


@pytest.mark.parametrize("which", ["bundled", "random"])
def test_a_set_of_smears_is_measured(which: str) -> None:
    app = opened("agreement", over=which, measure="spearman")
    assert "picks are among the first" in words(app)


def test_where_objects_compete_the_ways_of_matching_differ() -> None:
    app = opened("agreement", pic="overlapping")
    assert "They differ on" in words(app)
    ways = tables_of(app)["Four ways to give every object an anchor"]
    assert ways[0]["way"] == "Top-1" and {way["≠ top-1"] for way in ways} != {"0"}


@pytest.mark.parametrize("page", ["agreement", "loss"])
@pytest.mark.parametrize("link", [{"truth": "none"}, {"pic": "portrait"}])
def test_no_truth_is_words(page: str, link: dict) -> None:
    app = opened(page, **link)
    assert "truth" in app.info[0].value and not app.error


@pytest.mark.parametrize("page", ["agreement", "loss"])
def test_one_object_and_an_object_without_anchor_are_no_errors(page: str) -> None:
    import numpy as np

    from dualviz import lab

    for box in ([100, 100, 160, 160], [101, 101, 103, 103]):
        code = lab.state.encode_truth(np.array([box], float), np.array([0]), lab.quantum(416, 312))
        app = opened(page, t=code)
        assert not app.error, box


def assert_parts_add_up(app, edges: str) -> None:
    """The parts of both heads' losses, rounded to three digits behind the point, make the total."""
    rows = tables_of(app)["Loss of both heads in numbers"]
    assert len(rows) == 2
    for row in rows:
        parts = ("classes, background", "classes, positives", "box (CIoU)", edges)
        assert abs(sum(float(row[part]) for part in parts) - float(row["total"])) < 0.0025


def test_the_loss_page_names_its_parts_and_the_anchors_in_dispute() -> None:
    app = opened("loss")
    assert_parts_add_up(app, "box edges (DFL)")
    assert "in opposite directions" in words(app)


def test_what_a_target_may_end_as_and_what_is_not_measured_is_said() -> None:
    said = words(opened("loss", cells="target"))
    assert "so an object can end with more than it selected, or with none" in said
    assert "Whether that would cost accuracy is not measured" in said
    assert "neither task" not in said and "public code" not in said


@pytest.mark.parametrize("iou", ["0.65", "0.7"])
def test_the_detections_page_judges_crowding_at_its_own_threshold(iou: str) -> None:
    app = opened("detections", iou=iou, dv="tab.crowds")
    said = words(app)
    assert not app.exception and f"At NMS IoU {float(iou):.2f} NMS misses fewer objects" in said
    assert ("leaves fewer surplus boxes" in said) == (iou == "0.65")
    assert "no threshold repairs" not in said


def test_the_replay_names_gap_and_floor_without_a_cause() -> None:
    said = words(opened("replay"))
    assert "over a floor of" in said and "consistent metric asks" not in said


def test_a_yolo26_is_called_by_its_name_and_its_loss_has_no_bins(tmp_path, monkeypatch) -> None:
    from dualviz.detector import catalogue
    from dualviz.detector.checkpoint import save_checkpoint
    from dualviz.detector.network import DualDetector

    monkeypatch.setenv(catalogue.FOLDERS_VARIABLE, str(tmp_path))
    names = ("RBC", "WBC", "Platelets")
    save_checkpoint(tmp_path / "yolo26n.safetensors", DualDetector("yolo26n", 3), names, 96)
    app = opened("loss", det="yolo26n")
    said = words(app)
    assert "YOLO26 family, scale yolo26n" in said and "YOLOv10 family" not in said
    assert "(L1, 1.5)" in said and "DFL" not in said
    assert_parts_add_up(app, "box edges (L1)")
    assert "YOLOv10 family, scale pico" in words(opened("loss"))


def test_another_layer_level_and_class_can_be_seen() -> None:
    app = opened("loss")
    app.segmented_control(key="cells").set_value("opposed").run()
    app.segmented_control(key="cells-level").set_value("P4").run()
    app.selectbox(key="cells-class").select("RBC").run()
    assert not app.exception


@pytest.mark.parametrize("page", ["loss", "replay"])
def test_the_object_looked_at_is_in_the_link_and_forgotten_with_the_picture(page: str) -> None:
    app = opened(page, look="6")
    assert app.selectbox(key="look").value == 6
    app.selectbox(key="look").select_index(0).run()
    assert app.query_params["look"] in ("0", ["0"])
    assert (
        opened(page, look="§").selectbox(key="look").value
        == opened(page).selectbox(key="look").value
    )
    assert opened(page, look="99").selectbox(key="look").value < 99
    app.selectbox(key="pic").set_value("crowded").run()
    assert "look" not in app.query_params and not app.exception


def test_what_the_loss_page_shows_is_in_the_link() -> None:
    link = {"cells": "target", "cells-level": "P4", "cells-class": "RBC"}
    app = opened("loss", **link)
    assert app.segmented_control(key="cells").value == "target"
    assert app.segmented_control(key="cells-level").value == "P4"
    assert app.selectbox(key="cells-class").value == "RBC"
    app.segmented_control(key="cells").set_value("push").run()
    assert "cells" not in app.query_params and "cells-level" in app.query_params
