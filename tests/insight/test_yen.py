"""A house that keeps its books in yen or Taiwan dollars: what is turned into yen is whole, one amount everywhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loudou.insight.figures.waterfall import BUCKETS, INTO
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal, DeliveryPart
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.insight.examples import write
from tests.insight.test_worked_examples import _brought
from tests.make import instant

DEALS = ("code", "title", "funnel", "owner_username", "amount", "currency", "expected_close", "created_at")
MOVES = ("deal_code", "at", "event", "stage", "amount", "reason")
RATES = ("currency", "valid_from", "kind", "rate")


@pytest.fixture
def yen(cast: Cast, tmp_path: Path) -> None:
    people.set_organisation(base_currency="JPY", by=cast.gaoming)
    deals = [
        ("Y1", "円", "b2b", "chenan", "1000001", "JPY", "2026-06-15", "2026-03-01"),
        ("Y2", "美元", "b2b", "chenan", "100.55", "USD", "2026-06-15", "2026-03-01"),
        ("Y3", "台幣", "b2b", "chenan", "333.33", "TWD", "2026-06-15", "2026-03-01"),
        ("Y4", "美元赢", "b2b", "chenan", "77.77", "USD", "2026-06-15", "2026-03-01"),
        ("Y5", "美元输", "b2b", "chenan", "55.55", "USD", "2026-06-15", "2026-04-10"),
    ]
    moves = [(code, f"{day}T09:00:00+08:00", "enter", "提案", "", "") for code, *_rest, day in deals]
    moves += [
        ("Y2", "2026-05-01T09:00:00+08:00", "amount", "", "111.11", ""),
        ("Y4", "2026-05-10T09:00:00+08:00", "won", "", "88.88", ""),
        ("Y5", "2026-05-11T09:00:00+08:00", "lost", "", "", "price"),
    ]
    rates = [
        ("USD", "2026-01-01", "plan", "150.123"),
        ("USD", "2026-01-01", "spot", "151.517"),
        ("USD", "2026-05-05", "spot", "153.333"),
        ("TWD", "2026-01-01", "plan", "4.567"),
        ("TWD", "2026-05-05", "spot", "4.777"),
    ]
    with clock.at(instant("2026-07-02 09:00")):
        _brought(
            {
                "rates": write(tmp_path / "rates.csv", RATES, rates),
                "deals": write(tmp_path / "deals.csv", DEALS, deals),
                "moves": write(tmp_path / "moves.csv", MOVES, moves),
            }
        )


def told(name: str, **params: str) -> dict[str, Any]:
    with clock.at(instant("2026-07-02 10:00")):
        return run(name, params, None)


Q2 = {"from": "2026-04-01T00:00:00+08:00", "to": "2026-07-01T00:00:00+08:00"}


@pytest.mark.parametrize("rates", ["plan", "current"])
def test_a_waterfall_in_yen_is_whole_and_balances(yen: None, rates: str) -> None:
    found = told("waterfall", rates=rates, **Q2)
    amounts = {name: Decimal(found[name]) for name in BUCKETS}
    assert all(amount == amount.to_integral_value() for amount in amounts.values()), amounts
    into = sum(amounts[name] for name in INTO)
    assert into == sum(amounts[name] for name in BUCKETS if name not in INTO)
    # 1,000,001 + 100.55, 333.33 and 77.77 turned into whole yen each.
    usd = {"plan": (15_095, 1_522, 11_675), "current": (15_235, 1_522, 11_783)}[rates]
    assert amounts["start"] == 1_000_001 + sum(usd)


def test_stock_sheet_and_waterfall_tell_one_amount(yen: None, cast: Cast, client: Client) -> None:
    stages = {stage["stage"]: stage for stage in told("funnel", **{"as-of": "2026-06-30"})["stages"]}
    found = told("waterfall", rates="plan", **Q2)
    assert Decimal(stages["提案"]["amount"]) == Decimal(found["end"]) == 1_000_001 + 16_680 + 1_522
    for bucket in ("start", "end", "won", "lost", "increase"):
        opened = told("waterfall", rates="plan", bucket=bucket, **Q2)
        assert sum(Decimal(one["amount"]) for one in opened["deals"]) == Decimal(found[bucket])
    rates = told("win-rate", **{"from": "2026-04-01", "to": "2026-07-01"})
    assert Decimal(rates["won_amount"]) == 13_628  # 88.88 at the rate of its day, 153.333
    slip = told("slippage", **{"from": "2026-04-01", "to": "2026-07-01"})
    assert Decimal(slip["start_amount"]) == 1_000_001 + 15_095 + 1_522 + 11_675
    enter(client, cast.heli)
    with clock.at(instant("2026-07-02 10:00")):
        for page in (
            "funnel",
            "waterfall",
            "bottlenecks",
            "forecast-sheet",
            "cohorts",
            "coverage",
            "anomalies",
        ):
            text = client.get(f"/analysis/{page}/?period=2026-Q2").content.decode()
            assert "JP¥" in text and "¥" not in text.replace("JP¥", ""), page


def test_quotas_and_deliveries_are_whole_units_of_their_currency(yen: None, cast: Cast) -> None:
    """A million yen in three parts; dollars have cents, what they come to in yen has none."""
    third = (1, 2, 3)
    with clock.at(instant("2026-06-01 09:00")):
        for code in ("Y1", "Y2"):
            deal = Deal.objects.get(code=code)
            each = [deal.amount // 3, deal.amount // 3, deal.amount - 2 * (deal.amount // 3)]
            parts = [Part(date(2026, 7, day), amount) for day, amount in zip(third, each, strict=True)]
            verbs.set_deliveries(deal, parts=parts, by=None)
        verbs.edit(Deal.objects.get(code="Y1"), by=None, amount=Decimal(1_000_003), reason="增购")
        verbs.edit(Deal.objects.get(code="Y2"), by=None, amount=Decimal("100.03"), reason="减购")
    rows = DeliveryPart.objects.filter(until=None).order_by("deal__code", "place")
    told = [(row.deal.code, row.amount, row.base_amount) for row in rows.select_related("deal")]
    assert [one[1:] for one in told if one[0] == "Y1"] == [
        (333_334, 333_334),
        (333_333, 333_333),
        (333_336, 333_336),
    ]
    dollars = [one[1:] for one in told if one[0] == "Y2"]
    assert sum(own for own, _base in dollars) == Decimal("100.03")
    assert all(base == base.to_integral_value() for _own, base in dollars)
    assert sum(base for _own, base in dollars) == 15_017  # 100.03 at 150.123, whole
    found = told_quota(target="1000")
    assert [row["quota"] for row in found["rows"]] == ["1200.00"]
    make.deal(cast.lina, amount=300_000)
    found = told_quota(target="1000.40")
    assert found["personal_total"] == "1200.00"
    assert all(Decimal(row["quota"]) % 1 == 0 for row in found["rows"])


def told_quota(**params: str) -> dict[str, Any]:
    return told("quota", **params)
