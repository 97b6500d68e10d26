"""The door for words: every sentence a reader of the page can meet goes through `_` or `ngettext`.

English stays in the code and is the key; fields have names and stand in braces; whoever counts gives both English forms.
The language belongs to the run that speaks: `use` sets it for the present context, so that two sessions of one server
never hear each other's. What is found out long before it is read (a note, an error, a table of names) is kept as a
`Sentence`, a `UserError` or `Labels`, and put into words when somebody reads it.

>>> _("Object {number} of {all}", number=2, all=5)
'Object 2 of 5'
>>> [ngettext("{n} anchor", "{n} anchors", n) for n in (1, 2)]
['1 anchor', '2 anchors']
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from dualviz.words.catalogue import Catalogue, filled, pseudo_catalogue, read_po

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "PSEUDO",
    "Labels",
    "Sentence",
    "UserError",
    "_",
    "catalogue",
    "closest",
    "joined",
    "kept",
    "language",
    "listed",
    "ngettext",
    "said",
    "speaking",
    "use",
]

HERE = Path(__file__).parent
ENGLISH = "en"
FULL_STOPS = ("。", "，", "？", "！")  # after which Chinese sets no space
COMMAS = {"zh_CN": "，"}
PSEUDO = "qps"  # every string longer and between ⟦ and ⟧: shows what went past the door
LANGUAGES = {ENGLISH: "English", "zh_CN": "简体中文"}  # as each calls itself

_present: ContextVar[str] = ContextVar("language", default=ENGLISH)


class Sentence:
    """A sentence that waits for its reader: English with named fields, in the present language whenever `str` asks.

    A field may be a sentence itself. Whoever counts gives both English forms and the number, which is the field {n}.

    >>> note = Sentence("{n} box is left out", "{n} boxes are left out", 3)
    >>> str(note), f"{note}."
    ('3 boxes are left out', '3 boxes are left out.')
    """

    def __init__(self, one: str, many: str = "", n: int = 0, /, **fields: object) -> None:
        self.one, self.many, self.n, self.fields = one, many, n, fields

    @classmethod
    def of(cls, one: str, many: str, n: int, fields: Mapping[str, object]) -> "Sentence":
        """A sentence that was written elsewhere and came here in parts, for instance from another process."""
        return cls(one, many, n, **fields)

    def __str__(self) -> str:
        if self.many:
            return ngettext(self.one, self.many, self.n, **self.fields)
        return _(self.one, **self.fields)

    def __repr__(self) -> str:
        return repr(str(self))

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, (Sentence, str)) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.one, self.many))

    def __contains__(self, part: str) -> bool:
        return part in str(self)


class UserError(ValueError):
    """What a reader did wrong, as a `Sentence`, whose arguments it takes; `str` gives it in English, `said` as it is read.

    >>> str(UserError("{name} is no picture", name="a.txt"))
    'a.txt is no picture'
    """

    def __init__(self, one: str, many: str = "", n: int = 0, /, **fields: object) -> None:
        self.sentence = Sentence(one, many, n, **fields)
        with speaking(ENGLISH):
            super().__init__(str(self.sentence))

    @classmethod
    def of(cls, sentence: Sentence) -> "UserError":
        """The error of a sentence that stands elsewhere, for instance in another process."""
        return cls(sentence.one, sentence.many, sentence.n, **sentence.fields)


def kept(error: BaseException) -> "Sentence | str":
    """What an error says, as the field of another sentence; of a file, by its name and not by a number.

    >>> kept(OSError(28, "No space left on device", "runs/log.jsonl"))
    'runs/log.jsonl: No space left on device'
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return error.sentence if isinstance(error, UserError) else str(error)


class Labels(Mapping[str, str]):
    """What keys are called: English by key, looked up in the present language.

    >>> Labels({"m": "metric"})["m"]
    'metric'
    """

    def __init__(self, english: Mapping[str, str]) -> None:
        self._english = english

    def __getitem__(self, key: str) -> str:
        return _(self._english[key])

    def sentence(self, key: str) -> Sentence:
        """The same, to be put into words later."""
        return Sentence(self._english[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._english)

    def __len__(self) -> int:
        return len(self._english)


def use(name: str) -> None:
    """Speak a language from here on, in this context: a key of `LANGUAGES`, or `PSEUDO`; anything else is English."""
    _present.set(name if name in LANGUAGES or name == PSEUDO else ENGLISH)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak a language inside a block, and then what was spoken before."""
    before = _present.set(name if name in LANGUAGES or name == PSEUDO else ENGLISH)
    try:
        yield
    finally:
        _present.reset(before)


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


def joined(*sentences: str) -> str:
    """Whole sentences after one another, as the language sets them; an empty one is left out.

    >>> joined("One.", "", "Two."), joined("一。", "二。")
    ('One. Two.', '一。二。')
    """
    text = ""
    for sentence in filter(None, sentences):
        text += ("" if not text or text.endswith(FULL_STOPS) else " ") + sentence
    return text


def listed(parts: Iterable[str]) -> str:
    """Parts of a sentence after one another, with the comma of the language; "" for none.

    >>> listed(["8 found", "1 duplicate"])
    '8 found, 1 duplicate'
    """
    return COMMAS.get(language(), ", ").join(parts)


def said(error: BaseException) -> str:
    """What an error says, in the present language where it is a `UserError`."""
    return str(kept(error))


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
