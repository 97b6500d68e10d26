"""Official weights, fetched on the user's wish only: what comes is read and checked before it counts, whatever its name.

A download that breaks off goes on where it stopped, if the server still has the same file; half of one never counts as
weights, for it lies under a name that nobody looks for. Proxies are taken from the environment (`https_proxy`).
"""

import hashlib
import http.client
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

import torch
from filelock import FileLock, Timeout

from dualviz.detector.catalogue import CACHE_VARIABLE, Entry, cache_folder, find_file
from dualviz.detector.checkpoint import (
    COCO_NAMES,
    MAX_BYTES,
    CheckpointError,
    read_checkpoint,
)
from dualviz.detector.network import DualDetector
from dualviz.words import UserError, said

STALL_SECONDS = 30  # a server that says nothing for so long is given up; what came stays
PIECE = 1 << 16  # bytes between two looks at whether to go on
# Files whose content is known, by SHA-256. Copies of the same weights differ in bytes: an unknown file is said, not refused.
KNOWN_FILES = {
    "55e1563d55db0a2bf89446d30131f0462c23a56c87b9c73a64c2f73cb5959365",  # yolov10n
}
TOLD = f"DualViz (Python {sys.version_info.major}.{sys.version_info.minor})"


@dataclass(frozen=True)
class Progress:
    """How far a download is: bytes that are here, bytes of the whole file (None where the server does not say), its address."""

    here: int
    whole: int | None
    address: str


@dataclass(frozen=True)
class Fetched:
    """Weights that were read and checked.

    Attributes:
        path: where they lie; `load_detector` finds them there by name.
        address: where they came from; None where the file lay there already.
        sha256: of the file, in hexadecimal digits.
        known: whether it is a file whose content this project has measured.
    """

    path: Path
    address: str | None
    sha256: str
    known: bool


class Cancelled(Exception):
    """The user stopped the download; what came stays, so that it can go on."""


@cache
def expected_megabytes(scale: str) -> str:
    """How many megabytes an official file will have, from all parameters in 2 bytes each to all in 4.

    >>> expected_megabytes("n")
    '6–11'
    """
    with torch.device("meta"):
        network = DualDetector(scale, len(COCO_NAMES))
    numbers = sum(tensor.numel() for tensor in network.state_dict().values())
    return f"{2e-6 * numbers:.0f}–{4e-6 * numbers:.0f}"


def fetch(
    entry: Entry,
    tell: Callable[[Progress], None] = lambda progress: None,
    go_on: Callable[[], bool] = lambda: True,
    folder: Path | None = None,
) -> Fetched:
    """Bring official weights into the cache folder, from the first of their sources that gives them.

    Args:
        entry: of `OFFICIAL`.
        tell: hears how far it is, every 64 kB.
        go_on: asked as often; where it answers False the download stops with `Cancelled`.
        folder: where to; the cache folder where none is given.

    Raises:
        UserError: the folder cannot be written, no source answers, or none sends these weights. It says why for each source
            and where to lay a file by hand.
        Cancelled: stopped by `go_on`.
    """
    place = cache_folder() if folder is None else folder
    if here := find_file(entry) if folder is None else None:
        return _described(here, None)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / f"{entry.name}.lock", timeout=0):
            return _from_sources(entry, place, tell, go_on)
    except Timeout as error:
        raise UserError(
            "{name} is being downloaded already by another process into {folder}",
            name=entry.name,
            folder=place,
        ) from error
    except OSError as error:
        raise UserError(
            "{name} cannot be written to {folder} ({reason}): name another folder in {variable}",
            name=entry.name,
            folder=place,
            reason=error.strerror or error,
            variable=CACHE_VARIABLE,
        ) from error


def _from_sources(
    entry: Entry, place: Path, tell: Callable[[Progress], None], go_on: Callable[[], bool]
) -> Fetched:
    reasons: dict[str, list[str]] = {}  # by what is wrong: which addresses
    for address in entry.sources:
        ending = ".safetensors" if address.endswith(".safetensors") else ".pt"
        part = place / f"{entry.name}{ending}.part"
        try:
            _download(address, part, tell, go_on)
            _check(part, entry)
        except (CheckpointError, UserError) as error:
            reasons.setdefault(said(error), []).append(address)
            continue
        path = place / f"{entry.name}{ending}"
        os.replace(part, path)
        _note(part).unlink(missing_ok=True)
        return _described(path, address)
    raise UserError(
        "{name} could not be fetched. {reasons} By hand: lay the file as {file} into {folder}",
        name=entry.name,
        reasons=" ".join(f"{', '.join(where)}: {why}." for why, where in reasons.items()),
        file=entry.files[0],
        folder=place,
    )


def _described(path: Path, address: str | None) -> Fetched:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Fetched(path, address, digest, digest in KNOWN_FILES)


def _check(part: Path, entry: Entry) -> None:
    """Refuse what is no such weights, and throw it away: it would be the same tomorrow."""
    try:
        checkpoint = read_checkpoint(part)
        classes = len(checkpoint.class_names)
        if (checkpoint.scale, classes) != (entry.scale, len(COCO_NAMES)):
            raise UserError(
                "expected {name} with {expected} classes, and the file holds {scale} with {classes}",
                name=entry.name,
                expected=len(COCO_NAMES),
                scale=checkpoint.scale,
                classes=classes,
            )
    except ValueError:
        part.unlink(missing_ok=True)
        _note(part).unlink(missing_ok=True)
        raise


# ── one address ──


def _note(part: Path) -> Path:
    """Beside half a download: which file it is half of."""
    return part.with_suffix(".part-of")


def _download(
    address: str, part: Path, tell: Callable[[Progress], None], go_on: Callable[[], bool]
) -> None:
    """Bring the file at an address to `part`, going on where an earlier try stopped if it is still the same file."""
    begun = _begun(address, part)
    headers = {"User-Agent": TOLD, "Accept-Encoding": "identity"}
    if begun:
        headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": begun}
    try:
        answer = urllib.request.build_opener(_SameSafety()).open(
            urllib.request.Request(address, headers=headers), timeout=STALL_SECONDS
        )
    except urllib.error.HTTPError as error:
        if error.code == 416 and begun:  # what lies here is no part of what the server has
            part.unlink()
            return _download(address, part, tell, go_on)
        raise UserError(
            "the server answers {code} {words}", code=error.code, words=error.reason
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unreachable(error) from error
    with answer:
        going_on = answer.status == 206
        here = part.stat().st_size if going_on else 0
        whole = _whole(answer, here)
        mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        weak = mark is None or mark.startswith("W/")
        _note(part).write_text(
            json.dumps({"address": address, "mark": None if weak else mark}), encoding="utf-8"
        )
        with open(part, "ab" if going_on else "wb") as file:
            _copy(answer, file, here, whole, address, tell, go_on)


def _begun(address: str, part: Path) -> str | None:
    """The mark of the file that half lies here, if it is of this address and can be continued."""
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
        here = part.stat().st_size
    except (OSError, ValueError):
        return None
    return note.get("mark") if here and note.get("address") == address else None


def _whole(answer: Any, here: int) -> int | None:
    """Bytes of the whole file by what the server says, refused where that is no size of weights."""
    says = answer.headers.get("Content-Length", "")
    whole = here + int(says) if says.isdecimal() and len(says) < 16 else None
    if whole is not None and whole > MAX_BYTES:
        raise UserError(
            "the server wants to send {size} bytes, expected at most {limit}",
            size=f"{whole:,}",
            limit=f"{MAX_BYTES:,}",
        )
    return whole


def _copy(
    answer: Any,
    file: IO[bytes],
    here: int,
    whole: int | None,
    address: str,
    tell: Callable[[Progress], None],
    go_on: Callable[[], bool],
) -> None:
    while True:
        tell(Progress(here, whole, address))
        if not go_on():
            raise Cancelled
        try:
            piece = answer.read1(PIECE)
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(error) from error
        if not piece:
            break
        here += len(piece)
        if here > MAX_BYTES:
            raise UserError("the server sends more than {limit} bytes", limit=f"{MAX_BYTES:,}")
        file.write(piece)
    if whole is not None and here < whole:
        raise UserError(
            "the connection broke off after {here} of {whole} bytes; the same again goes on from there",
            here=f"{here:,}",
            whole=f"{whole:,}",
        )


def _unreachable(error: Exception) -> UserError:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return UserError(
            "the server was silent for {seconds} seconds; the same again goes on from there",
            seconds=STALL_SECONDS,
        )
    return UserError(
        "the server cannot be reached ({reason}); is this machine offline, or behind a proxy that https_proxy should name?",
        reason=reason or type(error).__name__,
    )


class _SameSafety(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never from an encrypted address to one that is not."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError(f"it redirects to an unencrypted address, {newurl[:100]}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
