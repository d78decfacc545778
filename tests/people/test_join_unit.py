"""Moving a person to another unit."""

from __future__ import annotations

from datetime import date

import pytest

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs
from loudou.people.models import Membership
from tests.cast import Cast


def stays(user: object) -> list[tuple[str, date, date | None]]:
    rows = Membership.objects.filter(user=user).order_by("since")
    return [(row.unit.code, row.since, row.until) for row in rows]


def test_the_past_stays_with_the_unit_they_were_in(cast: Cast) -> None:
    fresh = verbs.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    assert fresh.unit == cast.unit("D2")
    assert stays(fresh) == [("D1", date(2024, 1, 1), date(2026, 4, 1)), ("D2", date(2026, 4, 1), None)]
    told = Entry.objects.get(event="user.joined_unit").particulars
    assert (told["former"]["name"], told["unit"]["name"], told["on"]) == (
        "直销一部",
        "直销二部",
        "2026-04-01",
    )


def test_moving_again_on_the_same_day_corrects_the_move(cast: Cast) -> None:
    verbs.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 4, 1), by=cast.gaoming)
    fresh = verbs.join_unit(cast.lina, unit=cast.unit("S1"), on=date(2026, 4, 1), by=cast.gaoming)
    assert stays(fresh)[-1] == ("S1", date(2026, 4, 1), None)
    assert len(stays(fresh)) == 2


def test_one_may_belong_nowhere_and_come_back(cast: Cast) -> None:
    fresh = verbs.join_unit(cast.lina, unit=None, on=date(2026, 4, 1), by=cast.gaoming)
    assert fresh.unit is None
    back = verbs.join_unit(fresh, unit=cast.unit("D1"), on=date(2026, 5, 1), by=cast.gaoming)
    assert [row[0] for row in stays(back)] == ["D1", "D1"]


def test_the_same_unit_is_no_move(cast: Cast) -> None:
    assert verbs.join_unit(cast.lina, unit=cast.unit("D1"), by=cast.gaoming).version == cast.lina.version


def test_without_a_day_it_is_today(cast: Cast) -> None:
    from loudou.people.queries import organisation

    fresh = verbs.join_unit(cast.lina, unit=cast.unit("D2"), by=cast.gaoming)
    assert stays(fresh)[-1][1] == organisation().today


def test_a_day_to_come_is_waited_for(cast: Cast) -> None:
    from datetime import timedelta

    from loudou.kernel import clock
    from loudou.people.queries import organisation

    day = organisation().today + timedelta(days=10)
    planned = verbs.join_unit(cast.lina, unit=cast.unit("D2"), on=day, by=cast.gaoming)
    leaving = verbs.join_unit(cast.zhangwei, unit=None, on=day, by=cast.gaoming)
    assert (planned.unit, leaving.unit) == (cast.unit("D1"), cast.unit("D1"))
    assert verbs.settle(by=None) == []
    with clock.at(clock.now() + timedelta(days=10)):
        assert len(verbs.settle(by=None)) == 2
        assert verbs.settle(by=None) == []
    planned.refresh_from_db()
    leaving.refresh_from_db()
    assert (planned.unit, leaving.unit) == (cast.unit("D2"), None)
    assert Entry.objects.filter(event="user.arrived_in_unit").count() == 2


def test_not_before_they_came_to_the_present_unit(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        verbs.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2020, 1, 1), by=cast.gaoming)
    assert caught.value.field == "on"


def test_a_closed_unit_takes_nobody(cast: Cast) -> None:
    closed = verbs.retire_unit(cast.unit("N1"), by=cast.gaoming)
    with pytest.raises(Refused) as caught:
        verbs.join_unit(cast.lina, unit=closed, by=cast.gaoming)
    assert caught.value.field == "unit"


def test_a_manager_may_not(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.join_unit(cast.lina, unit=cast.unit("D2"), by=cast.wumin)
