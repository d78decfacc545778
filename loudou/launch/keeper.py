"""The embedded database's keeper: `python -m loudou.launch.keeper DATA`, started by `postgres.ensure`.

Standard library only, so that it stays small: it lives as long as anybody uses the database.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from loudou.launch import paths
from loudou.launch.locks import locked
from loudou.launch.postgres import (
    STILL_USED,
    DatabaseFailed,
    answers,
    as_server,
    bare_environment,
    binary,
    end_with_starter,
    server_user,
)
from loudou.launch.words import told as _

_LARGEST_LOG = 5 * 2**20
_LEFTOVER_SECONDS = 45


def keep(data: Path) -> int:
    """Run the server until nobody uses it; start it again when it dies under its users. Returns the exit code."""
    os.umask(0o077)
    with locked(data / "pg.keeper", fcntl.LOCK_EX | fcntl.LOCK_NB):
        users = os.open(data / "pg.users", os.O_RDWR | os.O_CREAT, 0o600)
        server = _started(data)
        if server is None:
            return 1  # whoever asked for it reads the log
        while not _alone(users):
            if server.poll() is not None:
                time.sleep(1)
                server = _start(data)
            _trim(data / "pg.log")
            time.sleep(0.1)
        # We hold the lock alone: a newcomer waits until we have stopped, then starts a keeper of its own.
        _stop(server)
        return 0


def _alone(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _started(data: Path) -> subprocess.Popen[bytes] | None:
    """The server, once it takes connections; None if it does not start.

    Children of one that was killed hold its memory until they notice, above all in the midst of a recovery, and it does
    not start beside them: they have their time.
    """
    log, deadline = data / "pg.log", time.monotonic() + _LEFTOVER_SECONDS
    known = log.stat().st_size
    server = _start(data)
    while not answers(data):
        if server.poll() is not None:
            with log.open("rb") as file:
                file.seek(known)
                if STILL_USED.encode() not in file.read() or time.monotonic() > deadline:
                    return None
            time.sleep(0.5)
            known = log.stat().st_size
            server = _start(data)
        time.sleep(0.03)
    return server


def _start(data: Path) -> subprocess.Popen[bytes]:
    cluster, sockets = paths.cluster_folder(data), paths.socket_folder(data)
    _end_leftover(cluster)
    _private(sockets, data)
    (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)  # only ours: the folder is private
    prefix = as_server(data)
    options = [f"-c{name}={value}" for name, value in sizing().items()]
    command = [str(binary("postgres")), "-D", str(cluster), "-k", str(sockets), *options]
    return subprocess.Popen(
        [*prefix, *command],
        stdin=subprocess.DEVNULL,
        env=bare_environment(),
        cwd="/",
        preexec_fn=None if prefix else end_with_starter,
    )


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # "fast": roll back what runs, write a checkpoint, end
    try:
        server.wait(timeout=60)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _private(sockets: Path, data: Path) -> None:
    """Make the socket's folder, for the server and whoever may act as its owner only."""
    sockets.mkdir(mode=0o700, exist_ok=True)
    uid, gid = server_user(data)
    if sockets.is_symlink() or sockets.stat().st_uid not in (os.getuid(), uid):
        raise DatabaseFailed(
            _("{folder} belongs to somebody else: remove it, or set LOUDOU_DATA to a shorter path.").format(
                folder=sockets
            )
        )
    if os.getuid() == 0:
        os.chown(sockets, uid, gid)
    sockets.chmod(0o700)


def _end_leftover(cluster: Path) -> None:
    """Let a server of this cluster that lost its keeper end, and forget a pid file whose process is another.

    After a kill -9 and a restart of the machine or container the number may belong to a stranger, even to another
    cluster's server, for whose sake ours would refuse to start.
    """
    file = cluster / "postmaster.pid"
    try:
        pid = int(file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        file.unlink(missing_ok=True)
        return
    for wait, number in ((20, signal.SIGINT), (5, signal.SIGQUIT), (5, signal.SIGKILL)):
        if not _serves(pid, cluster):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + wait
        while _serves(pid, cluster) and time.monotonic() < deadline:
            time.sleep(0.05)
    file.unlink(missing_ok=True)


def _serves(pid: int, cluster: Path) -> bool:
    """Whether a process is this cluster's server."""
    try:
        arguments = [os.fsdecode(part) for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    except OSError:
        if sys.platform == "linux":
            return False
        ask = ["ps", "-p", str(pid), "-o", "args="]
        return str(cluster) in subprocess.run(ask, check=False, capture_output=True, text=True).stdout
    return str(cluster) in arguments


def sizing() -> dict[str, str]:
    """Settings sized for this machine's memory, which the database shares with web and worker processes."""
    megabytes = _memory() // 2**20
    return {
        "listen_addresses": "",
        "shared_buffers": f"{min(max(megabytes // 8, 64), 4096)}MB",
        "effective_cache_size": f"{max(megabytes // 2, 256)}MB",
        "work_mem": f"{min(max(megabytes // 512, 8), 64)}MB",
        "maintenance_work_mem": f"{min(max(megabytes // 32, 64), 1024)}MB",
        "dynamic_shared_memory_type": "posix" if _roomy(Path("/dev/shm")) else "mmap",  # noqa: S108
        "max_connections": "100",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",  # the first change of a page after each writes all of it
        "wal_compression": "off",  # the wheel has only pglz, which took two fifths of the time of an import
        "wal_level": "minimal",  # nobody replicates it: what wants a standby uses DATABASE_URL
        "max_wal_senders": "0",
        "temp_file_limit": "10GB",  # a runaway sort ends before the disk does
        "random_page_cost": "1.1",
        "jit": "off",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        # What people wrote stands in the statements and rows that fail: the log says what was wrong with them, not them.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }


def _memory() -> int:
    """Bytes of memory this machine, or the container we are in, has."""
    limits = []
    with contextlib.suppress(ValueError, OSError):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            limits.append(int(Path(file).read_text()))
    return min(limits, default=2**31)


def _roomy(folder: Path) -> bool:
    """Whether shared memory has room for parallel queries (containers often get 64 MB)."""
    try:
        space = os.statvfs(folder)
    except OSError:
        return True
    return space.f_bavail * space.f_frsize >= 256 * 2**20


def _trim(log: Path) -> None:
    """Keep the log bounded: its last part moves to pg.log.1, and the file, which the server appends to, starts anew."""
    if log.stat().st_size <= _LARGEST_LOG:
        return
    with log.open("r+b") as file:
        file.seek(-_LARGEST_LOG, os.SEEK_END)
        log.with_name("pg.log.1").write_bytes(file.read())
        file.truncate(0)


if __name__ == "__main__":
    try:
        sys.exit(keep(Path(sys.argv[1])))
    except (DatabaseFailed, OSError) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
