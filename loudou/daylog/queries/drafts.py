"""What a day's log can be drafted from: the day's activities, the deals that moved, the tasks that were
finished, the items that were due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from loudou.daylog.models import DayLog, Item
from loudou.fieldwork.models import Activity
from loudou.kernel.periods import midnight
from loudou.people.models import Organisation, User
from loudou.pipeline.models import Move, State
from loudou.tasks.models import Task
from loudou.tasks.queries.shown import finished

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


def draft(user: User, day: date, company: Organisation) -> Draft:
    """The log of a day as far as it writes itself; one that was handed in already begins from what it said."""
    former = DayLog.objects.current().filter(user=user, day=day).first()
    since, until = midnight(day, company.zone), midnight(day + timedelta(days=1), company.zone)
    # A fact begins a state of its deal, and of states there is an index by owner and time.
    begun = State.objects.filter(owner=user, since__gte=since, since__lt=until)
    moves = Move.objects.filter(owner=user, kind__in=_TOLD, at__gte=since, at__lt=until)
    moves = moves.filter(deal__in=begun.values("deal"))
    told = moves.select_related("deal", "stage").prefetch_related("stage__specs")
    told = told.defer("deal__search", "deal__extra").order_by("at", "pk")
    items = Item.objects.filter(user=user, due_on=day, closed_on=None, cause="").order_by("since", "pk")
    stops = _said_before(former) if former is not None else _stops(user, day)
    done = finished(user, since, until, most=MOST)
    return Draft(stops, list(told[:MOST]), done, list(items), former)


def _stops(user: User, day: date) -> list[dict[str, Any]]:
    done = Activity.objects.known().filter(owner=user, day=day).select_related("customer", "deal")
    told = done.defer("customer__search", "customer__extra", "deal__search", "deal__extra").order_by(
        "at", "pk"
    )
    return [_stop(activity) for activity in told[:MOST]]


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
