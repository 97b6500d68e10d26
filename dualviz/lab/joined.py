"""A live component's many ES modules, fragment and sheets as the few texts that a page takes, and as one file.

A component given to Streamlit as text cannot import another module, and neither can a page on a disk. So each module
becomes a constant that holds what it exports, after those it imports; the entry stands last and open.
"""

import base64
import html
import posixpath
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import dualviz
from dualviz.words import catalogue, language
from dualviz.words.gather import translated

HERE = Path(__file__).parent
DOOR = "kit/words.js"
# by itself: a page need not have the room in which payloads are read
CARRIED = "const carried = (id) => Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (sign) => sign.charCodeAt(0));"
_IMPORT = re.compile(
    r'^import\s*\{([^}]*)\}\s*from\s*"(\.\.?/[\w./-]+\.js)";[ \t]*\n', re.MULTILINE
)
_TABLE = re.compile(
    r'^import (\w+) from "(\.\.?/[\w./-]+\.json)" with \{ type: "json" \};[ \t]*\n', re.MULTILINE
)
_SHEET = re.compile(r'^@import "(\.\.?/[\w./-]+\.css)";\n', re.MULTILINE)
_DEFAULT = re.compile(r"^export default [^;]*;[ \t]*$", re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?!default\b)((?:async )?(?:function\*?|const|class) +([\w$]+))", re.MULTILINE
)


def joined_module(entry: str, folder: Path = HERE, words: str = "") -> str:
    """Join a live component's ES modules into the text of one module, each after those it imports.

    Every module but the entry keeps its names to itself: it becomes `const $room_name_js = (() => { … return { what it
    exports }; })();`. A JSON file that modules import becomes a constant too.

    Args:
        entry: the module to begin with, from `folder` on: "laboratory/laboratory.js".
        folder: the modules' root; imports name files from the importing one on, "./a.js" or "../engine/b.js".
        words: a statement for behind the browser's door of words, before any module that says something.

    Raises:
        ValueError: for an import or export written in a way this does not understand, one that leaves `folder`, a name
            that its module does not export, or a circle.
    """
    texts: dict[str, str] = {}
    given: dict[str, set[str]] = {}  # what each module exports

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"modules import each other in a circle: {' → '.join((*path, name))}")
        if name in texts:
            return
        source = (folder / name).read_text(encoding="utf-8")

        def imported(match: re.Match[str]) -> str:
            names = [one.strip() for one in match[1].split(",") if one.strip()]
            if " as " in match[1]:
                raise ValueError(
                    f"{name} must import names as they are, got {{{match[1].strip()}}}"
                )
            other = _inside(name, match[2])
            visit(other, (*path, name))
            if missing := set(names) - given[other]:
                raise ValueError(f"{other} exports no {', '.join(sorted(missing))}, as {name} asks")
            return f"const {{ {', '.join(names)} }} = {_constant(other)};\n"

        def tabled(match: re.Match[str]) -> str:
            table = _inside(name, match[2])
            content = (folder / table).read_text(encoding="utf-8").strip()
            texts[table] = f"const {_constant(table)} = {content};\n"
            return f"const {match[1]} = {_constant(table)};\n"

        body = _TABLE.sub(tabled, _IMPORT.sub(imported, source))
        exported = [match[2] for match in _EXPORT.finditer(body)]
        body = _EXPORT.sub(r"\1", body)
        if stray := re.search(r"^(import\b.*|export\b(?! default\b).*)$", body, re.MULTILINE):
            raise ValueError(f"{name} must import and export plainly, got {stray.group()!r}")
        if name == DOOR:
            body += f"\n{words}\n"
        if name != entry:
            body = _DEFAULT.sub("", body)  # what Streamlit calls: of the entry alone
            body = f"const {_constant(name)} = (() => {{\n{body.strip()}\nreturn {{ {', '.join(exported)} }};\n}})();\n"
        given[name] = set(exported)
        texts[name] = body

    visit(entry, ())
    return "\n".join(f"// ── {name} ──\n{body.strip()}\n" for name, body in texts.items())


def _inside(name: str, other: str) -> str:
    """The file that a module means by a path, from the modules' root on."""
    imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
    if imported.startswith(".."):
        raise ValueError(f"{name} must import from this folder, got {other!r}")
    return imported


def _constant(name: str) -> str:
    """The constant that holds what a file exports.

    >>> _constant("kit/words.js")
    '$kit_words_js'
    """
    return "$" + re.sub(r"\W", "_", name)


@cache
def module(entry: str, language: str) -> str:
    """A live component's modules as one, speaking a language."""
    return joined_module(entry, words=catalogue(language).for_browser())


def inline(entry: str) -> str:
    """The same in the present language, as it may stand inside a page's script element."""
    return module(entry, language()).replace("</script", "<\\/script").replace("<!--", "<\\!--")


@cache
def fragment(name: str, language: str) -> str:
    """A live component's HTML in a language."""
    return translated(_read(name), catalogue(language).one)


def sheets(*own: str) -> str:
    """What all live components share of their looks, then a component's own sheets; those that a sheet imports in its place."""
    return "".join(map(_sheet, ("kit/kit.css", *own)))


def _sheet(name: str) -> str:
    return _SHEET.sub(lambda match: _sheet(_inside(name, match[1])), _read(name))


@cache
def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def file_of_its_own(
    entry: str, html_name: str, css: str, parts: Mapping[str, bytes], start: str, title: str
) -> str:
    """A live component as one HTML file in the present language: it needs no server and asks no host for anything.

    Args:
        entry: its first module; what that one declares can be called in `start`.
        html_name: of its fragment, which stands in `<main>`.
        css: all of its looks.
        parts: bytes that the page carries; `carried(name)` gives them back in `start`.
        start: the statement that brings it to life.
        title: of the page.

    Returns:
        The text of the file, UTF-8.
    """
    body = f"<main>\n{fragment(html_name, language())}\n</main>\n{carried_parts(parts)}"
    return html_page(title, own_policy(), css, body, f"{inline(entry)}\n{CARRIED}\n{start}\n")


def own_policy() -> str:
    """What a page may load and run that carries everything itself."""
    return "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def carried_parts(parts: Mapping[str, bytes]) -> str:
    """Bytes that a page carries, each as an element from which `CARRIED` takes them."""
    return "\n".join(
        f'<script type="text/plain" id="{name}">{base64.b64encode(data).decode()}</script>'
        for name, data in parts.items()
    )


def html_page(
    title: str, policy: str, css: str, body: str, script: str, head: str = "", marks: str = ""
) -> str:
    """A whole page in the present language, its looks and its one script inside.

    Args:
        title: in words.
        policy: what it may load and run (Content-Security-Policy).
        css: all of its looks.
        body: HTML.
        script: the text of its module, as it may stand in a script element.
        head: more HTML of the head.
        marks: more classes of the body.

    Returns:
        The text of the file, UTF-8.
    """
    return f"""<!doctype html>
<html lang="{catalogue(language()).tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{dualviz.MADE_BY}">
<title>{html.escape(title)}</title>
{head}<style>
{css}
</style>
</head>
<body class="{f"{marks} " if marks else ""}dualviz-standalone">
{body}
<script type="module">
{script}</script>
</body>
</html>
"""
