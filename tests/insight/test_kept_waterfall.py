"""Kept sums of waterfalls: whatever is done to the past, they are what counting anew gives."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.scope import Belonging, Scope
from loudou.insight.figures.waterfall import BUCKETS, Between, Rates
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept import waterfalls as keeping
from loudou.insight.queries.kept.waterfalls import Told, directly, told
from loudou.insight.queries.ways import Asked
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.people.queries import organisation
from loudou.pipeline import kept, verbs
from loudou.pipeline.models import Deal, Disturbance, Kept, Move
from loudou.pipeline.verbs._history import rebuild
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories

NOW = END + timedelta(days=3)
STEPS, ACTS = 12, 150


@pytest.fixture
def cast(own_database: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(keeping, "LEAST_KEPT", 0)
    return Cast()


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each look for kept sums found some."""
    looks: list[bool] = []
    look = kept.look

    def watched(key: str) -> Any:
        looks.append((told := look(key))[0] is not None)
        return told

    monkeypatch.setattr(kept, "look", watched)
    return looks


def _asked(cast: Cast, until: datetime, *, unit: str = "", window: Period | None = None) -> Asked:
    scope = Scope()
    if unit:
        with clock.at(NOW):
            scope = InsightLens.read({"unit": unit}, None).scope
    zone = organisation().zone
    since = datetime(2026, 1, 1, tzinfo=zone)
    between = Between(since, until, zone, scope.takes, window, Rates())
    return Asked(between, scope, begun=QUARTER)


QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))


def _both(asked: Asked, *, runs: bool = False) -> tuple[Any, Any]:
    return _plain(told(asked, runs=runs)[0]), _plain(directly(asked))


def _plain(one: Told) -> Any:
    return {name: one.waterfall[name] for name in BUCKETS}, one.outcomes


def test_they_stay_true_whatever_is_done_to_the_past(cast: Cast, found: list[bool]) -> None:
    """1,200 facts are added, dated back, imported, changed and taken out, deals deleted; it takes its seconds."""
    dice = random.Random(7)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(80, seed=21)
    asks = [
        _asked(cast, END - timedelta(days=9, hours=5)),
        _asked(cast, NOW, unit="D1"),
        _asked(cast, NOW, window=QUARTER),
        replace(_asked(cast, END, unit="D1"), begun=None),
    ]
    for step in range(STEPS):
        # Nothing, then facts as they happen, then whatever can be done to a past.
        touched = {_act(dice, world, (0, 1, 2)[step % 3]) for _ in range(ACTS if step % 3 else 0)}
        rebuild([world.deals[key] for key in touched if key in world.deals])
        for asked in asks:
            quick, slow = _both(asked)
            assert quick == slow, (step, asked)
    assert found.count(True) >= STEPS
    assert found.count(False) >= STEPS
    assert kept.forget() == 0  # all of today's disturbances are still wanted


def test_one_that_runs_on_stays_true_from_look_to_look(
    cast: Cast, found: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts as they happen, late ones among them; nothing; then whatever can be done to a past."""
    monkeypatch.setattr(keeping, "CARRIED_ON", 20)
    dice = random.Random(9)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(80, seed=23)
    now = NOW
    for step in range(STEPS):
        before, now = now, now + timedelta(hours=dice.randrange(1, 40))
        touched = set()
        for _ in range((6, 60, 0, 60)[step % 4]):
            if step % 4 == 3:
                touched.add(_act(dice, world, 2))
            else:
                touched.add(happened(dice, world, before, now))
        rebuild([world.deals[key] for key in sorted(touched) if key in world.deals])
        for unit, window in (("", None), ("", QUARTER), ("D1", QUARTER)):
            quick, slow = _both(_asked(cast, now, unit=unit, window=window), runs=True)
            assert quick == slow, (step, unit, window)
    assert found.count(True) >= STEPS
    assert found.count(False) >= 3 * 2


def happened(dice: random.Random, world: Histories, since: datetime, until: datetime) -> int:
    """A fact that becomes known in between; now and then one of long before."""
    deal = dice.choice(list(world.deals.values()))
    known = since + (until - since) * dice.random()
    first = Move.objects.filter(deal=deal).order_by("at", "id")[0].at
    late = max(first + timedelta(seconds=1), known - timedelta(days=90 * dice.random()))
    _add(dice, deal, late if dice.random() < 0.3 else known, known)
    return deal.pk


def test_what_becomes_known_at_the_very_instant_of_keeping_comes_after_it(
    cast: Cast, found: list[bool]
) -> None:
    world = Histories([cast.chenan, cast.lina]).write(20, seed=6)
    _both(_asked(cast, NOW), runs=True)
    deal = next(deal for deal in world.deals.values() if deal.outcome == "open")
    Move.objects.create(deal=deal, kind="lost", at=NOW, known_at=NOW, recorded_at=NOW, channel="import")
    rebuild([deal])
    quick, slow = _both(_asked(cast, NOW + timedelta(hours=1)), runs=True)
    assert quick == slow and found == [False, True]


def test_a_look_from_before_the_last_one_is_counted(cast: Cast, found: list[bool]) -> None:
    """As when a clock was set back."""
    dice, world = random.Random(4), Histories([cast.chenan, cast.lina]).write(20, seed=6)
    later = NOW + timedelta(hours=9)
    rebuild([world.deals[key] for key in {happened(dice, world, NOW, later) for _ in range(9)}])
    for now in (later, NOW, later):
        quick, slow = _both(_asked(cast, now), runs=True)
        assert quick == slow, now
    assert found == [False, True, True]


def test_when_a_unit_moves_from_one_look_to_the_next_all_are_counted(
    cast: Cast, found: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    dice, world = random.Random(5), Histories([cast.chenan, cast.sunqiang]).write(40, seed=6)
    steady, moved = cast.chenan.unit, cast.sunqiang.unit
    assert steady is not None and moved is not None and steady != moved
    scope = Scope(units=(Belonging(steady.pk), Belonging(moved.pk, until=NOW + timedelta(hours=3))))
    carried = []
    carry = keeping._carried_on
    monkeypatch.setattr(keeping, "_carried_on", lambda *asked: carried.append(now) or carry(*asked))
    looks = [NOW + timedelta(hours=hours) for hours in (0, 6, 9)]
    for now in looks:
        asked = _asked(cast, now)
        asked = replace(asked, between=replace(asked.between, takes=scope.takes), scope=scope)
        quick, slow = _both(asked, runs=True)
        assert quick == slow, now
        rebuild([world.deals[happened(dice, world, now, now + timedelta(hours=2))]])
    assert found == [False, True, True] and carried == looks[2:]


def _act(dice: random.Random, world: Histories, storm: int) -> int:
    """Do something to a deal; returns its key."""
    deal = dice.choice(list(world.deals.values()))
    moves = Move.objects.filter(deal=deal).order_by("at", "id")
    first, last = moves[0], moves.reverse()[0]
    act = dice.randrange(6) if storm == 2 else 3
    if act == 0 and len(world.deals) > 60:
        Deal.objects.filter(pk=world.deals.pop(deal.pk).pk).delete()
    elif act == 1 and last != first:
        last.delete()
    elif act == 2:
        Move.objects.filter(pk=last.pk).update(amount=dice.randrange(10**6), base_amount=5, currency="CNY")
    elif act == 3:
        at = NOW - timedelta(hours=7 * dice.random())
        _add(dice, deal, at, at)
    else:
        at = max(BEGIN + (END - BEGIN) * dice.random(), first.at + timedelta(seconds=1))
        _add(dice, deal, at, at if act == 4 else at + timedelta(hours=dice.randrange(1, 900)))
    return deal.pk


def _add(dice: random.Random, deal: Deal, at: datetime, known: datetime) -> None:
    kind = dice.choice(("amount", "amount", "expected_close", "won", "lost", "reopen"))
    amount = dice.randrange(10**6) if kind == "amount" else None
    Move.objects.create(
        deal=deal,
        kind=kind,
        at=at,
        known_at=known,
        recorded_at=known,
        channel="import",
        amount=amount,
        base_amount=amount,
        currency="CNY" if amount is not None else "",
        expected_on=(at + timedelta(days=dice.randrange(90))).date() if kind == "expected_close" else None,
    )


def test_what_was_open_while_it_was_kept_is_not_missed(cast: Cast) -> None:
    """A transaction that began before the sums were read and commits after they were kept."""
    world = Histories([cast.chenan]).write(20, seed=3)
    move = Move.objects.filter(deal__in=world.deals).order_by("pk")[0]
    until = datetime(2026, 4, 1, tzinfo=organisation().zone)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("UPDATE pipeline_move SET reason = 'x' WHERE id = %s", [move.pk])
        kept.keep("a", until, {"n": 1}, kept.look("")[1])
        assert kept.look("a")[0] == {"n": 1}
        other.commit()
        assert kept.look("a")[0] is None
    finally:
        other.close()


def test_what_is_written_while_it_is_read_is_not_kept(cast: Cast) -> None:
    world = Histories([cast.chenan]).write(20, seed=4)
    until = datetime(2026, 4, 1, tzinfo=organisation().zone)
    seen = kept.look("")[1]
    Move.objects.filter(deal__in=world.deals).update(reason="y")
    kept.keep("b", until, {"n": 2}, seen)
    assert kept.look("b")[0] is None
    kept.keep("b", until, {"n": 3}, kept.look("")[1])
    assert kept.look("b")[0] == {"n": 3}


def test_who_writes_moves_reads_them_anew_until_they_are_committed(cast: Cast) -> None:
    """Even where another transaction that began later ended meanwhile, so that a snapshot cannot tell."""
    world = Histories([cast.chenan]).write(20, seed=6)
    until = datetime(2026, 4, 1, tzinfo=organisation().zone)
    other = connection.copy()
    try:
        with transaction.atomic():
            Move.objects.filter(deal__in=world.deals).update(reason="z")
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
            kept.keep("e", until, {"n": 1}, kept.look("")[1])
            assert kept.look("e")[0] is None
        kept.keep("e", until, {"n": 2}, kept.look("")[1])
        assert kept.look("e")[0] == {"n": 2}
    finally:
        other.close()


def test_another_server_s_snapshots_say_nothing(cast: Cast) -> None:
    """As after a restore."""
    kept.keep("c", NOW, {"n": 1}, kept.look("")[1])
    assert kept.look("c")[0] == {"n": 1}
    Kept.objects.filter(key="c").update(server="elsewhere")
    assert kept.look("c")[0] is None
    Disturbance.objects.create(xid=1, written_at=BEGIN, at=BEGIN, known_at=BEGIN)
    assert kept.forget() == 1
    assert not Kept.objects.exists()


def test_few_deals_are_counted_each_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LEAST_KEPT", 1_000)
    Histories([cast.chenan]).write(20, seed=5)
    quick, slow = _both(_asked(cast, NOW))
    assert quick == slow
    assert quick[0]["end"] != Amounts()
    assert not Kept.objects.exists()


def test_when_very_many_changed_all_are_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    Histories([cast.chenan]).write(30, seed=6)
    asked = _asked(cast, END - timedelta(days=20, hours=3))
    _both(asked)
    monkeypatch.setattr(keeping, "MOST_CHANGED", 0)
    quick, slow = _both(asked)
    assert quick == slow


def test_the_page_asks_no_more_for_the_deals_that_changed_since(
    cast: Cast, found: list[bool], client: Client
) -> None:
    Histories([cast.chenan, cast.lina, cast.sunqiang, cast.zhaomin]).write(30, seed=5)
    deal = make.deal(cast.chenan)
    verbs.lose(deal, by=cast.chenan, code=make.reason(), review="价格没谈拢")
    verbs.reopen(deal, by=cast.wumin, reason="客户又来了")
    enter(client, cast.heli)
    for _look in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/analysis/waterfall/?from=2026-01-01").status_code == 200
    assert found == [False, True, True]
    assert len(queries) <= 20


def test_the_pasts_of_changed_deals_are_read_once(cast: Cast, found: list[bool], client: Client) -> None:
    """A director's page: deals that go by hand until the last look, until now, or until both."""
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(60, seed=5)
    deals = list(world.deals.values())[:9]
    for number, deal in enumerate(deals):
        for hours in ((20,), (2,), (20, 2))[number % 3]:
            for minutes, kind in enumerate(("lost", "reopen", "lost", "reopen")):
                at = NOW - timedelta(hours=hours, minutes=9 - minutes)
                Move.objects.create(
                    deal=deal, kind=kind, at=at, known_at=at, recorded_at=at, channel="import"
                )
    rebuild(deals)
    enter(client, cast.heli)
    with clock.at(NOW - timedelta(hours=10)):
        client.get(f"/analysis/waterfall/?from={BEGIN.date()}")
    with clock.at(NOW), CaptureQueriesContext(connection) as queries:
        assert client.get(f"/analysis/waterfall/?from={BEGIN.date()}").status_code == 200
    assert found == [False, True]
    asked = [one["sql"] for one in queries.captured_queries]
    assert (
        len([sql for sql in asked if 'pipeline_move"."skipped' in sql]) == 1
    )  # late ones and others together
    assert len(asked) <= 18


def test_a_reps_page_asks_as_often_for_late_deals_as_for_others_by_hand_or_both(
    cast: Cast, client: Client
) -> None:
    """The same number of statements in every world that has any of them."""
    enter(client, cast.chenan)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/analysis/waterfall/?from={BEGIN.date()}").status_code == 200
        return len(queries)

    def came_and_went(last: datetime, known_after: timedelta = timedelta(0)) -> None:
        with clock.at(BEGIN - timedelta(days=40)):
            deal = make.deal(cast.chenan)
        for minutes, kind in enumerate(("lost", "reopen", "lost", "reopen")):
            at = last - timedelta(minutes=9 - minutes)
            known_at = at + known_after
            Move.objects.create(
                deal=deal, kind=kind, at=at, known_at=known_at, recorded_at=known_at, channel="import"
            )
        rebuild([deal])

    with clock.at(NOW):
        came_and_went(BEGIN - timedelta(days=1), timedelta(days=2))
        asked()  # what a process remembers
        late = asked()
        Move.objects.all().update(known_at=F("at"))
        came_and_went(NOW - timedelta(hours=20))
        assert asked() == late  # none is late, one came and went
        came_and_went(BEGIN - timedelta(days=1), timedelta(days=2))
        assert asked() == late  # both
