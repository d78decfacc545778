"""The lines of a deal, and the amount that follows from them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loudou.catalog.models import Product
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Line
from loudou.pipeline.verbs.lines import write_lines
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast

FUNNEL, ERP = Line.Record.FUNNEL, Line.Record.ERP


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan, amount=100_000)


def line(product: Product, price: object, quantity: object = 1, record: str = FUNNEL) -> verbs.LineInput:
    return verbs.LineInput(product, Decimal(str(quantity)), Decimal(str(price)), record)


def test_the_amount_becomes_their_sum_rounded_half_up(deal: Deal, cast: Cast, product: Product) -> None:
    lines = [line(product, "33333.33", "1.5"), line(product, "40000", "1.25")]
    edited = verbs.set_lines(deal, lines=lines, by=cast.chenan, reason="按报价单")
    assert edited.deal.amount == Decimal("100000.00")  # 49,999.995 + 50,000
    assert [row.position for row in deal.lines.all()] == [0, 1]
    entry = Entry.objects.get(event="deal.lines_set")
    assert entry.particulars["after"] == ["机械臂 1.5 × 33,333.33", "机械臂 1.25 × 40,000.00"]


def test_only_funnel_lines_count_beside_erp_lines(deal: Deal, cast: Cast, product: Product) -> None:
    lines = [line(product, 90_000), line(product, 20_000, record=ERP)]
    edited = verbs.set_lines(deal, lines=lines, by=cast.chenan, reason="按报价单")
    assert (edited.deal.amount, edited.deal.base_amount, edited.deal.erp_amount) == (90_000, 90_000, 20_000)


def test_erp_lines_alone_are_taken_off_the_stated_amount(cast: Cast, product: Product) -> None:
    """D2: 800,000 of which 100,000 accessories are ERP lines."""
    deal = make.deal(cast.zhangwei, amount=800_000)
    apart = [line(product, 100_000, record=ERP)]
    edited = verbs.set_lines(deal, lines=apart, by=cast.zhangwei, reason="配件走 ERP")
    assert (edited.deal.amount, edited.deal.erp_amount) == (700_000, 100_000)
    back = verbs.set_lines(deal, lines=[], by=cast.zhangwei, reason="配件不要了")
    assert (back.deal.amount, back.deal.erp_amount) == (800_000, 0)


def test_erp_lines_never_take_off_more_than_there_is(cast: Cast, product: Product) -> None:
    deal = make.deal(cast.chenan, amount=0)
    assert verbs.set_lines(deal, lines=[line(product, 5, record=ERP)], by=cast.chenan).deal.amount == 0


def test_the_same_lines_again_are_nothing(deal: Deal, cast: Cast, product: Product) -> None:
    lines = [line(product, 90_000, "1.0001")]
    first = verbs.set_lines(deal, lines=lines, by=cast.chenan, reason="按报价单")
    again = verbs.set_lines(deal, lines=[line(product, "90000.00", 1)], by=cast.chenan)
    assert again.deal.version == first.deal.version


def test_lines_that_change_nothing_in_the_amount_leave_no_move(
    deal: Deal, cast: Cast, product: Product
) -> None:
    verbs.set_lines(deal, lines=[line(product, 100_000)], by=cast.chenan)
    assert deal.moves.count() == 1
    assert deal.lines.count() == 1


def test_lines_that_carry_the_amount_past_its_manager_wait_for_them(
    deal: Deal, cast: Cast, product: Product
) -> None:
    lines = [line(product, 80_000, 2), line(product, 1, record=ERP)]
    edited = verbs.set_lines(deal, lines=lines, by=cast.chenan, reason="加了一台")
    assert (edited.deal.amount, deal.lines.count()) == (100_000, 0)
    assert edited.requests[0].signer == cast.wumin
    signed = verbs.confirm(edited.requests[0], opinion="第二台的需求已经核实", by=cast.wumin)
    assert (signed.amount, signed.erp_amount, signed.amount_jumps, deal.lines.count()) == (160_000, 1, 1, 2)


def test_a_manager_sets_them_at_once(deal: Deal, cast: Cast, product: Product) -> None:
    edited = verbs.set_lines(deal, lines=[line(product, 200_000)], by=cast.wumin, reason="按报价单")
    assert (edited.deal.amount, edited.requests) == (200_000, [])


def test_lines_that_change_an_amount_say_why(deal: Deal, cast: Cast, product: Product) -> None:
    """C2: an amount changes with a reason, whatever changes it; a first amount, and the system, give none."""
    with pytest.raises(Refused) as refusal:
        verbs.set_lines(deal, lines=[line(product, 90_000)], by=cast.chenan, reason=" ")
    assert refusal.value.field == "reason"
    assert (deal.lines.count(), deal.moves.count()) == (0, 1)
    verbs.set_lines(deal, lines=[line(product, 90_000)], by=cast.chenan, reason="按报价单")
    assert deal.moves.latest("pk").reason == "按报价单"
    assert verbs.set_lines(deal, lines=[line(product, 80_000)], by=None).deal.amount == 80_000
    empty = make.deal(cast.chenan, amount=0)
    assert verbs.set_lines(empty, lines=[line(product, 7)], by=cast.chenan).deal.amount == 7


def test_they_make_a_question_for_an_amount_pointless(deal: Deal, cast: Cast, product: Product) -> None:
    asked = verbs.edit(deal, by=cast.chenan, amount=Decimal(500_000), reason="加了二期").requests[0]
    verbs.set_lines(deal, lines=[line(product, 100_000)], by=cast.chenan)
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


@pytest.mark.parametrize(
    ("field", "price", "quantity", "record"),
    [
        ("quantity", 1, 0, FUNNEL),
        ("quantity", 1, "0.0001", FUNNEL),
        ("quantity", 1, -1, FUNNEL),
        ("quantity", 1, "NaN", FUNNEL),
        ("quantity", 0, "1e12", FUNNEL),
        ("price", -1, 1, FUNNEL),
        ("price", "9999999999999", 2, FUNNEL),
        ("system_of_record", 1, 1, "paper"),
    ],
)
def test_it_is_refused_beside_the_field(
    deal: Deal, cast: Cast, product: Product, field: str, price: object, quantity: object, record: str
) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.set_lines(deal, lines=[line(product, price, quantity, record)], by=cast.chenan)
    assert refusal.value.field == field


def test_a_closed_deal_keeps_its_lines(deal: Deal, cast: Cast, product: Product) -> None:
    verbs.cancel(deal, by=cast.chenan, code=make.reason("cancelled", "no_budget"), review="预算砍了")
    with pytest.raises(Refused):
        verbs.set_lines(deal, lines=[line(product, 1)], by=cast.chenan)


def test_who_may_not_does_not_and_who_saw_another_version_is_told(
    deal: Deal, cast: Cast, product: Product
) -> None:
    with pytest.raises(Forbidden):
        verbs.set_lines(deal, lines=[line(product, 1)], by=cast.lina)
    verbs.edit(deal, by=cast.chenan, title="新线")
    with pytest.raises(Stale):
        verbs.set_lines(deal, lines=[line(product, 1)], by=cast.chenan, version=deal.version)


def test_signed_or_not_they_stay_out_of_a_closed_deal(deal: Deal, cast: Cast, product: Product) -> None:
    verbs.lose(deal, by=None, code=make.reason(), review="价格高出一成，没有谈拢")
    with pytest.raises(Refused):
        write_lines(deal, lines=[line(product, 60_000)], by=None)
    assert not deal.lines.exists()
