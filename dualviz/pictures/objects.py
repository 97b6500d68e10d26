"""The objects of one picture on their way in: whatever the format, every box passes the same rule.

A box that reaches outside is clipped to the picture; one that cannot be used is left out. Both are counted with their
places, so that a file or a set is never lost for one box, and never changed without a word.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dualviz.words import Sentence, UserError, kept, ngettext

MIN_SIDE = 0.01  # pixels; thinner is no box, and float32 could not hold it in a large picture
MAX_OBJECTS = 1_000  # a picture; both heads are matched to each, at a third of a megabyte
MAX_CLASSES = 10_000
SHARES = 1.5  # pixels are not all below it, shares of a picture never far above 1
_UNHELD = re.compile("[\ud800-\udfff\0]")
_PLAIN = re.compile(r"\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*")
NO, YES = ("", "0", "0.0", "false", "no", "nan", "none", "null"), ("1", "1.0", "true", "yes")


class TruthError(UserError):
    """A truth file cannot be used with this picture; the message is one sentence for the page."""


class Objects:
    """Collects the boxes of one picture: xyxy in pixels, their labels, and what was changed or left out on the way.

    Args:
        source: what the sentences call the file.
        image_wh: (width, height) to clip to; None where it is not known.
    """

    def __init__(self, source: Sentence | str, image_wh: tuple[int, int] | None):
        self.source, self.image_wh = source, image_wh
        self.boxes: list[tuple[float, float, float, float]] = []
        self.labels: list[int] = []
        self.ignore: list[bool] = []
        self.crowd: list[bool] = []
        self.clipped: list[Sentence] = []
        self.left_out: list[tuple[Sentence, Sentence | str]] = []
        self.around: list[
            Sentence
        ] = []  # places of objects of which the box around an outline was taken

    def add(
        self,
        place: Sentence,
        xyxy: Sequence,
        label: int,
        ignore: bool = False,
        crowd: bool = False,
    ) -> None:
        """Take a box, clip it, or leave it out with the reason.

        Raises:
            TruthError: more than `MAX_OBJECTS`.
        """
        try:
            x1, y1, x2, y2 = (number(value, Sentence("the box")) for value in xyxy)
        except TruthError as error:
            return self.leave_out(place, kept(error))
        corners = {"x1": f"{x1:g}", "y1": f"{y1:g}", "x2": f"{x2:g}", "y2": f"{y2:g}"}
        if min(x2 - x1, y2 - y1) < MIN_SIDE:
            reason = Sentence(
                "the box ({x1}, {y1}) to ({x2}, {y2}) has no area or is inside out", **corners
            )
            return self.leave_out(place, reason)
        if self.image_wh is not None:
            width, height = self.image_wh
            outside = max(-x1, -y1, x2 - width, y2 - height)
            x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)
            if min(x2 - x1, y2 - y1) < MIN_SIDE:
                reason = Sentence(
                    "the box ({x1}, {y1}) to ({x2}, {y2}) lies outside the {width} × {height} picture",
                    width=width,
                    height=height,
                    **corners,
                )
                return self.leave_out(place, reason)
            if outside > 1:
                self.clipped.append(place)
        self._refuse_more(len(self.boxes))
        self.boxes.append((x1, y1, x2, y2))
        self.labels.append(label)
        self.ignore.append(ignore)
        self.crowd.append(crowd)

    def leave_out(self, place: Sentence, reason: Sentence | str) -> None:
        """Count an object that cannot be used.

        Raises:
            TruthError: more than `MAX_OBJECTS`.
        """
        if len(self.left_out) == MAX_OBJECTS:
            self.refuse_where_none_is_left()
            self._refuse_more(MAX_OBJECTS)
        self.left_out.append((place, reason))

    def _refuse_more(self, count: int) -> None:
        if count == MAX_OBJECTS:
            raise TruthError(
                "{source} has more than {most} objects in one picture: expected at most so many",
                source=self.source,
                most=f"{MAX_OBJECTS:,}",
            )

    def refuse_where_none_is_left(self) -> None:
        """Raise TruthError with the first reason where objects were given and none can be used."""
        if self.left_out and not self.boxes:
            place, reason = self.left_out[0]
            at = {"source": self.source, "place": place, "reason": reason}
            if more := len(self.left_out) - 1:
                raise TruthError(
                    "{source}, {place}: {reason}; nor can the {n} other be used",
                    "{source}, {place}: {reason}; nor can the {n} others be used",
                    more,
                    **at,
                )
            raise TruthError("{source}, {place}: {reason}", **at)

    def notes(self) -> tuple[Sentence, ...]:
        """Sentences on what was changed."""
        return notes_on(self.source, self.clipped, self.left_out, self.around)


def notes_on(
    source: Sentence | str,
    clipped: Sequence[Sentence],
    left_out: Sequence[tuple[Sentence, Sentence | str]],
    around: Sequence[Sentence] = (),
) -> tuple[Sentence, ...]:
    """One sentence on the boxes that were clipped, those left out and those taken around outlines, each with the first places.

    >>> notes_on("a.xml", (), [(Sentence("object {index}", index=2), Sentence("the box"))])
    ('a.xml: 1 box is left out: object 2 (the box)',)
    """
    notes = []
    if around:
        notes.append(
            Sentence(
                "{source}: {n} object without a box, of which the box around its outline is taken: {places}",
                "{source}: {n} objects without a box, of which the boxes around their outlines are taken: {places}",
                len(around),
                source=source,
                places=Listed(around, 3),
            )
        )
    if clipped:
        places = Listed(clipped, 3)
        notes.append(
            Sentence("{source}: clipped to the picture: {places}", source=source, places=places)
        )
    if left_out:
        reasons = [
            Sentence("{place} ({reason})", place=place, reason=reason) for place, reason in left_out
        ]
        notes.append(
            Sentence(
                "{source}: {n} box is left out: {places}",
                "{source}: {n} boxes are left out: {places}",
                len(left_out),
                source=source,
                places=Listed(reasons, 3),
            )
        )
    return tuple(notes)


@dataclass(frozen=True)
class Listed:
    """The first names or places of many and how many more, in the language of whoever reads it.

    >>> str(Listed("abcde", 3))
    'a, b, c and 2 more'
    """

    parts: Sequence[object]
    shown: int = 12

    def __str__(self) -> str:
        names = ", ".join(map(str, self.parts[: self.shown]))
        more = len(self.parts) - self.shown
        if more <= 0:
            return names
        return ngettext("{names} and {n} more", "{names} and {n} more", more, names=names)


def number(value: Any, where: Sentence | str = "") -> float:
    """A finite number, also from its text.

    Raises:
        TruthError: anything else; true and false are none, and digits of other scripts or 1_000, which only Python reads.
    """
    try:
        odd = isinstance(value, bool) or (isinstance(value, str) and not _PLAIN.fullmatch(value))
        read = math.nan if odd else float(value)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if not math.isfinite(read):
        shown = repr(cut(value, 40))
        if not where:
            raise TruthError("expected a number, got {value}", value=shown)
        raise TruthError("{where}: expected a number, got {value}", where=where, value=shown)
    return read


def flag(value: object, where: Sentence | str) -> bool:
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
    raise TruthError("{where} must be 0 or 1, got {value}", where=where, value=repr(cut(value, 40)))


def listed(names: Iterable[object]) -> Listed:
    """The first twelve names, and how many more."""
    return Listed([cut(name) for name in names])


def readable(text: str) -> str:
    r"""Text that every page and file can hold: half of a surrogate pair and NUL, which none can, become �.

    >>> ascii(readable("a\ud800b"))
    "'a\\ufffdb'"
    """
    return _UNHELD.sub("\N{REPLACEMENT CHARACTER}", text)


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
    text = " ".join(readable(text[: 4 * most]).split())
    return text if len(text) <= most else text[: most - 1] + "…"
