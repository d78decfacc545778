"""The editions of a sheet: who changed how many of its targets when and why, and what stood after each (C9).

Every change of a target keeps an edition of it. What one person changed in one go for one cause is one edition of the
sheet; the first one is the first number that was ever set on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from loudou.kernel.numbers import rounded
from loudou.kernel.periods import Period
from loudou.people.models import Unit, User
from loudou.targets.models import Cause, Edition, Target
from loudou.targets.queries.sheet import Row, Sheet, on_sheet

ONE_GO = timedelta(minutes=30)  # who goes on within it goes on with the same edition


@dataclass(frozen=True)
class Version:
    """An edition of a sheet: the first is number 1. `until` is the instant after which the next one began to be set."""

    number: int
    until: datetime
    by: str
    cause: str
    reason: str
    effective_on: date | None
    count: int

    @property
    def cause_name(self) -> str:
        """Why, as people call it."""
        return str(Cause(self.cause).label) if self.cause else ""


@dataclass(frozen=True)
class Change:
    """A cell that is another than it was; None: it had no number."""

    row: Row
    column: str
    before: Decimal | None
    after: Decimal

    @property
    def gap(self) -> Decimal | None:
        """How much more it is now."""
        return self.after - self.before if self.before is not None else None


def versions_of(user: User, unit: Unit, metric: str, period: Period) -> list[Version]:
    """The editions of a sheet, the newest first, of what this person sees of it (one query)."""
    acts = _editions(user, unit, metric, period).values(
        "set_at", "set_by", "set_by__name", "cause", "reason", "effective_on"
    )
    return _gone_through(acts.annotate(count=Count("pk")).order_by("set_at", "set_by"))[::-1]


def _gone_through(acts: Iterable[Mapping[str, Any]]) -> list[Version]:
    """Acts in the order of time, with those of one go taken together."""
    found: list[Version] = []
    former: Mapping[str, Any] | None = None
    for act in acts:
        same = former is not None and all(
            act[name] == former[name] for name in ("set_by", "cause", "reason", "effective_on")
        )
        if same and act["set_at"] - found[-1].until <= ONE_GO:
            found[-1] = replace(found[-1], until=act["set_at"], count=found[-1].count + act["count"])
        else:
            why = act["cause"], act["reason"], act["effective_on"]
            found.append(
                Version(len(found) + 1, act["set_at"], act["set_by__name"] or "", *why, act["count"])
            )
        former = act
    return found


def changes_since(user: User, found: Sheet, version: Version, period: Period) -> list[Change]:
    """The cells of a sheet that are other than they were after an edition of it, in the order of the sheet (one query)."""
    stood = _stood(user, found, version, period)
    changes = []
    for row in found.rows:
        for column in (found.whole, *found.columns):
            cell = found.cells.get((row.key, column.key))
            if cell is None:
                continue
            before = stood.get(cell.target.pk)
            if before is not None and before[1] == cell.target.currency:
                amount = _in_base(before[0], cell.target)
                if amount != cell.amount:
                    changes.append(Change(row, column.key, amount, cell.amount))
            elif before is None:
                changes.append(Change(row, column.key, None, cell.amount))
    return changes


def _stood(user: User, found: Sheet, version: Version, period: Period) -> dict[int, tuple[Decimal, str]]:
    """By target the amount and currency it had after an edition of the sheet."""
    rows = _editions(user, found.unit, found.metric, period).filter(set_at__lte=version.until)
    latest = rows.order_by("target_id", "-number").distinct("target_id")
    return {key: (amount, code) for key, amount, code in latest.values_list("target", "amount", "currency")}


def _in_base(amount: Decimal, target: Any) -> Decimal:
    """An amount of a former edition in the base currency, at the rate that is frozen with its target."""
    if amount == target.amount or not target.amount:
        return Decimal(target.base_amount) if amount == target.amount else amount
    return rounded(amount * target.base_amount / target.amount)


def _editions(user: User, unit: Unit, metric: str, period: Period) -> QuerySet[Edition]:
    targets: QuerySet[Target] = on_sheet(user, unit, metric, period)
    return Edition.objects.filter(target__in=targets.order_by().values("pk"))
