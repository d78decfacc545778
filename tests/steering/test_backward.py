"""Funnel-backward (M60), top of the funnel (M17), headcount (M61) by hand-counted numbers."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity
from loudou.insight.asked import ASSUMED
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.numbers import Ratio
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.pipeline.models import Deal
from loudou.steering.figures.backward import ATTAINMENT, Backward, Headcount, Rates, Top, _product
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

NONE = Ratio.missing("not_recorded")


def of(value: str) -> Ratio:
    return Ratio(Decimal(value))


def rates(deal: str, win: str, lead: str, visits: str) -> Rates:
    return Rates(of(deal), of(win), of(lead), of(visits))


def whole(ratio: Ratio) -> int:
    assert ratio.value is not None
    return int(ratio.value)


def test_every_level_is_rounded_up_and_told_unrounded() -> None:
    """10 million less 3 won, less 1.95 weighted: 5.05 million ÷ 400,000 = 12.625 deals."""
    told = Backward(
        Decimal(10_000_000), Decimal(3_000_000), Decimal(1_950_000), rates("400000", "0.3", "0.2", "2.5")
    )
    assert told.gap.value == 5_050_000
    steps = [told.deals, told.opps, told.leads, told.visits]
    assert [whole(step.rounded) for step in steps] == [13, 44, 220, 110]
    assert [step.exact.value and step.exact.value.quantize(Decimal("0.000001")) for step in steps] == [
        *(Decimal("12.625000"), Decimal("42.083333"), Decimal("210.416667"), Decimal("105.208333"))
    ]


def test_the_cars_of_july() -> None:
    """D9: 66 orders, of which the stock yields 25.2; 40.8 ⇒ 41 ⇒ ⌈41 ÷ .175⌉ = 235 ⇒ ⌈235 ÷ .6⌉ = 392, unrounded 388.57."""
    told = Backward(Decimal(66), Decimal(0), Decimal("25.2"), rates("1", "0.175", "0.6", "1"))
    assert [whole(step.rounded) for step in (told.deals, told.opps, told.leads)] == [41, 235, 392]
    assert told.leads.exact.value is not None
    assert told.leads.exact.value.quantize(Decimal("0.01")) == Decimal("388.57")


def test_what_a_stage_must_hold() -> None:
    told = Backward(Decimal(1_000_000), Decimal(0), Decimal(0), rates("100000", "0.25", "0.5", "3"))
    assert whole(told.in_stage(Decimal("0.1")).rounded) == 100
    assert whole(told.in_stage(Decimal("0.3")).rounded) == 34
    assert told.in_stage(Decimal(0)).rounded.reason == "no_base"


def test_a_target_that_is_met_needs_nothing_and_no_rate_no_number() -> None:
    met = Backward(Decimal(100), Decimal(60), Decimal(40), Rates(NONE, NONE, NONE, NONE))
    assert [whole(step.rounded) for step in (met.deals, met.opps, met.leads)] == [0, 0, 0]
    assert met.visits.rounded.reason == "not_recorded"
    open_ = Backward(Decimal(100), Decimal(0), Decimal(0), Rates(of("10"), of("0.5"), NONE, of("2")))
    assert (whole(open_.opps.rounded), open_.leads.rounded.reason, whole(open_.visits.rounded)) == (
        *(20, "not_recorded"),
        40,
    )
    lost = Backward(Decimal(100), Decimal(0), Decimal(0), Rates(of("10"), of("0"), of("1"), of("2")))
    assert lost.opps.rounded.reason == "no_base" and lost.leads.rounded.reason == "no_base"


def test_a_third_of_three_is_no_fourth() -> None:
    third = Ratio.of(1, 3)
    told = Backward(Decimal(6), Decimal(0), Decimal(0), Rates(of("1"), third, of("1"), of("1")))
    assert whole(told.opps.rounded) == 18


@pytest.mark.parametrize(("created", "thin"), [(8, False), (7, True), (12, False)])
def test_the_top_is_thin_below_eighty_percent(created: int, thin: bool) -> None:
    assert Top(created, of("10")).is_thin is thin
    assert Top(created, of("0")).sufficiency.reason == "target_met"
    assert not Top(created, NONE).is_thin


def test_headcount() -> None:
    """D10: three full sellers and 孙 of 300 k in Q3 at 200 k a month; 2.1 million at 1 ÷ 1.2 asks for 2.52 million."""
    told = Headcount(Decimal(2_100_000), Decimal(2_100_000), of("600000"))
    assert whole(told.gap) == 1
    assert told.exact.value is not None and told.exact.value.quantize(Decimal("0.01")) == Decimal("0.70")
    assert told.expected.quantize(Decimal("0.01")) == Decimal("1750000.00")
    assert Headcount(Decimal(1), Decimal(1), NONE).gap.reason == "not_recorded"
    assert ATTAINMENT.quantize(Decimal("0.0001")) == Decimal("0.8333")


AMOUNT, SHARE = st.integers(1, 10**7), st.decimals("0.01", "1", places=2)


@given(AMOUNT, AMOUNT, SHARE, SHARE)
def test_rounding_up_never_asks_for_less(target: int, deal: int, win: Decimal, lead: Decimal) -> None:
    told = Backward(
        Decimal(target), Decimal(0), Decimal(0), Rates(Ratio(Decimal(deal)), Ratio(win), Ratio(lead), of("1"))
    )
    for step in (told.deals, told.opps, told.leads):
        assert step.rounded.value is not None and step.exact.value is not None
        assert step.rounded.value >= step.exact.value - Decimal("1e-9")


@pytest.fixture
def year(cast: Cast, tmp_path: Path) -> Cast:
    """chenan won two of five closed deals (300,000 each) within a year; one is open and due in the quarter."""

    def bring(kind: str, *lines: str) -> None:
        file = tmp_path / f"{kind}.csv"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        assert hand_in(Order(kind, file), dry_run=False, all_or_nothing=True).refused == 0

    closes = [("A", "won"), ("B", "won"), ("C", "lost"), ("D", "lost"), ("E", "cancelled")]
    bring(
        "deals",
        "code,title,funnel,owner_username,amount,currency,expected_close,created_at",
        *(f"{code},商机,b2b,chenan,300000,CNY,,2025-09-01" for code, _how in closes),
        "F,在手,b2b,chenan,500000,CNY,2026-06-10,2026-04-10",
    )
    bring(
        "moves",
        "deal_code,at,event,stage,amount,reason,by",
        *(f"{code},2025-09-01,enter,verify,,," for code, _how in closes),
        *(
            f"{code},2025-10-11,{how},,,{'price' if how == 'lost' else 'no_budget' if how == 'cancelled' else ''},"
            for code, how in closes
        ),
        "F,2026-04-10,enter,verify,,,",
    )
    bring("targets", "username,metric,period,amount", "chenan,bookings,2026-Q2,1250000")
    with clock.at(instant("2026-03-02")):
        deal = Deal.objects.get(code="F")
        for day in range(3):
            at = instant(f"2026-02-{20 + day} 10:00")
            fieldwork.log_activity(
                kind="visit", at=at, by=None, owner=cast.chenan, deal=deal, contact="许明华", result="看样"
            )
    return cast


def told(user: Any = None, **params: str) -> dict[str, Any]:
    return run("funnel-backward", {"period": "2026-Q2", "as_of": "2026-05-01T00:00:00+08:00", **params}, user)


def test_the_report_to_the_digit(year: Cast) -> None:
    """1,250,000 − 500,000 × 10 % = 1,200,000 ⇒ 4 deals of 300,000 ⇒ 10 opportunities at 2 of 5 ⇒ 3 visits ÷ 6 created each."""
    mine = told(owner="chenan")
    assert (mine["target"], mine["won"], mine["weighted_open"], mine["gap"]) == (
        *("1250000.00", "0.00", "50000.00"),
        "1200000.00",
    )
    assert (mine["deal_amount"], mine["win_rate"], mine["cycle_days"]) == ("300000.00", "0.400000", "40.00")
    assert (mine["deals"], mine["opps"], mine["visits"]) == (4, 10, 5)
    assert (mine["leads"], mine["leads_reason"]) == (None, "not_recorded")
    assert mine["latest_creation"] == "2026-05-21"  # the last day of June less 40 days
    assert mine["opps_a_week"] == "3.85"  # up to 21 May there are 13 working days: 10 ÷ 2.6
    first = mine["stages"][0]
    assert (first["code"], first["probability"], first["standing"]) == ("verify", "0.100000", 1)
    assert (first["required"], first["required_unrounded"], first["missing"]) == (50, "41.666667", 49)
    assert (mine["created"], mine["required_at_start"], mine["thin"]) == (1, 13, True)
    assert mine["top_of_funnel"] == "0.076923"


def test_the_quarter_began_with_what_was_known_then(year: Cast, tmp_path: Path) -> None:
    """M17: 1,250,000 − 120,000 of H ⇒ 4 deals ⇒ 10 opportunities; G stood there too, but nobody knew of it."""
    head = "code,title,funnel,owner_username,amount,currency,expected_close,created_at"
    stood = [f"{code},早有,b2b,chenan,1200000,CNY,2026-06-10,2026-03-01" for code in "GH"]
    known = [f"{code},2026-03-01,enter,verify,{day}" for code, day in (("G", "2026-04-20"), ("H", ""))]
    for kind, *lines in (
        ("deals", head, *stood),
        ("moves", "deal_code,at,event,stage,known_at", *known),
    ):
        file = tmp_path / f"late-{kind}.csv"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        assert hand_in(Order(kind, file), dry_run=False, all_or_nothing=True).refused == 0
    mine = told(owner="chenan")
    assert (mine["weighted_open"], mine["required_at_start"]) == ("290000.00", 10)


def test_capacity_without_a_quota_is_unknown(year: Cast) -> None:
    nobodys = told(unit="D2")
    assert (nobodys["monthly_quota"], nobodys["capacity"], nobodys["expected"]) == (None, None, None)
    assert nobodys["capacity_reason"] == nobodys["expected_reason"] == "not_assigned"


def test_visits_nobody_records_are_unknown_not_none(year: Cast) -> None:
    Activity.objects.all().delete()
    mine = told(owner="chenan")
    assert (mine["visits_per_opp"], mine["visits_per_opp_reason"]) == (None, "not_recorded")
    assert (mine["visits"], mine["visits_reason"]) == (None, "not_recorded")
    assert told(owner="chenan", visits_per_opp="0.5")["visits"] == 5


def test_what_somebody_tries_counts_instead(year: Cast) -> None:
    mine = told(owner="chenan", win_rate="50%", lead_rate="20", deal_amount="60万", target="3,000,000")
    assert (mine["gap"], mine["deals"], mine["opps"], mine["leads"]) == ("2950000.00", 5, 10, 50)
    assert mine["given"] == ["deal_amount", "lead_rate", "win_rate"]
    late = told(owner="chenan", cycle_days="90")
    assert (late["opps_a_week"], late["opps_a_week_reason"]) == (None, "too_late")
    for name, value in (("win_rate", "0"), ("win_rate", "101%"), ("deal_amount", "-3"), ("quota", "x")):
        with pytest.raises(Refused):
            told(**{name: value})


def test_people_there_are(year: Cast) -> None:
    """孙 of D10: a full quota of 200 k a month, there from 15 June: 0, 25, 50, 75 % of Q3."""
    people.edit_person(year.chenan, by=None, joined_on=date(2026, 6, 15))
    mine = told(owner="chenan", period="2026-Q3", quota="200000", target="500000", as_of="2026-07-01")
    assert (mine["capacity"], mine["monthly_quota"]) == ("300000.00", "200000.00")
    assert (mine["headcount_gap_unrounded"], mine["headcount_gap"]) == ("0.500000", 1)
    own = told(owner="chenan")
    assert own["monthly_quota"] == "416666.67"
    none = told(unit=year.sunqiang.unit.code)
    assert (none["target"], none["target_reason"]) == (None, "no_target")
    assert (none["headcount_gap"], none["headcount_gap_reason"]) == (None, "not_assigned")
    for name in (
        "gap",
        "deals",
        "opps_unrounded",
        "visits_a_week",
        "required_at_start",
    ):  # nothing is not zero
        assert (none[name], none[f"{name}_reason"]) == (None, "no_target")
    assert {(one["required"], one["required_reason"]) for one in none["stages"]} == {(None, "no_target")}
    tried = told(unit=year.sunqiang.unit.code, quota="200000")
    assert (tried["headcount_gap"], tried["headcount_gap_reason"]) == (None, "no_target")


def test_who_left_counts_up_to_the_last_day_and_who_went_where_they_were_then(year: Cast) -> None:
    """Four sellers of 直销一部 at 100,000 a month; chenan leaves on 8 May (3 of 19 working days), lina on 1 June for another unit."""
    unit = year.chenan.unit
    with clock.at(instant("2026-06-01 09:00")):
        people.deactivate(year.chenan, by=None, on=date(2026, 5, 8), heir=year.wumin)
        people.join_unit(year.lina, unit=year.sunqiang.unit, by=None)
    for as_of, there in (
        ("2026-05-31", "1015789.47"),
        ("2026-06-01", "715789.47"),
        ("2026-08-01", "715789.47"),
    ):
        assert told(unit=unit.code, quota="100000", as_of=as_of)["capacity"] == there


def test_the_page_with_and_without_script(year: Cast, client: Client) -> None:
    with clock.at(instant("2026-05-01")):
        page = (
            enter(client, year.chenan)
            .get("/targets/backward/?period=2026-Q2&lead_rate=20%25")
            .content.decode()
        )
        assert "还需商机" in page and "漏斗上口太薄" in page
        part = client.get(
            "/targets/backward/?period=2026-Q2&win_rate=50", headers={"HX-Request": "true"}
        ).content.decode()
        assert "<html" not in part and 'id="backward"' in part
        assert client.get("/targets/backward/?win_rate=nonsense").status_code == 200
        for odd in ("9" * 30, "9" * 400, "0." + "0" * 400 + "1"):
            asked = "&".join(f"{name}={odd}" for name in ("target", *ASSUMED))
            assert client.get(f"/targets/backward/?{asked}").status_code == 200
        least = "&".join(f"{name}=0.01" for name in ASSUMED) + "&target=9999999999999.99&visits_per_opp=36500"
        assert client.get(f"/targets/backward/?{least}").status_code == 200


def test_what_cannot_be_read_is_named_as_its_field_is(year: Cast, client: Client) -> None:
    page = enter(client, year.chenan).get("/targets/backward/?win_rate=abc").content.decode()
    assert "未能理解，已忽略：赢率" in page


def test_a_product_of_what_is_missing_is_missing_for_the_same_reason() -> None:
    assert _product(Ratio.missing("no_base"), Ratio(Decimal(1))).reason == "no_base"


def test_whose_is_chosen_when_the_chip_is_opened(cast: Cast, client: Client) -> None:
    """The choices of a page lead back to it, with what was tried; who sees only their own has none to choose from."""
    enter(client, cast.hezong)
    page = client.get("/targets/backward/?win_rate=40&owner=chenan").content.decode()
    units = client.get(_link(page, "/targets/choices/unit/")).content.decode()
    back = parse_qs(_link(units, "/targets/backward/", "unit=D1").partition("?")[2])
    assert back == {"win_rate": ["40"], "unit": ["D1"]}
    people = client.get("/targets/choices/owner/?page=pace&unit=D1").content.decode()
    assert _link(people, "/targets/pace/", "owner=chenan") and "sunqiang" not in people
    assert client.get("/targets/choices/unit/?page=elsewhere").status_code == 404
    assert client.get("/targets/choices/colour/").status_code == 404
    enter(client, cast.chenan)
    assert "/targets/choices/" not in client.get("/targets/backward/").content.decode()


def _link(page: str, path: str, part: str = "") -> str:
    """The first address on a page that begins with a path and has a part."""
    found = (unescape(address) for address in re.findall(r'href="([^"]+)"', page))
    return next(address for address in found if address.startswith(path) and part in address)
