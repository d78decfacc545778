"""The records behind what was achieved: wins and closes, ways to a stage, visits, what other systems told.

Each counts as `achieved` counts it, as of now or as known. What books were closed with otherwise (C20), and what was
known otherwise at an earlier instant, is no record here: whoever shows these beside the number tells the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from loudou.fieldwork.queries.activities import counted_visits
from loudou.insight.figures.flow import Span
from loudou.insight.figures.winrate import LOST
from loudou.insight.queries.achieved import CLOSES, Stay, first_wins, standing
from loudou.insight.queries.achieved._places import last_instant
from loudou.insight.queries.achieved.families import MEASURES
from loudou.insight.queries.achieved.reached import AMOUNT, PROSPECTS, first_of_customer
from loudou.insight.queries.courses import sound
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Course, Visit
from loudou.pipeline.queries.shares import by_family
from loudou.targets.figures.goals import apart
from loudou.targets.models import TOLD, Actual

_FUNNEL = Q(deal__lines__system_of_record="funnel")


@dataclass(frozen=True)
class Behind:
    """Records of one kind: `brings` is what those of a group count with together; `at` is when each counts."""

    rows: Any
    at: str
    owner: str
    unit: str
    brings: Any

    def of_person(self, owner: int) -> Any:
        """Those that count for somebody."""
        return self.rows.filter(**{self.owner: owner})

    def of_units(self, stays: Sequence[Stay]) -> Any:
        """Those that count for units while they stood below one."""
        always = [stay.unit for stay in stays if stay.since is None and stay.until is None]
        wanted = Q(**{f"{self.unit}__in": always})
        for stay in stays:
            edges = {f"{self.at}__gte": stay.since, f"{self.at}__lt": stay.until}
            known = {name: at for name, at in edges.items() if at is not None}
            wanted |= Q(**{self.unit: stay.unit}, **known) if known else Q()
        return self.rows.filter(wanted)

    def total(self, rows: Any) -> tuple[int, Decimal]:
        """How many records these are, and what they count with together; one query."""
        told = rows.order_by().aggregate(count=Count("pk", distinct=True), n=self.brings)
        return told["count"], Decimal(told["n"] or ZERO)

    def with_each(self, rows: Any, keys: Collection[int]) -> Any:
        """These of the records, each with what it counts with as `brings`, or nothing."""
        own = rows.filter(pk=OuterRef("pk")).order_by().values("pk").annotate(n=self.brings).values("n")
        return rows.model.objects.filter(pk__in=keys).annotate(brings=Subquery(own))


def behind(counted: str, since: datetime, until: datetime, span: Span, family: str = "") -> Behind:
    """What counts of a metric (`figures.goals.counted_as`, or `CLOSES`) or of its product family, in `[since, until)`."""
    metric, stage = apart(counted)
    until = last_instant([since, until], span)
    if stage is not None:
        ways: Any = Course.objects.filter(sound(span.known), stage=stage)
        ways = ways.filter(reached_at__gte=since, reached_at__lt=until)
        ways = first_of_customer(ways, span) if metric == PROSPECTS else ways
        brings = Sum("amount") if metric == AMOUNT else Count("pk")
        return Behind(ways, "reached_at", "owner", "unit", brings)
    if metric == "visits":
        return Behind(counted_visits(since, until, span.known), "at", "owner", "unit", Count("pk"))
    if metric in TOLD:
        told = Actual.objects.filter(metric=metric, at__gte=since, at__lt=until)
        return Behind(told, "at", "person", "unit", Sum("base_amount"))
    ways_out = ("won", *LOST) if metric == CLOSES else ("won",)
    closes: Any = Visit.objects.filter(standing(span, ways_out), left_at__gte=since, left_at__lt=until)
    if family:
        closes = by_family(closes).filter(family=family)
    elif metric == "new_customers":
        closes = first_wins(closes, span)
    return Behind(closes, "left_at", "left_owner", "left_unit", _of_closes(metric, family))


def _of_closes(metric: str, family: str) -> Any:
    if family:
        return MEASURES[metric]
    if metric == "bookings":
        return Sum("left_amount")
    return Sum("deal__lines__quantity", filter=_FUNNEL) if metric == "quantity" else Count("pk")
