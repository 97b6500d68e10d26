"""What is on the table when a view is taken away: one record for each kind of thing that views show.

Pages and the command fill these records alike; `dualviz.exports.views` draws from them. What is costly is asked for by
a function, and only when a view needs it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from dualviz.charts.drawn.words import pick_rank
from dualviz.exports.about import ORIGINS, Source, longer_side, of_set, pixels
from dualviz.exports.detections import ShownDetections
from dualviz.pictures.content import content_hash
from dualviz.postprocess import Detections, Match
from dualviz.study.alignment import Survey
from dualviz.study.evaluation import Evaluation
from dualviz.study.replay import Replay, Snapshot, load_snapshot
from dualviz.study.rivals import Rivals
from dualviz.study.targets import Targets
from dualviz.study.timing import Timing
from dualviz.trace import DualTrace
from dualviz.words import _

SEEN = 0.25  # score of the one-to-one pick above which the head has found its object


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
        weights: hash of the detector's file.
        truth_from: where the objects come from, in words.
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
    weights: str = ""
    truth_from: str = ""

    @property
    def origin(self) -> Source:
        """What its files say they come from."""
        truth = self.trace.truth.words if self.trace.truth.stand_in else self.truth_from
        size = pixels(self.trace.prediction.network_size_hw)
        return Source(self.picture, self.detector, self.weights, size, truth)

    @property
    def surveyed(self) -> Source:
        """What the files come from that are about its survey: the picture, or a whole set at the same longer side."""
        if not self.over:
            return self.origin
        side = max(self.trace.prediction.network_size_hw)
        return Source(
            self.over, self.detector, self.weights, longer_side(side), ORIGINS["rendered"]
        )

    def marks(self, scope: str) -> list[str]:
        """What stands in a file's name between picture and view."""
        own = ["own-detections"] if self.trace.truth.stand_in else []
        return own + ([f"object-{self.g + 1}"] if scope == "object" and self.g is not None else [])

    @property
    def names(self) -> dict[str, str]:
        """Of picture and detector, as figures and tables take them."""
        return {"picture": self.picture, "detector": self.detector}

    @property
    def set_names(self) -> dict[str, str]:
        """Of what is surveyed, and of the detector."""
        return {"picture": self.over or self.picture, "detector": self.detector}


class ShownEvaluation(NamedTuple):
    """An evaluation: names of detector and set, the hash of the detector's file, the longer side of the network's input."""

    result: Evaluation
    detector: str = ""
    over: str = ""
    weights: str = ""
    side: int = 0

    @property
    def called(self) -> str:
        """The detector at the size of its input, for captions."""
        if not self.side:
            return self.detector
        return _("{detector} at {size} px", detector=self.detector, size=self.side)

    @property
    def origin(self) -> Source:
        """What its files say they come from."""
        return of_set(self.over, self.detector, self.weights, self.side)


class ShownTiming(NamedTuple):
    """Measured times, what was timed on what in one line, the picture, and the detector with the hash of its file."""

    timing: Timing
    caption: str = ""
    picture: str = ""
    detector: str = ""
    weights: str = ""

    @property
    def origin(self) -> Source:
        """What its files say they come from; nothing is compared with truth."""
        return Source(
            self.picture, self.detector, self.weights, pixels(self.timing.network_size_hw)
        )


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
        truth_from: where the objects come from, in words.
    """

    replay: Replay
    step: int
    trace: DualTrace
    outputs: list[ShownOutput]
    confidence: float
    g: int | None = None
    picture: str = ""
    truth_from: str = ""

    @property
    def names(self) -> dict[str, str]:
        """Of picture and snapshot, as figures and tables take them."""
        name = self.replay.detector
        detector = _("{detector} at step {step}", detector=name, step=self.step)
        return {"picture": self.picture, "detector": detector}

    @property
    def origin(self) -> Source:
        """What its files say they come from."""
        weights = content_hash(self.replay.at(self.step).path.read_bytes())
        size = pixels(self.trace.prediction.network_size_hw)
        truth = self.trace.truth.words if self.trace.truth.stand_in else self.truth_from
        return Source(**self.names, weights=weights, network=size, truth=truth)

    def marks(self, scope: str) -> list[str]:
        """What stands in a file's name between picture and view."""
        return [f"step-{self.step}"]


class ShownRivals(NamedTuple):
    """Heads on one trunk over a whole run, and the step that is marked."""

    rivals: Rivals
    step: int

    @property
    def origin(self) -> Source:
        """What its files say they come from."""
        first = self.rivals.first
        name = _("{detector} at step {step}", detector=first.detector, step=self.step)
        weights = content_hash(first.at(self.step).path.read_bytes())
        side = _side_of(first.at(self.step))
        return of_set(first.measured_on, name, weights, side)._replace(picture="")


@cache
def _side_of(snapshot: Snapshot) -> int:
    """Pixels of the longer side that a snapshot looks at, as it was measured."""
    return load_snapshot(snapshot, "cpu").size


def story_object(trace: DualTrace) -> int | None:
    """The object that tells best what the laboratory is about, on which it opens; None without objects.

    The head has found it (16); the one-to-one pick stands in the one-to-many list, and not first (8); the picture's border does
    not cut it (4); it gets all k anchors and no other object wants one of them (2); no other object meets its box (1); and among
    equals the one nearest the picture's middle. engine/story.js chooses by the same rule.
    """
    height, width = trace.image.shape[:2]
    boxes = trace.truth.boxes.tolist()
    many, one = trace.one2many.assignment, trace.one2one.assignment

    def worth(g: int) -> float:
        rank, (x1, y1, x2, y2) = pick_rank(trace, g), boxes[g]
        if rank is None or not (many.candidates[g] >= 0).any():
            return 0.0
        score = float(trace.one2one.p[g, one.candidates[g, 0]])
        full = bool((many.candidates[g] >= 0).all())
        wanted = bool(many.contested[g].any() | one.contested[g].any())
        meets = any(
            h != g and a1 < x2 and x1 < a2 and b1 < y2 and y1 < b2
            for h, (a1, b1, a2, b2) in enumerate(boxes)
        )
        away = math.hypot((x1 + x2 - width) / 2, (y1 + y2 - height) / 2)
        return (
            16 * (score > SEEN)
            + 8 * (1 < rank <= trace.setting.topk)
            + 4 * (x1 > 1 and y1 > 1 and x2 < width - 1 and y2 < height - 1)
            + 2 * (full and not wanted)
            + (not meets)
            - away / (width + height)
        )

    return max(range(len(boxes)), key=worth, default=None)
