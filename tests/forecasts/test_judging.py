"""Judging deals in or out of one's own forecast (C12, M22): beside the weighted view, never over what others said."""

from __future__ import annotations

import pytest
from django.test import Client

from loudou.forecasts import queries
from loudou.forecasts.models import Judgement
from loudou.forecasts.verbs import judge, submit
from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.insight.test_pages import cells
from tests.make import day, instant

NOON = instant("2026-05-11 12:00")


@pytest.fixture
def deals(cast: Cast) -> list[Deal]:
    """Three deals of 直销一部 due in May, of 300,000, 200,000 and 100,000, all at 10 %."""
    with clock.at(NOON):
        return [
            make.deal(owner, title=title, amount=amount, expected_on=day("2026-05-29"))
            for owner, title, amount in (
                (cast.chenan, "产线一", 300_000),
                (cast.lina, "产线二", 200_000),
                (cast.lina, "产线三", 100_000),
            )
        ]


def may() -> Period:
    return organisation().fiscal.parse("2026-05")


def bench(user: object) -> queries.Bench:
    return queries.bench(user, may(), organisation(), clock.now())  # type: ignore[arg-type]


def test_a_manager_judges_beside_the_weighted_view(cast: Cast, deals: list[Deal]) -> None:
    first, second, third = deals
    with clock.at(NOON):
        assert not bench(cast.wumin).is_judged
        judge([first], period=may(), verdict="in", reason="合同已过法务", by=cast.wumin)
        judge([second, third], period=may(), verdict="out", reason="预算未批", by=cast.wumin)
        told = bench(cast.wumin)
        assert (told.judged, told.of("out").amount, told.of("open").count) == (300_000, 300_000, 0)
        assert told.says.weighted == 60_000
        judge([third], period=may(), verdict="open", by=cast.wumin)
        assert bench(cast.wumin).of("open").amount == 100_000
        handed = submit(cast.wumin, period=may(), submitted=60_000, by=cast.wumin)
        assert (handed.judged, handed.base) == (300_000, 60_000)
        assert submit(cast.lina, period=may(), submitted=1, by=cast.lina).judged is None
    sentences = Entry.objects.filter(subject_id=third.pk, event__startswith="forecast.").order_by("pk")
    assert [(one.event, one.particulars.get("verdict")) for one in sentences] == [
        ("forecast.judged", "out"),
        ("forecast.unjudged", "open"),
    ]


def test_each_level_has_its_own_and_overwrites_none(cast: Cast, deals: list[Deal]) -> None:
    first = deals[0]
    with clock.at(NOON):
        pipeline.edit(first, by=cast.chenan, category="commit", reason="客户口头承诺")
        judge([first], period=may(), verdict="out", reason="太乐观", by=cast.wumin)
        judge([first], period=may(), verdict="in", reason="我见过客户总经理", by=cast.heli)
        assert bench(cast.wumin).judged == 0 and bench(cast.heli).judged == 300_000
        first.refresh_from_db()
        assert first.category == "commit"
        said = queries.words_below([first], cast.heli, may())[first.pk]
        assert [(one.user, one.verdict, one.reason) for one in said] == [(cast.wumin, "out", "太乐观")]
        assert judge([first], period=may(), verdict="out", reason="太乐观", by=cast.wumin) == []
        judge([first], period=may(), verdict="in", reason="已补充信用证", by=cast.wumin)
    assert list(Judgement.objects.filter(user=cast.wumin).values_list("verdict", flat=True)) == ["out", "in"]


def test_what_cannot_be_judged(cast: Cast, deals: list[Deal]) -> None:
    first = deals[0]
    with clock.at(NOON):
        other = make.deal(cast.sunqiang, expected_on=day("2026-05-29"))
        later = make.deal(cast.chenan, expected_on=day("2026-06-29"))
        for some, verdict, reason, field in (
            ([first], "in", " ", "reason"),
            ([first], "perhaps", "x", "verdict"),
            ([other], "in", "x", "deals"),
            ([later], "in", "x", "deals"),
        ):
            with pytest.raises(Refused) as refusal:
                judge(some, period=may(), verdict=verdict, reason=reason, by=cast.wumin)
            assert refusal.value.field == field
        for user in (cast.chenan, cast.linjing):
            with pytest.raises(Forbidden):
                judge([first], period=may(), verdict="in", reason="x", by=user)
    with clock.at(instant("2026-06-01 00:00")), pytest.raises(Refused):
        judge(
            [first],
            period=Period(day("2026-05-01"), day("2026-06-01")),
            verdict="in",
            reason="x",
            by=cast.wumin,
        )
    assert not Judgement.objects.exists()


def test_the_report_tells_who_said_what(cast: Cast, deals: list[Deal]) -> None:
    with clock.at(NOON):
        judge(deals[:1], period=may(), verdict="out", reason="太乐观", by=cast.wumin)
    with clock.at(instant("2026-05-12 09:00")):
        judge(deals[:2], period=may(), verdict="in", reason="已签", by=cast.wumin)
        judge(deals[1:2], period=may(), verdict="open", by=cast.wumin)
    with clock.at(instant("2026-05-13 09:00")):
        now = run("forecast-judgements", {"period": "2026-05"}, cast.heli)
        then = run("forecast-judgements", {"period": "2026-05", "as-of": "2026-05-11"}, None)
        mine = run("forecast-judgements", {"period": "2026-05"}, cast.lina)
    row = {
        "period": "2026-05",
        "who": "wumin",
        "level": "manager",
        "deal": deals[0].code,
        "owner": "chenan",
        "verdict": "in",
        "reason": "已签",
        "amount": "300000.00",
        "at": "2026-05-12T01:00:00+00:00",
    }
    assert now["rows"] == [row] and mine["rows"] == []
    assert now["people"] == [
        {"who": "wumin", "level": "manager", "in": "300000.00", "out": "0.00", "deals_in": 1, "deals_out": 0}
    ]
    assert [(one["verdict"], one["reason"]) for one in then["rows"]] == [("out", "太乐观")]


def test_the_report_of_a_past_instant_goes_by_who_had_the_deals_then(cast: Cast, deals: list[Deal]) -> None:
    with clock.at(NOON):
        judge(deals[:2], period=may(), verdict="in", reason="已签", by=cast.wumin)
    for deal, owner, when in ((deals[0], cast.lina, "2026-05-13"), (deals[1], cast.chenan, "2026-05-20")):
        with clock.at(instant(f"{when} 09:00")):
            pipeline.hand_over(deal, owner=owner, by=cast.wumin, reason="交接")

    def of(owner: str, day: str) -> list[tuple[str, str]]:
        with clock.at(instant("2026-05-21 09:00")):
            told = run("forecast-judgements", {"period": "2026-05", "as-of": day, "owner": owner}, cast.heli)
        return [(row["deal"], row["owner"]) for row in told["rows"]]

    first, second = deals[0].code, deals[1].code
    assert of("chenan", "2026-05-12") == [(first, "chenan")] and of("lina", "2026-05-12") == [
        (second, "lina")
    ]
    assert of("chenan", "2026-05-19") == [] and of("lina", "2026-05-19") == [
        (first, "lina"),
        (second, "lina"),
    ]
    assert of("chenan", "2026-05-21") == [(second, "chenan")] and of("lina", "2026-05-21") == [
        (first, "lina")
    ]


def test_the_page_judges_several_at_once(cast: Cast, deals: list[Deal], client: Client) -> None:
    keys = [str(deal.pk) for deal in deals[:2]]
    address = "/forecasts/deals/?period=2026-05"
    with clock.at(NOON):
        enter(client, cast.chenan)
        assert client.get(address).url == "/forecasts/"
        enter(client, cast.wumin)
        assert client.post(address, {"deal": keys, "verdict": "in"}).status_code == 422
        answer = client.post(address, {"deal": keys, "verdict": "in", "reason": "已过评审"})
        assert answer.status_code == 302
        judge(deals[2:], period=may(), verdict="out", reason="太早", by=cast.heli)
        page = client.get(address).content.decode()
        rows = [row for row in cells(page, "cards judged") if any(row)]
        assert [row[9] for row in rows] == ["计入 已过评审", "计入 已过评审", "未判断"]
        assert rows[2][8] == "何立 不计入 太早" and rows[0][8] == "—"
        only = client.get(f"{address}&verdict=open&owner=lina").content.decode()
        assert [row[1] for row in cells(only, "cards judged") if any(row)] == ["产线三"]
        assert client.get("/forecasts/deals/?period=2026-05&verdict=perhaps").status_code == 200
        gone = client.get("/forecasts/deals/?period=2026-04").content.decode()
        assert "cards judged" not in gone and 'name="verdict"' not in gone
        sheet = client.get("/forecasts/?period=2026-05").content.decode()
        assert "/forecasts/deals/" in sheet and "按我的判断" in sheet and "¥50万" in sheet
