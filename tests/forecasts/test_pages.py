"""The pages of the cycle: what a manager sees and does, the board, and that neither asks more of more people."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.forecasts import verbs
from loudou.forecasts.models import Submission
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.figures.deliveries import Part
from loudou.targets import verbs as targets
from loudou.ui import format as f
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.forecasts.test_d2 import brought
from tests.forecasts.test_submit import APRIL, hand_in
from tests.make import day, instant
from tests.opening import closed, numbers
from tests.opening import read as tree


@pytest.fixture(autouse=True)
def april(cast: Cast) -> object:
    with clock.at(instant("2026-04-13 10:00")):
        yield


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_a_manager_reads_rolls_up_and_hands_in(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-04-06 10:00")):
        hand_in(cast.lina, 800_000)
    hand_in(cast.lina, 900_000)
    hand_in(cast.zhangwei, 1_150_000)
    enter(client, cast.wumin)
    page = read(client, "/forecasts/")
    assert "¥205万" in page
    assert "+¥10万" in page
    sent = {"submitted": "190万", "reason": "两单要到五月", "comment": "客户年检", "version": "0"}
    assert client.post("/forecasts/submit/", {**sent, "reason": ""}).status_code == 422
    assert client.post("/forecasts/submit/", sent).status_code == 302
    page = read(client, "/forecasts/")
    assert "¥190万" in page and "客户年检" in page
    mine = Submission.objects.filter(user=cast.wumin).latest("number")
    assert mine.adjustment == -150_000


def test_more_than_the_funnel_holds_is_marked(cast: Cast, client: Client) -> None:
    make.at_last_stage(cast.lina, amount=200_000, expected_on=day("2026-04-20"))
    hand_in(cast.lina, 250_000)
    enter(client, cast.lina)
    page = read(client, "/forecasts/")
    assert "超出漏斗 ¥5万" in page and "请说明来自哪些商机" in page
    heads = [one.text for one in tree(page.split("我提交过的")[1]).every() if one.tag == "th"]
    assert "加权" in heads and "下级汇总" not in heads  # who leads nobody starts from what the funnel says
    enter(client, cast.wumin)
    row = next(row for row in read(client, "/forecasts/").split("<tr") if "李娜</a>" in row)
    assert "超出漏斗 ¥5万" in row
    hand_in(cast.lina, 200_000)
    assert "超出漏斗" not in read(client, "/forecasts/")


def test_less_than_is_won_already_asks_for_a_reason_and_is_marked(cast: Cast, client: Client) -> None:
    pipeline.win(make.at_last_stage(cast.lina, amount=200_000, expected_on=day("2026-04-20")), by=None)
    enter(client, cast.lina)
    assert 'name="reason"' not in read(client, "/forecasts/")
    sent = {"submitted": "15万", "version": "0"}
    refused = client.post("/forecasts/submit/", sent)
    beside = refused.content.decode().split('name="reason"')[1].split("</form>")[0]
    assert refused.status_code == 422 and "本期已赢单 ¥200,000" in beside
    assert client.post("/forecasts/submit/", {**sent, "reason": "客户在谈退货"}).status_code == 302
    page = read(client, "/forecasts/").split("<table")[0]
    assert "比已赢单少 ¥5万" in page and "客户在谈退货" in page
    enter(client, cast.wumin)
    row = next(row for row in read(client, "/forecasts/").split("<tr") if "李娜</a>" in row)
    assert "比已赢单少 ¥5万" in row
    hand_in(cast.lina, 200_000)
    assert "比已赢单少" not in read(client, "/forecasts/")


def test_somebody_elses_number_meanwhile_is_shown(cast: Cast, client: Client) -> None:
    hand_in(cast.lina, 800_000)
    hand_in(cast.lina, 900_000)
    enter(client, cast.lina)
    answer = client.post("/forecasts/submit/", {"submitted": "700000", "comment": "再看", "version": "1"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "其间又提交了另一个预测" in page
    assert page.index("¥900,000") < page.index("¥700,000")  # what is stored, what was sent
    assert 'value="700000"' in page and "再看" in page  # nothing that was typed is lost
    again = {"submitted": "700000", "version": "2"}  # having seen both
    assert 'name="version" value="2"' in page and client.post("/forecasts/submit/", again).status_code == 302


def test_who_may_not_hand_in_comes_to_the_board(cast: Cast, client: Client) -> None:
    enter(client, cast.qianjin)
    assert client.get("/forecasts/").headers["Location"] == "/forecasts/accuracy/"


def test_a_period_that_is_over_takes_no_numbers(cast: Cast, client: Client) -> None:
    enter(client, cast.lina)
    assert 'name="submitted"' not in read(client, "/forecasts/?period=2026-03")
    assert 'name="submitted"' in read(client, "/forecasts/?period=9999")  # not understood: said and left out
    assert client.post("/forecasts/submit/?period=2026-03", {"submitted": "1"}).status_code == 422


def test_locking_and_reopening(cast: Cast, client: Client) -> None:
    made = hand_in(cast.lina, 900_000)
    enter(client, cast.heli)
    assert client.post("/forecasts/lock/").status_code == 302
    made.refresh_from_db()
    assert made.is_official
    enter(client, cast.linjing)
    path = f"/forecasts/{made.pk}/"
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "客户撤单"}).status_code == 302
    page = read(client, path)
    assert "客户撤单" in page
    made.refresh_from_db()
    assert made.void_at is not None
    enter(client, cast.lina)
    beside_the_form = read(client, "/forecasts/").split("<table")[0]
    assert "客户撤单" in beside_the_form


def test_the_sheet_says_when_a_number_is_due_and_when_it_is_locked(cast: Cast, client: Client) -> None:
    def said(when: str, who: User = cast.lina) -> str:
        with clock.at(instant(when)):
            enter(client, who)
            return read(client, "/forecasts/").split('aria-label="筛选"')[1].split('class="stats"')[0]

    ahead = said("2026-04-01 09:20")
    assert "将于 4-03 18:00 锁定" in ahead and "4-01 12:00 截止" in ahead
    assert "4-01 12:00 起逾期" in said("2026-04-01 13:00")
    gone = said("2026-04-13 09:20")
    assert "锁定时间 4-03 18:00 已过" in gone and "4-13 12:00 截止" in gone and "还剩 2 小时 40 分" in gone
    assert "4-14 12:00 截止" in said("2026-04-13 09:20", cast.heli)
    assert "还剩 1 天" in said("2026-04-13 09:20", cast.heli)
    assert "本期没有锁定的数" in read(client, "/forecasts/?period=2026-03")
    with clock.at(instant("2026-04-13 09:30")):
        made = hand_in(cast.lina, 900_000)
    assert "本周已提交" in said("2026-04-13 10:00")
    with clock.at(instant("2026-04-13 10:10")):
        verbs.lock_period(made.period, by=cast.heli)
    assert "4-13 10:10 已锁定" in said("2026-04-13 11:00")


def test_who_works_alone_sees_the_deals_before_what_moved(cast: Cast, client: Client) -> None:
    for owner in (cast.lina, cast.wumin):
        make.deal(owner, title=f"{owner.name}的产线", amount=100_000, expected_on=day("2026-04-29"))
    enter(client, cast.lina)
    page = read(client, "/forecasts/")
    assert page.index("李娜的产线") < page.index('id="changes"')
    enter(client, cast.wumin)
    page = read(client, "/forecasts/")
    assert page.index('id="changes"') < page.index("吴敏的产线")


def test_those_below_stand_with_their_adjustment_its_reason_and_what_they_say(
    cast: Cast, client: Client
) -> None:
    hand_in(cast.lina, 900_000)
    hand_in(cast.wumin, 800_000, reason="两单要到五月", comment="客户年检")
    enter(client, cast.heli)
    row = next(row for row in read(client, "/forecasts/").split("<tr") if "吴敏</a>" in row)
    assert all(text in row for text in ("−¥10万", "¥80万", "两单要到五月", "客户年检"))


def test_on_a_phone_those_below_are_cards_whose_facts_carry_their_names(cast: Cast, client: Client) -> None:
    make.deal(cast.wumin, amount=100_000, expected_on=day("2026-04-29"))
    hand_in(cast.lina, 900_000, comment="客户年检")
    enter(client, cast.wumin)
    table = read(client, "/forecasts/").split('<table class="t cards two">')[1].split("</table>")[0]
    heads = [one.strip() for one in re.findall(r"<th(?: [^>]*)?>([^<]*)<", table)]
    rows = [re.findall(r"<td([^>]*)>(.*?)</td>", row, re.S) for row in table.split("<tr")[2:]]
    assert len(rows) > 3
    for (lead, _name), *facts in rows:
        assert 'class="lead"' in lead
        for head, (attributes, text) in zip(heads[1:], facts, strict=True):
            assert not text or f'data-label="{head}"' in attributes, head


def test_the_rules(cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    read(client, "/forecasts/rules/")
    sent = {"grain": "quarter", "rep_limit": "40", "manager_limit": "30", "director_limit": "25"}
    sent |= {
        "rep_hour": "10",
        "manager_hour": "11",
        "director_hour": "12",
        "lock_workday": "5",
        "lock_hour": "9",
    }
    assert client.post("/forecasts/rules/", sent).status_code == 302
    enter(client, cast.lina)
    assert "二季度" in read(client, "/forecasts/")


def test_the_board_tells_d2(cast: Cast, client: Client, tmp_path: Path) -> None:
    with clock.at(instant("2026-07-02 09:00")):
        brought(tmp_path)
    with clock.at(instant("2026-07-02 10:00")):
        enter(client, cast.linjing)
        page = read(client, "/forecasts/accuracy/")
        for shown in ("28.8%", "38.6%", "4.0%", "−0.5pp", "0.7%", "20.0%"):
            assert shown in page
        assert "张大伟" not in read(client, "/forecasts/accuracy/?unit=d2b")
        assert "乙经理" not in read(client, "/forecasts/accuracy/?owner=d2zhang")
        enter(client, User.objects.get(username="d2zhang"))
        own = read(client, "/forecasts/accuracy/")
        assert "38.6%" in own and "21.7%" not in own


def test_over_time_there_is_a_picture(cast: Cast, client: Client) -> None:
    from datetime import timedelta
    from decimal import Decimal

    from loudou.kernel.periods import Fiscal

    for month in ("2026-01", "2026-02", "2026-03"):
        at = instant(f"{month}-05") + timedelta(hours=9)
        verbs.import_submission(
            cast.lina,
            period=Fiscal().parse(month),
            submitted=Decimal(900),
            locked_at=at,
            unit=cast.lina.unit_id,
            by=None,
        )
    enter(client, cast.heli)
    page = read(client, f"/forecasts/accuracy/?owner={cast.lina.username}")
    heads = [f"人员 · {name}" for name in ("WAPE", "偏差", "调整增值")]
    told = page.split('<figure class="chart"')[1].split("</figure>")[0]
    assert all(head in told for head in heads)


def test_a_period_that_still_runs_is_shown_and_not_scored(cast: Cast, client: Client) -> None:
    """Nothing is won yet of April's 900: it would double the error of the months that are over."""
    from datetime import timedelta

    from loudou.kernel.periods import Fiscal

    for month in ("2026-02", "2026-03", "2026-04"):
        verbs.import_submission(
            cast.lina,
            period=Fiscal().parse(month),
            submitted=Decimal(0 if month < "2026-04" else 900),
            locked_at=instant(f"{month}-05") + timedelta(hours=9),
            unit=cast.lina.unit_id,
            by=None,
        )
    told = run("forecast-accuracy", {"period": "2026", "owner": "lina"}, None)
    assert [(row["period"], row["over"], row["passed"]) for row in told["rows"]] == [
        ("2026-02", True, True),
        ("2026-03", True, True),
        ("2026-04", False, False),
    ]
    assert [(one["n"], one["passed"]) for one in (*told["levels"], *told["people"])] == [(2, 2), (2, 2)]
    assert [one["period"] for one in told["over_time"]] == ["2026-02", "2026-03", "2026-04"]
    enter(client, cast.heli)
    page = read(client, "/forecasts/accuracy/?owner=lina")
    assert "2 次中 2 次" in page and "进行中" in page
    drawn = page.split('<figure class="chart"')[1].split("</figure>")[0]
    assert "2026 年 3 月" in drawn and "2026 年 4 月" not in drawn


def test_more_people_ask_no_more(cast: Cast, client: Client) -> None:
    def asked() -> dict[str, int]:
        counts = {}
        for page in ("/forecasts/", "/forecasts/accuracy/"):
            with CaptureQueriesContext(connection) as found:
                read(client, page)
            counts[page] = len(found)
        return counts

    hand_in(cast.lina, 900_000)
    verbs.lock_period(APRIL, by=None)
    enter(client, cast.wumin)
    asked()
    few = asked()
    for number in range(20):
        user = people.add_person(
            username=f"more{number}",
            name=f"新人{number}",
            unit=cast.wumin.unit,
            roles_held=["rep"],
            manager=cast.wumin,
            password=None,
            by=None,
        )
        hand_in(user, 100)
    verbs.lock_period(APRIL, by=None)
    many = asked()
    assert many == few
    assert max(many.values()) <= 20, many


def test_who_rolls_up_four_levels_asks_for_them_once(cast: Cast, client: Client) -> None:
    enter(client, cast.hezong)
    read(client, "/forecasts/")
    with CaptureQueriesContext(connection) as found:
        read(client, "/forecasts/")
    assert len([one for one in found if '"manager_id" > ' in one["sql"]]) == 1
    assert len(found) <= 20


def test_ones_own_deals_are_judged_one_by_one(cast: Cast, client: Client) -> None:
    deal = make.deal(cast.chenan, title="包装线", expected_on=make.day("2026-04-30"))
    enter(client, cast.chenan)
    page = read(client, "/forecasts/")
    assert "包装线" in page
    assert f"/deals/{deal.pk}/edit/?part=category" in page


def test_a_change_leads_to_what_changed_in_the_funnel(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-04-06 10:00")):
        hand_in(cast.lina, 800_000)
        hand_in(cast.wumin, 800_000)
    hand_in(cast.lina, 900_000)
    hand_in(cast.wumin, 900_000)
    enter(client, cast.heli)
    for who, below, whose in (
        (cast.heli, "wumin", f"unit={cast.wumin.unit.code}"),
        (cast.wumin, "lina", "owner=lina"),
    ):
        enter(client, who)
        [to] = set(
            re.findall(rf'href="([^"]*what=change&amp;owner={below}[^"]*)"', read(client, "/forecasts/"))
        )
        page = read(client, html.unescape(to))
        assert "¥900,000.00" in page and "¥800,000.00" in page and "¥10万" in page
        [waterfall] = re.findall(r'href="(/analysis/waterfall/[^"]*)"', page)
        assert whose in waterfall and "from=2026-04-06T10" in html.unescape(waterfall)


def test_what_moved_since_the_last_number_stands_on_the_sheet_deal_by_deal(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    """Monday 13 April: the roll-up was 80万 a week ago; since then a deal was raised, one lost, one opened."""
    end = make.day("2026-04-28")
    with clock.at(instant("2026-04-03 09:00")):
        raised = make.deal(cast.lina, title="加价的", amount=100_000, expected_on=end)
        gone = make.deal(cast.lina, title="丢掉的", amount=300_000, expected_on=end)
        make.deal(cast.lina, title="没动的", amount=999_000, expected_on=end)
    with clock.at(instant("2026-04-06 10:00")):
        hand_in(cast.lina, 800_000)
        hand_in(cast.wumin, 800_000)
    with clock.at(instant("2026-04-08 10:00")):
        pipeline.edit(raised, by=None, amount=Decimal(140_000), reason="加了一台")
        pipeline.lose(gone, by=None, code=make.reason())
        make.deal(cast.zhangwei, title="新来的", amount=50_000, expected_on=end)
    enter(client, cast.wumin)
    page = read(client, "/forecasts/")
    assert "/forecasts/changes/" in page and "4-06 的数" in page
    told = read(client, "/forecasts/changes/")
    places = [told.index(name) for name in ("丢掉的", "新来的", "加价的")]
    assert places == sorted(places) and "没动的" not in told
    assert "¥30万" in told and "¥4万" in told
    with django_assert_max_num_queries(20):
        read(client, "/forecasts/changes/")
    enter(client, cast.sunqiang)
    assert "本期的商机没有变动" in read(client, "/forecasts/changes/")


def test_a_plan_of_deliveries_that_changed_says_what_falls_into_the_period(
    cast: Cast, client: Client
) -> None:
    """Whole the deal is due in June; of 100,000 a fifth is delivered in May, so that the second quarter keeps 20,000."""
    with clock.at(instant("2026-04-03 09:00")):
        deal = make.deal(cast.lina, title="分批的", amount=100_000, expected_on=make.day("2026-06-20"))
        still = make.deal(cast.lina, title="照旧的", amount=50_000, expected_on=make.day("2026-06-20"))
        halves = [Part(make.day(day), Decimal(25_000)) for day in ("2026-05-20", "2026-08-20")]
        pipeline.set_deliveries(still, parts=halves, by=cast.lina)
    with clock.at(instant("2026-04-06 10:00")):
        hand_in(cast.lina, 100_000)
    with clock.at(instant("2026-04-08 10:00")):
        parts = [Part(make.day("2026-05-20"), Decimal(20_000)), Part(make.day("2026-08-20"), Decimal(80_000))]
        pipeline.set_deliveries(deal, parts=parts, by=cast.lina)
        pipeline.edit(still, by=None, amount=Decimal(60_000), reason="加了一台")
    enter(client, cast.lina)
    told = read(client, "/forecasts/changes/?period=2026-Q2")
    listed = told.split("交付计划有变")[1]
    assert "分批的" in listed and "照旧的" not in listed
    assert "¥10万" in listed and "¥2万" in listed
    enter(client, cast.sunqiang)
    assert "交付计划有变" not in read(client, "/forecasts/changes/?period=2026-Q2")


def test_the_target_stands_beside_the_forecast(cast: Cast, client: Client) -> None:
    hand_in(cast.lina, 900_000)
    enter(client, cast.lina)
    assert "低于目标" not in read(client, "/forecasts/")
    targets.set_target(
        unit=cast.lina.unit,
        person=cast.lina,
        period=APRIL,
        metric="bookings",
        amount=Decimal(1_000_000),
        by=cast.heli,
    )
    stats = read(client, "/forecasts/").split('class="stats"')[1].split("<section")[0]
    assert "¥100万" in stats and "已达成 0.0%" in stats and "低于目标 ¥10万" in stats


def test_every_number_of_the_board_opens_to_its_forecasts(cast: Cast, client: Client, tmp_path: Path) -> None:
    """Levels, people and periods lead to the forecasts they stand on, whose terms stand above them."""
    with clock.at(instant("2026-07-02 10:00")):
        brought(tmp_path)
        enter(client, cast.linjing)
        page = read(client, "/forecasts/accuracy/?period=2026")
        assert closed(page) == [] and len(list(numbers(tree(page)))) > 10
        reps = read(client, "/forecasts/accuracy/?period=2026&level=rep")
        told = run("forecast-accuracy", {"period": "2026"}, cast.linjing)
        level = next(one for one in told["levels"] if one["level"] == "rep")
        lines = tree(reps.split('id="each"')[1])
        assert sum("data-each" in one.attributes for one in lines.every()) == level["n"]
        facts = [one.text for one in lines.every() if one.tag == "dd"]
        rows = [row for row in told["rows"] if row["level"] == "rep" and row["over"]]
        off = [Decimal(row["forecast"]) - Decimal(row["actual"]) for row in rows]
        sums = (sum(map(abs, off)), sum(off), sum(Decimal(row["actual"]) for row in rows))
        assert facts == [str(level["n"]), *(f.money(one, cents=True) for one in sums)]
