"""Winning a deal."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from loudou.customers.models import Contact, Customer
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Organisation, Rate
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Visit
from loudou.signoff.models import Request
from loudou.signoff.queries import inbox
from tests import make
from tests.cast import Cast

OPINION = "合同双方已经盖章生效"


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.at_last_stage(cast.chenan)


def test_a_rep_asks_and_sales_operations_or_finance_verify_the_contract(deal: Deal, cast: Cast) -> None:
    asked = verbs.win(deal, by=cast.chenan, amount=Decimal(120_000), reason="合同 HT-1").request
    assert asked is not None
    assert (asked.signer, asked.needs, asked.owner) == (None, "pipeline.confirm_win", cast.chenan)
    assert asked in inbox(cast.linjing)
    assert asked in inbox(cast.qianjin)
    assert asked not in inbox(cast.wumin)
    won = verbs.confirm(asked, opinion=OPINION, by=cast.qianjin)
    assert (won.outcome, won.amount, won.base_amount) == ("won", 120_000, 120_000)
    assert won.closed_at is not None
    assert Visit.objects.get(deal=deal, left_by="won").left_amount == 120_000
    entry = Entry.objects.get(event="deal.won")
    assert entry.particulars["amount"] == {"amount": "120000.00", "currency": "CNY"}
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="signoff.signed").exists()


def test_who_verifies_wins_it_at_once(deal: Deal, cast: Cast) -> None:
    won = verbs.win(deal, by=cast.linjing)
    assert (won.request, won.deal.outcome, won.deal.amount) == (None, "won", deal.amount)


def test_nobody_verifies_a_win_of_their_own(cast: Cast) -> None:
    cast.linjing.roles = ["operations", "rep"]
    cast.linjing.save()
    deal = make.at_last_stage(cast.linjing)
    asked = verbs.win(deal, by=cast.linjing).request
    assert asked is not None
    with pytest.raises(Forbidden):
        verbs.confirm(asked, opinion=OPINION, by=cast.linjing)
    assert verbs.confirm(asked, opinion=OPINION, by=cast.qianjin).outcome == "won"


def test_a_manager_verifies_no_contract(deal: Deal, cast: Cast) -> None:
    asked = verbs.win(deal, by=cast.wumin).request
    assert asked is not None
    with pytest.raises(Forbidden):
        verbs.confirm(asked, opinion=OPINION, by=cast.heli)


def test_it_is_won_from_the_last_stage(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.win(make.deal(cast.chenan), by=cast.linjing)
    assert refusal.value.field == "stage"


def test_every_gate_must_be_filled_and_the_refusal_is_on_record(cast: Cast, customer: Customer) -> None:
    deal = make.deal(cast.chenan)
    verbs.skip(deal, to=make.specs_of(deal)[3], by=cast.wumin, reason="客户直接签")
    deal.refresh_from_db()
    make.fill_gate(deal, None)
    with pytest.raises(verbs.GateShut) as shut:
        verbs.win(deal, by=cast.chenan)
    assert {item.code for item in shut.value.missing} >= {"budget", "needs_list", "proposal"}
    assert Entry.objects.get(event="deal.gate_refused").particulars["to_stage"] == "won"
    for spec in make.specs_of(deal)[:3]:
        for kind in spec.evidence_kinds.all():
            verbs.give_evidence(deal, kind=kind, by=None, note="补上")
    verbs.set_competitor(deal, name="沈阳新松", by=cast.chenan)
    deal.refresh_from_db()
    assert deal.owed_evidence == 2  # two contacts, one of them the decision maker
    _with_decision_maker(deal, customer)
    assert deal.owed_evidence == 0
    assert verbs.win(deal, by=cast.chenan).request is not None


def test_what_was_taken_back_from_a_gate_behind_is_owed(deal: Deal, cast: Cast) -> None:
    """A gate was passed on what did not hold: the deal goes on, but is not won before something holds instead."""
    budget = deal.evidence.get(kind__code="budget")
    verbs.withdraw_evidence(budget, by=cast.chenan, reason="批文是去年的")
    deal.refresh_from_db()
    assert (deal.owed_evidence, deal.gate_done) == (1, deal.gate_total)
    with pytest.raises(verbs.GateShut) as shut:
        verbs.win(deal, by=cast.chenan)
    assert [item.code for item in shut.value.missing] == ["budget"]
    verbs.give_evidence(deal, kind=budget.kind, by=cast.chenan, note="今年的批文")
    deal.refresh_from_db()
    assert deal.owed_evidence == 0
    assert verbs.win(deal, by=cast.chenan).request is not None


def _with_decision_maker(deal: Deal, customer: Customer) -> None:
    people = [
        Contact.objects.create(customer=customer, name=name, name_key="", part=part, recorded_at=clock.now())
        for name, part in (("许明华", "eb"), ("郑国栋", "tb"))
    ]
    verbs.edit(deal, by=None, customer=customer)
    verbs.set_contacts(deal, contacts=people, by=None)
    deal.refresh_from_db()


def test_evidence_withdrawn_since_it_was_asked_for_stops_it(deal: Deal, cast: Cast) -> None:
    asked = verbs.win(deal, by=cast.chenan).request
    assert asked is not None
    award = deal.evidence.get(kind__code="award")
    verbs.withdraw_evidence(award, by=cast.chenan, reason="通知书是草稿")
    with pytest.raises(verbs.GateShut):
        verbs.confirm(asked, opinion=OPINION, by=cast.linjing)
    asked.refresh_from_db()
    assert asked.state == Request.State.WAITING


def test_its_own_day_counts_and_its_rate_is_that_days(cast: Cast) -> None:
    Rate.objects.create(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal("7.1"))
    Rate.objects.create(currency="USD", kind="spot", valid_from=date(2026, 1, 1), rate=Decimal("7.0"))
    Rate.objects.create(currency="USD", kind="spot", valid_from=date(2026, 11, 1), rate=Decimal("6.9"))
    with clock.at(make.instant("2026-10-30 10:00")):
        deal = make.at_last_stage(cast.chenan, amount=1000, currency="USD")
    with clock.at(make.instant("2026-11-02 10:00")):
        asked = verbs.win(deal, by=cast.chenan, at=make.instant("2026-10-31 10:00")).request
        assert asked is not None
        won = verbs.confirm(asked, opinion=OPINION, by=cast.linjing)
    assert (won.closed_at, won.amount, won.base_amount) == (make.instant("2026-10-31 10:00"), 1000, 7000)


def test_without_a_rate_of_its_day_it_is_refused(cast: Cast) -> None:
    rate = Rate.objects.create(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal(7))
    deal = make.at_last_stage(cast.chenan, amount=1000, currency="USD")
    rate.delete()
    with pytest.raises(Refused) as refusal:
        verbs.win(deal, by=cast.linjing)
    assert refusal.value.field == "currency"


def test_a_final_amount_far_from_the_last_one_is_counted(deal: Deal, cast: Cast) -> None:
    assert verbs.win(deal, by=cast.linjing, amount=Decimal(200_000)).deal.amount_jumps == 1


def test_a_win_within_a_week_looks_hidden_one_later_does_not(cast: Cast) -> None:
    quick = make.at_last_stage(cast.chenan)
    with clock.at(clock.now() - timedelta(days=7)):
        slow = make.at_last_stage(cast.chenan)
    assert verbs.win(quick, by=cast.linjing).deal.off_funnel
    assert not verbs.win(slow, by=cast.linjing).deal.off_funnel


def test_open_questions_end_with_it(deal: Deal, cast: Cast) -> None:
    asked = verbs.edit(deal, by=cast.chenan, amount=Decimal(900_000), reason="加了二期").requests[0]
    verbs.win(deal, by=cast.linjing)
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


def test_it_is_won_once(deal: Deal, cast: Cast) -> None:
    verbs.win(deal, by=cast.linjing)
    with pytest.raises(Refused):
        verbs.win(deal, by=cast.linjing)


def test_what_may_not_be_is_refused(deal: Deal, cast: Cast) -> None:
    for stranger in (cast.lina, cast.yanzheng):
        with pytest.raises(Forbidden):
            verbs.win(deal, by=stranger)
    with pytest.raises(Refused) as refusal:
        verbs.win(deal, by=cast.chenan, amount=Decimal(-1))
    assert refusal.value.field == "amount"
    with pytest.raises(Forbidden):
        verbs.win(deal, by=cast.chenan, at=clock.now() - timedelta(days=4)) if _backdate(deal) else None
    with pytest.raises(Stale) as stale:
        verbs.win(deal, by=cast.chenan, amount=Decimal(5), version=1)
    assert stale.value.differences == {"amount": (deal.amount, Decimal(5))}


def _backdate(deal: Deal) -> bool:
    """Let the deal's past lie long enough back."""
    deal.moves.update(at=clock.now() - timedelta(days=40))
    return True


def test_a_win_in_closed_books_keeps_its_own_day(deal: Deal, cast: Cast) -> None:
    _backdate(deal)
    Organisation.objects.update(closed_through=clock.now().date() - timedelta(days=2))
    when = clock.now() - timedelta(days=3)
    assert verbs.win(deal, by=cast.linjing, at=when).deal.closed_at == when


def test_after_the_win_a_new_owner_does_not_move_its_day(deal: Deal, cast: Cast) -> None:
    won = verbs.win(deal, by=cast.linjing).deal
    handed = verbs.hand_over(won, owner=cast.lina, by=cast.wumin, reason="陈安调岗")
    assert (handed.closed_at, handed.owner) == (won.closed_at, cast.lina)
    assert Visit.objects.get(deal=deal, left_by="won").left_owner == cast.chenan
