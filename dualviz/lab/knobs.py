"""The knobs of the live components, as one table: range or choices, default, and the letter in the link.

The table is engine/knobs.json. The browser's modules import that file, and Python's state, the command line and the
pages read it here, so that a range or a default stands once.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Knob:
    """One thing that a hand can set: a number on steps from `min` to `max`, or one of a few `choices`."""

    letter: str | None = None  # in the link; None: not a parameter of its own
    min: float = 0
    max: float = 0
    step: float = 1  # an int: the values are whole numbers
    default: Any = None  # of choices the first
    choices: tuple[Any, ...] = ()

    def clean(self, given: Any) -> Any:
        """A value that can be used, from whatever came: the nearest on a step in the range, or one of the choices.

        >>> KNOBS["alpha"].clean(99), KNOBS["k"].clean("7"), KNOBS["mode"].clean("both")
        (20.0, 7, 'code')
        """
        if self.choices:
            fits = [one for one in self.choices if one == given and type(one) is type(given)]
            return fits[0] if fits else self.default
        try:
            number = float(given)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        number = number if math.isfinite(number) else self.default
        steps = math.floor((min(self.max, max(self.min, number)) - self.min) / self.step + 0.5)
        return type(self.step)(round(self.min + steps * self.step, 3))


Table = Mapping[str, Knob]


def clean(table: Table, given: Any = None) -> dict[str, Any]:
    """A value for every knob of a table, from whatever came: unknown names are dropped, what is broken is at its default."""
    given = given if isinstance(given, Mapping) else {}
    return {name: knob.clean(given.get(name)) for name, knob in table.items()}


def to_link(table: Table, values: Mapping[str, Any]) -> dict[str, str]:
    """Clean values as link parameters; what is at its default is left out.

    >>> to_link(KNOBS, clean(KNOBS, {"alpha": 0.7, "locked": False}))
    {'a': '0.7', 'lock': '0'}
    """
    changed = {name: knob for name, knob in table.items() if values[name] != knob.default}
    return {knob.letter: _written(values[name]) for name, knob in changed.items()}


def from_link(table: Table, link: Mapping[str, str]) -> dict[str, Any]:
    """Link parameters as clean values: the way back.

    >>> from_link(KNOBS, {"lock": "0", "k": "7"})["locked"]
    False
    """
    given: dict[str, Any] = {}
    for name, knob in table.items():
        said = link.get(knob.letter)
        meant = {_written(choice): choice for choice in knob.choices}
        given[name] = meant.get(said) if knob.choices else said
    return clean(table, given)


def letters(table: Table) -> tuple[str, ...]:
    """The link's parameters of a table, in its order."""
    return tuple(knob.letter for knob in table.values())


def _written(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _table(name: str) -> dict[str, Knob]:
    knobs = {}
    for knob, entry in TABLES[name].items():
        choices = tuple(entry.get("choices", ()))
        knobs[knob] = Knob(**{"default": next(iter(choices), None), **entry, "choices": choices})
    return knobs


TABLES = json.loads((Path(__file__).parent / "engine" / "knobs.json").read_text(encoding="utf-8"))
KNOBS, VIEW, FILTERS = _table("laboratory"), _table("view"), _table("detections")
