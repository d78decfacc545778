"""The secret key: made at the first start, kept in the data folder with mode 0600, never in code."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from loudou.launch import paths


def key(data: Path) -> str:
    """The current key; the first caller makes it, and callers at the same moment agree on one."""
    file = data / "secret.key"
    try:
        return file.read_text("ascii").split()[0]
    except (FileNotFoundError, IndexError):
        pass
    paths.ensure_data(data)
    draft = data / f".secret.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(64) + "\n")
        out.flush()
        os.fsync(descriptor)
    try:
        os.link(draft, file)  # fails if somebody else was first, so nobody's key is overwritten
    except FileExistsError:
        if not file.read_text(
            "ascii"
        ).split():  # what a machine that lost its power left: a name, and nothing in it
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return file.read_text("ascii").split()[0]


def former_keys(data: Path) -> list[str]:
    """Keys below the first line of the file: still accepted for reading, so that a key can be changed in peace."""
    try:
        return (data / "secret.key").read_text("ascii").split()[1:]
    except FileNotFoundError:
        return []
