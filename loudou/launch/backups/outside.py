"""Putting a dump back into an empty database elsewhere, whose server may be older than the program's own."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from loudou.kernel.refusals import Refused
from loudou.launch import postgres
from loudou.launch.words import told as _

# A script begins with settings, this one among them, which servers before 17 do not know.
_UNKNOWN = b"SET transaction_timeout"
_SETTINGS_END = b"CREATE "


def fill(dump: Path, url: str) -> None:
    """All of the dump or nothing; raises `Refused`."""
    _refuse_unfit(url)
    words = conninfo_to_dict(url)
    password = words.pop("password", None)
    environment = {**postgres.bare_environment(), **({"PGPASSWORD": str(password)} if password else {})}
    replay(dump, make_conninfo("", **words), environment)


def _refuse_unfit(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=5) as session:
            if session.info.server_version // 10_000 < postgres.OLDEST:
                raise Refused(
                    _("The database server must be PostgreSQL {oldest} or newer.").format(
                        oldest=postgres.OLDEST
                    )
                )
            found = session.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
            )
            if found.fetchone() != (0,):
                raise Refused(_("The database is not empty: a backup is restored into an empty one."))
    except psycopg.Error as problem:
        raise Refused(
            _("The database does not answer: {why}").format(why=str(problem).strip().splitlines()[0])
        ) from None


def replay(dump: Path, login: str, environment: dict[str, str]) -> None:
    """Let psql run what pg_restore reads, less what an older server does not know."""
    read = [str(postgres.binary("pg_restore")), *postgres.WITHOUT_OWNERS, "--file=-", str(dump)]
    write = [str(postgres.binary("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction"]
    with tempfile.TemporaryFile() as said:
        reader = subprocess.Popen(read, stdout=subprocess.PIPE, stderr=said, env=environment)
        writer = subprocess.Popen(
            [*write, "-d", login, "-f", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment,
        )
        assert reader.stdout is not None and writer.stdin is not None
        with contextlib.suppress(BrokenPipeError), reader.stdout:
            _hand_over(reader.stdout, writer.stdin)
        if cut_off := reader.wait() != 0:
            writer.kill()  # an end of its input would let it commit what it has
        with contextlib.suppress(BrokenPipeError):
            writer.stdin.close()
        if writer.wait() or cut_off:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            raise Refused(
                _("The dump was not taken: {why}").format(why=lines[0] if lines else _("no word why"))
            )


def _hand_over(script: IO[bytes], session: IO[bytes]) -> None:
    for line in script:
        if not line.startswith(_UNKNOWN):
            session.write(line)
        if line.startswith(_SETTINGS_END):
            break
    shutil.copyfileobj(script, session, 1 << 20)
