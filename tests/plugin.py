"""Loaded before anything reads settings: gives the test run a data folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

_CLEARED = (
    "LOUDOU_LANGUAGE",
    "LOUDOU_TIME_ZONE",
    "LOUDOU_SECURE",
    "LOUDOU_DEMO",
    "SMTP_URL",
    "OUTBOUND_ALLOW",
)
_stack = ExitStack()
_is_worker = "PYTEST_XDIST_WORKER" in os.environ

if not _is_worker:
    os.environ["LOUDOU_DATA"] = tempfile.mkdtemp(prefix="loudou-test-")
    for name in _CLEARED:
        os.environ.pop(name, None)
    os.environ["DATABASE_URL"] = os.environ.get("LOUDOU_TEST_DATABASE_URL", "")


def pytest_configure(config: pytest.Config) -> None:
    """The controlling process starts the cluster and fills the template before any worker is spawned."""
    if _is_worker or config.option.collectonly or config.option.help:
        return
    folder = Path(os.environ["LOUDOU_DATA"])
    _stack.callback(shutil.rmtree, folder, ignore_errors=True)
    if not os.environ["DATABASE_URL"]:
        from loudou.launch import postgres

        _stack.callback(postgres.await_stop, folder)
        _stack.enter_context(postgres.use(folder))
    # In a process of its own: pytest-django forbids this one the database outside tests.
    subprocess.run([sys.executable, "-m", "tests.template"], check=True)
    _forget_translations()


def _forget_translations() -> None:
    """What was looked up before the catalogues were compiled was looked up in vain."""
    import gettext

    from django.utils.translation import trans_real

    gettext._translations.clear()  # type: ignore[attr-defined]
    trans_real._translations.clear()
    trans_real._default = None
    trans_real._active = trans_real.Local()


def pytest_unconfigure(config: pytest.Config) -> None:
    _stack.close()
