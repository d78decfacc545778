"""Telling whole pasts: where somebody belonged, where units stood."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs
from loudou.people.figures import Stay
from loudou.people.models import Membership, Placing, Unit, User
from loudou.people.queries import organisation, standings_below
from loudou.pipeline.models import State
from tests import make
from tests.cast import Cast

EARLY, TURN = date(2024, 1, 1), date(2025, 7, 1)


def stays(user: User) -> list[tuple[str, date, date | None]]:
    rows = Membership.objects.filter(user=user).order_by("since")
    return [(row.unit.code, row.since, row.until) for row in rows]


def places(unit: Unit) -> list[tuple[str | None, date, date | None]]:
    rows = Placing.objects.filter(unit=unit).order_by("since").select_related("parent")
    return [(row.parent.code if row.parent else None, row.since, row.until) for row in rows]


def test_a_told_past_takes_the_place_of_the_one_there_was(cast: Cast) -> None:
    d1, d2 = cast.unit("D1"), cast.unit("D2")
    wanted = [Stay(TURN, None, d1.pk), Stay(EARLY, None, d2.pk)]
    assert verbs.tell_memberships(cast.lina, stays=wanted, by=cast.gaoming)
    assert stays(cast.lina) == [("D2", EARLY, TURN), ("D1", TURN, None)]
    told = Entry.objects.get(event="user.memberships_told").particulars
    assert told["before"] == [["直销一部", "2024-01-01", None]]
    assert told["after"] == [["直销二部", "2024-01-01", "2025-07-01"], ["直销一部", "2025-07-01", None]]
    assert not verbs.tell_memberships(cast.lina, stays=wanted, by=cast.gaoming)
    assert Entry.objects.filter(event="user.memberships_told").count() == 1


def test_their_deals_count_where_they_belonged_at_each_instant(cast: Cast) -> None:
    with clock.at(make.instant("2025-06-01 09:00")):
        deal = make.deal(cast.lina, amount=Decimal(5))
    wanted = [Stay(EARLY, None, cast.unit("D2").pk), Stay(TURN, None, cast.unit("D1").pk)]
    verbs.tell_memberships(cast.lina, stays=wanted, by=None)
    told = State.objects.filter(deal=deal).order_by("seq").values_list("unit__code", "since")
    assert list(told)[-1] == ("D1", make.instant("2025-07-01"))
    assert [unit for unit, _since in told][-2] == "D2"


def test_one_who_belongs_nowhere_today_has_no_unit(cast: Cast) -> None:
    wanted = [Stay(EARLY, TURN, cast.unit("D1").pk)]
    verbs.tell_memberships(cast.lina, stays=wanted, by=cast.gaoming)
    assert User.objects.get(pk=cast.lina.pk).unit is None
    verbs.tell_memberships(cast.lina, stays=[], by=cast.gaoming)
    assert stays(cast.lina) == []
    later = organisation().today + timedelta(days=5)
    told = [Stay(EARLY, None, cast.unit("D1").pk), Stay(later, None, cast.unit("D2").pk)]
    verbs.tell_memberships(cast.lina, stays=told, by=cast.gaoming)
    assert User.objects.get(pk=cast.lina.pk).unit == cast.unit("D1")


def test_a_past_that_only_begins_on_another_day_moves_no_deal(cast: Cast) -> None:
    """What came before a past counts for its first unit."""
    deal = make.deal(cast.lina, amount=Decimal(5))
    told = State.objects.filter(deal=deal)
    before = sorted(told.values_list("unit__code", "since"))
    is_new = verbs.tell_memberships(cast.lina, stays=[Stay(TURN, None, cast.unit("D1").pk)], by=cast.gaoming)
    assert is_new and stays(cast.lina) == [("D1", TURN, None)]
    assert sorted(told.values_list("unit__code", "since")) == before


def test_what_cannot_be_is_refused_and_changes_nothing(cast: Cast) -> None:
    d1 = cast.unit("D1").pk
    closed = verbs.retire_unit(cast.unit("N1"), by=cast.gaoming)
    before = stays(cast.lina)
    for wanted, field in (
        ([Stay(EARLY, TURN + timedelta(1), d1), Stay(TURN, None, d1)], "from"),
        ([Stay(TURN, EARLY, d1)], "from"),
        ([Stay(EARLY, None, closed.pk)], "unit"),
    ):
        with pytest.raises(Refused) as caught:
            verbs.tell_memberships(cast.lina, stays=wanted, by=cast.gaoming)
        assert caught.value.field == field
    assert stays(cast.lina) == before
    gone = verbs.deactivate(cast.zhangwei, by=cast.gaoming)
    assert verbs.tell_memberships(gone, stays=[Stay(EARLY, None, closed.pk)], by=cast.gaoming)


def test_closed_books_are_not_rewritten(cast: Cast) -> None:
    through = date(2025, 12, 31)
    verbs.close_books(through=through, by=None)
    d1, d2 = cast.unit("D1").pk, cast.unit("D2").pk
    with pytest.raises(Refused):
        verbs.tell_memberships(cast.lina, stays=[Stay(EARLY, None, d2), Stay(TURN, None, d1)], by=None)
    assert verbs.tell_memberships(
        cast.lina, stays=[Stay(TURN, None, d1), Stay(through + timedelta(1), None, d2)], by=None
    )
    (outcome,) = verbs.tell_places([(cast.unit("D1"), [Stay(EARLY, None, None)])], by=None)
    assert isinstance(outcome, Refused) and outcome.field == "from"


def test_only_administrators_tell_pasts(cast: Cast) -> None:
    for person in (cast.wumin, cast.linjing):
        with pytest.raises(Forbidden):
            verbs.tell_memberships(cast.lina, stays=[], by=person)
        with pytest.raises(Forbidden):
            verbs.tell_places([], by=person)


def test_a_unit_stood_where_it_is_told(cast: Cast) -> None:
    d1, south, center = cast.unit("D1"), cast.unit("SOUTH"), cast.unit("CENTER")
    wanted = [Stay(EARLY, None, south.pk), Stay(TURN, None, center.pk)]
    assert verbs.tell_places([(d1, wanted)], by=cast.gaoming) == [True]
    assert places(d1) == [("SOUTH", EARLY, TURN), ("CENTER", TURN, None)]
    assert {one.unit_id: one.until for one in standings_below(south)}[d1.pk] == TURN
    assert verbs.tell_places([(d1, wanted)], by=cast.gaoming) == [False]
    told = Entry.objects.get(event="unit.places_told").particulars
    assert told["after"][0] == [south.name, "2024-01-01", "2025-07-01"]


def test_what_stands_elsewhere_today_is_moved(cast: Cast) -> None:
    d1, south = cast.unit("D1"), cast.unit("SOUTH")
    verbs.tell_places([(d1, [Stay(EARLY, None, south.pk)])], by=cast.gaoming)
    moved = cast.unit("D1")
    assert (moved.parent, moved.path, moved.version) == (south, f"{south.path}{d1.pk}/", d1.version + 1)


def test_two_may_change_places_in_one_account_and_not_one_by_one(cast: Cast) -> None:
    center, d1 = cast.unit("CENTER"), cast.unit("D1")
    above = center.parent_id
    up = (d1, [Stay(EARLY, None, center.pk), Stay(TURN, None, above)])
    down = (center, [Stay(EARLY, None, above), Stay(TURN, None, d1.pk)])
    (alone,) = verbs.tell_places([down], by=cast.gaoming)
    assert isinstance(alone, Refused) and alone.field == "parent"
    assert verbs.tell_places([up, down], by=cast.gaoming) == [True, True]
    assert cast.unit("CENTER").path.startswith(cast.unit("D1").path)


def test_a_unit_has_one_place_on_every_day(cast: Cast) -> None:
    d1, center = cast.unit("D1"), cast.unit("CENTER")
    closed = verbs.retire_unit(cast.unit("N1"), by=cast.gaoming)
    before = places(d1)
    for wanted, field in (
        ([Stay(EARLY, TURN + timedelta(9), None), Stay(TURN, None, center.pk)], "from"),
        ([Stay(EARLY, TURN - timedelta(9), None), Stay(TURN, None, center.pk)], "until"),
        ([Stay(EARLY, TURN, center.pk)], "until"),
        ([Stay(EARLY, None, closed.pk)], "parent"),
        ([Stay(EARLY, None, d1.pk)], "parent"),
    ):
        (outcome,) = verbs.tell_places([(d1, wanted)], by=cast.gaoming)
        assert isinstance(outcome, Refused) and outcome.field == field
    assert places(d1) == before
    assert verbs.tell_places([(closed, [Stay(EARLY, None, None)])], by=cast.gaoming) == [True]
