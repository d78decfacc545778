"""The same thing done twice in one moment, as an impatient finger does it, is done once and said in a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.kernel import clock
from loudou.kernel.periods import Grain
from loudou.kernel.refusals import Refused
from loudou.people.queries import organisation
from loudou.reviews import verbs
from loudou.reviews.models import Meeting, Pack
from tests.cast import Cast
from tests.races import at_once, failures

MANY = 4


@pytest.fixture
def cast(own_database: str) -> Cast:
    return Cast()


def test_a_report_begun_twice_is_one_report(cast: Cast) -> None:
    company = organisation()
    month = company.fiscal.of(company.today, Grain.MONTH)
    begun = at_once([lambda: verbs.open_pack("report", period=month, by=cast.chenan)] * MANY)
    assert failures(begun) == []
    assert {pack.pk for pack in begun} == {Pack.objects.get().pk}


def test_a_meeting_called_twice_is_one_meeting(cast: Cast) -> None:
    unit = cast.wumin.unit
    assert unit is not None
    tomorrow = clock.now() + timedelta(days=1)
    called = at_once([lambda: verbs.plan_meeting(unit, starts_at=tomorrow, by=cast.wumin)] * MANY)
    assert [type(failure) for failure in failures(called)] == [Refused] * (MANY - 1)
    assert Meeting.objects.count() == 1
