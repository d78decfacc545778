"""Parts of the program that die are started again; what has an end of its own only while that may help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from loudou.launch import parents, serve


@pytest.fixture(autouse=True)
def _hours_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks, so that every pause is over."""
    hours = count(0, 3_600)
    monkeypatch.setattr(serve, "time", SimpleNamespace(monotonic=lambda: float(next(hours))))


def _starts(monkeypatch: pytest.MonkeyPatch, program: str, looks: int, *, once: bool) -> int:
    """How often a part is started whose process runs a program that ends."""
    started: list[int] = []
    monkeypatch.setattr(serve, "_command", lambda _arguments: [sys.executable, "-c", program])
    whole = serve.Part.start

    def start(part: serve.Part, *, waiting: bool = False) -> None:
        whole(part, waiting=waiting)
        assert part.process is not None
        started.append(part.process.wait())

    monkeypatch.setattr(serve.Part, "start", start)
    part = serve.Part("part", [], once=once)
    part.start()
    for _ in range(looks):
        part.tend()
    return len(started)


def test_a_story_that_the_database_cut_off_goes_on_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _starts(monkeypatch, "raise SystemExit(1)", 12, once=True) == 7


def test_a_story_that_is_told_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _starts(monkeypatch, "", 5, once=True) == 1


def test_what_serves_is_started_again_however_often_it_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _starts(monkeypatch, "raise SystemExit(1)", 9, once=False) == 10


@pytest.mark.parametrize("part", ["_prepare", "_web", "_worker", "_demo"])
def test_what_a_killed_start_was_reading_in_ends_before_it_does_anything(part: str, tmp_path: Path) -> None:
    """Nothing of it goes on: not even the story, which would keep the database from ever being stopped."""
    data = tmp_path / "data"
    gone = {**os.environ, "LOUDOU_DATA": str(data), parents.CHILD_OF: str(os.getppid())}
    begun = subprocess.run([sys.executable, "-m", "loudou.cli", part], env=gone, check=False, timeout=120)
    assert begun.returncode == -signal.SIGTERM
    assert not data.exists()


def test_a_part_knows_whose_it_is_and_what_it_starts_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        "import os; from loudou.launch import parents; mine = os.environ[parents.CHILD_OF] == str(os.getppid()); \
parents.end_with_parent(); raise SystemExit(mine and parents.CHILD_OF not in os.environ)"
    )
    monkeypatch.setattr(serve, "_command", lambda _arguments: [sys.executable, "-c", told])
    part = serve.Part("part", [])
    part.start()
    assert part.process is not None and part.process.wait() == 1
