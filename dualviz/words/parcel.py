"""A sentence on its way to another process, as JSON can carry it: whoever reads it puts it into words."""

from typing import Any

from dualviz.words import Sentence


def apart(value: object) -> object:
    """A sentence, its fields among them, as JSON can carry it; `together` makes it whole again."""
    if isinstance(value, Sentence):
        fields = {name: apart(field) for name, field in value.fields.items()}
        return {"sentence": [value.one, value.many, value.n, fields]}
    return value if isinstance(value, int | float | str) else str(value)


def together(value: Any) -> Any:
    """What `apart` was given.

    >>> str(together(apart(Sentence("{n} box", "{n} boxes", 2))))
    '2 boxes'
    """
    if not isinstance(value, dict):
        return value
    one, many, n, fields = value["sentence"]
    return Sentence.of(one, many, n, {name: together(field) for name, field in fields.items()})
