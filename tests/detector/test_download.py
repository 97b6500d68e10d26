"""Official weights are fetched from servers that break off, lie, stall and redirect; only whole, right ones count."""

import http.server
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from dualviz.commands import main
from dualviz.detector import catalogue, download, load_detector
from dualviz.detector.checkpoint import COCO_NAMES, save_checkpoint
from dualviz.detector.download import Cancelled, fetch
from dualviz.detector.network import DualDetector
from dualviz.words import UserError

ENTRY = next(entry for entry in catalogue.OFFICIAL if entry.name == "yolov10n")


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> bytes:
    file = tmp_path_factory.mktemp("made") / "n.safetensors"
    save_checkpoint(file, DualDetector("n", 80), COCO_NAMES, 640)
    return file.read_bytes()


class Server:
    """A local server whose files misbehave as told; it counts what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.breaks: dict[str, int] = {}  # path: bytes after which the first answer ends
        self.says: dict[str, int] = {}  # path: a Content-Length that is not true
        self.moved: dict[str, str] = {}
        self.silent: set[str] = set()
        self.tag = '"one"'
        self.asked: list[tuple[str, str | None]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_words: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def answer(self, asked: http.server.BaseHTTPRequestHandler) -> None:
        path, wanted = asked.path, asked.headers.get("Range")
        self.asked.append((path, wanted))
        asked.close_connection = True
        if path in self.moved:
            asked.send_response(302)
            asked.send_header("Location", self.moved[path])
            asked.end_headers()
            return
        if path not in self.files:
            asked.send_error(404)
            return
        whole, first = self.files[path], 0
        if wanted and asked.headers.get("If-Range") == self.tag:
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
            asked.send_response(206)
            asked.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{len(whole)}")
        else:
            asked.send_response(200)
        asked.send_header("ETag", self.tag)
        asked.send_header("Content-Length", str(self.says.get(path, len(whole) - first)))
        asked.end_headers()
        end = self.breaks.pop(path, len(whole))
        asked.wfile.write(whole[first:end])
        if path in self.silent:
            asked.wfile.flush()
            stop.wait(5)


stop = threading.Event()


@pytest.fixture
def server():
    made = Server()
    yield made
    stop.set()
    made.server.shutdown()
    made.server.server_close()
    stop.clear()


@pytest.fixture(autouse=True)
def cache_place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(catalogue.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(catalogue.FOLDERS_VARIABLE, "")
    return tmp_path / "cache"


def entry_at(*addresses: str) -> catalogue.Entry:
    return replace(ENTRY, sources=addresses)


def test_what_is_fetched_is_found_by_its_name_and_says_what_it_is(server, weights, cache_place):
    server.files["/n.safetensors"] = weights
    heard = []
    fetched = fetch(entry_at(server.at("/n.safetensors")), heard.append)
    assert fetched.path == cache_place / "yolov10n.safetensors"
    assert fetched.path.read_bytes() == weights
    assert not fetched.known  # random weights are nobody's, and are no reason to refuse them
    assert (heard[0].here, heard[-1].here, heard[-1].whole) == (0, len(weights), len(weights))
    assert load_detector("yolov10n", device="cpu").scale == "n"
    assert len(server.asked) == 1
    fetch(entry_at(server.at("/n.safetensors")))
    assert len(server.asked) == 1  # it is here: nobody is asked again
    assert not list(cache_place.glob("*.part*"))


def test_a_connection_that_breaks_goes_on_from_there(server, weights, cache_place):
    server.files["/n.safetensors"] = weights
    server.breaks["/n.safetensors"] = 100_000
    source = entry_at(server.at("/n.safetensors"))
    with pytest.raises(UserError, match="broke off after 100,000 of"):
        fetch(source)
    assert "yolov10n" not in [entry.name for entry in catalogue.available()]
    assert fetch(source).path.read_bytes() == weights
    assert server.asked[-1] == ("/n.safetensors", "bytes=100000-")


def test_half_of_another_file_is_not_continued(server, weights, cache_place):
    server.files["/n.safetensors"] = weights
    server.breaks["/n.safetensors"] = 100_000
    source = entry_at(server.at("/n.safetensors"))
    with pytest.raises(UserError):
        fetch(source)
    server.tag = '"two"'  # the file on the server has changed meanwhile
    assert fetch(source).path.read_bytes() == weights


def test_stopping_keeps_what_came(server, weights, cache_place):
    server.files["/n.safetensors"] = weights
    source = entry_at(server.at("/n.safetensors"))
    pieces = iter([True, True, False])
    with pytest.raises(Cancelled):
        fetch(source, go_on=lambda: next(pieces))
    assert (cache_place / "yolov10n.safetensors.part").stat().st_size > 0
    assert fetch(source).path.read_bytes() == weights
    assert server.asked[-1][1] is not None


def test_a_silent_server_is_given_up(server, weights, monkeypatch):
    monkeypatch.setattr(download, "STALL_SECONDS", 0.3)
    server.files["/n.safetensors"] = weights
    server.breaks["/n.safetensors"] = 1000
    server.silent.add("/n.safetensors")
    with pytest.raises(UserError, match="silent for"):
        fetch(entry_at(server.at("/n.safetensors")))


@pytest.mark.parametrize(
    "lie, words",
    [
        (b"<!doctype html><title>Sign in</title>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "LFS pointer"),
        (b"", "0 bytes"),
    ],
)
def test_what_is_no_weights_is_refused_by_its_content(server, cache_place, lie, words):
    server.files["/n.pt"] = lie
    with pytest.raises(UserError, match=words):
        fetch(entry_at(server.at("/n.pt")))
    assert not [path for path in cache_place.iterdir() if path.suffix != ".lock"]


def test_other_weights_under_this_name_are_refused(server, tmp_path):
    save_checkpoint(tmp_path / "s.safetensors", DualDetector("pico", 80), COCO_NAMES, 640)
    server.files["/n.safetensors"] = (tmp_path / "s.safetensors").read_bytes()
    with pytest.raises(UserError, match=r"expected yolov10n with 80 classes.*pico with 80"):
        fetch(entry_at(server.at("/n.safetensors")))


def test_a_size_that_is_none_of_weights_is_refused_before_a_byte_is_kept(server, weights):
    server.files["/n.pt"] = weights
    server.says["/n.pt"] = 1 << 40
    with pytest.raises(UserError, match="wants to send"):
        fetch(entry_at(server.at("/n.pt")))


def test_the_next_source_is_tried_and_every_reason_is_said(server, weights, cache_place):
    server.files["/b.safetensors"] = weights
    fetched = fetch(entry_at(server.at("/a.pt"), server.at("/b.safetensors")))
    assert fetched.address == server.at("/b.safetensors")
    fetched.path.unlink()
    with pytest.raises(UserError, match=r"a\.pt.*c\.pt: the server answers 404.*By hand: lay"):
        fetch(entry_at(server.at("/a.pt"), server.at("/c.pt")))


def test_redirects_are_followed_but_never_out_of_encryption(server, weights):
    server.files["/b.safetensors"] = weights
    server.moved["/a.safetensors"] = server.at("/b.safetensors")
    assert fetch(entry_at(server.at("/a.safetensors"))).sha256
    request = download.urllib.request.Request("https://weights.example/n.pt")
    with pytest.raises(OSError, match="unencrypted"):
        download._SameSafety().redirect_request(request, None, 302, "", {}, "http://elsewhere/")
    server.moved["/round.pt"] = server.at("/round.pt")
    with pytest.raises(UserError, match="302"):
        fetch(entry_at(server.at("/round.pt")), folder=Path(catalogue.cache_folder()))


def test_two_processes_do_not_write_the_same_file(server, weights, cache_place):
    cache_place.mkdir()
    with FileLock(cache_place / "yolov10n.lock"), pytest.raises(UserError, match="already"):
        fetch(entry_at(server.at("/n.pt")))


def test_a_folder_that_cannot_be_written_is_said_before_anybody_is_asked(server, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be written"):
        fetch(entry_at(server.at("/n.pt")), folder=tmp_path / "file" / "inside")
    assert server.asked == []


def test_a_file_laid_into_the_cache_by_hand_is_found(weights, cache_place):
    cache_place.mkdir()
    (cache_place / "yolov10n.safetensors").write_bytes(weights)
    assert load_detector("yolov10n", device="cpu").scale == "n"
    assert fetch(ENTRY).address is None


def test_the_command_says_licence_and_size_first(server, weights, capsys, monkeypatch):
    monkeypatch.setattr(
        "dualviz.commands.weights.OFFICIAL", (entry_at(server.at("/n.safetensors")),)
    )
    server.files["/n.safetensors"] = weights
    assert main(["weights"]) == 0
    assert "yolov10n     AGPL-3.0  not here, 6–11 MB" in capsys.readouterr().out
    assert main(["weights", "yolov10n"]) == 0
    first, path, digest = capsys.readouterr().out.strip().splitlines()
    assert "AGPL-3.0" in first and "MB" in first and "not MIT" in first
    assert path.endswith("yolov10n.safetensors") and "not measured here" in digest
    assert main(["weights", "yolov9n"]) == 1
    assert "expected yolov10n" in capsys.readouterr().err
