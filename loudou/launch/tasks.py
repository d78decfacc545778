"""Jobs that belong to no room."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.db import Error

from loudou.journal.jobs import job
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.queries import last_backup_at, last_failed_backup_at
from loudou.people.verbs import note_failed_backup
from loudou.ui import uploads

log = logging.getLogger(__name__)

_HOUR = 2  # where the installation is
_OVERDUE = timedelta(hours=26)
_SILENCE = timedelta(hours=20)  # one alarm a night
# What is worked at in the machine's folder of passing things: files that are read, a backup that is proved.
_WORKPLACES = ("loudou-import-", "loudou-weights-", "loudou-rehearsal-")
_A_DAY = 24 * 3600


@job(cron="37 * * * *", alone=True)
def back_up_by_night(timestamp: int = 0) -> str:
    """Make the nightly backup when its hour has come, or when the machine slept through it; returns its name."""
    env = settings.ENVIRONMENT
    if env.backup_folder is None or not _is_due(last_backup_at()):
        return ""
    from loudou.launch.backups.make import back_up_into

    try:
        return back_up_into(env.backup_folder, public_key=env.backup_recipient).file.name
    except (Refused, OSError, Error) as problem:
        log.error("the backup failed: %s", problem)
        alarmed_at = last_failed_backup_at()
        if alarmed_at is None or clock.now() - alarmed_at > _SILENCE:
            note_failed_backup(reason=str(problem)[:500], by=None)
        return ""


@job(cron="53 3 * * *", alone=True)
def sweep_files(timestamp: int = 0) -> int:
    """Remove the files of uploads that were never finished and of records that are gone; returns how many.

    Workplaces go with them, which hold the same data as what was worked at: whoever made them was killed.
    """
    return uploads.sweep(_named) + _sweep_workplaces(Path(tempfile.gettempdir()))


def _sweep_workplaces(folder: Path) -> int:
    over, gone = clock.now().timestamp() - _A_DAY, 0
    for place in (place for kind in _WORKPLACES for place in folder.glob(f"{kind}*")):
        with suppress(FileNotFoundError):
            found = place.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and found.st_mtime < over:
                shutil.rmtree(place, ignore_errors=True)
                gone += 1
    return gone


def _named(names: Sequence[str]) -> set[str]:
    """Which of these names of files stand in a row of any room."""
    found: set[str] = set()
    for model in apps.get_models():
        if any(field.name == "stored_as" for field in model._meta.concrete_fields):
            rows = model._default_manager.filter(stored_as__in=names)
            found.update(rows.values_list("stored_as", flat=True))
    return found


def _is_due(made_at: datetime | None) -> bool:
    """Whether a backup is to be made now; an organisation nobody works in yet has nothing to lose."""
    if made_at is None:
        return User.objects.exists()
    age = clock.now() - made_at
    here = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE))
    return age > _OVERDUE or (here.hour == _HOUR and age > timedelta(hours=2))
