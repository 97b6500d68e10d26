"""Claims about the processes that read uploads: the same answers as here, limits that hold, a line that is told."""

import io
import json
import threading

import numpy as np
import pytest
import torch
from PIL import Image

from dualviz.detector.catalogue import available, find_weights
from dualviz.detector.checkpoint import read_checkpoint
from dualviz.pictures.folders import open_set
from dualviz.pictures.images import read_image
from dualviz.pictures.scenes import random_scenes, write_scenes
from dualviz.pictures.truth import read_truth
from dualviz.web import reader, reading
from dualviz.words import PSEUDO, UserError, speaking


@pytest.fixture(scope="module", autouse=True)
def _stopped():
    yield
    reading.READERS.stop()


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_picture_is_read_as_here() -> None:
    data = png(np.arange(64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3))
    pixels, notes = reading.picture(data, "a.png", print)
    assert np.array_equal(pixels, read_image(data, "a.png")) and notes == []


@pytest.mark.skipif(not available(), reason="no weights are bundled")
def test_weights_are_read_as_here() -> None:
    data = find_weights(available()[0].name).read_bytes()
    here, there = read_checkpoint(data), reading.weights(data, "w", print)
    assert there.class_names == here.class_names and there.metadata == here.metadata
    assert list(there.state_dict) == list(here.state_dict)
    assert all(map(torch.equal, there.state_dict.values(), here.state_dict.values()))


def test_truth_is_read_as_here() -> None:
    data, about = b"0 0.5 0.5 0.2 0.2\n", {"image_wh": (640, 480), "class_names": ("cell",)}
    there = reading.truth(data, "t.txt", print, picture="a.png", **about)
    here = read_truth(data, "t.txt", *about.values())
    assert torch.equal(there.boxes, here.boxes) and torch.equal(there.labels, here.labels)
    assert (there.class_names, there.by_number) == (here.class_names, here.by_number)


def test_what_is_wrong_with_a_file_is_the_same_sentence_as_here() -> None:
    for kind, read in (
        ("picture", read_image),
        ("weights", lambda data, _name: read_checkpoint(data)),
    ):
        with pytest.raises(ValueError) as there:
            reading.READERS.read(kind, b"nothing of the sort", "x.bin")
        with pytest.raises(ValueError) as here:
            read(b"nothing of the sort", "x.bin")
        assert str(there.value) == str(here.value)


@pytest.mark.parametrize(
    ("attribute", "limit", "words"),
    [("SECONDS", 0.0, "seconds"), ("MOST_BYTES", 20 * 2**20, "MB of memory")],
)
def test_a_file_beyond_a_limit_is_given_up_in_a_sentence_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch, attribute: str, limit: float, words: str
) -> None:
    monkeypatch.setattr(reading, attribute, limit)
    readers = reading.Readers(1, seconds=reading.SECONDS)
    try:
        large = png(np.random.default_rng(0).integers(0, 255, (2000, 2000, 3), np.uint8))
        with pytest.raises(UserError, match=words):
            readers.read("picture", large, "bomb.png")
        monkeypatch.undo()
        readers.seconds = reading.SECONDS
        _found, (pixels,) = readers.read("picture", png(np.zeros((32, 32, 3), np.uint8)), "ok.png")
        assert pixels.shape == (32, 32, 3)
    finally:
        readers.stop()


def test_a_process_that_dies_over_a_file_is_a_sentence() -> None:
    readers = reading.Readers(1)
    try:
        readers.warm()
        readers._idle[0].process.kill()
        readers._idle[0].process.wait()
        with pytest.raises(UserError, match="given up"):
            readers.read("picture", b"x", "x.png")
        with pytest.raises(ValueError, match="picture"):
            readers.read("picture", b"x", "x.png")
    finally:
        readers.stop()


def test_who_waits_is_told_how_many_come_first() -> None:
    readers, told = reading.Readers(1), []
    inside, go_on = threading.Event(), threading.Event()

    class Slow(reading.Worker):
        def __init__(self) -> None:
            pass

        alive = True

        def read(self, *given):
            inside.set()
            go_on.wait(20)
            return {"read": {}}, []

    readers._started = Slow
    first = threading.Thread(target=readers.read, args=("picture", b"", "a"), daemon=True)
    first.start()
    assert inside.wait(20)

    def tell(files: int) -> None:
        told.append(files)
        go_on.set()

    readers.read("picture", b"", "b", tell)
    first.join(20)
    assert told[0] == 1


def test_what_a_process_says_is_said_again_in_the_readers_language() -> None:
    deep = io.BytesIO()
    Image.fromarray(np.full((32, 32), 4000, np.uint16)).save(deep, "PNG")
    _pixels, notes = reading.picture(deep.getvalue(), "deep.png", print)
    wanted: list = []
    read_image(deep.getvalue(), "deep.png", wanted)
    for spoken in ("en", PSEUDO):
        with speaking(spoken):
            assert notes and list(map(str, notes)) == list(map(str, wanted))


def test_a_message_survives_the_pipe() -> None:
    file = io.BytesIO()
    arrays = [np.zeros((0, 4), np.float32), np.arange(6, dtype=np.int64).reshape(2, 3)]
    reader.send(file, {"a": "ä"}, arrays)
    file.seek(0)
    facts, back = reader.receive(file)
    assert facts == {"a": "ä"} and all(map(np.array_equal, arrays, back))
    with pytest.raises(EOFError):
        reader.receive(file)


def test_a_set_is_found_and_checked_there_and_its_pictures_are_read_there(tmp_path) -> None:
    write_scenes(random_scenes(3), tmp_path / "images", tmp_path / "set.json")
    document = json.loads((tmp_path / "set.json").read_text(encoding="utf-8"))
    document["annotations"][0]["bbox"][0] -= 500  # outside: left out with a note
    (tmp_path / "set.json").write_text(json.dumps(document), encoding="utf-8")
    here = open_set(tmp_path, within=tmp_path)
    there, absent = reading.labelled_set(tmp_path, tmp_path, print)
    assert absent == 0 and there.as_coco() == here.as_coco() and there.files == here.files
    assert there.class_names == here.class_names and there.words == here.words
    assert list(map(str, there.notes)) == list(map(str, here.notes)) and len(there.notes) == 1
    for one, other in zip(there, here, strict=True):
        assert np.array_equal(one.image, other.image) and np.array_equal(one.boxes, other.boxes)
        assert np.array_equal(one.labels, other.labels) and np.array_equal(one.ignore, other.ignore)


def test_a_picture_of_a_set_that_ends_its_process_is_a_sentence(tmp_path) -> None:
    write_scenes(random_scenes(1), tmp_path / "images", tmp_path / "set.json")
    there, _absent = reading.labelled_set(tmp_path, tmp_path, print)
    for worker in reading.READERS._idle:
        worker.process.kill()
    with pytest.raises(UserError, match="the process that read it has ended"):
        there[0]
    assert there[0].image.shape[2] == 3, "another process has taken its place"


def test_what_is_wrong_with_a_set_is_the_same_sentence_as_here(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of the sort", encoding="utf-8")
    with pytest.raises(ValueError) as here:
        open_set(tmp_path, within=tmp_path)
    with pytest.raises(ValueError) as there:
        reading.labelled_set(tmp_path, tmp_path, print)
    assert str(there.value) == str(here.value)
