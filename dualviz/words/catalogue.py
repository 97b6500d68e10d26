"""A language's sentences, read from and written to a gettext catalogue (.po), and told to the browser.

Only what this project writes is read: a header, and entries of places, msgid, msgid_plural and msgstr in double quotes.
Anything else is an error that names its line, so that a translator's slip is found when the catalogue is read.
"""

import gettext
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FIELD = re.compile(r"\{(\w+)\}")
PERCENT = re.compile(r"(?<=\d) %")
_LINE = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[\d\])? ?("(?:[^"\\]|\\.)*")')
_RULE = re.compile(r"nplurals=(\d); plural=([n0-9 ?:=!<>&|%()+-]+);")


@dataclass(frozen=True)
class Entry:
    """One sentence: its English plural ("" where it counts nothing), its forms in the language, and where it is said.

    `forms` is empty while nobody has translated it.
    """

    many: str
    forms: tuple[str, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The sentences of a language by their English, and its rule: a C expression of n that numbers the form."""

    language: str
    entries: Mapping[str, Entry]
    rule: str

    def one(self, sentence: str) -> str:
        """The sentence in this language; itself where it has no translation."""
        entry = self.entries.get(sentence)
        return entry.forms[0] if entry and entry.forms else sentence

    def form(self, one: str, many: str, n: int) -> str:
        """The form that `n` asks for; English forms where there is no translation."""
        entry = self.entries.get(one)
        if entry and entry.forms and entry.many:
            return entry.forms[gettext.c2py(self.rule)(n)]
        return one if n == 1 else many

    def for_browser(self) -> str:
        """One statement of JavaScript that tells the browser's door (lab/kit/words.js) what its modules say."""
        sentences = {
            key: list(entry.forms)
            for key, entry in self.entries.items()
            if entry.forms and any(place.endswith(".js") for place in entry.places)
        }
        words = json.dumps(sentences, ensure_ascii=False, separators=(",", ":"))
        return f'speak("{self.tag}", {words}, (n) => Number({self.rule}));'

    @property
    def tag(self) -> str:
        """The language as HTML names it.

        >>> Catalogue("zh_CN", {}, "0").tag
        'zh-CN'
        """
        return self.language.replace("_", "-")


def filled(sentence: str, fields: Mapping[str, object]) -> str:
    r"""Fields in the places of their names; no line ends between a number and its percent sign.

    >>> filled("{a} of {b}", {"a": 1, "b": 2}), filled("{a} % of {b}", {"a": 1, "b": 2})
    ('1 of 2', '1\xa0% of 2')

    Raises:
        KeyError: the sentence names a field that is not given.
    """
    text = FIELD.sub(lambda match: str(fields[match[1]]), sentence) if fields else sentence
    return PERCENT.sub("\xa0%", text) if " %" in text else text


def pseudo(sentence: str) -> str:
    """A string made longer and marked, its fields left outside the marks: what stands unmarked was never translated.

    >>> pseudo("Object {n}")
    '⟦Object~~~⟧ {n}'
    """
    parts = re.split(r"(\s*\{\w+\}\s*|\n)", sentence)
    return "".join(
        part
        if not re.search(r"\w", FIELD.sub("", part))
        else f"⟦{part}{'~' * round(0.4 * len(part) + 0.5)}⟧"
        for part in parts
    )


def pseudo_catalogue(name: str, entries: Mapping[str, Entry]) -> Catalogue:
    """Every known sentence as `pseudo` makes it, in both English forms."""
    marked = {
        key: Entry(
            entry.many,
            tuple(pseudo(form) for form in (key, entry.many) if form),
            entry.places,
        )
        for key, entry in entries.items()
    }
    return Catalogue(name, marked, "n != 1")


def read_po(path: Path) -> Catalogue:
    """A catalogue from its file, named after the language.

    Raises:
        ValueError: with the line, for what is no entry, a key that stands twice, or a wrong number of forms.
    """
    entries: dict[str, Entry] = {}
    places: list[str] = []
    parts: dict[str, str] = {}
    part, rule, count = "", "", 0

    def close(number: int) -> None:
        nonlocal part, rule, count
        part = ""
        if not parts:
            return
        key, many = parts.get("msgid", ""), parts.get("msgid_plural", "")
        forms = tuple(text for name, text in parts.items() if name.startswith("msgstr"))
        if key == "":
            match = _RULE.search(forms[0])
            if not match:
                raise ValueError(f"{path.name}: the header must give Plural-Forms")
            count, rule = int(match[1]), match[2]
        elif key in entries:
            raise ValueError(f"{path.name}, before line {number}: {key!r} stands twice")
        elif len(forms) != (count if many else 1):
            raise ValueError(f"{path.name}, before line {number}: {key!r} has {len(forms)} forms")
        else:
            entries[key] = Entry(many, forms if all(forms) else (), tuple(places))
        parts.clear()
        places.clear()

    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            close(number)
        elif line.startswith("#: "):
            places += line[3:].split()
        elif not line.startswith("#"):
            match = _LINE.fullmatch(line)
            if not match or not (match[1] or part):
                raise ValueError(f"{path.name}, line {number}: expected an entry, got {line!r}")
            part = match[1] or part
            parts[part] = parts.get(part, "") + json.loads(match[2])
    close(len(lines) + 1)
    return Catalogue(path.stem, entries, rule)


def write_po(path: Path, catalogue: Catalogue, forms: int) -> None:
    """Write a catalogue so that `read_po` gives it back; `forms` is how many forms a counted sentence has."""
    head = (
        f"Language: {catalogue.language}\n",
        "MIME-Version: 1.0\n",
        "Content-Type: text/plain; charset=UTF-8\n",
        "Content-Transfer-Encoding: 8bit\n",
        f"Plural-Forms: nplurals={forms}; plural={catalogue.rule};\n",
    )
    blocks = ["\n".join(['msgid ""', 'msgstr ""', *map(_quoted, head)])]
    for key, entry in catalogue.entries.items():
        lines = [f"#: {place}" for place in entry.places] + [f"msgid {_quoted(key)}"]
        if entry.many:
            translations = entry.forms or ("",) * forms
            lines.append(f"msgid_plural {_quoted(entry.many)}")
            lines += [f"msgstr[{i}] {_quoted(form)}" for i, form in enumerate(translations)]
        else:
            lines.append(f"msgstr {_quoted(entry.forms[0] if entry.forms else '')}")
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
