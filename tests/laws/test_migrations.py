"""The schema in the database is the one in the code."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command


def test_no_migration_is_missing(db: None) -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()
