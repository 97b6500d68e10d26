"""Which heat the stage paints: a layer of one head or both as a share of its largest value, anchor by anchor."""

import math
from typing import Literal

import numpy as np

from dualviz.charts.drawn.words import overlap_name, three, three_of_log
from dualviz.charts.palette import HEAD_NAMES
from dualviz.detector.cells import Grid
from dualviz.study.targets import bce_of_scores, push_of_scores
from dualviz.words import _

Head = Literal["one2many", "one2one"]
LAYERS = ("m", "p", "u", "s", "t", "b", "g")
HEAT_DECADES = 4  # the log scale shows this many powers of ten below its largest value


class Heat:
    """Which heat is painted: heads, layer, level and scale, and its values."""

    def __init__(self, trace, g, heads, layer, level, log, levels: list[Grid]):
        self.trace, self.g, self.heads = trace, g, heads
        self.layer, self.level, self.log, self.levels = layer, level, log, levels
        self.most = 1.0
        if g is not None and layer in ("b", "g"):
            largest = (np.abs(self.loss_layer(name)).max(initial=0) for name in HEAD_NAMES)
            self.most = float(max(largest)) or 1.0

    def loss_layer(self, head: Head) -> np.ndarray:
        """BCE of every anchor (A,) for the object's class, or its push σ(z) − t, against the target after conflicts."""
        own, label = getattr(self.trace, head), int(self.trace.truth.labels[self.g])
        of = push_of_scores if self.layer == "g" else bce_of_scores
        return of(own.scores[:, label], own.assignment.target_scores[:, label]).numpy()

    def values(self, head: Head) -> np.ndarray:
        """Share of the scale's largest value for every anchor (A,), NaN where the anchor has no cell."""
        trace, g, own = self.trace, self.g, getattr(self.trace, head)
        inside = trace.prior[g].numpy()
        if self.layer in ("b", "g"):
            value = self.loss_layer(head) / self.most
            return np.sign(value) * self._scaled(np.abs(value))
        if self.layer == "m":
            key = own.log_metric[g].numpy()
            top = key.max() if len(key) else -math.inf
            value = np.exp(key - top) if top > -math.inf else np.zeros_like(key)
        elif self.layer == "p":  # what the head believes everywhere, not only inside
            return self._scaled(own.scores[:, int(trace.truth.labels[g])].double().numpy())
        elif self.layer == "u":
            value = own.overlaps[g].numpy()
        elif self.layer == "t":
            value = own.assignment.object_targets[g].double().numpy()
        else:
            value = inside.astype(float)
        return np.where(inside, self._scaled(value), np.nan)

    def _scaled(self, value: np.ndarray) -> np.ndarray:
        if not self.log:
            return value
        with np.errstate(divide="ignore"):
            return np.clip(1 + np.log10(value) / HEAT_DECADES, 0, 1)

    def title(self) -> str:
        """What the scale means, with its range."""
        name = {
            "m": _("metric m / max m"),
            "p": _("score p of the object's class"),
            "u": _("{overlap} with the object", overlap=overlap_name(self.trace)),
            "s": _("spatial prior s"),
            "t": _("soft target t, before conflicts"),
            "b": _("BCE / {most}, of the object's class", most=three(self.most)),
            "g": _("push σ(z) − t / {most}: △ up, ▽ down", most=three(self.most)),
        }[self.layer]
        which = _("all levels") if self.level is None else self.levels[self.level].name
        return " · ".join((name, *([_("log scale")] if self.log else []), which))

    def panel_title(self, head: Head) -> str:
        """The head and, for the metric, what its brightest cell stands for."""
        if self.layer != "m":
            return HEAD_NAMES[head]
        top = float(getattr(self.trace, head).log_metric[self.g].max())
        return _("{head}: max m {best}", head=HEAD_NAMES[head], best=three_of_log(top))
