"""The site's evidence page: what was measured, as figures and tables, from the results files of `assets/`."""

import base64
import csv
import html
import io

from dualviz.exports.figures import nearest_level
from dualviz.exports.files import figure_bytes
from dualviz.exports.tables import crowding_csv
from dualviz.exports.views import VIEWS, Paper, view_bytes
from dualviz.study.ablation import COMMAND as ABLATE
from dualviz.study.ablation import load_ablation
from dualviz.study.crowding import COMMAND, Crowding, load_crowding
from dualviz.words import _


def evidence_html() -> str:
    """The page's body in the present language."""
    parts = [
        f"<h1>{html.escape(_('Evidence'))}</h1>",
        f"<p>{html.escape(_('Measured with the bundled weights; every figure stands with its numbers and names the command that repeats it.'))}</p>",
    ]
    ablation, crowding = load_ablation(), load_crowding()
    if ablation is not None:
        parts += _section(
            _("Ablation"),
            ABLATE,
            view_bytes(VIEWS["ablation"], ablation, "svg", Paper("slide")),
            view_bytes(VIEWS["ablation"], ablation, "csv"),
        )
    if crowding is not None:
        parts += _section(
            _("What crowding costs"),
            COMMAND,
            _crowding_svg(crowding),
            crowding_csv(crowding).encode(),
        )
    return "\n".join(parts)


def _crowding_svg(crowding: Crowding) -> bytes:
    from dualviz.charts.print import PAGES, figure_language
    from dualviz.charts.print.curves import crowding_figure

    with figure_language():
        level = nearest_level(crowding, None)
        return figure_bytes(crowding_figure(crowding, level, page=PAGES["slide"]), "svg")


def _section(title: str, command: str, svg: bytes, numbers: bytes) -> list[str]:
    """A figure and its table."""
    words = html.escape(title)
    image = base64.b64encode(svg).decode()
    return [
        f"<h2>{words}</h2>",
        f'<img alt="{words}" src="data:image/svg+xml;base64,{image}">',
        f"<p>{html.escape(_('Measured again by {command}.', command=command))}</p>",
        _table(numbers.decode()),
    ]


def _table(text: str) -> str:
    """A CSV as an HTML table, its remarks above."""
    lines = text.splitlines()
    remarks = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    rows = list(csv.reader(io.StringIO("\n".join(r for r in lines if not r.startswith("#")))))
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows[1:]
    )
    said = "".join(f"<p>{html.escape(remark)}</p>" for remark in remarks)
    return f"{said}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
