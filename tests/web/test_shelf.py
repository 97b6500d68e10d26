"""Claims about what all sessions share: bounded in bytes, shared by content, gone with the last who brought it."""

from dataclasses import dataclass

import numpy as np
import torch

from dualviz.web.shelf import Shelf, weight


@dataclass(frozen=True)
class Record:
    """Two arrays of 40 bytes, one in a list."""

    pixels: np.ndarray
    others: list


def record() -> Record:
    return Record(np.zeros(40, np.uint8), [torch.zeros(10), "words weigh nothing"])


def test_weight_counts_arrays_wherever_they_stand() -> None:
    assert weight(record()) == 80
    assert weight((b"123", None, 7)) == 3
    assert weight({"one2many": torch.zeros(10)}) == 40
    assert weight(torch.nn.Linear(3, 2)) == 4 * (3 * 2 + 2)


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    shelf = Shelf(most_bytes=170)
    for name in ("a", "b"):
        shelf.put(record(), "picture", name)
    assert shelf.find("picture", "a") is not None
    shelf.put(record(), "picture", "c")
    assert shelf.bytes == 160
    assert shelf.find("picture", "b") is None and shelf.find("picture", "a") is not None


def test_a_thing_too_large_alone_stays_and_is_the_only_one() -> None:
    shelf = Shelf(most_bytes=10)
    shelf.put(b"12345", "a")
    shelf.put(b"1" * 99, "b")
    assert shelf.find("a") is None and shelf.find("b") is not None


def test_a_thing_is_made_once() -> None:
    shelf, made = Shelf(), []
    for _again in range(2):
        shelf.get(lambda: made.append(1) or record(), "Making it …", "key")
    assert made == [1]


def test_what_users_brought_goes_with_the_last_of_them_and_takes_what_was_made_of_it() -> None:
    shelf = Shelf()
    for key in (("picture", "mine"), ("prediction", "mine", "pico"), ("picture", "bundled")):
        shelf.put(record(), *key)
    for session in ("one", "two"):
        shelf.hold(session, "mine")
    shelf.leave("one")
    assert shelf.bytes == 240
    shelf.leave("two")
    assert shelf.bytes == 80 and shelf.find("picture", "bundled") is not None
