"""Quota from the funnel (M25): D2 to the digit, by zone or by the rates of the deck, now and as of a past day."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.figures.quota import quotas, zone_of
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.pipeline.figures.history import Fact
from loudou.pipeline.models import Deal
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight.test_pages import cells
from tests.make import instant

NOON = instant("2026-01-05 12:00")
ASKED = {"target": "12000000", "period": "2026"}


def stands(world: Histories, who: Any, place: int, amount: int) -> Deal:
    """An open deal of this amount (in 万) that came straight to a stage."""
    worth = Decimal(amount) * 10_000
    return world.of(
        Fact(
            "enter",
            instant("2026-01-02 09:00"),
            instant("2026-01-02 09:00"),
            stage=world.stages[place],
            amount=worth,
            currency="CNY",
            base_amount=worth,
            owner=who.pk,
            unit=who.unit_id,
        )
    )


@pytest.fixture
def d2(cast: Cast) -> Histories:
    """张's upper 400, middle 300 and lower 200 万; 李's 250 and 王's 350 万 weighted; one deal that only has a need."""
    world = Histories([cast.zhangwei, cast.lina, cast.chenan])
    for who, place, amount in (
        (cast.zhangwei, 1, 400),
        (cast.zhangwei, 2, 300),
        (cast.zhangwei, 3, 200),
        (cast.lina, 2, 500),
        (cast.chenan, 2, 400),
        (cast.chenan, 3, 200),
        (cast.chenan, 0, 999),
    ):
        stands(world, who, place, amount)
    return world


def told(**params: str) -> dict[str, Any]:
    with clock.at(NOON):
        return run("quota", {**ASKED, **params}, None)


def test_d2_to_the_digit(d2: Histories) -> None:
    found = told()
    rows = {row["who"]: row for row in found["rows"]}
    assert [rows["zhangwei"][zone] for zone in ("upper", "middle", "lower")] == [
        "4000000.00",
        "3000000.00",
        "2000000.00",
    ]
    assert [rows[who]["raw"] for who in ("zhangwei", "lina", "chenan")] == [
        "4000000.00",
        "2500000.00",
        "3500000.00",
    ]
    assert [rows[who]["quota"] for who in ("zhangwei", "lina", "chenan")] == [
        "5760000.00",
        "3600000.00",
        "5040000.00",
    ]
    assert (found["personal_total"], found["raw_total"], found["backed"]) == (
        "14400000.00",
        "10000000.00",
        "0.694444",
    )
    assert rows["chenan"]["above"] == "9990000.00" and rows["lina"]["share"] == "0.250000"


def test_the_rates_of_the_deck_and_of_a_part(d2: Histories) -> None:
    rows = {row["who"]: row["raw"] for row in told(**{"zone-rates": "deck"})["rows"]}
    assert rows == {"zhangwei": "4300000.00", "lina": "2500000.00", "chenan": "4599000.00"}
    mine = told(owner="lina")["rows"]
    assert [(row["who"], row["quota"]) for row in mine] == [("lina", "14400000.00")]


def test_without_a_target_or_a_funnel(d2: Histories, cast: Cast) -> None:
    with clock.at(NOON):
        found = run("quota", {}, None)
    assert found["target_reason"] == "no_target" and found["rows"][0]["quota_reason"] == "no_target"
    assert found["from"] == "2026-01-01" and found["backed"] is None
    early = told(**{"as-of": "2026-01-01"})
    assert early["rows"] == [] and early["raw_total"] == "0.00"
    then = told(**{"as-of": "2026-01-03"})
    assert then["rows"] == told()["rows"]
    assert quotas([Decimal(0)], Decimal(5))[0].reason == "no_base"


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.integers(1, 10**10))
def test_quotas_come_to_the_cent(raws: list[int], target: int) -> None:
    found = quotas([Decimal(raw) for raw in raws], Decimal(target) / 100)
    if any(raws):
        whole = sum((one.value for one in found if one.value is not None), Decimal(0))
        assert whole == (Decimal(target) / 100 * Decimal("1.2")).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_zones_follow_from_the_rate() -> None:
    rates = ("0.10", "0.30", "0.50", "0.80", "0.25", "0.45", "0.70")
    assert [zone_of(Decimal(rate)) for rate in rates] == [
        *("above", "upper", "middle", "lower"),
        *("upper", "middle", "lower"),
    ]


def test_the_page_shows_the_report(d2: Histories, cast: Cast, client: Client) -> None:
    with clock.at(NOON):
        enter(client, cast.linjing)
        page = client.get("/analysis/quota/?target=1200%E4%B8%87&period=2026").content.decode()
        rows = [row for row in cells(page, "cards two quota") if any(row)]
        assert [row[5] for row in rows] == ["¥400万", "¥350万", "¥250万"]
        assert [row[7] for row in rows] == ["¥576万", "¥504万", "¥360万"]
        assert client.get("/analysis/quota/?zone_rates=deck").status_code == 200
        unasked = client.get("/analysis/quota/?target=1200%E4%B8%87&owner=zhangwei").content.decode()
        assert (
            'href="/analysis/targets/?owner=zhangwei&amp;period=2026"' in unasked
        )  # its year, not this quarter
