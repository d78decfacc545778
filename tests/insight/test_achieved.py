"""What was achieved, by everybody or by some: counted in one way and another, and slowly."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from loudou.customers.models import Customer
from loudou.insight.figures.flow import Span
from loudou.insight.queries.achieved import CLOSES, LONG, WINS, Whose, achieved
from loudou.kernel import clock
from loudou.pipeline.models import Deal, Visit
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight.test_reference import NOW, world

__all__ = ["world"]
EDGES = [BEGIN + (END - BEGIN) * part / 5 for part in range(6)]
KNOWN = (None, BEGIN + (END - BEGIN) * 0.9)
Sums = dict[tuple[int | None, int | None, datetime], Decimal]


@pytest.fixture
def buyers(world: Histories, cast: Cast) -> Histories:
    """The random pasts, most of them of a few customers who buy again and again."""
    dice = random.Random(5)
    written = {"owner": cast.chenan, "unit": cast.chenan.unit, "name_key": ""}
    at = clock.now()
    customers = [
        Customer.objects.create(code=f"B{number}", name="宁波甬江", recorded_at=at, touched_at=at, **written)
        for number in range(20)
    ]
    for key in sorted(world.deals):
        if dice.random() < 0.9:
            Deal.objects.filter(pk=key).update(customer=dice.choice(customers))
    return world


def _told(metric: str, span: Span, whose: Whose | None = None) -> Sums:
    found = achieved(metric, EDGES, span, whose=whose)
    return {(one.owner, one.unit, one.since): one.amount for one in found if one.amount}


def _first_wins(known: datetime | None) -> Sums:
    """Win by win in order: whoever nobody won before is new."""
    wins = Visit.objects.filter(left_by="won").select_related("deal").order_by("left_at", "pk")
    seen: set[int | None] = {None}
    found: Sums = {}
    for win in wins:
        undone = [at for at in (win.void_at, win.reopened_at) if at is not None]
        if any(known is None or at < known for at in undone) or (known is not None and win.left_at >= known):
            continue
        if win.deal.customer_id not in seen and EDGES[0] <= win.left_at < EDGES[-1]:
            since = next(since for since, until in pairwise(EDGES) if since <= win.left_at < until)
            key = win.left_owner_id, win.left_unit_id, since
            found[key] = found.get(key, Decimal(0)) + 1
        seen.add(win.deal.customer_id)
    return found


@pytest.mark.parametrize("known", KNOWN)
def test_new_customers_counted_slowly(buyers: Histories, known: datetime | None) -> None:
    assert EDGES[-1] - EDGES[0] > LONG
    told = _told("new_customers", Span(NOW, known=known))
    assert told == _first_wins(known)
    assert sum(told.values()) > 5


@pytest.mark.parametrize("metric", [*WINS, CLOSES])
def test_somebodys_is_what_everybodys_says_of_them(buyers: Histories, metric: str) -> None:
    for known in KNOWN:
        span = Span(NOW, known=known)
        every = _told(metric, span)
        owners = sorted({owner for owner, _unit, _since in every if owner is not None})
        units = sorted({unit for _owner, unit, _since in every if unit is not None})
        assert len(owners) > 3
        assert len(units) > 2
        for some, those in _pairs(owners, units):
            mine = {
                key: amount
                for key, amount in _told(metric, span, Whose(some, those)).items()
                if key[0] in some or key[1] in those
            }
            assert mine == {k: v for k, v in every.items() if k[0] in some or k[1] in those}
        assert _told(metric, span, Whose()) == {}


def _pairs(owners: Sequence[int], units: Sequence[int]) -> list[tuple[frozenset[int], frozenset[int]]]:
    nobody: frozenset[int] = frozenset()
    return [
        *((frozenset({owner}), nobody) for owner in owners),
        *((nobody, frozenset({unit})) for unit in units),
        (frozenset(owners[:2]), frozenset(units[:1])),
    ]
