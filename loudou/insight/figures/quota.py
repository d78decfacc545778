"""Quota from the funnel (定额, `domain.md` M25): what each person's open deals promise, and their part of the target.

Every person's quota is in proportion to the sum of their open amounts × the rate of the zone they stand in; all of them
together come to 120 % of the organisation's target, split to the currency's smallest unit with largest remainders. Above the three zones
(R080) a deal has a need and promises nothing yet. The rates of the stages may be taken instead (the deck's way).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from loudou.kernel.allocation import allocate
from loudou.kernel.numbers import CENT, ZERO, Ratio, rounded

UPPER, MIDDLE, LOWER, ABOVE = "upper", "middle", "lower", "above"
ZONES = (UPPER, MIDDLE, LOWER)
RATES = {ABOVE: ZERO, UPPER: Decimal("0.25"), MIDDLE: Decimal("0.50"), LOWER: Decimal("0.75")}
OVER = Decimal("1.2")  # personal targets together ÷ the organisation's
# The least success rate of each zone: on the list of candidates, on the short list of two, decided for us.
STARTS = {UPPER: Decimal("0.25"), MIDDLE: Decimal("0.45"), LOWER: Decimal("0.70")}


def zone_of(rate: Decimal) -> str:
    """The zone of a stage by its configured success rate: 开发 30 % upper, 提案 50 % middle, 成交 80 % lower."""
    return next((zone for zone in reversed(ZONES) if rate >= STARTS[zone]), ABOVE)


@dataclass
class Patch:
    """What somebody has open, zone by zone, and the sum of amounts × rates."""

    amounts: dict[str, Decimal] = field(default_factory=dict)
    raw: Decimal = ZERO

    def put(self, amount: Decimal, rate: Decimal, *, deck: bool) -> None:
        """Add open deals of a stage with this configured rate."""
        zone = zone_of(rate)
        self.amounts[zone] = self.amounts.get(zone, ZERO) + amount
        self.raw += amount * (rate if deck else RATES[zone])

    def of(self, zone: str) -> Decimal:
        """What is open in a zone."""
        return self.amounts.get(zone, ZERO)


def quotas(raws: Sequence[Decimal], target: Decimal | None, unit: Decimal = CENT) -> list[Ratio]:
    """Each person's quota in whole units of the currency; none without a target, or where nothing is open.

    Of equal remainders the earlier person takes the unit that is left (M63: the lower id).
    """
    if target is None:
        return [Ratio.missing("no_target") for _raw in raws]
    if not sum(raws, ZERO):
        return [Ratio.missing("no_base") for _raw in raws]
    return [Ratio(part.amount) for part in allocate(rounded(target * OVER, unit), raws, step=unit)]


def share(raw: Decimal, whole: Iterable[Decimal]) -> Ratio:
    """A patch as a share of all of them."""
    return Ratio.of(raw, sum(whole, ZERO))
