"""Reading one cell: text in, a value out, or the sentence that says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from loudou.exchange.importing.alike import narrow, written
from loudou.exchange.importing.moments import moment
from loudou.exchange.importing.numbers import money, number
from loudou.exchange.importing.reading import Bad, Parser, Reading
from loudou.kernel.money import LARGEST
from loudou.ui.spelling import folded

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BEFORE = ("+", "-", "−", "－")


def bare(cell: str) -> str:
    """What a cell says without the blanks around it; those beside a lone dash stay, they tell 0 from nothing.

    Accounting formats of spreadsheets write 0 as ` -   ` (`kernel.money.parse_amount`).
    """
    said = cell.strip()
    return cell if said == "-" else said


def text(longest: int) -> Parser:
    """A line of text of at most so many characters."""

    def read(raw: str, reading: Reading) -> str:
        value = written(raw.strip())
        if len(value) > longest:
            value = " ".join(value[: longest * 4].split())
            if len(value) > longest:
                raise Bad(_("At most {n} characters.").format(n=f"{longest:,}"))
        if not value.isprintable() and _UNSTORABLE.search(value):
            raise Bad(_("This contains characters that cannot be kept."))
        return value

    return read


def code(longest: int) -> Parser:
    """A code: text whose digits all arrived, in narrow letters."""
    line = text(longest)

    def read(raw: str, reading: Reading) -> str:
        raw = narrow(raw)
        if raw.endswith("…") and raw[:-1].isdigit():
            raise Bad(_("The spreadsheet has cut this number; format the column as text and fill it again."))
        return " ".join(line(raw, reading).split())

    return read


def email(raw: str, reading: Reading) -> str:
    """An e-mail address."""
    value = raw.strip()
    try:
        validate_email(value)
    except ValidationError:
        raise Bad(_("This is no e-mail address.")) from None
    return value


def day(raw: str, reading: Reading) -> date:
    """A calendar day, as ISO 8601, 2026/4/17, 2026年4月17日, 20260417 or a spreadsheet's number."""
    return moment(raw, reading)[0]


def instant(raw: str, reading: Reading) -> datetime:
    """An instant; a bare day is its midnight, and without an offset it is of the organisation's time zone."""
    return moment(raw, reading)[1]


def past(raw: str, reading: Reading) -> datetime:
    """An instant that has come."""
    value = instant(raw, reading)
    if value > reading.now:
        raise Bad(_("This lies in the future."))
    return value


def amount(raw: str, reading: Reading) -> Decimal:
    """An amount of money, as people and files write it; not negative, at most two decimal places."""
    value = money(raw, reading)
    if value < 0:
        raise Bad(_("The amount must not be negative."))
    return _kept(value)


def signed(raw: str, reading: Reading) -> Decimal:
    """An amount that may be below zero, such as a credit note or an adjustment: `-500`, `-¥500`, `¥(500)`."""
    line = raw.strip()
    if line[:1] in _BEFORE and len(line) > 1:
        value = amount(line[1:], reading)
        return value if line[0] == "+" else -value
    return _kept(money(raw, reading))


def _kept(value: Decimal) -> Decimal:
    if abs(value) > LARGEST:
        raise Bad(_("The amount is too large."))
    if value != value.quantize(Decimal("0.01")):
        raise Bad(_("At most two decimal places."))
    return value.quantize(Decimal("0.01"))


def quantity(raw: str, reading: Reading) -> Decimal:
    """A number above zero of at most three decimal places."""
    value = number(raw, reading)
    if value <= 0:
        raise Bad(_("A quantity is a number above zero."))
    if value > LARGEST / 100:
        raise Bad(_("The number is too large."))
    if value != value.quantize(Decimal("0.001")):
        raise Bad(_("At most {n} decimal places.").format(n=3))
    return value


def rate(raw: str, reading: Reading) -> Decimal:
    """An exchange rate: a number above zero of at most eight decimal places."""
    value = number(raw, reading)
    if value <= 0 or value >= 10**9:
        raise Bad(_("A rate is a number above zero."))
    if value != value.quantize(Decimal("0.00000001")):
        raise Bad(_("At most {n} decimal places.").format(n=8))
    return value


def share(raw: str, reading: Reading) -> Decimal:
    """A part of the whole: 13%, 13 and 0.13 are the same."""
    plain = unicodedata.normalize("NFKC", raw).strip()
    value = number(plain.removesuffix("%"), reading)
    if plain.endswith("%") or value >= 1:
        value /= 100
    if not 0 <= value < 1:
        raise Bad(_("This must lie between 0 and 100 %."))
    if value != value.quantize(Decimal("0.0001")):
        raise Bad(_("At most two decimal places."))
    return value


def chance(raw: str, reading: Reading) -> Decimal:
    """How likely something is: 35%, 35 and 0.35 are the same, 1 is certain."""
    plain = unicodedata.normalize("NFKC", raw).strip()
    return Decimal(1) if plain in ("1", "1.0", "100", "100%") else share(raw, reading)


def growth(raw: str, reading: Reading) -> Decimal:
    """A growth or a share: 10%, 10 and 0.1 are the same, −5% is a decline; at most four decimal places of a per cent."""
    plain = unicodedata.normalize("NFKC", raw).strip().replace("−", "-")
    below = plain.startswith("-")
    value = number(plain.lstrip("+-").removesuffix("%"), reading)
    if plain.endswith("%") or value >= 1:
        value /= 100
    if value > LARGEST:
        raise Bad(_("The number is too large."))
    if value != value.quantize(Decimal("0.000001")):
        raise Bad(_("At most {n} decimal places.").format(n=4))
    return -value if below else value


def currency(raw: str, reading: Reading) -> str:
    """A currency's code of three capitals, or its name."""
    plain = unicodedata.normalize("NFKC", raw).strip()
    value = _CURRENCIES.get(plain) or plain.upper()
    if plain in _OUR_OWN:
        value = reading.home if reading.home in _CALLED_SO else "CNY"
    if len(value) != 3 or not (value.isascii() and value.isalpha()):
        raise Bad(_("A currency has a code of three capitals, such as USD."))
    return value


def word(choices: Callable[[], Mapping[str, Any]], **more: Iterable[str]) -> Parser:
    """One of several choices, by its code or by its name in any language; `more` are other names of a code."""

    @lru_cache(maxsize=1)
    def known() -> dict[str, str]:
        return _names_of(choices(), more)

    def read(raw: str, reading: Reading) -> str:
        found = known().get(folded(raw))
        if found is None:
            raise Bad(_("There is no “{value}” to choose here.").format(value=raw.strip()[:40]))
        return found

    return read


def words(choices: Callable[[], Mapping[str, Any]], **more: Iterable[str]) -> Parser:
    """Several choices, parted by commas, semicolons or blanks; `more` as for `word`."""
    one = word(choices, **more)

    def read(raw: str, reading: Reading) -> list[str]:
        parts = re.split(r"[,，;；、|\n]+", raw)
        if len(parts) == 1:
            parts = raw.split() if _all_known(raw.split(), one, reading) else parts
        return sorted({one(part, reading) for part in parts if part.strip()})

    return read


def _all_known(parts: list[str], one: Parser, reading: Reading) -> bool:
    try:
        return bool([one(part, reading) for part in parts])
    except Bad:
        return False


def _names_of(choices: Mapping[str, Any], more: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Every name a choice goes by, folded, to its code."""
    names = {folded(code): code for code in choices}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for key, label in choices.items():
                names.setdefault(folded(str(label)), key)
    for key, others in more.items():
        for other in others:
            names.setdefault(folded(other), key)
    return names


_OUR_OWN = ("元", "圆", "圓")  # the money of the land one is in, in these
_CALLED_SO = ("CNY", "TWD", "HKD")
_CURRENCIES = {
    "人民币": "CNY",
    "人民幣": "CNY",
    "RMB": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "美金": "USD",
    "$": "USD",
    "US$": "USD",
    "欧元": "EUR",
    "歐元": "EUR",
    "€": "EUR",
    "港币": "HKD",
    "港幣": "HKD",
    "HK$": "HKD",
    "新台币": "TWD",
    "新臺幣": "TWD",
    "新台幣": "TWD",
    "台币": "TWD",
    "NT$": "TWD",
    "日元": "JPY",
    "日圓": "JPY",
    "英镑": "GBP",
    "英鎊": "GBP",
}
