"""How each view of the catalogue is drawn and written: from its record to a figure of `charts.print` or a table as CSV.

`dualviz.charts.print` brings Matplotlib: it is imported when a figure is drawn and not before.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from dualviz.charts.drawn.run import measured_words
from dualviz.detector import load_detector
from dualviz.exports import tables
from dualviz.exports.about import ORIGINS, Source, longer_side, of_set, pixels
from dualviz.exports.detections import HEADS, ShownDetections
from dualviz.exports.shown import (
    ShownEvaluation,
    ShownMoment,
    ShownPicture,
    ShownRivals,
    ShownTiming,
)
from dualviz.exports.studies import ShownCalibration, ShownGenuine
from dualviz.lab.detections import PATHS
from dualviz.study.ablation import Ablation
from dualviz.study.alignment import matchings
from dualviz.study.crowding import COMMAND, THRESHOLDS, Crowding, Level, load_crowding
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import UserError, _, ngettext

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dualviz.charts.page import Page


# ── of one object ──


def draw_stage(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import stage_figure

    return stage_figure(shown.trace, shown.g, page=page, **shown.names, **_options(shown, "stage"))


def draw_plane(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import plane_figure

    return plane_figure(shown.trace, shown.g, page=page, **shown.names)


def draw_ranks(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import ranks_figure

    return ranks_figure(shown.trace, shown.g, page=page, **shown.names)


def write_candidates(shown: ShownPicture) -> str:
    return tables.candidates_csv(shown.trace, shown.g, **shown.names)


# ── of one picture ──


def draw_outputs(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import Output, detections_figure

    seen = shown.detections
    outputs = [
        Output(
            PATH_NAMES[PATHS[path]], HEADS[path], boxes, seen.matches(boxes) if seen.known else None
        )
        for path, boxes in seen.outputs.items()
    ]
    return detections_figure(seen.image, outputs, seen.known, caption=seen.caption, page=page)


def draw_steps(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print.suppression import suppression_figure

    seen = shown.detections
    suppression = seen.outputs["nms"].trace
    step = seen.step if 0 <= seen.step <= len(suppression.scores) else None
    given = {"caption": seen.caption, "page": page}
    return suppression_figure(seen.image, suppression, step, seen.known, **given)


def draw_curves(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print.curves import curves_figure

    seen = shown.detections
    counts = {path: len(boxes) for path, boxes in seen.outputs.items()}
    swept = (THRESHOLDS, *seen.swept())
    given = {"caption": seen.caption, "page": page}
    judged = None if seen.truth.stand_in else seen.low_matches()
    return curves_figure(judged, counts, swept, seen.clean["iou"], **given)


def of_detections(numbers: Callable[[ShownDetections], str]) -> Callable[[ShownPicture], str]:
    return lambda shown: numbers(shown.detections)


def draw_map(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import map_figure

    return map_figure(shown.survey(), page=page, **shown.set_names, **_options(shown, "map"))


def write_map(shown: ShownPicture) -> str:
    return tables.map_csv(shown.survey(), **shown.set_names)


def draw_bars(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import shares_figure

    return shares_figure(shown.survey(), page=page, **shown.set_names)


def write_bars(shown: ShownPicture) -> str:
    return tables.shares_csv(shown.survey(), **shown.set_names)


def of_survey(shown: ShownPicture) -> Source:
    return shown.surveyed


def draw_gap(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import gaps_figure

    return gaps_figure(shown.trace, page=page, **shown.names)


def write_gap(shown: ShownPicture | ShownMoment) -> str:
    return tables.gaps_csv(shown.trace, **shown.names)


def draw_matchers(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import matchings_figure

    return matchings_figure(shown.trace, matchings(shown.trace), page=page, **shown.names)


def write_matchers(shown: ShownPicture) -> str:
    return tables.matchings_csv(shown.trace, **shown.names)


def draw_loss(shown: ShownPicture, page: "Page") -> "Figure":
    from dualviz.charts.print import targets_figure

    given = shown.names | {"page": page} | _options(shown, "loss")
    return targets_figure(shown.trace, shown.targets(), shown.g, **given)


def write_loss(shown: ShownPicture) -> str:
    return tables.targets_csv(shown.trace, shown.targets(), **shown.names)


def draw_times(shown: ShownTiming, page: "Page") -> "Figure":
    from dualviz.charts.print.curves import times_figure

    return times_figure(shown.timing, caption=shown.caption, page=page)


def write_times(shown: ShownTiming) -> str:
    return tables.times_csv(shown.timing, shown.caption)


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


def draw_crowding(shown: ShownPicture | None, page: "Page") -> "Figure":
    """At the chosen depth; without a picture on the table at the one that tells most."""
    from dualviz.charts.print.curves import crowding_figure

    crowding = _measured()
    chosen = _options(shown, "crowding") if shown else {}
    level = nearest_level(crowding, chosen.get("overlap"))
    return crowding_figure(crowding, level, page=page)


def write_crowding(_shown: ShownPicture | None) -> str:
    return tables.crowding_csv(_measured())


def of_crowding(_shown: ShownPicture | None) -> Source:
    """Of the measurement that is kept, whatever picture and detector are on the table."""
    crowding = _measured()
    side = longer_side(_side_of(crowding.detector))
    return Source("", crowding.detector, crowding.weights, side, ORIGINS["rendered"])


@cache
def _side_of(detector: str) -> int:
    return load_detector(detector, "cpu").size


def draw_evaluation(shown: ShownEvaluation, page: "Page") -> "Figure":
    from dualviz.charts.print.gaps import gap_figure

    return gap_figure(shown.result, detector=shown.called, over=shown.over, page=page)


def write_evaluation(shown: ShownEvaluation) -> str:
    return tables.evaluation_csv(shown.result, shown.called, shown.over)


def draw_calibration(shown: ShownCalibration, page: "Page") -> "Figure":
    from dualviz.charts.print.calibration import calibration_figure

    made, confidence = shown
    return calibration_figure(made, confidence, caption=shown.caption, page=page)


def draw_genuine(shown: ShownGenuine, page: "Page") -> "Figure":
    from dualviz.charts.print.genuine import genuine_figure

    return genuine_figure(shown.table, page=page)


# ── of training runs ──


def of_ablation(shown: Ablation) -> Source:
    """Of many networks, none of which is kept: what taught them, and what judged them."""
    networks = ngettext(
        "{n} network of scale {scale}, trained on {set}",
        "{n} networks of scale {scale}, trained on {set}",
        len(shown.runs),
        scale=shown.recipe.get("scale", ""),
        set=shown.trained_on,
    )
    width, height = shown.recipe.get("canvas_wh") or (0, 0)
    truth = of_set(shown.measured_on, "").truth
    return Source("", networks, network=pixels((height, width)) if width else "", truth=truth)


def draw_ablation(shown: Ablation, page: "Page") -> "Figure":
    from dualviz.charts.print.ablation import ablation_figure

    return ablation_figure(shown, page=page)


def draw_claims(shown: Ablation, page: "Page") -> "Figure":
    from dualviz.charts.print.claims import claims_figure

    return claims_figure(shown, page=page)


def draw_replay_moment(shown: ShownMoment, page: "Page") -> "Figure":
    from dualviz.charts.print import stage_figure

    return stage_figure(shown.trace, shown.g, page=page, **shown.names)


def draw_replay_outputs(shown: ShownMoment, page: "Page") -> "Figure":
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


def draw_replay_run(shown: ShownMoment, page: "Page") -> "Figure":
    from dualviz.charts.print.replay import run_figure

    replay = shown.replay
    caption = " · ".join((replay.detector, _("x: training steps"), measured_words(replay)))
    return run_figure(replay, shown.step, caption=caption, page=page)


def write_replay_run(shown: ShownMoment) -> str:
    return tables.replay_csv(shown.replay)


def draw_rivals(shown: ShownRivals, page: "Page") -> "Figure":
    from dualviz.charts.print.rivals import rivals_figure

    caption = " · ".join((_("x: training steps"), measured_words(shown.rivals.first)))
    return rivals_figure(shown.rivals, shown.step, caption=caption, page=page)


def write_rivals(shown: ShownRivals) -> str:
    return tables.rivals_csv(shown.rivals)


def _options(shown: ShownPicture, name: str) -> dict[str, Any]:
    return dict(shown.options.get(name, {}))
