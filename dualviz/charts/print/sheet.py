"""A sheet to draw on: a paper's column or a slide, with a headline above and the settings below the body.

Everything is placed in inches from the body's upper left corner; type and marks scale with the page. Matplotlib is used
without pyplot: a figure belongs to nobody but its caller, so that several threads may draw at once.
"""

import re
from dataclasses import dataclass
from functools import cache

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

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
        "font.family": families(),
    }
)
_HAN = "\u2e80-\u2fdf\u3040-\u9fff\uf900-\ufaff"
_CLOSING, _OPENING = "，。、；：？！）」』》〉”’…·%", "（「『《〈“‘"
# where a line may end: at a space, and between Chinese characters, but for those that cling to the one beside them
_BREAK = re.compile(
    rf"(?P<space> )|(?<=[{_HAN}{_CLOSING}])(?=[^\s{_CLOSING}])|(?<=[^\s{_OPENING}])(?=[{_HAN}{_OPENING}])"
)


@dataclass(frozen=True)
class Page:
    """What a figure is for.

    Attributes:
        name: "column" or "slide".
        width: inches.
        height: inches; None: as high as its content.
        size: points of the running text; marks scale with it.
    """

    name: str
    width: float
    height: float | None
    size: float

    @property
    def unit(self) -> float:
        """Points that a mark of one point on paper has here."""
        return self.size / 7

    @property
    def margin(self) -> float:
        """Inches left free around everything."""
        return 0.012 * self.size

    @property
    def inner(self) -> float:
        """Inches between the margins."""
        return self.width - 2 * self.margin

    def line(self, size: float = 1.0) -> float:
        """Inches from one line of text to the next; `size` relative to the running text."""
        return 1.25 * size * self.size / 72


COLUMN = Page("column", 3.5, None, 7)
SLIDE = Page("slide", 10.0, 5.625, 12.5)  # 16:9 at the size presentation programs use
PAGES = {page.name: page for page in (COLUMN, SLIDE)}


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
        small = 0.8 * page.size
        head = wrapped(headline, self.width, 1.15 * page.size, bold=True)
        foot = wrapped(caption, self.width, small, breaks=" · ")
        above = page.line(1.15) * len(head) + 0.5 * page.line()
        below = page.line(0.8) * len(foot) + 0.5 * page.line()
        total = page.height or 2 * self.page.margin + above + height + below
        self.figure = Figure(figsize=(page.width, total), dpi=100, facecolor="white")
        self.figure.set_label(f"{headline}. {caption}")
        self.height = total - above - below - 2 * self.page.margin
        self._top = total - self.page.margin - above
        self.figure.text(
            *self._at(0, -above), "\n".join(head), size=1.15 * page.size, weight="bold", va="top"
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
            labelsize=0.85 * self.page.size,
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
        line, size = self.page.line(), self.page.size
        left, top = place
        axes = self.axes(
            left + 2.8 * line, top + 0.3 * line, wide - 3.2 * line, high - below * line
        )
        axes.set_xlabel(x, size=0.9 * size, labelpad=1.5 * self.page.unit)
        axes.set_ylabel(y, size=0.9 * size, labelpad=2 * self.page.unit)
        axes.grid(linewidth=0.3 * self.page.unit, color=GRID)
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
        lines = wrapped(text, width or self.width - left, size * self.page.size, bold)
        self.figure.text(
            *self._at(left, top),
            "\n".join(lines),
            size=size * self.page.size,
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
            fontsize=0.9 * self.page.size,
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
    """Break a text into lines of at most `width` inches at `size` points; a piece that is too long stands alone."""
    lines: list[str] = []
    for between, piece in _pieces(printable(text), breaks):
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
    return wrapped(text, page.inner, page.size)
