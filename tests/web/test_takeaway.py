"""Claims about the take-away: every button of a page hands over a file of its kind."""

import io
import json
import re
import zipfile
from urllib.parse import urlencode

import pytest
from opened_app import opened
from streamlit.testing.v1 import AppTest

from dualviz.commands import main
from dualviz.detector.catalogue import available
from dualviz.study.replay import load_replay
from dualviz.web import takeaway
from dualviz.web.laboratory import album

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
STARTS = {"svg": b"<?xml", "csv": b"# "}
ZIP = {"zip": b"PK"}
FOLDED = {"laboratory": "away part", "detections": "figures part"}


def handed(page: str, monkeypatch, starts=STARTS, **link: str) -> dict[tuple[str, str], bytes]:
    """What the buttons of a page hand over, by the file's name and kind; bitmaps and PDF are left out to save time."""
    files: dict[tuple[str, str], bytes] = {}

    def pressed(label, name, kind, make, key, note="") -> None:
        if kind in starts:
            files[name, kind] = make()

    monkeypatch.setattr(takeaway, "download", pressed)
    opened(page, FOLDED.get(page, ""), **link)
    for (name, kind), data in files.items():
        assert data.startswith(starts[kind]), (name, kind)
    return files


@pytest.mark.parametrize(
    ("page", "both", "one"),
    [
        ("agreement", {"map", "bars", "gap", "matchers"}, set()),
        ("loss", {"loss"}, set()),
        ("detections", {"outputs", "steps", "curves"}, set()),
        (
            "laboratory",
            set(),
            {("stage", "svg"), ("plane", "svg"), ("ranks", "svg"), ("candidates", "csv")},
        ),
        ("ablation", {"ablation"}, set()),
        ("evidence", {"claims"}, set()),
    ],
)
def test_the_buttons_of_a_page_hand_over_what_they_say(page, both, one, monkeypatch) -> None:
    wanted = {(name, kind) for name in both for kind in STARTS} | one
    files = handed(page, monkeypatch)
    assert {(name.rpartition("-")[2], kind) for name, kind in files} == wanted
    pictures = {name.partition("-")[0] for name, _kind in files}
    assert pictures == {"dualviz" if page in ("ablation", "evidence") else PICTURE[page]}
    if page == "laboratory":
        assert all("-object-" in name for name, _kind in files)


def test_numbers_of_a_study_name_the_weights_and_what_the_network_saw(monkeypatch) -> None:
    files = handed("detections", monkeypatch, dv="tab.starving")
    table = files["Stacked-starving", "csv"].decode()
    assert re.search(r"# detector: pico-cells, weights [0-9a-f]{12}\n", table)
    assert "# network input: longer side " in table


PICTURE = {"agreement": "Sparse", "loss": "Sparse", "detections": "Stacked", "laboratory": "Sparse"}


def test_everything_of_a_page_leaves_as_one_zip_whose_links_lead_back(monkeypatch) -> None:
    ((name, _kind), data) = handed("ablation", monkeypatch, ZIP).popitem()
    assert name == "dualviz-everything"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    files = {entry["file"]: entry for entry in manifest["files"]}
    assert {"dualviz-ablation.pdf", "dualviz-claims.svg", "dualviz-claims.json"} <= set(files)
    assert "/evidence?" in files["dualviz-ablation.pdf"]["link"]
    assert "evidence=ablation" in files["dualviz-ablation.pdf"]["link"]


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("agreement", {"pic": "overlapping", "a": "0.9", "measure": "gap"}),
        ("loss", {"look": "4"}),
        ("detections", {"pic": "white-cells", "conf": "0.3", "iou": "0.6"}),
        ("laboratory", {"pic": "crowded", "b": "3", "o": "5"}),
        ("evidence", {}),
    ],
)
def test_the_link_of_a_page_makes_the_very_files_that_the_page_hands_over(
    page: str, link: dict[str, str], monkeypatch, tmp_path
) -> None:
    files = handed(page, monkeypatch, {"png": b"\x89PNG", **STARTS}, **link)
    address = f"http://localhost:8501/{page}?{urlencode(link)}"
    options = ("--format", "png", "svg", "--csv", "--out", str(tmp_path))
    assert main(["export", "--link", address, *options]) == 0
    assert files
    for (name, kind), data in files.items():
        assert (tmp_path / f"{name}.{kind}").read_bytes() == data, (name, kind)


@pytest.mark.skipif(load_replay() is None, reason="no run is kept")
def test_a_moment_of_the_replay_names_its_step_in_the_file(monkeypatch) -> None:
    files = handed("replay", monkeypatch, at="0")
    wanted = {("moment", "svg"), ("moment", "csv"), ("outputs", "svg"), ("run", "svg")}
    wanted.add(("run", "csv"))
    assert set(files) == {(f"Sparse-step-0-replay-{view}", kind) for view, kind in wanted}


def test_a_file_of_several_pictures_calls_them_as_links_do(monkeypatch) -> None:
    def made() -> None:
        from dualviz.web.laboratory import album

        album.page(["sparse", "crowded"])

    names = []
    monkeypatch.setattr(
        album, "album_html", lambda pictures, _: names.extend(one.name for one in pictures)
    )
    app = AppTest.from_function(made, default_timeout=90).run()
    assert not app.exception and names == ["sparse", "crowded"]
