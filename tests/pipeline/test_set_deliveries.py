"""In which parts a deal is delivered, and what becomes of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from loudou.catalog.models import Product
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Rate
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal, DeliveryPart, Move
from loudou.pipeline.queries.deliveries import planned
from tests import make
from tests.cast import Cast


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan, amount=100_000)


def parts(*told: tuple[int, object]) -> list[Part]:
    """Parts so many days from now, with their amounts."""
    today = organisation().today
    return [Part(today + timedelta(days=days), Decimal(str(amount))) for days, amount in told]


HALVES = ((30, 40_000), (90, 60_000))


def amounts(deal: Deal) -> list[Decimal]:
    deal.refresh_from_db()
    return [part.amount for part in planned(deal)]


def test_they_stand_by_date_and_sum_to_the_deal(deal: Deal, cast: Cast) -> None:
    made = verbs.set_deliveries(deal, parts=parts(*reversed(HALVES)), by=cast.chenan, version=deal.version)
    assert (made.planned, made.version) == (True, deal.version + 1)
    assert [(part.due_on, part.amount, part.base_amount) for part in planned(made)] == [
        (part.due_on, part.amount, part.amount) for part in parts(*HALVES)
    ]
    entry = Entry.objects.get(event="deal.deliveries_set")
    assert entry.particulars["after"] == [f"{part.due_on} {part.amount:,.2f}" for part in parts(*HALVES)]
    assert (made.expected_on, made.amount) == (deal.expected_on, deal.amount)


def test_the_same_plan_again_is_nothing(deal: Deal, cast: Cast) -> None:
    first = verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.chenan)
    again = verbs.set_deliveries(first, parts=parts(*HALVES), by=cast.chenan)
    assert again.version == first.version
    assert Move.objects.filter(deal=deal, kind="deliveries").count() == 1


def test_a_plan_is_changed_and_taken_away_with_a_reason(deal: Deal, cast: Cast) -> None:
    verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.chenan)
    with pytest.raises(Refused) as refusal:
        verbs.set_deliveries(deal, parts=[], by=cast.chenan, reason=" ")
    assert refusal.value.field == "reason"
    verbs.set_deliveries(deal, parts=parts((30, 50_000), (60, 50_000)), by=cast.chenan, reason="客户分批验收")
    assert amounts(deal) == [50_000, 50_000]
    verbs.set_deliveries(deal, parts=[], by=cast.chenan, reason="一次交付")
    assert amounts(deal) == []
    assert Entry.objects.get(event="deal.deliveries_removed").particulars["reason"] == "一次交付"
    verbs.edit(deal, by=None, amount=Decimal(90_000), reason="让价")
    assert not Entry.objects.filter(event="deal.deliveries_followed").exists()
    # What was planned before is kept, so that the past can be asked for.
    assert DeliveryPart.objects.filter(deal=deal).exclude(until=None).count() == 4


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (((30, 100_000),), "至少分两批"),
        (((30, 0), (60, 100_000)), "必须大于零"),
        (((30, 40_000), (60, 59_999.99)), "合计 99,999.99，商机金额 100,000.00"),
        (((30, 40_000), (30, 60_000)), "日期相同"),
        (((-1, 40_000), (30, 60_000)), "已经过去"),
        (((30, 40_000), (366 * 22, 60_000)), "超过 20 年"),
        (tuple((days, 1) for days in range(1, 62)), "最多 60 批"),
        (((30, -5), (60, 100_005)), "不能为负数"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    deal: Deal, cast: Cast, told: tuple[tuple[int, object], ...], word: str
) -> None:
    with pytest.raises(Refused, match=word) as refusal:
        verbs.set_deliveries(deal, parts=parts(*told), by=cast.chenan)
    assert refusal.value.field == "deliveries"
    assert amounts(deal) == []


def test_a_part_may_be_due_today_and_up_to_the_end_of_the_twentieth_year(deal: Deal, cast: Cast) -> None:
    last = date(organisation().today.year + 20, 12, 31)
    told = [*parts((0, 40_000)), Part(last, Decimal(60_000))]
    made = verbs.set_deliveries(deal, parts=told, by=cast.chenan)
    assert [part.due_on for part in planned(made)] == [organisation().today, last]


def test_a_date_the_plan_has_may_have_passed(deal: Deal, cast: Cast) -> None:
    past, coming = parts((-3, 40_000), (30, 60_000))
    kept = [[part.due_on.isoformat(), str(part.amount)] for part in (past, coming)]
    Move.objects.create(
        deal=deal,
        kind="deliveries",
        at=deal.recorded_at,
        recorded_at=deal.recorded_at,
        known_at=deal.recorded_at,
        channel="web",
        plan=kept,
    )
    verbs.edit(deal, by=cast.chenan, next_step="回访", next_on=coming.due_on)
    verbs.edit(deal, by=cast.chenan, category="commit", reason="已口头确认")  # derives
    assert amounts(deal) == [40_000, 60_000]
    later = parts((45, 60_000))
    verbs.set_deliveries(deal, parts=[past, *later], by=cast.chenan, reason="第二批推迟")
    assert amounts(deal) == [40_000, 60_000]


def test_a_closed_deal_keeps_its_plan_as_it_is(cast: Cast) -> None:
    deal = make.deal(cast.chenan, amount=100_000)
    verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.chenan)
    verbs.lose(deal, by=None, code=make.reason())
    with pytest.raises(Refused, match="请先重开"):
        verbs.set_deliveries(deal, parts=[], by=cast.chenan, reason="丢单")
    verbs.reopen(deal, by=None, reason="客户回头")
    assert amounts(deal) == [40_000, 60_000]


def test_who_may_change_the_deal_may_plan_it(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.sunqiang)
    with pytest.raises(Forbidden):
        verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.yanzheng)
    assert amounts(deal) == []


def test_days_that_are_over_are_brought_by_who_may_import_history(deal: Deal, cast: Cast) -> None:
    past = parts((-30, 40_000), (-3, 60_000))
    with pytest.raises(Forbidden):
        verbs.set_deliveries(deal, parts=past, by=cast.chenan, history=True)
    with pytest.raises(Refused, match="已经过去"):
        verbs.set_deliveries(deal, parts=past, by=cast.chenan)
    verbs.set_deliveries(deal, parts=past, by=None, history=True)
    assert amounts(deal) == [40_000, 60_000]


def test_a_plan_somebody_overtook_is_stale_with_both_values(deal: Deal, cast: Cast) -> None:
    verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.chenan, version=deal.version)
    with pytest.raises(Stale) as stale:
        verbs.set_deliveries(
            deal, parts=parts((30, 1), (60, 99_999)), by=cast.chenan, version=deal.version, reason="改"
        )
    stored, sent = stale.value.differences["deliveries"]
    assert "40,000.00" in stored and "99,999.00" in sent
    assert amounts(deal) == [40_000, 60_000]


def test_parts_follow_the_amount_by_largest_remainders(deal: Deal, cast: Cast) -> None:
    verbs.set_deliveries(deal, parts=parts((30, 33_333), (60, 33_333), (90, 33_334)), by=cast.chenan)
    verbs.edit(deal, by=None, amount=Decimal("100.00"), reason="缩减范围")
    assert amounts(deal) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    entry = Entry.objects.get(event="deal.deliveries_followed")
    assert [line.split()[1] for line in entry.particulars["after"]] == ["33.33", "33.33", "33.34"]
    # Through nought and back nothing is forgotten: parts follow what was planned, not what they came to.
    verbs.edit(deal, by=None, amount=Decimal(0), reason="暂停")
    assert amounts(deal) == [0, 0, 0]
    verbs.edit(deal, by=None, amount=Decimal(200_000), reason="恢复")
    assert amounts(deal) == [66_666, 66_666, 66_668]


def test_parts_follow_the_lines_and_the_win(cast: Cast, product: Product) -> None:
    deal = make.at_last_stage(cast.chenan, amount=100_000)
    verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.chenan)
    line = verbs.LineInput(product, Decimal(1), Decimal(120_000))
    verbs.set_lines(deal, lines=[line], by=None, reason="报价")
    assert amounts(deal) == [48_000, 72_000]
    verbs.win(deal, by=None, amount=Decimal(110_000))
    assert amounts(deal) == [44_000, 66_000]
    assert Entry.objects.filter(event="deal.deliveries_followed").count() == 2


def test_dates_stay_when_the_expected_close_is_moved(deal: Deal, cast: Cast) -> None:
    verbs.set_deliveries(deal, parts=parts(*HALVES), by=cast.chenan)
    later = organisation().today + timedelta(days=200)
    verbs.edit(deal, by=cast.chenan, expected_on=later, reason="客户推迟签约")
    deal.refresh_from_db()
    assert [part.due_on for part in planned(deal)] == [part.due_on for part in parts(*HALVES)]


def test_in_another_currency_base_amounts_sum_to_the_base_amount(cast: Cast) -> None:
    Rate.objects.create(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal("7.1234"))
    deal = make.deal(cast.chenan, amount=100, currency="USD")
    told = parts((30, "33.33"), (60, "33.33"), (90, "33.34"))
    verbs.set_deliveries(deal, parts=told, by=cast.chenan)
    deal.refresh_from_db()
    assert sum(part.base_amount for part in planned(deal)) == deal.base_amount
