"""Reading the chances that were told of open deals, which forecasts count with where that was chosen (M04, M20)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery

from loudou.insight.models import Foretold


def told_at(at: datetime | None, row: str = "") -> Q:
    """What was told of a deal at an instant, now without one; `row` leads to it from elsewhere.

    In a filter of its own, for several may have been told of one deal.
    """
    asked = Q(**{f"{row}until": None, f"{row}chance__isnull": False})
    if at is None:
        return asked
    return Q(**{f"{row}since__lt": at}) & (asked | Q(**{f"{row}until__gte": at}))


def chances(deals: Collection[int], learned: Collection[int], at: datetime | None) -> dict[int, Decimal]:
    """The chance that was told of each of these deals, if it is of a funnel that counts with it; one query."""
    if not deals or not learned:
        return {}
    rows = Foretold.objects.filter(told_at(at), deal__in=deals, deal__funnel__in=learned)
    return dict(rows.values_list("deal", "chance"))


def chance_now() -> Subquery:
    """The chance told of a deal now, as a column of its row."""
    return Subquery(Foretold.objects.filter(told_at(None), deal=OuterRef("pk")).values("chance")[:1])
