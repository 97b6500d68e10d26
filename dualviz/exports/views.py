"""The catalogue of views: each is named once, with its figure, its numbers and what it is about.

A view's name is the name of its files, of its buttons and of its choice in `python -m dualviz export --figure`. Figures
come from `dualviz.charts.print`, which brings Matplotlib: it is imported when one is drawn and not before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dualviz.charts.drawn.run import measured_words
from dualviz.charts.palette import PATH_NAMES
from dualviz.exports import tables
from dualviz.exports.detections import HEADS, ShownDetections, curves_csv, outputs_csv, steps_csv
from dualviz.exports.files import FORMATS, figure_bytes
from dualviz.exports.shown import (
    ShownEvaluation,
    ShownMoment,
    ShownPicture,
    ShownRivals,
    ShownTiming,
)
from dualviz.exports.studies import (
    ShownCalibration,
    ShownRemedies,
    ShownStarving,
    calibration_csv,
    remedies_csv,
    starving_csv,
)
from dualviz.lab.detections import PATHS
from dualviz.study.ablation import Ablation
from dualviz.study.alignment import matchings
from dualviz.study.crowding import COMMAND, THRESHOLDS, Crowding, Level, load_crowding
from dualviz.words import Labels, UserError, _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dualviz.charts.print import Page


@dataclass(frozen=True)
class View:
    """One view and what is taken away of it.

    Attributes:
        name: of its files, buttons and choice, and a key of `TITLES`.
        scope: what it is about: an object, a picture, a set of pictures or a training run.
        shown: the record it is drawn from.
        figure: draws the record on a page; None where there are only numbers.
        numbers: the record's numbers as CSV; None where there is only a figure.
    """

    name: str
    scope: Literal["object", "picture", "set", "run"]
    shown: type
    figure: "Callable[[Any, Page], Figure] | None"
    numbers: Callable[[Any], str] | None

    @property
    def title(self) -> str:
        """In words, for a label."""
        return TITLES[self.name]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of file it comes as."""
        return (*(FORMATS if self.figure else ()), *(("csv",) if self.numbers else ()))


def view_bytes(view: View, shown: Any, kind: str, page: str = "", dpi: int = 200) -> bytes:
    """A view as a file.

    Args:
        view: one of `VIEWS`.
        shown: what it shows, of the view's own kind of record.
        kind: one of the view's kinds.
        page: "column" or "slide"; "" for what the kind is mostly used for: PNG on slides, SVG and PDF in columns.
        dpi: of a PNG and of pictures inside the others.

    Raises:
        ValueError: the view does not come as that kind, or there is nothing measured to show.
    """
    if kind not in view.kinds:
        raise ValueError(f"{view.name} comes as {', '.join(view.kinds)}, got {kind!r}")
    if kind == "csv":
        return view.numbers(shown).encode()
    from dualviz.charts.print import PAGES, figure_language

    sheet = PAGES[page or ("slide" if kind == "png" else "column")]
    with figure_language():
        return figure_bytes(view.figure(shown, sheet), kind, dpi)


# ── of one object ──


def _stage(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import stage_figure

    return stage_figure(shown.trace, shown.g, page=page, **shown.names, **_options(shown, "stage"))


def _plane(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import plane_figure

    return plane_figure(shown.trace, shown.g, page=page, **shown.names)


def _ranks(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import ranks_figure

    return ranks_figure(shown.trace, shown.g, page=page, **shown.names)


def _candidates_csv(shown: ShownPicture) -> str:
    return tables.candidates_csv(shown.trace, shown.g, **shown.names)


# ── of one picture ──


def _outputs(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import Output, detections_figure

    seen = shown.detections
    outputs = [
        Output(
            PATH_NAMES[PATHS[path]], HEADS[path], boxes, seen.matches(boxes) if seen.known else None
        )
        for path, boxes in seen.outputs.items()
    ]
    return detections_figure(seen.image, outputs, seen.known, caption=seen.caption, page=page)


def _steps(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print.suppression import suppression_figure

    seen = shown.detections
    suppression = seen.outputs["nms"].trace
    step = seen.step if 0 <= seen.step <= len(suppression.scores) else None
    given = {"caption": seen.caption, "page": page}
    return suppression_figure(seen.image, suppression, step, seen.known, **given)


def _curves(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print.curves import curves_figure

    seen = shown.detections
    counts = {path: len(boxes) for path, boxes in seen.outputs.items()}
    swept = (THRESHOLDS, *seen.swept())
    given = {"caption": seen.caption, "page": page}
    judged = None if seen.truth.stand_in else seen.low_matches()
    return curves_figure(judged, counts, swept, seen.clean["iou"], **given)


def _of_detections(numbers: Callable[[ShownDetections], str]) -> Callable[[ShownPicture], str]:
    return lambda shown: numbers(shown.detections)


def _map(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import map_figure

    return map_figure(shown.survey(), page=page, **shown.set_names, **_options(shown, "map"))


def _map_csv(shown: ShownPicture) -> str:
    return tables.map_csv(shown.survey(), **shown.set_names)


def _bars(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import shares_figure

    return shares_figure(shown.survey(), page=page, **shown.set_names)


def _bars_csv(shown: ShownPicture) -> str:
    return tables.shares_csv(shown.survey(), **shown.set_names)


def _gap(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import gaps_figure

    return gaps_figure(shown.trace, page=page, **shown.names)


def _gap_csv(shown: ShownPicture | ShownMoment) -> str:
    return tables.gaps_csv(shown.trace, **shown.names)


def _matchers(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import matchings_figure

    return matchings_figure(shown.trace, matchings(shown.trace), page=page, **shown.names)


def _matchers_csv(shown: ShownPicture) -> str:
    return tables.matchings_csv(shown.trace, **shown.names)


def _loss(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import targets_figure

    given = shown.names | {"page": page} | _options(shown, "loss")
    return targets_figure(shown.trace, shown.targets(), shown.g, **given)


def _loss_csv(shown: ShownPicture) -> str:
    return tables.targets_csv(shown.trace, shown.targets(), **shown.names)


def _times(shown: ShownTiming, page: "Page") -> "Figure":
    from dualviz.charts.print.curves import times_figure

    return times_figure(shown.timing, caption=shown.caption, page=page)


def _times_csv(shown: ShownTiming) -> str:
    return tables.times_csv(*shown)


# ── of a set ──


def nearest_level(crowding: Crowding, overlap: float | None) -> Level:
    """The measured depth of crowding nearest to an overlap; for None the one that tells most."""
    wanted = crowding.telling.overlap if overlap is None else overlap
    return min(crowding.levels, key=lambda level: abs(level.overlap - wanted))


def _measured() -> Crowding:
    crowding = load_crowding()
    if crowding is None:
        raise UserError("no crowding is measured yet: run {command}", command=COMMAND)
    return crowding


def _crowding(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print.curves import crowding_figure

    crowding = _measured()
    level = nearest_level(crowding, _options(shown, "crowding").get("overlap"))
    return crowding_figure(crowding, level, page=page)


def _crowding_csv(shown: ShownPicture) -> str:
    return tables.crowding_csv(_measured())


def _evaluation(shown: ShownEvaluation, page: "Page") -> "Figure":
    from dualviz.charts.print.gaps import gap_figure

    return gap_figure(shown.result, detector=shown.detector, over=shown.over, page=page)


def _evaluation_csv(shown: ShownEvaluation) -> str:
    return tables.evaluation_csv(*shown)


def _calibration(shown: ShownCalibration, page: "Page") -> "Figure":
    from dualviz.charts.print.calibration import calibration_figure

    made, confidence = shown
    return calibration_figure(made, confidence, caption=shown.caption, page=page)


# ── of training runs ──


def _ablation(shown: Ablation, page: "Page") -> "Figure":
    from dualviz.charts.print.ablation import ablation_figure

    return ablation_figure(shown, page=page)


def _claims(shown: Ablation, page: "Page") -> "Figure":
    from dualviz.charts.print.claims import claims_figure

    return claims_figure(shown, page=page)


def _replay_moment(shown: ShownMoment, page: "Page") -> "Figure":
    from dualviz.charts.print import stage_figure

    return stage_figure(shown.trace, shown.g, page=page, **shown.names)


def _replay_outputs(shown: ShownMoment, page: "Page") -> "Figure":
    from dualviz.charts.print import Output, detections_figure

    truth = shown.trace.truth
    parts = (
        *shown.names.values(),
        _("confidence {conf}", conf=shown.confidence),
        _("NMS IoU {iou}", iou=0.7),
    )
    parts += (truth.words,) if truth.stand_in else ()
    return detections_figure(
        shown.trace.image,
        [Output(*output) for output in shown.outputs],
        truth if len(truth) else None,
        headline=_("What is found at step {step}", step=shown.step),
        caption=" · ".join(parts),
        page=page,
    )


def _replay_run(shown: ShownMoment, page: "Page") -> "Figure":
    from dualviz.charts.print.replay import run_figure

    replay = shown.replay
    caption = " · ".join((replay.detector, _("x: training steps"), measured_words(replay)))
    return run_figure(replay, shown.step, caption=caption, page=page)


def _replay_run_csv(shown: ShownMoment) -> str:
    return tables.replay_csv(shown.replay)


def _rivals(shown: ShownRivals, page: "Page") -> "Figure":
    from dualviz.charts.print.rivals import rivals_figure

    caption = " · ".join((_("x: training steps"), measured_words(shown.rivals.first)))
    return rivals_figure(shown.rivals, shown.step, caption=caption, page=page)


def _rivals_csv(shown: ShownRivals) -> str:
    return tables.rivals_csv(shown.rivals)


def _options(shown: ShownPicture, name: str) -> dict[str, Any]:
    return dict(shown.options.get(name, {}))


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
        View("stage", "object", ShownPicture, _stage, None),
        View("plane", "object", ShownPicture, _plane, None),
        View("ranks", "object", ShownPicture, _ranks, None),
        View("candidates", "object", ShownPicture, None, _candidates_csv),
        View(
            "outputs",
            "picture",
            ShownPicture,
            _outputs,
            _of_detections(outputs_csv),
        ),
        View("steps", "picture", ShownPicture, _steps, _of_detections(steps_csv)),
        View("curves", "picture", ShownPicture, _curves, _of_detections(curves_csv)),
        View("crowding", "set", ShownPicture, _crowding, _crowding_csv),
        View("map", "picture", ShownPicture, _map, _map_csv),
        View("bars", "picture", ShownPicture, _bars, _bars_csv),
        View("gap", "picture", ShownPicture, _gap, _gap_csv),
        View("matchers", "picture", ShownPicture, _matchers, _matchers_csv),
        View("loss", "picture", ShownPicture, _loss, _loss_csv),
        View("times", "picture", ShownTiming, _times, _times_csv),
        View("evaluation", "set", ShownEvaluation, _evaluation, _evaluation_csv),
        View("calibration", "set", ShownCalibration, _calibration, calibration_csv),
        View("starving", "set", ShownStarving, None, starving_csv),
        View("remedies", "set", ShownRemedies, None, remedies_csv),
        View("ablation", "run", Ablation, _ablation, tables.ablation_csv),
        View("claims", "run", Ablation, _claims, tables.claims_csv),
        View("replay moment", "run", ShownMoment, _replay_moment, _gap_csv),
        View("replay outputs", "run", ShownMoment, _replay_outputs, None),
        View("replay run", "run", ShownMoment, _replay_run, _replay_run_csv),
        View("rivals", "run", ShownRivals, _rivals, _rivals_csv),
    )
}
OF_PICTURE = tuple(name for name, view in VIEWS.items() if view.shown is ShownPicture)
FIGURES = tuple(name for name in OF_PICTURE if VIEWS[name].figure)  # that the command draws
