"""Putting a backup back: proved first, into a new place, compared with what was written, and made safe to open.

Nothing that lives is touched: the new data folder gets its name when everything in it was found right.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pyrage import x25519

from loudou.kernel.refusals import Refused
from loudou.launch import paths, postgres
from loudou.launch.backups import archive, outside
from loudou.launch.backups.archive import Manifest
from loudou.launch.backups.sealing import opened
from loudou.launch.parents import as_child
from loudou.launch.words import told as _

_LIBRARIES = (
    "auth",
    "contenttypes",
    "procrastinate",
    "sessions",
)  # whose migrations come with requirements/run.txt
_END_SECONDS = 70  # the keeper gives the server sixty
_WRITTEN = "restored.json"  # the manifest, for the process that compares


@dataclass(frozen=True)
class Restored:
    """What came back."""

    into: Path
    made_at: str
    version: str
    tables: int
    rows: int
    files: int
    journal_rows: int
    withheld: int


def restore(
    file: Path,
    into: Path,
    *,
    keys: Sequence[x25519.Identity] = (),
    database_url: str = "",
    send_pending: bool = False,
) -> Restored:
    """Restore into a new data folder, and into an empty database elsewhere if one is named.

    Raises `Refused`, `OSError` or `DatabaseFailed`; nothing is left behind then, and an outside database is as empty
    as it was.
    """
    into = into.expanduser().resolve()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Refused(
            _("{folder} is there already: a backup is restored into a new folder.").format(folder=into)
        )
    with opened(file, keys) as plain:
        manifest = archive.prove(plain)
    _refuse_newer(manifest)
    with _draft(into) as draft:
        with opened(file, keys) as plain:
            if archive.take_apart(plain, draft) != manifest:
                raise Refused(_("The backup changed while it was read."))
        (draft / _WRITTEN).write_bytes(manifest.written())
        if database_url:
            outside.fill(draft / archive.DUMP, database_url)
        else:
            _fill_embedded(draft)
        found = _settle(draft, database_url, send_pending)
        (draft / archive.DUMP).unlink()
        (draft / _WRITTEN).unlink()
    attached = sum(member.name.startswith("files/") for member in manifest.members)
    return Restored(
        into=into,
        made_at=manifest.made_at.isoformat(timespec="seconds"),
        version=manifest.version,
        tables=len(manifest.tables),
        rows=manifest.rows,
        files=attached,
        **found,
    )


def rehearse(file: Path, *, keys: Sequence[x25519.Identity] = ()) -> Restored:
    """Restore into a folder that is thrown away: a backup that was never restored is a hope."""
    with tempfile.TemporaryDirectory(prefix="loudou-rehearsal-") as folder:
        return restore(file, Path(folder) / "data", keys=keys)


def settle(draft: Path, *, send_pending: bool) -> dict[str, int]:
    """Inside the restored data folder: compare, bring the schema up to date, verify history, make it safe to open."""
    from django.core.management import call_command

    from loudou.journal.verify import verify
    from loudou.launch.backups import snapshot
    from loudou.people import verbs

    manifest = Manifest.read((draft / _WRITTEN).read_bytes())
    found = {name: asdict(table) for name, table in snapshot.tables().items()}
    if found != manifest.tables:
        differing = sorted(
            name for name in {*found, *manifest.tables} if found.get(name) != manifest.tables.get(name)
        )
        raise Refused(
            _("What came back differs from what was backed up: {tables}.").format(
                tables=", ".join(differing)[:300]
            )
        )
    call_command("migrate", verbosity=0)
    verdict = verify()
    if not verdict.good:
        raise Refused(
            _("The restored history is not whole: row {row}: {fault}.").format(
                row=verdict.bad_id, fault=verdict.fault
            )
        )
    withheld = verbs.resume_after_restore(made_at=manifest.made_at, by=None, send_pending=send_pending)
    return {"journal_rows": verdict.rows, "withheld": withheld}


def _refuse_newer(manifest: Manifest) -> None:
    """A backup that knows migrations this program does not was made by a newer one."""
    rooms = Path(__file__).resolve().parents[2].glob("*/migrations/[0-9]*.py")
    known = {(file.parent.parent.name, file.stem) for file in rooms}
    unknown = [name for name in manifest.migrations if name[0] not in _LIBRARIES and name not in known]
    if unknown:
        raise Refused(
            _(
                "The backup was made by a newer Loudou ({version}, {migration}): update the program first."
            ).format(version=manifest.version, migration=".".join(unknown[0]))
        )


@contextmanager
def _draft(into: Path) -> Iterator[Path]:
    """A folder beside the wanted one, which gets its name at the end or is gone."""
    into.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = into.with_name(into.name + ".restoring")
    draft.mkdir(mode=0o700, exist_ok=True)
    folder = os.open(draft, os.O_RDONLY)
    try:
        _be_alone(folder, into)
        _await_end(draft)
        for left in draft.iterdir():  # by a restore that was killed
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        try:
            yield draft
            if into.exists():
                into.rmdir()
            draft.rename(into)
        except BaseException:
            _await_end(draft)
            shutil.rmtree(draft, ignore_errors=True)
            raise
    finally:
        os.close(folder)


def _be_alone(folder: int, into: Path) -> None:
    """Two at once would each take what the other writes for what a killed one left."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(_("A backup is being restored into {folder} already.").format(folder=into)) from None


def _await_end(draft: Path) -> None:
    """Give the database of a restore that failed or was killed the time to end: it writes into the folder until then."""
    deadline = time.monotonic() + _END_SECONDS
    while postgres.kept(draft) and time.monotonic() < deadline:
        time.sleep(0.05)


def _fill_embedded(draft: Path) -> None:
    with postgres.use(draft):
        jobs = min(4, os.cpu_count() or 1)
        target = ["-h", str(paths.socket_folder(draft)), "-U", postgres.NAME, "-d", postgres.NAME]
        _pg_restore([f"--jobs={jobs}", *target, str(draft / archive.DUMP)], draft)
    postgres.await_stop(draft)


def _pg_restore(arguments: list[str], data: Path) -> None:
    command = [
        str(postgres.binary("pg_restore")),
        *postgres.WITHOUT_OWNERS,
        "--exit-on-error",
        *arguments,
    ]
    bare = postgres.bare_environment()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=bare)
    if done.returncode:
        if "No space left on device" in done.stderr:
            raise Refused(_("The disk that holds {folder} is full.").format(folder=data))
        lines = done.stderr.strip().splitlines()
        raise Refused(
            _("{program} failed: {why}").format(
                program="pg_restore", why=lines[0] if lines else f"code {done.returncode}"
            )
        )


def _settle(draft: Path, database_url: str, send_pending: bool) -> dict[str, int]:
    """`settle` in a process of its own, whose settings are those of the restored data folder."""
    arguments = ["--send-pending"] if send_pending else []
    done = subprocess.run(
        [sys.executable, "-m", "loudou.cli", "_settle", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**as_child(), "LOUDOU_DATA": str(draft), "DATABASE_URL": database_url},
    )
    if not database_url:
        postgres.await_stop(draft)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise Refused(lines[-1] if lines else _("The restored data could not be checked."))
    found: dict[str, int] = json.loads(done.stdout)
    return found
