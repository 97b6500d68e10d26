"""What the process of a run does when its turn has come: pictures, pace, training, and looks at pictures kept aside.

It takes few threads, a bounded amount of memory and the lowest priority, so that the app beside it goes on; whatever goes
wrong ends as one sentence in the run's folder.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import torch

from dualviz.detector import choose_device
from dualviz.pictures import scenes
from dualviz.pictures.archive import place_in, unpack
from dualviz.pictures.dataset import CocoFolder, Labelled
from dualviz.pictures.folders import TO_TEACH, open_set
from dualviz.training import judging
from dualviz.training.data import TRAINED_FROM, Recipe
from dualviz.training.pace import cores, paced
from dualviz.training.run import Run
from dualviz.training.state import State
from dualviz.training.train import STOP, train
from dualviz.web.reader import limit_memory
from dualviz.web.training.runs import END, OwnRun, Wish
from dualviz.words import Sentence, UserError, kept
from dualviz.words.parcel import apart

MOST_BYTES = 3 * 2**30  # of memory, beyond what the libraries take
MOST_THREADS = 4
JUDGED = 12  # pictures kept aside
LOOKS = 16  # at them, after the untrained network
SMEARS = 100, 1500  # to teach: a minute, and at most
ONE2ONE_RATE = 8.0  # of the trunk's learning rate: with one positive an object a head learns slowly
SMEAR_WH, SET_WH = (224, 160), (256, 256)  # of the network's input
Item = TypeVar("Item")


class Asked(Exception):
    """Somebody asked for a pause or an end."""


@dataclass(frozen=True)
class Pictures:
    """What a run sees.

    Attributes:
        taught: set to learn from, as `Run.annotations`.
        aside: the pictures that its heads are judged by.
        class_names: of both.
        words: what they are.
    """

    taught: str
    aside: Sequence[Labelled]
    class_names: tuple[str, ...]
    words: Sentence


def work(folder: Path) -> None:
    """Do all of a run, or go on with it, and note how it ended."""
    own = OwnRun(folder)
    limit_memory(MOST_BYTES)
    if sys.platform != "win32":
        os.nice(10)
    torch.set_num_threads(threads())
    try:
        _go(own)
        own.end("done")
    except (Asked, KeyboardInterrupt):
        leave(folder)
    except MemoryError:
        own.end("failed", _too_much())
    except (ValueError, OSError) as error:
        own.end("failed", kept(error))
    except RuntimeError as error:
        own.end("failed", _too_much() if "memory" in str(error) else str(error))


def leave(folder: Path) -> None:
    """Note that a run was paused, or ended by hand."""
    own = OwnRun(folder)
    how = "ended" if own.asked_for() == END else "paused"
    own.heeded()
    own.end(how)


def threads() -> int:
    """Threads that compute: as the system says, else one a core; the process that prepares pictures takes little."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    return int(named) if named.isdigit() and int(named) else min(MOST_THREADS, cores())


def _too_much() -> Sentence:
    return Sentence("It needs more than {n} MB of memory", n=MOST_BYTES // 2**20)


def _go(own: OwnRun) -> None:
    wish = own.wish
    own.tell("preparing")
    pictures = _pictures(own, wish)
    smears = bool(wish.crowd)
    run = Run(
        pictures.taught,
        None,
        str(own.out),
        one2one_rate=ONE2ONE_RATE,
        recipe=Recipe(canvas_wh=SMEAR_WH if smears else SET_WH, upside=smears),
        riders=wish.riders,
    )
    own.tell("timing")
    watched = LOOKS * _look_seconds(own, run, pictures)
    run = paced(run, wish.minutes, watched=watched)
    own.tell("training")

    def heed(_state: State) -> None:
        if own.asked_for():
            (own.out / STOP).touch()

    train(
        run,
        resume=(own.out / "last.pt").exists(),
        save_every=15,
        report_every=max(1, run.steps // 60),
        watch=judging.Watch(run, pictures.aside, pictures.class_names, LOOKS, heed),
    )


def _look_seconds(own: OwnRun, run: Run, pictures: Pictures) -> float:
    """What one look at the pictures kept aside takes, by a network that is thrown away."""
    if own.out.exists():  # the pace is known
        return 0.0
    place = own.folder / "trial"
    place.mkdir(exist_ok=True)
    run = replace(run, out=str(place))
    State(run, open_set(run.annotations, None, TO_TEACH), choose_device()).snapshot()
    began = time.perf_counter()
    judging.look(run, 0, pictures.aside, pictures.class_names)
    shutil.rmtree(place)
    return time.perf_counter() - began


# ── pictures ──


def _pictures(own: OwnRun, wish: Wish) -> Pictures:
    """Render or open what the run sees, and lay the first judged picture down for the page."""
    pictures = _smears(own, wish) if wish.crowd else _set(own, wish)
    if not (own.folder / "shown.json").exists():
        first = pictures.aside[0]
        _, packed = cv2.imencode(".jpg", first.image[..., ::-1])
        (own.folder / "shown.jpg").write_bytes(packed.tobytes())
        record = {
            "boxes": first.boxes[~first.ignore].round(1).tolist(),
            "labels": first.labels[~first.ignore].tolist(),
            "class_names": list(pictures.class_names),
            "words": apart(pictures.words),
        }
        (own.folder / "shown.json").write_text(json.dumps(record), encoding="utf-8")
    return pictures


def _smears(own: OwnRun, wish: Wish) -> Pictures:
    """Smears to teach and others to judge by, all of one crowding, with the renderer's exact boxes."""
    least, most = SMEARS
    count = min(most, int(least * max(1, wish.minutes)))
    place = own.folder / "smears"
    for name, first, number in (("aside", 0, JUDGED), ("taught", TRAINED_FROM, count)):
        if not (place / f"{name}.json").exists():
            named = scenes.random_scenes(number, first, wish.crowd, ".jpg")
            scenes.write_scenes(_heeding(own, named), place / name, place / f"{name}.json")
    aside = CocoFolder(place / "aside.json")
    words = Sentence(
        "{n} smear that it never learns from", "{n} smears that it never learns from", JUDGED
    )
    return Pictures(str(place / "taught.json"), [*aside], tuple(aside.class_names), words)


def _set(own: OwnRun, wish: Wish) -> Pictures:
    """A set of one's own: its list to train on, and some of its list to judge by."""
    place = Path(wish.place) if wish.place else _unpacked(own, wish.set_name)
    within = None if wish.place else own.folder / "set"
    taught, judged = open_set(place, wanted=TO_TEACH, within=within), open_set(place, within=within)
    if tuple(taught.class_names) != tuple(judged.class_names):
        judged = taught
    every = max(1, len(judged) // JUDGED)
    order = sorted(range(len(judged)), key=lambda index: (index % every, index))
    aside: list[Labelled] = []
    for index in order:  # evenly spaced ones first
        if len(aside) == JUDGED:
            break
        if not (one := judged[index]).ignore.all():
            aside.append(one)
    if not aside:
        raise UserError("{set} has no objects to learn", set=judged.path)
    if _files(taught).isdisjoint(_files(judged)):
        words = Sentence(
            "{n} picture of the set that it never learns from",
            "{n} pictures of the set that it never learns from",
            len(aside),
        )
    else:
        words = Sentence(
            "{n} picture that it also learns from, for the set has no list to judge by",
            "{n} pictures that it also learns from, for the set has no list to judge by",
            len(aside),
        )
    return Pictures(str(place), aside, tuple(taught.class_names), words)


def _files(folder: CocoFolder) -> set[Path]:
    return {file.resolve() for file in folder.files}


def _heeding(own: OwnRun, items: Iterable[Item]) -> Iterator[Item]:
    """Go through items, unless asked to stop."""
    for item in items:
        if own.asked_for():
            raise Asked
        yield item


def _unpacked(own: OwnRun, name: str) -> Path:
    """The set in the run's zip: its folder, or the only folder in it.

    Raises:
        UserError: no zip, or too large a one.
    """
    place = own.folder / "set"
    if not place.exists():
        part = own.folder / "set.part"
        shutil.rmtree(part, ignore_errors=True)
        unpack(own.folder / "set.zip", name, part, partial(_heeding, own))
        part.rename(place)
        (own.folder / "set.zip").unlink()
    return place_in(place)
