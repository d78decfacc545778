"""What was won of each product family, by person, unit and stretch of time (`domain.md` R018)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum, Value

from loudou.insight.figures.flow import Span
from loudou.insight.queries.achieved import Achieved, placed
from loudou.insight.queries.achieved._late import Late, Ordered
from loudou.insight.queries.achieved._places import FIRST, Sums, last_instant, place_of
from loudou.insight.queries.closes import not_after
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Visit
from loudou.pipeline.queries.shares import by_family

_LINE = "deal__lines__"
MEASURES: dict[str, Any] = {
    "bookings": Sum("share"),
    "deals": Count("pk", distinct=True),
    "quantity": Sum(f"{_LINE}quantity"),
}
BY_FAMILY = tuple(MEASURES)
FamiliesAt = Callable[[datetime], Mapping[str, str]]


def achieved_by_family(
    metrics: Iterable[str],
    edges: Sequence[datetime],
    span: Span,
    late: Late | None = None,
    families_at: FamiliesAt = lambda _at: {},
) -> dict[tuple[str, str], list[Achieved]]:
    """What was won by metric and product family, cut at these edges: a query for each metric that lines tell of.

    A win's amount is shared by its families in the proportion of its lines; a deal counts in each of its families. What
    came `late` for closed books counts at the first edge (C20), and so does what a frozen win is another by, in the
    families its products stood in when those books were closed (`families_at`).
    """
    sums: dict[tuple[str, str], Sums] = defaultdict(lambda: defaultdict(lambda: ZERO))
    wanted = sorted(metrics)
    standing = Q(left_by="won") & not_after(span, "void_at") & not_after(span, "reopened_at")
    wins = Visit.objects.filter(standing, left_at__gte=edges[0], left_at__lt=last_instant(edges, span))
    _add(sums, wanted, by_family(wins).annotate(place=place_of("left_at", edges)))
    if late is not None:
        if late.of_deals:
            _add(sums, wanted, by_family(late.closes(("won",))).annotate(place=Value(FIRST)))
        _add_amended(sums, wanted, late, families_at)
    return {key: placed(some, edges) for key, some in sums.items()}


def _add(sums: dict[tuple[str, str], Sums], metrics: Iterable[str], lines: Any) -> None:
    for metric in metrics:
        grouped = lines.order_by().values("left_owner", "left_unit", "place", "family")
        for row in grouped.annotate(n=MEASURES[metric]):
            place = row["left_owner"], row["left_unit"], row["place"]
            sums[metric, row["family"]][place] += Decimal(row["n"] or 0)


def _add_amended(
    sums: dict[tuple[str, str], Sums], metrics: Iterable[str], late: Late, families_at: FamiliesAt
) -> None:
    for one in late.amended:
        for sign, end in one.ends:
            if end.by != "won":
                continue
            parts = _parts(end.amount, late.lines.get(one.deal, ()), families_at(end.at))
            for family, part in parts.items():
                for metric in metrics:
                    sums[metric, family][end.owner, end.unit, FIRST] += sign * part[metric]


def _parts(
    amount: Decimal, lines: Sequence[Ordered], families: Mapping[str, str]
) -> dict[str, dict[str, Decimal]]:
    """What of a win falls on each family, by metric: as `by_family` shares it, for products as they were sorted then."""
    whole = sum((line.quantity * line.price for line in lines), ZERO)
    pieces = sum((line.quantity for line in lines), ZERO)
    parts: dict[str, dict[str, Decimal]] = {}
    for line in lines:
        family = families.get(str(line.product), line.family)
        share = line.quantity * line.price / whole if whole else line.quantity / pieces
        if family:
            part = parts.setdefault(family, {"bookings": ZERO, "deals": Decimal(1), "quantity": ZERO})
            part["bookings"] += amount * share
            part["quantity"] += line.quantity
    return parts
