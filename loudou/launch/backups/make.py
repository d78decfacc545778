"""Making a backup: a snapshot, dumped and counted at once, written, read again, and only then given its name."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo
from pyrage import x25519

import loudou
from loudou.journal.verify import anchored
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.launch import paths, postgres
from loudou.launch.backups import archive, snapshot
from loudou.launch.backups.retention import kept
from loudou.launch.backups.sealing import opened, recipient, sealing
from loudou.launch.locks import locked
from loudou.launch.words import told as _
from loudou.people import verbs

_NAME = re.compile(r"loudou-(\d{8}T\d{6}Z)\.backup")
_DRAFT = ".part"


@dataclass(frozen=True)
class Made:
    """A backup that was proved good."""

    file: Path
    size: int
    rows: int
    files: int
    made_at: datetime
    removed: tuple[str, ...] = ()


def back_up(file: Path, *, public_key: str = "") -> Made:
    """Make a backup; raises `Refused`, `OSError` or the database's error, and leaves nothing behind then.

    With `public_key` (age1…) it is encrypted for the holder of the secret one.
    """
    if file.exists():
        raise Refused(_("{file} is there already, and a backup overwrites nothing.").format(file=file))
    made_at = clock.now()
    draft = file.with_name(file.name + _DRAFT)
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            # A key of this run alone, forgotten at its end: with it the file is read again although it is encrypted.
            witness = x25519.Identity.generate()
            keys = [recipient(public_key), witness.to_public()] if public_key else []
            with sealing(target, keys) as plain:
                manifest = _write(plain, made_at)
            target.flush()
            os.fsync(target.fileno())
        with opened(draft, [witness]) as plain:
            proved = archive.prove(plain)
        if proved != manifest:
            raise Refused(_("The backup was not written as it was meant: is the disk sound?"))
        os.chmod(draft, 0o600)
        draft.rename(file)
        _sync_folder(file.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    attached = sum(member.name.startswith("files/") for member in manifest.members)
    made = Made(file, file.stat().st_size, manifest.rows, attached, made_at)
    verbs.note_backup(file=file.name, size=made.size, rows=made.rows, by=None)
    return made


def back_up_into(folder: Path, *, public_key: str = "") -> Made:
    """Make a backup named after its instant, and remove those that need not be kept any more (7 days, 4 weeks, 3 months)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_drafts(folder)
    name = f"loudou-{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"
    made = back_up(folder / name, public_key=public_key)
    there = {
        datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC): file
        for file in folder.iterdir()
        if (found := _NAME.fullmatch(file.name))
    }
    superfluous = sorted(set(there) - kept(there))
    for at in superfluous:
        there[at].unlink()
    return Made(**{**asdict(made), "removed": tuple(there[at].name for at in superfluous)})


def _forget_drafts(folder: Path) -> None:
    """Remove what runs left that were killed: as large as a backup, and none."""
    over = (clock.now() - timedelta(days=1)).timestamp()
    for draft in folder.glob(f"loudou-*{_DRAFT}"):
        if draft.stat().st_mtime < over:
            draft.unlink(missing_ok=True)


def _write(target: object, made_at: datetime) -> archive.Manifest:
    data = paths.ensure_data(settings.ENVIRONMENT.data)
    with _workplace(data) as folder:
        dump = folder / archive.DUMP
        with snapshot.frozen() as name:
            server = snapshot.server_version()
            if server > postgres.MAJOR:
                raise Refused(
                    _(
                        "The server is PostgreSQL {server}, newer than this program's pg_dump: update Loudou."
                    ).format(server=server)
                )
            with _dumping(name, dump):
                tables = {table: asdict(counted) for table, counted in snapshot.tables().items()}
            manifest = archive.Manifest(
                version=loudou.__version__,
                made_at=made_at,
                server=server,
                migrations=snapshot.migrations(),
                tables=tables,
            )
            anchors = _anchors(data, snapshot.last_entry())
        _run([postgres.binary("pg_restore"), "--list", dump], {})
        files = paths.files_folder(data)
        return archive.write(target, manifest, dump=dump, anchors=anchors, files=files)  # type: ignore[arg-type]


@contextmanager
def _workplace(data: Path) -> Iterator[Path]:
    """A folder for the dump, gone afterwards, also what a run that was killed left there; one backup at a time."""
    with locked(data / "backup.lock", fcntl.LOCK_EX):
        for left in data.glob("backing-up-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="backing-up-", dir=data) as folder:
            yield Path(folder)


@contextmanager
def _dumping(snapshot_name: str, dump: Path) -> Iterator[None]:
    """pg_dump at a snapshot, beside what the block does at the same one."""
    login, environment = dump_login()
    command = [
        str(postgres.binary("pg_dump")),
        "--format=custom",
        "--compress=gzip:3",
        *postgres.WITHOUT_OWNERS,
        f"--snapshot={snapshot_name}",
        "--lock-wait-timeout=10s",
        f"--file={dump}",
        f"--dbname={login}",
        *(f"--exclude-table-data={table}" for table in snapshot.LEFT_OUT),
    ]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield
        except BaseException:
            process.kill()
            raise
        _, said = process.communicate()
    _check(process.returncode, said, "pg_dump")


def dump_login() -> tuple[str, dict[str, str]]:
    """How PostgreSQL's programs reach the database: a connection string, and the password beside it, unseen by `ps`."""
    asked = connection.get_connection_params()
    password = str(asked.pop("password", "") or "")
    words = {
        word: value
        for word, value in asked.items()
        if word not in ("context", "cursor_factory", "prepare_threshold", "server_side_binding", "options")
    }
    return make_conninfo(**words), {
        **postgres.bare_environment(),
        **({"PGPASSWORD": password} if password else {}),
    }


def _run(command: list[object], environment: dict[str, str]) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, check=False, capture_output=True, text=True, env={**postgres.bare_environment(), **environment}
    )
    _check(done.returncode, done.stderr, Path(words[0]).name)


def _check(code: int, said: str, program: str) -> None:
    if code:
        lines = said.strip().splitlines()
        raise Refused(
            _("{program} failed: {why}").format(program=program, why=lines[-1] if lines else f"code {code}")
        )


def _anchors(data: Path, last: int) -> bytes:
    """What is remembered of the journal outside the database, as far as the snapshot knows it."""
    try:
        lines = anchored(paths.anchor_file(data))
    except FileNotFoundError:
        return b""
    return "".join(f"{line}\n" for number, line in lines if number <= last).encode()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
