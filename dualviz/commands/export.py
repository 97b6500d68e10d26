"""`python -m dualviz export`: one picture's figures, their numbers, its laboratory as one page; or lessons as one page."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from dualviz.charts.page import PAGES, page_for
from dualviz.charts.print import figure_note
from dualviz.commands.address import follow
from dualviz.commands.arguments import folder_to_fill, new_file, number
from dualviz.commands.subject import add_subject, out_of_range, pictures, shown_subject
from dualviz.exports.about import BIBTEX
from dualviz.exports.address import Address, address_of
from dualviz.exports.album import album_html, album_picture
from dualviz.exports.animation import KINDS as FILMS
from dualviz.exports.animation import MOVES, PACE, WIDTH, film, film_file
from dualviz.exports.bundle import CITATION, KINDS, Bundle, everything, views_of
from dualviz.exports.files import FORMATS, laboratory_html, lessons_html
from dualviz.exports.moments import largest, moment
from dualviz.exports.shown import ShownMoment, ShownPicture
from dualviz.exports.subject import farthest
from dualviz.exports.views import FIGURES, NUMBERS, VIEWS, Paper, View, file_words
from dualviz.lessons import LESSONS, Lesson
from dualviz.pictures import scenes
from dualviz.study.ablation import COMMAND as ABLATE
from dualviz.study.ablation import FILE as ABLATION
from dualviz.study.ablation import load_ablation
from dualviz.study.replay import COMMAND as REPLAY
from dualviz.study.replay import load_replay
from dualviz.words import LANGUAGES, UserError, _, language, speaking


def _is_file(out: Path) -> bool:
    """Whether what is written is one zip or page, and not a folder of files."""
    return out.suffix.lower() in (".zip", ".html")


def _folder_or_file(name: str) -> Path:
    return new_file(name) if _is_file(Path(name)) else folder_to_fill(name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz export`."""
    add = parser.add_argument
    add(
        "--out",
        type=_folder_or_file,
        required=True,
        metavar="DIR|FILE.zip",
        help=_("folder for the files, made where it is missing; or one zip with a manifest"),
    )
    add("--link", metavar="URL", help=_("take picture, settings and views from a page's address"))
    add(
        "--everything",
        action="store_true",
        help=_("every view in every kind of file, the page, and a manifest"),
    )
    add("--figure", nargs="+", default=[], choices=[*FIGURES, "all"])
    add("--format", nargs="+", default=["png"], choices=FORMATS)
    add(
        "--csv",
        action="store_true",
        help=_("also write the object's candidates and the figures' numbers"),
    )
    add("--json", action="store_true", help=_("also write them as JSON, with the settings"))
    add(
        "--html",
        action="store_true",
        help=_("also write the laboratory of this picture as one file"),
    )
    add(
        "--page",
        choices=list(PAGES),
        help=_(
            "a paper's column (85 mm, the default), both of its columns (174 mm) or a 16:9 slide; of a link as on its page: PNG for slides, the rest for a column"
        ),
    )
    add("--dpi", type=int, default=200)
    add(
        "--type",
        type=float,
        default=0.0,
        metavar="POINTS",
        help=_("of the running text (default: what suits the page)"),
    )
    add(
        "--bare",
        action="store_true",
        help=_("figures without title and settings, for LaTeX, and the citation as BibTeX"),
    )
    add(
        "--animate",
        nargs="+",
        metavar="MOVE",
        choices=list(MOVES),
        help=_(
            "instead of figures, films: {moves}",
            moves="; ".join(f"{n}: {w}" for n, w in MOVES.items()),
        ),
    )
    add("--film", nargs="+", default=["webm"], choices=FILMS, help=_("kinds of film"))
    add("--pace", type=number(*PACE), default=4.0, help=_("frames a second (default 4)"))
    add("--frames", type=number(2, 240), default=24, help=_("of a film (default 24)"))
    add("--width", type=number(*WIDTH), default=960, help=_("of a film, in pixels (default 960)"))
    add(
        "--lesson",
        nargs="+",
        metavar="N",
        choices=[*(str(lesson.id) for lesson in LESSONS), "all"],
        help=_("instead of a picture: write these lessons as one file that needs no server"),
    )
    add(
        "--pictures",
        nargs="+",
        metavar="PICTURE",
        help=_(
            "one page of several pictures, each live with its detections; --lesson adds lessons"
        ),
    )
    add("--language", default=language(), choices=list(LANGUAGES), help=_("of such a page"))
    add_subject(parser)


def run(chosen: argparse.Namespace) -> list[Path]:
    """Write what was asked for, name every file on the standard output, and return their paths.

    Raises:
        ValueError: one sentence on what cannot be used, before anything is written.
        OSError: the folder cannot be made, before anything is worked out.
    """
    with folder_to_be(chosen.out.parent if _is_file(chosen.out) else chosen.out):
        return _made(chosen)


@contextmanager
def folder_to_be(folder: Path) -> Iterator[None]:
    """Make a folder before the work that fills it; where that fails, what was made and is empty goes again.

    Raises:
        OSError: it cannot be made.
    """
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for place in new:
            with suppress(OSError):
                place.rmdir()
        raise


def _made(chosen: argparse.Namespace) -> list[Path]:
    if chosen.pictures or chosen.lesson:
        folder, files = chosen.out, _album_file(chosen) if chosen.pictures else _lesson_file(chosen)
        if folder.suffix.lower() == ".html":
            (page,) = files.values()
            return _written(folder.parent, {folder.name: page})
        return _written(folder, files)
    wanted = follow(chosen) if chosen.link else ""
    if not (chosen.picture or wanted.startswith("evidence")):
        raise UserError(
            "give --picture, --link or --lesson; pictures: {names}", names=", ".join(pictures())
        )
    if not 20 <= chosen.dpi <= 2400:
        raise out_of_range("--dpi", 20, 2400, chosen.dpi)
    if chosen.link and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)  # as the app: sums over more threads differ in their last digits
    page = chosen.page or ("" if chosen.link else "column")
    page_for(page or "column", chosen.type)
    shown, address = _record(chosen, wanted)
    if chosen.animate:
        return _delivered(chosen, _films(chosen, shown, address))
    whole = chosen.everything
    bundle = everything(
        shown,
        Paper(page, chosen.dpi, chosen.type, chosen.bare),
        address,
        None if whole else _views(chosen, shown, wanted),
        KINDS if whole else _kinds(chosen),
        _page(chosen, shown) if whole or chosen.html else None,
        _told if whole else lambda share, name: None,
    )
    if figure_note() and any(name.endswith(FORMATS) for name in bundle.files):
        print(figure_note(), file=sys.stderr)
    for name, reason in bundle.absent.items():
        if not whole:
            raise ValueError(reason)
        print(f"{name}: {reason}", file=sys.stderr)
    return _delivered(chosen, bundle)


def _delivered(chosen: argparse.Namespace, bundle: Bundle) -> list[Path]:
    """Write the files into one zip with a manifest, or into a folder."""
    if chosen.out.suffix.lower() == ".zip":
        return _written(chosen.out.parent, {chosen.out.name: bundle.zipped()})
    if chosen.everything:
        return _written(chosen.out, bundle.contents())
    citation = {CITATION: BIBTEX.encode()} if chosen.bare else {}
    return _written(chosen.out, {name: made.data for name, made in bundle.files.items()} | citation)


def _films(chosen: argparse.Namespace, shown: Any, address: Address) -> Bundle:
    """The films that were asked for, each in the kinds that were."""
    if not isinstance(shown, ShownPicture):
        raise UserError(
            "give --picture, --link or --lesson; pictures: {names}", names=", ".join(pictures())
        )
    bundle = Bundle()
    for move in dict.fromkeys(chosen.animate):
        made = film(
            move,
            shown,
            frames=chosen.frames,
            width=chosen.width,
            replay=load_replay() if move == "replay" else None,
            address=address,
            progress=_told,
        )
        for kind in dict.fromkeys(chosen.film):
            bundle.files[f"{made.name}.{kind}"] = film_file(made, kind, chosen.pace)
    return bundle


def _record(chosen: argparse.Namespace, wanted: str) -> tuple[Any, Address]:
    """What the figures are about, and where the app shows it."""
    if wanted == "training":
        return _moment(chosen)
    if wanted == VIEWS["loss"].page:
        return _taught(chosen)
    if not wanted.startswith("evidence"):
        return shown_subject(chosen)
    if wanted == VIEWS["evaluation"].page:
        raise UserError(
            "an evaluation is measured anew: {command}",
            command="python -m dualviz evaluate --csv FILE --figure FILE",
        )
    ablation = load_ablation(ABLATION)
    if ablation is None:
        raise UserError("no run is measured yet: run {command}", command=ABLATE)
    return ablation, (address_of(chosen.link) if chosen.link else None) or Address()


def _taught(chosen: argparse.Namespace) -> tuple[ShownPicture, Address]:
    """What the loss teaches, as its page shows it: of the object looked at, else the laboratory's, else the farthest pick's."""
    shown, address = shown_subject(chosen)
    if chosen.object is None and len(shown.trace.truth):
        shown = replace(shown, g=farthest(shown.trace))
    look = str(0 if shown.g is None else shown.g + 1)
    return shown, _at(chosen, address, look=look)


def _moment(chosen: argparse.Namespace) -> tuple[ShownMoment, Address]:
    """A moment of the kept run on the picture, as the training page shows it: of the largest object, in the run's middle."""
    replay = load_replay()
    if replay is None:
        raise UserError("no run is kept: fill the folder with {command}", command=REPLAY)
    shown, address = shown_subject(chosen)
    if chosen.object is None and len(shown.trace.truth):
        shown = replace(shown, g=largest(shown.trace.truth))
    middle = replay.steps[len(replay.steps) // 2]
    step = replay.at(middle if chosen.at is None else chosen.at).step
    look = str(0 if shown.g is None else shown.g + 1)
    there = _at(chosen, address, at=str(step), look=look)
    return moment(replay, step, shown, chosen.device), there


def _at(chosen: argparse.Namespace, address: Address, **more: str) -> Address:
    """The address with what else the page shows; one that was followed says it already."""
    return address if chosen.link else replace(address, state={**address.state, **more})


def _views(chosen: argparse.Namespace, shown: Any, wanted: str) -> list[View]:
    """The views that were asked for by name, or those of the link's page, or all; an object's candidates go along."""
    known = list(views_of(shown))
    if chosen.figure and "all" not in chosen.figure:
        return [view for view in known if view.name in (*chosen.figure, "candidates")]
    if not wanted:
        return known
    # the detections' tabs are one page
    chosen_views = [
        view
        for view in known
        if view.page == wanted or (wanted == "detections" and view.page.startswith(wanted))
    ]
    if not chosen_views:
        raise UserError("the page {page} has no view to take away", page=wanted)
    return chosen_views


def _kinds(chosen: argparse.Namespace) -> list[str]:
    numbers = [kind for kind in NUMBERS if getattr(chosen, kind)]
    return [*dict.fromkeys(chosen.format), *numbers]


def _page(chosen: argparse.Namespace, shown: Any) -> Callable[[], str] | None:
    """The laboratory of a picture as one file, finer where the picture is there finer."""
    if not isinstance(shown, ShownPicture):
        return None
    fine = scenes.shown(chosen.picture)
    return lambda: laboratory_html(
        shown.trace,
        shown.g,
        **shown.names,
        shown=fine,
        weights=shown.weights,
        origin=shown.origin.truth,
    )


def _told(share: float, name: str) -> None:
    print(f"{share:4.0%} {name}", file=sys.stderr)


def _lesson_file(chosen: argparse.Namespace) -> dict[str, bytes]:
    """The lessons that were asked for, as one file: {name: bytes}."""
    wanted = _lessons(chosen)
    alone = f"lesson-{wanted[0].id}-{wanted[0].slug}"
    name = alone if len(wanted) == 1 else "lessons"
    with speaking(chosen.language):
        return {f"{name}.html": lessons_html(wanted, chosen.device).encode()}


def _album_file(chosen: argparse.Namespace) -> dict[str, bytes]:
    """The pictures that were asked for, and lessons, as one file: {name: bytes}."""
    with speaking(chosen.language):
        shown = {}
        for name in chosen.pictures:
            chosen.picture = name
            record, _address = shown_subject(chosen)
            stem = file_words(Path(name).name)  # as links call it
            title = scenes.title_of(Path(name).stem)
            shown[stem] = album_picture(stem, title, record, scenes.shown(name))
        lessons = _lessons(chosen) if chosen.lesson else []
        return {f"{'-'.join(shown)[:80]}.html": album_html([*shown.values()], lessons).encode()}


def _lessons(chosen: argparse.Namespace) -> list[Lesson]:
    return [one for one in LESSONS if {"all", str(one.id)} & set(chosen.lesson)]


def _written(out: Path, files: dict[str, bytes]) -> list[Path]:
    """Write files into a folder, name each on the standard output, and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in files.items():
        paths.append(out / name)
        paths[-1].write_bytes(data)
        print(f"{paths[-1]}  {len(data) / 1024:.0f} kB")
    return paths
