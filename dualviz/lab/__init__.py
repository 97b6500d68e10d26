"""The live laboratory: α, β, r and k act while they are dragged, in the browser, for both heads of one picture.

The browser's part is the small ES modules beside this file. They are joined into one module text here, which the
Streamlit component and the stand-alone page use alike. Python sends one constant payload per picture with the state to
begin with behind it, hears of the state when the hand lets go, and checks what the browser claims.
"""

import base64
import html
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dualviz
from dualviz.lab.check import disagreements
from dualviz.lab.component import mount, plain_truth
from dualviz.lab.payload import MOST_CLASSES, header, payload, quantum, with_seed
from dualviz.lab.state import (
    LETTERS,
    clean_state,
    decode_state,
    decode_truth,
    encode_state,
    knobs_of,
    setting_of,
)
from dualviz.words import _, catalogue, language
from dualviz.words.gather import translated

__all__ = [
    "LETTERS",
    "MOST_CLASSES",
    "clean_state",
    "decode_state",
    "decode_truth",
    "disagreements",
    "encode_state",
    "header",
    "joined_module",
    "knobs_of",
    "laboratory",
    "payload",
    "quantum",
    "setting_of",
    "standalone",
]

HERE = Path(__file__).parent
ENTRY = "laboratory/laboratory.js"
DOOR = "kit/words.js"
_IMPORT = re.compile(
    r'^import\s*\{([^}]*)\}\s*from\s*"(\.\.?/[\w./-]+\.js)";[ \t]*\n', re.MULTILINE
)
_TABLE = re.compile(
    r'^import (\w+) from "(\.\.?/[\w./-]+\.json)" with \{ type: "json" \};[ \t]*\n', re.MULTILINE
)
_NAME = re.compile(
    r"^(?:export )?(?:async )?(?:function\*?|const|let|var|class) +([\w$]+)", re.MULTILINE
)


def joined_module(entry: str = ENTRY, folder: Path = HERE, words: str = "") -> str:
    """Join a live component's ES modules into the text of one module, each after those it imports.

    A component given to Streamlit as text cannot import another module, and neither can a page on a disk. Import
    lines and the word `export` go, `export default` stays; so names at the top of the files must not meet. A JSON file
    that a module imports becomes a constant of that name.

    Args:
        entry: the module to begin with, from `folder` on: "laboratory/laboratory.js".
        folder: the modules' root; imports name files from the importing one on, "./a.js" or "../engine/b.js".
        words: a statement for behind the browser's door of words, before any module that says something.

    Raises:
        ValueError: for an import or export written in a way this does not understand, one that leaves `folder`, a
            circle, or two like names.
    """
    order: list[str] = []
    texts: dict[str, str] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"modules import each other in a circle: {' → '.join((*path, name))}")
        if name in texts:
            return
        source = (folder / name).read_text(encoding="utf-8")
        for names, other in _IMPORT.findall(source):
            if " as " in names:
                raise ValueError(f"{name} must import names as they are, got {{{names.strip()}}}")
            visit(inside(name, other), (*path, name))
        for constant, other in _TABLE.findall(source):
            table = inside(name, other)
            constant_line = (
                f"const {constant} = {(folder / table).read_text(encoding='utf-8').strip()};\n"
            )
            if texts.setdefault(table, constant_line) != constant_line:
                raise ValueError(
                    f"{name} must call {table} as the other modules do, not {constant}"
                )
            if table not in order:
                order.append(table)
        texts[name] = _TABLE.sub("", _IMPORT.sub("", source)) + (
            f"\n{words}\n" if name == DOOR else ""
        )
        order.append(name)

    def inside(name: str, other: str) -> str:
        imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
        if imported.startswith(".."):
            raise ValueError(f"{name} must import from this folder, got {other!r}")
        return imported

    visit(entry, ())
    owners: dict[str, str] = {}
    for name in order:
        text = texts[name]
        if stray := re.search(r"^(import\b.*|export\s*[{*].*)$", text, re.MULTILINE):
            raise ValueError(f"{name} must import and export plainly, got {stray.group()!r}")
        for declared in _NAME.findall(text):
            if declared in owners:
                raise ValueError(
                    f"{declared} stands in {owners[declared]} and in {name}; names must differ"
                )
            owners[declared] = name
    bodies = (
        re.sub(r"^export (?!default\b)", "", texts[name], flags=re.MULTILINE) for name in order
    )
    return "\n".join(f"// ── {name} ──\n{body.strip()}\n" for name, body in zip(order, bodies))


def laboratory(
    packed: bytes,
    state: Mapping[str, Any] | None = None,
    own: tuple[Sequence[Sequence[float]], Sequence[int]] = ((), ()),
    *,
    key: str = "laboratory",
    on_state_change: Callable[[], None] | None = None,
    on_ask_change: Callable[[], None] | None = None,
) -> Any:
    """Show the laboratory on the page and return what it last sent.

    `state` and `own` are read when the laboratory appears, when the picture changes and when either `own` or the
    state's `push` number changes; at any other run the browser's own state stands, and no payload travels.

    Args:
        packed: from `payload`.
        state: what to show, as `clean_state` describes it; an entry `push` (int), when it changes, makes the browser
            take the state over again.
        own: the picture's own truth: boxes (G, 4), xyxy pixels, and labels (G,).
        key: name of this laboratory in the session.
        on_state_change, on_ask_change: called when the hand lets go, and when the browser asks for something that
            needs Python.

    Returns:
        The component's result: `.state` is None or {knobs, truth, object, view, claim, id}, `.ask` is None or a dict.
    """
    files = {
        "html": fragment("laboratory/laboratory.html", language()),
        "css": sheets("laboratory/laboratory.css"),
        "js": module(ENTRY, language()),
    }
    return mount(
        "dualviz_laboratory",
        files,
        packed,
        clean_state(state),
        own,
        (state or {}).get("push", 0),
        key,
        on_state_change=on_state_change,
        on_ask_change=on_ask_change,
    )


def standalone(
    packed: bytes,
    state: Mapping[str, Any] | None = None,
    own: tuple[Sequence[Sequence[float]], Sequence[int]] = ((), ()),
    title: str = "",
) -> str:
    """The whole laboratory of one picture as one HTML file: it needs no server and asks no host for anything.

    It speaks the language of whoever made it.

    Args:
        packed: from `payload`.
        state: what to show at first; the link's own parameters (after `#`) go before it.
        own: the picture's own truth, as for `laboratory`.
        title: of the page; "DualViz laboratory" where it is empty.

    Returns:
        The text of the file, UTF-8.
    """
    seed = {"rev": 0, "own": plain_truth(own), **clean_state(state)}
    text = module(ENTRY, language()).replace("</script", "<\\/script").replace("<!--", "<\\!--")
    packed64 = base64.b64encode(with_seed(packed, seed)).decode()
    policy = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return f"""<!doctype html>
<html lang="{catalogue(language()).tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{dualviz.MADE_BY}">
<title>{html.escape(title or _("DualViz laboratory"))}</title>
<style>
{sheets("laboratory/laboratory.css")}
</style>
</head>
<body class="dualviz-standalone">
<main id="laboratory">
{fragment("laboratory/laboratory.html", language())}
</main>
<script type="text/plain" id="payload">{packed64}</script>
<script type="module">
{text}
mountLaboratory(
  document.getElementById("laboratory"),
  base64Bytes(document.getElementById("payload").textContent),
  {{ standalone: true }},
);
</script>
</body>
</html>
"""


@cache
def module(entry: str, language: str) -> str:
    """A live component's modules as one, speaking a language."""
    return joined_module(entry, words=catalogue(language).for_browser())


@cache
def fragment(name: str, language: str) -> str:
    """A live component's HTML in a language."""
    return translated(_read(name), catalogue(language).one)


def sheets(own: str) -> str:
    """What all live components share of their looks, then a component's own sheet."""
    return _read("kit/kit.css") + _read(own)


@cache
def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
