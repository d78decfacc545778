"""The parts that months are counted in."""

from __future__ import annotations

from datetime import date, timedelta

from loudou.pipeline.figures.months import part_after, part_of


def test_every_day_lies_in_one_part_and_parts_follow_one_another() -> None:
    day, found = date(2024, 1, 1), []
    while day < date(2026, 1, 1):
        part = part_of(day)
        assert part <= day < part_after(part)
        found.append(part)
        day += timedelta(days=1)
    parts = sorted(set(found))
    assert len(parts) == 24 * 6
    assert [part_after(part) for part in parts[:-1]] == parts[1:]
    assert {part.day for part in parts} == {1, 6, 11, 16, 21, 26}


def test_the_last_part_of_a_month_is_as_long_as_the_month() -> None:
    assert part_of(date(2025, 1, 31)) == date(2025, 1, 26)
    assert part_after(date(2025, 2, 26)) == date(2025, 3, 1)
    assert part_after(date(2025, 12, 26)) == date(2026, 1, 1)
