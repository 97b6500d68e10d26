"""What names a content whatever its file is called: pictures, weights, truths and payloads."""

import hashlib


def content_hash(data: bytes) -> str:
    """The first 12 hexadecimal digits of the content's SHA-256.

    >>> content_hash(b"smear")
    'd0a93ef0832b'
    """
    return hashlib.sha256(data).hexdigest()[:12]
