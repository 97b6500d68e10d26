"""What crowding costs each way out, in sentences computed from the measurement that both curves draw."""

from dualviz.study.crowding import Counts, Crowding, Level
from dualviz.words import _, joined


def headline() -> str:
    """Of figure and page."""
    return _("What crowding costs, with NMS and without")


def crowding_words(crowding: Crowding, level: Level, iou: float) -> str:
    """The verdict at one NMS threshold and one depth of crowding, and how far it holds at the others.

    Args:
        crowding: from `dualviz.study.crowding`.
        level: one of its levels.
        iou: NMS's threshold, 0..1; the nearest measured one speaks.
    """
    at = min(range(len(crowding.thresholds)), key=lambda i: abs(crowding.thresholds[i] - iou))
    many, one, share = level.one2many[at], level.one2one, 100 / max(1, level.objects)
    threshold = f"{crowding.thresholds[at]:.2f}"
    verdict = _(
        "**At NMS IoU {threshold} NMS misses {missed} and leaves {surplus}, compared with the one-to-one head.**",
        threshold=threshold,
        missed=_than_missed(many.missed, one.missed),
        surplus=_than_surplus(_surplus(many), _surplus(one)),
    )
    counts = _(
        "Of 100 true objects NMS misses {missed} and leaves {surplus} duplicates and false boxes; the one-to-one head, which has "
        "no threshold, misses {free} and leaves {spare}.",
        missed=f"{share * many.missed:.1f}",
        surplus=f"{share * _surplus(many):.1f}",
        free=f"{share * one.missed:.1f}",
        spare=f"{share * _surplus(one):.1f}",
    )
    return (
        f"{joined(verdict, counts)}\n\n"
        f"{joined(_thresholds(crowding, level), _depths(crowding, at, threshold))}{_cost(crowding, level, at)}"
    )


def _surplus(row: Counts) -> int:
    return row.duplicates + row.false


def _than_missed(many: int, one: int) -> str:
    if many == one:
        return _("as many objects")
    return _("fewer objects") if many < one else _("more objects")


def _than_surplus(many: int, one: int) -> str:
    if many == one:
        return _("as many surplus boxes")
    return _("fewer surplus boxes") if many < one else _("more surplus boxes")


def _no_worse(many: Counts, one: Counts) -> bool:
    """Whether NMS misses no more and leaves no more."""
    return many.missed <= one.missed and _surplus(many) <= _surplus(one)


def _thresholds(crowding: Crowding, level: Level) -> str:
    """At which thresholds NMS costs no more than the one-to-one head either way, at this depth."""
    pairs = zip(crowding.thresholds, level.one2many)
    good = [f"{threshold:.2f}" for threshold, row in pairs if _no_worse(row, level.one2one)]
    if not good:
        return _(
            "At this depth each of the {n} measured thresholds misses more or leaves more than the one-to-one head: none is as "
            "good both ways.",
            n=len(crowding.thresholds),
        )
    return _(
        "At this depth NMS is as good or better both ways at {thresholds}.",
        thresholds=", ".join(good),
    )


def _depths(crowding: Crowding, at: int, threshold: str) -> str:
    """At how many depths one threshold is no worse either way."""
    good = sum(_no_worse(level.one2many[at], level.one2one) for level in crowding.levels)
    return _(
        "At NMS IoU {threshold} it is so at {good} of the {all} depths measured.",
        threshold=threshold,
        good=good,
        all=len(crowding.levels),
    )


def _cost(crowding: Crowding, level: Level, at: int) -> str:
    """What is missed here that is found where cells lie least on one another; "" at that depth itself."""
    least = min(crowding.levels, key=lambda one: one.overlap)
    if level.overlap == least.overlap:
        return ""
    many, one = (
        tuple(100 / max(1, where.objects) * row(where).missed for where in (least, level))
        for row in (lambda where: where.one2many[at], lambda where: where.one2one)
    )
    return "\n\n" + _(
        "**What crowding itself costs.** From overlap {least} to {most} the missed of 100 go from {before} to {after} with NMS, "
        "and from {free_before} to {free_after} without.",
        least=f"{least.overlap:.2f}",
        most=f"{level.overlap:.2f}",
        before=f"{many[0]:.1f}",
        after=f"{many[1]:.1f}",
        free_before=f"{one[0]:.1f}",
        free_after=f"{one[1]:.1f}",
    )
