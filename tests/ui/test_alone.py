"""Views that take megabytes for a moment wait for each other within a process."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from loudou.ui.alone import alone


def test_one_of_them_at_a_time_and_each_has_its_answer() -> None:
    told: list[str] = []
    began, go_on = Event(), Event()

    @alone
    def first(name: str) -> str:
        told.append(f"{name} in")
        began.set()
        go_on.wait()
        told.append(f"{name} out")
        return name

    @alone
    def second(name: str) -> str:
        told.append(name)
        return name

    threads = [Thread(target=first, args=["first"]), Thread(target=second, args=["second"])]
    threads[0].start()
    began.wait()
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert told == ["first in", "first out", "second"]
    assert second("alone") == "alone"


def test_who_fails_lets_the_next_one_in() -> None:
    @alone
    def fails() -> None:
        raise ValueError

    for _time in range(2):
        with pytest.raises(ValueError):
            fails()
