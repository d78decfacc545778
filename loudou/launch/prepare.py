"""What a start does before the first page can answer: schema, defaults, static files."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from loudou.furnish import furnish


def prepare() -> None:
    """Migrate, furnish, gather static files and compile translations, each only where it is not done."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)
    furnish()
    compile_messages()
    gather_static()


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
    """Compile every room's translations that changed since they were compiled last."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for folder in settings.LOCALE_PATHS:
        for source in Path(folder).rglob("*.po"):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as text, target.open("wb") as binary:
                write_mo(binary, read_po(text))


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(f"{file.name}{file.stat().st_size}".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
