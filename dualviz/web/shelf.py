"""What all sessions share: pictures, detectors, predictions and payloads, by content and without anybody's names.

One shelf of a server, bounded in bytes: where it is full, what nobody asked for longest goes. What users brought is kept
while one of them is here and goes within a minute after the last has left; what can be made again just goes.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from torch import Tensor, nn

from dualviz.detector import Detector
from dualviz.web import turns

MOST_BYTES = 512 * 2**20
Key = tuple[Hashable, ...]
Thing = TypeVar("Thing")


class Shelf:
    """Things by key, the first part of a key naming their content.

    Attributes:
        most_bytes: what all of them together may take.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._things: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._holders: dict[Hashable, set[str]] = {}
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """What the things take now."""
        with self._lock:
            return sum(size for _thing, size in self._things.values())

    def find(self, *key: Hashable) -> Any:
        """What stands under a key, None where nothing does."""
        with self._lock:
            if key not in self._things:
                return None
            self._things.move_to_end(key)
            return self._things[key][0]

    def put(self, thing: Any, *key: Hashable) -> None:
        """Lay a thing down; what was asked for longest ago makes room. It stays even where it is too large alone."""
        with self._lock:
            self._things[key] = thing, weight(thing)
            self._things.move_to_end(key)
            taken = sum(size for _thing, size in self._things.values())
            while taken > self.most_bytes and len(self._things) > 1:
                taken -= self._things.popitem(last=False)[1][1]

    def get(self, make: Callable[[], Thing], words: str, *key: Hashable) -> Thing:
        """What stands under a key, or what `make` gives, aside from everybody's turn; a spinner says `words` where there are any."""
        if (thing := self.find(*key)) is not None:
            return thing
        with st.spinner(words, show_time=False) if words else nullcontext(), turns.work():
            if (thing := self.find(*key)) is None:
                thing = make()
                self.put(thing, *key)
        return thing

    def hold(self, holder: str, content: Hashable) -> None:
        """Note that a session brought a content."""
        with self._lock:
            self._holders.setdefault(content, set()).add(holder)

    def leave(self, holder: str) -> None:
        """Forget a session, and what only it had brought with all that was made of it."""
        with self._lock:
            for content in [one for one, holders in self._holders.items() if holder in holders]:
                self._holders[content].discard(holder)
                if not self._holders[content]:
                    del self._holders[content]
                    for key in [key for key in self._things if content in key]:
                        del self._things[key]


def weight(thing: Any) -> int:
    """Bytes that the arrays of a thing take.

    >>> weight((b"1234", np.zeros((2, 3), np.float32)))
    28
    """
    if isinstance(thing, bytes | bytearray):
        return len(thing)
    if isinstance(thing, np.ndarray | Tensor):
        return thing.nbytes
    if isinstance(thing, nn.Module):
        return weight([*thing.parameters(), *thing.buffers()])
    if isinstance(thing, Detector):
        return weight(thing.network)
    if is_dataclass(thing):
        return sum(weight(getattr(thing, field.name)) for field in fields(thing))
    if isinstance(thing, Mapping):
        return sum(map(weight, thing.values()))
    if isinstance(thing, Iterable) and not isinstance(thing, str):
        return sum(map(weight, thing))
    return 0


SHELF = Shelf()
