"""What the program can say: every sentence that goes through a door, gathered from Python, JavaScript and HTML.

A door must be given its English as plain text, for only that can be found and translated: `_("…")`, `UserError("…")`,
`Labels({"key": "…"})` … in Python, `t("…")` and `tn("…", "…", n)` in JavaScript. In a fragment of HTML every text and every spoken attribute counts.
"""

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dualviz.words.catalogue import FIELD, Catalogue, Entry

ROOT = Path(__file__).parents[2]
# name in Python: the least and the most forms it is given; `Labels` is given a table of them
DOORS = {
    "_": (1, 1),
    "ngettext": (2, 2),
    **dict.fromkeys(
        ("Sentence", "UserError", "CheckpointError", "ImageError", "Stopped", "TruthError"), (1, 2)
    ),
    "Labels": (1, 1),
}
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_JS_DOOR = re.compile(r"(?<![\w.$])(tn?)\((?!\))")
_JS_CALL = re.compile(rf"(?<![\w.$])(?:t\(\s*{_TEXT}|tn\(\s*{_TEXT},\s*{_TEXT})")
_HTML = re.compile(
    r'(?P<before>>\s*|\b(?:aria-label|aria-roledescription|title)=")'
    r'(?P<text>[^<>"\s](?:[^<>"]*[^<>"\s])?)(?=\s*<|")'
)
LESSON_WORDS = {  # fields of a lesson that hold sentences; those of `said` stand under the answers' keys
    *("title", "asks", "words", "verdict", "because", "model", "unit"),
    *("note", "head", "rows"),
}


def gathered(root: Path = ROOT) -> dict[str, Entry]:
    """Every sentence by its English, without translations, in the order of the files.

    Raises:
        ValueError: a door is given something else than plain text, or one English has two plurals.
    """
    sentences: dict[str, Entry] = {}
    for path in _sources(root):
        place = path.relative_to(root).as_posix()
        source = path.read_text(encoding="utf-8")
        read = {
            ".py": python_sentences,
            ".js": script_sentences,
            ".html": fragment_sentences,
            ".md": lesson_sentences,
        }
        for one, many in read[path.suffix](source, place):
            old = sentences.get(one, Entry(many, ()))
            if many and old.many and many != old.many:
                raise ValueError(f"{place}: {one!r} has another plural elsewhere")
            places = old.places if place in old.places else (*old.places, place)
            sentences[one] = Entry(old.many or many, (), places)
    return sentences


def merged(catalogue: Catalogue, sentences: dict[str, Entry]) -> Catalogue:
    """The catalogue brought up to what the program says now: new sentences wait, those no longer said go."""
    entries = {}
    for key, entry in sentences.items():
        old = catalogue.entries.get(key)
        forms = old.forms if old and bool(old.many) == bool(entry.many) else ()
        entries[key] = Entry(entry.many, forms, entry.places)
    return Catalogue(catalogue.language, entries, catalogue.rule)


def python_sentences(source: str, place: str) -> Iterator[tuple[str, str]]:
    """(English, English plural or "") of every door in a Python module."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id not in DOORS or place.startswith("dualviz/words/"):
            continue
        least, most = DOORS[node.func.id]
        given: list[ast.expr] = node.args[:most]
        table = given[0] if node.func.id == "Labels" and given else None
        if isinstance(table, ast.Dict):
            given, most = table.values, 1
        forms = [one.value for one in given if isinstance(one, ast.Constant)]
        if len(forms) < max(least, len(given)) or not all(isinstance(one, str) for one in forms):
            raise ValueError(f"{place}, line {node.lineno}: give the sentence as plain text")
        if isinstance(table, ast.Dict):
            yield from ((str(one), "") for one in forms)
        else:
            yield str(forms[0]), str(forms[1]) if len(forms) == 2 else ""


def script_sentences(source: str, place: str) -> Iterator[tuple[str, str]]:
    """(English, English plural or "") of every door in a JavaScript module."""
    if place.endswith("kit/words.js"):
        return
    starts = {match.start() for match in _JS_DOOR.finditer(source)}
    for match in _JS_CALL.finditer(source):
        starts.discard(match.start())
        single, one, many = (json.loads(f'"{text}"') if text else "" for text in match.groups())
        yield single or one, many
    for start in starts:
        line = source.count("\n", 0, start) + 1
        raise ValueError(f"{place}, line {line}: give the sentence in double quotes")


def fragment_sentences(source: str, place: str) -> Iterator[tuple[str, str]]:
    """(English, "") of every text and spoken attribute in a fragment of HTML."""
    for match in _HTML.finditer(source):
        if _is_words(match["text"]):
            yield match["text"], ""


def lesson_sentences(source: str, place: str) -> Iterator[tuple[str, str]]:
    """(English, English plural or "") of every sentence of a lesson's file and of its notes."""
    front, body = lesson_parts(source, place)
    yield from _spoken(tomllib.loads(front))
    for heading, paragraphs in lesson_notes(body).items():
        yield heading, ""
        yield from ((paragraph, "") for paragraph in paragraphs)


def lesson_parts(source: str, place: str) -> tuple[str, str]:
    """Front matter and body of a lesson's file.

    Raises:
        ValueError: there is no front matter between two lines of `+++`.
    """
    match = re.fullmatch(r"\+\+\+\n(.*?)\n\+\+\+\n(.*)", source, re.DOTALL)
    if not match:
        raise ValueError(f"{place}: expected front matter between two lines of +++")
    return match[1], match[2]


def lesson_notes(body: str) -> dict[str, tuple[str, ...]]:
    r"""Paragraphs by the heading they stand under, their lines joined.

    >>> lesson_notes("## Ask next\n\nWhy\nten?\n")
    {'Ask next': ('Why ten?',)}
    """
    parts = re.split(r"^## (.+)$", body, flags=re.MULTILINE)[1:]
    return {
        heading.strip(): tuple(
            " ".join(block.split()) for block in re.split(r"\n\s*\n", text) if block.strip()
        )
        for heading, text in zip(parts[::2], parts[1::2])
    }


def _spoken(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and set(value) == {"one", "many", "n"}:
        yield value["one"], value["many"]
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _spoken(one, "words" if name == "said" else key)
    elif isinstance(value, list):
        for one in value:
            yield from _spoken(one, name)
    elif name in LESSON_WORDS and isinstance(value, str) and _is_words(FIELD.sub("", value)):
        yield value, ""


def translated(source: str, say: Callable[[str], str]) -> str:
    """A fragment of HTML with every text and spoken attribute as `say` gives it.

    >>> translated('<p title="Keys (?)">Keys <b>2</b></p>', str.upper)
    '<p title="KEYS (?)">KEYS <b>2</b></p>'
    """

    def put(match: re.Match[str]) -> str:
        text = match["text"]
        spoken = say(text) if _is_words(text) else text
        return match["before"] + spoken.replace("<", "&lt;").replace('"', "&quot;")

    return _HTML.sub(put, source)


def _is_words(text: str) -> bool:
    return bool(re.search(r"[A-Za-z]{2}", text))


def _sources(root: Path) -> list[Path]:
    code = sorted(p for kind in ("*.py", "*.js", "*.html") for p in (root / "dualviz").rglob(kind))
    return [root / "app.py", *code, *sorted((root / "dualviz" / "lessons").glob("*.md"))]
