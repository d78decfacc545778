"""What changed of deals between numbers that take each other away: by deal, and of each number in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection

from loudou.insight.figures.flow import Amounts
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.records import Asked, lines, of_each


class Change(NamedTuple):
    """What a deal came or stood with, and what it went or stands with."""

    before: Amounts = Amounts()
    after: Amounts = Amounts()

    @property
    def net(self) -> Amounts:
        """What it brings to the sum."""
        return Amounts(self.after.count - self.before.count, self.after.amount - self.before.amount)


@dataclass(frozen=True)
class Changes:
    """The deals of which something is left, and what each number counts, in the order in which they were handed in."""

    deals: dict[int, Change] = field(default_factory=dict)
    numbers: list[Amounts] = field(default_factory=list)


# Both at once, so that the rows are read once.
_SUMS = """
SELECT deal, place, count(*) FILTER (WHERE sign < 0), coalesce(sum(amount) FILTER (WHERE sign < 0), 0),
  count(*) FILTER (WHERE sign > 0), coalesce(sum(amount) FILTER (WHERE sign > 0), 0)
FROM ({rows}) AS rows (place, sign, deal, amount)
GROUP BY GROUPING SETS ((deal), (place))
HAVING GROUPING(deal) = 1 OR sum(sign) <> 0 OR sum(sign * amount) <> 0
"""


def changes(parts: Sequence[tuple[int, Asked]], otherwise: Sequence[Otherwise] = ()) -> Changes:
    """What is left of each deal where these numbers are added, or taken away where the sign is below zero; one query."""
    found = Changes({}, [Amounts() for _part in parts])
    for deal, place, *sums in _read(parts, otherwise):
        before, after = Amounts(sums[0], sums[1]), Amounts(sums[2], sums[3])
        if deal is None:
            found.numbers[place] = before + after
        else:
            found.deals[deal] = Change(before, after)
    _late(found, parts, otherwise)
    return found


def _read(parts: Sequence[tuple[int, Asked]], otherwise: Sequence[Otherwise]) -> list[tuple[Any, ...]]:
    rows, values = [], []
    for place, (sign, asked) in enumerate(parts):
        try:
            sql, params = lines(asked, otherwise).query.sql_with_params()
        except EmptyResultSet:  # a start before all time
            continue
        rows.append(f"SELECT %s::int, %s::int, one.* FROM ({sql}) AS one")  # noqa: S608 - of the query builder
        values += [place, sign, *params]
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(rows=" UNION ALL ".join(rows)), values)
        told: list[tuple[Any, ...]] = cursor.fetchall()
    return told


def _late(found: Changes, parts: Sequence[tuple[int, Asked]], otherwise: Sequence[Otherwise]) -> None:
    """Add the deals whose past was known otherwise."""
    late = [other.deal.pk for other in otherwise]
    sides: dict[int, list[Amounts]] = {key: [Amounts(), Amounts()] for key in late}
    for place, (sign, asked) in enumerate(parts):
        for key, brings in of_each(late, asked, otherwise).items():
            sides[key][sign > 0] += brings
            found.numbers[place] += brings
    for key, (before, after) in sides.items():
        change = Change(before, after)
        if change.net != Amounts(0, Decimal(0)):
            found.deals[key] = change
