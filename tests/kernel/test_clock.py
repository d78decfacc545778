"""There is one clock, and it can be held."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from loudou.kernel import clock

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_it_goes_on() -> None:
    before = clock.now()
    assert before.tzinfo is UTC
    assert clock.now() >= before


def test_it_can_be_held_and_let_go() -> None:
    moment = datetime(2026, 4, 16, 23, 30, tzinfo=UTC)
    with clock.at(moment):
        assert clock.now() == moment
        assert clock.today(UTC) == date(2026, 4, 16)
        assert clock.today(SHANGHAI) == date(2026, 4, 17)
        with clock.at(moment + timedelta(days=1)):
            assert clock.today(UTC) == date(2026, 4, 17)
        assert clock.now() == moment
    assert clock.now() != moment


def test_it_is_let_go_also_when_something_fails() -> None:
    with pytest.raises(ZeroDivisionError), clock.at(datetime(2000, 1, 1, tzinfo=UTC)):
        raise ZeroDivisionError
    assert clock.now().year > 2000


def test_other_zones_are_the_same_instant() -> None:
    east = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    with clock.at(east):
        assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError), clock.at(datetime(2026, 1, 1)):  # noqa: DTZ001 - that is the point
        pass
