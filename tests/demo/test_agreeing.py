"""The demo company's negotiated year: a waiver, an adjustment from April on, a territory that moved in June."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from loudou.demo.agreeing import Agreements
from loudou.demo.story import tell
from loudou.journal.models import Entry
from loudou.people.models import User
from loudou.targets.models import Negotiation, Target
from tests.demo.test_aims import Enough, _stop


def test_a_year_is_negotiated_waived_adjusted_and_a_territory_moves(empty_database: str) -> None:
    with pytest.raises(Enough):
        tell(until=date(2025, 8, 4), heard=_stop)
    everybody = {user.username: user for user in User.objects.select_related("unit")}
    for _again in range(2):  # a telling that was cut off goes on where it stopped
        Agreements(date(2024, 1, 1), date(2025, 8, 4), everybody).tell_until(datetime(2025, 8, 1, tzinfo=UTC))
    talk = Negotiation.objects.get()
    assert talk.state == "approved" and talk.waiver and talk.rounds.count() == 3
    year = {"starts_on": date(2025, 1, 1), "ends_on": date(2026, 1, 1)}
    whole = Target.objects.get(person=None, unit__code="D1", **year)
    assert [one.cause for one in whole.editions.all()] == ["market", ""]
    assert (
        sum(
            one.amount
            for one in Target.objects.filter(
                person=None, unit__code="D1", starts_on__year=whole.starts_on.year
            )
            if one.period.length < 32
        )
        == whole.amount
    )
    lina = Target.objects.get(person=everybody["lina"], **year)
    zhoukai = Target.objects.get(person=everybody["zhoukai"], **year)
    assert [one.cause for one in lina.editions.all()] == ["territory", ""]
    for person in (lina, zhoukai):
        own = Target.objects.filter(person=person.person, starts_on__year=2025)
        assert sum(one.amount for one in own if one.period.length < 32) == person.amount
    moved = [one.editions.all()[0].amount - one.editions.all()[1].amount for one in (lina, zhoukai)]
    assert moved[0] > 0 and sum(moved) == 0
    assert Entry.objects.filter(event="target.waived").count() == 1
    early = Agreements(date(2024, 1, 1), date(2025, 3, 1), everybody)
    assert early.period.start == date(2024, 1, 1)
