"""A training run as both pictures draw it: its panels and their lines, where a step stands, and the ticks below."""

import math

from dualviz.pictures.dataset import set_words
from dualviz.study.replay import Replay
from dualviz.words import Labels, _

PANELS = Labels(  # titles of the curves, in reading order
    {
        "box": "box losses: CIoU, DFL",
        "cls": "class loss (BCE)",
        "ap": "AP",
        "repeats": "duplicates a picture",
        "top": "one-to-one pick in Top-k",
        "gap": "supervision gap A",
    }
)
LOSS_LINES = (
    ("box", "box", "solid"),
    ("dfl", "box", "dash"),
    ("cls", "cls", "solid"),
)  # part, panel, dash
AP_LINES = (  # path, head, dash
    ("one2many raw", "one2many", "dot"),
    ("one2many + NMS", "one2many", "solid"),
    ("one2one", "one2one", "solid"),
)
FEWEST = 0.1  # duplicates a picture that the log scale begins with: fewer, and none, lie there
AP_REACH = 0.5  # the scale of AP is drawn at least so far
LOSS_NAMES = {"box": "CIoU", "dfl": "DFL", "cls": "BCE"}
TOP_LINES = (("Top-1", "solid"), ("Top-5", "dash"), ("Top-10", "dot"))


def loss_curve(replay: Replay, head: str, part: str) -> tuple[list[float], list[float]]:
    """Steps and mean losses of one part of one head, from the log."""
    return [row["step"] for row in replay.log], [row[f"{head}_{part}"] for row in replay.log]


def repeats_curve(replay: Replay, path: str) -> tuple[list[float], list[float]]:
    """Duplicates a picture on a path at every measured moment, and where they lie on the log scale; NaN where unknown."""
    counts = [replay.figures[step].duplicates[path] for step in sorted(replay.figures)]
    return counts, [count if math.isnan(count) else max(FEWEST, count) for count in counts]


def repeats_scale(replay: Replay) -> tuple[list[float], list[str], float]:
    """Of the log scale of duplicates: ticks from `FEWEST` on, their words, and its upper end."""
    counts = [count for path, _head, _dash in AP_LINES for count in repeats_curve(replay, path)[0]]
    most = max((count for count in counts if not math.isnan(count)), default=1.0)
    powers = [10.0**power for power in range(5) if 10.0**power <= max(1.0, most)]
    words = [_("≤ {least}", least=FEWEST), *(f"{power:g}" for power in powers)]
    return [FEWEST, *powers], words, 2 * max(1.0, most)


def place(replay: Replay, step: int) -> float:
    """Where a step stands on the log scale: the untrained network half a snapshot's stride before the first."""
    later = [s for s in replay.steps if s > 0]
    return float(step) if step > 0 else (later[0] / 2 if later else 1.0)


def ticks(replay: Replay) -> tuple[list[float], list[str]]:
    """Places and words of the axis: 0, then powers of ten inside the run."""
    powers = [10**p for p in range(1, 8) if place(replay, 0) * 2.5 < 10**p <= replay.steps[-1]]
    words = [str(p) if p < 1000 else f"{p // 1000}k" for p in powers]
    return [place(replay, 0), *map(float, powers)], ["0", *words]


def repeats_title(replay: Replay) -> str:
    """Where nothing is measured on a set, that duplicates are not known."""
    return PANELS["repeats"] if replay.measured_on else _("duplicates: not measured")


def ap_title(replay: Replay) -> str:
    """What AP was measured on, short enough for a panel."""
    if not replay.measured_on:
        return _("AP: not measured")
    return _("AP on {set}", set=set_words(replay.measured_on))


def measured_words(replay: Replay) -> str:
    """What the figures of the snapshots were measured on."""
    if not replay.measured_on:
        return _("figures: not measured")
    return _("figures on {set}", set=set_words(replay.measured_on))
