"""One way to find a file by a name that was written on another machine.

The name as it stands comes first. Then slashes of either kind, %-escapes, Unicode forms and upper case are overlooked one
after the other, for the whole path and then for as many of its last parts as are there, as long as one file alone answers.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from urllib.parse import unquote


class Names:
    r"""The names of files that are there.

    >>> there = Names(["images/Prüf bild.JPG", "images/a.png", "images/A.png"])
    >>> there.find("C:\\set\\Pru%CC%88f%20bild.jpg")
    'images/Prüf bild.JPG'
    >>> there.find("a.png"), there.find("images/a.PNG"), there.find("b.png")
    ('images/a.png', None, None)
    >>> Names(["train/a.png", "val/a.png"]).find("D:\\set\\val\\a.png")
    'val/a.png'
    """

    def __init__(self, known: Iterable[str]):
        self.known = list(dict.fromkeys(known))
        self._there = set(self.known)
        self._tables: dict[tuple[int, int, str], dict[tuple[str, ...], list[str]]] = {}

    def find(self, wanted: str) -> str | None:
        """The one name that is meant; None where none or several could be."""
        if wanted in self._there:
            return wanted
        (loosest,) = _parts(wanted, len(STEPS), 1)
        if not (alike := self._alike.get(loosest)):
            return None
        depth = min(MAX_DEPTH, _slashes(wanted).count("/") + 1)
        for last in (0, *range(depth, 0, -1)):
            for steps in range(1, len(STEPS) + 1):
                if (key := (steps, last, loosest)) not in self._tables:
                    self._tables[key] = _table(alike, steps, last)
                if matches := self._tables[key].get(_parts(wanted, steps, last)):
                    return matches[0] if len(matches) == 1 else None
        return None

    @cached_property
    def _alike(self) -> dict[str, list[str]]:
        """The known names by their last part in its loosest form, which all that could be meant share."""
        return {last: names for (last,), names in _table(self.known, len(STEPS), 1).items()}


def _table(names: Iterable[str], steps: int, last: int) -> dict[tuple[str, ...], list[str]]:
    """Names by their parts in the form of so many steps, the last ones or, for 0, all."""
    table: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in names:
        table[_parts(name, steps, last)].append(name)
    return table


def _parts(name: str, steps: int, last: int) -> tuple[str, ...]:
    for step in STEPS[:steps]:
        name = step(name)
    return tuple(name.split("/")[-last:])


def _slashes(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


STEPS: tuple[Callable[[str], str], ...] = (_slashes, unquote, _composed, str.casefold)
MAX_DEPTH = 8  # folders of a name that was written on another machine, from its end
