"""What of the schema the database lacks, and bringing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState


def migrate(verbosity: int = 0) -> None:
    """Bring the database to the schema of this program."""
    with _models_made_seldom():
        call_command("migrate", verbosity=verbosity)


@contextmanager
def _models_made_seldom() -> Iterator[None]:
    """Half the time of a first start.

    For each index and constraint of the past Django makes all models anew that the table is related to, which is all
    there are. What adds or removes one reads the table's columns only, so the models may lack it until one of their
    fields changes; the state itself knows it.
    """

    def append(self: Any, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
        options = self.models[app_label, model_name].options
        options[option_name] = [*options[option_name], obj]

    thorough = ProjectState._append_option  # type: ignore[attr-defined]
    ProjectState._append_option = append  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ProjectState._append_option = thorough  # type: ignore[attr-defined]


def unapplied() -> list[tuple[str, str]]:
    """Migrations that the database lacks, as (room, name)."""
    return sorted(known() - set(MigrationRecorder(connection).applied_migrations()))


@cache
def known() -> frozenset[tuple[str, str]]:
    """All migrations this program brings."""
    return frozenset(MigrationLoader(None).disk_migrations)
