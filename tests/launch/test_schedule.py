"""Jobs on a schedule run by the clock of the installation, and once when a worker starts after their hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.periodic import PeriodicDeferrer, PeriodicRegistry

from loudou.launch.schedule import LocalTask, by_local_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHTLY, WEEKLY = "loudou.insight.tasks.look_back", "loudou.steering.tasks.ask_red"


def _registry(*names: str) -> PeriodicRegistry:
    registry = PeriodicRegistry()  # type: ignore[no-untyped-call]  # procrastinate leaves it untyped
    known = app.periodic_registry.periodic_tasks
    registry.periodic_tasks = {(name, ""): known[name, ""] for name in names}
    by_local_time(_app(registry))
    return registry


def _app(registry: PeriodicRegistry, found: Callable[[], None] = lambda: None) -> Any:
    """A worker's, with these jobs and those it finds when it looks for them."""
    return SimpleNamespace(periodic_registry=registry, perform_import_paths=found)


def _at(text: str, zone: ZoneInfo = SHANGHAI) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def _missed(registry: PeriodicRegistry, now: str) -> dict[str, datetime]:
    """What a worker that starts now makes up for."""
    deferrer = PeriodicDeferrer(registry, **settings.PROCRASTINATE_PERIODIC_DEFAULTS)
    return {
        one.task.name: datetime.fromtimestamp(timestamp, SHANGHAI)
        for one, timestamp in deferrer.get_previous_tasks(at=_at(now))
    }


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Taipei", "America/New_York", "Asia/Kolkata"])
def test_a_night_is_a_night_where_the_installation_is(settings: Any, zone: str) -> None:
    settings.TIME_ZONE = zone
    task = _registry(NIGHTLY).periodic_tasks[NIGHTLY, ""]
    schedule, here = task.croniter, ZoneInfo(zone)
    schedule.set_current(start_time=_at("2026-03-07 12:00", here))
    runs = [datetime.fromtimestamp(schedule.get_next(ret_type=float), here) for _ in range(3)]
    assert [f"{run:%d %H:%M}" for run in runs] == ["08 01:31", "09 01:31", "10 01:31"]


def test_jobs_that_are_only_found_by_the_worker_run_by_local_time_too() -> None:
    registry, job = _registry(), app.periodic_registry.periodic_tasks[NIGHTLY, ""]
    by_local_time(_app(registry, lambda: registry.periodic_tasks.update({(NIGHTLY, ""): job})))
    assert isinstance(registry.periodic_tasks[NIGHTLY, ""], LocalTask)


def test_who_starts_in_the_morning_makes_up_for_the_night_and_for_mondays_round() -> None:
    found = _missed(_registry(NIGHTLY, WEEKLY), "2026-05-06 09:00")  # a Wednesday
    assert {name: f"{at:%m-%d %H:%M}" for name, at in found.items()} == {
        NIGHTLY: "05-06 01:31",
        WEEKLY: "05-04 07:20",
    }


def test_what_was_done_is_not_done_again_by_the_next_start(db: None) -> None:
    registry, queued = _registry(NIGHTLY), []
    for _ in range(2):
        deferrer = PeriodicDeferrer(registry, **settings.PROCRASTINATE_PERIODIC_DEFAULTS)
        async_to_sync(deferrer.defer_jobs)(list(deferrer.get_previous_tasks(at=_at("2026-05-06 09:00"))))
        queued.append(ProcrastinateJob.objects.filter(task_name=NIGHTLY).count())
        with connection.cursor() as cursor:  # the worker forgets what it has done
            cursor.execute("DELETE FROM procrastinate_jobs")
    assert queued == [1, 0]


def test_all_that_is_heavy_or_looks_back_comes_by_night_or_before_the_morning_mail() -> None:
    """Once a day or more seldom: between midnight and the mail of the morning, no two in the same minute."""
    daily = {
        key: one.cron.split()
        for key, one in app.periodic_registry.periodic_tasks.items()
        if len(one.cron.split()) == 5 and one.cron.split()[1].isdigit()
    }
    assert len(daily) > 10
    assert all(int(hour) < 8 for _minute, hour, *_rest in daily.values())
    minutes = sorted((int(hour), int(minute)) for minute, hour, *_rest in daily.values())
    assert all(one != other for one, other in pairwise(minutes))
