"""Calibration as screen and print both draw it: the lines over confidence, the points of reliability, and the verdict in words."""

from collections.abc import Iterator

import numpy as np

from dualviz.study.calibration import THRESHOLDS, Calibration, Way
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import Labels, _

HEAD_OF = {"one2many + NMS": "one2many", "one2one": "one2one"}
MEASURES = Labels({"recall": "recall", "precision": "precision", "f1": "F1"})


def lines(made: Calibration) -> Iterator[tuple[str, str, np.ndarray]]:
    """Way, measure and values at `THRESHOLDS`, in the order of drawing."""
    for name, way in made.ways.items():
        for measure in MEASURES:
            yield name, measure, getattr(way, measure)


def reliability(way: Way) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """Mean scores (B,), shares right (B,), intervals (2, B) as distances below and above, and counts."""
    score = np.array([one.score for one in way.bins])
    share = np.array([one.share for one in way.bins])
    ends = np.array([one.interval for one in way.bins]).reshape(-1, 2)
    around = np.stack((share - ends[:, 0], ends[:, 1] - share)).clip(min=0)
    return score, share, around, [one.count for one in way.bins]


def calibration_words(made: Calibration, confidence: float) -> str:
    """What one confidence costs both ways, and which one suits each."""
    many, one = (made.ways[name] for name in HEAD_OF)
    if not made.objects:
        return _("Without truth nobody can say which detections are right.")
    near = min(THRESHOLDS, key=lambda threshold: abs(threshold - confidence))
    (r_many, p_many, _f), (r_one, p_one, _g) = many.at(near), one.at(near)
    words = [
        _(
            "**At confidence {conf}** the one-to-many head with NMS finds {many} of the objects and the one-to-one head {one}; of what they "
            "report, {right} and {sure} are right.",
            conf=f"{near:.2f}",
            many=_share(r_many),
            one=_share(r_one),
            right=_share(p_many),
            sure=_share(p_one),
        )
    ]
    if many.advised is not None and one.advised is not None:
        words.append(
            _(
                "F1 is best at **{many}** with NMS ({best}) and at **{one}** for the one-to-one head ({top}).",
                many=f"{many.advised:.2f}",
                best=f"{np.nanmax(many.f1):.3f}",
                one=f"{one.advised:.2f}",
                top=f"{np.nanmax(one.f1):.3f}",
            )
        )
    for name, way in made.ways.items():
        if sure := _leaning(way):
            words.append(_("{name}: {meaning}", name=PATH_NAMES[name], meaning=sure))
    return "\n\n".join(words)


def _leaning(way: Way) -> str:
    """Whether the surest detections are right more or less often than they say; "" where the interval cannot tell."""
    if not way.bins:
        return ""
    top = max(way.bins, key=lambda one: one.score)
    low, high = top.interval
    fields = {
        "score": f"{top.score:.2f}",
        "share": _share(top.share),
        "low": _share(low),
        "high": _share(high),
    }
    if top.score < low:
        return _(
            "of its surest detections, which score {score} on average, {share} are right (95 %: {low} to {high}): it is less sure than it could be.",
            **fields,
        )
    if top.score > high:
        return _(
            "of its surest detections, which score {score} on average, {share} are right (95 %: {low} to {high}): it is surer than it should be.",
            **fields,
        )
    return _(
        "of its surest detections, which score {score} on average, {share} are right (95 %: {low} to {high}): as sure as it says.",
        **fields,
    )


def _share(value: float) -> str:
    return "—" if value != value else f"{100 * value:.0f} %"
