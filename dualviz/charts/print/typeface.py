"""Which typefaces a figure is set in: Matplotlib's own, and behind it one of this machine's that has Chinese characters.

Nothing is bundled and nothing is fetched. A sign that the first typeface lacks is taken from the second; where there is
none, a figure stays English, and page and command say so.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from matplotlib.font_manager import fontManager

from dualviz.words import ENGLISH, _, language, speaking

CHINESE = (  # families as Matplotlib lists them, those with the mainland's forms first
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "SimHei",
    "DengXian",
    "Droid Sans Fallback",
    "Arial Unicode MS",
    "Noto Sans CJK JP",
    "PingFang HK",
    "Heiti TC",
)
# that a Chinese family has no bold face is no reader's business: its plain one stands in
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
NEEDS = {"zh_CN": CHINESE}  # languages that Matplotlib's own typeface cannot write


@cache
def typeface(language_name: str) -> str | None:
    """The installed family that completes a language; "" where none is needed, None where it is absent.

    >>> typeface("en")
    ''
    """
    if language_name not in NEEDS:
        return ""
    installed = {font.name for font in fontManager.ttflist}
    return next((family for family in NEEDS[language_name] if family in installed), None)


@contextmanager
def figure_language() -> Iterator[None]:
    """Speak the language that a figure can be written in: the present one, or else English."""
    with speaking(ENGLISH if typeface(language()) is None else language()):
        yield


def figure_note() -> str:
    """Why figures are in English, in the present language; "" where they are in it."""
    if typeface(language()) is not None:
        return ""
    return _("This computer has no typeface with Chinese characters: figures stay in English.")


def families() -> list[str]:
    """What figures are set in, best first: each sign is taken from the first family that has it."""
    return ["sans-serif", *filter(None, map(typeface, NEEDS))]
