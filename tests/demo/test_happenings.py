"""What happens beside the deals: told once, by the rules, so that no page of the demo company is empty."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Count

from loudou.broadcasts.models import Screen, Subscription
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, CustomerFile, CustomerNote
from loudou.demo.extras import OTHERS
from loudou.demo.happenings import Happenings
from loudou.demo.plot import ZONE
from loudou.fieldwork.models import ContactRule, PhoneCall, VisitPlan
from loudou.forecasts.models import Judgement
from loudou.forms.models import FormFile, FormVersion
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.market.models import Walk
from loudou.people import verbs as people
from loudou.people.models import Unit, User
from loudou.people.queries import work_calendar
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.queries.deliveries import planned
from loudou.pipeline.queries.flags import thresholds
from loudou.problems.models import Problem, Rule
from loudou.reviews.models import Meeting, Pack
from loudou.signoff.models import Delegation
from loudou.tasks.models import Task
from tests import make

END = date(2026, 4, 19)
BEGIN = midnight(END - timedelta(days=210), ZONE)


@pytest.fixture
def company(db: None) -> dict[str, User]:
    """All fifty-two, each seller with a customer and a deal."""
    units = {unit.code: unit for unit in Unit.objects.all()}
    with clock.at(BEGIN):
        for role in OTHERS:
            manager = User.objects.filter(username=role.manager).first()
            people.add_person(
                username=role.username,
                name=role.name,
                unit=units[role.unit],
                roles_held=list(role.roles),
                manager=manager,
                joined_on=BEGIN.date(),
                by=None,
            )
        everybody = {user.username: user for user in User.objects.select_related("unit", "manager")}
        for user in everybody.values():
            if "rep" in user.roles:
                customer = customers.add_customer(name=f"{user.name}的客户", by=user, grade="key")
                customers.add_contact(customer, name="徐国栋", by=user)
                make.deal(user, customer=customer, expected_on=END + timedelta(days=20))
    return everybody


def test_a_half_year_is_told_and_no_rule_refuses_it(
    company: dict[str, User], caplog: pytest.LogCaptureFixture
) -> None:
    end = midnight(END, ZONE) + timedelta(hours=18)
    with caplog.at_level(logging.WARNING, "loudou.demo.happenings"):
        Happenings(END, company, work_calendar()).tell_until(end)
    assert caplog.records == []
    _look_at_problems()
    _look_at_reviews()
    _look_at_the_rest()
    _look_at_decisions()
    _look_at_deliveries()
    with clock.at(end):
        walked = run("market-walks", {"from": "2026-02-16", "to": "2026-04-18"}, None)
    shares = {row["who"]: Decimal(row["share"]) for row in walked["rows"]}
    assert shares["wumin"] > shares["chengang"]


def _look_at_problems() -> None:
    """A cause that came thrice has its rule, one still waits for it; who answers for a problem never closed it."""
    rules = {rule.cause.name: rule for rule in Rule.objects.current().select_related("cause")}
    assert set(rules) == {"交期未经生产确认就承诺", "报价漏算夹具与耗材"}
    assert rules["交期未经生产确认就承诺"].reviewed_at is not None
    without = Problem.objects.filter(kind="routine", rule=None)
    assert [problem.cause.name for problem in without if problem.cause] == ["联系人变动没有交接"]
    states = set(Problem.objects.values_list("state", flat=True))
    assert {"registered", "contained", "cause", "classified", "closed"} <= states
    assert all(problem.closed_by_id != problem.owner_id for problem in Problem.objects.filter(state="closed"))


def _look_at_decisions() -> None:
    """Forecasts count with calibrated rates, a threshold is the house's own, managers counted deals in and out."""
    with clock.at(midnight(END, ZONE)):
        assert run("stage-probability", {}, None)["rates"] == "calibrated"
    assert thresholds().again_days == 5
    judged = set(Judgement.objects.values_list("user__username", "verdict"))
    assert {("wumin", "in"), ("wumin", "out"), ("heli", "in")} <= judged


def _look_at_deliveries() -> None:
    """Three deals are delivered in parts, one of them planned otherwise since; each counts in several quarters."""
    deals = Deal.objects.filter(planned=True)
    assert {deal.owner.username for deal in deals} == {"chenan", "zhangwei", "sunqiang"}
    assert all(sum(part.amount for part in planned(deal)) == deal.amount for deal in deals)
    assert Move.objects.filter(kind="deliveries", deal__owner__username="chenan").count() == 2


def _look_at_reviews() -> None:
    """Meetings of five departments in a row; packs read, waiting, being written; one was sent back and mended."""
    held = Meeting.objects.filter(state=Meeting.State.HELD)
    assert held.count() == 20
    assert (
        Meeting.objects.filter(
            state=Meeting.State.PLANNED, starts_at__gt=datetime(2026, 4, 19, tzinfo=ZONE)
        ).count()
        == 5
    )
    assert all(meeting.previous is not None for meeting in held.order_by("starts_at")[5:])
    given = Task.objects.filter(origin="meeting")
    assert given.count() == 40
    assert set(given.values_list("state", flat=True)) == {"open", "done"}
    fates = {(pack.owner.username, pack.kind): pack.state for pack in Pack.objects.select_related("owner")}
    assert fates["wumin", "report"] == fates["liuyang", "report"] == fates["heli", "duty"] == Pack.State.READ
    assert fates["linfan", "report"] == Pack.State.HANDED_IN
    assert fates["zhoukai", "report"] == Pack.State.DRAFT
    assert "三天回价" in Pack.objects.get(owner__username="liuyang").causes


def _look_at_the_rest() -> None:
    coming = VisitPlan.objects.filter(starts_at__gt=datetime(2026, 4, 19, tzinfo=ZONE))
    assert {VisitPlan.State.APPROVED, VisitPlan.State.SUBMITTED} <= set(
        coming.values_list("state", flat=True)
    )
    assert ContactRule.objects.count() == 20
    calls = PhoneCall.objects.all()
    assert {one.rang_as for one in calls} == {"客户", "业务员", "陌生来电"}
    assert calls.waiting().exists() and calls.exclude(ended_at=None).exclude(result="").exists()
    chains = Contact.objects.exclude(part="").values("customer").annotate(parts=Count("part", distinct=True))
    assert {one["parts"] for one in chains} == {2, 4}  # the careful know them all, others leave a gap
    assert CustomerNote.objects.exclude(mentioned=[]).exists()
    assert CustomerFile.objects.exists()
    assert set(Subscription.objects.values_list("owner__username", flat=True)) == {
        "hezong",
        "heli",
        "wumin",
        "linjing",
    }
    assert Screen.objects.count() == 2
    assert Delegation.objects.get().signer.username == "hanxue"
    states = dict(
        FormVersion.objects.filter(form__code__in=["F32", "F33", "F34"]).values_list("form__code", "state")
    )
    assert states == {"F32": "asked", "F33": "returned", "F34": "issued"}
    assert FormFile.objects.filter(record__form__code="F34", kind="image/png").count() > 10


def test_what_was_told_before_is_not_told_again(company: dict[str, User]) -> None:
    end = midnight(END, ZONE)
    first, second = end - timedelta(days=60), end - timedelta(days=40)
    Happenings(END, company, work_calendar()).tell_until(first)
    walks = Walk.objects.count()
    rest = Happenings(END, company, work_calendar(), first)
    assert all(at > first for at, _happens in rest.waiting)
    rest.tell_until(second)
    assert Walk.objects.values("owner", "day").distinct().count() == Walk.objects.count() >= walks


def test_a_story_that_ends_on_the_first_of_a_month_is_refused_nothing(
    company: dict[str, User], caplog: pytest.LogCaptureFixture
) -> None:
    first = date(2026, 4, 1)
    with caplog.at_level(logging.WARNING, "loudou.demo.happenings"):
        Happenings(first, company, work_calendar()).tell_until(midnight(first, ZONE) + timedelta(hours=18))
    assert caplog.records == []
    assert Pack.objects.get(owner__username="zhoukai").starts_on == date(2026, 3, 1)
