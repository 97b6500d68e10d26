"""What is on the table when a view is taken away: one record for each kind of thing that views show.

Pages and the command fill these records alike; `dualviz.exports.views` draws from them. What is costly is asked for by
a function, and only when a view needs it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dualviz.charts.drawn.words import pick_rank
from dualviz.exports.detections import ShownDetections
from dualviz.postprocess import Detections, Match
from dualviz.study.alignment import Survey
from dualviz.study.evaluation import Evaluation
from dualviz.study.replay import Replay
from dualviz.study.targets import Targets
from dualviz.study.timing import Timing
from dualviz.trace import DualTrace
from dualviz.words import _


@dataclass(frozen=True)
class ShownPicture:
    """One picture under both heads, and what is chosen of it.

    Attributes:
        trace: both heads on the picture.
        g: index of the object looked at; None for none.
        detections: the three outputs at the detections page's settings.
        survey: agreement over the picture or a set.
        targets: what both heads are taught on the picture.
        picture, detector: names for captions.
        over: name of the set that `survey` is over; "" for the picture.
        options: by view, what else is chosen for its figure.
    """

    trace: DualTrace
    g: int | None
    detections: ShownDetections
    survey: Callable[[], Survey]
    targets: Callable[[], dict[str, Targets]]
    picture: str = ""
    detector: str = ""
    over: str = ""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Of picture and detector, as figures and tables take them."""
        return {"picture": self.picture, "detector": self.detector}

    @property
    def set_names(self) -> dict[str, str]:
        """Of what is surveyed, and of the detector."""
        return {"picture": self.over or self.picture, "detector": self.detector}


class ShownEvaluation(NamedTuple):
    """An evaluation, and the names of its detector and set."""

    result: Evaluation
    detector: str = ""
    over: str = ""


class ShownTiming(NamedTuple):
    """Measured times, and what was timed on what, in one line."""

    timing: Timing
    caption: str = ""


class ShownOutput(NamedTuple):
    """One path's detections: its title, its head, what it reports, and that against truth; None without truth."""

    title: str
    head: str
    detections: Detections
    matches: Match | None


class ShownMoment(NamedTuple):
    """One moment of a training run on one picture.

    Attributes:
        replay: the run.
        step: of the moment.
        trace: both heads at that moment.
        outputs: what each path reports then.
        confidence: detections are above it.
        g: index of the object looked at; None for none.
        picture: its name.
    """

    replay: Replay
    step: int
    trace: DualTrace
    outputs: list[ShownOutput]
    confidence: float
    g: int | None = None
    picture: str = ""

    @property
    def names(self) -> dict[str, str]:
        """Of picture and snapshot, as figures and tables take them."""
        name = self.replay.detector
        detector = _("{detector} at step {step}", detector=name, step=self.step)
        return {"picture": self.picture, "detector": detector}


def most_disagreeing(trace: DualTrace) -> int | None:
    """The object whose first choices differ most between the heads, as the laboratory opens on; None without objects.

    A pick inside the one-to-many list but far down it comes before one outside, and that before an agreement.
    """

    def worth(g: int) -> float:
        rank = pick_rank(trace, g)
        chosen = trace.one2many.assignment.candidates[g]
        if rank is None or not (chosen >= 0).any():
            return 0.0
        best = float(trace.one2many.assignment.candidate_overlaps[g].max())
        if 1 < rank <= trace.setting.topk:
            return 2000 + rank + best
        return 1 + best if rank == 1 else 1000 - min(rank, 900) + best

    return max(range(len(trace.truth)), key=worth, default=None)
