"""Words that came from outside stay words: nothing in a file, a name or a link becomes a picture, an address or a style."""

import re

from dualviz.pictures.objects import readable
from dualviz.words import _

LONGEST = 600
_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|~$&!^]|:(?=\w)|^[-+=](?=\s)|^\d+(?=[.)])")
_ADDRESSES = re.compile(r"(?<=\w)(?=://)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
UNSEEN = "\u200b"  # parts what Markdown would take for an address


def plain(text: object) -> str:
    r"""Text as Markdown shows it unchanged, on one line and at a length that can be read.

    >>> plain("![a](http://b.c/d.png) :smile: $x$")
    '\\!\\[a\\](http\u200b://b.c/d.png) \\:smile: \\$x\\$'
    """
    said = " ".join(readable(str(text)[: 4 * LONGEST]).split())
    if len(said) > LONGEST:
        said = said[: LONGEST - 1] + "…"
    return _ADDRESSES.sub(UNSEEN, _SIGNS.sub(_escaped, said))


def explained(name: object, meaning: object) -> str:
    """A word of ours, bold, and what it means, as Markdown.

    >>> explained("Top-1", "The best one.")
    '**Top-1.** The best one.'
    """
    return _("**{name}.** {meaning}", name=name, meaning=meaning)


def _escaped(match: re.Match) -> str:
    sign = match.group()
    return f"{sign}\\" if sign.isdigit() else f"\\{sign}"
