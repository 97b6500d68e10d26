"""Claims about turns: one script at a time, and what lasts never holds the others up."""

from threading import Event, Thread

import pytest

from dualviz.web import turns

PATIENCE = 20  # seconds until a thread that should go on is taken for blocked


def started(do) -> Thread:
    thread = Thread(target=do, daemon=True)
    thread.start()
    return thread


def test_two_scripts_do_not_run_at_once() -> None:
    inside, go_on, second = Event(), Event(), Event()

    def first() -> None:
        with turns.turn():
            inside.set()
            go_on.wait(PATIENCE)

    def other() -> None:
        with turns.turn():
            second.set()

    one = started(first)
    assert inside.wait(PATIENCE)
    two = started(other)
    assert not second.wait(0.2)
    go_on.set()
    assert second.wait(PATIENCE)
    one.join(PATIENCE), two.join(PATIENCE)


def test_work_lets_the_others_go_on_and_takes_its_turn_again() -> None:
    working, done, order = Event(), Event(), []

    def slow() -> None:
        with turns.turn():
            with turns.work():
                working.set()
                done.wait(PATIENCE)
            order.append("slow")

    thread = started(slow)
    assert working.wait(PATIENCE)
    with turns.turn():
        order.append("quick")
    done.set()
    thread.join(PATIENCE)
    assert order == ["quick", "slow"]


def test_an_error_inside_gives_the_turn_back() -> None:
    with pytest.raises(ValueError, match="sentence"), turns.turn(), turns.aside():
        raise ValueError("sentence")
    free = Event()

    def next_one() -> None:
        with turns.turn():
            free.set()

    started(next_one)
    assert free.wait(PATIENCE)


def test_a_turn_inside_a_turn_is_the_same() -> None:
    with turns.turn(), turns.turn():
        pass
    with turns.turn():
        pass


def test_whoever_waits_longest_is_next() -> None:
    inside, go_on, order = Event(), Event(), []

    def first() -> None:
        with turns.turn():
            inside.set()
            go_on.wait(PATIENCE)

    def later(name: int) -> None:
        with turns.turn():
            order.append(name)

    one = started(first)
    assert inside.wait(PATIENCE)
    others = []
    for name in range(20):
        before = len(turns._turn._waiting)
        others.append(started(lambda name=name: later(name)))
        while len(turns._turn._waiting) == before:
            assert one.is_alive()
    go_on.set()
    for thread in (one, *others):
        thread.join(PATIENCE)
    assert order == list(range(20))
