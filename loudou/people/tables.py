"""Small tables read whole, for acts on thousands of rows: rates and who belonged where when."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from loudou.kernel.money import Money
from loudou.people.models import Membership, Organisation, Rate, User
from loudou.people.queries import organisation


class NoRate(ValueError):
    """A currency has no rate at all."""


@dataclass(frozen=True)
class Tables:
    """Rates by currency and kind, memberships by person; both as (days from which, values) in order."""

    company: Organisation
    rates: dict[tuple[str, str], tuple[list[date], list[Decimal]]]
    memberships: dict[int, tuple[list[date], list[int]]]

    @classmethod
    def read(cls) -> Tables:
        """All of it, in three queries."""
        rates: dict[tuple[str, str], tuple[list[date], list[Decimal]]] = defaultdict(lambda: ([], []))
        for currency, kind, day, rate in Rate.objects.order_by("valid_from").values_list(
            "currency", "kind", "valid_from", "rate"
        ):
            rates[currency, kind][0].append(day)
            rates[currency, kind][1].append(rate)
        stays: dict[int, tuple[list[date], list[int]]] = defaultdict(lambda: ([], []))
        rows = Membership.objects.order_by("user_id", "since").values_list("user_id", "since", "unit_id")
        for user, since, unit in rows:
            stays[user][0].append(since)
            stays[user][1].append(unit)
        return cls(organisation(), dict(rates), dict(stays))

    def in_base(self, amount: Decimal, currency: str, at: datetime, *, kind: str = Rate.Kind.PLAN) -> Decimal:
        """An amount in the base currency at the rate in force at an instant; before the first rate, at the first.

        Without a spot rate the plan rate serves. Raises `NoRate`.
        """
        if currency == self.company.base_currency:
            return amount
        day = at.astimezone(self.company.zone).date()
        days, values = self.rates.get((currency, kind), ([], []))
        place = bisect_right(days, day) - 1
        if kind == Rate.Kind.SPOT and place < 0:
            return self.in_base(amount, currency, at)
        if not days:
            raise NoRate(currency)
        return Money(amount, currency).into(self.company.base_currency, values[max(place, 0)]).amount

    def unit_of(self, user: User, at: datetime) -> int | None:
        """The unit somebody belonged to at an instant; before their first membership, the one they joined first."""
        days, units = self.memberships.get(user.pk, ([], []))
        if not days:
            return user.unit_id
        return units[max(bisect_right(days, at.astimezone(self.company.zone).date()) - 1, 0)]
