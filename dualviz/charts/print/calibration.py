"""Calibration for papers and slides: recall, precision and F1 over confidence, and reliability, of both ways out."""

from matplotlib.figure import Figure

from dualviz.charts.drawn.calibration import HEAD_OF, MEASURES, lines, reliability
from dualviz.charts.page import COLUMN, Page
from dualviz.charts.palette import LIGHT
from dualviz.charts.print.marks import COLOUR, MARKER, draw_points, line_key
from dualviz.charts.print.sheet import Sheet
from dualviz.study.calibration import THRESHOLDS, Calibration
from dualviz.study.evaluation import PATH_NAMES
from dualviz.words import _

DASHES = {"recall": "solid", "precision": (0, (4, 2.4)), "f1": (0, (1, 1.4))}


def calibration_figure(
    made: Calibration,
    confidence: float | None = None,
    *,
    caption: str = "",
    page: Page = COLUMN,
) -> Figure:
    """Both charts of a calibration.

    Args:
        made: from `dualviz.study.calibration`.
        confidence: where a line stands; None for none.
        caption: what was measured.
        page: COLUMN (one below the other) or SLIDE (side by side).
    """
    line, unit = page.line(), page.unit
    curves, columns = list(lines(made)), 2 if page.height else 1
    key = 1.2 * -(-len(curves) // columns) * line  # of the first plot's legend
    sheet = Sheet(page, _("What a score is worth"), caption, 31 * line + 2 * key)
    wide, high, places = sheet.halves()
    width = {"one2many": 1.0 * unit, "one2one": 1.9 * unit}

    axes = _axes(sheet, places[0], wide, high, _("confidence"), "", key)
    keys = []
    for name, measure, values in curves:
        head = HEAD_OF[name]
        ink = {"color": COLOUR[head], "linewidth": width[head], "linestyle": DASHES[measure]}
        axes.plot(THRESHOLDS, values, gid=f"{measure} {name}", **ink)
        words = _("{name}: {meaning}", name=PATH_NAMES[name], meaning=MEASURES[measure])
        keys.append(line_key(words, COLOUR[head], width[head], DASHES[measure]))
    for name, way in made.ways.items():
        if way.advised is not None:
            spot = [(way.advised, way.at(way.advised)[2])]
            head = HEAD_OF[name]
            draw_points(axes, spot, COLOUR[head], 4.5 * unit, MARKER[head], casing=0.4 * unit)
    if confidence is not None:
        axes.axvline(confidence, color=LIGHT.truth, linewidth=0.7 * unit)
    sheet.legend(places[0][0] + 2.6 * line, places[0][1] + high - 1.2 * line - key, keys, columns)

    words = (_("mean score of the bin"), _("share that is right"))
    key = key if page.height else 2.4 * line  # one below the other, each leaves room for its own
    axes = _axes(sheet, places[1], wide, high, *words, key)
    axes.plot([0, 1], [0, 1], color=LIGHT.soft, linewidth=0.7 * unit, linestyle=DASHES["precision"])
    keys = []
    for name, way in made.ways.items():
        head = HEAD_OF[name]
        score, share, around, _counts = reliability(way)
        axes.errorbar(
            score,
            share,
            around,
            color=COLOUR[head],
            linewidth=width[head],
            elinewidth=0.6 * unit,
            marker=MARKER[head],
            markersize=3.2 * unit,
        )
        keys.append(line_key(PATH_NAMES[name], COLOUR[head], width[head]))
    sheet.legend(places[1][0] + 2.6 * line, places[1][1] + high - 1.2 * line - key, keys, 1)
    return sheet.figure


def _axes(
    sheet: Sheet, place: tuple[float, float], wide: float, high: float, x: str, y: str, key: float
):
    axes = sheet.plot(place, wide, high, x, y, below=4.8 + key / sheet.page.line())
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    return axes
