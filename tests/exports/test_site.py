"""The static site is whole: every page in both languages, nothing of another host, and the network that it carries is ours."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dualviz.charts.drawn.claims import claim_lines
from dualviz.commands import main
from dualviz.detector import load_detector
from dualviz.detector.catalogue import available
from dualviz.exports.files import lesson_pictures
from dualviz.exports.site import site_pictures, write_site
from dualviz.exports.site.model import OUTPUTS, onnx_bytes
from dualviz.exports.site.runtime import FILES, runtime_files
from dualviz.lab.scene import seen
from dualviz.lessons import LESSONS
from dualviz.pictures.scenes import gallery
from dualviz.study.ablation import load_ablation
from dualviz.words import LANGUAGES, UserError

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
PAGES = ("index", "lessons", "laboratory", "detections", "evidence")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("site")
    assert main(["site", "--plain", "--out", str(out)]) == 0
    return out


def test_every_page_stands_in_every_language_and_its_links_lead_somewhere(site: Path) -> None:
    pages = [site / f"{name}.html" for name in PAGES]
    pages += [site / "zh_CN" / f"{name}.html" for name in PAGES]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        tag = "zh-CN" if page.parent.name == "zh_CN" else "en"
        assert f'<html lang="{tag}"' in text
        for link in re.findall(r'(?:href|src)="([^"#:]+)"', text):
            assert (page.parent / link).resolve().is_file(), f"{page.name}: {link}"
    assert len(LANGUAGES) == 2
    assert "实验室" in (site / "zh_CN" / "laboratory.html").read_text(encoding="utf-8")


def test_a_page_runs_its_own_script_alone_and_asks_no_other_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
        scripts = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
        assert len(scripts) == 1
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy and "http" not in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text)


def test_the_measured_results_stand_on_the_evidence_page(site: Path) -> None:
    lines = claim_lines(load_ablation())
    for folder, verdict in ((site, "agrees"), (site / "zh_CN", "一致")):
        text = (folder / "evidence.html").read_text(encoding="utf-8")
        for name in ("claims", "genuine", "ablation", "crowding"):
            files = re.findall(rf'="(evidence/dualviz-{name}[^"]+)"', text)
            assert {Path(file).suffix for file in files} == {".svg", ".pdf", ".csv", ".json"}
            assert "citation: Wang et al." in (folder / f"evidence/dualviz-{name}.csv").read_text()
        claims, *others = re.findall(r"<table>.*?</table>", text)
        assert claims.count("<tr>") == 1 + len(lines) and claims.count(verdict) >= 1
        assert len(others) == 3 and "python -m dualviz ablate" in text


def test_objects_have_the_numbers_of_the_app_without_those_that_do_not_count() -> None:
    _image, truth = gallery()["crowded"]()
    assert truth.ignore.any() and not truth.ignore[-1], "later ones would be counted one too far"
    counted = truth.taught.boxes.tolist()
    carried = [picture.own[0] for picture in site_pictures() if picture.name == "crowded"]
    lessons = lesson_pictures([lesson for lesson in LESSONS if lesson.picture == "crowded"])
    carried += [own[0] for _packed, own in lessons.values()]
    assert len(carried) >= 2 and all(boxes == counted for boxes in carried)
    assert seen("crowded", "pico-cells").truth.boxes.tolist() == counted


def test_the_service_worker_keeps_every_page_and_picture(site: Path) -> None:
    text = (site / "service.js").read_text(encoding="utf-8")
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        if path.is_file() and name != "service.js":
            assert f'"{name}"' in text


def test_a_folder_without_a_page_in_its_address_opens_without_a_network_too(site: Path) -> None:
    text = (site / "service.js").read_text(encoding="utf-8")
    kept = json.loads(re.search(r"const FILES = (\{.*?\});", text)[1])
    assert kept["./"] == kept["index.html"] and kept["zh_CN/"] == kept["zh_CN/index.html"]


def test_pictures_of_one_name_are_told_apart_by_who_saw_them(tmp_path: Path) -> None:
    pictures = site_pictures()
    (portrait,) = (picture for picture in pictures if picture.name == "portrait")
    write_site(tmp_path, [*pictures, replace(portrait, detector="mine")])
    text = (tmp_path / "zh_CN" / "laboratory.html").read_text(encoding="utf-8")
    listed = json.loads(re.search(r'id="site">(.*?)</script>', text)[1])["pictures"]
    titles = [picture["title"] for picture in listed.values()]
    assert len(set(titles)) == len(titles)
    assert "mine" in listed["portrait mine"]["title"] and "肖像" in listed["portrait mine"]["title"]


def test_without_a_runtime_the_site_is_written_and_says_so(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no npm
    monkeypatch.setenv("DUALVIZ_CACHE", str(tmp_path / "empty"))
    with pytest.raises(UserError, match="no npm"):
        runtime_files()
    for name in FILES[1:]:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(UserError, match=FILES[0]):
        runtime_files(tmp_path)
    assert main(["site", "--out", str(tmp_path / "site")]) == 0
    assert "without a detector inside" in capsys.readouterr().err
    assert not (tmp_path / "site" / "worker.js").exists()
    assert main(["site", "--out", str(tmp_path / "s"), "--runtime", str(tmp_path)]) == 1


def test_the_network_as_onnx_says_what_the_detector_says_at_any_size() -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    detector = load_detector("pico-cells", "cpu")
    session = onnxruntime.InferenceSession(onnx_bytes(detector))
    assert [output.name for output in session.get_outputs()] == list(OUTPUTS)
    for high, wide in ((320, 416), (64, 32), (416, 640)):
        picture = torch.rand(1, 3, high, wide)
        with torch.inference_mode():
            wanted = detector.network(picture)
        points, level = detector.network.anchors((high, wide))
        stride = torch.tensor(detector.strides, dtype=torch.float32)[level, None]
        said = dict(zip(OUTPUTS, session.run(None, {"picture": picture.numpy()})))
        for head in ("one2many", "one2one"):
            reach = torch.from_numpy(said[f"{head}_sides"]) * stride
            boxes = torch.cat((points - reach[..., :2], points + reach[..., 2:]), -1)
            assert (boxes - wanted[head]["boxes"]).abs().max() < 0.05
            off = said[f"{head}_scores"] - wanted[head]["scores"].numpy()
            assert np.abs(off).max() < 1e-4


def test_the_site_names_its_detectors_and_carries_their_files(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("dualviz.exports.site.onnx_bytes", lambda detector: b"weights")
    detector = load_detector("pico-cells", "cpu")
    runtime = {}
    for name in FILES:
        (tmp_path / name).write_bytes(b"runtime")
        runtime[name] = tmp_path / name
    write_site(tmp_path / "site", site_pictures(), [detector], runtime)
    assert (tmp_path / "site" / "models" / "pico-cells.onnx").read_bytes() == b"weights"
    text = (tmp_path / "site" / "laboratory.html").read_text(encoding="utf-8")
    assert '"model": "models/pico-cells.onnx"' in text
