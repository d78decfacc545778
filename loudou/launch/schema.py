"""What of the schema the database lacks."""

from __future__ import annotations

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def unapplied() -> list[tuple[str, str]]:
    """Migrations that the database lacks, as (room, name)."""
    return sorted(known() - set(MigrationRecorder(connection).applied_migrations()))


@cache
def known() -> frozenset[tuple[str, str]]:
    """All migrations this program brings."""
    return frozenset(MigrationLoader(None).disk_migrations)
