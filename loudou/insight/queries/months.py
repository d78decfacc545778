"""Cohorts by the month in which deals reached each stage (M02); one query, whatever the months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, tzinfo

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from loudou.insight.figures.conversion import Conversion, conversion_of
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.courses import cohort, known_courses
from loudou.insight.queries.known import Otherwise
from loudou.kernel.numbers import ZERO

Months = dict[date, dict[int, Conversion]]


def by_month(
    stages: Collection[int], scope: Scope, span: Span, zone: tzinfo, otherwise: Sequence[Otherwise] = ()
) -> Months:
    """The cohorts of these stages by the first day of the month they were reached in."""
    found: Months = defaultdict(lambda: defaultdict(Conversion))
    rows = cohort(stages, scope, span).exclude(deal__in=[other.deal.pk for other in otherwise]).order_by()
    told = rows.values("stage", "advanced", "exited", month=TruncMonth("reached_at", tzinfo=zone))
    for row in told.annotate(n=Count("*"), total=Sum("amount")):
        n, amount = row["n"], row["total"] or ZERO
        advanced, exited = int(row["advanced"]), int(row["exited"])
        found[row["month"].date()][row["stage"]] += Conversion(
            cohort=n,
            advanced=n * advanced,
            exited=n * exited,
            advanced_amount=amount * advanced,
            exited_amount=amount * exited,
        )
    for other in otherwise:
        for way in known_courses(other):
            one = conversion_of(way, span, scope)
            if one.cohort and way.stage in stages and way.reached_at is not None:
                found[way.reached_at.astimezone(zone).date().replace(day=1)][way.stage] += one
    return found
