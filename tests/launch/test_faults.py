"""What may befall an installation, with the program run as people run it: in its own folder, by its own command."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

import psycopg
import pytest
from django.db import connection

from loudou.launch import paths, postgres, prepare
from loudou.launch.acceptance import PASSWORD
from tests.launch.ledger import Ledger

PATIENCE = 120.0
_LOUDOU = [sys.executable, "-m", "loudou.cli"]


class Program:
    """`loudou serve` in a data folder."""

    def __init__(self, data: Path, **more: str) -> None:
        self.data, self.port, self.more = data, _free_port(), more
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; what it says goes to a file, since a pipe nobody reads fills up."""
        with self.said.open("w", encoding="utf-8") as said:
            self.process = self._started(said)

    @property
    def said(self) -> Path:
        return self.data.with_name(f"{self.data.name}.said")

    def _started(self, said: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*_LOUDOU, "serve", "--workers", "1", "--no-worker"],
            env=self._environment(),
            stdout=said,
            stderr=said,
            text=True,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": "",
            "LOUDOU_DEMO": "0",
            "LOUDOU_LANGUAGE": "zh-hans",
            "LOUDOU_DATA": str(self.data),
            "LOUDOU_PORT": str(self.port),
            **self.more,
        }

    def command(self, *arguments: str, **more: str) -> str:
        """What another command says that runs beside it, which must succeed."""
        environment = {**self._environment(), **more}
        return subprocess.run(
            [*_LOUDOU, *arguments], env=environment, check=True, capture_output=True, text=True
        ).stdout

    def await_page(self, path: str = "/readyz", status: int = 200) -> str:
        """The body of the first answer with that status."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process is not None and self.process.poll() is None, "the program ended"
            found, body = self.ask(path)
            if found == status:
                return body
            time.sleep(0.05)
        raise AssertionError(f"{path} never answered {status}")

    def await_greeting(self) -> None:
        """Wait until this start, and none before it, serves."""
        deadline = time.monotonic() + PATIENCE
        while f":{self.port}/" not in self.said.read_text(encoding="utf-8"):
            assert self.process is not None and self.process.poll() is None, self.said.read_text("utf-8")
            assert time.monotonic() < deadline, "it never said that it serves"
            time.sleep(0.05)

    def ask(self, path: str) -> tuple[int, str]:
        page = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            page.request("GET", path)
            answer = page.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            page.close()

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kill_whole(self) -> None:
        """Kill -9 all there is of it at once: what serves, the database's keeper, the database."""
        assert self.process is not None
        whole = [self.process.pid, *_started_for(self.data), *_named(str(self.data))]
        for pid in whole:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def postmaster(self) -> int:
        return _postmaster(self.data)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    made = Program(tmp_path_factory.mktemp("served") / "data")
    made.start()
    made.await_page()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


@pytest.mark.slow
def test_the_very_first_page_speaks_the_language_of_the_installation(program: Program) -> None:
    """Its catalogues are compiled while the program is read."""
    page = program.await_page("/welcome/")
    assert "欢迎" in page and "Welcome" not in page


@pytest.mark.slow
def test_a_taken_port_is_told_in_one_sentence(program: Program, tmp_path: Path) -> None:
    other = Program(tmp_path / "other")
    other.port = program.port
    other.start()
    assert other.process is not None and other.process.wait(PATIENCE) == 1
    assert other.said.read_text() == (
        f"无法使用 127.0.0.1:{program.port}（Address already in use）：请设置 LOUDOU_PORT 或 LOUDOU_HOST。\n"
    )
    assert not paths.cluster_folder(other.data).exists()


@pytest.mark.slow
def test_of_two_starts_at_once_one_serves_and_the_other_says_why_not(tmp_path: Path) -> None:
    """Neither listens yet when the other looks whether the address is free."""
    one, other = Program(tmp_path / "data"), Program(tmp_path / "data")
    other.port = one.port
    other.start()
    one.said.rename(said := tmp_path / "other.said")
    one.start()
    ended = _first_to_end([one, other])
    served = one if ended is other else other
    assert ended.process is not None and ended.process.returncode == 1
    refusal = (said if ended is other else one.said).read_text()
    assert refusal.startswith(f"无法使用 127.0.0.1:{one.port}（Address already in use）")
    served.await_page()
    assert served.stop() == 0


@pytest.mark.slow
def test_starts_beside_each_other_wait_for_the_one_that_makes_the_schema(tmp_path: Path) -> None:
    one, other = Program(tmp_path / "data"), Program(tmp_path / "data")
    one.start()
    other.start()
    for started in (one, other):
        started.await_page()
    assert (one.stop(), other.stop()) == (0, 0)


def test_the_schema_is_waited_for_as_long_as_it_takes(db: None) -> None:
    """Whatever else may wait for a lock for some seconds only: making the schema takes longer."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [prepare._LOCK])
        over = threading.Event()

        def let_go() -> None:
            waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
            while not over.is_set() and other.execute(waiting, [prepare._LOCK]).fetchone() is None:
                pass
            other.execute("SELECT pg_sleep(0.01), pg_advisory_unlock(%s)", [prepare._LOCK])

        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1ms'")
            helper = threading.Thread(target=let_go)
            helper.start()
            try:
                with prepare._one_at_a_time():
                    cursor.execute("SHOW lock_timeout")
                    assert cursor.fetchone() == ("10s",)  # what follows waits as everything does
            finally:
                over.set()
                helper.join(PATIENCE)


@pytest.mark.slow
def test_a_database_that_dies_is_answered_with_503_and_comes_back_by_itself(program: Program) -> None:
    program.await_page("/welcome/")
    os.kill(program.postmaster(), signal.SIGKILL)
    page = program.await_page("/welcome/", 503)
    assert "<!doctype html>" in page.lower() and "Traceback" not in page
    assert program.ask("/healthz")[0] == 200
    program.await_page("/welcome/")


@pytest.mark.slow
def test_killed_and_started_again_nothing_is_in_the_way(program: Program) -> None:
    assert program.process is not None
    server = program.postmaster()
    program.process.kill()
    program.process.wait()
    program.start()
    program.await_greeting()
    now = program.postmaster()  # whoever is quick enough still finds the old server and keeps it
    assert _alive(now)
    assert now == server or not _alive(server)


@pytest.mark.slow
def test_what_a_killed_start_left_at_the_address_is_waited_for(program: Program) -> None:
    """One that still answers what it was asked, here one that cannot move, has its time before it is ended."""
    assert program.process is not None
    web = [pid for pid in _started_for(program.data) if pid in _named("_web")]
    (serving,) = [pid for pid in web if _parent(pid) in web]
    os.kill(serving, signal.SIGSTOP)
    program.process.kill()
    program.process.wait()
    program.start()
    program.await_greeting()
    assert not _alive(serving)


@pytest.mark.slow
def test_a_stale_pid_file_and_socket_are_no_hindrance(program: Program) -> None:
    assert program.stop() == 0
    cluster, sockets = paths.cluster_folder(program.data), paths.socket_folder(program.data)
    # A pid that belongs to somebody else now: ourselves.
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n")
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    (sockets / ".s.PGSQL.5432").touch()
    program.start()
    program.await_page()


@pytest.mark.slow
def test_children_of_a_killed_database_are_waited_for(program: Program) -> None:
    """The server does not start beside them; here one that cannot notice that its parent is gone."""
    child = next(pid for pid in _children(program.postmaster()))
    os.kill(child, signal.SIGSTOP)
    program.kill_whole()
    known = (program.data / "pg.log").stat().st_size
    program.start()
    log, deadline = program.data / "pg.log", time.monotonic() + PATIENCE
    while postgres.STILL_USED.encode() not in log.read_bytes()[known:]:
        assert time.monotonic() < deadline, "the server never met what was left"
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    program.await_greeting()
    program.await_page()


@pytest.mark.slow
def test_killed_under_load_it_has_lost_nothing_it_acknowledged(program: Program) -> None:
    """First the database alone, under writers who go on; then the whole program, in the midst of their writes."""
    secret = "correct-horse-battery-2026"
    told = json.loads(program.command("furnish", "--acceptance", **{PASSWORD: secret}))
    tokens = {name: held["write"] for name, held in told["tokens"].items()}
    with Ledger(program.port, [tokens[name] for name in ("rep_a1", "rep_a2", "rep_b1", "lead_a")]) as ledger:
        ledger.await_more(20)
        os.kill(program.postmaster(), signal.SIGKILL)
        ledger.await_more(20)
        program.kill_whole()
    program.start()
    program.await_page()
    assert ledger.lost(tokens["director"]) == set()
    program.command("verify-journal")


@pytest.mark.slow
def test_ctrl_c_stops_everything_the_database_included(program: Program) -> None:
    family = [program.postmaster(), *_named(str(program.data))]
    assert program.stop() == 0
    assert not [pid for pid in family if _alive(pid)]
    assert not (paths.cluster_folder(program.data) / "postmaster.pid").exists()


@pytest.mark.slow
def test_an_outside_database_serves_as_well(program: Program, tmp_path: Path) -> None:
    """A second cluster stands for a server elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    with postgres.use(elsewhere):
        url = f"postgresql://{postgres.NAME}@/{postgres.NAME}?host={paths.socket_folder(elsewhere)}"
        outside = Program(tmp_path / "data", DATABASE_URL=url)
        outside.start()
        outside.await_page()
        assert not paths.cluster_folder(outside.data).exists()
    postgres.await_stop(elsewhere)
    # It is gone, and nobody of ours brings it back: every page says so, until it is there again.
    for path in ("/welcome/", "/login/", "/readyz", "/welcome/"):
        outside.await_page(path, 503)
    outside.await_page("/healthz")
    with postgres.use(elsewhere):
        outside.await_page("/welcome/")
        assert outside.stop() == 0
        assert postgres.answers(elsewhere)  # it is not ours to stop
    postgres.await_stop(elsewhere)


@pytest.mark.slow
def test_a_start_waits_for_the_database_that_a_killed_one_left_half_way(tmp_path: Path) -> None:
    """Its keeper lives on and brings the server up; the program's database may not be made yet."""
    data = tmp_path / "data"
    with postgres.use(data):
        os.kill(_postmaster(data), signal.SIGKILL)
        postgres.ensure(data)
        assert postgres.answers(data)
        admin = [postgres.binary("psql"), "-qh", paths.socket_folder(data), "-U", postgres.SUPERUSER, "-d"]
        subprocess.run([*admin, "postgres", "-c", f"DROP DATABASE {postgres.NAME}"], check=True)
        postgres.ensure(data)
        subprocess.run([*admin, postgres.NAME, "-c", "SELECT 1"], check=True, stdout=subprocess.DEVNULL)
    postgres.await_stop(data)


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (
            'FATAL:  could not write lock file "postmaster.pid": No space left on device',
            r"The disk that holds .* is full: make room and start again\.",
        ),
        ("initdb: error: could not create directory: Read-only file system", r".* cannot be written\."),
        ("PANIC:  could not locate a valid checkpoint record", r"The database in .* is damaged: .*"),
        (
            "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use",
            r"Processes of a killed database still use .*: end them and start again\.",
        ),
        ("FATAL:  something new\n", r"The embedded database did not start: FATAL:  something new .*"),
        ("", r"The embedded database did not start: no word why .*"),
    ],
)
def test_what_stops_the_database_is_told_in_one_sentence(log: str, sentence: str, tmp_path: Path) -> None:
    assert re.fullmatch(sentence, postgres.explained(tmp_path, log))


def _first_to_end(programs: list[Program]) -> Program:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for one in programs:
            if one.process is not None and one.process.poll() is not None:
                return one
        time.sleep(0.05)
    raise AssertionError("all of them run")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postmaster(data: Path) -> int:
    return int((paths.cluster_folder(data) / "postmaster.pid").read_text().split()[0])


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _started_for(data: Path) -> list[int]:
    """Processes whose environment names a data folder as theirs."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"LOUDOU_DATA={data}" in (folder / "environ").read_text(errors="replace").split("\0"):
                found.append(int(folder.name))
    return found


def _named(text: str) -> list[int]:
    """Processes whose command line has a text in it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if text in (folder / "cmdline").read_text():
                found.append(int(folder.name))
    return found
