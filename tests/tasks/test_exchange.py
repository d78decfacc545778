"""Tasks by import, export and the API."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.importing.handing import Order, hand_in
from loudou.exchange.importing.taking_back.changed import _task_back
from loudou.kernel.refusals import Forbidden
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.tasks import verbs
from loudou.tasks.models import Task
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls
from tests.make import day

HEAD = "code,title,owner_username,due_on,due_time,priority,deal_code,state,outcome,ended_at\n"


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


def bring(folder: Path, *lines: str, by: str | None = None) -> Any:
    file = folder / "tasks.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    return hand_in(Order("tasks", file, username=by), dry_run=False, all_or_nothing=False)


def test_they_are_taken_over_as_they_were_and_once(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    lines = [
        f"T1,寄样件,chenan,2026-12-01,14:30,high,{deal.code},,,",
        "T2,问清预算,陈安,,,,,已完成,问到了,2026-04-01 10:00",
        ",去展会,lina,2026-12-05,,低,,dropped,展会取消,2026-04-02",
    ]
    result = bring(tmp_path, *lines)
    assert (result.counts.new, result.refused) == (3, 0), result.as_text()
    first, second, third = Task.objects.order_by("pk")
    assert (first.deal, first.due_on, str(first.due_time), first.priority) == (
        deal,
        day("2026-12-01"),
        "14:30:00",
        1,
    )
    assert (second.state, second.outcome, second.ended_by) == ("done", "问到了", cast.chenan)
    assert (third.state, third.priority, third.code[:3]) == ("dropped", 3, "RW-")
    again = bring(tmp_path, *lines)
    assert (again.counts.new, again.counts.unchanged) == (0, 3), again.as_text()


def test_bad_rows_are_refused_with_their_reason(cast: Cast, tmp_path: Path) -> None:
    verbs.set_task(title="在", by=cast.chenan, code="T9")
    result = bring(
        tmp_path,
        "T1,,chenan,,,,,,,",
        "T2,送样,nobody,,,,,,,",
        "T3,送样,chenan,,25:00,,,,,",
        "T4,送样,chenan,,14:30,,,,,",
        "T5,送样,chenan,,,,,dropped,,",
        "T6,送样,chenan,,,,NO-1,,,",
    )
    assert (result.counts.new, result.refused) == (0, 6), result.as_text()


def test_what_came_before_is_changed_ended_or_reopened(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "T1,寄样件,chenan,,,,,,,", "T2,问预算,chenan,,,,,,,")
    result = bring(tmp_path, "T1,寄两台样件,chenan,,,,,,,", "T2,问预算,chenan,,,,,done,问到了,")
    assert result.counts.changed == 2
    assert list(Task.objects.order_by("pk").values_list("title", "state", "outcome")) == [
        ("寄两台样件", "open", ""),
        ("问预算", "done", "问到了"),
    ]
    back = bring(tmp_path, "T1,寄两台样件,chenan,,,,,dropped,不用了,", "T2,问预算,chenan,,,,,open,,")
    assert back.counts.changed == 2
    other = bring(tmp_path, "T2,问预算,lina,,,,,,,")
    assert other.refused == 1


def test_without_the_right_to_history_only_what_is_open(cast: Cast, tmp_path: Path) -> None:
    result = bring(
        tmp_path, "T1,寄样件,chenan,,,,,,,", "T2,问预算,chenan,,,,,done,问到了,2026-04-01", by="chenan"
    )
    assert (result.counts.new, result.refused) == (1, 1), result.as_text()
    with pytest.raises(Forbidden):
        verbs.import_tasks([], by=cast.chenan)


def test_a_number_twice_in_a_file_and_somebody_who_left(cast: Cast) -> None:
    people.deactivate(cast.lina, by=cast.gaoming)
    left = User.objects.get(pk=cast.lina.pk)
    rows = [
        verbs.TaskRow("送样", cast.chenan, code="T1"),
        verbs.TaskRow("再送", cast.chenan, code="T1"),
        verbs.TaskRow("送样", left),
        verbs.TaskRow("送过了", left, state="done"),
    ]
    outcomes = verbs.import_tasks(rows, by=None)
    assert [isinstance(one, Task) for one in outcomes] == [True, False, False, True]
    verbs.withdraw_tasks(list(Task.objects.values_list("pk", flat=True)), by=None)
    assert not Task.objects.exists()


@pytest.mark.parametrize("former", ["open", "done", "dropped"])
def test_taking_an_import_back_brings_the_state_back(cast: Cast, former: str) -> None:
    task = verbs.set_task(title="送样", by=cast.chenan)
    if former == "open":
        task = verbs.finish_task(task, by=cast.chenan)
    _task_back(task, {"state": former, "outcome": "先前"}, None)
    task.refresh_from_db()
    assert task.state == former
    if former == "open":
        _task_back(task, {"title": "原来"}, None)
        task.refresh_from_db()
        assert task.title == "原来"


def test_they_go_out_as_they_come_in(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    task = verbs.set_task(title="送样", by=cast.chenan, deal=deal, due_on=day("2026-12-01"), due_time=time(9))
    (row,) = SHEETS["tasks"].rows(cast.linjing, {})
    about = (task.code, "送样", "chenan", day("2026-12-01"), "09:00", "normal", None, deal.code)
    assert row == (*about, "", "open", "", None)


def test_through_the_api(cast: Cast, deal: Deal) -> None:
    call = Calls(cast.chenan)
    made = call.post(
        "/tasks", {"title": "寄样件", "deal": deal.pk, "due_on": "2026-12-01", "due_time": "09:05"}
    ).json()
    assert (made["due_time"], made["priority"], made["owner"]["username"]) == ("09:05", "normal", "chenan")
    path = f"/tasks/{made['id']}"
    changed = call.patch(path, {"version": 1, "priority": "high", "due_time": None}).json()
    assert (changed["priority"], changed["due_time"], changed["version"]) == ("high", None, 2)
    assert call.patch(path, {"version": 1, "title": "x"}).status_code == 409
    assert call.post("/tasks", {"title": "x", "due_on": "2026-12-01", "due_time": "9:5"}).status_code == 422
    done = call.post(path + "/finish", {"result": "已寄"}).json()
    assert (done["state"], done["outcome"], done["ended_by"]["username"]) == ("done", "已寄", "chenan")
    assert call.get("/tasks").json()["items"] == []
    assert [row["id"] for row in call.get("/tasks?state=all").json()["items"]] == [made["id"]]
