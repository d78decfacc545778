"""What was won of each product family, by person, unit and stretch of time (`domain.md` R018)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from loudou.insight.figures.flow import Span
from loudou.insight.queries.achieved import Achieved, placed
from loudou.insight.queries.closes import not_after
from loudou.insight.queries.places import Sums, last_instant, place_of
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Visit
from loudou.pipeline.queries.shares import by_family

_LINE = "deal__lines__"
_MEASURES: dict[str, Any] = {
    "bookings": Sum("share"),
    "deals": Count("pk", distinct=True),
    "quantity": Sum(f"{_LINE}quantity"),
}
BY_FAMILY = tuple(_MEASURES)


def achieved_by_family(
    metrics: Iterable[str], edges: Sequence[datetime], span: Span
) -> dict[tuple[str, str], list[Achieved]]:
    """What was won by metric and product family, cut at these edges: a query for each metric that lines tell of.

    A win's amount is shared by its families in the proportion of its lines; a deal counts in each of its families.
    """
    sums: dict[tuple[str, str], Sums] = defaultdict(lambda: defaultdict(lambda: ZERO))
    standing = Q(left_by="won") & not_after(span, "void_at") & not_after(span, "reopened_at")
    wins = Visit.objects.filter(standing, left_at__gte=edges[0], left_at__lt=last_instant(edges, span))
    lines = by_family(wins).annotate(place=place_of("left_at", edges))
    for metric in sorted(set(metrics) & set(BY_FAMILY)):
        grouped = lines.order_by().values("left_owner", "left_unit", "place", "family")
        for row in grouped.annotate(n=_MEASURES[metric]):
            place = row["left_owner"], row["left_unit"], row["place"]
            sums[metric, row["family"]][place] += Decimal(row["n"] or 0)
    return {key: placed(some, edges) for key, some in sums.items()}
