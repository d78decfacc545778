"""Company codes with a check digit: 统一社会信用代码 of the mainland, 統一編號 of Taiwan (`domain.md` M-DQ2)."""

from __future__ import annotations

import re
import unicodedata
from operator import mul

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # 3 ** place modulo 31
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_FORM = re.compile(rf"[1-9ANY][1-9A-Y]\d{{6}}[{ALPHABET}]{{10}}")
_TAIWAN_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
_BLANKS = re.compile(r"[\s\-–—.·]+")


def normal_code(text: str) -> str:
    """A code as it is kept: half-width capitals without blanks and hyphens."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def code_fault(code: str) -> str:
    """What is wrong with a code in its normal form: `length`, `letters`, `check`, or nothing (empty)."""
    if len(code) == 8 and code.isascii() and code.isdigit():
        return "" if _taiwan_sum_fits(code) else "check"
    if len(code) != 18:
        return "length"
    if not _FORM.fullmatch(code):
        return "letters"
    return "" if check_letter(code[:17]) == code[17] else "check"


def check_letter(body: str) -> str:
    """The 18th character that belongs to the first 17 (GB 32100, modulo 31)."""
    total = sum(map(mul, _WEIGHTS, map(_VALUES.__getitem__, body)))
    return ALPHABET[-total % 31]


def _taiwan_sum_fits(code: str) -> bool:
    """Digit sums of the weighted digits divide by 5; a 7 in the seventh place may count as 1 or as 0."""
    products = [int(digit) * weight for digit, weight in zip(code, _TAIWAN_WEIGHTS, strict=True)]
    total = sum(product // 10 + product % 10 for product in products)
    return total % 5 == 0 or (code[6] == "7" and (total + 1) % 5 == 0)
