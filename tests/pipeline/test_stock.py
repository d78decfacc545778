"""What stands on the funnel is summed by the database, whoever writes deals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from loudou.kernel import clock
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Stock
from loudou.pipeline.verbs._stock import fold_stock, recount_stock, stock_faults
from tests import make
from tests.cast import Cast


@pytest.fixture
def lives(cast: Cast) -> list[Deal]:
    """Deals to which all kinds of things have happened."""
    rested = make.deal(cast.chenan, amount=300)
    until = clock.now().date() + timedelta(days=30)
    verbs.hold(rested, by=cast.chenan, wake_on=until, reason="等预算")
    moved = make.advance(make.deal(cast.lina, amount=1000))
    own = make.deal(cast.sunqiang, amount=Decimal("500.50"))
    verbs.edit(own, by=cast.sunqiang, probability=Decimal("0.25"), reason="客户口头答应")
    lost = make.deal(cast.chenan, amount=700)
    verbs.lose(lost, by=cast.chenan, code=make.reason(), review="贵了")
    gone = make.deal(cast.chenan, amount=800)
    verbs.hand_over(gone, owner=cast.lina, by=cast.wumin, reason="换人")
    return [rested, moved, own, lost, gone]


def test_it_agrees_with_the_deals_whatever_happened_to_them(lives: list[Deal]) -> None:
    assert stock_faults() == 0
    total = Stock.objects.aggregate(count=Sum("count"), amount=Sum("amount"))
    assert total == {"count": 4, "amount": Decimal("2600.50")}


def test_an_own_success_rate_is_weighted_apart(lives: list[Deal], cast: Cast) -> None:
    mine = Stock.objects.filter(owner=cast.sunqiang).aggregate(own=Sum("own_weighted"), plain=Sum("plain"))
    assert mine == {"own": Decimal("125.125"), "plain": Decimal(0)}


def test_folding_makes_one_row_a_key_and_changes_no_sum(lives: list[Deal]) -> None:
    before = Stock.objects.aggregate(Sum("count"), Sum("amount"), Sum("began_seconds"))
    assert fold_stock() > 0
    assert Stock.objects.aggregate(Sum("count"), Sum("amount"), Sum("began_seconds")) == before
    keys = list(Stock.objects.values_list("spec_id", "unit_id", "owner_id", "resting"))
    assert len(keys) == len(set(keys))
    assert stock_faults() == 0
    assert fold_stock() == 0


def test_a_fault_is_found_and_counted_away(lives: list[Deal]) -> None:
    Stock.objects.filter(pk=Stock.objects.first().pk).delete()  # type: ignore[union-attr]
    assert stock_faults() > 0
    recount_stock()
    assert stock_faults() == 0
