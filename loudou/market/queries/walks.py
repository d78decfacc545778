"""Reading walks: pages of them, and how many days and customers they were."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, tzinfo

from django.db.models import Count, Q

from loudou.insight.figures.scope import Scope
from loudou.insight.queries.scope import whose
from loudou.kernel.periods import Period
from loudou.market.models import Stop, Walk


def rows(keys: Sequence[int]) -> list[Walk]:
    """The walks of one page of a list."""
    found = Walk.objects.filter(pk__in=keys).select_related("owner", "unit", "beside")
    return list(found.prefetch_related("stops"))


def walked(
    people: Collection[int], period: Period, scope: Scope, zone: tzinfo, known: datetime | None
) -> dict[int, tuple[int, int]]:
    """By person the field days of a period that count in a scope's units, and the customers met; one query.

    Only a walk to a customer counts; with `known` as it was on record then.
    """
    stops = Stop.objects.filter(
        whose(scope, owner="walk__owner", unit="walk__unit", at="walk__day", zone=zone),
        walk__owner__in=people,
        walk__day__gte=period.start,
        walk__day__lt=period.end,
    ).exclude(customer_name="")
    if known is None:
        stops = stops.filter(walk__annulled_at=None)
    else:
        stood = Q(walk__annulled_at=None) | Q(walk__annulled_at__gte=known)
        stops = stops.filter(stood, walk__recorded_at__lt=known)
    counts = stops.order_by().values_list("walk__owner")
    return {
        owner: (days, customers)
        for owner, days, customers in counts.annotate(
            days=Count("walk__day", distinct=True), customers=Count("pk")
        )
    }
