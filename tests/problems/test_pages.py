"""Problems and rules as people meet them: the register, one with its next step, rules, the board, papers."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.problems import verbs
from loudou.problems.models import Cause, Problem, Rule
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.markup import tight
from tests.problems.test_problems import registered, rule_for, today, with_cause


def page(user: User) -> Client:
    return enter(Client(), user)


@pytest.mark.parametrize("key", ["\u00b2", "9" * 30, "-1", "x"])
def test_a_link_that_names_nothing_is_left_out(cast: Cast, key: str) -> None:
    client = enter(Client(raise_request_exception=False), cast.wumin)
    for name in ("deal", "customer", "item", "warning"):
        assert client.get("/problems/register/", {name: key}).status_code == 200
    assert client.get("/problems/", {"cause": key}).status_code == 200


def test_a_problem_of_a_deal_is_registered_from_its_page(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    client = page(cast.chenan)
    part = client.get(f"/deals/{deal.pk}/problems/", HTTP_HX_REQUEST="true").content.decode()
    assert f"/problems/register/?deal={deal.pk}" in part
    form = client.get(f"/problems/register/?deal={deal.pk}").content.decode()
    assert deal.title in form
    told = {"title": "延迟交货", "what": "晚了", "area": "delivery", "happened_on": str(today())}
    sent = client.post("/problems/register/", {**told, "owner": cast.lina.pk, "deal": deal.pk})
    made = Problem.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/problems/{made.pk}/")
    assert (made.owner, made.deal) == (cast.lina, deal)
    assert "延迟交货" in client.get(f"/deals/{deal.pk}/problems/").content.decode()
    foreign = page(cast.maxiao).get(f"/problems/register/?deal={deal.pk}").content.decode()
    assert deal.title not in foreign


def test_the_next_step_stands_on_its_page(cast: Cast) -> None:
    problem = registered(cast.chenan)
    client = page(cast.chenan)
    assert "应急处置" in client.get(f"/problems/{problem.pk}/").content.decode()
    client.post(f"/problems/{problem.pk}/contain/", {"containment": "先发替代件", "version": 1})
    client.post(f"/problems/{problem.pk}/cause/", {"cause": "备件未备库", "analysis": "台账", "version": 2})
    shown = client.get(f"/problems/{problem.pk}/").content.decode()
    assert "备件未备库" in shown and "这一步由其他人完成" in shown
    boss = page(cast.wumin)
    empty = boss.post(f"/problems/{problem.pk}/classify/", {"version": 3})
    assert empty.status_code == 422
    boss.post(f"/problems/{problem.pk}/classify/", {"kind": "routine", "version": 3})
    shown = boss.get(f"/problems/{problem.pk}/").content.decode()
    cause = Cause.objects.get()
    assert f"/rules/write/{cause.pk}/" in shown and "/close/" not in shown
    assert (
        client.post(f"/problems/{problem.pk}/contain/", {"containment": "x", "version": 1}).status_code == 409
    )
    assert client.post(f"/problems/{problem.pk}/nothing/").status_code == 404


def test_a_rule_is_written_reviewed_and_retired_on_its_pages(cast: Cast) -> None:
    problem = with_cause(cast.chenan)
    verbs.classify(problem, kind="routine", by=cast.wumin)
    client, cause = page(cast.wumin), Cause.objects.get()
    told = {
        "title": "备件最低库存",
        "applies_to": "主机",
        "content": "低于两套即补\n每月盘点",
        "owner": cast.wumin.pk,
        "effective_on": str(today()),
        "review_on": str(today() + timedelta(days=90)),
    }
    wrong = client.post(f"/rules/write/{cause.pk}/", {**told, "review_on": str(today())})
    assert wrong.status_code == 422
    sent = client.post(f"/rules/write/{cause.pk}/", told)
    rule = Rule.objects.get()
    assert sent["Location"] == f"/rules/{rule.pk}/"
    assert "现行有效" in client.get(f"/rules/write/{cause.pk}/").content.decode()
    shown = client.get(f"/rules/{rule.pk}/").content.decode()
    assert "低于两套即补" in shown
    assert client.post(f"/rules/{rule.pk}/review/", {"finding": "", "review_on": ""}).status_code == 422
    later = str(today() + timedelta(days=120))
    assert (
        client.post(f"/rules/{rule.pk}/review/", {"finding": "可行", "review_on": later}).status_code == 302
    )
    pdf = client.post(f"/rules/{rule.pk}/pdf/")
    assert pdf.content.startswith(b"%PDF") and Entry.objects.filter(event="rule.printed").exists()
    assert client.post(f"/rules/{rule.pk}/retire/", {"reason": ""}).status_code == 422
    assert client.post(f"/rules/{rule.pk}/retire/", {"reason": "停售"}).status_code == 302
    assert "备件最低库存" not in client.get("/rules/").content.decode()
    assert "备件最低库存" in client.get("/rules/?state=former").content.decode()


def test_the_register_is_filtered_and_taken_out(cast: Cast) -> None:
    first = with_cause(cast.chenan)
    registered(cast.lina, title="报价写错")
    client = page(cast.wumin)
    for query, there in (
        (f"cause={first.cause_id}", {"延迟交货"}),
        ("owner=lina", {"报价写错"}),
        ("kind=unclassed", {"延迟交货", "报价写错"}),
        ("kind=warned", set()),
        ("kind=routine", set()),
        ("area=price", set()),
        ("state=cause", {"延迟交货"}),
        ("state=all&unit=D1-1", {"延迟交货", "报价写错"}),
        ("from=2020-01-01&to=2020-02-01", set()),
    ):
        shown = client.get(f"/problems/?{query}").content.decode()
        assert {title for title in ("延迟交货", "报价写错") if title in shown} == there, query
    assert "cause" in client.get("/problems/?cause=999").content.decode()
    for form, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        assert client.post(f"/problems/file/{form}/").content.startswith(start)
    assert client.post("/problems/file/doc/").status_code == 404


def test_the_board_says_whom_results_hang_on(cast: Cast) -> None:
    for days_ago in (50, 20, 0):
        with_cause(cast.chenan, days_ago=days_ago)
    pipeline.win(make.at_last_stage(cast.chenan, amount=500), by=None)
    shown = page(cast.wumin).get(f"/problems/board/?period={today().year}").content.decode()
    assert "须立规则" in shown and "第一名：100.0%" in shown
    behind = re.search(r'href="(/analysis/records/[^"]+)"', shown)
    assert behind and page(cast.wumin).get(unescape(behind[1])).status_code == 200
    cause = Cause.objects.get()
    rule_for(cause, cast.wumin, effective_on=today() - timedelta(days=10))
    assert "备件最低库存" in page(cast.wumin).get(f"/problems/board/?period={today().year}").content.decode()


def test_the_board_leaves_the_house_with_the_figures_it_shows(cast: Cast) -> None:
    """Own digits: one before the rule and two in its 31 days; shares of 60, 30 and 10 of a hundred."""
    for days_ago in (100, 10, 0):
        with_cause(cast.chenan, days_ago=days_ago)
    rule = rule_for(Cause.objects.get(), cast.wumin, effective_on=today() - timedelta(days=30))
    for owner, amount in ((cast.chenan, 600_000), (cast.lina, 300_000), (cast.zhangwei, 100_000)):
        pipeline.win(make.at_last_stage(owner, amount=amount), by=None)
    span = {"from": str(today() - timedelta(days=110)), "to": str(today() + timedelta(days=1))}
    query = "&".join(f"{name}={value}" for name, value in span.items())
    client = page(cast.wumin)
    saved = client.post(f"/problems/board/file/xlsx/?{query}").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(saved))
    rows = [tuple(row) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    (cause,) = [row[:6] for row in rows if row[0] == "备件未备库"]
    assert cause == ("备件未备库", 3, 2, str(rule), 1, 5.81)  # 2 × 90 ÷ 31
    shares = {row[0]: row[2:5] for row in rows if row[0] in ("陈安", "李娜", "张伟")}
    assert shares == {
        "陈安": (1, 600_000, 0.6),
        "李娜": (1, 300_000, 0.3),
        "张伟": (1, 100_000, 0.1),
    }
    (told,) = run("problems", span, cast.wumin)["rows"]
    assert (told["before"], told["since"], told["rate_since"]) == (1, 2, "5.81")
    shown = client.get(f"/problems/board/?{query}").content.decode()
    assert "第一名：60.0% · HHI 0.460" in shown
    assert re.search(r'data-label="[^"]+"><span class="red">5.8</span>', tight(shown))
    assert client.post(f"/problems/board/file/pdf/?{query}").content.startswith(b"%PDF")
    assert client.post("/problems/board/file/doc/").status_code == 404
    taken = Entry.objects.filter(event="report.taken_out").order_by("pk")
    assert [entry.particulars["report"] for entry in taken] == ["problems", "problems"]
