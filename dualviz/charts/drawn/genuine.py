"""What detectors reach, as screen and print both draw it: one row a measure, a panel a detector, and every number in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dualviz.detector.catalogue import BUNDLED, OFFICIAL
from dualviz.study.genuine import GROUPS, MEASURES, Estimate, Measure, Reached, printed
from dualviz.words import _, ngettext

DRAWN = tuple(one for one in MEASURES.values() if one.unit in ("share", "confidence"))

UNITS = {"share": "%", "confidence": "", "number": "", "milliseconds": "ms"}


@dataclass(frozen=True)
class Row:
    """One drawn measure of one detector, in hundredths; the paper's is NaN where it prints none.

    Attributes:
        key, words, head: of the measure.
        place: from the top, with a free place above every group.
        value, low, high: ours; paper: its.
    """

    key: str
    words: str
    head: str
    place: int
    value: float
    low: float
    high: float
    paper: float


def groups() -> list[tuple[str, int]]:
    """Words of each group and the free place above its rows, in which they stand."""
    names = list(dict.fromkeys(one.group for one in DRAWN))
    return [(GROUPS[name], _place(next(o for o in DRAWN if o.group == name)) - 1) for name in names]


def height() -> int:
    """How many places there are."""
    return _place(DRAWN[-1]) + 1


def rows(reached: Reached) -> list[Row]:
    """The drawn measures of a detector, from the top."""
    theirs = printed(reached.detector)
    made = []
    for one in DRAWN:
        value, low, high = (100 * number for number in reached.figures[one.key])
        paper = 100 * theirs[one.key].value if one.key in theirs else math.nan
        words = str(one.sentence)
        made.append(Row(one.key, words, one.head, _place(one), value, low, high, paper))
    return made


def _place(measure: Measure) -> int:
    names = list(dict.fromkeys(one.group for one in DRAWN))
    return DRAWN.index(measure) + names.index(measure.group) + 1


def title_of(reached: Reached) -> str:
    """What a page calls the detector."""
    entries = {entry.name: entry.title for entry in (*BUNDLED, *OFFICIAL)}
    return entries.get(reached.detector, reached.detector)


def over_words(reached: Reached) -> str:
    """On what it was measured."""
    objects = ngettext("{n} object", "{n} objects", reached.objects)
    pictures = ngettext("{n} picture", "{n} pictures", reached.pictures)
    return f"{reached.over} · {pictures} · {objects} · {reached.size} px"


def value_words(measure: Measure, value: float) -> str:
    """A figure in its unit: hundredths with one digit for a share.

    >>> [value_words(MEASURES[key], 0.235) for key in ("top 1", "advised one2one", "gap", "ms one2one")]
    ['23.5', '0.23', '0.23', '0.2']
    """
    if math.isnan(value):
        return "—"
    if measure.unit == "share":
        return f"{100 * value:.1f}"
    return f"{value:.1f}" if measure.unit == "milliseconds" else f"{value:.2f}"


def estimate_words(measure: Measure, estimate: Estimate) -> str:
    """A figure with its interval.

    >>> estimate_words(MEASURES["top 1"], Estimate(0.235, 0.2, 0.27))
    '23.5 (20.0 … 27.0)'
    """
    value, low, high = (value_words(measure, one) for one in estimate)
    return value if low == high == value or low == "—" else f"{value} ({low} … {high})"


def answers(table: Mapping[str, Reached]) -> list[str]:
    """What the measured detectors say to the questions that are asked most, in sentences; of the released ones first."""
    released = [one for one in table.values() if printed(one.detector)]
    words = []
    for one in released:
        words += [_picks(one), _paths(one), _scores(one)]
    return words


def _picks(one: Reached) -> str:
    theirs = printed(one.detector)
    keys = ("top 1", "top 5", "top 10")
    inside = sum(one.figures[key].holds(theirs[key].value) for key in keys)
    return ngettext(
        "**Do the heads agree?** Of the one-to-one picks of {detector}, {ours} % are in the one-to-many Top-1 / 5 / 10; the paper's Fig. 2(b) says {paper} % of YOLOv8-S. {n} of the three lies inside our interval.",
        "**Do the heads agree?** Of the one-to-one picks of {detector}, {ours} % are in the one-to-many Top-1 / 5 / 10; the paper's Fig. 2(b) says {paper} % of YOLOv8-S. {n} of the three lie inside our intervals.",
        inside,
        detector=title_of(one),
        ours=" / ".join(value_words(MEASURES[key], one.figures[key].value) for key in keys),
        paper=" / ".join(value_words(MEASURES[key], theirs[key].value) for key in keys),
    )


def _paths(one: Reached) -> str:
    free, nms, raw = (
        one.figures[f"ap {path}"] for path in ("one2one", "one2many + NMS", "one2many raw")
    )
    return _(
        "**What does NMS buy?** Without it the one-to-one head reaches AP {free}, the one-to-many head {raw}; with it the one-to-many head reaches {nms}. The paper prints {paper} without NMS over 5,000 pictures, of which these are {n}: compare paths, not heights.",
        free=_ap(free),
        raw=_ap(raw),
        nms=_ap(nms),
        paper=value_words(MEASURES["ap one2one"], printed(one.detector)["ap one2one"].value),
        n=one.pictures,
    )


def _scores(one: Reached) -> str:
    figures = one.figures
    return _(
        "**Which confidence?** At 0.25 the one-to-one head finds {free} % of the objects, one-to-many with NMS {nms} %. F1 is best at {low} without NMS and at {high} with it, and is then {f1} and {f1_nms}.",
        free=value_words(MEASURES["recall one2one"], figures["recall one2one"].value),
        nms=value_words(MEASURES["recall one2many + NMS"], figures["recall one2many + NMS"].value),
        low=f"{figures['advised one2one'].value:.2f}",
        high=f"{figures['advised one2many + NMS'].value:.2f}",
        f1=f"{figures['f1 one2one'].value:.3f}",
        f1_nms=f"{figures['f1 one2many + NMS'].value:.3f}",
    )


def _ap(estimate: Estimate) -> str:
    return estimate_words(MEASURES["ap one2one"], estimate)


def caption(table: Sequence[Reached]) -> str:
    """Sets and devices in one line."""
    return " · ".join(
        _("{name}: {meaning}", name=title_of(one), meaning=over_words(one)) for one in table
    )


def measure_row(measure: Measure, known: list[Reached]) -> dict[str, str]:
    """One measure of all detectors, and the paper's."""
    unit = "" if measure.group == "ap" else UNITS[measure.unit]
    cells = {
        _("of"): GROUPS[measure.group],
        _("measure"): f"{measure.sentence}, {unit}" if unit else str(measure.sentence),
    }
    for one in known:
        cells[title_of(one)] = estimate_words(measure, one.figures[measure.key])
    theirs = [
        prints[measure.key] for one in known if measure.key in (prints := printed(one.detector))
    ]
    cells[_("the paper")] = (
        "; ".join(f"{value_words(measure, one.value)} ({one.source})" for one in theirs) or "—"
    )
    return cells
