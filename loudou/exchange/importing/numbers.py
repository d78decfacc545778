"""Reading numbers: 1,234.50 as it stands, 1.234,50 once somebody said so, and what may be either only then."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.exchange.importing.reading import Ambiguous, Bad, Reading
from loudou.kernel.money import parse_amount

WAYS = {"1,234.50": ".", "1.234,50": ","}  # how files write a number → its decimal mark
_UNIT = re.compile(r"(?i)^(?:[A-Z]{3}|US\$|HK\$|NT\$|R?MB)\s*|\s*(?:元|圆|圓|[A-Z]{3})$")
_CORE = re.compile(r"\d(?:[\d.,'’ \u202f]*\d)?")
_TICKS = re.compile(r"(?<=\d)['’](?=\d{3}(?:\D|$))")
_GROUPED = re.compile(r"\d{1,3}(?:[.'’ \u202f]\d{3})+(?:,\d+)?|\d+(?:,\d+)?")
_POINTED = re.compile(r"\d+\.\d+")
_A_DAY = re.compile(r"\s*\d{4}-\d{2}-\d{2}")
_EITHER = re.compile(r"[1-9]\d{0,2}\.\d{3}")  # twelve thousand, or twelve


def number(raw: str, reading: Reading) -> Decimal:
    """A number as people and files write it; refuses what could be two numbers until it is said how they are written."""
    plain = unicodedata.normalize("NFKC", raw) if not raw.isascii() else raw
    if reading.decimal == ",":
        return _parsed(_with_point(plain, reading), raw, reading)
    return _parsed(_TICKS.sub("", plain), raw, reading)


def money(raw: str, reading: Reading) -> Decimal:
    """The same of money, which has no thousandth: three digits after a point may be thousands."""
    core = _CORE.search(unicodedata.normalize("NFKC", raw))
    if not reading.decimal and core is not None and _EITHER.fullmatch(core[0]):
        raise _in_two_ways(raw)
    return number(raw, reading)


def _parsed(plain: str, raw: str, reading: Reading) -> Decimal:
    for text in (plain, _UNIT.sub(" ", plain.strip())):
        try:
            return parse_amount(text)
        except ValueError:
            continue
    if reading.decimal:
        written = next(way for way, mark in WAYS.items() if mark == reading.decimal)
        raise Bad(_("This is no number; write it as {number}.").format(number=written))
    if _A_DAY.match(plain):
        raise Bad(_("This is a day, no number; format the cell as a number."))
    core = _CORE.search(plain)
    if core is not None and {".", ","} & {*core[0]} and _only_a_number(plain, core):
        raise _in_two_ways(raw)
    raise Bad(_("This is no number; write it as 1234.50."))


def _only_a_number(plain: str, core: re.Match[str]) -> bool:
    """Whether nothing but signs and currencies stands beside the digits."""
    beside = plain[: core.start()] + plain[core.end() :]
    return len(core[0]) <= 30 and len(beside.strip()) <= 4


def _with_point(plain: str, reading: Reading) -> str:
    """A number whose decimal mark is a comma, with a point; what is written in neither way is no number."""
    core = _CORE.search(plain)
    if core is None or (reading.workbook and _POINTED.fullmatch(core[0]) and not _GROUPED.fullmatch(core[0])):
        return plain
    if not _GROUPED.fullmatch(core[0]):
        raise Bad(_("This is no number; write it as {number}.").format(number="1.234,50"))
    digits = re.sub(r"[.'’ \u202f]", "", core[0]).replace(",", ".")
    return plain[: core.start()] + digits + plain[core.end() :]


def _in_two_ways(raw: str) -> Ambiguous:
    sentence = _(
        "“{value}” can be read in two ways; say how the file writes numbers, 1,234.50 or 1.234,50: beside the columns, or with --numbers."
    )
    return Ambiguous(sentence.format(value=raw.strip()[:40]), "numbers")
