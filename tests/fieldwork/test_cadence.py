"""The contact plan: how often by grade and stage, whom next, where it is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from loudou.fieldwork.figures.cadence import days_between, next_contact
from loudou.fieldwork.models import ContactRule
from loudou.fieldwork.queries.cadence import due_contacts, plan_of_customer, plan_of_deal
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant


@pytest.mark.parametrize(
    ("grade", "stage", "days"),
    [("vip", None, 14), ("key", None, 28), ("regular", None, 84), ("", None, 28), ("vip", 3, 7)],
)
def test_two_four_and_twelve_weeks_unless_written(grade: str, stage: int | None, days: int) -> None:
    assert days_between({}, grade, stage) == days
    assert days_between({(grade, stage): 5}, grade, stage) == 5


def test_the_next_contact_is_so_many_days_after_the_last() -> None:
    assert next_contact(instant("2026-04-14 10:00"), 14) == instant("2026-04-28 10:00")


def test_rules_are_set_changed_and_taken_away_by_who_sets_up(cast: Cast) -> None:
    stage = make.specs_of(make.deal(cast.chenan))[1].stage_id
    assert (
        verbs.set_contact_rules({("vip", None): 10, ("vip", stage): 3, ("key", None): None}, by=cast.linjing)
        == 2
    )
    assert ContactRule.kept() == {("vip", None): 10, ("vip", stage): 3}
    assert verbs.set_contact_rules({("vip", None): 10}, by=cast.linjing) == 0
    assert verbs.set_contact_rules({("vip", None): 12, ("vip", stage): None}, by=cast.linjing) == 2
    assert ContactRule.kept() == {("vip", None): 12}
    assert Entry.objects.filter(event="contact_rules.set").count() == 2
    for days in (0, 366):
        with pytest.raises(Refused) as refusal:
            verbs.set_contact_rules({("vip", None): days}, by=cast.linjing)
        assert refusal.value.field == "vip-0"
    with pytest.raises(Forbidden):
        verbs.set_contact_rules({}, by=cast.chenan)


def told(user: Any, ahead: int = 7) -> list[tuple[str, int, int]]:
    """Name, days between contacts, days from today to when the next is due."""
    now = clock.now()
    rows = due_contacts(user, [user.pk], now + timedelta(days=ahead))
    return [
        (
            one.deal.title if one.deal else one.customer.name,  # type: ignore[union-attr]
            one.plan.days,
            round((one.plan.due - now) / timedelta(days=1)),
        )
        for one in rows
    ]


@pytest.fixture
def met(cast: Cast) -> Deal:
    """Spoken to five days ago about a deal; a VIP without one was met 15 days ago, a regular customer never."""
    now = clock.now()
    with clock.at(now - timedelta(days=20)):
        vip = customers.add_customer(name="甬江机电", by=cast.chenan, grade="vip")
        busy = customers.add_customer(name="宁海泵业", by=cast.chenan, grade="key")
        customers.add_customer(name="象山模具", by=cast.chenan, grade="regular")
        deal = make.deal(cast.chenan, customer=busy, title="泵线改造")
    for days, about in ((15, {"customer": vip}), (5, {"deal": deal})):
        with clock.at(now - timedelta(days=days)):
            verbs.log_activity(kind="call", by=cast.chenan, contact="许明华", result="谈了交期", **about)
    deal.refresh_from_db()
    return deal


def test_whom_to_contact_next_the_longest_overdue_first(cast: Cast, met: Deal) -> None:
    assert told(cast.chenan) == [("甬江机电", 14, -1), ("泵线改造", 7, 2)]
    assert told(cast.chenan, 365)[2] == ("象山模具", 84, 64)
    assert told(cast.maxiao) == []
    verbs.set_contact_rules({("key", met.spec.stage_id): 3, ("vip", None): 30}, by=cast.linjing)
    assert told(cast.chenan) == [("泵线改造", 3, -2)]


def test_a_deal_without_a_customer_goes_by_the_rule_of_no_grade(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    verbs.set_contact_rules({("", deal.spec.stage_id): 2}, by=cast.linjing)
    assert told(cast.chenan) == [(deal.title, 2, 2)]
    plan = plan_of_deal(deal)
    assert plan is not None
    assert (plan.days, plan.last) == (2, None)


def test_each_has_its_own_plan_and_a_closed_deal_none(cast: Cast, met: Deal) -> None:
    plan = plan_of_deal(met)
    assert plan is not None
    assert (plan.days, plan.last) == (7, met.last_contact_at)
    assert met.customer is not None
    own = plan_of_customer(met.customer)
    assert (own.days, own.last) == (28, met.last_contact_at)
    met.outcome = "lost"
    assert plan_of_deal(met) is None


def test_it_is_shown_on_pages_and_on_the_agenda(cast: Cast, met: Deal) -> None:
    client = enter(Client(), cast.chenan)
    page = client.get("/contacts/plan/").content.decode()
    assert page.index("甬江机电") < page.index("泵线改造")
    assert "下次接触" in client.get(reverse("fieldwork:of_deal", args=[met.pk])).content.decode()
    day = (clock.now() + timedelta(days=2)).astimezone(organisation().zone).date()
    agenda = client.get(f"/agenda/?view=day&day={day}").content.decode()
    assert "该接触了" in agenda
    manager = enter(Client(), cast.wumin)
    assert "泵线改造" in manager.get("/contacts/plan/?owner=chenan").content.decode()
    assert enter(Client(), cast.maxiao).get("/contacts/plan/?owner=chenan").status_code == 403


def test_rules_are_written_as_a_table(cast: Cast) -> None:
    client = enter(Client(), cast.linjing)
    page = client.get("/contacts/cadence/").content.decode()
    assert 'placeholder="84"' in page
    assert client.post("/contacts/cadence/", {"vip-0": "400"}).status_code == 422
    assert client.post("/contacts/cadence/", {"vip-0": "10"}).status_code == 302
    assert ContactRule.kept() == {("vip", None): 10}


def test_the_plan_asks_no_more_with_more(cast: Cast, met: Deal, django_assert_max_num_queries: Any) -> None:
    client = enter(Client(), cast.chenan)
    client.get("/contacts/plan/")
    with django_assert_max_num_queries(20) as few:
        client.get("/contacts/plan/")
    with clock.at(clock.now() - timedelta(days=40)):
        for number in range(9):
            make.deal(cast.chenan, title=f"旧{number}", customer=met.customer)
    with django_assert_max_num_queries(20) as many:
        client.get("/contacts/plan/")
    assert len(few) == len(many)
