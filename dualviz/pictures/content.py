"""What names a content whatever its file is called: pictures, weights, truths and payloads."""

import hashlib

PREFIX = "file-"


def content_hash(data: bytes) -> str:
    """The first 12 hexadecimal digits of the content's SHA-256.

    >>> content_hash(b"smear")
    'd0a93ef0832b'
    """
    return hashlib.sha256(data).hexdigest()[:12]


def content_id(data: bytes) -> str:
    """What a file is called by in a link, whatever its name.

    >>> content_id(b"smear")
    'file-d0a93ef0832b'
    """
    return PREFIX + content_hash(data)


def is_file(wanted: str) -> bool:
    """Whether an id of a link names a file of somebody."""
    return wanted.startswith(PREFIX)
