"""Reading in which parts deals are delivered."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from loudou.pipeline.models import Deal, DeliveryPart
from loudou.ui.prepared import ANY, Prepared


def planned_at(at: datetime | None, row: str = "") -> Q:
    """Parts as they were planned at an instant, now without one; `row` leads to them from elsewhere.

    In a filter of its own, for a deal may have been planned otherwise before.
    """
    if at is None:
        return Q(**{f"{row}until": None, f"{row}place__isnull": False})
    return Q(**{f"{row}since__lt": at}) & (Q(**{f"{row}until": None}) | Q(**{f"{row}until__gte": at}))


def _planned(key: int) -> QuerySet[DeliveryPart]:
    return DeliveryPart.objects.filter(deal=key, until=None).order_by("place")


_PLANNED = Prepared(_planned, ANY)


def planned(deal: Deal) -> list[DeliveryPart]:
    """The parts a deal is planned to be delivered in, by date; no query for one that never had a plan."""
    return _PLANNED.rows(deal.pk) if deal.planned else []
