"""Opening a deal."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from loudou.customers.models import Customer
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import Organisation, Rate
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Funnel, Move, State, Visit
from loudou.pipeline.verbs import opening
from loudou.pipeline.verbs.opening import next_codes
from tests import make
from tests.cast import Cast


def test_it_stands_at_the_first_stage_with_a_move_a_state_and_a_visit(cast: Cast) -> None:
    deal = make.deal(cast.chenan, amount=Decimal("100000.005"))
    assert (deal.spec.stage.code, deal.outcome, deal.owner, deal.unit) == (
        "verify",
        "open",
        cast.chenan,
        cast.chenan.unit,
    )
    assert deal.amount == deal.base_amount == Decimal("100000.01")
    assert (deal.gate_done, deal.gate_total) == (0, 5)
    move = Move.objects.get(deal=deal)
    assert (move.kind, move.at) == ("enter", move.known_at)
    assert move.known_at == move.recorded_at
    assert State.objects.filter(deal=deal, until=None).count() == 1
    assert Visit.objects.get(deal=deal).entered_by == "first"
    assert Entry.objects.get(event="deal.opened", subject_id=deal.pk).actor == cast.chenan


def test_what_is_opened_now_was_never_known_late(cast: Cast) -> None:
    assert not make.deal(cast.chenan).known_late


def test_its_number_has_the_month_and_is_drawn_in_order(cast: Cast) -> None:
    with clock.at(make.instant("2026-11-01 00:30")):
        first, second = make.deal(cast.chenan), make.deal(cast.chenan)
    assert first.code.startswith("SJ-2611-")
    assert int(second.code[8:]) == int(first.code[8:]) + 1


def test_a_number_somebody_typed_before_is_passed_over(cast: Cast) -> None:
    drawn = next_codes()[0]
    taken = f"{drawn[:8]}{int(drawn[8:]) + 1:04d}"
    make.deal(cast.chenan, code=taken)
    assert make.deal(cast.chenan).code > taken


def test_a_number_is_given_once(cast: Cast) -> None:
    make.deal(cast.chenan, code=" A-1 ")
    with pytest.raises(Refused) as refusal:
        make.deal(cast.lina, code="A-1")
    assert refusal.value.field == "code"


def test_another_clash_is_no_taken_number(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    there = make.deal(cast.chenan)

    def clash(*args: object, **columns: object) -> None:
        Deal.objects.filter(pk=there.pk).update(amount=-1)

    monkeypatch.setattr(opening, "add_move", clash)
    with pytest.raises(IntegrityError, match="deal_amount_not_negative"):
        make.deal(cast.lina)


def test_it_is_written_once_as_its_first_fact_leaves_it(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        deal = make.deal(cast.chenan, amount=Decimal("5000"), next_step="回访", extra={"line": [1]})
    written = [one["sql"] for one in asked if "pipeline_deal" in one["sql"].split("SELECT")[0]]
    assert [sql.split(maxsplit=1)[0] for sql in written] == ["INSERT"]
    stored = Deal.objects.get(pk=deal.pk)
    assert all(
        getattr(stored, field.attname) == getattr(deal, field.attname)
        for field in Deal._meta.concrete_fields
        if field.attname != "search"
    )
    assert stored.search and not deal._state.adding


def test_a_manager_opens_for_their_people_and_for_nobody_elses(cast: Cast) -> None:
    deal = verbs.open_deal(title="产线", by=cast.wumin, owner=cast.chenan)
    assert deal.owner == cast.chenan
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="deal.opened").exists()
    with pytest.raises(Forbidden):
        verbs.open_deal(title="产线", by=cast.wumin, owner=cast.sunqiang)
    with pytest.raises(Forbidden):
        verbs.open_deal(title="产线", by=cast.chenan, owner=cast.lina)


def test_who_cannot_open_does_not(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.open_deal(title="产线", by=cast.qianjin)


def test_the_owner_is_somebody_who_is_there_and_sells(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.open_deal(title="产线", by=cast.linjing)
    assert refusal.value.field == "owner"
    cast.chenan.is_active = False
    with pytest.raises(Refused) as refusal:
        verbs.open_deal(title="产线", by=cast.linjing, owner=cast.chenan)
    assert refusal.value.field == "owner"
    with pytest.raises(Refused) as refusal:
        verbs.open_deal(title="产线", by=None)
    assert refusal.value.field == "owner"


@pytest.mark.parametrize(
    ("field", "details"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "长" * 201}),
        ("title", {"title": "坏\x00"}),
        ("title", {"title": "\ud800"}),
        ("note", {"note": "长" * 10_001}),
        ("amount", {"amount": Decimal(-1)}),
        ("amount", {"amount": Decimal("NaN")}),
        ("amount", {"amount": Decimal("1e14")}),
        ("currency", {"currency": "XXX"}),
        ("expected_on", {"expected_on": date(2020, 1, 1)}),
        ("source", {"source": "dream"}),
        ("category", {"category": "dream"}),
    ],
)
def test_it_is_refused_beside_the_field(cast: Cast, field: str, details: dict[str, object]) -> None:
    with pytest.raises(Refused) as refusal:
        make.deal(cast.chenan, **details)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert not Deal.objects.exists()


def test_another_currency_counts_at_the_plan_rate_of_its_day(cast: Cast) -> None:
    Rate.objects.create(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal("7.1"))
    Rate.objects.create(currency="USD", kind="spot", valid_from=date(2026, 1, 1), rate=Decimal("6.9"))
    deal = make.deal(cast.chenan, amount=1000, currency="USD")
    assert (deal.amount, deal.currency, deal.base_amount) == (1000, "USD", 7100)


def test_the_funnel_is_one_the_owners_unit_may_use(cast: Cast) -> None:
    funnel = make.funnel()
    verbs.set_funnel(funnel, by=None, units=[cast.unit("SOUTH")])
    with pytest.raises(Refused) as refusal:
        make.deal(cast.chenan, funnel=funnel)
    assert refusal.value.field == "funnel"
    assert make.deal(cast.maxiao, funnel=funnel).funnel == funnel


def test_without_a_funnel_there_is_nothing_to_open_it_on(cast: Cast) -> None:
    Funnel.objects.update(retired_at=clock.now())
    with pytest.raises(Refused) as refusal:
        make.deal(cast.chenan)
    assert refusal.value.field == "funnel"


def test_not_even_the_system_opens_one_on_a_retired_funnel(cast: Cast) -> None:
    funnel = make.funnel()
    Funnel.objects.filter(pk=funnel.pk).update(retired_at=clock.now())
    with pytest.raises(Refused) as refusal:
        verbs.open_deal(
            title="电芯装配线", by=None, owner=cast.chenan, funnel=Funnel.objects.get(pk=funnel.pk)
        )
    assert refusal.value.field == "funnel"


def test_a_customer_one_cannot_see_is_none(cast: Cast, customer: Customer) -> None:
    assert make.deal(cast.chenan, customer=customer).customer_name == customer.name
    with pytest.raises(Refused) as refusal:
        make.deal(cast.maxiao, customer=customer)
    assert refusal.value.field == "customer"


def test_what_is_known_at_birth_stands_on_it(cast: Cast) -> None:
    deal = make.deal(
        cast.chenan,
        customer_name="待定客户",
        next_step=" 打电话 ",
        next_on=make.day("2026-12-01"),
        source="web",
        note="背景",
        category="commit",
    )
    deal.refresh_from_db()
    assert (deal.customer_name, deal.next_step, deal.source, deal.category) == (
        "待定客户",
        "打电话",
        "web",
        "commit",
    )


# Business time -------------------------------------------------------------------------------------------------


def test_it_may_be_dated_back_three_days_and_no_further(cast: Cast) -> None:
    now = clock.now()
    deal = make.deal(cast.chenan, at=now - timedelta(days=3) + timedelta(minutes=1))
    assert (deal.back_dated, deal.known_late) == (0, True)
    with pytest.raises(Forbidden) as refusal:
        make.deal(cast.chenan, at=now - timedelta(days=3, minutes=1))
    assert refusal.value.field == "at"


def test_a_superior_dates_back_further_and_it_is_counted(cast: Cast) -> None:
    at = clock.now() - timedelta(days=10)
    deal = verbs.open_deal(title="产线", by=cast.wumin, owner=cast.chenan, at=at)
    assert (deal.created_at, deal.back_dated) == (at, 1)


def test_nobody_dates_back_their_own(cast: Cast) -> None:
    at = clock.now() - timedelta(days=10)
    with pytest.raises(Forbidden):
        verbs.open_deal(title="产线", by=cast.wumin, at=at)


def test_above_whom_nobody_stands_may(cast: Cast) -> None:
    at = clock.now() - timedelta(days=10)
    cast.linjing.roles = ["rep"]
    cast.linjing.save()
    assert verbs.open_deal(title="产线", by=cast.hezong, at=at).back_dated == 1


def test_the_system_takes_history_as_it_was(cast: Cast) -> None:
    at = make.instant("2020-01-01")
    deal = verbs.open_deal(
        title="产线", by=None, owner=cast.chenan, at=at, expected_on=make.day("2020-03-01")
    )
    assert (deal.created_at, deal.back_dated) == (at, 1)


def test_it_does_not_lie_in_the_future_but_may_in_closed_books(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        make.deal(cast.chenan, at=clock.now() + timedelta(minutes=1))
    assert refusal.value.field == "at"
    yesterday = clock.now() - timedelta(days=1)
    Organisation.objects.update(closed_through=clock.now().date())
    assert make.deal(cast.chenan, at=yesterday).created_at == yesterday  # for targets it counts later (C20)


# Successors ----------------------------------------------------------------------------------------------------


def test_a_successor_takes_customer_and_source_along(cast: Cast, customer: Customer) -> None:
    lost = make.deal(cast.chenan, customer=customer, source="web")
    verbs.lose(lost, by=cast.chenan, code=make.reason(), review="报价高了两成")
    lost.refresh_from_db()
    deal = make.deal(cast.chenan, predecessor=lost)
    assert (deal.predecessor, deal.customer, deal.source) == (lost, customer, "web")


def test_only_what_ended_without_a_win_has_a_successor(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        make.deal(cast.chenan, predecessor=make.deal(cast.chenan))
    assert refusal.value.field == "predecessor"
    with pytest.raises(Forbidden):
        make.deal(cast.maxiao, predecessor=make.deal(cast.chenan))
