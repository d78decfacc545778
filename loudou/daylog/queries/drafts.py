"""What a day's log can be drafted from: the day's activities, the deals that moved, the tasks that were
finished, the items that were due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from loudou.daylog.models import DayLog, Item
from loudou.fieldwork.models import Activity
from loudou.kernel.periods import midnight
from loudou.people.models import Organisation, User
from loudou.pipeline.models import Move, State
from loudou.tasks.models import Task
from loudou.tasks.queries.shown import finished
from loudou.ui.prepared import ANY, Prepared

MOST = 40
_TOLD = ("enter", "won", "lost", "cancelled", "reopen")


@dataclass(frozen=True)
class Draft:
    """A day as the records know it already; the person adds what only they know. Five queries."""

    stops: list[dict[str, Any]]
    moves: list[Move]
    tasks: list[Task]
    items: list[Item]
    former: DayLog | None
    expenses: list[dict[str, Any]]


def draft(user: User, day: date, company: Organisation) -> Draft:
    """The log of a day as far as it writes itself; one that was handed in already begins from what it said, and goes
    on with what was recorded since.
    """
    former = DayLog.objects.current().filter(user=user, day=day).first()
    since, until = midnight(day, company.zone), midnight(day + timedelta(days=1), company.zone)
    items = Item.objects.filter(user=user, due_on=day, closed_on=None, cause="").order_by("since", "pk")
    stops = (
        _stops(user, day) if former is None else _said_before(former) + _stops(user, day, former.recorded_at)
    )
    done = finished(user, since, until)
    moves = _MOVES.rows(user.pk, since, until)
    prefetch_related_objects(moves, "stage__specs")
    spent: list[dict[str, Any]] = (
        [dict(one) for one in former.expenses.values("kind", "amount", "note")] if former is not None else []
    )
    return Draft(stops[:MOST], moves, done, list(items), former, spent)


def _moves(owner: int, since: datetime, until: datetime) -> QuerySet[Move]:
    # A fact begins a state of its deal, and of states there is an index by owner and time.
    begun = State.objects.filter(owner=owner, since__gte=since, since__lt=until)
    moves = Move.objects.filter(owner=owner, kind__in=_TOLD, at__gte=since, at__lt=until)
    moves = moves.filter(deal__in=begun.values("deal")).order_by("at", "pk")
    return moves.select_related("deal", "stage").only("kind", "at", "deal__title", "stage__code")[:MOST]


def _done(owner: int, day: date) -> QuerySet[Activity]:
    done = Activity.objects.known().filter(owner=owner, day=day).order_by("at", "pk")
    shown = (
        "at",
        "recorded_at",
        "contact",
        "result",
        "next_step",
        "customer__region",
        "customer__name",
        "deal__title",
    )
    return done.select_related("customer", "deal").only(*shown)[:MOST]


_MOVES = Prepared(_moves, ANY, datetime(9998, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_DONE = Prepared(_done, ANY, date.max)


def _stops(user: User, day: date, since: datetime | None = None) -> list[dict[str, Any]]:
    done = _DONE.rows(user.pk, day)
    return [_stop(activity) for activity in done if since is None or activity.recorded_at > since]


def _stop(activity: Activity) -> dict[str, Any]:
    customer = activity.customer
    return {
        "at": activity.at,
        "place": customer.region if customer is not None else "",
        "customer": customer.name if customer is not None else "",
        "persons": activity.contact,
        "topics": activity.deal.title if activity.deal is not None else "",
        "outcome": "agreed" if activity.next_step else "",
        "result": activity.result,
        "unsolved": "",
        "activity": activity.pk,
    }


def _said_before(former: DayLog) -> list[dict[str, Any]]:
    names = ("at", "place", "persons", "topics", "outcome", "result", "unsolved")
    return [
        {
            **{name: getattr(line, name) for name in names},
            "customer": line.customer_name,
            "activity": line.activity_id,
        }
        for line in former.lines.all()
    ]
