"""Archives for tests, right ones and hostile ones."""

from __future__ import annotations

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loudou.launch.backups import archive
from loudou.launch.backups.archive import Manifest


def manifest(**changes: Any) -> Manifest:
    """What a small backup says of itself."""
    said: dict[str, Any] = {
        "version": "0.1.0",
        "made_at": datetime(2026, 6, 1, 2, 40, tzinfo=UTC),
        "server": 18,
        "migrations": [("people", "0001_initial")],
        "tables": {"people_user": {"rows": 21, "total": "12345"}},
    }
    return Manifest(**{**said, **changes})


def written(folder: Path, **changes: Any) -> bytes:
    """A backup of a dump that is none, with two files."""
    files = folder / "files"
    (files / "ab").mkdir(parents=True, exist_ok=True)
    (files / "ab" / "quote.pdf").write_bytes(b"%PDF" * 300)
    (files / "photo.jpg").write_bytes(b"\xff\xd8" * 5000)
    dump = folder / "dump"
    dump.write_bytes(bytes(range(256)) * 200)
    out = io.BytesIO()
    archive.write(out, manifest(**changes), dump=dump, anchors=b"1 ab 2026\n", files=files)
    return out.getvalue()


def packed(*members: tarfile.TarInfo | tuple[str, bytes], how: int = tarfile.GNU_FORMAT) -> bytes:
    """A tar of exactly these members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=how) as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def special(name: str, kind: bytes, to: str = "") -> tarfile.TarInfo:
    """A member that is no plain file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info
