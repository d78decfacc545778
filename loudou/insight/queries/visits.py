"""Reading the discipline of visits (M41, C3): what was planned, made, recorded, by whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from loudou.fieldwork.figures.discipline import RECORD_DUE, RECORD_LOCKED, Discipline
from loudou.fieldwork.models import Activity, VisitPlan
from loudou.fieldwork.queries.activities import counted_visits
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.scope import whose
from loudou.people.models import User

_BROUGHT = "import"  # whether another system's visits were signed there is not known


def discipline(scope: Scope, span: Span) -> Mapping[int, Discipline]:
    """Everybody's visits of a span, by who made them: four queries, however many there are."""
    found = _made(scope, span)
    _add(found, _planned(scope, span), _of_plans(_known(span)))
    _add(found, _valid(scope, span), _of_valid())
    return _summed(found)


def made(scope: Scope, span: Span) -> Mapping[int, Discipline]:
    """Of the same only what was made, and how it was recorded: two queries."""
    return _summed(_made(scope, span))


# What is counted: plans by the day they are for, visits by their check-in, visits without a plan, visits that count.
PLANNED = ("due", "kept")
MADE = ("signed_first", "emergencies", "on_time", "late", "locked", "owed")
UNPLANNED = "unplanned"
VALID = ("valid", "valid_unplanned")
COUNTED = (*PLANNED, *MADE, UNPLANNED, *VALID)


def records(what: str, scope: Scope, span: Span) -> QuerySet[VisitPlan] | QuerySet[Activity]:
    """The visits behind a number of these (`COUNTED`), whoever may see them: plans, or records of work."""
    rows: QuerySet[VisitPlan] | QuerySet[Activity]
    if what in PLANNED:
        rows, conditions = _planned(scope, span), _of_plans(_known(span))
    elif what in MADE:
        rows, conditions = _begun(scope, span), _of_made(_known(span))
    elif what == UNPLANNED:
        return _bare(scope, span)
    else:
        rows, conditions = _valid(scope, span), _of_valid()
    return rows.filter(conditions[what])


def people(keys: Mapping[int, Any]) -> list[User]:
    """Whose visits these are, by name."""
    return list(User.objects.filter(pk__in=list(keys)).select_related("unit").order_by("name_key", "pk"))


def _made(scope: Scope, span: Span) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    _add(found, _begun(scope, span), _of_made(_known(span)))
    _add(found, _bare(scope, span), {UNPLANNED: Q()})
    return found


def _known(span: Span) -> datetime:
    return span.known or span.now


def _planned(scope: Scope, span: Span) -> QuerySet[VisitPlan]:
    """Plans by the instant they are for."""
    plans = VisitPlan.objects.known(span.known)
    return plans.filter(whose(scope, at="starts_at"), **_within("starts_at", span))


def _begun(scope: Scope, span: Span) -> QuerySet[VisitPlan]:
    """Planned visits and emergencies, by their check-in."""
    plans = VisitPlan.objects.known(span.known).filter(received_at__lte=_known(span))
    return plans.filter(whose(scope, at="executed_at"), **_within("executed_at", span))


def _bare(scope: Scope, span: Span) -> QuerySet[Activity]:
    """Visits that were recorded without any plan."""
    bare = Activity.objects.known(span.known).filter(kind="visit", plan=None).exclude(channel=_BROUGHT)
    return bare.filter(whose(scope, at="at"), **_within("at", span))


def _valid(scope: Scope, span: Span) -> QuerySet[Activity]:
    """Visits that count (M40)."""
    valid = counted_visits(span.since, span.until or span.now, span.known).filter(whose(scope, at="at"))
    return valid.exclude(channel=_BROUGHT, plan=None)


def _summed(found: Mapping[int, dict[str, int]]) -> Mapping[int, Discipline]:
    return {
        owner: Discipline(**{**counts, "made": counts.get("made", 0) + counts.get("unplanned", 0)})
        for owner, counts in found.items()
    }


def _of_plans(now: datetime) -> dict[str, Q]:
    """Signed and due, without what the customer called off; of them what was made."""
    off = Q(by_customer=True, ended_at__lt=now)
    due = Q(emergency=False, approved_at__lt=now) & ~off
    return {"due": due, "kept": due & Q(executed_at__lt=now)}


def _of_made(now: datetime) -> dict[str, Q]:
    written = Q(recorded_at__lt=now)
    unwritten = Q(recorded_at=None) | Q(recorded_at__gte=now)
    on_time = Q(recorded_at__lte=F("executed_at") + RECORD_DUE)
    locked = Q(executed_at__lt=now - RECORD_LOCKED)
    return {
        "made": Q(),
        "signed_first": Q(emergency=False),
        "emergencies": Q(emergency=True),
        "on_time": written & on_time,
        "late": written & ~on_time,
        "locked": unwritten & locked,
        "owed": unwritten & ~locked,
    }


def _of_valid() -> dict[str, Q]:
    return {"valid": Q(), "valid_unplanned": Q(plan=None) | Q(plan__emergency=True)}


def _add(found: dict[int, dict[str, int]], rows: Any, conditions: Mapping[str, Q]) -> None:
    counts = {name: Count("pk", filter=one or None) for name, one in conditions.items()}
    for row in rows.order_by().values("owner").annotate(**counts):
        found[row.pop("owner")] |= row


def _within(column: str, span: Span) -> dict[str, datetime]:
    end = span.until or span.now
    since = {f"{column}__gte": span.since} if span.since is not None else {}
    return {**since, f"{column}__lt": end}
