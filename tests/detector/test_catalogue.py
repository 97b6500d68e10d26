"""A detector is found by name, by path or in uploaded bytes, and answers in pixels of the picture it was given."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dualviz.detector import catalogue, choose_device, detector_from_bytes, load_detector
from dualviz.detector.checkpoint import save_checkpoint
from dualviz.detector.network import HEADS, DualDetector

NAMES = ("RBC", "WBC", "Platelets")


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A weights folder with a small network under an official name."""
    file = tmp_path / "yolov10n.safetensors"
    save_checkpoint(file, DualDetector("pico", 3), NAMES, 96)
    monkeypatch.setenv(catalogue.FOLDERS_VARIABLE, str(tmp_path))
    return file


def test_a_name_is_looked_up_in_the_weights_folders(weights):
    for name in ("yolov10n", "yolov10n.safetensors", weights, str(weights)):
        assert catalogue.find_weights(name) == weights
    assert "yolov10n" in [entry.name for entry in catalogue.available()]


def test_absent_official_weights_say_where_to_get_and_put_them(tmp_path, monkeypatch):
    monkeypatch.setenv(catalogue.FOLDERS_VARIABLE, str(tmp_path))
    with pytest.raises(ValueError, match=r"yolov10x is not .*https://.*AGPL-3\.0.*DUALVIZ_WEIGHTS"):
        load_detector("yolov10x")


def test_a_yolo26_is_found_by_its_name_and_says_its_family(tmp_path, monkeypatch):
    monkeypatch.setenv(catalogue.FOLDERS_VARIABLE, str(tmp_path))
    with pytest.raises(ValueError, match=r"yolo26n is not .*ultralytics/assets.*AGPL-3\.0"):
        load_detector("yolo26n")
    save_checkpoint(tmp_path / "yolo26n.safetensors", DualDetector("yolo26n", 3), NAMES, 96)
    detector = load_detector("yolo26n", device="cpu")
    assert (detector.family, detector.scale) == ("YOLO26", "yolo26n")
    assert load_detector("pico-cells", device="cpu").family == "YOLOv10"
    found = detector.predict(np.zeros((40, 80, 3), np.uint8))
    assert found.one2one.scores.shape == (12 * 8 + 6 * 4 + 3 * 2, 3)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="pico-cells, pico-photos, yolov10n"):
        load_detector("yolov11n")


def test_only_what_is_there_is_offered(tmp_path, monkeypatch):
    monkeypatch.setenv(catalogue.FOLDERS_VARIABLE, "")
    monkeypatch.setattr(catalogue, "BUNDLED_FOLDER", tmp_path)
    assert catalogue.available() == []


def test_bundled_weights_load(tmp_path):
    bundled = [entry for entry in catalogue.BUNDLED if catalogue.find_file(entry)]
    if not bundled:
        pytest.skip("assets/weights holds no bundled detector")
    for entry in bundled:
        assert catalogue.find_file(entry).stat().st_size < 4_000_000
        assert load_detector(entry.name, "cpu").class_names


def test_both_heads_answer_in_picture_pixels(weights):
    detector = load_detector("yolov10n", device="cpu")
    assert (detector.class_names, detector.size, detector.scale) == (NAMES, 96, "pico")
    assert (detector.strides, detector.device.type) == ((8, 16, 32), "cpu")
    prediction = detector.predict(np.zeros((40, 80, 3), np.uint8))
    # 80 x 40 becomes 96 x 48, padded to 96 x 64: a gain of 1.2 and 8 grey rows above
    assert prediction.network_size_hw == (64, 96)
    anchors = 12 * 8 + 6 * 4 + 3 * 2
    torch.testing.assert_close(prediction.anchor_points[0], torch.tensor([4 / 1.2, (4 - 8) / 1.2]))
    assert prediction.level.bincount().tolist() == [96, 24, 6]
    assert prediction.pixel_scale == pytest.approx(1 / 1.2)
    first = replace(
        prediction, anchor_points=prediction.anchor_points[:1], level=prediction.level[:1]
    )
    assert first.pixel_scale == 1, "a single anchor has no distance to another"
    for head in HEADS:
        outputs = getattr(prediction, head)
        assert outputs.boxes.shape == (anchors, 4) and outputs.scores.shape == (anchors, 3)
        assert outputs.boxes.dtype == outputs.scores.dtype == torch.float32
        x, y = prediction.anchor_points.T
        x1, y1, x2, y2 = outputs.boxes.T
        assert (x1 <= x).all() and (x <= x2).all() and (y1 <= y).all() and (y <= y2).all()


def test_predictions_may_be_differentiated(weights):
    scores = load_detector(weights, "cpu").predict(np.zeros((64, 64, 3), np.uint8)).one2one.scores
    scores.requires_grad_().square().sum().backward()
    assert torch.allclose(scores.grad, 2 * scores.detach())


def test_a_prediction_is_the_networks_output_taken_back(weights):
    detector = load_detector(weights, "cpu", fuse=False)
    image = np.random.default_rng(0).integers(0, 256, (96, 64, 3), np.uint8)
    found = detector.predict(image, size=96)
    x = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
    with torch.inference_mode():
        expected = detector.network(x)
    torch.testing.assert_close(found.one2many.boxes, expected["one2many"]["boxes"][0])
    torch.testing.assert_close(found.one2one.scores, expected["one2one"]["scores"][0])


def test_uploaded_bytes_and_the_file_give_the_same_detector(weights):
    image = np.full((64, 64, 3), 90, np.uint8)
    uploaded = detector_from_bytes(weights.read_bytes(), "my cells.safetensors", "cpu")
    assert uploaded.name == "my cells" and not uploaded.network.training
    torch.testing.assert_close(
        uploaded.predict(image).one2one.boxes,
        load_detector(weights, "cpu").predict(image).one2one.boxes,
    )


def test_the_device_is_what_the_machine_has():
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type in ("cuda", "mps", "cpu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="device 'cuda' is not on this machine"):
            choose_device("cuda")
    with pytest.raises(ValueError, match="abacus"):
        choose_device("abacus")


@pytest.mark.parametrize("entry", catalogue.BUNDLED, ids=lambda entry: entry.name)
def test_bundled_weights_are_there_small_and_both_their_heads_were_taught(entry):
    assert catalogue.find_file(entry).stat().st_size <= 4e6
    detector = load_detector(entry.name, "cpu")
    image = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
    seen = detector.predict(image)
    assert not torch.allclose(seen.one2many.scores, seen.one2one.scores, atol=1e-4)
    assert "pictures" in detector.metadata["trained"]
