"""Letting a deal rest, and taking it up again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Visit
from loudou.pipeline.tasks import wake
from tests import make
from tests.cast import Cast
from tests.jobs import run


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


def ahead(days: int) -> date:
    """That many days from today."""
    return organisation().today + timedelta(days=days)


def hold(deal: Deal, cast: Cast, days: int = 30, **details: object) -> Deal:
    values = {"by": cast.chenan, "wake_on": ahead(days), "reason": "等预算", **details}
    return verbs.hold(deal, **values)  # type: ignore[arg-type]


def test_it_rests_until_its_day(deal: Deal, cast: Cast) -> None:
    held = hold(deal, cast, 90)
    assert (held.outcome, held.wake_on) == ("on_hold", ahead(90))
    assert held.held_at is not None
    assert Entry.objects.get(event="deal.held").particulars["wake_on"] == ahead(90).isoformat()
    assert Visit.objects.get(deal=deal).left_at is None


@pytest.mark.parametrize(("days", "field"), [(0, "wake_on"), (-1, "wake_on"), (91, "wake_on")])
def test_its_day_lies_ahead_and_at_most_ninety_days_off(
    deal: Deal, cast: Cast, days: int, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        hold(deal, cast, days)
    assert refusal.value.field == field


def test_ninety_days_count_from_when_it_began_to_rest(cast: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=9)):
        deal = make.deal(cast.chenan)
    with pytest.raises(Refused):
        hold(deal, cast, 89, at=clock.now() - timedelta(days=2))
    assert hold(deal, cast, 88, at=clock.now() - timedelta(days=2)).wake_on == ahead(88)


def test_others_will_read_why(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        hold(deal, cast, reason="  ")
    assert refusal.value.field == "reason"


def test_the_same_again_is_nothing_another_day_needs_taking_up_first(deal: Deal, cast: Cast) -> None:
    held = hold(deal, cast)
    assert hold(held, cast).version == held.version
    with pytest.raises(Refused):
        hold(held, cast, 60)


def test_taken_up_again_its_limit_moves_by_the_rest(cast: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=20)):
        deal = make.deal(cast.chenan)
        limit = deal.stage_limit_at
        hold(deal, cast)
    resumed = verbs.resume(deal, by=cast.chenan)
    assert (resumed.outcome, resumed.held_at, resumed.wake_on) == ("open", None, None)
    assert resumed.stage_limit_at is not None
    assert limit is not None
    assert (resumed.stage_limit_at - limit).days in (19, 20)
    assert Visit.objects.get(deal=deal).held_seconds // 3600 in (479, 480)


def test_taking_up_what_does_not_rest_is_nothing_and_a_closed_one_stays_closed(
    deal: Deal, cast: Cast
) -> None:
    assert verbs.resume(deal, by=cast.chenan).version == deal.version
    verbs.lose(deal, by=cast.chenan, code=make.reason(), review="贵了")
    with pytest.raises(Refused):
        verbs.resume(deal, by=cast.chenan)
    with pytest.raises(Refused):
        hold(deal, cast)


def test_on_its_day_the_worker_wakes_it_and_the_owner_hears(cast: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=30)):
        due, later = make.deal(cast.chenan), make.deal(cast.chenan)
        hold(due, cast, 30)
        hold(later, cast, 31)
    assert run(wake) == 1
    due.refresh_from_db()
    later.refresh_from_db()
    assert (due.outcome, later.outcome) == ("open", "on_hold")
    entry = Entry.objects.get(event="deal.resumed")
    assert (entry.actor, entry.channel) == (None, "job")
    assert Notice.objects.filter(recipient=cast.chenan, entry=entry).exists()
    assert run(wake) == 0


def test_who_may_not_does_not_and_who_saw_another_version_is_told(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        hold(deal, cast, by=cast.lina)
    with pytest.raises(Forbidden):
        verbs.resume(deal, by=cast.lina)
    verbs.edit(deal, by=cast.chenan, title="新线")
    for act in (
        lambda: hold(deal, cast, version=deal.version),
        lambda: verbs.resume(deal, by=cast.chenan, version=1),
    ):
        with pytest.raises(Stale):
            act()
