"""A backup's file: what was damaged, cut or made by somebody else is refused before anything is touched."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from loudou.kernel.refusals import Refused
from loudou.launch.backups import archive
from loudou.launch.backups.sealing import make_key, opened, read_keys, recipient, sealing
from tests.launch.archives import manifest, packed, special, written

MARK = (archive.MARK, b'{"product": "loudou", "format": 1, "made_at": "2026-06-01T02:40:00+00:00"}')
DUMP = (archive.DUMP, b"x")


def test_what_was_written_is_proved_and_taken_apart(tmp_path: Path) -> None:
    raw = written(tmp_path)
    proved = archive.prove(io.BytesIO(raw))
    assert proved.rows == 21
    assert [member.name for member in proved.members][-2:] == ["files/ab/quote.pdf", "files/photo.jpg"]
    into = tmp_path / "out"
    into.mkdir()
    assert archive.take_apart(io.BytesIO(raw), into) == proved
    assert (into / "files" / "ab" / "quote.pdf").read_bytes() == b"%PDF" * 300
    assert not (into / archive.MANIFEST).exists()


@pytest.mark.parametrize("tenth", range(10))
def test_a_backup_that_is_cut_off_is_refused(tmp_path: Path, tenth: int) -> None:
    raw = written(tmp_path)
    with pytest.raises(Refused):
        archive.prove(io.BytesIO(raw[: len(raw) * tenth // 10]))


def test_one_byte_less_or_more_is_refused(tmp_path: Path) -> None:
    raw = written(tmp_path)
    for wrong in (raw[:-1], raw + b"x", raw + b"\0" * 40_000):
        with pytest.raises(Refused):
            archive.prove(io.BytesIO(wrong))


def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path) -> None:
    raw = written(tmp_path)
    silent = []
    for place in range(0, len(raw) - 20_000, 89):  # past the last member only the end's zeros follow
        flipped = bytearray(raw)
        flipped[place] ^= 0x10
        try:
            archive.prove(io.BytesIO(bytes(flipped)))
        except Refused:
            continue
        silent.append(place)
    assert silent == []


@pytest.mark.parametrize(
    "member",
    [
        ("../evil", b"x"),
        ("files/../../evil", b"x"),
        ("/etc/cron.d/evil", b"x"),
        ("files/a//b", b"x"),
        ("files/.", b"x"),
        ("files/a\\b", b"x"),
        ("files/a\nb", b"x"),
        ("pg_hba.conf", b"x"),
        ("files", b"x"),
        DUMP,
        special("files/link", tarfile.SYMTYPE, "/etc/passwd"),
        special("files/link", tarfile.LNKTYPE, "database.dump"),
        special("files/device", tarfile.CHRTYPE),
        special("files/pipe", tarfile.FIFOTYPE),
        special("files/folder", tarfile.DIRTYPE),
        special("files/sparse", tarfile.GNUTYPE_SPARSE),
        ("files/" + "long/" * 60, b"x"),
    ],
    ids=lambda member: member.name if isinstance(member, tarfile.TarInfo) else member[0][:20],
)
def test_members_that_do_not_belong_are_refused(member: tarfile.TarInfo | tuple[str, bytes]) -> None:
    with pytest.raises(Refused):
        archive.prove(io.BytesIO(packed(MARK, DUMP, member)))


def test_extended_headers_are_refused() -> None:
    info = tarfile.TarInfo("files/a")
    info.pax_headers = {"path": "../../evil"}
    with pytest.raises(Refused):
        archive.prove(io.BytesIO(packed(MARK, DUMP, info, how=tarfile.PAX_FORMAT)))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PK\x03\x04" + b"\0" * 600,
        gzip.compress(b"\0" * 5_000_000),
        packed(("dump.sql", b"CREATE TABLE")),
        packed((archive.MARK, b'{"product": "odoo", "format": 1}')),
        packed((archive.MARK, b"[]")),
        packed((archive.MARK, b"\xff")),
        packed(MARK, DUMP),
        packed(MARK, (archive.MANIFEST, b"{}"), (archive.SEAL, b"0" * 64)),
    ],
    ids=[
        "empty",
        "zip",
        "bomb",
        "other tar",
        "other product",
        "no mark",
        "no text",
        "no manifest",
        "hollow manifest",
    ],
)
def test_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        archive.prove(io.BytesIO(raw))


def test_a_newer_format_is_told_apart() -> None:
    with pytest.raises(Refused, match="newer"):
        archive.prove(io.BytesIO(packed((archive.MARK, b'{"product": "loudou", "format": 2}'))))


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", 20)
    members = [(f"files/{number}", b"") for number in range(30)]
    with pytest.raises(Refused, match="more files"):
        archive.prove(io.BytesIO(packed(MARK, DUMP, *members)))


def test_large_members_are_read_back(tmp_path: Path) -> None:
    """From 8 GiB on a size is written another way; the reader knows both."""
    from loudou.launch.backups.tar import _number

    info = tarfile.TarInfo("database.dump")
    info.size = 20 * 2**30
    header = info.tobuf(tarfile.GNU_FORMAT)
    assert _number(header[124:136]) == 20 * 2**30
    assert _number(b"00000000012\0") == 10


def test_an_encrypted_backup_opens_with_its_key_alone(tmp_path: Path) -> None:
    raw = written(tmp_path)
    public = make_key(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    sealed = tmp_path / "sealed"
    with sealed.open("wb") as target, sealing(target, [recipient(public)]) as plain:
        plain.write(raw)
    assert b"quote.pdf" not in sealed.read_bytes()
    with opened(sealed, read_keys(tmp_path / "key")) as plain:
        assert archive.prove(plain).rows == 21
    make_key(tmp_path / "other")
    for keys in ([], read_keys(tmp_path / "other")):
        with pytest.raises(Refused, match=r"key"), opened(sealed, keys) as plain:
            archive.prove(plain)


def test_a_damaged_encrypted_backup_is_refused(tmp_path: Path) -> None:
    public = make_key(tmp_path / "key")
    sealed = tmp_path / "sealed"
    with sealed.open("wb") as target, sealing(target, [recipient(public)]) as plain:
        plain.write(written(tmp_path))
    whole = sealed.read_bytes()
    wrong = [whole[: len(whole) * tenth // 10] for tenth in range(1, 10)]
    for place in range(40, len(whole), len(whole) // 25):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        wrong.append(bytes(flipped))
    for damaged in wrong:
        sealed.write_bytes(damaged)
        with pytest.raises(Refused), opened(sealed, read_keys(tmp_path / "key")) as plain:
            archive.prove(plain)


def test_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret")
    with pytest.raises(Refused, match="no secret key"):
        read_keys(tmp_path / "key")
    with pytest.raises(Refused, match="age1"):
        recipient("age1nobody")


def test_a_manifest_survives_its_writing() -> None:
    assert archive.Manifest.read(manifest().written()) == manifest()
