"""The waterfall over random pasts: it balances, and the database and the facts tell the same."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loudou.insight.figures.flow import LIVE
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.waterfall import BUCKETS, Between, Rates, waterfall
from loudou.insight.lens import InsightLens
from loudou.insight.queries import ways as ways_of_deals
from loudou.insight.queries.slippage import fates_of
from loudou.insight.queries.waterfall import EDGES, Past, count, crossings, largest
from loudou.insight.queries.ways import Asked
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.people import verbs as people
from loudou.people.queries import organisation
from loudou.pipeline.figures.history import Fact, as_known, unfold
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories

NOW = END + timedelta(days=3)


@pytest.fixture(params=range(2))
def world(request: Any, cast: Cast) -> Histories:
    owners = [cast.chenan, cast.lina, cast.sunqiang, cast.zhaomin, cast.maxiao, cast.chengang]
    made = Histories(owners).write(90, seed=request.param)
    people.move_unit(cast.unit("D2"), to=cast.unit("SOUTH"), by=None, on=date(2026, 1, 15))
    return made


def _asked(cast: Cast) -> list[Asked]:
    """Scopes, windows and pairs of instants of every kind."""
    dice = random.Random(5)
    scopes = [Scope(), Scope(cast.chenan.pk), Scope(source="web")]
    for code in ("CENTER", "SOUTH", "D2"):
        with clock.at(NOW):
            scopes.append(InsightLens.read({"unit": code}, None).scope)
    found = []
    for _ in range(5):
        since = BEGIN + (END - BEGIN) * dice.random()
        until = since + (NOW - since) * dice.random()
        first = since.date() + timedelta(days=dice.randrange(-60, 60))
        window = (
            Period(first, first + timedelta(days=dice.randrange(1, 120))) if dice.random() < 0.6 else None
        )
        for scope in scopes:
            between = Between(since, until, organisation().zone, scope.takes, window, Rates())
            found.append(Asked(between, scope))
    return found


def test_it_balances_and_its_ends_are_the_two_stocks(world: Histories, cast: Cast) -> None:
    for asked in _asked(cast):
        told = count(asked).waterfall
        assert told.rest == 0
        for name, at in (("start", asked.between.since), ("end", asked.between.until)):
            stock = [stand for stand in _standing(world, asked, at) if asked.between.due(stand)]
            assert told[name].count == len(stock), (name, asked)
            assert told[name].amount == sum((stand.amount for stand in stock), Decimal(0)), (name, asked)


@pytest.mark.parametrize("few", [1000, 0])  # units are looked through one by one; with those of anybody
def test_the_database_and_the_facts_tell_the_same(
    world: Histories, cast: Cast, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(ways_of_deals, "FEW", few)
    for asked in _asked(cast):
        found = count(asked)
        source = asked.scope.source
        pasts = {
            key: Past(facts, world.order)
            for key, facts in world.facts.items()
            if not source or world.deals[key].source == source
        }
        ways = crossings(pasts, asked)
        slow = waterfall(ways.values())
        for bucket in BUCKETS:
            assert found.waterfall[bucket] == slow[bucket], (bucket, asked)
        every = largest([name for name in BUCKETS if name != "fx"], asked, found.pasts, most=1000)
        for bucket, keys in every.items():
            assert keys == largest([bucket], asked, found.pasts, most=1000)[bucket]
            assert keys[:2] == largest([bucket], asked, found.pasts, most=2)[bucket]
            assert set(keys) == {key for key, way in ways.items() if bucket in way.buckets()}, bucket
            assert sum((ways[key].buckets()[bucket] for key in keys), Decimal(0)) == slow[bucket].amount


def _standing(world: Histories, asked: Asked, at: Any) -> list[Any]:
    """How the scope's deals stood at an instant as known then, told from the facts alone."""
    found = []
    for key, facts in world.facts.items():
        if asked.scope.source and world.deals[key].source != asked.scope.source:
            continue
        known = as_known(facts, at)
        stand = unfold(known, world.order).now if known else None
        if (
            stand is not None
            and stand.outcome in LIVE
            and asked.scope.takes(stand.owner, stand.unit, at - timedelta(microseconds=1))
        ):
            found.append(stand)
    return found


DAY = timedelta(days=1)
KINDS = ("lost", "reopen", "won", "amount", "expected_close")
PLANNED = {"USD": Decimal("7.1234")}
RATES = (
    Rates(),
    Rates(PLANNED, PLANNED, unit=Decimal(1)),
    Rates(PLANNED, {"USD": Decimal("7.25")}, lambda _currency, _at: Decimal("7.2"), frozen=True),
)


def _pasts(cast: Cast) -> Histories:
    """A deal for every three things that can happen to it, ten days apart, in two currencies."""
    made = Histories([cast.chenan])
    for number, kinds in enumerate(itertools.product(KINDS, repeat=3)):
        currency = ("CNY", "USD")[number % 2]
        born: dict[str, Any] = {"stage": made.stages[0], "owner": cast.chenan.pk, "unit": cast.chenan.unit_id}
        facts = [Fact("enter", BEGIN, BEGIN, **born, **_worth(number, currency), expected_on=_due(0))]
        for place, kind in enumerate(kinds, start=1):
            at = BEGIN + 10 * place * DAY
            worth = _worth(number * place + 7, currency) if kind in ("won", "amount") else {}
            due = _due(place) if kind == "expected_close" else None
            facts.append(Fact(kind, at, at, **worth, expected_on=due))
        made.of(*facts)
    return made


def _worth(number: int, currency: str) -> dict[str, Any]:
    amount = Decimal(number * 377 % 1000) + Decimal("0.37")
    return {"amount": amount, "currency": currency, "base_amount": 7 * amount}


def _due(place: int) -> date:
    return BEGIN.date() + timedelta(days=40 * (place % 2) + 20)


def _between_them(cast: Cast) -> Iterator[Asked]:
    """Every two instants between what happens, every kind of rates, with and without a window."""
    window = Period(BEGIN.date() + timedelta(days=15), BEGIN.date() + timedelta(days=30))
    for first, last in itertools.combinations(range(-5, 40, 10), 2):
        since, until = BEGIN + first * DAY, BEGIN + last * DAY
        for rates, of, scope in itertools.product(RATES, (None, window), (Scope(), Scope(cast.chenan.pk))):
            between = Between(since, until, organisation().zone, scope.takes, of, rates)
            yield Asked(between, scope, begun=window)


def test_whatever_happens_in_whatever_order_is_added_up_as_deal_by_deal(cast: Cast) -> None:
    made = _pasts(cast)
    pasts = {key: Past(facts, made.order) for key, facts in made.facts.items()}
    plain = []
    for asked in _between_them(cast):
        found = count(asked)
        ways = crossings(pasts, asked)
        slow = waterfall(ways.values())
        for bucket in BUCKETS:
            assert found.waterfall[bucket] == slow[bucket], (bucket, asked)
        behind = largest([name for name in BUCKETS if name not in EDGES], asked, found.pasts, most=1000)
        assert {name: set(keys) for name, keys in behind.items()} == {
            name: {key for key, way in ways.items() if name in way.buckets()} for name in behind
        }
        looked = replace(asked, between=replace(asked.between, window=asked.begun))
        by_hand = {key: pasts[key] for key in {**found.pasts, **found.seen}}
        assert crossings(found.seen, asked) == crossings({key: pasts[key] for key in found.seen}, asked)
        assert found.begun + fates_of(looked, by_hand) == fates_of(looked, pasts), asked
        plain.append(len(pasts) - len(by_hand))
    assert sum(plain) > len(pasts) * len(plain) / 2  # of which the database alone said it
