"""What was promised: tasks out of meetings, what is past its day, warnings that stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Sum

from loudou.daylog.models import Support
from loudou.insight.lens import InsightLens
from loudou.insight.queries.scope import whose
from loudou.kernel import clock
from loudou.kernel.numbers import MILLIONTH, Ratio, rounded
from loudou.kernel.periods import Period, midnight
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.reviews.models import Action
from loudou.targets.models import Actual
from loudou.tasks.models import Task
from loudou.warnings.models import EarlyWarning


def commitments(owner: User, period: Period) -> dict[str, Any]:
    """How many actions of meetings were due of somebody in a period, and how many were done by their day."""
    due = Action.objects.filter(
        task__owner=owner, task__due_on__gte=period.start, task__due_on__lt=period.end
    ).exclude(task__state=Task.State.DROPPED)
    zone = organisation().zone
    told = list(due.values_list("task__due_on", "task__state", "task__ended_at"))
    done = [
        (day, at)
        for day, state, at in told
        if state == Task.State.DONE and at is not None and day is not None
    ]
    given, kept = len(told), sum(at.astimezone(zone).date() <= day for day, at in done)
    share = Ratio.of(kept, given).value
    return (
        {"given": given, "kept": kept, "share": str(rounded(share, MILLIONTH))} if share is not None else {}
    )


def told_results(owner: User, asked: Mapping[str, str], metrics: Iterable[str]) -> dict[str, str]:
    """What other systems told of a period that the owner may see, by metric: invoices, receipts; one query."""
    lens = InsightLens.read(asked, owner)
    period, zone = lens.or_this_quarter(), lens.company.zone
    told = Actual.objects.filter(
        whose(lens.seen_by("targets.see"), owner="person", at="at"),
        metric__in=list(metrics),
        at__gte=midnight(period.start, zone),
        at__lt=min(midnight(period.end, zone), lens.instant),
    )
    return {
        row["metric"]: str(row["n"])
        for row in told.order_by().values("metric").annotate(n=Sum("base_amount"))
    }


def overdue_tasks(unit: Unit, reader: User, most: int) -> list[Task]:
    """Open tasks of a unit's people that are past their day, the oldest first."""
    rows = Task.objects.visible_to(reader).filter(state=Task.State.OPEN, due_on__lt=organisation().today)
    mine = rows.filter(owner__unit__path__startswith=unit.path)
    return list(mine.select_related("owner").order_by("due_on", "pk")[:most])


def unanswered_help(unit: Unit, reader: User, most: int) -> list[Support]:
    """Calls for help that wait longer than they may."""
    rows = Support.objects.visible_to(reader).filter(answered_at=None, due_at__lt=clock.now())
    mine = rows.filter(unit__path__startswith=unit.path)
    return list(mine.select_related("asker").order_by("due_at", "pk")[:most])


def standing_warnings(unit: Unit, reader: User, most: int) -> list[EarlyWarning]:
    """Warnings of a unit's deals that nobody answered, the most urgent first."""
    rows = EarlyWarning.objects.visible_to(reader).waiting().filter(deal__unit__path__startswith=unit.path)
    return list(rows.select_related("deal__owner").order_by("-level", "-amount", "-pk")[:most])


_LINKED: Mapping[str, type[EarlyWarning | Task | Support]] = {
    "warnings:warning": EarlyWarning,
    "tasks:task": Task,
    "daylog:support_request": Support,
}  # pages that an agenda leads to


def opens(agenda: Iterable[Mapping[str, Any]], reader: User) -> set[tuple[str, int]]:
    """Where an agenda leads that the reader may go: it was put together for the chair, who may see more (a query a kind)."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for part in agenda:
        for row in part["rows"]:
            if part["columns"][-1] == ["link", "link"] and row[-1]:
                page, key = row[-1]
                wanted[page].append(key)
    found = (
        (page, _LINKED[page].objects.visible_to(reader).filter(pk__in=keys).values_list("pk", flat=True))
        for page, keys in wanted.items()
    )
    return {(page, key) for page, keys in found for key in keys}
