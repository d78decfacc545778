"""The board of targets, a target's page, taking one apart and setting the parts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import Unit
from loudou.pipeline import verbs as pipeline
from loudou.targets import verbs
from loudou.targets.models import SeasonalIndex, Target
from loudou.targets.proposals import Asked, propose
from loudou.targets.queries import members_below
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.make import instant
from tests.targets.test_weighing import won

DECOMPOSE = "/targets/decompose/"


@pytest.fixture
def year(cast: Cast) -> Target:
    """直销一部 has 27 million of bookings to reach in 2026."""
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    amount = Decimal(27_000_000)
    period = Fiscal().parse("2026")
    return verbs.set_target(unit=unit, metric="bookings", period=period, amount=amount, by=None)


def asked(target: Target, by: str, **more: str) -> dict[str, str]:
    assert target.unit is not None
    return {
        "unit": target.unit.code,
        "metric": "bookings",
        "period": "2026",
        "by": by,
        "total": "32400000",
        "step": "10000",
        **more,
    }


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_board_says_how_far_everybody_is(cast: Cast, year: Target, client: Client) -> None:
    with clock.at(instant("2026-05-01")):
        won = make.at_last_stage(cast.chenan, amount=Decimal(13_500_000))
        pipeline.win(won, by=None)
        verbs.set_target(
            unit=None,
            person=cast.lina,
            metric="cash",
            period=Fiscal().parse("2026"),
            amount=Decimal(60),
            by=None,
        )
    with clock.at(instant("2026-05-02")):
        page = text(enter(client, cast.wumin).get("/analysis/targets/?period=2026"))
        assert "50.0%" in page and "尚无记录" in page
        behind = client.get(f"/analysis/records/?what=won_deals&period=2026&unit={cast.wumin.unit.code}")
        assert "1,350" in text(behind)
        assert "目标由部门负责人设定" in text(enter(Client(), cast.maxiao).get("/analysis/targets/"))
        other = client.get("/analysis/targets/?period=2019").content.decode()
        empty = other[other.index('class="empty"') :]
        assert "还没有目标" in empty
        for place in ("/targets/add/", "/targets/decompose/", "/analysis/targets/"):
            assert f'href="{place}"' in empty
        assert client.get("/analysis/targets/?funnel=b2b&unit=X").status_code == 200


def test_a_target_is_set_adjusted_and_withdrawn_on_pages(cast: Cast, client: Client) -> None:
    enter(client, cast.wumin)
    said = {"unit": str(cast.wumin.unit_id), "person": str(cast.lina.pk), "metric": "bookings"}
    said |= {"period": "2027-Q1", "amount": "120万", "currency": "CNY", "specific": "", "attainable": ""}
    assert client.post("/targets/add/", {**said, "period": "2027-Q9"}).status_code == 422
    assert client.post("/targets/add/", said).status_code == 302
    again = client.post("/targets/add/", said)
    assert again.status_code == 422 and "已有这个目标" in text(again)
    target = Target.objects.get()
    assert (target.person, target.unit, target.amount) == (cast.lina, cast.lina.unit, 1_200_000)
    address = f"/targets/{target.pk}/"
    change = {"amount": "130万", "cause": "market", "reason": "行业回暖", "relevant": "锂电"}
    assert client.post(f"{address}adjust/", {**change, "version": "9"}).status_code == 409
    assert client.post(f"{address}adjust/", {**change, "version": "1"}).status_code == 302
    assert client.post(f"{address}adjust/", {**change, "amount": "-1"}).status_code == 422
    page = text(client.get(address))
    assert "¥1,300,000" in page and "¥1,200,000" in page and "行业回暖" in page and "锂电" in page
    assert client.post(f"{address}withdraw/").status_code == 302
    assert not Target.objects.exists()


def test_the_whole_is_the_units_target_and_for_people_120_percent_of_it(
    cast: Cast, year: Target, client: Client
) -> None:
    enter(client, cast.wumin)
    assert 'value="27,000,000"' in client.get(f"{DECOMPOSE}?period=2026&by=month").content.decode()
    people = client.get(f"{DECOMPOSE}?period=2026&by=person").content.decode()
    assert 'value="32,400,000"' in people and "¥8,100,000" in people and "120.0%" in people
    assert client.get(f"{DECOMPOSE}?period=2026-Q9").status_code == 200
    assert "正整数倍" not in text(client.get(DECOMPOSE, asked(year, "month", total="5")))
    assert client.get(DECOMPOSE, asked(year, "month", total="5")).status_code == 422
    part = client.get(DECOMPOSE, asked(year, "person", total="5"), headers={"HX-Request": "true"})
    assert part.status_code == 200 and part.content.decode().startswith('\n\n<section id="proposal"'[2:])


def test_months_are_taken_over_as_targets_of_the_unit(cast: Cast, year: Target, client: Client) -> None:
    enter(client, cast.wumin)
    response = client.post(DECOMPOSE, asked(year, "month", total="27000000"))
    assert response.status_code == 302
    months = Target.objects.exclude(pk=year.pk)
    assert months.count() == 12 and sum(month.amount for month in months) == 27_000_000
    assert "2026-01" in text(client.get(f"/targets/{year.pk}/"))


def test_what_stands_beside_a_part_is_that_part(cast: Cast, year: Target, client: Client) -> None:
    """A part for one product family, or of somebody who has moved since, is never shown as another's."""
    said = {"metric": "bookings", "period": year.period, "by": None}
    verbs.set_target(unit=cast.unit("D1"), amount=Decimal(7_111_111), family="机器人", **said)
    verbs.set_target(unit=cast.unit("D2"), person=cast.lina, amount=Decimal(3_222_222), **said)
    enter(client, cast.wumin)
    people = text(client.get(DECOMPOSE, asked(year, "person")))
    assert "¥3,222,222" in people and "¥7,111,111" not in people
    enter(client, cast.hezong)
    above = cast.unit("D1").parent
    assert above is not None
    units = text(client.get(DECOMPOSE, asked(year, "unit") | {"unit": above.code}))
    assert "¥27,000,000" in units and "¥7,111,111" not in units


def test_people_who_carry_too_little_need_a_waiver(cast: Cast, year: Target, client: Client) -> None:
    short = asked(year, "person", total="31540000", **{"lock-zhoukai": "4000000"})
    refused = enter(client, cast.wumin).post(DECOMPOSE, short)
    assert refused.status_code == 422 and "¥860,000" in text(refused)
    assert "请总监豁免" in text(refused)
    assert client.post(DECOMPOSE, {**short, "waiver": "渠道补足"}).status_code == 422
    assert Target.objects.count() == 1
    assert "豁免 120" in text(enter(client, cast.heli).post(DECOMPOSE, short))
    assert client.post(DECOMPOSE, {**short, "waiver": "渠道补足"}).status_code == 302
    assert Target.objects.get(person=cast.zhoukai).amount == 4_000_000
    assert Entry.objects.filter(event="target.waived", actor=cast.heli).count() == 1
    sheet = f"/targets/sheet/data/?unit={year.unit.code}&period=2026&metric=bookings"
    data = client.get(sheet).json()
    over = [one for one in data["faults"] if one[2] == "over_assignment"]
    assert over == [] and [f"{cast.heli.name}已豁免：渠道补足"] == [one[3] for one in data["notes"]]
    less = Target.objects.get(person=cast.zhoukai)
    verbs.adjust_target(less, amount=less.amount - 10, by=None)  # more is missing than was waived
    assert [one[2] for one in client.get(sheet).json()["faults"]] == ["over_assignment"]


def test_units_below_are_taken_over_too(cast: Cast) -> None:
    center = Unit.objects.get(pk=cast.wumin.unit.parent_id)
    words = {"unit": center.code, "metric": "deals", "period": "2027", "step": "1", "by": "unit"}
    proposal = propose(Asked.read(**words, total="7"))
    made = verbs.take_over(proposal, by=cast.heli, cause="market")
    assert sum(target.amount for target in made) == 7 and {target.metric for target in made} == {"deals"}
    with pytest.raises(Forbidden):
        verbs.take_over(proposal, by=cast.wumin)


def test_parts_that_do_not_sum_are_not_taken_over(cast: Cast, year: Target) -> None:
    assert year.unit is not None
    words = {"unit": year.unit.code, "metric": "bookings", "period": "2026-Q1", "step": "1", "by": "month"}
    ask = Asked.read(**words, total="100")
    locked = {f"2026-0{month}": Decimal(30) for month in (1, 2, 3)}
    with pytest.raises(Refused) as refusal:
        verbs.take_over(propose(Asked(**{**vars(ask), "locked": locked})), by=None)
    assert refusal.value.field == "total" and "¥10" in refusal.value.sentence
    people = {
        user.username: Decimal(5) for user in members_below(year.unit, ask.period) if "rep" in user.roles
    }
    carried = propose(Asked(**{**vars(ask), "by": "person", "locked": people}))
    with pytest.raises(Refused) as refusal:  # what people carry is a check while one looks, and stops here
        verbs.take_over(carried, by=None)
    assert refusal.value.field == "total" and not carried.checks[0].passed


def test_a_total_below_zero_is_taken_apart_on_the_page_as_by_the_command(cast: Cast, client: Client) -> None:
    """M63 takes it apart; to be set as targets it cannot be, for a target is not negative."""
    enter(client, cast.heli)
    asked = {"unit": "D1", "metric": "bookings", "period": "2026", "by": "quarter", "method": "equal"}
    asked |= {"total": "-1000", "step": "1"}
    page = client.get("/targets/decompose/", asked)
    assert page.status_code == 200 and "−¥250" in text(page)
    told = Calls(cast.heli).post("/targets/decompose", asked).json()
    assert [part["amount"] for part in told["parts"]] == ["-250.00"] * 4
    refused = client.post("/targets/decompose/", asked)
    assert refused.status_code == 422 and "金额不能为负数。" in text(refused)
    assert 'value="-1000"' in refused.content.decode() and not Target.objects.exists()


def test_the_seasons_are_set_month_by_month_and_taken_from_history(cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    assert "至少要有两个完整年度" in text(client.get("/targets/seasons/"))
    assert client.post("/targets/seasons/", {"m2": "0.6", "m12": "1.4"}).status_code == 302
    page = client.get("/targets/seasons/").content.decode()
    assert 'name="m2" value="0.600000"' in page and 'name="m3" value=""' in page
    assert client.post("/targets/seasons/", {"m2": "101"}).status_code == 422
    assert client.post("/targets/seasons/learn/").status_code == 422
    refused = enter(Client(), cast.chenan).post("/targets/seasons/", {"m2": "1"})
    assert refused.status_code == 403
    with clock.at(instant("2026-02-01")):
        for year in (2024, 2025):
            for month in range(1, 13):
                won(cast.chenan, 1000, f"{year}-{month:02}-10")
        assert "2024" in text(client.get("/targets/seasons/"))
        assert client.post("/targets/seasons/learn/").status_code == 302
    months = dict(SeasonalIndex.objects.values_list("month", "index"))
    assert len(months) == 12 and months[2] > 1 and abs(sum(months.values()) - 12) < Decimal("0.0001")


def test_the_proposal_says_by_what_it_is_weighed(cast: Cast, year: Target, client: Client) -> None:
    enter(client, cast.wumin)
    page = text(client.get(DECOMPOSE, asked(year, "person", total="54000000", method="capacity")))
    assert "超过目标的 150%" in page
    funnel = client.get(DECOMPOSE, asked(year, "person", method="funnel"))
    assert funnel.status_code == 422 and "都没有权重" in text(funnel)
    make.deal(cast.chenan, amount=1_000_000)
    assert "加权漏斗" in text(client.get(DECOMPOSE, asked(year, "person", method="funnel")))


def test_weights_are_typed_by_hand_and_what_is_wrong_stays_in_its_field(
    cast: Cast, year: Target, client: Client
) -> None:
    wumin = enter(client, cast.wumin)
    said = asked(year, "quarter", total="1000", step="1", method="hand")
    assert wumin.get(DECOMPOSE, said).content.decode().count('name="weight-2026-Q') == 4
    typed = {"weight-2026-Q1": "1", "weight-2026-Q2": "2", "weight-2026-Q3": "3", "weight-2026-Q4": ""}
    page = text(wumin.get(DECOMPOSE, {**said, **typed, "lock-2026-Q1": "100"}))
    assert "¥360" in page and "¥540" in page
    wrong = wumin.post(DECOMPOSE, {**said, **typed, "weight-2026-Q2": "viel"})
    assert wrong.status_code == 422 and "“2026-Q2”的权重不是数字。" in wrong.content.decode()
    assert (
        'value="viel"' in wrong.content.decode()
        and 'name="weight-2026-Q3" value="3"' in wrong.content.decode()
    )
    for lock, sentence in (("elf", "这样的金额"), ("1001", "锁定的部分已超过总数")):
        answer = wumin.post(DECOMPOSE, {**said, "lock-2026-Q1": lock})
        assert answer.status_code == 422 and sentence in answer.content.decode()
        assert f'value="{lock}"' in answer.content.decode()
    assert Target.objects.count() == 1
    assert wumin.post(DECOMPOSE, {**said, **typed}).status_code == 302
    set_now = Target.objects.exclude(pk=year.pk).order_by("starts_on")
    assert [target.amount for target in set_now] == [167, 333, 500, 0]


@pytest.mark.parametrize("code", ["", "TW", "HK"])
def test_a_target_is_taken_apart_by_the_calendar_one_names(cast: Cast, client: Client, code: str) -> None:
    total = Decimal("777777.77")
    said = {"metric": "bookings", "period": "2026-02", "step": "0.01", "by": "week", "calendar": code}
    asked = {**said, "unit": "D1", "total": str(total)}
    page = text(enter(client, cast.heli).get("/targets/decompose/", asked))
    february = Fiscal().parse("2026-02")
    step = Decimal("0.01")
    found = propose(Asked(cast.unit("D1"), "bookings", february, total, step, "week", calendar=code))
    assert all(f"{share.amount:,.2f}".removesuffix(".00") in page for share in found.shares)
    first = {"": "243,055.5", "TW": "277,777.7", "HK": "228,758.17"}[code]
    assert first in page  # the first week has 5 of 16, 14 and 17 working days
