"""One's tasks, the list, the team, the panels, acts on pages; the same number of queries however many there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import StageTask, TaskDone
from loudou.tasks import verbs
from loudou.tasks.lens import TaskLens
from loudou.tasks.models import Task
from loudou.tasks.queries import shown
from loudou.tasks.queries.stages import asked, asked_between
from loudou.warnings import verbs as warnings
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.doors import enter

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(cast: Cast) -> Client:
    return enter(Client(), cast.chenan)


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)


def several(cast: Cast, times: int = 1) -> list[Task]:
    """Of chenan's, for each time: overdue, today, in three days, in thirty, without a date."""
    today = organisation().today
    days = (-1, 0, 3, 30, None)
    return [
        verbs.set_task(
            cast.chenan,
            title=f"任务{number}-{place}",
            by=cast.wumin,
            due_on=None if ahead is None else today + timedelta(days=ahead),
        )
        for number in range(times)
        for place, ahead in enumerate(days)
    ]


def test_what_was_done_in_a_dialog_is_said_on_the_page_one_comes_to(client: Client, cast: Cast) -> None:
    task = several(cast)[1]
    address = reverse("tasks:finish_task", args=[task.pk])
    assert client.post(address, {"result": "寄出了", "version": task.version}, **HTMX).status_code == 204
    assert "已完成。" in client.get("/tasks/").content.decode()


def test_mine_come_by_when_they_are_due(client: Client, cast: Cast) -> None:
    several(cast)
    page = client.get("/tasks/").content.decode()
    assert [
        name for name in ("overdue", "today", "week", "later", "someday") if f'id="when-{name}"' in page
    ] == [
        "overdue",
        "today",
        "week",
        "later",
        "someday",
    ]
    assert page.index("任务0-0") < page.index("任务0-1") < page.index("任务0-4")


def test_a_manager_looks_at_somebody_elses(cast: Cast) -> None:
    several(cast)
    manager = enter(Client(), cast.wumin)
    assert "任务0-0" in manager.get("/tasks/?owner=chenan").content.decode()
    assert enter(Client(), cast.maxiao).get("/tasks/?owner=chenan").status_code == 403


def test_who_only_looks_is_offered_nothing_that_would_be_refused(cast: Cast) -> None:
    several(cast)
    own = enter(Client(), cast.chenan).get("/tasks/").content.decode()
    assert "/finish/" in own and 'name="task"' in own
    looked_at = enter(Client(), cast.yanzheng).get("/tasks/?owner=chenan").content.decode()
    assert "任务0-0" in looked_at and "/finish/" not in looked_at and 'name="task"' not in looked_at


def test_one_line_and_enter_sets_one(client: Client, cast: Cast) -> None:
    sent = client.post("/tasks/quick/", {"title": "问清预算", "due_on": str(organisation().today)})
    assert sent["Location"] == "/tasks/"
    assert Task.objects.get().owner == cast.chenan
    wrong = client.post("/tasks/quick/", {"title": ""})
    assert wrong.status_code == 422


def test_set_from_a_deal_one_goes_back_to_it(client: Client, cast: Cast, customer: Customer) -> None:
    deal = make.deal(cast.chenan, customer=customer)
    dialog = client.get(f"/tasks/set/?deal={deal.pk}").content.decode()
    assert deal.title in dialog
    data = {"title": "送样", "deal": deal.pk, "priority": 1, "back": "deal", "owner": cast.lina.pk}
    refused = client.post("/tasks/set/", data)
    assert refused.status_code == 422
    assert "李娜" in refused.content.decode()  # who may not see the deal
    made = client.post("/tasks/set/", {**data, "owner": ""})
    assert made["Location"] == reverse("pipeline:deal", args=[deal.pk])
    panel = client.get(reverse("tasks:of_deal", args=[deal.pk]), **HTMX).content.decode()
    assert "送样" in panel
    assert "送样" in client.get(reverse("tasks:of_customer", args=[customer.pk])).content.decode()


def test_nobody_makes_a_task_of_what_they_may_not_see_or_what_is_not_theirs_to_give(cast: Cast) -> None:
    """A task of a measure would end it; what has no page would break every list the task stands in."""
    warnings.watch([make.deal(cast.chenan).pk], allowed={}, by=None)
    seen = EarlyWarning.objects.get().pk
    for user, source, key in (
        (cast.sunqiang, "warning", seen),
        (cast.chenan, "measure", 1),
        (cast.chenan, "meeting", 1),
        (cast.chenan, "warning", "no number"),
        (cast.chenan, "warning", "\u00b2"),
        (cast.chenan, "warning", seen + 1),
        (cast.chenan, "nobody-knows", 1),
    ):
        data = {"title": "今天去电话", "priority": 1, "origin": source, "origin_key": key}
        assert enter(Client(), user).post("/tasks/set/", data).status_code == 422, (source, key)
    assert not Task.objects.exists()
    enter(Client(), cast.chenan).post(
        "/tasks/set/", {"title": "今天去电话", "priority": 1, "origin_key": "x"}
    )
    assert Task.objects.get().origin_key == ""


def test_a_warning_is_made_a_task_and_shows_it(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    warnings.watch([deal.pk], allowed={}, by=None)
    warning = EarlyWarning.objects.get()
    manager = enter(Client(), cast.wumin)
    page = reverse("warnings:warning", args=[warning.pk])
    assert "origin=warning" in manager.get(page).content.decode()
    data = {"title": "今天去电话", "deal": deal.pk, "owner": cast.chenan.pk, "priority": 1}
    sent = manager.post("/tasks/set/", {**data, "origin": "warning", "origin_key": warning.pk})
    assert sent["Location"] == page
    assert "今天去电话" in manager.get(page).content.decode()
    assert Task.objects.get().origin_key == str(warning.pk)
    assert (
        f'value="{warning.pk}"'
        in manager.get(f"/tasks/set/?origin=warning&origin_key={warning.pk}").content.decode()
    )


def test_it_is_changed_handed_over_finished_dropped_reopened(client: Client, cast: Cast) -> None:
    task = several(cast)[0]
    base = f"/tasks/{task.pk}/"
    today = str(organisation().today)
    changed = client.post(
        base + "edit/", {"title": "寄两台", "due_on": today, "due_time": "14:30", "priority": 1, "version": 1}
    )
    assert changed["Location"] == base
    assert "14:30" in client.get(base).content.decode()
    stale = client.post(base + "edit/", {"title": "x", "priority": 2, "version": 1})
    assert stale.status_code == 409
    assert client.post(base + "finish/", {"result": "已寄", "back": "home"})["Location"] == "/"
    assert client.post(base + "reopen/")["Location"] == base
    assert client.post(base + "drop/", {"reason": ""}).status_code == 422
    handed = client.post(base + "hand-over/", {"owner": cast.lina.pk, "reason": "出差"})
    assert handed["Location"] == "/tasks/"
    task.refresh_from_db()
    assert (task.owner, task.title, task.state) == (cast.lina, "寄两台", "open")


def test_chosen_ones_are_finished_or_put_off(client: Client, cast: Cast) -> None:
    tasks = several(cast)
    tomorrow = organisation().today + timedelta(days=1)
    client.post("/tasks/bulk/", {"act": str(tomorrow), "task": [tasks[0].pk, tasks[1].pk], "back": "mine"})
    assert Task.objects.filter(due_on=tomorrow).count() == 2
    client.post("/tasks/bulk/", {"act": "until", "until": "", "task": [tasks[0].pk]})
    assert Task.objects.filter(due_on=tomorrow).count() == 2
    deal = make.deal(cast.chenan)
    asked_for = deal.spec.tasks.get(code="visit")
    over = verbs.drop_task(tasks[3], by=cast.chenan, reason="不用了")
    data = {"act": "finish", "task": [tasks[2].pk, over.pk], "stage": [f"{deal.pk}-{asked_for.pk}", "7-x"]}
    answer = client.post("/tasks/bulk/", {**data, "back": "stages"}, follow=True).content.decode()
    assert "2 项任务已处理" in answer
    assert TaskDone.objects.filter(deal=deal, task=asked_for).exists()


def test_what_stages_ask_for_is_shown_and_never_copied(client: Client, cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    zone = organisation().zone
    codes = [one.task.code for one in asked(cast.chenan, [cast.chenan.pk], zone)]
    assert sorted(codes) == ["collect", "screen", "visit"]
    limit = deal.stage_limit_at.astimezone(zone).date() if deal.stage_limit_at else None
    assert {one.due_on for one in asked(cast.chenan, [cast.chenan.pk], zone)} == {limit}
    pipeline.complete_task(deal, task=deal.spec.tasks.get(code="screen"), by=cast.chenan)
    page = client.get("/tasks/stages/").content.decode()
    assert "F01" in page
    assert "F02" not in page
    assert Task.objects.count() == 0


def test_a_stage_task_with_days_of_its_own_is_on_the_agenda(client: Client, cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    StageTask.objects.filter(spec=deal.spec, code="visit").update(due_days=2)
    now, zone = clock.now(), organisation().zone
    found = asked_between(cast.chenan, [cast.chenan.pk], now, now + timedelta(days=7), zone, most=9)
    assert [one.task.code for one in found] == ["visit"]
    assert found[0].due_on == (deal.stage_since + timedelta(days=2)).astimezone(zone).date()  # type: ignore[operator]
    day = found[0].due_on
    task = verbs.set_task(title="寄样件", by=cast.chenan, deal=deal, due_on=day)
    agenda = client.get(f"/agenda/?view=day&day={day}").content.decode()
    assert reverse("tasks:task", args=[task.pk]) in agenda
    assert "首次拜访" in agenda


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("when=overdue", [0]),
        ("when=today", [1]),
        ("when=week", [2]),
        ("when=later", [3]),
        ("when=someday", [4]),
        ("state=done", []),
        ("state=all", [4, 3, 2, 1, 0]),
        ("priority=1", []),
        ("origin=hand", [0, 1, 2, 3, 4]),
        ("set=me", []),
        ("owner=chenan", [0, 1, 2, 3, 4]),
    ],
)
def test_the_list_is_narrowed(cast: Cast, query: str, places: list[int]) -> None:
    tasks = several(cast)
    params = dict(part.split("=") for part in query.split("&") if part)
    found = TaskLens.read(params, cast.chenan).page().rows
    assert [tasks.index(task) for task in found] == places


def test_what_it_does_not_understand_is_named(cast: Cast) -> None:
    lens = TaskLens.read({"deal": "999999", "customer": "999999", "when": "never", "unit": "x"}, cast.wumin)
    assert set(lens.problems) == {"deal", "customer", "when", "unit"}
    assert not lens.is_narrowed


def test_the_list_by_unit_customer_and_deal(cast: Cast, customer: Customer) -> None:
    deal = make.deal(cast.chenan, customer=customer)
    task = verbs.set_task(title="送样", by=cast.chenan, deal=deal)
    verbs.set_task(title="别的", by=cast.sunqiang)
    unit = cast.chenan.unit
    assert unit is not None
    for params in ({"unit": unit.code}, {"deal": str(deal.pk)}, {"customer": str(customer.pk)}):
        assert TaskLens.read(params, cast.heli).page().rows == [task]


def test_the_list_goes_on_by_key(client: Client, cast: Cast) -> None:
    several(cast, 11)
    first = client.get("/tasks/all/").content.decode()
    assert first.count("data-walk") == 50
    after = first.split("after=")[1].split('"')[0]
    rest = client.get(f"/tasks/all/?after={after}", **HTMX).content.decode()
    assert rest.count("data-walk") == 5


def test_the_team_in_numbers(cast: Cast) -> None:
    tasks = several(cast)
    verbs.finish_task(tasks[2], by=cast.chenan)
    verbs.drop_task(tasks[3], by=cast.chenan, reason="不用了")
    now = clock.now()
    local = now.astimezone(organisation().zone)
    load = shown.loads([cast.lina, cast.chenan], local, now - timedelta(days=7))[0]
    assert (load.user, load.open, load.done, load.dropped) == (cast.chenan, 3, 1, 1)
    assert load.counts == {"overdue": 1, "today": 1, "week": 0, "later": 0, "someday": 1}
    page = enter(Client(), cast.wumin).get("/tasks/team/").content.decode()
    assert "陈安" in page


def test_on_the_first_page_what_presses(client: Client, cast: Cast) -> None:
    several(cast)
    panel = client.get("/tasks/today/", **HTMX).content.decode()
    assert "任务0-0" in panel
    assert "任务0-1" in panel
    assert "任务0-2" not in panel


def test_what_is_open_comes_before_what_is_over(cast: Cast, customer: Customer) -> None:
    deal = make.deal(cast.chenan, customer=customer)
    over = verbs.finish_task(verbs.set_task(title="问预算", by=cast.chenan, deal=deal), by=cast.chenan)
    task = verbs.set_task(title="送样", by=cast.chenan, deal=deal)
    assert shown.of_deal(deal) == [task, over]
    assert shown.of_customer(customer, cast.chenan) == [task, over]


def test_more_than_one_page_holds_is_said(client: Client, cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(shown, "MOST", 3)
    several(cast)
    todo = shown.todo(cast.chenan, clock.now().astimezone(organisation().zone))
    assert (todo.shown, todo.count) == (3, 5)


@pytest.mark.parametrize(
    "path", ["/tasks/", "/tasks/all/", "/tasks/today/", "/tasks/team/", "/tasks/stages/"]
)
def test_queries_do_not_grow(cast: Cast, path: str, django_assert_max_num_queries: Any) -> None:
    client = enter(Client(), cast.wumin if "team" in path else cast.chenan)
    several(cast)
    client.get(path)
    with django_assert_max_num_queries(20) as few:
        client.get(path)
    several(cast, 5)
    with django_assert_max_num_queries(20) as many:
        client.get(path)
    assert len(many) == len(few)


def test_what_was_finished_stands_in_the_days_log(client: Client, cast: Cast) -> None:
    task = several(cast)[0]
    verbs.finish_task(task, by=cast.chenan, result="顺丰寄出")
    assert "顺丰寄出" in client.get(reverse("daylog:write")).content.decode()
