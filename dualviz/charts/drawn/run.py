"""A training run as both pictures draw it: its six panels and their lines, where a step stands, and the ticks below."""

from dualviz.pictures.dataset import set_words
from dualviz.study.replay import Replay
from dualviz.words import Labels, _

PANELS = Labels(  # titles of the curves, in reading order
    {
        "box": "box loss (CIoU)",
        "cls": "class loss (BCE)",
        "dfl": "box edge loss (DFL)",
        "ap": "AP",
        "top": "one-to-one pick in Top-k",
        "gap": "supervision gap A",
    }
)
AP_LINES = (  # path, head, dash
    ("one2many raw", "one2many", "dot"),
    ("one2many + NMS", "one2many", "solid"),
    ("one2one", "one2one", "solid"),
)
AP_REACH = 0.5  # the scale of AP is drawn at least so far
TOP_LINES = (("Top-1", "solid"), ("Top-5", "dash"), ("Top-10", "dot"))


def loss_curve(replay: Replay, head: str, part: str) -> tuple[list[float], list[float]]:
    """Steps and mean losses of one part of one head, from the log."""
    return [row["step"] for row in replay.log], [row[f"{head}_{part}"] for row in replay.log]


def place(replay: Replay, step: int) -> float:
    """Where a step stands on the log scale: the untrained network half a snapshot's stride before the first."""
    later = [s for s in replay.steps if s > 0]
    return float(step) if step > 0 else (later[0] / 2 if later else 1.0)


def ticks(replay: Replay) -> tuple[list[float], list[str]]:
    """Places and words of the axis: 0, then powers of ten inside the run."""
    powers = [10**p for p in range(1, 8) if place(replay, 0) * 2.5 < 10**p <= replay.steps[-1]]
    words = [str(p) if p < 1000 else f"{p // 1000}k" for p in powers]
    return [place(replay, 0), *map(float, powers)], ["0", *words]


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
