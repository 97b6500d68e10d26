"""What a figure is made for: a paper's column, both of its columns, or a slide; with the size of its type."""

from dataclasses import dataclass, replace

from dualviz.words import UserError

LEAST = 6.5  # points: what a journal prints no type below


@dataclass(frozen=True)
class Page:
    """What a figure is for.

    Attributes:
        name: "column", "wide" or "slide".
        width: inches.
        height: inches; None: as high as its content.
        size: points of the running text; marks scale with it.
        most: points of the running text above which not everything finds room.
        bare: whether headline and settings are left out, for a caption that stands in the text.
    """

    name: str
    width: float
    height: float | None
    size: float
    most: float
    bare: bool = False

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

    def type(self, relative: float = 1.0) -> float:
        """Points of type of a size relative to the running text, never below what can be read in print.

        >>> COLUMN.type(0.8), SLIDE.type(0.8)
        (6.5, 10.0)
        """
        return max(LEAST, relative * self.size)

    def line(self, size: float = 1.0) -> float:
        """Inches from one line of text to the next; `size` relative to the running text."""
        return 1.25 * self.type(size) / 72


COLUMN = Page("column", 85 / 25.4, None, 7, 7.5)
WIDE = Page("wide", 174 / 25.4, 174 / 25.4 * 9 / 16, 8.2, 8.6)  # both columns of a paper
SLIDE = Page("slide", 10.0, 5.625, 12.5, 13.5)  # 16:9 at the size presentation programs use
PAGES = {page.name: page for page in (COLUMN, WIDE, SLIDE)}


def page_for(name: str, size: float = 0.0, bare: bool = False) -> Page:
    """A page of `PAGES` with other type, or without headline and settings.

    Args:
        name: a key of `PAGES`.
        size: points of the running text; 0 for the page's own.
        bare: leave headline and settings out.

    Raises:
        UserError: type that cannot be read in print, or for which there is no room.
    """
    page = PAGES[name]
    if size and not LEAST <= size <= page.most:
        raise UserError(
            "type on this page must be {least} to {most} points, got {size}",
            least=f"{LEAST:g}",
            most=f"{page.most:g}",
            size=f"{size:g}",
        )
    return replace(page, size=size or page.size, bare=bare)
