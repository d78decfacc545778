"""Where people belonged, day by day, and while they were employed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from loudou.daylog.queries.stays import memberships, within
from loudou.insight.figures.scope import Belonging, Scope
from loudou.people.models import Membership, User
from tests.cast import Cast

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)


def test_a_stay_is_cut_to_the_days_of_employment() -> None:
    person = User(pk=1, joined_on=date(2026, 4, 8), left_on=date(2026, 5, 19))
    member = Membership(user_id=1, unit_id=7, since=APRIL, until=JUNE)
    assert within({1: person}, [member], Scope(), UTC) == {1: [(date(2026, 4, 8), date(2026, 5, 20))]}
    person.joined_on = person.left_on = None
    member.until = None
    assert within({1: person}, [member], Scope(), UTC) == {1: [(APRIL, date.max)]}


def test_of_a_unit_that_moved_only_its_days_here_count() -> None:
    here = Belonging(7, datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    scope, people = Scope(units=(here,)), {1: User(pk=1)}
    stayed = Membership(user_id=1, unit_id=7, since=APRIL)
    assert within(people, [stayed], scope, UTC) == {1: [(MAY, JUNE)]}
    went = Membership(user_id=1, unit_id=7, since=APRIL, until=MAY)  # the day it came
    other = Membership(user_id=1, unit_id=8, since=APRIL)
    assert within(people, [went, other], scope, UTC) == {}


def test_the_first_membership_begins_whenever_somebody_joined(cast: Cast) -> None:
    cast.chenan.memberships.update(since=APRIL, until=MAY)
    Membership.objects.create(user=cast.chenan, unit=cast.heli.unit, since=MAY)
    assert [one.since for one in memberships({cast.chenan.pk: cast.chenan})] == [date.min, MAY]
