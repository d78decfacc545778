"""Servers elsewhere: how old they may be, and that the oldest one does all that is asked of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import NotSupportedError, OperationalError, connection
from django.db.backends.base import base

from loudou import cli
from loudou.kernel.refusals import Refused
from loudou.launch import paths, postgres, prepare
from loudou.launch.backups import archive, outside
from loudou.launch.backups.make import back_up
from loudou.launch.backups.restore import restore
from loudou.pipeline import kept
from tests.cast import Cast

_PROGRAMS = Path(f"/usr/lib/postgresql/{postgres.OLDEST}/bin")  # where Debian has them
_PATIENCE = 120.0
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_server_that_is_too_old_is_refused_with_its_first_connection(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(type(connection.features), "minimum_database_version", (99,))
    monkeypatch.setattr(base, "RAN_DB_VERSION_CHECK", set())
    monkeypatch.setattr(sys, "argv", ["loudou"])
    monkeypatch.setattr(cli, "loudou", lambda **_: connection.init_connection_state())
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert re.fullmatch(r"PostgreSQL 99 or later is required \(found 1\d.*\)\.\n", capsys.readouterr().err)


def test_another_thing_a_server_cannot_do_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def asks_too_much(**_: Any) -> None:
        raise NotSupportedError("0A000") from ValueError()

    monkeypatch.setattr(cli, "loudou", asks_too_much)
    with pytest.raises(NotSupportedError):
        cli.main()


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (psycopg.errors.DiskFull(), "The disk that holds the database is full: make room and try again.\n"),
        (psycopg.OperationalError(), "The database does not answer: could not extend file\n"),
    ],
)
def test_what_keeps_a_command_from_the_database_is_told_in_one_sentence(
    cause: psycopg.Error, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def meets_it(**_: Any) -> None:
        raise OperationalError("could not extend file\nHINT: …") from cause

    monkeypatch.setattr(cli, "loudou", meets_it)
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert capsys.readouterr().err == told


def test_the_oldest_one_is_what_operators_are_told() -> None:
    assert connection.features.minimum_database_version == (postgres.OLDEST,)
    told = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
    assert f"PostgreSQL {postgres.OLDEST} or newer" in told


@pytest.fixture
def oldest(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database on the oldest server."""
    if not _PROGRAMS.is_dir():
        pytest.skip(f"no PostgreSQL {postgres.OLDEST} on this machine")
    data, socket = tmp_path / "oldest", tmp_path / "socket"
    for folder in (data, socket):
        folder.mkdir(mode=0o700)
        if os.getuid() == 0:
            os.chown(folder, *postgres.server_user(tmp_path))
    prefix, environment = postgres.as_server(tmp_path), postgres.bare_environment()
    make = [*prefix, str(_PROGRAMS / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8"]
    subprocess.run(
        [*make, "-A", "trust", "--locale=C"], check=True, capture_output=True, env=environment, cwd="/"
    )
    serve = [*prefix, str(_PROGRAMS / "postgres"), "-D", str(data), "-k", str(socket), "-h", "", "-F"]
    server = subprocess.Popen(serve, env=environment, cwd="/", stderr=subprocess.DEVNULL)
    _await(socket, server)
    yield f"postgresql://postgres@/postgres?host={socket}"
    server.terminate()
    server.wait(_PATIENCE)


def _await(socket: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    ask = [str(_PROGRAMS / "pg_isready"), "-q", "-h", str(socket)]
    while subprocess.run(ask, check=False).returncode:
        assert server.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_the_oldest_one_takes_a_backup_and_answers_from_it(
    own_database: str, oldest: str, tmp_path: Path
) -> None:
    """Schema, triggers and rows are the same there; the restore itself proves history and brings the schema."""
    made = back_up(tmp_path / "one.backup")
    restored = restore(made.file, tmp_path / "new", database_url=oldest)
    assert restored.rows == made.rows
    environment = {**os.environ, "LOUDOU_DATA": str(restored.into), "DATABASE_URL": oldest}
    assert _asked(environment, "report", "funnel")["stages"]
    assert _asked(environment, "verify-journal")["good"]


def _asked(environment: dict[str, str], *command: str) -> Any:
    whole = [sys.executable, "-m", "loudou.cli", *command, "--format", "json"]
    return json.loads(subprocess.run(whole, env=environment, check=True, capture_output=True).stdout)


def test_a_start_reads_anew_what_the_program_before_it_kept(cast: Cast) -> None:
    """A server elsewhere runs on through an upgrade: the new program may count otherwise, or not read what was kept."""
    kept.keep("counted otherwise", _LONG_AGO, [1], kept.look("counted otherwise")[1])
    assert kept.look("counted otherwise")[0] == [1]
    prepare.furnished()
    assert kept.look("counted otherwise")[0] is None


@pytest.mark.slow
def test_a_dump_that_ends_too_early_is_taken_back(own_database: str, tmp_path: Path) -> None:
    made = back_up(tmp_path / "one.backup")
    other = tmp_path / "other"
    with postgres.use(other):
        url = f"postgresql://{postgres.NAME}@/{postgres.NAME}?host={paths.socket_folder(other)}"
        cut = _cut_dump(made.file, tmp_path)
        for _twice in range(2):  # the second finds it as empty as it was
            with pytest.raises(Refused, match="The dump was not taken: pg_restore"):
                outside.fill(cut, url)
    postgres.await_stop(other)


def _cut_dump(backup: Path, into: Path) -> Path:
    """The dump of a backup, without its last tenth."""
    (into / "out").mkdir()
    with backup.open("rb") as source:
        archive.take_apart(source, into / "out")
    dump = into / "out" / archive.DUMP
    os.truncate(dump, dump.stat().st_size * 9 // 10)
    return dump
