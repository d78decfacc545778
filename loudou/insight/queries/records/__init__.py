"""The deals behind a number: every figure of the room, asked for its records.

What is shown of them adds up to the number: `counted` reads the same rows as `records`, and `of_each` tells what
every one of them contributes. A deal that went up twice counts twice, with its amount each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from loudou.insight.figures.flow import Amounts
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.records._asked import (
    BEYOND,
    CLOSES,
    COHORTS,
    COUNT,
    GONE,
    LEAK,
    LEAKS,
    TAUGHT,
    WHATS,
    Asked,
)
from loudou.insight.queries.records._known import known_of, total
from loudou.insight.queries.records._rows import rows_of_number
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Deal

__all__ = [
    "BEYOND",
    "CLOSES",
    "COHORTS",
    "COUNT",
    "GONE",
    "LEAK",
    "LEAKS",
    "TAUGHT",
    "WHATS",
    "Asked",
    "counted",
    "lines",
    "of_each",
    "records",
]


def records(asked: Asked, otherwise: Sequence[Otherwise] = ()) -> QuerySet[Deal]:
    """The deals a number counts, whoever may see them."""
    found = rows_of_number(asked)
    wanted = Q(pk__in=found.rows.values(found.deal)) if found.deal != "pk" else None
    if not otherwise:
        return found.rows if wanted is None else Deal.objects.filter(wanted)
    right = [other.deal.pk for other in otherwise if known_of(other, asked).count]
    told = [other.deal.pk for other in otherwise]
    return Deal.objects.filter((wanted or Q(pk__in=found.rows)) & ~Q(pk__in=told) | Q(pk__in=right))


def counted(asked: Asked, otherwise: Sequence[Otherwise] = ()) -> Amounts:
    """How often and with what amount a number counts its deals: the number itself; one query."""
    found = rows_of_number(asked)
    rows = found.rows.exclude(**{f"{found.deal}__in": [other.deal.pk for other in otherwise]})
    sums = rows.order_by().aggregate(n=Count("*"), total=Sum(found.amount))
    return total(
        [Amounts(sums["n"], sums["total"] or ZERO), *(known_of(other, asked) for other in otherwise)]
    )


def lines(asked: Asked, otherwise: Sequence[Otherwise] = ()) -> QuerySet[Any, Any]:
    """What a number counts, a row of deal and amount each; without deals whose past was known otherwise."""
    found = rows_of_number(asked)
    rows = found.rows.exclude(**{f"{found.deal}__in": [other.deal.pk for other in otherwise]})
    return rows.order_by().values_list(found.deal, found.amount)


def of_each(
    keys: Collection[int], asked: Asked, otherwise: Sequence[Otherwise] = ()
) -> Mapping[int, Amounts]:
    """What the number counts of each of these deals; one query."""
    found = rows_of_number(asked)
    each: dict[int, Amounts] = defaultdict(Amounts)
    told = {other.deal.pk for other in otherwise}
    rows = found.rows.filter(**{f"{found.deal}__in": [key for key in keys if key not in told]})
    sums = rows.order_by().values_list(found.deal).annotate(n=Count("*"), total=Sum(found.amount))
    for key, count, amount in sums:
        each[key] = Amounts(count, amount)
    for other in otherwise:
        if other.deal.pk in keys:
            each[other.deal.pk] = known_of(other, asked)
    return each
