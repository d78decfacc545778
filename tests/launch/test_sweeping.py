"""Files that no row names any more do not stay for ever (FI-10)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from loudou.customers import verbs as customers
from loudou.kernel import clock
from loudou.launch.tasks import sweep_files
from loudou.remarks.web import receive
from loudou.ui import uploads
from tests.cast import Cast
from tests.jobs import run

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def _lying(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _aged(folder: Path) -> None:
    before = clock.now().timestamp() - 25 * 3600
    for path in folder.rglob("*"):
        os.utime(path, (before, before))


def _attached(cast: Cast) -> str:
    """A file on a customer: where it lies."""
    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    upload = SimpleUploadedFile("纪要.pdf", PDF)
    kept = receive(
        upload, folder="customers", then=lambda **one: customers.add_file(customer, by=cast.chenan, **one)
    )
    return str(kept.stored_as)


def test_what_no_row_names_goes_after_a_day(cast: Cast, own_files: Path) -> None:
    kept = _attached(cast)
    orphan = uploads.receive(SimpleUploadedFile("a.pdf", PDF), folder="deals").stored_as
    draft = f"{orphan[:-1]}{'0' if orphan[-1] != '0' else '1'}.part"
    (own_files / draft).write_bytes(b"half")
    assert run(sweep_files) == 0
    _aged(own_files)
    assert run(sweep_files) == 2
    assert _lying(own_files) == {kept}


def test_what_is_not_of_ours_is_left_alone(cast: Cast, own_files: Path) -> None:
    for name in ("exports/0123456789abcdef0123456789abcdef", "deals/2026/04/notes.txt", "deals/readme"):
        path = own_files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    before = _lying(own_files)
    _aged(own_files)
    assert run(sweep_files) == 0
    assert _lying(own_files) == before


def test_what_a_killed_worker_was_working_at_goes_after_a_day(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("loudou-import-a", "loudou-rehearsal-b", "loudou-another", "import-c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.csv").write_text("宁波甬江机电,13800001111", "utf-8")
    (tmp_path / "loudou-import-link").symlink_to(tmp_path / "import-c")
    (tmp_path / "loudou-import-file").touch()
    assert run(sweep_files) == 0
    _aged(tmp_path)
    (tmp_path / "loudou-weights-young").mkdir()
    assert run(sweep_files) == 2
    left = {"loudou-another", "import-c", "loudou-import-link", "loudou-import-file", "loudou-weights-young"}
    assert {path.name for path in tmp_path.iterdir()} == left


def test_a_file_stays_as_long_as_history_names_it(cast: Cast, own_files: Path) -> None:
    """Taken off its record it is shown no more; its row stays, and so does what lies on the disk."""
    customer = customers.add_customer(name="绍兴越城机械", by=cast.chenan)
    then = lambda **one: customers.add_file(customer, by=cast.chenan, **one)  # noqa: E731
    file = receive(SimpleUploadedFile("纪要.pdf", PDF), folder="customers", then=then)
    customers.remove_file(file, by=cast.chenan)
    _aged(own_files)
    assert run(sweep_files) == 0
    assert _lying(own_files) == {file.stored_as}


def test_an_act_undone_leaves_a_file_that_is_swept(cast: Cast, own_files: Path) -> None:
    with transaction.atomic():
        _attached(cast)
        transaction.set_rollback(True)
    _aged(own_files)
    assert run(sweep_files) == 1
    assert _lying(own_files) == set()
