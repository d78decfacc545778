"""The fast figures against the slow ones, over hundreds of random pasts, for many instants, periods and scopes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from loudou.catalog.models import Product
from loudou.insight.figures.flow import FLOWS, START, STAY, Amounts, Span, stage_flow
from loudou.insight.figures.key_person import KeyPerson
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import win_rate, wins_by_owner
from loudou.insight.queries.flows import flows
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals, configured
from loudou.insight.queries.stocks import piles
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.models import Unit
from loudou.pipeline.models import Deal, Move, PartTally, Tally
from loudou.pipeline.verbs._history import rebuild
from loudou.pipeline.verbs._tally import fold_tallies, recount_tallies, tally_faults
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight import reference
from tests.make import instant

NAMES = (START, *FLOWS, STAY)
NOW = END + timedelta(days=3)
SEEDS = range(4)
SIZE = 120


@pytest.fixture(params=SEEDS)
def world(request: Any, cast: Cast) -> Histories:
    """Random pasts of reps of four units, one of which moves to another region in between."""
    for number in range(3):
        Product.objects.create(code=f"P{number}", name=f"产品{number}", name_key=f"p{number}")
    owners = [cast.chenan, cast.lina, cast.sunqiang, cast.zhaomin, cast.maxiao, cast.chengang]
    made = Histories(owners).write(SIZE, seed=request.param)
    people.move_unit(cast.unit("D2"), to=cast.unit("SOUTH"), by=None, on=date(2026, 1, 15))
    people.move_unit(cast.unit("D2"), to=cast.unit("CENTER"), by=None, on=date(2026, 3, 10))
    return made


def _spans(dice: random.Random) -> list[Span]:
    """Periods and instants of every kind: now and then, whole months and not, short, without beginning or end."""
    spans = [
        Span(NOW),
        Span(NOW, instant("2026-01-01")),
        Span(NOW, instant("2026-01-01"), instant("2026-04-01")),
    ]
    for _ in range(10):
        known = BEGIN + (END - BEGIN) * dice.random() if dice.random() < 0.7 else None
        end = known or END + timedelta(days=5)
        since = BEGIN + (end - BEGIN) * dice.random() if dice.random() < 0.85 else None
        until = (since or BEGIN) + (end - (since or BEGIN)) * dice.random() if dice.random() < 0.6 else known
        spans.append(Span(NOW, since, until, known))
    return spans


def _scopes(cast: Cast) -> list[tuple[Scope, Any, Any]]:
    """Scopes with what they take: everything, an owner, units that stayed and that moved, a source, a product."""
    found: list[tuple[Scope, Any, Any]] = [(Scope(), reference.everything, lambda world, key: True)]
    owner = cast.chenan.pk
    found.append((Scope(owner), lambda who, unit, at: who == owner, lambda world, key: True))
    for code in ("CENTER", "SOUTH", "D2"):
        unit = cast.unit(code)
        with clock.at(NOW):
            scope = InsightLens.read({"unit": code}, None).scope
        found.append((scope, reference.below(unit), lambda world, key: True))
    found.append(
        (Scope(source="web"), reference.everything, lambda world, key: world.deals[key].source == "web")
    )
    product = Product.objects.order_by("pk").first()
    assert product is not None
    found.append(
        (
            Scope(product=product.pk),
            reference.everything,
            lambda world, key: product.pk in world.products[key],
        )
    )
    return found


def test_flow_and_its_identity(world: Histories, cast: Cast) -> None:
    for span in _spans(random.Random(7)):
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            counted = flows(world.stages, scope, {"it": span}, otherwise=otherwise)["it"][None]
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            wanted = reference.flow(deals, span.since, span.until, NOW, takes)
            for stage in world.stages:
                found = stage_flow(stage, counted[stage])
                for name in NAMES:
                    amounts: Amounts = getattr(found, name)
                    assert (amounts.count, amounts.amount) == wanted[stage][name], (span, scope, stage, name)
                if scope.owner is None and scope.units is None:
                    assert found.rest.count == 0


def test_inventory_and_its_weight(world: Histories, cast: Cast) -> None:
    for span in _spans(random.Random(8)):
        for scope, takes, has in _scopes(cast):
            wanted = LiveDeals(scope, NOW, NOW.date(), span.known)
            found = piles(wanted, world.stages, known_otherwise(span.known, scope))
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            expected = reference.inventory(
                deals, span.known, NOW, lambda deal, stage: configured(stage, deal.funnel_version_id), takes
            )
            for stage in world.stages:
                here = [pile for pile in found if pile.stage == stage]
                sums = (
                    sum(p.count for p in here),
                    sum(p.amount for p in here),
                    sum(p.weighted() for p in here),
                )
                assert sums == expected[stage], (span, scope, stage)


def test_win_rate_and_cycle(world: Histories, cast: Cast) -> None:
    for span in _spans(random.Random(9)):
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            found = win_rate(scope, span, otherwise=otherwise)
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            wanted = reference.win_rate(deals, span.since, span.until, takes)
            for name in ("won", "lost", "won_amount", "lost_amount", "cycle", "cycles", "created"):
                assert getattr(found, name) == wanted[name], (span, scope, name)
            assert (found.created_won, found.created_open) == (wanted["created_won"], wanted["created_open"])


def test_who_won_what_and_how_much_hangs_on_few(world: Histories, cast: Cast) -> None:
    for span in _spans(random.Random(12)):
        for scope, takes, has in _scopes(cast):
            risk = KeyPerson(wins_by_owner(scope, span, otherwise=known_otherwise(span.known, scope)))
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            wanted = reference.won_by(deals, span.since, span.until, takes)
            found = {key: (one.count, one.amount) for key, one in risk.won.items()}
            assert found == wanted, (span, scope)
            total = sum((Fraction(amount) for _count, amount in wanted.values()), Fraction(0))
            shares = [Fraction(amount) / total for _count, amount in wanted.values()] if total else []
            top, hhi = max(shares, default=None), sum(share**2 for share in shares) if shares else None
            for told, exact in ((risk.top, top), (risk.hhi, hhi)):
                assert (told.value is None) == (exact is None)
                assert told.value is None or abs(Fraction(told.value) - exact) < Fraction(1, 10**20)
            assert risk.is_risk == bool(shares and (top > Fraction(3, 10) or hhi > Fraction(1, 4)))


def test_parts_sum_to_the_whole(world: Histories, cast: Cast) -> None:
    """By branch, owner, source: every split of the company sums to the company, at every instant."""
    for span in _spans(random.Random(10)):
        with clock.at(NOW):
            lens = InsightLens.read({}, None)
        otherwise = known_otherwise(span.known, Scope())
        whole = flows(world.stages, Scope(), {"it": span}, otherwise=otherwise)["it"][None]
        for by, scope in (("unit", lens.split), ("owner", Scope()), ("source", Scope()), ("unit", Scope())):
            parts = flows(world.stages, scope, {"it": span}, by=by, otherwise=otherwise)["it"]
            for stage in world.stages:
                total = stage_flow(stage, {})
                for stages in parts.values():
                    total += stage_flow(stage, stages[stage])
                for name in NAMES:
                    assert getattr(total, name) == getattr(stage_flow(stage, whole[stage]), name), (by, name)


def test_the_branches_are_what_the_tree_says(world: Histories, cast: Cast) -> None:
    span = Span(NOW, instant("2025-12-01"), instant("2026-04-01"))
    with clock.at(NOW):
        lens = InsightLens.read({"unit": "HQ"}, None)
    parts = flows(world.stages, lens.split, {"it": span}, by="unit")["it"]
    for branch in Unit.objects.filter(parent__code="HQ"):
        wanted = reference.flow(
            reference.known(world, None), span.since, span.until, NOW, reference.below(branch)
        )
        for stage in world.stages:
            found = stage_flow(stage, parts[branch.pk][stage])
            for name in NAMES:
                amounts = getattr(found, name)
                assert (amounts.count, amounts.amount) == wanted[stage][name]


def test_tallies_stay_true_whatever_is_done_to_the_past(cast: Cast) -> None:
    """Facts are added, dated back, changed and taken out, deals deleted; then folded and counted anew."""
    dice = random.Random(5)
    world = Histories([cast.chenan, cast.sunqiang]).write(60, seed=11).write(60, seed=12)
    for _ in range(40):
        deal = dice.choice(list(world.deals.values()))
        moves = list(Move.objects.filter(deal=deal).order_by("at", "id"))
        act, move = dice.randrange(4), dice.choice(moves)
        if act == 0 and len(moves) > 1:
            moves[-1].delete()
        elif act == 1:
            Move.objects.filter(pk=move.pk).update(amount=5, base_amount=5)
        elif act == 2 and len(moves) > 1:
            Move.objects.filter(pk=moves[1].pk).update(at=moves[0].at + (moves[1].at - moves[0].at) / 2)
        else:
            Deal.objects.filter(pk=world.deals.pop(deal.pk).pk).delete()
            continue
        rebuild([deal])
        deal.save()
        assert tally_faults() == 0
    assert fold_tallies() > 0
    assert tally_faults() == 0
    assert fold_tallies() == 0
    for earliest in (Tally.objects.earliest, PartTally.objects.earliest):
        earliest("pk").delete()
        assert tally_faults() == 1
        assert recount_tallies() == Tally.objects.count() + PartTally.objects.count()
        assert tally_faults() == 0


def test_the_earliest_instant_knows_nothing(world: Histories) -> None:
    span = Span(NOW, None, datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    counted = flows(world.stages, Scope(), {"it": span}, otherwise=known_otherwise(span.known, Scope()))
    assert all(not amounts.count for kinds in counted["it"][None].values() for amounts in kinds.values())
