"""A web process that holds too much gives way to a fresh one, and nobody who asks notices."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from loudou.kernel import memory

PATIENCE = 120.0
# The processes as they are served, of a program that says who answers, at /slow once it is told to; each holds too much.
_SERVES = """
import os, pathlib, sys, time, types
from loudou.launch import web

def application(environ, start):
    while environ["PATH_INFO"] == "/slow" and not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.02)
    start("200 OK", [])
    return [str(os.getpid()).encode()]

sys.modules["loudou.wsgi"] = types.SimpleNamespace(application=application)
web._read_program = web._read_pages = web._read_funnels = lambda: None
web._MOST, web._ROOM, web._LOOK_SECONDS = 1, -1_000_000, 1
web.serve(1, waiting=False)
"""
_IN_A_ROW = 40  # answers of others, after which nobody believes that one still listens: each is as likely


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """The file that lets the slow answer be given."""
    return tmp_path / "told"


@pytest.fixture
def port(told: Path, tmp_path: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = int(probe.getsockname()[1])
    environment = {**os.environ, "LOUDOU_DATA": str(tmp_path), "LOUDOU_PORT": str(found), "DATABASE_URL": ""}
    process = subprocess.Popen([sys.executable, "-c", _SERVES, str(told)], env=environment)
    try:
        yield found
        assert process.poll() is None
    finally:
        told.touch()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def test_who_asks_meanwhile_is_answered(port: int, told: Path) -> None:
    first, deadline = begun(port), time.monotonic() + PATIENCE
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, port, "/slow")
        others = 0
        while others < _IN_A_ROW:
            others = others + 1 if ask(port, "/") != first else 0
            assert time.monotonic() < deadline, "it never gave way"
        assert not slow.done()
        told.touch()
        assert slow.result(PATIENCE).isdigit()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_process_knows_what_it_holds() -> None:
    before = memory.held()
    block = bytearray(40 * 2**20)
    block[::4096] = b"x" * len(block[::4096])
    assert 30 <= memory.held() - before <= 50


def test_where_the_machine_does_not_tell_it_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_args: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", silent)
    assert memory.held() == 0


def begun(port: int) -> str:
    """Who answers first, once anybody does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask(port, "/")
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "it never served"
            time.sleep(0.02)


def ask(port: int, path: str) -> str:
    """Which process answers; a connection of its own each time.

    One that came in the very moment in which a process closes its door is made once more, as browsers and proxies do.
    """
    for last in (False, True):
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return connection.getresponse().read().decode()
        except ConnectionResetError:  # or `RemoteDisconnected`, which is one
            if last:
                raise
        finally:
            connection.close()
    raise AssertionError("unreachable")
