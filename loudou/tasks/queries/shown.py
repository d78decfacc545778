"""Tasks for lists and panels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from loudou.customers.models import Customer
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.tasks.figures import due
from loudou.tasks.models import Task, Tasks
from loudou.tasks.origins import origin_of
from loudou.ui.prepared import ANY, Prepared

MOST = 200  # of one person's open tasks, on one page
MOST_FINISHED = 40
SHOWN = 5
_BULKY = ("customer__search", "customer__extra", "deal__search", "deal__extra", "deal__note")
_DUE = (F("due_on").asc(nulls_last=True), F("due_time").asc(nulls_last=True), "priority", "pk")


@dataclass(frozen=True)
class Todo:
    """What one person has to do: their open tasks by when they are due, those of the list's end left out counted."""

    groups: dict[str, list[Task]]
    count: int

    @property
    def shown(self) -> int:
        """How many of them are shown."""
        return sum(map(len, self.groups.values()))


@dataclass(frozen=True)
class Load:
    """The tasks of one person in numbers: open by when they are due, and what was ended lately."""

    user: User
    counts: dict[str, int] = field(default_factory=dict)
    done: int = 0
    dropped: int = 0

    @property
    def open(self) -> int:
        """How many are still to be done."""
        return sum(self.counts.values())


def rows(keys: Sequence[int]) -> list[Task]:
    """The rows of a list, with what it shows of them."""
    return list(_whole(Task.objects.filter(pk__in=keys)))


def todo(user: User, now: datetime) -> Todo:
    """A person's open tasks, the most urgent first; `now` in the organisation's time zone. Two queries."""
    mine = Task.objects.open().filter(owner=user)
    found = list(_whole(mine).order_by(*_DUE)[: MOST + 1])
    groups: dict[str, list[Task]] = {name: [] for name in due.WHEN}
    for task in found[:MOST]:
        groups[due.when(task.due_on, task.due_time, now)].append(task)
    return Todo(groups, len(found) if len(found) <= MOST else mine.count())


def due_between(user: User, owners: Collection[int], first: date, end: date, *, most: int) -> list[Task]:
    """The open tasks of these people that are due on days of `[first, end)`, as far as the person may see them."""
    wanted = Task.objects.visible_to(user).open().filter(owner__in=owners, due_on__gte=first, due_on__lt=end)
    return list(_whole(wanted).order_by(*_DUE)[:most])


def finished(user: User, since: datetime, until: datetime) -> list[Task]:
    """What a person did of their tasks between two instants, in order: the first `MOST_FINISHED`."""
    return _FINISHED.rows(user.pk, since, until)


def _finished(owner: int, since: datetime, until: datetime) -> QuerySet[Task]:
    done = Task.objects.filter(owner=owner, state=Task.State.DONE, ended_at__gte=since, ended_at__lt=until)
    shown = done.select_related("customer").only("title", "outcome", "ended_at", "customer__name")
    return shown.order_by("ended_at", "pk")[:MOST_FINISHED]


_FINISHED = Prepared(_finished, ANY, datetime(9998, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


def of_deal(deal: Deal, *, most: int = SHOWN) -> list[Task]:
    """The tasks about a deal, the open first: who sees the deal sees them."""
    return list(
        _whole(Task.objects.filter(deal=deal)).order_by(F("ended_at").desc(nulls_first=True), *_DUE)[
            : most + 1
        ]
    )


def of_customer(customer: Customer, user: User, *, most: int = SHOWN) -> list[Task]:
    """The tasks about a customer that are the person's to see, or about deals that are; the open first."""
    seen = Exists(Task.objects.visible_to(user).filter(pk=OuterRef("pk")))
    about = Exists(Deal.objects.visible_to(user).filter(pk=OuterRef("deal")))
    wanted = _whole(Task.objects.filter(customer=customer)).filter(seen | about)
    return list(wanted.order_by(F("ended_at").desc(nulls_first=True), *_DUE)[: most + 1])


def of_origin(user: User, origin: str, *keys: object) -> list[Task]:
    """The tasks that came from these things, as far as the person may see them, in the order in which they were set."""
    return list(_whole(Task.objects.visible_to(user).of(origin, *keys)).order_by("pk"))


def open_origins(user: User, tasks: Iterable[Task]) -> set[tuple[str, str]]:
    """Of what these tasks came from, kind and key of the things the person may see (one query a kind)."""
    keys: dict[str, set[str]] = {}
    for task in tasks:
        keys.setdefault(task.origin, set()).add(task.origin_key)
    return {(code, key) for code, asked in keys.items() for key in origin_of(code).seen(user, asked)}


def loads(people: Sequence[User], now: datetime, since: datetime) -> list[Load]:
    """The tasks of people in numbers, the most overdue first; ended since `since`. Two queries."""
    keys = [user.pk for user in people]
    today, clock = now.date(), now.time()
    late = Q(due_on__lt=today) | Q(due_on=today, due_time__lte=clock)
    open_ = Task.objects.open().filter(owner__in=keys).order_by().values("owner")
    counted: dict[int, Any] = {
        row["owner"]: row
        for row in open_.annotate(
            overdue=Count("pk", filter=late),
            today=Count("pk", filter=Q(due_on=today) & ~late),
            week=Count("pk", filter=Q(due_on__gt=today, due_on__lt=today + due.SOON)),
            later=Count("pk", filter=Q(due_on__gte=today + due.SOON)),
            someday=Count("pk", filter=Q(due_on=None)),
        )
    }
    ended = {
        owner: (done, dropped)
        for owner, done, dropped in Task.objects.filter(owner__in=keys, ended_at__gte=since)
        .order_by()
        .values_list("owner")
        .annotate(
            done=Count("pk", filter=Q(state=Task.State.DONE)),
            dropped=Count("pk", filter=Q(state=Task.State.DROPPED)),
        )
    }
    nothing: dict[str, int] = {}
    found = [
        Load(
            user,
            {name: counted.get(user.pk, nothing).get(name, 0) for name in due.WHEN},
            *ended.get(user.pk, (0, 0)),
        )
        for user in people
    ]
    return sorted(found, key=lambda load: (-load.counts[due.OVERDUE], -load.open, load.user.pk))


def _whole(found: Tasks) -> Tasks:
    return found.select_related("owner", "setter", "customer", "deal").defer(*_BULKY)
