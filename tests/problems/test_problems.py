"""Problems on their way (C18), rules, and what recurs: digits and refusals."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from loudou.insight.reports import run
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.problems import tasks, verbs
from loudou.problems.figures.recurrence import is_routine, recurrence
from loudou.problems.models import Cause, Problem, Rule
from loudou.problems.queries.register import cause_names, editions, rules, to_review
from loudou.warnings import verbs as warnings
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.jobs import run as job


def today() -> date:
    return organisation().today


def registered(by: User, *, days_ago: int = 0, **details: object) -> Problem:
    details.setdefault("title", "延迟交货")
    day = today() - timedelta(days=days_ago)
    return verbs.register(what="承诺两周，实际五周", area="delivery", by=by, happened_on=day, **details)  # type: ignore[arg-type]


def with_cause(by: User, *, cause: str = "备件未备库", days_ago: int = 0, **details: object) -> Problem:
    problem = registered(by, days_ago=days_ago, **details)
    verbs.contain(problem, containment="先发替代件", by=by)
    return verbs.find_cause(problem, cause=cause, analysis="查了仓库台账", by=by)


def rule_for(cause: Cause, by: User, **details: object) -> Rule:
    told = {
        "title": "备件最低库存",
        "applies_to": "所有主机备件",
        "content": "每月盘点，低于两套即补",
        "owner": by,
        "effective_on": today(),
        "review_on": today() + timedelta(days=90),
    }
    return verbs.write_rule(cause, by=by, **{**told, **details})  # type: ignore[arg-type]


def test_three_within_ninety_days_are_routine() -> None:
    on = date(2026, 6, 30)
    first = on - timedelta(days=89)
    assert is_routine([first, date(2026, 5, 1), on], on)
    assert not is_routine([first - timedelta(days=1), date(2026, 5, 1), on], on)
    assert not is_routine([date(2026, 5, 1), on, date(2026, 7, 1)], on)


def test_recurrence_is_counted_before_and_since_the_rule() -> None:
    begun = date(2026, 4, 1)
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 3, 1), date(2026, 3, 31), begun, date(2026, 5, 9)]
    held = recurrence(days, begun, date(2026, 5, 15))
    assert (held.before, held.since, held.days_since) == (4, 2, 45)
    assert held.rate_since.value == Decimal(4) and held.falls is False
    later = recurrence(days, begun, date(2026, 9, 27))
    assert (later.days_since, later.rate_since.value, later.falls) == (180, Decimal(1), True)
    assert recurrence(days, begun, date(2026, 3, 31)).rate_since.reason == "no_base"
    assert recurrence([], begun, date(2026, 5, 15)).falls is None


def test_a_young_rule_is_not_praised_for_days_in_which_nothing_was_due() -> None:
    """Three in 90 days are one in thirty: until then no news is no news (R127)."""
    begun = date(2026, 4, 1)
    before = [date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)]
    assert recurrence(before, begun, begun).falls is None
    assert recurrence(before, begun, date(2026, 4, 29)).falls is None
    assert recurrence(before, begun, date(2026, 4, 30)).falls is True
    again = [*before, date(2026, 4, 2)]
    assert recurrence(again, begun, date(2026, 4, 2)).falls is None
    assert recurrence([*again, date(2026, 4, 3), date(2026, 4, 3)], begun, date(2026, 4, 3)).falls is False


def test_an_exception_goes_its_way(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    problem = registered(cast.chenan, deal=deal)
    assert (problem.owner, problem.unit, problem.state) == (cast.chenan, cast.chenan.unit, "registered")
    assert problem.code.startswith("WT-")
    problem = verbs.contain(problem, containment="先发替代件", by=cast.chenan)
    problem = verbs.find_cause(problem, cause=" 备件未备库 ", analysis="查了台账", by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.classify(problem, kind="exception", by=cast.chenan)
    problem = verbs.classify(problem, kind="exception", reason="供应商火灾", by=cast.wumin)
    problem = verbs.close_problem(problem, finding="客户已签收", by=cast.wumin, version=problem.version)
    assert (problem.state, problem.closed_by) == ("closed", cast.wumin)
    told = list(
        Entry.objects.filter(subject_type="problems.problem").order_by("pk").values_list("event", flat=True)
    )
    assert told == [
        f"problem.{name}" for name in ("registered", "contained", "cause_found", "classified", "closed")
    ]


def test_steps_are_taken_in_order_and_by_somebody_else_at_the_end(cast: Cast) -> None:
    problem = registered(cast.wumin)
    with pytest.raises(Refused):
        verbs.find_cause(problem, cause="x", analysis="y", by=cast.wumin)
    verbs.contain(problem, containment="x", by=cast.wumin)
    verbs.find_cause(problem, cause="x", analysis="y", by=cast.wumin)
    verbs.classify(problem, kind="exception", by=cast.wumin)
    with pytest.raises(Refused) as refused:
        verbs.close_problem(problem, finding="好了", by=cast.wumin)
    assert refused.value.field == "finding"
    with pytest.raises(Stale):
        verbs.close_problem(problem, finding="好了", by=cast.heli, version=1)
    assert verbs.close_problem(problem, finding="好了", by=cast.heli).state == "closed"


def test_the_third_of_a_cause_is_told_and_is_no_exception(cast: Cast) -> None:
    for days_ago in (80, 40):
        with_cause(cast.chenan, days_ago=days_ago)
    third = with_cause(cast.sunqiang)
    assert Notice.objects.filter(recipient=cast.liuyang, entry__event="problem.recurred").count() == 1
    with pytest.raises(Refused) as refused:
        verbs.classify(third, kind="exception", by=cast.liuyang)
    assert refused.value.field == "kind"
    with pytest.raises(Refused):
        verbs.classify(third, kind="often", by=cast.liuyang)
    assert verbs.classify(third, kind="routine", by=cast.liuyang).state == "classified"


def test_a_routine_problem_is_closed_under_a_rule_in_force(cast: Cast) -> None:
    problem = with_cause(cast.chenan)
    problem = verbs.classify(problem, kind="routine", by=cast.wumin)
    with pytest.raises(Refused):
        verbs.close_problem(problem, finding="好了", by=cast.wumin)
    assert problem.cause is not None
    tomorrow = today() + timedelta(days=1)
    first = rule_for(problem.cause, cast.wumin, effective_on=tomorrow, review_on=tomorrow + timedelta(days=9))
    problem.refresh_from_db()
    assert (problem.state, problem.rule) == ("ruled", first)
    with pytest.raises(Refused):
        verbs.close_problem(problem, finding="好了", by=cast.wumin)
    with pytest.raises(Refused) as earlier:
        rule_for(problem.cause, cast.wumin)
    assert earlier.value.field == "effective_on"
    second = rule_for(problem.cause, cast.wumin, effective_on=tomorrow)
    assert (second.code, second.edition) == (first.code, 2)
    first.refresh_from_db()
    assert first.replaced and not first.is_current
    Rule.objects.filter(pk=second.pk).update(effective_on=today())
    problem.refresh_from_db()
    assert verbs.close_problem(problem, finding="两个月未再发生", by=cast.wumin).rule == second


def test_a_rule_has_its_own_editions_the_latest_first(cast: Cast) -> None:
    cause = Cause.objects.create(name="备件未备库", key="备件未备库")
    first, other = rule_for(cause, cast.wumin), rule_for(Cause.objects.create(name="a", key="a"), cast.wumin)
    second = rule_for(cause, cast.wumin)
    assert editions(second) == editions(first) == [second, first]
    assert editions(other) == [other] == rules([other.pk])
    written = Entry.objects.filter(event="rule.written").order_by("pk")
    assert [entry.subject_id for entry in written] == [first.pk, other.pk, second.pk]
    assert cause_names() == sorted([cause.name, "a"])


def test_a_later_problem_of_the_cause_stands_under_its_rule_at_once(cast: Cast) -> None:
    rule = rule_for(Cause.objects.create(name="备件未备库", key="备件未备库"), cast.wumin)
    problem = verbs.classify(with_cause(cast.chenan), kind="routine", by=cast.wumin)
    assert (problem.state, problem.rule) == ("ruled", rule)
    back = verbs.send_back(problem, reason="原因不对", by=cast.wumin)
    assert (back.state, back.cause, back.kind, back.rule) == ("contained", None, "", None)


def test_a_problem_says_what_it_is_about_as_far_as_one_may_see(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    warnings.watch([deal.pk], allowed={}, by=None)
    warning = EarlyWarning.objects.get()
    problem = registered(cast.chenan, warning=warning)
    assert (problem.deal, problem.warning) == (deal, warning)
    for wrong in ({"deal": deal}, {"warning": warning}):
        with pytest.raises(Refused):
            registered(cast.maxiao, **wrong)
    assert registered(cast.chenan, owner=cast.lina).followers.get() == cast.chenan
    assert Problem.objects.visible_to(cast.chenan).count() == 2
    assert Problem.objects.visible_to(cast.maxiao).count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("what", ""),
        ("area", "weather"),
        ("title", "长" * 121),
        ("happened_on", date(2999, 1, 1)),
    ],
)
def test_it_refuses_what_says_nothing(cast: Cast, field: str, value: object) -> None:
    told = {"title": "延迟", "what": "晚了", "area": "delivery"}
    with pytest.raises(Refused) as refused:
        verbs.register(by=cast.chenan, **{**told, field: value})  # type: ignore[arg-type]
    assert refused.value.field == field


def test_nobody_answers_whose_account_is_closed(cast: Cast) -> None:
    User.objects.filter(pk=cast.lina.pk).update(is_active=False)
    gone = User.objects.get(pk=cast.lina.pk)
    with pytest.raises(Refused):
        registered(cast.chenan, owner=gone)
    with pytest.raises(Refused):
        rule_for(Cause.objects.create(name="a", key="a"), cast.wumin, owner=gone)


def test_rules_are_reviewed_retired_and_their_owners_reminded_once(cast: Cast) -> None:
    cause = Cause.objects.create(name="备件未备库", key="备件未备库")
    with pytest.raises(Refused):
        rule_for(cause, cast.wumin, review_on=today())
    rule = rule_for(cause, cast.wumin, effective_on=today() - timedelta(days=9), review_on=today())
    assert job(tasks.remind_of_reviews) == 1 and job(tasks.remind_of_reviews) == 0
    with pytest.raises(Refused):
        verbs.review_rule(rule, finding="执行到位", review_on=today(), by=cast.wumin)
    rule = verbs.review_rule(rule, finding="执行到位", review_on=today() + timedelta(days=30), by=cast.wumin)
    assert rule.reviewed_at is not None and to_review(today()) == []
    assert rule.version == 2
    rule = verbs.retire_rule(rule, reason="产品停售", by=cast.wumin)
    assert not rule.is_current
    with pytest.raises(Refused):
        verbs.retire_rule(rule, reason="再一次", by=cast.wumin)


def test_the_report_counts_causes_and_how_rules_hold(cast: Cast) -> None:
    for days_ago in (60, 30, 0):
        with_cause(cast.chenan, days_ago=days_ago)
    with_cause(cast.lina, cause="报价单写错", days_ago=1)
    problem = Problem.objects.filter(cause__name="备件未备库").first()
    assert problem is not None and problem.cause is not None
    rule = rule_for(problem.cause, cast.wumin, effective_on=today() - timedelta(days=44))
    told = run(
        "problems",
        {"from": str(today() - timedelta(days=89)), "to": str(today() + timedelta(days=1))},
        cast.wumin,
    )
    assert (told["registered"], told["closed"], told["exceptions"], told["from_warnings"]) == (4, 0, 0, 0)
    first, second = told["rows"]
    assert first == {
        "cause": "备件未备库",
        "count": 3,
        "last_90_days": 3,
        "routine": True,
        "rule": rule.code,
        "effective_on": str(rule.effective_on),
        "before": 1,
        "since": 2,
        "rate_since": "4.00",
        "falls": False,
    }
    assert (second["cause"], second["count"], second["rule"], second["rule_reason"]) == (
        "报价单写错",
        1,
        None,
        "no_rule",
    )
    mine = run("problems", {"owner": "lina", "period": str(clock.now().year)}, cast.lina)
    assert [row["cause"] for row in mine["rows"]] == ["报价单写错"]
    branch = run("problems", {"unit": "D1", "period": str(clock.now().year)}, cast.heli)
    assert branch["registered"] == 4


def test_of_a_rule_since_today_the_report_and_its_page_say_that_it_is_too_early(cast: Cast) -> None:
    problem = with_cause(cast.chenan, days_ago=3)
    assert problem.cause is not None
    rule = rule_for(problem.cause, cast.wumin, effective_on=today())
    month = {"from": str(today() - timedelta(days=30)), "to": str(today() + timedelta(days=1))}
    told = run("problems", month, cast.wumin)["rows"][0]
    assert (told["before"], told["since"], told["falls"], told["falls_reason"]) == (1, 0, None, "small_n")
    page = enter(Client(), cast.wumin).get(reverse("problems:rule", args=[rule.pk])).content.decode()
    assert "为时尚早" in page and "在减少" not in page


def test_the_list_behind_the_board_has_the_problems_the_board_counts(cast: Cast, client: Client) -> None:
    """Of the quarter where none is named, and of the unit as it stood on the day of each: D1 was moved since."""
    with clock.at(make.instant("2026-06-20 10:00")):
        registered(cast.lina, days_ago=10, title="在中心时")
        registered(cast.lina, days_ago=1, title="在南区时")
        registered(cast.lina, days_ago=110, title="上一季")
        people.move_unit(cast.unit("D1"), to=cast.unit("SOUTH"), on=make.day("2026-06-15"), by=cast.gaoming)
        enter(client, cast.hezong)
        for unit, title in (("CENTER", "在中心时"), ("SOUTH", "在南区时")):
            assert run("problems", {"unit": unit}, None)["registered"] == 1
            board = html.unescape(client.get(f"/problems/board/?unit={unit}").content.decode())
            link = re.search(r'href="(/problems/\?[^"]*state=all[^"]*)"', board)
            assert link is not None
            behind = client.get(link.group(1)).content.decode()
            assert [one for one in ("在中心时", "在南区时", "上一季") if one in behind] == [title]


def test_the_board_shows_what_was_prevented(cast: Cast) -> None:
    deal, at = make.deal(cast.chenan), clock.now()
    for sign, how in (
        ("overdue", "prevented"),
        ("pushed", "prevented"),
        ("owed", "occurred"),
        ("stuck", "void"),
    ):
        EarlyWarning.objects.create(
            deal=deal,
            sign=sign,
            owner=deal.owner,
            unit=deal.unit,
            raised_at=at,
            asked_at=at,
            ended_at=at,
            how=how,
        )
    page = enter(Client(), cast.wumin).get(f"/problems/board/?period={at.year}").content.decode()
    assert "66.7%" in page and "2/3" in page


def test_key_person_risk_is_the_top_share_and_the_hhi(cast: Cast) -> None:
    for owner, amount in ((cast.chenan, 600), (cast.lina, 300), (cast.zhangwei, 100)):
        deal = make.at_last_stage(owner, amount=amount)
        pipeline.win(deal, by=None)
    told = run("key-person", {"period": str(clock.now().year)}, cast.wumin)
    assert (told["won_amount"], told["top_share"], told["hhi"], told["risk"]) == (
        "1000.00",
        "0.600000",
        "0.460000",
        True,
    )
    assert [(row["who"], row["share"]) for row in told["rows"]] == [
        ("chenan", "0.600000"),
        ("lina", "0.300000"),
        ("zhangwei", "0.100000"),
    ]
    nothing = run("key-person", {"period": "2020"}, cast.wumin)
    assert (nothing["top_share"], nothing["top_share_reason"], nothing["risk"]) == (None, "no_base", False)


def test_as_then_known_the_key_person_is_counted_anew(cast: Cast) -> None:
    pipeline.win(make.at_last_stage(cast.chenan, amount=500), by=None)
    late = make.at_last_stage(cast.lina, amount=300)
    before = clock.now()
    pipeline.win(late, by=None, at=before - timedelta(microseconds=1))
    year = str(before.year)
    then = run("key-person", {"period": year, "as_of": before.isoformat()}, cast.wumin)
    assert [(row["who"], row["won_amount"]) for row in then["rows"]] == [("chenan", "500.00")]
    now = run("key-person", {"period": year}, cast.wumin)
    assert [(row["who"], row["won_amount"]) for row in now["rows"]] == [
        ("chenan", "500.00"),
        ("lina", "300.00"),
    ]
