"""What a start does before the first page can answer: schema, defaults, translations, templates, static files."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from loudou.furnish import furnish
from loudou.launch import paths, templates
from loudou.launch.locks import locked
from loudou.launch.schema import migrate, unapplied
from loudou.pipeline import kept

_PATIENCE_SECONDS = 60
_LOCK = 7620004  # the journal's is 7620001, the counts' are 7620002 and 7620003


def prepare() -> None:
    """Compile translations and templates, gather static files, migrate and furnish, each only where it is not done."""
    with _alone():
        compile_messages()
        gather_static()
    compiling = templates.compiling(settings.LANGUAGE_CODE)
    furnished()
    if compiling is not None:
        compiling.join()


def translated() -> None:
    """Compile translations where that is not done: commands refuse, and tell stories, in the organisation's language."""
    with _alone():
        compile_messages()


@contextmanager
def _alone() -> Iterator[None]:
    """One process of this data folder at a time."""
    data = paths.ensure_data(settings.ENVIRONMENT.data)
    with locked(data / "prepare.lock", fcntl.LOCK_EX):
        yield


def furnished() -> None:
    """Migrate and furnish; machines that share a database and start together do it one after the other."""
    with _one_at_a_time():
        if unapplied():
            migrate()
        kept.drop()  # a database elsewhere lives on through an upgrade, and so would what the former program kept
        furnish()


def await_database() -> None:
    """Wait up to a minute for a database elsewhere that starts at the same time as we do."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    said = False
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if not settings.ENVIRONMENT.database_url or time.monotonic() > deadline:
                raise
        if not said:
            said = True
            print("waiting for the database", file=sys.stderr, flush=True)
        time.sleep(1)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold a lock of the database's own, which is waited for as long as it takes: a first start makes the whole schema."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("RESET lock_timeout")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def take_up_demo() -> bool:
    """Whether the demo is to be told: the database was never used, or a telling was cut off.

    A database that was never used is marked at once, so that no page offers to make its first administrator.
    """
    from loudou.people.models import User
    from loudou.people.queries import organisation

    company = organisation()
    if settings.ENVIRONMENT.demo and company.demo_progress is None and not User.objects.exists():
        company.demo_progress = {}
        company.save(update_fields=["demo_progress"])
    return settings.ENVIRONMENT.demo and company.demo_progress is not None


def gather_static() -> None:
    """Copy static files under names that carry their hash, unless exactly these were gathered before."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    wanted = _digest(
        [file for folder in settings.STATICFILES_DIRS for file in sorted(Path(folder).rglob("*"))]
    )
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(wanted)


def compile_messages() -> None:
    """Compile every room's translations that changed since they were compiled last, into the data folder."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    changed = False
    for room, compiled in zip(settings.ROOMS, settings.LOCALE_PATHS, strict=True):
        for source in (settings.PACKAGE / room / "locale").rglob("*.po"):
            target = compiled / source.relative_to(settings.PACKAGE / room / "locale").with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_suffix(".draft")
            with source.open("rb") as text, draft.open("wb") as binary:
                write_mo(binary, read_po(text))
            draft.replace(target)  # another process may be reading the former one
            changed = True
    if changed:
        forget_translations()


def forget_translations() -> None:
    """What was looked up before the catalogues were there was looked up in vain."""
    import gettext

    from django.utils.translation import trans_real

    gettext._translations.clear()  # type: ignore[attr-defined]
    trans_real._translations.clear()  # type: ignore[attr-defined]
    trans_real._default = None  # type: ignore[attr-defined]


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(f"{file.name}{file.stat().st_size}".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
