"""Flags that are told of a deal are those that a filter finds it by."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.flags import flags_of, where
from tests import make
from tests.cast import Cast
from tests.make import instant

BEGAN = instant("2026-03-02 09:00")


@pytest.fixture
def deal(cast: Cast) -> Deal:
    with clock.at(BEGAN):
        return make.deal(cast.chenan)


def told(deal: Deal, code: str) -> bool:
    """Whether a deal has this flag: told by its columns, and found by the filter."""
    now, today = clock.now(), organisation().today
    shown = Deal.objects.get(pk=deal.pk)
    codes = [flag.code for flag in flags_of(shown, now, today)]
    found = Deal.objects.filter(where(code, now, today), pk=deal.pk).exists()
    assert found == (code in codes)
    return found


def test_without_any_contact_silence_is_reckoned_from_the_beginning(deal: Deal) -> None:
    with clock.at(BEGAN + timedelta(days=14)):
        assert not told(deal, "no_contact")
    with clock.at(BEGAN + timedelta(days=14, seconds=1)):
        assert told(deal, "no_contact")
        verbs.set_thresholds(contact_days=8, by=None)
        assert not told(deal, "no_contact")
    Deal.objects.filter(pk=deal.pk).update(created_at=None)
    with clock.at(BEGAN + timedelta(days=90)):
        assert not told(deal, "no_contact")


def test_silence_is_reckoned_from_the_last_contact_of_an_open_deal(deal: Deal) -> None:
    spoken = BEGAN + timedelta(days=10)
    Deal.objects.filter(pk=deal.pk).update(last_contact_at=spoken)
    with clock.at(spoken + timedelta(days=14)):
        assert not told(deal, "no_contact")
    with clock.at(spoken + timedelta(days=15)):
        assert told(deal, "no_contact")
        resting = Deal.objects.get(pk=deal.pk)
        verbs.hold(resting, by=None, wake_on=organisation().today + timedelta(days=3), reason="等预算")
        assert not told(deal, "no_contact")


def test_a_live_deal_whose_owner_has_left_says_so(cast: Cast, deal: Deal) -> None:
    with clock.at(BEGAN + timedelta(days=3)):
        assert not told(deal, "owner_left")
        people.edit_person(cast.chenan, by=None, left_on=date(2026, 3, 5))  # today is the last day
        assert not told(deal, "owner_left")
    with clock.at(BEGAN + timedelta(days=4)):
        assert told(deal, "owner_left")
        resting = Deal.objects.get(pk=deal.pk)
        verbs.hold(resting, by=None, wake_on=date(2026, 3, 9), reason="等预算")
        assert told(deal, "owner_left")
        verbs.hand_over(Deal.objects.get(pk=deal.pk), owner=cast.lina, by=None, reason="离职")
        assert not told(deal, "owner_left")
        people.deactivate(cast.lina, by=None)  # on the last day itself nobody can sign in any more
        assert told(deal, "owner_left")
        verbs.lose(Deal.objects.get(pk=deal.pk), by=None, code=make.reason(), review="无人跟进")
        assert not told(deal, "owner_left")
