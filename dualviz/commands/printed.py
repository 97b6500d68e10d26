"""Tables as commands print them: columns as wide as what stands in them, on a terminal where a Chinese character takes two places."""

import unicodedata
from collections.abc import Sequence


def printed(names: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table in lines; the first `words` columns begin at their left edge, numbers end at their right.

    >>> print(printed(["way", "AP"], [["raw", "0.3"], ["one-to-one", "0.437"]]))
    way            AP
    raw           0.3
    one-to-one  0.437
    """
    lines = [list(map(str, line)) for line in (names, *rows)]
    widths = [max(map(places, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            padded(cell, width, left=place < words)
            for place, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )


def padded(text: str, width: int, left: bool = True) -> str:
    """Text filled up with blanks to so many places of a terminal."""
    blanks = " " * (width - places(text))
    return text + blanks if left else blanks + text


def places(text: str) -> int:
    """How many places a text takes on a terminal.

    >>> places("AP"), places("路径")
    (2, 4)
    """
    return len(text) + sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
