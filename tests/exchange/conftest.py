"""A house that is really served, for programs that speak HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def served(own_database: str, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a served house with a database of its own, in which nobody is counted."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    monkeypatch.setattr("loudou.exchange.callers.seconds_to_wait", lambda _caller: 0)
    with django_db_blocker.unblock():
        thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        assert thread.error is None, thread.error
        yield f"http://127.0.0.1:{thread.port}"
        thread.terminate()
        thread.join()
