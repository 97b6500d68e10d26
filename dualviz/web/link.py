"""The link of a session: what the address bar says, so that another browser shows the same.

A value at its default is absent. What stands in a link is never trusted: a cleaner takes its text and the default and
gives a value that can be used; what it could not use as it stood is noted once and corrected. The address bar itself is
written once a run.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from dualviz.exports import address
from dualviz.web import markup
from dualviz.words import Sentence

FILES = ("pic", "det", "gt")
Number = TypeVar("Number", int, float)


@dataclass
class _Link:
    """What the link says, what of it nobody has asked for since it was opened, and what of it cannot be used.

    Beside it, what a run of the page has answered: the values it saw last, and what was opened since and waits for one.
    It is asked for dozens of times a run and stands in one entry of the session, whose every look-up costs.
    """

    values: dict[str, str]
    unread: dict[str, str] = field(init=False)
    faults: dict[str, Sentence] = field(init=False)
    answered: dict[str, str] = field(init=False)
    opened: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.unread, self.faults = dict(self.values), {}
        self.answered, self.opened = dict(self.values), set()

    def first_reading(self, name: str) -> bool:
        """Whether what the link was opened with stands under a name, and nobody has asked yet."""
        text = self.unread.pop(name, None)
        return text is not None and text == self.values.get(name)


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
    >>> within(1, 500)("9" * 400, 20)
    20
    """

    def clean(text: str, default: Number) -> Number:
        try:
            value = type(default)(text)
            finite = math.isfinite(value)
        except (ValueError, OverflowError):
            return default
        return min(high, max(low, value)) if finite else default

    return clean


def whole() -> Mapping[str, str]:
    """The link this session was opened with, or what it has become since."""
    return _link().values


def value(name: str, default: str) -> str:
    """The text under one name of the link."""
    return _link().values.get(name, default)


def change(**values: str | None) -> None:
    """Change the link; None takes a name out. `write` shows it in the address bar."""
    link = _link()
    for name, text in values.items():
        if link.values.get(name) != text:
            link.faults.pop(name, None)
        link.values.pop(name, None) if text is None else link.values.update({name: text})


def replace(values: Mapping[str, str]) -> None:
    """Put another link in the place of this one."""
    st.session_state["link"] = _Link(dict(values))


def write() -> None:
    """Bring the address bar up to date, once a run and only where something changed."""
    link = _link()
    link.answered = dict(link.values)
    if dict(st.query_params) != link.values:
        st.query_params.from_dict(link.values)


def open_part(name: str) -> None:
    """Callback of a press that opens a part of the page, which only a run of the whole page draws."""
    _link().opened.add(name)


def opens(name: str) -> bool:
    """Whether a part of the page was just opened; the answer is yes once."""
    opened = _link().opened
    if name not in opened:
        return False
    opened.remove(name)
    return True


def answer() -> None:
    """Note that the whole page runs: it answers what was changed and opened."""
    link = _link()
    link.answered, link.opened = dict(link.values), set()


def waits() -> bool:
    """Whether something was changed or opened that no run of the whole page has answered yet."""
    link = _link()
    return bool(link.opened) or link.values != link.answered


def checked(name: str, default: Any, clean: Callable[[str, Any], Any]) -> Any:
    """The clean value under one name; a text of the opened link that does not mean it is noted and corrected."""
    link = _link()
    text = link.values.get(name, str(default))
    usable = clean(text, default)
    if link.first_reading(name) and not _means(text, usable):
        change(**{name: None if usable == default else str(usable)})
        doubt(name, text, str(usable))
    return usable


def first_reading(name: str) -> bool:
    """Whether what the link was opened with stands under this name, and nobody has asked yet."""
    return _link().first_reading(name)


def doubt(name: str, text: str, instead: str | None) -> None:
    """Note that what the link says under a name cannot be used; None instead of it is the default."""
    note(name, address.doubt(name, text, instead))


def note(name: str, sentence: Sentence) -> None:
    """Keep a sentence on what the link said under a name, until another value is chosen."""
    _link().faults[name] = sentence


def faults() -> list[str]:
    """Sentences, as Markdown, on what the opened link said and could not be used."""
    return [markup.plain(str(fault)) for fault in _link().faults.values()]


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
    # a file that is not here is asked for by name, and must stay in the link until it comes
    if name in FILES:
        st.session_state[name] = clean(value(name, str(default)), default)
    else:
        st.session_state[name] = checked(name, default, clean)

    def take() -> None:
        chosen = st.session_state[name]
        _link().faults.pop(name, None)
        change(**{name: None if chosen == default else str(chosen)})
        if changed:
            changed()

    return {"key": name, "on_change": take}


def _means(text: str, usable: Any) -> bool:
    if text == str(usable):
        return True
    try:
        return not isinstance(usable, str) and float(text) == usable
    except (TypeError, ValueError, OverflowError):
        return False


def _link() -> _Link:
    link = st.session_state.get("link")
    if link is None:
        link = st.session_state["link"] = _Link(dict(st.query_params))
    return link


def is_news(part: str, message: Mapping[str, Any]) -> bool:
    """Whether a live part's message was not heard before; Streamlit hands over the last one at every rerun."""
    place = f"{part} heard"
    if message == st.session_state.get(place):
        return False
    st.session_state[place] = message
    return True
