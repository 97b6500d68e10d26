"""One meaning, one colour, one form, on every page and in every export.

Okabe and Ito's colours, safe for colour-blind eyes. Colour is never the only cue: one-to-many is round and thin,
one-to-one is a diamond and thick, truth is dashed, what was lost is grey, dotted and crossed, a duplicate has a double
outline. The laboratory's own copy stands in dualviz/lab/kit/palette.js; a test holds the two together.
"""

from dataclasses import dataclass

import numpy as np

from dualviz.words import Labels


@dataclass(frozen=True)
class Palette:
    """Colours by meaning, for one kind of ground."""

    one2many: str
    one2one: str
    truth: str
    halo: str
    lost: str
    duplicate: str
    soft: str  # words and lines that stand back
    panel: str  # ground beside a picture


LIGHT = Palette(
    one2many="#0072B2",
    one2one="#D55E00",
    truth="#111111",
    halo="#ffffff",
    lost="#5f5f5f",
    duplicate="#CC79A7",
    soft="#555555",
    panel="#f2f2f2",
)
DARK = Palette(
    one2many="#56B4E9",
    one2one="#E69F00",
    truth="#f2f2f2",
    halo="#111111",
    lost="#b8b8b8",
    duplicate="#CC79A7",
    soft="#b8b8b8",
    panel="#22262e",
)
FLAG = "#ffe27a"  # plate of an object that ends without a positive or is missed
HEAD_NAMES = Labels({"one2many": "one-to-many", "one2one": "one-to-one"})
# Cividis, 16 stops of Matplotlib's table (CC0): even in lightness, and the same for colour-blind eyes.
CIVIDIS = "00224e002e6c1e3a6f35456c47516c575d6d666970757575848279948e77a59c74b7a96ec8b866dbc75aeed649fee838"
HEAT_OPACITY = 120 / 255, 235 / 255  # of the least and the most: nothing stays nothing
HEAT_RISE = 0.05  # of the scale, where a cell without a value is painted as 0: from clear to the heat's opacity
# What is pushed up, left alone, pushed down: blue (Okabe and Ito's), white, and a red of the same weight; nothing is
# nearly clear. Share of the scale from −1 to 1, red, green and blue of 255, opacity.
PUSH_STOPS = (
    (0.0, 0, 90, 170, 0.95),
    (0.2, 70, 150, 215, 0.85),
    (0.45, 235, 243, 250, 0.5),
    (0.5, 255, 255, 255, 0.2),
    (0.55, 252, 238, 235, 0.5),
    (0.8, 230, 100, 75, 0.85),
    (1.0, 175, 25, 30, 0.95),
)
GRID = "#dddddd"  # lines behind a plot, in print
SCREEN_GRID = "rgba(128,128,128,0.2)"  # the same on a page, on either theme
PAPER_FILL = "#d9d9d9"  # bars of the paper's figures, in print
GREY_GROUND = "#ededed"  # white as `desaturated` leaves it
PLATE_OPACITY = 0.85  # of what lies below words on a picture
RANGE_OPACITY = 0.3  # of what reaches from floor to ceiling


def heat_colours(count: int = 256) -> np.ndarray:
    """Colours of the heat scale from least to most: float (count, 4) RGBA in 0..1; opacity grows with the value."""
    stops = np.frombuffer(bytes.fromhex(CIVIDIS), np.uint8).reshape(16, 3) / 255
    place = np.linspace(0, 1, count)
    rgb = [np.interp(place, np.linspace(0, 1, 16), stops[:, channel]) for channel in range(3)]
    return np.stack((*rgb, np.interp(place, (0, 1), HEAT_OPACITY)), axis=-1)


def css_colour(colour: str, opacity: float) -> str:
    """A colour with an opacity, as style sheets and Plotly write it.

    >>> css_colour("#0072B2", 0.3)
    'rgba(0,114,178,0.3)'
    """
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgba({red},{green},{blue},{opacity:g})"


def desaturated(image: np.ndarray) -> np.ndarray:
    """The picture as it stands under heat: nearly grey and a little flat, so that every colour left has a meaning.

    Args:
        image: uint8 (H, W, 3) RGB.

    >>> desaturated(np.full((1, 1, 3), 255, np.uint8)).tolist()
    [[[237, 237, 237]]]
    """
    pixels = image.astype(np.float32)
    light = (pixels @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    return np.rint(18 + 0.86 * (light + 0.12 * (pixels - light))).astype(np.uint8)
