"""Pasts told by imports, in whatever order they come: put right, refused where they cannot have happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loudou.catalog import verbs as catalog
from loudou.customers import verbs as customers
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, Rate
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal, Funnel, Move, Visit
from loudou.pipeline.queries.deliveries import planned
from loudou.pipeline.queries.gates import owed
from loudou.pipeline.verbs.importing import (
    DealRow,
    LineRow,
    MoveRow,
    correct_deals,
    import_deals,
    import_lines,
    import_moves,
)
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast

BEGAN = datetime(2026, 1, 5, 1, tzinfo=UTC)


def at(days: int) -> datetime:
    return BEGAN + timedelta(days=days)


def row(cast: Cast, **values: Any) -> DealRow:
    said: dict[str, Any] = {
        "code": "A1",
        "title": "柔性产线",
        "funnel": make.funnel(),
        "owner": cast.chenan,
        "currency": "CNY",
        "amount": Decimal(100),
        "at": BEGAN,
    }
    return DealRow(**said | values)


def brought(cast: Cast, **values: Any) -> Deal:
    """A deal that an import has brought."""
    [found] = import_deals([row(cast, **values)], by=None)
    assert isinstance(found, Deal)
    return Deal.objects.get(pk=found.pk)


def opened_here(cast: Cast) -> Deal:
    """A deal of chenan's, opened in this program on day 0."""
    with clock.at(BEGAN):
        return make.deal(cast.chenan, amount=100)


def stage(place: int) -> int:
    version = make.funnel().current
    assert version is not None
    return version.stages.order_by("position")[place].stage_id


def entered(deal: Deal, place: int, day: int) -> MoveRow:
    return MoveRow(deal.pk, "enter", at(day), stage=stage(place))


def fields(outcomes: list[bool | Refused]) -> list[bool | str]:
    """The outcomes, of a refusal the field it blames."""
    return [outcome.field or "" if isinstance(outcome, Refused) else outcome for outcome in outcomes]


def kinds(deal: Deal) -> list[str]:
    return list(Move.objects.filter(deal=deal).order_by("at", "id").values_list("kind", flat=True))


# What happened -------------------------------------------------------------------------------------------------


def test_what_was_the_beginning_until_something_earlier_is_told_is_a_step_like_others(cast: Cast) -> None:
    deal = brought(cast, at=at(9))
    import_moves([entered(deal, 1, 5)], by=None)
    assert import_moves([entered(deal, 0, 2)], by=None) == [True]
    deal.refresh_from_db()
    first, second = Move.objects.filter(deal=deal).order_by("at")
    assert (first.owner, second.owner, second.unit, second.expected_on) == (cast.chenan, None, None, None)
    assert (deal.created_at, deal.owner, deal.amount) == (at(2), cast.chenan, 100)
    assert Visit.objects.filter(deal=deal).count() == 2


def test_a_plan_of_deliveries_stands_when_the_deals_past_is_told_anew(cast: Cast) -> None:
    deal = brought(cast)
    days = [organisation().today + timedelta(days=ahead) for ahead in (30, 60)]
    verbs.set_deliveries(deal, parts=[Part(day, Decimal(50)) for day in days], by=cast.chenan)
    assert import_moves([entered(deal, 1, 5)], by=None) == [True]
    deal.refresh_from_db()
    assert [(part.due_on, part.amount) for part in planned(deal)] == [(day, Decimal(50)) for day in days]


def test_a_close_told_before_a_step_of_its_instant_comes_after_it(cast: Cast) -> None:
    deal = brought(cast)
    import_moves([entered(deal, 0, 0), MoveRow(deal.pk, "lost", at(5), reason="价格")], by=None)
    assert import_moves([entered(deal, 1, 5)], by=None) == [True]
    deal.refresh_from_db()
    assert kinds(deal) == ["enter", "enter", "lost"]
    assert (deal.outcome, deal.closed_at, deal.review) == ("lost", at(5), "价格")


def test_a_row_that_cannot_come_first_leaves_the_beginning_as_it_was(cast: Cast) -> None:
    deal = brought(cast)
    import_moves([entered(deal, 0, 0)], by=None)
    rows = [MoveRow(deal.pk, "resume", at(-3)), entered(deal, 1, 4)]
    assert fields(import_moves(rows, by=None)) == ["event", True]
    deal.refresh_from_db()
    assert kinds(deal) == ["enter", "enter"]
    assert (deal.created_at, deal.owner) == (at(0), cast.chenan)


@pytest.mark.parametrize(
    ("before", "impossible", "sentence"),
    [
        ((), "reopen", "重开"),
        ((), "resume", "搁置"),
        (("won",), "hold", "赢单"),
        (("lost",), "hold", "关闭"),
    ],
)
def test_what_cannot_have_happened_is_refused_with_the_reason(
    cast: Cast, before: tuple[str, ...], impossible: str, sentence: str
) -> None:
    deal = brought(cast)
    told = [entered(deal, 0, 0), *(MoveRow(deal.pk, kind, at(3)) for kind in before)]
    import_moves(told, by=None)
    [refused] = import_moves([MoveRow(deal.pk, impossible, at(6))], by=None)
    assert isinstance(refused, Refused) and refused.field == "event"
    assert sentence in refused.sentence
    assert kinds(deal) == ["enter", *before]


def test_a_deal_that_changed_hands_is_the_new_owners(cast: Cast) -> None:
    deal = brought(cast)
    import_moves([entered(deal, 0, 0), MoveRow(deal.pk, "owner", at(3), owner=cast.sunqiang)], by=None)
    deal.refresh_from_db()
    assert (deal.owner, deal.unit) == (cast.sunqiang, cast.sunqiang.unit)


def test_what_people_did_to_a_brought_deal_is_not_older_than_what_is_told_of_it(cast: Cast) -> None:
    with clock.at(at(20)):
        deal = brought(cast)
    with clock.at(at(30)):
        verbs.add_note(deal, text="客户来电", by=cast.chenan)
        Deal.objects.filter(pk=deal.pk).update(touched_at=clock.now())
    import_moves([entered(deal, 0, 0), entered(deal, 1, 8)], by=None)
    deal.refresh_from_db()
    assert deal.touched_at == at(30)


# Of deals that were opened here --------------------------------------------------------------------------------


def test_history_may_be_added_to_a_deal_opened_here_but_not_before_its_beginning(cast: Cast) -> None:
    deal = opened_here(cast)
    rows = [
        MoveRow(deal.pk, "amount", at(2), amount=Decimal(150)),
        MoveRow(deal.pk, "amount", at(-2), amount=Decimal(90)),
    ]
    assert fields(import_moves(rows, by=None)) == [True, "at"]
    deal.refresh_from_db()
    assert (deal.amount, deal.owner, deal.created_at, kinds(deal)) == (
        150,
        cast.chenan,
        at(0),
        ["enter", "amount"],
    )


def test_why_a_deal_was_lost_here_stays_when_history_is_added(cast: Cast) -> None:
    deal = opened_here(cast)
    verbs.lose(deal, by=cast.wumin, code=make.reason(), review="贵了")
    assert import_moves([MoveRow(deal.pk, "amount", at(2), amount=Decimal(150))], by=None) == [True]
    deal.refresh_from_db()
    assert (deal.outcome, deal.amount, deal.reason, deal.review) == ("lost", 150, make.reason(), "贵了")


def test_a_signature_waited_for_is_moot_when_the_deal_turns_out_closed(cast: Cast) -> None:
    deal = opened_here(cast)
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="客户直接招标").request
    assert asked is not None
    import_moves([MoveRow(deal.pk, "lost", clock.now(), reason="价格")], by=None)
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


# What no history may be ----------------------------------------------------------------------------------------


def test_closed_books_take_late_facts_and_rewrite_none(cast: Cast) -> None:
    deal = brought(cast)
    Organisation.objects.update(closed_through=date(2026, 1, 31))
    assert fields(import_moves([entered(deal, 0, 3), entered(deal, 0, 40)], by=None)) == [True, True]
    [late] = import_deals([row(cast, code="A2")], by=None)
    assert isinstance(late, Deal)
    deal.refresh_from_db()
    Rate.objects.create(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal(7))
    for wrong in (row(cast, at=at(1)), row(cast, currency="USD")):
        [outcome] = correct_deals([(deal, wrong)], by=None)
        assert isinstance(outcome, Refused) and outcome.field == "at"
    assert correct_deals([(deal, row(cast, title="别的"))], by=None) == [True]
    assert Deal.objects.get(code="A1").title == "别的"


def test_in_open_books_even_a_deals_beginning_is_corrected(cast: Cast) -> None:
    deal = brought(cast)
    Organisation.objects.update(closed_through=date(2025, 12, 31))
    assert correct_deals([(deal, row(cast, at=at(1)))], by=None) == [True]
    deal.refresh_from_db()
    assert deal.created_at == at(1) and kinds(deal) == ["enter"]


def test_first_values_in_closed_books_are_told_anew_as_later_facts(cast: Cast) -> None:
    deal = brought(cast)
    import_moves([MoveRow(deal.pk, "won", at(5))], by=None)
    born = Move.objects.get(deal=deal, kind="enter")
    before = (born.amount, born.expected_on, born.owner_id)
    Organisation.objects.update(closed_through=date(2026, 1, 31))
    said = row(cast, amount=Decimal(7), expected_on=date(2026, 3, 1), owner=cast.lina)
    assert correct_deals([(deal, said)], by=None) == [True]
    deal.refresh_from_db()
    assert correct_deals([(deal, said)], by=None) == [False]
    assert correct_deals(
        [(deal, row(cast, amount=Decimal(8), expected_on=date(2026, 3, 1), owner=cast.lina))], by=None
    ) == [True]
    deal.refresh_from_db()
    born.refresh_from_db()
    assert (born.amount, born.expected_on, born.owner_id) == before
    assert (deal.amount, deal.expected_on, deal.owner) == (8, date(2026, 3, 1), cast.lina)
    amended = Move.objects.filter(deal=deal, import_key__startswith="amends:").order_by("pk")
    assert sorted(move.kind for move in amended) == ["amount", "amount", "expected_close", "owner"]
    assert all(move.at == born.at and move.known_at > born.known_at for move in amended)
    assert Move.objects.get(deal=deal, kind="won").amount == 8


def test_an_amount_a_row_of_its_own_said_is_not_amended_by_the_deals_row(cast: Cast) -> None:
    deal = brought(cast)
    import_moves([MoveRow(deal.pk, "enter", at(0), stage=deal.spec.stage_id, amount=Decimal(5))], by=None)
    Organisation.objects.update(closed_through=date(2026, 1, 31))
    deal.refresh_from_db()
    assert correct_deals([(deal, row(cast, amount=Decimal(7)))], by=None) == [True]
    deal.refresh_from_db()
    assert deal.amount == 5 and kinds(deal) == ["enter"]


def test_an_amount_that_nobody_can_count_is_refused(cast: Cast) -> None:
    Rate.objects.filter(currency="USD").delete()
    rate = Rate.objects.create(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal(7))
    deal = brought(cast, currency="USD")
    rate.delete()
    rows = [MoveRow(deal.pk, "amount", at(2), amount=Decimal(9)), MoveRow(deal.pk, "won", at(3))]
    assert fields(import_moves(rows, by=None)) == ["amount", "amount"]
    assert kinds(deal) == ["enter"]


def test_a_dry_run_judges_every_row_and_writes_none(cast: Cast) -> None:
    deal = brought(cast)
    rows = [entered(deal, 1, 4), MoveRow(deal.pk, "resume", at(5))]
    assert fields(import_moves(rows, by=None, dry_run=True)) == [True, "event"]
    [fresh] = import_deals([row(cast, code="A2")], by=None, dry_run=True)
    assert isinstance(fresh, Deal) and fresh.pk is None
    assert correct_deals([(deal, row(cast, title="别的"))], by=None, dry_run=True) == [True]
    stored = Deal.objects.get()
    assert (stored.title, stored.version, kinds(stored)) == (deal.title, deal.version, ["enter"])


def test_a_funnel_that_was_never_published_takes_no_deals(cast: Cast) -> None:
    [refused] = import_deals([row(cast, funnel=Funnel(code="draft"))], by=None)
    assert isinstance(refused, Refused) and refused.field == "funnel"
    assert not Deal.objects.exists()


# Deals and their lines -----------------------------------------------------------------------------------------


def test_a_deal_without_a_number_gets_one_that_nobody_has(cast: Cast) -> None:
    taken = make.deal(cast.chenan).code
    head, number = taken.rsplit("-", 1)
    following = f"{head}-{int(number) + 1:0{len(number)}}"
    found = import_deals([row(cast, code=following), row(cast, code=""), row(cast, code="")], by=None)
    codes = {deal.code for deal in found if isinstance(deal, Deal)}
    assert len(codes | {taken}) == 4 and following in codes and "" not in codes


def test_a_row_that_names_another_customer_moves_the_deal_there(cast: Cast) -> None:
    deal = brought(cast, customer_name="甬江")
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)
    assert correct_deals([(deal, row(cast, customer=customer))], by=None) == [True]
    deal.refresh_from_db()
    assert (deal.customer, deal.customer_name) == (customer, "宁波甬江机电有限公司")


def test_a_row_that_somebody_brought_a_moment_ago_changes_nothing_more(cast: Cast) -> None:
    deal, again = brought(cast, at=None), row(cast, at=None, amount=Decimal(120))
    assert correct_deals([(deal, again)], by=None) == [True]
    version = Deal.objects.get(pk=deal.pk).version
    assert correct_deals([(deal, again)], by=None) == [False]
    stored = Deal.objects.get(pk=deal.pk)
    assert (stored.version, stored.amount, stored.legacy) == (version, 120, True)


def test_a_line_that_comes_again_with_another_number_is_changed(cast: Cast) -> None:
    deal = brought(cast)
    product = catalog.add_product(name="控制柜", by=None)
    line = LineRow(deal.pk, product.pk, Decimal(2), Decimal(300))
    assert import_lines([line], by=None) == ["new"]
    assert import_lines([line], by=None) == ["unchanged"]
    more = LineRow(deal.pk, product.pk, Decimal(3), Decimal(300))
    assert import_lines([more], by=None, dry_run=True) == ["changed"]
    deal.refresh_from_db()
    assert deal.amount == 600
    assert import_lines([more], by=None) == ["changed"]
    deal.refresh_from_db()
    assert (deal.amount, deal.lines.get().quantity) == (900, 3)


def test_gates_a_past_went_over_are_asked_for_no_more(cast: Cast) -> None:
    """Those that were skipped here are: the deal cannot be won before they are filled (C2)."""
    deal = brought(cast)
    import_moves([entered(deal, 0, 0), entered(deal, len(make.specs_of(deal)) - 1, 5)], by=None)
    deal.refresh_from_db()
    assert deal.skips > 0 and owed(deal) == []
    soon = organisation().today + timedelta(days=30)
    verbs.edit(deal, by=None, expected_on=soon, next_step="送样", next_on=soon, source="exhibition")
    deal.refresh_from_db()
    make.fill_gate(deal, None)
    assert verbs.win(deal, by=None).deal.outcome == "won"
    here = make.deal(cast.chenan)
    verbs.skip(here, to=make.specs_of(here)[2], by=None, reason="客户直接招标")
    here.refresh_from_db()
    assert owed(here) != []
