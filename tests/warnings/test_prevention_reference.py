"""The prevention ratio (M48) against a slow, obvious count, over random warnings, for many periods, instants and scopes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.insight.lens import InsightLens
from loudou.kernel import clock
from loudou.warnings.figures.signs import OCCURRED, PREVENTED, SIGNS, VOID
from loudou.warnings.lens import WarningLens
from loudou.warnings.models import EarlyWarning
from loudou.warnings.reports import prevention
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant
from tests.opening import closed, numbers, read

BEGIN, NOW = instant("2026-01-01"), instant("2026-07-01")
MEMBERS = ("chenan", "lina", "sunqiang", "zhaomin")
ASKED: list[dict[str, str]] = [
    {"from": "2026-01-01", "to": "2026-07-01"},
    {"from": "2026-03-01", "to": "2026-04-01"},
    {"from": "2026-02-03", "to": "2026-02-04"},
    {"period": "2026-Q2", "as_of": "2026-05-15T12:00:00+08:00"},
    {"period": "2026", "as_of": "2026-03-10T09:30:00+08:00"},
]
SCOPES: list[dict[str, str]] = [{}, {"owner": "lina"}, {"unit": "D1"}, {"unit": "D2"}]


@dataclass
class Slow:
    """The same figures, counted one warning at a time."""

    prevented: int = 0
    occurred: int = 0
    unannounced: int = 0
    void: int = 0
    standing: int = 0
    prevented_amount: Decimal = Decimal(0)
    occurred_amount: Decimal = Decimal(0)


def _end(dice: random.Random, raised: datetime, announced: bool) -> dict[str, Any]:
    if not announced:
        return {"ended_at": raised, "how": OCCURRED}
    if dice.random() < 0.25:
        return {}
    return {
        "ended_at": raised + (NOW - raised) * dice.random(),
        "how": dice.choice((PREVENTED, PREVENTED, OCCURRED, VOID)),
    }


@pytest.fixture(params=range(3))
def warnings(request: Any, cast: Cast) -> list[EarlyWarning]:
    """Two hundred warnings of four people; some stand, some ended at the first instant of a month."""
    dice, deals = random.Random(request.param), {}
    for name in MEMBERS:
        deals[name] = [make.deal(getattr(cast, name), title=f"{name} {number}") for number in range(12)]
    made: dict[tuple[Any, ...], EarlyWarning] = {}
    for number in range(200):
        deal = dice.choice(deals[dice.choice(MEMBERS)])
        raised = BEGIN + (NOW - BEGIN) * dice.random()
        if dice.random() < 0.1:
            raised = instant(f"2026-0{dice.randint(1, 6)}-01")
        announced = dice.random() < 0.85
        end = _end(dice, raised, announced)
        one = EarlyWarning(
            deal=deal,
            sign=dice.choice(SIGNS),
            owner=deal.owner,
            unit=deal.unit,
            amount=Decimal(dice.randint(0, 10**7)) / 100,
            announced=announced,
            raised_at=raised,
            asked_at=raised,
            **end,
        )
        made[(deal.pk, one.sign) if not end else (number,)] = one
    return EarlyWarning.objects.bulk_create(made.values())


def _slow(rows: list[EarlyWarning], lens: InsightLens) -> Slow:
    found, span = Slow(), lens.span
    for row in rows:
        if lens.owner is not None and row.owner_id != lens.owner.pk:
            continue
        if lens.units is not None and row.unit_id not in lens.units:
            continue
        known = span.known or NOW + timedelta(days=1)
        if row.announced and row.raised_at < known and (row.ended_at is None or row.ended_at >= known):
            found.standing += 1
        if row.ended_at is None or row.ended_at >= known or row.ended_at < (span.since or BEGIN):
            continue
        if span.until is not None and row.ended_at >= span.until:
            continue
        if row.how == VOID:
            found.void += 1
        elif row.how == PREVENTED:
            found.prevented, found.prevented_amount = found.prevented + 1, found.prevented_amount + row.amount
        else:
            found.occurred, found.occurred_amount = found.occurred + 1, found.occurred_amount + row.amount
            found.unannounced += not row.announced
    return found


def test_prevented_over_prevented_and_occurred(warnings: list[EarlyWarning]) -> None:
    with clock.at(NOW):
        for asked in ASKED:
            for scope in SCOPES:
                lens = InsightLens.read({**asked, **scope}, None)
                told, slow = prevention(lens).plain(), _slow(warnings, lens)
                for name in ("prevented", "occurred", "unannounced", "void", "standing"):
                    assert told[name] == getattr(slow, name), (asked, scope, name)
                for name in ("prevented_amount", "occurred_amount"):
                    assert Decimal(told[name]) == getattr(slow, name), (asked, scope, name)
                cases = slow.prevented + slow.occurred
                exact = f"{Decimal(slow.prevented) / cases:.6f}" if cases else None
                assert told["ratio"] == exact, (asked, scope)
                for part in ("signs", "people"):
                    assert sum(row["prevented"] for row in told[part]) == slow.prevented
                    assert sum(row["occurred"] for row in told[part]) == slow.occurred


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_what_is_counted_opens_to_its_warnings(
    asked: dict[str, str], warnings: list[EarlyWarning], cast: Cast, client: Client
) -> None:
    """Ways to end are listed by who had the deal then, in the period; every number of the page leads somewhere."""
    with clock.at(NOW):
        for scope in SCOPES:
            report = prevention(InsightLens.read({**asked, **scope}, cast.linjing))
            for name, state in (("prevented", PREVENTED), ("occurred", OCCURRED), ("void", VOID)):
                lens = WarningLens.read({**asked, **scope, "state": state}, cast.linjing)
                assert lens.problems == ()
                found = lens.warnings
                assert found.count() == getattr(report.whole, name), (asked, scope, state)
                if name != "void":
                    total = sum((one.amount for one in found), Decimal(0))
                    assert total == getattr(report.whole, f"{name}_amount")
                for sign, told in report.by_sign.items():
                    narrowed = WarningLens.read(
                        {**asked, **scope, "state": state, "sign": sign}, cast.linjing
                    )
                    assert narrowed.warnings.count() == getattr(told, name)
        enter(client, cast.linjing)
        page = client.get("/warnings/prevention/", asked).content.decode()
        assert closed(page) == [] and list(numbers(read(page)))
        assert client.get("/warnings/", {**asked, "state": "prevented"}).status_code == 200
