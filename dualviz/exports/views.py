"""The catalogue of views: each is named once, with its figure, its numbers, what it is about and where the app shows it.

A view's name is the name of its files, of its buttons and of its choice in `python -m dualviz export --figure`.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dualviz.charts.page import Page, page_for
from dualviz.exports import figures, tables
from dualviz.exports.about import Source, about
from dualviz.exports.address import Address
from dualviz.exports.detections import curves_csv, outputs_csv, steps_csv
from dualviz.exports.files import FORMATS, figure_bytes
from dualviz.exports.rows import headed, settings_of, tables_of
from dualviz.exports.shown import (
    ShownEvaluation,
    ShownMoment,
    ShownPicture,
    ShownRivals,
    ShownTiming,
)
from dualviz.exports.studies import (
    ShownCalibration,
    ShownGenuine,
    ShownRemedies,
    ShownStarving,
    calibration_csv,
    genuine_csv,
    remedies_csv,
    starving_csv,
)
from dualviz.study.ablation import Ablation
from dualviz.words import Labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class View:
    """One view and what is taken away of it.

    Attributes:
        name: of its files, buttons and choice, and a key of `TITLES`.
        scope: what it is about: an object, a picture, a set of pictures or a training run.
        page: where the app shows it: a page, and what of it.
        shown: the record it is drawn from.
        figure: draws the record on a page; None where there are only numbers.
        numbers: the record's numbers as CSV; None where there is only a figure.
        source: what the numbers come from, where that is not the record's own `origin`.
    """

    name: str
    scope: Literal["object", "picture", "set", "run"]
    page: str
    shown: type
    figure: "Callable[[Any, Page], Figure] | None"
    numbers: Callable[[Any], str] | None
    source: Callable[[Any], Source] = lambda record: record.origin

    @property
    def title(self) -> str:
        """In words, for a label."""
        return TITLES[self.name]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of file it comes as."""
        return (*(FORMATS if self.figure else ()), *(NUMBERS if self.numbers else ()))


class Paper(NamedTuple):
    """How figures leave.

    Attributes:
        page: "column" (85 mm), "wide" (174 mm) or "slide"; "" for what the kind is mostly used for: PNG on slides, SVG
            and PDF in columns.
        dpi: of a PNG and of pictures inside the others.
        size: points of the running text; 0 for the page's own.
        bare: without headline and settings.
    """

    page: str = ""
    dpi: int = 200
    size: float = 0.0
    bare: bool = False


class Made(NamedTuple):
    """A file, and what it says of itself."""

    data: bytes
    said: dict[str, str]


def view_files(
    view: View,
    shown: Any,
    kinds: Iterable[str],
    paper: Paper | None = None,
    address: Address | None = None,
) -> dict[str, Made]:
    """A view as files, each figure and each table made once.

    Args:
        view: one of `VIEWS`.
        shown: what it shows, of the view's own kind of record.
        kinds: some of the view's kinds.
        paper: how figures leave.
        address: where the app shows the same.

    Returns:
        The files by kind.

    Raises:
        ValueError: the view does not come as that kind, its type does not fit the page, or there is nothing measured to
            show.
    """
    paper, address, files = paper or Paper(), address or Address(), {}
    link, source = address.link(view.page), view.source(shown)
    table = cache(lambda: view.numbers(shown))
    figure = cache(lambda sheet: view.figure(shown, sheet))
    for kind in kinds:
        if kind not in view.kinds:
            raise ValueError(f"{view.name} comes as {', '.join(view.kinds)}, got {kind!r}")
        if kind in NUMBERS:
            said = about(str(view.title), settings_of(table()), source, link)
            files[kind] = Made(_numbers(table(), kind, said, address), said)
            continue
        from dualviz.charts.print import figure_language

        usual = "slide" if kind == "png" else "column"
        with figure_language():
            drawn = figure(page_for(paper.page or usual, paper.size, paper.bare))
            headline, _line, settings = drawn.get_label().partition("\n")
            said = about(headline, settings, source, link)
            files[kind] = Made(figure_bytes(drawn, kind, paper.dpi, said), said)
    return files


def _numbers(table: str, kind: str, said: dict[str, str], address: Address) -> bytes:
    if kind == "csv":
        return headed(table, said).encode()
    numbers = {"about": said, "state": dict(address.state), "tables": tables_of(table)}
    return (json.dumps(numbers, ensure_ascii=False, indent=1) + "\n").encode()


def view_bytes(
    view: View, shown: Any, kind: str, paper: Paper | None = None, address: Address | None = None
) -> bytes:
    """One file of `view_files`, its content."""
    return view_files(view, shown, [kind], paper, address)[kind].data


def file_name(view: View, shown: Any) -> str:
    """Picture, object or moment, and view, as a file is called, without ending."""
    marks = shown.marks(view.scope) if hasattr(shown, "marks") else []
    return file_words(view.source(shown).picture, *marks, view.name)


def file_words(picture: str, *parts: str) -> str:
    """The name of a file about a picture, or about none.

    >>> file_words("my smear.png", "object-3", "stage"), file_words("", "ablation")
    ('my-smear-object-3-stage', 'dualviz-ablation')
    """
    stem = Path(picture).stem or "dualviz"
    return "-".join(re.sub(r"[^\w-]+", "-", part) for part in (stem, *parts))


NUMBERS = ("csv", "json")
TITLES = Labels(
    {
        "stage": "Stage",
        "plane": "Metric plane",
        "ranks": "Rank agreement",
        "candidates": "Candidates",
        "outputs": "Three outputs",
        "steps": "NMS at this step",
        "curves": "Both curves",
        "crowding": "Crowding",
        "map": "α–β map",
        "bars": "Top-1, 5, 10",
        "gap": "Supervision gap",
        "matchers": "Ways to match",
        "loss": "What the loss teaches",
        "times": "Times",
        "evaluation": "Evaluation",
        "calibration": "Calibration",
        "starving": "Starving objects",
        "remedies": "Remedies",
        "genuine": "Measured detectors",
        "ablation": "Ablation",
        "claims": "The paper's claims",
        "replay moment": "Heat and picks",
        "replay outputs": "Detections",
        "replay run": "Curves",
        "rivals": "Two rules on one trunk",
    }
)
VIEWS = {
    view.name: view
    for view in (
        View("stage", "object", "laboratory", ShownPicture, figures.draw_stage, None),
        View("plane", "object", "laboratory", ShownPicture, figures.draw_plane, None),
        View("ranks", "object", "laboratory", ShownPicture, figures.draw_ranks, None),
        View("candidates", "object", "laboratory", ShownPicture, None, figures.write_candidates),
        View(
            "outputs",
            "picture",
            "detections",
            ShownPicture,
            figures.draw_outputs,
            figures.of_detections(outputs_csv),
        ),
        View(
            "steps",
            "picture",
            "detections?dv=tab.steps",
            ShownPicture,
            figures.draw_steps,
            figures.of_detections(steps_csv),
        ),
        View(
            "curves",
            "picture",
            "detections?dv=tab.curves",
            ShownPicture,
            figures.draw_curves,
            figures.of_detections(curves_csv),
        ),
        View(
            "crowding",
            "set",
            "detections?dv=tab.crowds",
            ShownPicture,
            figures.draw_crowding,
            figures.write_crowding,
            figures.of_crowding,
        ),
        View(
            "map",
            "picture",
            "laboratory?view=agreement",
            ShownPicture,
            figures.draw_map,
            figures.write_map,
            figures.of_survey,
        ),
        View(
            "bars",
            "picture",
            "laboratory?view=agreement",
            ShownPicture,
            figures.draw_bars,
            figures.write_bars,
            figures.of_survey,
        ),
        View(
            "gap",
            "picture",
            "laboratory?view=agreement",
            ShownPicture,
            figures.draw_gap,
            figures.write_gap,
        ),
        View(
            "matchers",
            "picture",
            "laboratory?view=agreement",
            ShownPicture,
            figures.draw_matchers,
            figures.write_matchers,
        ),
        View(
            "loss",
            "picture",
            "laboratory?view=loss",
            ShownPicture,
            figures.draw_loss,
            figures.write_loss,
        ),
        View(
            "times",
            "picture",
            "detections?dv=tab.time",
            ShownTiming,
            figures.draw_times,
            figures.write_times,
        ),
        View(
            "evaluation",
            "set",
            "evidence?evidence=evaluation",
            ShownEvaluation,
            figures.draw_evaluation,
            figures.write_evaluation,
        ),
        View(
            "calibration",
            "set",
            "detections?dv=tab.calibration",
            ShownCalibration,
            figures.draw_calibration,
            calibration_csv,
        ),
        View("starving", "set", "detections?dv=tab.starving", ShownStarving, None, starving_csv),
        View("remedies", "set", "detections", ShownRemedies, None, remedies_csv),
        View(
            "genuine",
            "set",
            "evidence?evidence=genuine",
            ShownGenuine,
            figures.draw_genuine,
            genuine_csv,
        ),
        View(
            "ablation",
            "run",
            "evidence?evidence=ablation",
            Ablation,
            figures.draw_ablation,
            tables.ablation_csv,
            figures.of_ablation,
        ),
        View(
            "claims",
            "run",
            "evidence",
            Ablation,
            figures.draw_claims,
            tables.claims_csv,
            figures.of_ablation,
        ),
        View(
            "replay moment",
            "run",
            "training",
            ShownMoment,
            figures.draw_replay_moment,
            figures.write_gap,
        ),
        View("replay outputs", "run", "training", ShownMoment, figures.draw_replay_outputs, None),
        View(
            "replay run",
            "run",
            "training",
            ShownMoment,
            figures.draw_replay_run,
            figures.write_replay_run,
        ),
        View(
            "rivals",
            "run",
            "training?training=rivals",
            ShownRivals,
            figures.draw_rivals,
            figures.write_rivals,
        ),
    )
}
OF_PICTURE = tuple(name for name, view in VIEWS.items() if view.shown is ShownPicture)
FIGURES = tuple(name for name in OF_PICTURE if VIEWS[name].figure)  # that the command draws
