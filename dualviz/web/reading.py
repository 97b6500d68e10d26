"""Reading what users bring, in warm processes of their own: a file that eats time or memory ends one of them, never the class.

At most `WORKERS` files are read at a time; who waits is told how many come first. Time and memory are watched from here,
so that the limits hold on every system; a process that goes beyond them is ended and another takes its place.
"""

import atexit
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import Any

import numpy as np
import torch
from streamlit import runtime
from streamlit.runtime import Runtime

from dualviz.detector.checkpoint import Checkpoint
from dualviz.pictures.dataset import CocoFolder
from dualviz.pictures.objects import cut
from dualviz.pictures.truth import Truth
from dualviz.web import turns
from dualviz.web.reader import Message, receive, send
from dualviz.words import Sentence, UserError
from dualviz.words.parcel import together

WORKERS = 2
SECONDS = 20.0  # for one file
SET_SECONDS = 120.0  # for the lists of a set, whose pictures are read one by one
MOST_BYTES = 2**30  # of memory, beyond what a process takes before its first file
GLANCE = 0.02  # seconds between two looks at a process at work
PIPE_BYTES = 2**20
ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """One process that reads files, one after another."""

    def __init__(self) -> None:
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dualviz.web.reader", str(MOST_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=PIPE_BYTES,
            pipesize=PIPE_BYTES,  # larger where the system can: fewer turns between two busy processes
            cwd=ROOT,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._warm = False
        self._at_rest = 0

    def read(
        self, facts: dict[str, Any], arrays: list[np.ndarray], name: str, seconds: float
    ) -> Message:
        """Hand over a file and watch until the answer is here.

        Raises:
            UserError: it took too long or too much, or the process ended over it.
        """
        answers: list[Message] = []
        done = Event()

        def talk() -> None:
            try:
                if not self._warm:
                    receive(self.process.stdout)
                    self._warm, self._at_rest = True, resident_bytes(self.process.pid)
                send(self.process.stdin, facts, arrays)
                answers.append(receive(self.process.stdout))
            except (EOFError, OSError, ValueError):
                pass  # the process has ended; what follows says so
            finally:
                done.set()

        Thread(target=talk, name="read an upload", daemon=True).start()
        began, too_long, too_much = monotonic(), False, False
        while not done.wait(GLANCE):
            if not self._warm:  # a process that still starts has not begun with the file
                began = monotonic()
            too_long = monotonic() - began > seconds
            too_much = resident_bytes(self.process.pid) - self._at_rest > MOST_BYTES
            if self._warm and (too_long or too_much):
                self.stop()
                done.wait()
        if answers and not answers[0][0].get("memory"):
            return answers[0]
        if not answers:
            self.stop()
        name = cut(name, 120)
        if too_long:
            raise UserError(
                "{name} was given up: it takes more than {n} seconds to read. Everything else stays.",
                name=name,
                n=round(seconds),
            )
        if too_much or answers:
            raise UserError(
                "{name} was given up: it takes more than {n} MB of memory to read. Everything else stays.",
                name=name,
                n=MOST_BYTES // 2**20,
            )
        raise UserError(
            "{name} was given up: the process that read it has ended. Everything else stays.",
            name=name,
        )

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()

    @property
    def alive(self) -> bool:
        """Whether it can take another file."""
        return self.process.poll() is None


class Readers:
    """The line of files in front of at most `most` processes."""

    def __init__(self, most: int = WORKERS, seconds: float = SECONDS) -> None:
        self.most, self.seconds = most, seconds
        self._idle: list[Worker] = []
        self._all: list[Worker] = []
        self._line: list[object] = []
        self._at_work = 0
        self._free = Condition(Lock())

    def warm(self) -> None:
        """Start a process before the first file comes."""
        with self._free:
            if not self._all:
                self._idle.append(self._started())

    def read(
        self,
        kind: str,
        data: bytes,
        name: str,
        tell: Callable[[int], None] | None = None,
        seconds: float | None = None,
        **about: Any,
    ) -> Message:
        """Read one file of a kind of `dualviz.web.reader`, when its turn comes.

        Args:
            kind, data, name: what it is, its bytes, and what it is called.
            tell: hears how many files come first, whenever that changes while this one waits.
            seconds: that it may take; None for what one file may.
            about: what else its reader asks for.

        Raises:
            ValueError: one sentence for the page.
        """
        facts = {"kind": kind, "name": name, "about": about}
        with turns.aside():
            worker = self._next(tell)
            try:
                answer, arrays = worker.read(
                    facts, [np.frombuffer(data, np.uint8)], name, seconds or self.seconds
                )
            finally:
                self._back(worker)
        if "error" in answer:
            what = together(answer["error"])
            raise UserError.of(what) if isinstance(what, Sentence) else ValueError(what)
        return answer["read"], arrays

    def stop(self) -> None:
        """End all processes."""
        with self._free:
            for worker in self._all:
                worker.stop()
            self._all, self._idle = [], []

    def _next(self, tell: Callable[[int], None] | None) -> Worker:
        place = object()
        with self._free:
            self._line.append(place)
        announced = 0
        try:
            while True:
                with self._free:
                    before = self._line.index(place)
                    if not before and self._at_work < self.most:
                        self._at_work += 1
                        return self._idle.pop() if self._idle else self._started()
                    waiting = before + self._at_work
                if tell and waiting != announced:
                    tell(waiting)
                    announced = waiting
                with self._free:
                    self._free.wait(0.2)
        finally:
            with self._free:
                self._line.remove(place)
                self._free.notify_all()

    def _back(self, worker: Worker) -> None:
        with self._free:
            self._at_work -= 1
            if worker.alive:
                self._idle.append(worker)
            else:
                self._all.remove(worker)
                self._idle.append(self._started())
            self._free.notify_all()

    def _started(self) -> Worker:
        worker = Worker()
        self._all.append(worker)
        return worker


def warm() -> None:
    """Start a process before the first file comes, where a server runs this and not a test."""
    if type(runtime.get_instance()) is Runtime:
        READERS.warm()


def picture(
    data: bytes, name: str, tell: Callable[[int], None]
) -> tuple[np.ndarray, list[Sentence | str]]:
    """Pixels uint8 (H, W, 3) of an uploaded picture, and notes on what was changed."""
    record, (pixels,) = READERS.read("picture", data, name, tell)
    return pixels, [together(note) for note in record["notes"]]


def weights(data: bytes, name: str, tell: Callable[[int], None]) -> Checkpoint:
    """Uploaded weights, read and checked."""
    record, arrays = READERS.read("weights", data, name, tell)
    names, record["class_names"] = record.pop("names"), tuple(record["class_names"])
    return Checkpoint(state_dict=dict(zip(names, map(torch.from_numpy, arrays))), **record)


def truth(data: bytes, name: str, tell: Callable[[int], None], **about: Any) -> Truth:
    """An uploaded truth file; `about` is `image_wh`, `class_names` and `picture`, its name."""
    record, (boxes, labels, ignore) = READERS.read("truth", data, name, tell, **about)
    return Truth(
        *map(torch.from_numpy, (boxes, labels)),
        tuple(record["class_names"]),
        torch.from_numpy(ignore),
        tuple(together(note) for note in record["notes"]),
        by_number=record["by_number"],
    )


def labelled_set(
    place: Path, within: Path, tell: Callable[[int], None], pictures: Path | None = None
) -> tuple[CocoFolder, int]:
    """A set that somebody brought, and how many of its pictures are absent; each picture is read as an upload too.

    Args:
        place, within: as for `dualviz.pictures.folders.open_set`.
        pictures: where only some of the pictures of a COCO file lie; None for a whole set.
    """
    record, arrays = READERS.read(
        "set",
        b"",
        place.name,
        tell,
        SET_SECONDS,
        place=str(place),
        within=str(within),
        pictures=None if pictures is None else str(pictures),
    )
    return CocoFolder.together(record["set"], arrays, _decoded), record["absent"]


def _decoded(data: bytes, name: Sentence | str, notes: list[Sentence]) -> np.ndarray:
    record, (pixels,) = READERS.read("picture", data, str(name))
    notes += map(together, record["notes"])
    return pixels


def resident_bytes(pid: int) -> int:
    """Memory that a process takes now; 0 where it has ended or this system does not say."""
    try:
        if sys.platform == "win32":
            return _resident_on_windows(pid)
        if sys.platform == "linux":
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        listing = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True
        )
        return int(listing.stdout) * 1024
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _resident_on_windows(pid: int) -> int:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            *((f"size{index}", ctypes.c_size_t) for index in range(8)),
        )

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    kernel.OpenProcess.restype = wintypes.HANDLE
    handle = kernel.OpenProcess(0x1010, False, pid)  # query and read
    if not handle:
        return 0
    counters = Counters(cb=ctypes.sizeof(Counters))
    kernel.K32GetProcessMemoryInfo(
        wintypes.HANDLE(handle), ctypes.byref(counters), ctypes.sizeof(counters)
    )
    kernel.CloseHandle(wintypes.HANDLE(handle))
    return int(counters.size1)  # WorkingSetSize


READERS = Readers()
atexit.register(READERS.stop)
