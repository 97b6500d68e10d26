"""Claims about sets that come in one zip: read as their folder is, within a budget, and nothing outside is touched."""

import io
import json
import zipfile

import cv2
import numpy as np
import pytest

from dualviz.pictures import archive
from dualviz.pictures.archive import place_in, unpack
from dualviz.pictures.folders import open_set
from dualviz.words import UserError


def picture() -> bytes:
    return cv2.imencode(".png", np.full((40, 60, 3), 90, np.uint8))[1].tobytes()


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    """A zip of files by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return file


YOLO = {
    "set/data.yaml": b"val: images\nnames: [cell]\n",
    "set/images/a.png": picture(),
    "set/labels/a.txt": b"0 0.5 0.5 0.5 0.5\n",
}


def test_a_set_in_a_zip_is_what_its_folder_is(tmp_path) -> None:
    unpack(zipped(YOLO), "set.zip", tmp_path / "in")
    labelled = open_set(place_in(tmp_path / "in"), within=tmp_path / "in")
    assert labelled.class_names == ("cell",)
    assert labelled[0].boxes.tolist() == [[15.0, 10.0, 45.0, 30.0]]


def test_a_name_that_leads_out_of_the_folder_stays_in_it(tmp_path) -> None:
    unpack(zipped({"../evil.txt": b"x"}), "set.zip", tmp_path / "in")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert (tmp_path / "in" / "evil.txt").read_bytes() == b"x"


@pytest.mark.parametrize("budget", ["MOST_FILES", "MOST_BYTES"])
def test_what_is_too_much_is_refused_before_anything_is_written(
    tmp_path, monkeypatch, budget
) -> None:
    monkeypatch.setattr(archive, budget, 2)
    with pytest.raises(UserError, match=r"set\.zip holds 3 files"):
        unpack(zipped(YOLO), "set.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all" * 9])
def test_what_is_no_zip_is_one_sentence(tmp_path, data) -> None:
    with pytest.raises(UserError, match=r"set\.zip is no zip that can be read"):
        unpack(io.BytesIO(data), "set.zip", tmp_path / "in")


def coco(file_name: str) -> bytes:
    document = {
        "images": [{"id": 1, "file_name": file_name}],
        "categories": [{"id": 1, "name": "cell"}],
    }
    entry = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [15, 10, 30, 20]}
    return json.dumps(document | {"annotations": [entry]}).encode()


def test_a_set_that_names_pictures_of_the_server_is_refused(tmp_path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "private.png").write_bytes(picture())
    server = tmp_path / "images" / "private.png"
    for number, name in enumerate((str(server), "../../images/private.png")):
        place = tmp_path / str(number)
        unpack(zipped({"set/a.json": coco(name), "set/a.png": picture()}), "set.zip", place)
        with pytest.raises(UserError, match=r"not in it: private\.png"):
            open_set(place_in(place), within=place)
    lists = (
        f"path: {tmp_path}\nval: images\nnames: [cell]\n".encode()
    )  # taken for another machine's
    unpack(zipped(YOLO | {"set/data.yaml": lists}), "set.zip", tmp_path / "in")
    labelled = open_set(place_in(tmp_path / "in"), within=tmp_path / "in")
    assert [file.name for file in labelled.files] == ["a.png"]


@pytest.mark.parametrize("name", ["set/labels/a.txt", "SET.JSON", "x.yaml"])
def test_a_text_that_would_take_gigabytes_is_refused_before_anything_is_written(
    tmp_path, name
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("set/a.png", picture())
        opened.writestr(name, b" " * (archive.MOST_TEXT + 1))
    with pytest.raises(UserError, match="has 32 MB, expected at most 32 of a text in a set"):
        unpack(file, "set.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_a_zip_that_is_damaged_anywhere_is_read_or_refused_in_a_sentence(tmp_path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in YOLO.items():
            opened.writestr(name, data)
    whole = file.getvalue()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            unpack(io.BytesIO(bytes(damaged)), "set.zip", tmp_path / str(place))
        except UserError as error:
            assert "set.zip" in str(error)


def test_a_folder_that_is_called_like_a_picture_is_none(tmp_path) -> None:
    unpack(zipped({"set.json": coco("a.png"), "set/a.png/b.txt": b""}), "set.zip", tmp_path / "s")
    with pytest.raises(UserError, match="lacks 1 of the 1 pictures"):
        open_set(tmp_path / "s", within=tmp_path)


def test_a_name_that_no_file_can_have_is_refused_without_the_server_s_folders(tmp_path) -> None:
    with pytest.raises(UserError, match="is no zip that can be read") as refused:
        unpack(zipped({"a" * 300 + ".png": b""}), "set.zip", tmp_path / "s")
    assert str(tmp_path) not in str(refused.value) and len(str(refused.value)) < 120
