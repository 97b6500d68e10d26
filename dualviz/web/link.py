"""The link of a session: what the address bar says, so that another browser shows the same.

A value at its default is absent. What stands in a link is never trusted: a cleaner takes its text and the default and
gives a value that can be used. The address bar itself is written once a run.
"""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import streamlit as st

Number = TypeVar("Number", int, float)


def one_of(allowed: Collection[str]) -> Callable[[str, str], str]:
    """A cleaner for a choice: anything else is the default.

    >>> clean = one_of(("own", "random"))
    >>> clean("own", "random"), clean("§", "random")
    ('own', 'random')
    """
    return lambda text, default: text if text in allowed else default


def within(low: Number, high: Number) -> Callable[[str, Number], Number]:
    """A cleaner for a number of the default's type: clamped to low..high, the default where it is none.

    >>> clean = within(1, 500)
    >>> clean("7", 20), clean("9999", 20), clean("many", 20)
    (7, 500, 20)
    >>> within(0.0, 1.0)("nan", 0.5)
    0.5
    """

    def clean(text: str, default: Number) -> Number:
        try:
            value = type(default)(text)
        except ValueError:
            return default
        return min(high, max(low, value)) if math.isfinite(value) else default

    return clean


def whole() -> Mapping[str, str]:
    """The link this session was opened with, or what it has become since."""
    return _link()


def value(name: str, default: str) -> str:
    """The text under one name of the link."""
    return _link().get(name, default)


def change(**values: str | None) -> None:
    """Change the link; None takes a name out. `write` shows it in the address bar."""
    known = _link()
    for name, text in values.items():
        known.pop(name, None) if text is None else known.update({name: text})


def replace(values: Mapping[str, str]) -> None:
    """Put another link in the place of this one."""
    st.session_state["link"] = dict(values)


def write() -> None:
    """Bring the address bar up to date, once a run and only where something changed."""
    wanted = _link()
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


def bound(
    name: str,
    default: Any,
    clean: Callable[[str, Any], Any],
    changed: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Key and callback of a widget whose value lives in the link under `name`.

    Args:
        name: in the link; the widget's key too.
        default: the value that is absent from the link.
        clean: `one_of(…)` or `within(…)`.
        changed: what else a new value asks for.
    """
    st.session_state[name] = clean(value(name, str(default)), default)

    def take() -> None:
        chosen = st.session_state[name]
        change(**{name: None if chosen == default else str(chosen)})
        if changed:
            changed()

    return {"key": name, "on_change": take}


def _link() -> dict[str, str]:
    if "link" not in st.session_state:
        replace(dict(st.query_params))
    return st.session_state["link"]
