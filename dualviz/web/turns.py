"""Thirty at once: scripts of sessions take turns, and what lasts steps aside.

Each session's script is a thread, and threads that fight for one interpreter double the price of every small torch call.
So the short parts of a page run one at a time, under the turn; a network, a rendering or a file is waited for without it.
Nobody waits for such work while holding the turn, and no such work asks for the turn: that is why they cannot block
each other.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock, RLock, local

import streamlit as st

from dualviz.web import language, link


class _Queue:
    """A lock that is given in the order in which it was asked for: whoever waits longest is next."""

    def __init__(self) -> None:
        self._guard, self._held = Lock(), False
        self._waiting: deque[Lock] = deque()

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


_turn, _work = _Queue(), RLock()
_mine = local()


@contextmanager
def turn() -> Iterator[None]:
    """Run a short part of a script while no other session runs one; inside another turn it is the same turn."""
    if getattr(_mine, "turn", False):
        yield
        return
    _turn.acquire()
    _mine.turn = True
    try:
        yield
    finally:
        _mine.turn = False
        _turn.release()


@contextmanager
def aside() -> Iterator[None]:
    """Let the others go on while this script waits for what lasts; afterwards its turn goes on where it had one."""
    if not getattr(_mine, "turn", False):
        yield
        return
    _mine.turn = False
    _turn.release()
    try:
        yield
    finally:
        _turn.acquire()
        _mine.turn = True


@contextmanager
def work() -> Iterator[None]:
    """Do what lasts and computes, one at a time and aside."""
    with aside(), _work:
        yield


def live(part: Callable[[], None]) -> Callable[[], None]:
    """A part of a page that answers by itself when the hand lets go: a fragment that takes its turn and keeps the link.

    It takes no arguments: those of a fragment date from the last run of the whole page. What is pressed on the page in the
    moment in which the part speaks travels in one message with it, and Streamlit takes that for the part's alone: then
    the whole page runs after all.
    """

    @st.fragment
    def alone() -> None:
        if link.waits():
            st.rerun()
        with turn():
            language.begin()
            part()
            link.write()

    @wraps(part)
    def within_the_page() -> None:
        link.answer()
        alone()

    return within_the_page
