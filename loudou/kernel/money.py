"""Amounts of money: a Decimal and its currency, never a float, never added across currencies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from loudou.kernel.numbers import rounded

LARGEST = Decimal("9999999999999.99")
_NO_MINOR_UNIT = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})


class CurrencyMismatch(ValueError):
    """Two currencies met without a rate."""


@dataclass(frozen=True, order=False)
class Money:
    """An amount in one currency. Kept exact; rounded only where it is written out."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError("an amount of money must be a finite number")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def rounded(self) -> Money:
        """To the currency's smallest unit, half up."""
        return Money(rounded(self.amount, minor_unit(self.currency)), self.currency)

    def into(self, currency: str, rate: Decimal) -> Money:
        """In another currency at `rate` units of it for one of ours, rounded to its smallest unit."""
        return Money(self.amount * rate, currency).rounded()

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.amount


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01, or 1 for those without cents."""
    return Decimal(1) if currency in _NO_MINOR_UNIT else Decimal("0.01")


def parse_amount(raw: str) -> Decimal:
    """Read an amount as people and files write it: `1,234.50`, `¥12万`, `1 234`, `(500)` or `¥(500)` for a negative one.

    A dash with blanks or a currency's sign beside it is 0, as accounting formats of spreadsheets write it: ` -   `,
    `¥ -`. A dash alone is how people write that there is nothing, which is no amount. Raises `ValueError` for anything
    else, NaN and infinities included.
    """
    said = raw.translate(_FULL_WIDTH)
    text = said.strip().replace(" ", "").replace("\u00a0", "").lstrip(_SIGNS)
    if text == "-" and said != "-":
        return Decimal(0)
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].lstrip(_SIGNS)
    factor = Decimal(1)
    if text and text[-1] in _SHORT:
        factor, text = _SHORT[text[-1]], text[:-1]
    if not _well_grouped(text) or "e" in text.lower():
        raise ValueError(raw)  # an exponent can be beyond any number, before it is looked at
    try:
        value = Decimal(text.replace(",", "")) * factor
    except InvalidOperation:
        raise ValueError(raw) from None
    if not value.is_finite():
        raise ValueError(raw)
    return -value if negative else value


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－（）", "0123456789.,-()")
_SIGNS = "¥￥$€£"
_SHORT = {"万": Decimal(10**4), "萬": Decimal(10**4), "亿": Decimal(10**8), "億": Decimal(10**8)}


def _well_grouped(text: str) -> bool:
    """Commas only between groups of three digits before the point, so that `1,5` is not read as 15."""
    if "_" in text:
        return False
    whole, _, parts = text.lstrip("+-").partition(".")
    if "," in parts:
        return False
    groups = whole.split(",")
    return len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
