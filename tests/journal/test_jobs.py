"""Jobs: what stalled runs again or is given up, and none of them stands in the way of those that follow."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job

from loudou.desk import verbs as desk
from loudou.journal import tasks
from loudou.journal.jobs import MOST_TRIES, attended, later
from loudou.kernel import clock
from tests.cast import Cast
from tests.jobs import run

DELIVER, MAKE = "loudou.journal.tasks.deliver", "loudou.exchange.tasks.exporting.make_export"


def _set(job: int, **values: Any) -> None:
    """What a worker does, or one that died has left."""
    columns = ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE procrastinate_jobs SET {columns} WHERE id = %s", [*values.values(), job])


def _queued(name: str = MAKE, **arguments: Any) -> int:
    later(name, **arguments)
    return int(ProcrastinateJob.objects.latest("id").pk)


def _stalled(name: str = MAKE, **arguments: Any) -> int:
    """A job whose worker is gone."""
    job = _queued(name, **arguments)
    _set(job, status="doing")
    return job


class _Manager:
    """The worker's, for which every statement is a transaction of its own; here it is a part of the test's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(app.job_manager, name)

    async def retry_job(self, job: Job) -> None:
        mark = await sync_to_async(transaction.savepoint)()
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            await sync_to_async(transaction.savepoint_rollback)(mark)
            raise


def _look_after_stalled() -> None:
    worker = SimpleNamespace(app=SimpleNamespace(job_manager=_Manager()))
    async_to_sync(tasks.retry_stalled.func)(worker, 0)


def _states() -> list[tuple[str, str, int]]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "status", "attempts"))


def test_what_stalled_runs_again(db: None) -> None:
    _stalled(pk=7)
    _look_after_stalled()
    assert _states() == [(MAKE, "todo", 1)]


def test_a_job_that_took_its_worker_along_again_and_again_is_given_up(db: None) -> None:
    job = _stalled(pk=7)
    _set(job, attempts=MOST_TRIES)
    _look_after_stalled()
    assert [status for _name, status, _attempts in _states()] == ["failed"]


@pytest.mark.parametrize("attempts", [0, MOST_TRIES])
def test_of_one_that_is_alone_the_next_goes_on_and_so_do_all_others(db: None, attempts: int) -> None:
    """The schedule has queued the next one already: of both only one can wait."""
    job = _stalled(DELIVER)
    _set(job, attempts=attempts)
    _queued(DELIVER)
    _stalled(pk=7)
    _look_after_stalled()
    states = [(name, status) for name, status, _attempts in _states() if status in ("todo", "doing")]
    assert states == [(DELIVER, "todo"), (MAKE, "todo")]


def test_what_comes_again_within_the_hour_is_not_tried_again_besides(db: None) -> None:
    """With the next one waiting it could not be, and would stand in its way as if it were under way."""
    often = [task for task in app.tasks.values() if task.queueing_lock and task.name != "retry_stalled"]
    schedules = {job.task.name: job.cron for job in app.periodic_registry.periodic_tasks.values()}
    assert tasks.deliver.retry_strategy is None and tasks.remember_head.retry_strategy is not None
    for task in often:
        assert (task.retry_strategy is None) == (schedules[task.name].split()[1] == "*"), task.name


def test_one_that_is_alone_and_waits_is_not_queued_again(cast: Cast) -> None:
    for _ in range(2):
        desk.ask_verification(by=cast.yanzheng)
    assert ProcrastinateJob.objects.count() == 1


def test_which_records_are_attended(db: None) -> None:
    waiting, doing, over = _queued(pk=1), _queued(pk=2), _queued(pk=3)
    _set(doing, status="doing", attempts=2)
    _set(over, status="failed")
    _queued(DELIVER)
    found = attended(MAKE)
    assert {key: (one.at_work, one.failed) for key, one in found.items()} == {1: (False, 0), 2: (True, 2)}
    assert waiting and found[1].due_at is None


def test_what_is_over_is_forgotten_and_what_failed_after_a_month(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_FORGOTTEN_AT_ONCE", 2)
    for _ in range(5):
        _set(_queued(pk=1), status="succeeded")
    _set(_queued(pk=2), status="failed")
    _queued(pk=3)
    assert run(tasks.forget_jobs) == 5
    assert [status for _name, status, _attempts in _states()] == ["failed", "todo"]
    with clock.at(clock.now() + timedelta(days=31)):
        assert run(tasks.forget_jobs) == 1
    assert [status for _name, status, _attempts in _states()] == ["todo"]
