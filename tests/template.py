"""The database all tests start from: schema, furniture and cast, made once a run and copied."""

from __future__ import annotations

import hashlib
import os
import subprocess
from datetime import date
from pathlib import Path

from loudou.launch import postgres

TEMPLATE = "loudou_template"
EMPTY = "loudou_empty"  # schema and furniture, and nobody

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".pytest_cache" / "loudou"
# What migrations are made of besides their own files.
_BESIDE = (
    "requirements/run.txt",
    "loudou/launch/schema.py",
    "loudou/people/models/organisation.py",
    "loudou/ui/search.py",
    "loudou/pipeline/figures/courses.py",
    "loudou/pipeline/figures/history/_shapes.py",
    "loudou/pipeline/figures/history/_unfolding.py",
)


def build() -> None:
    """Make the template; only the controlling process does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loudou.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from loudou.launch.prepare import compile_messages

    _execute(
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "SELECT pg_reload_conf()",
        f"DROP DATABASE IF EXISTS {TEMPLATE}",
        f"CREATE DATABASE {TEMPLATE} OWNER {_owner()} TEMPLATE template0",
    )
    original = connection.settings_dict["NAME"]
    point_at(TEMPLATE)
    _bring_schema()
    from loudou.demo.cast import assemble
    from loudou.furnish import furnish
    from loudou.journal.channel import through

    with through("command"):
        furnish()
    point_at(original)
    copy(EMPTY)
    point_at(TEMPLATE)
    with through("command"):
        assemble(joined_on=date(2024, 1, 1))
    compile_messages()
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    point_at(original)


def _bring_schema() -> None:
    """The schema by its migrations. It is kept as a dump, from which the next run with the same ones is quicker."""
    from django.db import connection

    from loudou.launch.backups.make import dump_login
    from loudou.launch.backups.outside import replay
    from loudou.launch.schema import migrate

    login, environment = dump_login()
    kept = KEPT / f"schema-{_migrations_mark()}.dump"
    if kept.exists():
        replay(kept, login, environment)
        return
    migrate()
    connection.close()
    KEPT.mkdir(parents=True, exist_ok=True)
    written = kept.with_suffix(f".{os.getpid()}")
    dump = [str(postgres.binary("pg_dump")), *postgres.WITHOUT_OWNERS, "--format=custom", f"--file={written}"]
    subprocess.run([*dump, f"--dbname={login}"], env=environment, check=True)
    for old in KEPT.glob("schema-*.dump"):
        old.unlink(missing_ok=True)
    written.rename(kept)


def _migrations_mark() -> str:
    """What tells one set of migrations, of ours and of libraries, and one server from another."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        digest = hashlib.sha256(str(cursor.fetchone()).encode())
    for path in sorted([*ROOT.glob("loudou/*/migrations/*.py"), *(ROOT / name for name in _BESIDE)]):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def copy(name: str, *, of: str = TEMPLATE) -> None:
    """Make a database like the template, or another one."""
    _execute(
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} OWNER {_owner()} TEMPLATE {of}",
    )


def drop(name: str) -> None:
    """Remove a copy."""
    _execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def point_at(name: str) -> None:
    """Let Django's connection of this process go to another database."""
    from django.conf import settings
    from django.db import connection, connections

    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _owner() -> str:
    from django.db import connection

    return str(connection.settings_dict["USER"])


def _execute(*statements: str) -> None:
    """Run statements that no transaction may hold, from the server's own database."""
    import psycopg
    from django.db import connection

    settings = connection.settings_dict
    place = {"host": settings["HOST"] or None, "port": settings["PORT"] or None}
    # The program's own role in the embedded cluster may make no databases; an outside one is lent a role that may.
    user = settings["USER"] if os.environ.get("DATABASE_URL") else postgres.SUPERUSER
    login = {"user": user or None, "password": settings.get("PASSWORD") or None}
    with psycopg.connect(dbname="postgres", autocommit=True, **place, **login) as session:  # type: ignore[arg-type]
        for statement in statements:
            session.execute(statement)  # type: ignore[call-overload]


if __name__ == "__main__":
    build()
