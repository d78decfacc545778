"""Reading the discipline of visits (M41, C3): what was planned, made, recorded, by whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

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
    end, now = span.until or span.now, span.known or span.now
    found = _made(scope, span)
    plans = VisitPlan.objects.known(span.known)
    _add(found, plans.filter(whose(scope, at="starts_at"), **_within("starts_at", span, end)), _of_plans(now))
    valid = counted_visits(span.since, end, span.known).filter(whose(scope, at="at"))
    _add(found, valid.exclude(channel=_BROUGHT, plan=None), _of_valid())
    return _summed(found)


def made(scope: Scope, span: Span) -> Mapping[int, Discipline]:
    """Of the same only what was made, and how it was recorded: two queries."""
    return _summed(_made(scope, span))


def people(keys: Mapping[int, Any]) -> list[User]:
    """Whose visits these are, by name."""
    return list(User.objects.filter(pk__in=list(keys)).select_related("unit").order_by("name_key", "pk"))


def _made(scope: Scope, span: Span) -> dict[int, dict[str, int]]:
    end, now = span.until or span.now, span.known or span.now
    found: dict[int, dict[str, int]] = defaultdict(dict)
    begun = VisitPlan.objects.known(span.known).filter(whose(scope, at="executed_at"), received_at__lte=now)
    _add(found, begun.filter(**_within("executed_at", span, end)), _of_made(now))
    bare = Activity.objects.known(span.known).filter(kind="visit", plan=None).exclude(channel=_BROUGHT)
    bare = bare.filter(whose(scope, at="at"), **_within("at", span, end))
    _add(found, bare, {"unplanned": Count("pk")})
    return found


def _summed(found: Mapping[int, dict[str, int]]) -> Mapping[int, Discipline]:
    return {
        owner: Discipline(**{**counts, "made": counts.get("made", 0) + counts.get("unplanned", 0)})
        for owner, counts in found.items()
    }


def _of_plans(now: datetime) -> dict[str, Count]:
    """Signed and due, without what the customer called off; of them what was made."""
    off = Q(by_customer=True, ended_at__lt=now)
    due = Q(emergency=False, approved_at__lt=now) & ~off
    return {"due": Count("pk", filter=due), "kept": Count("pk", filter=due & Q(executed_at__lt=now))}


def _of_made(now: datetime) -> dict[str, Count]:
    written = Q(recorded_at__lt=now)
    unwritten = Q(recorded_at=None) | Q(recorded_at__gte=now)
    on_time = Q(recorded_at__lte=F("executed_at") + RECORD_DUE)
    locked = Q(executed_at__lt=now - RECORD_LOCKED)
    return {
        "made": Count("pk"),
        "signed_first": Count("pk", filter=Q(emergency=False)),
        "emergencies": Count("pk", filter=Q(emergency=True)),
        "on_time": Count("pk", filter=written & on_time),
        "late": Count("pk", filter=written & ~on_time),
        "locked": Count("pk", filter=unwritten & locked),
        "owed": Count("pk", filter=unwritten & ~locked),
    }


def _of_valid() -> dict[str, Count]:
    unplanned = Q(plan=None) | Q(plan__emergency=True)
    return {"valid": Count("pk"), "valid_unplanned": Count("pk", filter=unplanned)}


def _add(found: dict[int, dict[str, int]], rows: Any, counts: dict[str, Count]) -> None:
    for row in rows.order_by().values("owner").annotate(**counts):
        found[row.pop("owner")] |= row


def _within(column: str, span: Span, end: datetime) -> dict[str, datetime]:
    since = {f"{column}__gte": span.since} if span.since is not None else {}
    return {**since, f"{column}__lt": end}
