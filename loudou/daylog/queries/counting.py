"""Counting days for the boards, a person at a time: what was checked, reported, handed in, closed, found true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from loudou.daylog.models import Absence, DayLog, DeskLog, Item, SpotCheck, Support, hidden_from
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.scope import whose
from loudou.people.models import User

HOUR = Decimal(3600)
Numbers = dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """What is counted: these working days, of a scope's units and person, as known before an instant."""

    days: Sequence[date]
    since: datetime
    until: datetime
    instant: datetime
    scope: Scope
    zone: tzinfo
    reader: User | None = None  # who is not told yet how their own open logs compare (R115)

    def of(self, rows: Any, owner: str = "user", unit: str = "unit", day: str = "day") -> Any:
        """Rows of this person, and of these units on the days they counted."""
        return rows.filter(whose(self.scope, owner=owner, unit=unit, at=day, zone=self.zone))

    def on_duty(self, rows: Any) -> Any:
        """Rows of days on which their person was on duty."""
        away = Absence.objects.filter(
            user=OuterRef("user"), first__lte=OuterRef("day"), last__gte=OuterRef("day")
        )
        return self.of(rows).filter(Q(day__in=self.days), ~Exists(away))


def counts(asked: Asked) -> Numbers:
    """Every number of the 3E board by person; six queries, whatever the number of people."""
    found: Numbers = defaultdict(dict)
    for rows in (_desk(asked), _logs(asked), _items(asked), _checks(asked)):
        for row in rows:
            found[row.pop("person")] |= {name: value or 0 for name, value in row.items()}
    for person, answers in _answers(asked).items():
        found[person] |= {
            "help_asked": len(answers),
            "answers": tuple(one for one in answers if one is not None),
        }
    return found


def standings(asked: Asked) -> Numbers:
    """By person how many logs came on time and late, and how many of them on days that are locked by now."""
    rows = asked.on_duty(_standing(asked)).order_by().values(person=F("user"))
    told = rows.annotate(
        on_time=Count("pk", filter=Q(submitted_at__lte=F("due_at"))),
        late=Count("pk", filter=Q(submitted_at__gt=F("due_at"))),
        locked=Count("pk", filter=Q(locks_at__lt=asked.instant)),
    )
    return {row.pop("person"): row for row in told}


def _standing(asked: Asked) -> Any:
    """Logs that came before their lock, and before the instant, and were not annulled by then."""
    valid = Q(annulled_at=None) | Q(annulled_at__gte=asked.instant)
    return _handed_in(asked).filter(valid)


def _handed_in(asked: Asked) -> Any:
    return DayLog.objects.current().filter(submitted_at__lte=F("locks_at"), submitted_at__lt=asked.instant)


def _desk(asked: Asked) -> Any:
    rows = asked.on_duty(DeskLog.objects.all()).order_by().values(person=F("user"))
    excused = Q(arrival=DeskLog.Arrival.EXCUSED)
    reached = Q(checked_at__lt=asked.instant) & ~Q(arrival="") & ~excused
    return rows.annotate(
        checked=Count("pk", filter=reached),
        punctual=Count("pk", filter=reached & Q(arrival=DeskLog.Arrival.ON_TIME)),
        reported=Count("pk", filter=Q(in_window=True, reported_at__lt=asked.instant) & ~excused),
        excused=Count("pk", filter=excused),
    )


def _logs(asked: Asked) -> Any:
    valid = Q(annulled_at=None) | Q(annulled_at__gte=asked.instant)
    told = valid & ~hidden_from(asked.reader)
    rows = asked.of(_handed_in(asked)).filter(day__range=(asked.days[0], asked.days[-1])).order_by()
    return rows.values(person=F("user")).annotate(
        logs=Count("pk"),
        pairs=Sum("pairs", filter=told),
        differing=Sum("differing", filter=told),
        unpaired=Sum("unpaired", filter=told),
    )


def _items(asked: Asked) -> Any:
    rows = asked.of(
        Item.objects.filter(due_on__range=(asked.days[0], asked.days[-1])), day="due_on"
    ).order_by()
    return rows.values(person=F("user")).annotate(
        items_due=Count("pk"), items_closed=Count("pk", filter=Q(closed_on=F("due_on")))
    )


def _checks(asked: Asked) -> Any:
    made = SpotCheck.objects.filter(
        log__day__range=(asked.days[0], asked.days[-1]),
        log__replaced=False,
        log__submitted_at__lte=F(
            "log__locks_at"
        ),  # what came later is no log, and no part of what was drawn from
        drawn_at__lt=asked.instant,
    )
    rows = asked.of(made, "log__user", "log__unit", "log__day").order_by().values(person=F("log__user"))
    told = Q(checked_at__lt=asked.instant)
    return rows.annotate(
        sampled=Count("pk"),
        verified=Count("pk", filter=told & Q(result=SpotCheck.Result.VERIFIED)),
        false=Count("pk", filter=told & Q(result=SpotCheck.Result.FALSE)),
        unverifiable=Count("pk", filter=told & Q(result=SpotCheck.Result.UNVERIFIABLE)),
    )


def _answers(asked: Asked) -> dict[int, list[Decimal | None]]:
    """By person the hours each call for help took; None of those without an answer yet."""
    rows: Any = Support.objects.filter(asked_at__gte=asked.since, asked_at__lt=asked.until)
    rows = rows.filter(whose(asked.scope, owner="asker", at="asked_at"))
    found: dict[int, list[Decimal | None]] = defaultdict(list)
    for person, at, answered in rows.values_list("asker", "asked_at", "answered_at"):
        known = answered is not None and answered < asked.instant
        found[person].append(Decimal((answered - at).total_seconds()) / HOUR if known else None)
    return found
