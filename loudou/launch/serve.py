"""`loudou serve`: the database, the web processes and the worker, started together and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import click

from loudou import environment
from loudou.environment import Environment
from loudou.kernel.refusals import Refused
from loudou.launch import postgres
from loudou.launch.django import database

_STOP_SECONDS = 15
_PR_SET_PDEATHSIG = 1


def run(*, workers: int | None, with_jobs: bool) -> None:
    """Serve until SIGINT or SIGTERM. Raises `Refused` when the address is taken."""
    env = environment.read()
    _refuse_taken_address(env)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with database():
        # A process of its own: this one stays small, and keeps no connection open.
        _run_to_end(["prepare"])
        children = {"web": lambda: _spawn("web", workers)}
        if with_jobs:
            children["worker"] = lambda: _spawn("worker")
        _watch(children, env, stop)
    if not env.database_url:
        postgres.await_stop(env.data)


def serve_web(workers: int | None) -> None:
    """The web processes (granian), in a process of their own that ends with its parent."""
    from granian import Granian
    from granian.constants import Interfaces

    end_with_parent()
    env = environment.read()
    Granian(
        "loudou.wsgi:application",
        address=env.host,
        port=env.port,
        interface=Interfaces.WSGI,
        workers=workers or min(4, os.cpu_count() or 1),
        blocking_threads=2,
        backlog=2048,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_lifetime=None,
    ).serve()


def end_with_parent() -> None:
    """End this process when its parent is gone, even by kill -9, so that nothing keeps the port or the jobs."""
    parent = os.getppid()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
        return

    def wait() -> None:
        sys.stdin.buffer.read()  # a pipe whose other end the parent holds and never writes to
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _watch(
    children: dict[str, Callable[[], subprocess.Popen[bytes]]], env: Environment, stop: threading.Event
) -> None:
    running = {name: start() for name, start in children.items()}
    try:
        _announce_when_up(env, running["web"], stop)
        while not stop.wait(0.5):
            for name, process in running.items():
                if process.poll() is not None:
                    click.echo(f"{name} ended with {process.returncode} and is started again", err=True)
                    time.sleep(1)
                    running[name] = children[name]()
    finally:
        for process in running.values():
            process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


def _announce_when_up(env: Environment, web: subprocess.Popen[bytes], stop: threading.Event) -> None:
    host = "127.0.0.1" if env.host in ("0.0.0.0", "::") else env.host  # noqa: S104 - compared, not bound
    while not stop.is_set() and web.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((host, env.port)) == 0:
                break
        time.sleep(0.05)
    if not stop.is_set():
        _run_to_end(["greet"])


def _spawn(command: str, workers: int | None = None) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "loudou.cli", f"_{command}"]
    if workers:
        arguments += ["--workers", str(workers)]
    # The pipe is never written to; it breaks when this process is gone.
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, start_new_session=True)


def _run_to_end(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loudou.cli", f"_{arguments[0]}", *arguments[1:]], check=False
    )
    if done.returncode:
        raise SystemExit(done.returncode)


def _refuse_taken_address(env: Environment) -> None:
    family = socket.AF_INET6 if ":" in env.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env.host, env.port))
        except OSError as error:
            raise Refused(
                f"{env.host}:{env.port} cannot be used: {error.strerror}. Set LOUDOU_PORT."
            ) from None
