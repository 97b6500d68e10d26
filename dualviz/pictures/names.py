"""One way to find a file by a name that was written on another machine.

The name as it stands comes first. Then slashes of either kind, %-escapes, Unicode forms and upper case are overlooked one
after the other, for the whole path and then for its last part, as long as one file alone answers.
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
    """

    def __init__(self, known: Iterable[str]):
        self.known = list(dict.fromkeys(known))

    def find(self, wanted: str) -> str | None:
        """The one name that is meant; None where none or several could be."""
        for form, by_form in self._forms:
            if matches := by_form.get(form(wanted)):
                return matches[0] if len(matches) == 1 else None
        return None

    @cached_property
    def _forms(self) -> list[tuple[Callable[[str], str], dict[str, list[str]]]]:
        forms = []
        steps = (_slashes, unquote, _composed, str.casefold)
        for part in (str, _last):
            for count in range(len(steps) + 1):
                forms.append(_after(steps[:count], part))
        table: list[tuple[Callable[[str], str], dict[str, list[str]]]] = []
        for form in forms:
            by_form: dict[str, list[str]] = defaultdict(list)
            for name in self.known:
                by_form[form(name)].append(name)
            table.append((form, by_form))
        return table


def _after(
    steps: tuple[Callable[[str], str], ...], part: Callable[[str], str]
) -> Callable[[str], str]:
    def form(name: str) -> str:
        for step in steps:
            name = step(name)
        return part(name)

    return form


def _slashes(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]
