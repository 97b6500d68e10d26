"""Claims about notebooks: the laboratory shows itself in a cell, says what it is asked, and hears the hand where it can."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import dualviz
from dualviz.detector.catalogue import available
from dualviz.detector.network import anchor_grid
from dualviz.exports.notebook import Laboratory
from dualviz.pictures.content import content_id
from dualviz.pictures.scenes import gallery

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
CELLS = (
    "import dualviz\nshown = dualviz.show('sparse', alpha=0.7, object=2, size=224)\nshown",
    "shown.save('stage.pdf'); shown.save('mine.csv'); shown.save('mine.json'); shown.figure('gap').savefig('gap.svg'); print(shown.link)",
    "import torch\n"
    "from dualviz.detector.network import anchor_grid\n"
    "points, level = anchor_grid((96, 128), (8, 16, 32))\n"
    "boxes = torch.cat((points - 20, points + 20), 1)\n"
    "scores = torch.rand(len(points), 2, generator=torch.manual_seed(0))\n"
    "dualviz.show_tensors(scores, boxes, size_hw=(96, 128), truth=([[40, 30, 80, 70]], [1]))",
)


def test_importing_dualviz_stays_light() -> None:
    code = "import sys, dualviz; dir(dualviz); sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    assert {"show", "show_tensors"} <= set(dir(dualviz))


def test_a_notebook_runs_and_its_cells_show_the_laboratory(tmp_path, monkeypatch) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    shown, said, tensors = (cell.outputs for cell in notebook.cells)
    for outputs, words in ((shown, "DualViz laboratory: sparse"), (tensors, "your picture")):
        (page,) = [out.data["text/html"] for out in outputs if "data" in out]
        assert page.startswith("<iframe") and 'sandbox="allow-scripts allow-downloads"' in page
        assert "srcdoc=" in page and words in page
        assert "http://" not in page.replace("http://www.w3.org", "")
    assert said[0].text.strip() == "a=0.7&o=1"
    assert (tmp_path / "stage.pdf").read_bytes().startswith(b"%PDF")
    assert "<title>" in (tmp_path / "gap.svg").read_text() or (tmp_path / "gap.svg").stat().st_size
    assert (tmp_path / "stage.pdf").stat().st_size > 20_000


def test_pictures_come_as_files_arrays_tensors_and_of_pil_and_are_the_same(tmp_path) -> None:
    pixels, truth = gallery()["sparse"]()
    Image.fromarray(pixels).save(tmp_path / "mine.png")
    floats = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    given = (tmp_path / "mine.png", pixels, Image.fromarray(pixels), floats)
    boxes = truth.boxes.tolist(), [truth.class_names[label] for label in truth.labels]
    shown = [dualviz.show(image, boxes, size=128) for image in given]
    for one in shown:
        assert (one.shown.trace.image == pixels).all()
        assert torch.equal(one.shown.trace.one2one.rank, shown[0].shown.trace.one2one.rank)
        assert len(one.shown.trace.truth) == len(truth)
    assert shown[0].shown.picture == "mine.png"
    assert dualviz.show(pixels, size=128).shown.trace.truth.stand_in, "else its own detections"


def test_a_copied_link_opens_the_same_knobs_and_object() -> None:
    link = "http://localhost:8501/laboratory?pic=sparse&a=0.7&r=2&o=3"
    shown = dualviz.show("sparse", link=link, size=128)
    assert shown.setting.alpha == 0.7 and shown.setting.r == 2 and shown.state["object"] == 3
    again = dualviz.show("sparse", link=shown.link, size=128)
    assert again.setting == shown.setting and again.shown.g == 3


def test_a_file_says_where_the_app_shows_the_same_and_nothing_where_it_cannot(tmp_path) -> None:
    """The link of a saved file opens its own picture, never another one."""

    def link(shown: Laboratory) -> str | None:
        shown.save(tmp_path / "numbers.json", "candidates")
        return json.loads((tmp_path / "numbers.json").read_text())["about"].get("link")

    pixels, _truth = gallery()["crowded"]()
    Image.fromarray(pixels).save(tmp_path / "mine.png")
    assert "pic=crowded&det=pico-cells&net=128&" in link(dualviz.show("crowded", size=128))
    named = f"pic={content_id((tmp_path / 'mine.png').read_bytes())}&det=pico-cells"
    own = link(dualviz.show(tmp_path / "mine.png", size=128))
    assert named in own and "truth=detections" in own
    assert link(dualviz.show(pixels, size=128)) is None


def test_a_knob_or_an_object_that_is_not_there_is_said() -> None:
    with pytest.raises(ValueError, match="no knob is called gamma: expected alpha, beta, topk"):
        dualviz.show("sparse", size=128, gamma=2)
    with pytest.raises(ValueError, match=r"object must be 1 to \d+, got 99"):
        dualviz.show("sparse", size=128, object=99)


def test_tensors_of_both_heads_are_matched_as_a_detectors_are() -> None:
    shown = dualviz.show("sparse", size=128)
    trace, seen = shown.shown.trace, shown.shown.trace.prediction
    height, width = seen.network_size_hw
    gain = width / trace.image.shape[1]
    scores = {head: getattr(seen, head).scores for head in ("one2many", "one2one")}
    boxes = {head: getattr(seen, head).boxes * gain for head in ("one2many", "one2one")}
    own = trace.truth.boxes * gain, trace.truth.labels
    made = dualviz.show_tensors(scores, boxes, size_hw=(height, width), truth=own, name="step 5")
    for head in ("one2many", "one2one"):
        first = getattr(trace, head).assignment.candidates
        assert torch.equal(first, getattr(made.shown.trace, head).assignment.candidates)
    assert made.numbers("gap")[0]["columns"][:3] == ["object", "class", "gap"]
    single = dualviz.show_tensors(scores["one2one"], boxes["one2one"], size_hw=(height, width))
    assert single.setting.shared and len(single.shown.trace.truth) == 0


def test_tensors_that_do_not_fit_are_refused_with_what_was_expected() -> None:
    points, _level = anchor_grid((96, 128), (8, 16, 32))
    boxes, scores = torch.cat((points - 9, points + 9), 1), torch.rand(len(points), 2)
    for given, sentence in (
        ((scores[:-1], boxes), r"one2many: scores must be \(252, 2\) for an input of 96 × 128 px"),
        ((scores, boxes[:, :3]), r"boxes must be \(252, 4\)"),
        ((scores - 1, boxes), "scores must be probabilities, after the sigmoid, got -"),
        (({"one2many": scores}, boxes), "both heads are expected by the names one2many, one2one"),
    ):
        with pytest.raises(ValueError, match=sentence):
            dualviz.show_tensors(*given, size_hw=(96, 128))
    with pytest.raises(ValueError, match="give image, or size_hw"):
        dualviz.show_tensors(scores, boxes)
    with pytest.raises(ValueError, match=r"floats must lie in 0\.\.1, got 0 to 255"):
        dualviz.show(np.array([[0.0, 255.0]]))


def test_python_hears_what_the_hand_sets_where_a_widget_is_asked_for() -> None:
    pytest.importorskip("anywidget")
    shown = dualviz.show("sparse", size=128, widget=True)
    assert "application/vnd.jupyter.widget-view+json" in str(shown._repr_mimebundle_())
    shown._widget.link = "a=0.9&o=2"
    assert shown.setting.alpha == 0.9 and shown.state["object"] == 2
