"""Files are taken by their ending and their content alike, and given out to be saved, never to be run."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from loudou.kernel.refusals import Refused
from loudou.ui import disk, uploads

_HAN = "会议纪要"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


def _take(name: str, data: bytes) -> uploads.Received:
    return uploads.receive(SimpleUploadedFile(name, data), folder="deals")


def _refusal(name: str, data: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        _take(name, data)
    assert not list(Path(settings.MEDIA_ROOT).rglob("*/*/*/*"))
    return refused.value


def _archive(*names: str, text: bytes = b"<x/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, text)
    return out.getvalue()


def _png(*more: tuple[bytes, bytes], width: int = 2, height: int = 2) -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = part(b"IDAT", zlib.compress(b"\x00\x00\x00" * 2))
    extra = b"".join(part(kind, data) for kind, data in more)
    return b"\x89PNG\r\n\x1a\n" + head + extra + body + part(b"IEND", b"")


def test_a_file_lies_under_a_name_of_ours_for_nobody_else_to_read() -> None:
    received = _take("../../纪要\u202etxt.exe.txt", _HAN.encode())
    assert received.name == "纪要txt.exe.txt"
    assert (received.kind, received.size) == ("text/plain; charset=utf-8", 12)
    path = uploads.path_of(received.stored_as)
    assert path.read_text("utf-8") == _HAN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "纪要" not in received.stored_as


def test_it_is_given_out_to_be_saved_and_never_run() -> None:
    received = _take("纪要.txt", _HAN.encode("gb18030"))
    answer = uploads.answer(received.stored_as, name=received.name, kind=received.kind)
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer.getvalue() == _HAN.encode("gb18030")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("合同.pdf", b"%PDF-1.7\n1 0 obj\n%%EOF\n"),
        ("合同.docx", _archive("[Content_Types].xml", "word/document.xml")),
        ("报价.xlsx", _archive("[Content_Types].xml", "xl/workbook.xml")),
        ("方案.pptx", _archive("[Content_Types].xml", "ppt/presentation.xml")),
        ("旧表.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
        ("现场.png", _png()),
        ("清单.csv", "名称,数量\n机械臂,2\n".encode("utf-8-sig")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_work_needs_is_taken(name: str, data: bytes) -> None:
    assert _take(name, data).size > 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("页面.html", b"<html>"),
        ("图.svg", b"<svg onload=alert(1)>"),
        ("程序.exe", b"MZ"),
        ("无", b"x"),
        ("空.txt", b""),
        ("假.pdf", b"<html><script>alert(1)</script>"),
        ("假.pdf", b"%PDF-1.7 <script>alert(1)</script>\n%%EOF"),
        ("断.pdf", b"%PDF-1.7 without an end"),
        ("假.png", b"\x89PNG\r\n\x1a\n<script>"),
        ("假.png", _png()[:-8]),
        ("巨.png", _png(width=60_000, height=60_000)),
        ("假.jpg", _png()),
        ("假.docx", b"PK\x03\x04 broken"),
        ("假.docx", b"plain"),
        ("别.docx", _archive("[Content_Types].xml", "xl/workbook.xml")),
        ("宏.xlsx", _archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("越.xlsx", _archive("[Content_Types].xml", "xl/workbook.xml", "../../etc/passwd")),
        ("爆.xlsx", _archive("[Content_Types].xml", "xl/workbook.xml", text=b"0" * 4_000_000)),
        ("宏.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le")),
        ("零.txt", b"a\x00b"),
        ("页.txt", b"<!DOCTYPE html><script>"),
        ("乱.txt", b"\xff\xfe\xff\xff\x80"),
        ("毒.txt", uploads._EICAR),
        ("毒.xlsx", _archive("[Content_Types].xml", "xl/workbook.xml", text=uploads._EICAR)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_what_it_says_or_runs_is_refused(name: str, data: bytes) -> None:
    assert _refusal(name, data).field == "file"


def test_a_damaged_office_file_is_refused_wherever_the_damage_is() -> None:
    """Each byte of a small one in turn: what is still sound is taken, what is not is refused, and nothing else happens."""
    sound = _archive("[Content_Types].xml", "word/document.xml", text=b"<w>abcabcabc</w>" * 9)
    refused = 0
    for at in range(4, len(sound)):
        damaged = sound[:at] + bytes([sound[at] ^ 0x5B]) + sound[at + 1 :]
        try:
            uploads._KINDS["docx"][1]("", damaged)
        except ValueError:
            refused += 1
    assert refused > len(sound) // 3


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_office_file_is_packed_as_office_packs(packing: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, b"<x/>")
    assert _refusal("怪.docx", out.getvalue()).field == "file"


def _jpeg(scan: bytes, *, end: bytes = b"\xff\xd9") -> bytes:
    place = b"\xff\xe1\x00\x0bGPS29.86N"
    frame = b"\xff\xc0\x00\x0b\x08\x00\x02\x00\x02\x01\x01\x11\x00"
    return b"\xff\xd8" + place + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + scan + end


def test_a_photo_is_kept_whole_but_for_where_it_was_taken() -> None:
    scan = b"ab\xff\x00c\xff\xd0d\xff\xff\x00e"  # a zero, a restart mark and fill bytes belong to it
    assert _refusal("断.jpg", _jpeg(scan, end=b"")).field == "file"
    kept = uploads.path_of(_take("现场.jpg", _jpeg(scan)).stored_as).read_bytes()
    assert scan in kept and b"GPS" not in kept
    assert len(kept) == len(_jpeg(scan)) - 13


def _exif(turned: int, order: str, *, kind: int = 3) -> bytes:
    """What a phone writes first: who made it, how it is to be turned, where it was."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    entries = [(0x010F, 2, 4, 0x4141), (0x0112, kind, 1, turned), (0x8825, 4, 1, 0x2942)]
    table = b"".join(struct.pack(f"{order}HHIHH", *entry, 0) for entry in entries)
    body = (
        b"Exif\x00\x00"
        + mark
        + struct.pack(f"{order}IH", 8, len(entries))
        + table
        + b"\x00" * 4
        + b"GPS29.86N"
    )
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _photo(*parts: bytes, behind: bytes = b"") -> bytes:
    bare = _jpeg(b"abc")
    return bare[:2] + b"".join(parts) + bare[2:] + behind


def _as_kept(data: bytes) -> bytes:
    return uploads.path_of(_take("现场.jpg", data).stored_as).read_bytes()


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photo_stays_upright(order: str) -> None:
    """Phones keep a picture as the sensor lies and note how to turn it: that alone of their notes is kept."""
    kept, plain = _as_kept(_photo(_exif(6, order))), _as_kept(_photo())
    turn = (
        b"\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06"
        + b"\x00" * 6
    )
    assert kept == plain[:2] + turn + plain[2:]


@pytest.mark.parametrize(
    "told",
    [
        _exif(1, ">"),
        _exif(9, "<"),
        _exif(6, ">", kind=4),
        _exif(6, ">")[:30],
        b"\xff\xe1\x00\x0cExif\x00\x00AA\x00*",
    ],
)
def test_what_says_nothing_of_turning_is_dropped_whole(told: bytes) -> None:
    part = told[:2] + struct.pack(">H", len(told) - 2) + told[4:]
    assert _as_kept(_photo(part)) == _as_kept(_photo())


@pytest.mark.parametrize(
    "behind",
    [
        b"\xff\xd8\xff\xe0" + b"a brightness map with GPS29.86N",
        b"\x00\x00\x00\x18ftypmp42" + b"a film of the moment",
        b"\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1478177387816SEFHk\x00\x00\x00SEFT",
    ],
)
def test_what_phones_put_behind_a_photo_is_left_off(behind: bytes) -> None:
    """Samsung, Pixel and Huawei phones do: such photos are taken, what follows their end is not kept."""
    places = b"\xff\xe2\x00\x0aMPF\x00II*\x00"
    colours = b"\xff\xe2\x00\x10ICC_PROFILE\x00\x01\x01"
    assert _as_kept(_photo(places, colours, behind=behind)) == _as_kept(_photo(colours))


@pytest.mark.parametrize("behind", [b"<script>alert(1)</script>", b"PK\x03\x04", b"%PDF-1.7", b"x"])
def test_what_hides_behind_a_photo_is_refused(behind: bytes) -> None:
    assert _refusal("现场.jpg", _photo(behind=behind)).field == "file"


def test_too_large_is_refused_before_it_is_read() -> None:
    upload = SimpleUploadedFile("大.txt", b"x")
    upload.size = uploads.LARGEST + 1
    with pytest.raises(Refused):
        uploads.receive(upload, folder="deals")


def test_pictures_lose_what_they_say_about_place_and_person() -> None:
    told = _png((b"tEXt", b"GPS\x0029.86,121.55"), (b"eXIf", b"MM\x00*"))
    received = _take("现场.png", told)
    kept = uploads.path_of(received.stored_as).read_bytes()
    assert kept == _png()
    assert received.size == len(kept)


def test_only_names_of_ours_lead_to_files() -> None:
    for name in ("../settings.py", "deals/2026/11/../../x", "/etc/passwd", ""):
        with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
            uploads.path_of(name)


def test_long_names_keep_their_ending() -> None:
    assert uploads.shown_name("很" * 300 + ".pdf").endswith(".pdf")
    assert len(uploads.shown_name("很" * 300 + ".pdf")) == uploads.LONGEST_NAME
    assert uploads.shown_name(" . ") == "file"


def test_a_file_is_discarded_once_and_again() -> None:
    received = _take("纪要.txt", b"x")
    assert uploads.path_of(received.stored_as).exists()
    uploads.discard(received.stored_as)
    uploads.discard(received.stored_as)
    assert not uploads.path_of(received.stored_as).exists()


def test_a_full_disk_is_told_and_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refusal = _refusal("纪要.txt", b"x" * 100_000)
    assert (refusal.sentence, refusal.field) == (disk.sentence(), "file")
    monkeypatch.setattr(os, "fsync", lambda descriptor: os.close(descriptor))
    with pytest.raises(OSError, match="descriptor"):
        _take("纪要.txt", b"x")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
