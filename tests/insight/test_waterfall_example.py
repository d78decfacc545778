"""D4 of `domain.md`, to the digit, from the files an outsider hands in to the reports they read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loudou.insight import words
from loudou.insight.charts import waterfall_chart
from loudou.insight.figures.waterfall import BUCKETS, INTO, Waterfall
from loudou.insight.lens import InsightLens
from loudou.insight.papers import paper
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.insight import examples
from tests.insight.test_pages import cells
from tests.insight.test_worked_examples import _brought
from tests.make import instant

NOW = "2026-07-02 10:00"
Q2 = {"from": "2026-04-01T00:00:00+08:00", "to": "2026-07-01T00:00:00+08:00", "window": "2026-Q2"}


@pytest.fixture
def d4(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-07-02 09:00")):
        _brought(examples.d4(tmp_path, owner="chenan", other="sunqiang"))


def _told(name: str, cast: Cast, **params: str) -> dict[str, Any]:
    assert cast.chenan.unit is not None
    asked = {"unit": cast.chenan.unit.code, **params}
    with clock.at(instant(NOW)):
        return run(name, asked, None)


def _in_wan(told: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(told[name]) / 10_000 for name in BUCKETS}


def test_the_waterfall_at_current_rates(d4: None, cast: Cast) -> None:
    told = _in_wan(_told("waterfall", cast, **Q2, rates="current"))
    assert told == {
        "start": Decimal("297.1"),
        "new": 75,
        "reopened": 0,
        "moved_in": 85,
        "transfer_in": 25,
        "increase": 10,
        "fx": Decimal("-0.1"),
        "won": 225,
        "lost": 105,
        "moved_out": 80,
        "transfer_out": 0,
        "decrease": 10,
        "end": 72,
    }


def test_at_the_plan_rate_there_is_no_fx(d4: None, cast: Cast) -> None:
    told = _in_wan(_told("waterfall", cast, **Q2))
    assert (told["fx"], told["end"]) == (0, Decimal("72.1"))
    assert sum(told[name] for name in INTO) == sum(told[name] for name in BUCKETS if name not in INTO)


def test_the_one_who_gave_it_sees_it_go(d4: None, cast: Cast) -> None:
    told = _in_wan(_told("waterfall", cast, **{**Q2, "unit": cast.sunqiang.unit.code}))
    assert (told["start"], told["transfer_out"], told["end"]) == (25, 25, 0)
    whole = _in_wan(_told("waterfall", cast, **{**Q2, "unit": ""}))
    assert (whole["transfer_in"], whole["transfer_out"]) == (0, 0)


def test_every_bucket_opens_to_its_deals(d4: None, cast: Cast) -> None:
    codes = {}
    for bucket in BUCKETS:
        told = _told("waterfall", cast, **Q2, rates="current", bucket=bucket)
        codes[bucket] = "".join(sorted(deal["code"] for deal in told["deals"]))
        assert sum(Decimal(deal["amount"]) for deal in told["deals"]) == Decimal(told[bucket])
        assert told["counts"][bucket] == len(told["deals"])
    assert codes["won"] == "AEG"
    assert (codes["lost"], codes["decrease"], codes["fx"], codes["end"]) == ("CF", "D", "I", "DHI")
    moved = _told("waterfall", cast, **Q2, bucket="moved_out")["deals"][0]
    assert (moved["before"], moved["expected_before"]) == ("800000.00", "2026-06-20")
    assert (moved["after"], moved["expected_after"]) == ("800000.00", "2026-07-20")


def test_slippage_and_what_became_of_the_start(d4: None, cast: Cast) -> None:
    told = _told("slippage", cast, period="2026-Q2", **{"as-of": "2026-07-01T00:00:00+08:00"})
    assert (told["start_amount"], told["slipped"]) == ("2971000.00", "1371000.00")
    assert (told["rate"], told["won_share"], told["lost_share"]) == ("0.461461", "0.336587", "0.201952")


def test_coverage_at_the_start(d4: None, cast: Cast) -> None:
    asked = {"period": "2026-Q2", "as-of": "2026-04-01T00:00:00+08:00"}
    told = _told("coverage", cast, **asked, target="2500000")
    assert (told["open"], told["won"], told["remaining"]) == ("2971000.00", "0.00", "2500000.00")
    assert (told["ratio"], told["required"], told["required_source"]) == ("1.188400", "3.000000", "fallback")
    without = _told("coverage", cast, **asked)
    assert (without["target"], without["target_reason"], without["ratio"]) == (None, "no_target", None)
    met = _told("coverage", cast, period="2026-Q2", target="225万")
    assert (met["won"], met["ratio"], met["ratio_reason"]) == ("2250000.00", None, "target_met")


def test_a_target_that_is_kept_is_taken(d4: None, cast: Cast, tmp_path: Path) -> None:
    head = ("unit_code", "username", "metric", "period", "amount", "currency")
    unit = cast.chenan.unit
    assert unit is not None
    row = (unit.code, "", "bookings", "2026-Q2", 2_500_000, "CNY")
    with clock.at(instant("2026-07-02 09:30")):
        _brought({"targets": examples.write(tmp_path / "targets.csv", head, [row])})
    told = _told("coverage", cast, period="2026-Q2", **{"as-of": "2026-04-01T00:00:00+08:00"})
    assert told["ratio"] == "1.188400"
    assert _told("coverage", cast, period="2026-Q2", unit="")["target"] is None


def test_what_is_required_is_learned_from_the_periods_before(d4: None, cast: Cast) -> None:
    told = _told("coverage", cast, period="2026-Q3", target="1000000")
    assert told["yield"] == "0.370246"  # A's 110 of the 297.1 that stood at the start of the quarter before
    assert (told["required"], told["required_source"]) == ("2.700909", "history")


def test_the_page_the_command_and_the_api_tell_the_same(d4: None, cast: Cast) -> None:
    for name, asked in (
        ("waterfall", {**Q2, "rates": "current", "bucket": "won"}),
        ("slippage", {"period": "2026-Q2"}),
        ("coverage", {"period": "2026-Q2", "target": "2500000"}),
    ):
        with clock.at(instant(NOW)):
            told = run(name, asked, cast.linjing)
            query = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in asked.items())
            assert Calls(cast.linjing).get(f"/reports/{name}?{query}").json() == told


def test_instants_within_a_day_are_understood(d4: None, cast: Cast) -> None:
    noon = _told(
        "waterfall", cast, **{"from": "2026-06-10T12:00:00+08:00", "to": "2026-06-10T12:00:01+08:00"}
    )
    assert (noon["won"], noon["increase"]) == ("1100000.00", "100000.00")
    before = _told(
        "waterfall", cast, **{"from": "2026-06-10T00:00:00+08:00", "to": "2026-06-10T12:00:00+08:00"}
    )
    assert before["won"] == "0.00"  # what happens at exactly an instant is not known at it yet
    with pytest.raises(Refused):
        _told("waterfall", cast, **{"from": "2026-06-10T12:00:00+08:00", "to": "2026-06-10T11:00:00+08:00"})


def test_the_page_shows_the_same_and_opens_every_bucket(d4: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    query = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in Q2.items())
    asked = f"?unit={cast.chenan.unit.code}&rates=current&{query}"
    with clock.at(instant(NOW)):
        page = client.get(f"/analysis/waterfall/{asked}").content.decode()
        shown = [row[2] for row in cells(page, "waterfall-table") if row]
        assert shown == [
            *("¥2,971,000.00", "¥750,000.00", "¥0.00", "¥850,000.00", "¥250,000.00", "¥100,000.00"),
            *("−¥1,000.00", "¥2,250,000.00", "¥1,050,000.00", "¥800,000.00", "¥0.00"),
            *("¥100,000.00", "¥720,000.00"),
        ]
        assert "46.1%" in page
        for bucket in BUCKETS:
            opened = client.get(f"/analysis/waterfall/{asked}&bucket={bucket}").content.decode()
            told = _told("waterfall", cast, **Q2, rates="current", bucket=bucket)
            listed = opened.split('id="deals"')[1]
            assert all(deal["title"] in listed for deal in told["deals"])
            assert listed.count("data-walk") == len(told["deals"])


def test_the_workbook_lists_the_deals_of_every_change(d4: None, cast: Cast) -> None:
    with clock.at(instant(NOW)):
        lens = InsightLens.read({**Q2, "rates": "current"}, cast.linjing)
        made = paper("waterfall", lens, cast.linjing, form="xlsx")
    sums, deals = made.paper.tables
    assert [row[2] for row in sums.groups[0].rows][:2] == [Decimal("3221000.00"), Decimal("750000.00")]
    assert [group.heading for group in deals.groups] == [
        str(words.BUCKETS[name])
        for name in ("new", "moved_in", "increase", "fx", "won", "lost", "moved_out", "decrease")
    ]


def test_what_becomes_known_later_is_a_difference_and_changes_nothing(d4: None, cast: Cast) -> None:
    before = _told("waterfall", cast, **Q2)
    deal = Deal.objects.get(code="B")
    facts = {"deal": deal, "channel": "page", "recorded_at": instant("2026-07-02 09:30")}
    Move.objects.create(
        kind="won",
        at=instant("2026-06-30 10:00"),
        known_at=instant("2026-07-02 09:30"),
        amount=700_000,
        base_amount=700_000,
        currency="CNY",
        **facts,
    )
    rebuild([deal])
    after = _told("waterfall", cast, **Q2)
    assert {name: after[name] for name in BUCKETS} == {name: before[name] for name in BUCKETS}
    assert after["differences"] == [
        {
            "code": "B",
            "told": {"start": "800000.00", "moved_out": "800000.00"},
            "known": {"start": "800000.00", "won": "700000.00", "decrease": "100000.00"},
        }
    ]
    assert before["differences"] == []


def test_a_chart_that_has_become_wider_is_drawn_like_one_that_always_was(cast: Cast) -> None:
    """What only a narrow one is told is taken back by the rule for all others."""
    links = dict.fromkeys(BUCKETS, "")
    narrow, wide = waterfall_chart(Waterfall(), {name: name for name in BUCKETS}, links).option["media"]
    assert "query" in narrow and "query" not in wide
    labels = [rule["option"]["series"][1]["label"].keys() for rule in (narrow, wide)]
    assert labels[0] == labels[1] and narrow["option"].keys() == wide["option"].keys()
