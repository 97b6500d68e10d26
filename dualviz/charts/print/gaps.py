"""The supervision gap over a whole set as a figure for papers and slides, drawn with Matplotlib.

The same counts as on the evaluation page; means stand in the legend, the shares of agreement in the caption.
"""

from matplotlib.figure import Figure

from dualviz.charts.drawn.gaps import gap_counts
from dualviz.charts.drawn.words import three
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.print.curves import DASHES, DOTS
from dualviz.charts.print.marks import COLOUR, line_key
from dualviz.charts.print.sheet import Sheet
from dualviz.study.evaluation import Evaluation
from dualviz.words import _, ngettext


def gap_figure(
    result: Evaluation, *, detector: str = "", over: str = "", page: Page = COLUMN
) -> Figure:
    """Histogram of the gap of every object, with those of floors and ceilings as outlines.

    Args:
        result: from `dualviz.study.evaluation.evaluate`.
        detector, over: names of the weights and of the set, for the caption.
        page: one of `PAGES`.
    """
    line, unit = page.line(), page.unit
    shares = " / ".join("—" if s != s else f"{s:.1%}" for s in result.alignment)
    parts = (
        detector,
        over,
        ngettext("{n} picture", "{n} pictures", result.pictures),
        ngettext("{n} object with a pick", "{n} objects with a pick", len(result.gap)),
        f"Top-1 / 5 / 10: {shares}",
    )
    caption = " · ".join(part for part in parts if part)
    sheet = Sheet(page, _("Supervision gap over the set"), caption, 20 * line)
    axes = sheet.axes(2.8 * line, 0, sheet.width - 2.8 * line, sheet.height - 6 * line)
    edges, counts = gap_counts(result)
    axes.stairs(counts["gap"], edges, color=COLOUR["one2one"], alpha=0.7, fill=True, gid="gap")
    for name, dash in (("floor", DASHES), ("ceiling", DOTS)):
        ink = {"color": COLOUR["one2many"], "linewidth": 1.2 * unit, "linestyle": dash}
        axes.stairs(counts[name], edges, **ink)
    axes.set_xlabel(_("supervision gap A of an object"), size=page.type(0.9), labelpad=1.5 * unit)
    axes.set_ylabel(_("objects"), size=page.type(0.9), labelpad=2 * unit)
    means = {name: three(float(getattr(result, name).mean())) for name in counts}
    keys = [
        line_key(
            _("gap of the pick, mean {mean}", mean=means["gap"]),
            COLOUR["one2one"],
            4 * unit,
            alpha=0.7,
        ),
        line_key(
            _("floor, mean {mean}", mean=means["floor"]), COLOUR["one2many"], 1.2 * unit, DASHES
        ),
        line_key(
            _("ceiling, mean {mean}", mean=means["ceiling"]), COLOUR["one2many"], 1.2 * unit, DOTS
        ),
    ]
    sheet.legend(2.8 * line, sheet.height - 3.2 * line, keys, 2)
    return sheet.figure
