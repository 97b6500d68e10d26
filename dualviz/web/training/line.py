"""One run at a time on this computer, whoever's server started it: a line of processes that wait for their turn.

Every run's process holds a lock on its own folder while it lives, and the one whose turn it is holds another; the system
gives both up when a process ends, however it ends. Who asked first is first.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

ALIVE = "alive.lock"
TURN = "turn.lock"
GLANCE = 0.5  # seconds between two looks at the line
START = 10.0  # seconds that a process tries to take its own folder, at which others may be looking

_looking = Lock()


@contextmanager
def present(folder: Path) -> Iterator[bool]:
    """Be the process of a run; False where another one is."""
    lock = FileLock(folder / ALIVE)
    try:
        lock.acquire(timeout=START)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_present(folder: Path) -> bool:
    """Whether the process of a run lives."""
    if not (folder / ALIVE).exists():
        return False
    with _looking:  # two that look at once would each take the other for the process
        try:
            with FileLock(folder / ALIVE).acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # the folder was removed meanwhile
            return False


def asked(folder: Path) -> float:
    """When a run asked for its turn, in seconds; one that never did comes last."""
    try:
        return float(read(folder / "asked"))
    except ValueError:
        return float("inf")


def before(folder: Path) -> int:
    """How many runs of the same place come before one: those that live and asked earlier, of two at once the first by name."""
    mine = asked(folder), folder.name
    return sum(
        (asked(other), other.name) < mine and is_present(other)
        for other in folder.parent.iterdir()
        if other != folder and other.is_dir()
    )


@contextmanager
def turn(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Wait until no run comes before this one, and hold the turn.

    Args:
        folder: of the run.
        waiting: called at every look while others come first; may raise to leave the line.
    """
    lock = FileLock(folder.parent / TURN)
    while True:
        if not before(folder):
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                pass
        waiting()
        time.sleep(GLANCE)
    try:
        yield
    finally:
        lock.release()


def read(path: Path) -> str:
    """What a small file says; "" where it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def write(path: Path, text: str) -> None:
    """Write a small file at once, so that nobody reads half of it."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
