"""Telephone numbers: kept as E.164 (an extension after an x), shown as at home, found by any usual form, masked."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from loudou.kernel.phones import mobile_groups

HOMES = ("CN", "TW", "HK", "MO")
_MAINLAND_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_LAST_GROUP = re.compile(r"(.*\d)\s*[-–—]\s*(\d{1,5})")
_EXTENSION_WORDS = re.compile(r"(转|轉|分机|分機|内线|內線)[号號]?")
_AT_HOME = (86, 852, 853, 886)
_FOREIGN_WITHOUT_PLUS = ("852", "853", "886")
_BLANKS = re.compile(r"[\s\-().]+")
_LONGEST_TEXT = 60


def e164(text: str, home: str = "CN") -> str:
    """A number as it is kept, `+8613812345678` or `+8657487654321x801`, read as people write it at `home`.

    Numbers of the mainland, Taiwan and Hong Kong are understood with and without their country's code; what is no
    number anywhere raises `ValueError`.
    """
    plain = unicodedata.normalize("NFKC", text).strip()[: _LONGEST_TEXT + 1]
    bare = _BLANKS.sub("", plain)
    mobile = _MAINLAND_MOBILE.fullmatch(bare) if bare.isascii() else None
    if mobile and (home == "CN" or bare[0] != "1"):
        return f"+86{mobile[1]}"
    number = _read(plain, bare, home) if 5 <= len(plain) <= _LONGEST_TEXT else None
    if number is None:
        raise ValueError(text)
    main = phonenumbers.format_number(_without_extension(number), PhoneNumberFormat.E164)
    return f"{main}x{number.extension}" if number.extension else main


def shown(phone: str) -> str:
    """The number as people at home write it: 138 1234 5678, 0574 8765 4321 转 801 as `0574 8765 4321 x801`."""
    if mobile := mobile_groups(phone):
        return " ".join(mobile)
    main, _, extension = phone.partition("x")
    number = _parsed(main)
    if number is None:
        return phone
    style = PhoneNumberFormat.NATIONAL if number.country_code == 86 else PhoneNumberFormat.INTERNATIONAL
    text = phonenumbers.format_number(number, style)
    return f"{text} x{extension}" if extension else text


def masked(phone: str) -> str:
    """The last four digits, the four before them hidden: 138****5678; without the country's code and extension."""
    digits = _national(phone)
    return f"{digits[:-8]}****{digits[-4:]}" if len(digits) > 4 else "****"


def forms(phone: str) -> list[str]:
    """The digits a number is found by: without country's code and leading 0, a landline also without its area code."""
    if mobile := mobile_groups(phone):
        return ["".join(mobile)]
    main = phone.partition("x")[0]
    number = _parsed(main)
    if number is None:
        return [re.sub(r"\D", "", main)]
    national = str(number.national_number)
    area = phonenumbers.length_of_geographical_area_code(number)
    abroad = [] if number.country_code in _AT_HOME else [main.lstrip("+")]
    return [*abroad, national, *([national[area:]] if area else [])]


def _read(plain: str, bare: str, home: str) -> PhoneNumber | None:
    text = _EXTENSION_WORDS.sub(" x", plain)
    found = _valid(text, home)
    if found is None and (tail := _LAST_GROUP.fullmatch(text)):
        found = _valid(f"{tail[1]} x{tail[2]}", home)
    if found is None and bare.startswith(_FOREIGN_WITHOUT_PLUS):
        found = _valid(f"+{bare}", home)
    if found is None and home == "CN" and bare.startswith("0"):
        found = _valid(
            text, "TW"
        )  # 0912 345 678; eight bare digits of Hong Kong could be a local number here
    return found


def _valid(text: str, region: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if len(number.extension or "") > 5:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _without_extension(number: PhoneNumber) -> PhoneNumber:
    plain = PhoneNumber()
    plain.merge_from(number)
    plain.extension = None
    return plain


@lru_cache(maxsize=4096)
def _parsed(main: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(main)
    except phonenumbers.NumberParseException:
        return None


def _national(phone: str) -> str:
    """The digits as dialled at home: mainland landlines with their 0."""
    main = phone.partition("x")[0]
    if main.startswith("+861") and len(main) == 14:
        return main[3:]
    number = _parsed(main)
    if number is None:
        return re.sub(r"\D", "", main)
    return re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
