"""Lists of deals: cut from what was read, in the database's own order, and answered by indexes that hold what is asked."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from loudou.customers.models import Customer
from loudou.kernel import clock
from loudou.pipeline import verbs
from loudou.pipeline.lens import SORTS, DealLens
from loudou.pipeline.models import Deal
from loudou.pipeline.queries import lists
from loudou.pipeline.queries.flags import CODES, is_of_open, where
from loudou.ui.paging import keyset
from tests import make
from tests.cast import Cast


@pytest.fixture
def deals(cast: Cast, customer: Customer) -> list[Deal]:
    """Deals of which some have the same amount, some no date."""
    found = []
    for number in range(9):
        deal = make.deal(cast.chenan, customer=customer, amount=Decimal(1000 * (number % 4)))
        day = date(2026, 3, 1) + timedelta(days=number % 3) if number % 3 else None
        Deal.objects.filter(pk=deal.pk).update(expected_on=day, next_on=day)
        found.append(deal)
    found[4].refresh_from_db()
    verbs.hold(found[4], by=cast.chenan, wake_on=clock.now().date() + timedelta(days=3), reason="等预算")
    return found


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_cut_from_what_was_read_is_the_page_the_database_gives(
    cast: Cast, deals: list[Deal], sort: str
) -> None:
    lens = DealLens.read({"outcome": "all", "sort": sort}, cast.chenan)
    total = lists.probe(lens.deals, lens.order)
    assert total.count == len(deals)
    assert total.amount == sum(deal.base_amount for deal in Deal.objects.all())
    asked = keyset(lens.deals, order=lens.order, load=_load, size=5)
    cut = keyset(lens.deals, order=lens.order, load=_load, size=5, read=total.read)
    assert [deal.pk for deal in cut.rows] == [deal.pk for deal in asked.rows]
    assert cut.next == asked.next != ""
    rest = keyset(lens.deals, order=lens.order, load=_load, size=5, after=cut.next, read=total.read)
    assert {deal.pk for deal in [*cut.rows, *rest.rows]} == {deal.pk for deal in deals}


def test_a_flag_of_open_deals_says_the_outcome_alone(cast: Cast, deals: list[Deal]) -> None:
    now, today = clock.now(), clock.now().date()
    for code in filter(is_of_open, CODES):
        lens = DealLens.read({"flag": code}, cast.chenan)
        assert "on_hold" not in str(lens.wanted)
        assert set(lens.deals) == set(Deal.objects.filter(where(code, now, today), owner=cast.chenan))
    held = DealLens.read({"flag": "no_next_step", "outcome": "on_hold"}, cast.chenan)
    assert not held.deals.exists()


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"flag": "no_next_step"}, "deal_idle"),
        ({"source": "web"}, "deal_live"),
        ({"category": "commit", "min": "1000"}, "deal_live"),
        ({"funnel": "b2b", "stage": "propose"}, "deal_live"),
        *(
            ({"flag": code}, "deal_live")
            for code in ("over_stay", "overdue", "near_limit", "due_soon", "pushed")
        ),
    ],
)
def test_what_a_filtered_list_comes_to_is_held_by_an_index(
    cast: Cast, asked: dict[str, str], index: str
) -> None:
    lens = DealLens.read(asked, cast.wumin)
    rows = lens.deals.values_list("touched_at", "pk", "base_amount", "probability", "spec")
    held = next(one for one in Deal._meta.indexes if one.name == index)
    names = [*(name.lstrip("-") for name in held.fields), *held.include]
    columns = {Deal._meta.get_field(name).column for name in names}  # type: ignore[union-attr]
    said = {name for name in ("outcome", "next_on", "next_step") if name in str(held.condition)}
    assert set(re.findall(r'"pipeline_deal"\."(\w+)"', str(rows.query))) <= columns | said


def _load(keys: list[int]) -> list[Deal]:
    return list(Deal.objects.filter(pk__in=keys))
