"""The schema in the database is the one in the code."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader


def test_no_migration_is_missing(db: None) -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()


def test_a_migration_that_is_cut_off_leaves_nothing_behind(db: None) -> None:
    """Each is one transaction, so that whoever was killed in its midst begins it again (DU-11)."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    ours = {key: one for key, one in known.items() if one.__module__.startswith("loudou.")}
    assert len(ours) > 50
    assert [key for key, one in ours.items() if not one.atomic] == []
    steps = [(key, step) for key, one in ours.items() for step in one.operations]
    assert [key for key, step in steps if type(step).__name__ == "RunPython" and step.atomic is False] == []
