"""Changing what a deal says."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from loudou.customers.models import Contact, Customer
from loudou.journal import sentences
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Rate
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Move, State
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


@pytest.fixture
def dollars(db: None) -> None:
    Rate.objects.create(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal("7"))


def kinds(deal: Deal) -> list[str]:
    """The moves of a deal after its birth."""
    return list(Move.objects.filter(deal=deal).order_by("id").values_list("kind", flat=True))[1:]


def test_what_explains_itself_is_written_at_once(deal: Deal, cast: Cast) -> None:
    edited = verbs.edit(
        deal, by=cast.chenan, title=" 新线 ", next_step="去拜访", next_on=make.day("2026-12-01")
    )
    assert (edited.deal.title, edited.requests) == ("新线", [])
    assert edited.deal.version == deal.version + 1
    entry = Entry.objects.get(event="deal.edited")
    assert entry.particulars["changes"]["title"] == ["柔性产线", "新线"]
    assert kinds(deal) == []


def test_nothing_changed_is_no_entry_and_no_version(deal: Deal, cast: Cast) -> None:
    edited = verbs.edit(deal, by=cast.chenan, title="柔性产线", next_step=None)
    assert edited.deal.version == deal.version
    assert not Entry.objects.filter(event="deal.edited").exists()


def test_it_is_found_by_its_new_title(deal: Deal, cast: Cast) -> None:
    verbs.edit(deal, by=cast.chenan, title="激光切割")
    assert list(Deal.objects.found("切割")) == [deal]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", Decimal(120_000)),
        ("expected_on", clock.now().date() + timedelta(days=90)),
        ("probability", Decimal("0.2")),
        ("category", "commit"),
    ],
)
def test_what_others_count_on_changes_with_a_reason_and_leaves_a_move(
    deal: Deal, cast: Cast, name: str, value: Any
) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.edit(deal, by=cast.chenan, **{name: value})
    assert refusal.value.field == "reason"
    edited = verbs.edit(deal, by=cast.chenan, reason="客户改了计划", **{name: value})
    assert getattr(edited.deal, name) == value
    move = Move.objects.filter(deal=deal).latest("id")
    assert (getattr(move, name), move.reason) == (value, "客户改了计划")
    assert State.objects.filter(deal=deal).count() == 2


def test_a_first_amount_and_date_explain_themselves(cast: Cast) -> None:
    deal = make.deal(cast.chenan, amount=0, expected_on=None)
    soon = clock.now().date() + timedelta(days=5)
    edited = verbs.edit(deal, by=cast.chenan, amount=Decimal("9.999"), expected_on=soon)
    assert (edited.deal.amount, kinds(deal)) == (10, ["amount", "expected_close"])


def test_a_date_moved_later_is_a_push(deal: Deal, cast: Cast) -> None:
    for days in (90, 80, 100):
        later = clock.now().date() + timedelta(days=days)
        deal = verbs.edit(deal, by=cast.chenan, expected_on=later, reason="推迟").deal
    assert deal.pushes == 2


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": ""}),
        ("title", {"title": None}),
        ("next_step", {"next_step": "长" * 301}),
        ("source", {"source": "dream"}),
        ("amount", {"amount": Decimal(-5)}),
        ("amount", {"amount": None}),
        ("expected_on", {"expected_on": date(2020, 1, 1)}),
        ("expected_on", {"expected_on": None}),
        ("probability", {"probability": Decimal("1.01")}),
        ("category", {"category": "dream"}),
        ("currency", {"currency": "XXX"}),
        ("", {"owner": None}),
    ],
)
def test_it_is_refused_beside_the_field(deal: Deal, cast: Cast, field: str, values: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.edit(deal, by=cast.chenan, reason="试试", **values)
    assert refusal.value.field == field
    assert kinds(deal) == []


def test_an_overdue_date_may_stay_while_the_rest_changes(deal: Deal, cast: Cast) -> None:
    later = clock.now() + timedelta(days=100)
    with clock.at(later):
        edited = verbs.edit(deal, by=cast.chenan, title="改名", expected_on=deal.expected_on)
    assert edited.deal.title == "改名"


def test_the_amount_of_a_deal_with_lines_is_theirs(deal: Deal, cast: Cast, product: Any) -> None:
    verbs.set_lines(deal, by=None, lines=[verbs.LineInput(product, Decimal(1), Decimal(90_000))])
    with pytest.raises(Refused) as refusal:
        verbs.edit(deal, by=cast.chenan, amount=Decimal(95_000), reason="涨价")
    assert refusal.value.field == "amount"
    assert verbs.edit(deal, by=cast.chenan, amount=Decimal(90_000), title="同价").deal.title == "同价"


def test_a_closed_deal_keeps_what_it_counted_with(deal: Deal, cast: Cast) -> None:
    verbs.lose(deal, by=cast.chenan, code=make.reason(), review="价格没谈拢")
    with pytest.raises(Refused):
        verbs.edit(deal, by=cast.chenan, amount=Decimal(110_000), reason="补记")
    assert verbs.edit(deal, by=cast.chenan, note="复盘").deal.note == "复盘"


def test_a_resting_deal_may_be_changed(deal: Deal, cast: Cast) -> None:
    wake = clock.now().date() + timedelta(days=30)
    verbs.hold(deal, by=cast.chenan, wake_on=wake, reason="等预算")
    edited = verbs.edit(deal, by=cast.chenan, amount=Decimal(110_000), reason="加了一台")
    assert (edited.deal.amount, edited.deal.outcome, edited.deal.wake_on) == (110_000, "on_hold", wake)


def test_who_may_not_does_not(deal: Deal, cast: Cast) -> None:
    for stranger in (cast.maxiao, cast.lina, cast.qianjin):
        with pytest.raises(Forbidden):
            verbs.edit(deal, by=stranger, title="改")


def test_who_lost_the_deal_while_waiting_for_it_does_not(deal: Deal, cast: Cast) -> None:
    seen = Deal.objects.get(pk=deal.pk)
    verbs.hand_over(deal, owner=cast.lina, by=cast.wumin, reason="换人")
    with pytest.raises(Forbidden):
        verbs.edit(seen, by=cast.chenan, title="改")


def test_what_somebody_changed_meanwhile_is_shown_beside_ones_own(deal: Deal, cast: Cast) -> None:
    verbs.edit(deal, by=cast.wumin, title="甲")
    with pytest.raises(Stale) as stale:
        verbs.edit(deal, by=cast.chenan, title="乙", version=deal.version)
    assert stale.value.differences == {"title": ("甲", "乙")}


# Customers -----------------------------------------------------------------------------------------------------


def test_another_customer_brings_contacts_of_its_own(deal: Deal, cast: Cast, customer: Customer) -> None:
    verbs.edit(deal, by=cast.chenan, customer=customer)
    contact = Contact.objects.create(customer=customer, name="许明华", name_key="", recorded_at=clock.now())
    verbs.set_contacts(deal, contacts=[contact], by=cast.chenan)
    edited = verbs.edit(deal, by=cast.chenan, customer=None)
    assert (edited.deal.customer_name, edited.deal.parts.count()) == ("", 0)


def test_a_customer_one_cannot_see_is_none(deal: Deal, cast: Cast, customer: Customer) -> None:
    theirs = make.deal(cast.lina)
    with pytest.raises(Refused) as refusal:
        verbs.edit(theirs, by=cast.lina, customer=customer)
    assert refusal.value.field == "customer"
    verbs.edit(deal, by=cast.chenan, customer=customer)
    verbs.hand_over(deal, owner=cast.lina, by=cast.wumin, reason="换人")
    assert verbs.edit(deal, by=cast.lina, customer=customer, title="接手").deal.title == "接手"


# Signatures ----------------------------------------------------------------------------------------------------


def test_an_amount_that_changes_by_more_than_half_waits_for_the_manager(deal: Deal, cast: Cast) -> None:
    edited = verbs.edit(deal, by=cast.chenan, amount=Decimal(150_001), title="大线", reason="加了二期")
    assert (edited.deal.amount, edited.deal.title) == (100_000, "大线")
    request = edited.requests[0]
    assert (request.signer, request.owner, request.payload["amount"]) == (
        cast.wumin,
        cast.chenan,
        "150001.00",
    )
    signed = verbs.confirm(request, opinion="二期合同范围已经核对过", by=cast.wumin)
    assert (signed.amount, signed.amount_jumps) == (150_001, 1)


def test_half_is_not_more_than_half(deal: Deal, cast: Cast) -> None:
    edited = verbs.edit(deal, by=cast.chenan, amount=Decimal(150_000), reason="加了一台")
    assert (edited.deal.amount, edited.requests, edited.deal.amount_jumps) == (150_000, [], 0)


def test_a_manager_changes_it_at_once_and_makes_the_question_pointless(deal: Deal, cast: Cast) -> None:
    asked = verbs.edit(deal, by=cast.chenan, amount=Decimal(300_000), reason="加了二期").requests[0]
    edited = verbs.edit(deal, by=cast.wumin, amount=Decimal(250_000), reason="按二期首付")
    assert (edited.deal.amount, edited.deal.amount_jumps) == (250_000, 1)
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


def test_a_manager_does_not_agree_to_their_own(cast: Cast) -> None:
    deal = make.deal(cast.wumin)
    request = verbs.edit(deal, by=cast.wumin, amount=Decimal(900_000), reason="加了二期").requests[0]
    assert request.signer == cast.heli


def test_another_currency_does_not_hide_a_jump(deal: Deal, cast: Cast, dollars: None) -> None:
    edited = verbs.edit(deal, by=cast.chenan, currency="USD", reason="改签美元")
    assert len(edited.requests) == 1
    same = verbs.edit(
        make.deal(cast.chenan), by=cast.chenan, currency="USD", amount=Decimal(14_000), reason="改签"
    )
    assert (same.deal.amount, same.deal.base_amount, same.requests) == (14_000, 98_000, [])
    assert same.deal.amount_jumps == 0


def _told(entry: Entry) -> list[tuple[str, str]]:
    """How an entry tells what changed, from what to what."""
    return [(change.before, change.after) for change in sentences.changes(entry)]


def test_history_tells_each_amount_in_the_currency_of_its_time(cast: Cast, dollars: None) -> None:
    deal = make.deal(cast.chenan, amount=100_000)
    request = verbs.edit(
        deal, by=cast.chenan, currency="USD", amount=Decimal(130_000), reason="改签美元"
    ).requests[0]
    verbs.confirm(request, opinion="汇率口径已在报价单上写清", by=cast.wumin)
    verbs.edit(deal, by=cast.wumin, amount=Decimal(140_000), reason="补一台")
    changed, later = Entry.objects.filter(event="deal.edited").order_by("id")
    with translation.override("en"):
        assert _told(changed) == [("¥100k", "$130k"), ("CNY", "USD")]
        assert _told(later) == [("$130k", "$140k")]
        assert sentences.reason(later) == "补一台"


def test_a_success_rate_far_from_the_stages_waits_for_the_manager(deal: Deal, cast: Cast) -> None:
    near = verbs.edit(deal, by=cast.chenan, probability=Decimal("0.30"), reason="口头答应")
    assert (near.deal.probability, near.requests) == (Decimal("0.30"), [])
    far = verbs.edit(deal, by=cast.chenan, probability=Decimal("0.31"), reason="口头答应")
    assert (far.deal.probability, len(far.requests)) == (Decimal("0.30"), 1)
    signed = verbs.confirm(far.requests[0], opinion="已和客户总经理电话核实", by=cast.wumin)
    assert (signed.probability, signed.probability_reason) == (Decimal("0.31"), "口头答应")


def test_a_near_rate_makes_the_question_for_a_far_one_pointless(deal: Deal, cast: Cast) -> None:
    asked = verbs.edit(deal, by=cast.chenan, probability=Decimal("0.90"), reason="口头答应").requests[0]
    verbs.edit(deal, by=cast.chenan, probability=Decimal("0.20"), reason="再想想")
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


def test_ones_own_rate_and_category_can_be_taken_back(deal: Deal, cast: Cast) -> None:
    verbs.edit(deal, by=cast.chenan, probability=Decimal("0.2"), category="commit", reason="口头答应")
    edited = verbs.edit(deal, by=cast.chenan, probability=None, category=None, reason="没有的事")
    assert (edited.deal.probability, edited.deal.category, edited.deal.probability_reason) == (None, "", "")


def test_asking_twice_is_refused(deal: Deal, cast: Cast) -> None:
    verbs.edit(deal, by=cast.chenan, amount=Decimal(300_000), reason="加了二期")
    with pytest.raises(Refused):
        verbs.edit(deal, by=cast.chenan, amount=Decimal(400_000), reason="加了三期")
