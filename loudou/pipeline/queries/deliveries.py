"""Reading in which parts deals are delivered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, F, Func, Min, OuterRef, Q, QuerySet, Subquery, Sum, When

from loudou.pipeline.models import Deal, DeliveryPart
from loudou.ui.prepared import ANY, Prepared

_ANY_PLAN = Prepared(lambda: DeliveryPart.objects.values_list("pk")[:1])

Dated = Callable[[str], Q]  # what the date in a column must be


def between(first: date, end: date) -> Dated:
    """Days in `[first, end)`."""
    return lambda column: Q(**{f"{column}__gte": first, f"{column}__lt": end})


def any_planned() -> bool:
    """Whether any deal was ever planned to be delivered in parts: where none was, nobody need ask which."""
    return bool(_ANY_PLAN.tuples())


def planned_at(at: datetime | None, row: str = "") -> Q:
    """Parts as they were planned at an instant, now without one; `row` leads to them from elsewhere.

    In a filter of its own, for a deal may have been planned otherwise before.
    """
    if at is None:
        return Q(**{f"{row}until": None, f"{row}place__isnull": False})
    return Q(**{f"{row}since__lt": at}) & (Q(**{f"{row}until": None}) | Q(**{f"{row}until__gte": at}))


def planned_in_parts(at: datetime | None, row: str = "pk") -> Q:
    """Rows of deals that were planned to be delivered in parts; `row` is where a row keeps its deal."""
    return Q(**{f"{row}__in": DeliveryPart.objects.filter(planned_at(at)).values("deal")})


def expected(rows: Any, dated: Dated, *, at: datetime | None = None, row: str = "pk") -> Any:
    """Those rows of deals (or of states, whose deal is `deal`) of which something is expected on such dates (M20).

    `falls` is how much of them, `falls_on` when first: deliveries planned at the instant each by their own date, other
    deals whole by theirs.
    """
    in_parts = planned_in_parts(at, row)
    there = DeliveryPart.objects.filter(planned_at(at), dated("due_on"))
    of_row = there.filter(deal=OuterRef(row)).order_by().values("deal")
    sums = Subquery(of_row.annotate(sum=Sum("base_amount")).values("sum"))
    firsts = Subquery(of_row.annotate(first=Min("due_on")).values("first"))
    # As an array their deals are found by an index, beside the dates of the others.
    in_array = Func(
        F(row),
        ArraySubquery(there.values("deal")),
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
    here = Q(in_array) | Q(dated("expected_on"), ~in_parts)
    return rows.filter(here).annotate(
        falls=Case(When(in_parts, then=sums), default=F("base_amount")),
        falls_on=Case(When(in_parts, then=firsts), default=F("expected_on")),
    )


def _planned(key: int) -> QuerySet[DeliveryPart]:
    return DeliveryPart.objects.filter(deal=key, until=None).order_by("place")


_PLANNED = Prepared(_planned, ANY)


def planned(deal: Deal) -> list[DeliveryPart]:
    """The parts a deal is planned to be delivered in, by date; no query for one that never had a plan."""
    return _PLANNED.rows(deal.pk) if deal.planned else []
