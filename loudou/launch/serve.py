"""`loudou serve`: the database, the web processes, the worker and the demo, started together and stopped together.

This process stays small and opens no connection; what needs Django runs in processes of its own. A part that dies is
started again; when this process dies, however, its parts end with it (`parents.end_with_parent`).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue

import click

from loudou import environment
from loudou.environment import Environment
from loudou.kernel.refusals import Refused
from loudou.launch import paths, postgres
from loudou.launch.django import database
from loudou.launch.greeting import Greeting
from loudou.launch.locks import hold
from loudou.launch.parents import as_child, orphans, watch_over_web
from loudou.launch.words import told as _

_STOP_SECONDS = 15
_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60  # a part that ran this long may be started again at once


class Stop:
    """The word to stop, which a signal's handler gives in the middle of anything.

    An event would not do: its lock may be held by the very code that the handler interrupts, and both would wait for ever.
    """

    def __init__(self) -> None:
        self._words: SimpleQueue[None] = SimpleQueue()  # its `put` may interrupt itself
        self._told = False

    def set(self) -> None:
        """Give the word."""
        self._words.put(None)

    def is_set(self) -> bool:
        """Whether it was given."""
        return self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Whether it was given, after so many seconds at most."""
        if not self._told:
            with contextlib.suppress(Empty):
                self._words.get(timeout=seconds)
                self._told = True
        return self._told


@dataclass
class Part:
    """A process of the program, started again when it dies, after a pause that grows while it keeps dying."""

    name: str
    arguments: Sequence[str]
    once: bool = False  # it has an end of its own: not started again when it says that all is done
    tries: int = 6  # and so often when it says that it failed: the database may have been away in its midst
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = 0.0
    ended: bool = False

    def start(self, *, waiting: bool = False) -> None:
        """Start its process; when `waiting`, it begins its work when told to `go`."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            _command([*self.arguments, *(["--waiting"] if waiting else [])]),
            stdin=subprocess.PIPE if waiting else subprocess.DEVNULL,
            env=as_child(),
            start_new_session=True,  # Ctrl-C is for this process, which tells its parts in order
        )

    def go(self) -> None:
        """Give the word to begin."""
        assert self.process is not None and self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self.process.stdin as words:
            words.write(b"go\n")

    def tend(self) -> None:
        """Start it again if it died and its pause is over."""
        if self.process is None or self.ended:
            return
        code = self.process.poll()
        if code is None:
            return
        now = time.monotonic()
        said = self.once and code >= 0  # below zero a signal ended it, which is no word of its own
        if said and (code == 0 or self.tries == 0):
            self.ended = True
            return
        if self.pause == 0.0 or now - self.began > _STEADY_SECONDS:
            self.pause = 0.5
            click.echo(f"{self.name} ended ({_how(code)}) and is started again", err=True)
        if now - self.began >= self.pause:
            self.pause = min(self.pause * 2, _LONGEST_PAUSE)
            self.tries -= said
            self.start()


def run(*, workers: int | None, with_jobs: bool) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP. Raises `Refused` when the address is taken."""
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    env = environment.read()
    with postgres.sentences(env.data):
        paths.ensure_data(env.data)
        _await_address(env, stop)
        watch_over_web(env.data)
    web = Part("web", ["_web", *(["--workers", str(workers)] if workers else [])])
    with database():
        try:
            web.start(waiting=True)  # it reads the program in while the database is got ready
            greeting = _prepare(stop)
            if greeting is not None:
                web.go()
                _serve(env, [web, *([Part("worker", ["_worker"])] if with_jobs else [])], greeting, stop)
        finally:
            _end([web])
    if not env.database_url:
        postgres.await_stop(env.data)


def _prepare(stop: Stop) -> Greeting | None:
    """Get schema, defaults and files ready, in a process that ends; None when told to stop meanwhile."""
    process = subprocess.Popen(
        _command(["_prepare"]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=as_child(),
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    while True:
        try:
            said, _ = process.communicate(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            if stop.is_set():
                process.terminate()
    if stop.is_set():
        return None
    if process.returncode:
        raise SystemExit(1)
    return Greeting.read(said)


def _serve(env: Environment, parts: list[Part], greeting: Greeting, stop: Stop) -> None:
    """Watch over the parts until told to stop; those that were not started yet are once the page answers."""
    try:
        _await_page(env, parts, stop)
        if not stop.is_set():
            click.echo(greeting.text)
            for part in parts[1:]:
                part.start()
            if greeting.tells_demo:
                parts.append(Part("demo", ["_demo"], once=True))
                parts[-1].start()
        while not stop.wait(0.5):
            _keep_database(env)
            for part in parts:
                part.tend()
    finally:
        _end(parts)


def _await_page(env: Environment, parts: list[Part], stop: Stop) -> None:
    """Wait until a page answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(env.host, env.host)  # noqa: S104 - compared, not bound
    while not stop.wait(0.05):
        for part in parts:
            part.tend()
        try:
            page = HTTPConnection(host, env.port, timeout=5)
            page.request("GET", "/healthz")
            if page.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            continue
        finally:
            page.close()


def _keep_database(env: Environment) -> None:
    """The embedded database's keeper may have been killed; the web and worker processes wait for it meanwhile."""
    if env.database_url or postgres.kept(env.data):
        return
    try:
        postgres.ensure(env.data)
        click.echo("the database's keeper was gone and is started again", err=True)
    except postgres.DatabaseFailed as problem:
        click.echo(str(problem), err=True)
        time.sleep(1)


def _end(parts: list[Part]) -> None:
    running = [part.process for part in parts if part.process is not None and part.process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "loudou.cli", *arguments]


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"code {code}"


def _await_address(env: Environment, stop: Stop) -> None:
    """Refuse an address that is taken, unless by what a killed start of ours left behind: that answers its last
    requests and ends.
    """
    left, deadline = orphans(env.data), time.monotonic() + _STOP_SECONDS
    while (why := _taken(env)) and left and time.monotonic() < deadline and not stop.wait(0.05):
        pass
    if not why:
        try:  # another start of this folder may be on its way there, and listens only when all is ready
            hold(env.data / f"serve-{env.host}-{env.port}.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            why = os.strerror(errno.EADDRINUSE)
    if why:
        raise Refused(
            _("{address} cannot be used ({why}): set LOUDOU_PORT or LOUDOU_HOST.").format(
                address=f"{env.host}:{env.port}", why=why
            )
        )


def _taken(env: Environment) -> str:
    """Why the address cannot be listened at; nothing when it can."""
    family = socket.AF_INET6 if ":" in env.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env.host, env.port))
            probe.listen(1)
        except (OSError, UnicodeError) as error:
            return getattr(error, "strerror", None) or str(error)
    return ""
