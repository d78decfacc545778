"""Sentences of commands are compared as they stand in the code; `test_foreseen.py` has them in other languages."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUDOU_LANGUAGE", "en")
