"""Backing up a living database, and putting it back where nothing lives."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail

from loudou.journal.channel import through
from loudou.journal.models import Delivery, Entry, Notice
from loudou.journal.record import acting, send_mail
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.launch import locks, paths, postgres
from loudou.launch.backups import archive, make
from loudou.launch.backups.make import back_up, back_up_into
from loudou.launch.backups.restore import rehearse, restore
from loudou.launch.backups.sealing import make_key, read_keys
from loudou.launch.tasks import back_up_by_night
from loudou.people import verbs
from loudou.people.models import Session, Token, User
from tests.launch import archives

SESSION = "sessionkeythatnobodymayread12345"


@pytest.fixture
def lived_in(own_database: str, settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with a session, a token, a mail that waits, and a file; the token's secret.

    It has a data folder to itself: backups of other test processes would clear it away.
    """
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data=tmp_path_factory.mktemp("data"))
    with through("command"):
        user = User.objects.get(username="chenan")
        Session.objects.create(
            session_key=SESSION, session_data="x", expire_date=clock.now() + timedelta(hours=1), user=user
        )
        _token, secret = verbs.make_token(user, name="erp", scopes=["read"], by=user)
        with acting():
            send_mail("a@example.com", "once", "only")
        attached = paths.files_folder(settings.ENVIRONMENT.data) / "ab" / "quote.pdf"
        attached.parent.mkdir(parents=True, exist_ok=True)
        attached.write_bytes(b"%PDF-1.7 quote")
        yield secret


def test_a_backup_is_for_its_owner_and_noted_in_history(lived_in: str, tmp_path: Path) -> None:
    made = back_up(tmp_path / "one.backup")
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert (made.files, made.size) == (1, made.file.stat().st_size)
    with made.file.open("rb") as source:
        manifest = archive.prove(source)
    assert manifest.tables["people_user"]["rows"] == User.objects.count()
    assert made.rows == manifest.rows
    noted = Entry.objects.get(event="organisation.backed_up")
    assert noted.particulars["rows"] == made.rows
    assert [path.name for path in tmp_path.iterdir()] == ["one.backup"]
    assert not list(settings.ENVIRONMENT.data.glob("backing-up-*"))


def test_it_holds_no_session_and_no_secret_that_opens_anything(lived_in: str, tmp_path: Path) -> None:
    made = back_up(tmp_path / "one.backup")
    with made.file.open("rb") as source:
        (tmp_path / "out").mkdir()
        archive.take_apart(source, tmp_path / "out")
    shown = subprocess.run(
        [postgres.binary("pg_restore"), "-f", "-", tmp_path / "out" / archive.DUMP],
        capture_output=True,
        check=True,
    ).stdout
    key = settings.SECRET_KEY.encode()
    for secret in (SESSION.encode(), lived_in.encode(), key):
        assert secret not in shown
        assert secret not in made.file.read_bytes()
    assert b"chenan" in shown


def test_it_overwrites_nothing(lived_in: str, tmp_path: Path) -> None:
    (tmp_path / "one.backup").write_text("precious")
    with pytest.raises(Refused, match="overwrites nothing"):
        back_up(tmp_path / "one.backup")
    assert (tmp_path / "one.backup").read_text() == "precious"


def test_a_dump_that_fails_leaves_nothing(
    lived_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "pg_dump"
    wrong.write_text("#!/bin/sh\necho 'pg_dump: error: server version mismatch' >&2\nexit 1\n")
    wrong.chmod(0o700)
    monkeypatch.setattr(make.postgres, "binary", lambda name: wrong)
    with pytest.raises(Refused, match="version mismatch"):
        back_up(tmp_path / "one.backup")
    assert not list(tmp_path.glob("one*"))
    assert not Entry.objects.filter(event="organisation.backed_up").exists()


def test_of_two_at_once_neither_clears_away_what_the_other_writes(tmp_path: Path) -> None:
    entered: list[bool] = []

    def second() -> None:
        with make._workplace(tmp_path):
            entered.append(first.exists())

    other = threading.Thread(target=second)
    with make._workplace(tmp_path) as first:
        other.start()
        assert not locks.can_lock(tmp_path / "backup.lock", fcntl.LOCK_EX)
        assert first.exists()
    other.join()
    assert entered == [False]


def test_a_torn_line_of_the_anchors_is_left_behind(tmp_path: Path) -> None:
    whole = f"7 {'a' * 64} 2026-04-01T00:00:00+00:00"
    paths.anchor_file(tmp_path).write_text(f"{whole}\n8 {'b' * 20}")
    assert make._anchors(tmp_path, last=9) == f"{whole}\n".encode()
    assert make._anchors(tmp_path, last=6) == b""


def test_a_full_disk_leaves_nothing(lived_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "one.backup")

    monkeypatch.setattr(make.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        back_up(tmp_path / "one.backup")
    assert not list(tmp_path.glob("one*"))


def test_a_newer_server_is_told(lived_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make.snapshot, "server_version", lambda: 19)
    with pytest.raises(Refused, match="PostgreSQL 19"):
        back_up(tmp_path / "one.backup")


def test_old_ones_go_only_when_a_new_one_was_proved(
    lived_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [clock.now() - timedelta(days=days) for days in range(1, 13)]
    for at in old:
        (tmp_path / f"loudou-{at:%Y%m%dT%H%M%SZ}.backup").write_text("")
    (tmp_path / "somebody-elses.backup").write_text("")
    killed, begun = (tmp_path / f"loudou-2026010{n}T020000Z.backup.part" for n in (1, 2))
    killed.write_text("half")
    os.utime(killed, (0, 0))
    with monkeypatch.context() as failing:
        failing.setattr(make, "back_up", _fails)
        with pytest.raises(Refused):
            back_up_into(tmp_path)
    assert len(list(tmp_path.iterdir())) == 13 and not killed.exists()
    begun.write_text("half")
    made = back_up_into(tmp_path)
    assert begun.exists()  # by a command that may be at it still
    assert made.file.exists()
    assert made.removed
    assert (tmp_path / "somebody-elses.backup").exists()
    assert all(not (tmp_path / name).exists() for name in made.removed)


@pytest.mark.slow
def test_what_comes_back_is_what_was_there_and_opens_for_nobody(lived_in: str, tmp_path: Path) -> None:
    made = back_up(tmp_path / "one.backup")
    before = User.objects.count(), Entry.objects.count()
    restored = restore(made.file, tmp_path / "new")
    assert (restored.rows, restored.files, restored.withheld) == (made.rows, 1, 1)
    assert (paths.files_folder(restored.into) / "ab" / "quote.pdf").read_bytes() == b"%PDF-1.7 quote"
    assert restored.into.stat().st_mode & 0o777 == 0o700
    assert not list(tmp_path.glob("*.restoring"))
    with postgres.use(restored.into):
        assert _ask(restored.into, "SELECT count(*) FROM people_session") == "0"
        assert _ask(restored.into, "SELECT count(*) FROM people_token WHERE revoked_at IS NULL") == "0"
        assert _ask(restored.into, "SELECT count(*) FROM people_user") == str(before[0])
        pending = "SELECT count(*) FROM journal_delivery WHERE sent_at IS NULL AND given_up_at IS NULL"
        assert _ask(restored.into, pending) == "0"
        last = "SELECT event FROM journal_entry ORDER BY id DESC LIMIT 1"
        assert _ask(restored.into, last) == "organisation.restored"
    postgres.await_stop(restored.into)
    # What lives was not touched.
    assert Session.objects.filter(session_key=SESSION).exists()
    assert Token.objects.filter(revoked_at=None).exists()
    assert Delivery.objects.filter(given_up_at=None).exists()
    assert (User.objects.count(), Entry.objects.count()) == (before[0], before[1])
    with pytest.raises(Refused, match="new folder"):
        restore(made.file, restored.into)


@pytest.mark.slow
def test_an_encrypted_backup_is_rehearsed_with_its_key(lived_in: str, tmp_path: Path) -> None:
    public = make_key(tmp_path / "key")
    made = back_up(tmp_path / "one.backup", public_key=public)
    assert b"chenan" not in made.file.read_bytes()
    with pytest.raises(Refused, match="encrypted"):
        rehearse(made.file)
    assert rehearse(made.file, keys=read_keys(tmp_path / "key")).rows == made.rows


@pytest.mark.slow
def test_it_comes_back_into_an_empty_database_elsewhere_and_into_no_other(
    lived_in: str, tmp_path: Path
) -> None:
    made = back_up(tmp_path / "one.backup")
    other = tmp_path / "other"
    with postgres.use(other):
        url = f"postgresql://{postgres.NAME}@/{postgres.NAME}?host={paths.socket_folder(other)}"
        restored = restore(made.file, tmp_path / "new", database_url=url, send_pending=True)
        assert restored.withheld == 0
        assert _ask(other, "SELECT count(*) FROM people_user") == str(User.objects.count())
        assert not paths.cluster_folder(restored.into).exists()
        with pytest.raises(Refused, match="not empty"):
            restore(made.file, tmp_path / "again", database_url=url)
    postgres.await_stop(other)
    with pytest.raises(Refused, match="does not answer"):
        restore(made.file, tmp_path / "again", database_url=url)
    assert not list(tmp_path.glob("again*"))


@pytest.mark.slow
def test_rows_that_differ_are_told_and_nothing_is_left(lived_in: str, tmp_path: Path) -> None:
    made = back_up(tmp_path / "one.backup")
    (tmp_path / "out").mkdir()
    with made.file.open("rb") as source:
        manifest = archive.take_apart(source, tmp_path / "out")
    manifest.members.clear()
    manifest.tables["people_user"]["total"] = "1"
    wrong = tmp_path / "wrong.backup"
    with wrong.open("wb") as target:
        archive.write(
            target, manifest, dump=tmp_path / "out" / archive.DUMP, anchors=b"", files=tmp_path / "none"
        )
    with pytest.raises(Refused, match="people_user"):
        restore(wrong, tmp_path / "new")
    assert not list(tmp_path.glob("new*"))


@pytest.mark.slow
def test_what_a_killed_restore_left_is_cleared_away_when_its_database_has_ended(
    lived_in: str, tmp_path: Path
) -> None:
    """Its keeper needs a moment to notice, and the server writes until then."""
    made = back_up(tmp_path / "one.backup")
    left = tmp_path / "new.restoring"
    start = "import sys; from pathlib import Path; from loudou.launch import postgres\n"
    lives = f"{start}with postgres.use(Path(sys.argv[1])): print('up', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", lives, str(left)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == "up\n"
        killed.kill()
    assert restore(made.file, tmp_path / "new").into == tmp_path / "new"
    assert not left.exists()


def test_of_two_restores_into_one_folder_the_second_is_refused(tmp_path: Path) -> None:
    backup = tmp_path / "one.backup"
    backup.write_bytes(archives.written(tmp_path))
    draft = tmp_path / "new.restoring"
    draft.mkdir()
    (draft / "half").write_text("what the first has written")
    first = os.open(draft, os.O_RDONLY)
    try:
        fcntl.flock(first, fcntl.LOCK_EX)
        with pytest.raises(Refused, match="is being restored into"):
            restore(backup, tmp_path / "new")
    finally:
        os.close(first)
    assert (draft / "half").exists()


def test_a_backup_of_a_newer_program_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    newer = tmp_path / "newer.backup"
    newer.write_bytes(archives.written(tmp_path, version="9.0", migrations=[("people", "9999_later")]))
    with pytest.raises(Refused, match=r"newer Loudou \(9.0, people.9999_later\)"):
        restore(newer, tmp_path / "new")
    assert not list(tmp_path.glob("new*/*")) and not (tmp_path / "new").exists()


def test_the_night_makes_one_and_its_failure_is_heard(
    lived_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, backup_folder=tmp_path / "nightly")
    User.objects.filter(username="gaoming").update(email="gaoming@example.com")
    with monkeypatch.context() as failing:
        failing.setattr(make, "back_up", _fails)
        assert back_up_by_night.func() == ""
        assert back_up_by_night.func() == ""
    assert Entry.objects.filter(event="organisation.backup_failed").count() == 1  # one alarm a night
    assert Notice.objects.filter(recipient__username="gaoming").count() == 1
    assert Delivery.objects.filter(recipient="gaoming@example.com").count() == 1
    assert mail.outbox == []  # it leaves by the outbox
    name = back_up_by_night.func()
    assert (tmp_path / "nightly" / name).exists()
    assert back_up_by_night.func() == ""  # not twice
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, backup_folder=None)
    with clock.at(clock.now() + timedelta(days=3)):
        assert back_up_by_night.func() == ""


def _fails(file: Path, *, public_key: str = "") -> Any:
    raise Refused("the disk is on fire")


def _ask(data: Path, question: str) -> str:
    command = [
        str(postgres.binary("psql")),
        "-XAtq",
        "-h",
        str(paths.socket_folder(data)),
        "-U",
        postgres.NAME,
    ]
    done = subprocess.run(
        [*command, "-d", postgres.NAME, "-c", question], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
