"""Several people at one deal in the same moment, on a real database."""

from __future__ import annotations

import threading
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import transaction

from loudou.journal.models import Entry
from loudou.journal.record import lock, verb
from loudou.journal.verify import verify
from loudou.kernel.refusals import Refused, Stale
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Funnel, Move, Visit
from loudou.pipeline.verbs._stock import stock_faults
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.races import PATIENCE, at_once, failures

OPINION = "需求清单已核对，同意进入提案"


@pytest.fixture
def cast(own_database: str) -> Cast:
    return Cast()


def raise_by_one(deal: Deal, by: User) -> None:
    """Read, add one, write; again whenever somebody else was first."""
    while True:
        seen = Deal.objects.get(pk=deal.pk)
        with suppress(Stale):
            verbs.edit(seen, by=by, amount=seen.amount + 1, reason="加一", version=seen.version)
            return


@pytest.mark.slow
def test_of_800_read_modify_writes_none_is_lost(cast: Cast) -> None:
    deals = [make.deal(cast.chenan) for _ in range(8)]

    def a_hundred(first: int) -> None:
        for number in range(100):
            raise_by_one(deals[(first + number) % 8], cast.chenan)

    assert failures(at_once([lambda first=place: a_hundred(first) for place in range(8)])) == []  # type: ignore[misc]
    assert sum(deal.amount for deal in Deal.objects.all()) == 8 * 100_000 + 800
    assert Move.objects.filter(kind="amount").count() == 800
    assert Entry.objects.filter(event="deal.edited").count() == 800
    assert (verify().good, stock_faults()) == (True, 0)


def test_of_two_who_move_one_deal_one_is_told(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, cast.chenan)
    to, seen = make.specs_of(deal)[1], deal.version
    results = at_once(
        [lambda who=who: verbs.move(deal, to=to, by=who, version=seen) for who in (cast.chenan, cast.wumin)]  # type: ignore[misc]
    )
    assert sorted(type(result).__name__ for result in results) == ["Moved", "Stale"]
    assert Visit.objects.filter(deal=deal).count() == 2


def test_of_many_without_a_version_nobody_steps_twice(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, cast.chenan)
    to = make.specs_of(deal)[1]
    assert failures(at_once([lambda: verbs.move(deal, to=to, by=cast.chenan)] * 6)) == []
    assert list(Move.objects.filter(deal=deal).values_list("kind", flat=True)) == ["enter", "enter"]


@verb
def rename_both(first: Deal, second: Deal, *, by: User, meet: threading.Barrier) -> None:
    """Two edits in one act, the other one's first deal in between."""
    verbs.edit(first, by=by, title=f"{by.name} 先")
    with suppress(threading.BrokenBarrierError):
        meet.wait(2)
    verbs.edit(second, by=by, title=f"{by.name} 后")


def test_opposite_orders_deadlock_into_no_error(cast: Cast) -> None:
    one, two = make.deal(cast.chenan), make.deal(cast.chenan)
    meet = threading.Barrier(2)
    results = at_once(
        [
            lambda: rename_both(one, two, by=cast.chenan, meet=meet),
            lambda: rename_both(two, one, by=cast.wumin, meet=meet),
        ]
    )
    assert failures(results) == []
    assert Entry.objects.filter(event="deal.edited").count() == 4
    titles = set(Deal.objects.values_list("title", flat=True))
    assert titles in ({"陈安 先", "陈安 后"}, {"吴敏 先", "吴敏 后"})
    assert verify().good


def test_a_locked_deal_can_be_pointed_to_meanwhile(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            lock(deal)
            held.set()
            assert done.wait(PATIENCE / 2), "following waited for the lock"

    def follow() -> None:
        held.wait(PATIENCE / 2)
        verbs.follow(deal, user=cast.wangfang, by=cast.wangfang)
        done.set()

    assert failures(at_once([hold, follow])) == []


def test_a_request_is_answered_once(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.chenan))
    make.fill_gate(deal, cast.chenan)
    asked = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan).request
    assert asked is not None
    results = at_once(
        [lambda who=who: verbs.confirm(asked, opinion=OPINION, by=who) for who in (cast.wumin, cast.heli)]  # type: ignore[misc]
    )
    assert [type(error) for error in failures(results)] == [Refused]
    assert Entry.objects.filter(event="signoff.signed").count() == 1


def test_asked_for_by_two_at_once_one_request_waits(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    to = make.specs_of(deal)[2]
    results = at_once([lambda: verbs.skip(deal, to=to, by=cast.chenan, reason="招标")] * 4)
    assert len(failures(results)) == 3
    assert Request.objects.waiting().count() == 1


def test_a_deal_handed_over_meanwhile_is_no_longer_theirs(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    results = at_once(
        [
            lambda: verbs.hand_over(deal, owner=cast.lina, by=cast.wumin, reason="换人"),
            *[lambda: verbs.edit(deal, by=cast.chenan, next_step="打电话")] * 3,
        ]
    )
    assert not isinstance(results[0], Exception)
    titles = Deal.objects.get(pk=deal.pk)
    assert titles.owner == cast.lina
    assert {type(error).__name__ for error in failures(results)} <= {"Forbidden"}


def test_of_two_defaults_one_stays(cast: Cast) -> None:
    results = at_once(
        [
            lambda code=code: verbs.set_funnel(make.funnel(code), by=cast.linjing, is_default=True)  # type: ignore[misc]
            for code in ("car", "channel", "real-estate")
        ]
    )
    assert failures(results) == []
    assert Funnel.objects.filter(is_default=True).count() == 1


def test_numbers_are_drawn_once(cast: Cast) -> None:
    results = at_once([lambda: make.deal(cast.chenan).code] * 20)
    assert failures(results) == []
    assert len(set(results)) == 20


@pytest.mark.slow
def test_the_chain_has_no_fork_under_fifty_writers(cast: Cast) -> None:
    deals = [make.deal(cast.chenan, amount=Decimal(number)) for number in range(10)]
    before = Entry.objects.count()

    def write(place: int) -> None:
        for number in range(4):
            verbs.add_note(deals[(place + number) % 10], text=f"第 {place} 人第 {number} 次", by=cast.wumin)

    assert failures(at_once([lambda place=place: write(place) for place in range(50)])) == []  # type: ignore[misc]
    assert Entry.objects.count() == before + 200
    verdict = verify()
    assert (verdict.good, verdict.rows) == (True, before + 200)
