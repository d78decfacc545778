"""Commands refuse in the installation's language, in one sentence that says what is to be done."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from loudou.kernel.refusals import Refused
from loudou.launch import postgres
from loudou.launch.backups import archive
from loudou.launch.foreseen import sentence
from loudou.launch.words import told

TEXT = "The backup is cut off."


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("", "备份不完整，后面被截断了。"),
        ("zh-hant", "備份不完整，後面被截斷了。"),
        ("en", TEXT),
        ("klingon", TEXT),  # what is set cannot be read
    ],
)
def test_a_refusal_speaks_the_language_of_the_installation(
    language: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOUDOU_LANGUAGE", language)
    assert told(TEXT) == said


def test_a_text_without_a_translation_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUDOU_LANGUAGE", "zh-hans")
    assert told("No word of ours.") == "No word of ours."


def test_a_foreign_file_and_a_full_disk_are_told_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOUDOU_LANGUAGE", "zh-hans")
    with pytest.raises(Refused, match="这不是漏斗的备份"):
        archive.prove(io.BytesIO(b"PK\3\4" * 1000))
    assert postgres.explained(tmp_path, "FATAL: No space left on device") == (
        f"{tmp_path} 所在的磁盘已满：请腾出空间后重新启动。"
    )


@pytest.mark.parametrize(
    ("free", "said"),
    [
        (2**20, "The disk that holds the database is full: make room and try again."),
        (2**30, "The database does not answer: the database system is in recovery mode"),
    ],
)
def test_a_database_that_starts_anew_for_want_of_room_says_so(
    free: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL gives up where it cannot write its own log, and tells those who ask only that it recovers."""
    monkeypatch.setenv("LOUDOU_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    assert sentence(OperationalError("the database system is in recovery mode")) == said
