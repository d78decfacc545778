"""Quarters that were set before a year is agreed or adjusted come to what its months come to (M63)."""

from __future__ import annotations

import importlib
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from loudou.journal.models import Entry
from loudou.journal.verify import verify
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Period
from loudou.people.models import Organisation, Unit, User
from loudou.targets import verbs
from loudou.targets.figures.agreeing import come_to
from loudou.targets.models import Negotiation, Target
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant
from tests.targets.test_agreeing import OPINION, YEAR, approve, propose
from tests.targets.test_pages import text


@pytest.fixture
def talk(cast: Cast) -> Negotiation:
    """直销一部 and 李娜 have quarters by hand; then a year is negotiated."""
    with clock.at(instant("2025-12-10 10:00")):
        for n in range(1, 5):
            quarter = Fiscal().parse(f"2026-Q{n}")
            for person in (None, cast.lina):
                verbs.set_target(
                    unit=cast.wumin.unit,
                    person=person,
                    metric="bookings",
                    period=quarter,
                    amount=Decimal(7),
                    by=None,
                )
        return verbs.open_negotiation(
            unit=Unit.objects.get(pk=cast.wumin.unit_id),
            metric="bookings",
            period=YEAR,
            envelope=Decimal(27_000_000),
            by=cast.heli,
        )


def amount(person: User | None, name: str) -> Decimal:
    period = Fiscal().parse(name)
    return Target.objects.get(person=person, starts_on=period.start, ends_on=period.end).amount


def by_months(person: User | None, n: int) -> Decimal:
    return sum((amount(person, f"2026-{month:02}") for month in range(3 * n - 2, 3 * n + 1)), Decimal(0))


def test_quarters_follow_what_was_agreed_and_adjusted(cast: Cast, talk: Negotiation, client: Client) -> None:
    with clock.at(instant("2025-12-10 10:00")):
        approve(propose(talk, cast), cast)
    for person in (None, cast.lina):
        assert all(amount(person, f"2026-Q{n}") == by_months(person, n) for n in range(1, 5))
        assert sum(amount(person, f"2026-Q{n}") for n in range(1, 5)) == amount(person, "2026")
    before = [amount(None, f"2026-Q{n}") for n in range(1, 5)]
    assert not Target.objects.filter(approved_by=None).exists()
    whole = Target.objects.get(person=None, starts_on=YEAR.start, ends_on=YEAR.end)
    with clock.at(instant("2026-07-10 10:00")):
        wumin = enter(client, cast.wumin)
        session = wumin.session
        session["confirmed_at"] = clock.now().isoformat()
        session.save()
        said = {"amount": "2500万", "effective_on": "2026-08-01", "cause": "market", "reason": "行业下行"}
        page = text(wumin.post(f"/targets/{whole.pk}/adjustment/", {**said, "look": "1"}))
        assert "2026 年三季度 按各月合计" in page and "2026 年二季度 按" not in page and "¥25,000,000" in page
        request = verbs.propose_adjustment(
            [(whole, Decimal(25_000_000))],
            effective_on=date(2026, 8, 1),
            cause="market",
            reason="行业下行",
            by=cast.wumin,
        )
        told = [label for label, _value in request.facts]
        assert told[2:] == ["直销一部", *(f"2026-{month:02}" for month in range(8, 13))]
        verbs.confirm_target(request, opinion=OPINION, by=cast.hezong)
    after = [amount(None, f"2026-Q{n}") for n in range(1, 5)]
    assert after[:2] == before[:2] and sum(after) == 25_000_000
    assert all(amount(None, f"2026-Q{n}") == by_months(None, n) for n in range(1, 5))
    third = Target.objects.get(person=None, starts_on=date(2026, 7, 1), ends_on=date(2026, 10, 1))
    edition = third.editions.first()
    assert edition is not None and (edition.cause, edition.effective_on) == ("market", date(2026, 8, 1))


def test_what_parts_come_to() -> None:
    months = [(Fiscal().parse(f"2026-{month:02}"), Decimal(month)) for month in range(1, 7)]
    quarter = Fiscal().parse("2026-Q1")
    assert come_to(quarter, months) == 6
    assert come_to(quarter, months[:2]) is None  # March is missing
    assert come_to(Fiscal().parse("2026-01"), months) is None  # is one of them
    assert come_to(Period(date(2026, 1, 5), date(2026, 3, 5)), months) is None
    assert come_to(quarter, months, is_rate=True) is None
    assert come_to(quarter, [(one, Decimal(25)) for one, _amount in months], is_rate=True) == 25


def test_what_was_left_behind_is_mended(cast: Cast, talk: Negotiation) -> None:
    """Of a house whose year was agreed before quarters came to their months, as its next start finds it."""
    with clock.at(instant("2025-12-10 10:00")):
        approve(propose(talk, cast), cast)
    quarters = Target.objects.filter(starts_on__month__in=(1, 4, 7, 10)).exclude(starts_on=YEAR.start)
    quarters = Target.objects.filter(pk__in=[one.pk for one in quarters if one.period.length > 31])
    sums = {one.pk: one.amount for one in quarters}
    assert len(sums) == 6  # the second to the fourth of the unit and of 李娜
    quarters.update(amount=7, base_amount=7, approved_by=None)
    first = Target.objects.filter(starts_on=YEAR.start, ends_on=Fiscal().parse("2026-Q1").end)
    first.update(amount=7, base_amount=7)
    Organisation.objects.update(closed_through=date(2026, 3, 31))
    mend = importlib.import_module("loudou.targets.migrations.0009_between").come_to_their_months
    mend(None, SimpleNamespace(connection=connection))
    assert {one.pk: (one.amount, one.base_amount) for one in quarters} == {
        key: (amount, amount) for key, amount in sums.items()
    }
    assert not quarters.filter(approved_by=None).exists()
    assert {one.amount for one in first} == {7}  # lies in closed books
    second = quarters.get(person=None, starts_on=date(2026, 4, 1))
    edition = second.editions.first()
    assert edition is not None and (edition.cause, edition.amount) == ("error", second.amount)
    (entry,) = Entry.objects.filter(subject_id=second.pk, event="target.adjusted", channel="job")
    assert entry.particulars["changes"] == {"amount": ["7.00", str(second.amount)]}
    assert verify().good
    before = Entry.objects.count()
    mend(None, SimpleNamespace(connection=connection))
    assert Entry.objects.count() == before  # nothing is left to mend
