"""Which backups are kept."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from loudou.launch.backups.retention import kept

FIRST = datetime(2026, 1, 1, 2, 40, tzinfo=UTC)


def test_after_four_months_of_nights_fourteen_are_left() -> None:
    there: set[datetime] = set()
    for night in range(120):
        there.add(FIRST + timedelta(days=night))
        there = kept(there)
    last = FIRST + timedelta(days=119)
    ages = sorted((last - at).days for at in there)
    assert len(ages) == 14
    assert ages[:7] == [0, 1, 2, 3, 4, 5, 6]
    assert [later - earlier for earlier, later in itertools.pairwise(ages[8:11])] == [7, 7]  # Sundays
    assert ages[-1] > 90


def test_several_of_one_day_leave_the_last() -> None:
    there = {FIRST + timedelta(hours=hour) for hour in range(6)}
    assert kept(there) == {FIRST + timedelta(hours=5)}


def test_few_are_all_kept() -> None:
    there = {FIRST, FIRST + timedelta(days=40), FIRST + timedelta(days=41)}
    assert kept(there) == there
    assert kept([]) == set()
