"""Text as other machines write it: by its byte-order mark, else UTF-8."""

import codecs
from pathlib import Path

from dualviz.words import UserError

MARKS = (  # the longer first: UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MAX_LIST = 32 << 20  # bytes of a list of names; 200,000 pictures have 10 MB


def marked(data: bytes) -> bool:
    """Whether a mark says that the bytes are UTF-16 or UTF-32.

    >>> marked("a".encode("utf-16")), marked(b"a")
    (True, False)
    """
    return any(data.startswith(mark) for mark, _encoding in MARKS)


def text_of(data: bytes) -> str | None:
    """The text of a file; None where it is none.

    >>> text_of("ü".encode("utf-16")), text_of("ü".encode("utf-8-sig")), text_of("ü".encode("cp1252"))
    ('ü', 'ü', None)
    """
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8-sig")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def read_text(file: Path, most: int = MAX_LIST) -> str:
    """The text of a list or of settings, of at most so many bytes.

    Raises:
        UserError: no UTF-8 without a mark of another encoding, or larger.
    """
    if file.stat().st_size > most:
        raise UserError(
            "{file} has {size} bytes, expected at most {limit}",
            file=file,
            size=f"{file.stat().st_size:,}",
            limit=f"{most:,}",
        )
    text = text_of(file.read_bytes())
    if text is None:
        raise UserError("{file} is no text in UTF-8 or UTF-16: save it as UTF-8", file=file)
    return text


def lines_of(file: Path) -> list[str]:
    """The lines of a list that hold something, without the blanks around it.

    Raises:
        UserError: as `read_text`.
    """
    return [line.strip() for line in read_text(file).splitlines() if line.strip()]
