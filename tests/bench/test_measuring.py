"""The benchmark measures what it says, and tells what misses its floor."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import CROWD, unseen
from bench.client import Ask, Browser
from bench.inside import MANY
from bench.inside import unseen as unseen_of
from bench.load import measure
from bench.pages import MOST_UNSEEN, PAGES
from bench.speed import line, loop
from bench.table import missed, told


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self.send_response(404 if "gone" in self.path else 200)
        self.send_header("Set-Cookie", "loudou_csrf=abc; Path=/")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *words: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    _Page.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_browser_keeps_its_cookies(port: int) -> None:
    browser = Browser(port)
    assert browser.send(Ask("/"))[0] == 200
    assert browser.cookies == {"loudou_csrf": "abc"}


def test_every_round_counts_and_warming_up_does_not(port: int) -> None:
    times = measure(port, {}, [Ask("/a"), Ask("/gone")], rounds=6, clients=1, warm=2)
    assert _Page.asked == ["/a", "/gone"] * 4
    assert times.failed == 3
    assert 0 < times.p50 <= times.p95


def test_a_crowd_shares_the_requests(port: int) -> None:
    times = measure(port, {}, [Ask(f"/{number}") for number in range(8)], rounds=2, clients=8, warm=0)
    assert sorted(_Page.asked) == sorted(f"/{number}" for number in range(8) for _ in range(2))
    assert times.a_second > 0


def test_what_nobody_has_asked_for_is_asked_for_once(port: int) -> None:
    asks = [Ask(f"/{number}") for number in range(MANY)]
    measured = unseen(port, {}, asks, 60)
    assert len(_Page.asked) == len(set(_Page.asked)) == MOST_UNSEEN + 4 + 2 * CROWD
    # The last ones are for counting statements.
    assert not {ask.path for ask in asks[-6:]} & set(_Page.asked)
    assert measured["alone"]["failed"] == measured["crowd"]["failed"] == 0


def test_instants_of_pages_nobody_has_asked_for_differ_from_run_to_run() -> None:
    today = date(2026, 11, 23)
    first, second = (unseen_of(today) for _run in range(2))
    assert set(first) == {page.name for page in PAGES if page.unseen}
    for name, asks in first.items():
        assert len({ask.path for ask in asks}) > MANY / 2, name
        assert [ask.path for ask in asks] != [ask.path for ask in second[name]], name


def test_the_slowest_of_pages_nobody_has_asked_for_is_held_against_the_floor() -> None:
    pages = {"unseen: as of": {"gm": _row(p50=20.0, p95=110.0)}, "funnel": {"gm": _row(p50=20.0, p95=110.0)}}
    figures = _figures(small=_row())
    figures["worlds"]["small"]["pages"] = pages
    assert missed(figures) == ["small: funnel as gm: p95 110.0 ms at p50 20.0"]
    pages["unseen: as of"]["gm"] = _row(p50=20.0, p95=130.0)
    assert "small: unseen: as of as gm: p95 130.0 ms at p50 20.0" in missed(figures)


def test_what_misses_its_floor_is_told() -> None:
    found = _figures(small=_row(p50=12.0), big=_row(p50=25.0, p95=60.0, queries=21))
    assert missed(found) == [
        "big: list as rep: 25.0 ms, wanted 20",
        "big: list as rep: p95 60.0 ms at p50 25.0",
        "big: list as rep: 21 queries",
        "list as rep: 8 queries in small, 21 in big",
    ]
    assert "4 not as wanted:" in told(found)
    assert "all within what is wanted" in told(_figures(small=_row()))


def test_more_memory_than_wanted_is_told() -> None:
    found = _figures(small=_row())
    found["worlds"]["small"]["memory"]["worker_rss_mb"] = 151.0
    assert missed(found) == ["small: a web process holds 151.0 MB"]


def test_how_fast_the_machine_was_is_told_of_the_run_and_of_each_world() -> None:
    found = _figures(small=_row(), big=_row())
    found["worlds"]["big"]["loop_ms"] = {"before": 90.0, "after": 180.0}
    steady = "plain loop of 5,000,000 steps: 90.0 ms before the run, 95.0 ms after it"
    lines = told(found).splitlines()
    assert lines[1] == steady
    assert [text for text in lines[2:] if text.startswith("plain loop")] == [
        steady,
        "plain loop of 5,000,000 steps: 90.0 ms before the run, 180.0 ms after it; the machine did not keep its speed",
    ]
    assert line({"before": 180.0, "after": 90.0}).endswith("; the machine did not keep its speed")
    assert loop() > 0


@pytest.mark.slow
def test_it_runs(tmp_path: Path) -> None:
    """A tiny world made, served and measured, as `make bench ARGS=--quick` does."""
    file = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--only", "list", "--json", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    world = json.loads(file.read_text())["worlds"]["tiny"]
    assert world["rows"]["pipeline.deal"] == 600
    for figures in world["pages"]["list"].values():
        assert figures["alone"]["failed"] == figures["crowd"]["failed"] == 0
        assert figures["alone"]["p50"] > 0
        assert 0 < figures["queries"] <= 20
    assert world["memory"]["worker_rss_mb"] > 20
    assert set(world["loop_ms"]) == {"before", "after"}


def _row(p50: float = 10.0, p95: float = 15.0, queries: int = 8) -> dict[str, Any]:
    times = {"p50": p50, "p95": p95, "a_second": 90.0, "failed": 0, "kilobytes": 9.0}
    return {"alone": times, "crowd": times, "queries": queries}


def _figures(**worlds: dict[str, Any]) -> dict[str, Any]:
    machine = {"cores": 4, "memory_gb": 16, "python": "3.11", "load_before": 0.1}
    made = {
        name: {
            "rows": {"pipeline.deal": 600},
            "cold_start_seconds": 2.0,
            "memory": {"worker_rss_mb": 90.0, "worker_pss_mb": 60.0, "program_pss_mb": 300.0},
            "pages": {"list": {"rep": row}},
            "loop_ms": {"before": 90.0, "after": 95.0},
        }
        for name, row in worlds.items()
    }
    loops = {"before": 90.0, "after": 95.0}
    return {"machine": machine, "loop_ms": loops, "first_start_seconds": 9.0, "worlds": made}
