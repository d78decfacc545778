"""When jobs on a schedule run: by the clock of the installation, not by UTC."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter
from django.conf import settings
from procrastinate.app import App
from procrastinate.periodic import PeriodicTask


class LocalCron(croniter):  # type: ignore[misc]
    """A schedule told in the installation's time: a night is a night where the people are."""

    def set_current(self, start_time: datetime | float | None, force: bool = True) -> Any:
        """Count from an instant, told in seconds or with a zone of its own."""
        if isinstance(start_time, int | float):
            start_time = datetime.fromtimestamp(start_time, ZoneInfo(settings.TIME_ZONE))
        return super().set_current(start_time, force=force)


class LocalTask(PeriodicTask[Any, Any, Any]):
    """A job with such a schedule."""

    @cached_property
    def croniter(self) -> LocalCron:
        """Its schedule."""
        return LocalCron(self.cron)


def by_local_time(app: App) -> None:
    """Read the schedules of all jobs as told in the installation's time, those of no room as well."""
    app.perform_import_paths()  # type: ignore[no-untyped-call]  # procrastinate leaves it untyped
    registry = app.periodic_registry
    registry.periodic_tasks = {
        key: LocalTask(one.task, one.cron, one.periodic_id, one.configure_kwargs)
        for key, one in registry.periodic_tasks.items()
    }
