"""The site's evidence page: what was measured, each with what it says in words, a figure, its numbers and its files.

Everything comes from the results files of `assets/`, through the catalogue of views. On a phone a figure made for a paper's
column stands in the place of the slide's, so that its words can be read on either.
"""

import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from dualviz.charts.drawn.ablation import ap_row
from dualviz.charts.drawn.claims import (
    claim_lines,
    claim_row,
    counted,
    margin_words,
    seeds_words,
    trunks_words,
    waiting_words,
)
from dualviz.charts.drawn.crowds import crowding_words
from dualviz.charts.drawn.genuine import answers, measure_row
from dualviz.exports.rows import tables_of
from dualviz.exports.studies import ShownGenuine
from dualviz.exports.views import VIEWS, Paper, view_bytes, view_files
from dualviz.lab.knobs import FILTERS
from dualviz.study import crowding, genuine
from dualviz.study.ablation import COMMAND as ABLATE
from dualviz.study.ablation import load_ablation
from dualviz.study.genuine import MEASURES
from dualviz.words import _, joined

FOLDER = "evidence"
KINDS = ("svg", "pdf", "csv", "json")  # that are handed over
_HERE = "\0"


class Section(NamedTuple):
    """What is said of one view.

    Attributes:
        view: a key of `VIEWS`.
        shown: the record it is drawn from.
        words: what it says, in sentences; `**` marks what is bold.
        alt: of its figure.
        rows: its numbers as they are read, by the names of the columns.
        commands: what measures it again.
    """

    view: str
    shown: Any
    words: list[str]
    alt: str
    rows: list[dict[str, str]]
    commands: list[str]


def evidence_page() -> tuple[str, dict[str, bytes]]:
    """The page's body in the present language, and the files that it shows and hands over, by their place beside it."""
    title = _("What holds, what does not, and what nobody here can tell")
    words = _(
        "Everything on this page was measured by commands that come with DualViz, and each figure names its own. Where a number is the paper's, it is said to be."
    )
    parts, files = [f"<h1>{html.escape(title)}</h1>", _paragraph(words)], {}
    for section in sections():
        made = _files(section)
        parts += _written(section, [name for name in made if "-slide" not in name])
        files |= {f"{FOLDER}/{name}": data for name, data in made.items()}
    return "\n".join(parts), files


def sections() -> Iterator[Section]:
    """All that was measured, what answers the paper first."""
    if (ablation := load_ablation()) is not None and ablation.runs:
        lines = claim_lines(ablation)
        said = [
            joined(counted(lines), seeds_words(lines), waiting_words(lines)),
            joined(margin_words(ablation), trunks_words(lines)),
        ]
        alt = _(
            "Each claim's difference with its interval, chance alone, and the paper's difference"
        )
        rows = [claim_row(line) for line in lines]
        yield Section("claims", ablation, said, alt, rows, [ABLATE])
    if known := sorted(genuine.kept().values(), key=lambda one: not genuine.printed(one.detector)):
        alt = _("Every measure of every detector with its interval, and the paper's figures")
        rows = [measure_row(measure, known) for measure in MEASURES.values()]
        said = answers({one.detector: one for one in known})
        commands = [one.command for one in known]
        yield Section("genuine", ShownGenuine(known), said, alt, rows, commands)
    if ablation is not None and ablation.runs:
        alt = _("AP of every row with mean and standard deviation, and the paper's AP beside it")
        rows = [ap_row(ablation, row, "ap") for row in ablation.rows]
        said = [
            _("AP in points; mean ± standard deviation over seeds, of one seed the figure itself.")
        ]
        yield Section("ablation", ablation, said, alt, rows, [ABLATE])
    if (crowds := crowding.load_crowding()) is not None:
        said = crowding_words(crowds, crowds.telling, FILTERS["iou"].default).split("\n\n")
        (table,) = tables_of(VIEWS["crowding"].numbers(None))[:1]
        rows = [dict(zip(table["columns"], map(_cell, row))) for row in table["rows"]]
        alt = _(
            "Objects missed and surplus boxes for each 100 true objects, at every NMS threshold"
        )
        yield Section("crowding", None, said, alt, rows, [crowding.COMMAND])


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _files(section: Section) -> dict[str, bytes]:
    """A view's files by name, the figure for a slide beside those that are handed over."""
    view, shown = VIEWS[section.view], section.shown
    stem = f"dualviz-{section.view}"
    made = {f"{stem}.{kind}": one.data for kind, one in view_files(view, shown, KINDS).items()}
    return made | {f"{stem}-slide.svg": view_bytes(view, shown, "svg", Paper("slide"))}


def _written(section: Section, names: list[str]) -> list[str]:
    """A section: words, figure, commands, files, table."""
    title, stem = html.escape(str(VIEWS[section.view].title)), f"{FOLDER}/dualviz-{section.view}"
    links = " ".join(
        f'<a href="{FOLDER}/{name}" download>{name.rpartition(".")[2].upper()}</a>'
        for name in names
    )
    return [
        f"<h2>{title}</h2>",
        *map(_paragraph, filter(None, section.words)),
        f'<figure><picture><source media="(max-width: 860px)" srcset="{stem}.svg">'
        f'<img alt="{html.escape(section.alt)}" src="{stem}-slide.svg" width="960" height="540"></picture></figure>',
        f"<p>{html.escape(_('Take it away'))}: {links}</p>",
        f"<p>{_commands(section)}</p>",
        f"<details><summary>{html.escape(_('The same in numbers'))}</summary>{_table(section.rows, title)}</details>",
    ]


def _commands(section: Section) -> str:
    given = "; ".join(f"<code>{html.escape(command)}</code>" for command in section.commands)
    return html.escape(_("Measured again by {command}.", command=_HERE)).replace(_HERE, given)


def _paragraph(words: str) -> str:
    bold = re.sub(r"[*][*](.+?)[*][*]", r"<strong>\1</strong>", html.escape(words))
    return f"<p>{bold}</p>"


def _table(rows: list[dict[str, str]], title: str) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.values()) + "</tr>"
        for row in rows
    )
    return f'<div role="region" aria-label="{title}" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
