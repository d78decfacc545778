"""Counting problems by their cause over a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from loudou.problems.models import Cause, Problem, Rule


@dataclass(frozen=True)
class Counted:
    """The problems of a period: all, how many are closed, of which kind, out of warnings, under a rule."""

    registered: int
    closed: int
    exceptions: int
    routine: int
    from_warnings: int
    under_rule: int


def counted(rows: Any) -> Counted:
    """Their numbers; one query."""
    found = rows.order_by().aggregate(
        registered=Count("pk"),
        closed=Count("pk", filter=Q(state=Problem.State.CLOSED)),
        exceptions=Count("pk", filter=Q(kind=Problem.Kind.EXCEPTION)),
        routine=Count("pk", filter=Q(kind=Problem.Kind.ROUTINE)),
        from_warnings=Count("pk", filter=~Q(warning=None)),
        under_rule=Count("pk", filter=~Q(rule=None)),
    )
    return Counted(**found)


def by_cause(rows: Any) -> list[tuple[Cause, int]]:
    """How often each cause came in these problems, the most frequent first; two queries."""
    counts = dict(rows.order_by().values_list("cause").annotate(n=Count("pk")))
    causes = Cause.objects.filter(pk__in=counts)
    return sorted(((cause, counts[cause.pk]) for cause in causes), key=lambda one: (-one[1], one[0].name))


def rules_of(causes: list[Cause], day: date) -> dict[int, Rule]:
    """By cause the rule that is in force on a day and the first day any edition of it was; two queries."""
    found = {
        rule.cause_id: rule
        for rule in Rule.objects.current().filter(cause__in=causes).select_related("owner")
    }
    first = Rule.objects.filter(code__in=[rule.code for rule in found.values()], edition=1)
    began = dict(first.values_list("cause_id", "effective_on"))
    for key, rule in found.items():
        rule.effective_on = began.get(key, rule.effective_on)
    return {key: rule for key, rule in found.items() if rule.effective_on <= day}
