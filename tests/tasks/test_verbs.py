"""Setting tasks, changing, handing over, ending them; what follows from customers and leavers."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.utils import translation

from loudou.customers import verbs as customers
from loudou.journal.models import Entry, Notice
from loudou.journal.sentences import plain_sentence, sentence
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.access import may
from loudou.people.leaving import held_by
from loudou.people.models import User
from loudou.pipeline.models import TaskDone
from loudou.tasks import verbs
from loudou.tasks.models import Task
from loudou.tasks.origins import origin, origin_of
from loudou.tasks.queries import shown
from tests import make
from tests.cast import Cast


def told(task: Task) -> list[str]:
    rows = Entry.objects.filter(subject_type="tasks.task", subject_id=task.pk).order_by("pk")
    return list(rows.values_list("event", flat=True))


def hearers(task: Task) -> set[str]:
    rows = Notice.objects.filter(entry__subject_type="tasks.task", entry__subject_id=task.pk)
    return set(rows.values_list("recipient__username", flat=True))


def test_a_manager_sets_one_and_its_owner_hears_of_it(cast: Cast) -> None:
    deal = make.deal(cast.chenan, customer=customers.add_customer(name="甬江机电", by=cast.chenan))
    task = verbs.set_task(
        cast.chenan, title="  寄  样件 ", by=cast.wumin, deal=deal, due_on=date(2026, 12, 1), due_time=time(9)
    )
    assert (task.title, task.customer, task.setter, task.origin) == (
        "寄 样件",
        deal.customer,
        cast.wumin,
        "hand",
    )
    assert (told(task), hearers(task)) == (["task.set"], {"chenan"})
    assert task.code.startswith("RW-")
    assert str(task) == "寄 样件"


def test_ones_own_is_no_news(cast: Cast) -> None:
    task = verbs.set_task(title="问清预算", by=cast.chenan)
    assert (task.owner, task.due_on, hearers(task)) == (cast.chenan, None, set())


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "长" * 201}),
        ("title", {"title": "a\x00b"}),
        ("priority", {"priority": 4}),
        ("due_on", {"due_on": "morgen"}),
        ("due_time", {"due_time": "neun"}),
        ("due_on", {"due_time": time(9)}),
        ("state", {"state": "done"}),
        ("origin", {"origin": "nobody-knows"}),
    ],
)
def test_what_no_task_can_say_is_refused(cast: Cast, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.set_task(by=cast.chenan, **{"title": "送样", **given})
    assert refusal.value.field == field


def test_who_may_be_given_something_to_do(cast: Cast) -> None:
    assert verbs.set_task(cast.lina, title="替我去一趟", by=cast.chenan).owner == cast.lina  # of one's team
    assert (
        verbs.set_task(cast.qianjin, title="查到账", by=cast.wangfang).owner == cast.qianjin
    )  # the control desk
    for by, owner in ((cast.chenan, cast.sunqiang), (cast.wumin, cast.maxiao), (cast.qianjin, cast.chenan)):
        with pytest.raises(Forbidden):
            verbs.set_task(owner, title="送样", by=by)
    with pytest.raises(Refused):
        verbs.set_task(title="送样", by=None)  # the system names somebody
    with pytest.raises(Refused):
        verbs.set_task(cast.yanzheng, title="查账", by=None)  # an auditor only looks
    people.deactivate(cast.lina, by=cast.gaoming)
    with pytest.raises(Refused, match=cast.lina.name):
        verbs.set_task(User.objects.get(pk=cast.lina.pk), title="送样", by=cast.wumin)


def test_nobody_is_given_what_they_may_not_see(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    with pytest.raises(Forbidden) as refusal:
        verbs.set_task(cast.lina, title="送样", by=cast.wumin, deal=deal)
    assert refusal.value.field == "deal"
    with pytest.raises(Forbidden):
        verbs.set_task(title="送样", by=cast.lina, deal=deal)
    customer = customers.add_customer(name="甬江机电", by=cast.chenan)
    with pytest.raises(Forbidden) as refusal:
        verbs.set_task(cast.lina, title="送样", by=cast.wumin, customer=customer)
    assert refusal.value.field == "customer"
    other = customers.add_customer(name="宁海泵业", by=cast.chenan)
    with pytest.raises(Refused) as wrong:
        verbs.set_task(
            title="送样", by=cast.chenan, customer=other, deal=make.deal(cast.chenan, customer=customer)
        )
    assert wrong.value.field == "deal"


def test_a_number_is_given_once(cast: Cast) -> None:
    verbs.set_task(title="送样", by=cast.chenan, code="T-1")
    with pytest.raises(Refused) as refusal:
        verbs.set_task(title="送样", by=cast.chenan, code="T-1")
    assert refusal.value.field == "code"


def test_who_set_it_sees_and_changes_it(cast: Cast) -> None:
    task = verbs.set_task(cast.lina, title="替我去一趟", by=cast.chenan)
    assert may(cast.chenan, "tasks.see", task)
    assert task in Task.objects.visible_to(cast.chenan)
    assert task not in Task.objects.visible_to(cast.zhoukai)
    changed = verbs.edit_task(task, by=cast.chenan, version=1, due_on=date(2026, 12, 1))
    assert (changed.due_on, changed.version) == (date(2026, 12, 1), 2)
    with pytest.raises(Stale):
        verbs.edit_task(task, by=cast.lina, version=1, title="不去了")
    assert verbs.edit_task(changed, by=cast.lina, due_on=date(2026, 12, 1)).version == 2  # nothing new
    with pytest.raises(Forbidden):
        verbs.edit_task(task, by=cast.zhoukai, title="x")


def test_another_deal_brings_its_customer(cast: Cast) -> None:
    first, second = (customers.add_customer(name=name, by=cast.chenan) for name in ("甬江机电", "宁海泵业"))
    task = verbs.set_task(title="送样", by=cast.chenan, deal=make.deal(cast.chenan, customer=first))
    task = verbs.edit_task(task, by=cast.chenan, deal=make.deal(cast.chenan, customer=second))
    assert task.customer == second


def test_it_is_handed_over_and_both_hear_of_it(cast: Cast) -> None:
    task = verbs.set_task(title="送样", by=cast.chenan)
    same = verbs.hand_over_task(task, owner=cast.chenan, by=cast.wumin)
    assert same.version == 1
    handed = verbs.hand_over_task(task, owner=cast.lina, by=cast.wumin, reason="出差")
    assert (handed.owner, hearers(task)) == (cast.lina, {"lina", "chenan"})
    with pytest.raises(Forbidden):
        verbs.hand_over_task(handed, owner=cast.maxiao, by=cast.wumin)


def test_it_ends_with_a_result_or_a_reason_and_comes_back(cast: Cast) -> None:
    task = verbs.set_task(cast.chenan, title="送样", by=cast.wumin)
    done = verbs.finish_task(task, by=cast.chenan, result="顺丰 SF1")
    assert (done.state, done.outcome, done.ended_by) == ("done", "顺丰 SF1", cast.chenan)
    assert hearers(task) == {"chenan", "wumin"}
    assert verbs.finish_task(done, by=cast.chenan, result="twice").outcome == "顺丰 SF1"
    with pytest.raises(Refused):
        verbs.edit_task(done, by=cast.chenan, title="x")
    with pytest.raises(Refused):
        verbs.drop_task(done, by=cast.chenan, reason="x")
    again = verbs.reopen_task(done, by=cast.wumin)
    assert (again.state, again.outcome, again.ended_at) == ("open", "", None)
    assert verbs.reopen_task(again, by=cast.wumin).version == again.version
    with pytest.raises(Refused) as refusal:
        verbs.drop_task(again, by=cast.chenan, reason=" ")
    assert refusal.value.field == "reason"
    assert verbs.drop_task(again, by=cast.chenan, reason="客户取消").state == "dropped"
    assert told(task) == ["task.set", "task.finished", "task.reopened", "task.dropped"]


@pytest.mark.parametrize(
    ("result", "language", "said"),
    [
        ("", "zh-hans", "完成了任务“送样”"),
        ("", "zh-hant", "完成了任務「送样」"),
        ("", "en", "finished the task “送样”"),
        ("顺丰 SF1", "zh-hans", "完成了任务“送样”：顺丰 SF1"),
    ],
)
def test_a_result_is_told_where_there_is_one(cast: Cast, result: str, language: str, said: str) -> None:
    task = verbs.set_task(cast.chenan, title="送样", by=cast.wumin)
    verbs.finish_task(task, by=cast.chenan, result=result)
    heard = Notice.objects.get(recipient=cast.wumin, entry__event="task.finished").entry
    with translation.override(language):
        assert plain_sentence(heard) == said
        assert sentence(heard, linked=False) == said


def test_what_somebody_left_behind_is_not_taken_up_again(cast: Cast) -> None:
    done = verbs.finish_task(verbs.set_task(title="送样", by=cast.lina), by=cast.lina)
    people.deactivate(cast.lina, by=cast.gaoming)
    with pytest.raises(Refused):
        verbs.reopen_task(done, by=cast.wumin)


def test_several_are_put_off_or_finished_with_what_stages_ask_for(cast: Cast) -> None:
    first, second = (verbs.set_task(title=title, by=cast.chenan) for title in ("一", "二"))
    day = date(2026, 12, 24)
    assert verbs.postpone_tasks([first, second], due_on=day, by=cast.chenan) == 2
    assert verbs.postpone_tasks([first], due_on=day, by=cast.chenan) == 0
    deal = make.deal(cast.chenan)
    asked = deal.spec.tasks.get(code="visit")
    assert verbs.finish_tasks([first, second], by=cast.chenan, of_stages=[(deal, asked)]) == 3
    assert TaskDone.objects.get(deal=deal).task == asked


def test_a_room_above_sets_and_finds_its_own(cast: Cast) -> None:
    origin("test-room", "试验", "tasks:task")
    task = verbs.set_task(cast.chenan, title="查原因", by=None, origin="test-room", origin_key="7")
    assert shown.of_origin(cast.chenan, "test-room", 7, 8) == [task]
    assert shown.of_origin(cast.maxiao, "test-room", 7) == []
    assert origin_of("test-room").address("7") == "/tasks/7/"
    assert origin_of("hand").address("") == ""
    assert origin_of("long gone").name == "long gone"


def test_tasks_follow_their_customer(cast: Cast) -> None:
    kept, merged = (customers.add_customer(name=name, by=cast.chenan) for name in ("甬江机电", "宁海泵业"))
    task = verbs.set_task(title="送样", by=cast.chenan, customer=merged)
    done = customers.merge_customers(kept, merged=merged, by=cast.linjing)
    task.refresh_from_db()
    assert task.customer == kept
    customers.unmerge(done, by=cast.linjing)
    task.refresh_from_db()
    assert task.customer == merged


def test_open_tasks_of_a_leaver_go_to_the_heir(cast: Cast) -> None:
    task = verbs.set_task(title="送样", by=cast.chenan)
    over = verbs.finish_task(verbs.set_task(title="问预算", by=cast.chenan), by=cast.chenan)
    assert "1 项未完成任务" in [holding.told(count) for holding, count in held_by(cast.chenan)]
    people.deactivate(cast.chenan, by=cast.gaoming, heir=cast.lina)
    task.refresh_from_db()
    over.refresh_from_db()
    assert (task.owner, over.owner) == (cast.lina, cast.chenan)
