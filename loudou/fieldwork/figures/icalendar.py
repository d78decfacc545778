"""An agenda in the words of calendar programs (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_WIDTH = 75  # octets of a line, its fold included


@dataclass(frozen=True)
class Happening:
    """Something on a day, or at an instant for so long."""

    uid: str
    title: str
    at: datetime | date
    lasting: timedelta = timedelta(hours=1)
    place: str = ""
    about: str = ""


def calendar(name: str, happenings: Iterable[Happening], *, stamp: datetime) -> bytes:
    """The whole calendar; what changed keeps its uid, so that programs move it and do not double it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Loudou//Agenda//EN", f"X-WR-CALNAME:{_text(name)}"]
    for one in happenings:
        lines += _event(one, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(b"\r\n ".join(_folded(line)) + b"\r\n" for line in lines)


def _event(one: Happening, stamp: datetime) -> list[str]:
    found = ["BEGIN:VEVENT", f"UID:{one.uid}", f"DTSTAMP:{_instant(stamp)}"]
    if isinstance(one.at, datetime):
        found += [f"DTSTART:{_instant(one.at)}", f"DTEND:{_instant(one.at + one.lasting)}"]
    else:
        found.append(f"DTSTART;VALUE=DATE:{one.at:%Y%m%d}")
    found.append(f"SUMMARY:{_text(one.title)}")
    found += [
        f"{name}:{_text(text)}"
        for name, text in (("LOCATION", one.place), ("DESCRIPTION", one.about))
        if text
    ]
    return [*found, "END:VEVENT"]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    for plain, said in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, said)
    return text


def _folded(line: str) -> Iterator[bytes]:
    """Pieces of a line that fit, never cut within a character."""
    piece = b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > _WIDTH - 1:
            yield piece
            piece = b""
        piece += octets
    yield piece
