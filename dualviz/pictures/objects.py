"""The objects of one picture on their way in: whatever the format, every box passes the same rule.

A box that reaches outside is clipped to the picture; one that cannot be used is left out. Both are counted with their
places, so that a file or a set is never lost for one box, and never changed without a word.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

MIN_SIDE = 0.01  # pixels; thinner is no box, and float32 could not hold it in a large picture
MAX_OBJECTS = 1_000  # a picture; both heads are matched to each, at a third of a megabyte
MAX_CLASSES = 10_000
SHARES = 1.5  # pixels are not all below it, shares of a picture never far above 1
NO, YES = ("", "0", "0.0", "false", "no", "nan", "none", "null"), ("1", "1.0", "true", "yes")


class TruthError(ValueError):
    """A truth file cannot be used with this picture; the message is one sentence for the page."""


class Objects:
    """Collects the boxes of one picture: xyxy in pixels, their labels, and what was changed or left out on the way.

    Args:
        source: what the sentences call the file.
        image_wh: (width, height) to clip to; None where it is not known.
    """

    def __init__(self, source: str, image_wh: tuple[int, int] | None):
        self.source, self.image_wh = source, image_wh
        self.boxes: list[tuple[float, float, float, float]] = []
        self.labels: list[int] = []
        self.ignore: list[bool] = []
        self.crowd: list[bool] = []
        self.clipped: list[str] = []
        self.left_out: list[tuple[str, str]] = []

    def add(
        self, place: str, xyxy: Sequence, label: int, ignore: bool = False, crowd: bool = False
    ) -> None:
        """Take a box, clip it, or leave it out with the reason.

        Raises:
            TruthError: more than `MAX_OBJECTS`.
        """
        try:
            x1, y1, x2, y2 = (number(value, "the box") for value in xyxy)
        except TruthError as error:
            return self.leave_out(place, str(error))
        shown = f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})"
        if min(x2 - x1, y2 - y1) < MIN_SIDE:
            return self.leave_out(place, f"the box {shown} has no area or is inside out")
        if self.image_wh is not None:
            width, height = self.image_wh
            outside = max(-x1, -y1, x2 - width, y2 - height)
            x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)
            if min(x2 - x1, y2 - y1) < MIN_SIDE:
                words = f"the box {shown} lies outside the {width} × {height} picture"
                return self.leave_out(place, words)
            if outside > 1:
                self.clipped.append(place)
        if len(self.boxes) == MAX_OBJECTS:
            raise TruthError(
                f"{self.source} has more than {MAX_OBJECTS:,} objects in one picture: expected at most so many"
            )
        self.boxes.append((x1, y1, x2, y2))
        self.labels.append(label)
        self.ignore.append(ignore)
        self.crowd.append(crowd)

    def leave_out(self, place: str, reason: str) -> None:
        """Count an object that cannot be used."""
        self.left_out.append((place, reason))

    def refuse_where_none_is_left(self) -> None:
        """Raise TruthError with the first reason where objects were given and none can be used."""
        if self.left_out and not self.boxes:
            place, reason = self.left_out[0]
            more = len(self.left_out) - 1
            others = f"; nor can the {more} others be used" if more else ""
            raise TruthError(f"{self.source}, {place}: {reason}{others}")

    def notes(self) -> tuple[str, ...]:
        """Sentences on what was changed."""
        return notes_on(self.source, self.clipped, self.left_out)


def notes_on(
    source: str, clipped: Sequence[str], left_out: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """One sentence on the boxes that were clipped and one on those left out, each with the first places.

    >>> notes_on("a.xml", (), [("object 2", "the box (9, 9) to (3, 3) has no area or is inside out")])
    ('a.xml: 1 box is left out: object 2 (the box (9, 9) to (3, 3) has no area or is inside out)',)
    """
    notes = []
    if clipped:
        notes.append(f"{source}: clipped to the picture: {_first(clipped)}")
    if left_out:
        count = counted(len(left_out), "box is", "boxes are")
        places = _first([f"{place} ({reason})" for place, reason in left_out])
        notes.append(f"{source}: {count} left out: {places}")
    return tuple(notes)


def counted(count: int, one: str, many: str) -> str:
    """A number with the words that fit it."""
    return f"{count:,} {one if count == 1 else many}"


def _first(places: Sequence[str]) -> str:
    more = f" and {len(places) - 3:,} more" if len(places) > 3 else ""
    return ", ".join(places[:3]) + more


def number(value: Any, where: str) -> float:
    """A finite number, also from its text.

    Raises:
        TruthError: anything else; true and false are none.
    """
    try:
        read = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if not math.isfinite(read):
        raise TruthError(f"{where}: expected a number, got {cut(value, 40)!r}")
    return read


def flag(value: object, where: str) -> bool:
    """A mark as people write it: 0 or 1, true or false, either as text; null and NaN are no mark.

    Raises:
        TruthError: anything else.

    >>> flag("0", "a"), flag(True, "a"), flag(float("nan"), "a"), flag(None, "a")
    (False, True, False, False)
    """
    plain = str(value).strip().lower() if isinstance(value, (str, int, float)) else value
    if plain is None or plain in NO:
        return False
    if plain in YES:
        return True
    raise TruthError(f"{where} must be 0 or 1, got {cut(value, 40)!r}")


def listed(names: Iterable[object]) -> str:
    """The first twelve names, and how many more."""
    shown = [cut(name) for name in names]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12:,} more" if len(shown) > 12 else "")


def cut(value: object, most: int = 60) -> str:
    r"""A value's text on one line, at a length that can be read; containers by their kind, since they may be huge.

    >>> cut("a\nb"), cut("x" * 70, 5), cut([[]])
    ('a b', 'xxxx…', 'list')
    """
    if isinstance(value, (dict, list, tuple)):
        return type(value).__name__
    try:
        text = str(value)
    except ValueError:  # a whole number of too many digits
        return "a very long number"
    text = " ".join(text[: 4 * most].split())
    return text if len(text) <= most else text[: most - 1] + "…"
