"""Encryption: an age file for one recipient. The server knows the public key; the secret one lies elsewhere."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import IO, Any

import pyrage
from pyrage import x25519

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.launch.words import told as _

_MARK = b"age-encryption.org/v1"


def make_key(file: Path) -> str:
    """Write a new secret key to a file of its own (0600, as `age-keygen` does) and return the public one."""
    identity = x25519.Identity.generate()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        made = clock.now().astimezone(UTC).isoformat(timespec="seconds")
        out.write(f"# created: {made}\n# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def read_keys(file: Path) -> list[x25519.Identity]:
    """The secret keys of a key file."""
    lines = [line.strip() for line in file.read_text("utf-8", "replace").splitlines()]
    try:
        keys = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise Refused(_("{file} holds no secret key (AGE-SECRET-KEY-1…).").format(file=file))
    return keys


def recipient(public: str) -> x25519.Recipient:
    """A public key."""
    try:
        return x25519.Recipient.from_str(public)
    except pyrage.RecipientError:
        raise Refused(_("The recipient must be a public key age1….")) from None


def is_sealed(file: Path) -> bool:
    """Whether a file is encrypted."""
    with file.open("rb") as source:
        return source.read(len(_MARK)) == _MARK


@contextlib.contextmanager
def sealing(target: IO[bytes], recipients: Sequence[x25519.Recipient]) -> Iterator[IO[bytes]]:
    """What is written in the block arrives in `target` encrypted; without recipients as it is."""
    if not recipients:
        yield target
        return
    with _beside(lambda source: pyrage.encrypt_io(source, target, recipients), reads=True) as pipe:
        yield pipe


@contextlib.contextmanager
def opened(file: Path, keys: Sequence[x25519.Identity]) -> Iterator[IO[bytes]]:
    """A backup's plain content, to be read to its end: only then is all of it proved to be what was written."""
    with file.open("rb") as source:
        if not is_sealed(file):
            yield source
            return
        if not keys:
            raise Refused(_("The backup is encrypted: say where its secret key is (--identity FILE)."))
        try:
            with _beside(lambda target: pyrage.decrypt_io(source, target, keys), reads=False) as pipe:
                yield pipe
        except pyrage.DecryptError:
            raise Refused(_("The backup cannot be decrypted: another key, or a damaged file.")) from None


@contextlib.contextmanager
def _beside(work: Any, *, reads: bool) -> Iterator[IO[bytes]]:
    """Run `work` in a thread at the other end of a pipe, and raise here what it raised."""
    reading, writing = os.pipe()
    theirs, ours = (reading, writing) if reads else (writing, reading)
    raised: list[BaseException] = []

    def run() -> None:
        with os.fdopen(theirs, "rb" if reads else "wb") as end:
            try:
                work(end)
            except BaseException as problem:
                raised.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    mine = os.fdopen(ours, "wb" if reads else "rb")
    try:
        yield mine
    except BaseException:
        with contextlib.suppress(OSError):
            mine.close()
        thread.join()
        # A file that cannot be decrypted ends early; that it seems cut off is not what is wrong with it.
        if raised and isinstance(raised[0], pyrage.DecryptError):
            raise raised[0] from None
        raise
    mine.close()
    thread.join()
    if raised:
        raise raised[0]
