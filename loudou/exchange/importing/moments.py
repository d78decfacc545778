"""Reading days and times: unambiguous ones as they stand, others in the order that somebody said."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.exchange.importing.reading import Ambiguous, Bad, Reading
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR

_PARTS = ("/", ".", "-")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
ORDERS = {
    "day": tuple(f"%d{part}%m{part}%Y{clock}" for part in _PARTS for clock in _CLOCKS),
    "month": tuple(f"%m{part}%d{part}%Y{clock}" for part in _PARTS for clock in _CLOCKS),
}
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_REPUBLIC = re.compile(r"(?:民國|民国)?\s*(\d{2,3})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?")
_REPUBLIC_SHORT = re.compile(
    r"(?:(?:民國|民国)\s*(?=\d{2,3}\D)|(?=1\d\d\D))(\d{2,3})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})"
)
_ORDERED = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})(?!\d)")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:\s.*)?|\d{2}年\d{1,2}月\d{1,2}日?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?[-\s]+(?P<m>[a-z]{3,9})\.?|(?P<n>[a-z]{3,9})\.?\s+(?P<e>\d{1,2})(?:st|nd|rd|th)?)"
    r"[-,\s]+(?P<y>\d{4})(?!\d)",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"[T\s]*(上午|下午|[AaPp][Mm])?\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?"
    r"\s*([AaPp][Mm])?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SERIAL_DAYS = range(20_000, 80_000)  # 1954 to 2119


def moment(raw: str, reading: Reading) -> tuple[date, datetime]:
    """The day and the instant a cell means."""
    plain = unicodedata.normalize("NFKC", raw).strip()
    try:
        for form in reading.formats:
            if (found := _in_format(plain, form, reading.zone)) is not None:
                return _within(found, reading.zone)
        return _within(_read(plain, reading), reading.zone)
    except Bad:
        raise
    except (ValueError, OverflowError):
        raise Bad(_("This is no day; write it as 2026-04-17.")) from None


def _within(value: datetime, zone: tzinfo) -> tuple[date, datetime]:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise Bad(_("The year must lie between 1990 and 2100."))
    return value.astimezone(zone).date(), value.astimezone(UTC)


def _in_format(plain: str, form: str, zone: tzinfo) -> datetime | None:
    try:
        value = datetime.strptime(plain, form)  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _read(plain: str, reading: Reading) -> datetime:
    zone = reading.zone
    if plain[4:5] == "-":
        try:
            value = datetime.fromisoformat(plain)
        except ValueError:
            pass
        else:
            return value if value.tzinfo else value.replace(tzinfo=zone)
    if _SERIAL.fullmatch(plain) and int(plain[:5]) in _SERIAL_DAYS:
        return _of_serial(plain, reading)
    year, month, number, end = _day(plain, reading)
    value = datetime(year, month, number, tzinfo=zone)
    rest = plain[end:].strip()
    return _at_clock(value, rest) if rest else value


def _day(plain: str, reading: Reading) -> tuple[int, int, int, int]:
    """Year, month and day at the beginning of a text, and where what follows them begins."""
    if match := _COMPACT.fullmatch(plain) or _DAY.match(plain):
        return int(match[1]), int(match[2]), int(match[3]), match.end()
    if match := _REPUBLIC_SHORT.match(plain) or (
        None if _SHORT_YEAR.fullmatch(plain) else _REPUBLIC.match(plain)
    ):
        return int(match[1]) + 1911, int(match[2]), int(match[3]), match.end()
    if match := _NAMED.match(plain):
        month = _MONTHS.index((match["m"] or match["n"])[:3].lower()) + 1
        return int(match["y"]), month, int(match["d"] or match["e"]), match.end()
    if _SHORT_YEAR.fullmatch(plain):
        raise Bad(_("Write the year with four digits, such as 2026-04-17."))
    if (match := _ORDERED.match(plain)) and not reading.formats:
        first, second = int(match[1]), int(match[3])
        if first != second and first <= 12 and second <= 12:
            raise _either(plain)
        month, number = (second, first) if first > 12 else (first, second)
        return int(match[4]), month, number, match.end()
    raise ValueError(plain)


def _either(plain: str) -> Ambiguous:
    sentence = _(
        "“{value}” does not say which is the day and which the month; say which comes first: beside the columns, or with --dates."
    )
    return Ambiguous(sentence.format(value=plain[:40]), "dates")


def _of_serial(plain: str, reading: Reading) -> datetime:
    """A spreadsheet's number: days since 1899-12-30, or since 1904-01-01 where the workbook counts so, to the second."""
    first = (1904, 1, 1) if reading.since == 1904 else (1899, 12, 30)
    seconds = round(Decimal(plain) % 1 * 86_400)
    return datetime(*first, tzinfo=reading.zone) + timedelta(days=int(plain[:5]), seconds=seconds)


def _at_clock(value: datetime, rest: str) -> datetime:
    match = _CLOCK.fullmatch(rest)
    if match is None:
        raise ValueError(rest)
    before, hour, minute, second, fraction, after, offset = match.groups()
    value = value.replace(
        hour=_hour(int(hour), (before or after or "").lower()),
        minute=int(minute),
        second=int(second or 0),
        microsecond=int((fraction or "").ljust(6, "0")),
    )
    if offset is None:
        return value
    return datetime.fromisoformat(value.replace(tzinfo=None).isoformat() + offset)


def _hour(hour: int, half: str) -> int:
    """The hour of the day that a clock of twelve hours means."""
    if half in ("pm", "下午") and hour < 12:
        return hour + 12
    return 0 if half in ("am", "上午") and hour == 12 else hour
