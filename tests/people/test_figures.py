"""Pasts of belonging, as plain lines of stays."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loudou.people.figures import Stay, circles, differs_from, gap, in_line, on, overlap

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


def test_a_stay_without_an_end_ends_where_the_next_begins() -> None:
    line = in_line([Stay(MAR, None, 2), Stay(JAN, None, 1), Stay(APR, None, 3)])
    assert line == [Stay(JAN, MAR, 1), Stay(MAR, APR, 2), Stay(APR, None, 3)]
    assert in_line([]) == []


def test_half_open_stays_that_touch_do_not_overlap() -> None:
    assert overlap(in_line([Stay(JAN, FEB, 1), Stay(FEB, None, 2)])) is None
    assert overlap(in_line([Stay(JAN, FEB + timedelta(1), 1), Stay(FEB, None, 2)])) == FEB
    assert overlap(in_line([Stay(JAN, None, 1), Stay(JAN, None, 2)])) == JAN
    assert overlap([Stay(JAN, None, 1), Stay(FEB, None, 2)]) == FEB
    assert overlap([Stay(FEB, JAN, 1)]) == FEB


def test_a_gap_is_a_day_nowhere() -> None:
    assert gap(in_line([Stay(JAN, FEB, 1), Stay(FEB, None, 2)])) is None
    assert gap(in_line([Stay(JAN, FEB, 1), Stay(MAR, None, 2)])) == FEB
    assert gap(in_line([Stay(JAN, FEB, 1)])) == FEB


def test_where_on_a_day() -> None:
    line = in_line([Stay(JAN, FEB, 1), Stay(MAR, None, 2)])
    days = (JAN - timedelta(1), JAN, FEB - timedelta(1), FEB, MAR, APR)
    assert [on(line, day) for day in days] == [None, 1, 1, None, 2, 2]


def test_lines_differ_from_the_first_day_of_another_place() -> None:
    line = in_line([Stay(FEB, None, 1), Stay(APR, None, 2)])
    assert differs_from(line, line) is None
    assert differs_from(line, in_line([Stay(JAN, None, 1), Stay(APR, None, 2)])) is None
    assert differs_from(line, in_line([Stay(MAR, None, 1), Stay(APR, None, 2)])) is None
    assert differs_from(line, in_line([Stay(FEB, None, 3), Stay(APR, None, 2)])) == date.min
    assert differs_from(line, in_line([Stay(FEB, None, 1), Stay(MAR, None, 2)])) == MAR
    assert differs_from(line, in_line([Stay(FEB, MAR, 1), Stay(APR, None, 2)])) == MAR
    assert differs_from([], line) == date.min
    assert differs_from([], []) is None


def test_two_that_changed_places_never_stood_below_themselves() -> None:
    swapped = {
        1: in_line([Stay(JAN, None, None), Stay(MAR, None, 2)]),
        2: in_line([Stay(JAN, None, 1), Stay(MAR, None, None)]),
        3: in_line([Stay(JAN, None, 2)]),
    }
    assert circles(swapped) == set()
    a_day_late = {**swapped, 2: in_line([Stay(JAN, None, 1), Stay(MAR + timedelta(1), None, None)])}
    assert circles(a_day_late) == {1, 2}
    assert circles({1: in_line([Stay(JAN, None, 1)])}) == {1}
    assert circles({1: in_line([Stay(JAN, None, 9)]), 9: []}) == set()


_PAST = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([None, 1, 2, 3, 4])), min_size=1, max_size=4)


@given(st.dictionaries(st.sampled_from([1, 2, 3, 4]), _PAST, min_size=4))
def test_circles_are_those_a_walk_on_every_day_finds(told: dict[int, list[tuple[int, int | None]]]) -> None:
    lines = {
        key: in_line([Stay(JAN + timedelta(day), None, where) for day, where in dict(past).items()])
        for key, past in told.items()
    }
    found = set()
    for offset in range(-1, 14):
        day = JAN + timedelta(offset)
        above = {key: on(line, max(day, line[0].since)) for key, line in lines.items()}
        for key in lines:
            step = above[key]
            for _step in range(5):
                if step == key:
                    found.add(key)
                step = above[step] if step is not None else None
    assert circles(lines) == found
