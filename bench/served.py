"""The program as people run it: `loudou serve` on a data folder, its start timed, its memory read."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

PATIENCE = 180.0


@dataclass(frozen=True)
class Served:
    """A program that answers."""

    port: int
    process: subprocess.Popen[bytes]
    start_seconds: float

    def memory(self) -> dict[str, float]:
        """Megabytes: the largest web process, by what is resident and by its share, and all processes together."""
        workers = [pid for web in _children(self.process.pid) if _is_web(web) for pid in _children(web)]
        everything = _family(self.process.pid)
        return {
            "worker_rss_mb": round(max((_kilobytes(pid, "Rss") for pid in workers), default=0) / 1024, 1),
            "worker_pss_mb": round(max((_kilobytes(pid, "Pss") for pid in workers), default=0) / 1024, 1),
            "program_pss_mb": round(sum(_kilobytes(pid, "Pss") for pid in everything) / 1024, 1),
        }


@contextmanager
def served(data: Path, *, workers: int = 4) -> Iterator[Served]:
    """Serve a data folder's pages for the length of the block."""
    port = _free_port()
    began = time.perf_counter()
    log = (data.parent / f"{data.name}.serve.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "loudou.cli", "serve", "--workers", str(workers), "--no-worker"],
        env={**os.environ, "LOUDOU_DATA": str(data), "LOUDOU_PORT": str(port), "LOUDOU_DEMO": "0"},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        _await_page(port, process)
        yield Served(port, process, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        log.close()


def _await_page(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        page = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            page.request("GET", "/login/")
            if page.getresponse().status < 500:
                return
        except (OSError, HTTPException):
            time.sleep(0.02)
        finally:
            page.close()
    raise SystemExit("the program did not start; see its log beside the data folder")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _family(pid: int) -> list[int]:
    return [pid, *(member for child in _children(pid) for member in _family(child))]


def _is_web(pid: int) -> bool:
    try:
        return b"_web" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _kilobytes(pid: int, what: str) -> int:
    """A line of smaps_rollup; 0 where the machine has none."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{what}:")), 0)
