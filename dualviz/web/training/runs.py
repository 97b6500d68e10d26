"""Runs of one's own, as folders: what was wished, how far its process is, how it ended, and what it is asked to do.

A run belongs to no session and no server. Everything about it stands in its folder, so that a page that is reloaded and a
server that is started again find it as it is; its name is in the link, and whoever has the link may pause and end it.
`DUALVIZ_RUNS` names the folder of all, `DUALVIZ_TRAINING=off` lets nobody begin one.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dualviz.detector.catalogue import cache_folder
from dualviz.training.run import Rider, Teacher
from dualviz.web.training import line
from dualviz.web.training.line import read, write
from dualviz.words import Sentence, UserError, kept
from dualviz.words.parcel import apart, together

SWITCH = "DUALVIZ_TRAINING"
VARIABLE = "DUALVIZ_RUNS"
MOST_KEPT = 8  # runs that have ended; the oldest makes room
MOST_WAITING = 8  # runs that wait or run
MOST_RIDERS = 3
MINUTES = (1, 60)
NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")
ROOT = Path(__file__).resolve().parents[3]
PAUSE, END = "pause", "end"

_started: list[subprocess.Popen] = []  # asked now and then, so that none stays behind as a zombie


@dataclass(frozen=True)
class Wish:
    """What a run shall be.

    Attributes:
        minutes: of training.
        riders: one-to-one heads beside the consistent one, each with a rule of its own.
        crowd: of the rendered smears, a key of `dualviz.pictures.scenes.CROWDS`; "" for a set of one's own.
        place: of that set: a folder or file of this computer; "" for the zip in the run's folder.
        set_name: what that set is called.
    """

    minutes: float = 3.0
    riders: tuple[Rider, ...] = ()
    crowd: str = "mixed"
    place: str = ""
    set_name: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.minutes <= MINUTES[1]:
            raise UserError(
                "a run lasts at most {most} minutes, got {minutes}",
                most=MINUTES[1],
                minutes=self.minutes,
            )

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Wish":
        """The wish that `asdict` took apart."""
        riders = tuple(
            Rider(rider["name"], Teacher(**rider["teacher"]), rider["draw"])
            for rider in record["riders"]
        )
        return cls(**record | {"riders": riders})


@dataclass(frozen=True)
class Standing:
    """How far a run is.

    Attributes:
        phase: "waiting", "preparing", "timing", "training" or "measuring" while its process lives; then "paused", "ended"
            (by hand), "done", "failed", or "broken off" where the process is gone without a word.
        before: runs that come first, while it waits.
        why: of a failure, else None.
    """

    phase: str
    before: int = 0
    why: Sentence | str | None = None

    @property
    def lives(self) -> bool:
        """Whether its process does something, or waits to."""
        return self.phase in ("waiting", "preparing", "timing", "training", "measuring")

    @property
    def may_go_on(self) -> bool:
        """Whether it can be continued."""
        return self.phase in ("paused", "broken off")


@dataclass(frozen=True)
class OwnRun:
    """One run's folder."""

    folder: Path

    @property
    def out(self) -> Path:
        """What its training writes to."""
        return self.folder / "run"

    @property
    def name(self) -> str:
        """In the link."""
        return self.folder.name

    @property
    def wish(self) -> Wish:
        """What was wished."""
        return Wish.from_json(json.loads((self.folder / "wish.json").read_text(encoding="utf-8")))

    @property
    def standing(self) -> Standing:
        """How far it is now."""
        if line.is_present(self.folder):
            phase = read(self.folder / "phase") or "waiting"
            ahead = line.before(self.folder) if phase == "waiting" else 0
            return Standing(phase, ahead)
        record = read(self.folder / "end")
        if not record:
            began = read(self.folder / "phase")
            late = time.time() - line.asked(self.folder) >= line.START
            return Standing("broken off" if began or late else "waiting")
        end = json.loads(record)
        return Standing(end["how"], why=together(end["why"]))

    def tell(self, phase: str) -> None:
        """Note how far it is; its process does."""
        write(self.folder / "phase", phase)

    def end(self, how: str, why: Sentence | str | None = None) -> None:
        """Note how it ended; its process does, last."""
        write(self.folder / "end", json.dumps({"how": how, "why": apart(why) if why else None}))

    def ask(self, what: str) -> None:
        """Ask its process for `PAUSE` or `END`; it heeds it after the step under way."""
        write(self.folder / "stop", what)

    def asked_for(self) -> str:
        """What it is asked for, "" for nothing."""
        return read(self.folder / "stop")

    def heeded(self) -> None:
        """Forget what it was asked for."""
        (self.folder / "stop").unlink(missing_ok=True)

    def start(self) -> None:
        """Start its process, which outlives this one; it takes its place at the end of the line.

        Raises:
            UserError: runs are switched off here, or too many wait.
        """
        if is_off():
            raise UserError("This server trains nothing: {switch} is off.", switch=SWITCH)
        if self.standing.lives and read(self.folder / "asked"):
            return
        if sum(line.is_present(other.folder) for other in here()) >= MOST_WAITING:
            raise UserError(
                "{n} runs are in line already: wait until one has ended", n=MOST_WAITING
            )
        self.heeded()
        for left in ("end", "phase"):
            (self.folder / left).unlink(missing_ok=True)
        write(self.folder / "asked", str(time.time()))
        _started[:] = [one for one in _started if one.poll() is None]
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        apart_from_us: dict[str, Any] = (
            {"creationflags": subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        with (self.folder / "output.txt").open("ab") as output:
            _started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "dualviz.web.training.process", str(self.folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=ROOT,
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
                    **apart_from_us,
                )
            )


def begin(wish: Wish, zipped: bytes | None = None) -> OwnRun:
    """Make a run's folder and start its process; of runs that ended before, the oldest make room.

    Args:
        wish: what it shall be.
        zipped: the set of one's own as a zip, where the wish names no place.

    Raises:
        UserError: as `OwnRun.start`, or the folder cannot be written.
    """
    root = runs_folder()
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
    run = OwnRun(root / name)
    try:
        run.folder.mkdir(parents=True)
        write(run.folder / "wish.json", json.dumps(asdict(wish)))
        if zipped is not None:
            (run.folder / "set.zip").write_bytes(zipped)
        run.start()
    except OSError as error:
        raise UserError(
            "no run can be kept in {folder} ({reason}): name another folder by {variable}",
            folder=root,
            reason=error.strerror or kept(error),
            variable=VARIABLE,
        ) from error
    except UserError:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    for old in [one for one in here() if one != run and not one.standing.lives][MOST_KEPT:]:
        shutil.rmtree(old.folder, ignore_errors=True)
    return run


def found(name: str) -> OwnRun | None:
    """The run of a name from a link; None where it is not here."""
    folder = runs_folder() / name
    return OwnRun(folder) if NAME.fullmatch(name) and (folder / "wish.json").is_file() else None


def here() -> list[OwnRun]:
    """All runs of this place, the latest first."""
    root = runs_folder()
    names = (
        sorted((path.name for path in root.glob("*-*-*")), reverse=True) if root.is_dir() else []
    )
    return [run for name in names if (run := found(name))]


def runs_folder() -> Path:
    """Where runs lie: the folder that DUALVIZ_RUNS names, or else `runs` in this system's cache for DualViz."""
    return Path(os.environ.get(VARIABLE) or cache_folder() / "runs")


def is_off() -> bool:
    """Whether this server trains nothing."""
    return os.environ.get(SWITCH, "").lower() == "off"
