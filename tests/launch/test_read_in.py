"""What a web process has read when it begins to serve: all that pages need at once, nothing that hardly anybody asks for."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import count
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from loudou.launch import web
from loudou.pipeline.queries import funnels

_BEGINS = """
import json, sys
from loudou.launch import web
web._read_program()
web._know_addresses()
import loudou.wsgi
from django.urls import get_resolver
rooms = {name: bool(found._populated) for name, (_prefix, found) in get_resolver().namespace_dict.items()}
print(json.dumps({"read": sorted({name.partition(".")[0] for name in sys.modules}), "rooms": rooms}))
"""
# Tens of megabytes of each process: for the worker, for papers, for workbooks, for the API, for what is set up once.
_HEAVY = {
    *("sklearn", "scipy", "numpy", "joblib", "narwhals"),
    *("typst", "python_calamine", "pyrage"),
    *("pydantic", "pydantic_core", "ninja"),
    *("babel", "holidays", "pypinyin", "segno"),
    *("pytest", "hypothesis", "unittest"),
}


@pytest.fixture(scope="module")
def begun() -> dict[str, dict[str, bool]]:
    """In a process of its own: this one has read them all."""
    done = subprocess.run([sys.executable, "-c", _BEGINS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, bool]] = json.loads(done.stdout)
    return told


def test_what_hardly_anybody_asks_for_is_read_when_somebody_does(begun: dict[str, dict[str, bool]]) -> None:
    assert _HEAVY & set(begun["read"]) == set()
    assert {"django", "jinja2", "loudou"} <= set(begun["read"])


def test_addresses_are_known_before_the_first_page_but_for_those_of_the_api(
    begun: dict[str, dict[str, bool]],
) -> None:
    rooms = begun["rooms"]
    assert not rooms.pop("api-v1")
    assert {"desk", "pipeline", "insight"} <= {name for name, known in rooms.items() if known}
    assert all(rooms.values()), rooms


def test_what_is_free_is_given_back_after_answers_but_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, given = count(100), []
    monkeypatch.setattr(web, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    monkeypatch.setattr(web, "memory", SimpleNamespace(give_back=lambda: given.append("given")))
    monkeypatch.setattr(web, "_gave", [0.0])
    for _answer in range(12):
        web._give_back(signal=None, sender=None)
    assert len(given) == 3


def test_a_process_begins_without_a_database_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def away() -> None:
        asked.append("asked")
        raise OperationalError

    monkeypatch.setattr(funnels, "know", away)
    monkeypatch.setattr("django.db.connection", SimpleNamespace(close=lambda: asked.append("closed")))
    web._read_funnels()
    assert asked == ["asked", "closed"]
