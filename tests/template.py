"""The database all tests start from: schema, furniture and cast, made once a run and copied."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from loudou.launch import postgres

TEMPLATE = "loudou_template"
EMPTY = "loudou_empty"  # schema and furniture, and nobody


def build() -> None:
    """Make the template; only the controlling process does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loudou.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from loudou.launch.prepare import compile_messages
    from loudou.launch.schema import migrate

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
    migrate()
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
