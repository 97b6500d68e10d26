"""A sheet to draw on: a paper's column or a slide, with a headline above and the settings below the body.

Everything is placed in inches from the body's upper left corner; type and marks scale with the page. Matplotlib is used
without pyplot: a figure belongs to nobody but its caller, so that several threads may draw at once.
"""

import re
from functools import cache

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from dualviz.charts.page import Page
from dualviz.charts.palette import GRID, LIGHT
from dualviz.charts.print.typeface import families

# Set once and never changed after, because rc_context is not safe between threads: type stays type in PDF and SVG, names
# with a dollar sign stay names, ids do not depend on the hour.
matplotlib.rcParams.update(
    {
        "pdf.fonttype": 42,
        "svg.fonttype": "none",
        "svg.hashsalt": "dualviz",
        "text.usetex": False,
        "text.parse_math": False,
        "text.hinting": "none",  # a line is as wide at every resolution as it was measured
        "font.family": families(),
    }
)
_HAN = "\u2e80-\u2fdf\u3040-\u9fff\uf900-\ufaff"
_CLOSING, _OPENING = "，。、；：？！）」』》〉”’…·%", "（「『《〈“‘"
# where a line may end: at a space, and between Chinese characters, but for those that cling to the one beside them
_BREAK = re.compile(
    rf"(?P<space> )|(?<=[{_HAN}{_CLOSING}])(?=[^\s{_CLOSING}])|(?<=[^\s{_OPENING}])(?=[{_HAN}{_OPENING}])"
)


class Sheet:
    """One figure with headline, body and caption.

    Attributes:
        figure: the Matplotlib figure.
        width, height: inches of the body.
    """

    def __init__(self, page: Page, headline: str, caption: str, height: float = 0.0):
        """Lay out headline and caption; `height` inches are wanted for the body, a slide gives what it has."""
        self.page = page
        self.width = page.inner
        small = page.type(0.8)
        head = [] if page.bare else wrapped(headline, self.width, page.type(1.15), bold=True)
        foot = [] if page.bare else wrapped(caption, self.width, small, breaks=" · ")
        above = (page.line(1.15) * len(head) + 0.5 * page.line()) if head else 0.0
        below = (page.line(0.8) * len(foot) + 0.5 * page.line()) if foot else 0.0
        total = page.height or 2 * self.page.margin + above + height + below
        self.figure = Figure(figsize=(page.width, total), dpi=100, facecolor="white")
        self.figure.set_label(f"{headline}\n{caption}")  # what its file says of it
        self.height = total - above - below - 2 * self.page.margin
        self._top = total - self.page.margin - above
        if page.bare:
            return
        self.figure.text(
            *self._at(0, -above), "\n".join(head), size=page.type(1.15), weight="bold", va="top"
        )
        self.figure.text(
            *self._at(0, self.height + below - page.line(0.8) * len(foot)),
            "\n".join(foot),
            size=small,
            color=LIGHT.soft,
            va="top",
            gid="settings",
        )

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place of the body, with a thin frame and small type."""
        x, y = self._at(left, top + height)
        total = self.figure.get_size_inches()
        axes = self.figure.add_axes((x, y, width / total[0], height / total[1]))
        axes.tick_params(
            labelsize=self.page.type(0.85),
            width=0.5 * self.page.unit,
            length=2 * self.page.unit,
            pad=1.5 * self.page.unit,
            color=LIGHT.soft,
            labelcolor=LIGHT.soft,
        )
        for spine in axes.spines.values():
            spine.set(linewidth=0.5 * self.page.unit, edgecolor=LIGHT.soft)
        return axes

    def halves(self) -> tuple[float, float, list[tuple[float, float]]]:
        """Room for two plots, side by side on a slide and one below the other in a column: width, height, both places."""
        gap = 3 * self.page.line()
        if self.page.height:
            wide = (self.width - gap) / 2
            return wide, self.height, [(0.0, 0.0), (wide + gap, 0.0)]
        high = self.height / 2
        return self.width, high, [(0.0, 0.0), (0.0, high)]

    def plot(
        self,
        place: tuple[float, float],
        wide: float,
        high: float,
        x: str,
        y: str,
        below: float = 6.6,
    ) -> Axes:
        """A plot with words at both axes, a grid, and room for its legend `below`, in lines."""
        page, line = self.page, self.page.line()
        left, top = place
        axes = self.axes(
            left + 2.8 * line, top + 0.3 * line, wide - 3.2 * line, high - below * line
        )
        axes.set_xlabel(x, size=page.type(0.9), labelpad=1.5 * page.unit)
        axes.set_ylabel(y, size=page.type(0.9), labelpad=2 * page.unit)
        axes.grid(linewidth=0.3 * page.unit, color=GRID)
        axes.set_axisbelow(True)
        return axes

    def words(
        self,
        left: float,
        top: float,
        text: str,
        width: float | None = None,
        size: float = 1.0,
        bold: bool = False,
        colour: str = LIGHT.truth,
    ) -> float:
        """Write running text at a place of the body; returns the inches it took."""
        lines = wrapped(text, width or self.width - left, self.page.type(size), bold)
        self.figure.text(
            *self._at(left, top),
            "\n".join(lines),
            size=self.page.type(size),
            color=colour,
            weight="bold" if bold else "normal",
            va="top",
        )
        return self.page.line(size) * len(lines)

    def legend(self, left: float, top: float, marks: list, columns: int = 1) -> float:
        """List marks, each an artist with a label; returns the inches it took."""
        self.figure.legend(
            handles=marks,
            loc="upper left",
            bbox_to_anchor=self._at(left, top),
            ncols=columns,
            frameon=False,
            fontsize=self.page.type(0.9),
            handlelength=2.4,
            handletextpad=0.6,
            columnspacing=1.4,
            borderpad=0,
            borderaxespad=0,
            labelspacing=0.45,
        )
        return -(-len(marks) // columns) * 1.3 * self.page.line(0.9)

    def _at(self, left: float, top: float) -> tuple[float, float]:
        """Figure fractions of a place in inches from the body's upper left corner."""
        width, height = self.figure.get_size_inches()
        return (self.page.margin + left) / width, (self._top - top) / height


def wrapped(
    text: str, width: float, size: float, bold: bool = False, breaks: str = " "
) -> list[str]:
    """Break a text into lines of at most `width` inches at `size` points.

    It breaks where `breaks` stands, and within a piece that is too long for a line at its spaces; a word that is too long
    stands alone.
    """
    lines: list[str] = []
    for between, piece in _pieces(printable(text), breaks):
        if breaks != " " and text_width(piece, size, bold) > width:
            lines += wrapped(piece, width, size, bold)
            continue
        longer = f"{lines[-1]}{between}{piece}" if lines else piece
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _pieces(text: str, breaks: str) -> list[tuple[str, str]]:
    """What must stay together, each with what parts it from the one before."""
    if breaks != " ":
        return [(breaks, piece) for piece in text.split(breaks)]
    pieces, start, between = [], 0, ""
    for place in _BREAK.finditer(text):
        pieces.append((between, text[start : place.start()]))
        start, between = place.end(), place["space"] or ""
    return [*pieces, (between, text[start:])]


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Inches that a line of text takes."""
    return text_to_path.get_text_width_height_descent(text, _font(size, bold), False)[0] / 72


def printable(text: str) -> str:
    """The text with a box for every character that no typeface of the figures has."""
    known = _characters()
    return "".join(mark if ord(mark) in known else "□" for mark in text)


@cache
def _characters() -> frozenset[int]:
    named = (FontProperties(family=[family]) for family in families())
    return frozenset().union(*(get_font(findfont(family)).get_charmap() for family in named))


def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(size=size, weight="bold" if bold else "normal")


def sheet_lines(text: str, page: Page) -> list[str]:
    """Running text as it breaks over the whole width of a page."""
    return wrapped(text, page.inner, page.type())
