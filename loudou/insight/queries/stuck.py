"""The deals that had been where they stood at a past instant for longer than their stage allows (M12).

They are told from courses that lasted so long, a few short stretches of one index. What stood is not looked through: of
a large company that is twenty times as many.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.db.models.expressions import RawSQL

from loudou.insight.figures.flow import LIVE
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.conditions import STEPS_TABLE, not_void, step_by_step
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.times import ended_then, length_until
from loudou.pipeline.figures.courses import MICROSECOND
from loudou.pipeline.models import Course, State
from loudou.pipeline.models.lasting import Stayed

# Each such course by itself asks the states of its deal how long it had been there by then, and at which amount it stood.
_STUCK = """
SELECT stood.stage, true, false, count(*), sum(stood.amount)
FROM {steps}, LATERAL ({courses}) AS course (deal, stage), LATERAL ({stood}) AS stood (stage, took, amount)
GROUP BY stood.stage
"""


def stuck_then(
    limits: Mapping[int, int], scope: Scope, known: datetime, without: Collection[int]
) -> tuple[str, list[Any]]:
    """Those that stood open and were stuck at an instant, but for some deals, as `leaks` tells them: by stage, how many and
    how much; a statement with its values.

    `limits` are the microseconds that stages allow, `scope` says who had the deals.
    """
    courses, courses_with = _courses(limits, known, without).query.sql_with_params()
    stood, stood_with = _stood(limits, scope, known).query.sql_with_params()
    return _STUCK.format(steps=STEPS_TABLE, courses=courses, stood=stood), [*courses_with, *stood_with]


def _courses(limits: Mapping[int, int], known: datetime, without: Collection[int]) -> QuerySet[Any, Any]:
    """Deal and stage of courses that began long enough before and were not over."""
    long_ago = Q(stage__in=[])
    for stage, limit in limits.items():
        long_ago |= Q(stage=stage, entered_at__lt=known - limit * MICROSECOND)
    plain, odd = (
        Q(is_odd=False, ended__gte=known),
        Q(is_odd=True) & (Q(ended_at=None) | Q(ended_at__gte=known)),
    )
    rows = Course.objects.annotate(ended=ended_then()).filter(long_ago, Q(is_here=True) | plain | odd)
    rows = step_by_step(rows.filter(entered_at__isnull=False), Stayed(), "entered_at", known)
    return rows.exclude(deal__in=without).order_by().values_list("deal", "stage")


def _stood(limits: Mapping[int, int], scope: Scope, known: datetime) -> QuerySet[Any, Any]:
    """Stage, time in it and amount of a course's deal, if it stood there open for longer than that: at most one row."""
    states = State.objects.filter(
        which(scope), deal=RawSQL("course.deal", []), stage=RawSQL("course.stage", []), since__lt=known
    )
    stands = Q(outcome="open") & (Q(until=None) | Q(until__gte=known)) & not_void(known)
    told = states.filter(outcome__in=LIVE).order_by().values("stage")
    told = told.annotate(
        took=length_until(known, Q(outcome="open")),
        amount=Max("base_amount", filter=stands & whose(scope, at=known)),
    )
    too_long = Q(stage__in=[])
    for stage, limit in limits.items():
        too_long |= Q(stage=stage, took__gt=limit)
    return told.filter(too_long, amount__isnull=False).values_list("stage", "took", "amount")
