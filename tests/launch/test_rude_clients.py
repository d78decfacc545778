"""Clients that say two things at once or hardly anything, and a house some of whose parts give way beneath it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import psycopg
import pytest

from loudou.launch import paths, postgres
from tests.launch.test_faults import PATIENCE, Program, _named, _parent, _started_for

HOST = b"Host: 127.0.0.1\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /login/ HTTP/1.1\r\n" + HOST
# Where one reader sees one request and another sees two (IN-12).
AMBIGUOUS = {
    "length, then chunks": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
    "chunks, then length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + NEXT,
    "two encodings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    + NEXT,
    "unknown encoding": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc" + NEXT,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + NEXT,
    "a list of lengths": POST + b"Content-Length: 0, 44\r\n\r\n" + NEXT,
    "a signed length": POST + b"Content-Length: +3\r\n\r\nabc" + NEXT,
    "a folded header": POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + NEXT,
    "a blank before the colon": POST + b"Content-Length : 5\r\n\r\nabcde" + NEXT,
    "a bare carriage return": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-A: b\rX-B: c\r\n\r\n" + NEXT,
    "a NUL": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-A: b\x00c\r\n\r\n" + NEXT,
    "no version": b"GET /healthz\r\n\r\n" + NEXT,
    "headers without end": b"GET /healthz HTTP/1.1\r\n"
    + HOST
    + b"X-A: "
    + b"a" * 200_000
    + b"\r\n\r\n"
    + NEXT,
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    made = Program(tmp_path_factory.mktemp("rude") / "data")
    made.start()
    made.await_page()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


def _open(program: Program, said: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", program.port), timeout=PATIENCE)
    made.sendall(said)
    return made


def _answer(wire: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    said = b""
    while True:
        try:
            more = wire.recv(65536)
        except ConnectionResetError:
            return said
        if not more:
            return said
        said += more


@pytest.mark.slow
def test_what_can_be_read_as_two_requests_is_refused_and_the_line_closed(program: Program) -> None:
    for name, said in AMBIGUOUS.items():
        with closing(_open(program, said)) as wire:
            answers = re.findall(rb"HTTP/1\.1 (\d+)", _answer(wire))
        assert len(answers) <= 1 and all(answer >= b"400" for answer in answers), (name, answers)
    assert program.ask("/healthz")[0] == 200


@pytest.mark.slow
def test_who_never_ends_the_headers_keeps_nobody_waiting_and_is_cut_off(program: Program) -> None:
    """OV-05, as far as headers go; of bodies the proxy takes care (`docs/operations.md`)."""
    with ExitStack() as stack:
        slow = [
            stack.enter_context(closing(_open(program, b"GET /login/ HTTP/1.1\r\n" + HOST + b"X-A: ")))
            for _number in range(100)
        ]
        assert program.ask("/welcome/")[0] == 200
        for wire in slow:
            _answer(wire)  # comes to its end: the house has closed


@pytest.mark.slow
def test_a_web_process_that_is_killed_is_replaced(program: Program) -> None:
    """What the machine's memory keeper does to the largest (OV-10)."""
    before = _serving(program)
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while _serving(program) in (before, 0):
        assert time.monotonic() < deadline, "nobody serves any more"
        time.sleep(0.05)
    program.await_page("/welcome/")


def _serving(program: Program) -> int:
    web = [pid for pid in _started_for(program.data) if pid in _named("_web")]
    return next((pid for pid in web if _parent(pid) in web), 0)


@pytest.mark.slow
def test_what_is_acknowledged_lies_on_the_disk(program: Program) -> None:
    """Each commit waits for the disk, pages torn by a power loss are mended, damaged ones known (DU-03, DU-10)."""
    with _database(program) as database:
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert database.execute(f"SHOW {name}").fetchone() == ("on",), name


@pytest.mark.slow
def test_what_people_wrote_stands_in_no_log_of_the_database(program: Program) -> None:
    """Neither the statement that failed nor the row that was refused (PR-11)."""
    twice = "CREATE TEMP TABLE t (a text UNIQUE); INSERT INTO t VALUES ('鸹'), ('鸹')"
    with _database(program) as database, pytest.raises(psycopg.errors.UniqueViolation, match="鸹"):
        database.execute(twice)
    said = (program.data / "pg.log").read_text("utf-8")
    assert "duplicate key value violates unique constraint" in said and "鸹" not in said


@pytest.mark.slow
def test_a_damaged_page_is_known_and_taken_along_by_no_backup(program: Program) -> None:
    """The house goes on without what lies there; whatever needs it says so in one sentence (DU-10)."""
    copy = program.data.with_name("one.backup")
    with _damaged(program, "journal_entry"):
        program.start()
        program.await_page("/welcome/")
        with _database(program) as database, pytest.raises(psycopg.errors.DataCorrupted):
            database.execute("SELECT * FROM journal_entry")
        for command in (("verify-journal",), ("backup", str(copy))):
            with pytest.raises(subprocess.CalledProcessError) as refused:
                program.command(*command)
            said = refused.value.stderr.splitlines()
            assert (refused.value.returncode, len(said)) == (1, 1) and "数据库已损坏" in said[0], said
        assert not copy.exists()
        program.stop()
    with _damaged(program, "people_calendar"):  # without which nothing can start
        program.start()
        assert program.process is not None and program.process.wait(PATIENCE) == 1
        said = program.said.read_text("utf-8")
        assert "数据库已损坏：invalid page" in said and "Traceback" not in said
    program.start()
    program.await_page("/welcome/")
    program.command("verify-journal")


@contextmanager
def _damaged(program: Program, table: str) -> Iterator[None]:
    """The program stopped and some octets of a table turned round, until the block ends."""
    if program.process is None or program.process.poll() is not None:
        program.start()
        program.await_page("/welcome/")
    with _database(program) as database:
        row = database.execute("SELECT pg_relation_filepath(%s)", [table]).fetchone()
    assert row is not None
    program.stop()
    file = paths.cluster_folder(program.data) / str(row[0])
    sound = file.read_bytes()
    file.write_bytes(sound[:4096] + bytes(octet ^ 0xFF for octet in sound[4096:4160]) + sound[4160:])
    try:
        yield
    finally:
        file.write_bytes(sound)


def _database(program: Program) -> psycopg.Connection[tuple[object, ...]]:
    folder = str(paths.socket_folder(program.data))
    return psycopg.connect(host=folder, user=postgres.NAME, dbname=postgres.NAME, autocommit=True)
