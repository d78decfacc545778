"""The archive as a whole: written, proved, taken apart."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from loudou.kernel.refusals import Refused
from loudou.launch.backups.tar import Member, Writer, walk
from loudou.launch.words import told as _

FORMAT = 1
DUMP, ANCHORS, MARK, MANIFEST, SEAL = (
    "database.dump",
    "journal.anchors",
    "loudou.json",
    "manifest.json",
    "manifest.sha256",
)
MOST_MEMBERS = 500_000
_LARGEST_MANIFEST = 256 * 2**20
_PART = re.compile(r"(?!\.{1,2}$)[^/\\\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    made_at: datetime
    server: int
    migrations: list[tuple[str, str]]
    tables: dict[str, dict[str, Any]]  # name → rows and total, see `snapshot.Table`
    members: list[Member] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(int(table["rows"]) for table in self.tables.values())

    def written(self) -> bytes:
        """As it stands in the archive."""
        body = {**asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(body, ensure_ascii=False, indent=1).encode()

    @classmethod
    def read(cls, raw: bytes) -> Manifest:
        """From an archive; raises `ValueError`, `KeyError` or `TypeError` for what is none."""
        body = json.loads(raw)
        return cls(
            version=str(body["version"]),
            made_at=datetime.fromisoformat(body["made_at"]),
            server=int(body["server"]),
            migrations=[(str(room), str(name)) for room, name in body["migrations"]],
            tables={str(name): dict(table) for name, table in body["tables"].items()},
            members=[Member(**member) for member in body["members"]],
        )


def write(target: IO[bytes], manifest: Manifest, *, dump: Path, anchors: bytes, files: Path) -> Manifest:
    """Write an archive; returns the manifest with its members."""
    writer = Writer(target, manifest.made_at.timestamp())
    mark = {"product": "loudou", "format": FORMAT, "made_at": manifest.made_at.isoformat()}
    writer.add_bytes(MARK, json.dumps(mark).encode())
    writer.add_file(DUMP, dump)
    writer.add_bytes(ANCHORS, anchors)
    for path in sorted(files.rglob("*")):
        if path.is_file() and not path.is_symlink():
            writer.add_file(f"files/{path.relative_to(files).as_posix()}", path)
    manifest.members.extend(writer.members)
    body = manifest.written()
    writer.add_bytes(MANIFEST, body)
    writer.add_bytes(SEAL, hashlib.sha256(body).hexdigest().encode())
    writer.close()
    return manifest


def prove(source: IO[bytes]) -> Manifest:
    """Read an archive to its end and return its manifest; raises `Refused` unless everything is as it was written."""
    return _pass_through(source, into=None)


def take_apart(source: IO[bytes], into: Path) -> Manifest:
    """Write an archive's members into a folder, proving them on the way."""
    return _pass_through(source, into=into)


def _pass_through(source: IO[bytes], into: Path | None) -> Manifest:
    found: list[Member] = []
    names: set[str] = set()
    kept: dict[str, bytes] = {}
    for name, size, pieces in walk(source):
        _check_name(name, size, names)
        names.add(name)
        found.append(Member(name, size, _received(name, pieces, into, kept)))
        if name == MARK:
            _check_mark(kept[MARK])
    try:
        manifest = Manifest.read(kept[MANIFEST])
        proved = hashlib.sha256(kept[MANIFEST]).hexdigest().encode() == kept[SEAL]
    except (KeyError, ValueError, TypeError):
        raise Refused(_("The backup is damaged: it does not say what it holds.")) from None
    if (
        not proved
        or [member.name for member in found[-2:]] != [MANIFEST, SEAL]
        or found[:-2] != manifest.members
    ):
        raise Refused(_("The backup is damaged: what it holds is not what was written."))
    return manifest


def _received(name: str, pieces: Iterator[bytes], into: Path | None, kept: dict[str, bytes]) -> str:
    """Take a member in: to memory what the archive says of itself, to its file the rest; returns its SHA-256."""
    digest = hashlib.sha256()
    small = bytearray() if name in (MARK, MANIFEST, SEAL) else None
    with ExitStack() as stack:
        out = None
        if into is not None and small is None:
            path = into / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            out = stack.enter_context(path.open("xb"))
        for piece in pieces:
            digest.update(piece)
            if small is not None:
                small += piece
            elif out is not None:
                out.write(piece)
    if small is not None:
        kept[name] = bytes(small)
    return digest.hexdigest()


def _check_name(name: str, size: int, names: set[str]) -> None:
    """Only what a backup of ours holds, and that once."""
    if not names and name != MARK:
        raise Refused(_("This is no backup of Loudou."))
    if len(names) >= MOST_MEMBERS:
        raise Refused(_("The backup holds more files than any of ours could."))
    if size > _LARGEST_MANIFEST and name in (MARK, MANIFEST, SEAL):
        raise Refused(_("The backup is damaged: it says too much of itself."))
    own = name in (MARK, DUMP, ANCHORS, MANIFEST, SEAL)
    folder, *parts = name.split("/")
    attached = folder == "files" and bool(parts) and all(map(_PART.fullmatch, parts))
    if not (own or attached) or name in names:
        raise Refused(
            _("The backup holds something that does not belong there ({name}).").format(name=repr(name[:80]))
        )


def _check_mark(raw: bytes) -> None:
    try:
        mark = json.loads(raw)
        product, number = mark["product"], int(mark["format"])
    except (KeyError, ValueError, TypeError):
        product, number = "", 0
    if product != "loudou":
        raise Refused(_("This is no backup of Loudou."))
    if number > FORMAT:
        raise Refused(_("This backup was made by a newer Loudou: update the program first."))
