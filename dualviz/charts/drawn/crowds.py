"""What crowding costs each way out, in sentences computed from the measurement that both curves draw."""

from dualviz.study.crowding import Counts, Crowding, Level

HEADLINE = "What crowding costs, with NMS and without"


def crowding_words(crowding: Crowding, level: Level, iou: float) -> str:
    """The verdict at one NMS threshold and one depth of crowding, and how far it holds at the others.

    Args:
        crowding: from `dualviz.study.crowding`.
        level: one of its levels.
        iou: NMS's threshold, 0..1; the nearest measured one speaks.
    """
    at = min(range(len(crowding.thresholds)), key=lambda i: abs(crowding.thresholds[i] - iou))
    many, one, share = level.one2many[at], level.one2one, 100 / max(1, level.objects)
    threshold = f"NMS IoU {crowding.thresholds[at]:.2f}"
    return (
        f"**At {threshold} NMS misses {_than(many.missed, one.missed)} objects and leaves {_than(_surplus(many), _surplus(one))} boxes too "
        f"many, compared with the one-to-one head.** Of 100 true objects NMS misses {share * many.missed:.1f} and leaves "
        f"{share * _surplus(many):.1f} duplicates and false boxes; the one-to-one head, which has no threshold, misses "
        f"{share * one.missed:.1f} and leaves {share * _surplus(one):.1f}.\n\n"
        f"{_thresholds(crowding, level)} {_depths(crowding, at, threshold)}{_cost(crowding, level, at)}"
    )


def _surplus(row: Counts) -> int:
    return row.duplicates + row.false


def _than(many: int, one: int) -> str:
    return "fewer" if many < one else "more" if many > one else "as many"


def _no_worse(many: Counts, one: Counts) -> bool:
    """Whether NMS misses no more and leaves no more."""
    return many.missed <= one.missed and _surplus(many) <= _surplus(one)


def _thresholds(crowding: Crowding, level: Level) -> str:
    """At which thresholds NMS costs no more than the one-to-one head either way, at this depth."""
    pairs = zip(crowding.thresholds, level.one2many)
    good = [f"{threshold:.2f}" for threshold, row in pairs if _no_worse(row, level.one2one)]
    if not good:
        return (
            f"At this depth each of the {len(crowding.thresholds)} measured thresholds misses more or leaves more than the "
            "one-to-one head: none is as good both ways."
        )
    return f"At this depth NMS is as good or better both ways at {', '.join(good)}."


def _depths(crowding: Crowding, at: int, threshold: str) -> str:
    """At how many depths one threshold is no worse either way."""
    good = sum(_no_worse(level.one2many[at], level.one2one) for level in crowding.levels)
    return f"At {threshold} it is so at {good} of the {len(crowding.levels)} depths measured."


def _cost(crowding: Crowding, level: Level, at: int) -> str:
    """What is missed here that is found where cells lie least on one another; "" at that depth itself."""
    least = min(crowding.levels, key=lambda one: one.overlap)
    if level.overlap == least.overlap:
        return ""
    many, one = (
        tuple(100 / max(1, where.objects) * row(where).missed for where in (least, level))
        for row in (lambda where: where.one2many[at], lambda where: where.one2one)
    )
    return (
        f"\n\n**What crowding itself costs.** From overlap {least.overlap:.2f} to {level.overlap:.2f} the missed of 100 go from "
        f"{many[0]:.1f} to {many[1]:.1f} with NMS, and from {one[0]:.1f} to {one[1]:.1f} without."
    )
