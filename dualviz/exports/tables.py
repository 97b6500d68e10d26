"""The numbers behind the views as CSV, in full precision, the settings in the first line.

A line that begins with "#" holds the settings; then comes one header and one row per cell, object, way or anchor.
"""

import math

import numpy as np

from dualviz.agreement import TOP_K
from dualviz.charts.drawn.run import measured_words
from dualviz.charts.drawn.words import pick_rank, settings_line, survey_line
from dualviz.charts.palette import HEAD_NAMES
from dualviz.detector.cells import cell_of, grids
from dualviz.detector.network import HEADS
from dualviz.exports.rows import csv_text
from dualviz.pictures.dataset import set_words
from dualviz.study import paper
from dualviz.study.ablation import ROWS, Ablation
from dualviz.study.alignment import MEASURES, Survey, matchings
from dualviz.study.claims import STATED, findings, margin_of
from dualviz.study.crowding import Crowding
from dualviz.study.evaluation import PATHS, Evaluation, Figures
from dualviz.study.replay import LOSSES, Replay
from dualviz.study.rivals import Rivals
from dualviz.study.targets import PARTS, Targets
from dualviz.study.timing import COMPILED_NMS, NETWORKS, OUR_NMS, Timing
from dualviz.trace import DualTrace
from dualviz.words import _, ngettext

BY_PATH = {
    "AP": "ap",
    "AP50": "ap50",
    "repeats": "duplicates",
}  # fields of `dualviz.study.evaluation.Figures`
FIGURES = (
    *(f"{name}, {path}" for path in PATHS for name in BY_PATH),
    *(f"top{k}" for k in TOP_K),
    *("gap", "floor", "ceiling"),
)
COMMON = tuple(f"common_top{k}" for k in TOP_K)

CSV_COLUMNS = (
    *("anchor", "level", "cell", "rank", "rank1", "s", "p", "p1", "u", "u1"),
    *("m", "m1", "logM", "logM1", "t", "t1", "state", "state1"),
)


def candidates_csv(trace: DualTrace, g: int | None, picture: str = "", detector: str = "") -> str:
    """All anchors inside an object as CSV, best of the one-to-many head first; names ending in 1 are the one-to-one head's.

    The first line, after "#", holds the settings. `u` is the overlap, `t` the soft target after conflicts; numbers are in
    full precision, so that a reader can check every step. The laboratory writes the same table.
    """
    line = settings_line(trace, g, picture, detector)
    if g is None:
        return csv_text(line, CSV_COLUMNS, ())
    rows = []
    levels = grids(trace.prediction)
    heads = trace.one2many, trace.one2one
    targets = [_soft_targets(trace, head, g) for head in heads]
    anchors = trace.prior[g].nonzero().squeeze(1).tolist()
    last = len(trace.anchor_points) + 1
    for anchor in sorted(anchors, key=lambda a: (int(heads[0].rank[g, a]) or last, a)):
        level, column, row = cell_of(levels, anchor)
        pairs = [
            (
                int(head.rank[g, anchor]),
                float(head.p[g, anchor]),
                float(head.overlaps[g, anchor]),
                float(head.log_metric[g, anchor].exp()),
                float(head.log_metric[g, anchor]),
                float(soft[anchor]),
                _state(head, g, anchor, trace.setting.rules.conflicts),
            )
            for head, soft in zip(heads, targets)
        ]
        (rank, rank1), *values = zip(*pairs)
        rest = [value for pair in values for value in pair]
        rows.append([anchor, level, f"({column}, {row})", rank, rank1, 1, *rest])
    return csv_text(line, CSV_COLUMNS, rows)


def map_csv(surveyed: Survey, picture: str = "", detector: str = "") -> str:
    """One row for each cell of the α–β map, all measures."""
    made = surveyed.map
    line = survey_line(surveyed, picture, detector, plane=True)
    alphas, betas = made.alphas.tolist(), made.betas.tolist()
    tables = [made.values[name].tolist() for name in MEASURES]
    rows = (
        (alpha, beta, *(table[y][x] for table in tables))
        for y, beta in enumerate(betas)
        for x, alpha in enumerate(alphas)
    )
    return csv_text(line, ("alpha_one2one", "beta_one2one", *MEASURES), rows)


def shares_csv(surveyed: Survey, picture: str = "", detector: str = "") -> str:
    """Top-1, 5, 10 here and in the paper's Fig. 2(b)."""
    line = survey_line(surveyed, picture, detector)
    rows = [(_("here"), *surveyed.shares)]
    rows += [
        (_("paper, Fig. 2(b): {metric}", metric=paper.METRICS[name]), *shares)
        for name, shares in paper.FIG2B.items()
    ]
    return csv_text(line, ("source", *(f"top{k}" for k in TOP_K)), rows)


def gaps_csv(traced: DualTrace, picture: str = "", detector: str = "") -> str:
    """One row per object: supervision gap with floor and ceiling, correlations, and where the pick stands."""
    floor, ceiling = traced.gap_bounds
    agreement = traced.agreement
    rows = (
        (
            g + 1,
            traced.class_names[int(traced.truth.labels[g])],
            *(_number(values[g]) for values in (traced.gap, floor, ceiling)),
            pick_rank(traced, g),
            _number(agreement.spearman[g]),
            _number(agreement.kendall[g]),
            *(_number(value) for value in agreement.top_k_alignment[g]),
        )
        for g in range(len(traced.truth))
    )
    names = ("object", "class", "gap", "floor", "ceiling", "rank_of_pick", "spearman", "kendall")
    names += tuple(f"top{k}" for k in TOP_K)
    return csv_text(settings_line(traced, None, picture, detector), names, rows)


def matchings_csv(traced: DualTrace, picture: str = "", detector: str = "") -> str:
    """One row per pair of object and anchor, for each way of matching, with its metric."""
    levels, log_metric = grids(traced.prediction), traced.one2one.log_metric
    rows = []
    for way in matchings(traced):
        for g, anchor in zip(way.objects.tolist(), way.anchors.tolist()):
            level, column, row = cell_of(levels, anchor)
            metric = float(log_metric[g, anchor].exp())
            rows.append((str(way.name), g + 1, anchor, level, f"({column}, {row})", metric))
    names = ("way", "object", "anchor", "level", "cell", "m")
    return csv_text(settings_line(traced, None, picture, detector), names, rows)


def targets_csv(
    traced: DualTrace, targets: dict[str, Targets], picture: str = "", detector: str = ""
) -> str:
    """One row per anchor and class that is a positive of a head or pushed by more than 0.01."""
    levels = grids(traced.prediction)
    rows = []
    for head in HEADS:
        own, owner = targets[head], getattr(traced, head).assignment.target_gt
        listed = (own.target > 0) | (own.gradient.abs() > 0.01)
        for anchor, label in listed.nonzero().tolist():
            level, column, row = cell_of(levels, anchor)
            values = (own.score, own.target, own.bce, own.gradient)
            numbers = [float(table[anchor, label]) for table in values]
            name, of = traced.class_names[label], int(owner[anchor]) + 1
            rows.append((head, anchor, level, f"({column}, {row})", of or "", name, *numbers))
    line = settings_line(traced, None, picture, detector)
    for head in HEADS:
        parts = ", ".join(
            f"{PARTS[part]} {value:.6g}" for part, value in targets[head].parts.items()
        )
        line += " · " + _("{head} loss: {parts}", head=HEAD_NAMES[head], parts=parts)
    names = ("head", "anchor", "level", "cell", "object", "class", "p", "t", "bce", "push")
    return csv_text(line, names, rows)


def evaluation_csv(result: Evaluation, detector: str = "", over: str = "") -> str:
    """One row per path; then, after an empty line, the gap of every object with floor and ceiling."""
    shares = ", ".join(
        f"top{k} {'' if math.isnan(s) else f'{s:.6g}'}" for k, s in zip(TOP_K, result.alignment)
    )
    pictures = ngettext("{n} picture", "{n} pictures", result.pictures)
    network = _("network {time} ms", time=f"{result.network_milliseconds:.6g}")
    line = " · ".join((detector, over, pictures, shares, network))
    rows = [
        (name, *map(_number, (path.ap, path.ap50, path.duplicates, path.milliseconds)))
        for name, path in result.paths.items()
    ]
    table = csv_text(line, ("path", "AP", "AP50", "repeats", "milliseconds"), rows)
    gaps = zip(*(values.tolist() for values in (result.gap, result.floor, result.ceiling)))
    return table + "\n" + csv_text(_("supervision gap"), ("gap", "floor", "ceiling"), gaps)


def ablation_csv(ablation: Ablation) -> str:
    """One row per run with every figure; a field is empty where a head was not taught. `common` is by one metric in both heads."""
    rows = [
        (run.row, run.seed, run.minutes, *_figures(run.figures), *map(_number, run.common))
        for run in ablation.runs
    ]
    recipe = ", ".join(f"{name} {value}" for name, value in ablation.recipe.items())
    sets = (
        _("trained on {set}", set=set_words(ablation.trained_on)),
        _("measured on {set}", set=set_words(ablation.measured_on)),
    )
    line = " · ".join((*sets, ablation.machine, recipe))
    return csv_text(line, ("row", "seed", "minutes", *FIGURES, *COMMON), rows)


def claims_csv(ablation: Ablation) -> str:
    """One row per claim and seed with its difference, and one per claim for the mean with its interval and p-values."""
    rows = []
    for claim, finding in findings(ablation):
        what = (claim.words, claim.measured, claim.left, claim.right, claim.paper)
        chance = claim.null(ablation)
        for seed, value in claim.differences(ablation).items():
            rows.append((*what, seed, value, "", "", chance.get(seed, ""), *[""] * 6))
        ends = (finding.mean, finding.low, finding.high, *claim.chance(ablation))
        margin = margin_of(claim.measured, ablation)
        ps = (margin, finding.p_differs, finding.p_equal)
        rows.append((*what, "mean", *map(_number, (*ends, *ps)), finding.verdict))
    names = ("claim", "measured", "left", "right", "paper", "seed", "difference", "low", "high")
    names += ("chance", "chance low", "chance high", "margin", "p differs", "p equal", "verdict")
    return csv_text(_("claims stated on {day}", day=STATED), names, rows)


def replay_csv(replay: Replay) -> str:
    """One row per report of the log and per measured snapshot, by step; a field is empty where the other speaks."""
    losses = tuple(f"{head}_{part}" for head in HEADS for part in LOSSES)
    logged = {int(row["step"]): row for row in replay.log}
    rows = []
    for step in sorted({*logged, *replay.figures}):
        row, known = logged.get(step), replay.figures.get(step)
        measured = _figures(known) if known else [""] * len(FIGURES)
        rows.append((step, *(row[name] if row else "" for name in losses), *measured))
    line = " · ".join(
        (replay.detector, _("losses: means since the line before"), measured_words(replay))
    )
    return csv_text(line, ("step", *losses, *FIGURES), rows)


def rivals_csv(rivals: Rivals) -> str:
    """One row for each head at each moment that was measured; `common` is by one metric in both heads."""
    rows = []
    for name in rivals.replays:
        row = ROWS[name]
        for step, judged in rivals.judged(name).items():
            rows.append((name, row.alpha, row.beta, step, *_figures(judged), *judged.common))
    line = " · ".join((_("heads on one trunk"), measured_words(rivals.first)))
    return csv_text(line, ("head", "alpha", "beta", "step", *FIGURES, *COMMON), rows)


def times_csv(timing: Timing, caption: str = "") -> str:
    """One row for the network with each way of asking it, and for each way out at each number of candidates; milliseconds."""
    rows = [
        (_("network, {heads}", heads=NETWORKS[name]), "", spread)
        for name, spread in timing.network.items()
    ]
    for name, spreads in ((OUR_NMS, timing.nms), (COMPILED_NMS, timing.compiled or ())):
        rows += [(str(name), count, spread) for count, spread in zip(timing.candidates, spreads)]
    rows += [
        (_("NMS-free selection"), count, spread)
        for count, spread in zip(timing.candidates, timing.free)
    ]
    names = ("what", "candidates", "median_ms", "low_ms", "high_ms")
    lines = [(what, count or "", s.median, s.low, s.high) for what, count, s in rows]
    return csv_text(caption, names, lines)


def crowding_csv(crowding: Crowding) -> str:
    """One row for each depth, way out and NMS threshold."""
    rows = []
    for level in crowding.levels:
        outputs = [*zip(crowding.thresholds, level.one2many), ("", level.one2one)]
        for threshold, row in outputs:
            path = "one2one" if threshold == "" else "nms"
            counts = (row.missed, row.duplicates, row.false)
            rows.append((level.overlap, level.objects, path, threshold, *counts))
    names = ("overlap", "objects", "path", "threshold", "missed", "duplicates", "false")
    return csv_text(_("rendered crowds"), names, rows)


def _figures(figures: Figures) -> list[float | str]:
    """A line of `FIGURES`."""
    by_path = [getattr(figures, field)[path] for path in PATHS for field in BY_PATH.values()]
    return [
        *map(_number, (*by_path, *figures.alignment, figures.gap, figures.floor, figures.ceiling))
    ]


def _soft_targets(trace: DualTrace, head, g: int) -> np.ndarray:
    """Soft targets of one object after conflicts, (A,); the paper's analysis has none."""
    if not trace.setting.rules.conflicts:
        return head.assignment.object_targets[g].numpy()
    label = int(trace.truth.labels[g])
    scores = head.assignment.target_scores[:, label]
    return scores.where(head.assignment.target_gt == g, 0).numpy()


def _state(head, g: int, anchor: int, conflicts: bool) -> str:
    """What became of an anchor inside an object; "passed over": conflicts left it, and a better one was kept."""
    chosen = head.assignment.candidates[g].tolist()
    owner = int(head.assignment.target_gt[anchor])
    if anchor in chosen:
        lost_to = int(head.assignment.lost_to[g, chosen.index(anchor)])
        if lost_to >= 0:
            return f"lost to object {lost_to + 1}"
        return "positive" if owner == g or not conflicts else "passed over"
    if owner == g:
        return "won in a conflict"
    return "candidate" if head.rank[g, anchor] > 0 else "metric 0"


def _number(value) -> float | str:
    """A number, or an empty field where it is undefined."""
    number = float(value)
    return "" if math.isnan(number) else number
