"""Claims about everything at once: what a file says of itself, one zip with a manifest, and an address that makes it again."""

import argparse
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from dualviz import MADE_BY
from dualviz.charts.print import PAGES, page_for
from dualviz.commands.export import add_arguments, run
from dualviz.detector.catalogue import available
from dualviz.exports.about import BIBTEX
from dualviz.exports.bundle import everything
from dualviz.exports.shown import ShownPicture
from dualviz.exports.views import VIEWS, Paper
from dualviz.study.replay import load_replay

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")
SAID = ("settings", "detector", "network input", "truth", "link", "version", "citation")


def asked(*more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["--dpi", "40", *more])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The stage and the outputs of a picture in every kind of file, at knobs of their own."""
    out = tmp_path_factory.mktemp("bundle")
    knobs = ["--alpha", "0.7", "--object", "2", "--iou", "0.55", "--size", "224"]
    figures = ["--figure", "stage", "gap", "--format", "png", "svg", "pdf", "--csv", "--json"]
    run(asked("--picture", "sparse", *knobs, *figures, "--out", str(out)))
    run(asked("--picture", "sparse", *knobs, *figures, "--out", str(out / "all.zip")))
    return out


def test_every_kind_of_file_says_what_it_is_and_where_it_comes_from(folder: Path) -> None:
    texts = {
        "png": Image.open(folder / "Sparse-gap.png").text["Description"],
        "svg": (folder / "Sparse-gap.svg").read_text(),
        "csv": (folder / "Sparse-gap.csv").read_text(),
        "json": (folder / "Sparse-gap.json").read_text(),
        "pdf": (folder / "Sparse-gap.pdf").read_bytes().decode("latin-1"),
    }
    for kind, text in texts.items():
        if kind == "pdf":  # its words are in UTF-16
            continue
        for part in ("one-to-many α 0.70", "of the picture", "224 × 192 px", "2405.14458", MADE_BY):
            assert part in text, (kind, part)
        assert re.search(r"pico-cells, weights [0-9a-f]{12}", text), kind
        assert "laboratory?pic=sparse" in text and "a=0.7" in text, kind
    assert "<title>Supervision gap A, object by object</title>" in texts["svg"]
    assert 'role="img"' in texts["svg"]
    assert "/Title" in texts["pdf"] and "/Subject" in texts["pdf"]
    title = "Supervision gap A, object by object"
    assert f"({title})" in texts["pdf"] or title.encode("utf-16-be") in texts["pdf"].encode(
        "latin-1"
    )


def test_the_json_holds_the_numbers_of_the_table_and_the_state_of_the_address(folder: Path) -> None:
    kept = json.loads((folder / "Sparse-gap.json").read_text())
    lines = [
        line
        for line in (folder / "Sparse-gap.csv").read_text().splitlines()
        if not line.startswith("# ")
    ]
    (table,) = kept["tables"]
    assert ",".join(table["columns"]) == lines[0] and len(table["rows"]) == len(lines) - 1
    assert table["rows"][0][0] == 1 and isinstance(table["rows"][0][2], float)
    assert kept["state"]["a"] == "0.7" and kept["state"]["o"] == "1"


def test_the_zip_has_a_manifest_that_is_true(folder: Path) -> None:
    with zipfile.ZipFile(folder / "all.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    assert files.pop("citation.bib").decode() == BIBTEX and "2405.14458" in BIBTEX
    assert [entry["file"] for entry in manifest["files"]] == list(files)
    for entry in manifest["files"]:
        data = files[entry["file"]]
        assert entry["bytes"] == len(data)
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert all(entry[key] for key in (*SAID, "view", "title")), entry
        assert data == (folder / entry["file"]).read_bytes(), "the folder has the same files"


def test_an_address_makes_the_same_files_again(folder: Path, tmp_path: Path) -> None:
    link = json.loads((folder / "Sparse-gap.json").read_text())["about"]["link"]
    kinds = ["--format", "png", "svg", "pdf", "--csv", "--json"]
    paths = run(asked("--link", link, *kinds, "--page", "column", "--out", str(tmp_path)))
    names = {path.name for path in paths}
    assert {"Sparse-gap.svg", "Sparse-map.svg", "Sparse-matchers.csv"} <= names
    assert not any("outputs" in name or "stage" in name for name in names), "other pages"
    for path in paths:
        if path.name.startswith("Sparse-gap"):
            assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    stage = link.replace("&view=agreement", "")
    again = run(
        asked("--link", stage, "--figure", "stage", "--page", "column", "--out", str(tmp_path))
    )
    name = "Sparse-object-2-stage.png"
    assert [path.read_bytes() for path in again] == [(folder / name).read_bytes()]


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("nonsense", "expected the address of a page"),
        ("http://localhost:8501/laboratory?pic=file-0123456789ab", "give it with --picture"),
        ("http://localhost:8501/laboratory?pic=sparse&t=!!", "drawn truth"),
        ("http://localhost:8501/evidence?evidence=evaluation", "dualviz evaluate"),
        ("http://localhost:8501/teach?pic=sparse", "has no view to take away"),
    ],
)
def test_an_address_that_cannot_be_followed_is_one_sentence(
    link: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=sentence):
        run(asked("--link", link, "--out", str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_type_is_never_too_small_to_read_and_a_bare_figure_has_no_words_around_it(
    a_picture: ShownPicture,
) -> None:
    for page in PAGES.values():
        for name, view in VIEWS.items():
            if view.shown is not ShownPicture or not view.figure:
                continue
            figure = view.figure(a_picture, page)
            sizes = [t.get_fontsize() for t in figure.findobj(Text) if t.get_text().strip()]
            assert min(sizes) >= 6.5, (name, page.name)
    plain = VIEWS["gap"].figure(a_picture, page_for("column"))
    bare = VIEWS["gap"].figure(a_picture, page_for("column", bare=True))
    assert plain.get_label() == bare.get_label(), "its file says the same"
    said = {text.get_text() for text in bare.findobj(Text)}
    assert not any("α 0.50" in text or "object by object" in text for text in said)
    assert np.isclose(bare.get_size_inches()[0] * 25.4, 85)
    assert np.isclose(page_for("wide").width * 25.4, 174)
    with pytest.raises(ValueError, match=r"must be 6\.5 to 7\.5 points, got 5"):
        page_for("column", 5)


@pytest.fixture(scope="module")
def a_picture() -> ShownPicture:
    from dualviz.commands.subject import shown_subject

    return shown_subject(asked("--picture", "sparse", "--size", "128", "--out", "x"))[0]


def test_what_cannot_be_made_is_named_with_its_reason(a_picture: ShownPicture) -> None:
    told = []
    page = lambda: "<!doctype html>"  # noqa: E731
    views = [VIEWS["gap"], VIEWS["crowding"]]
    heard = lambda share, name: told.append((share, name))  # noqa: E731
    bundle = everything(a_picture, Paper(size=30), None, views, ("svg", "csv"), page, heard)
    assert set(bundle.absent) == {"Sparse-gap", "dualviz-crowding"}
    assert "got 30" in bundle.absent["Sparse-gap"]
    (page_file,) = bundle.files
    assert page_file.endswith("laboratory.html")
    shares = [share for share, _name in told]
    assert shares == sorted(shares) and shares[-1] == 1
    with zipfile.ZipFile(io.BytesIO(bundle.zipped())) as archive:
        assert json.loads(archive.read("manifest.json"))["absent"] == bundle.absent


@pytest.mark.parametrize(
    "page",
    [
        "laboratory?view=agreement&measure=gap&over=bundled&shared=1",
        "laboratory?view=loss&cells=target&cells-level=P4&cells-class=RBC&look=3",
        "laboratory?view=loss&o=5&a=0.7",
        "laboratory?v=layer.p~level.1&o=4",
        "detections?conf=0.4&iou=0.3&dv=step.5~tab.steps",
    ],
)
def test_files_made_from_an_address_are_made_again_from_the_address_they_name(
    page: str, tmp_path: Path
) -> None:
    def made(link: str, out: Path) -> dict[str, Path]:
        paths = run(asked("--link", link, "--format", "svg", "--json", "--out", str(out)))
        return {path.name: path for path in paths}

    first = made(f"http://localhost:8501/{page}&pic=sparse", tmp_path / "first")
    (link, *_others) = {
        json.loads(path.read_text())["about"]["link"]
        for name, path in first.items()
        if name.endswith(".json") and "crowding" not in name
    }
    again = made(link, tmp_path / "again")
    assert set(again) == set(first)
    for name, path in first.items():
        if "detections" not in page:  # its tabs are one page, each with a link of its own
            assert again[name].read_bytes() == path.read_bytes(), name
    if "over=bundled" in page:
        assert "the-bundled-smears-map.svg" in first
        assert "over the one-to-one head" in first["the-bundled-smears-map.svg"].read_text()
    if "cells=target" in page:
        words = first["Sparse-loss.svg"].read_text()
        assert "Soft target t" in words and "P4" in words and "object 3 of 14" in words


@pytest.mark.skipif(load_replay() is None, reason="no run is kept")
def test_a_link_to_training_takes_the_moment_it_names_and_its_files_lead_back(tmp_path) -> None:
    link = "http://localhost:8501/training?pic=sparse&at=0&look=3"
    paths = run(asked("--link", link, "--format", "svg", "--json", "--out", str(tmp_path)))
    names = [path.name for path in paths]
    assert "Sparse-step-0-replay-moment.svg" in names and "Sparse-step-0-replay-run.json" in names
    kept = json.loads((tmp_path / "Sparse-step-0-replay-moment.json").read_text())
    assert (
        "at step 0" in kept["about"]["detector"]
        and "object 3 of" in (tmp_path / "Sparse-step-0-replay-moment.svg").read_text()
    )
    again = run(asked("--link", kept["about"]["link"], "--json", "--out", str(tmp_path / "again")))
    assert [path.name for path in again if path.suffix == ".json"] == [
        name for name in names if name.endswith(".json")
    ]
    for path in again:
        if path.suffix == ".json":
            assert path.read_bytes() == (tmp_path / path.name).read_bytes()
