"""How gradients run when the one-to-one head is detached, as a small drawing in SVG."""

from html import escape

from dualviz.charts.palette import LIGHT, Palette
from dualviz.words import _


def trunk_drawing(colours: Palette = LIGHT, narrow: bool = False) -> str:
    """Trunk, neck and both heads: features run to both, gradients come back from one-to-many only.

    Args:
        colours: of the page's theme.
        narrow: whether it is for a phone, where the heads stand above the trunk and words keep their size.

    Returns:
        The text of an SVG without any reference to another file.
    """
    many, one, ink, soft = colours.one2many, colours.one2one, colours.truth, colours.soft

    def block(x: int, y: int, width: int, said: str, edge: str, line: float = 1.5) -> str:
        return (
            f'<rect x="{x}" y="{y}" width="{width}" height="54" rx="6" fill="none" stroke="{edge}" '
            f'stroke-width="{line}"/><text x="{x + width / 2}" y="{y + 32}" text-anchor="middle" '
            f'fill="{ink}" font-size="16">{escape(said)}</text>'
        )

    def arrow(path: str, colour: str, end: str, dash: str = "") -> str:
        return (
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.2" '
            f'stroke-dasharray="{dash}" marker-end="url(#{end})"/>'
        )

    def head(name: str, colour: str) -> str:
        return (
            f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
        )

    def label(x: int, y: int, words: str, colour: str, anchor: str = "middle") -> str:
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-size="14">{escape(words)}</text>'

    ends = "<defs>" + head("f", soft) + head("m", many) + head("o", one) + "</defs>"
    upright = [
        ends,
        label(82, 20, _("top-k targets,"), many),
        label(82, 40, _("NMS at inference"), many),
        label(276, 20, _("top-1 targets,"), one),
        label(276, 40, _("no NMS"), one),
        block(4, 54, 156, _("one-to-many head"), many),
        block(198, 54, 156, _("one-to-one head"), one, 3),
        block(84, 282, 190, _("backbone and neck"), ink),
        arrow("M120 280 C120 210 60 180 60 110", soft, "f"),
        arrow("M276 309 C348 309 348 190 334 111", soft, "f"),
        arrow("M104 110 C104 170 150 220 150 280", many, "m", "7 5"),
        arrow("M256 110 C256 136 250 152 240 166", one, "o", "7 5"),
        f'<path d="M226 170L244 196M244 170L226 196" stroke="{ink}" stroke-width="3"/>',
        label(330, 224, _("detach: the gradient stops"), ink, "end"),
        label(72, 248, _("features"), soft, "end"),
        label(114, 136, _("gradient of the loss"), many, "start"),
    ]
    lying = [
        ends,
        block(8, 118, 190, _("backbone and neck"), ink),
        block(372, 38, 200, _("one-to-many head"), many),
        block(372, 198, 200, _("one-to-one head"), one, 3),
        arrow("M198 132 C270 132 290 56 370 56", soft, "f"),
        arrow("M198 158 C270 158 290 216 370 216", soft, "f"),
        arrow("M370 80 C306 84 282 142 200 145", many, "m", "7 5"),
        arrow("M370 240 C340 240 318 236 302 228", one, "o", "7 5"),
        f'<path d="M286 206L304 232M304 206L286 232" stroke="{ink}" stroke-width="3"/>',
        label(276, 262, _("detach: the gradient stops"), ink),
        label(250, 50, _("features"), soft),
        label(352, 128, _("gradient of the loss"), many, "start"),
        label(600, 62, _("top-k targets,"), many, "start"),
        label(600, 82, _("NMS at inference"), many, "start"),
        label(600, 222, _("top-1 targets,"), one, "start"),
        label(600, 242, _("no NMS"), one, "start"),
    ]
    (width, height), parts = ((358, 340), upright) if narrow else ((740, 290), lying)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Source Sans, Source Sans Pro, sans-serif" role="img" '
        f'aria-label="{escape(_("Gradients of the one-to-one head stop before the shared features"))}">'
        + "".join(parts)
        + "</svg>"
    )
