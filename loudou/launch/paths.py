"""Where things lie inside `LOUDOU_DATA`. Standard library only: settings and the database keeper read it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

# A Unix socket's path must fit sockaddr_un: 104 bytes on macOS, 108 on Linux, the file name included.
_LONGEST_SOCKET_FOLDER = 104 - len("/.s.PGSQL.5432") - 1
_LISTING = ',"'  # PostgreSQL and its clients read a list where these stand in a socket folder's name


def cluster_folder(data: Path) -> Path:
    """The embedded PostgreSQL cluster."""
    return data / "pg"


def socket_folder(data: Path) -> Path:
    """The private folder of the database's socket; a short name under /tmp where the data's own path will not do."""
    inside = data / "run"
    fits = len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER
    if fits and not any(letter in str(inside) for letter in _LISTING):
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path("/tmp") / f"loudou-{os.getuid()}-{digest}"  # noqa: S108 - made 0700 and checked by its user


def files_folder(data: Path) -> Path:
    """What people attached."""
    return data / "files"


def templates_folder(data: Path) -> Path:
    """Compiled templates: made again when they are gone."""
    return data / "templates"


def backup_folder(data: Path) -> Path:
    """Where nightly backups go unless another place is named."""
    return data / "backups"


def anchor_file(data: Path) -> Path:
    """What the journal remembers of itself outside the database."""
    return data / "journal.anchors"


def ensure_data(data: Path) -> Path:
    """Make the data folder, readable by its owner only, and return it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return data
