"""The door for words: every sentence a reader of the page can meet goes through `_` or `ngettext`.

English stays in the code and is the key; fields have names and stand in braces; whoever counts gives both English forms.
The language belongs to the run that speaks: `use` sets it for the present context, so that two sessions of one server
never hear each other's.

>>> _("Object {number} of {all}", number=2, all=5)
'Object 2 of 5'
>>> [ngettext("{n} anchor", "{n} anchors", n) for n in (1, 2)]
['1 anchor', '2 anchors']
"""

from contextvars import ContextVar
from functools import cache
from pathlib import Path

from dualviz.words.catalogue import Catalogue, filled, pseudo_catalogue, read_po

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "PSEUDO",
    "UserError",
    "_",
    "catalogue",
    "closest",
    "language",
    "ngettext",
    "said",
    "use",
]

HERE = Path(__file__).parent
ENGLISH = "en"
PSEUDO = "qps"  # every string longer and between ⟦ and ⟧: shows what went past the door
LANGUAGES = {ENGLISH: "English", "zh_CN": "简体中文"}  # as each calls itself

_present: ContextVar[str] = ContextVar("language", default=ENGLISH)


class UserError(ValueError):
    """What a reader did wrong, as an English sentence with named fields; `str` gives it in English, `said` as it is read.

    >>> str(UserError("{name} is no picture", name="a.txt"))
    'a.txt is no picture'
    """

    def __init__(self, sentence: str, **fields: object) -> None:
        super().__init__(filled(sentence, fields))
        self.sentence, self.fields = sentence, fields


def use(name: str) -> None:
    """Speak a language from here on, in this context: a key of `LANGUAGES`, or `PSEUDO`; anything else is English."""
    _present.set(name if name in LANGUAGES or name == PSEUDO else ENGLISH)


def language() -> str:
    """What is spoken in this context; English where nobody chose.

    >>> language()
    'en'
    """
    return _present.get()


def closest(tag: str | None) -> str:
    """The language of `LANGUAGES` for a browser's tag; English where there is none.

    >>> closest("zh-Hans-CN"), closest("zh"), closest("de-DE"), closest(None)
    ('zh_CN', 'zh_CN', 'en', 'en')
    """
    first = (tag or "").replace("_", "-").split("-")[0].lower()
    return next((name for name in LANGUAGES if name.split("_")[0] == first), ENGLISH)


def _(sentence: str, **fields: object) -> str:
    """A sentence in the present language; `fields` take the places of their names in braces."""
    return filled(catalogue(language()).one(sentence), fields)


def ngettext(one: str, many: str, n: int, **fields: object) -> str:
    """A sentence that counts: the form that `n` asks for in the present language; `n` itself is the field {n}."""
    return filled(catalogue(language()).form(one, many, n), {"n": n, **fields})


def said(error: Exception) -> str:
    """What an error says, in the present language where it is a `UserError`."""
    return _(error.sentence, **error.fields) if isinstance(error, UserError) else str(error)


@cache
def catalogue(name: str) -> Catalogue:
    """The sentences of a language; English has none, for it stands in the code."""
    if name == ENGLISH:
        return Catalogue(ENGLISH, {}, "n != 1")
    if name == PSEUDO:
        known = (catalogue(other) for other in LANGUAGES if other != ENGLISH)
        return pseudo_catalogue(
            PSEUDO, {key: entry for one in known for key, entry in one.entries.items()}
        )
    return read_po(HERE / f"{name}.po")
